"""The files of NIST's scorer: STM, CTM and TRN (formats described in SCTK, doc/infmts.htm)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.score.formats.source import Kind, Source, check_ids, fields
from pipeline.score.formats.utterance import TimedWord, Utterance

_IGNORED = "ignore_time_segment_in_scoring"  # written in capitals or not
_LABEL = re.compile(r"<[^<>\s]*>(?=[ \t]|$)[ \t]*")
_TRN = re.compile(r"(?P<text>.*)\((?P<id>[^()\s]+)\)\s*")
_OPTIONAL = re.compile(r"\(([^(){}/|]+)\)")  # words that a hypothesis may leave out
_ALTERNATES = ("<alt_begin>", "<alt>", "<alt_end>")


def read_stm(source: Source) -> tuple[Utterance, ...]:
    """Lines `file channel speaker start end <label> text`, the label optional; `(words)` of a reference are optional
    ones. The id is file-channel-start, its time with three decimals. Raises FormatError."""
    return check_ids(source, [(number, _stm(source, number, line)) for number, line in _rows(source)])


def _stm(source: Source, number: int, line: str) -> Utterance:
    row = fields(line, most=6)
    if len(row) < 5:
        raise source.error(f"line {number}: {len(row)} fields", "STM has: file channel speaker start end <label> text.")
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
    """A reference's optional words, in round brackets, as alternates are written: `(uh)` is `{uh / @}`."""
    return text if source.hypothesis else _OPTIONAL.sub(r"{\1 / @}", text)


def read_ctm(source: Source) -> tuple[Utterance, ...]:
    """Lines `file channel start duration word`, one a word; more fields (a confidence) are not used.

    One utterance a file and channel, without an id. Raises FormatError, also for alternates and words out of order.
    """
    words: dict[str, list[TimedWord]] = {}
    for number, line in _rows(source):
        row = fields(line)
        if any(field.lower() in _ALTERNATES for field in row):
            raise source.error(
                f"line {number}: {row[-1]}: alternates are not read", "Keep one of them, as plain lines."
            )
        if len(row) < 5:
            raise source.error(f"line {number}: {len(row)} fields", "CTM has: file channel start duration word.")
        start = source.written_seconds(row[2], number)
        said = words.setdefault(f"{row[0]}-{row[1]}", [])
        if said and start < said[-1].start:
            remedy = "Sort it: sort -k1,1 -k2,2 -k3,3n."
            raise source.error(f"line {number}: the word starts before the one above it", remedy)
        said.append(TimedWord(row[4], start, start + source.written_seconds(row[3], number)))
    return tuple(_spoken(recording, tuple(said)) for recording, said in words.items())


def _spoken(recording: str, words: tuple[TimedWord, ...]) -> Utterance:
    end = max(word.end for word in words)
    return Utterance("", " ".join(word.text for word in words), words[0].start, end, words=words, recording=recording)


def read_trn(source: Source) -> tuple[Utterance, ...]:
    """Lines `words (id)`; `(words)` before it are optional ones, in a reference. Raises FormatError."""
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
