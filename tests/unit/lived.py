"""A past whose truth is known: accounts tried by luck over a year, as the CRM shows them on the last day of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.special import expit, logit

from sim.planning import PlanningProblem
from sim.snapshot import BoolArray, FloatArray, History
from strategies.worth.score_sample import history_rows
from tests.worlds import drawn_problem

ACCOUNTS_N = 3000


def lived_problem(shift: FloatArray | None = None, seed: int = 0, chosen: BoolArray | None = None, attempts_n: int = 1) -> PlanningProblem:
    """3,000 accounts, those ``chosen`` tried by luck with a ``shift`` of their log-odds, over a year; what has not ended is not known.

    The CRM knows employees and fit at random; the estimates are right but for noise of log-sd 0.6.
    """
    rng = np.random.default_rng(seed)
    problem = drawn_problem(ACCOUNTS_N, 10, seed, owned=True)
    truth, segment = problem.accounts.potential_usd, problem.accounts.segment
    accounts = replace(
        problem.accounts,
        employees=np.array([60.0, 400.0, 4000.0])[segment] * rng.lognormal(0.0, 0.7, ACCOUNTS_N),
        fit=rng.beta(2.0, 2.0, ACCOUNTS_N),
        potential_usd=truth * rng.lognormal(0.0, 0.6, ACCOUNTS_N),
    )
    account = np.repeat(np.arange(ACCOUNTS_N) if chosen is None else np.flatnonzero(chosen), attempts_n)
    odds = logit(problem.rates.pass_chance)[segment[account]]
    passed = rng.random((len(account), 3)) < expit(odds if shift is None else odds + shift[account][:, None])
    days = problem.rates.stage_days[segment[account]] * rng.lognormal(-0.125, 0.5, (len(account), 3))
    won = passed.all(axis=1)
    stages_n = np.where(won, 3, 1 + np.argmin(passed, axis=1))
    created = rng.uniform(-364.0, 0.0, len(account))
    closed = created + np.where(np.arange(3) < stages_n[:, None], days, 0.0).sum(axis=1)
    history = History(
        account=account,
        seat=problem.owner[account],
        created_day=created,
        closed_day=np.minimum(closed, 0.0),
        won=won,
        expansion=np.zeros(len(account), dtype=np.bool_),
        amount_usd=np.where(won, truth[account] * rng.lognormal(-0.08, 0.4, len(account)), 0.0),
    )
    customer_since = np.full(ACCOUNTS_N, np.nan)
    return replace(
        problem,
        accounts=replace(accounts, customer_since_day=customer_since),
        history=history_rows(history, closed <= 0.0),
    )


def larger(problem: PlanningProblem) -> FloatArray:
    """Log of the estimate against the median of the segment."""
    potential, segment = problem.accounts.potential_usd, problem.accounts.segment
    size: FloatArray = np.log(potential / np.array([np.median(potential[segment == s]) for s in range(3)])[segment])
    return size
