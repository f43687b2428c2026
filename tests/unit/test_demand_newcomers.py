"""Accounts that appear after day 0; and that nothing which comes by itself disturbs what has nothing to do with it."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from experiments.running.arms import Arm
from experiments.running.cells import Batch, run_batch
from experiments.running.plans import OK, make_plan
from sim.behaviour import Demand
from sim.events import ROUTED
from sim.futures import draw_future
from sim.market import Market, planning_problem
from sim.newcomers import with_newcomers
from sim.record import Record
from sim.simulate import simulate
from sim.snapshot import UNASSIGNED
from strategies.status_quo import StatusQuo
from tests.markets import drawn_market, tiny_market
from tests.worlds import tiny_policy, tiny_snapshot, tiny_world

MANY = tiny_world(demand=Demand(new_accounts_per_year_share=0.5))
DAYS = 364.0


def lived(market: Market, demand: Demand, owner: np.ndarray | None = None, **policy: Any) -> Record:
    """One future in which some accounts may appear, under a design that does not know them."""
    world, future = tiny_world(demand=demand), draw_future(1, 0, 0)
    extended = with_newcomers(market, future, world, DAYS)
    known = market.snapshot.owner if owner is None else owner
    padded = np.append(known, np.full(len(extended.snapshot.accounts) - len(known), UNASSIGNED))
    return simulate(extended, padded, future, world, tiny_policy(**policy), DAYS)


def test_a_new_account_is_a_prospect_like_one_of_the_others() -> None:
    """Segment, place, estimate and truth of a real account; no customer, no history, no owner, an id of its own."""
    market = tiny_market(tiny_snapshot(), potential_usd=np.arange(12.0) + 1, same_as=np.append(np.arange(11), 0))
    extended = with_newcomers(market, draw_future(1, 0, 0), MANY, 728.0)
    n = len(extended.snapshot.accounts)
    new, accounts, truth = np.arange(12, n), extended.snapshot.accounts, extended.truth
    assert n > 15
    kind = truth.potential_usd[new].astype(int) - 1
    assert kind.max() < 11  # nobody is like a second row
    for name in ("segment", "industry", "region", "latitude", "potential_usd", "fit"):
        assert np.array_equal(getattr(accounts, name)[new], getattr(accounts, name)[kind])
    assert np.isnan(accounts.customer_since_day[new]).all()
    assert (extended.snapshot.owner[new] == UNASSIGNED).all()
    assert truth.same_as is not None
    assert np.array_equal(truth.same_as[new], new)
    assert truth.born_day is not None
    assert (truth.born_day[:12] == 0).all()
    assert (np.diff(truth.born_day[new]) > 0).all()
    assert len(extended.snapshot.history) == len(market.snapshot.history)


def test_new_accounts_are_poisson() -> None:
    """12 accounts, half of that a year, over two years: 12 new ones in the mean and in the variance over 1,000 futures, |z| < 4."""
    market = tiny_market()
    n = np.array([len(with_newcomers(market, draw_future(1, 0, f), MANY, 728.0).snapshot.accounts) - 12 for f in range(1000)])
    error = np.sqrt(12 / len(n))
    assert abs(n.mean() - 12) < 4 * error < abs(n.mean() - 11)
    assert abs(n.var() - 12) < 4 * 12 * np.sqrt(2 / len(n))


def test_no_new_accounts_no_other_market() -> None:
    """Where nothing appears the market itself comes back."""
    market = tiny_market()
    assert with_newcomers(market, draw_future(1, 0, 0), tiny_world(), 728.0) is market


def test_a_new_account_is_routed_on_its_day_and_worked_from_then_on() -> None:
    """Every one of them moves from nobody to somebody on the day on which it appears, and none is worked before."""
    record = lived(tiny_market(), MANY.demand)
    moves, born_day = record.events.moves, record.born_day
    assert born_day is not None
    new = np.flatnonzero(born_day > 0)
    assert len(new) > 3
    assert np.array_equal(moves.account, new)
    assert np.array_equal(moves.day, born_day[new])
    assert set(moves.reason) == {ROUTED}
    assert (moves.from_seat == UNASSIGNED).all()
    worked = record.account >= 12
    assert worked.any()
    assert (record.start_day[worked] >= born_day[record.account[worked]]).all()
    assert len(lived(tiny_market(), MANY.demand, routing="pool").events.moves.day) == 0


def test_a_cell_lives_through_accounts_that_no_plan_knows() -> None:
    """The plan has 12 owners; the cell has a row with metrics, in which more accounts are routed and worked than the plan knows."""
    market = tiny_market()
    arm = Arm("status_quo", StatusQuo(), tiny_policy(), MANY)
    plan = make_plan(1, DAYS, 0, (arm, market))
    assert (plan.status, len(plan.owner)) == (OK, 12)
    (cell,) = run_batch(Batch(1, DAYS, market, (arm,), (plan,), (0,)))
    assert (cell.row["status"], cell.row["error"]) == (OK, "")
    (without,) = run_batch(Batch(1, DAYS, market, (replace(arm, world=tiny_world()),), (plan,), (0,)))
    assert cell.row["routed_n"] > 3 > without.row["routed_n"]
    assert cell.row["engaged_per_seat_n"] > without.row["engaged_per_seat_n"]


def test_strategies_do_not_see_an_account_before_it_is_there() -> None:
    """The planner's problem of the market is that of day 0."""
    market = drawn_market()
    assert len(planning_problem(market.snapshot, MANY, tiny_policy(), DAYS).accounts) == 120
    assert len(with_newcomers(market, draw_future(1, 0, 0), MANY, DAYS).snapshot.accounts) > 120


