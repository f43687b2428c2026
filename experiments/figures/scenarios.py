"""Every scenario's first answer in one forest: lift in bookings of one arm over another, with its interval and verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from matplotlib.transforms import Affine2D, blended_transform_factory

from experiments.figures import style
from experiments.figures.style import BASELINE_GREY, COLOURS, FAINT, INK, MUTED
from experiments.findings.statistics import BETTER, EQUIVALENT, NOT_SETTLED, WORSE

WIDTH_IN, LEFT_IN, RIGHT_IN, ROW_IN = 11.4, 4.75, 2.1, 0.225
PLOT_IN = WIDTH_IN - LEFT_IN - RIGHT_IN
LOOKS = {BETTER: (COLOURS[2], "^"), WORSE: (COLOURS[1], "v"), EQUIVALENT: (BASELINE_GREY, "s"), NOT_SETTLED: (COLOURS[5], "o")}
SUBTITLE = (
    "Lift in bookings over eight quarters, the first pair of each scenario, with 95 % intervals that hold for all pairs of the scenario at "
    "once; band: ±1 %, too small to matter"
)


def finding(tables: Sequence[pd.DataFrame]) -> str:
    """How many what-ifs matter."""
    first = pd.DataFrame([table.iloc[0] for table in tables if len(table)])
    counts = first["verdict"].value_counts()
    more, less, same, open_n = (int(counts.get(word, 0)) for word in (BETTER, WORSE, EQUIVALENT, NOT_SETTLED))
    return f"{len(first)} what-ifs: {more} book more, {less} less, {same} the same within a point, {open_n} not settled"


def draw(themes: Mapping[str, Sequence[pd.DataFrame]]) -> Figure:
    """One row a scenario, under its theme, in the order given."""
    shown = {theme: tables for theme, tables in themes.items() if tables}
    title = finding([table for tables in shown.values() for table in tables])
    rows_n = sum(len(tables) + 1.35 for tables in shown.values())
    with style.applied():
        top_in = style.head_height(WIDTH_IN, title, SUBTITLE) + 0.15
        figure = style.new_figure(WIDTH_IN, top_in + rows_n * ROW_IN + 0.75)
        style.head(figure, title, SUBTITLE)
        axes = style.inches(figure, LEFT_IN, top_in, PLOT_IN, rows_n * ROW_IN)
        _frame(axes, [table.iloc[0] for tables in shown.values() for table in tables], rows_n)
        y = 0.0
        for theme, tables in shown.items():
            axes.text(-LEFT_IN + 0.2, y + 0.55, theme, transform=_inches_left(axes), fontsize=9.5, fontweight="bold", va="center")
            y += 1.2
            for table in tables:
                _row(axes, table.iloc[0], y + 0.5)
                y += 1
            y += 0.15
    return figure


def _inches_left(axes: Axes) -> Any:
    """Inches from the left end of the axes, and rows."""
    return blended_transform_factory(Affine2D().scale(1 / PLOT_IN, 1) + axes.transAxes, axes.transData)


def _frame(axes: Axes, rows: Sequence[Any], rows_n: float) -> None:
    ends = np.array([[100 * row["low_share"], 100 * row["high_share"]] for row in rows], dtype=np.float64)
    low, high = min(-2.0, float(np.nanmin(ends))), max(2.0, float(np.nanmax(ends)))
    room = 0.03 * (high - low)
    axes.set_xlim(low - room, high + room)
    axes.set_ylim(rows_n, 0)
    axes.axvspan(-1, 1, color="#eef1f4", lw=0, zorder=0)
    axes.axvline(0, color=BASELINE_GREY, lw=1, zorder=1)
    axes.grid(axis="x", color=FAINT, lw=0.5)
    axes.set_axisbelow(True)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: style.signed_percent(x / 100, 0)))
    axes.set_xlabel("← books less          lift in bookings          books more →", fontsize=9, color=MUTED)


def _row(axes: Axes, row: Any, y: float) -> None:
    left = _inches_left(axes)
    pair = f"{style.short(str(row['arm']), 20)} over {style.short(str(row['over']), 20)}"
    axes.text(-LEFT_IN + 0.35, y, str(row["scenario"]), transform=left, fontsize=8.5, color=INK, va="center")
    axes.text(-0.12, y, pair, transform=left, fontsize=8, color=MUTED, va="center", ha="right")
    if not np.isfinite(row["lift_share"]):
        axes.text(0, y, str(row["error"]), fontsize=8, color=MUTED, va="center", ha="center")
        return
    colour, marker = LOOKS.get(str(row["verdict"]), LOOKS[NOT_SETTLED])
    axes.plot([100 * row["low_share"], 100 * row["high_share"]], [y, y], color=colour, lw=2, solid_capstyle="butt", zorder=2)
    axes.plot(100 * row["lift_share"], y, marker=marker, color=colour, ms=6, zorder=3)
    words = f"{style.signed_percent(row['lift_share'])}  {row['verdict']}"
    axes.annotate(words, (1, y), xycoords=("axes fraction", "data"), xytext=(6, 0), textcoords="offset points", fontsize=8, va="center")
