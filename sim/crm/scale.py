"""Amounts such that the simulated status quo books in four quarters what the last four quarters did."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sim.crm.deals import Deals
from sim.futures import draw_future
from sim.market import Market
from sim.policy import Policy
from sim.simulate import simulate
from sim.snapshot import DAYS_PER_QUARTER, DAYS_PER_YEAR, IntArray
from sim.streams import Stream
from sim.world import World

CALIBRATION_FUTURES_N = 10
RATIO_LOW, RATIO_HIGH = 0.5, 2.0


@dataclass(frozen=True)
class PastYear:
    """Bookings of the last four quarters in usd; ``days`` is how much of them the deals cover."""

    bookings_usd: float
    days: float

    @property
    def usd_a_year(self) -> float:
        """Bookings of a full year at the same pace."""
        return self.bookings_usd * DAYS_PER_YEAR / self.days


def past_year(deals: Deals, accounts_n: int) -> PastYear | None:
    """What the last four quarters booked; None if the deals cover less than a quarter or nothing was won."""
    closed = deals.closed_day[~deals.open]
    if not len(closed):
        return None
    days = min(float(-deals.created_day[~deals.open].min()), float(DAYS_PER_YEAR))
    booked = float(deals.bookings_usd(accounts_n, DAYS_PER_YEAR).sum())
    return PastYear(booked, days) if days >= DAYS_PER_QUARTER and booked > 0 else None


def simulated_year_usd(market: Market, owner: IntArray, seed: int, world: World, policy: Policy) -> float:
    """Mean bookings (usd) of four quarters under these owners (accounts,), over ten futures of a stream of their own."""
    total = 0.0
    for index in range(CALIBRATION_FUTURES_N):
        future = draw_future(seed, market.draw, index, Stream.CALIBRATION)
        total += float(simulate(market, owner, future, world, policy, DAYS_PER_YEAR).amount_usd.sum())
    return total / CALIBRATION_FUTURES_N


def scaled(market: Market, ratio: float) -> Market:
    """The market with every amount multiplied by ``ratio``: simulated bookings are proportional to it."""
    return replace(market, truth=replace(market.truth, amount_scale=market.truth.amount_scale * ratio))
