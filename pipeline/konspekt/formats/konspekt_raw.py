"""Konspekt's own `raw.json`: the text of each window as Whisper decoded it, nothing removed."""

from __future__ import annotations

from konspekt.artifacts.files import parse_raw
from konspekt.data import DecodedWindow, Word
from konspekt.formats.document import Document, SpokenWord, Utterance
from konspekt.formats.format import Format
from konspekt.formats.source import Source


def matches(source: Source) -> bool:
    """Return whether the document has the fields of a raw transcript."""
    return source.keys >= {"recording", "windows"}


def read(source: Source) -> Document:
    """Return one utterance a window, by start, and the whole of it. Raises FormatError."""
    raw = parse_raw(source.path, source.text)
    windows = sorted(raw.windows, key=lambda window: window.start)
    said = tuple(_utterance(window) for window in windows)
    return Document(FORMAT.name, said, are_windows=True, raw=raw)


def _utterance(window: DecodedWindow) -> Utterance:
    words = [word for segment in window.segments for word in segment.words]
    return Utterance(
        "",
        window.text,
        window.start,
        window.end,
        words=tuple(_spoken_word(word) for word in words),
    )


def _spoken_word(word: Word) -> SpokenWord:
    return SpokenWord(word.text, word.start, word.end, word.probability)


FORMAT = Format("konspekt", "Konspekt raw.json", (".json",), read, matches)
