"""Accounts that grow into the next segment, in the order of the vocabulary.

When one will grow is decided by the hazard ``growth_per_year``, keyed by account and step. It shows at the next quarter end: then its
potential, the true one and the CRM's, is multiplied by the ratio of the two segments' median CRM potentials on day 0, at least 1, and from
then on it is worked like an account of that segment. What is under way there goes on as it was begun.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from sim.company.company import Company
from sim.futures import Chance
from sim.snapshot import DAYS_PER_QUARTER, DAYS_PER_YEAR, FloatArray


def begin(company: Company) -> None:
    """Let them grow, if they do."""
    if company.world.demand.growth_per_year > 0:
        company.env.process(_quarters(company, growth_days(company), potential_ratios(company)))


def growth_days(company: Company) -> FloatArray:
    """Day (accounts, steps) on which an account takes its first, second, ... step, from day 0 or from when it appears."""
    steps_n = len(company.problem.vocabulary.segments) - 1
    hazard = company.world.demand.growth_per_year / DAYS_PER_YEAR
    waits = -np.log(company.future.uniform(Chance.GROWTH, np.arange(len(company.real))[:, None], np.arange(steps_n))) / hazard
    born_day = company.market.truth.born_day
    days: FloatArray = np.cumsum(waits, axis=1) + (0.0 if born_day is None else np.maximum(born_day, 0.0)[:, None])
    return days


def potential_ratios(company: Company) -> list[float]:
    """Median potential of the next segment over that of each one (segments - 1,), at least 1; 1 where one of them has no accounts."""
    accounts, born_day = company.problem.accounts, company.market.truth.born_day
    there = np.ones(len(accounts), dtype=np.bool_) if born_day is None else born_day <= 0
    by_segment = [accounts.potential_usd[there & (accounts.segment == s)] for s in range(len(company.problem.vocabulary.segments))]
    median = [float(np.median(usd)) if len(usd) else 0.0 for usd in by_segment]
    return [max(large / small, 1.0) if small > 0 else 1.0 for small, large in pairwise(median)]


def grow(company: Company, accounts: Sequence[int], ratio: Sequence[float]) -> None:
    """Each of the accounts grows by one segment, if there is a larger one and it has not been bought by another account."""
    changed = []
    for account in accounts:
        segment = company.segment[account] + 1
        if segment > len(ratio) or company.real[account] != account:
            continue
        for row in company.names(account):
            company.add_support(row, -company.support_h_of(row))
            company.segment[row] = segment
            company.add_support(row, company.support_h_of(row))
            company.mean_amount_usd[row] *= ratio[segment - 1]
            company.revalue(row, company.potential_usd[row] * ratio[segment - 1])
            changed.append(row)
        company.luck.grow(account, company.problem.rates.stage_days[segment])
    company.look_again(changed)


def _quarters(company: Company, days: FloatArray, ratio: list[float]) -> Generator[Any, Any, None]:
    while True:
        yield company.env.timeout(DAYS_PER_QUARTER)
        now = company.env.now
        grow(company, np.nonzero((days > now - DAYS_PER_QUARTER) & (days <= now))[0].tolist(), ratio)
