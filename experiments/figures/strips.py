"""Rows of dots: what two figures share that show a number of every seat, arm by arm."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from experiments.figures import style
from experiments.figures.style import INK, MUTED
from experiments.figures.tables import Run, seat_means
from sim.snapshot import FloatArray

ROW_IN = 0.62
SWARM_HALF = 0.34  # of a row
BEYOND = 2.2  # times the upper quartile: seats further out are counted at the edge, lest they squeeze all others
DENSE_N = 1500  # more dots than this are rasterised


def ratios_by_arm(run: Run, numerator: str, denominator: str) -> dict[str, FloatArray]:
    """The ratio in per cent of every seat (and market draw) over the horizon, in the mean over futures, sorted."""
    means = seat_means(run, numerator, denominator)
    if means.empty:
        return {arm: np.zeros(0) for arm in run.arms}
    seats = means.groupby(["arm", "draw", "seat"], observed=True)["ratio"].mean().dropna()
    arms = seats.index.get_level_values("arm")
    return {arm: np.sort(100 * seats[arms == arm].to_numpy()) for arm in run.arms}


def quartiles_in_words(by_arm: Mapping[str, FloatArray]) -> str:
    """Lower quartile, median and upper quartile of every arm."""
    parts = []
    for arm, values in by_arm.items():
        if len(values):
            parts.append(f"{arm}: {', '.join(style.percent(q / 100) for q in np.percentile(values, [25, 50, 75]))}")
    return "; ".join(parts) or "none"


def draw_strips(axes: Axes, run: Run, by_arm: Mapping[str, FloatArray], *, line: str, least: float, most: float, missing: str) -> None:
    """One row an arm: a dot a seat, the middle half as a box, the median as a bar, a ``line`` at 100 %.

    The scale reaches at least from ``least`` to ``most`` per cent.
    """
    look = style.looks(run.arms, run.baseline)
    every = np.concatenate(list(by_arm.values()))
    right = max(most, min(every.max(), BEYOND * np.percentile(every, 75)) * 1.04)
    axes.set_xlim(min(0.9 * every.min(), least), right)
    axes.set_ylim(len(by_arm) - 0.5, -0.55)
    dot_pt = float(np.interp(max(len(values) for values in by_arm.values()), [20, 60, 300], [6.0, 4.5, 2.8]))
    bin_width = (right - axes.get_xlim()[0]) / (axes.bbox.width / axes.figure.dpi * 72) * dot_pt * 1.02
    step = dot_pt / 72 / ROW_IN * 1.02
    for row, (arm, values) in enumerate(by_arm.items()):
        if not len(values):
            axes.text(axes.get_xlim()[0], row, f" {missing}", va="center", color=MUTED)
            continue
        low, middle, high = np.percentile(values, [25, 50, 75])
        colour = look[arm].colour
        axes.fill_between([low, high], row - 0.4, row + 0.4, facecolor=colour, alpha=0.16, edgecolor="none", zorder=1)
        axes.plot([middle, middle], [row - 0.4, row + 0.4], color=colour, lw=2.2, zorder=2, solid_capstyle="butt")
        inside = np.minimum(values, right)
        axes.plot(
            inside,
            row + _swarm(inside, bin_width, step),
            ls="none",
            marker=look[arm].marker,
            ms=dot_pt,
            color=colour,
            mec="white",
            mew=0.5 if dot_pt > 4 else 0.15,
            zorder=3,
            rasterized=len(every) > DENSE_N,
        )
        beyond = int((values > right).sum())
        if beyond:
            axes.annotate(f"{beyond} beyond ▶", (right, row), (0, 12), textcoords="offset points", ha="right", fontsize=7.5, color=MUTED)
    axes.axvline(100, color=INK, lw=1.2, ls=(0, (5, 2)), zorder=2)
    axes.annotate(line, (100, 1), (0, 4), xycoords=("data", "axes fraction"), textcoords="offset points", ha="center", fontsize=8.5)
    axes.set_yticks(range(len(by_arm)), [style.short(arm, 18) for arm in by_arm], fontsize=9.5)
    for text, arm in zip(axes.get_yticklabels(), by_arm, strict=True):
        text.set_fontweight("bold" if arm in run.focus else "normal")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: style.percent(x / 100)))
    axes.grid(axis="x", color=style.FAINT, lw=0.6)
    axes.set_axisbelow(True)


def _swarm(values: FloatArray, bin_width: float, step: float) -> FloatArray:
    """Offsets that set neighbours side by side: sorted values are stacked outwards from the row's middle within a bin."""
    bins = np.round(values / bin_width).astype(int)
    offset = np.zeros(len(values))
    for b in np.unique(bins):
        inside = np.flatnonzero(bins == b)
        squeeze = min(step, 2 * SWARM_HALF / max(len(inside) - 1, 1))
        offset[inside] = (np.arange(len(inside)) - (len(inside) - 1) / 2) * squeeze
    return offset
