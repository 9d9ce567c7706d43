"""CTM of NIST's scorer: a word a line, with its time."""

from __future__ import annotations

from collections.abc import Iterator

from konspekt.formats.document import Document, SpokenWord, Utterance
from konspekt.formats.nist import rows
from konspekt.formats.source import Format, Source, fields

# Written in capitals or not.
_BEGIN, _NEXT, _END = _ALTERNATES = ("<alt_begin>", "<alt>", "<alt_end>")
_NOTHING = "@"  # an alternative without words
_REMEDY = "Alternates are: <ALT_BEGIN>, words, <ALT>, words, <ALT_END>, each with file and channel."
_Rows = Iterator[tuple[int, list[str]]]


def read(source: Source) -> Document:
    """Read lines `file channel start duration word`, one a word; further fields are not used.

    One utterance a file and channel, without an id. A reference's alternates, from `<ALT_BEGIN>` to
    `<ALT_END>`, are one word `{a / b c / @}` with their span. Raises FormatError, also for
    alternates in a hypothesis and for words out of order.
    """
    words: dict[str, list[SpokenWord]] = {}
    lines = ((number, _fields(source, number, line)) for number, line in rows(source))
    for number, row in lines:
        word = (
            _alternates(source, number, row, lines)
            if _mark(row)
            else _timed(source, number, row)
        )
        if word is not None:
            _append(source, number, words.setdefault(_recording(row), []), word)
    said = tuple(
        _spoken(recording, tuple(spoken)) for recording, spoken in words.items()
    )
    return Document(FORMAT.name, said)


def _fields(source: Source, number: int, line: str) -> list[str]:
    row = fields(line)
    if len(row) < 5:
        remedy = "CTM has: file channel start duration word."
        raise source.error(f"line {number}: {len(row)} fields", remedy)
    return row


def _recording(row: list[str]) -> str:
    return f"{row[0]}-{row[1]}"


def _mark(row: list[str]) -> str:
    """Return which of the marks of alternates the line is, as it is written; "": a word."""
    return next((field for field in row if field.lower() in _ALTERNATES), "")


def _timed(source: Source, number: int, row: list[str]) -> SpokenWord:
    start = source.written_seconds(row[2], number)
    return SpokenWord(row[4], start, start + source.written_seconds(row[3], number))


def _append(
    source: Source, number: int, said: list[SpokenWord], word: SpokenWord
) -> None:
    if said and word.start < said[-1].start:
        remedy = "Sort it: sort -k1,1 -k2,2 -k3,3n."
        raise source.error(
            f"line {number}: the word starts before the one above it", remedy
        )
    said.append(word)


def _alternates(
    source: Source, first: int, opening: list[str], lines: _Rows
) -> SpokenWord | None:
    """Return the alternates that begin in line `first`, read on from `lines`, as one word.

    None: none of them has a word.
    """
    if source.hypothesis:
        what = f"line {first}: {_mark(opening)}: a hypothesis has no alternates"
        raise source.error(what, "Keep one of them, as plain lines.")
    if _mark(opening).lower() != _BEGIN:
        raise source.error(f"line {first}: {_mark(opening)} is not in place", _REMEDY)
    alternatives: list[list[SpokenWord]] = [[]]
    for number, row in lines:
        mark = _mark(row)
        _check_place(source, number, row, opening)
        if mark.lower() == _END:
            return _as_one_word(alternatives)
        if mark.lower() == _NEXT:
            alternatives.append([])
        elif row[4] != _NOTHING:  # its time, often `*`, is of no use
            _append(source, number, alternatives[-1], _timed(source, number, row))
    raise source.error(f"line {first}: {_mark(opening)} never ends", _REMEDY)


def _check_place(
    source: Source, number: int, row: list[str], opening: list[str]
) -> None:
    """Raises FormatError for a line that cannot stand among those alternates."""
    if _recording(row) != _recording(opening):
        what = f"{_recording(row)!r} stands among the alternates of {_recording(opening)!r}"
        raise source.error(f"line {number}: {what}", _REMEDY)
    if _mark(row).lower() == _BEGIN:
        raise source.error(f"line {number}: {_mark(row)} is not in place", _REMEDY)


def _as_one_word(alternatives: list[list[SpokenWord]]) -> SpokenWord | None:
    words = [word for alternative in alternatives for word in alternative]
    if not words:
        return None
    texts = [_joined(alternative) or _NOTHING for alternative in alternatives]
    text = f"{{{' / '.join(texts)}}}" if len(texts) > 1 else texts[0]
    return SpokenWord(
        text, min(word.start for word in words), max(word.end for word in words)
    )


def _joined(words: list[SpokenWord] | tuple[SpokenWord, ...]) -> str:
    return " ".join(word.text for word in words)


def _spoken(recording: str, words: tuple[SpokenWord, ...]) -> Utterance:
    end = max(word.end for word in words)
    return Utterance(
        "", _joined(words), words[0].start, end, words=words, recording=recording
    )


FORMAT = Format(
    "ctm", "CTM", (".ctm",), read, scored_because="its lines are a corpus's"
)
