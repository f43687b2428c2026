"""From the rows of the runs to what is printed: one row an arm, and one row a pair of arms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from experiments.arms import Settings
from experiments.plans import OK
from experiments.statistics import Comparison, Lift, compare
from sim.snapshot import FloatArray

FIRST_METRIC = "bookings_usd"


def compare_arms(runs: pd.DataFrame, settings: Settings) -> Comparison:
    """Lifts, intervals and verdicts of all arms in ``runs`` against the baseline, and of all pairs."""
    futures = pd.MultiIndex.from_frame(runs[["draw", "future"]].drop_duplicates().sort_values(["draw", "future"]))
    arms = sorted(runs["arm"].unique())
    bookings, luck = (_matrix(runs, name, futures, arms) for name in (FIRST_METRIC, "control_variate_usd"))
    draw = futures.get_level_values("draw").to_numpy()
    return compare(bookings, luck, draw, arms, settings.baseline, settings.delta_share, settings.seed)


def summary_table(runs: pd.DataFrame, comparison: Comparison) -> pd.DataFrame:
    """summary.csv: one row an arm, best lift first, those without a number last; then the mean of every metric over the futures."""
    metrics = list(runs.columns[runs.columns.get_loc(FIRST_METRIC) :])
    by_arm = {str(arm): rows for arm, rows in runs.groupby("arm")}
    rows = []
    for lift in comparison.lifts:
        own = by_arm[lift.arm]
        lived = own[own["status"] == OK]
        rows.append(
            {
                "arm": lift.arm,
                "strategy": own["strategy"].iloc[0],
                "baseline": lift.arm == comparison.baseline,
                "futures_n": len(lived),
                "failed_n": len(own) - len(lived),
                **_lift_columns(lift, settled=len(lived) > 0 and lift.arm != comparison.baseline),
                "p_best_share": comparison.p_best_share[lift.arm],
                **{name: float(lived[name].mean()) for name in [*metrics, "plan_s", "plan_gap_share"]},
                "error": "" if len(lived) else own["error"].iloc[0],
            }
        )
    return pd.DataFrame(rows)


def pairwise_table(comparison: Comparison) -> pd.DataFrame:
    """pairwise.csv: what the first arm books more than the second, for all pairs that met in a future; one family of intervals."""
    columns: Sequence[str] = ("arm_a", "arm_b", "lift_share", "low_share", "high_share", "verdict")
    rows = [
        (pair.arm, pair.over, pair.decided.share, pair.decided.low_share, pair.decided.high_share, pair.verdict)
        for pair in comparison.pairs
        if pair.futures_n
    ]
    return pd.DataFrame(rows, columns=list(columns))


def _matrix(runs: pd.DataFrame, metric: str, futures: pd.MultiIndex, arms: Sequence[str]) -> FloatArray:
    """A metric as (futures, arms), NaN where a cell failed."""
    lived = runs[runs["status"] == OK]
    matrix = lived.pivot_table(index=["draw", "future"], columns="arm", values=metric, aggfunc="first")
    values: FloatArray = matrix.reindex(index=futures, columns=pd.Index(arms)).to_numpy(dtype=np.float64)
    return values


def _lift_columns(lift: Lift, settled: bool) -> dict[str, float | str]:
    return {
        "lift_share": lift.adjusted.share,
        "lift_low_share": lift.adjusted.low_share,
        "lift_high_share": lift.adjusted.high_share,
        "raw_lift_share": lift.raw.share,
        "raw_low_share": lift.raw.low_share,
        "raw_high_share": lift.raw.high_share,
        "single_p10_share": lift.single_p10_share,
        "single_p90_share": lift.single_p90_share,
        "draws_low_share": lift.draws.low_share,
        "draws_high_share": lift.draws.high_share,
        "verdict": lift.verdict if settled else "",
        "decided_by": lift.decided_by if settled else "",
    }
