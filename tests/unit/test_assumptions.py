"""What assumptions do to a lift: the range over draws, luck taken out, and the parameters that stand out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import rankdata, spearmanr

from experiments.findings.assumptions import Influence, over_draws, what_matters
from sim.snapshot import FloatArray

T_90_AT_2 = 1.885618083164127  # t tables, 2 degrees of freedom: of Satterthwaite's 1.9, 2 at least


def test_the_range_over_draws_by_hand() -> None:
    """Three draws of two futures: variance between the lifts less the mean luck of a draw, and the mean's own error on top."""
    base = np.full(6, 10.0)
    arm = base + np.array([1.0, 1.2, 0.0, 0.2, -0.4, 0.0])
    lifts = np.array([0.11, 0.01, -0.02])
    luck = np.mean([0.01**2, 0.01**2, 0.02**2])  # of a mean of two: (half the difference) squared
    reach = T_90_AT_2 * np.sqrt(lifts.var(ddof=1) - luck + lifts.var(ddof=1) / 3)
    over = over_draws(arm, base, np.array([0, 0, 1, 1, 2, 2]))
    assert over.share == pytest.approx(lifts)
    assert (over.low_share, over.high_share) == pytest.approx((lifts.mean() - reach, lifts.mean() + reach))
    assert over.beyond_luck  # F = 23 with 2 and 3 degrees of freedom, 9.55 is asked for
    assert not over_draws(base + np.tile([1.0, -1.0], 3), base, np.array([0, 0, 1, 1, 2, 2])).beyond_luck


def test_luck_alone_makes_no_range() -> None:
    """Where the draws differ by no more than luck, the range is the mean and its error."""
    base = np.full(8, 10.0)
    arm = base + np.array([3.0, -1.0, 2.9, -1.1, 3.1, -0.9, 3.0, -1.0])
    over = over_draws(arm, base, np.repeat(np.arange(4), 2))
    assert over.high_share - over.low_share < 0.02
    assert not over.beyond_luck


def test_identical_designs_have_an_empty_range() -> None:
    """No difference in any future: the range is zero, and nothing is beyond luck."""
    base = np.array([10.0, 12.0, 9.0, 11.0])
    over = over_draws(base, base, np.array([0, 0, 1, 1]))
    assert (over.low_share, over.high_share, over.beyond_luck) == (0.0, 0.0, False)


@pytest.mark.parametrize(
    ("draw", "base"), [([0, 0, 0, 0], 10.0), ([0, 1, 2, 3], 10.0), ([0, 0, 0, 1], 10.0), ([0, 0, 1, 1], 0.0)],
    ids=("one draw", "one future each", "one future in a draw", "nothing booked"),
)  # fmt: skip
def test_nothing_is_said_of_too_little(draw: list[int], base: float) -> None:
    """One draw, a draw with a single future, or a baseline that books nothing: no range."""
    over = over_draws(np.array([11.0, 9.0, 12.0, 10.0]), np.full(4, base), np.array(draw))
    assert not over.known
    assert not over.beyond_luck


def factors(draws_n: int = 10, parameters_n: int = 15, seed: int = 1) -> tuple[FloatArray, list[str]]:
    """Drawn factors, the first draw as stated, and their names."""
    drawn = np.random.default_rng(seed).lognormal(0, 0.3, (draws_n, parameters_n))
    drawn[0] = 1.0
    return drawn, [f"p{k}" for k in range(parameters_n)]


def test_what_goes_with_the_lift_is_named_with_its_sign() -> None:
    """A lift that falls with one parameter names it first, with Spearman's correlation; ties share their rank."""
    drawn, names = factors()
    lifts = -np.log(drawn[:, 4]) + np.where(np.arange(10) < 3, 0.0, 0.01)
    lifts[2] = lifts[5]
    found = what_matters(lifts, names, drawn, 7)
    assert found[0].parameter == "p4"
    assert found[0].correlation == pytest.approx(spearmanr(lifts, drawn[:, 4]).statistic)
    assert found[0].correlation == pytest.approx(np.corrcoef(rankdata(lifts), rankdata(drawn[:, 4]))[0, 1])
    assert what_matters(lifts, names, drawn, 7) == found
    assert what_matters(np.exp(lifts), names, np.log(drawn), 7) == found  # ranks only


def test_at_most_three_are_named() -> None:
    """Of five parameters that all decide the lift in sixty draws, the three strongest are named, in their order."""
    drawn, names = factors(60)
    drawn[:, 5:10] = drawn[:, :5] ** 2  # the same ranks again
    found = what_matters(np.log(drawn[:, :5]) @ np.array([5.0, -4.0, 3.0, 2.0, 2.0]), names, drawn, 7)
    assert len(found) == 3
    assert [abs(one.correlation) for one in found] == sorted((abs(one.correlation) for one in found), reverse=True)


def test_nothing_is_named_where_nothing_stands_out() -> None:
    """A dozen parameters, ten draws: the largest correlation of unrelated numbers is often 0.7, and that is not enough."""
    drawn, names = factors()
    lifts = np.random.default_rng(0).standard_normal((100, 10))
    named = [what_matters(lift, names, drawn, 7) for lift in lifts]
    assert np.mean([bool(found) for found in named]) < 0.2
    largest = [max(abs(spearmanr(lift, drawn[:, k]).statistic) for k in range(15)) for lift in lifts[:20]]
    assert max(largest) > 0.7


def test_nothing_is_named_where_nothing_varies() -> None:
    """Parameters without a spread, or a lift that is the same in all draws."""
    drawn, names = factors()
    assert what_matters(np.full(10, 0.02), names, drawn, 7) == ()
    assert what_matters(np.arange(10.0), names, np.ones_like(drawn), 7) == ()
    assert what_matters(np.arange(10.0), [], np.ones((10, 0)), 7) == ()
    (only,) = what_matters(np.arange(10.0), ["a", "b"], np.column_stack([np.ones(10), -np.arange(10.0)]), 7)
    assert only == Influence("b", pytest.approx(-1.0))  # type: ignore[arg-type]
