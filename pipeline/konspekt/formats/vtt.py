"""WebVTT subtitles: `WEBVTT`, cues, and blocks that are no text.

Source: https://www.w3.org/TR/webvtt1/
"""

from __future__ import annotations

import re
from html import escape, unescape
from pathlib import Path

from konspekt.data import Transcript
from konspekt.errors import FormatError
from konspekt.formats.cues import (
    Cue,
    cue_text,
    cues_of,
    spoken,
    times_line,
    utterances_of,
)
from konspekt.formats.document import Document
from konspekt.formats.source import Format, Source
from konspekt.text.encoding import lines_of

_TAGS = re.compile(r"<(?!\*>)[^<>\n]{0,1000}>")  # `<*>` is a reference's wildcard
_VOICE = re.compile(r"<v(?:\.[^<> \t\n]{0,200})?[ \t]+([^<>\n]{1,200})>")
_ENTITY = re.compile("&(?:lt|gt|nbsp|lrm|rlm|amp);")  # the six that WebVTT has
_HEADER = re.compile(r"WEBVTT(?:[ \t]|$)")
_NO_TEXT = ("NOTE", "STYLE", "REGION")


def read(source: Source) -> Document:
    """Return one utterance a cue, with its speaker; a header alone holds none.

    Whisper writes such a file where nothing is said. Raises FormatError, also for cues out of
    order.
    """
    if source.text.strip() == "WEBVTT":
        return Document(FORMAT.name, ())
    cues = vtt_cues(source.path, source.text)
    return Document(FORMAT.name, utterances_of(source, cues))


def vtt_cues(path: Path, text: str) -> tuple[Cue, ...]:
    """Return the cues of WebVTT, line breaks too; the first `<v Name>` of a cue is its speaker.

    Other tags (`<i>`, `<00:00:01.000>`), notes and styles are left out; the six entities become
    characters. Raises FormatError; `path` is for messages.
    """
    lines = lines_of(text)
    if not _HEADER.match(lines[0]):
        remedy = "Give a subtitle file its own ending: .srt or .vtt."
        raise FormatError("its first line is not WEBVTT", path=path, remedy=remedy)
    return cues_of(path, _cue_lines(lines), _plain, _speaker)


def _plain(tagged: str) -> str:
    return _characters(_TAGS.sub("", tagged))


def _speaker(tagged: str) -> str | None:
    voice = _VOICE.search(tagged)
    return _characters(voice[1]).strip() or None if voice else None


def _characters(text: str) -> str:
    return _ENTITY.sub(lambda entity: unescape(entity[0]), text)


def _cue_lines(lines: list[str]) -> list[str]:
    """Return the lines with those of the header, notes, styles and regions made blank.

    The numbers of lines stay right.
    """
    kept: list[str] = []
    # the header reaches to the first blank line, or the first time line
    skipping = True
    for line in lines:
        begins_block = not kept or not kept[-1].strip()
        if (
            begins_block
            and line.split(" ", 1)[0].rstrip() in _NO_TEXT
            and "-->" not in line
        ):
            skipping = True
        elif not line.strip() or (skipping and "-->" in line):
            skipping = False
        kept.append("" if skipping else line)
    return kept


def write(transcript: Transcript) -> bytes:
    """Return a `transcript.vtt`: a cue a sentence."""
    cues = [
        f"{times_line(sentence, '.')}\n{escape(cue_text(sentence), quote=False)}\n\n"
        for sentence in spoken(transcript)
    ]
    return ("WEBVTT\n\n" + "".join(cues)).encode()


FORMAT = Format(
    "vtt",
    "VTT",
    (".vtt",),
    read,
    words={"en": "ready subtitles (WebVTT)", "ru": "готовые субтитры WebVTT"},
)
