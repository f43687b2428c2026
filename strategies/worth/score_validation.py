"""Is a score right about what it has not seen? Learned from what was known on a day, asked about what was begun after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit, logit

from sim.planning import PlanningProblem
from sim.snapshot import BoolArray, FloatArray, IntArray
from strategies.worth.score import calibrated_potential_usd, industry_shift, own_deals_factor
from strategies.worth.score_fit import Encoded, chance_of, for_the_unworked, log_loss, value_of
from strategies.worth.score_sample import Sample, known_on, old_enough
from strategies.worth.throughput import Beliefs

TEST_SHARE = 1 / 3
MIN_N = 30  # wins, and losses, before the cut and after it
SURE = 1.64  # standard errors above zero: 5 % by luck alone
_LEVELS = np.linspace(-2.0, 2.0, 161)


@dataclass(frozen=True)
class Gain:
    """By how much the model's loss is smaller, in the mean of a row, with its standard error (rows of an account belong together)."""

    mean: float
    se: float
    before: float  # loss of ``historical``
    after: float  # of ``model``

    @property
    def beats(self) -> bool:
        """Whether it is above zero by more than luck."""
        return self.mean > SURE * self.se


@dataclass(frozen=True, eq=False)
class Validation:
    """Engagements begun after the cut, and what each score had said of them before. Arrays have shape (engagements,).

    ``chance`` of a win and ``value_usd`` of a year are by score: tam, historical, model.
    """

    cut_day: float
    sample: Sample
    chance: Mapping[str, FloatArray]
    value_usd: Mapping[str, FloatArray]

    @property
    def chance_gain(self) -> Gain:
        """In log loss, of all engagements."""
        sample = self.sample
        before, after = (log_loss(sample.won, self.chance[score]) for score in ("historical", "model"))
        return gain(before, after, sample.weight, sample.account)

    @property
    def value_gain(self) -> Gain:
        """In squared log error of the wins; both forecasts are means, so both lie above the median deal alike."""
        won = (self.sample.year_usd > 0) & (self.value_usd["historical"] > 0)
        deal = self.sample.where(won)
        before, after = (np.log(deal.year_usd / self.value_usd[score][won]) ** 2 for score in ("historical", "model"))
        return gain(before, after, deal.weight, deal.account)


def validate(problem: PlanningProblem, what: Encoded, chance_worked: FloatArray) -> Validation | None:
    """Split by the day on which engagements began, so that about ``TEST_SHARE`` of them began after the cut; None: too few of them.

    Both sides are weighted for ends not seen yet: those before the cut as they were known on that day, those after as on day 0. Not split
    by the day of the end: those that end late were long ones, which are mostly wins.
    """
    sample, _ = old_enough(problem)
    if not len(sample):
        return None
    cut = float(np.quantile(sample.created_day, 1.0 - TEST_SHARE))
    return foretold(problem, what, chance_worked, cut, sample.where(sample.created_day > cut))


def foretold(problem: PlanningProblem, what: Encoded, chance_worked: FloatArray, cut_day: float, test: Sample) -> Validation | None:
    """What each score, knowing what was known on the cut, says of the ``test`` engagements."""
    learn, _ = old_enough(problem, cut_day)
    if min(np.sum(each.won == end) for each in (learn, test) for end in (False, True)) < MIN_N:
        return None
    weighted = for_the_unworked(learn, chance_worked)
    past = replace(problem, history=known_on(problem.history, cut_day))
    fit = Beliefs().fit_logit * (problem.accounts.fit - 0.5)
    industry = industry_shift(past)[problem.accounts.segment, problem.accounts.industry]
    return Validation(
        cut_day=cut_day,
        sample=test,
        chance={
            "tam": _with_level(problem, learn, test, fit),
            "historical": _with_level(problem, learn, test, fit + industry),
            "model": chance_of(what, weighted)(test.account, test.expansion),
        },
        value_usd={
            "tam": problem.accounts.potential_usd[test.account],
            "historical": calibrated_potential_usd(past)[test.account],
            "model": paid_before(what, problem, weighted)[test.account],
        },
    )


def paid_before(what: Encoded, problem: PlanningProblem, sample: Sample) -> FloatArray:
    """The model's value (accounts,), raised or lowered by what an account itself has paid, as ``historical`` does."""
    year_usd = value_of(what, problem.accounts.potential_usd, sample)
    deals = (sample.year_usd > 0) & (year_usd[sample.account] > 0)
    account = sample.account[deals]
    own = own_deals_factor(account, np.log(sample.year_usd[deals] / year_usd[account]), len(year_usd))
    return year_usd * own


def gain(before: FloatArray, after: FloatArray, weight: FloatArray, account: IntArray) -> Gain:
    """Mean of ``before - after`` (rows,); its error from the sums of the residuals of each account (cluster-robust)."""
    difference = before - after
    mean = float(np.average(difference, weights=weight))
    by_account = np.bincount(account, weight * (difference - mean))
    se = float(np.sqrt((by_account**2).sum()) / weight.sum())
    return Gain(mean, se, float(np.average(before, weights=weight)), float(np.average(after, weights=weight)))


def _with_level(problem: PlanningProblem, learn: Sample, test: Sample, shift: FloatArray) -> FloatArray:
    """Chances of the ``test`` rows by a score's ``shift`` (accounts,), at the likeliest level of each segment and kind in ``learn``."""
    segments_n, rates = len(problem.vocabulary.segments), problem.rates
    stages = logit(np.stack([rates.pass_chance, rates.expansion_pass_chance]))  # (kinds, segments, stages)
    segment = problem.accounts.segment
    level = np.zeros((2, segments_n))
    for kind in (0, 1):
        for s in range(segments_n):
            rows = (segment[learn.account] == s) & (learn.expansion == kind)
            odds = stages[kind, s] + shift[learn.account[rows], None, None] + _LEVELS[:, None]
            loss = log_loss(learn.won[rows, None], expit(odds).prod(axis=2)) * learn.weight[rows, None]
            level[kind, s] = _LEVELS[np.argmin(loss.sum(axis=0) + _LEVELS**2 / 2)]
    at = test.expansion.astype(np.int64), segment[test.account]
    chance: FloatArray = expit(stages[at] + (shift[test.account] + level[at])[:, None]).prod(axis=1)
    return chance


def calibration(won: BoolArray, chance: FloatArray, weight: FloatArray, parts_n: int = 10) -> FloatArray:
    """A reliability curve (parts, 4): predicted, observed, standard error of observed, rows; parts of equal weight by predicted chance."""
    order = np.argsort(chance, kind="stable")
    part = np.minimum((np.cumsum(weight[order]) / weight.sum() * parts_n).astype(np.int64), parts_n - 1)
    rows = []
    for k in np.unique(part):
        here = order[part == k]
        w = weight[here] / weight[here].sum()
        observed = float((w * won[here]).sum())
        rows.append([(w * chance[here]).sum(), observed, np.sqrt(observed * (1 - observed) * (w**2).sum()), len(here)])
    return np.array(rows)
