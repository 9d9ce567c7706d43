"""What was decided around a time of a recording, and why, for a person to read. Pure: the command
prints the lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from konspekt.clean.reasons import OVERLAP
from konspekt.clean.tiling import check_tiling
from konspekt.clean.window_clock import window_clock
from konspekt.data import (
    Alternative,
    Cause,
    DecodedWindow,
    Gap,
    RawTranscript,
    Removal,
    Sentence,
    Transcript,
    names,
)
from konspekt.errors import FormatError
from konspekt.sanitize import sanitize_piece
from konspekt.text.spans import bounds, common, meet, overlap
from konspekt.text.times import clock

PieceKind: TypeAlias = Literal[
    "verdict", "title", "kept", "removed", "added", "reason", "plain"
]

MAX_KEPT = 600  # characters of one kept sentence that are shown
MAX_REMOVED = 240  # of what is removed: a loop may have thousands
MAX_WORDS = 600  # characters of a removal's evidence
FACING = 160  # characters of a neighbour that are shown: its end that faces the time
MAX_NEIGHBOURS = 3  # on each side
REDACTED = "…"  # in place of words that a person redacted
BREATH = 1.0  # seconds from a word within which a time is still the word's
NEAR = 60.0  # seconds from the time; of a longer window the rest is left out

BESIDE_REMOVAL = 5.0  # seconds of sound before and after what was removed
AROUND_TIME = 10.0  # where nothing was
MAX_EXCERPT = 60.0  # seconds to each side of the time

_FIGURES = ("temperature", "avg_logprob", "no_speech_prob", "compression_ratio")
_CAUSES: Mapping[Cause, str] = {
    "not transcribed": "Whisper gave no text there",
    "removed": "all of its text was removed",
    "uncertain": "a few words stand alone in a long stretch",
}


class LinePiece(NamedTuple):
    """A stretch of a line that is shown in one way; printable, its spaces its own."""

    text: str
    kind: PieceKind


ShownLine: TypeAlias = tuple[LinePiece, ...]
_Span: TypeAlias = Sentence | Removal


@dataclass(frozen=True, slots=True)
class _View:
    """A recording seen from a time: the windows that hold it and those before and after, the
    nearest first.
    """

    at: float
    here: Sequence[DecodedWindow]
    before: Sequence[DecodedWindow]
    after: Sequence[DecodedWindow]
    spans: Mapping[int, Sequence[_Span]]  # of each window (by id), in order
    # of the removals in `here`, by window and place
    numbers: Mapping[tuple[int, int], int]
    is_redacted: bool  # a person redacted words somewhere

    def has_text(self) -> bool:
        """Return whether a window that holds the time has any text."""
        return any(map(_has_text, self.here))


def explain(
    raw: RawTranscript, transcript: Transcript, removals: Iterable[Removal], at: float
) -> tuple[ShownLine, ...]:
    """Return the windows that hold a time, what was kept and removed of them, their neighbours and
    the gaps.

    Raises FormatError where the recording ends before, and where the three do not belong together.
    """
    removals = tuple(removals)
    check_tiling(raw, transcript, removals)
    view = _view(raw, transcript, removals, at)
    lines: list[ShownLine] = [_verdict(view, raw)]
    for decoded in reversed(_neighbours(view, view.before)):
        lines += [(), *_neighbour(view, decoded, "Before")]
    for decoded in view.here:
        lines += [(), *_tell_window(view, decoded)]
    for decoded in _neighbours(view, view.after):
        lines += [(), *_neighbour(view, decoded, "After")]
    gaps = [_gap(gap) for gap in transcript.gaps if _is_in_view(view, gap)]
    if gaps:
        lines += [(), *gaps]
    return tuple(lines)


def _gap(gap: Gap) -> ShownLine:
    return _line(f"Gap {_times(gap)}, {gap.cause}: {_CAUSES[gap.cause]}")


def excerpt_times(
    raw: RawTranscript, removals: Iterable[Removal], at: float
) -> tuple[float, float]:
    """Return the stretch of sound around the removals that hold the time, else around the time
    itself.
    """
    here = [removal for removal in removals if removal.start <= at <= removal.end]
    start = min(
        (removal.start - BESIDE_REMOVAL for removal in here), default=at - AROUND_TIME
    )
    end = max(
        (removal.end + BESIDE_REMOVAL for removal in here), default=at + AROUND_TIME
    )
    return max(0.0, start, at - MAX_EXCERPT), min(_length(raw), end, at + MAX_EXCERPT)


def _length(raw: RawTranscript) -> float:
    return max((raw.recording.duration, *(decoded.end for decoded in raw.windows)))


def _view(
    raw: RawTranscript, transcript: Transcript, removals: Sequence[Removal], at: float
) -> _View:
    length = _length(raw)
    if at > length:
        lasts = f"{raw.recording.id} lasts {clock(length)} ({length:g} s)"
        what = f"{clock(at)} is after the end: {lasts}"
        raise FormatError(what, remedy="Name an earlier time.")
    ordered = sorted(
        raw.windows, key=lambda decoded: (decoded.start, decoded.end, decoded.id)
    )
    here = [decoded for decoded in ordered if _holds(decoded, at, length)]
    others = [decoded for decoded in ordered if decoded not in here]
    before = [decoded for decoded in others if decoded.start <= at]
    spans = _spans_by_window(ordered, (*transcript.sentences, *removals))
    return _View(
        at=at,
        here=here,
        before=sorted(before, key=lambda decoded: -decoded.end),
        after=[decoded for decoded in others if decoded.start > at],
        spans=spans,
        numbers=_numbers(span for decoded in here for span in spans[decoded.id]),
        is_redacted=any(removal.redacted for removal in removals),
    )


def _holds(decoded: DecodedWindow, at: float, length: float) -> bool:
    """Return whether a window holds a time; its end only where it is the recording's, too."""
    if decoded.start <= at < decoded.end:
        return True
    return at in (decoded.start, length) and decoded.start <= at <= decoded.end


