"""NeMo's manifests: a JSON object a line, with `text` or `pred_text`.

OpenAI's `{"text": …}` is one without a file.
"""

from __future__ import annotations

from collections.abc import Sequence

from konspekt.formats.document import Document, Utterance
from konspekt.formats.format import Format
from konspekt.formats.json_object import JsonObject
from konspekt.formats.source import Source, read_rows, whole_characters

_TEXTS = {"text", "pred_text"}


def matches(source: Source) -> bool:
    """Return whether it is an object a line, or one object with a text."""
    has_rows = isinstance(source.document, tuple)
    return has_rows or not _TEXTS.isdisjoint(source.keys)


def read(source: Source) -> Document:
    """Return one utterance a line.

    The id is `audio_filepath`, with `@offset` where an offset above 0 is given. A hypothesis is
    read from `pred_text` where any line has it, a reference from `text`. Every line must have
    the one that is read: no reference is taken for what was recognised. Raises FormatError.
    """
    rows = _read_rows(source)
    key = _text_key(source, rows)
    if len(rows) == 1 and rows[0].value("audio_filepath") is None:
        text = _read_text(rows[0], key)
        return Document(FORMAT.name, (Utterance("", text),))
    said = read_rows(rows, lambda row: _read_row(row, key))
    return Document(FORMAT.name, said)


def _text_key(source: Source, rows: Sequence[JsonObject]) -> str:
    """Return under which key the texts stand."""
    preferred, other = "text", "pred_text"
    if source.hypothesis:
        preferred, other = other, preferred
    is_there = any(preferred in row.values for row in rows)
    return preferred if is_there else other


def _read_rows(source: Source) -> list[JsonObject]:
    """Return the object of each line. Raises FormatError."""
    if isinstance(source.document, dict):
        return [JsonObject(source, "line", 1, source.document)]
    rows = [
        JsonObject(source, "line", line.number, line.parse_json())
        for line in source.rows
    ]
    for row in rows:
        if not isinstance(row.values, dict):
            remedy = "A manifest has one JSON object a line."
            raise source.error(f"{row.where} is not an object", remedy)
    return rows


def _read_text(row: JsonObject, key: str) -> str:
    text = row.value(key)
    if not isinstance(text, str):
        remedy = f"Give every line its {key}."
        raise row.source.error(f"{row.where} has no {key}", remedy)
    return whole_characters(text)


def _read_row(row: JsonObject, key: str) -> Utterance:
    text = _read_text(row, key)
    file = row.value("audio_filepath")
    if not isinstance(file, str) or not file:
        remedy = "Give every line its audio_filepath: lines pair by it."
        raise row.source.error(f"{row.where} has no audio_filepath", remedy)
    start, end = _read_times(row)
    identity = f"{file}@{start}" if start else file
    return Utterance(identity, text, start, end, recording=file)


def _read_times(row: JsonObject) -> tuple[float | None, float | None]:
    """Return a line's start and end in its file, as far as its offset and duration tell."""
    has_end = row.value("duration") is not None
    if row.value("offset") is None and not has_end:
        return None, None
    start = row.time("offset", 0.0)
    if not has_end:
        return start, None
    return start, start + row.time("duration")


FORMAT = Format(
    "nemo",
    "NeMo manifest",
    (".jsonl", ".json"),
    read,
    matches,
    scored_because="its lines are recordings of their own",
)
