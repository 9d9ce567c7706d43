"""Parts of a batch computed side by side, each in a thread of its own with a share of the cores.

Within one computation the threads of PyTorch wait for each other at every product of matrices.
Windows do not depend on each other, so their parts of a batch wait only at its end.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, as_completed
from functools import partial
from itertools import pairwise
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


def split_evenly(items: Sequence[T], parts: int) -> list[Sequence[T]]:
    """Return the items in order, in so many parts whose lengths differ by one at most."""
    borders = [len(items) * part // parts for part in range(parts + 1)]
    return [items[first:end] for first, end in pairwise(borders)]


def map_on_cores(call: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """Return what `call` makes of each item, by order; each has its share of PyTorch's threads.

    Raises what a call raised. The others are interrupted then, as they are where a person stops
    the program.
    """
    import torch

    cores = torch.get_num_threads()
    share = max(1, cores // len(items))

    def run(item: T) -> R:
        torch.set_num_threads(share)  # of this thread, and of those that begin later
        return call(item)

    try:
        return _map_side_by_side(run, items)
    finally:
        torch.set_num_threads(cores)


def _map_side_by_side(call: Callable[[T], R], items: Sequence[T]) -> list[R]:
    workers = [_Worker(partial(call, item)) for item in items]
    try:
        for worker in workers:
            worker.start()
        for done in as_completed([worker.result for worker in workers]):
            done.result()
    except BaseException:
        for worker in workers:
            worker.interrupt()
        raise
    finally:
        for worker in workers:
            worker.end()
    return [worker.result.result() for worker in workers]


class _Worker(threading.Thread, Generic[R]):
    """A thread that makes one result, and can be interrupted as the main thread can."""

    def __init__(self, call: Callable[[], R]) -> None:
        super().__init__(daemon=True)
        self.result = Future[R]()
        self._call = call

    def run(self) -> None:
        try:
            found = self._call()
        except BaseException as error:
            self.result.set_exception(error)
        else:
            self.result.set_result(found)

    def interrupt(self) -> None:
        """End the thread before its next step in Python; SystemExit ends one without a word."""
        if self.is_alive():
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(self.ident or 0), ctypes.py_object(SystemExit)
            )

    def end(self) -> None:
        """Wait until the thread has ended."""
        if self.is_alive():
            self.join()
