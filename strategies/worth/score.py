"""Account scores: what an account is worth, and how its chances differ from the public rates. Estimates and history only.

``tam`` believes the CRM: its estimate, at the public rates. ``historical`` learns from the engagements of the past. First, how conversion
differs between the industries of a segment. Second, how far the CRM's estimates can be trusted: the higher a noisy estimate stands out,
the more of it is noise, so it is drawn towards its segment as far as past deals say. Third, what an account itself has paid. Only worked
accounts have outcomes; all are therefore read given the segment and the estimate, by which accounts were chosen to be worked. ``model``
learns more, and has to earn its place (strategies/worth/score_model.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.special import expit, logit, logsumexp

from sim.planning import PlanningProblem
from sim.snapshot import COARSE_STEP, FloatArray, IntArray, to_grid

_SHIFTS = np.linspace(-1.5, 1.5, 61)  # log-odds a stage
_SPREADS = np.array([0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5])  # between the industries of a segment
_SLOPE_PRIOR_SD = 0.3  # around 1: estimates are believed until deals contradict them
_LEVEL_PRIOR_SD = 0.5
_AMOUNT_LOG_SD = 0.7  # of a deal around its forecast: noise of the estimate and of the deal itself
_DEAL_LOG_SD = 0.4  # of an account's deals around its own mean, before any account has several; worth so many repeated deals:
_DEAL_PRIOR_N = 20


@dataclass(frozen=True, eq=False)
class Score:
    """``potential_usd`` (accounts,) a year if won; ``shift`` (accounts,) is added to the log-odds of every stage.

    ``measured`` are beliefs that the history has replaced, by their names in :class:`strategies.worth.throughput.Beliefs`: a planner holds
    ``replace(beliefs, **score.measured)``. ``word`` says in a line how the score came about, where there is something to say.

    All numbers are rounded (:func:`sim.snapshot.to_grid`): they come from least squares and likelihoods, whose last bits mean nothing.
    """

    potential_usd: FloatArray
    shift: FloatArray
    measured: Mapping[str, float] = field(default_factory=dict)
    word: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "potential_usd", to_grid(self.potential_usd, COARSE_STEP))
        object.__setattr__(self, "shift", to_grid(self.shift))
        object.__setattr__(self, "measured", {name: float(to_grid(value)) for name, value in self.measured.items()})


def tam(problem: PlanningProblem) -> Score:
    """The CRM's estimate at the public rates."""
    return Score(potential_usd=problem.accounts.potential_usd, shift=np.zeros(len(problem.accounts)))


def historical(problem: PlanningProblem) -> Score:
    """Conversion by segment and industry and calibrated estimates, both shrunk; the same as ``tam`` where there is no history.

    A planner who was told the true potentials keeps them as they are.
    """
    accounts = problem.accounts
    potential = accounts.potential_usd if problem.told_truth else calibrated_potential_usd(problem)
    return Score(potential_usd=potential, shift=industry_shift(problem)[accounts.segment, accounts.industry])


def model(problem: PlanningProblem) -> Score:
    """Chance and value learned with scikit-learn, where they foresee better than ``historical``: strategies/worth/score_model.py."""
    from strategies.worth.score_model import modelled  # it builds on this module

    return modelled(problem)


SCORES: Mapping[str, Callable[[PlanningProblem], Score]] = {"historical": historical, "tam": tam, "model": model}


def industry_shift(problem: PlanningProblem) -> FloatArray:
    """Log-odds a stage (segments, industries) by which an industry differs from its segment, as the posterior mean given past outcomes.

    Model: an engagement of industry j in segment s is won with chance prod_k logistic(logit(p_sk) + level_s + d_sj), d_sj ~ N(0, tau).
    The level (a segment's, for new customers and expansions apart; its likeliest value) takes up all that past engagements have in common,
    such as relationships or that early losses are seen before late wins, and is then left out. tau is the likeliest of ``_SPREADS``
    (empirical Bayes; Efron & Morris 1975, JASA 70) and 0 where all industries sell alike. Where no loss was recorded nothing is learned.
    """
    rates, history, vocabulary = problem.rates, problem.history, problem.vocabulary
    shape = (2, len(vocabulary.segments), len(vocabulary.industries))
    if not len(history) or np.all(history.won):
        return np.zeros(shape[1:])
    segment, industry = problem.accounts.segment[history.account], problem.accounts.industry[history.account]
    won_n, lost_n = np.zeros(shape), np.zeros(shape)
    np.add.at(won_n, (history.expansion.astype(np.int64), segment, industry), history.won)
    np.add.at(lost_n, (history.expansion.astype(np.int64), segment, industry), ~history.won)
    likelihood = np.zeros((*shape[1:], len(_SHIFTS)))
    for kind, base in enumerate((rates.pass_chance, rates.expansion_pass_chance)):
        at_level = _log_likelihood(won_n[kind].sum(axis=1), lost_n[kind].sum(axis=1), base, np.zeros(len(base)))
        level = _SHIFTS[np.argmax(at_level, axis=-1)]
        likelihood += _log_likelihood(won_n[kind].T, lost_n[kind].T, base, level).transpose(1, 0, 2)
    evidence = [float(logsumexp(likelihood + _log_prior(spread), axis=-1).sum()) for spread in _SPREADS]
    posterior = likelihood + _log_prior(float(_SPREADS[int(np.argmax(evidence))]))
    weights = np.exp(posterior - logsumexp(posterior, axis=-1, keepdims=True))
    shift: FloatArray = weights @ _SHIFTS
    return shift


