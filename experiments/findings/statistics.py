"""From bookings of the same futures under several arms to lifts, intervals and verdicts. Arrays only; shapes are (rows, arms).

A row is one future of one market draw, NaN where the cell failed; only rows in which both arms are there enter a lift.

    lift       sum of differences / sum of the other arm's bookings, over the rows
    adjusted   bookings minus the control variate (the luck, a sum of mean zero), with the coefficient fixed at 1
    interval   95 %, simultaneous over a family of lifts: lift +- c x standard error, c from the maximum of |t| (Hothorn, Bretz &
               Westfall 2008, Biometrical Journal 50(3)); residuals are those of the linearised ratio, summed over each draw if
               there are several
    verdict    the interval inside +-delta: equivalent; above 0: better; below 0: worse; else: not settled. Where the draws are draws of
               assumptions (an imported market), the word has to hold over their range as well: see :func:`standing_verdict`
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.special import ndtr, stdtr, stdtrit

from experiments.findings.assumptions import Assumed, Influence, OverDraws, over_draws, what_matters
from sim.snapshot import BoolArray, FloatArray, IntArray
from sim.streams import Stream, generator

CONFIDENCE = 0.95
MAX_T_SAMPLES_N = 50_000
DEPENDENT_SHARE = 1e-8  # of a pair's variance: what is left of it beside other pairs is none of its own
BOOTSTRAP_N = 10_000
DISAGREEMENT = 3.0  # standard errors between adjusted and raw lift, beyond which the raw one decides (more where units are few)
DRAWS_FOR_CLAIMS_N = 10

EQUIVALENT, BETTER, WORSE, NOT_SETTLED = "equivalent", "better", "worse", "not settled"
DEPENDS = "depends on assumptions"
CONTROL_VARIATE, RAW = "control variate", "raw"


@dataclass(frozen=True)
class Interval:
    """A lift and its interval, shares; NaN where there is too little to say."""

    share: float
    low_share: float
    high_share: float


@dataclass(frozen=True)
class Lift:
    """What ``arm`` books more than ``over`` in the same futures.

    ``adjusted`` and ``raw`` are simultaneous intervals, with and without the control variate; ``single_*`` the 10-90 % range of the raw
    lifts of single futures; ``draws`` the interval over the lifts of market draws (NaN below two draws). Of an imported market with
    several draws ``assumed`` is the range over them, and ``depends_on`` what stands out where the verdict depends on assumptions.
    """

    arm: str
    over: str
    futures_n: int
    adjusted: Interval
    raw: Interval
    single_p10_share: float
    single_p90_share: float
    draws: Interval
    decided_by: str
    verdict: str
    assumed: OverDraws | None = None
    depends_on: tuple[Influence, ...] = ()

    @property
    def decided(self) -> Interval:
        """The interval that the verdict stands on."""
        return self.raw if self.decided_by == RAW else self.adjusted


@dataclass(frozen=True)
class Comparison:
    """All arms against the baseline, best lift first, the baseline among them; and all pairs in the same order, a family of their own.

    ``p_best_share``: share of bootstrap resamples in which an arm has the highest mean of adjusted bookings, among those that can be rolled
    out; NaN for yardsticks.
    """

    baseline: str
    lifts: tuple[Lift, ...]
    pairs: tuple[Lift, ...]
    p_best_share: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class _Estimates:
    """Lifts of a family of pairs. ``residuals`` (units, pairs) sum to 0 each; a unit is a future, or a draw if there are several."""

    share: FloatArray
    residuals: FloatArray
    units_n: IntArray


def compare(
    bookings_usd: FloatArray,
    control_variate_usd: FloatArray,
    draw: IntArray,
    arms: Sequence[str],
    baseline: str,
    delta_share: float,
    seed: int,
    assumed: Assumed | None = None,
    yardsticks: Sequence[str] = (),
) -> Comparison:
    """Compare all arms: matrices (rows, arms), the market draw of each row, the arms' labels, the smallest lift that matters.

    ``assumed`` says that the draws are those of an imported market, and what they vary; ``yardsticks`` are arms that nobody can roll out.
    The result does not depend on the order of the arms. Raises ValueError if the baseline is not among them or shapes do not fit.
    """
    if bookings_usd.shape != control_variate_usd.shape or bookings_usd.shape != (len(draw), len(arms)):
        raise ValueError(f"bookings_usd: shape {bookings_usd.shape} where ({len(draw)}, {len(arms)}) is expected")
    if baseline not in arms:
        raise ValueError(f"baseline: {baseline!r} is not among the arms {', '.join(arms)}")
    order = sorted(range(len(arms)), key=lambda k: arms[k])
    labels = [arms[k] for k in order]
    matrices = bookings_usd[:, order], control_variate_usd[:, order], draw
    base = labels.index(baseline)
    lifts = paired_lifts(*matrices, labels, [(k, base) for k in range(len(labels))], delta_share, seed, assumed)
    lifts.sort(key=lambda lift: (np.isnan(lift.adjusted.share), -lift.adjusted.share, lift.arm))
    ranked = [labels.index(lift.arm) for lift in lifts]
    choices_usd = np.where(np.isin(labels, yardsticks), np.nan, matrices[0] - matrices[1])
    return Comparison(
        baseline=baseline,
        lifts=tuple(lifts),
        pairs=tuple(paired_lifts(*matrices, labels, list(combinations(ranked, 2)), delta_share, seed, assumed)),
        p_best_share=dict(zip(labels, p_best(choices_usd, draw, seed).tolist(), strict=True)),
    )


def paired_lifts(
    bookings_usd: FloatArray,
    control_variate_usd: FloatArray,
    draw: IntArray,
    labels: Sequence[str],
    pairs: Sequence[tuple[int, int]],
    delta_share: float,
    seed: int,
    assumed: Assumed | None = None,
) -> list[Lift]:
    """The lifts of one family of pairs (arm, over), positions in ``labels``: see :func:`compare`."""
    if not pairs:
        return []
    arm, over = np.array(pairs).T
    adjusted_usd = bookings_usd - control_variate_usd
    both = ~np.isnan(adjusted_usd[:, arm] + adjusted_usd[:, over])
    raw = _estimates(bookings_usd, arm, over, both, draw)
    adjusted = _estimates(adjusted_usd, arm, over, both, draw)
    raw_intervals = simultaneous(raw.share, raw.residuals, raw.units_n, seed)
    intervals = simultaneous(adjusted.share, adjusted.residuals, adjusted.units_n, seed)
    apart = np.abs(adjusted.share - raw.share)
    # An error estimated from few units is often too small: Student's t asks for as rare a distance as 3 known standard errors.
    limit = stdtrit(np.maximum(raw.units_n - 1, 1), ndtr(DISAGREEMENT))
    disagree = apart > limit * _standard_error(adjusted.residuals - raw.residuals, raw.units_n)
    lifts = []
    for k, (a, b) in enumerate(pairs):
        rows = both[:, k]
        low, high = _single_range(bookings_usd[rows, a], bookings_usd[rows, b])
        decides = raw_intervals[k] if disagree[k] else intervals[k]
        word, over = verdict(decides, delta_share), None
        matters: tuple[Influence, ...] = ()
        if assumed is not None:
            usd = bookings_usd if disagree[k] else adjusted_usd
            over = over_draws(usd[rows, a], usd[rows, b], draw[rows])
            word = standing_verdict(word, over, delta_share)
            if word == DEPENDS:
                matters = what_matters(over.share, assumed.parameters, assumed.factors[np.unique(draw[rows])], seed)
        lifts.append(
            Lift(
                arm=labels[a],
                over=labels[b],
                futures_n=int(np.count_nonzero(rows)),
                adjusted=intervals[k],
                raw=raw_intervals[k],
                single_p10_share=low,
                single_p90_share=high,
                draws=_over_draws(adjusted_usd[rows, a], adjusted_usd[rows, b], draw[rows]),
                decided_by=RAW if disagree[k] else CONTROL_VARIATE,
                verdict=word,
                assumed=over,
                depends_on=matters,
            )
        )
    return lifts


def verdict(interval: Interval, delta_share: float) -> str:
    """The word for an interval, in this order: equivalent, better, worse, not settled."""
    if -delta_share <= interval.low_share and interval.high_share <= delta_share:
        return EQUIVALENT
    if interval.low_share > 0:
        return BETTER
    if interval.high_share < 0:
        return WORSE
    return NOT_SETTLED


def standing_verdict(word: str, over: OverDraws, delta_share: float) -> str:
    """The verdict on the mean over draws of assumptions, if it survives them.

    *better* survives if the whole range over the draws lies above 0, *worse* if below, *equivalent* if inside +-delta. Otherwise, and where
    nothing was settled: *depends on assumptions* if the draws differ by more than luck, so that no number of futures would settle it;
    else *not settled*. Where nothing is known of the draws the word stays.
    """
    low, high = over.low_share, over.high_share
    survives = {BETTER: low > 0, WORSE: high < 0, EQUIVALENT: -delta_share <= low and high <= delta_share}.get(word, False)
    if survives or not over.known:
        return word
    return DEPENDS if over.beyond_luck else NOT_SETTLED


def simultaneous(share: FloatArray, residuals: FloatArray, units_n: IntArray, seed: int) -> list[Interval]:
    """95 % intervals that hold all at once for lifts (pairs,) with ``residuals`` (units, pairs), of ``units_n`` (pairs,) units each.

    The level of a single interval follows from the largest |t| of a multivariate t with the residuals' correlation; each lift then
    takes its own degrees of freedom, n - 1. A lift without any variance (identical arms) is its own interval.
    """
    error = _standard_error(residuals, units_n)
    varying = np.flatnonzero(error > 0)
    reach = np.where(error == 0, 0.0, np.nan)
    if len(varying):
        tail = _tail_of_one(residuals[:, varying], int(units_n[varying].max()) - 1, seed)
        reach[varying] = -stdtrit(units_n[varying] - 1, tail) * error[varying]
    return [Interval(float(s), float(s - r), float(s + r)) for s, r in zip(share, reach, strict=True)]


def p_best(adjusted_usd: FloatArray, draw: IntArray, seed: int) -> FloatArray:
    """Share of bootstrap resamples of the futures (of the draws, if several) in which an arm (arms,) has the highest mean; ties are shared.

    Arms without any cell are NaN; of the others only the rows in which all of them are there count.
    """
    there = ~np.isnan(adjusted_usd)
    able = there.any(axis=0)
    rows = there[:, able].all(axis=1)
    share = np.full(adjusted_usd.shape[1], np.nan)
    if not able.any() or not rows.any():
        return share
    units = _units(draw)[rows]
    totals = np.zeros((units.max() + 1, np.count_nonzero(able)))
    np.add.at(totals, units, adjusted_usd[rows][:, able])
    totals = totals[np.unique(units)]
    weights = generator(seed, Stream.STATISTICS).multinomial(len(totals), np.full(len(totals), 1 / len(totals)), size=BOOTSTRAP_N)
    sums = weights @ totals
    highest = sums.max(axis=1, keepdims=True)
    best = sums >= highest - 1e-12 * np.abs(highest)  # equal arms may differ by rounding
    share[able] = (best / best.sum(axis=1, keepdims=True)).mean(axis=0)
    return share


def _estimates(usd: FloatArray, arm: IntArray, over: IntArray, both: BoolArray, draw: IntArray) -> _Estimates:
    """Lift = sum(difference) / sum(other); residual of a unit = (its difference - lift x its other) / sum(other)."""
    unit = _units(draw)
    difference, other, there = (np.zeros((unit.max(initial=-1) + 1, len(arm))) for _ in range(3))
    np.add.at(difference, unit, np.where(both, usd[:, arm] - usd[:, over], 0.0))
    np.add.at(other, unit, np.where(both, usd[:, over], 0.0))
    np.add.at(there, unit, both)
    total = other.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(total != 0, difference.sum(axis=0) / total, np.nan)
        residuals = np.where(total != 0, (difference - share * other) / total, 0.0)
    return _Estimates(share, residuals, np.where(total != 0, (there > 0).sum(axis=0), 0))


def _standard_error(residuals: FloatArray, units_n: IntArray) -> FloatArray:
    """Of each lift (pairs,): sqrt(n / (n - 1) x sum of squared residuals); NaN below two units."""
    n = np.where(units_n >= 2, units_n, np.nan)
    error: FloatArray = np.sqrt(n / (n - 1) * np.sum(residuals**2, axis=0))
    return error


def _tail_of_one(residuals: FloatArray, degrees_n: int, seed: int) -> float:
    """Probability in each tail of a single t that makes the whole family hold with 95 %."""
    pairs_n = residuals.shape[1]
    if pairs_n == 1:
        return (1 - CONFIDENCE) / 2
    scaled = residuals / np.linalg.norm(residuals, axis=0)
    rng = generator(seed, Stream.STATISTICS)
    correlated = rng.standard_normal((MAX_T_SAMPLES_N, pairs_n)) @ _factor(scaled.T @ scaled).T
    largest = np.abs(correlated).max(axis=1) / np.sqrt(rng.chisquare(degrees_n, MAX_T_SAMPLES_N) / degrees_n)
    return float(stdtr(degrees_n, -np.quantile(largest, CONFIDENCE)))


def _factor(covariance: FloatArray) -> FloatArray:
    """L (pairs, pairs), lower triangular, with L L' the covariance; a pair that follows from those before it adds no column.

    Pairs of arms depend on each other, so LAPACK finds no Cholesky factor, and eigenvectors of the null space are made of rounding errors:
    samples would differ in the eighth digit from processor to processor.
    """
    factor = np.zeros_like(covariance)
    for j in range(len(covariance)):
        left = covariance[j, j] - factor[j] @ factor[j]
        if left > DEPENDENT_SHARE * covariance[j, j]:
            factor[j:, j] = (covariance[j:, j] - factor[j:] @ factor[j]) / np.sqrt(left)
    return factor


def _single_range(arm_usd: FloatArray, over_usd: FloatArray) -> tuple[float, float]:
    """10 % and 90 % quantiles of the lifts of single futures."""
    some = over_usd != 0
    if not some.any():
        return float("nan"), float("nan")
    low, high = np.quantile((arm_usd[some] - over_usd[some]) / over_usd[some], [0.1, 0.9])
    return float(low), float(high)


def _over_draws(arm_usd: FloatArray, over_usd: FloatArray, draw: IntArray) -> Interval:
    """The t interval of the mean over the draws' own lifts."""
    draws, unit = np.unique(draw, return_inverse=True)
    total = np.bincount(unit, over_usd, len(draws))
    n = len(draws)
    if n < 2 or np.any(total == 0):
        return Interval(float("nan"), float("nan"), float("nan"))
    lifts = np.bincount(unit, arm_usd - over_usd, n) / total
    mean, reach = float(lifts.mean()), float(stdtrit(n - 1, (1 + CONFIDENCE) / 2) * lifts.std(ddof=1) / np.sqrt(n))
    return Interval(mean, mean - reach, mean + reach)


def _units(draw: IntArray) -> IntArray:
    """What varies independently (rows,): the futures of a single draw, the draws if there are several."""
    draws, position = np.unique(draw, return_inverse=True)
    return position if len(draws) > 1 else np.arange(len(draw))
