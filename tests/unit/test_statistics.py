"""Lifts, intervals and verdicts, on matrices small enough to check by hand."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.findings.assumptions import Assumed, OverDraws
from experiments.findings.statistics import (
    BETTER,
    CONTROL_VARIATE,
    DEPENDS,
    EQUIVALENT,
    NOT_SETTLED,
    RAW,
    WORSE,
    Comparison,
    Interval,
    Lift,
    _factor,
    compare,
    p_best,
    paired_lifts,
    standing_verdict,
    verdict,
)

T_975_AT_3 = 3.182446305284263  # t tables, 3 degrees of freedom
T_975_AT_2 = 4.302652729911275


def one_lift(arm: list[float], base: list[float], draw: list[int] | None = None, luck: list[float] | None = None) -> Lift:
    """The lift of one arm over another, a family of its own; ``luck`` is the control variate of the arm."""
    bookings = np.array([arm, base], dtype=np.float64).T
    control = np.zeros_like(bookings)
    control[:, 0] = luck or 0.0
    return paired_lifts(bookings, control, np.array(draw or [0] * len(arm)), ["arm", "base"], [(0, 1)], 0.01, 7)[0]


def invented(rows: int = 30, seed: int = 0) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Bookings and control variates of five arms in the same futures."""
    rng = np.random.default_rng(seed)
    luck = 3e4 * rng.standard_normal((rows, 5))
    bookings = 1e6 * rng.lognormal(0, 0.05, (rows, 1)) * (1 + np.array([0, 0.03, -0.02, 0.001, 0.0])) + luck
    return bookings + 5e3 * rng.standard_normal((rows, 5)), luck, ["base", "up", "down", "near", "same"]


def compared(bookings: np.ndarray, luck: np.ndarray, arms: list[str], seed: int = 7, draw: np.ndarray | None = None) -> Comparison:
    """A comparison of one market draw with the baseline ``base``."""
    return compare(bookings, luck, np.zeros(len(bookings), np.int64) if draw is None else draw, arms, "base", 0.01, seed)


def test_a_lift_is_the_sum_of_differences_over_the_sum_of_the_baseline() -> None:
    """Differences 1, 2, 3, 2 on 10, 20, 30, 40: lift 8 %, interval by t(3) of the residuals (difference - 0.08 base)."""
    lift = one_lift([11, 22, 33, 42], [10, 20, 30, 40])
    residuals = np.array([1, 2, 3, 2]) - 0.08 * np.array([10, 20, 30, 40])
    reach = T_975_AT_3 * residuals.std(ddof=1) / 2 / 25
    assert lift.adjusted == lift.raw
    assert (lift.raw.share, lift.raw.low_share, lift.raw.high_share) == pytest.approx((0.08, 0.08 - reach, 0.08 + reach))
    assert (lift.single_p10_share, lift.single_p90_share) == pytest.approx(tuple(np.quantile([0.1, 0.1, 0.1, 0.05], [0.1, 0.9])))
    assert np.isnan(lift.draws.share)
    assert lift.futures_n == 4


def test_with_several_draws_the_interval_is_that_of_their_sums() -> None:
    """Three draws of two futures: residuals are summed within each draw, t has 2 degrees of freedom; the draws' own interval."""
    lift = one_lift([11, 13, 25, 21, 30, 32], [10, 10, 20, 20, 30, 30], draw=[0, 0, 1, 1, 2, 2])
    sums = np.array([4, 6, 2]) - 0.1 * np.array([20, 40, 60])
    reach = T_975_AT_2 * sums.std(ddof=1) * np.sqrt(3) / 120
    assert (lift.raw.low_share, lift.raw.high_share) == pytest.approx((0.1 - reach, 0.1 + reach))
    own = np.array([4 / 20, 6 / 40, 2 / 60])
    reach = T_975_AT_2 * own.std(ddof=1) / np.sqrt(3)
    assert (lift.draws.share, lift.draws.high_share) == pytest.approx((own.mean(), own.mean() + reach))


def test_the_control_variate_is_taken_off_with_coefficient_one() -> None:
    """Bookings that differ by their luck alone have an adjusted lift of exactly the rest, while the raw one keeps the luck."""
    lift = one_lift([12, 23, 31, 44], [10, 20, 30, 40], luck=[2, 3, 1, 4])
    assert lift.adjusted == Interval(0.0, 0.0, 0.0)
    assert lift.raw.share == pytest.approx(0.1)


