"""What a scenario's question is answered by: pairs of arms in the same futures, and the sentences that follow from their numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from experiments.findings.money import adjusted_usd, mean_intervals, per_unit
from experiments.findings.statistics import BETTER, EQUIVALENT, RAW, WORSE, paired_lifts
from experiments.running.arms import Settings
from experiments.running.plans import OK

SHOWN = ("uncovered_share", "gini_opportunity", "moved_share", "seats_at_quota_share", "resignations_n")


def answer_table(runs: pd.DataFrame, answers: Mapping[str, str], settings: Settings) -> pd.DataFrame:
    """One row a pair ``arm`` against ``over``, in the order of ``answers``: lift in bookings with verdict, difference in contribution, both
    with 95 % intervals that hold for all pairs of the scenario at once; then some metrics of both arms.

    A pair of which an arm has lived through no future has NaN, and says in ``error`` why.
    """
    lived = {str(arm): rows.set_index(["draw", "future"]) for arm, rows in runs[runs["status"] == OK].groupby("arm")}
    index = pd.MultiIndex.from_frame(runs[["draw", "future"]].drop_duplicates().sort_values(["draw", "future"]))
    labels = sorted({*answers, *answers.values()})
    empty = pd.DataFrame(columns=runs.columns.drop(["draw", "future"]), index=index)
    tables = [lived.get(label, empty).reindex(index) for label in labels]
    usd, luck_usd = (
        np.column_stack([t[name].to_numpy(dtype=np.float64) for t in tables]) for name in ("bookings_usd", "control_variate_usd")
    )
    draw = index.get_level_values("draw").to_numpy()
    pairs = [(labels.index(arm), labels.index(over)) for arm, over in answers.items()]
    lifts = paired_lifts(usd, luck_usd, draw, labels, pairs, settings.delta_share, settings.seed)
    worth = mean_intervals([_contributions(lived, arm, over) for arm, over in answers.items()])
    rows = []
    for lift, money in zip(lifts, worth, strict=True):
        errors = [runs.loc[runs["arm"] == label, "error"].iloc[0] for label in (lift.arm, lift.over) if label not in lived]
        row = {
            "arm": lift.arm,
            "over": lift.over,
            "lift_share": lift.decided.share,
            "low_share": lift.decided.low_share,
            "high_share": lift.decided.high_share,
            "single_p10_share": lift.single_p10_share,
            "single_p90_share": lift.single_p90_share,
            "verdict": lift.verdict if lift.futures_n else "",
            "decided_by": lift.decided_by,
            "contribution_usd": money.share,
            "contribution_low_usd": money.low_share,
            "contribution_high_usd": money.high_share,
            "error": "; ".join(errors),
        }
        for name in SHOWN:
            for role, label in (("arm", lift.arm), ("over", lift.over)):
                row[f"{role}_{name}"] = float(lived[label][name].mean()) if label in lived and name in lived[label] else np.nan
        rows.append(row)
    return pd.DataFrame(rows)


def in_words(row: Mapping[str, object]) -> str:
    """The answer of one pair in a sentence, from the numbers of its row."""
    arm, over = row["arm"], row["over"]
    if row["error"]:
        return f"{arm} against {over} could not be measured: {row['error']}."
    lift, low, high = (100 * float(str(row[name])) for name in ("lift_share", "low_share", "high_share"))
    raw = " (the raw interval, as the control variate disagrees; contribution is reckoned with it)" if row["decided_by"] == RAW else ""
    ends = f"[{_signed(low)}, {_signed(high)}]{raw}"
    said = {
        BETTER: f"**{arm} books {lift:.1f} % more than {over}** {ends}",
        WORSE: f"**{arm} books {-lift:.1f} % less than {over}** {ends}",
        EQUIVALENT: f"**{arm} and {over} book the same**, within a point: {_signed(lift)} % {ends}",
    }.get(str(row["verdict"]), f"**not settled**: {arm} against {over} books {_signed(lift)} % {ends}")
    return f"{said}; {contribution_in_words(row)}."


def contribution_in_words(row: Mapping[str, object]) -> str:
    """What the pair differs by in contribution, and whether that is settled."""
    usd, low, high = (float(str(row[f"contribution_{name}usd"])) / 1e6 for name in ("", "low_", "high_"))
    if np.isnan(low) or low <= 0 <= high:
        settled = "in contribution they cannot be told apart" if usd else "in contribution they are the same"
        return f"{settled}, {_signed(usd, 2)} M usd [{_signed(low, 2)}, {_signed(high, 2)}]"
    return f"it contributes {abs(usd):.2f} M usd {'more' if usd > 0 else 'less'} [{_signed(low, 2)}, {_signed(high, 2)}]"


def _contributions(lived: Mapping[str, pd.DataFrame], arm: str, over: str) -> np.ndarray:
    """Differences in contribution (units,) over the horizon, without the known luck; empty where an arm has not lived."""
    if not {arm, over} <= set(lived):
        return np.zeros(0)
    both = lived[arm].index.intersection(lived[over].index)
    own, other = lived[arm].loc[both], lived[over].loc[both]
    paths = per_unit(adjusted_usd(own) - adjusted_usd(other), own.index.get_level_values("draw").to_numpy())
    return np.asarray(paths[:, -1])


def _signed(value: float, digits: int = 1) -> str:
    text = f"{value:+.{digits}f}"
    return text.lstrip("+-") if float(text) == 0 else text.replace("-", "−")
