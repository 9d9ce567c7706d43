"""What was decided around a time of a recording, and why, for a person to read. Pure: the command prints the lines."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from konspekt.clean.clock import clock_of
from konspekt.clean.tiling import check_tiling
from konspekt.data import Cause, Gap, Hearing, RawTranscript, Removal, Sentence, Transcript
from konspekt.errors import FormatError
from konspekt.text.times import clock

Kind: TypeAlias = Literal["verdict", "title", "kept", "removed", "added", "reason", "plain"]

MAX_KEPT = 600  # characters of one kept sentence that are shown
MAX_REMOVED = 240  # of what is set aside: a loop may have thousands
MAX_WORDS = 600  # characters of a removal's evidence
FACING = 160  # characters of a neighbour that are shown: its end that faces the time
MAX_NEIGHBOURS = 3  # on each side
REDACTED = "…"  # in place of words that a person redacted
BREATH = 1.0  # seconds from a word within which a time is still the word's
NEAR = 60.0  # seconds from the time; of a longer hearing the rest is left out

BESIDE_REMOVAL = 5.0  # seconds of sound before and after what was set aside
AROUND_TIME = 10.0  # where nothing was
MAX_EXCERPT = 60.0  # seconds to each side of the time

_FIGURES = ("temperature", "avg_logprob", "no_speech_prob", "compression_ratio")
_CAUSES: Mapping[Cause, str] = {
    "not heard": "Whisper gave no text there",
    "set aside": "all that was heard there was set aside",
    "uncertain": "a few words stand alone in a long stretch",
}


class Piece(NamedTuple):
    """A stretch of a line that is shown in one way; printable, its spaces its own."""

    text: str
    kind: Kind


Line: TypeAlias = tuple[Piece, ...]
_Span: TypeAlias = Sentence | Removal


@dataclass(frozen=True, slots=True)
class _View:
    """A recording seen from a time: the hearings that hold it and those before and after, the nearest first."""

    at: float
    here: Sequence[Hearing]
    before: Sequence[Hearing]
    after: Sequence[Hearing]
    spans: Mapping[int, Sequence[_Span]]  # of each hearing (by id), in order
    numbers: Mapping[tuple[int, int], int]  # of the removals in `here`, by hearing and place

    def is_heard(self) -> bool:
        return any(hearing.text.strip() for hearing in self.here)


def explain(raw: RawTranscript, transcript: Transcript, removals: Iterable[Removal], at: float) -> tuple[Line, ...]:
    """The hearings that hold a time, what was kept and set aside of them, their neighbours and the gaps.

    Raises FormatError where the recording ends before, and where the three do not belong together.
    """
    removals = tuple(removals)
    check_tiling(raw, transcript, removals)
    view = _view(raw, transcript, removals, at)
    lines: list[Line] = [_verdict(view, raw)]
    for hearing in reversed(_neighbours(view, view.before)):
        lines += [(), *_neighbour(view, hearing, "Before")]
    for hearing in view.here:
        lines += [(), *_told(view, hearing)]
    for hearing in _neighbours(view, view.after):
        lines += [(), *_neighbour(view, hearing, "After")]
    gaps = [gap for gap in transcript.gaps if _meets(view, gap)]
    if gaps:
        lines += [(), *(_line(f"Gap {_times(gap)}, {gap.cause}: {_CAUSES[gap.cause]}") for gap in gaps)]
    return tuple(lines)


def excerpt_times(raw: RawTranscript, removals: Iterable[Removal], at: float) -> tuple[float, float]:
    """The sound worth hearing: around the removals that hold the time, else around the time itself."""
    here = [removal for removal in removals if removal.start <= at <= removal.end]
    start = min((removal.start - BESIDE_REMOVAL for removal in here), default=at - AROUND_TIME)
    end = max((removal.end + BESIDE_REMOVAL for removal in here), default=at + AROUND_TIME)
    return max(0.0, start, at - MAX_EXCERPT), min(_length(raw), end, at + MAX_EXCERPT)


def _length(raw: RawTranscript) -> float:
    return max((raw.recording.duration, *(hearing.end for hearing in raw.hearings)))


def _view(raw: RawTranscript, transcript: Transcript, removals: Sequence[Removal], at: float) -> _View:
    length = _length(raw)
    if at > length:
        what = f"{clock(at)} is after the end: {raw.recording.id} lasts {clock(length)} ({length:g} s)"
        raise FormatError(what, remedy="Name an earlier time.")
    ordered = sorted(raw.hearings, key=lambda h: (h.start, h.end, h.id))
    here = [h for h in ordered if h.start <= at < h.end or (at in (h.start, length) and h.start <= at <= h.end)]
    others = [h for h in ordered if h not in here]
    spans: dict[int, list[_Span]] = {hearing.id: [] for hearing in ordered}
    everything: tuple[_Span, ...] = (*transcript.sentences, *removals)
    for span in sorted(everything, key=lambda span: span.char_start):
        spans[span.hearing].append(span)
    removed = [span for hearing in here for span in spans[hearing.id] if isinstance(span, Removal)]
    return _View(
        at=at,
        here=here,
        before=sorted((h for h in others if h.start <= at), key=lambda h: -h.end),
        after=[h for h in others if h.start > at],
        spans=spans,
        numbers={(r.hearing, r.char_start): number for number, r in enumerate(removed, start=1)},
    )


def _verdict(view: _View, raw: RawTranscript) -> Line:
    """The answer in one line: what became of the words said at that time."""
    found = {hearing.id: _nearest(view, hearing) for hearing in view.here if hearing.text.strip()}
    if _is_seam(found):
        joined = " and ".join(str(number) for number in found)
        answer = f"hearings {joined} are joined here, what both say is kept once"
    else:
        answer = "; ".join(_became(view, hearing, span) for hearing, span in found.items()) or "nothing was heard"
    return (_piece(f"{raw.recording.id} at {clock(view.at)} of {clock(_length(raw))}: {answer}", "verdict"),)


def _nearest(view: _View, hearing: Hearing) -> _Span | None:
    """What a hearing says at the time, or within a breath of it."""

    def away(span: _Span) -> float:
        return max(span.start - view.at, view.at - span.end, 0.0)

    found = min(view.spans[hearing.id], key=lambda span: (away(span), -span.char_start))
    return None if away(found) > BREATH else found


def _is_seam(found: Mapping[int, _Span | None]) -> bool:
    """Whether each hearing's words went in favour of another one's: times within a hearing are that rough."""
    overlaps = [span for span in found.values() if isinstance(span, Removal) and span.reason == "overlap"]
    return len(overlaps) == len(found) > 1 and all(span.evidence.get("hearing") in tuple(found) for span in overlaps)


def _became(view: _View, hearing: int, span: _Span | None) -> str:
    if span is None:
        return f"no words in hearing {hearing} just then"
    if isinstance(span, Sentence):
        return f"kept in hearing {hearing}"
    winner = span.evidence.get("hearing")
    instead = f" in favour of hearing {winner}" if isinstance(winner, int) else ""
    return f"set aside in hearing {hearing}{instead} (see {view.numbers[hearing, span.char_start]}, {span.reason})"


# ------------------------------------------------------------------------------------------ the hearing of that time


def _told(view: _View, hearing: Hearing) -> Iterator[Line]:
    """A hearing with its text, and the reasons for what is set aside of it."""
    yield (_piece(f"Hearing {hearing.id}, {_times(hearing)}", "title"), _piece(f" ({_how(hearing)})", "plain"))
    if not hearing.text.strip():
        yield _line("  no text")
        return
    spans = [s for s in view.spans[hearing.id] if s.end >= view.at - NEAR and s.start <= view.at + NEAR]
    yield _text(view, hearing, spans)
    for span in spans:
        if isinstance(span, Removal):
            yield from _why(view, span)
        else:
            yield from _person(span)


def _how(hearing: Hearing) -> str:
    """How a hearing came about, as far as it is known."""
    said = [hearing.how.model]
    if hearing.language:
        said.append(hearing.language)
    if hearing.how.listening > 1:
        said.append("heard again")
    for name in _FIGURES:
        values = [value for segment in hearing.segments if (value := getattr(segment, name)) is not None]
        if values:
            low, high = f"{min(values):.2f}", f"{max(values):.2f}"
            said.append(f"{name} {low}" + (f" to {high}" if high != low else ""))
    if hearing.text.strip() and not clock_of(hearing).is_timed:
        said.append("times within it are estimates")
    return ", ".join(said)


def _why(view: _View, removal: Removal) -> Iterator[Line]:
    words, theirs = removal.evidence.get("words"), removal.evidence.get("theirs")
    evidence = _shortened(words, MAX_WORDS) if isinstance(words, str) else "no evidence is recorded"
    number = view.numbers[removal.hearing, removal.char_start]
    yield (_piece(f"  {number}. {_times(removal)} ", "plain"), _piece(f"{removal.reason}: {evidence}", "reason"))
    if isinstance(theirs, str) and theirs.strip():
        other = removal.evidence.get("hearing", "the other")
        yield _line(f"     there, hearing {other} says: «{_shortened(theirs, MAX_REMOVED)}»")


def _person(sentence: Sentence) -> Iterator[Line]:
    """What a person decided of a kept sentence."""
    for decision in (sentence.kept, *(r.evidence for r in sentence.replacements if r.new_text)):
        if decision is not None:
            words = _shortened(str(decision.get("words", "")), MAX_WORDS)
            yield (_piece(f"  {_times(sentence)} ", "plain"), _piece(f"person: {words}", "reason"))


# ----------------------------------------------------------------------------------------------------- its neighbours


def _neighbours(view: _View, side: Sequence[Hearing]) -> list[Hearing]:
    """The hearings of one side that share sound, else the next one; and one that says something, if none of them does.

    Where nothing was heard, what was said before and after is all there is to see.
    """
    sharing = [h for h in side if any(_shared(h, other) > 0 for other in view.here)][:MAX_NEIGHBOURS]
    found = sharing or list(side[:1])
    if not view.is_heard() and not any(h.text.strip() for h in found):
        found += [h for h in side if h.text.strip()][:1]
    return found


def _neighbour(view: _View, hearing: Hearing, where: Literal["Before", "After"]) -> Iterator[Line]:
    """A neighbour's headline, and its end that faces the time."""
    shares = max(((_shared(hearing, other), other.id) for other in view.here), default=(0.0, 0))
    sharing = f", shares {shares[0]:.1f} s of sound with hearing {shares[1]}" if shares[0] > 0 else ""
    yield (_piece(f"{where}: hearing {hearing.id}, {_times(hearing)}", "title"), _piece(sharing, "plain"))
    length = len(hearing.text)
    if not hearing.text.strip():
        yield _line("  no text")
    elif where == "Before":
        cut = max(0, length - FACING)
        yield _text(view, hearing, view.spans[hearing.id], (_next_word(hearing.text, cut) if cut else 0, length))
    else:
        yield _text(view, hearing, view.spans[hearing.id], (0, _next_word(hearing.text, min(FACING, length))))


