"""JSON with segments: openai-whisper, faster-whisper, WhisperX, whisper.cpp, and Konspekt's own
`transcript.json`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from konspekt.score.formats.source import Kind, Source, check_order
from konspekt.score.formats.utterance import TimedWord, Utterance
from konspekt.text.times import MAX_SECONDS

_REMEDY = "Export the file again."


def matches(source: Source) -> bool:
    """Whether the document is, or holds, a list of segments."""
    document = source.document
    return isinstance(document, list) or (
        isinstance(document, dict) and bool({"segments", "transcription"} & set(document))
    )


def read(source: Source) -> tuple[Utterance, ...]:
    """One utterance a segment, its text as it stands, with its words where they have times. Raises
    FormatError.
    """
    document = source.document
    if isinstance(document, dict) and "segments" not in document:
        items = [
            _in_seconds(item)
            for item in _objects(source, document["transcription"], "transcription")
        ]
    else:
        items = _objects(
            source, document["segments"] if isinstance(document, dict) else document, "segments"
        )
    if not items and isinstance(document, dict) and isinstance(text := document.get("text"), str):
        return (Utterance("", whole_characters(text)),)
    utterances = tuple(
        _utterance(source, item, f"segment {number}") for number, item in enumerate(items, start=1)
    )
    return check_order(source, utterances, "segment")


def whole_characters(text: str) -> str:
    """The text without lone surrogates, which JSON can spell and no file can hold; pairs become
    their character.
    """
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _objects(source: Source, value: object, where: str) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise source.error(f"{where}: not a list of objects", _REMEDY)
    return value


def _in_seconds(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """whisper.cpp's item, in milliseconds, as a segment; what is no time is left for the check to
    name.
    """
    offsets = item.get("offsets")
    times = [offsets.get(name) if isinstance(offsets, dict) else None for name in ("from", "to")]
    most = MAX_SECONDS * 1000  # a whole number beyond all floats cannot be divided
    start, end = (
        v / 1000 if isinstance(v, int | float) and -most <= v <= most else v for v in times
    )
    return {"start": start, "end": end, "text": item.get("text")}


def _utterance(source: Source, item: Mapping[str, Any], where: str) -> Utterance:
    start, end = source.span(item.get("start"), item.get("end"), where)
    text, speaker = (
        item.get("reading", item.get("text")),
        item.get("speaker"),
    )  # Konspekt's, where a person corrected it
    if not isinstance(text, str):
        raise source.error(f"{where} has no text", _REMEDY)
    words = tuple(
        _words(
            source,
            _objects(source, item.get("words") or [], f"{where}: words"),
            (start, end),
            where,
        )
    )
    named = speaker if isinstance(speaker, str) else None
    return Utterance("", whole_characters(text), start, end, named, words)


def _words(
    source: Source, items: Sequence[Mapping[str, Any]], segment: tuple[float, float], where: str
) -> Iterator[TimedWord]:
    """Words in order. One without times (WhisperX gives digits none) fills the place between its
    neighbours.
    """
    now, last = segment
    for index, item in enumerate(items):
        word = f"{where}, word {index + 1}"
        text = item.get("word", item.get("text"))
        if not isinstance(text, str):
            raise source.error(f"{word} has no text", _REMEDY)
        begun, ended = item.get("start"), item.get("end")
        if ended is None:
            ended = next(
                (later["start"] for later in items[index + 1 :] if later.get("start") is not None),
                last,
            )
        start = source.seconds(now if begun is None else begun, word)
        end = max(start, source.seconds(ended, word))
        yield TimedWord(whole_characters(text), start, end)
        now = end


KIND = Kind("Whisper or Konspekt JSON", (".json", ".jsonl"), read, matches)
