"""A person's last word: what they keep, drop, replace and redact, over every rule.

What is kept is kept from the rules before they judge. The rest is done to what they leave: a rule
must not judge by a text with holes. A lecture's own corrections come before those of its course;
what is redacted nobody gives back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from konspekt.clean.context import Context, Span, WindowSpan
from konspekt.clean.found import (
    Finder,
    WordMatch,
    WordRun,
    is_then,
    removals_then,
    sentences_then,
    time_of,
)
from konspekt.clean.judged import Judged, Judging
from konspekt.clean.reasons import OVERLAP, PERSON, Code, Explanation
from konspekt.clean.redaction import Redacted, hide, mask, redact
from konspekt.clean.rules.seams import RESPELLED
from konspekt.course.corrections import Entry, Kind
from konspekt.data import Removal, Replacement, Sentence, names
from konspekt.text.spans import common, difference, meet

Keeps: TypeAlias = Mapping[Entry, tuple[WindowSpan, ...]]
Places: TypeAlias = Sequence[WindowSpan]
# All that one new text replaces: several spans where it crosses a seam.
Group: TypeAlias = tuple[Replacement, ...]
# what a person kept of what the rules removed
Kept: TypeAlias = tuple[Span, Entry, Removal]

DROPPED = Code(
    "dropped", PERSON, {"en": "so {file} wants it", "ru": "так велит {file}"}
)
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
    # entries without effect, each with that in words
    unmatched: tuple[tuple[Entry, str], ...]


def correct(start: Context, entries: Iterable[Entry], judge: Judging) -> Corrected:
    """Let the rules judge and a person overrule them."""
    free = judge(start)
    entries = sorted(entries, key=lambda entry: entry.everywhere)
    if not entries:
        return Corrected(free.context, free.sentences(), free.context.removals, ())
    finder = Finder(start.facts)
    keeps = {entry: _kept_places(entry, free, finder) for entry in _of(entries, "keep")}
    lost = {entry for entry, places in keeps.items() if not places}
    judged = _keep(start, free, keeps, judge)
    for entry in _of(entries, "drop"):
        context = _drop(judged, entry, finder, keeps)
        if context is None:
            lost.add(entry)
        else:
            judged = judged.with_context(context)
    redacted, unreplaced = _replace_and_redact(judged, finder, entries)
    lost |= unreplaced | redacted.lost
    sentences = _attach(
        redacted.context, judged.in_order(redacted.context), redacted.groups
    )
    marked = _mark_kept(sentences, free.context, keeps)
    return Corrected(
        redacted.context,
        tuple(hide(sentence, redacted, finder) for sentence in marked),
        redacted.removals,
        tuple(
            (entry, _explain_no_effect(entry, finder, redacted))
            for entry in entries
            if entry in lost
        ),
    )


def _of(entries: Iterable[Entry], kind: Kind) -> list[Entry]:
    return [entry for entry in entries if entry.kind == kind]


def _replace_and_redact(
    judged: Judged, finder: Finder, entries: Sequence[Entry]
) -> tuple[Redacted, set[Entry]]:
    """Return the recording after both, and the replacing entries that match nothing."""
    sentences = judged.sentences()
    replacing = _of(entries, "replace")
    replaced = list(_replacements(judged.context, finder, replacing, sentences))
    groups = [group for _, group in replaced]
    matched = {entry for entry, _ in replaced}
    attached = _attach(judged.context, sentences, groups)
    redacted = redact(judged.context, finder, _of(entries, "redact"), attached, groups)
    return redacted, set(replacing) - matched


def _explain_no_effect(entry: Entry, finder: Finder, redacted: Redacted) -> str:
    """Return why an entry without effect has none, in words that quote nothing redacted."""
    is_there = next(finder.in_windows(entry.words), None) is not None
    what = "matches nothing"
    if is_there and entry.is_timed and entry.text is not None:
        what = "matches nothing at that time"
    elif is_there and entry.kind == "replace":
        what = "matches only what is removed"
    return mask(f"{entry.in_words()} {what}", redacted.phrases)


# ------------------------------------------------------------------------------------------- keep


def _kept_places(entry: Entry, free: Judged, finder: Finder) -> tuple[WindowSpan, ...]:
    """Return what an entry keeps: its text in every window, or what the rules by themselves removed
    at its time.
    """
    context = free.context
    if entry.text is None:
        found = removals_then(entry, context.removals)
        return tuple(_place_of(removal, context) for removal in found)
    matches = _matches_then(entry, finder.in_windows(entry.words), context, finder)
    return tuple(finder.place(run) for run in _runs(matches))


def _keep(start: Context, free: Judged, keeps: Keeps, judge: Judging) -> Judged:
    """Return the recording as the rules leave it when they may not take what is kept.

    What two windows both hold stands once even so, unless the person names its time: a course that
    keeps «ещё раз» must not have it twice at every seam. A spelling that the seam gave up is given
    back.
    """
    every = [place for places in keeps.values() for place in places]
    if not every:
        return free
    judged = judge(start.protect(every))
    timed = [
        place for entry, places in keeps.items() if entry.is_timed for place in places
    ]
    own = [
        place
        for entry, places in keeps.items()
        if not entry.everywhere
        for place in places
    ]
    twice = free.context.removed_in(
        timed, lambda removal: removal.reason == OVERLAP.name
    )
    context = judged.context.give_back(twice)
    respelled = context.removed_in(own, lambda removal: removal.code in RESPELLED)
    return judged.with_context(context.give_back(respelled))


def _mark_kept(
    sentences: Iterable[Sentence], free: Context, keeps: Keeps
) -> Iterator[Sentence]:
    """Yield the sentences, each with what a person kept of it that the rules alone removed."""
    given_back = _find_given_back(free, keeps)
    for sentence in sentences:
        own = (sentence.char_start, sentence.char_end)
        marks = (
            mark for mark in given_back.get(sentence.window, ()) if meet(mark[0], own)
        )
        found = next(marks, None)
        if found is None:
            yield sentence
        else:
            _, entry, removal = found
            yield replace(sentence, kept=_explain_kept(entry, removal))


def _find_given_back(free: Context, keeps: Keeps) -> Mapping[int, list[Kept]]:
    """Return by window what a person keeps of the removals that the rules alone make."""
    found: dict[int, list[Kept]] = {}
    for entry, places in keeps.items():
        for index, span in places:
            window = free.windows[index].id
            for removal in free.removals:
                own = (removal.char_start, removal.char_end)
                if removal.window == window and meet(span, own):
                    kept = (common(span, own), entry, removal)
                    found.setdefault(window, []).append(kept)
    return found


def _explain_kept(entry: Entry, removal: Removal) -> dict[str, object]:
    removed = f"the rules alone removed it as {removal.reason}"
    return {
        names.WORDS: f"{entry.file} keeps it{_colon(entry)}; {removed}",
        names.FILE: entry.file,
        names.NOTE: entry.note,
        names.REASON: removal.reason,
    }


# ------------------------------------------------------------------------------------------- drop


def _drop(judged: Judged, entry: Entry, finder: Finder, keeps: Keeps) -> Context | None:
    """Return the context without what an entry drops; None where the entry matches nothing.

    A copy that a seam has removed goes with it: no neighbour has those words any more.
    """
    context = judged.context
    found = (
        _find_dropped_then(entry, judged)
        if entry.text is None
        else _find_dropped(entry, judged, finder)
    )
    if found is None:
        return None
    places, copies = found
    if entry.everywhere:  # a lecture's own word comes before its course's
        own = [
            place
            for keep, kept in keeps.items()
            if not keep.everywhere
            for place in kept
        ]
        places, copies = _without_places(places, own), _without_places(copies, own)
    why = _explain_dropped(entry)
    removals = [context.removal(index, span, why) for index, span in (*places, *copies)]
    return context.give_back(copies).without(removals)


def _find_dropped_then(entry: Entry, judged: Judged) -> tuple[Places, Places] | None:
    """Return the sentences at an entry's time, and no copies."""
    context = judged.context
    spoken = sentences_then(entry, judged.sentences())
    if not spoken and not removals_then(entry, context.removals):
        return None
    return [_place_of(sentence, context) for sentence in spoken], ()


