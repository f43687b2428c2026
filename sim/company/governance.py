"""What the company does about its design after roll-out, on the last day of every quarter: idle accounts change hands, balance is reviewed.

Idle accounts are those that nobody has worked for ``policy.idle_days``, since they came to their owner: they return to the pool and are
routed anew at once, so a book does not hoard what it has no hours for.

A review looks at the balance of the books. From ``policy.review_trigger_cv`` on (so always, if that is 0: even a seat that is alone and
cannot be uneven) the strategy is asked again, with what the CRM shows now and the days that are left; where its answer differs, accounts
move, under the same protection and at the same cost as in any redesign, the hours of those who make it included. Nothing is given to a seat
in which nobody sits: the next review will see who has come.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from itertools import count
from typing import Any

import numpy as np

from sim.company import planning_days
from sim.company.company import Company
from sim.company.crm_view import crm_view, there_now
from sim.company.routing import route
from sim.equity import cv
from sim.events import ANSWERED, BALANCED, NO_ANSWER, NOT_ASKED, REBALANCED, RETURNED, ROUTED
from sim.market import planning_problem
from sim.planning import Assignment, PlanningProblem, Unsupported
from sim.snapshot import DAYS_PER_QUARTER, UNASSIGNED, IntArray

Replan = Callable[[PlanningProblem, int], Assignment]  # the strategy's answer to a problem at review number 1, 2, ...

_QUARTERS = {"quarterly": 1, "semiannual": 2}


def begin(company: Company, replan: Replan | None) -> None:
    """Start what happens by itself from day 0 on."""
    if company.policy.review != "never" or company.policy.idle_days > 0:
        company.env.process(_quarters(company, replan))


def _quarters(company: Company, replan: Replan | None) -> Generator[Any, Any, None]:
    policy = company.policy
    for quarter in count(1):
        yield company.env.timeout(DAYS_PER_QUARTER)
        if policy.idle_days > 0:
            deal_out_again(company, idle_accounts(company))
        if policy.review != "never" and quarter % _QUARTERS[policy.review] == 0:
            review(company, replan, quarter // _QUARTERS[policy.review])


def review(company: Company, replan: Replan | None, number: int) -> None:
    """Measure the balance, and ask the strategy if it is out of bounds. What came of it is a row of :class:`sim.events.Reviews`."""
    spread = imbalance(company)
    moved_n = 0
    if spread < company.policy.review_trigger_cv:
        answer = BALANCED
    elif replan is None:
        answer = NOT_ASKED
    else:
        view, accounts = crm_view(company)
        problem = planning_problem(view, company.world, company.policy, company.horizon_days - company.env.now)
        try:
            design, answer = replan(problem, number), ANSWERED
        except Unsupported:
            design, answer = Assignment(problem.owner), NO_ANSWER
        planning_days.begin(company, design.planning_h_per_seat)  # before what has moved is begun
        moved_n = _rebalance(company, problem, accounts, design.owner)
        for desk in company.desks:
            if desk.planning is not None:
                desk.fill()
    company.happened("reviews", company.env.now, spread, moved_n, answer)


def imbalance(company: Company) -> float:
    """Coefficient of variation over the seats of the potential in their books per capacity hour, by the CRM's estimates of today."""
    there = there_now(company)
    potential_usd, owner = np.array(company.potential_usd)[there], np.array(company.owner)[there]
    book_usd = np.bincount(owner + 1, potential_usd, len(company.desks) + 1)[1:]
    hours = np.array([desk.capacity_h for desk in company.desks])
    return cv(book_usd[hours > 0] / hours[hours > 0])


def _rebalance(company: Company, problem: PlanningProblem, accounts: IntArray, owner: IntArray) -> int:
    """Move what differs from today's owners, except what is protected or would go to an empty seat; how many accounts that are."""
    if owner.shape != problem.owner.shape:
        raise ValueError(f"a rebalance gives {len(owner)} owners for {len(problem.owner)} accounts")
    empty = np.array([not desk.present for desk in company.desks] + [False])  # the last one is nobody's seat
    moved = np.flatnonzero((owner != problem.owner) & ~problem.protected & ~empty[owner])
    company.move(accounts[moved].tolist(), owner[moved].tolist(), REBALANCED)
    return len(moved)


def idle_accounts(company: Company) -> list[int]:
    """Accounts of somebody's book that have not been worked for ``policy.idle_days`` though they could have been.

    Those that rest, have an open deal or have asked for somebody are not idle; nor are relationships, where policy protects them.
    """
    now, policy = company.env.now, company.policy
    real, owner = np.array(company.real), np.array(company.owner)
    since_day = np.array(company.last_touch_day)[real]
    moves = company.rows["moves"]
    if moves:
        day, account = np.array(moves)[:, :2].T
        np.maximum.at(since_day, account.astype(np.int64), day)
    idle = (owner != UNASSIGNED) & (now - since_day >= policy.idle_days) & (np.array(company.available_day)[real] <= now)
    if policy.protect == "relationships":
        idle &= np.array(company.engaged_days) == 0
    there = np.intersect1d(np.flatnonzero(idle), there_now(company)).tolist()
    return [a for a in there if company.under_way[company.real[a]] is None and a not in company.deals and a not in company.leads]


def deal_out_again(company: Company, accounts: list[int]) -> None:
    """The accounts return to the pool, and are given to whom ``policy.routing`` says, all in one go."""
    company.move(accounts, [UNASSIGNED] * len(accounts), RETURNED)
    company.move(accounts, route(company, accounts), ROUTED)
