"""What holds in every world, whatever the market, the design and the luck."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.futures import draw_future
from sim.market import Market, planning_problem
from sim.planning import PlanningProblem
from sim.policy import Policy
from sim.record import LOST, OPEN, WON, Record
from sim.simulate import simulate
from tests.markets import drawn_market
from tests.worlds import tiny_policy, tiny_world

HORIZON_DAYS = 273.0
worlds = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 50),
        "accounts_n": st.integers(1, 80),
        "seats_n": st.integers(1, 5),
        "capacity_h_per_week": st.sampled_from([0.4, 2.0, 6.0, 40.0]),
        "history_quarters": st.integers(0, 2),
    }
)
designs = st.integers(0, 1000)
policies = st.fixed_dictionaries(
    {
        "rest_after_loss_days": st.sampled_from([0.0, 30.0, 180.0]),
        "transition_gap_days": st.sampled_from([0.0, 14.0]),
        "protect": st.sampled_from(["none", "proposal", "relationships"]),
    }
)
bounded = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def lived(world: dict[str, Any], design: int, policy: Policy) -> tuple[Market, PlanningProblem, Record]:
    """A market, and one future of it under an arbitrary design that leaves some accounts to nobody."""
    seed = world["seed"]
    market = drawn_market(policy=policy, **world)
    problem = planning_problem(market.snapshot, tiny_world(), policy, HORIZON_DAYS)
    rng = np.random.default_rng(design)
    owner = rng.integers(-1, len(problem.seats), len(problem.accounts))
    owner = np.where(problem.protected, problem.owner, owner)
    return market, problem, simulate(market, owner, draw_future(seed, 0, design), tiny_world(), policy, HORIZON_DAYS)


@bounded
@given(worlds, designs, policies)
def test_hours_in_use_never_exceed_capacity(world: dict[str, Any], design: int, changes: dict[str, Any]) -> None:
    """At every start of an engagement the hours under way at its seat are at most its capacity times its ramp."""
    _, problem, record = lived(world, design, replace(tiny_policy(), **changes))
    seats = problem.seats
    for s in range(len(seats)):
        rows = record.seat == s
        start, end, hours = record.start_day[rows], record.end_day[rows], record.workload_h_per_week[rows]
        under_way = (start[None, :] <= start[:, None]) & (end[None, :] > start[:, None])
        ramp = np.clip((start - seats.start_day[s]) / tiny_world().ramp_days, 0.0, 1.0)
        assert (under_way @ hours <= seats.capacity_h_per_week[s] * ramp + 1e-5).all()


@bounded
@given(worlds, designs, policies)
def test_an_account_has_one_owner_and_one_engagement_at_a_time(world: dict[str, Any], design: int, changes: dict[str, Any]) -> None:
    """Every engagement is at the account's owner; attempts are numbered; the next one starts after the rest of the one before."""
    _, _, record = lived(world, design, replace(tiny_policy(), **changes))
    assert np.array_equal(record.owner[record.account], record.seat)
    order = np.lexsort((record.start_day, record.account))
    account, attempt = record.account[order], record.attempt[order]
    again = account[1:] == account[:-1]
    assert (attempt[1:][again] == attempt[:-1][again] + 1).all()
    assert (attempt[np.concatenate([[True], ~again])] == 0).all() if len(attempt) else True
    assert (record.start_day[order][1:][again] >= record.rest_until_day_after[order][:-1][again]).all()


@bounded
@given(worlds, designs, policies)
def test_the_books_add_up(world: dict[str, Any], design: int, changes: dict[str, Any]) -> None:
    """Bookings by seat = by account = by outcome; nothing is booked but wins; days lie within the horizon and in order."""
    _, problem, record = lived(world, design, replace(tiny_policy(), **changes))
    total = record.amount_usd.sum()
    by_seat = np.bincount(record.seat, record.amount_usd, len(problem.seats)).sum()
    by_account = np.bincount(record.account, record.amount_usd, len(problem.accounts)).sum()
    np.testing.assert_allclose([by_seat, by_account], total)
    assert (record.amount_usd[record.outcome != WON] == 0).all()
    assert (record.amount_usd[record.outcome == WON] > 0).all()
    assert ((record.start_day >= 0) & (record.start_day <= record.end_day) & (record.end_day <= HORIZON_DAYS)).all()
    decided = record.revealed & ~record.passed
    assert np.array_equal(decided.any(axis=1), record.outcome == LOST)
    assert ((record.revealed & record.passed)[:, -1] == (record.outcome == WON)).all()
    assert (record.end_day[record.outcome == OPEN] == HORIZON_DAYS).all()


@bounded
@given(worlds, designs, policies)
def test_nothing_starts_before_the_account_can_be_worked(world: dict[str, Any], design: int, changes: dict[str, Any]) -> None:
    """Neither during the rest that the history left, nor during the hand-over of a moved account; protected accounts were not moved."""
    policy = replace(tiny_policy(), **changes)
    market, problem, record = lived(world, design, policy)
    assert (record.start_day >= record.rest_until_day[record.account]).all()
    before = market.snapshot.owner[record.account]
    moved = (before >= 0) & (before != record.seat)
    assert (record.start_day[moved] >= policy.transition_gap_days).all()
    assert np.array_equal(record.owner[problem.protected], market.snapshot.owner[problem.protected])
