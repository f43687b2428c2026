"""How a new person grows into a seat: ramp(t) = clip((t - start_day) / ramp_days, 0, 1)."""

from __future__ import annotations

import numpy as np

from sim.snapshot import FloatArray


def mean_ramp(start: FloatArray, end: FloatArray, start_day: float | FloatArray, ramp_days: float) -> FloatArray:
    """Mean share of full productivity from day ``start`` to a later ``end`` (arrays, broadcast): the ramp's integral over its length."""
    mean: FloatArray = (_ramped_days(end - start_day, ramp_days) - _ramped_days(start - start_day, ramp_days)) / (end - start)
    return mean


def _ramped_days(worked_days: FloatArray, ramp_days: float) -> FloatArray:
    """Integral of the ramp over the first ``worked_days``."""
    worked = np.maximum(worked_days, 0.0)
    growing = np.minimum(worked, ramp_days)
    days: FloatArray = worked - growing + (growing**2 / (2 * ramp_days) if ramp_days > 0 else 0.0)
    return days
