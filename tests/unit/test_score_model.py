"""The ``model`` score: it learns what is there, says when nothing is, and is not misled by what a CRM does not show."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit
from threadpoolctl import threadpool_limits

from sim.planning import PlanningProblem
from sim.snapshot import COARSE_STEP, FloatArray, IntArray, empty_history, to_grid
from strategies.worth.score import Score, historical, model
from strategies.worth.score_fit import Encoded, chance_of, encoded, for_the_unworked, stage_shift, worked_chance
from strategies.worth.score_model import learned_shift
from strategies.worth.score_sample import history_rows, old_enough, seen_share
from strategies.worth.score_validation import calibration, foretold, gain, validate
from strategies.worth.throughput import Beliefs
from tests.unit.lived import ACCOUNTS_N, larger, lived_problem
from tests.worlds import awkward_problems, drawn_problem


def same(score: Score, other: Score) -> bool:
    """Whether two scores say the same of every account."""
    return bool(np.array_equal(score.potential_usd, other.potential_usd) and np.array_equal(score.shift, other.shift))


def prepared(problem: PlanningProblem) -> tuple[Encoded, FloatArray]:
    """The problem's accounts encoded, and the chance that each was worked."""
    what = encoded(problem)
    return what, worked_chance(what, problem)


# ----------------------------------------------------------------------------------------------------------------- what it falls back to


def test_without_wins_and_losses_it_is_historical_and_says_so() -> None:
    """No history, an order list (wins only) and a dozen deals: nothing is modelled, and the word tells why."""
    problem = lived_problem()
    wins = history_rows(problem.history, problem.history.won)
    few = history_rows(problem.history, np.arange(len(problem.history)) < 90)
    for history, why in (
        (empty_history(), "0 wins and 0 losses"),
        (wins, "and 0 losses are too few"),
        (few, "are too few to test a model"),
    ):
        bare = replace(problem, history=history)
        score = model(bare)
        assert same(score, historical(bare))
        assert score.word.startswith("historical: ")
        assert why in score.word
        assert not score.measured


@pytest.mark.parametrize("name", awkward_problems())
def test_any_problem_is_scored(name: str) -> None:
    """Every awkward problem has a finite score."""
    score = model(awkward_problems()[name])
    assert np.all(np.isfinite(score.potential_usd))
    assert np.all(np.isfinite(score.shift))


def test_where_only_luck_decides_the_chance_stays_historical() -> None:
    """Accounts that sell as the company believes: in three histories the model claims a better chance in one at most."""
    beaten = []
    for seed in range(3):
        problem = lived_problem(0.5 * (lived_problem(seed=seed).accounts.fit - 0.5), seed)
        score = model(problem)
        beaten.append("chance: model" in score.word)
        if not beaten[-1]:
            assert "chance: historical, which the model does not beat" in score.word
            assert np.array_equal(score.shift, historical(problem).shift)
            assert "fit_logit" not in score.measured
    assert sum(beaten) <= 1


# --------------------------------------------------------------------------------------------------------------------- what it learns


def test_an_effect_that_nobody_believed_in_is_found() -> None:
    """Large accounts are harder and good fits far easier than believed: the model beats historical and is nearer to the truth."""
    drawn = lived_problem()
    truth = 1.5 * (drawn.accounts.fit - 0.5) - 0.35 * larger(drawn)
    problem = lived_problem(truth, attempts_n=2)
    score, known = model(problem), historical(problem)
    assert "chance: model" in score.word
    assert score.measured["fit_logit"] == 0.0
    believed = known.shift + Beliefs().fit_logit * (problem.accounts.fit - 0.5)
    assert np.std(score.shift - truth) < 0.5 * np.std(believed - truth)
    assert np.corrcoef(score.shift, truth)[0, 1] > 0.9
    assert np.polyfit(score.shift, truth, 1)[0] == pytest.approx(1.0, abs=0.25)


def test_employees_sharpen_the_value() -> None:
    """Where the CRM's employees know of the potential what its noisy estimate does not, the value is nearer to the truth."""
    problem = lived_problem(seed=3)
    truth = drawn_problem(ACCOUNTS_N, 10, 3, owned=True).accounts.potential_usd
    size = truth / np.array([12e3, 40e3, 150e3])[problem.accounts.segment]
    employees = size * np.random.default_rng(1).lognormal(0.0, 0.4, ACCOUNTS_N)
    problem = replace(problem, accounts=replace(problem.accounts, employees=employees))
    score, known = model(problem), historical(problem)
    assert "value: model" in score.word
    assert np.std(np.log(score.potential_usd / truth)) < 0.85 * np.std(np.log(known.potential_usd / truth))
    assert score.potential_usd.sum() == pytest.approx(truth.sum(), rel=0.1)
    told = model(replace(problem, told_truth=True))
    assert np.array_equal(told.potential_usd, to_grid(problem.accounts.potential_usd, COARSE_STEP))


