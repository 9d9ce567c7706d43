"""The words of several strands in one order: a slot holds the word of each at one moment,
if it has one.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from konspekt.clean.several.alignment import pair_words
from konspekt.clean.several.strand import Strand

NetworkSlot = tuple[int | None, ...]  # for each strand the index of its word


@dataclass(frozen=True)  # no slots: cached_property
class Network:
    """The slots, in the order in which they were said; each word of each strand stands in one of
    them.
    """

    strands: tuple[Strand, ...]
    slots: tuple[NetworkSlot, ...]

    @cached_property
    def _counts(self) -> tuple[tuple[int, ...], ...]:
        """Return how many of each strand's words stand before a slot."""
        return tuple(
            (0, *accumulate(int(slot[strand] is not None) for slot in self.slots))
            for strand in range(len(self.strands))
        )

    def words(self, strand: int, slots: range) -> range:
        """Return a strand's words in some slots: they follow one another."""
        return range(
            self._counts[strand][slots.start], self._counts[strand][slots.stop]
        )


def network_of(strands: Sequence[Strand], common: Set[str]) -> Network:
    """Return the network of the strands, each aligned with those before it by the first word of
    each slot.
    """
    slots: list[NetworkSlot] = [(word,) for word in range(len(strands[0].words))]
    for number, strand in enumerate(strands[1:], start=1):
        known = [
            next(
                strands[k].words[word]
                for k, word in enumerate(slot)
                if word is not None
            )
            for slot in slots
        ]
        grown: list[NetworkSlot] = []
        old = new = 0
        for at, word in (
            *pair_words(known, strand.words, common),
            (len(slots), len(strand.words)),
        ):
            grown += [(*slot, None) for slot in slots[old:at]]
            grown += [((None,) * number) + (own,) for own in range(new, word)]
            if at < len(slots):
                grown.append((*slots[at], word))
            old, new = at + 1, word + 1
        slots = grown
    return Network(tuple(strands), tuple(slots))
