"""Where a recording could not be decoded: the places that the child tells its parent."""

from __future__ import annotations

Place = tuple[float, float]

SAME_PLACE = 1.0  # seconds; damage that comes again sooner is one place
MAX_PLACES = 10_000  # more are joined: a message has an end


class Damage:
    """Places in seconds from the start of the sound, in order. One that cost no time that is known
    has no length.
    """

    def __init__(self) -> None:
        self._places: list[Place] = []
        self.no_sound = 0.0  # seconds whose samples were not numbers a sound can have

    def add(self, start: float, end: float) -> None:
        """One more place; none begins before the last one did."""
        if self._places and (
            start - self._places[-1][1] <= SAME_PLACE or len(self._places) >= MAX_PLACES
        ):
            start, end = self._places[-1][0], max(end, self._places[-1][1])
            self._places.pop()
        self._places.append((start, end))

    def ends_at(self, second: float) -> bool:
        """Whether the last place ends at that second."""
        return bool(self._places) and self._places[-1][1] >= second

    def places(self, duration: float) -> tuple[Place, ...]:
        """All places of a sound of that length, but what cost nothing at its very beginning and
        end.

        There tags and the rest of a cut packet lie; what is missing behind the end the declared
        length tells.
        """
        return tuple(
            place for place in self._places if place[0] < place[1] or 0.0 < place[0] < duration
        )
