"""What is scored against what: files by name, utterances by id, never by position."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

from konspekt.artifacts.names import (
    RAW,
    TRANSCRIPT,
    TRANSCRIPT_SRT,
    TRANSCRIPT_TXT,
    TRANSCRIPT_VTT,
)
from konspekt.course.recordings import is_address
from konspekt.errors import FormatError
from konspekt.formats import Utterance, is_known

_NAMED_BY_FOLDER = (RAW, TRANSCRIPT, TRANSCRIPT_TXT, TRANSCRIPT_SRT, TRANSCRIPT_VTT)
_ROLES = (".reference", ".raw")  # before the ending: lec1.reference.srt
_SAME = 0.01  # seconds: less is rounding

# --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pair:
    """A reference and what is scored against it."""

    name: str  # the lecture's
    reference: Path
    # one for each that was given, in that order; None: it has none of this name
    hypotheses: tuple[Path | None, ...]


def pair(reference: Path, hypotheses: Sequence[Path]) -> tuple[Pair, ...]:
    """Return a pair of two files, or of two folders one pair for each name in the references',
    sorted.

    A name is the file's without its ending and `.reference` or `.raw`; a folder of artifacts (one
    with a transcript.json) is a file named like it. Of a folder with files named `.reference`, only
    these are references; such a file is no folder's hypothesis. Raises FormatError: nothing there,
    a folder with a file, two of one name.
    """
    reference = _text_of(reference)
    given = [_text_of(path) for path in hypotheses]
    for path in given:
        if path.is_dir() != reference.is_dir():
            what = f"a {_kind(path)}, and the reference {reference} is a {_kind(reference)}"
            raise FormatError(
                what,
                path=path,
                remedy="Give a file for a file, or a folder for a folder.",
            )
    if not reference.is_dir():
        return (Pair(_name(reference), reference, tuple(given)),)
    by_name = [_by_name(path, _hypotheses_in(path)) for path in given]
    references = _by_name(reference, _references_in(reference))
    return tuple(
        Pair(name, path, tuple(side.get(name) for side in by_name))
        for name, path in references.items()
    )


def find_unused(pairs: Sequence[Pair], hypotheses: Sequence[Path]) -> tuple[Path, ...]:
    """Return the files in the hypotheses' folders that have no reference among `pairs`."""
    used = {path for made in pairs for path in made.hypotheses}
    folders = (path for path in map(_text_of, hypotheses) if path.is_dir())
    return tuple(
        path
        for folder in folders
        for path in _hypotheses_in(folder)
        if path not in used
    )


def find_passed_over(reference: Path) -> tuple[Path, ...]:
    """Return the texts in the references' folder that count as no references: others there are
    named `.reference`.

    Those named `.raw` and Konspekt's own artifacts are not meant as references; a file passes
    nothing over.
    """
    reference = _text_of(reference)
    if not reference.is_dir():
        return ()
    references = set(_references_in(reference))
    left = (path for path in _texts_in(reference) if path not in references)
    return tuple(
        path
        for path in left
        if path.name not in _NAMED_BY_FOLDER and not path.stem.endswith(_ROLES[1])
    )


def _text_of(path: Path) -> Path:
    """Return the path itself, or the transcript in a folder of artifacts."""
    try:
        if is_address(path):
            raise FormatError(
                "this is an address, not a file",
                path=path,
                remedy="Download it first, then name the file.",
            )
        if not path.exists():
            raise FormatError(
                "there is no such file or folder", path=path, remedy="Check the name."
            )
        return path / TRANSCRIPT if (path / TRANSCRIPT).is_file() else path
    except OSError as error:
        raise _unreadable(path, error) from None


def _kind(path: Path) -> str:
    return "folder" if path.is_dir() else "file"


def _texts_in(folder: Path) -> list[Path]:
    try:
        shown = sorted(
            path
            for path in folder.iterdir()
            if not path.name.startswith(".") and path.exists()
        )
        return [
            path for path in map(_text_of, shown) if path.is_file() and is_known(path)
        ]
    except OSError as error:
        raise _unreadable(folder, error) from None


