"""Accounts that are nobody's: where a company leaves what does not fit into its hours to a pool, books end where the hours do.

Every seat keeps its protected accounts, its open deals and its customers. Then comes what promises the most per hour, as its rep would see
it (the CRM's estimate at the public rates), as long as the hours suffice for it; the rest is nobody's. Hours and value over the horizon are
those of strategies/throughput, after the hours that the customers in the book ask for as support.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.planning import PlanningProblem
from sim.snapshot import UNASSIGNED, BoolArray, IntArray
from strategies.worth.support import asked_h
from strategies.worth.throughput import Beliefs, Outlook


def within_hours(problem: PlanningProblem, owner: IntArray) -> IntArray:
    """The design (accounts,) as it is if every account is to have an owner, else without what exceeds (1 - buffer) of a seat's hours."""
    if problem.leave_none:
        return owner
    return active_books(problem, owner, begun(problem), problem.horizon_days, 1.0 - problem.buffer_share)


def begun(problem: PlanningProblem) -> BoolArray:
    """Which accounts (accounts,) nobody gives up: protected ones, those with an open deal, customers."""
    begun: BoolArray = problem.protected | (problem.open_stage >= 0) | ~np.isnan(problem.accounts.customer_since_day)
    return begun


def active_books(problem: PlanningProblem, owner: IntArray, kept: BoolArray, days: float, hours_share: float) -> IntArray:
    """Owners (accounts,) after every seat left to nobody what asks for more than ``hours_share`` of its hours within so many ``days``.

    What cannot be worked in these days is left too, but nothing that is ``kept`` (accounts,). Value per hour is that of the whole horizon,
    since a deal may take longer.
    """
    accounts = np.flatnonzero(owner != UNASSIGNED)
    seats = owner[accounts]
    outlook = Outlook.of(problem, problem.accounts.potential_usd, np.zeros(len(problem.accounts)), Beliefs())
    value_usd, all_hours = outlook.pairs(accounts, seats)
    now = replace(outlook, problem=replace(problem, horizon_days=days))
    _, hours = now.pairs(accounts, seats)
    stays, fits = kept[accounts], now.workable(accounts, seats) & (hours > 0)

    support_h = asked_h(now.problem, np.where(kept, owner, UNASSIGNED))
    left_h = hours_share * now.capacity_h - support_h - np.bincount(seats[stays], hours[stays], len(problem.seats))
    books = np.where(kept, owner, UNASSIGNED)
    for k in np.argsort(-value_usd / np.maximum(all_hours, 1e-9), kind="stable").tolist():
        if fits[k] and not stays[k] and hours[k] <= left_h[seats[k]]:
            books[accounts[k]] = seats[k]
            left_h[seats[k]] -= hours[k]
    return books
