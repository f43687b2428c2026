"""The leaderboard of a suite: scores with their intervals, and how often each strategy does better than a given score."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures import style
from experiments.figures.style import FAINT, INK, Look
from experiments.findings.leaderboard import profile

WIDTH_IN, LABEL_IN, LEFT_IN, GAP_IN, ROW_IN = 11.0, 1.7, 3.4, 0.75, 0.27
PROFILED_N = 6  # lines that can still be told apart; the others are points only


def draw(title: str, board: pd.DataFrame, table: pd.DataFrame) -> Figure:
    """``board`` and ``table`` are those of :mod:`experiments.findings.leaderboard`."""
    arms = board["arm"].tolist()
    profiled = [arm for arm in arms if arm != "random"][:PROFILED_N]
    look = {**style.looks(arms, "status_quo"), **style.looks(profiled, "status_quo")}  # of all arms two may look alike, of these none
    markets_n, pairs_n = table["case"].nunique(), len(table) // len(arms)
    subtitle = (
        f"0 is random, 1 is informed · left: interquartile mean over {markets_n} markets, {pairs_n} draws in all, with 95 % intervals · "
        f"right: share of the draws in which an arm scores above the value on the axis ({len(profiled)} arms)"
    )
    with style.applied():
        top_in, rows_in = style.head_height(WIDTH_IN, title, subtitle) + 0.3, max(ROW_IN * len(arms), 2.6)
        figure = style.new_figure(WIDTH_IN, top_in + rows_in + 0.6)
        style.head(figure, title, subtitle)
        points = style.inches(figure, LABEL_IN, top_in, LEFT_IN, rows_in)
        _points(points, board, look)
        lines = style.inches(figure, LABEL_IN + LEFT_IN + GAP_IN, top_in, WIDTH_IN - LABEL_IN - LEFT_IN - GAP_IN - 1.6, rows_in)
        _profiles(lines, profiled, table, look)
    return figure


def describe(title: str, board: pd.DataFrame) -> str:
    """For those who cannot see the figure."""
    rows = board.itertuples(index=False)
    return f"{title}. " + "; ".join(f"{row.arm} {row.iqm_score:.2f} [{row.low_score:.2f}, {row.high_score:.2f}]" for row in rows) + "."


def _points(axes: Axes, board: pd.DataFrame, look: dict[str, Look]) -> None:
    numbers = board[["low_score", "iqm_score", "high_score"]].to_numpy(float)
    for y, (arm, (low, middle, high)) in enumerate(zip(board["arm"], numbers, strict=True)):
        own = look[arm]
        axes.plot([low, high], [y, y], color=own.colour, lw=3.2, alpha=0.6, solid_capstyle="butt")
        axes.plot(middle, y, marker=own.marker, color=own.colour, ms=7, mec="white", mew=0.6)
    axes.set_yticks(range(len(board)), [style.short(arm) for arm in board["arm"]])
    axes.set_ylim(len(board) - 0.4, -0.6)
    axes.grid(axis="x", color=FAINT, lw=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel("score")


def _profiles(axes: Axes, shown: list[str], table: pd.DataFrame, look: dict[str, Look]) -> None:
    scores = table.loc[table["arm"].isin(shown), "score"]
    levels = np.linspace(min(-0.25, float(scores.quantile(0.02))), max(1.25, float(scores.quantile(0.98))), 301)
    shares = profile(table, levels)
    ends = {arm: float(shares[arm].iloc[len(levels) // 2]) for arm in shown}
    order = sorted(shown, key=lambda arm: ends[arm])
    heights = style.apart(np.array([ends[arm] for arm in order]), 0.075)
    for arm, height in zip(order, heights, strict=True):
        own = look[arm]
        axes.step(levels, shares[arm], where="post", color=own.colour, ls=own.dash, lw=1.6)
        axes.plot(1.04, height, marker=own.marker, color=own.colour, ms=6, transform=axes.transAxes, clip_on=False)
        axes.text(1.07, height, style.short(arm, 18), transform=axes.transAxes, va="center", fontsize=8.5, color=INK)
    for yardstick in (0.0, 1.0):
        axes.axvline(yardstick, color=FAINT, lw=1.0)
    axes.set_ylim(0, 1.02)
    axes.set_xlim(levels[0], levels[-1])
    axes.set_xlabel("score")
    axes.set_ylabel("share of draws above it")
    axes.grid(axis="y", color=FAINT, lw=0.6)
    axes.set_axisbelow(True)
