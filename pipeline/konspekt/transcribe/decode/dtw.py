"""Dynamic time warping: the cheapest way through a table that only goes on.

The path is that of whisper/timing.py (`dtw_cpu`), ties included. Its own is compiled when it is
first called, which takes 3 s (AMD EPYC, one core); here a diagonal of the table is one step of
numpy, 0.05 s a window.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BOTH, ROW, COLUMN = 0, 1, 2  # what a step goes on by


def first_columns(costs: NDArray[np.float64]) -> list[int]:
    """The column at which the cheapest path through `costs` `(rows, columns)` enters each row."""
    steps = _steps(costs)
    row, column = costs.shape
    found = [0] * row
    while row > 0 or column > 0:
        if row > 0:
            found[row - 1] = max(column - 1, 0)
        step = COLUMN if row == 0 else ROW if column == 0 else int(steps[row + column, row])
        row -= step != COLUMN
        column -= step != ROW
    return found


def _steps(costs: NDArray[np.float64]) -> NDArray[np.int8]:
    """The last step of the cheapest path to each cell, `[row + column, row]`, both counted from
    1.
    """
    import numpy as np

    rows, columns = costs.shape
    sums = np.full((rows + columns + 1, rows + 1), np.inf)
    sums[0, 0] = 0
    steps = np.zeros(sums.shape, np.int8)
    for diagonal in range(2, rows + columns + 1):
        low, high = max(1, diagonal - columns), min(rows, diagonal - 1)
        both, row, column = (
            sums[diagonal - 2, low - 1 : high],
            sums[diagonal - 1, low - 1 : high],
            sums[diagonal - 1, low : high + 1],
        )
        step = np.where(
            (both < row) & (both < column),
            BOTH,
            np.where((row < both) & (row < column), ROW, COLUMN),
        )
        at = np.arange(low, high + 1)
        sums[diagonal, low : high + 1] = costs[at - 1, diagonal - at - 1] + np.choose(
            step, (both, row, column)
        )
        steps[diagonal, low : high + 1] = step
    return steps
