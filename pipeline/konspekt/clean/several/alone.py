"""What a strand alone has again and again. Whisper's inventions come back; speech that another one
missed does not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from konspekt.clean.context import Context
from konspekt.clean.reasons import PHRASE
from konspekt.clean.rules.loops import LOOP
from konspekt.clean.several.network import Network

RUN = 4  # words in a row: in speech so many seldom come twice
# reasons of what each transcript's own cleaning found to be made up
INVENTED = (LOOP.name, PHRASE.name)

WordGroup = tuple[str, ...]


def find_repeated(context: Context, network: Network) -> Mapping[str, frozenset[int]]:
    """Return by source the words that it alone has, in a run that it repeats elsewhere or that
    the rules removed.
    """
    made_up = {run for words in _find_removed(context) for _, run in _runs(words)}
    found: dict[str, frozenset[int]] = {}
    for number, strand in enumerate(network.strands):
        runs = [
            (first + at, run)
            for first, last in _find_alone(network, number)
            for at, run in _runs(strand.folded[first:last])
        ]
        counts = Counter(run for _, run in runs)
        again = (at for at, run in runs if counts[run] > 1 or run in made_up)
        found[strand.source] = frozenset(
            word for at in again for word in range(at, at + RUN)
        )
    return found


def _find_alone(network: Network, strand: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches of a strand's words, first and behind the last, that stand in slots of
    their own.
    """
    first: int | None = None
    at = 0
    for slot in network.slots:
        if slot[strand] is None:
            continue
        is_alone = sum(word is not None for word in slot) == 1
        if is_alone and first is None:
            first = at
        elif not is_alone and first is not None:
            yield first, at
            first = None
        at += 1
    if first is not None:
        yield first, at


def _find_removed(context: Context) -> Iterator[list[str]]:
    for removal in context.removals:
        if removal.reason in INVENTED:
            index = context.index_of[removal.window]
            yield [
                word.folded
                for word in context.words(index, (removal.char_start, removal.char_end))
            ]


def _runs(words: Sequence[str]) -> Iterable[tuple[int, WordGroup]]:
    return ((at, tuple(words[at : at + RUN])) for at in range(len(words) - RUN + 1))
