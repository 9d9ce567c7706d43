"""What is scored: a file's utterances."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from konspekt.errors import FormatError
from konspekt.formats import Document, Utterance, read

_SAME = 0.01  # seconds: Whisper's unit of time; less is rounding
_WINDOW = 30.0  # seconds: what Whisper decodes at once, where a file names starts alone


def read_utterances(path: Path, *, hypothesis: bool = False) -> tuple[Utterance, ...]:
    """Return the file's utterances in its order, at least one.

    A file without text is one utterance with the text "". `hypothesis` matters to formats that
    hold both sides. Raises FormatError, also where windows share sound: both have its words.
    """
    document = read(path, hypothesis=hypothesis)
    if document.are_windows:
        _refuse_shared_sound(path, document)
    return document.utterances or (Utterance("", ""),)


def _refuse_shared_sound(path: Path, document: Document) -> None:
    for before, after in pairwise(document.utterances):
        first, second = before.start or 0.0, after.start or 0.0
        end = first + _WINDOW if before.end is None else before.end
        if second < end - _SAME:
            raise FormatError(
                f"the windows at {first:g} s and {second:g} s share sound: "
                "its words would count twice",
                path=path,
                remedy="Clean it first (konspekt clean) and score the transcript.json.",
            )
