"""The artifacts' JSON: a type of `konspekt.data` as the bytes of its file, and back.

`raw.json`, `second_pass.json`, `quality.json`, `notes.json` and `score.json` are their types field
for field. `transcript.json` calls its sentences `segments`, as Whisper and its tools do. Each of
them begins with the number of its format. `removed.jsonl` is one removal a line.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from konspekt.artifacts.store import canonical_json
from konspekt.data import (
    Alternative,
    DecodedWindow,
    LectureScore,
    Notes,
    Quality,
    RawTranscript,
    Region,
    Removal,
    Transcript,
)
from konspekt.errors import FormatError
from konspekt.text.spans import Timed
from konspekt.text.times import check_seconds

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")
Fields: TypeAlias = dict[str, Any]  # of an artifact, as JSON has them

# of all artifacts; a higher number when a field's meaning changes, or one goes that is needed
FORMAT = 1
MAX_ARTIFACT_BYTES = 512 * 2**20  # a ten-hour lecture with word times is some 20 MB
_AGAIN = "Make it again with the stage that writes it."
_SURROGATE = re.compile(r"\\ud[89a-f]", re.IGNORECASE)  # a pair of them is a character
# Fields that say nothing where they are not set.
_ONLY_WHERE_SET = {
    # of a recording's part
    "track",
    "damage",
    # of how a window was decoded
    "source",
    "engine",
    "device",
    "precision",
    "sent_to",
    "language_probs",
    "is_silent",
    "is_cut",
    "attention_moves",
    # of a window
    "alternatives",
    "left_out",
    # of a recording's quality
    "sound_sent_to",
    # of a removal
    "code",
    "other_window",
    "phrase",
    "redacted",
    # of a sentence
    "replacements",
    "kept",
}
# The scores in score.json, and what of each is written for people but not read back.
_SCORED = ("raw", "normalised")
_DERIVED = ("errors", "wer", "cer")


def dump(value: RawTranscript | Quality | Notes) -> bytes:
    """Return a `raw.json`, `second_pass.json`, `quality.json` or `notes.json`."""
    return _with_format(asdict(value, dict_factory=leave_out_unset))


def dump_transcript(transcript: Transcript) -> bytes:
    """Return a `transcript.json`.

    A sentence has its reading where a person or the glossary replaced something in it.
    """
    fields = asdict(transcript, dict_factory=leave_out_unset)
    fields["segments"] = segments = fields.pop("sentences")
    for sentence, segment in zip(transcript.sentences, segments, strict=True):
        if sentence.replacements:
            segment["reading"] = sentence.reading
    return _with_format(fields)


def dump_removals(removals: tuple[Removal, ...]) -> bytes:
    """Return a `removed.jsonl`."""
    lines: list[str] = []
    for removal in removals:
        fields = asdict(removal, dict_factory=leave_out_unset)
        line = json.dumps(fields, ensure_ascii=False, allow_nan=False)
        lines.append(f"{line}\n")
    return "".join(lines).encode()


def dump_score(score: LectureScore) -> bytes:
    """Return a `score.json`: the counts, and the rates and sums that follow from them."""
    fields = asdict(score)
    for name in _SCORED:
        part = fields[name]
        del part["alignment"]
        for derived in _DERIVED:
            part[derived] = getattr(getattr(score, name), derived)
    return _with_format(fields)


def _with_format(fields: Fields) -> bytes:
    """Return the fields as canonical JSON, the number of the format before them."""
    first = f'{{\n "format": {FORMAT},'.encode()
    return first + canonical_json(fields).removeprefix(b"{")


def leave_out_unset(fields: Iterable[tuple[str, Any]]) -> Fields:
    """Return the fields of a dataclass without those that say nothing where they are not set."""
    return {
        name: value
        for name, value in fields
        if name not in _ONLY_WHERE_SET or _is_set(value)
    }


def _is_set(value: object) -> bool:
    """Return whether a value says something; a number may be 0."""
    return bool(value) or type(value) in (int, float)


# --------------------------------------------------------------------------------------------------


def load_raw(path: Path) -> RawTranscript:
    """Return a `raw.json` or `second_pass.json` read back. Every reader here raises FormatError."""
    return parse_raw(path, _read(path))


def parse_raw(path: Path, content: str) -> RawTranscript:
    """Return the raw transcript that a file holds; `path` is for messages.

    Raises FormatError, also where two windows share an id, and for times that cannot be.
    """
    fields = _parse_fields(path, content)
    fields.pop("demo", None)  # earlier versions wrote it, and nothing needs it
    raw = _validate(RawTranscript, fields, path)
    ids = {window.id for window in raw.windows}
    if len(ids) < len(raw.windows):
        raise _format_error("two windows share an id", path)
    for where, timed in _stretches_with_places(raw):
        start = check_seconds(path, timed.start, where)
        end = check_seconds(path, timed.end, where)
        if end < start:
            raise _format_error(f"{where}: something ends before it starts", path)
    return raw


def _stretches_with_places(raw: RawTranscript) -> Iterator[tuple[str, Timed]]:
    """Yield everything in it that has times, and where it stands."""
    for part in raw.recording.parts:
        yield "recording", Region(part.start, part.start + part.duration)
        for damaged in part.damage:
            yield "damage", damaged
    for region in raw.speech or ():
        yield "speech", region
    for window in raw.windows:
        where = f"window {window.id}"
        yield where, window
        for pause in window.left_out:
            yield where, pause
        answers: tuple[DecodedWindow | Alternative, ...]
        answers = (window, *window.alternatives)
        for answer in answers:
            for segment in answer.segments:
                yield where, segment
                for word in segment.words:
                    yield where, word


def load_quality(path: Path) -> Quality:
    """Return a `quality.json` read back."""
    return _validate(Quality, _load_fields(path), path)


def load_notes(path: Path) -> Notes:
    """Return a `notes.json` read back."""
    return _validate(Notes, _load_fields(path), path)


def load_transcript(path: Path) -> Transcript:
    """Return a `transcript.json` read back."""
    return parse_transcript(path, _read(path))


def parse_transcript(path: Path, content: str) -> Transcript:
    """Return the transcript that a file holds; `path` is for messages. Raises FormatError."""
    fields = _parse_fields(path, content)
    fields["sentences"] = segments = fields.pop("segments", None)
    for segment in segments if isinstance(segments, list) else ():
        if isinstance(segment, dict):
            segment.pop("reading", None)  # it follows from the replacements
    return _validate(Transcript, fields, path)


def load_removals(path: Path) -> tuple[Removal, ...]:
    """Return a `removed.jsonl` read back."""
    removals: list[Removal] = []
    for line in _read(path).split("\n"):  # a text may hold other ends of lines
        if line.strip():
            fields = _parse_json(path, line)
            removals.append(_validate(Removal, fields, path))
    return tuple(removals)


def load_score(path: Path) -> LectureScore:
    """Return a `score.json` read back."""
    fields = _load_fields(path)
    for name in _SCORED:
        part = fields.get(name)
        if isinstance(part, dict):
            for derived in _DERIVED:
                part.pop(derived, None)
    return _validate(LectureScore, fields, path)


# --------------------------------------------------------------------------------------------------


def _load_fields(path: Path) -> Fields:
    return _parse_fields(path, _read(path))


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_ARTIFACT_BYTES:
            remedy = "Give the file that Konspekt wrote."
            raise FormatError("larger than any transcript", path=path, remedy=remedy)
        return path.read_bytes().decode(errors="replace")
    except OSError as error:
        what = f"cannot be read: {error.strerror or error}"
        remedy = "Check that the stage before has written it."
        raise FormatError(what, path=path, remedy=remedy) from error


def _parse_fields(path: Path, content: str) -> Fields:
    """Return the fields of an artifact, without the number of its format, which is checked."""
    fields = _parse_json(path, content)
    if not isinstance(fields, dict):
        raise _format_error("not what Konspekt writes", path)
    _check_format(path, fields.pop("format", None))
    return fields


def _check_format(path: Path, number: object) -> None:
    if type(number) is int and number == FORMAT:
        return
    named = "no format is named" if number is None else f"format {str(number)[:20]}"
    is_newer = type(number) is int and number > FORMAT
    remedy = "Update Konspekt." if is_newer else _AGAIN
    what = f"{named}, and this Konspekt reads {FORMAT}"
    raise FormatError(what, path=path, remedy=remedy)


def _parse_json(path: Path, content: str) -> Any:
    try:
        value = json.loads(content, parse_constant=_refuse, parse_float=_finite)
        if _SURROGATE.search(content):
            _check_characters(path, value)
    except (ValueError, RecursionError) as error:
        raise _format_error(f"broken JSON: {error}", path) from error
    return value


def _check_characters(path: Path, value: Any) -> None:
    """Raise FormatError for half of a surrogate pair, which no file can hold."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        what = "half of a character in it cannot be written"
        raise _format_error(what, path) from None


def _format_error(what: str, path: Path) -> FormatError:
    """Return the error of an artifact that must be made again."""
    return FormatError(what, path=path, remedy=_AGAIN)


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is not a number of JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _refuse(digits)


def _validate(kind: type[T], fields: Fields, path: Path) -> T:
    """Return the fields as a value of the type. Raises FormatError, also for unknown fields."""
    from pydantic import ValidationError

    try:
        value: T = _adapter(kind).validate_python(fields, extra="forbid")
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        problem = _problem(first["type"], first["msg"])
        raise _format_error(f"{where}: {problem}", path) from None
    return value


def _problem(kind: str, message: str) -> str:
    """Return what is wrong with a field, from pydantic's kind of error and its message."""
    if kind == "unexpected_keyword_argument":
        return "this Konspekt knows no such field"
    return message[:1].lower() + message[1:]


# Making one takes milliseconds, and removed.jsonl has a value a line.
_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]
