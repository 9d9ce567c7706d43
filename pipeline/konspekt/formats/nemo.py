"""NeMo's manifests: a JSON object a line, with `text` or `pred_text`.

OpenAI's `{"text": …}` is one without a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from konspekt.formats.document import Document, Utterance
from konspekt.formats.source import Format, Source, check_ids, whole_characters

_TEXTS = {"text", "pred_text"}


def matches(source: Source) -> bool:
    """Return whether it is an object a line, or one object with a text."""
    document = source.document
    return source.has_an_object_a_line or (
        isinstance(document, dict) and bool(_TEXTS & {*document})
    )


def read(source: Source) -> Document:
    """Return one utterance a line.

    The id is `audio_filepath`, with `@offset` where an offset above 0 is given. A hypothesis is
    read from `pred_text` where any line has it, a reference from `text`; every line must have
    the one that is read, so that no reference is taken for what was recognised. Raises
    FormatError.
    """
    rows = _objects(source)
    preferred, other = (
        ("pred_text", "text") if source.hypothesis else ("text", "pred_text")
    )
    field = preferred if any(preferred in row for _, row in rows) else other
    alone = len(rows) == 1
    said = [
        (number, _utterance(source, number, row, field, alone)) for number, row in rows
    ]
    return Document(FORMAT.name, check_ids(source, said))


def _objects(source: Source) -> list[tuple[int, Mapping[str, Any]]]:
    if not source.has_an_object_a_line:
        return [(1, source.document)]
    rows = [(number, source.row_value(number, line)) for number, line in source.rows()]
    for number, row in rows:
        if not isinstance(row, dict):
            remedy = "A manifest has one JSON object a line."
            raise source.error(f"line {number} is not an object", remedy)
    return rows


def _utterance(
    source: Source, number: int, row: Mapping[str, Any], field: str, alone: bool
) -> Utterance:
    where = f"line {number}"
    text, file = row.get(field), row.get("audio_filepath")
    if not isinstance(text, str):
        raise source.error(f"{where} has no {field}", f"Give every line its {field}.")
    text = whole_characters(text)
    if file is None and alone:
        return Utterance("", text)
    if not isinstance(file, str) or not file:
        remedy = "Give every line its audio_filepath: lines pair by it."
        raise source.error(f"{where} has no audio_filepath", remedy)
    start, end = _times(source, row, where)
    identity = f"{file}@{start}" if start else file
    return Utterance(identity, text, start, end, recording=file)


def _times(
    source: Source, row: Mapping[str, Any], where: str
) -> tuple[float | None, float | None]:
    """Return a line's start and end in its file, as far as its offset and duration tell."""
    offset, duration = row.get("offset"), row.get("duration")
    if offset is None and duration is None:
        return None, None
    start = 0.0 if offset is None else source.seconds(offset, where)
    if duration is None:
        return start, None
    return start, start + source.seconds(duration, where)


FORMAT = Format(
    "nemo",
    "NeMo manifest",
    (".jsonl", ".json"),
    read,
    matches,
    scored_because="its lines are recordings of their own",
)
