"""What was decided around a time of a recording, and why, for a person to read. Pure: the command
prints the lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from konspekt.clean.clock import clock_of
from konspekt.clean.reasons import OVERLAP
from konspekt.clean.tiling import check_tiling
from konspekt.data import Cause, DecodedWindow, Gap, RawTranscript, Removal, Sentence, Transcript
from konspekt.errors import FormatError
from konspekt.sanitize import sanitize_piece
from konspekt.text.times import clock

PieceKind: TypeAlias = Literal["verdict", "title", "kept", "removed", "added", "reason", "plain"]

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
    numbers: Mapping[tuple[int, int], int]  # of the removals in `here`, by window and place

    def is_heard(self) -> bool:
        return any(decoded.text.strip() for decoded in self.here)


def explain(
    raw: RawTranscript, transcript: Transcript, removals: Iterable[Removal], at: float
) -> tuple[ShownLine, ...]:
    """The windows that hold a time, what was kept and removed of them, their neighbours and the
    gaps.

    Raises FormatError where the recording ends before, and where the three do not belong together.
    """
    removals = tuple(removals)
    check_tiling(raw, transcript, removals)
    view = _view(raw, transcript, removals, at)
    lines: list[ShownLine] = [_verdict(view, raw)]
    for decoded in reversed(_neighbours(view, view.before)):
        lines += [(), *_neighbour(view, decoded, "Before")]
    for decoded in view.here:
        lines += [(), *_told(view, decoded)]
    for decoded in _neighbours(view, view.after):
        lines += [(), *_neighbour(view, decoded, "After")]
    gaps = [gap for gap in transcript.gaps if _meets(view, gap)]
    if gaps:
        lines += [
            (),
            *(_line(f"Gap {_times(gap)}, {gap.cause}: {_CAUSES[gap.cause]}") for gap in gaps),
        ]
    return tuple(lines)


def excerpt_times(
    raw: RawTranscript, removals: Iterable[Removal], at: float
) -> tuple[float, float]:
    """The sound worth hearing: around the removals that hold the time, else around the time
    itself.
    """
    here = [removal for removal in removals if removal.start <= at <= removal.end]
    start = min((removal.start - BESIDE_REMOVAL for removal in here), default=at - AROUND_TIME)
    end = max((removal.end + BESIDE_REMOVAL for removal in here), default=at + AROUND_TIME)
    return max(0.0, start, at - MAX_EXCERPT), min(_length(raw), end, at + MAX_EXCERPT)


def _length(raw: RawTranscript) -> float:
    return max((raw.recording.duration, *(decoded.end for decoded in raw.windows)))


def _view(
    raw: RawTranscript, transcript: Transcript, removals: Sequence[Removal], at: float
) -> _View:
    length = _length(raw)
    if at > length:
        what = (
            f"{clock(at)} is after the end: {raw.recording.id} lasts {clock(length)} ({length:g} s)"
        )
        raise FormatError(what, remedy="Name an earlier time.")
    ordered = sorted(raw.windows, key=lambda h: (h.start, h.end, h.id))
    here = [
        h
        for h in ordered
        if h.start <= at < h.end or (at in (h.start, length) and h.start <= at <= h.end)
    ]
    others = [h for h in ordered if h not in here]
    spans: dict[int, list[_Span]] = {decoded.id: [] for decoded in ordered}
    everything: tuple[_Span, ...] = (*transcript.sentences, *removals)
    for span in sorted(everything, key=lambda span: span.char_start):
        spans[span.window].append(span)
    removed = [span for decoded in here for span in spans[decoded.id] if isinstance(span, Removal)]
    return _View(
        at=at,
        here=here,
        before=sorted((h for h in others if h.start <= at), key=lambda h: -h.end),
        after=[h for h in others if h.start > at],
        spans=spans,
        numbers={(r.window, r.char_start): number for number, r in enumerate(removed, start=1)},
    )


def _verdict(view: _View, raw: RawTranscript) -> ShownLine:
    """The answer in one line: what became of the words said at that time."""
    found = {decoded.id: _nearest(view, decoded) for decoded in view.here if decoded.text.strip()}
    if _is_seam(found):
        joined = " and ".join(str(number) for number in found)
        answer = f"windows {joined} are joined here, what both say is kept once"
    else:
        answer = (
            "; ".join(_became(view, decoded, span) for decoded, span in found.items())
            or "nothing was heard"
        )
    return (
        _piece(
            f"{raw.recording.id} at {clock(view.at)} of {clock(_length(raw))}: {answer}", "verdict"
        ),
    )


def _nearest(view: _View, decoded: DecodedWindow) -> _Span | None:
    """What a window says at the time, or within a breath of it."""

    def away(span: _Span) -> float:
        return max(span.start - view.at, view.at - span.end, 0.0)

    found = min(view.spans[decoded.id], key=lambda span: (away(span), -span.char_start))
    return None if away(found) > BREATH else found


def _is_seam(found: Mapping[int, _Span | None]) -> bool:
    """Whether each window's words went in favour of another one's: times within a window are that
    rough.
    """
    overlaps = [
        span for span in found.values() if isinstance(span, Removal) and span.reason == OVERLAP.name
    ]
    return len(overlaps) == len(found) > 1 and all(span.other_window in found for span in overlaps)


def _became(view: _View, decoded: int, span: _Span | None) -> str:
    if span is None:
        return f"no words in window {decoded} just then"
    if isinstance(span, Sentence):
        return f"kept in window {decoded}"
    winner = span.other_window
    instead = "" if winner is None else f" in favour of window {winner}"
    return f"removed in window {decoded}{instead} (see {view.numbers[decoded, span.char_start]}, {span.reason})"


# ------------------------------------------------------------------------------------------ the win


def _told(view: _View, decoded: DecodedWindow) -> Iterator[ShownLine]:
    """A window with its text, and the reasons for what is removed of it."""
    yield (
        _piece(f"Window {decoded.id}, {_times(decoded)}", "title"),
        _piece(f" ({_how(decoded)})", "plain"),
    )
    if not decoded.text.strip():
        yield _line("  no text")
        return
    spans = [
        s for s in view.spans[decoded.id] if s.end >= view.at - NEAR and s.start <= view.at + NEAR
    ]
    yield _text(view, decoded, spans)
    for span in spans:
        if isinstance(span, Removal):
            yield from _why(view, span)
        else:
            yield from _person(span)


def _how(decoded: DecodedWindow) -> str:
    """How a window came about, as far as it is known."""
    said = [decoded.how.model]
    if decoded.language:
        said.append(decoded.language)
    if decoded.how.pass_number > 1:
        said.append("heard again")
    for name in _FIGURES:
        values = [
            value for segment in decoded.segments if (value := getattr(segment, name)) is not None
        ]
        if values:
            low, high = f"{min(values):.2f}", f"{max(values):.2f}"
            said.append(f"{name} {low}" + (f" to {high}" if high != low else ""))
    if decoded.text.strip() and not clock_of(decoded).is_timed:
        said.append("times within it are estimates")
    return ", ".join(said)


def _why(view: _View, removal: Removal) -> Iterator[ShownLine]:
    words, theirs = removal.evidence.get("words"), removal.evidence.get("theirs")
    evidence = _shortened(words, MAX_WORDS) if isinstance(words, str) else "no evidence is recorded"
    number = view.numbers[removal.window, removal.char_start]
    yield (
        _piece(f"  {number}. {_times(removal)} ", "plain"),
        _piece(f"{removal.reason}: {evidence}", "reason"),
    )
    if isinstance(theirs, str) and theirs.strip():
        other = "the other" if removal.other_window is None else removal.other_window
        yield _line(f"     there, window {other} says: «{_shortened(theirs, MAX_REMOVED)}»")


def _person(sentence: Sentence) -> Iterator[ShownLine]:
    """What a person decided of a kept sentence."""
    for decision in (sentence.kept, *(r.evidence for r in sentence.replacements if r.new_text)):
        if decision is not None:
            words = _shortened(str(decision.get("words", "")), MAX_WORDS)
            yield (_piece(f"  {_times(sentence)} ", "plain"), _piece(f"person: {words}", "reason"))


# --------------------------------------------------------------------------------------------------


def _neighbours(view: _View, side: Sequence[DecodedWindow]) -> list[DecodedWindow]:
    """The windows of one side that share sound, else the next one; and one that says something, if
    none of them does.

    Where nothing was heard, what was said before and after is all there is to see.
    """
    sharing = [h for h in side if any(_shared(h, other) > 0 for other in view.here)][
        :MAX_NEIGHBOURS
    ]
    found = sharing or list(side[:1])
    if not view.is_heard() and not any(h.text.strip() for h in found):
        found += [h for h in side if h.text.strip()][:1]
    return found


def _neighbour(
    view: _View, decoded: DecodedWindow, where: Literal["Before", "After"]
) -> Iterator[ShownLine]:
    """A neighbour's headline, and its end that faces the time."""
    shares = max(((_shared(decoded, other), other.id) for other in view.here), default=(0.0, 0))
    sharing = (
        f", shares {shares[0]:.1f} s of sound with window {shares[1]}" if shares[0] > 0 else ""
    )
    yield (
        _piece(f"{where}: window {decoded.id}, {_times(decoded)}", "title"),
        _piece(sharing, "plain"),
    )
    length = len(decoded.text)
    if not decoded.text.strip():
        yield _line("  no text")
    elif where == "Before":
        cut = max(0, length - FACING)
        yield _text(
            view,
            decoded,
            view.spans[decoded.id],
            (_next_word(decoded.text, cut) if cut else 0, length),
        )
    else:
        yield _text(
            view,
            decoded,
            view.spans[decoded.id],
            (0, _next_word(decoded.text, min(FACING, length))),
        )


