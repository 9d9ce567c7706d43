"""Transcripts and references as files: one module a format, and the list of them.

A new format is a module here with a `Format`, and its place in `FORMATS`. Everything else follows
from that list: what stages read, endings in `recordings/`, help texts, words on pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from konspekt.errors import FormatError
from konspekt.formats import (
    chunks,
    ctm,
    kaldi,
    konspekt_raw,
    konspekt_transcript,
    markdown,
    nemo,
    plain,
    srt,
    stm,
    trn,
    vtt,
    whisper_cpp,
    whisper_json,
)
from konspekt.formats.document import Document, Figures, SpokenWord, Utterance
from konspekt.formats.format import Format
from konspekt.formats.source import Source, open_source

__all__ = [
    "FORMATS",
    "Document",
    "Figures",
    "Format",
    "Source",
    "SpokenWord",
    "Utterance",
    "endings",
    "is_known",
    "page_words",
    "read",
    "read_transcript",
    "ready_formats",
    "titles",
]

FORMATS: tuple[Format, ...] = (
    chunks.FORMAT,
    plain.FORMAT,
    srt.FORMAT,
    vtt.FORMAT,
    markdown.FORMAT,
    konspekt_raw.FORMAT,
    konspekt_transcript.FORMAT,
    whisper_cpp.FORMAT,
    whisper_json.FORMAT,
    nemo.FORMAT,
    stm.FORMAT,
    ctm.FORMAT,
    trn.FORMAT,
    kaldi.FORMAT,
)
"""Every format, in the order of trial among those of one ending. Of a lecture's references the one
whose ending comes first here is used.
"""


def read(path: Path, *, hypothesis: bool = False) -> Document:
    """Return what a file of any format says, to be scored.

    Its format is known by its ending, and by its content where formats share one. A blank file
    says nothing. `hypothesis` matters to formats that hold both sides. Raises FormatError.
    """
    kinds = _find_by_name(path, FORMATS)
    source = open_source(path, hypothesis=hypothesis)
    if not source.text.strip():
        return Document(kinds[0].name, ())
    return _find_format(source, kinds, FORMATS).read(source)


def read_transcript(path: Path) -> tuple[Document, str]:
    """Return what a file says that stands in the place of a recording, and SHA-256 of its bytes.

    Raises FormatError, also where the format is for scoring alone, and where nothing is said.
    """
    ready = ready_formats()
    kinds = _find_by_name(path, ready)
    source = open_source(path)
    if not source.text.strip():
        raise _empty_error(source)
    found = _find_format(source, kinds, ready)
    if found.scored_because:
        what = f"{found.title} is for scoring alone: {found.scored_because}"
        remedy = f"Give the recording, or {_list(ready_formats())}."
        raise source.error(what, remedy)
    document = found.read(source)
    if any(utterance.start is None for utterance in document.utterances):
        raise source.error("its text has no times", "Export it with its segments.")
    if not document.utterances and document.raw is None:
        raise _empty_error(source)
    return document, source.sha256


def _empty_error(source: Source) -> FormatError:
    return source.error("nothing is said in it", "Export the transcript again.")


def _find_by_name(path: Path, wanted: Sequence[Format]) -> list[Format]:
    """Return the formats whose files have such a name.

    Raises FormatError where there is none; it lists those that are wanted.
    """
    kinds = [kind for kind in FORMATS if kind.fits(path)]
    if not kinds:
        what = "not a format that Konspekt reads"
        raise FormatError(what, path=path, remedy=f"It reads: {_list(wanted)}.")
    return kinds


def _find_format(
    source: Source, kinds: Sequence[Format], wanted: Sequence[Format]
) -> Format:
    """Return the format of `kinds` that a file is of.

    Raises FormatError where it is of none; it lists those that are wanted.
    """
    for kind in kinds:
        if kind.matches(source):
            return kind
    named = _list([kind for kind in kinds if kind in wanted])
    raise source.error("a JSON of no known shape", f"There are: {named}.")


def _list(formats: Sequence[Format]) -> str:
    return ", ".join(f"{kind.title} ({', '.join(kind.endings)})" for kind in formats)


# --------------------------------------------------------------------------------------------------


def ready_formats() -> tuple[Format, ...]:
    """Return the formats that may stand in the place of a recording."""
    return tuple(kind for kind in FORMATS if not kind.scored_because)


def endings(formats: Sequence[Format]) -> tuple[str, ...]:
    """Return the endings of the formats' files, each once; names of whole files are none."""
    every = [ending for kind in formats for ending in kind.endings]
    dotted = [ending for ending in every if ending.startswith(".")]
    return tuple(dict.fromkeys(dotted))


def titles(formats: Sequence[Format]) -> str:
    """Return the formats as people call them, in one line."""
    return ", ".join(kind.title for kind in formats)


def is_known(path: Path) -> bool:
    """Return whether a file's name is that of a format; anything else is taken for sound."""
    return any(kind.fits(path) for kind in FORMATS)


def page_words(language: str) -> dict[str, str]:
    """Return what pages in that language call transcripts that were there already, by format."""
    return {
        kind.name: kind.words[language] for kind in FORMATS if language in kind.words
    }