def test_the_shift_is_the_one_that_gives_the_chance() -> None:
    """``stage_shift`` inverts the product of the stages, and stops at its limit."""
    stages = np.array([[0.45, 0.55, 0.5], [0.86, 0.87, 0.87], [0.4, 0.45, 0.4]])
    shift = np.array([0.3, -0.7, 0.0])
    chance = expit(logit(stages) + shift[:, None]).prod(axis=1)
    assert stage_shift(chance, stages, 2.0) == pytest.approx(shift, abs=1e-9)
    assert stage_shift(np.array([0.0, 1.0, 0.5]), stages, 2.0)[:2] == pytest.approx([-2.0, 2.0])


def test_the_same_history_gives_the_same_score() -> None:
    """Twice the same, to the last bit."""
    problem = lived_problem(seed=1)
    assert same(model(problem), model(problem))


def test_who_sold_and_where_makes_no_difference_to_chance_and_value() -> None:
    """Other seats and regions in the history: the same shift and the same value."""
    problem = lived_problem(1.5 * (lived_problem().accounts.fit - 0.5))
    history = replace(problem.history, seat=np.zeros(len(problem.history), dtype=np.int64))
    elsewhere = replace(problem, history=history, accounts=replace(problem.accounts, region=np.full(ACCOUNTS_N, -1)))
    assert same(model(problem), model(elsewhere))


def test_scikit_learn_is_imported_when_it_is_needed_only() -> None:
    """Importing the score costs no seconds."""
    code = "import sys, strategies.worth.score_model, strategies.worth.matching; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# ------------------------------------------------------------------------------------------------------------ wins that are not seen yet


def test_how_long_it_takes_is_known_although_long_ones_are_not_seen() -> None:
    """Durations of which only those below their age are seen: their distribution comes out as if all had been, the plain share does not."""
    rng = np.random.default_rng(0)
    lasted, age = rng.lognormal(0.0, 0.4, 8000), rng.uniform(0.0, 4.0, 8000)
    seen = lasted <= age
    at = np.array([0.8, 1.0, 1.5, 2.0])
    true = np.array([np.mean(lasted <= t) for t in at])
    assert seen_share(lasted[seen], age[seen], at) == pytest.approx(true, abs=0.03)
    assert np.mean(lasted[seen] <= 1.0) > true[1] + 0.05
    assert seen_share(np.zeros(0), np.zeros(0), at).tolist() == [1.0] * 4


def test_early_losses_do_not_make_recent_engagements_look_bad() -> None:
    """Of engagements begun little more than a cycle ago, weighted as many are won as the public rates say; unweighted too few."""
    raw, weighted, public = [], [], []
    for seed in range(3):
        problem = lived_problem(seed=seed, attempts_n=4)
        sample, rows = old_enough(problem)
        cycle_days = problem.rates.stage_days.sum(axis=1)[problem.accounts.segment[sample.account]]
        recent = -sample.created_day < 1.3 * cycle_days
        raw.append(sample.won[recent].mean())
        weighted.append(np.average(sample.won[recent], weights=sample.weight[recent]))
        public.append(problem.rates.pass_chance[0].prod())
        assert np.array_equal(sample.account, problem.history.account[rows])
        assert sample.weight.mean() == pytest.approx(1.0)
        assert np.all(-sample.created_day > 0.5 * cycle_days)
    assert np.mean(weighted) == pytest.approx(np.mean(public), abs=0.015)
    assert np.mean(raw) < np.mean(public) - 0.025


# --------------------------------------------------------------------------------------------------------------------- validation


def test_what_happens_after_the_cut_is_not_known_before() -> None:
    """Wins after the cut become losses, losses wins of a million: no score says anything else of what began after it."""
    problem = lived_problem(seed=2)
    first = validate(problem, *prepared(problem))
    assert first is not None
    assert np.all(first.sample.created_day > first.cut_day)
    history = problem.history
    won = history.won ^ (history.closed_day > first.cut_day)
    paid = np.where(won, np.where(history.won, history.amount_usd, 1e6), 0.0)
    other = replace(problem, history=replace(history, won=won, amount_usd=paid))
    second = foretold(other, *prepared(other), first.cut_day, first.sample)
    assert second is not None
    for before, after in ((first.chance, second.chance), (first.value_usd, second.value_usd)):
        for score in ("tam", "historical", "model"):
            assert np.array_equal(before[score], after[score])


