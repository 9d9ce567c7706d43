"""SubRip subtitles: numbered cues, `00:00:01,000 --> 00:00:04,000`, text."""

from __future__ import annotations

import re
from dataclasses import replace

from konspekt.data import Transcript
from konspekt.formats.cues import cue_text, read_cues, shown_sentences, times_line
from konspekt.formats.document import Document, Utterance
from konspekt.formats.format import Format
from konspekt.formats.source import Source

# SubRip's marks that players know; other angle brackets are text.
_MARKS = re.compile(
    r"</?(?:i|b|u|s|font)(?:[ \t][^<>\n]{0,200})?>|\{\\[^{}\n]{0,200}\}", re.IGNORECASE
)


def read(source: Source) -> Document:
    """Return one utterance a cue; its text as it is, line breaks too.

    The marks for italics, bold, colour and place are left out. Raises FormatError.
    """
    return Document(FORMAT.name, read_cues(source, _unmark))


def _unmark(cue: Utterance) -> Utterance:
    text = _MARKS.sub("", cue.text)
    return replace(cue, text=text.strip("\n"))


def write(transcript: Transcript) -> bytes:
    """Return a `transcript.srt`: a cue a sentence."""
    cues = [
        f"{number}\n{times_line(sentence, ',')}\n{cue_text(sentence)}\n\n"
        for number, sentence in enumerate(shown_sentences(transcript), start=1)
    ]
    return "".join(cues).encode()


FORMAT = Format(
    "srt",
    "SRT",
    (".srt",),
    read,
    words={"en": "ready subtitles (SRT)", "ru": "готовые субтитры SRT"},
)
