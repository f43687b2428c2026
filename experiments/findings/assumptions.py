"""What the assumptions behind an imported market do to a lift. Each draw has its own parameters and truth, and several futures.

    lift of a draw   sum of differences / sum of the other arm's bookings, over its futures; known up to luck, with a standard error s
    spread           what is left of the variance between draws without luck: max(0, variance of the lifts - mean s^2), the moment
                     estimate of a one-way analysis of variance with random effects (Searle, Casella & McCulloch 1992, Variance Components)
    range            where the lift of another draw lies, 10 to 90 %: mean +- t x sqrt(spread + variance of the mean), the prediction
                     interval of a random-effects model (Higgins, Thompson & Spiegelhalter 2009, JRSS A 172(1)), so that few draws make it
                     wide and luck does not; t with the degrees of freedom of Satterthwaite (1946, Biometrics 2(6)), at least 2, and
                     draws - 1 where luck explains everything. Of ten draws it covers 76 to 81 %, the less the more luck there is
    beyond luck      the F test of that analysis: variance of the lifts / mean s^2 is larger than luck alone makes it in 95 %

With one future a draw nothing tells luck from assumptions, and nothing is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import fdtri, stdtrit

from sim.snapshot import FloatArray, IntArray
from sim.streams import Stream, generator

RANGE_SHARE = 0.8  # of the draws
LEVEL = 0.95
NAMING_LEVEL = 0.9
PERMUTATIONS_N = 10_000
MOST_NAMED_N = 3


@dataclass(frozen=True, eq=False)
class Assumed:
    """What the draws of an imported market vary: ``factors`` (draws, parameters), row k that of draw k."""

    parameters: tuple[str, ...]
    factors: FloatArray


@dataclass(frozen=True, eq=False)
class OverDraws:
    """One lift over the draws: the range of what it may be, whether the draws differ by more than luck, and the lift (draws,) of each."""

    low_share: float
    high_share: float
    beyond_luck: bool
    share: FloatArray

    @property
    def known(self) -> bool:
        """Whether there were draws and futures enough to say anything."""
        return bool(np.isfinite(self.low_share))


@dataclass(frozen=True)
class Influence:
    """A parameter and the rank correlation (-1 to 1) of its drawn values with the lift."""

    parameter: str
    correlation: float


def over_draws(arm_usd: FloatArray, over_usd: FloatArray, draw: IntArray) -> OverDraws:
    """The lift of one arm over another, arrays (rows,), a row a future of a ``draw``; see above."""
    draws, unit = np.unique(draw, return_inverse=True)
    n, futures = len(draws), np.bincount(unit, minlength=len(draws))
    total = np.bincount(unit, over_usd, n)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.bincount(unit, arm_usd - over_usd, n) / total
        residual = (arm_usd - over_usd - share[unit] * over_usd) / total[unit]
        luck = np.bincount(unit, residual**2, n) * futures / (futures - 1)
    if n < 2 or futures.min() < 2 or not np.isfinite(share).all():
        return OverDraws(np.nan, np.nan, False, share)
    between, within, freedom = float(share.var(ddof=1)), float(luck.mean()), len(draw) - n
    spread, whole = max(0.0, between - within), between * (1 + 1 / n)
    degrees = (whole - within) ** 2 / (whole**2 / (n - 1) + within**2 / freedom) if spread > 0 else n - 1
    reach = float(stdtrit(np.clip(degrees, min(2, n - 1), n - 1), (1 + RANGE_SHARE) / 2)) * np.sqrt(spread + between / n)
    mean = float(share.mean())
    beyond = between > within * float(fdtri(n - 1, freedom, LEVEL))
    return OverDraws(mean - reach, mean + reach, beyond, share)


def what_matters(share: FloatArray, names: Sequence[str], factors: FloatArray, seed: int) -> tuple[Influence, ...]:
    """The parameters (at most three, the strongest first) whose drawn ``factors`` (draws, parameters) go with the lift ``share`` (draws,).

    Spearman's rank correlation. It is named only if it is larger than the largest of all parameters' is in 90 % of the permutations of
    the lifts over the draws (Westfall & Young 1993, Resampling-Based Multiple Testing): with a dozen parameters and ten draws some
    correlation of 0.6 is there by chance, and 0.8 is asked for (0.4 with forty). So with ten draws often nothing is named, and an
    effect that is not monotone never is. What is left of luck in the lifts, and all other parameters, can hide a parameter; where none
    has any effect, one is named in one of ten comparisons.
    """
    varying = np.flatnonzero(np.ptp(factors, axis=0) > 0) if len(factors) else np.zeros(0, np.int64)
    if not len(varying) or np.ptp(share) == 0:
        return ()
    ranks, lifts = _ranks(factors[:, varying]), _ranks(share)
    correlation = lifts @ ranks
    shuffled = generator(seed, Stream.STATISTICS).permuted(np.tile(lifts, (PERMUTATIONS_N, 1)), axis=1)
    asked = np.quantile(np.abs(shuffled @ ranks).max(axis=1), NAMING_LEVEL)
    strongest = np.argsort(-np.abs(correlation), kind="stable")[:MOST_NAMED_N]
    return tuple(Influence(names[varying[k]], float(correlation[k])) for k in strongest if abs(correlation[k]) > asked)


def _ranks(values: FloatArray) -> FloatArray:
    """Ranks of each column (ties share theirs), of mean 0 and length 1, so that a product of two is their correlation."""
    ranks = (values[:, None] > values).sum(axis=1) + (values[:, None] == values).sum(axis=1) / 2
    centred = ranks - ranks.mean(axis=0)
    scaled: FloatArray = centred / np.linalg.norm(centred, axis=0)
    return scaled