def _spans_by_window(
    windows: Iterable[DecodedWindow], everything: Iterable[_Span]
) -> Mapping[int, list[_Span]]:
    spans: dict[int, list[_Span]] = {decoded.id: [] for decoded in windows}
    for span in sorted(everything, key=lambda span: span.char_start):
        spans[span.window].append(span)
    return spans


def _numbers(spans: Iterable[_Span]) -> Mapping[tuple[int, int], int]:
    """Return the removals' numbers, by window and place."""
    removed = [
        (span.window, span.char_start) for span in spans if isinstance(span, Removal)
    ]
    return {place: number for number, place in enumerate(removed, start=1)}


def _verdict(view: _View, raw: RawTranscript) -> ShownLine:
    """Return the answer in one line: what became of the words said at that time."""
    found = {
        decoded.id: _nearest(view, decoded)
        for decoded in view.here
        if _has_text(decoded)
    }
    if _is_seam(found):
        joined = " and ".join(str(number) for number in found)
        answer = f"windows {joined} are joined here, what both say is kept once"
    elif found:
        answer = "; ".join(
            _outcome(view, decoded, span) for decoded, span in found.items()
        )
    else:
        answer = "nothing was transcribed"
    where = f"{raw.recording.id} at {clock(view.at)} of {clock(_length(raw))}"
    return (_piece(f"{where}: {answer}", "verdict"),)


def _has_text(decoded: DecodedWindow) -> bool:
    return bool(decoded.text.strip())


def _nearest(view: _View, decoded: DecodedWindow) -> _Span | None:
    """Return the span of a window at the time, or within a breath of it."""

    def away(span: _Span) -> float:
        return max(span.start - view.at, view.at - span.end, 0.0)

    found = min(view.spans[decoded.id], key=lambda span: (away(span), -span.char_start))
    return None if away(found) > BREATH else found


def _is_seam(found: Mapping[int, _Span | None]) -> bool:
    """Return whether each window's words went in favour of another one's: times within a window are
    that rough.
    """
    return len(found) > 1 and all(
        isinstance(span, Removal)
        and span.reason == OVERLAP.name
        and span.other_window in found
        for span in found.values()
    )


def _outcome(view: _View, decoded: int, span: _Span | None) -> str:
    if span is None:
        return f"no words in window {decoded} just then"
    if isinstance(span, Sentence):
        return f"kept in window {decoded}"
    winner = span.other_window
    instead = "" if winner is None else f" in favour of window {winner}"
    number = view.numbers[decoded, span.char_start]
    return f"removed in window {decoded}{instead} (see {number}, {span.reason})"


# ------------------------------------------------------------------------------------------ the win


