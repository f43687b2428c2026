"""Who sits in a seat, and how a new person grows into it: ramp(t) = clip((t - start_day) / ramp_days, 0, 1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.events import Successions
from sim.snapshot import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Tenures:
    """Who was there from when until when, shape (tenures,), the people of seat 0 first; ``left_day`` is inf for those who stay.

    ``vacant_day`` is when the vacancy before a tenure began: NaN before the first person of a seat that was not there until then.
    """

    seat: IntArray
    start_day: FloatArray
    left_day: FloatArray
    vacant_day: FloatArray

    def present_share(self, begins: FloatArray, ends: FloatArray, seats_n: int) -> FloatArray:
        """Share of the time (seats, intervals) between each of the days ``begins`` and ``ends`` in which somebody was there."""
        return self._by_seat(_overlap_days(self.start_day, self.left_day, begins, ends) / (ends - begins), seats_n)

    def vacant_share(self, begins: FloatArray, ends: FloatArray, seats_n: int) -> FloatArray:
        """Share of the time (seats, intervals) in which a seat that is there was vacant."""
        days = _overlap_days(np.where(np.isnan(self.vacant_day), self.start_day, self.vacant_day), self.start_day, begins, ends)
        return self._by_seat(days / (ends - begins), seats_n)

    def ramped_share(self, begins: FloatArray, ends: FloatArray, seats_n: int, ramp_days: float) -> FloatArray:
        """Mean ramp (seats, intervals) of whoever was there, 0 while nobody was."""
        return self._by_seat(mean_ramp(begins, ends, self.start_day[:, None], ramp_days, self.left_day[:, None]), seats_n)

    def quota_share(self, begins: FloatArray, ends: FloatArray, seats_n: int, ramp_days: float) -> FloatArray:
        """Share of the full quota (seats, intervals): a ramp lowers it, a vacancy does not; none while a seat is not there yet."""
        return self.ramped_share(begins, ends, seats_n, ramp_days) + self.vacant_share(begins, ends, seats_n)

    def _by_seat(self, share: FloatArray, seats_n: int) -> FloatArray:
        total = np.zeros((seats_n, share.shape[1]))
        np.add.at(total, self.seat, share)
        return total


def tenures(first_start_day: FloatArray, vacant_before: BoolArray, successions: Successions) -> Tenures:
    """The people of all seats: those who are there on day 0 or start later (``first_start_day``, seats), and their successors.

    ``vacant_before`` (seats,) are those that are there before their first person starts, and so are vacant until then.
    """
    seat = np.concatenate([np.arange(len(first_start_day)), successions.seat])
    start_day = np.concatenate([first_start_day, successions.start_day])
    vacant_day = np.concatenate([np.where(vacant_before, -np.inf, np.nan), successions.left_day])
    order = np.lexsort((start_day, seat))
    seat, start_day, vacant_day = seat[order], start_day[order], vacant_day[order]
    followed = np.append(seat[1:] == seat[:-1], False)
    left_day = np.where(followed, np.append(vacant_day[1:], np.inf), np.inf)
    return Tenures(seat, start_day, left_day, vacant_day)


def mean_ramp(
    start: FloatArray, end: FloatArray, start_day: float | FloatArray, ramp_days: float, left_day: float | FloatArray = np.inf
) -> FloatArray:
    """Mean share of full productivity from day ``start`` to a later ``end`` (arrays, broadcast): the ramp's integral over its length.

    Somebody who started on ``start_day`` and left on ``left_day`` does nothing before and after.
    """
    until, since = np.minimum(end, left_day) - start_day, np.minimum(start, left_day) - start_day
    mean: FloatArray = (_ramped_days(until, ramp_days) - _ramped_days(since, ramp_days)) / (end - start)
    return mean


def _ramped_days(worked_days: FloatArray, ramp_days: float) -> FloatArray:
    """Integral of the ramp over the first ``worked_days``."""
    worked = np.maximum(worked_days, 0.0)
    growing = np.minimum(worked, ramp_days)
    days: FloatArray = worked - growing + (growing**2 / (2 * ramp_days) if ramp_days > 0 else 0.0)
    return days


def _overlap_days(start: FloatArray, end: FloatArray, begins: FloatArray, ends: FloatArray) -> FloatArray:
    """Days (rows, intervals) that each stretch [start, end] has in common with each interval."""
    days: FloatArray = np.maximum(np.minimum(end[:, None], ends) - np.maximum(start[:, None], begins), 0.0)
    return days
