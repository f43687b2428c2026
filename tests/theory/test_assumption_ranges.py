"""The statistics of draws of assumptions against known truths: what the range covers, and how often nothing is taken for something.

Counts are held against the binomial law: a share of n that should be p may miss it by 4 standard errors, sqrt(p (1 - p) / n).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from experiments.findings.assumptions import OverDraws, over_draws, what_matters

DRAWS, FUTURES, REPETITIONS = 10, 5, 2000
MEAN = 0.01

Range = Callable[[np.ndarray, np.ndarray, np.ndarray], OverDraws]


def plain_quantiles(arm_usd: np.ndarray, over_usd: np.ndarray, draw: np.ndarray) -> OverDraws:
    """The wrong-value twin: the 10 and 90 % quantiles of the draws' lifts as they came, few of them and with their luck."""
    share = over_draws(arm_usd, over_usd, draw).share
    low, high = np.quantile(share, [0.1, 0.9])
    return OverDraws(float(low), float(high), False, share)


def seen(rng: np.random.Generator, spread: float, luck: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bookings of an arm and of the baseline, and their draws: lifts differ by ``spread`` between draws and by ``luck`` between futures."""
    draw = np.repeat(np.arange(DRAWS), FUTURES)
    lift = MEAN + spread * rng.standard_normal(DRAWS)[draw] + luck * rng.standard_normal(len(draw))
    base = 1e6 * rng.lognormal(0, 0.05, DRAWS)[draw]
    return base * (1 + lift), base, draw


def covered(range_of: Range, spread: float, luck: float) -> float:
    """How often the lift that another draw would have, without luck, lies in the range."""
    rng = np.random.default_rng(1)
    hits = []
    for _ in range(REPETITIONS):
        found = range_of(*seen(rng, spread, luck))
        another = MEAN + spread * rng.standard_normal()
        hits.append(found.low_share <= another <= found.high_share)
    return float(np.mean(hits))


@pytest.mark.parametrize("luck", [0.0, 0.01, 0.02])
def test_the_range_holds_the_lift_of_another_draw_in_four_of_five(luck: float) -> None:
    """80 %, whether luck is nothing, half of a draw's spread or nearly as much (in the mean of five futures)."""
    assert abs(covered(over_draws, 0.01, luck) - 0.8) < 4 * np.sqrt(0.8 * 0.2 / REPETITIONS)


def test_the_range_holds_a_little_less_where_luck_is_twice_the_spread() -> None:
    """At least 75 %: ten draws hardly know a spread that is half of the luck."""
    assert covered(over_draws, 0.01, 0.05) > 0.75 - 4 * np.sqrt(0.75 * 0.25 / REPETITIONS)


def test_plain_quantiles_of_ten_draws_do_not() -> None:
    """The twin covers too little, since ten draws do not know their own tails; and the check sees it."""
    assert covered(plain_quantiles, 0.01, 0.0) < 0.8 - 4 * np.sqrt(0.8 * 0.2 / REPETITIONS)


def test_luck_is_taken_for_assumptions_in_one_of_twenty() -> None:
    """Without any spread between draws 5 % are beyond luck; with one of twice the luck of a draw's mean nearly all are."""
    rng = np.random.default_rng(2)
    none = np.mean([over_draws(*seen(rng, 0.0, 0.02)).beyond_luck for _ in range(REPETITIONS)])
    assert abs(none - 0.05) < 4 * np.sqrt(0.05 * 0.95 / REPETITIONS)
    assert np.mean([over_draws(*seen(rng, 0.02, 0.02)).beyond_luck for _ in range(200)]) > 0.95


def test_a_parameter_is_named_for_nothing_in_one_of_ten() -> None:
    """Parameters that have no effect: one is named in 10 % of the comparisons, of fifteen as of two."""
    rng = np.random.default_rng(3)
    for parameters_n in (2, 15):
        names = [str(k) for k in range(parameters_n)]
        repetitions = 300
        named = [
            bool(what_matters(rng.standard_normal(DRAWS), names, rng.lognormal(0, 0.3, (DRAWS, parameters_n)), 7))
            for _ in range(repetitions)
        ]
        assert abs(np.mean(named) - 0.1) < 4 * np.sqrt(0.1 * 0.9 / repetitions)
