"""Durations and hours lie on binary grids, so sums are exact and two formulations of the model give the same log to the last bit."""

from __future__ import annotations

import numpy as np

from sim.snapshot import FloatArray

DAYS_PER_STEP = 2.0**-30
HOURS_PER_STEP = 2.0**-20


def days_on_grid(days: FloatArray) -> FloatArray:
    """The nearest multiples of 2^-30 days, at least one of them: nothing takes no time."""
    rounded: FloatArray = np.maximum(np.rint(days / DAYS_PER_STEP), 1.0) * DAYS_PER_STEP
    return rounded


def hours_on_grid(hours: FloatArray) -> FloatArray:
    """The nearest multiples of 2^-20 hours."""
    rounded: FloatArray = np.rint(hours / HOURS_PER_STEP) * HOURS_PER_STEP
    return rounded