def _tell_window(view: _View, decoded: DecodedWindow) -> Iterator[ShownLine]:
    """Yield a window with its text, and the reasons for what is removed of it."""
    title = _piece(f"Window {decoded.id}, {_times(decoded)}", "title")
    yield (title, _piece(f" ({_origin(decoded)})", "plain"))
    if _has_text(decoded):
        yield from _tell_text(view, decoded)
    else:
        yield _line("  no text")
    for alternative in decoded.alternatives:
        yield _tell_alternative(view, alternative)


def _tell_text(view: _View, decoded: DecodedWindow) -> Iterator[ShownLine]:
    """Yield a window's text near the time, and the reasons for what is removed of it."""
    first, last = view.at - NEAR, view.at + NEAR
    spans = [s for s in view.spans[decoded.id] if s.end >= first and s.start <= last]
    yield _show_spans(view, decoded, spans)
    for span in spans:
        if isinstance(span, Removal):
            yield from _tell_removal(view, span)
        else:
            yield from _tell_decisions(span)


def _tell_alternative(view: _View, alternative: Alternative) -> ShownLine:
    """Return what was not chosen of a window; not its words where a person redacted some."""
    text = _shorten(alternative.text.strip(), MAX_REMOVED)
    shown = REDACTED if view.is_redacted else text
    return _line(f"  not chosen ({', '.join(_decoded_how(alternative))}): «{shown}»")


def _origin(decoded: DecodedWindow) -> str:
    """Return how a window came about, as far as it is known."""
    parts = _decoded_how(decoded)
    if _has_text(decoded) and not window_clock(decoded).is_timed:
        parts.append("times within it are estimates")
    return ", ".join(parts)


def _decoded_how(answer: DecodedWindow | Alternative) -> list[str]:
    """Return with what an answer was decoded, and Whisper's figures."""
    parts = [answer.how.model]
    if answer.language:
        parts.append(answer.language)
    if answer.how.pass_number > 1:
        parts.append("second pass")
    parts += [figure for name in _FIGURES if (figure := _figure(answer, name))]
    return parts


def _figure(answer: DecodedWindow | Alternative, name: str) -> str:
    """Return the range of one of Whisper's figures over the segments; empty where none has it."""
    values = [getattr(segment, name) for segment in answer.segments]
    known = [value for value in values if value is not None]
    if not known:
        return ""
    low, high = f"{min(known):.2f}", f"{max(known):.2f}"
    return f"{name} {low}" if low == high else f"{name} {low} to {high}"


def _tell_removal(view: _View, removal: Removal) -> Iterator[ShownLine]:
    why, kept = removal.why, removal.kept_instead
    evidence = "no evidence is recorded" if why is None else _shorten(why, MAX_WORDS)
    number = view.numbers[removal.window, removal.char_start]
    yield (
        _piece(f"  {number}. {_times(removal)} ", "plain"),
        _piece(f"{removal.reason}: {evidence}", "reason"),
    )
    if kept is not None and kept.strip():
        other = "the other" if removal.other_window is None else removal.other_window
        yield _line(f"     there, window {other} says: «{_shorten(kept, MAX_REMOVED)}»")


def _tell_decisions(sentence: Sentence) -> Iterator[ShownLine]:
    """Yield what a person decided of a kept sentence."""
    for decision in (
        sentence.kept,
        *(r.evidence for r in sentence.replacements if r.new_text),
    ):
        if decision is not None:
            words = _shorten(str(decision.get(names.WORDS, "")), MAX_WORDS)
            yield (
                _piece(f"  {_times(sentence)} ", "plain"),
                _piece(f"person: {words}", "reason"),
            )


# --------------------------------------------------------------------------------------------------


def _neighbours(view: _View, side: Sequence[DecodedWindow]) -> list[DecodedWindow]:
    """Return the windows of one side that share sound, else the next one; and one that has text, if
    none of them does.

    Where nothing was transcribed, the text before and after is all there is to see.
    """
    sharing = [
        one
        for one in side
        if any(meet(bounds(one), bounds(other)) for other in view.here)
    ]
    found = sharing[:MAX_NEIGHBOURS] or list(side[:1])
    if not view.has_text() and not any(map(_has_text, found)):
        found += [decoded for decoded in side if _has_text(decoded)][:1]
    return found


