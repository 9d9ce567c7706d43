"""Dynamic time warping: the cheapest monotonic path through a matrix of costs.

The path is that of whisper/timing.py (`dtw_cpu`), ties included. Whisper compiles its own on the
first call, which takes 3 s (AMD EPYC, one core). Here numpy computes a diagonal of the matrix at a
time, 0.05 s a window.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Costs: TypeAlias = NDArray[np.float64]

BOTH, ROW, COLUMN = 0, 1, 2  # what a step of the path advances


def first_columns(costs: Costs) -> list[int]:
    """Return the column at which the cheapest path through `costs` enters each row.

    `costs` are `(rows, columns)`.
    """
    steps = _last_steps(costs)
    row, column = costs.shape
    columns = [0] * row
    while row > 0 and column > 0:
        columns[row - 1] = column - 1
        step = int(steps[row + column, row])
        row -= step != COLUMN
        column -= step != ROW
    return columns


def _last_steps(costs: Costs) -> NDArray[np.int8]:
    """Return the last step of the cheapest path to each cell.

    Its index is `[row + column, row]`, both counted from 1.
    """
    import numpy as np

    rows, columns = costs.shape
    sums = np.full((rows + columns + 1, rows + 1), np.inf)
    sums[0, 0] = 0
    steps = np.zeros(sums.shape, np.int8)
    for diagonal in range(2, rows + columns + 1):
        before, last = sums[diagonal - 2], sums[diagonal - 1]
        row = np.arange(max(1, diagonal - columns), min(rows, diagonal - 1) + 1)
        column = diagonal - row
        origins = (before[row - 1], last[row - 1], last[row])  # BOTH, ROW, COLUMN
        step = _cheapest_step(*origins)
        steps[diagonal, row] = step
        sums[diagonal, row] = costs[row - 1, column - 1] + np.choose(step, origins)
    return steps


def _cheapest_step(both: Costs, row: Costs, column: Costs) -> NDArray[np.int64]:
    """Return the cheapest of three steps for each cell; of equals the one by a column."""
    import numpy as np

    is_both = (both < row) & (both < column)
    is_row = (row < both) & (row < column)
    return np.select([is_both, is_row], [BOTH, ROW], COLUMN)