def _log_likelihood(won_n: FloatArray, lost_n: FloatArray, base: FloatArray, level: FloatArray) -> FloatArray:
    """Of so many wins and losses (..., segments) at every shift: (..., segments, shifts)."""
    shift = level[:, None, None] + _SHIFTS[:, None]
    win = expit(logit(base)[:, None, :] + shift).prod(axis=-1)
    likelihood: FloatArray = won_n[..., None] * np.log(win) + lost_n[..., None] * np.log1p(-win)
    return likelihood


def _log_prior(spread: float) -> FloatArray:
    if spread == 0.0:
        return np.where(np.abs(_SHIFTS) < 1e-9, 0.0, -np.inf)
    log_density = -0.5 * (_SHIFTS / spread) ** 2
    prior: FloatArray = log_density - logsumexp(log_density)
    return prior


def calibrated_potential_usd(problem: PlanningProblem) -> FloatArray:
    """The CRM's estimates (accounts,) as past deals say that they should be read.

    Regression of log amount on log estimate (a slope for all, a level for each segment), around the segment's mean log estimate m_s:
    ``log amount = m_s + level_s + slope (log estimate - m_s) + noise``, with priors slope ~ N(1, 0.3) and level ~ N(0, 0.5), so that the
    estimates stand as they are without deals; then times the mean of the deals over their forecast (Duan 1983, JASA 78), since a
    lognormal's mean is not its median. The noise is the account's own (variance a) and the deal's (b, from accounts with several deals;
    prior ``_DEAL_LOG_SD``). An account whose n deals lie above its forecast is expected above it, by the share a / (a + b / n) of their
    mean log residual (a random effect; Efron & Morris 1975, JASA 70).
    """
    estimate, segment = problem.accounts.potential_usd, problem.accounts.segment
    segments_n = len(problem.vocabulary.segments)
    history = problem.history
    won = history.won & (history.amount_usd > 0) & (estimate[history.account] > 0)
    if not np.any(won):
        return estimate
    log_estimate = np.log(np.where(estimate > 0, estimate, 1.0))
    middle = _mean_by(segment[estimate > 0], log_estimate[estimate > 0], segments_n)[segment]
    account = history.account[won]
    year_usd = history.amount_usd[won] / np.where(history.expansion[won], problem.rates.expansion_share, 1.0)
    columns = np.column_stack([(log_estimate - middle)[account], np.eye(segments_n)[segment[account]]])
    prior_mean = np.array([1.0] + [0.0] * segments_n)
    precision = (_AMOUNT_LOG_SD / np.array([_SLOPE_PRIOR_SD] + [_LEVEL_PRIOR_SD] * segments_n)) ** 2
    target = np.log(year_usd) - middle[account]
    slope, *level = np.linalg.solve(columns.T @ columns + np.diag(precision), columns.T @ target + precision * prior_mean)
    forecast = np.exp(middle + np.array(level)[segment] + slope * (log_estimate - middle))
    smear = float(np.mean(year_usd / forecast[account]))
    own = own_deals_factor(account, np.log(year_usd / forecast[account]), len(estimate))
    calibrated: FloatArray = np.where(estimate > 0, smear * forecast * own, 0.0)
    return calibrated


def own_deals_factor(account: IntArray, residual: FloatArray, accounts_n: int) -> FloatArray:
    """By how much (accounts,) an account's own deals raise or lower its forecast; 1 where it has none. ``residual`` is of a deal, in logs.

    exp(k m - a k / 2): the mean of a lognormal whose log has moved by k m and whose variance has shrunk from a to a (1 - k).
    """
    deals_n = np.bincount(account, minlength=accounts_n)
    mean = np.bincount(account, residual, accounts_n) / np.maximum(deals_n, 1)
    repeats_n = int(np.maximum(deals_n - 1, 0).sum())
    within = float(((residual - mean[account]) ** 2).sum())
    deal_variance = (within + _DEAL_PRIOR_N * _DEAL_LOG_SD**2) / (repeats_n + _DEAL_PRIOR_N)
    account_variance = max(float(np.mean((residual - residual.mean()) ** 2)) - deal_variance, 0.0)
    k = account_variance * deals_n / np.maximum(account_variance * deals_n + deal_variance, 1e-12)
    factor: FloatArray = np.exp(k * mean - account_variance * k / 2)
    return factor


def _mean_by(group: IntArray, values: FloatArray, groups_n: int) -> FloatArray:
    count = np.bincount(group, minlength=groups_n)
    mean: FloatArray = np.bincount(group, weights=values, minlength=groups_n) / np.maximum(count, 1)
    return mean
