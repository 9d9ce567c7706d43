"""A person's last word: what they keep, drop, replace and redact, over every rule.

What is kept is kept from the rules before they judge. The rest is done to what they leave: a rule
must not judge by a text with holes. A lecture's own corrections come before those of its course;
what is redacted nobody gives back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from konspekt.clean.context import Context, Place, Span
from konspekt.clean.found import Finder, Match, is_then, removed_then, spoken_then, time_of
from konspekt.clean.reasons import OVERLAP, PERSON, Code
from konspekt.clean.redaction import hide, masked, redact
from konspekt.clean.rules.seams import RESPELLED
from konspekt.course.corrections import Entry, Kind
from konspekt.data import Removal, Replacement, Sentence
from konspekt.text.spans import difference, meet, union

Ruled: TypeAlias = Callable[[Context], Context]
Kept: TypeAlias = Callable[
    [Context], tuple[Sentence, ...]
]  # what a context keeps as sentences, in order
Keeps: TypeAlias = Mapping[Entry, tuple[Place, ...]]
Group: TypeAlias = tuple[
    Replacement, ...
]  # all that one new text replaces: several spans where it crosses a seam

DROPPED = Code("dropped", PERSON, {"en": "so {file} wants it", "ru": "так велит {file}"})
DROPPED_FOR = Code(
    "dropped-note",
    PERSON,
    {"en": "so {file} wants it: {note}", "ru": "так велит {file}: {note}"},
)
CODES = (DROPPED, DROPPED_FOR)
REPLACED = "replaced"  # the code of a replacement


@dataclass(frozen=True, slots=True)
class Corrected:
    """A recording after the rules and the person."""

    context: Context  # with the words of what is redacted: for counting
    sentences: tuple[Sentence, ...]
    removals: tuple[Removal, ...]  # without them: to be written
    unmatched: tuple[tuple[Entry, str], ...]  # entries without effect, each with that in words


def corrected(start: Context, entries: Iterable[Entry], ruled: Ruled, kept: Kept) -> Corrected:
    """Lets the rules judge and a person overrule them."""
    entries = sorted(entries, key=lambda entry: entry.everywhere)
    free = ruled(start)
    if not entries:
        return Corrected(free, kept(free), free.removals, ())
    finder = Finder(start.facts)
    keeps = {entry: _kept_places(entry, free, finder) for entry in _of(entries, "keep")}
    context = _keep(start, free, keeps, ruled)
    lost = {entry for entry, places in keeps.items() if not places}
    for entry in _of(entries, "drop"):
        context, is_found = _drop(context, entry, finder, keeps, kept)
        lost |= set() if is_found else {entry}
    sentences = kept(context)
    replaced: list[tuple[Entry, Group]] = list(
        _replacements(context, finder, _of(entries, "replace"), sentences)
    )
    groups = [group for _, group in replaced]
    told = redact(
        context, finder, _of(entries, "redact"), _attached(context, sentences, groups), groups
    )
    lost |= {entry for entry in _of(entries, "replace") if entry not in dict(replaced)} | told.lost
    sentences = tuple(
        _marked(_attached(told.context, kept(told.context), told.groups), free, keeps)
    )
    return Corrected(
        told.context,
        tuple(hide(sentence, told, finder) for sentence in sentences),
        told.removals,
        tuple(
            (entry, masked(_no_effect(entry, finder), told.phrases))
            for entry in entries
            if entry in lost
        ),
    )


def _of(entries: Iterable[Entry], kind: Kind) -> list[Entry]:
    return [entry for entry in entries if entry.kind == kind]


def _no_effect(entry: Entry, finder: Finder) -> str:
    """Why an entry without effect has none, in words."""
    said = next(finder.in_hearings(entry.words), None) is not None
    if said and entry.is_timed and entry.text is not None:
        return f"{entry.in_words()} matches nothing at that time"
    if said and entry.kind == "replace":
        return f"{entry.in_words()} matches only what is removed"
    return f"{entry.in_words()} matches nothing"


# --------------------------------------------------------------------------------------------------


def _kept_places(entry: Entry, free: Context, finder: Finder) -> tuple[Place, ...]:
    """What an entry keeps: its text in every window, or what the rules by themselves removed at its
    time.
    """
    if entry.text is None:
        found = removed_then(entry, free.removals)
        return tuple((free.index_of[r.window], (r.char_start, r.char_end)) for r in found)
    matches = _then(entry, finder.in_hearings(entry.words), free, finder)
    return tuple(finder.place(run) for match in matches for run in match)


def _keep(start: Context, free: Context, keeps: Keeps, ruled: Ruled) -> Context:
    """The recording as the rules leave it when they may not take what is kept.

    What two windows both say stands once even so, unless the person names its time: a course that
    keeps «ещё раз» must not have it twice at every seam. A spelling that the seam gave up is given
    back.
    """
    every = [place for places in keeps.values() for place in places]
    if not every:
        return free
    context = ruled(start.protecting(every))
    timed = [place for entry, places in keeps.items() if entry.is_timed for place in places]
    own = [place for entry, places in keeps.items() if not entry.everywhere for place in places]
    context = context.with_again(
        free.removed_in(timed, lambda removal: removal.reason == OVERLAP.name)
    )
    return context.with_again(context.removed_in(own, lambda removal: removal.code in RESPELLED))


def _marked(sentences: Iterable[Sentence], free: Context, keeps: Keeps) -> Iterable[Sentence]:
    """The sentences, each with what a person kept of it that the rules alone removed."""
    given_back: dict[int, list[tuple[Span, Entry, Removal]]] = {}
    for entry, places in keeps.items():
        for index, span in places:
            for removal in free.removals:
                if free.index_of[removal.window] == index and meet(
                    span, (removal.char_start, removal.char_end)
                ):
                    both = max(span[0], removal.char_start), min(span[1], removal.char_end)
                    given_back.setdefault(removal.window, []).append((both, entry, removal))
    for sentence in sentences:
        own = (sentence.char_start, sentence.char_end)
        found = next(
            (mark for mark in given_back.get(sentence.window, ()) if meet(mark[0], own)), None
        )
        yield sentence if found is None else replace(sentence, kept=_kept_because(*found[1:]))


def _kept_because(entry: Entry, removal: Removal) -> dict[str, object]:
    words = (
        f"{entry.file} keeps it{_colon(entry)}; the rules alone set it aside as {removal.reason}"
    )
    return {
        "words": words,
        "file": entry.file,
        "note": entry.note,
        "reason": removal.reason,
    }


# --------------------------------------------------------------------------------------------------


def _drop(
    context: Context, entry: Entry, finder: Finder, keeps: Keeps, kept: Kept
) -> tuple[Context, bool]:
    """The context without what an entry drops, and whether that is anything.

    A copy that a seam has removed goes with it: no neighbour has those words any more.
    """
    sentences = kept(context)
    if entry.text is None:
        spoken = spoken_then(entry, sentences)
        places = [(context.index_of[s.window], (s.char_start, s.char_end)) for s in spoken]
        copies: Sequence[Place] = ()
        is_found = bool(places or removed_then(entry, context.removals))
    else:
        window = list(_then(entry, finder.in_hearings(entry.words), context, finder))
        read = list(
            _then(entry, finder.in_reading(entry.words, finder.reading(sentences)), context, finder)
        )
        places = [finder.place(run) for match in read for run in match]
        heard_places = [finder.place(run) for match in window for run in match]
        copies = context.removed_in(heard_places, lambda removal: removal.other_window is not None)
        is_found = bool(window or read)
    wanted = [*places, *copies]
    if entry.everywhere:  # a lecture's own word comes before its course's
        own = [place for keep, found in keeps.items() if not keep.everywhere for place in found]
        wanted = [piece for place in wanted for piece in _less(place, own)]
        copies = [piece for place in copies for piece in _less(place, own)]
    words = f"{entry.file} drops it{_colon(entry)}"
    if entry.note:
        why = DROPPED_FOR.because(words, {"file": entry.file, "note": entry.note})
    else:
        why = DROPPED.because(words, {"file": entry.file})
    removals = [context.removal(index, span, why) for index, span in wanted]
    return context.with_again(copies).without(removals), is_found


def _less(place: Place, others: Iterable[Place]) -> list[Place]:
    index, span = place
    held = union(other for other_index, other in others if other_index == index)
    return [(index, piece) for piece in difference([span], held)]


# --------------------------------------------------------------------------------------------------


def _replacements(
    context: Context, finder: Finder, entries: Iterable[Entry], sentences: Sequence[Sentence]
) -> Iterable[tuple[Entry, Group]]:
    """What each entry replaces in the text as it stands; of two that want one word the first has
    it.
    """
    reading = finder.reading(sentences)
    taken: dict[int, list[Span]] = {}
    for entry in entries:
        for match in _then(entry, finder.in_reading(entry.words, reading), context, finder):
            places = _replaced(entry, match, finder, sentences)
            if any(meet(span, other) for index, span in places for other in taken.get(index, ())):
                yield entry, ()
                continue
            for index, span in places:
                taken.setdefault(index, []).append(span)
            words = f"{entry.file} has other words for it{_colon(entry)}"
            evidence = {"words": words, "file": entry.file, "note": entry.note}
            news = [
                *[""] * (len(places) - 1),
                entry.new,
            ]  # the new text stands where the old one ends
            yield (
                entry,
                tuple(
                    _replacement(context, place, new, evidence)
                    for place, new in zip(places, news, strict=True)
                ),
            )


def _replaced(
    entry: Entry, match: Match, finder: Finder, sentences: Sequence[Sentence]
) -> list[Place]:
    """The spans that a new text takes the place of: the words, and the marks beside them that the
    old text has too.
    """
    places: list[Place] = []
    for number, run in enumerate(match):
        said, sentence = finder.said[run.index], sentences[run.sentence]
        text = said.window.text
        start, end = said.words[run.first].char_start, said.words[run.end - 1].char_end
        if number == 0 and _is_mark((entry.text or "")[:1]):
            while start > sentence.char_start and _is_mark(text[start - 1]):
                start -= 1
        if number < len(match) - 1:
            end = min(sentence.char_end, finder.place(run)[1][1])
        elif _is_mark((entry.text or "")[-1:]):
            while end < sentence.char_end and _is_mark(text[end]):
                end += 1
        places.append((run.index, (start, end)))
    return places


def _is_mark(char: str) -> bool:
    return bool(char) and not char.isalnum() and not char.isspace()


def _replacement(
    context: Context, place: Place, new: str, evidence: Mapping[str, object]
) -> Replacement:
    (index, (start, end)), window = place, context.windows[place[0]]
    begins, ends = context.start_of(index, start), context.end_of(index, end)
    text = window.text[start:end]
    times = (begins, max(begins, ends))
    return Replacement(
        window.id,
        window.start,
        start,
        end,
        *times,
        text,
        PERSON.name,
        evidence,
        new,
        code=REPLACED,
        source=window.decoded.how.source,
    )


def _attached(
    context: Context, sentences: Iterable[Sentence], groups: Iterable[Group]
) -> tuple[Sentence, ...]:
    """The sentences with their replacements; one that a sentence's end cuts has its new text where
    it ends.
    """
    by_window: dict[int, list[Replacement]] = {}
    for group in groups:
        for replacement in group:
            by_window.setdefault(replacement.window, []).append(replacement)
    found = []
    for sentence in sentences:
        own: list[Replacement] = []
        for whole in sorted(by_window.get(sentence.window, ()), key=lambda r: r.char_start):
            start, end = (
                max(whole.char_start, sentence.char_start),
                min(whole.char_end, sentence.char_end),
            )
            if start < end:
                new = whole.new_text if end == whole.char_end else ""
                place = (context.index_of[sentence.window], (start, end))
                own.append(_replacement(context, place, new, whole.evidence))
        found.append(replace(sentence, replacements=tuple(own)) if own else sentence)
    return tuple(found)


# --------------------------------------------------------------------------------------------------


def _then(
    entry: Entry, matches: Iterable[Match], context: Context, finder: Finder
) -> Iterable[Match]:
    """The matches that are said when the entry says."""
    return (
        match
        for match in matches
        if not entry.is_timed or is_then(entry, *time_of(context, finder, match))
    )


def _colon(entry: Entry) -> str:
    return f": {entry.note}" if entry.note else ""
