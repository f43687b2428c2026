"""The desk, by hand: one seat, few accounts, durations without luck."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.futures import draw_future
from sim.market import Market, planning_problem
from sim.record import LOST, OPEN, WON, Record
from sim.simulate import simulate
from sim.snapshot import History, OpenDeals, Snapshot, empty_deals, empty_history
from sim.world import World
from tests.markets import tiny_market
from tests.worlds import tiny_policy, tiny_snapshot, tiny_world

SURE, NEVER = 1 - 1e-12, 1e-12


def certain_world(chance: float, **changes: Any) -> World:
    """A world in which every stage lasts exactly its mean and is passed with the same chance."""
    world = tiny_world()
    segments = {
        name: replace(s, pass_chance=(chance,) * 3, expansion_pass_chance=(chance,) * 3, visits_per_week=0.0)
        for name, s in world.segments.items()
    }
    quiet: dict[str, Any] = {"stage_log_sd": 0.0, "amount_log_sd": 0.0, "view_log_sd": 0.0, "relationship_effect": 0.0}
    return replace(world, segments=segments, **{**quiet, **changes})


def bare(accounts_n: int = 3, seats_n: int = 1, **bends: object) -> Snapshot:
    """A snapshot without deals, history and customers; account i is of segment i mod 3."""
    snapshot = tiny_snapshot(accounts_n, seats_n, **bends)  # type: ignore[arg-type]
    return replace(
        snapshot,
        accounts=replace(snapshot.accounts, customer_since_day=np.full(accounts_n, np.nan)),
        deals=empty_deals(),
        history=empty_history(),
        engaged_days=np.zeros(accounts_n),
    )


def run(market: Market, world: World, owner: np.ndarray | None = None, days: float = 728.0, future: int = 0) -> Record:
    """Simulate under today's owners, or under others."""
    owner = market.snapshot.owner if owner is None else owner
    return simulate(market, owner, draw_future(1, 0, future), world, tiny_policy(), days)


def test_an_account_is_lost_rests_and_is_tried_again() -> None:
    """One commercial account nobody can win: lost after its first stage of 15 days, again after 180 days of rest, and so on."""
    record = run(tiny_market(bare(1)), certain_world(NEVER), days=500.0)
    assert record.start_day.tolist() == [0.0, 195.0, 390.0]
    assert record.end_day.tolist() == [15.0, 210.0, 405.0]
    assert record.attempt.tolist() == [0, 1, 2]
    assert set(record.outcome) == {LOST}
    assert record.amount_usd.sum() == 0.0


def test_a_won_account_books_its_potential_and_then_an_expansion() -> None:
    """One account nobody can lose: won after 45 days at its potential, 90 days of rest, then an expansion of 35 % of it."""
    record = run(tiny_market(bare(1)), certain_world(SURE), days=200.0)
    assert record.end_day.tolist() == [45.0, 180.0]
    assert record.outcome.tolist() == [WON, WON]
    assert record.expansion.tolist() == [False, True]
    np.testing.assert_allclose(record.amount_usd, [10e3, 3.5e3])


def test_an_engagement_at_the_horizon_is_open_and_books_nothing() -> None:
    """30 days into a cycle of 45 days two stages are revealed, the third is not."""
    record = run(tiny_market(bare(1)), certain_world(SURE), days=40.0)
    assert record.outcome.tolist() == [OPEN]
    assert record.revealed.tolist() == [[True, True, False]]
    assert record.amount_usd.tolist() == [0.0]


def test_the_desk_works_what_fits_in_the_order_of_value_per_hour() -> None:
    """With room for one commercial account at a time, the larger of two is worked first and the other when it is done."""
    snapshot = bare(4, owner=0, capacity_h_per_week=0.5, potential_usd=[10e3, 0, 0, 40e3])
    owner = np.array([0, -1, -1, 0])
    record = run(tiny_market(snapshot), certain_world(NEVER), owner, days=40.0)
    assert record.account.tolist() == [3, 0]
    assert record.start_day.tolist() == [0.0, 15.0]


def test_the_next_account_waits_for_its_hours_and_is_not_overtaken() -> None:
    """While the enterprise account (1.5 h) waits for 1.6 h to be free, the small one behind it (0.33 h) does not slip in."""
    snapshot = bare(4, owner=0, capacity_h_per_week=1.6, potential_usd=[10.0, 60e3, 100e3, 20.0])
    owner = np.array([0, 0, 0, -1])
    record = run(tiny_market(snapshot), certain_world(NEVER), owner, days=80.0)
    assert record.account.tolist() == [1, 2, 0]
    assert record.start_day.tolist() == [0.0, 25.0, 72.0]


def test_a_seat_without_hours_works_nothing_and_one_too_small_leaves_the_large() -> None:
    """Zero capacity: an empty log. 1 h a week: the enterprise account (1.5 h) never fits and does not block the others."""
    assert len(run(tiny_market(bare(3, capacity_h_per_week=0.0)), certain_world(NEVER))) == 0
    record = run(tiny_market(bare(3, owner=0, capacity_h_per_week=1.0)), certain_world(NEVER))
    assert set(record.account) == {0, 1}


def test_a_moved_account_waits_for_the_transition_and_loses_its_relationship() -> None:
    """Moved: first worked on day 14, and with a lower chance than under the owner that worked it for 60 days."""
    snapshot = replace(bare(1, 2, owner=0), engaged_days=np.array([60.0]))
    world = certain_world(0.5, relationship_effect=0.4)
    stays, moves = run(tiny_market(snapshot), world), run(tiny_market(snapshot), world, np.array([1]))
    assert (stays.start_day[0], moves.start_day[0]) == (0.0, 14.0)
    assert (stays.chance[0] > moves.chance[0]).all()