def _unreadable(path: Path, error: OSError) -> FormatError:
    remedy = "Check the folder and its rights."
    return FormatError(
        f"cannot be read: {error.strerror or error}", path=path, remedy=remedy
    )


def _references_in(folder: Path) -> list[Path]:
    texts = _texts_in(folder)
    return [path for path in texts if _is_reference(path)] or texts


def _hypotheses_in(folder: Path) -> list[Path]:
    return [path for path in _texts_in(folder) if not _is_reference(path)]


def _is_reference(path: Path) -> bool:
    return path.stem.endswith(_ROLES[0])


def _name(path: Path) -> str:
    """Return the name that pairs a file, in one Unicode form: file systems differ in theirs."""
    stem = path.resolve().parent.name if path.name in _NAMED_BY_FOLDER else path.stem
    for role in _ROLES:
        stem = stem.removesuffix(role)
    return unicodedata.normalize("NFC", stem)


def _by_name(folder: Path, paths: list[Path]) -> dict[str, Path]:
    """Return the paths by their names, sorted. Raises FormatError if there is none, or two share
    a name.
    """
    if not paths:
        raise FormatError(
            "no file in it that is scored",
            path=folder,
            remedy="Give the folder that holds the texts.",
        )
    named: dict[str, Path] = {}
    for path in paths:
        other = named.setdefault(_name(path), path)
        if other != path:
            places = " and ".join(
                str(each.relative_to(folder)) for each in (other, path)
            )
            raise FormatError(
                f"{places} are both named {_name(path)!r}",
                path=folder,
                remedy="Keep one of them there.",
            )
    return dict(sorted(named.items()))


# --------------------------------------------------------------------------------------------------

By: TypeAlias = Literal["id", "recording", "text"]


@dataclass(frozen=True, slots=True)
class Match:
    """What is scored together, each side by time where times are known, else in the file's
    order.
    """

    key: str  # the id or the recording; "" where the texts are scored whole
    # empty: it is not in the reference, its words are insertions
    reference: tuple[Utterance, ...]
    # empty: it is not in the hypothesis, its words are deletions
    hypothesis: tuple[Utterance, ...]

    @property
    def reference_text(self) -> str:
        """Return the reference, an utterance a line."""
        return "\n".join(utterance.text for utterance in self.reference)

    @property
    def hypothesis_text(self) -> str:
        """Return the hypothesis, an utterance a line."""
        return "\n".join(utterance.text for utterance in self.hypothesis)


@dataclass(frozen=True, slots=True)
class Paired:
    """Two files' utterances, every one in one match, but for what is ignored."""

    by: By
    matches: tuple[Match, ...]  # in the reference's order, then those of `extra`
    missing: tuple[str, ...]  # keys that only the reference has
    extra: tuple[str, ...]  # keys that only the hypothesis has
    ignored_words: int  # of the hypothesis, in stretches that the reference ignores


def pair_utterances(
    reference: Sequence[Utterance], hypothesis: Sequence[Utterance]
) -> Paired:
    """Return the utterances paired by id if all have one; else by recording if both sides name
    several; else as one text.

    Two STM or manifests that cut their recordings differently have ids that mean different
    stretches: they are joined by recording too. Without a hypothesis, give none. Words of a
    hypothesis in a stretch that the reference ignores are left out. That is the utterance of the
    same id; else words by their middle, and without word times the utterances inside it.
    """
    references, hypotheses = _drop_empty(reference), _drop_empty(hypothesis)
    left_open = [u for u in reference if u.ignored]
    by = _by(references, hypotheses, left_open)
    key = _KEYS[by]
    expected, given = _group(references, key), _group(hypotheses, key)
    stretches = _group(left_open, key)
    kept = {
        name: _keep_outside(group, stretches.get(name, ()), by)
        for name, group in given.items()
    }
    kept = {name: group for name, group in kept.items() if group or name in expected}
    names = [""] if by == "text" else list(dict.fromkeys([*expected, *kept]))
    return Paired(
        by=by,
        matches=tuple(
            Match(name, expected.get(name, ()), kept.get(name, ())) for name in names
        ),
        missing=tuple(name for name in expected if name and name not in kept),
        extra=tuple(name for name in kept if name and name not in expected),
        ignored_words=_words(given) - _words(kept),
    )


