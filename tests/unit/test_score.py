"""Account scores: what the history teaches, and that it teaches nothing where there is nothing to learn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit

from sim.planning import PlanningProblem
from sim.snapshot import COARSE_STEP, FloatArray, History, empty_history, to_grid
from strategies.worth.score import calibrated_potential_usd, historical, industry_shift, tam
from tests.worlds import drawn_problem, tiny_problem


def lived_problem(
    shifts: tuple[float, float] = (0.0, 0.0), noise_log_sd: float = 0.0, seed: int = 0, level: float = 0.0
) -> tuple[PlanningProblem, FloatArray]:
    """3,000 accounts of two industries, each tried once by luck with its industry's log-odds shift; and their true potentials.

    The CRM's estimates are the truth times lognormal noise; reps worked those that the estimates make look large.
    """
    rng = np.random.default_rng(seed)
    problem = drawn_problem(3000, 10, seed, owned=True)
    truth = problem.accounts.potential_usd
    estimate = truth * np.exp(noise_log_sd * rng.standard_normal(3000))
    segment = problem.accounts.segment
    account = np.flatnonzero(estimate > np.median(estimate))
    odds = logit(problem.rates.pass_chance)[segment[account]] + level + np.array(shifts)[problem.accounts.industry[account]][:, None]
    won = rng.random(len(account)) < expit(odds).prod(axis=1)
    history = History(
        account=account,
        seat=problem.owner[account],
        created_day=np.full(len(account), -300.0),
        closed_day=np.full(len(account), -200.0),
        won=won,
        expansion=np.zeros(len(account), dtype=np.bool_),
        amount_usd=np.where(won, truth[account] * np.exp(0.4 * rng.standard_normal(len(account)) - 0.08), 0.0),
    )
    return replace(problem, accounts=replace(problem.accounts, potential_usd=estimate), history=history), truth


def test_without_history_the_public_rates_and_the_estimates_stand() -> None:
    """``historical`` without a past is ``tam``."""
    problem = replace(tiny_problem(), history=empty_history())
    learned, believed = historical(problem), tam(problem)
    assert learned.potential_usd.tolist() == believed.potential_usd.tolist()
    assert not learned.shift.any()
    assert not believed.shift.any()


def test_a_history_without_losses_teaches_no_conversion() -> None:
    """An order list has wins only; that does not mean that everything is won."""
    problem, _ = lived_problem()
    history = problem.history
    wins_only = replace(history, won=np.ones(len(history), dtype=np.bool_), amount_usd=np.ones(len(history)))
    assert not industry_shift(replace(problem, history=wins_only)).any()


def test_industries_that_sell_alike_are_scored_alike() -> None:
    """Pure luck is shrunk away: with one conversion for all, shifts are a few hundredths, however lucky one industry was."""
    shifts = np.array([industry_shift(lived_problem(seed=seed)[0]) for seed in range(5)])
    assert np.abs(shifts).mean() < 0.04
    assert np.abs(shifts).max() < 0.15


def test_a_real_difference_is_found_and_not_exaggerated() -> None:
    """Industries 0.3 log-odds a stage above and below are told apart in every segment, on the safe side of the truth on average."""
    found = np.mean([industry_shift(lived_problem((0.3, -0.3), seed=seed)[0]) for seed in range(6)], axis=0)
    assert np.all(found[:, 0] > found[:, 1])
    assert 0.15 < found[0, 0] - found[0, 1] < 0.62


def test_what_all_engagements_have_in_common_is_not_counted_as_a_difference() -> None:
    """A past that was better in every industry alike (warm relationships) shifts nobody."""
    assert np.abs(industry_shift(lived_problem(level=0.4, seed=3)[0])).max() < 0.15


def test_noisy_estimates_are_drawn_towards_their_segment() -> None:
    """With noise of log-sd 0.6 the calibrated estimates are nearer to the truth, and the largest no longer promise too much."""
    problem, truth = lived_problem(noise_log_sd=0.6)
    estimate, calibrated = problem.accounts.potential_usd, calibrated_potential_usd(problem)

    def error(values: FloatArray) -> float:
        return float(np.std(np.log(values / truth)))

    assert error(calibrated) < 0.9 * error(estimate)
    top = estimate > np.quantile(estimate, 0.95)
    assert estimate[top].sum() > 1.3 * truth[top].sum()
    assert calibrated[top].sum() == pytest.approx(truth[top].sum(), rel=0.15)


def test_exact_estimates_are_left_as_they_are() -> None:
    """Without noise in the estimates, the calibration changes an account by some per cent, whatever its deals were."""
    problem, truth = lived_problem(noise_log_sd=0.0)
    change = np.abs(np.log(calibrated_potential_usd(problem) / truth))
    assert change.mean() < 0.1
    assert change.max() < 0.25


def test_a_planner_who_is_told_the_truth_does_not_shrink_it() -> None:
    """``historical`` keeps potentials that are known to be true."""
    problem = replace(lived_problem(noise_log_sd=0.6)[0], told_truth=True)
    assert np.array_equal(historical(problem).potential_usd, to_grid(problem.accounts.potential_usd, COARSE_STEP))


def test_accounts_estimated_at_nothing_stay_at_nothing() -> None:
    """A zero estimate has no logarithm and no value."""
    problem, _ = lived_problem(noise_log_sd=0.3)
    potential = problem.accounts.potential_usd.copy()
    potential[:10] = 0.0
    calibrated = calibrated_potential_usd(replace(problem, accounts=replace(problem.accounts, potential_usd=potential)))
    assert not calibrated[:10].any()
    assert np.all(calibrated[10:] > 0)


def test_what_an_account_has_paid_counts_more_than_its_estimate() -> None:
    """With noise of log-sd 0.6 in the estimates and 0.4 in the deals, accounts that have bought are known far better, and without bias."""
    ratios = []
    for seed in range(8):
        problem, truth = lived_problem(noise_log_sd=0.6, seed=seed)
        calibrated = calibrated_potential_usd(problem)
        bought = np.zeros(3000, dtype=np.bool_)
        bought[problem.history.account[problem.history.won]] = True
        error = np.log(calibrated / truth)
        assert np.std(error[bought]) < 0.8 * np.std(error[~bought])
        ratios.append(calibrated[bought].sum() / truth[bought].sum())
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.04)


def test_more_deals_above_forecast_say_more_than_one() -> None:
    """The same surprise, once and three times: the more often an account has paid it, the more it is believed."""
    problem, _ = lived_problem(noise_log_sd=0.6)
    history = problem.history
    won = np.flatnonzero(history.won)[:2]
    once, often = history.account[won]
    keep = ~np.isin(history.account, [once, often])
    rows = np.concatenate([np.flatnonzero(keep), won[:1], np.repeat(won[1:], 3)])
    estimate = problem.accounts.potential_usd.copy()
    segment = problem.accounts.segment.copy()
    estimate[often], segment[often] = estimate[once], segment[once]
    columns = {name: getattr(history, name)[rows] for name in ("account", "seat", "created_day", "closed_day", "won", "expansion")}
    amount = np.where(np.isin(history.account[rows], [once, often]), 3 * estimate[once], history.amount_usd[rows])
    problem = replace(problem, history=History(**columns, amount_usd=amount))
    calibrated = calibrated_potential_usd(replace(problem, accounts=replace(problem.accounts, potential_usd=estimate, segment=segment)))
    assert estimate[once] < calibrated[once] < calibrated[often]
