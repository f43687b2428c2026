"""The optimised design: what it promises of its plan, and when it leaves things as they are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.planning import Assignment, PlanningProblem, Unsupported
from sim.snapshot import COARSE_STEP, UNASSIGNED
from strategies.formulation.territory_model import needs_owner
from strategies.informed import Informed
from strategies.optimized import Optimized
from strategies.optimizer.instance import Effort
from strategies.optimizer.solve import solve
from strategies.shared.candidates import candidates
from strategies.worth.predict import predict
from tests.unit.instance_evaluator import objective_usd, violations
from tests.unit.territory_evaluator import FAR_KM, State, in_teams, random_problem, random_strategy, scarce, words
from tests.worlds import awkward_problems, drawn_problem, tiny_problem

QUICK: dict[str, Any] = {"search_rounds_n": 1, "exact_nodes_n": 0}  # what a plan is to keep, it keeps with little effort too


def plan(problem: PlanningProblem, **parameters: Any) -> Assignment:
    """The optimised design with some parameters bent, found with little effort."""
    return Optimized(**{**QUICK, **parameters}).assign(problem, np.random.default_rng(0))


@pytest.mark.parametrize("name", awkward_problems())
def test_everybody_gets_an_owner_and_the_bound_holds_on_awkward_problems(name: str) -> None:
    """Every account that somebody may own, and must, is owned; the objective is not above the bound; both are finite."""
    problem = awkward_problems()[name]
    found = plan(problem)
    must_be_owned = needs_owner(problem, candidates(problem)) & ~candidates(problem).stays
    assert np.all(found.owner[must_be_owned] >= 0)
    assert np.isfinite(found.info["objective_usd"])
    assert found.info["objective_usd"] <= found.info["bound_usd"] + 1e-6


@pytest.mark.parametrize("owned", [True, False])
def test_the_stated_objective_is_the_one_an_independent_evaluator_finds(owned: bool) -> None:
    """400 accounts x 8 seats: what the info says follows from who owns and works what, the plan is feasible, the gap is below 0.5 %."""
    problem = drawn_problem(400, 8, owned=owned)
    strategy = Optimized(**QUICK)
    found = strategy.assign(problem, np.random.default_rng(0))
    model = strategy.model(problem)
    choice = solve(model.instance, Effort(**QUICK), start=model.start).choice
    assert violations(model.instance, choice.tolist()) == []
    assert found.info["objective_usd"] == pytest.approx(objective_usd(model.instance, choice.tolist()), rel=1e-9)
    told = words(problem, strategy)
    works = model.works[choice].tolist()
    plan = [
        State(r, w, *(told.worked(i, r) if w else (0.0, 0.0))) for i, (r, w) in enumerate(zip(found.owner.tolist(), works, strict=True))
    ]
    grid_usd = COARSE_STEP * len(plan)  # values and weights of the instance are rounded to it
    assert found.info["objective_usd"] == pytest.approx(told.objective_usd(plan), rel=0, abs=grid_usd)
    assert found.info["planned_n"] == sum(works)
    assert 0 <= found.info["gap_share"] < 0.005


@pytest.mark.parametrize("seed", range(20))
def test_the_plan_is_the_best_there_is_on_markets_small_enough_to_try_everything(seed: int) -> None:
    """Random tiny markets under random rules: nothing else that may be done with four accounts brings more, by the words of the maths."""
    rng = np.random.default_rng(1000 + seed)
    problem = replace(scarce(random_problem(rng, accounts_n=4), rng), leave_none=True)
    strategy = random_strategy(rng)
    try:
        found = strategy.assign(problem, np.random.default_rng(0))
    except Unsupported:
        return
    best = words(problem, strategy).best_usd()
    assert found.info["objective_usd"] == pytest.approx(best, rel=1e-6, abs=1e-6)
    assert found.info["bound_usd"] >= best - 1e-6 * abs(best)


def test_protected_accounts_stay_though_the_plan_would_move_them() -> None:
    """Half the accounts are protected: none of them moves, some of the others do."""
    problem = drawn_problem(400, 6, owned=True)
    protected = np.arange(400) % 2 == 0
    moved = plan(replace(problem, protected=protected)).owner != problem.owner
    assert np.any(plan(problem).owner[protected] != problem.owner[protected])
    assert not moved[protected].any()
    assert moved.any()


def test_a_plan_uses_no_chance() -> None:
    """Two generators, one design."""
    problem = drawn_problem(200, 4, owned=True)
    first, second = (Optimized(**QUICK).assign(problem, np.random.default_rng(seed)) for seed in (1, 2))
    assert first.owner.tolist() == second.owner.tolist()


def test_nothing_moves_where_moving_brings_nothing() -> None:
    """Seats alike and hours for everybody: today's owners stay, since every move loses a relationship or the margin."""
    problem = tiny_problem(places=False, capacity_h_per_week=1000.0)
    problem = replace(problem, seats=replace(problem.seats, skills=np.zeros((3, 3), dtype=np.bool_)))
    assert plan(problem, imbalance_weight=0.0).owner.tolist() == problem.owner.tolist()


