"""Small active books, refilled from the pool each quarter."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from experiments.comparison import live_through, make_plans
from experiments.running.arms import Arm, Settings
from sim.contract import check_strategy
from sim.futures import draw_future
from sim.planning import Assignment, PlanningProblem, Strategy
from sim.simulate import simulate
from sim.snapshot import UNASSIGNED
from strategies.dynamic_books import DynamicBooks
from strategies.equal_count import EqualCount
from strategies.segment_first import SegmentFirst
from strategies.status_quo import StatusQuo
from tests.markets import drawn_market
from tests.worlds import drawn_problem, tiny_policy, tiny_problem, tiny_world


def planned(strategy: Strategy, problem: PlanningProblem) -> np.ndarray:
    """Owners under a strategy that keeps the contract."""
    assignment = check_strategy(strategy, problem)
    assert assignment is not None
    return assignment.owner


def test_books_are_small_and_what_has_begun_is_in_them() -> None:
    """Of 150 accounts a seat most are nobody's; protected accounts, open deals, customers and what was just touched stay."""
    problem = drawn_problem(600, 4, owned=True)
    problem = replace(problem, protected=np.arange(600) % 50 == 0)
    owner = planned(DynamicBooks(EqualCount()), problem)
    assert 0.2 < np.mean(owner == UNASSIGNED) < 0.8
    customer = ~np.isnan(problem.accounts.customer_since_day)
    touched = (problem.last_touch_day >= -91) & (problem.engaged_days > 0) & (owner == problem.owner)
    assert np.all(owner[problem.protected | (problem.open_stage >= 0) | customer | touched] != UNASSIGNED)


def test_a_larger_fill_adds_to_the_books() -> None:
    """What a book of one quarter holds, one of two quarters holds too, and more."""
    problem = drawn_problem(600, 4)
    one, two = (planned(DynamicBooks(EqualCount(), fill), problem) for fill in (1.0, 2.0))
    assert np.all((one == UNASSIGNED) | (one == two))
    assert np.count_nonzero(two != UNASSIGNED) > 1.3 * np.count_nonzero(one != UNASSIGNED)


def test_the_best_by_hour_are_in_the_books() -> None:
    """Of accounts that are alike but for their potential, a book holds the largest."""
    problem = drawn_problem(400, 1)
    alike: dict[str, Any] = {
        "segment": np.zeros(400, dtype=np.int64),
        "industry": np.zeros(400, dtype=np.int64),
        "customer_since_day": np.full(400, np.nan),
    }
    accounts = replace(problem.accounts, **alike)
    problem = replace(problem, accounts=accounts)
    active = planned(DynamicBooks(EqualCount()), problem) != UNASSIGNED
    assert accounts.potential_usd[active].min() >= accounts.potential_usd[~active].max()


def test_what_nobody_has_worked_is_dealt_anew() -> None:
    """All accounts are the first seat's, which has worked only one: the others are shared out, even by status quo."""
    problem = tiny_problem(60, 3, owner=0, engaged_days=np.where(np.arange(60) == 1, 60.0, 0.0), capacity_h_per_week=1.0)
    owner = planned(DynamicBooks(StatusQuo()), problem)
    assert owner[1] == 0
    assert len(np.unique(owner[owner != UNASSIGNED])) == 3


def test_what_was_touched_stays_and_what_rests_otherwise_goes() -> None:
    """Accounts 1 and 2 are alike: small, and resting after a loss ten days ago. The owner has worked 1, and keeps it; 2 goes back."""
    problem = tiny_problem(60, 2, owner=0, engaged_days=np.where(np.arange(60) == 1, 30.0, 0.0))
    lost = replace(problem.history, account=np.arange(60), closed_day=np.full(60, -10.0), won=np.zeros(60, dtype=np.bool_))
    problem = replace(problem, history=lost)
    owner = planned(DynamicBooks(StatusQuo(), fill=100.0), problem)
    assert owner[[1, 2]].tolist() == [0, UNASSIGNED]
    long_ago = replace(problem, last_touch_day=np.full(60, -100.0))
    assert planned(DynamicBooks(StatusQuo(), fill=100.0), long_ago)[1] == UNASSIGNED


def arm(strategy: Strategy, **policy: Any) -> Arm:
    """One arm under the tests' policy."""
    return Arm("any", strategy, tiny_policy(**policy), tiny_world())


@pytest.mark.parametrize("strategy", [DynamicBooks(EqualCount()), SegmentFirst(DynamicBooks(EqualCount()))], ids=["alone", "inside"])
def test_its_arm_alone_is_reviewed_each_quarter(strategy: Strategy) -> None:
    """Whatever the company's reviews are: at every quarter's end, whatever the balance. Others keep the policy that they are given."""
    for given in ({}, {"review": "semiannual", "review_trigger_cv": 0.3}):
        policy = arm(strategy, **given).policy
        assert (policy.review, policy.review_trigger_cv) == ("quarterly", 0.0)
        assert arm(SegmentFirst(EqualCount()), **given).policy == tiny_policy(**given)


def test_books_are_refilled_each_quarter() -> None:
    """Two years of a small market: each of seven refills brings accounts from the pool and takes others back; the pool is uncovered."""
    market = drawn_market(accounts_n=240, seats_n=4)
    arms = [replace(arm(StatusQuo()), label="status_quo"), replace(arm(DynamicBooks(EqualCount())), label="dynamic")]
    settings = Settings(futures=2)
    runs = live_through([market], arms, make_plans([market], arms, settings), settings).runs
    still, dynamic = (runs[runs["arm"] == one.label] for one in arms)
    assert (dynamic["status"] == "ok").all(), dynamic["error"].tolist()
    assert (dynamic["reviews_n"] == 7).all()
    assert (still["reviews_n"] == 0).all()
    assert (dynamic["unassigned_share"] > 0.2).all()
    assert (dynamic["uncovered_share"] > dynamic["unassigned_share"]).all()

    one = arms[1]
    (plan,) = make_plans([market], [replace(one, label="status_quo")], settings)[0]

    def replan(problem: PlanningProblem, review: int) -> Assignment:
        return one.strategy.assign(problem, np.random.default_rng(review))

    moves = simulate(market, plan.owner, draw_future(0, market.draw, 0), one.world, one.policy, settings.horizon_days, replan).events.moves
    for quarter in range(1, 8):
        then = moves.day == 91 * quarter
        assert np.any(then & (moves.to_seat == UNASSIGNED)), f"nothing went back after quarter {quarter}"
        assert np.any(then & (moves.from_seat == UNASSIGNED)), f"nothing came in after quarter {quarter}"


def test_a_lone_seat_is_refilled_too() -> None:
    """One seat is as even as can be, and its book is filled anew at each quarter's end all the same."""
    market, one = drawn_market(accounts_n=120, seats_n=1), arm(DynamicBooks(EqualCount()))
    settings = Settings(futures=1, quarters=4)
    run = live_through([market], [one], make_plans([market], [one], settings), settings).runs.iloc[0]
    assert (run["status"], run["reviews_n"]) == ("ok", 3)
    assert run["rebalanced_n"] > 0


@pytest.mark.parametrize("fill", [0.0, -1.0, float("nan")])
def test_fill_is_checked(fill: float) -> None:
    """A book of nothing is none."""
    with pytest.raises(ValueError, match="fill"):
        DynamicBooks(EqualCount(), fill)
