"""Deals without gaps, and what follows from them: bookings, relationships, history and open deals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.crm.rows import DEAL_STAGES, WON
from sim.snapshot import STAGES, UNASSIGNED, BoolArray, FloatArray, History, IntArray, OpenDeals

_WON = DEAL_STAGES.index(WON)
_CLOSED = len(STAGES)  # stages from here on are won and lost
STALE_STAGE_MEANS = 3.0


@dataclass(frozen=True, eq=False)
class Deals:
    """Arrays have shape (deals,). ``amount_usd`` of an open deal may still be NaN: it follows the account's potential."""

    account: IntArray
    seat: IntArray
    stage: IntArray  # a position in DEAL_STAGES
    created_day: FloatArray
    closed_day: FloatArray  # 0 where open
    amount_usd: FloatArray
    cycle_days: FloatArray  # the mean of the account's segment

    @property
    def open(self) -> BoolArray:
        """Which deals are open on day 0."""
        is_open: BoolArray = self.stage < _CLOSED
        return is_open

    @property
    def won(self) -> BoolArray:
        """Which deals are won."""
        is_won: BoolArray = self.stage == _WON
        return is_won

    def select(self, keep: BoolArray | IntArray) -> Deals:
        """These deals only."""
        return Deals(*(getattr(self, name)[keep] for name in self.__dataclass_fields__))

    def bookings_usd(self, accounts_n: int, days: float) -> FloatArray:
        """Won amounts (accounts,) of the last so many days."""
        recent = self.won & (self.closed_day > -days)
        return np.bincount(self.account[recent], self.amount_usd[recent], accounts_n).astype(np.float64)

    def first_won_day(self, accounts_n: int) -> FloatArray:
        """Day of the first win (accounts,), NaN where there is none."""
        first = np.full(accounts_n, np.inf)
        np.minimum.at(first, self.account[self.won], self.closed_day[self.won])
        return np.where(np.isfinite(first), first, np.nan)

    def last_day(self, accounts_n: int) -> FloatArray:
        """Day of the last deal (accounts,): when it was closed, or created if it is open; NaN where there is none."""
        last = np.full(accounts_n, -np.inf)
        np.maximum.at(last, self.account, np.where(self.open, self.created_day, self.closed_day))
        return np.where(np.isfinite(last), last, np.nan)

    def engaged_days(self, owner: IntArray) -> FloatArray:
        """How long each account (accounts,) was worked by its owner: the sum of their deals' durations, where a deal that was closed on the
        day of its creation (an order) counts its segment's mean cycle; at most the time since the first of them began.
        """
        mine = self.select((self.seat == owner[self.account]) & (self.seat != UNASSIGNED))
        days = mine.closed_day - mine.created_day
        days = np.where(days > 0, days, mine.cycle_days)
        first = np.zeros(len(owner))
        np.minimum.at(first, mine.account, mine.closed_day - days)
        return np.minimum(np.bincount(mine.account, days, len(owner)), -first)

    def history(self, customer_since_day: FloatArray) -> History:
        """The closed deals, in the order in which they were closed."""
        closed = self.select(~self.open)
        closed = closed.select(np.argsort(closed.closed_day, kind="stable"))
        return History(
            account=closed.account,
            seat=closed.seat,
            created_day=closed.created_day,
            closed_day=closed.closed_day,
            won=closed.won,
            expansion=customer_since_day[closed.account] < closed.created_day,
            amount_usd=np.where(closed.won, closed.amount_usd, 0.0),
        )

    def open_deals(self, customer: BoolArray, potential_usd: FloatArray, expansion_share: float, stage_days: FloatArray) -> OpenDeals:
        """The deals of day 0. ``stage_days`` (accounts, 3) are means: the time since a deal's creation is spread over the stages that it
        has reached in proportion to them, and no stage is older than three times its mean.
        """
        deals = self.select(self.open)
        means = stage_days[deals.account]
        reached = np.take_along_axis(np.cumsum(means, axis=1), deals.stage[:, None], axis=1)[:, 0]
        own = np.take_along_axis(means, deals.stage[:, None], axis=1)[:, 0]
        expansion = customer[deals.account]
        worth = potential_usd[deals.account] * np.where(expansion, expansion_share, 1.0)
        return OpenDeals(
            account=deals.account,
            seat=deals.seat,
            stage=deals.stage,
            created_day=deals.created_day,
            stage_age_days=np.minimum(-deals.created_day * own / reached, STALE_STAGE_MEANS * own),
            amount_usd=np.where(np.isnan(deals.amount_usd), worth, deals.amount_usd),
            expansion=expansion,
        )
