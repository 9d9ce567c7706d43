"""SubRip subtitles: numbered cues, `00:00:01,000 --> 00:00:04,000`, text."""

from __future__ import annotations

import re
from pathlib import Path

from konspekt.data import Transcript
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

# SubRip's marks that players know; other angle brackets are text.
_MARKS = re.compile(
    r"</?(?:i|b|u|s|font)(?:[ \t][^<>\n]{0,200})?>|\{\\[^{}\n]{0,200}\}", re.IGNORECASE
)


def read(source: Source) -> Document:
    """Return one utterance a cue. Raises FormatError, also for cues out of order."""
    cues = srt_cues(source.path, source.text)
    return Document(FORMAT.name, utterances_of(source, cues))


def srt_cues(path: Path, text: str) -> tuple[Cue, ...]:
    """Return the cues of SubRip; their text as it is, line breaks too.

    The marks for italics, bold, colour and place are left out. `path` is for messages. Raises
    FormatError.
    """
    return cues_of(path, lines_of(text), lambda marked: _MARKS.sub("", marked))


def write(transcript: Transcript) -> bytes:
    """Return a `transcript.srt`: a cue a sentence."""
    cues = [
        f"{number}\n{times_line(sentence, ',')}\n{cue_text(sentence)}\n\n"
        for number, sentence in enumerate(spoken(transcript), start=1)
    ]
    return "".join(cues).encode()


FORMAT = Format(
    "srt",
    "SRT",
    (".srt",),
    read,
    words={"en": "ready subtitles (SRT)", "ru": "готовые субтитры SRT"},
)
