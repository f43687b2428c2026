"""From a planning problem to the solver's options: held to the words of the maths, one number at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.planning import PlanningProblem, Unsupported
from sim.snapshot import COARSE_STEP, FINE_STEP
from strategies.formulation import territory_model as module
from strategies.formulation.shortlist import shortlist
from strategies.formulation.territory_model import TerritoryModel
from strategies.optimized import Optimized
from strategies.optimizer.instance import NOBODY
from strategies.shared.candidates import candidates
from strategies.worth.support import supported_by
from tests.unit.instance_evaluator import best_usd, violations
from tests.unit.territory_evaluator import in_teams, random_problem, random_strategy, scarce, words
from tests.worlds import drawn_problem, tiny_problem


def model(problem: PlanningProblem, **parameters: Any) -> TerritoryModel:
    """The problem in numbers."""
    return Optimized(**parameters).model(problem)


@pytest.mark.parametrize("seed", range(60))
def test_the_options_are_those_of_the_maths(seed: int) -> None:
    """Tiny random markets under random rules: the same options an account, with the same numbers, as plain loops over the words find."""
    rng = np.random.default_rng(seed)
    problem = scarce(random_problem(rng, accounts_n=4), rng)
    strategy = random_strategy(rng)
    try:
        found = strategy.model(problem)
    except Unsupported:
        return
    told = words(problem, strategy)
    instance = found.instance
    for i in range(4):
        options = slice(instance.first[i], instance.first[i + 1])
        columns = (instance.seat[options], found.works[options], instance.value_usd[options], instance.hours[options])
        stated = sorted(zip(*(c.tolist() for c in columns), strict=True))
        expected = sorted((s.owner, s.worked, s.value_usd, s.hours) for s in told.states(i))
        feasible = [o for o in expected if not o[1] or o[3] <= told.budget_h[o[0]]]  # what no hours suffice for is left out
        assert [o[:2] for o in stated] == [o[:2] for o in feasible]
        for column, step in ((2, COARSE_STEP), (3, FINE_STEP)):
            np.testing.assert_allclose([o[column] for o in stated], [o[column] for o in feasible], rtol=1e-8, atol=step)
    assert instance.budget_h.tolist() == pytest.approx(told.budget_h)
    assert violations(instance, found.start.tolist()) == []
    assert not found.works[found.start].any()
    if problem.leave_none:
        assert instance.target_usd.tolist() == pytest.approx([told.target_usd(r) for r in range(3)])
        assert best_usd(instance) == pytest.approx(told.best_usd(), rel=1e-8, abs=8 * COARSE_STEP)
        assert best_usd(instance) > float("-inf")


def test_homes_that_support_or_numbers_have_moved_are_free_or_cost_a_move() -> None:
    """Twelve customers of an hour each, six at seat 0: evening out support moves two for nothing; numbers move others at a price."""
    problem = tiny_problem()
    problem = replace(
        problem,
        rates=replace(problem.rates, support_h_per_week=np.ones(3)),
        accounts=replace(problem.accounts, customer_since_day=np.full(12, -400.0)),
    )
    who = candidates(problem)
    even = supported_by(problem, who, problem.owner)
    found = model(problem, accounts_max=4, disruption_loss_share=0.1)
    instance = found.instance
    account = np.repeat(np.arange(12), np.diff(instance.first))
    parked = ~found.works
    free = (instance.seat == problem.owner[account]) | (instance.seat == even[account])
    assert np.count_nonzero(even != problem.owner) == 2
    assert np.all(instance.value_usd[parked & free] == 0)
    assert np.all(instance.value_usd[parked & ~free] < 0)
    assert np.all(instance.hours[parked & (instance.seat == even[account])] == 0)  # four each: numbers move nothing more
    assert np.all(instance.hours[parked & (instance.seat != even[account])] == 104.0)


def test_books_have_targets_that_they_can_reach_where_accounts_may_be_nobodys() -> None:
    """With hours for a part only, targets add up to less than all potential, and to more the more hours there are, up to all of it."""
    problem = replace(drawn_problem(300, 4), leave_none=False)
    total = problem.accounts.potential_usd.sum()
    targets = []
    for hours in (0.0, 2.0, 6.0, 500.0):
        seats = replace(problem.seats, capacity_h_per_week=np.full(4, hours))
        targets.append(model(replace(problem, seats=seats)).instance.target_usd.sum() / total)
    assert 0.0 < targets[0] < targets[1] < targets[2] < targets[3] == pytest.approx(1.0)
    customers = ~np.isnan(problem.accounts.customer_since_day)
    assert targets[0] == pytest.approx(problem.accounts.potential_usd[customers].sum() / total)  # they need an owner, hours or not


def test_where_there_are_too_many_pairs_a_shortlist_is_considered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The options of the shortlist are those of all pairs, fewer of them: owners and homes are kept, and the model says what it knows."""
    problem = drawn_problem(400, 30, owned=True)
    whole = model(problem, candidates_n=8)
    monkeypatch.setattr(module, "ALL_PAIRS_N", 1000)
    short = model(problem, candidates_n=8)
    assert (whole.bound_on, short.bound_on) == ("all pairs", "8 seats an account")
    assert np.diff(short.instance.first).max() <= 9
    known = options_of(whole)
    assert options_of(short) < known
    assert {o for o in known if o[1] in (problem.owner[o[0]], NOBODY)} <= options_of(short)
    per_seat = np.bincount(short.instance.seat[short.works], minlength=30)
    assert per_seat.min() > 400 * 8 / 30 / 3  # no seat is short of accounts to choose from


def options_of(found: TerritoryModel) -> set[tuple[int, int, bool, float, float]]:
    """Every option: account, seat, whether it is worked, value, hours."""
    account = np.repeat(np.arange(found.instance.accounts_n), np.diff(found.instance.first))
    columns = (account, found.instance.seat, found.works, found.instance.value_usd, found.instance.hours)
    return set(zip(*(column.tolist() for column in columns), strict=True))


@pytest.mark.parametrize("by_team", [False, True])
@pytest.mark.parametrize("distance_max_km", [None, 300.0])
def test_a_shortlist_leaves_nobody_without_a_seat(by_team: bool, distance_max_km: float | None) -> None:
    """Each seat stands once; all of a row may own the account, or have it; whoever may be given to somebody has somebody, at any length."""
    problem = in_teams(drawn_problem(200, 12), *["commercial", "enterprise", "mid_market"] * 4)
    who = candidates(problem, by_team=by_team, distance_max_km=distance_max_km)
    for n in (4, 7, 12):
        table = shortlist(problem, who, problem.owner, n).astype(np.int64)
        assert table.shape == (200, n)
        for i, row in enumerate(table):
            seats = row[row >= 0]
            assert len(set(seats.tolist())) == len(seats)
            assert np.all(who.allowed[who.kind[i], seats])
            assert who.stays[i] or who.may_own(np.array([i]), seats).any()


def test_seats_of_one_city_are_considered_in_turns() -> None:
    """Thirty seats at one place, eight considered: none of them is left out, though to every account all are as near."""
    problem = drawn_problem(600, 30)
    seats = replace(problem.seats, latitude=np.full(30, 40.0), longitude=np.full(30, -90.0))
    table = shortlist(replace(problem, seats=seats), candidates(problem), problem.owner, 8)
    assert np.bincount(table[table >= 0], minlength=30).min() > 600 * 6 / 30 / 3