def _shared(one: Hearing, other: Hearing) -> float:
    return min(one.end, other.end) - max(one.start, other.start)


def _next_word(text: str, char: int) -> int:
    """The place of the first word that begins at `char` or shortly after; `char` itself where there is none near."""
    found = re.search(r"\s+", text[char - 1 : char + 40]) if 0 < char < len(text) else None
    return char - 1 + found.end() if found else char


def _meets(view: _View, gap: Gap) -> bool:
    if gap.start <= view.at <= gap.end:
        return True
    return any(gap.start < hearing.end and gap.end > hearing.start for hearing in view.here)


# --------------------------------------------------------------------------------------------------------------- text


def _text(view: _View, hearing: Hearing, spans: Iterable[_Span], within: tuple[int, int] | None = None) -> Line:
    """Spans of a hearing one after another, marked; `…` where its text goes on."""
    first, last = within or (0, len(hearing.text))
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
    if done < len(hearing.text):
        pieces.append(_piece("…" if pieces[-1].text.endswith(" ") else " …", "plain"))
    return (*pieces[:-1], pieces[-1]._replace(text=pieces[-1].text.rstrip()))


def _span(view: _View, span: _Span, within: tuple[int, int]) -> Iterator[Piece]:
    text = span.text[within[0] - span.char_start : within[1] - span.char_start]
    if isinstance(span, Sentence):
        yield from _kept(span, within)
        return
    if span.is_redacted:
        text = REDACTED
    number = view.numbers.get((span.hearing, span.char_start))
    yield _piece(_shortened(text, MAX_REMOVED).strip(), "removed")
    yield _piece(f" ({span.reason}) " if number is None else f" ({number} {span.reason}) ", "reason")


