"""CTM of NIST's scorer: a word a line, with its time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from konspekt.errors import FormatError
from konspekt.formats.document import Document, SpokenWord, Utterance
from konspekt.formats.format import Format
from konspekt.formats.nist import rows_of
from konspekt.formats.source import Line, Source

# Written in capitals or not.
_BEGIN, _NEXT, _END = _ALTERNATES = ("<alt_begin>", "<alt>", "<alt_end>")
_NOTHING = "@"  # an alternative without words
_REMEDY = "Alternates are: <ALT_BEGIN>, words, <ALT>, words, <ALT_END>, each with file and channel."


@dataclass(frozen=True, slots=True)
class _CtmRow:
    """A line: a word with its times, or a mark of alternates."""

    line: Line
    recording: str
    start: str
    duration: str
    word: str
    mark: str  # as it is written; "" where the line is a word

    def is_mark(self, mark: str) -> bool:
        return self.mark.lower() == mark

    def spoken_word(self) -> SpokenWord:
        """Return the word with its times. Raises FormatError."""
        start = self.line.written_seconds(self.start)
        duration = self.line.written_seconds(self.duration)
        return SpokenWord(self.word, start, start + duration)

    def out_of_place(self) -> FormatError:
        return self.line.error(f"{self.mark} is not in place", _REMEDY)


def read(source: Source) -> Document:
    """Read lines `file channel start duration word`, one a word; further fields are not used.

    One utterance a file and channel, without an id. A reference's alternates, from `<ALT_BEGIN>` to
    `<ALT_END>`, are one word `{a / b c / @}` with their span. Raises FormatError, also for
    alternates in a hypothesis and for words out of order.
    """
    words: dict[str, list[SpokenWord]] = {}
    rows = map(_read_row, rows_of(source))
    for row in rows:
        word = _read_alternates(row, rows) if row.mark else row.spoken_word()
        if word is not None:
            _append(words.setdefault(row.recording, []), word, row.line)
    said = [_utterance(recording, spoken) for recording, spoken in words.items()]
    return Document(FORMAT.name, tuple(said))


def _read_row(line: Line) -> _CtmRow:
    fields = line.fields()
    if len(fields) < 5:
        remedy = "CTM has: file channel start duration word."
        raise line.error(f"{len(fields)} fields", remedy)
    file, channel, start, duration, word = fields[:5]
    marks = [field for field in fields if field.lower() in _ALTERNATES]
    mark = marks[0] if marks else ""
    return _CtmRow(line, f"{file}-{channel}", start, duration, word, mark)


def _append(words: list[SpokenWord], word: SpokenWord, line: Line) -> None:
    """Append the word. Raises FormatError where it starts before the last one."""
    if words and word.start < words[-1].start:
        what = "the word starts before the one above it"
        raise line.error(what, "Sort it: sort -k1,1 -k2,2 -k3,3n.")
    words.append(word)


def _read_alternates(opening: _CtmRow, rows: Iterator[_CtmRow]) -> SpokenWord | None:
    """Return the alternates that begin in that row, read on from `rows`, as one word.

    None: none of them has a word. Raises FormatError.
    """
    if opening.line.source.hypothesis:
        what = f"{opening.mark}: a hypothesis has no alternates"
        raise opening.line.error(what, "Keep one of them, as plain lines.")
    if not opening.is_mark(_BEGIN):
        raise opening.out_of_place()
    alternatives: list[list[SpokenWord]] = [[]]
    for row in _take_alternates(opening, rows):
        if row.is_mark(_NEXT):
            alternatives.append([])
        elif row.word != _NOTHING:  # its time, often `*`, is of no use
            _append(alternatives[-1], row.spoken_word(), row.line)
    return _join_alternatives(alternatives)


def _take_alternates(opening: _CtmRow, rows: Iterator[_CtmRow]) -> Iterator[_CtmRow]:
    """Yield the rows up to the end of the alternates. Raises FormatError."""
    for row in rows:
        if row.recording != opening.recording:
            what = f"{row.recording!r} stands among the alternates of {opening.recording!r}"
            raise row.line.error(what, _REMEDY)
        if row.is_mark(_BEGIN):
            raise row.out_of_place()
        if row.is_mark(_END):
            return
        yield row
    raise opening.line.error(f"{opening.mark} never ends", _REMEDY)


def _join_alternatives(
    alternatives: Sequence[Sequence[SpokenWord]],
) -> SpokenWord | None:
    words = [word for alternative in alternatives for word in alternative]
    if not words:
        return None
    texts = [_join(alternative) or _NOTHING for alternative in alternatives]
    text = " / ".join(texts)
    if len(texts) > 1:
        text = f"{{{text}}}"
    start = min(word.start for word in words)
    end = max(word.end for word in words)
    return SpokenWord(text, start, end)


def _join(words: Sequence[SpokenWord]) -> str:
    return " ".join(word.text for word in words)


def _utterance(recording: str, words: Sequence[SpokenWord]) -> Utterance:
    return Utterance(
        "",
        _join(words),
        start=words[0].start,
        end=max(word.end for word in words),
        words=tuple(words),
        recording=recording,
    )


FORMAT = Format(
    "ctm", "CTM", (".ctm",), read, scored_because="its lines are a corpus's"
)
