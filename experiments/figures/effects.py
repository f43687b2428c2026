"""How much of the lift hangs on which parameter: Morris' elementary effects, or Sobol's shares of the variance, the largest first."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures import style
from experiments.figures.style import COLOURS, FAINT, INK, MUTED
from experiments.figures.sweep import listed, name

WIDTH_IN, ROW_IN, LEFT_IN, RIGHT_IN = 10.0, 0.46, 2.6, 1.0
MORRIS, SOBOL = "morris", "sobol"
WORDS = {
    MORRIS: "bar: mean size of what the lift changes by when the parameter goes through its range, with its 95 % interval · "
    "hollow: its spread, large where the effect is not linear or hangs on others",
    SOBOL: "bar: share of the lift's variance that the parameter has a part in, with its 95 % interval · hollow: its share alone; what is "
    "between them is shared with others",
}


def finding(effects: pd.DataFrame, method: str, arm: str) -> str:
    """The parameter that matters most, and which cannot be told from no effect; or that the points are too few to say.

    A share of the variance above 1, or with an interval that reaches 0, is an estimate from too few points, and nothing is claimed of it.
    """
    top = effects.iloc[0]
    if not top["effect"] - top["half_width"] > 0 or (method == SOBOL and top["effect"] > 1):
        return f"What {arm}'s lift hangs on is not settled: too few points for these parameters"
    if method == MORRIS:
        change = f"through its range it changes by {style.signed(top['mean'])} points on average"
        said = f"{arm}'s lift hangs most on {name(top['parameter'])}: {change}"
    else:
        said = f"{arm}'s lift hangs most on {name(top['parameter'])}, which has a part in {style.percent(top['effect'])} of its variance"
    idle = [name(row["parameter"]) for _, row in effects.iloc[1:].iterrows() if not row["effect"] - row["half_width"] > 0]
    return f"{said}; {listed(idle)} cannot be told from no effect" if idle else said


def describe(effects: pd.DataFrame, method: str, arm: str) -> str:
    """For those who cannot see the figure: its finding and every bar."""
    rows = [f"{name(row['parameter'])} {_value(row['effect'], method)}" for _, row in effects.iterrows()]
    return f"{finding(effects, method, arm)}. {'; '.join(rows)}."


def draw(effects: pd.DataFrame, method: str, arm: str, about: str) -> Figure:
    """A bar a parameter. ``effects``: parameter, effect, half_width (of its 95 % interval), second, in the order to be shown."""
    title, subtitle = finding(effects, method, arm), f"{about} · {WORDS[method]}"
    with style.applied():
        top_in = style.head_height(WIDTH_IN, title, subtitle) + 0.15
        height_in = max(len(effects), 2) * ROW_IN
        figure = style.new_figure(WIDTH_IN, top_in + height_in + 0.65)
        style.head(figure, title, subtitle)
        axes = style.inches(figure, LEFT_IN, top_in, WIDTH_IN - LEFT_IN - RIGHT_IN, height_in)
        for k, (_, row) in enumerate(effects.iterrows()):
            _bar(axes, k, row, method)
        axes.set_ylim(max(len(effects), 2) - 0.5, -0.5)
        axes.set_xlim(left=0.0)
        axes.set_yticks(range(len(effects)), [style.short(name(key), 32) for key in effects["parameter"]])
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x", color=FAINT, lw=0.5)
        axes.set_axisbelow(True)
        axes.xaxis.set_major_formatter(lambda value, _: style.plain(value, 1) if method == MORRIS else style.percent(value / 100))
        axes.set_xlabel(
            "change of the lift, in points" if method == MORRIS else "share of the variance of the lift", fontsize=9, color=MUTED
        )
    return figure


def _bar(axes: Axes, k: int, row: pd.Series, method: str) -> None:
    effect, reach, second = (100 * float(row[key]) for key in ("effect", "half_width", "second"))
    axes.barh(k, effect, height=0.5, fc=COLOURS[0], alpha=0.55, ec="none", zorder=2)
    if np.isfinite(reach):
        axes.plot([max(0.0, effect - reach), effect + reach], [k, k], color=INK, lw=1.2, zorder=3)
    if np.isfinite(second) and second >= 0:
        axes.plot(second, k, marker="D", ms=6, mfc="white", mec=COLOURS[1], mew=1.4, zorder=4)
    end = max(effect + (reach if np.isfinite(reach) else 0.0), second if np.isfinite(second) else 0.0)
    axes.annotate(_value(row["effect"], method), (end, k), (9, 0), textcoords="offset points", va="center", fontsize=8.5, color=INK)


def _value(effect: float, method: str) -> str:
    return f"{style.plain(100 * effect, 2)} points" if method == MORRIS else style.percent(effect)
