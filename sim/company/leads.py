"""Accounts that ask for somebody by themselves.

A lead at an account that is being worked, has asked already or is with a competitor is no lead. Any other goes to the head of its owner's
queue, behind open deals only, whether or not the account rests; if the account changes hands it goes along, and waits for no transition. It
is lost when nobody has begun to work the account after ``lead_patience_days`` (0: at once), whatever is to blame: hours, a vacancy, a
missing skill, or that nobody owns it; and when the account is bought by another. Where the engagement that answers it is cut, whoever goes
on finds an open deal like any other.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, cast

import numpy as np
from simpy import Event
from simpy.events import Timeout

from sim.company.company import Company
from sim.company.grid import days_on_grid
from sim.futures import Chance, Future
from sim.market import Truth
from sim.snapshot import DAYS_PER_YEAR, FloatArray, IntArray


def begin(company: Company) -> None:
    """Let them come in, if there are any."""
    per_year = company.world.demand.leads_per_year
    if per_year > 0:
        truth = company.market.truth
        born_day = np.zeros(len(company.real)) if truth.born_day is None else np.maximum(truth.born_day, 0.0)
        days, accounts = lead_days(company.future, leads_per_day(truth, per_year), born_day, company.horizon_days)
        company.env.process(_come_in(company, days, accounts))


def leads_per_day(truth: Truth, per_year: float) -> FloatArray:
    """Rate (accounts,): ``per_year`` at the mean true potential of those who are there on day 0, proportional to an account's own.

    A second row of the same account gets none. An account that grows keeps its rate; that of one that is bought goes on at its buyer.
    """
    own = (
        truth.potential_usd if truth.same_as is None else np.where(truth.same_as == np.arange(len(truth.same_as)), truth.potential_usd, 0.0)
    )
    there = own > 0 if truth.born_day is None else (own > 0) & (truth.born_day <= 0)
    mean = own[there].mean() if there.any() else 1.0
    rate: FloatArray = per_year / DAYS_PER_YEAR * own / mean
    return rate


def lead_days(future: Future, per_day: FloatArray, from_day: FloatArray, until_day: float) -> tuple[FloatArray, IntArray]:
    """Days and accounts of all leads before ``until_day``, in their order: at each account a Poisson process of its own (accounts,)."""
    asking = np.flatnonzero(per_day > 0)
    day, number = from_day[asking], 0
    days, accounts = [np.zeros(0)], [asking[:0]]
    while len(asking):
        day = day - np.log(future.uniform(Chance.LEAD, asking, number)) / per_day[asking]
        coming = day < until_day
        asking, day, number = asking[coming], day[coming], number + 1
        days.append(day)
        accounts.append(asking)
    when, who = days_on_grid(np.concatenate(days)), np.concatenate(accounts)
    order = np.lexsort((who, when))
    return when[order], who[order]


def _come_in(company: Company, days: FloatArray, accounts: IntArray) -> Generator[Any, Any, None]:
    env, patience_days = company.env, company.world.demand.lead_patience_days

    def give_up(event: Event) -> None:
        account, day = cast(tuple[int, float], event.value)
        if company.leads.get(account) == day:
            _lose(company, account)

    for day, asks in zip(days.tolist(), accounts.tolist(), strict=True):
        yield env.timeout(day - env.now)
        account = company.real[asks]
        if not _can_ask(company, account):
            continue
        company.leads[account] = day
        company.requeue([account])
        if company.leads.get(account) != day:
            continue
        if patience_days > 0:
            Timeout(env, patience_days, (account, day)).callbacks.append(give_up)
        else:
            _lose(company, account)


def _can_ask(company: Company, account: int) -> bool:
    if company.under_way[company.real[account]] is not None or account in company.leads:
        return False
    return company.competitor is None or not company.competitor.has(account)


def _lose(company: Company, account: int) -> None:
    company.lead_lost(account)
    company.requeue([account])
