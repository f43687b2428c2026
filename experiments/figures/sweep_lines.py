"""Lift of every arm along one setting, a panel for each value of a second one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.figures import style
from experiments.figures.style import FAINT, MUTED
from experiments.figures.sweep import RUNS_FOR_AN_INTERVAL_N, Sweep, listed, mean_lift, name, percent_axis, runs_in_words, shown

PANELS_MOST_N = 4
PANEL_IN, HEIGHT_IN, LEFT_IN, GAP_IN, KEY_IN = 3.1, 3.3, 0.8, 0.28, 2.0


def finding(sweep: Sweep) -> str:
    """Who is best on average at which values of the setting, and in how many of the runs there it ranks first."""
    leader = {value: _leader(rows) for value, rows in sweep.contenders.groupby(sweep.x)}
    who = list(dict.fromkeys(leader.values()))
    if len(who) > 1:
        parts = []
        for arm in who:
            values = [value for value in leader if leader[value] == arm]
            parts.append(f"{arm} at {listed([shown(value) for value in values])} ({_first(sweep, arm, values)})")
        return f"Best on average along {name(sweep.x)}: {', '.join(parts)}"
    own = sweep.rows[sweep.rows["arm"] == who[0]].groupby(sweep.x)["lift_share"].mean()
    if who[0] == sweep.baseline:
        return f"On average nothing beats {sweep.baseline} at any of the {len(leader)} values of {name(sweep.x)}"
    span = f"{style.signed(own.min())} to {style.signed_percent(own.max())}"
    first = _first(sweep, who[0], list(leader))
    return f"{who[0]} is best on average at all {len(leader)} values of {name(sweep.x)}, by {span} over {sweep.baseline}; {first}"


def describe(sweep: Sweep) -> str:
    """For those who cannot see the figure: its finding and every mean."""
    means = sweep.rows.groupby([sweep.x, "arm"])["lift_share"].mean().reset_index().to_numpy().tolist()
    return f"{finding(sweep)}. " + "; ".join(f"{shown(x)}, {arm}: {style.signed_percent(lift)}" for x, arm, lift in means) + "."


def draw(sweep: Sweep) -> Figure:
    """A line an arm through the means, its interval as a bar; a small mark for every run where several stand behind a mean."""
    panels = [str(value) for value in map(shown, sweep.values(sweep.y))] if sweep.y else []
    values = sweep.values(sweep.y) if 1 < len(panels) <= PANELS_MOST_N else [None]
    title = finding(sweep)
    bars = _bars(sweep, [sweep.x, *([sweep.y] if values != [None] else [])])
    subtitle = f"Lift in bookings over {sweep.baseline} · {sweep.about()}{bars}"
    width_in = LEFT_IN + max(len(values) * (PANEL_IN + GAP_IN), 5.2) + KEY_IN
    panel_in = (width_in - LEFT_IN - KEY_IN) / len(values) - GAP_IN
    with style.applied():
        top_in = style.head_height(width_in, title, subtitle) + (0.45 if len(values) > 1 else 0.2)
        figure = style.new_figure(width_in, top_in + HEIGHT_IN + 0.65)
        style.head(figure, title, subtitle)
        first: Axes | None = None
        for k, value in enumerate(values):
            axes = style.inches(figure, LEFT_IN + k * (panel_in + GAP_IN), top_in, panel_in, HEIGHT_IN, sharey=first)
            rows = sweep.rows if value is None else sweep.rows[sweep.rows[sweep.y] == value]
            _panel(axes, sweep, rows)
            if value is not None:
                style.panel_head(axes, f"{name(sweep.y)} {shown(value)}", None, "", bold=True)
            if first is None:
                axes.set_ylabel(f"lift over {sweep.baseline}", fontsize=9, color=MUTED)
            else:
                axes.tick_params(labelleft=False)
            first = first or axes
        beside = (width_in - KEY_IN + 0.05) / width_in, 1 - top_in / (top_in + HEIGHT_IN + 0.65)
        figure.legend(
            handles=_key(sweep), loc="upper left", bbox_to_anchor=beside, frameon=False, fontsize=9, handlelength=3.2,
            borderaxespad=0, labelspacing=0.8,
        )  # fmt: skip
    return figure


def _bars(sweep: Sweep, shown_settings: list[str]) -> str:
    most = int(sweep.rows.groupby([*shown_settings, "arm"]).size().max())
    if most == 1:
        return " · bars: 95 % intervals over the futures of a run"
    return (
        f" · bars: 95 % intervals over runs; small marks: {most} runs" if most >= RUNS_FOR_AN_INTERVAL_N else " · small marks: single runs"
    )


def _first(sweep: Sweep, arm: str, values: list[Any]) -> str:
    rows = sweep.contenders[sweep.contenders[sweep.x].isin(values)]
    first_n = int((rows.loc[rows["arm"] == arm, "rank"] == 1).sum())
    return f"first in {runs_in_words(first_n, rows['run'].nunique())}"


def _leader(rows: pd.DataFrame) -> str:
    return str(rows.groupby("arm")["lift_share"].mean().idxmax())


def _panel(axes: Axes, sweep: Sweep, rows: pd.DataFrame) -> None:
    values = sweep.values(sweep.x)
    numeric = all(isinstance(value, (int, float)) for value in values)
    place: dict[Any, float] = {value: float(value) if numeric else float(k) for k, value in enumerate(values)}
    span = max(place.values()) - min(place.values()) or 1.0
    axes.grid(color=FAINT, lw=0.5)
    axes.set_axisbelow(True)
    arms = list(sweep.looks)
    for k, arm in enumerate(arms):
        look, own = sweep.looks[arm], rows[rows["arm"] == arm]
        aside = 0.014 * span * (k - (len(arms) - 1) / 2)  # so that equal arms are seen beside each other
        points = [(place[value] + aside, *mean_lift(each), each) for value, each in own.groupby(sweep.x)]
        x, y = [point[0] for point in points], [100 * point[1] for point in points]
        axes.plot(x, y, color=look.colour, ls=look.dash, lw=1.8, marker=look.marker, ms=6, zorder=3)
        for at, mean, low, high, each in points:
            if np.isfinite(low) and arm != sweep.baseline:
                axes.plot([at, at], [100 * low, 100 * high], color=look.colour, lw=1.0, zorder=2)
            if len(each) > 1 and mean == mean:
                axes.plot([at] * len(each), 100 * each["lift_share"], color=look.colour, marker=look.marker, ms=2.4, ls="none", alpha=0.55)
    axes.set_xticks(list(place.values()), [shown(value) for value in values])
    axes.set_xlim(min(place.values()) - 0.08 * span, max(place.values()) + 0.08 * span)
    axes.set_xlabel(name(sweep.x), fontsize=9, color=MUTED)
    percent_axis(axes)


def _label(sweep: Sweep, arm: str) -> str:
    is_yardstick = arm not in set(sweep.contenders["arm"])
    return style.short(arm, 20) + ("\n(a yardstick)" if is_yardstick else "")


def _key(sweep: Sweep) -> list[Line2D]:
    return [
        Line2D([], [], color=look.colour, ls=look.dash, lw=1.8, marker=look.marker, ms=6, label=_label(sweep, arm))
        for arm, look in sweep.looks.items()
    ]
