"""Damage: where a recording could not be decoded. The decoding child sends it to its parent."""

from __future__ import annotations

from typing import TypeAlias

Place: TypeAlias = tuple[float, float]  # start and end in seconds

SAME_PLACE = 1.0  # seconds; damage that follows sooner belongs to the same place
MAX_PLACES = 10_000  # more are joined, because a message has a limit


class Damage:
    """Damaged places in seconds from the start of the sound, in order.

    A place has no length where nobody knows how much time it cost.
    """

    def __init__(self) -> None:
        self._places: list[Place] = []

    def add(self, start: float, end: float) -> None:
        """Add a place; none begins before the last one did."""
        if self._places:
            last_start, last_end = self._places[-1]
            if start - last_end <= SAME_PLACE or len(self._places) >= MAX_PLACES:
                self._places[-1] = (last_start, max(end, last_end))
                return
        self._places.append((start, end))

    def ends_at(self, second: float) -> bool:
        """Return whether the last place ends at that second."""
        return bool(self._places) and self._places[-1][1] >= second

    def places(self, duration: float) -> tuple[Place, ...]:
        """Return the places of a sound of `duration` seconds.

        Places without length at its very beginning and end are left out: there lie tags, and the
        rest of a cut packet. What is missing behind the end shows in the declared length.
        """
        return tuple(
            place
            for place in self._places
            if place[0] < place[1] or 0.0 < place[0] < duration
        )
