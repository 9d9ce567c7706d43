"""What is decided of every word of every transcript: kept, or removed and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from konspekt.clean.reasons import OVERLAP, UNSUPPORTED, Code
from konspekt.clean.several.evidence import REPEATED, Evidence
from konspekt.clean.several.network import Network
from konspekt.text.words import sound_of

Version = tuple[int, range]  # a strand by its place, and words of it
MAX_SHORT_ALONE = 2  # words: Whisper leaves out small words more often than it makes them up
MIN_FLANK = 2  # words that both have on each side of these
MAX_SHORT = 4  # words of a version that needs no evidence where the other has some too
MAX_EDGE_SHORT = 1  # the same where nothing follows that both have: endings are what is made up
MAX_LENGTH_RATIO = 2.0  # of two versions of one stretch, in characters,
SPARE_CHARS = 10  # beside the length of a word
MIN_SIMILARITY = (
    55.0  # rapidfuzz's ratio of two versions in Latin letters: one thing heard in two ways
)

HEARD_ALIKE = Code(
    "heard-alike",
    OVERLAP,
    {
        "en": "the same sound was transcribed in {file}, and the same {pairs:word stands|words "
        "stand} there",
        "ru": "тот же звук расшифрован и в {file}, и там "
        "{pairs:слово стоит|слова стоят|слов стоят} так же",
    },
)
VERSIONS_DIFFER = Code(
    "versions-differ",
    OVERLAP,
    {
        "en": "the same sound was transcribed in {file} too, and the text has what stands there: "
        "«{theirs}»",
        "ru": "тот же звук расшифрован и в {file}, в тексте осталось то, что там: «{theirs}»",
    },
)
HEARD_BY_ONE = Code(
    "heard-by-one",
    UNSUPPORTED,
    {
        "en": "the same sound was transcribed in {others} too, nothing of this stands there, and "
        "nothing else shows that it was said",
        "ru": "тот же звук расшифрован и в {others}, там этого нет, и больше ничто не говорит "
        "за то, что это было сказано",
    },
)
NEITHER_SUPPORTED = Code(
    "neither-supported",
    UNSUPPORTED,
    {
        "en": "the same sound was transcribed in {others} too, with other words, and nothing shows "
        "that either were said",
        "ru": "тот же звук расшифрован и в {others}, там другие слова, и ничто не говорит ни за те, "
        "ни за другие",
    },
)
CODES = (HEARD_ALIKE, VERSIONS_DIFFER, HEARD_BY_ONE, NEITHER_SUPPORTED)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What becomes of one strand's words in a stretch."""

    strand: int
    words: range
    code: Code | None = None  # why they are removed; None: they are kept
    said: str = ""  # the evidence in words
    by: Version | None = None  # the version that is kept, if there is one


def rulings(network: Network, evidence: Evidence) -> Iterator[Ruling]:
    """A ruling for every word, in the order of the slots."""
    majority = len(network.strands) // 2 + 1 if len(network.strands) > 2 else 2
    counts = [sum(word is not None for word in slot) for slot in network.slots]
    for is_settled, run in groupby(range(len(counts)), key=lambda at: counts[at] >= majority):
        slots = list(run)
        if is_settled:
            for at in slots:
                yield from _settled(network, evidence, at)
        else:
            yield from _open(network, evidence, range(slots[0], slots[-1] + 1))


def _settled(network: Network, evidence: Evidence, at: int) -> Iterator[Ruling]:
    """A word that a majority has: in the spelling that most have, else in the better one."""
    sides = _sides(network, range(at, at + 1))
    spelled = Counter(network.strands[k].folded[words[0]] for k, words in sides)
    most = max(spelled.values())
    best = [side for side in sides if spelled[network.strands[side[0]].folded[side[1][0]]] == most]
    winner, why = best[0], "most of them spell it so"
    if len(spelled) > 1 and most == 1:
        winner, why = _best(network, evidence, sides)
    for side in sides:
        if side == winner:
            yield Ruling(*side)
        elif _folded(network, side) == _folded(network, winner):
            yield Ruling(*side, HEARD_ALIKE, "", winner)
        else:
            yield Ruling(*side, VERSIONS_DIFFER, why, winner)


