"""Konspekt's own `raw.json`, as the stage itself writes it."""

from __future__ import annotations

import json
import math
from functools import cache
from typing import TYPE_CHECKING

from konspekt.data import DecodedWindow, RawTranscript
from konspekt.transcribe.importers.source import Imported, Importer, Source, whole_characters

if TYPE_CHECKING:
    from pydantic import TypeAdapter


def matches(source: Source) -> bool:
    """Whether the document has the fields of a raw transcript."""
    return isinstance(source.document, dict) and {"recording", "windows"} <= set(source.document)


# its windows are as they were
def read(source: Source, chunk_window: float) -> Imported:  # noqa: ARG001
    """Its windows as they were, ids, models and regions of speech too. Raises FormatError."""
    from pydantic import ValidationError

    try:
        json.loads(source.text, parse_constant=_refuse, parse_float=_finite)
    except ValueError as error:
        raise source.error(
            f"no raw transcript of Konspekt's ({error})", "Restore the file."
        ) from None
    try:
        raw = _adapter().validate_json(whole_characters(source.text), extra="forbid")
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise source.error(
            f"no raw transcript of Konspekt's ({where}: {first['msg']})", "Restore the file."
        ) from None
    if len({decoded.id for decoded in raw.windows}) < len(raw.windows):
        raise source.error("two windows share an id", "Restore the file.")
    for decoded in raw.windows:
        _check(source, decoded)
    for region in raw.speech or ():
        source.seconds(region.start, "speech")
        source.seconds(region.end, "speech")
    duration = source.seconds(raw.recording.duration, "recording")
    return Imported(
        tuple(sorted(raw.windows, key=lambda h: h.start)), raw.model, duration, raw.demo, raw.speech
    )


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is not a number of JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _refuse(digits)


def _check(source: Source, decoded: DecodedWindow) -> None:
    where = f"window {decoded.id}"
    spans = [
        (decoded.start, decoded.end),
        *((segment.start, segment.end) for segment in decoded.segments),
    ]
    spans += [(word.start, word.end) for segment in decoded.segments for word in segment.words]
    for start, end in spans:
        if source.seconds(start, where) > source.seconds(end, where):
            raise source.error(f"{where}: something ends before it starts", "Restore the file.")


@cache
def _adapter() -> TypeAdapter[RawTranscript]:
    from pydantic import TypeAdapter

    return TypeAdapter(RawTranscript)


IMPORTER = Importer("konspekt", ".raw.json", read, matches)