def test_what_nobody_works_stays_where_it_is() -> None:
    """Moves are for accounts that somebody is to work: the parked ones keep their owners."""
    problem = drawn_problem(600, 4, owned=True)
    found = plan(problem, score="tam")
    moved = found.owner != problem.owner
    assert found.info["planned_n"] < 600
    assert 0 < moved.sum() <= found.info["planned_n"]
    assert np.mean(predict(found.owner, problem, "tam").worked_share[moved] > 0) > 0.95


def test_the_margin_holds_accounts_back() -> None:
    """The dearer a move, the fewer there are; at the whole value of an account nobody moves."""
    problem = drawn_problem(400, 6, owned=True)
    moved = [int(np.sum(plan(problem, disruption_loss_share=c, imbalance_weight=0.0).owner != problem.owner)) for c in (0.0, 0.1, 1.0)]
    assert moved[0] > moved[1] > moved[2] == 0


def test_the_balance_weight_evens_out_potential() -> None:
    """A dearer imbalance leaves the books nearer to their targets."""
    problem = drawn_problem(600, 6, owned=True)

    def off_target(weight: float) -> float:
        book = np.bincount(plan(problem, imbalance_weight=weight).owner, problem.accounts.potential_usd, 6)
        return float(np.abs(book - book.mean()).sum())

    assert off_target(0.5) < 0.5 * off_target(0.0)


def test_a_buffer_is_left_free() -> None:
    """With 15 % of the hours kept back the plan asks for at most 85 %, and is worth less."""
    problem = drawn_problem(400, 4, owned=True)
    tight = replace(problem, buffer_share=0.15)
    assert Optimized().model(tight).instance.budget_h == pytest.approx(0.85 * 12.0 * 104)
    assert plan(tight).info["objective_usd"] < plan(problem).info["objective_usd"]


def test_the_optimum_is_expected_to_beat_what_there_is() -> None:
    """By the planner's own word, on a market whose owners were drawn at random, the optimised design books more than today's."""
    problem = drawn_problem(600, 6, owned=True)
    assert predict(plan(problem).owner, problem).bookings_usd > 1.02 * predict(problem.owner, problem).bookings_usd


def test_without_owners_books_come_out_even() -> None:
    """From scratch, what is not planned is dealt out so that every book ends near its target, by count of worthless accounts too."""
    problem = drawn_problem(600, 6)
    book = np.bincount(plan(problem, imbalance_weight=0.1, search_rounds_n=8).owner, problem.accounts.potential_usd, 6)
    assert np.abs(book / book.mean() - 1).max() < 0.15  # none outside the +-15 % by which the field calls a territory uneven
    worthless = plan(tiny_problem(owner=-1, potential_usd=0.0))
    assert np.bincount(worthless.owner, minlength=3).tolist() == [4, 4, 4]