def _find_dropped(
    entry: Entry, judged: Judged, finder: Finder
) -> tuple[Places, Places] | None:
    """Return where the text has an entry's words, and the copies of them that seams removed."""
    context = judged.context
    read = finder.read(judged.sentences())
    in_windows = list(
        _matches_then(entry, finder.in_windows(entry.words), context, finder)
    )
    in_text = list(
        _matches_then(entry, finder.in_text(entry.words, read), context, finder)
    )
    if not in_windows and not in_text:
        return None
    everywhere = [finder.place(run) for run in _runs(in_windows)]
    copies = context.removed_in(
        everywhere, lambda removal: removal.other_window is not None
    )
    return [finder.place(run) for run in _runs(in_text)], copies


def _explain_dropped(entry: Entry) -> Explanation:
    words = f"{entry.file} drops it{_colon(entry)}"
    if entry.note:
        return DROPPED_FOR.because(
            words, {names.FILE: entry.file, names.NOTE: entry.note}
        )
    return DROPPED.because(words, {names.FILE: entry.file})


def _without_places(
    places: Iterable[WindowSpan], others: Sequence[WindowSpan]
) -> Places:
    """Return the places without what the others hold of them."""
    found: list[WindowSpan] = []
    for index, span in places:
        taken = sorted(other for at, other in others if at == index)
        found += [(index, piece) for piece in difference([span], taken)]
    return found


# ---------------------------------------------------------------------------------------- replace


