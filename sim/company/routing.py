"""Who gets an account that nobody owns: a new one, or one that has come back to the pool."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.company.company import Company
from sim.snapshot import UNASSIGNED, BoolArray, FloatArray, IntArray

ACCOUNTS_AT_ONCE = 1024


def route(company: Company, accounts: Sequence[int]) -> list[int]:
    """A seat for each of the accounts by ``policy.routing``, or -1. Of the seats that may work it, and in which somebody sits,

    - ``least_potential``: the one with the least potential in its book per capacity hour (of the CRM's estimates), what is dealt out here
      counted as it is dealt out, in the order of ``accounts``;
    - ``nearest``: the one with the nearest home; of equally near ones, and where no place is known, the one with the least potential;
    - ``pool``: none.
    """
    if company.policy.routing == "pool":
        return [UNASSIGNED] * len(accounts)
    problem, capacity_h = company.problem, np.array([desk.capacity_h for desk in company.desks])
    book_usd = np.array([desk.potential_usd for desk in company.desks])
    seats, there = np.arange(len(capacity_h)), np.array([desk.present for desk in company.desks])
    routed = []
    for first in range(0, len(accounts), ACCOUNTS_AT_ONCE):
        at = np.array(accounts[first : first + ACCOUNTS_AT_ONCE])
        may = may_work(company, at) & there
        km = problem.distance_km(at[:, None], seats) if company.policy.routing == "nearest" else np.zeros(may.shape)
        for row, account in enumerate(at.tolist()):
            seat = _best(may[row], km[row], book_usd, capacity_h)
            routed.append(seat)
            if seat != UNASSIGNED:
                book_usd[seat] += company.potential_usd[account]
    return routed


def may_work(company: Company, accounts: IntArray) -> BoolArray:
    """Whether each seat may work each account (accounts, seats): it has the role, the skills, and the hours for its workload."""
    problem, desks = company.problem, company.desks
    at, seats = accounts[:, None], np.arange(len(desks))
    customer = np.array([company.customer[company.real[a]] for a in accounts.tolist()], dtype=np.bool_)[:, None]
    works = np.where(customer, [desk.works_customers for desk in desks], [desk.works_prospects for desk in desks])
    fits = problem.workload_h_per_week(at, seats) <= [desk.capacity_h for desk in desks]
    may: BoolArray = works & fits & problem.has_skills(at, seats)
    return may


def _best(may: BoolArray, km: FloatArray, book_usd: FloatArray, capacity_h: FloatArray) -> int:
    seats = np.flatnonzero(may)
    if not len(seats):
        return UNASSIGNED
    nearest = seats[km[seats] == km[seats].min()]
    return int(nearest[np.argmin(book_usd[nearest] / capacity_h[nearest])])