def _kept(sentence: Sentence, within: tuple[int, int]) -> Iterator[Piece]:
    """Kept text as it was heard, and after what a person replaced the new words."""
    at = within[0]
    for replacement in sentence.replacements:
        start, end = max(replacement.char_start, at), min(replacement.char_end, within[1])
        if start < end:
            before, old = (
                sentence.text[a - sentence.char_start : b - sentence.char_start] for a, b in ((at, start), (start, end))
            )
            yield _piece(_shortened(before, MAX_KEPT), "kept")
            yield _piece(_shortened(old, MAX_REMOVED), "removed")
            yield _piece(_shortened(replacement.new_text, MAX_REMOVED), "added")
            at = end
    yield _piece(
        _shortened(sentence.text[at - sentence.char_start : within[1] - sentence.char_start], MAX_KEPT), "kept"
    )


def _shortened(text: str, limit: int) -> str:
    """A text without its middle where it is long: what it ends in tells as much as how it begins."""
    if len(text) <= limit:
        return text
    head, tail = text[: limit * 2 // 3].rsplit(" ", 1)[0], text[-(limit // 3) :].split(" ", 1)[-1]
    return f"{head} … {len(text) - len(head) - len(tail)} characters … {tail}"


def _times(span: Hearing | Removal | Sentence | Gap) -> str:
    return f"{clock(span.start)}–{clock(span.end)}"


def _line(text: str) -> Line:
    return (_piece(text, "plain"),)


def _piece(text: str, kind: Kind) -> Piece:
    """A terminal must not obey a transcript: no control characters, and none that turn or hide what is shown."""
    spaced = "".join(" " if c.isspace() or unicodedata.category(c) == "Cc" else c for c in text)
    seen = (c for c in spaced if unicodedata.category(c) != "Cf")
    return Piece("".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in seen), kind)
