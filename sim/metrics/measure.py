"""The two tables of a run: one value a metric, and one row a seat and quarter."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.coverage import ENGAGED, ORPHANED_CAPACITY, ORPHANED_CHOICE, RESTING, STATES, coverage
from sim.equity import luck_floor_gini, ratio
from sim.metrics.facts import facts_of, sums
from sim.metrics.happenings import customers, demand, disruption, hours, later_moves, people
from sim.metrics.money import contribution
from sim.metrics.sales import attempts_n, bookings, opening_pipeline_usd, pipeline_per_quota
from sim.metrics.seats import attainment, equity, outcome_equity
from sim.planning import PlanningProblem
from sim.policy import Money
from sim.record import LOST, Record
from sim.snapshot import Seats

SeatTable = dict[str, NDArray[Any]]


def measure(record: Record, problem: PlanningProblem, seats: Seats, ramp_days: float, money: Money) -> tuple[dict[str, float], SeatTable]:
    """Every metric of one simulated future by its name in runs.parquet, and the columns of seats.parquet.

    ``seats`` carry the quota; ``problem`` is the CRM's view. The columns have shape (seats x quarters,): the quarters of seat 0 first.
    """
    facts = facts_of(record, problem, seats, ramp_days)
    potential_usd = problem.accounts.potential_usd
    book_usd = sums(record.owner + 1, potential_usd, len(seats) + 1)[1:]
    opening_usd = opening_pipeline_usd(record.owner, problem)
    worked_n = np.count_nonzero(np.bincount(record.account))
    known_n = len(record.owner) if record.born_day is None else np.count_nonzero(record.born_day < record.horizon_days)
    decided = record.won | (record.outcome == LOST)
    booked = bookings(record)
    run = {
        **booked,
        **pipeline_per_quota(float(opening_usd.sum()), booked["pipeline_usd"], facts.quota_usd),
        **attainment(facts.bookings_usd, facts.quota_usd),
        **coverage(facts.state, potential_usd),
        "never_engaged_share": 1.0 - worked_n / known_n,
        "engaged_per_seat_n": float(np.mean(facts.counts[:, :, ENGAGED])),
        **equity(book_usd, seats),
        **outcome_equity(facts.bookings_usd, facts.quota_usd, facts.used_h, facts.capacity_h),
        "luck_floor_gini": luck_floor_gini(record.amount_usd[decided], len(seats)),
        **hours(facts),
        "opportunities_per_engaged_account": float(ratio(np.float64(attempts_n(record)), np.float64(worked_n))),
        **disruption(record, problem),
        **later_moves(record.events),
        **people(record, facts),
        **customers(record, problem),
        **demand(record.events),
        **contribution(record, facts, money),
    }
    quarters_n = len(facts.ends)
    table: SeatTable = {
        "bookings_usd": facts.bookings_usd.reshape(-1),
        "quota_usd": facts.quota_usd.reshape(-1),
        "used_h": facts.used_h.reshape(-1),
        "capacity_h": facts.capacity_h.reshape(-1),
        "travel_h": facts.travel_h.reshape(-1),
        "support_h": facts.support_h.reshape(-1),
        "support_asked_h": facts.support_asked_h.reshape(-1),
        "hand_over_h": facts.hand_over_h.reshape(-1),
        "planning_h": facts.planning_h.reshape(-1),
        "present_share": facts.present_share.reshape(-1),
        "potential_usd": facts.potential_usd.reshape(-1),
        "opening_pipeline_usd": np.repeat(opening_usd, quarters_n),
        "owned_n": facts.counts.sum(axis=2).reshape(-1),
    }
    for k in (ENGAGED, RESTING, ORPHANED_CAPACITY, ORPHANED_CHOICE):
        table[f"{STATES[k]}_n"] = facts.counts[:, :, k].reshape(-1)
    return run, table
