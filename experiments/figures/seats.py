"""What the best arm changes for every seat: its book before and after."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from experiments.figures import style
from experiments.figures.style import BASELINE_GREY, FAINT, INK, MUTED, Look
from experiments.figures.tables import Run
from sim.snapshot import FloatArray

ROW_IN, LABEL_IN, PANEL_IN, GAP_IN = 0.27, 2.1, 2.75, 0.3
MOST_SEATS_N = 40


def _count(value: float) -> str:
    return style.plain(value)


def _times(value: float) -> str:
    return f"{style.plain(value, 1)}x"


# Heading, columns before and after, how a value is written, and where a line is drawn.
PANELS: tuple[tuple[str, str, str, Callable[[float], str], float], ...] = (
    ("Accounts", "accounts_before_n", "accounts_after_n", _count, np.nan),
    ("Potential a year", "potential_before_usd", "potential_after_usd", style.usd, np.nan),
    ("Hours asked over hours", "load_before", "load_after", _times, 1.0),
)


def finding(run: Run) -> str:
    """The title: how many seats the best arm touches, and what becomes of the fullest and the emptiest book."""
    sheet = run.sheet
    if not _known(sheet):
        return "Seat by seat: no sheet of seats in this run"
    touched = int(((sheet["accounts_given_n"] > 0) | (sheet["accounts_received_n"] > 0)).sum())
    title = f"{style.short(run.best, 40)} changes {touched:,} of {len(sheet):,} books"
    before, after = (sheet[f"load_{when}"].dropna() for when in ("before", "after"))
    if before.empty or after.empty:
        return title
    return (
        f"{title}: what they ask of their seats' hours lies between {_times(after.min())} and {_times(after.max())}, "
        f"before between {_times(before.min())} and {_times(before.max())}"
    )


def describe(run: Run) -> str:
    """For those who cannot see the figure: its finding, and where every number stands."""
    return f"{finding(run)}. Every seat's numbers stand in the table of seats and on the page of seat sheets."


def draw(run: Run) -> Figure:
    """A row a seat, the fullest book of today first: hollow before, filled after."""
    title = finding(run)
    if not _known(run.sheet):
        with style.applied():
            return style.notice(title, "A run of before there were sheets, or no arm besides the baseline.")
    rows = _rows(run.sheet)
    subtitle = "Hollow: the book under today's owners · filled: under the best design · the fullest book of today first"
    subtitle += f" · the {len(rows)} seats of {len(run.sheet):,} that change most" if len(rows) < len(run.sheet) else ""
    look = style.looks(run.arms, run.baseline)[run.best]
    width_in = LABEL_IN + len(PANELS) * (PANEL_IN + GAP_IN)
    with style.applied():
        top_in, rows_in = style.head_height(width_in, title, subtitle) + 0.4, ROW_IN * len(rows) + 0.1
        figure = style.new_figure(width_in, top_in + rows_in + 0.45)
        style.head(figure, title, subtitle)
        for k, (heading, before, after, write, line) in enumerate(PANELS):
            axes = style.inches(figure, LABEL_IN + k * (PANEL_IN + GAP_IN), top_in, PANEL_IN, rows_in)
            values = (rows[before].to_numpy(float), rows[after].to_numpy(float))
            _panel(axes, *values, look, write, line)
            axes.annotate(heading, (0, 1), (0, 7), xycoords="axes fraction", textcoords="offset points", fontsize=10, fontweight="bold")
            labels = [style.short(str(name), 24) for name in rows["seat_name"]] if k == 0 else []
            axes.set_yticks(range(len(rows)) if k == 0 else [], labels, fontsize=8.5)
    return figure


def _known(sheet: pd.DataFrame) -> bool:
    columns = {"seat", "seat_name", "accounts_given_n", "accounts_received_n", *(c for _, b, a, *_ in PANELS for c in (b, a))}
    return columns <= set(sheet) and len(sheet) > 0


def _rows(sheet: pd.DataFrame) -> pd.DataFrame:
    """The seats that are shown: all, or those that give and receive most."""
    changes = sheet["accounts_given_n"] + sheet["accounts_received_n"]
    shown = sheet.loc[changes.sort_values(ascending=False, kind="stable").index[:MOST_SEATS_N]]
    return shown.sort_values("load_before", ascending=False, kind="stable", na_position="last")


def _panel(axes: Axes, before: FloatArray, after: FloatArray, look: Look, write: Callable[[float], str], line: float) -> None:
    ends = np.concatenate([before, after])
    top = float(np.nanmax(ends)) if np.isfinite(ends).any() else 1.0
    axes.set_xlim(0, 1.12 * top)
    axes.set_ylim(len(before) - 0.5, -0.5)
    for y in range(0, len(before), 2):
        axes.axhspan(y - 0.5, y + 0.5, color="#f4f6f8", lw=0, zorder=0)
    if np.isfinite(line):
        axes.axvline(line, color=INK, lw=1.0, ls=(0, (5, 2)), zorder=1)
    for y, (b, a) in enumerate(zip(before, after, strict=True)):
        axes.plot([b, a], [y, y], color=look.colour, lw=1.6, zorder=2)
        axes.plot(b, y, marker="o", ms=5.5, mfc="white", mec=BASELINE_GREY, mew=1.3, zorder=3)
        axes.plot(a, y, marker=look.marker, ms=6, color=look.colour, mec="white", mew=0.5, zorder=4)
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: write(x) if x else "0"))
    axes.grid(axis="x", color=FAINT, lw=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="x", labelsize=8, color=MUTED)
