"""Support work in the plan: who looks after customers that ask for hours, and what comes of it if nobody thinks of it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from sim.behaviour import Customers, People
from sim.futures import draw_future
from sim.market import planning_problem
from sim.planning import PlanningProblem
from sim.simulate import simulate
from sim.snapshot import FloatArray, IntArray
from sim.world import World
from strategies.equal_count import EqualCount
from strategies.greedy_balance import GreedyBalance
from strategies.optimized import Optimized
from strategies.optimizer.instance import Effort
from strategies.optimizer.solve import solve
from strategies.shared.candidates import candidates
from strategies.worth.predict import predict
from strategies.worth.score import historical
from strategies.worth.support import asked_h, supported_by, work
from strategies.worth.throughput import Beliefs, Outlook
from tests.markets import synthetic
from tests.worlds import drawn_problem, tiny_policy, tiny_problem, tiny_world

HUNTER, FARMER = 0, 1


def asking(problem: PlanningProblem, *hours: float, customers: object = True, roles: object = None) -> PlanningProblem:
    """The problem with support of so many hours a week by segment, and accounts that are customers or not."""
    accounts, seats = problem.accounts, problem.seats
    since = np.where(np.broadcast_to(np.asarray(customers), len(accounts)), -400.0, np.nan)
    return replace(
        problem,
        rates=replace(problem.rates, support_h_per_week=np.array(hours)),
        accounts=replace(accounts, customer_since_day=since),
        seats=seats if roles is None else replace(seats, role=np.array(roles)),
    )


def load(problem: PlanningProblem, owner: IntArray) -> FloatArray:
    """Support that each seat is asked for, over its hours."""
    asked = np.bincount(owner[owner >= 0], problem.support_h_per_week[owner >= 0], len(problem.seats))
    return np.asarray(asked / problem.seats.capacity_h_per_week)


def plan(strategy: Any, problem: PlanningProblem) -> IntArray:
    """The strategy's owners."""
    owner: IntArray = strategy.assign(problem, np.random.default_rng(0)).owner
    return owner


def test_an_account_weighs_its_support_and_its_share_of_the_hours_that_are_left() -> None:
    """36 h in all; 12 customers ask for 0, 1 and 2 h by segment, 12 h: the 24 h left are dealt out by potential."""
    problem = asking(tiny_problem(), 0.0, 1.0, 2.0)
    usd = problem.accounts.potential_usd
    np.testing.assert_allclose(work(problem, usd), np.array([0.0, 1.0, 2.0] * 4) + 24.0 * usd / usd.sum())
    assert work(problem, usd).sum() == pytest.approx(36.0)
    assert work(tiny_problem(), usd) is usd


def test_hunters_and_farmers_have_hours_of_their_own() -> None:
    """Six customers at one farmer of 12 h ask for 6 h: 6 h are left there, and all 24 h of two hunters are for the six prospects."""
    customers = np.arange(12) < 6
    problem = asking(tiny_problem(), 1.0, 1.0, 1.0, customers=customers, roles=[HUNTER, HUNTER, FARMER])
    weight = work(problem, problem.accounts.potential_usd)
    assert (weight[customers].sum(), weight[~customers].sum()) == pytest.approx((12.0, 24.0))


@pytest.mark.parametrize("from_today", [True, False])
@pytest.mark.parametrize("strategy", [GreedyBalance, Optimized])
def test_nobody_is_asked_for_more_support_than_there_is(strategy: Any, from_today: bool) -> None:
    """400 customers whose work differs tenfold, 90 % of all hours: by count some are asked for more than they have, by work nobody is."""
    problem = asking(drawn_problem(400, 8, owned=from_today), 0.05, 0.3, 0.5)
    problem = replace(problem, seats=replace(problem.seats, capacity_h_per_week=np.full(8, problem.support_h_per_week.sum() / 8 / 0.9)))
    assert load(problem, plan(EqualCount(), problem)).max() > 1.0
    assert load(problem, plan(strategy(), problem)).max() < 1.0


def test_homes_are_evened_out_by_few_moves_and_protection_holds() -> None:
    """Twelve customers of an hour each, six at seat 0, of 12 h: two move. If all six are protected, none does."""
    problem = asking(tiny_problem(), 1.0, 1.0, 1.0)
    even = supported_by(problem, candidates(problem), problem.owner)
    assert np.bincount(even).tolist() == [4, 4, 4]
    assert np.count_nonzero(even != problem.owner) == 2
    kept = replace(problem, protected=problem.owner == 0)
    assert np.bincount(supported_by(kept, candidates(kept), kept.owner))[0] == 6
    quiet = tiny_problem()
    assert supported_by(quiet, candidates(quiet), quiet.owner) is quiet.owner


def test_hunters_have_no_share_in_support() -> None:
    """Two farmers with 10.4 and 10 h of it are even enough, whatever hours there are at a hunter's."""
    segment = np.array([0, 0, *[1] * 20])
    problem = asking(tiny_problem(22, owner=[1, 1, *[1] * 10, *[2] * 10]), 0.2, 1.0, 1.0, roles=[HUNTER, FARMER, FARMER])
    problem = replace(problem, accounts=replace(problem.accounts, segment=segment))
    assert np.array_equal(supported_by(problem, candidates(problem), problem.owner), problem.owner)


def test_customers_without_an_owner_are_dealt_out_by_what_they_ask_for() -> None:
    """Four ask for 3 h, four for 2 h, four for 1 h: 8 h for each of three seats."""
    problem = asking(tiny_problem(owner=-1), 1.0, 2.0, 3.0)
    owner = supported_by(problem, candidates(problem), problem.owner)
    assert (load(problem, owner) * 12.0).tolist() == [8.0, 8.0, 8.0]