def _open(network: Network, evidence: Evidence, slots: range) -> Iterator[Ruling]:
    """A stretch that no majority has: one version is kept, or none. Marks and blanks alone are no
    version of words.
    """
    sides = _sides(network, slots)
    if any(any(_folded(network, side)) for side in sides):
        yield from (Ruling(*side) for side in sides if not any(_folded(network, side)))
        sides = [side for side in sides if any(_folded(network, side))]
    if len(sides) > 1 and _are_alike(network, sides):
        yield from _judged(network, evidence, slots, sides)
        return
    left = [
        (strand, evidence.without_repeated(network.strands[strand], words))
        for strand, words in sides
    ]
    for (strand, words), (_, rest) in zip(sides, left, strict=True):
        yield from _come_back(network, strand, range(words.start, rest.start))
    yield from _judged(network, evidence, slots, [side for side in left if side[1]])
    for (strand, words), (_, rest) in zip(sides, left, strict=True):
        yield from _come_back(network, strand, range(rest.stop, words.stop))


def _come_back(network: Network, strand: int, words: range) -> Iterator[Ruling]:
    """Words around others that a strand alone has elsewhere too."""
    if words:
        why = REPEATED.format(network.strands[strand].source)
        yield Ruling(strand, words, HEARD_BY_ONE, why, None)


def _judged(
    network: Network, evidence: Evidence, slots: range, sides: Sequence[Version]
) -> Iterator[Ruling]:
    """One version, or none, of what is left of a stretch."""
    if len(sides) < 2:
        yield from (_alone(network, evidence, slots, side) for side in sides)
        return
    kept: Version | None
    if _are_alike(network, sides):
        kept, why = _best(network, evidence, sides)
    else:
        kept, why = _of_unlike(network, evidence, slots, sides)
    if kept is None:
        yield from (Ruling(*side, NEITHER_SUPPORTED, why, None) for side in sides)
        return
    others = [side for side in sides if side != kept]
    yield Ruling(*kept)
    yield from (Ruling(*side, VERSIONS_DIFFER, why, kept) for side in others)


def _of_unlike(
    network: Network, evidence: Evidence, slots: range, sides: Sequence[Version]
) -> tuple[Version | None, str]:
    """The version that is kept of some without similarity, or none, and why: both may be made up,
    or one of them.
    """
    limit = MAX_EDGE_SHORT if _is_at_edge(network, slots) else MAX_SHORT
    why_not = [
        len(side[1]) > limit and evidence.why_invented(network.strands[side[0]], side[1])
        for side in sides
    ]
    honest = [side for side, invented in zip(sides, why_not, strict=True) if not invented]
    said = (
        "the windows say different things there, at length, and nothing shows that either was said"
    )
    if not honest:
        return None, said
    kept, why = _best(network, evidence, honest)
    if len(honest) < len(sides):
        why = f"of the other words, {next(filter(None, why_not))}"
    short, long = (f(honest, key=lambda side: _chars(network, side)) for f in (min, max))
    if _chars(network, long) > MAX_LENGTH_RATIO * _chars(network, short) + SPARE_CHARS:
        silent = [side for side in honest if side != long]
        doubt = ""  # of the places before and behind the few words of the others, one has the room
        for end in (min, max):
            places = [(network.strands[k], end(words.start, words.stop)) for k, words in silent]
            doubt = evidence.why_alone(network.strands[long[0]], long[1], places)
            if not doubt:
                break
        kept, why = (
            (short, doubt) if doubt else (long, "the others have less there than their time holds")
        )
    if len(kept[1]) > limit and not evidence.is_full(network.strands[kept[0]], kept[1]):
        return None, said
    return kept, why


