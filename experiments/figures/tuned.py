"""What tuning found: every trial in the plane of its two objectives, the front, and what the front is worth on another seed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.figures import style
from experiments.figures.style import BASELINE_GREY, COLOURS, FAINT, MUTED

WIDTH_IN, PLOT_IN, HEIGHT_IN, LEFT_IN = 10.4, 6.9, 4.3, 0.95
JUDGED_IN_WORDS = "judged on the next seed,\nwith the trial's number"
SEARCHED, JUDGED = COLOURS[0], COLOURS[1]


def finding(table: pd.DataFrame, objectives: Mapping[str, str], arm: str) -> str:
    """How the best lift of the front stands to that of the YAML's own values, as searched and as judged."""
    name = "lift_share" if "lift_share" in objectives else next(iter(objectives))
    way = 1.0 if objectives[name] == "most" else -1.0
    judged = table[table["on_front"] & table[f"judged_{name}"].notna()]
    if judged.empty:
        return f"Tuning {arm}: {int(table['on_front'].sum())} of {len(table)} trials are on the front; none could be judged"
    best = judged.iloc[int(np.argmax(way * judged[name].to_numpy(float)))]
    own = table.iloc[0]
    seen, kept = (_gain(name, float(best[key] - own[key])) for key in (name, f"judged_{name}"))
    if int(best["trial"]) == 0:
        return f"Tuning {arm} finds no better {name} than the values it has"
    return f"Tuning {arm} brings {seen} in {name} over the values it has where it was searched, {kept} on another seed"


def describe(table: pd.DataFrame, objectives: Mapping[str, str], arm: str) -> str:
    """For those who cannot see the figure: its finding and the front."""
    rows = table[table["on_front"]]
    said = [f"trial {row['trial']}: " + ", ".join(f"{name} {row[name]:.4g}" for name in objectives) for _, row in rows.iterrows()]
    return f"{finding(table, objectives, arm)}. {'; '.join(said)}."


def draw(table: pd.DataFrame, objectives: Mapping[str, str], arm: str, about: str) -> Figure:
    """Second objective across, first one up. Filled: the front; star: the values of the YAML files; diamonds: judged on another seed."""
    up, across = list(objectives)
    title = finding(table, objectives, arm)
    with style.applied():
        top_in = style.head_height(WIDTH_IN, title, about) + 0.2
        figure = style.new_figure(WIDTH_IN, top_in + HEIGHT_IN + 0.65)
        style.head(figure, title, about)
        axes = style.inches(figure, LEFT_IN, top_in, PLOT_IN, HEIGHT_IN)
        axes.grid(color=FAINT, lw=0.5)
        axes.set_axisbelow(True)
        _trials(axes, table, up, across)
        _judged(axes, table, up, across)
        for axis, name in ((axes.xaxis, across), (axes.yaxis, up)):
            if name.endswith("_share"):
                axis.set_major_formatter(lambda value, _: style.percent(value, 1))
        axes.set_xlabel(f"{across} ({objectives[across]} is best)", fontsize=9, color=MUTED)
        axes.set_ylabel(f"{up} ({objectives[up]} is best)", fontsize=9, color=MUTED)
        axes.margins(0.08)
        beside = (LEFT_IN + PLOT_IN + 0.15) / WIDTH_IN, 1 - top_in / (top_in + HEIGHT_IN + 0.65)
        figure.legend(handles=_key(), loc="upper left", bbox_to_anchor=beside, frameon=False, fontsize=9, borderaxespad=0, labelspacing=0.9)
    return figure


def _trials(axes: Axes, table: pd.DataFrame, up: str, across: str) -> None:
    others, front = table[~table["on_front"]], table[table["on_front"]].sort_values(across)
    axes.plot(others[across], others[up], marker="o", ms=5.5, mfc="white", mec=BASELINE_GREY, ls="none", zorder=2)
    axes.plot(front[across], front[up], marker="o", ms=6.5, color=SEARCHED, lw=1.5, zorder=3)
    axes.plot(table[across].iloc[0], table[up].iloc[0], marker="*", ms=13, color=style.INK, ls="none", zorder=4)


def _judged(axes: Axes, table: pd.DataFrame, up: str, across: str) -> None:
    """Each judged design, tied to what it was when it was searched; with its interval where the lift is an objective."""
    for _, row in table[table[f"judged_{up}"].notna()].iterrows():
        x, y = float(row[f"judged_{across}"]), float(row[f"judged_{up}"])
        axes.plot([row[across], x], [row[up], y], color=JUDGED, lw=0.8, ls=":", zorder=1)
        axes.plot(x, y, marker="D", ms=6.5, mfc="white", mec=JUDGED, mew=1.5, ls="none", zorder=5)
        axes.annotate(f"{int(row['trial'])}", (x, y), (7, 0), textcoords="offset points", va="center", fontsize=8, color=JUDGED)
        if up == "lift_share" and np.isfinite(row["judged_lift_low_share"]):
            axes.plot([x, x], [row["judged_lift_low_share"], row["judged_lift_high_share"]], color=JUDGED, lw=1.0, zorder=4)


def _key() -> list[Line2D]:
    return [
        Line2D([], [], marker="o", ms=6.5, color=SEARCHED, lw=1.5, label="on the front, as searched"),
        Line2D([], [], marker="o", ms=5.5, mfc="white", mec=BASELINE_GREY, ls="none", label="beaten by another trial"),
        Line2D([], [], marker="*", ms=12, color=style.INK, ls="none", label="the values of the YAML files"),
        Line2D([], [], marker="D", ms=6.5, mfc="white", mec=JUDGED, mew=1.5, ls=":", color=JUDGED, label=JUDGED_IN_WORDS),
    ]


def _gain(name: str, gain: float) -> str:
    return f"{style.signed(gain, 2)} points" if name.endswith("_share") else f"{gain:+,.4g}"