def test_the_farthest_seat_has_a_price_of_its_own() -> None:
    """With the price on the largest deviation alone, no book is far off; with the sum alone, a few may be."""
    problem = drawn_problem(300, 6, owned=True)

    def farthest(**weights: float) -> float:
        book = np.bincount(plan(problem, **weights).owner, problem.accounts.potential_usd, 6)
        return float(np.abs(book - book.mean()).max())

    assert farthest(imbalance_weight=0.0, imbalance_max_weight=2.0) < 0.3 * farthest(imbalance_weight=0.0)


def test_travel_has_a_price_beyond_its_hours() -> None:
    """The dearer an hour on the road, the fewer of them a plan has."""
    problem = drawn_problem(300, 6)

    def travel_h(price: float) -> float:
        owner = plan(problem, travel_usd_per_h=price).owner
        return float(problem.travel_h_per_week(np.arange(300), owner).sum())

    assert travel_h(2000.0) < 0.9 * travel_h(0.0)


@pytest.mark.parametrize("owned", [True, False])
def test_books_keep_their_numbers(owned: bool) -> None:
    """Every seat owns 45 to 55 accounts of 300, which neither plan would do by itself; everybody is owned, what is protected stays."""
    problem = drawn_problem(300, 6, owned=owned)
    problem = replace(problem, protected=(np.arange(300) % 10 == 0) & owned)
    assert np.ptp(np.bincount(plan(problem).owner, minlength=6)) > 10
    found = plan(problem, accounts_min=45, accounts_max=55)
    count = np.bincount(found.owner, minlength=6)
    assert 45 <= count.min() <= count.max() <= 55
    assert np.array_equal(found.owner[problem.protected], problem.owner[problem.protected])
    assert found.info["objective_usd"] <= plan(problem).info["bound_usd"]


def test_an_account_is_given_to_nobody_far_away() -> None:
    """At 500 km, from owners at random: what moves goes to a seat within it, and what stays may be as far away as it was."""
    problem = drawn_problem(300, 12, owned=True)
    found = plan(problem, distance_max_km=FAR_KM)
    moved = np.flatnonzero(found.owner != problem.owner)
    assert len(moved) > 0
    assert problem.distance_km(moved, found.owner[moved]).max() <= FAR_KM
    assert problem.distance_km(np.arange(300), found.owner).max() > FAR_KM
    free = plan(problem)
    assert problem.distance_km(np.arange(300), free.owner)[free.owner != problem.owner].max() > FAR_KM


def test_unknown_places_are_not_far_away() -> None:
    """Without places a maximal distance changes nothing."""
    problem = tiny_problem(places=False)
    assert plan(problem, distance_max_km=1.0).owner.tolist() == plan(problem).owner.tolist()


def test_teams_work_their_own_segments() -> None:
    """A commercial and an enterprise team and one of the field: each of the two segments has its own team, the third goes to anybody."""
    problem = in_teams(drawn_problem(300, 6, owned=True), "commercial", "commercial", "commercial", "enterprise", "enterprise", "field")
    problem = replace(problem, protected=np.arange(300) % 20 == 0)
    owner, segment = plan(problem, by_team=True).owner, problem.accounts.segment
    free = ~problem.protected
    assert set(owner[free & (segment == 0)]) == {0, 1, 2}
    assert set(owner[free & (segment == 2)]) == {3, 4}
    assert len(set(owner[free & (segment == 1)])) > 3
    assert np.array_equal(owner[~free], problem.owner[~free])


def test_what_is_not_worked_may_be_left_to_nobody() -> None:
    """Of 600 accounts those that no plan works are nobody's, but for customers, open deals and protected ones; no less is expected."""
    problem = drawn_problem(600, 4, owned=True)
    problem = replace(problem, protected=np.arange(600) % 50 == 1)
    found, everybody = plan(replace(problem, leave_none=False)), plan(problem)
    nobodys = found.owner == UNASSIGNED
    customers = ~np.isnan(problem.accounts.customer_since_day)
    assert nobodys.mean() > 0.1
    assert not np.any(nobodys & (customers | problem.protected | (problem.open_stage >= 0)))
    assert np.count_nonzero(~nobodys) <= found.info["planned_n"] + np.count_nonzero(customers | problem.protected)
    assert np.all(everybody.owner >= 0)
    assert predict(found.owner, problem).bookings_usd > 0.97 * predict(everybody.owner, problem).bookings_usd


