"""WebVTT: `WEBVTT`, cues, and blocks that are no text (https://www.w3.org/TR/webvtt1/)."""

from __future__ import annotations

import re
from dataclasses import replace

from pipeline.transcribe.importers.cues import grouped, read_cues
from pipeline.transcribe.importers.source import Imported, Importer, Source

_TAGS = re.compile(r"<[^<>\n]{0,1000}>")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&nbsp;": "\xa0", "&lrm;": "\u200e", "&rlm;": "\u200f", "&amp;": "&"}
_ENTITY = re.compile("|".join(_ENTITIES))
_NO_TEXT = ("NOTE", "STYLE", "REGION")


def read(source: Source, chunk_window: float) -> Imported:  # noqa: ARG001 - its hearings are made of cues
    """Cues grouped into hearings of at most 30 s.

    The text is the cue's, its line breaks too, without tags (`<v Name>`, `<i>`, `<00:00:01.000>`: a speaker's name is
    lost) and with its six entities as characters. Notes and styles are left out. Raises FormatError.
    """
    if not re.match(r"WEBVTT(?:[ \t]|$)", source.lines[0]):
        raise source.error("its first line is not WEBVTT", "Give a subtitle file its own ending: .raw.srt or .raw.vtt.")
    cues = read_cues(replace(source, text="\n".join(_cue_lines(source.lines))), 0, _plain)
    return Imported(grouped(cues, IMPORTER.name), IMPORTER.name)


def _cue_lines(lines: list[str]) -> list[str]:
    """The lines with those of the header, notes, styles and regions made blank, so that numbers stay right."""
    kept: list[str] = []
    skipping = True  # the header reaches to the first blank line, or the first time line
    for line in lines:
        begins_block = not kept or not kept[-1].strip()
        if begins_block and line.split(" ", 1)[0].rstrip() in _NO_TEXT and "-->" not in line:
            skipping = True
        elif not line.strip() or (skipping and "-->" in line):
            skipping = False
        kept.append("" if skipping else line)
    return kept


def _plain(text: str) -> str:
    return _ENTITY.sub(lambda match: _ENTITIES[match[0]], _TAGS.sub("", text))


IMPORTER = Importer("vtt", ".raw.vtt", read)
