"""Does it matter who sells? What the history says of seats that know an account's industry, and nothing more than it says.

There are companies in which the rep makes no difference. A planner who believes in matching claims a gain there too. This measures the
effect where matched and unmatched engagements are to be compared: seats against themselves, industries against themselves.

An engagement is won with the chance prod_k logistic(logit(p_k) + e), k its stages at the public rates, and e, log-odds a stage, the sum of

    match     1 if the seat knows the account's industry               free: what is asked for
    known     relationship at the start, from earlier engagements      free
    level     of the segment, new customers and expansions apart       free
    seat      of the person's talent and whatever else is the seat's   N(0, ``_SPREAD``)
    traits    of the account: industry, fit, estimate, employees       N(0, ``_SPREAD``)

at its maximum of the penalised likelihood (Fisher scoring). The error is the larger of two: the model's own, and one that is
robust to whatever the engagements of one seat in one industry have in common, since that is where a match is decided (sandwich; Liang &
Zeger 1986, Biometrika 73).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from sim.planning import PlanningProblem
from sim.snapshot import UNASSIGNED, FloatArray, IntArray
from strategies.worth.score_fit import Encoded, encoded
from strategies.worth.score_sample import old_enough

MIN_ENDS_N = 100  # wins, and losses: with fewer nothing is said
MIN_MATCHED_N = 30  # engagements with a match, and without
SURE = 1.96  # standard errors: an effect is claimed as far as it lies above zero by more than luck (2.5 %)
_SPREAD = 0.5
_ROUNDS = 30


@dataclass(frozen=True)
class Matching:
    """The effect of a skill match, log-odds a stage, with its standard error; from so many engagements, some of them matched."""

    logit: float
    se: float
    engagements_n: int
    matched_n: int

    @property
    def interval(self) -> tuple[float, float]:
        """95 %."""
        return self.logit - SURE * self.se, self.logit + SURE * self.se

    @property
    def supported_logit(self) -> float:
        """What may be claimed: the interval's lower end, 0 where it is not above zero."""
        return max(self.interval[0], 0.0)


def matching_effect(problem: PlanningProblem, what: Encoded | None = None) -> Matching | None:
    """The effect that the problem's history shows; None where it is too small to tell, or nobody's skills ever differed."""
    sample, rows = old_enough(problem)
    seat = problem.history.seat[rows]
    there = seat != UNASSIGNED
    sample, rows, seat = sample.where(there), rows[there], seat[there]
    match = problem.skill_match(sample.account, seat)
    if min(sample.won.sum(), (~sample.won).sum()) < MIN_ENDS_N or min(match.sum(), (~match).sum()) < MIN_MATCHED_N:
        return None
    what = encoded(problem) if what is None else what
    kind, segment = sample.expansion.astype(np.int64), problem.accounts.segment[sample.account]
    level = np.eye(2 * what.segments_n)[2 * segment + kind]
    free = np.column_stack([match, relationship_at_start(problem, rows), level[:, level.any(axis=0)]])
    x = np.column_stack([free, np.eye(len(problem.seats))[seat], what.traits[sample.account]])
    precision = np.where(np.arange(x.shape[1]) < free.shape[1], 1e-6, _SPREAD**-2)
    stages = logit(np.where(sample.expansion[:, None], problem.rates.expansion_pass_chance[segment], problem.rates.pass_chance[segment]))
    cell = seat * len(problem.vocabulary.industries) + problem.accounts.industry[sample.account]
    effect, error = _fit(x, precision, stages, sample.won.astype(np.float64), sample.weight, cell)
    return Matching(effect, error, len(sample), int(match.sum()))


def _fit(
    x: FloatArray, precision: FloatArray, stages: FloatArray, won: FloatArray, weight: FloatArray, cell: IntArray
) -> tuple[float, float]:
    """Coefficient of the first column, and its standard error.

    With q_k the chance of stage k and P their product, d log P / de = g = sum_k (1 - q_k); the score of a row is g (won - P) / (1 - P), its
    expected information g^2 P / (1 - P).
    """
    beta = np.zeros(x.shape[1])
    for _ in range(_ROUNDS):
        score, information = _slopes(x @ beta, stages, won, weight)
        inverse = np.linalg.inv(x.T @ (x * information[:, None]) + np.diag(precision))
        step = inverse @ (x.T @ score - precision * beta)
        beta = beta + np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-8:
            break
    score, _ = _slopes(x @ beta, stages, won, weight)
    cells_n = len(np.unique(cell))
    together = np.zeros((int(cell.max()) + 1, x.shape[1]))
    np.add.at(together, cell, x * score[:, None])
    robust = inverse[0] @ (together.T @ together) @ inverse[0] * cells_n / max(cells_n - 1, 1)
    return float(beta[0]), float(np.sqrt(max(robust, inverse[0, 0])))


def _slopes(eta: FloatArray, stages: FloatArray, won: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    passed = expit(stages + np.clip(eta, -10.0, 10.0)[:, None])
    chance, g = passed.prod(axis=1), (1.0 - passed).sum(axis=1)
    return weight * g * (won - chance) / (1.0 - chance), weight * g**2 * chance / (1.0 - chance)


def relationship_at_start(problem: PlanningProblem, rows: IntArray) -> FloatArray:
    """Strength 0..1 (rows,) at the start of an engagement: by the days that this seat had worked this account before, in the history."""
    history = problem.history
    pair = history.account * (len(problem.seats) + 1) + history.seat + 1
    order = np.lexsort((history.created_day, pair))
    days = (history.closed_day - history.created_day)[order]
    before = np.cumsum(days) - days
    first = np.searchsorted(pair[order], pair[order], side="left")
    engaged = np.zeros(len(history))
    engaged[order] = before - before[first]
    return problem.relationship(engaged[rows])