def _neighbour(
    view: _View, decoded: DecodedWindow, where: Literal["Before", "After"]
) -> Iterator[ShownLine]:
    """Yield a neighbour's headline, and its end that faces the time."""
    shared, other = max(
        ((overlap(bounds(decoded), bounds(one)), one.id) for one in view.here),
        default=(0.0, 0),
    )
    sharing = (
        f", shares {shared:.1f} s of sound with window {other}" if shared > 0 else ""
    )
    title = _piece(f"{where}: window {decoded.id}, {_times(decoded)}", "title")
    yield (title, _piece(sharing, "plain"))
    if not _has_text(decoded):
        yield _line("  no text")
        return
    length = len(decoded.text)
    facing = (0, _next_word(decoded.text, min(FACING, length)))
    if where == "Before":
        start = max(0, length - FACING)
        facing = (_next_word(decoded.text, start) if start else 0, length)
    yield _show_spans(view, decoded, view.spans[decoded.id], facing)


def _next_word(text: str, char: int) -> int:
    """Return the place of the first word that begins at `char` or shortly after.

    That is `char` itself where there is none near.
    """
    found = (
        re.search(r"\s+", text[char - 1 : char + 40]) if 0 < char < len(text) else None
    )
    return char - 1 + found.end() if found else char


def _is_in_view(view: _View, gap: Gap) -> bool:
    if gap.start <= view.at <= gap.end:
        return True
    return any(meet(bounds(gap), bounds(decoded)) for decoded in view.here)


# --------------------------------------------------------------------------------------------------


def _show_spans(
    view: _View,
    decoded: DecodedWindow,
    spans: Iterable[_Span],
    within: tuple[int, int] | None = None,
) -> ShownLine:
    """Return spans of a window one after another, marked; `…` where its text goes on."""
    shown = within or (0, len(decoded.text))
    pieces = [_piece("  ", "plain")]
    done = 0
    for span in spans:
        start, end = common((span.char_start, span.char_end), shown)
        if start >= end:
            continue
        if start > done:
            pieces.append(_piece("… ", "plain"))
        pieces += _show_span(view, span, (start, end))
        done = end
    if done < len(decoded.text):
        pieces.append(_piece("…" if pieces[-1].text.endswith(" ") else " …", "plain"))
    return (*pieces[:-1], pieces[-1]._replace(text=pieces[-1].text.rstrip()))


def _show_span(
    view: _View, span: _Span, within: tuple[int, int]
) -> Iterator[LinePiece]:
    if isinstance(span, Sentence):
        yield from _show_kept(span, within)
        return
    text = REDACTED if span.redacted else _part(span, *within)
    number = view.numbers.get((span.window, span.char_start))
    which = span.reason if number is None else f"{number} {span.reason}"
    yield _piece(_shorten(text, MAX_REMOVED).strip(), "removed")
    yield _piece(f" ({which}) ", "reason")


def _show_kept(sentence: Sentence, within: tuple[int, int]) -> Iterator[LinePiece]:
    """Yield kept text as it was transcribed, and after what a person replaced the new words."""
    at = within[0]
    for replacement in sentence.replacements:
        start = max(replacement.char_start, at)
        end = min(replacement.char_end, within[1])
        if start < end:
            yield _piece(_shorten(_part(sentence, at, start), MAX_KEPT), "kept")
            yield _piece(_shorten(_part(sentence, start, end), MAX_REMOVED), "removed")
            yield _piece(_shorten(replacement.new_text, MAX_REMOVED), "added")
            at = end
    yield _piece(_shorten(_part(sentence, at, within[1]), MAX_KEPT), "kept")


def _part(span: _Span, start: int, end: int) -> str:
    """Return what a span has of some characters of its window."""
    return span.text[start - span.char_start : end - span.char_start]


def _shorten(text: str, limit: int) -> str:
    """Return a text without its middle if it is long: its end tells as much as its beginning."""
    if len(text) <= limit:
        return text
    head, tail = (
        text[: limit * 2 // 3].rsplit(" ", 1)[0],
        text[-(limit // 3) :].split(" ", 1)[-1],
    )
    return f"{head} … {len(text) - len(head) - len(tail)} characters … {tail}"


def _times(span: DecodedWindow | Removal | Sentence | Gap) -> str:
    return f"{clock(span.start)}–{clock(span.end)}"


def _line(text: str) -> ShownLine:
    return (_piece(text, "plain"),)


def _piece(text: str, kind: PieceKind) -> LinePiece:
    """Return a text for the terminal, without the control characters that turn or hide what is
    shown.
    """
    return LinePiece(sanitize_piece(text), kind)
