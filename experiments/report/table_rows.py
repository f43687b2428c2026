"""The rows of the report's tables as text, from a run's tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from experiments.figures import style
from experiments.figures.tables import Run
from experiments.findings.money import payback_in_words

_SHARES = ("p_best_share", "attainment", "seats_at_quota_share", "orphaned_share", "uncovered_share", "moved_share")


def summary_rows(run: Run) -> list[dict[str, Any]]:
    """One row an arm, all cells as text."""
    rows = []
    for arm in run.arms:
        lift, low, high = run.lift(arm)
        is_baseline = arm == run.baseline
        percent = {name: style.percent(run.value(arm, name)) for name in _SHARES}
        rows.append(
            {
                "arm": arm,
                "reference": run.is_reference(arm),
                "verdict": "baseline" if is_baseline else run.text(arm, "verdict") or "–",
                "lift": "" if is_baseline else style.signed_percent(lift),
                "interval": "" if is_baseline else style.interval(low, high) or "–",
                "single": "" if is_baseline else _range(run, arm, "single_p10_share", "single_p90_share"),
                "draws": "" if is_baseline else _ends(*run.over_draws(arm)),
                "depends_on": run.text(arm, "depends_on"),
                "bookings": style.usd(run.value(arm, "bookings_usd")),
                "gini": style.plain(run.value(arm, "gini_opportunity"), 2),
                "gap": style.percent(run.value(arm, "plan_gap_share"), 2),
                "futures": f"{run.value(arm, 'futures_n'):.0f}" if np.isfinite(run.value(arm, "futures_n")) else "–",
                **percent,
            }
        )
    return rows


def worth_rows(run: Run) -> list[dict[str, str]]:
    """When the lift comes and what it is worth, one row an arm besides the baseline; none where the run does not say."""
    rows = []
    for arm in run.others if "contribution_lift_usd" in run.summary else ():
        lift, low, high = (run.value(arm, f"contribution_{name}_usd") for name in ("lift", "low", "high"))
        quarter, earliest, latest = (run.value(arm, f"payback{name}_quarter") for name in ("", "_low", "_high"))
        rows.append(
            {
                "arm": arm,
                **{name: style.signed_percent(run.value(arm, f"raw_lift_{name}_share")) for name in ("year1", "year2", "pipeline")},
                "lift": style.usd(lift),
                "interval": f"{style.usd(low)} to {style.usd(high)}" if np.isfinite([low, high]).all() else "–",
                "payback": payback_in_words(quarter, earliest, latest, int(run.provenance["quarters"])) or "–",
                "paid_back": style.percent(run.value(arm, "paid_back_share")),
            }
        )
    return rows


def _range(run: Run, arm: str, low: str, high: str) -> str:
    return _ends(run.value(arm, low), run.value(arm, high))


def _ends(low: float, high: float) -> str:
    return f"{style.signed(low)} to {style.signed(high)}" if np.isfinite([low, high]).all() else "–"


def pairwise_rows(run: Run) -> list[dict[str, str]]:
    """One row a pair of arms; none where the run does not say."""
    if not {"arm_a", "arm_b", "lift_share", "low_share", "high_share", "verdict"} <= set(run.pairwise):
        return []
    return [
        {
            "a": str(pair["arm_a"]),
            "b": str(pair["arm_b"]),
            "lift": style.signed_percent(float(pair["lift_share"])),
            "interval": style.interval(float(pair["low_share"]), float(pair["high_share"])) or "–",
            "verdict": str(pair["verdict"]),
        }
        for _, pair in run.pairwise.iterrows()
    ]


def ledger_rows(ledger: pd.DataFrame) -> list[dict[str, str]]:
    """What is assumed, then what is identified."""
    columns = ("parameter", "value", "status", "rule", "rows_n")
    if not set(columns) <= set(ledger):
        return []
    table = ledger.sort_values("status", kind="stable")  # assumed before identified
    return [
        {name: style.plain(float(row[name])) if name == "rows_n" else str(row[name]) for name in columns} for _, row in table.iterrows()
    ]


def provenance_rows(run: Run) -> list[tuple[str, str]]:
    """How the run came to be: name and value."""
    about = run.provenance
    commit = str(about.get("commit") or "unknown") + (" with uncommitted changes" if about.get("dirty") else "")
    elapsed = about.get("elapsed_s")
    return [
        ("Command", str(about.get("command", "unknown"))),
        ("Commit", commit),
        ("Started", str(about.get("started", "unknown"))),
        ("Finished", str(about.get("finished", "unknown"))),
        ("Time taken", f"{float(elapsed):,.0f} s" if elapsed is not None else "unknown"),
        ("Python", str(about.get("python", "unknown"))),
    ]
