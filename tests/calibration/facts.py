"""What the default market shows under its incumbent design, draw by draw: the facts it is calibrated on (DESIGN: docs/design.md)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from experiments.running.configuration import load
from sim.chances import expected_days_worked
from sim.futures import draw_future
from sim.market import Market, planning_problem
from sim.planning import PlanningProblem
from sim.record import Record
from sim.simulate import simulate
from sim.snapshot import DAYS_PER_YEAR, ENGAGED_WINDOW_DAYS, IntArray

HORIZON_DAYS = 728.0
QUARTER_ENDS = np.arange(91.0, HORIZON_DAYS + 1, 91.0)


@dataclass(frozen=True)
class Facts:
    """Of one market draw. Sums are kept where ratios are pooled over draws."""

    engaged_per_seat_n: float
    wanted_over_capacity: float
    potential_cv: float
    outside_15_share: float
    at_quota_share: float
    worked_accounts_usd: float  # first-year bookings of the accounts whose rep is about to change ...
    changed_accounts_usd: float  # ... and after the change
    bookings_usd: float
    bookings_10_percent_more_capacity_usd: float
    expansion_usd: float


def observe(draw: int, futures_n: int, seed: int = 7) -> Facts:
    """Simulate ``market=saas`` under today's owners, with the reps of every third worked account changed, and with more capacity."""
    world, policy = load("world"), load("policy")
    market = load("market", "saas").draw(seed, draw, world, policy)
    snapshot = market.snapshot
    problem = planning_problem(snapshot, world, policy, HORIZON_DAYS)
    owner, seats_n = snapshot.owner, len(snapshot.seats)
    changed = (snapshot.last_touch_day > -DAYS_PER_YEAR) & (np.arange(len(owner)) % 3 == 0)
    # The account stays at the same desk, so travel, skills and load are alike; what it loses is the person it knew.
    strangers = replace(market, snapshot=replace(snapshot, owner=np.where(changed, (owner + 1) % seats_n, owner)))
    seats = replace(snapshot.seats, capacity_h_per_week=1.1 * snapshot.seats.capacity_h_per_week)
    stronger = replace(market, snapshot=replace(snapshot, seats=seats))

    def live(variant: Market, future: int) -> Record:
        return simulate(variant, owner, draw_future(seed, draw, future), world, policy, HORIZON_DAYS)

    today = [live(market, f) for f in range(futures_n)]
    by_seat = np.array([np.bincount(r.seat, r.amount_usd, seats_n) for r in today])
    potential = np.bincount(owner, snapshot.accounts.potential_usd, seats_n)
    return Facts(
        engaged_per_seat_n=float(np.mean([_engaged_n(r, end) / seats_n for r in today for end in QUARTER_ENDS])),
        wanted_over_capacity=_wanted_h(problem, owner) / (snapshot.seats.capacity_h_per_week.sum() * HORIZON_DAYS / 7),
        potential_cv=float(potential.std() / potential.mean()),
        outside_15_share=float(np.mean(np.abs(potential / potential.mean() - 1) > 0.15)),
        at_quota_share=float(np.mean(by_seat >= by_seat.mean())),
        worked_accounts_usd=sum(_first_year_usd(r, changed) for r in today),
        changed_accounts_usd=sum(_first_year_usd(live(strangers, f), changed) for f in range(futures_n)),
        bookings_usd=float(by_seat.sum()),
        bookings_10_percent_more_capacity_usd=sum(float(live(stronger, f).amount_usd.sum()) for f in range(futures_n)),
        expansion_usd=sum(float(r.amount_usd[r.expansion].sum()) for r in today),
    )


def _engaged_n(record: Record, end: float) -> int:
    engaged = (record.start_day <= end) & (record.end_day > end - ENGAGED_WINDOW_DAYS)
    return len(np.unique(record.account[engaged]))


def _first_year_usd(record: Record, accounts: np.ndarray) -> float:
    return float(record.amount_usd[(record.end_day < DAYS_PER_YEAR) & accounts[record.account]].sum())


def _wanted_h(problem: PlanningProblem, owner: IntArray) -> float:
    """Hours that all accounts would take if each were tried again whenever it has rested."""
    rates, segment = problem.rates, problem.accounts.segment
    customer = ~np.isnan(problem.accounts.customer_since_day)
    chance = np.where(customer[:, None], rates.expansion_pass_chance[segment], rates.pass_chance[segment])
    days = expected_days_worked(rates.stage_days[segment], chance)
    won = chance.prod(axis=1)
    rest_days = won * rates.rest_after_win_days + (1 - won) * rates.rest_after_loss_days
    workload = problem.workload_h_per_week(np.arange(len(owner)), owner)
    return float((workload * days / 7 * problem.horizon_days / (days + rest_days)).sum())
