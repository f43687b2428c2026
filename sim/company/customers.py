"""Who renews and who churns.

Contracts end with a day, so one process looks at all of a day together. It walks the anniversaries in their order: whoever buys or renews
does so again a year later, after all who are in the queue.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from math import ceil, exp
from typing import Any

import numpy as np
from scipy.special import logit

from sim.company.company import Company
from sim.company.routing import route
from sim.events import RETURNED, ROUTED
from sim.futures import Chance
from sim.snapshot import DAYS_PER_YEAR, UNASSIGNED


def begin(company: Company) -> None:
    """Start what happens by itself from day 0 on: the customers of day 0 renew on the next anniversary of the day they have become so."""
    if company.world.customers.churn_chance == 0:
        return
    accounts = np.flatnonzero(np.array(company.customer) & (np.array(company.real) == np.arange(len(company.real))))
    since = company.problem.accounts.customer_since_day[accounts]
    first = np.ceil(since + DAYS_PER_YEAR * np.maximum(np.floor(-since / DAYS_PER_YEAR) + 1, 1))
    for k in np.argsort(first, kind="stable").tolist():
        company.renews_on(int(accounts[k]), float(first[k]))
    company.env.process(_anniversaries(company, _luck(company)))


def _luck(company: Company) -> Callable[[int], float]:
    """A number in (0, 1) for an account's renewal, the next one at each call."""
    most_n = ceil(company.horizon_days / DAYS_PER_YEAR)
    numbers = company.future.uniform(Chance.CHURN, np.arange(len(company.real))[:, None], np.arange(most_n)).reshape(-1).data
    renewal = [0] * len(company.real)

    def number(account: int) -> float:
        renewal[account] += 1
        u: float = numbers[account * most_n + renewal[account] - 1]
        return u

    return number


def _anniversaries(company: Company, luck: Callable[[int], float]) -> Generator[Any, Any, None]:
    env, queue, renewal_day = company.env, company.anniversaries, company.renewal_day
    effect, base_logit = company.world.customers.untouched_effect, float(logit(company.world.customers.churn_chance))
    while True:
        # nobody who buys while the queue is empty renews before a year has passed
        day = queue[0][0] if queue else env.now + DAYS_PER_YEAR
        yield env.timeout(day - env.now)
        while queue and queue[0][0] == day:
            _, account = queue.popleft()
            if renewal_day[account] != day:
                continue
            chance = 1.0 / (1.0 + exp(-base_logit - effect * untouched_share(company, account)))
            churned = luck(account) < chance
            company.happened("renewals", day, account, company.owner[account], company.arr_usd[account], chance, churned)
            if churned:
                churn(company, account)
            else:
                company.renews_on(account, day + DAYS_PER_YEAR)


def untouched_share(company: Company, account: int) -> float:
    """How little of its owner a customer has seen, 0..1: see :class:`sim.behaviour.Customers`."""
    touched_days = company.world.customers.touched_days
    if company.under_way[account] is not None or company.env.now - company.last_touch_day[account] <= touched_days:
        return 0.0
    seat = company.owner[account]
    if seat == UNASSIGNED or company.support_h_of(account) == 0:
        return 1.0
    desk = company.desks[seat]
    return 1.0 - desk.given_h / desk.support_h


def churn(company: Company, account: int) -> None:
    """The customer leaves: a prospect again, which rests as after a loss. What is under way there ends.

    Its owner wins it back some day; one who works customers only gives it to somebody else, as an account that nobody owns.
    """
    company.stops_being_customer(account)
    company.arr_usd[account] = 0.0
    company.rest(account, company.policy.rest_after_loss_days)
    names = company.names(account)
    for row in names:
        if company.owner[row] == UNASSIGNED:
            company.deals.pop(row, None)
        else:
            company.desks[company.owner[row]].drop(row)
    hunted = any(desk.works_prospects for desk in company.desks)
    for row in names:
        seat = company.owner[row]
        if hunted and seat != UNASSIGNED and not company.desks[seat].works_prospects:
            to = route(company, [row])[0]
            company.move([row], [to], RETURNED if to == UNASSIGNED else ROUTED)
        else:
            company.requeue([row])
