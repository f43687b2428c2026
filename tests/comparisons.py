"""What tests of whole comparisons share: a small one and its tables, arms that differ in the strategy only, a report that costs nothing."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.runner import run_comparison
from experiments.running import store
from experiments.running.arms import Arm, Settings
from experiments.running.scenario import Scenario
from sim.market import MarketSource
from sim.planning import Assignment, PlanningProblem, Strategy, Unsupported
from strategies.equal_count import EqualCount
from strategies.random_draw import Random
from strategies.status_quo import StatusQuo
from tests.markets import synthetic
from tests.worlds import tiny_policy, tiny_world

TODAY = Scenario("base", "what now?")
DESIGNS: Mapping[str, Strategy] = {"status_quo": StatusQuo(), "random": Random(), "equal_count": EqualCount()}


@pytest.fixture(autouse=True)
def no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """For every test of a module that imports it. The report has tests of its own; here it costs seconds and says nothing."""
    module = ModuleType("experiments.report.page")
    module.write_report = lambda folder: folder  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "experiments.report.page", module)


def arms_of(strategies: Mapping[str, Strategy]) -> list[Arm]:
    """Arms that differ in the strategy only."""
    return [Arm(label, strategy, tiny_policy(), tiny_world()) for label, strategy in strategies.items()]


@dataclass(frozen=True)
class Declines:
    """A strategy that cannot treat the problem."""

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """Say why."""
        raise Unsupported("there is no map")


def run(
    root: Path,
    strategies: Mapping[str, Strategy] = DESIGNS,
    source: MarketSource | None = None,
    scenario: Scenario = TODAY,
    **settings: Any,
) -> Path:
    """A comparison of a year in a market of 60 accounts and 3 seats."""
    asked = Settings(**{"seed": 3, "futures": 3, "quarters": 4, **settings})
    return run_comparison(synthetic(60, 3) if source is None else source, arms_of(strategies), scenario, asked, root, progress=False)


def rows(folder: Path, arm: str, table: str = "runs.parquet") -> pd.DataFrame:
    """The rows of one arm."""
    found = store.read_table(folder / table)
    return found[found["arm"] == arm].reset_index(drop=True)


def same_tables(one: Path, other: Path) -> None:
    """All tables of two folders agree to the last bit, but for measured times; the files are the same ones."""
    names = sorted(str(path.relative_to(one)) for suffix in ("csv", "parquet") for path in one.rglob(f"*.{suffix}"))
    assert names == sorted(str(path.relative_to(other)) for suffix in ("csv", "parquet") for path in other.rglob(f"*.{suffix}"))
    assert {"runs.parquet", "seats.parquet", "accounts.parquet", "summary.csv", "pairwise.csv", "designs/random.csv"} <= set(names)
    for name in names:
        if name.endswith(".salesforce.csv"):
            assert (one / name).read_bytes() == (other / name).read_bytes()
            continue
        tables = [store.read_table(folder / name) for folder in (one, other)]
        left, right = (table.drop(columns=[c for c in table if str(c).endswith("_s")]) for table in tables)
        pd.testing.assert_frame_equal(left, right, check_exact=True)