def _alone(network: Network, evidence: Evidence, slots: range, side: Version) -> Ruling:
    """Words that one strand alone has."""
    outvoted = _outvoted_by(network, side[0], slots)
    if outvoted is not None:
        return Ruling(*side, VERSIONS_DIFFER, "most of them have other words there", outvoted)
    strand = network.strands[side[0]]
    is_flanked = (
        min(_flank(network, slots.start, -1), _flank(network, slots.stop - 1, 1)) >= MIN_FLANK
    )
    is_short = len(network.strands) == 2 and len(side[1]) <= MAX_SHORT_ALONE
    if is_short and is_flanked and not evidence.doubts(strand, side[1]):
        return Ruling(*side)
    silent = [
        (other, network.words(k, range(slots.start)).stop)
        for k, other in enumerate(network.strands)
        if k != side[0]
    ]
    why = evidence.why_alone(strand, side[1], silent)
    return Ruling(*side, HEARD_BY_ONE, why, None) if why else Ruling(*side)


def _sides(network: Network, slots: range) -> list[Version]:
    """The strands that say something there, each with its words."""
    found = ((strand, network.words(strand, slots)) for strand in range(len(network.strands)))
    return [(strand, words) for strand, words in found if words]


def _best(network: Network, evidence: Evidence, sides: Sequence[Version]) -> tuple[Version, str]:
    """The version that the evidence prefers to each before it, and why."""
    best, why = sides[0], ""
    for side in sides[1:]:
        won, words = evidence.better(
            (network.strands[best[0]], best[1]), (network.strands[side[0]], side[1])
        )
        best, why = (side if won else best), words
    return best, why


def _are_alike(network: Network, sides: Sequence[Version]) -> bool:
    """Whether all versions sound like the first, or one has in figures what another has in
    words.
    """
    from rapidfuzz import fuzz

    first, *others = ("".join(_folded(network, side)) for side in sides)
    in_figures = {any(c.isdigit() for c in text) for text in (first, *others)}
    lengths = [len(side[1]) for side in sides]
    if len(in_figures) == 2 and max(lengths) <= MAX_SHORT:
        return True
    return all(fuzz.ratio(_flat(first), _flat(other)) >= MIN_SIMILARITY for other in others)


def _flat(text: str) -> str:
    return "".join(c for c in sound_of(text) if c.isalnum())


def _folded(network: Network, side: Version) -> list[str]:
    return network.strands[side[0]].folded[side[1].start : side[1].stop]


def _chars(network: Network, side: Version) -> int:
    words = network.strands[side[0]].words
    return sum(words[at].char_end - words[at].char_start for at in side[1])


def _flank(network: Network, at: int, step: int) -> int:
    """How many slots beside one hold all strands without a break, up to the number that is asked
    for.
    """
    found = 0
    while found < MIN_FLANK:
        near, at = at, at + step
        if not 0 <= at < len(network.slots) or None in network.slots[at]:
            break
        if any(
            strand.is_break(_later(network, k, max(near, at)))
            for k, strand in enumerate(network.strands)
        ):
            break
        found += 1
    return found


def _later(network: Network, strand: int, at: int) -> int:
    """A strand's first word in a slot or after it."""
    return network.words(strand, range(at)).stop


def _is_at_edge(network: Network, slots: range) -> bool:
    """Whether on one side of a stretch nothing follows that joins it to words that all have."""
    return not (_flank(network, slots.start, -1) and _flank(network, slots.stop - 1, 1))


def _outvoted_by(network: Network, strand: int, slots: range) -> Version | None:
    """The words of another strand just beside a stretch, at a place where this strand has none and
    most others do.
    """
    majority = len(network.strands) // 2 + 1
    for at in (slots.start - 1, slots.stop):
        if 0 <= at < len(network.slots) and network.slots[at][strand] is None:
            side = next(iter(_sides(network, range(at, at + 1))))
            if sum(word is not None for word in network.slots[at]) >= majority:
                return side
    return None
