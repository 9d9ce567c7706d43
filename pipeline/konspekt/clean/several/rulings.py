"""What is decided of every word of every transcript: kept, or removed and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from konspekt.clean.reasons import OVERLAP, UNSUPPORTED, Code
from konspekt.clean.several.evidence import REPEATED, Evidence
from konspekt.clean.several.network import Network
from konspekt.clean.several.strand import Strand
from konspekt.text.words import sound_of

# words: Whisper leaves out small words more often than it makes them up
MAX_SHORT_ALONE = 2
MIN_FLANK = 2  # words that both have on each side of these
MAX_SHORT = 4  # words of a version that needs no evidence where the other has some too
# the same where nothing follows that both have: endings are what is made up
MAX_EDGE_SHORT = 1
MAX_LENGTH_RATIO = 2.0  # of two versions of one stretch, in characters,
SPARE_CHARS = 10  # beside the length of a word
# rapidfuzz's ratio of two versions in Latin letters: one thing written in two ways
MIN_SIMILARITY = 55.0

SAID_ALIKE = Code(
    "said-alike",
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
IN_ONE_ONLY = Code(
    "in-one-only",
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
        "ru": "тот же звук расшифрован и в {others}, там другие слова, и ничто не говорит ни "
        "за те, "
        "ни за другие",
    },
)
NOTHING_SHOWS = (
    "the windows say different things there, at length, and nothing shows that either "
    "was said"
)
CODES = (SAID_ALIKE, VERSIONS_DIFFER, IN_ONE_ONLY, NEITHER_SUPPORTED)


class Version(NamedTuple):
    """The words of one strand in a stretch."""

    strand: int  # by its place
    words: range


@dataclass(frozen=True, slots=True)
class Ruling:
    """What becomes of one strand's words in a stretch."""

    strand: int
    words: range
    code: Code | None = None  # why they are removed; None: they are kept
    said: str = ""  # the evidence in words
    by: Version | None = None  # the version that is kept, if there is one


def rulings(network: Network, evidence: Evidence) -> Iterator[Ruling]:
    """Yield a ruling for every word, in the order of the slots."""
    court = Court(network, evidence)
    majority = len(network.strands) // 2 + 1 if len(network.strands) > 2 else 2
    counts = [sum(word is not None for word in slot) for slot in network.slots]
    for is_settled, run in groupby(
        range(len(counts)), key=lambda at: counts[at] >= majority
    ):
        slots = list(run)
        if is_settled:
            for at in slots:
                yield from court.settle(at)
        else:
            yield from court.decide(range(slots[0], slots[-1] + 1))