def test_the_raw_lift_decides_where_the_two_disagree() -> None:
    """A control variate of a mean far from zero is caught (more than 3 standard errors), one of mean near zero is not."""
    rng = np.random.default_rng(0)
    base = list(100 + rng.standard_normal(20))
    luck = rng.standard_normal(20)
    arm = list(np.array(base) + luck + rng.standard_normal(20))
    honest, broken = one_lift(arm, base, luck=list(luck)), one_lift(arm, base, luck=list(luck + 5))
    assert (honest.decided_by, honest.decided) == (CONTROL_VARIATE, honest.adjusted)
    assert (broken.decided_by, broken.decided) == (RAW, broken.raw)
    assert (broken.verdict, verdict(broken.adjusted, 0.01)) == (EQUIVALENT, WORSE)


def test_few_futures_have_to_disagree_by_more() -> None:
    """Adjusted and raw lie 4.3 estimated standard errors apart: out of the question for 200 futures, but not for 4."""
    spread, apart = np.array([-1.0, 1.0]), {4: 4.3 * np.sqrt(1 / 3), 200: 4.3 / np.sqrt(199)}
    for futures_n, decided_by in ((4, CONTROL_VARIATE), (200, RAW)):
        luck = np.tile(spread, futures_n // 2) + apart[futures_n]
        base = np.full(futures_n, 100.0)
        assert one_lift(list(base), list(base), luck=list(luck)).decided_by == decided_by


def test_verdicts_come_in_their_order() -> None:
    """Inside +-delta is equivalent even when above 0; then better, worse, not settled; nothing is settled without an interval."""
    assert verdict(Interval(0.005, 0.002, 0.008), 0.01) == EQUIVALENT
    assert verdict(Interval(0.01, 0.002, 0.018), 0.01) == BETTER
    assert verdict(Interval(-0.01, -0.018, -0.002), 0.01) == WORSE
    assert verdict(Interval(0.01, -0.002, 0.022), 0.01) == NOT_SETTLED
    assert verdict(Interval(0.5, np.nan, np.nan), 0.01) == NOT_SETTLED


def test_identical_designs_differ_by_exactly_nothing() -> None:
    """Equal rows give 0 in [0, 0] and equivalent, whatever else is in the family; they share the chance of being best."""
    bookings, luck, arms = invented()
    bookings[:, 4], luck[:, 4] = bookings[:, 0], luck[:, 0]
    bookings[:, 1], luck[:, 1] = bookings[:, 0], luck[:, 0]
    result = compared(bookings, luck, arms)
    for lift in result.lifts:
        if lift.arm in ("base", "same", "up"):
            assert lift.adjusted == lift.raw == Interval(0.0, 0.0, 0.0)
            assert lift.verdict == EQUIVALENT
    assert result.p_best_share["base"] == result.p_best_share["same"] == result.p_best_share["up"]
    assert sum(result.p_best_share.values()) == pytest.approx(1.0)


def test_the_best_lift_comes_first_and_all_pairs_follow_that_order() -> None:
    """Five arms: the order is by lift, the baseline in its place; ten pairs, none against the order, and up / base agrees with its lift."""
    result = compared(*invented())
    order = [lift.arm for lift in result.lifts]
    assert order[0] == "up"
    assert order[-1] == "down"
    assert all(order.index(pair.arm) < order.index(pair.over) for pair in result.pairs)
    assert len(result.pairs) == 10
    pair = next(p for p in result.pairs if (p.arm, p.over) == ("up", "base"))
    assert pair.adjusted.share == result.lifts[0].adjusted.share
    assert pair.adjusted.high_share > result.lifts[0].adjusted.high_share  # ten statements need a wider interval than five
    assert result.p_best_share["up"] == 1.0


def test_the_order_of_the_arms_does_not_matter() -> None:
    """The same columns in another order give the same comparison to the last bit."""
    bookings, luck, arms = invented()
    order = [3, 0, 4, 2, 1]
    assert repr(compared(bookings, luck, arms)) == repr(compared(bookings[:, order], luck[:, order], [arms[k] for k in order]))


def test_the_seed_moves_the_interval_and_nothing_else_does() -> None:
    """Same seed, same interval; another seed, another one, by less than 3 % of its width."""
    bookings, luck, arms = invented()
    one, again, other = (compared(bookings, luck, arms, seed=s) for s in (7, 7, 8))
    assert repr(one) == repr(again)  # NaN is not equal to itself, and in repr every bit shows
    a, b = one.lifts[0].adjusted, other.lifts[0].adjusted
    assert a.share == b.share
    assert a.high_share != b.high_share
    assert a.high_share - a.share == pytest.approx(b.high_share - b.share, rel=0.03)


def test_failed_cells_are_left_out_pair_by_pair() -> None:
    """A future in which one arm failed is missing for that arm only; an arm that always failed comes last, without a lift."""
    bookings, luck, arms = invented()
    whole = {lift.arm: lift for lift in compared(bookings, luck, arms).lifts}
    bookings[3:5, 1] = luck[3:5, 1] = np.nan
    bookings[:, 2] = luck[:, 2] = np.nan
    result = compared(bookings, luck, arms)
    lifts = {lift.arm: lift for lift in result.lifts}
    assert (lifts["up"].futures_n, lifts["near"].futures_n, lifts["down"].futures_n) == (28, 30, 0)
    assert lifts["near"].adjusted.share == whole["near"].adjusted.share
    kept = np.delete(bookings - luck, [3, 4], axis=0)
    assert lifts["up"].adjusted.share == pytest.approx(kept[:, 1].sum() / kept[:, 0].sum() - 1)
    assert result.lifts[-1].arm == "down"
    assert lifts["down"].verdict == NOT_SETTLED
    assert np.isnan(result.p_best_share["down"])
    assert sum(p for p in result.p_best_share.values() if not np.isnan(p)) == pytest.approx(1.0)


def test_one_future_settles_nothing() -> None:
    """With a single future there is a lift and no interval."""
    lift = one_lift([12], [10])
    assert lift.raw.share == pytest.approx(0.2)
    assert np.isnan(lift.raw.low_share)
    assert lift.verdict == NOT_SETTLED


def test_nothing_booked_anywhere_is_no_lift() -> None:
    """A baseline without any bookings has no lift over it, and no warning."""
    assert np.isnan(one_lift([1, 2, 3], [0, 0, 0]).raw.share)


def test_the_chance_of_being_best_follows_the_futures() -> None:
    """Two arms that win every second future by as much are each best in half of the resamples; draws are resampled whole."""
    swing = np.where(np.arange(40) % 2 == 0, 1.0, -1.0)
    usd = np.stack([100 + swing, 100 - swing], axis=1)
    assert p_best(usd, np.zeros(40, np.int64), 7) == pytest.approx([0.5, 0.5], abs=0.02)
    usd = np.stack([100 + swing, np.full(40, 99.95)], axis=1)
    futures, draws = p_best(usd, np.zeros(40, np.int64), 7), p_best(usd, np.arange(40) // 2, 7)
    assert futures[0] < 0.8
    assert draws.tolist() == [1.0, 0.0]  # within a draw the swings cancel


def test_what_does_not_fit_is_refused() -> None:
    """An unknown baseline and matrices of the wrong shape are named."""
    bookings, luck, arms = invented()
    with pytest.raises(ValueError, match="'today' is not among the arms"):
        compare(bookings, luck, np.zeros(30, np.int64), arms, "today", 0.01, 7)
    with pytest.raises(ValueError, match="bookings_usd: shape"):
        compare(bookings, luck, np.zeros(29, np.int64), arms, "base", 0.01, 7)


@pytest.mark.parametrize(
    ("word", "low", "high", "beyond_luck", "stands"),
    [
        (BETTER, 0.001, 0.05, True, BETTER),
        (BETTER, -0.001, 0.05, True, DEPENDS),
        (BETTER, -0.001, 0.05, False, NOT_SETTLED),
        (WORSE, -0.05, -0.001, True, WORSE),
        (WORSE, -0.05, 0.001, True, DEPENDS),
        (EQUIVALENT, -0.01, 0.01, True, EQUIVALENT),
        (EQUIVALENT, -0.01, 0.02, True, DEPENDS),
        (EQUIVALENT, -0.01, 0.02, False, NOT_SETTLED),
        (NOT_SETTLED, -0.05, 0.05, True, DEPENDS),
        (NOT_SETTLED, -0.05, 0.05, False, NOT_SETTLED),
        (BETTER, np.nan, np.nan, False, BETTER),
    ],
)
def test_a_verdict_stands_if_the_whole_range_agrees(word: str, low: float, high: float, beyond_luck: bool, stands: str) -> None:
    """Else it depends on assumptions where the draws differ by more than luck, and is not settled where they do not."""
    assert standing_verdict(word, OverDraws(low, high, beyond_luck, np.zeros(2)), 0.01) == stands


def over_ten_draws(effect: np.ndarray, luck_usd: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bookings and control variates of two arms in four futures of ten draws, of which each has its ``effect`` (10,) on the first."""
    rng = np.random.default_rng(0)
    draw = np.repeat(np.arange(10), 4)
    noise = luck_usd * rng.standard_normal((40, 2))
    bookings = np.column_stack([1e6 * (1 + effect[draw]), np.full(40, 1e6)]) + noise
    return bookings, np.zeros_like(bookings), draw


def test_a_verdict_that_hangs_on_a_parameter_says_so_and_names_it() -> None:
    """Better in the mean, and yet worse where a parameter is high: it depends on that. Draws of other markets do not say so."""
    effect = np.linspace(-0.012, 0.048, 10)
    factors = np.column_stack([np.exp(-effect), np.random.default_rng(1).lognormal(0, 0.3, (10, 6))])
    assumed = Assumed(("hours_per_week", *"abcdef"), factors)
    data = over_ten_draws(effect, 2e3)
    comparison = compare(*data, ["up", "base"], "base", 0.01, 7, assumed)
    lift = next(lift for lift in comparison.lifts if lift.arm == "up")
    assert lift.decided.low_share > 0
    assert lift.assumed is not None
    assert lift.assumed.low_share < 0 < lift.assumed.high_share
    assert lift.verdict == DEPENDS
    assert [found.parameter for found in lift.depends_on] == ["hours_per_week"]
    assert lift.depends_on[0].correlation < -0.9
    assert {pair.verdict for pair in comparison.pairs} == {DEPENDS}
    plain = compare(*data, ["up", "base"], "base", 0.01, 7)
    assert [one.verdict for one in plain.lifts if one.arm == "up"] == [BETTER]
    assert all(one.assumed is None and one.depends_on == () for one in plain.lifts)


def test_luck_is_not_taken_for_assumptions() -> None:
    """Ten draws that differ by luck alone, too much of it to settle anything: not settled, and nothing is named."""
    data = over_ten_draws(np.full(10, 0.005), 6e4)
    comparison = compare(*data, ["up", "base"], "base", 0.01, 7, Assumed(("a",), np.random.default_rng(1).lognormal(0, 1, (10, 1))))
    lift = next(lift for lift in comparison.lifts if lift.arm == "up")
    assert (lift.verdict, lift.depends_on) == (NOT_SETTLED, ())


def test_the_range_is_that_of_the_lift_that_decides() -> None:
    """Without the luck that is known where the control variate decides, with it where the raw lift does."""
    effect = np.linspace(-0.01, 0.03, 10)
    bookings, luck, draw = over_ten_draws(effect, 0.0)
    known = luck.copy()
    known[:, 0] = 3e4 * np.random.default_rng(2).standard_normal(40)
    (lift,) = paired_lifts(bookings + known, known, draw, ["arm", "base"], [(0, 1)], 0.01, 7, Assumed((), np.ones((10, 0))))
    assert lift.decided_by == CONTROL_VARIATE
    assert lift.assumed is not None
    assert lift.assumed.share == pytest.approx(effect)
    known[:, 0] = 1e5
    (lift,) = paired_lifts(bookings + known, known, draw, ["arm", "base"], [(0, 1)], 0.01, 7, Assumed((), np.ones((10, 0))))
    assert lift.decided_by == RAW
    assert lift.assumed is not None
    assert lift.assumed.share == pytest.approx(effect + 0.1)


def test_pairs_that_follow_from_others_are_drawn_as_they_follow() -> None:
    """The factor gives the covariance back, though two of three pairs of arms determine the third; a pair that never varies has no part."""
    one, other = np.random.default_rng(1).normal(size=(2, 40))
    pairs = np.column_stack([one, other, other - one, 2.0 * one])
    covariance = pairs.T @ pairs
    factor = _factor(covariance)
    np.testing.assert_allclose(factor @ factor.T, covariance, rtol=0, atol=1e-9)
    assert np.count_nonzero(np.any(factor, axis=0)) == 2