def test_an_account_without_owner_before_waits_for_no_transition() -> None:
    """Only what leaves somebody's hands has to be handed over."""
    record = run(tiny_market(bare(1, 2, owner=-1)), certain_world(NEVER), np.array([1]))
    assert record.start_day[0] == 0.0


def deal(stage: int, age_days: float) -> OpenDeals:
    """One open deal at account 0 of seat 0."""
    one = np.array([0])
    return OpenDeals(one, one, np.array([stage]), np.array([-50.0]), np.array([age_days]), np.array([1e4]), np.array([False]))


def test_an_open_deal_goes_on_from_its_stage() -> None:
    """A proposal that is 5 days old, of 15, is decided on day 10; moved to another seat, two weeks later."""
    snapshot = replace(bare(1, 2, owner=0), deals=deal(stage=2, age_days=5.0))
    stays, moves = run(tiny_market(snapshot), certain_world(SURE)), run(tiny_market(snapshot), certain_world(SURE), np.array([1]))
    assert (stays.first_stage[0], stays.end_day[0]) == (2, 10.0)
    assert (moves.seat[0], moves.end_day[0]) == (1, 24.0)
    assert stays.revealed[0].tolist() == [False, False, True]


def test_what_remains_of_a_stage_is_drawn_given_its_age() -> None:
    """A lognormal duration given that it is longer than its age: mean residual life over 1,000 futures against a direct draw, |z| < 4."""
    snapshot = replace(bare(1), deals=deal(stage=2, age_days=20.0))
    world = certain_world(SURE, stage_log_sd=0.5)
    ends = np.array([run(tiny_market(snapshot), world, days=400.0, future=f).end_day[0] for f in range(1000)])
    rng = np.random.default_rng(3)
    total = 15.0 * np.exp(0.5 * rng.standard_normal(400_000) - 0.125)
    residual = total[total > 20.0] - 20.0
    z = (ends.mean() - residual.mean()) / np.hypot(ends.std() / np.sqrt(len(ends)), residual.std() / np.sqrt(len(residual)))
    assert abs(z) < 4
    assert abs(ends.mean() - 15.0) > 4 * ends.std() / np.sqrt(len(ends))  # the wrong value, a stage begun anew, is noticed


def test_an_account_rests_after_the_last_outcome_in_its_history() -> None:
    """Account 0 was lost 100 days before day 0: workable on day 80. Account 1 asked meanwhile and was won 70 days before: on day 20."""
    account, closed_day, won = np.array([0, 1, 1]), np.array([-100.0, -70.0, -100.0]), np.array([False, True, False])
    history = History(account, np.zeros(3, dtype=np.int64), closed_day - 30.0, closed_day, won, np.zeros(3, dtype=np.bool_), 9e3 * won)
    record = run(tiny_market(replace(bare(2), history=history)), certain_world(NEVER))
    assert [record.start_day[record.account == a][0] for a in range(2)] == [80.0, 20.0]
    assert record.rest_until_day.tolist() == [80.0, 20.0]


def test_a_new_person_ramps() -> None:
    """Hired on day 0 with a ramp of 150 days: 0.33 of 1 h a week are there after 49.5 days, so work starts in the eighth week."""
    snapshot = bare(1, capacity_h_per_week=1.0)
    snapshot = replace(snapshot, seats=replace(snapshot.seats, start_day=np.zeros(1)))
    assert run(tiny_market(snapshot), certain_world(NEVER)).start_day[0] == 56.0


def test_attempts_beyond_the_first_block_of_luck_are_drawn_too() -> None:
    """Ten attempts at one account: the luck of the tenth exists and differs from that of the fourth."""
    market = tiny_market(bare(1))
    policy = replace(tiny_policy(), rest_after_loss_days=1.0)
    record = simulate(market, market.snapshot.owner, draw_future(1, 0, 0), certain_world(0.5), policy, 728.0)
    assert record.attempt.max() >= 9
    assert len(np.unique(record.passed.sum(axis=1))) > 1


def test_an_account_that_requires_a_skill_is_not_worked_without_it() -> None:
    """German is asked for; only seat 0 speaks it."""
    snapshot = bare(2, 2, owner=[1, 1], german=[0])
    record = run(tiny_market(snapshot), certain_world(NEVER))
    assert set(record.account) == {1}


@pytest.mark.parametrize(("field", "value"), [("talent", np.array([2.0])), ("industry_logit", np.array([1.0, 1.0]))])
def test_the_truth_moves_the_chances(field: str, value: np.ndarray) -> None:
    """Talent and industry raise every stage's chance by logistic(logit + effect)."""
    market, world = tiny_market(bare(1), **{field: value}), certain_world(0.5)
    record = run(market, world)
    np.testing.assert_allclose(record.chance[0], 1 / (1 + np.exp(-(0.1 + 1.0))))  # skilled in software: 0.10


def test_the_planner_sees_nothing_of_the_truth() -> None:
    """Two markets that differ in truth only pose the same problem."""
    snapshot = bare(3)
    a, b = tiny_market(snapshot), tiny_market(snapshot, potential_usd=np.full(3, 1e9))
    problems = [planning_problem(m.snapshot, tiny_world(), tiny_policy(), 728.0) for m in (a, b)]
    assert problems[0].accounts is problems[1].accounts
    assert not any(hasattr(problems[0], name) for name in ("truth", "talent", "view_key"))
