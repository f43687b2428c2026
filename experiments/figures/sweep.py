"""What the figures of a sweep share: the finished rows, the settings that vary, and means over what is not shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from scipy.stats import t

from experiments.figures import style
from experiments.figures.style import Look

RUNS_FOR_AN_INTERVAL_N = 3


@dataclass(frozen=True, eq=False)
class Sweep:
    """The joined table (see experiments/sweeps/aggregate.py), its ``settings`` that vary, and what is shown along ``x`` and up ``y``
    (empty: nothing); ``arm`` is the one that a figure of one arm shows.
    """

    table: pd.DataFrame
    settings: Sequence[str]
    x: str
    y: str
    arm: str

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The rows of arms that were measured."""
        return self.table[(self.table["arm"] != "") & self.table["lift_share"].notna()]

    @cached_property
    def contenders(self) -> pd.DataFrame:
        """Those of arms that could be rolled out."""
        return self.rows[self.rows["rank"].notna()]

    @cached_property
    def baseline(self) -> str:
        """The label of the baseline."""
        return str(self.rows.loc[self.rows["baseline"].astype(bool), "arm"].iloc[0])

    @cached_property
    def looks(self) -> dict[str, Look]:
        """How every arm is drawn."""
        return style.looks(sorted(self.rows["arm"].unique()), self.baseline)

    def values(self, setting: str) -> list[Any]:
        """The values of a setting, in order; of jobs that failed too."""
        return sorted(value for value in self.table[setting].unique() if value == value and value != "")

    def about(self) -> str:
        """How many runs stand behind a figure, and what they average over."""
        unshown = [name(key) for key in self.settings if key not in (self.x, self.y)]
        seeds = self.rows["seed"].nunique()
        over = ", ".join([*unshown, *([f"{seeds} seeds"] if seeds > 1 else [])])
        return f"{self.rows['run'].nunique()} runs" + (f" · means over {over}" if over else "")


def name(setting: str) -> str:
    """A setting's key without where it stands: ``resignation_per_year``."""
    parts = setting.split(".")
    return parts[0] if parts[-1] == "label" and len(parts) > 1 else parts[-1]


def shown(value: Any) -> str:
    """A setting's value as text."""
    return f"{value:g}" if isinstance(value, (int, float)) and not isinstance(value, bool) else style.short(str(value), 18)


def listed(values: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(values[:-1]), values[-1]] if len(values) > 1 else values)


def runs_in_words(n: int, of: int) -> str:
    """``all 4 runs``, ``3 of 4 runs``."""
    return f"{n} of {of} runs" if n < of else f"all {of} runs" if of > 1 else "the one run"


def mean_lift(rows: pd.DataFrame) -> tuple[float, float, float]:
    """Mean lift of some runs and the ends of its 95 % interval: the run's own where there is one, Student's over three and more runs, else
    none.
    """
    lift = rows["lift_share"].to_numpy(dtype=np.float64)
    mean = float(lift.mean())
    if len(lift) == 1:
        return mean, float(rows["lift_low_share"].iloc[0]), float(rows["lift_high_share"].iloc[0])
    if len(lift) < RUNS_FOR_AN_INTERVAL_N:
        return mean, np.nan, np.nan
    reach = float(t.ppf(0.975, len(lift) - 1)) * float(lift.std(ddof=1)) / np.sqrt(len(lift))
    return mean, mean - reach, mean + reach


def percent_axis(axes: Axes, which: str = "y") -> None:
    """Label an axis of lifts in per cent as its limits ask for it, with a line at 0."""
    axis, (low, high) = (axes.yaxis, axes.get_ylim()) if which == "y" else (axes.xaxis, axes.get_xlim())
    digits = 1 if high - low > 1 else 2
    axis.set_major_formatter(lambda value, _: style.signed_percent(value / 100, digits))
    (axes.axhline if which == "y" else axes.axvline)(0, color=style.BASELINE_GREY, lw=1.0, zorder=1)
