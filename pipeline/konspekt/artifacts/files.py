"""The artifacts' JSON: a type of `konspekt.data` as the bytes of its file, and back.

`raw.json`, `second_pass.json`, `quality.json`, `notes.json` and `score.json` are their types field
for field. `transcript.json` calls its sentences `segments`, as Whisper and its tools do. Each of
them begins with the number of its format. `removed.jsonl` is one removal a line.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from konspekt.artifacts.store import canonical_json
from konspekt.data import (
    LectureScore,
    Notes,
    Quality,
    RawTranscript,
    Region,
    Removal,
    Sentence,
    Transcript,
)
from konspekt.errors import FormatError
from konspekt.text.times import checked_seconds

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")

# of all artifacts; a higher number when a field's meaning changes, or it goes
FORMAT = 1
MAX_ARTIFACT_BYTES = 512 * 2**20  # a ten-hour lecture with word times is some 20 MB
_AGAIN = "Make it again with the stage that writes it."
_SURROGATE = re.compile(r"\\ud[89a-f]", re.IGNORECASE)  # a pair of them is a character
_ONLY_WHERE_SET = (
    *("source", "code", "other_window", "phrase", "redacted"),
    *("engine", "device", "precision", "is_silent", "is_cut"),
)
# Of a score: written for those who read the file, not read back.
_DERIVED = ("errors", "wer", "cer")


def dump(value: RawTranscript | Quality | Notes) -> bytes:
    """Return a `raw.json`, `second_pass.json`, `quality.json` or `notes.json`."""
    fields = asdict(value)
    if isinstance(value, RawTranscript):
        for window in fields["windows"]:
            _leave_out_unset(window["how"])
        for part in fields["recording"]["parts"]:
            _leave_out_what_is_as_usual(part)
    return _with_format(fields)


def dump_transcript(transcript: Transcript) -> bytes:
    """Return a `transcript.json`."""
    fields = asdict(transcript)
    written = zip(transcript.sentences, fields.pop("sentences"), strict=True)
    fields["segments"] = [_segment(sentence, segment) for sentence, segment in written]
    return _with_format(fields)


def _segment(sentence: Sentence, fields: dict[str, Any]) -> dict[str, Any]:
    """Return a sentence as it is written.

    What a person decided stands there only where one did, and then the reading besides.
    """
    _leave_out_unset(fields)
    if not sentence.replacements:
        del fields["replacements"]
    else:
        fields["replacements"] = [
            _leave_out_unset(one) for one in fields["replacements"]
        ]
        fields["reading"] = sentence.reading
    if sentence.kept is None:
        del fields["kept"]
    return fields


def dump_removals(removals: tuple[Removal, ...]) -> bytes:
    """Return a `removed.jsonl`."""
    rows = (_leave_out_unset(asdict(removal)) for removal in removals)
    lines = (json.dumps(row, ensure_ascii=False, allow_nan=False) for row in rows)
    return "".join(line + "\n" for line in lines).encode()


def dump_score(score: LectureScore) -> bytes:
    """Return a `score.json`: the counts, and the rates and sums that follow from them."""
    fields = asdict(score)
    for name, part in (("raw", score.raw), ("normalised", score.normalised)):
        del fields[name]["alignment"]
        fields[name] |= {derived: getattr(part, derived) for derived in _DERIVED}
    return _with_format(fields)


def _with_format(fields: Mapping[str, Any]) -> bytes:
    """Return the fields as canonical JSON, the number of the format before them."""
    first = f'{{\n "format": {FORMAT},'.encode()
    return first + canonical_json(fields).removeprefix(b"{")


def _leave_out_unset(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields without those that say nothing where they are not set.

    A source is named only where there are several transcripts.
    """
    for name in _ONLY_WHERE_SET:
        value = fields.get(name)
        if value is None or value is False or value == "":
            fields.pop(name, None)
    return fields


def _leave_out_what_is_as_usual(part: dict[str, Any]) -> None:
    """A file's audio track stands there where it has several, its damage where it has any."""
    for name in ("track", "damage"):
        if not part[name]:
            del part[name]


# --------------------------------------------------------------------------------------------------


def load_raw(path: Path) -> RawTranscript:
    """Return a `raw.json` or `second_pass.json` read back. Every reader here raises FormatError."""
    return raw_of(path, _read(path))


def raw_of(path: Path, content: bytes | str) -> RawTranscript:
    """Return the raw transcript that a file holds; `path` is for messages.

    Raises FormatError, also where two windows share an id, and for times that cannot be.
    """
    raw: RawTranscript = _validate(RawTranscript, _fields(content, path), path)
    if len({window.id for window in raw.windows}) < len(raw.windows):
        raise FormatError("two windows share an id", path=path, remedy=_AGAIN)
    for where, start, end in _spans(raw):
        first, last = (checked_seconds(path, time, where) for time in (start, end))
        if last < first:
            what = f"{where}: something ends before it starts"
            raise FormatError(what, path=path, remedy=_AGAIN)
    return raw


