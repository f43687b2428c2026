"""Hours that the people spend on making a design, as in a draft: from the day on which it takes effect, day 0 or that of a review, until
they are spent, nobody starts anything new.

Open deals go on, and hand-overs and support take place; planning takes all hours that these leave. Leads wait, or are lost. It ends with
the person: whoever comes later has not taken part.
"""

from __future__ import annotations

from math import ceil, inf
from typing import TYPE_CHECKING

from simpy.events import Timeout

from sim.snapshot import DAYS_PER_WEEK, FINE_STEP

if TYPE_CHECKING:
    from sim.company.company import Company
    from sim.company.desk import Desk


def begin(company: Company, hours: float) -> None:
    """Let everybody who is there today, and has hours, spend so many of them on the design, after what is still owed to the last one."""
    if hours > 0:
        for desk in company.desks:
            if desk.present and desk.capacity_h > 0:
                owed_h = 0.0 if desk.planning is None or desk.planning.is_over() else desk.planning.left_h
                desk.planning = Planning(desk, owed_h + hours)


class Planning:
    """What one desk still owes to the design."""

    def __init__(self, desk: Desk, hours: float) -> None:
        """``hours`` from now on."""
        self.desk = desk
        self.left_h = hours
        self.h_per_week = 0.0
        self.since_day = desk.company.env.now
        self.end_day = inf

    def is_over(self) -> bool:
        """Whether the hours are spent by now; the desk is then free of it."""
        now = self.desk.company.env.now
        self.desk.company.rows["planning"].extend(self.until(now))
        if now >= self.end_day:
            self.desk.planning = None
            return True
        self.left_h -= self.h_per_week * (now - self.since_day) / DAYS_PER_WEEK
        self.since_day = now
        return False

    def until(self, day: float) -> list[tuple[float, ...]]:
        """The row of :class:`sim.events.PlanningHours` that ends on ``day``; none if no hours were left for it."""
        end_day = min(day, self.end_day)
        return [(self.desk.seat, self.since_day, end_day, self.h_per_week)] if self.h_per_week > 0 and end_day > self.since_day else []

    def take(self, h_per_week: float) -> None:
        """Use so many hours a week from now on. The desk looks at its book again when all are spent."""
        h_per_week = max(h_per_week, 0.0)
        if h_per_week == self.h_per_week:
            return
        self.h_per_week, self.end_day = h_per_week, inf
        if h_per_week > 0:
            env = self.desk.company.env
            days = max(ceil(self.left_h / h_per_week * DAYS_PER_WEEK / FINE_STEP), 1) * FINE_STEP
            self.end_day = env.now + days
            Timeout(env, days).callbacks.append(self._look)

    def _look(self, _: object) -> None:
        if self.desk.planning is self and self.desk.company.env.now >= self.end_day:
            self.desk.fill()
