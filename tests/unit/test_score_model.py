"""The ``model`` score: it learns what is there, says when nothing is, and claims no gain from matching where reps make no difference."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit

from sim.market import planning_problem
from sim.planning import PlanningProblem
from sim.snapshot import BoolArray, FloatArray, History, IntArray, empty_history
from strategies.matching import Matching, matching_effect, relationship_at_start
from strategies.predict import predict
from strategies.score import Score, historical, model
from strategies.score_fit import Encoded, chance_of, encoded, for_the_unworked, stage_shift, worked_chance
from strategies.score_model import learned_shift
from strategies.score_sample import history_rows, old_enough, seen_share
from strategies.score_validation import calibration, foretold, gain, validate
from strategies.throughput import Beliefs
from tests.markets import drawn_market
from tests.worlds import HORIZON_DAYS, awkward_problems, drawn_problem, tiny_policy, tiny_problem, tiny_world

ACCOUNTS_N = 3000


def lived_problem(shift: FloatArray | None = None, seed: int = 0, chosen: BoolArray | None = None, attempts_n: int = 1) -> PlanningProblem:
    """3,000 accounts, those ``chosen`` tried by luck with a ``shift`` of their log-odds, over a year; what has not ended is not known.

    The CRM knows employees and fit at random; the estimates are right but for noise of log-sd 0.6.
    """
    rng = np.random.default_rng(seed)
    problem = drawn_problem(ACCOUNTS_N, 10, seed, owned=True)
    truth, segment = problem.accounts.potential_usd, problem.accounts.segment
    accounts = replace(
        problem.accounts,
        employees=np.array([60.0, 400.0, 4000.0])[segment] * rng.lognormal(0.0, 0.7, ACCOUNTS_N),
        fit=rng.beta(2.0, 2.0, ACCOUNTS_N),
        potential_usd=truth * rng.lognormal(0.0, 0.6, ACCOUNTS_N),
    )
    account = np.repeat(np.arange(ACCOUNTS_N) if chosen is None else np.flatnonzero(chosen), attempts_n)
    odds = logit(problem.rates.pass_chance)[segment[account]]
    passed = rng.random((len(account), 3)) < expit(odds if shift is None else odds + shift[account][:, None])
    days = problem.rates.stage_days[segment[account]] * rng.lognormal(-0.125, 0.5, (len(account), 3))
    won = passed.all(axis=1)
    stages_n = np.where(won, 3, 1 + np.argmin(passed, axis=1))
    created = rng.uniform(-364.0, 0.0, len(account))
    closed = created + np.where(np.arange(3) < stages_n[:, None], days, 0.0).sum(axis=1)
    history = History(
        account=account,
        seat=problem.owner[account],
        created_day=created,
        closed_day=np.minimum(closed, 0.0),
        won=won,
        expansion=np.zeros(len(account), dtype=np.bool_),
        amount_usd=np.where(won, truth[account] * rng.lognormal(-0.08, 0.4, len(account)), 0.0),
    )
    customer_since = np.full(ACCOUNTS_N, np.nan)
    return replace(
        problem,
        accounts=replace(accounts, customer_since_day=customer_since),
        history=history_rows(history, closed <= 0.0),
    )


def larger(problem: PlanningProblem) -> FloatArray:
    """Log of the estimate against the median of the segment."""
    potential, segment = problem.accounts.potential_usd, problem.accounts.segment
    size: FloatArray = np.log(potential / np.array([np.median(potential[segment == s]) for s in range(3)])[segment])
    return size


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
    assert np.array_equal(told.potential_usd, problem.accounts.potential_usd)


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
    code = "import sys, strategies.score_model, strategies.matching; sys.exit('sklearn' in sys.modules)"
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
    what, chance = prepared(problem)
    own = learned_shift(problem, what, for_the_unworked(old_enough(problem)[0], chance))
    unseen = chance < 0.02
    assert unseen.sum() > 100
    assert np.all(np.abs(score.shift[unseen]) <= 0.11 * np.abs(own[unseen]))
    assert np.array_equal(score.shift[chance > 0.2], own[chance > 0.2])


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


# ------------------------------------------------------------------------------------------------------------------- who sells


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