def test_books_that_leave_accounts_to_nobody_are_even_too() -> None:
    """A dearer imbalance evens out books of what is owned, though none can hold its share of all."""
    problem = replace(drawn_problem(600, 6, owned=True), leave_none=False)

    def off_target(weight: float) -> float:
        owner = plan(problem, imbalance_weight=weight, search_rounds_n=8).owner
        book = np.bincount(owner[owner >= 0], problem.accounts.potential_usd[owner >= 0], 6)
        return float(np.abs(book - book.mean()).sum())

    assert off_target(0.5) < 0.7 * off_target(0.0)


def test_rules_that_contradict_each_other_are_refused_before_anything_is_solved() -> None:
    """The strategy says no, with the contradiction."""
    with pytest.raises(Unsupported, match=r"optimized\.accounts_min: 5 accounts for each of 3 seats are 15, and there are 12"):
        plan(tiny_problem(), accounts_min=5)


def test_informed_refuses_an_honest_problem() -> None:
    """Nobody knows the truth of a company's own CRM."""
    with pytest.raises(Unsupported, match="truth"):
        Informed().assign(tiny_problem(), np.random.default_rng(0))


def test_informed_plans_with_the_truth_and_claims_no_bound() -> None:
    """Told that one seat has all the talent, it gives it what matters; its info has no bound and no gap."""
    problem = replace(drawn_problem(300, 3), told_truth=True)
    gifted = replace(problem, seat_logit=np.array([0.5, 0.0, 0.0]))
    alike, told = (Informed(Optimized(imbalance_weight=0.0, **QUICK)).assign(p, np.random.default_rng(0)) for p in (problem, gifted))
    assert told.info["objective_usd"] > alike.info["objective_usd"]
    assert "bound_usd" not in told.info
    assert "gap_share" not in told.info


@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ({"score": "magic"}, "optimized.score: 'magic' is not one of historical, tam"),
        ({"imbalance_weight": -1.0}, "optimized.imbalance_weight: -1.0 must lie between"),
        ({"imbalance_max_weight": -1.0}, "optimized.imbalance_max_weight: -1.0 must lie between"),
        ({"travel_usd_per_h": -1.0}, "optimized.travel_usd_per_h: -1.0 must lie between"),
        ({"disruption_loss_share": 1.5}, "optimized.disruption_loss_share: 1.5 must lie between 0 and 1"),
        ({"accounts_min": -1}, "optimized.accounts_min: -1 must lie between"),
        ({"accounts_max": 0}, "optimized.accounts_max: 0 must lie between"),
        ({"accounts_min": 9, "accounts_max": 8}, "optimized.accounts_min: 9 is above accounts_max, 8"),
        ({"distance_max_km": 0.0}, "optimized.distance_max_km: 0.0 must lie between"),
        ({"candidates_n": 3}, "optimized.candidates_n: 3 must lie between"),
        ({"gap_share": -0.1}, "optimized.gap_share: -0.1 must lie between"),
        ({"price_steps_n": 0}, "optimized.price_steps_n: 0 must lie between"),
        ({"search_rounds_n": -1}, "optimized.search_rounds_n: -1 must lie between"),
        ({"exact_nodes_n": -1}, "optimized.exact_nodes_n: -1 must lie between"),
        ({"time_limit_s": 0.0}, "optimized.time_limit_s: 0.0 must lie between"),
    ],
)
def test_a_wrong_parameter_is_named_with_its_value(parameters: dict[str, object], complaint: str) -> None:
    """A mistake in the YAML is one clear line."""
    with pytest.raises(ValueError, match=complaint.replace(".", r"\.")):
        Optimized(**parameters)  # type: ignore[arg-type]
