"""The files of NIST's scorer: STM, CTM and TRN (formats described in SCTK, doc/infmts.htm)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from konspekt.score.formats.source import Kind, Source, check_ids, fields
from konspekt.score.formats.utterance import TimedWord, Utterance

_IGNORED = "ignore_time_segment_in_scoring"  # written in capitals or not
_LABEL = re.compile(r"<(?!\*>)[^<>\s]*>(?=[ \t]|$)[ \t]*")
_TRN = re.compile(r"(?P<text>.*)\((?P<id>[^()\s]+)\)\s*")
_OPTIONAL = re.compile(r"\(([^(){}/|]+)\)")  # words that a hypothesis may leave out
_BEGIN, _NEXT, _END = _ALTERNATES = (
    "<alt_begin>",
    "<alt>",
    "<alt_end>",
)  # written in capitals or not
_NOTHING = "@"  # an alternative without words


def read_stm(source: Source) -> tuple[Utterance, ...]:
    """Lines `file channel speaker start end <label> text`, the label optional; `(words)` of a
    reference are optional ones. The id is file-channel-start, its time with three decimals; the
    speaker too, and then a number, where several begin together. Raises FormatError.
    """
    return _told_apart([_stm(source, number, line) for number, line in _rows(source)])


def _told_apart(utterances: list[Utterance]) -> tuple[Utterance, ...]:
    """Every one with an id of its own. No field of a line has a space, so what follows one makes no
    other's id.
    """
    together = Counter(utterance.id for utterance in utterances)
    named = [f"{one.id} {one.speaker}" if together[one.id] > 1 else one.id for one in utterances]
    before: Counter[str] = Counter()
    found: list[Utterance] = []
    for utterance, name in zip(utterances, named, strict=True):
        before[name] += 1
        found.append(replace(utterance, id=name if before[name] == 1 else f"{name} {before[name]}"))
    return tuple(found)


def _stm(source: Source, number: int, line: str) -> Utterance:
    row = fields(line, most=6)
    if len(row) < 5:
        raise source.error(
            f"line {number}: {len(row)} fields",
            "STM has: file channel speaker start end <label> text.",
        )
    start, end = (source.written_seconds(written, number) for written in row[3:5])
    source.span(start, end, f"line {number}")
    rest = row[5] if len(row) > 5 else ""
    text = _LABEL.sub("", rest, count=1) if _LABEL.match(rest) else rest
    ignored = text.strip().lower() == _IGNORED
    recording = f"{row[0]}-{row[1]}"
    identity = f"{recording}-{start:.3f}"
    text = "" if ignored else _with_alternates(source, text)
    return Utterance(identity, text, start, end, row[2], ignored=ignored, recording=recording)


def _with_alternates(source: Source, text: str) -> str:
    """A reference's optional words, in round brackets, as alternates are written: `(uh)` is `{uh /
    @}`.
    """
    return text if source.hypothesis else _OPTIONAL.sub(r"{\1 / @}", text)


def read_ctm(source: Source) -> tuple[Utterance, ...]:
    """Lines `file channel start duration word`, one a word; more fields (a confidence) are not
    used.

    One utterance a file and channel, without an id. A reference's alternates, from `<ALT_BEGIN>` to
    `<ALT_END>`, are one word `{a / b c / @}` with their span. Raises FormatError, also for
    alternates in a hypothesis and for words out of order.
    """
    words: dict[str, list[TimedWord]] = {}
    rows = ((number, _ctm_fields(source, number, line)) for number, line in _rows(source))
    for number, row in rows:
        word = _slot(source, number, row, rows) if _mark(row) else _timed(source, number, row)
        if word is not None:
            _append(source, number, words.setdefault(_recording(row), []), word)
    return tuple(_spoken(recording, tuple(said)) for recording, said in words.items())


def _ctm_fields(source: Source, number: int, line: str) -> list[str]:
    row = fields(line)
    if len(row) < 5:
        raise source.error(
            f"line {number}: {len(row)} fields", "CTM has: file channel start duration word."
        )
    return row


def _recording(row: list[str]) -> str:
    return f"{row[0]}-{row[1]}"


def _mark(row: list[str]) -> str:
    """Which of the marks of alternates the line is, as it is written; "": a word."""
    return next((field for field in row if field.lower() in _ALTERNATES), "")


def _timed(source: Source, number: int, row: list[str]) -> TimedWord:
    start = source.written_seconds(row[2], number)
    return TimedWord(row[4], start, start + source.written_seconds(row[3], number))


def _append(source: Source, number: int, said: list[TimedWord], word: TimedWord) -> None:
    if said and word.start < said[-1].start:
        remedy = "Sort it: sort -k1,1 -k2,2 -k3,3n."
        raise source.error(f"line {number}: the word starts before the one above it", remedy)
    said.append(word)


def _slot(
    source: Source, first: int, opening: list[str], rows: Iterator[tuple[int, list[str]]]
) -> TimedWord | None:
    """The alternates that begin in line `first`, read from `rows`, as one word; None: none of them
    has a word.
    """
    if source.hypothesis:
        what = f"line {first}: {_mark(opening)}: a hypothesis has no alternates"
        raise source.error(what, "Keep one of them, as plain lines.")
    remedy = (
        "Alternates are: <ALT_BEGIN>, words, <ALT>, words, <ALT_END>, each with file and channel."
    )
    if _mark(opening).lower() != _BEGIN:
        raise source.error(f"line {first}: {_mark(opening)} is not in place", remedy)
    alternatives: list[list[TimedWord]] = [[]]
    for number, row in rows:
        mark = _mark(row)
        if _recording(row) != _recording(opening):
            what = f"{_recording(row)!r} stands among the alternates of {_recording(opening)!r}"
            raise source.error(f"line {number}: {what}", remedy)
        if mark.lower() == _BEGIN:
            raise source.error(f"line {number}: {mark} is not in place", remedy)
        if mark.lower() == _END:
            return _as_one_word(alternatives)
        if mark.lower() == _NEXT:
            alternatives.append([])
        elif row[4] != _NOTHING:  # its time, often `*`, is of no use
            _append(source, number, alternatives[-1], _timed(source, number, row))
    raise source.error(f"line {first}: {_mark(opening)} never ends", remedy)


def _as_one_word(alternatives: list[list[TimedWord]]) -> TimedWord | None:
    words = [word for alternative in alternatives for word in alternative]
    if not words:
        return None
    texts = [
        " ".join(word.text for word in alternative) or _NOTHING for alternative in alternatives
    ]
    text = f"{{{' / '.join(texts)}}}" if len(texts) > 1 else texts[0]
    return TimedWord(text, min(word.start for word in words), max(word.end for word in words))


def _spoken(recording: str, words: tuple[TimedWord, ...]) -> Utterance:
    end = max(word.end for word in words)
    return Utterance(
        "",
        " ".join(word.text for word in words),
        words[0].start,
        end,
        words=words,
        recording=recording,
    )


def read_trn(source: Source) -> tuple[Utterance, ...]:
    """Lines `words (id)`; `(words)` before it are optional ones, in a reference. Raises
    FormatError.
    """
    utterances: list[tuple[int, Utterance]] = []
    for number, line in _rows(source):
        match = _TRN.fullmatch(line)
        if match is None:
            raise source.error(f"line {number} ends without an id", "TRN has: words (id).")
        text = _with_alternates(source, match["text"].strip(" \t"))
        utterances.append((number, Utterance(match["id"], text)))
    return check_ids(source, utterances)


def _rows(source: Source) -> Iterator[tuple[int, str]]:
    return ((number, line) for number, line in source.rows() if not line.lstrip().startswith(";;"))


STM = Kind("STM", (".stm",), read_stm)
CTM = Kind("CTM", (".ctm",), read_ctm)
TRN = Kind("TRN", (".trn",), read_trn)
