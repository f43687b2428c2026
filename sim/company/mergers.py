"""Accounts that are bought by other accounts.

When, and by whom, is decided by the hazard ``mergers_per_year`` and a draw among all accounts that are there, both keyed by the account
that is bought. It takes place at the next quarter end: what is under way at the bought account ends, nobody owns it any more, and its
potential, its ARR and its future leads are the buyer's. ``policy.merger_keeps`` says whose owner has the two from now on: that of the one
with the larger potential in the CRM, or with more engaged days; a seat that may not work the account leaves it to the other. Whoever has
owned one of them knows both.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from math import inf
from typing import Any

import numpy as np

from sim.company import transition
from sim.company.company import Company
from sim.company.routing import may_work
from sim.company.transition import Transfer
from sim.events import MERGED, MERGED_AWAY
from sim.futures import Chance
from sim.snapshot import DAYS_PER_QUARTER, DAYS_PER_YEAR, UNASSIGNED, FloatArray

_DAY, _BUYER = 0, 1


def begin(company: Company) -> None:
    """Let them merge, if they do."""
    if company.world.demand.mergers_per_year > 0:
        company.env.process(_quarters(company, merger_days(company), first_buyers(company)))


def merger_days(company: Company) -> FloatArray:
    """Day (accounts,) on which an account is bought, counted from day 0 or from when it appears."""
    hazard = company.world.demand.mergers_per_year / DAYS_PER_YEAR
    born_day = company.market.truth.born_day
    wait: FloatArray = -np.log(company.future.uniform(Chance.MERGER, np.arange(len(company.real)), _DAY)) / hazard
    return wait if born_day is None else np.maximum(born_day, 0.0) + wait


def first_buyers(company: Company) -> list[int]:
    """By account, who will buy it."""
    accounts_n = len(company.real)
    buyers: list[int] = (company.future.uniform(Chance.MERGER, np.arange(accounts_n), _BUYER) * accounts_n).astype(np.int64).tolist()
    return buyers


def merge(company: Company, pairs: Sequence[tuple[int, int]]) -> None:
    """Of each pair of true accounts, one pair after the other, the first becomes part of the second."""
    seats = {company.owner[account] for pair in pairs for account in pair}
    transfers = [transfer for bought, buyer in pairs for transfer in _merge(company, bought, buyer)]
    last = {t.account: t for t in transfers}.values()  # a buyer may buy twice, or be bought itself
    transition.begin(company, [t for t in last if company.owner[t.account] == t.new])
    company.look_again([buyer for _, buyer in pairs])
    for seat in sorted(seats - {UNASSIGNED}):
        company.desks[seat].fill()


def _merge(company: Company, bought: int, buyer: int) -> list[Transfer]:
    by = company.potential_usd if company.policy.merger_keeps == "larger" else company.engaged_days
    buyers_first = by[buyer] >= by[bought]
    customer, rows = company.customer[bought], company.names(bought)
    for account in (bought, buyer):  # what either has lost until now it has lost
        if company.competitor is not None and company.under_way[account] is None:
            company.competitor.has(account)
    if customer:
        company.stops_being_customer(bought)
    company.depart(bought, company.env.now, inf, MERGED_AWAY)
    owners = [(company.owner[account], company.engaged_days[account]) for account in (buyer, bought)]
    company.reassign(rows, [UNASSIGNED] * len(rows), MERGED)
    for row, real in enumerate(company.real):
        if real == bought:
            company.real[row] = buyer
    company.arr_usd[buyer] += company.arr_usd[bought]
    company.mean_amount_usd[buyer] += company.mean_amount_usd[bought]
    company.revalue(buyer, company.potential_usd[buyer] + company.potential_usd[bought])
    if customer and not company.customer[buyer]:
        company.becomes_customer(buyer)
    may = may_work(company, np.array([buyer]))[0]
    wanted = [seat for seat, _ in (owners if buyers_first else owners[::-1]) if seat != UNASSIGNED and may[seat]]
    transfers = company.reassign([buyer], [*wanted, company.owner[buyer]][:1], MERGED)
    company.engaged_days[buyer] = max((days for seat, days in owners if seat == company.owner[buyer]), default=0.0)
    return transfers


def _quarters(company: Company, days: FloatArray, buyers: Sequence[int]) -> Generator[Any, Any, None]:
    while True:
        yield company.env.timeout(DAYS_PER_QUARTER)
        now = company.env.now
        due = np.flatnonzero((days > now - DAYS_PER_QUARTER) & (days <= now))
        merge(company, list(_pairs(company, due[np.argsort(days[due], kind="stable")].tolist(), buyers)))


def _pairs(company: Company, bought: Sequence[int], buyers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Each true account with its buyer: the one that was drawn, or the next one that is another and still there."""
    born_day, gone, accounts_n = company.market.truth.born_day, set(), len(company.real)
    for account in bought:
        if company.real[account] != account:  # a second row of an account, or one that has been bought before
            continue
        for step in range(accounts_n):
            buyer = (buyers[account] + step) % accounts_n
            there = company.real[buyer] == buyer and (born_day is None or born_day[buyer] <= company.env.now)
            if there and buyer != account and buyer not in gone:
                gone.add(account)
                yield account, buyer
                break
