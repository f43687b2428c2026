"""Accounts that appear after day 0: which ones, and when, is decided by the future. Whoever plans on day 0 does not know them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.company.grid import days_on_grid
from sim.futures import Chance, Future
from sim.market import Market, Truth
from sim.snapshot import DAYS_PER_YEAR, UNASSIGNED, FloatArray, IntArray, Snapshot
from sim.subset import rows_of
from sim.world import World

_WAIT, _KIND = 0, 1


def with_newcomers(market: Market, future: Future, world: World, horizon_days: float) -> Market:
    """The market with the accounts that appear before the horizon behind all others, each with its ``truth.born_day``.

    Poisson, with ``new_accounts_per_year_share`` of the true accounts of day 0 a year. Each is in kind, place and truth a copy of one of
    them: a prospect without history that nobody owns. Without any the market is the one that came.
    """
    truth, n = market.truth, len(market.snapshot.accounts)
    alike = np.arange(n) if truth.same_as is None else np.flatnonzero(truth.same_as == np.arange(n))
    days = _days(future, world.demand.new_accounts_per_year_share * len(alike) / DAYS_PER_YEAR, horizon_days)
    if not len(days):
        return market
    kinds = alike[(future.uniform(Chance.ARRIVAL, np.arange(len(days)), _KIND) * len(alike)).astype(np.int64)]
    return replace(market, snapshot=_snapshot(market, kinds), truth=_truth(truth, kinds, days))


def _days(future: Future, per_day: float, horizon_days: float) -> FloatArray:
    """Days of a Poisson process up to the horizon."""
    days = np.zeros(0)
    while per_day > 0:
        numbers_n = 2 * len(days) + int(per_day * horizon_days) + 10
        days = days_on_grid(np.cumsum(-np.log(future.uniform(Chance.ARRIVAL, np.arange(numbers_n), _WAIT)) / per_day))
        if days[-1] >= horizon_days:
            break
    return days[days < horizon_days]


def _snapshot(market: Market, kinds: IntArray) -> Snapshot:
    before = market.snapshot
    n, new_n = len(before.accounts), len(kinds)
    rows = np.append(np.arange(n), kinds)
    accounts = before.accounts
    nobody, nothing, never = np.full(new_n, UNASSIGNED), np.zeros(new_n), np.full(new_n, np.nan)
    columns = {
        "id": accounts.id + tuple(f"new-{k + 1}" for k in range(new_n)),
        "name": accounts.name + tuple(f"New account {k + 1}" for k in range(new_n)),
        "customer_since_day": np.append(accounts.customer_since_day, never),
        "arr_usd": np.append(accounts.arr_usd, nothing),
        "parent": np.append(accounts.parent, np.full(new_n, -1)),
    }
    return replace(
        before,
        accounts=rows_of(accounts, rows, columns),
        owner=np.append(before.owner, nobody),
        last_touch_day=np.append(before.last_touch_day, never),
        engaged_days=np.append(before.engaged_days, nothing),
    )


def _truth(before: Truth, kinds: IntArray, days: FloatArray) -> Truth:
    n = len(before.potential_usd)
    position = n + np.arange(len(kinds))
    return replace(
        before,
        potential_usd=np.append(before.potential_usd, before.potential_usd[kinds]),
        fit=np.append(before.fit, before.fit[kinds]),
        same_as=None if before.same_as is None else np.append(before.same_as, position),
        worked_by=None if before.worked_by is None else np.append(before.worked_by, np.full(len(kinds), UNASSIGNED)),
        born_day=np.append(np.zeros(n), days),
    )
