"""The optimised design: what it promises of its plan, and when it leaves things as they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.planning import Assignment, PlanningProblem, Unsupported
from strategies.assignment_lp import solve
from strategies.candidates import candidates
from strategies.informed import Informed
from strategies.optimized import Optimized
from strategies.predict import predict
from tests.unit.assignment_evaluator import objective_usd, violations
from tests.worlds import awkward_problems, drawn_problem, tiny_problem


def plan(problem: PlanningProblem, **parameters: float | str) -> Assignment:
    """The optimised design with some parameters bent."""
    return Optimized(**parameters).assign(problem, np.random.default_rng(0))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", awkward_problems())
def test_everybody_gets_an_owner_and_the_bound_holds_on_awkward_problems(name: str) -> None:
    """Every account that somebody may own is owned; the objective is not above the bound; both are finite."""
    problem = awkward_problems()[name]
    found = plan(problem)
    may_be_owned = ~candidates(problem).stays
    assert np.all(found.owner[may_be_owned] >= 0)
    assert np.isfinite(found.info["objective_usd"])
    assert found.info["objective_usd"] <= found.info["bound_usd"] + 1e-6


@pytest.mark.parametrize("owned", [True, False])
def test_the_stated_objective_is_the_one_an_independent_evaluator_finds(owned: bool) -> None:
    """400 accounts x 8 seats: what the info says can be recomputed from the design, the plan is feasible, the gap is below 1 %."""
    problem = drawn_problem(400, 8, owned=owned)
    strategy = Optimized()
    found = strategy.assign(problem, np.random.default_rng(0))
    model = strategy.model(problem, candidates(problem))
    worked_at = solve(model, strategy.candidates_n).worked_at.tolist()
    assert violations(model, worked_at) == []
    assert found.info["objective_usd"] == pytest.approx(objective_usd(model, found.owner.tolist(), worked_at), rel=1e-9)
    assert 0 <= found.info["gap_share"] < 0.01


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
    first, second = (Optimized().assign(problem, np.random.default_rng(seed)) for seed in (1, 2))
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
    strategy = Optimized()
    model = strategy.model(tight, candidates(tight))
    assert model.budget_h == pytest.approx(0.85 * 12.0 * 104)
    assert plan(tight).info["objective_usd"] < plan(problem).info["objective_usd"]


def test_the_optimum_is_expected_to_beat_what_there_is() -> None:
    """By the planner's own word, on a market whose owners were drawn at random, the optimised design books more than today's."""
    problem = drawn_problem(600, 6, owned=True)
    assert predict(plan(problem).owner, problem).bookings_usd > 1.02 * predict(problem.owner, problem).bookings_usd


def test_without_owners_books_come_out_even() -> None:
    """From scratch, what is not planned is dealt out so that every book ends near its target, by count of worthless accounts too."""
    problem = drawn_problem(600, 6)
    book = np.bincount(plan(problem, imbalance_weight=0.1).owner, problem.accounts.potential_usd, 6)
    assert np.abs(book / book.mean() - 1).max() < 0.15  # none outside the +-15 % by which the field calls a territory uneven
    worthless = plan(tiny_problem(owner=-1, potential_usd=0.0))
    assert np.bincount(worthless.owner, minlength=3).tolist() == [4, 4, 4]


def test_informed_refuses_an_honest_problem() -> None:
    """Nobody knows the truth of a company's own CRM."""
    with pytest.raises(Unsupported, match="truth"):
        Informed().assign(tiny_problem(), np.random.default_rng(0))


def test_informed_plans_with_the_truth_and_claims_no_bound() -> None:
    """Told that one seat has all the talent, it gives it what matters; its info has no bound and no gap."""
    problem = replace(drawn_problem(300, 3), told_truth=True)
    gifted = replace(problem, seat_logit=np.array([0.5, 0.0, 0.0]))
    alike, told = (Informed(Optimized(imbalance_weight=0.0)).assign(p, np.random.default_rng(0)) for p in (problem, gifted))
    assert told.info["objective_usd"] > alike.info["objective_usd"]
    assert "bound_usd" not in told.info
    assert "gap_share" not in told.info


@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ({"score": "magic"}, "optimized.score: 'magic' is not one of historical, tam"),
        ({"imbalance_weight": -1.0}, "optimized.imbalance_weight: -1.0 must not be negative"),
        ({"disruption_loss_share": 1.5}, "optimized.disruption_loss_share: 1.5 must lie between 0 and 1"),
        ({"candidates_n": 0}, "optimized.candidates_n: 0 must be at least 1"),
    ],
)
def test_a_wrong_parameter_is_named_with_its_value(parameters: dict[str, object], complaint: str) -> None:
    """A mistake in the YAML is one clear line."""
    with pytest.raises(ValueError, match=complaint.replace(".", r"\.")):
        Optimized(**parameters)  # type: ignore[arg-type]