def _replacements(
    context: Context,
    finder: Finder,
    entries: Iterable[Entry],
    sentences: Sequence[Sentence],
) -> Iterator[tuple[Entry, Group]]:
    """Yield what each entry replaces in the text as it stands.

    Of two that want one word the first has it; the other's group is empty.
    """
    read = finder.read(sentences)
    taken: dict[int, list[Span]] = {}
    for entry in entries:
        for match in _matches_then(
            entry, finder.in_text(entry.words, read), context, finder
        ):
            places = _replaced_places(entry, match, finder, sentences)
            if any(
                meet(span, other) for at, span in places for other in taken.get(at, ())
            ):
                yield entry, ()
                continue
            for index, span in places:
                taken.setdefault(index, []).append(span)
            yield entry, _group(entry, context, places)


def _group(entry: Entry, context: Context, places: Sequence[WindowSpan]) -> Group:
    """Return the replacements of some places; the new text stands where the old one ends."""
    words = f"{entry.file} has other words for it{_colon(entry)}"
    evidence = {names.WORDS: words, names.FILE: entry.file, names.NOTE: entry.note}
    *before, last = places
    emptied = [_replacement(context, place, "", evidence) for place in before]
    return (*emptied, _replacement(context, last, entry.new, evidence))


def _replaced_places(
    entry: Entry, match: WordMatch, finder: Finder, sentences: Sequence[Sentence]
) -> list[WindowSpan]:
    """Return the spans that a new text takes the place of: the words, and the marks beside them
    that the old text has too.
    """
    places: list[WindowSpan] = []
    text = entry.text or ""
    for run in match:
        searched, sentence = finder.searched[run.index], sentences[run.sentence]
        start = searched.words[run.first].char_start
        end = searched.words[run.end - 1].char_end
        if run is match[0] and _is_mark(text[:1]):
            start = _before_marks(searched.window.text, start, sentence.char_start)
        if run is not match[-1]:
            _, (_, stop) = finder.place(run)
            end = min(sentence.char_end, stop)
        elif _is_mark(text[-1:]):
            end = _behind_marks(searched.window.text, end, sentence.char_end)
        places.append((run.index, (start, end)))
    return places


def _before_marks(text: str, start: int, first: int) -> int:
    """Return where the marks before `start` begin, not before `first`."""
    while start > first and _is_mark(text[start - 1]):
        start -= 1
    return start


def _behind_marks(text: str, end: int, last: int) -> int:
    """Return where the marks behind `end` end, not behind `last`."""
    while end < last and _is_mark(text[end]):
        end += 1
    return end


def _is_mark(char: str) -> bool:
    return bool(char) and not char.isalnum() and not char.isspace()


def _replacement(
    context: Context, place: WindowSpan, new: str, evidence: Mapping[str, object]
) -> Replacement:
    index, (char_start, char_end) = place
    window = context.windows[index]
    start = context.start_of(index, char_start)
    return Replacement(
        window=window.id,
        window_start=window.start,
        char_start=char_start,
        char_end=char_end,
        start=start,
        end=max(start, context.end_of(index, char_end)),
        text=window.text[char_start:char_end],
        reason=PERSON.name,
        evidence=evidence,
        new_text=new,
        code=REPLACED,
        source=window.decoded.how.source,
    )


def _attach(
    context: Context, sentences: Iterable[Sentence], groups: Iterable[Group]
) -> tuple[Sentence, ...]:
    """Return the sentences with their replacements.

    A replacement that a sentence's end cuts has its new text where it ends.
    """
    by_window: dict[int, list[Replacement]] = {}
    for group in groups:
        for replacement in group:
            by_window.setdefault(replacement.window, []).append(replacement)
    found = []
    for sentence in sentences:
        near = sorted(by_window.get(sentence.window, ()), key=lambda r: r.char_start)
        own = [_cut_to(sentence, one, context) for one in near if _touch(sentence, one)]
        found.append(replace(sentence, replacements=tuple(own)) if own else sentence)
    return tuple(found)


def _touch(sentence: Sentence, replacement: Replacement) -> bool:
    own = (sentence.char_start, sentence.char_end)
    return meet(own, (replacement.char_start, replacement.char_end))


def _cut_to(sentence: Sentence, whole: Replacement, context: Context) -> Replacement:
    """Return the part of a replacement that stands in a sentence."""
    start = max(whole.char_start, sentence.char_start)
    end = min(whole.char_end, sentence.char_end)
    new = whole.new_text if end == whole.char_end else ""
    place = (context.index_of[sentence.window], (start, end))
    return _replacement(context, place, new, whole.evidence)


# ------------------------------------------------------------------------------------------ both


def _place_of(thing: Sentence | Removal, context: Context) -> WindowSpan:
    return context.index_of[thing.window], (thing.char_start, thing.char_end)


def _runs(matches: Iterable[WordMatch]) -> Iterator[WordRun]:
    for match in matches:
        yield from match


def _matches_then(
    entry: Entry, matches: Iterable[WordMatch], context: Context, finder: Finder
) -> Iterator[WordMatch]:
    """Yield the matches that meet the time of the entry."""
    for match in matches:
        if not entry.is_timed or is_then(entry, *time_of(context, finder, match)):
            yield match


def _colon(entry: Entry) -> str:
    return f": {entry.note}" if entry.note else ""
