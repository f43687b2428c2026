"""What a redesign is worth, and from when on it has paid for itself: contribution against the baseline, paired in the same futures.

The luck that is known is taken off the contribution as it is off the bookings. What varies independently is a future, or a market draw
where there are several. What the contribution is made of stands in sim/metrics/money.py and docs/metrics.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from experiments.findings.statistics import Interval, simultaneous
from experiments.running.plans import OK
from sim.snapshot import BoolArray, FloatArray, IntArray
from sim.streams import Stream, generator

RESAMPLES_N = 10_000
LOW, HIGH = 0.025, 0.975


def money_table(runs: pd.DataFrame, baseline: str) -> pd.DataFrame:
    """One row an arm, from the rows of runs.parquet; NaN where there is too little to say.

    contribution_lift_usd: mean difference to the baseline over the horizon, with 95 % intervals that hold for all arms at once.
    payback_quarter: see :func:`payback_quarter`, of the mean difference, with the 95 % range of that over resamples; NaN where no future
    differs. paid_back_share: single futures, with all their luck, in which the difference is above 0 at the horizon.
    """
    lived = {str(arm): rows.set_index(["draw", "future"]) for arm, rows in runs[runs["status"] == OK].groupby("arm")}
    arms = sorted(map(str, runs["arm"].unique()))
    paths, rows = [np.zeros((0, 1))] * len(arms), []
    for k, arm in enumerate(arms):
        both = lived[arm].index.intersection(lived[baseline].index) if {arm, baseline} <= set(lived) else pd.Index([])
        row = dict.fromkeys(("payback_quarter", "payback_low_quarter", "payback_high_quarter", "paid_back_share"), float("nan"))
        if len(both):
            own, other = lived[arm].loc[both], lived[baseline].loc[both]
            paths[k] = per_unit(adjusted_usd(own) - adjusted_usd(other), own.index.get_level_values("draw").to_numpy())
            if paths[k].any():
                low, high = payback_range(paths[k])
                plain_usd = own["contribution_usd"] - other["contribution_usd"]
                quarter = float(payback_quarter(paths[k].mean(axis=0)))
                row = dict(zip(row, (quarter, low, high, float((plain_usd > 0).mean())), strict=True))
        rows.append({"arm": arm, **row})
    lifts = mean_intervals([path[:, -1] for path in paths])
    usd = {f"contribution_{name}_usd": [getattr(lift, f"{name}_share") for lift in lifts] for name in ("low", "high")}
    return pd.DataFrame(rows).assign(contribution_lift_usd=[lift.share for lift in lifts], **usd)


def adjusted_usd(rows: pd.DataFrame) -> FloatArray:
    """Contribution from day 0 to the end of each quarter, without the known luck: (rows, quarters)."""
    quarters = sorted(int(found[1]) for name in rows if (found := re.fullmatch(r"contribution_q(\d+)_usd", str(name))))
    plain, luck = ([f"contribution_{kind}{q}_usd" for q in quarters] for kind in ("q", "luck_q"))
    usd: FloatArray = rows[plain].to_numpy(dtype=np.float64).cumsum(axis=1) - rows[luck].to_numpy(dtype=np.float64)
    return usd


def per_unit(usd: FloatArray, draw: IntArray) -> FloatArray:
    """Rows (futures, quarters) as they are; where there are several market draws, the mean of each (draws, quarters)."""
    draws = np.unique(draw)
    return np.array([usd[draw == d].mean(axis=0) for d in draws]) if len(draws) > 1 else usd


def payback_quarter(cumulated: FloatArray) -> FloatArray:
    """First quarter (1, 2, ...) from which a difference that adds up over the last axis stays above 0 to its end; inf: there is none."""
    above: BoolArray = np.asarray(cumulated) > 0
    to_the_end_n = np.cumprod(above[..., ::-1], axis=-1).sum(axis=-1)
    quarter: FloatArray = np.where(to_the_end_n > 0, above.shape[-1] - to_the_end_n + 1.0, np.inf)
    return quarter


def payback_range(paths: FloatArray) -> tuple[float, float]:
    """95 % range of the payback quarter of the mean over resamples of the units (units, quarters); NaN below two of them."""
    n = len(paths)
    if n < 2:
        return float("nan"), float("nan")
    weights = generator(0, Stream.STATISTICS).multinomial(n, np.full(n, 1 / n), size=RESAMPLES_N)
    quarters = np.sort(payback_quarter(weights @ paths))
    return float(quarters[int(LOW * RESAMPLES_N)]), float(quarters[int(HIGH * RESAMPLES_N)])


def mean_intervals(samples: Sequence[FloatArray]) -> list[Interval]:
    """Mean of each sample, in the samples' unit, with 95 % intervals that hold for all at once; NaN where there is too little to say."""
    units_n = np.array([len(sample) for sample in samples])
    means = np.array([sample.mean() if len(sample) else np.nan for sample in samples])
    residuals = np.zeros((units_n.max(initial=0), len(samples)))
    for k, sample in enumerate(samples):
        residuals[: len(sample), k] = (sample - means[k]) / len(sample)
    return simultaneous(means, residuals, units_n, seed=0)


def usd_in_words(amount: float) -> str:
    """Three significant digits with a sign: "+1,230,000", "−915"; "–" where unknown."""
    return "–" if not np.isfinite(amount) else f"{float(f'{amount:.3g}'):+,.0f}".replace("-", "−")


def rates_in_words(config: Mapping[str, Any]) -> str:
    """The rates that a contribution was reckoned with, from the configuration of a run; "" where it does not say."""
    money = config.get("policy", {}).get("money")
    if not money:
        return ""
    seat, road, hand_over = (f"{money[name]:,.0f}" for name in ("seat_usd_per_year", "travel_usd_per_h", "hand_over_usd_per_h"))
    data = f", {money['data_usd_per_account']:,.0f} for data on an account" if money.get("data_usd_per_account") else ""
    margin = f"margin {100 * money['margin_share']:.0f} %"
    return f"{margin}, usd {seat} a seat and year, {road} an hour on the road, {hand_over} an hour of hand-over{data}"


def payback_in_words(quarter: float, low: float, high: float, quarters_n: int) -> str:
    """From which quarter on a redesign has paid for itself, with the range of that; "" where there is nothing to pay back."""
    if np.isnan(quarter):
        return ""
    said = f"paid back from quarter {quarter:.0f} on" if np.isfinite(quarter) else f"not paid back within {quarters_n} quarters"
    if np.isnan(low) or low == high:
        return said
    ends = (f"{end:.0f}" if np.isfinite(end) else f"beyond {quarters_n}" for end in (low, high))
    return f"{said} ({' to '.join(ends)})"
