"""The artifacts' formats: a type of `konspekt.data` as the bytes of its file, and back.

`raw.json`, `quality.json`, `notes.json` and `score.json` are their types field for field.
`transcript.json` calls its sentences `segments`, as Whisper and its tools do; `removed.jsonl` is
one removal a line.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from konspekt.artifacts.store import canonical_json
from konspekt.data import LectureScore, Notes, Quality, RawTranscript, Removal, Sentence, Transcript
from konspekt.errors import FormatError
from konspekt.sanitize import sanitize
from konspekt.text.times import checked_seconds, clock, stamp

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")

_GAP_LINE = re.compile(r"^\[[\d:]+–[\d:]+: (?:not transcribed|removed|uncertain)\]$", re.MULTILINE)
_ENDED = re.compile(r"(?:[.!?…][»\")\]]*|\n)$")
_SURROGATE = re.compile(r"\\ud[89a-f]", re.IGNORECASE)  # a pair of them is a character
_AGAIN = "Make it again with the stage that writes it."
MAX_ARTIFACT_BYTES = 512 * 2**20  # a ten-hour lecture with word times is some 20 MB


def dump(value: RawTranscript | Quality | Notes) -> bytes:
    """A `raw.json`, `quality.json` or `notes.json`."""
    fields = asdict(value)
    for window in fields.get("windows", ()):
        _leave_out_no_source(window["how"])
    for part in (
        fields.get("recording", {}).get("parts", ()) if isinstance(value, RawTranscript) else ()
    ):
        _leave_out_what_is_as_usual(part)
    return canonical_json(fields)


def dump_transcript(transcript: Transcript) -> bytes:
    """`transcript.json`."""
    fields = asdict(transcript)
    fields["segments"] = [
        _segment(*pair) for pair in zip(transcript.sentences, fields.pop("sentences"), strict=True)
    ]
    return canonical_json(fields)


def _segment(sentence: Sentence, fields: dict[str, Any]) -> dict[str, Any]:
    """A sentence as it is written: what a person decided only where one did, and then the reading
    besides.
    """
    _leave_out_no_source(fields)
    if not sentence.replacements:
        del fields["replacements"]
    else:
        fields["replacements"] = [_leave_out_no_source(one) for one in fields["replacements"]]
        fields["reading"] = sentence.reading
    if sentence.kept is None:
        del fields["kept"]
    return fields


def dump_removals(removals: tuple[Removal, ...]) -> bytes:
    """`removed.jsonl`."""
    rows = (_leave_out_no_source(asdict(removal)) for removal in removals)
    lines = (json.dumps(row, ensure_ascii=False, allow_nan=False) for row in rows)
    return "".join(line + "\n" for line in lines).encode()


_ONLY_WHERE_SET = ("source", "code", "other_window", "phrase", "redacted")


def _leave_out_no_source(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields without those that are not set; a file is named only where there are
    several transcripts.
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


_DERIVED = (
    "errors",
    "wer",
    "cer",
)  # of a score: written for those who read the file, not read back


def dump_score(score: LectureScore) -> bytes:
    """`score.json`: the counts, and the rates and sums that follow from them."""
    fields = asdict(score)
    for name, part in (("raw", score.raw), ("normalised", score.normalised)):
        del fields[name]["alignment"]
        fields[name] |= {derived: getattr(part, derived) for derived in _DERIVED}
    return canonical_json(fields)


def load_raw(path: Path) -> RawTranscript:
    """A `raw.json` or `second_pass.json` read back. Raises FormatError, as every reader here."""
    return raw_of(path, _read(path))


def raw_of(path: Path, content: bytes | str) -> RawTranscript:
    """The raw transcript that a file holds; `path` is for messages.

    Raises FormatError, also where two windows share an id, and for times that are none.
    """
    raw: RawTranscript = _validate(RawTranscript, _object(content, path), path)
    if len({window.id for window in raw.windows}) < len(raw.windows):
        raise FormatError("two windows share an id", path=path, remedy=_AGAIN)
    for where, start, end in _spans(raw):
        first, last = (checked_seconds(path, time, where) for time in (start, end))
        if last < first:
            what = f"{where}: something ends before it starts"
            raise FormatError(what, path=path, remedy=_AGAIN)
    return raw


def _spans(raw: RawTranscript) -> Iterator[tuple[str, float, float]]:
    """Every stretch of time in it, and whose it is."""
    for part in raw.recording.parts:
        yield "recording", part.start, part.start + part.duration
        yield from (("damage", region.start, region.end) for region in part.damage)
    yield from (("speech", region.start, region.end) for region in raw.speech or ())
    for window in raw.windows:
        where = f"window {window.id}"
        yield where, window.start, window.end
        for segment in window.segments:
            yield where, segment.start, segment.end
            yield from ((where, word.start, word.end) for word in segment.words)


def load_quality(path: Path) -> Quality:
    """A `quality.json` read back."""
    return _load(Quality, path)


def load_notes(path: Path) -> Notes:
    """A `notes.json` read back."""
    return _load(Notes, path)


def load_transcript(path: Path) -> Transcript:
    """A `transcript.json` read back."""
    return transcript_of(path, _read(path))


def transcript_of(path: Path, content: bytes | str) -> Transcript:
    """The transcript that a file holds; `path` is for messages. Raises FormatError."""
    fields = _object(content, path)
    fields["sentences"] = segments = fields.pop("segments", None)
    for segment in segments if isinstance(segments, list) else ():
        if isinstance(segment, dict):
            segment.pop("reading", None)  # it follows from the replacements
    transcript: Transcript = _validate(Transcript, fields, path)
    return transcript


def load_removals(path: Path) -> tuple[Removal, ...]:
    """A `removed.jsonl` read back."""
    lines = [line for line in _read(path).splitlines() if line.strip()]
    return tuple(_validate(Removal, _parse(line, path), path) for line in lines)


def load_score(path: Path) -> LectureScore:
    """A `score.json` read back."""
    fields = _object(_read(path), path)
    for name in ("raw", "normalised"):
        if isinstance(part := fields.get(name), dict):
            for derived in _DERIVED:
                part.pop(derived, None)
    return _validate(LectureScore, fields, path)


def _load(kind: type[T], path: Path) -> T:
    return _validate(kind, _object(_read(path), path), path)


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_ARTIFACT_BYTES:
            raise FormatError(
                "larger than any transcript", path=path, remedy="Give the file that Konspekt wrote."
            )
        return path.read_bytes()
    except OSError as error:
        raise FormatError(
            f"cannot be read: {error.strerror or error}",
            path=path,
            remedy="Check that the stage before has written it.",
        ) from error


def _object(content: bytes | str, path: Path) -> dict[str, Any]:
    fields = _parse(content, path)
    if not isinstance(fields, dict):
        raise FormatError("not what Konspekt writes", path=path, remedy=_AGAIN)
    return fields


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
    from pydantic import ValidationError

    try:
        value: T = _adapter(kind).validate_python(fields, extra="forbid")
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise FormatError(
            f"{where}: {first['msg'][:1].lower()}{first['msg'][1:]}",
            path=path,
            remedy=_AGAIN,
        ) from None
    return value


# Making a schema takes milliseconds, and removed.jsonl has a value a line.
_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


# --------------------------------------------------------------------------------------------------


def transcript_text(transcript: Transcript) -> bytes:
    """`transcript.txt`: a line a sentence, gaps in their places with times.

    A sentence that was joined from two windows stands on one line again.
    """
    rows = [(s.start, 1, sanitize(s.reading)) for s in _spoken(transcript)]
    rows += [
        (g.start, 0, f"[{clock(g.start)}–{clock(g.end)}: {g.cause}]\n") for g in transcript.gaps
    ]
    pieces: list[str] = []
    # of the pieces that have any characters: how the text ends, without joining it for every row
    last = ""
    for _, kind, row in sorted(
        rows, key=lambda row: row[:2]
    ):  # those of one time in the order of the transcript
        goes_on = kind == 1 and last and not _ENDED.search(last)
        piece = (" " if goes_on else "" if last.endswith("\n") or not last else "\n") + row
        pieces.append(piece)
        last = piece or last
    text = "".join(pieces)
    return (text.rstrip("\n") + "\n").encode() if text else b""


def without_gaps(text: str) -> str:
    """A `transcript.txt` without the lines that mark its gaps; any other text as it is."""
    return _GAP_LINE.sub("", text)


def transcript_srt(transcript: Transcript) -> bytes:
    """`transcript.srt`: a cue a sentence."""
    cues = (
        f"{number}\n{stamp(s.start, ',')} --> {stamp(_cue_end(s), ',')}\n{_cue_text(s)}\n\n"
        for number, s in enumerate(_spoken(transcript), start=1)
    )
    return "".join(cues).encode()


def transcript_vtt(transcript: Transcript) -> bytes:
    """`transcript.vtt`: a cue a sentence."""
    cues = (
        f"{stamp(s.start, '.')} --> {stamp(_cue_end(s), '.')}\n"
        f"{_cue_text(s).replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')}\n\n"
        for s in _spoken(transcript)
    )
    return ("WEBVTT\n\n" + "".join(cues)).encode()


def _spoken(transcript: Transcript) -> list[Sentence]:
    return [s for s in transcript.sentences if s.reading.strip()]


def _cue_text(sentence: Sentence) -> str:
    return sanitize(sentence.reading).replace("-->", "→")  # the arrow would read as a cue's times


def _cue_end(sentence: Sentence) -> float:
    return max(sentence.end, sentence.start + 0.001)