ALL = Demand(leads_per_year=2.0, lead_effect=0.3, competitor_per_year=0.3, growth_per_year=0.2, competitor_lock_days=100.0)


def log_of(record: Record, seat: int) -> list[np.ndarray]:
    """Every column of the seat's engagements and leads."""
    columns = [(getattr(record, f.name), record.seat == seat) for f in fields(record) if isinstance(getattr(record, f.name), np.ndarray)]
    columns = [(values, rows) for values, rows in columns if len(values) == len(rows)]
    asked = record.events.leads
    columns += [(getattr(asked, f.name), asked.seat == seat) for f in fields(asked)]
    return [values[rows] for values, rows in columns]


def same(before: list[np.ndarray], after: list[np.ndarray]) -> bool:
    """Equal to the last bit, NaN included."""
    return all(a.shape == b.shape and a.tobytes() == b.tobytes() for a, b in zip(before, after, strict=True))


def test_what_comes_by_itself_at_one_seat_leaves_all_other_seats_alone() -> None:
    """With leads, growth and a competitor an account goes from seat 0 to seat 1: not a bit changes at seats 2 and 3."""
    market = drawn_market()
    owner = market.snapshot.owner
    worked = np.bincount(market.snapshot.history.account, minlength=len(owner)) > 0
    other = owner.copy()
    other[np.flatnonzero((owner == 0) & worked)[:5]] = 1
    before, after = lived(market, ALL, owner), lived(market, ALL, other)
    assert all(same(log_of(before, seat), log_of(after, seat)) for seat in (2, 3))
    assert not all(same(log_of(before, seat), log_of(after, seat)) for seat in (0, 1))


@pytest.mark.parametrize("name", ["leads", "growth", "mergers", "competitor"])
def test_one_stream_more_shifts_nothing(name: str) -> None:
    """A rate so small that nothing comes of it leaves every other row of the log as it was."""
    market = drawn_market()
    never: dict[str, Any] = {f"{name}_per_year": 0.0}
    hardly_ever: dict[str, Any] = {f"{name}_per_year": 1e-9}
    before, after = lived(market, replace(ALL, **never)), lived(market, replace(ALL, **hardly_ever))
    assert all(same(log_of(before, seat), log_of(after, seat)) for seat in range(4))
    assert len(before.events.departures.day) == len(after.events.departures.day)


def test_newcomers_shift_nobody_s_luck() -> None:
    """While nobody gets the new accounts, everybody else's log is what it would be without them."""
    market = drawn_market()
    with_them = replace(ALL, new_accounts_per_year_share=0.2)
    before, after = lived(market, ALL, routing="pool"), lived(market, with_them, routing="pool")
    assert len(after.owner) > len(before.owner)
    assert all(same(log_of(before, seat), log_of(after, seat)) for seat in range(4))