def _shared(one: DecodedWindow, other: DecodedWindow) -> float:
    return min(one.end, other.end) - max(one.start, other.start)


def _next_word(text: str, char: int) -> int:
    """The place of the first word that begins at `char` or shortly after; `char` itself where there
    is none near.
    """
    found = re.search(r"\s+", text[char - 1 : char + 40]) if 0 < char < len(text) else None
    return char - 1 + found.end() if found else char


def _meets(view: _View, gap: Gap) -> bool:
    if gap.start <= view.at <= gap.end:
        return True
    return any(gap.start < decoded.end and gap.end > decoded.start for decoded in view.here)


# --------------------------------------------------------------------------------------------------


def _text(
    view: _View,
    decoded: DecodedWindow,
    spans: Iterable[_Span],
    within: tuple[int, int] | None = None,
) -> ShownLine:
    """Spans of a window one after another, marked; `…` where its text goes on."""
    first, last = within or (0, len(decoded.text))
    pieces = [_piece("  ", "plain")]
    done = 0
    for span in spans:
        start, end = max(span.char_start, first), min(span.char_end, last)
        if start >= end:
            continue
        if start > done:
            pieces.append(_piece("… ", "plain"))
        pieces += _span(view, span, (start, end))
        done = end
    if done < len(decoded.text):
        pieces.append(_piece("…" if pieces[-1].text.endswith(" ") else " …", "plain"))
    return (*pieces[:-1], pieces[-1]._replace(text=pieces[-1].text.rstrip()))


