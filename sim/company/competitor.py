"""What a competitor takes: accounts that nobody has sold to and nobody works.

While an account is no customer and no engagement is under way there, it bears the hazard ``competitor_per_year``, whether it could be
worked or rests, whoever owns it. It is lost when the hazard borne crosses an Exp(1) threshold that the future holds for the account and its
first, second, ... loss, and comes back to the market, with a new threshold, after ``competitor_lock_days``. Nothing has to happen on the
day itself: nobody is there to notice. So it is looked at when somebody wants to work the account, and for all others in the end.
"""

from __future__ import annotations

import numpy as np

from sim.company.company import Company
from sim.company.grid import days_on_grid
from sim.events import TO_COMPETITOR
from sim.futures import Chance
from sim.snapshot import DAYS_PER_YEAR


class Competitor:
    """How long each account can still lie idle, and since when that has not been counted; by true account."""

    def __init__(self, company: Company) -> None:
        """Idle days are counted from day 0, or from when an account appears."""
        self.company = company
        accounts_n, born_day = len(company.real), company.market.truth.born_day
        self.losses = [0] * accounts_n
        self.idle_days = [self._idle_days(0)]
        self.left_days = self.idle_days[0].copy()
        self.counted_day: list[float] = [0.0] * accounts_n if born_day is None else np.maximum(born_day, 0.0).tolist()

    def _idle_days(self, loss: int) -> list[float]:
        """Idle days of every account until its loss number ``loss``, from the one before."""
        hazard = self.company.world.demand.competitor_per_year / DAYS_PER_YEAR
        borne = -np.log(self.company.future.uniform(Chance.COMPETITOR, np.arange(len(self.company.real)), loss))
        days: list[float] = days_on_grid(borne / hazard).tolist()
        return days

    def has(self, account: int) -> bool:
        """Whether the competitor has the account today. To be asked where nothing is under way; losses until today are put down."""
        company = self.company
        real, now = company.real[account], company.env.now
        if company.customer[real]:
            return company.absent.get(real, 0.0) > now  # it has bought a customer since
        idle_since = max(self.counted_day[real], company.last_touch_day[real], company.prospect_since_day[real])
        while idle_since + self.left_days[real] <= now:
            lost_day = idle_since + self.left_days[real]
            idle_since = lost_day + company.world.demand.competitor_lock_days
            company.depart(real, lost_day, idle_since, TO_COMPETITOR)
            self.losses[real] += 1
            if len(self.idle_days) == self.losses[real]:
                self.idle_days.append(self._idle_days(self.losses[real]))
            self.left_days[real] = self.idle_days[self.losses[real]][real]
        self.left_days[real] -= max(now - idle_since, 0.0)
        self.counted_day[real] = max(now, idle_since)
        return idle_since > now

    def settle(self) -> None:
        """Put down what has been lost and nobody has noticed, and all losses in the order of their days."""
        company = self.company
        for account, engagement in enumerate(company.under_way):
            if company.real[account] == account and engagement is None:
                self.has(account)
        company.rows["departures"].sort()
