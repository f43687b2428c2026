"""docs/metrics.md explains every column that a run writes, and none that it does not."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.comparison import live_through, make_plans
from experiments.findings.summary import compare_arms, summary_table
from experiments.running.arms import Arm, Settings
from strategies.optimized import Optimized
from strategies.status_quo import StatusQuo
from tests.markets import drawn_market
from tests.worlds import tiny_policy, tiny_world

IMPORTED = {"assumed_p10_share", "assumed_p90_share", "depends_on"}  # in the summary of an imported market that was drawn several times
PAGE = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    """The tables of a small comparison."""
    settings = Settings(futures=2, quarters=2)
    arms = [Arm(label, s, tiny_policy(), tiny_world()) for label, s in (("status_quo", StatusQuo()), ("optimized", Optimized()))]
    markets = [drawn_market()]
    lived = live_through(markets, arms, make_plans(markets, arms, settings), settings)
    summary = summary_table(lived.runs, compare_arms(lived.runs, settings))
    metrics = set(lived.runs.columns) - {"plan_s", "plan_gap_share", "error"}
    return {
        "runs.parquet": lived.runs,
        "seats.parquet": lived.seats,
        "summary.csv": summary.drop(columns=[*metrics & set(summary.columns)]),
    }


def explained(name: str) -> set[str]:
    """Columns that the page's section on a table explains; a star stands for what varies."""
    section = PAGE.split(f"\n## {name}")[1].split("\n## ")[0]
    rows = re.findall(r"^\| ([^|]+) \|.*\|$", section, flags=re.MULTILINE)
    return {column for row in rows for column in row.split(", ")} - {"column", "---"}


@pytest.mark.parametrize("name", ["runs.parquet", "seats.parquet", "summary.csv"])
def test_every_column_has_an_entry_and_every_entry_a_column(tables: dict[str, pd.DataFrame], name: str) -> None:
    """What is written to the file (which adds schema_version) and what the page explains are the same."""
    columns = {re.sub(r"_q\d+_", "_q*_", re.sub(r"^p_(?!best).*", "p_*", str(column))) for column in tables[name]}
    assert columns | {"schema_version"} == explained(name) - IMPORTED


def test_names_end_in_units_and_numbers_are_numbers(tables: dict[str, pd.DataFrame]) -> None:
    """Every metric is a float, and every one in usd, hours, days or numbers says so in its name."""
    runs = tables["runs.parquet"]
    metrics = runs.loc[:, "bookings_usd":]
    assert (metrics.dtypes == np.float64).all()
    ends = ("_usd", "_h", "_days", "_n", "_share", "_months", "_gini", "_per_quota", "_per_engaged_account")
    ratios = {"attainment", "attainment_median", "attainment_p10", "attainment_p90", "gini_load", "gini_outcome"}
    left = {name for name in metrics if not str(name).endswith(ends)} - ratios
    assert all(str(name).endswith("_opportunity") for name in left)
