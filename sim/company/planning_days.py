"""Hours that the people spend on making the design, as in a draft: from day 0 on, until they are spent, nobody starts anything new.

Open deals go on, and hand-overs and support take place; planning takes all hours that these leave. Leads wait, or are lost. It ends with
the person: whoever comes later has not taken part.
"""

from __future__ import annotations

from math import ceil, inf
from typing import TYPE_CHECKING

from simpy.events import Timeout

from sim.company.grid import DAYS_PER_STEP
from sim.snapshot import DAYS_PER_WEEK

if TYPE_CHECKING:
    from sim.company.company import Company
    from sim.company.desk import Desk


def begin(company: Company, hours: float) -> None:
    """Let everybody who is there on day 0, and has hours, spend so many of them on the design."""
    if hours > 0:
        for desk in company.desks:
            if desk.present and desk.capacity_h > 0:
                desk.planning = Planning(desk, hours)


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
        if now >= self.end_day:
            self.desk.planning = None
            return True
        self.left_h -= self.h_per_week * (now - self.since_day) / DAYS_PER_WEEK
        self.since_day = now
        return False

    def take(self, h_per_week: float) -> None:
        """Use so many hours a week from now on. The desk looks at its book again when all are spent."""
        h_per_week = max(h_per_week, 0.0)
        if h_per_week == self.h_per_week:
            return
        self.h_per_week, self.end_day = h_per_week, inf
        if h_per_week > 0:
            env = self.desk.company.env
            days = max(ceil(self.left_h / h_per_week * DAYS_PER_WEEK / DAYS_PER_STEP), 1) * DAYS_PER_STEP
            self.end_day = env.now + days
            Timeout(env, days).callbacks.append(self._look)

    def _look(self, _: object) -> None:
        if self.desk.planning is self and self.desk.company.env.now >= self.end_day:
            self.desk.fill()
