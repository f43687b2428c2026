"""A market, an owner for each account and a future in; the record of what happens out."""

from __future__ import annotations

import gc
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from sim.chances import moved
from sim.company import customers, demand, governance, people, planning_days, transition
from sim.company.company import Company
from sim.company.crm_view import crm_view
from sim.company.desk import Desk
from sim.company.governance import Replan
from sim.company.logbook import record_of
from sim.events import REDESIGN
from sim.futures import Future
from sim.market import Market, protected
from sim.policy import Policy
from sim.record import Record
from sim.snapshot import UNASSIGNED, IntArray
from sim.world import World


def simulate(
    market: Market,
    owner: IntArray,
    future: Future,
    world: World,
    policy: Policy,
    horizon_days: float,
    replan: Replan | None = None,
    planning_h: float = 0.0,
) -> Record:
    """Let every seat work the accounts that ``owner`` (accounts,) gives it, from day 0 to ``horizon_days``.

    What the design gives to a seat whose person starts later moves on that day; until then it stays where it is. ``replan`` is asked at
    the reviews that ``policy`` provides for; without it nothing is rebalanced. ``planning_h`` are the hours that everybody who is there on
    day 0 has first to spend on making the design (:mod:`sim.company.planning_days`); what an answer at a review takes, it says itself.
    """
    with _collector_paused():
        return _simulate(market, owner, future, world, policy, horizon_days, replan, planning_h)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Nearly all that a future makes is dropped at its end together; to look for cycles meanwhile takes a tenth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _simulate(
    market: Market,
    owner: IntArray,
    future: Future,
    world: World,
    policy: Policy,
    horizon_days: float,
    replan: Replan | None,
    planning_h: float,
) -> Record:
    company = Company(market, future, world, policy, horizon_days)
    problem, start_day = company.problem, market.snapshot.seats.start_day
    later = (owner != UNASSIGNED) & (start_day[np.maximum(owner, 0)] > 0) & (owner != problem.owner)
    at_once = np.where(later, problem.owner, owner)
    changed = np.flatnonzero(at_once != problem.owner)
    transfers = company.reassign(changed.tolist(), at_once[changed].tolist(), REDESIGN)
    company.appraise(np.flatnonzero(at_once != UNASSIGNED).tolist())
    for desk in company.desks:
        if desk.start_day <= 0:
            desk.arrive()
        else:
            desk.leave()
            company.env.process(_first_day(company, desk, np.flatnonzero(later & (owner == desk.seat)).tolist()))
    transition.begin(company, transfers)
    planning_days.begin(company, planning_h)
    people.begin(company)
    customers.begin(company)
    demand.begin(company)
    governance.begin(company, replan)
    company.env.run(until=horizon_days)
    demand.end(company)
    gap_until_day = np.where(moved(problem, at_once), policy.transition_gap_days, -np.inf)
    return record_of(company, owner, np.maximum(problem.rest_until_day, gap_until_day), horizon_days)


def _first_day(company: Company, desk: Desk, accounts: list[int]) -> Generator[Any, Any, None]:
    """Somebody starts in a seat that was vacant on day 0, and is given what the design has planned, if it is still where it was, and there,
    and if policy does not protect it by now.
    """
    yield company.env.timeout(desk.start_day)
    desk.succeed()
    if accounts:
        view, there = crm_view(company)
        may_move = set(there[~protected(view, company.policy)].tolist())
        given = [a for a in accounts if a in may_move and company.owner[a] == company.problem.owner[a]]
        company.move(given, [desk.seat] * len(given), REDESIGN)