def test_the_plan_leaves_the_hours_that_support_takes() -> None:
    """Hours of what is worked by plan and support of the whole book, parked accounts included, fit into the hours less the buffer."""
    problem = replace(asking(drawn_problem(400, 6, owned=True), 0.02, 0.1, 0.4), buffer_share=0.1)
    model = Optimized().model(problem)
    choice = solve(model.instance, Effort()).choice
    owner, worked = model.owner(choice), np.flatnonzero(model.works[choice])
    score = historical(problem)
    hours = Outlook.of(problem, score.potential_usd, score.shift, Beliefs()).pairs(worked, owner[worked])[1]
    used = np.bincount(owner[worked], hours, 6) + asked_h(problem, owner)
    budget = 0.9 * problem.seats.capacity_h_per_week * problem.horizon_days / 7
    assert (used <= budget * (1 + 1e-9)).all()
    assert used.sum() > 0.9 * budget.sum()


def test_a_prediction_takes_support_off_before_anything_is_sold() -> None:
    """A seat asked for all of its hours is expected to sell nothing, one asked for none as much as without support."""
    quiet = asking(tiny_problem(places=False), 0.0, 0.0, 0.0)
    busy = asking(tiny_problem(places=False), 2.0, 2.0, 2.0)  # six, four and two customers: 12, 8 and 4 of 12 h
    before, after = (predict(problem.owner, problem).seat_bookings_usd for problem in (quiet, busy))
    assert after[0] == 0.0
    assert 0.0 < after[1] <= before[1]
    assert predict(busy.owner, busy).seat_hours.sum() <= 12.0 * 104


def test_a_customer_goes_to_farmers_and_a_prospect_to_hunters() -> None:
    """Two hunters and a farmer: every strategy that plans keeps to the roles, though all accounts ask for the same skills."""
    customers = np.arange(12) % 2 == 0
    problem = asking(tiny_problem(owner=-1), 0.5, 0.5, 0.5, customers=customers, roles=[HUNTER, HUNTER, FARMER])
    for strategy in (GreedyBalance(), EqualCount(), Optimized()):
        owner = plan(strategy, problem)
        assert np.array_equal(owner == 2, customers)


def customer_success(uneven: bool) -> World:
    """CSMs whose customers churn if left alone, and who leave if they have too much to do. ``uneven``: support by segment, or all alike."""
    world = tiny_world(
        customers=Customers(churn_chance=0.08, untouched_effect=2.0),
        people=People(resignation_per_year=0.22, overload_effect=3.0, vacancy_days=60.0),
    )
    hours = dict(zip(world.segments, (0.05, 0.3, 1.5) if uneven else (0.275,) * 3, strict=True))  # 0.27 h an account either way
    return replace(world, segments={k: replace(v, support_h_per_week=hours[k]) for k, v in world.segments.items()})


@cache
def lived(uneven: bool) -> dict[str, np.ndarray[Any, Any]]:
    """By design, of each of 4 markets x 10 futures: largest and smallest load, churn of ARR, resignations, bookings."""
    world, policy, rows = customer_success(uneven), tiny_policy(), {"count": [], "work": [], "optimized": []}  # type: ignore[var-annotated]
    source = synthetic(200, 8, role="farmer", customer_share=1.0, capacity_h_per_week=7.5, incumbent=EqualCount())
    arms = {"count": EqualCount(from_today=False), "work": GreedyBalance(from_today=False), "optimized": Optimized()}
    for seed in range(4):
        market = source.draw(seed, 0, world, policy)
        problem = planning_problem(market.snapshot, world, policy, 728.0)
        for name, strategy in arms.items():
            owner = plan(strategy, problem)
            loads = load(problem, owner)
            for f in range(10):
                record = simulate(market, owner, draw_future(seed, 0, f), world, policy, 728.0)
                renewals = record.events.renewals
                churn = (renewals.arr_usd * renewals.churn_chance).sum() / renewals.arr_usd.sum()
                rows[name].append((loads.max(), loads.min(), churn, len(record.events.successions.seat), record.amount_usd.sum()))
    return {name: np.array(row) for name, row in rows.items()}


def paired_z(difference: np.ndarray[Any, Any]) -> float:
    """Mean over its standard error."""
    return float(difference.mean() / (difference.std(ddof=1) / np.sqrt(len(difference))))


@pytest.mark.slow
def test_balanced_by_count_some_csms_burn_out_while_others_idle_and_balanced_by_work_none_does() -> None:
    """8 CSMs, 200 customers whose work differs thirtyfold, 40 futures: by count, every market has seats asked for more support than they
    have hours beside seats asked for half of them; more ARR churns and more people leave. Where all customers ask alike, the same leave.
    """
    seen, alike = lived(uneven=True), lived(uneven=False)
    for name, row in seen.items():
        largest, smallest, churn, left, usd = row.mean(axis=0)
        print(f"{name}: load {smallest:.2f} to {largest:.2f}, churn {churn:.3f} a year, {left:.2f} leave, {usd / 1e6:.2f} M usd")  # noqa: T201
    for design in ("work", "optimized"):
        assert seen["count"][:, 0].min() > 1.0 > seen[design][:, 0].max()
        assert seen["count"][:, 1].max() < 0.6 < seen[design][:, 1].min()
        more = seen["count"] - seen[design]
        assert paired_z(more[:, 2]) > 4  # churn
        assert paired_z(more[:, 3]) > 2  # resignations
        assert np.array_equal(alike["count"][:, 3], alike[design][:, 3])
    assert abs(paired_z((alike["count"] - alike["work"])[:, 2])) < 4
