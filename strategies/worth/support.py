"""Support work: customers ask their owners for hours every week, whether or not anything is sold to them.

These hours come first, so a book that asks for more of them than its seat has sells nothing, and its customers get less than they ask for.
Where no account asks for support, all of this says what it would say without.
"""

from __future__ import annotations

import numpy as np

from sim.planning import PlanningProblem
from sim.snapshot import DAYS_PER_WEEK, UNASSIGNED, FloatArray, IntArray
from strategies.shared.candidates import Candidates, seat_share
from strategies.shared.moves import deal, even_out

EVEN_WITHIN_SHARE = 0.05


def work(problem: PlanningProblem, potential_usd: FloatArray) -> FloatArray:
    """What an account (accounts,) weighs in a book: its potential, usd a year; where customers ask for support, hours a week instead.

    w_i = s_i + p_i (C - S)+ / P: its support and, by its potential, its share of the hours that support leaves the team (C: hours of all
    seats, S: support of all accounts, P: all potential). Books that weigh as much as their seats have hours then ask nobody for more
    support than there is, and promise everybody the same potential per hour that is left. Where farmers work customers and hunters
    prospects, each of the two groups has hours of its own.
    """
    support_h = problem.support_h_per_week
    if not support_h.any():
        return potential_usd
    customer = ~np.isnan(problem.accounts.customer_since_day)
    anybody, apart = np.ones(len(problem.seats), dtype=np.bool_), not np.any(problem.works_customers & problem.works_prospects)
    groups = [(customer, problem.works_customers), (~customer, problem.works_prospects)] if apart else [(customer | ~customer, anybody)]
    hours = problem.seats.capacity_h_per_week * (seat_share(problem, by_capacity=True) > 0)
    weight = support_h.copy()
    for accounts, seats in groups:
        left_h = max(float(hours[seats].sum() - support_h[accounts].sum()), 0.0)
        weight[accounts] += left_h * potential_usd[accounts] / max(float(potential_usd[accounts].sum()), 1e-9)
    return weight


def supported_by(problem: PlanningProblem, who: Candidates, owner: IntArray) -> IntArray:
    """Owners (accounts,) after few moves by which every seat is asked for the same support per hour, or nearly.

    Customers without an owner are dealt out, those who ask for the most first. Accounts that ask for nothing stay where they are.
    """
    support_h = problem.support_h_per_week
    if not support_h.any():
        return owner
    share = seat_share(problem, by_capacity=True) * problem.works_customers
    share = share / share.sum() if share.any() else share
    homeless = who.open(owner)
    homeless = homeless[support_h[homeless] > 0]
    owner = deal(homeless[np.argsort(-support_h[homeless], kind="stable")], owner, support_h, share, who)
    fair_h = share * support_h[owner != UNASSIGNED].sum()
    return even_out(owner, support_h, share, (0.0 * fair_h, (1 + EVEN_WITHIN_SHARE) * fair_h), who, problem.engaged_days)


def asked_h(problem: PlanningProblem, owner: IntArray) -> FloatArray:
    """Hours (seats,) of support over the horizon that the books of a design (accounts,) ask for."""
    owned = owner != UNASSIGNED
    hours_per_week = np.bincount(owner[owned], problem.support_h_per_week[owned], len(problem.seats)).astype(np.float64)
    return hours_per_week * problem.horizon_days / DAYS_PER_WEEK


def support_h_away(problem: PlanningProblem, accounts: IntArray, seats: IntArray, home: IntArray) -> FloatArray:
    """Hours of support over the horizon that a seat takes on with an account that is not at home there (index arrays, broadcast)."""
    hours_per_week = np.where(home[accounts] == seats, 0.0, problem.support_h_per_week[accounts])
    hours: FloatArray = hours_per_week * problem.horizon_days / DAYS_PER_WEEK
    return hours
