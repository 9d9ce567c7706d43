"""Several requests at a time, whose answers keep their order."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import TypeVar

# Requests: a server of one's own computes them together, or one after another.
AT_ONCE = 4
T = TypeVar("T")
R = TypeVar("R")


def map_at_once(call: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Return what `call` makes of each item, by order; it runs in a few threads.

    Raises what the first call raised that failed, by order; no further one is begun then. A person
    who stops the program does not wait for the answers: the threads end with it.
    """
    work = [(item, Future[R]()) for item in items]
    waiting = deque(work)

    def run() -> None:
        while waiting:
            try:
                item, future = waiting.popleft()
            except IndexError:  # another thread took the last one
                return
            try:
                future.set_result(call(item))
            except BaseException as error:
                future.set_exception(error)

    for _ in range(min(AT_ONCE, len(work))):
        threading.Thread(target=run, daemon=True).start()
    try:
        return [future.result() for _, future in work]
    finally:
        waiting.clear()
