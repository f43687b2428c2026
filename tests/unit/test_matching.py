"""What a skill match is worth: a strong effect is found, and no gain from matching is claimed where reps make no difference."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.market import planning_problem
from sim.planning import PlanningProblem
from sim.snapshot import History, empty_history
from strategies.worth.matching import Matching, matching_effect, relationship_at_start
from strategies.worth.predict import predict
from strategies.worth.score import model
from strategies.worth.score_sample import history_rows
from strategies.worth.throughput import Beliefs
from tests.markets import drawn_market
from tests.unit.lived import ACCOUNTS_N, lived_problem
from tests.worlds import HORIZON_DAYS, tiny_policy, tiny_problem, tiny_world


def history_of(seed: int, **effects: float) -> PlanningProblem:
    """The view of a market of 10 seats and 1,500 accounts that has lived a year in a world with these effects of the rep."""
    world = tiny_world(**{"skill_effect": 0.0, "talent_effect": 0.0, "relationship_effect": 0.0, **effects})
    market = drawn_market(seed, world, accounts_n=1500, seats_n=10, capacity_h_per_week=14.0)
    return planning_problem(market.snapshot, world, tiny_policy(), HORIZON_DAYS)


def measured(problem: PlanningProblem) -> Matching:
    """The effect of a skill match; there is one."""
    effect = matching_effect(problem)
    assert effect is not None
    return effect


def gain_from_swapping(problem: PlanningProblem) -> float:
    """By how much predicted bookings change, as a share, when two seats that differ in nothing but their skills exchange their books."""
    everybody = np.arange(len(problem.accounts))
    skilled = np.argmax(problem.seats.skills, axis=1)
    one, other = 0, int(np.flatnonzero(skilled != skilled[0])[0])
    nowhere = np.full(len(everybody), np.nan)
    seats = replace(problem.seats, start_day=np.full(len(problem.seats), -1000.0))
    bare = replace(
        problem, seats=seats, owner=np.full(len(everybody), -1), accounts=replace(problem.accounts, latitude=nowhere, longitude=nowhere)
    )
    owner = np.where(problem.skill_match(everybody, np.full(len(everybody), one)), one, other)
    beliefs = replace(Beliefs(), **model(problem).measured)
    good, bad = (predict(design, bare, "historical", beliefs).bookings_usd for design in (owner, one + other - owner))
    return good / bad - 1.0


def test_where_the_rep_makes_no_difference_no_gain_from_matching_is_claimed() -> None:
    """A null history: the effect is not told from 0, the model holds it to be 0, and who knows an industry is predicted to sell alike."""
    problem = history_of(1)
    low, high = measured(problem).interval
    assert low < 0.0 < high
    assert measured(problem).supported_logit == 0.0
    assert model(problem).measured["skill_logit"] == 0.0
    assert gain_from_swapping(problem) == pytest.approx(0.0, abs=1e-12)


def test_a_strong_effect_of_skills_is_found_and_claimed() -> None:
    """With 0.5 log-odds a stage in the world: found, claimed with caution, and matched books are predicted to sell more."""
    problem = history_of(1, skill_effect=0.5)
    low, high = measured(problem).interval
    assert low < 0.5 < high
    assert 0.1 < measured(problem).supported_logit < 0.5
    assert gain_from_swapping(problem) > 0.05


def test_talent_is_not_taken_for_a_match() -> None:
    """The better half of the seats works what it knows, the others what they do not; skills have no effect, and none is measured."""
    effects = []
    for seed in range(2):
        problem = lived_problem(seed=seed)
        rng = np.random.default_rng(seed)
        everybody, talented = np.arange(ACCOUNTS_N), rng.random(ACCOUNTS_N) < 0.5
        knows = rng.random(ACCOUNTS_N) < np.where(talented, 0.8, 0.2)
        industry = problem.accounts.industry  # an even seat knows the first one, an odd seat the second
        owner = 4 * rng.integers(0, 2, ACCOUNTS_N) + 2 * ~talented + np.where(knows, industry, 1 - industry)
        bent = lived_problem(np.where(talented, 0.6, 0.0), seed=seed)
        bent = replace(bent, history=replace(bent.history, seat=owner[bent.history.account]))
        assert np.array_equal(bent.skill_match(everybody, owner), knows)
        effects.append(measured(bent).logit)
    assert abs(np.mean(effects)) < 0.15


def test_a_relationship_counts_the_days_that_this_seat_had_worked_this_account() -> None:
    """A first attempt starts with none; after 45 days by the same seat half is there; another seat, or account, begins anew."""
    problem = tiny_problem()
    rows = {"account": [0, 0, 0, 1, 0], "seat": [0, 0, 1, 0, 0], "created_day": [-100.0, -300.0, -90.0, -80.0, -50.0]}
    columns = {name: np.array(values) for name, values in rows.items()}
    history = History(
        **columns,
        closed_day=columns["created_day"] + 45.0,
        won=np.zeros(5, dtype=np.bool_),
        expansion=np.zeros(5, dtype=np.bool_),
        amount_usd=np.zeros(5),
    )
    known = relationship_at_start(replace(problem, history=history), np.arange(5))
    assert known == pytest.approx([0.5, 0.0, 0.0, 0.0, 0.75])


def test_too_small_a_history_says_nothing_of_matching() -> None:
    """Fifty wins, or seats that all know the same: the company's belief stands."""
    problem = history_of(1)
    history = problem.history
    few = history_rows(history, ~history.won | (np.cumsum(history.won) <= 50))
    assert matching_effect(replace(problem, history=few)) is None
    alike = replace(problem.seats, skills=np.ones_like(problem.seats.skills))
    assert matching_effect(replace(problem, seats=alike)) is None
    assert matching_effect(replace(problem, history=empty_history())) is None


@pytest.mark.slow
def test_no_matching_gain_in_19_of_20_null_histories() -> None:
    """Twenty worlds in which the rep makes no difference: 0 is claimed in 95 % of them at least, and errors are as large as stated."""
    effects = [measured(history_of(seed)) for seed in range(100, 120)]
    assert np.mean([effect.supported_logit == 0.0 for effect in effects]) >= 0.95
    z = np.array([effect.logit / effect.se for effect in effects])
    assert abs(z.mean()) < 0.75
    assert 0.5 < z.std() < 1.4


@pytest.mark.slow
def test_a_strong_effect_is_found_in_every_history() -> None:
    """Twenty worlds with 0.5 log-odds a stage: something is claimed in each, and the measurements are right in the mean."""
    effects = [measured(history_of(seed, skill_effect=0.5)) for seed in range(100, 120)]
    assert all(effect.supported_logit > 0.0 for effect in effects)
    assert np.mean([effect.logit for effect in effects]) == pytest.approx(0.5, abs=0.08)
