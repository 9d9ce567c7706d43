"""Dynamic time warping: the cheapest monotonic path through a matrix of costs.

The path is that of whisper/timing.py (`dtw_cpu`), ties included. Whisper compiles its own on the
first call, which takes 3 s (AMD EPYC, one core). Here numpy computes a diagonal of the matrix at a
time, 0.05 s a window.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BOTH, ROW, COLUMN = 0, 1, 2  # what a step of the path advances


def first_columns(costs: NDArray[np.float64]) -> list[int]:
    """Return the column at which the cheapest path through `costs` enters each row.

    `costs` are `(rows, columns)`.
    """
    steps = _last_steps(costs)
    row, column = costs.shape
    columns = [0] * row
    while row > 0 or column > 0:
        if row > 0:
            columns[row - 1] = max(column - 1, 0)
        if row == 0:
            step = COLUMN
        elif column == 0:
            step = ROW
        else:
            step = int(steps[row + column, row])
        row -= step != COLUMN
        column -= step != ROW
    return columns


def _last_steps(costs: NDArray[np.float64]) -> NDArray[np.int8]:
    """Return the last step of the cheapest path to each cell.

    Its index is `[row + column, row]`, both counted from 1.
    """
    import numpy as np

    rows, columns = costs.shape
    sums = np.full((rows + columns + 1, rows + 1), np.inf)
    sums[0, 0] = 0
    steps = np.zeros(sums.shape, np.int8)
    for diagonal in range(2, rows + columns + 1):
        low, high = max(1, diagonal - columns), min(rows, diagonal - 1)
        cells = slice(low, high + 1)
        both = sums[diagonal - 2, low - 1 : high]
        row = sums[diagonal - 1, low - 1 : high]
        column = sums[diagonal - 1, cells]
        step = _cheapest_step(both, row, column)
        at = np.arange(low, high + 1)
        cheapest = np.choose(step, (both, row, column))
        sums[diagonal, cells] = costs[at - 1, diagonal - at - 1] + cheapest
        steps[diagonal, cells] = step
    return steps


def _cheapest_step(
    both: NDArray[np.float64], row: NDArray[np.float64], column: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return the cheapest of three steps for each cell; of equals the one by a column."""
    import numpy as np

    row_or_column = np.where((row < both) & (row < column), ROW, COLUMN)
    return np.where((both < row) & (both < column), BOTH, row_or_column)
