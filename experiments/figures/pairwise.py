"""Every arm against every other: lifts in bookings with intervals that hold for all pairs at once."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from experiments.figures import style
from experiments.figures.headline import VERDICT_SIGN
from experiments.figures.style import BASELINE_GREY, FAINT, MUTED
from experiments.figures.tables import Run

WIDTH_IN, LABEL_IN, WORDS_IN, ROW_IN, GAP_ROWS = 11.0, 3.3, 2.6, 0.235, 0.6
MOST_ARMS_N = 10  # 45 pairs; of more arms the best are shown
COLUMNS = {"arm_a", "arm_b", "lift_share", "low_share", "high_share", "verdict"}


def finding(run: Run) -> str:
    """The title: what the best arm books more than the runner-up, and how many pairs are told apart."""
    if not set(run.pairwise) >= COLUMNS or run.pairwise.empty:
        return "Pairs of arms: this run compared none"
    apart = run.pairwise["verdict"].isin(["better", "worse"]).sum()
    counted = f"{apart} of {len(run.pairwise)} pairs {'is' if apart == 1 else 'are'} told apart"
    rivals = [arm for arm in run.arms if arm != run.best and not run.is_reference(arm)]
    rows = _between(run, run.best, rivals[0]) if run.best and rivals else run.pairwise.iloc[:0]
    if rows.empty:
        return f"Every arm against every other: {counted}"
    row = rows.iloc[0]
    first, second = (style.short(str(row[name]), 40) for name in ("arm_a", "arm_b"))
    lift, ends = float(row["lift_share"]), style.interval(row["low_share"], row["high_share"])
    if row["verdict"] in ("better", "worse"):
        said = f"{first} books {style.percent(abs(lift), 1)} {'more' if lift > 0 else 'less'} than {second}, the runner-up {ends}"
    else:
        said = f"{first} against {second}, the runner-up: {row['verdict']}, {style.signed_percent(lift)} {ends}"
    return f"{said}; {counted}"


def describe(run: Run) -> str:
    """For those who cannot see the figure: its finding and every pair."""
    parts = [
        f"{row['arm_a']} over {row['arm_b']} {style.signed_percent(float(row['lift_share']))} "
        f"{style.interval(row['low_share'], row['high_share'])} {row['verdict']}"
        for _, row in _shown(run).iterrows()
    ]
    return f"{finding(run)}. {'; '.join(parts) or 'No pair'}."


def draw(run: Run) -> Figure:
    """A row a pair, in groups by the first arm, best first; the band is what is too small to matter."""
    title, pairs = finding(run), _shown(run)
    left_out = len(run.pairwise) - len(pairs)
    subtitle = "Lift in bookings of the first arm over the second, in the same futures · one family of 95 % intervals"
    subtitle += f" · the {MOST_ARMS_N} best arms, {left_out} pairs are in pairwise.csv only" if left_out else ""
    if pairs.empty:
        with style.applied():
            return style.notice(title, "There have to be two arms with numbers.")
    groups = pairs["arm_a"].ne(pairs["arm_a"].shift()).cumsum().to_numpy() - 1
    at = np.arange(len(pairs)) + GAP_ROWS * groups
    look = style.looks(run.arms, run.baseline)
    with style.applied():
        top_in, rows_in = style.head_height(WIDTH_IN, title, subtitle) + 0.4, ROW_IN * (at[-1] + 1.4)
        figure = style.new_figure(WIDTH_IN, top_in + rows_in + 0.65)
        style.head(figure, title, subtitle)
        axes = style.inches(figure, LABEL_IN, top_in, WIDTH_IN - LABEL_IN - WORDS_IN, rows_in)
        _scale(axes, run, pairs, float(at[-1]))
        for y, (_, row) in zip(at, pairs.iterrows(), strict=True):
            a, b = str(row["arm_a"]), str(row["arm_b"])
            lift, low, high = (100 * float(row[name]) for name in ("lift_share", "low_share", "high_share"))
            axes.plot([low, high], [y, y], color=look[a].colour, lw=3.2, alpha=0.6, solid_capstyle="butt", zorder=3)
            axes.plot(lift, y, marker=look[a].marker, color=look[a].colour, ms=6, mec="white", mew=0.6, zorder=4)
            _row(axes, y, run, a, b, str(row["verdict"]), f"{style.signed(lift / 100)} {style.interval(low / 100, high / 100)}")
            axes.plot(-0.028, y, marker=look[b].marker, color=look[b].colour, ms=5, transform=axes.get_yaxis_transform(), clip_on=False)
    return figure


def _between(run: Run, one: str, other: str) -> pd.DataFrame:
    sides = run.pairwise[["arm_a", "arm_b"]].astype(str)
    return run.pairwise[sides.isin([one]).any(axis=1) & sides.isin([other]).any(axis=1)]


def _shown(run: Run) -> pd.DataFrame:
    if not set(run.pairwise) >= COLUMNS:
        return pd.DataFrame()
    best = run.arms[:MOST_ARMS_N]
    return run.pairwise[run.pairwise["arm_a"].isin(best) & run.pairwise["arm_b"].isin(best) & run.pairwise["lift_share"].notna()]


def _scale(axes: Axes, run: Run, pairs: pd.DataFrame, last: float) -> None:
    ends = 100 * pairs[["low_share", "high_share", "lift_share"]].to_numpy(float)
    low, high = min(0.0, float(np.nanmin(ends))), max(0.0, float(np.nanmax(ends)))
    room = 0.04 * (high - low) + 0.2
    axes.set_xlim(low - room, high + room)
    axes.set_ylim(last + 0.7, -0.7)
    axes.axvspan(-100 * run.delta_share, 100 * run.delta_share, facecolor="#e6eaef", edgecolor="none", zorder=0)
    axes.axvline(0, color=BASELINE_GREY, lw=1.1, zorder=1)
    axes.grid(axis="x", color=FAINT, lw=0.6)
    axes.set_axisbelow(True)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: style.signed_percent(x / 100, 0 if float(x).is_integer() else 1)))
    axes.annotate(
        f"±{style.percent(run.delta_share, 1)}: too small to matter", (0, 1), (0, 4), xycoords=("data", "axes fraction"),
        textcoords="offset points", ha="center", fontsize=8, color=MUTED,
    )  # fmt: skip


def _row(axes: Axes, y: float, run: Run, a: str, b: str, verdict: str, numbers: str) -> None:
    beside = axes.get_yaxis_transform()
    width = WIDTH_IN - LABEL_IN - WORDS_IN
    weight = "bold" if a in run.focus else "normal"
    axes.text(-1.72 / width, y, style.short(a, 17), transform=beside, ha="right", va="center", fontsize=8.5, fontweight=weight)
    axes.text(-1.66 / width, y, "over", transform=beside, ha="left", va="center", fontsize=8, color=MUTED)
    axes.text(-0.26 / width, y, style.short(b, 15), transform=beside, ha="right", va="center", fontsize=8.5)
    axes.text(1 + 0.12 / width, y, f"{VERDICT_SIGN.get(verdict, '')} {verdict}", transform=beside, va="center", fontsize=8.5)
    axes.text(1 + (WORDS_IN - 0.15) / width, y, numbers, transform=beside, ha="right", va="center", fontsize=8.5)