_KEYS: dict[By, Callable[[Utterance], str]] = {
    "id": lambda utterance: utterance.id,
    "recording": lambda utterance: utterance.recording or "",
    "text": lambda _: "",
}


def _drop_empty(side: Sequence[Utterance]) -> list[Utterance]:
    """Return the utterances that count: not an empty file's only one."""
    return [
        u for u in side if not u.ignored and (u.id or u.recording or u.text.strip())
    ]


def _by(
    reference: list[Utterance], hypothesis: list[Utterance], ignored: list[Utterance]
) -> By:
    both = [*reference, *hypothesis]
    recorded = all(u.recording for u in both)
    if both and all(u.id for u in both):
        return (
            "id"
            if not recorded or _cut_alike([*reference, *ignored], hypothesis)
            else "recording"
        )
    names = [{u.recording for u in side} for side in (reference, hypothesis)]
    several = max(map(len, names)) > 1 or bool(names[0] & names[1])
    return "recording" if recorded and several else "text"


def _cut_alike(reference: list[Utterance], hypothesis: list[Utterance]) -> bool:
    """Return whether both sides have the same stretches under the same ids, as far as both have
    them.
    """
    expected, given = {u.id: u for u in reference}, {u.id: u for u in hypothesis}
    shared = expected.keys() & given.keys()
    return len(shared) == min(len(expected), len(given)) and all(
        _same(expected[name], given[name]) for name in shared
    )


def _same(one: Utterance, other: Utterance) -> bool:
    """Return whether two utterances begin and end together, as far as that is known. One without
    times is a whole recording.
    """
    if one.start is None or other.start is None:
        return one.start is other.start
    apart = [abs(one.start - other.start)]
    if one.end is not None and other.end is not None:
        apart.append(abs(one.end - other.end))
    return round(max(apart), 6) <= _SAME


def _group(
    side: Iterable[Utterance], key: Callable[[Utterance], str]
) -> dict[str, tuple[Utterance, ...]]:
    groups: dict[str, list[Utterance]] = {}
    for utterance in side:
        groups.setdefault(key(utterance), []).append(utterance)
    return {name: tuple(_sort_by_time(group)) for name, group in groups.items()}


def _sort_by_time(group: list[Utterance]) -> list[Utterance]:
    """Return the utterances recording by recording, each by time; as they stand if a time is
    unknown.
    """
    if any(utterance.start is None for utterance in group):
        return group
    order = {
        name: number
        for number, name in enumerate(dict.fromkeys(u.recording for u in group))
    }
    return sorted(group, key=lambda u: (order[u.recording], u.start or 0.0))


def _keep_outside(
    utterances: tuple[Utterance, ...], stretches: tuple[Utterance, ...], by: By
) -> tuple[Utterance, ...]:
    """Return the utterances without what lies in one of the stretches."""
    if by == "id" and stretches:
        return ()
    left = (_cut_out(utterance, stretches) for utterance in utterances)
    return tuple(utterance for utterance in left if utterance is not None)


def _cut_out(
    utterance: Utterance, stretches: tuple[Utterance, ...]
) -> Utterance | None:
    """Return what is left of an utterance outside the stretches; None if nothing is."""
    if not utterance.words:
        return (
            None if _lies_in(utterance.start, utterance.end, stretches) else utterance
        )
    middles = [(word.start + word.end) / 2 for word in utterance.words]
    words = tuple(
        w
        for w, at in zip(utterance.words, middles, strict=True)
        if not _lies_in(at, at, stretches)
    )
    if len(words) == len(utterance.words):
        return utterance
    # Whisper's words bring their own
    glue = "" if any(word.text[:1].isspace() for word in utterance.words) else " "
    return (
        replace(utterance, text=glue.join(word.text for word in words), words=words)
        if words
        else None
    )


def _lies_in(
    start: float | None, end: float | None, stretches: tuple[Utterance, ...]
) -> bool:
    if start is None or end is None:
        return False
    return any((s.start or 0.0) <= start and end <= (s.end or 0.0) for s in stretches)


def _words(groups: dict[str, tuple[Utterance, ...]]) -> int:
    return sum(
        len(utterance.text.split()) for group in groups.values() for utterance in group
    )