@dataclass(frozen=True, slots=True)
class Court:
    """Decides between the versions of a stretch, by the network of words and its evidence."""

    network: Network
    evidence: Evidence

    def settle(self, at: int) -> Iterator[Ruling]:
        """Yield the rulings on a word that a majority has: in the spelling that most have, else in
        the better one.
        """
        versions = self._versions(range(at, at + 1))
        spelled = Counter(map(self._text, versions))
        most = max(spelled.values())
        winner = next(
            version for version in versions if spelled[self._text(version)] == most
        )
        why = "most of them spell it so"
        if len(spelled) > 1 and most == 1:
            winner, why = self._best(versions)
        for version in versions:
            if version == winner:
                yield Ruling(*version)
            elif self._text(version) == self._text(winner):
                yield Ruling(*version, SAID_ALIKE, "", winner)
            else:
                yield Ruling(*version, VERSIONS_DIFFER, why, winner)

    def decide(self, slots: range) -> Iterator[Ruling]:
        """Yield the rulings on a stretch that no majority has: one version is kept, or none.

        Marks and blanks alone are no version of words.
        """
        versions = self._versions(slots)
        spoken = [version for version in versions if self._text(version)]
        if spoken:
            yield from (
                Ruling(*version) for version in versions if not self._text(version)
            )
            versions = spoken
        if len(versions) > 1 and self._are_alike(versions):
            yield from self._choose(slots, versions)
            return
        left = [self._strip_repeated(version) for version in versions]
        for (strand, words), (_, rest) in zip(versions, left, strict=True):
            yield from self._judge_repeated(strand, range(words.start, rest.start))
        yield from self._choose(slots, [version for version in left if version.words])
        for (strand, words), (_, rest) in zip(versions, left, strict=True):
            yield from self._judge_repeated(strand, range(rest.stop, words.stop))

    def _strip_repeated(self, version: Version) -> Version:
        strand = self.network.strands[version.strand]
        return Version(
            version.strand, self.evidence.strip_repeated(strand, version.words)
        )

    def _judge_repeated(self, strand: int, words: range) -> Iterator[Ruling]:
        """Yield the ruling on words around others that a strand alone has elsewhere too."""
        if words:
            why = REPEATED.format(self.network.strands[strand].source)
            yield Ruling(strand, words, IN_ONE_ONLY, why)

    def _choose(self, slots: range, versions: Sequence[Version]) -> Iterator[Ruling]:
        """Yield the rulings on what is left of a stretch."""
        if len(versions) < 2:
            yield from (self._judge_alone(slots, version) for version in versions)
            return
        kept: Version | None
        if self._are_alike(versions):
            kept, why = self._best(versions)
        else:
            kept, why = self._choose_unlike(slots, versions)
        if kept is None:
            yield from (
                Ruling(*version, NEITHER_SUPPORTED, why) for version in versions
            )
            return
        yield Ruling(*kept)
        others = (version for version in versions if version != kept)
        yield from (Ruling(*version, VERSIONS_DIFFER, why, kept) for version in others)

    def _choose_unlike(
        self, slots: range, versions: Sequence[Version]
    ) -> tuple[Version | None, str]:
        """Return the version that is kept of some that are not alike, or none, and why: all may be
        made up, or one of them.
        """
        limit = MAX_EDGE_SHORT if self._is_at_edge(slots) else MAX_SHORT
        invented = [self._why_invented(version, limit) for version in versions]
        honest = [one for one, why in zip(versions, invented, strict=True) if not why]
        if not honest:
            return None, NOTHING_SHOWS
        kept, why = self._best(honest)
        if len(honest) < len(versions):
            why = f"of the other words, {next(filter(None, invented))}"
        short, long = min(honest, key=self._chars), max(honest, key=self._chars)
        if self._chars(long) > MAX_LENGTH_RATIO * self._chars(short) + SPARE_CHARS:
            kept, why = self._short_or_long(short, long, honest)
        if len(kept.words) <= limit or self.evidence.is_full(*self._side(kept)):
            return kept, why
        return None, NOTHING_SHOWS

    def _why_invented(self, version: Version, limit: int) -> str:
        """Return what gives a version away as made up; empty where nothing does, or it is short."""
        if len(version.words) <= limit:
            return ""
        return self.evidence.why_invented(*self._side(version))

    def _short_or_long(
        self, short: Version, long: Version, honest: Sequence[Version]
    ) -> tuple[Version, str]:
        """Return which of two versions of very different length is kept, and why.

        Of the places before and behind the few words of the others, one must have the room.
        """
        silent = [version for version in honest if version != long]
        doubt = ""
        for end in (min, max):
            places = [
                (self.network.strands[strand], end(words.start, words.stop))
                for strand, words in silent
            ]
            doubt = self.evidence.why_alone(*self._side(long), places)
            if not doubt:
                return long, "the others have less there than their time holds"
        return short, doubt

    def _judge_alone(self, slots: range, version: Version) -> Ruling:
        """Return the ruling on words that one strand alone has."""
        outvoted = self._find_outvoting(version.strand, slots)
        if outvoted is not None:
            why = "most of them have other words there"
            return Ruling(*version, VERSIONS_DIFFER, why, outvoted)
        if self._is_small_word(slots, version):
            return Ruling(*version)
        silent = [
            (other, self.network.words(number, range(slots.start)).stop)
            for number, other in enumerate(self.network.strands)
            if number != version.strand
        ]
        why = self.evidence.why_alone(*self._side(version), silent)
        return Ruling(*version, IN_ONE_ONLY, why) if why else Ruling(*version)

    def _is_small_word(self, slots: range, version: Version) -> bool:
        """Return whether the words are few, undoubted, and stand between words that both have."""
        if len(self.network.strands) > 2 or len(version.words) > MAX_SHORT_ALONE:
            return False
        flank = min(self._flank(slots.start, -1), self._flank(slots.stop - 1, 1))
        return flank >= MIN_FLANK and not self.evidence.doubts(*self._side(version))

    def _versions(self, slots: range) -> list[Version]:
        """Return the strands that have words there, each with them."""
        strands = range(len(self.network.strands))
        found = (
            Version(strand, self.network.words(strand, slots)) for strand in strands
        )
        return [version for version in found if version.words]

    def _side(self, version: Version) -> tuple[Strand, range]:
        return self.network.strands[version.strand], version.words

    def _best(self, versions: Sequence[Version]) -> tuple[Version, str]:
        """Return the version that the evidence prefers to each before it, and why."""
        best, why = versions[0], ""
        for version in versions[1:]:
            won, why = self.evidence.choose(self._side(best), self._side(version))
            best = version if won else best
        return best, why

    def _are_alike(self, versions: Sequence[Version]) -> bool:
        """Return whether all versions sound like the first, or one has in figures what another has
        in words.
        """
        from rapidfuzz import fuzz

        first, *others = map(self._text, versions)
        in_figures = {any(char.isdigit() for char in text) for text in (first, *others)}
        if (
            len(in_figures) == 2
            and max(len(one.words) for one in versions) <= MAX_SHORT
        ):
            return True
        return all(
            fuzz.ratio(_flat(first), _flat(other)) >= MIN_SIMILARITY for other in others
        )

    def _text(self, version: Version) -> str:
        """Return the folded words of a version without space between them."""
        words = version.words
        return "".join(
            self.network.strands[version.strand].folded[words.start : words.stop]
        )

    def _chars(self, version: Version) -> int:
        strand, words = self._side(version)
        return sum(
            strand.words[at].char_end - strand.words[at].char_start for at in words
        )

    def _flank(self, at: int, step: int) -> int:
        """Return how many slots beside one hold all strands without a break, up to `MIN_FLANK`."""
        for found in range(MIN_FLANK):
            near, at = at, at + step
            if not 0 <= at < len(self.network.slots) or None in self.network.slots[at]:
                return found
            if self._is_break(max(near, at)):
                return found
        return MIN_FLANK

    def _is_break(self, slot: int) -> bool:
        """Return whether before a slot something else begins in one of the strands."""
        return any(
            strand.is_break(self.network.words(number, range(slot)).stop)
            for number, strand in enumerate(self.network.strands)
        )

    def _is_at_edge(self, slots: range) -> bool:
        """Return whether on one side of a stretch nothing follows that joins it to words that all
        have.
        """
        return not (self._flank(slots.start, -1) and self._flank(slots.stop - 1, 1))

    def _find_outvoting(self, strand: int, slots: range) -> Version | None:
        """Return another strand's words just beside a stretch, at a place where this strand has
        none and most others do; None where there are none.
        """
        majority = len(self.network.strands) // 2 + 1
        for at in (slots.start - 1, slots.stop):
            if not 0 <= at < len(self.network.slots):
                continue
            slot = self.network.slots[at]
            if (
                slot[strand] is None
                and sum(word is not None for word in slot) >= majority
            ):
                return self._versions(range(at, at + 1))[0]
        return None


def _flat(text: str) -> str:
    return "".join(char for char in sound_of(text) if char.isalnum())
