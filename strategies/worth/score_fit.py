"""The scikit-learn parts of the ``model`` score: what the CRM shows of an account, encoded; chance, value and who was worked, learned.

Everything is learned from the account alone. Whose account it is, and who sold to it, is left out, and with it the region, which says who
sold there: a seat's talent would otherwise be scored as if it were the account's. So is what a win itself writes into the CRM (ARR,
customer since).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from sim.planning import PlanningProblem
from sim.snapshot import BoolArray, FloatArray, IntArray
from strategies.worth.score_sample import MIN_WORKED_CHANCE, Sample, worked

FOLDS_N = 5
STRENGTHS = (0.01, 0.03, 0.1, 0.3)  # C: variance of the prior of a coefficient, log-odds of a win
RIDGES = (3.0, 10.0, 30.0, 100.0, 300.0)
_LEVEL_SCALE = 5.0  # columns so large that the penalty hardly reaches them


@dataclass(frozen=True, eq=False)
class Encoded:
    """Accounts as numbers: ``traits`` (accounts, columns) are penalised, ``segment`` (accounts,) gives a level of its own by kind."""

    traits: FloatArray
    segment: IntArray
    segments_n: int

    def rows(self, account: IntArray, expansion: BoolArray) -> FloatArray:
        """Columns (rows, ...) of engagements: a new customer or an expansion at an account."""
        level = np.zeros((len(account), 2 * self.segments_n))
        level[np.arange(len(account)), 2 * self.segment[account] + expansion] = _LEVEL_SCALE
        return np.column_stack([level, self.traits[account]])


@contextmanager
def one_thread() -> Iterator[None]:
    """Sums in the same order on every machine, and no more cores than were asked for."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        yield


def encoded(problem: PlanningProblem) -> Encoded:
    """Industry, required skills and strategic flag one-hot; fit, and log estimate and log employees against the segment's median, as a line
    and a cubic spline each, so that a straight effect costs the ridge little and a bent one is possible.

    What is unknown, or an estimate of zero, is the median; a column that says the same of everybody is left out.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.preprocessing import OneHotEncoder, SplineTransformer, StandardScaler

    accounts = problem.accounts
    words = np.column_stack([accounts.industry, accounts.required_skills.any(axis=1), accounts.strategic])
    sizes = (_against_segment(each, accounts.segment) for each in (accounts.potential_usd, accounts.employees))
    numbers = np.column_stack([accounts.fit, *sizes])
    words = words[:, np.ptp(words, axis=0) > 0]
    low, high = np.quantile(numbers, [0.02, 0.98], axis=0)
    numbers, low, high = numbers[:, high > low], low[high > low], high[high > low]
    table, first = np.column_stack([words, numbers]), words.shape[1]
    splines = SplineTransformer(knots=np.linspace(low, high, 4), extrapolation="linear")
    columns = ColumnTransformer(
        [
            ("words", OneHotEncoder(sparse_output=False), np.arange(first)),
            ("lines", StandardScaler(), np.arange(first, table.shape[1])),
            ("curves", splines, np.arange(first, table.shape[1])),
        ]
    )
    return Encoded(np.asarray(columns.fit_transform(table), dtype=np.float64), accounts.segment, len(problem.vocabulary.segments))


def chance_of(what: Encoded, sample: Sample) -> Callable[[IntArray, BoolArray], FloatArray]:
    """The chance that an engagement is won, as a function of accounts and whether each is an expansion.

    Logistic regression with a ridge, whose strength is the one with the least log loss out of fold (an account is in one fold only),
    calibrated on the same predictions by a line through their log-odds (Platt 1999). Not by isotonic regression: a thousand
    wins are too few for its steps (Niculescu-Mizil & Caruana 2005, ICML).
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold

    x, won, weight = what.rows(sample.account, sample.expansion), sample.won, sample.weight
    folds = list(GroupKFold(FOLDS_N).split(x, won, sample.account))
    least, best, line = np.inf, None, None
    for strength in STRENGTHS:
        classifier = LogisticRegression(C=strength, solver="newton-cholesky")
        odds = np.zeros(len(won))
        for learn, score in folds:
            odds[score] = classifier.fit(x[learn], won[learn], weight[learn]).decision_function(x[score])
        straight = LogisticRegression(C=np.inf, solver="newton-cholesky").fit(odds[:, None], won, weight)
        loss = np.average(log_loss(won, straight.predict_proba(odds[:, None])[:, 1]), weights=weight)
        if loss < least:
            least, best, line = loss, classifier, straight
    assert best is not None
    assert line is not None
    best.fit(x, won, weight)

    def chance(account: IntArray, expansion: BoolArray) -> FloatArray:
        odds = best.decision_function(what.rows(account, expansion))
        calibrated: FloatArray = line.predict_proba(odds[:, None])[:, 1]
        return calibrated

    return chance


