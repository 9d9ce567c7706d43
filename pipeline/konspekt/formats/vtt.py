"""WebVTT subtitles: `WEBVTT`, cues, and blocks that are no text.

Source: https://www.w3.org/TR/webvtt1/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import escape, unescape

from konspekt.data import Transcript
from konspekt.formats.cues import cue_text, read_cues, shown_sentences, times_line
from konspekt.formats.document import Document, Utterance
from konspekt.formats.format import Format
from konspekt.formats.source import Source

_TAGS = re.compile(r"<(?!\*>)[^<>\n]{0,1000}>")  # `<*>` is a reference's wildcard
_VOICE = re.compile(r"<v(?:\.[^<> \t\n]{0,200})?[ \t]+([^<>\n]{1,200})>")
_ENTITY = re.compile("&(?:lt|gt|nbsp|lrm|rlm|amp);")  # the six that WebVTT has
_HEADER = re.compile(r"WEBVTT(?:[ \t]|$)")
_NO_TEXT = re.compile(r"(?:NOTE|STYLE|REGION)\s*(?: |$)(?!.*-->)")


def read(source: Source) -> Document:
    """Return one utterance a cue; its text has its line breaks, no tags, notes and styles.

    The first `<v Name>` of a cue is its speaker; the six entities become characters. A header
    alone holds no cue: Whisper writes such a file where nothing is said. Raises FormatError.
    """
    if source.text.strip() == "WEBVTT":
        return Document(FORMAT.name, ())
    if not _HEADER.match(source.lines[0].text):
        remedy = "Give a subtitle file its own ending: .srt or .vtt."
        raise source.error("its first line is not WEBVTT", remedy)
    cues_alone = replace(source, text="\n".join(_cue_lines(source)))
    return Document(FORMAT.name, read_cues(cues_alone, _unmark))


def _unmark(cue: Utterance) -> Utterance:
    """Return a cue with its speaker, and its text without tags."""
    text = _unescape(_TAGS.sub("", cue.text))
    voice = _VOICE.search(cue.text)
    speaker = _unescape(voice[1]).strip() if voice else ""
    return replace(cue, text=text.strip("\n"), speaker=speaker or None)


def _unescape(text: str) -> str:
    return _ENTITY.sub(lambda entity: unescape(entity[0]), text)


def _cue_lines(source: Source) -> Iterator[str]:
    """Yield the lines, those of the header, notes, styles and regions made blank."""
    # The header reaches to the first blank line, or the first time line.
    skipping, after_blank = True, False
    for line in source.lines:
        if after_blank and _NO_TEXT.match(line.text):
            skipping = True
        elif line.is_blank or "-->" in line.text:
            skipping = False
        yield "" if skipping else line.text
        after_blank = line.is_blank


def write(transcript: Transcript) -> bytes:
    """Return a `transcript.vtt`: a cue a sentence."""
    cues = [
        f"{times_line(sentence, '.')}\n{escape(cue_text(sentence), quote=False)}\n\n"
        for sentence in shown_sentences(transcript)
    ]
    return ("WEBVTT\n\n" + "".join(cues)).encode()


FORMAT = Format(
    "vtt",
    "VTT",
    (".vtt",),
    read,
    words={"en": "ready subtitles (WebVTT)", "ru": "готовые субтитры WebVTT"},
)
