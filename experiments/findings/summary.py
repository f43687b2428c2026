"""From the rows of the runs to what is printed: one row an arm, and one row a pair of arms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from experiments.findings.assumptions import Assumed
from experiments.findings.money import money_table
from experiments.findings.statistics import Comparison, Lift, compare, paired_lifts
from experiments.running.arms import INFORMED, RANDOM, Settings
from experiments.running.plans import OK
from sim.market import Market
from sim.snapshot import FloatArray, IntArray
from sim.uncertainty import of_odds

FIRST_METRIC = "bookings_usd"


def compare_arms(runs: pd.DataFrame, settings: Settings, assumed: Assumed | None = None) -> Comparison:
    """Lifts, intervals and verdicts of all arms in ``runs`` against the baseline, and of all pairs."""
    bookings, luck, draw, arms = _matrices(runs)
    strategy = dict(zip(runs["arm"], runs["strategy"], strict=True))
    yardsticks = [arm for arm in arms if strategy[arm].startswith((RANDOM, INFORMED))]
    return compare(bookings, luck, draw, arms, settings.baseline, settings.delta_share, settings.seed, assumed, yardsticks)


def family_of(runs: pd.DataFrame, settings: Settings) -> list[Lift]:
    """The lifts of all arms over the baseline alone, with the intervals that :func:`compare_arms` has for them."""
    bookings, luck, draw, arms = _matrices(runs)
    base = arms.index(settings.baseline)
    return paired_lifts(bookings, luck, draw, arms, [(k, base) for k in range(len(arms))], settings.delta_share, settings.seed)


def summary_table(runs: pd.DataFrame, comparison: Comparison, history: bool = True) -> pd.DataFrame:
    """summary.csv: one row an arm, best lift first, those without a number last; then the mean of every metric over the futures, what a
    design is worth (experiments/findings/money.py), and raw lifts of the means of the first year, the second, and the pipeline at the end.

    ``normalised_score`` is (lift - that of random) / (that of informed - that of random) where the market has no ``history``, else NaN:
    with one, what is already there would be counted as the design's.
    """
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
    table = pd.DataFrame(rows)
    base = table.loc[table["baseline"]].iloc[0]
    table = table.merge(money_table(runs, comparison.baseline), on="arm", how="left", validate="one_to_one")
    for name, usd in (("year1", "bookings_year1_usd"), ("year2", "bookings_year2_usd"), ("pipeline", "pipeline_usd")):
        table[f"raw_lift_{name}_share"] = table[usd] / base[usd] - 1 if base[usd] > 0 else np.nan
    table["normalised_score"] = np.nan if history else _normalised(table)
    return table


def _normalised(table: pd.DataFrame) -> FloatArray:
    """The lifts on a scale on which ``random`` is 0 and ``informed`` is 1; NaN unless there is one of each."""
    low, high = (table.loc[table["strategy"].str.startswith(path), "lift_share"] for path in (RANDOM, INFORMED))
    if len(low) != 1 or len(high) != 1:
        return np.full(len(table), np.nan)
    score: FloatArray = ((table["lift_share"] - low.iloc[0]) / (high.iloc[0] - low.iloc[0])).to_numpy(dtype=np.float64)
    return score


def seat_outlook_table(seats: pd.DataFrame) -> pd.DataFrame:
    """seat_outlook.csv, one row a market draw, arm and seat, from the rows of seats.parquet: what a seat can expect over the horizon.

    quota_probability_share: share of the futures in which its bookings reach its quota; opening_pipeline_per_quota: the expected amount of
    the deals that are open in its book on day 0 over its quota of the first quarter.
    """
    keys = ["market", "draw", "arm", "seat"]
    first = seats[seats["quarter"] == 1]
    horizon = seats.groupby([*keys, "future"], as_index=False)[["bookings_usd", "quota_usd"]].sum()
    horizon["attainment"] = horizon["bookings_usd"] / horizon["quota_usd"].where(horizon["quota_usd"] > 0)
    horizon["reached"] = horizon["attainment"] >= 1
    by_seat = horizon.groupby(keys)
    table = pd.DataFrame(
        {
            "potential_usd": first.groupby(keys)["potential_usd"].mean(),
            "owned_n": first.groupby(keys)["owned_n"].mean(),
            "opening_pipeline_usd": first.groupby(keys)["opening_pipeline_usd"].mean(),
            "opening_pipeline_per_quota": first.groupby(keys)["opening_pipeline_usd"].mean() / first.groupby(keys)["quota_usd"].mean(),
            "quota_usd": by_seat["quota_usd"].mean(),
            "bookings_usd": by_seat["bookings_usd"].mean(),
            "attainment": by_seat["attainment"].mean(),
            "attainment_p10": by_seat["attainment"].quantile(0.1),
            "attainment_p90": by_seat["attainment"].quantile(0.9),
            "quota_probability_share": by_seat["reached"].mean(),
        }
    )
    return table.reset_index()


def parameters_table(markets: Sequence[Market]) -> pd.DataFrame:
    """parameters.csv: by which factor a parameter is off in a draw; it multiplies the ``value``, or the ``odds`` of a chance or share."""
    rows = [
        (market.label, market.draw, name, factor, "odds" if of_odds(name) else "value")
        for market in markets
        for name, factor in market.factors.items()
    ]
    return pd.DataFrame(rows, columns=["market", "draw", "parameter", "factor", "of"])


def assumed_of(markets: Sequence[Market]) -> Assumed | None:
    """What the draws of an imported market vary; None if nothing is imported or there is one draw."""
    if len(markets) < 2 or not all(market.imported for market in markets):
        return None
    names = tuple(markets[0].factors)
    return Assumed(names, np.array([[market.factors[name] for name in names] for market in markets]).reshape(len(markets), len(names)))


def pairwise_table(comparison: Comparison) -> pd.DataFrame:
    """pairwise.csv: what the first arm books more than the second, for all pairs that met in a future; one family of intervals."""
    columns: Sequence[str] = ("arm_a", "arm_b", "lift_share", "low_share", "high_share", "verdict")
    rows = [
        (pair.arm, pair.over, pair.decided.share, pair.decided.low_share, pair.decided.high_share, pair.verdict)
        for pair in comparison.pairs
        if pair.futures_n
    ]
    return pd.DataFrame(rows, columns=list(columns))


def _matrices(runs: pd.DataFrame) -> tuple[FloatArray, FloatArray, IntArray, list[str]]:
    """Bookings and their control variates (rows, arms), the draw of each row, and the arms by their names."""
    futures = pd.MultiIndex.from_frame(runs[["draw", "future"]].drop_duplicates().sort_values(["draw", "future"]))
    arms = sorted(runs["arm"].unique())
    bookings, luck = (_matrix(runs, name, futures, arms) for name in (FIRST_METRIC, "control_variate_usd"))
    return bookings, luck, futures.get_level_values("draw").to_numpy(), arms


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
        **_assumed_columns(lift),
        "verdict": lift.verdict if settled else "",
        "decided_by": lift.decided_by if settled else "",
    }


def _assumed_columns(lift: Lift) -> dict[str, float | str]:
    """For an imported market with several draws: the range over them, and what the verdict depends on, with its rank correlation."""
    if lift.assumed is None:
        return {}
    named = ", ".join(f"{found.parameter} {found.correlation:+.2f}" for found in lift.depends_on)
    return {"assumed_p10_share": lift.assumed.low_share, "assumed_p90_share": lift.assumed.high_share, "depends_on": named}