def value_of(what: Encoded, estimate_usd: FloatArray, sample: Sample) -> FloatArray:
    """A year's potential (accounts,) as the traits and the sample's wins tell; 0 where the estimate is 0.

    Ridge regression of log(amount / estimate) on the traits, its strength by leave-one-out; the mean of a lognormal is not its median, so
    the forecast is multiplied by the mean of amount over forecast (Duan 1983, JASA 78). Expansions are put on a year's scale before.
    """
    from sklearn.linear_model import RidgeCV

    deals = (sample.year_usd > 0) & (estimate_usd[sample.account] > 0)
    account, kind = sample.account[deals], np.zeros(int(deals.sum()), dtype=np.bool_)
    target = np.log(sample.year_usd[deals] / estimate_usd[account])
    ridge = RidgeCV(alphas=RIDGES).fit(what.rows(account, kind), target, sample.weight[deals])
    everybody = np.arange(len(estimate_usd))
    forecast = estimate_usd * np.exp(ridge.predict(what.rows(everybody, np.zeros(len(everybody), dtype=np.bool_))))
    smear = np.average(sample.year_usd[deals] / forecast[account], weights=sample.weight[deals])
    year_usd: FloatArray = smear * forecast
    return year_usd


def worked_chance(what: Encoded, problem: PlanningProblem) -> FloatArray:
    """P(somebody has tried the account), (accounts,), by what the CRM shows of it; the share that was tried where that is all or nothing.

    Customers are those who were before the history begins, since a win makes new ones.
    """
    from sklearn.linear_model import LogisticRegression

    tried = worked(problem)
    if tried.all() or not tried.any():
        return np.full(len(tried), float(tried.mean()))
    before = problem.accounts.customer_since_day < -problem.history_days
    x = what.rows(np.arange(len(tried)), before)
    chance: FloatArray = LogisticRegression(C=1.0, solver="newton-cholesky").fit(x, tried).predict_proba(x)[:, 1]
    return chance


def for_the_unworked(sample: Sample, chance: FloatArray) -> Sample:
    """The sample in the proportions of all accounts: 1 / P(worked), which is ``chance`` (accounts,), at most 1 / ``MIN_WORKED_CHANCE``."""
    return sample.reweighted(1.0 / np.maximum(chance[sample.account], MIN_WORKED_CHANCE))


def stage_shift(chance: FloatArray, stages: FloatArray, limit: float) -> FloatArray:
    """The log-odds s (rows,), within +-``limit``, for which prod_k logistic(logit(p_k) + s) is ``chance``; ``stages`` p is (rows, 3).

    The product rises with s: 40 bisections.
    """
    low, high = np.full(len(chance), -limit), np.full(len(chance), limit)
    base = logit(stages)
    for _ in range(40):
        middle = (low + high) / 2
        below = expit(base + middle[:, None]).prod(axis=1) < chance
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    middle_of_both: FloatArray = (low + high) / 2
    return middle_of_both


def log_loss(won: BoolArray, chance: FloatArray) -> FloatArray:
    """-log of the chance that was given to what happened (rows,)."""
    loss: FloatArray = -np.log(np.clip(np.where(won, chance, 1.0 - chance), 1e-12, None))
    return loss


def _against_segment(values: FloatArray, segment: IntArray) -> FloatArray:
    """Log of the values (accounts,) over the median of their segment; 0 where they are unknown or 0."""
    against = np.zeros(len(values))
    known = values > 0
    for s in np.unique(segment[known]):
        there = known & (segment == s)
        against[there] = np.log(values[there] / np.median(values[there]))
    return against
