"""What people score: one file a family of formats, and the list of them.

A new format is a module here with a `Kind`, and its place in `KINDS`.
"""

from __future__ import annotations

import stat
from pathlib import Path

from konspekt.artifacts.files import MAX_ARTIFACT_BYTES
from konspekt.errors import FormatError
from konspekt.score.formats import (
    cues,
    kaldi,
    konspekt_raw,
    markdown,
    nemo,
    nist,
    plain,
    whisper_json,
)
from konspekt.score.formats.source import Kind, Source
from konspekt.score.formats.utterance import TimedWord, Utterance
from konspekt.text.encoding import decode

__all__ = ["KINDS", "Kind", "TimedWord", "Utterance", "is_known", "read"]

KINDS: tuple[Kind, ...] = (
    plain.KIND,
    markdown.KIND,
    cues.SRT,
    cues.VTT,
    konspekt_raw.KIND,
    whisper_json.KIND,
    nemo.KIND,
    nist.STM,
    nist.CTM,
    nist.TRN,
    kaldi.KIND,
)
"""Every format, in the order of trial among those of one ending."""


def read(path: Path, *, hypothesis: bool = False) -> tuple[Utterance, ...]:
    """The file's utterances in its order, at least one: a file without text is one utterance with
    the text "".

    Its format is known by its ending, and by its content where formats share one; its encoding as a
    transcript's is. `hypothesis` matters to manifests that hold both sides. Raises FormatError.
    """
    kinds = [kind for kind in KINDS if kind.fits(path)]
    if not kinds:
        raise FormatError(
            "not a format that is scored", path=path, remedy=f"There are: {_known(KINDS)}."
        )
    source = Source(path, decode(path, _content(path)), hypothesis)
    if not source.text.strip():
        return (Utterance("", ""),)
    kind = next((kind for kind in kinds if kind.matches(source)), None)
    if kind is None:
        raise FormatError(
            "a JSON of no known shape", path=path, remedy=f"There are: {_known(kinds)}."
        )
    return kind.read(source) or (Utterance("", ""),)


def is_known(path: Path) -> bool:
    """Whether `read` knows the file's ending."""
    return any(kind.fits(path) for kind in KINDS)


def _known(kinds: list[Kind] | tuple[Kind, ...]) -> str:
    return ", ".join(f"{kind.name} ({', '.join(kind.endings)})" for kind in kinds)


def _content(path: Path) -> bytes:
    remedy = "Check the file and its rights."
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # a pipe would be waited for
            raise FormatError("not an ordinary file", path=path, remedy="Give the text itself.")
        if status.st_size > MAX_ARTIFACT_BYTES:
            raise FormatError(
                "larger than any transcript", path=path, remedy="Give the text itself."
            )
        return path.read_bytes()
    except FileNotFoundError:
        raise FormatError("the file is not there", path=path, remedy="Check the name.") from None
    except OSError as error:
        raise FormatError(
            f"cannot be read: {error.strerror or error}", path=path, remedy=remedy
        ) from None