def _spans(raw: RawTranscript) -> Iterator[tuple[str, float, float]]:
    """Yield every stretch of time in it, and whose it is."""
    for part in raw.recording.parts:
        yield "recording", part.start, part.start + part.duration
        yield from _regions("damage", part.damage)
    yield from _regions("speech", raw.speech or ())
    for window in raw.windows:
        where = f"window {window.id}"
        yield where, window.start, window.end
        for segment in window.segments:
            yield where, segment.start, segment.end
            for word in segment.words:
                yield where, word.start, word.end


def _regions(
    where: str, regions: Iterable[Region]
) -> Iterator[tuple[str, float, float]]:
    for region in regions:
        yield where, region.start, region.end


def load_quality(path: Path) -> Quality:
    """Return a `quality.json` read back."""
    return _validate(Quality, _fields(_read(path), path), path)


def load_notes(path: Path) -> Notes:
    """Return a `notes.json` read back."""
    return _validate(Notes, _fields(_read(path), path), path)


def load_transcript(path: Path) -> Transcript:
    """Return a `transcript.json` read back."""
    return transcript_of(path, _read(path))


def transcript_of(path: Path, content: bytes | str) -> Transcript:
    """Return the transcript that a file holds; `path` is for messages. Raises FormatError."""
    fields = _fields(content, path)
    fields["sentences"] = segments = fields.pop("segments", None)
    for segment in segments if isinstance(segments, list) else ():
        if isinstance(segment, dict):
            segment.pop("reading", None)  # it follows from the replacements
    return _validate(Transcript, fields, path)


def load_removals(path: Path) -> tuple[Removal, ...]:
    """Return a `removed.jsonl` read back."""
    lines = [line for line in _read(path).splitlines() if line.strip()]
    return tuple(_validate(Removal, _parse(line, path), path) for line in lines)


def load_score(path: Path) -> LectureScore:
    """Return a `score.json` read back."""
    fields = _fields(_read(path), path)
    for name in ("raw", "normalised"):
        if isinstance(part := fields.get(name), dict):
            for derived in _DERIVED:
                part.pop(derived, None)
    return _validate(LectureScore, fields, path)


# --------------------------------------------------------------------------------------------------


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_ARTIFACT_BYTES:
            remedy = "Give the file that Konspekt wrote."
            raise FormatError("larger than any transcript", path=path, remedy=remedy)
        return path.read_bytes()
    except OSError as error:
        raise FormatError(
            f"cannot be read: {error.strerror or error}",
            path=path,
            remedy="Check that the stage before has written it.",
        ) from error


def _fields(content: bytes | str, path: Path) -> dict[str, Any]:
    """Return the fields of an artifact, without the number of its format, which is checked."""
    fields = _parse(content, path)
    if not isinstance(fields, dict):
        raise FormatError("not what Konspekt writes", path=path, remedy=_AGAIN)
    _check_format(fields.pop("format", None), path)
    return fields


def _check_format(number: object, path: Path) -> None:
    if type(number) is int and number == FORMAT:
        return
    what = "no format is named"
    if number is not None:
        what = f"format {str(number)[:20]}"
    newer = type(number) is int and number > FORMAT
    remedy = "Update Konspekt." if newer else _AGAIN
    raise FormatError(
        f"{what}, and this Konspekt reads {FORMAT}", path=path, remedy=remedy
    )


def _parse(content: bytes | str, path: Path) -> Any:
    text = content if isinstance(content, str) else content.decode(errors="replace")
    try:
        value = json.loads(text, parse_constant=_refuse, parse_float=_finite)
        if _SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        what = "half of a character in it cannot be written"
        raise FormatError(what, path=path, remedy=_AGAIN) from None
    except (ValueError, RecursionError) as error:
        raise FormatError(f"broken JSON: {error}", path=path, remedy=_AGAIN) from error
    return value


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is not a number of JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _refuse(digits)


def _validate(kind: type[T], fields: Any, path: Path) -> T:
    """Return the fields as a value of the type. Raises FormatError, also for unknown fields."""
    from pydantic import ValidationError

    try:
        value: T = _adapter(kind).validate_python(fields, extra="forbid")
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        what = f"{where}: {_problem(first['type'], first['msg'])}"
        raise FormatError(what, path=path, remedy=_AGAIN) from None
    return value


def _problem(kind: str, message: str) -> str:
    """Return what is wrong with a field, from pydantic's kind of error and its message."""
    if kind == "unexpected_keyword_argument":
        return "this Konspekt knows no such field"
    return message[:1].lower() + message[1:]


# Making a schema takes milliseconds, and removed.jsonl has a value a line.
_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]
