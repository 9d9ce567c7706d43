"""Traces of made-up files: for tests of regions and windows."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from konspekt.transcribe.speech.regions import Trace

SPEAKS, MAY, SILENT = 0.95, 0.25, 0.02
SECOND = 31.25  # frames

Stretches = list[tuple[float, float, float]]


def traced(*stretches: tuple[float, float] | tuple[float, float, float]) -> Trace:
    """Seconds, probability and level (−20 dBFS where none is given) of one stretch after
    another.
    """
    frames = [round(stretch[0] * SECOND) for stretch in stretches]
    likely = np.repeat([stretch[1] for stretch in stretches], frames).astype(np.float32)
    levels = np.repeat(
        [stretch[2] if len(stretch) > 2 else -20.0 for stretch in stretches], frames
    )
    return Trace(likely, levels.astype(np.float32))


SECONDS = st.one_of(st.floats(0.03, 1), st.floats(0.1, 12), st.floats(1, 90))
TRACES = st.lists(
    st.tuples(
        SECONDS,
        st.sampled_from([SPEAKS, SPEAKS, 0.6, 0.4, MAY, SILENT]),
        st.sampled_from([-20.0, -40.0, -85.0]),
    ),
    max_size=25,
).map(lambda stretches: traced(*stretches))