def _span(view: _View, span: _Span, within: tuple[int, int]) -> Iterator[LinePiece]:
    text = span.text[within[0] - span.char_start : within[1] - span.char_start]
    if isinstance(span, Sentence):
        yield from _kept(span, within)
        return
    if span.redacted:
        text = REDACTED
    number = view.numbers.get((span.window, span.char_start))
    yield _piece(_shortened(text, MAX_REMOVED).strip(), "removed")
    yield _piece(
        f" ({span.reason}) " if number is None else f" ({number} {span.reason}) ", "reason"
    )


def _kept(sentence: Sentence, within: tuple[int, int]) -> Iterator[LinePiece]:
    """Kept text as it was heard, and after what a person replaced the new words."""
    at = within[0]
    for replacement in sentence.replacements:
        start, end = max(replacement.char_start, at), min(replacement.char_end, within[1])
        if start < end:
            before, old = (
                sentence.text[a - sentence.char_start : b - sentence.char_start]
                for a, b in ((at, start), (start, end))
            )
            yield _piece(_shortened(before, MAX_KEPT), "kept")
            yield _piece(_shortened(old, MAX_REMOVED), "removed")
            yield _piece(_shortened(replacement.new_text, MAX_REMOVED), "added")
            at = end
    yield _piece(
        _shortened(
            sentence.text[at - sentence.char_start : within[1] - sentence.char_start], MAX_KEPT
        ),
        "kept",
    )


def _shortened(text: str, limit: int) -> str:
    """A text without its middle where it is long: what it ends in tells as much as how it
    begins.
    """
    if len(text) <= limit:
        return text
    head, tail = text[: limit * 2 // 3].rsplit(" ", 1)[0], text[-(limit // 3) :].split(" ", 1)[-1]
    return f"{head} … {len(text) - len(head) - len(tail)} characters … {tail}"


def _times(span: DecodedWindow | Removal | Sentence | Gap) -> str:
    return f"{clock(span.start)}–{clock(span.end)}"


def _line(text: str) -> ShownLine:
    return (_piece(text, "plain"),)


def _piece(text: str, kind: PieceKind) -> LinePiece:
    """A terminal must not obey a transcript: no control characters, and none that turn or hide what
    is shown.
    """
    return LinePiece(sanitize_piece(text), kind)