def test_chances_are_calibrated_out_of_time() -> None:
    """Over four histories, predicted and observed chances agree in every fifth of the engagements."""
    parts, rows_n = [], []
    for seed in range(4):
        problem = lived_problem(1.5 * (lived_problem(seed=seed).accounts.fit - 0.5), seed=seed)
        validation = validate(problem, *prepared(problem))
        assert validation is not None
        parts.append(calibration(validation.sample.won, validation.chance["model"], validation.sample.weight, 5))
        rows_n.append(len(validation.sample))
    predicted, observed, error, rows = np.mean(parts, axis=0).T
    assert observed == pytest.approx(predicted, abs=0.04)
    assert predicted[-1] > 1.5 * predicted[0]
    assert np.all(error > 0)
    assert rows.sum() == pytest.approx(np.mean(rows_n))


def test_rows_of_one_account_count_once_in_the_error_of_a_gain() -> None:
    """The same gain written ten times is not known better; written for ten accounts it is."""
    rng = np.random.default_rng(0)
    before, after = rng.random(50), rng.random(50)
    account = np.arange(50)
    once = gain(before, after, np.ones(50), account)
    copied = gain(np.tile(before, 10), np.tile(after, 10), np.ones(500), np.tile(account, 10))
    apart = gain(np.tile(before, 10), np.tile(after, 10), np.ones(500), np.arange(500))
    assert copied.se == pytest.approx(once.se)
    assert apart.se == pytest.approx(once.se / np.sqrt(10))
    assert once.mean == pytest.approx(float((before - after).mean()))


# ------------------------------------------------------------------------------------------------------------- who was chosen to be worked


def test_weights_bring_the_model_nearer_to_the_accounts_that_nobody_chose() -> None:
    """Fit matters at large accounts only, and reps worked the large ones: over all accounts the weighted model errs less."""
    drawn = lived_problem(seed=2)
    size, fit = larger(drawn), drawn.accounts.fit
    truth = 3.0 * (fit - 0.5) * expit(4.0 * size)
    chosen = np.random.default_rng(2).random(ACCOUNTS_N) < expit(1.0 + 2.5 * size)
    problem = lived_problem(truth, seed=2, chosen=chosen, attempts_n=2)
    sample, _ = old_enough(problem)
    what, chance = prepared(problem)
    weighted = for_the_unworked(sample, chance)
    error, plain_error = (np.std(learned_shift(problem, what, each) - truth) for each in (weighted, sample))
    assert error < 0.95 * plain_error
    assert weighted.effective_n < sample.effective_n


def test_accounts_unlike_all_that_were_worked_are_drawn_to_their_segment() -> None:
    """Nobody has ever tried the smallest tenth: their shifts are closer to 0 than the model's own word."""
    size = larger(lived_problem())
    truth = 1.5 * (lived_problem().accounts.fit - 0.5) + 0.3 * size
    problem = lived_problem(truth, chosen=size > np.quantile(size, 0.4), attempts_n=2)
    score = model(problem)
    assert "chance: model" in score.word
    with threadpool_limits(1):  # as the model is fitted: sums in another order would differ in the last bit
        what, chance = prepared(problem)
        own = learned_shift(problem, what, for_the_unworked(old_enough(problem)[0], chance))
    unseen = chance < 0.02
    assert unseen.sum() > 100
    assert np.all(np.abs(score.shift[unseen]) <= 0.11 * np.abs(own[unseen]))
    assert np.array_equal(score.shift[chance > 0.2], to_grid(own[chance > 0.2]))


def test_an_account_is_asked_as_what_it_is() -> None:
    """``chance_of`` tells new customers from expansions, and both from segment to segment."""
    problem = lived_problem()
    history = problem.history
    half = np.arange(len(history)) % 2 == 0
    won = np.where(half, history.won, ~history.won)
    problem = replace(problem, history=replace(history, expansion=~half, won=won, amount_usd=np.where(won, 1e4, 0.0)))
    chance = chance_of(encoded(problem), old_enough(problem)[0])
    everybody: IntArray = np.arange(ACCOUNTS_N)
    new, more = (chance(everybody, np.full(ACCOUNTS_N, kind)) for kind in (False, True))
    assert new.mean() < 0.2
    assert more.mean() > 0.8
