"""How evenly something falls on the seats. Pure functions of one value a seat; the total of nothing is evenly spread (0)."""

from __future__ import annotations

import numpy as np
from scipy.special import xlogy

from sim.snapshot import FloatArray, IntArray
from sim.streams import Stream, generator

OUTSIDE_SHARE = 0.15  # territories beyond this distance from the mean are too large or too small (Sinha & Zoltners 2001)
LUCK_RESAMPLES_N = 30


def gini(values: FloatArray) -> FloatArray:
    """Normalised Gini coefficient over the last axis, 0 (even) to 1 (one has all): sum_{i<j} |x_i - x_j| / ((n - 1) sum x).

    The pairwise sum is taken from the sorted values: sum_k (2k - n + 1) x_(k).
    """
    n = values.shape[-1]
    if n < 2:
        return np.zeros(values.shape[:-1])
    differences = (np.sort(values, axis=-1) * (2.0 * np.arange(n) - n + 1)).sum(axis=-1)
    return ratio(differences, (n - 1) * values.sum(axis=-1))


def cv(values: FloatArray) -> float:
    """Coefficient of variation: sd / mean, with the sd of a population (1/n)."""
    return float(ratio(np.std(values), np.mean(values))) if len(values) else 0.0


def outside_share(values: FloatArray) -> float:
    """Share of the values more than 15 % away from their mean: mean(|x / mean(x) - 1| > 0.15)."""
    mean = np.mean(values) if len(values) else 0.0
    return float(np.mean(np.abs(values - mean) > OUTSIDE_SHARE * mean)) if mean > 0 else 0.0


def max_min(values: FloatArray) -> float:
    """Largest over smallest, a ratio; infinite if only the smallest is 0, and 1 where all are 0."""
    if not len(values) or np.max(values) == 0:
        return 1.0
    smallest = float(np.min(values))
    return float(np.max(values)) / smallest if smallest > 0 else float("inf")


def theil(values: FloatArray, team: IntArray) -> tuple[float, float]:
    """Theil index T = mean(x/m ln(x/m)), split into (within, between) the teams: T = sum_g s_g T_g + sum_g s_g ln(m_g / m).

    ``team`` (seats,) is a code; s_g is the team's share of the total, m_g its mean (Theil 1967; Shorrocks 1980, Econometrica 48(3)).
    """
    total = values.sum()
    if total <= 0:
        return 0.0, 0.0
    relative = values * (len(values) / total)
    index = float(np.mean(xlogy(relative, relative)))
    members = np.bincount(team)
    team_mean = np.bincount(team, weights=relative)[members > 0] / members[members > 0]
    between = float((members[members > 0] * xlogy(team_mean, team_mean)).sum() / len(values))
    return max(index - between, 0.0), between


def luck_floor_gini(amount_usd: FloatArray, seats_n: int) -> float:
    """Gini of attainment that identical territories would show, by luck alone: the mean of :func:`gini` over resamples of the engagements.

    ``amount_usd`` (closed engagements,) is 0 where lost. In each resample every seat draws the same number of them, with replacement:
    a binomial number of wins, then an amount for each. The seed is fixed, so that equal records have equal floors.
    """
    won_usd = amount_usd[amount_usd > 0]
    each_n = len(amount_usd) // seats_n
    if seats_n < 2 or each_n == 0 or len(won_usd) == 0:
        return 0.0
    rng = generator(0, Stream.LUCK_FLOOR)
    wins = rng.binomial(each_n, len(won_usd) / len(amount_usd), size=LUCK_RESAMPLES_N * seats_n)
    last = np.cumsum(wins)
    drawn_usd = won_usd[rng.integers(0, len(won_usd), size=int(last[-1]), dtype=np.int32)]
    booked_usd = np.concatenate([[0.0], np.cumsum(drawn_usd)])
    per_seat_usd = booked_usd[last] - booked_usd[last - wins]
    return float(np.mean(gini(per_seat_usd.reshape(LUCK_RESAMPLES_N, seats_n))))


def ratio(part: FloatArray | np.floating, whole: FloatArray | np.floating) -> FloatArray:
    """Part / whole, and 0 where the whole is 0."""
    whole = np.asarray(whole, dtype=np.float64)
    result: FloatArray = np.divide(part, whole, out=np.zeros(np.broadcast(part, whole).shape), where=whole != 0)
    return result
