"""Durations and hours lie on binary grids, so sums are exact and two formulations of the model give the same log to the last bit."""

from __future__ import annotations

import numpy as np

from sim.snapshot import FINE_STEP, FloatArray, to_grid


def days_on_grid(days: FloatArray) -> FloatArray:
    """The nearest multiples of 2^-20 days, 0.08 s, at least one of them: nothing takes no time."""
    rounded: FloatArray = np.maximum(to_grid(days), FINE_STEP)
    return rounded
