"""How far each setting swings the lift of one arm: the mean at its lowest to the mean at its highest value, the widest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from experiments.figures import style
from experiments.figures.style import COLOURS, FAINT, INK, MUTED
from experiments.figures.sweep import Sweep, name, percent_axis, shown

WIDTH_IN, ROW_IN, LEFT_IN, RIGHT_IN = 10.0, 0.46, 2.6, 0.5
MOST_N = 15
LOW, HIGH = COLOURS[0], COLOURS[1]


@dataclass(frozen=True)
class Swing:
    """Mean lift at two values of a setting: of numbers the lowest and the highest, of others those of the lowest and the highest lift."""

    setting: str
    low: Any
    high: Any
    at_low_share: float
    at_high_share: float

    @property
    def width_share(self) -> float:
        """How far the lift swings."""
        return abs(self.at_high_share - self.at_low_share)


def swings(sweep: Sweep) -> list[Swing]:
    """The swing of every setting that varies among the runs of the arm, the widest first."""
    rows, found = sweep.rows[sweep.rows["arm"] == sweep.arm], []
    for setting in (*sweep.settings, "seed"):
        means = rows[rows[setting] != ""].groupby(setting)["lift_share"].mean()
        if len(means) > 1:
            is_number = means.index.dtype.kind in "if" and setting != "seed"
            lifts = means.to_numpy(float)
            low, high = (0, len(lifts) - 1) if is_number else (int(np.argmin(lifts)), int(np.argmax(lifts)))
            found.append(Swing(setting, means.index[low], means.index[high], float(lifts[low]), float(lifts[high])))
    return sorted(found, key=lambda swing: -swing.width_share)


def finding(sweep: Sweep) -> str:
    """Which setting swings the lift most, and whether it turns its sign."""
    found = swings(sweep)
    top = found[0]
    ends = sorted(((top.at_low_share, top.low), (top.at_high_share, top.high)))
    said = " to ".join(f"{style.signed_percent(lift)} at {shown(value)}" for lift, value in ends)
    luck = next((s.width_share for s in found if s.setting == "seed" and s is not top), 0.0)
    if luck > top.width_share / 2:
        return f"{name(top.setting)} swings {sweep.arm}'s lift most, from {said}; the seed alone by {style.plain(100 * luck, 1)} points"
    turns = any(min(s.at_low_share, s.at_high_share) < 0 < max(s.at_low_share, s.at_high_share) for s in found)
    sign = "" if turns else "; nothing varied here turns its sign"
    return f"{name(top.setting)} swings {sweep.arm}'s lift {'most, ' if len(found) > 1 else ''}from {said}{sign}"


def describe(sweep: Sweep) -> str:
    """For those who cannot see the figure: its finding and every bar."""
    said = []
    for s in swings(sweep):
        low, high = style.signed_percent(s.at_low_share), style.signed_percent(s.at_high_share)
        said.append(f"{name(s.setting)}: {low} at {shown(s.low)}, {high} at {shown(s.high)}")
    return f"{finding(sweep)}. {'; '.join(said)}."


def draw(sweep: Sweep) -> Figure:
    """A bar a setting, its two values written at its ends; a line at the mean of all runs."""
    found, title = swings(sweep)[:MOST_N], finding(sweep)
    runs = sweep.rows[sweep.rows["arm"] == sweep.arm]
    subtitle = (
        f"Mean lift of {sweep.arm} in bookings over {sweep.baseline} at the values written at the ends of each bar · {len(runs)} runs · "
        f"dashed: the mean of all, {style.signed_percent(float(runs['lift_share'].mean()))}"
    )
    with style.applied():
        top_in = style.head_height(WIDTH_IN, title, subtitle) + 0.15
        height_in = max(len(found), 2) * ROW_IN
        figure = style.new_figure(WIDTH_IN, top_in + height_in + 0.65)
        style.head(figure, title, subtitle)
        axes = style.inches(figure, LEFT_IN, top_in, WIDTH_IN - LEFT_IN - RIGHT_IN, height_in)
        axes.axvline(100 * float(runs["lift_share"].mean()), color=MUTED, lw=1, ls=(0, (4, 3)), zorder=1)
        ends = [100 * end for swing in found for end in (swing.at_low_share, swing.at_high_share)]
        room = 0.16 * (max(0.0, *ends) - min(0.0, *ends)) + 0.05
        axes.set_xlim(min(0.0, *ends) - room, max(0.0, *ends) + room)
        for k, swing in enumerate(found):
            _bar(axes, k, swing)
        axes.set_ylim(max(len(found), 2) - 0.5, -0.5)
        axes.set_yticks(range(len(found)), [style.short(name(swing.setting), 32) for swing in found])
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x", color=FAINT, lw=0.5)
        axes.set_axisbelow(True)
        axes.xaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10]))
        percent_axis(axes, "x")
        axes.set_xlabel(f"lift over {sweep.baseline}", fontsize=9, color=MUTED)
    return figure


def _bar(axes: Axes, k: int, swing: Swing) -> None:
    low, high = 100 * swing.at_low_share, 100 * swing.at_high_share
    axes.barh(k, high - low, left=low, height=0.5, fc=style.BASELINE_GREY, alpha=0.35, ec="none", zorder=2)
    for at, value, colour, filled in ((low, swing.low, LOW, False), (high, swing.high, HIGH, True)):
        axes.plot(at, k, marker="o", ms=6.5, mfc=colour if filled else "white", mec=colour, mew=1.6, zorder=4)
        left = at < (low + high) / 2 or (low == high and not filled)
        axes.annotate(
            shown(value), (at, k), (-8 if left else 8, 0), textcoords="offset points", ha="right" if left else "left", va="center",
            fontsize=8.5, color=INK, zorder=5, bbox={"fc": "white", "ec": "none", "alpha": 0.75, "pad": 0.5},
        )  # fmt: skip
