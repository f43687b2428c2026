"""Bookings against evenness and disruption: the optimised design at a grid of prices, its front, and where today's territories stand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from experiments.figures import style
from experiments.figures.style import BASELINE_GREY, COLOURS, DASHES, FAINT, INK, MARKERS, MUTED
from experiments.findings.statistics import BETTER, EQUIVALENT, WORSE
from strategies.trade_off import TODAY

WIDTH_IN, PLOT_IN, HEIGHT_IN, LEFT_IN = 11.4, 7.2, 4.7, 0.85
LEAST_PT, PT_PER_ROOT = 3.5, 26.0  # a marker's width: this much if nothing moves, and more by the root of the share that moves
KEY_SHARES = (0.02, 0.1, 0.3)
FRONT = "#e3e8ee"


def finding(table: pd.DataFrame, line: pd.DataFrame) -> str:
    """What the most even design of the line books more or less than the one that pays nothing for evenness."""
    free, even = line.iloc[0], line.iloc[-1]
    span = f"Gini\u00a0{style.plain(even['imbalance'], 3)} instead of {style.plain(free['imbalance'], 3)}"
    if "lift_share" not in table:
        forecast = (1 + even["predicted_lift_share"]) / (1 + free["predicted_lift_share"]) - 1
        size = style.percent(abs(forecast), 1)
        than = f"{size} {'more' if forecast > 0 else 'less'} than" if forecast and not size.startswith("0.0") else "as much as"
        return f"The planner expects territories as even as can be to book {than} the best ones ({span})"
    lift, ends = float(even["even_lift_share"]), style.interval(even["even_low_share"], even["even_high_share"]).replace(" ", "\u00a0")
    signed = style.signed_percent(lift)
    words = {
        BETTER: f"Evenness pays: territories as even as can be book {style.percent(lift, 1)} more {ends} than with no price on unevenness",
        WORSE: f"Evenness costs: territories as even as can be book {style.percent(-lift, 1)} less {ends} than with no price on unevenness",
        EQUIVALENT: f"Evenness costs next to nothing: {signed} of bookings {ends} between territories as even as can be and the best ones",
    }
    unsettled = f"What evenness costs is not settled: {signed} of bookings {ends} between territories as even as can be and the best ones"
    return f"{words.get(str(even['even_verdict']), unsettled)} ({span})"


def describe(table: pd.DataFrame, line: pd.DataFrame) -> str:
    """For those who cannot see the figure: its finding and every point."""
    numbers = (table[name] for name in ("point", _lift(table), "imbalance", "moved_share"))
    points = [
        f"{point}: lift {style.signed_percent(lift)}, Gini {style.plain(gini, 3)}, moves {style.percent(moved)}"
        for point, lift, gini, moved in zip(*numbers, strict=True)
    ]
    return f"{finding(table, line)}. {'; '.join(points)}."


def draw(table: pd.DataFrame, line: pd.DataFrame, about: str) -> Figure:
    """One line a price of disruption, along the price of unevenness. The larger a marker, the more accounts move; hollow: beaten."""
    title = finding(table, line)
    subtitle = f"{'Simulated' if 'lift_share' in table else 'Predicted'} lift in bookings over today's territories · {about}"
    with style.applied():
        top_in = style.head_height(WIDTH_IN, title, subtitle) + 0.2
        figure = style.new_figure(WIDTH_IN, top_in + HEIGHT_IN + 0.6)
        style.head(figure, title, subtitle)
        axes = style.inches(figure, LEFT_IN, top_in, PLOT_IN, HEIGHT_IN)
        key = style.inches(figure, LEFT_IN + PLOT_IN + 0.25, top_in, WIDTH_IN - LEFT_IN - PLOT_IN - 0.35, HEIGHT_IN)
        _frame(axes, table, line)
        _front(axes, table)
        lines = [rows.sort_values("imbalance_weight") for _, rows in table.groupby("disruption_loss_share")]
        for k, rows in enumerate(lines):
            _line(axes, rows, k, _lift(table), own=_is_own(rows, line))
        _references(axes, table[table["disruption_loss_share"].isna()], _lift(table))
        _key(key, lines, line, intervals="lift_share" in table)
    return figure


def _lift(table: pd.DataFrame) -> str:
    return "lift_share" if "lift_share" in table else "predicted_lift_share"


def _is_own(rows: pd.DataFrame, line: pd.DataFrame) -> bool:
    return bool(rows["point"].isin(line["point"]).all())


def _frame(axes: Axes, table: pd.DataFrame, line: pd.DataFrame) -> None:
    ends = [100 * table[_lift(table)].to_numpy(), *(100 * line[name].to_numpy() for name in ("low_share", "high_share") if name in line)]
    low, high = min(0.0, *(float(each.min()) for each in ends)), max(0.0, *(float(each.max()) for each in ends))
    room = 0.07 * (high - low) + 0.02
    axes.set_ylim(low - room, high + room)
    widest = max(float(table["imbalance"].max()), 0.01)
    axes.set_xlim(-0.04 * widest, 1.06 * widest)
    axes.axhline(0, color=BASELINE_GREY, lw=1.0, zorder=1)
    axes.grid(color=FAINT, lw=0.5)
    axes.set_axisbelow(True)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: style.signed_percent(y / 100)))
    axes.xaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10]))
    axes.set_xlabel("← more even          Gini of potential per capacity hour          less even →", fontsize=9, color=MUTED)
    axes.set_ylabel("lift in bookings over today's territories", fontsize=9, color=MUTED)


def _front(axes: Axes, table: pd.DataFrame) -> None:
    """The best lift that can be had at each evenness, whatever moves, as a broad band behind the points."""
    ordered = table.sort_values(["imbalance", _lift(table)], ascending=[True, False])
    best = ordered[ordered[_lift(table)] >= ordered[_lift(table)].cummax()]
    axes.plot(best["imbalance"], 100 * best[_lift(table)], color=FRONT, lw=13, solid_capstyle="round", zorder=1)


def _line(axes: Axes, rows: pd.DataFrame, k: int, lift: str, *, own: bool) -> None:
    colour, dash, marker = _look(k)
    x, y = rows["imbalance"].to_numpy(), 100 * rows[lift].to_numpy()
    axes.plot(x, y, color=colour, ls=dash, lw=2.0 if own else 1.0, zorder=2)
    if own and lift == "lift_share":
        ends = 100 * np.abs(rows[["low_share", "high_share"]].to_numpy().T - rows[lift].to_numpy())
        axes.errorbar(x, y, yerr=ends, fmt="none", ecolor=colour, elinewidth=0.8, capsize=2.5, alpha=0.7, zorder=2)
    for at_x, at_y, moved, front in zip(x, y, rows["moved_share"], rows["on_front"], strict=True):
        axes.plot(at_x, at_y, marker=marker, ms=_width(moved), mfc=colour if front else "white", mec=colour, mew=1.2, zorder=3)
    for at_x, at_y, weight in zip(x, y, rows["imbalance_weight"], strict=True):
        if own:
            axes.annotate(
                f"{weight:g}", (at_x, at_y), (9, 0), textcoords="offset points", va="center", fontsize=8, color=colour,
                fontweight="bold", bbox={"fc": "white", "ec": "none", "alpha": 0.7, "pad": 0.6}, zorder=4,
            )  # fmt: skip


def _references(axes: Axes, rows: pd.DataFrame, lift: str) -> None:
    for _, row in rows.iterrows():
        today = row["point"] == TODAY
        at = row["imbalance"], 100 * row[lift]
        axes.plot(*at, marker="o" if today else "*", ms=8 if today else 11, color=BASELINE_GREY if today else INK, ls="none", zorder=4)
        words = "today" if today else f"balance alone ({style.percent(row['moved_share'])} of accounts move)"
        place = (0, 9) if today else (9, -4)
        axes.annotate(
            words, at, place, textcoords="offset points", ha="center" if today else "left", va="bottom" if today else "top", fontsize=8.5,
            bbox={"fc": "white", "ec": "none", "alpha": 0.7, "pad": 0.6}, zorder=4,
        )  # fmt: skip


def _key(axes: Axes, lines: list[pd.DataFrame], line: pd.DataFrame, *, intervals: bool) -> None:
    """What line, size, filling and numbers mean, from the top down in lines of text."""
    axes.axis("off")
    axes.set_xlim(0, 1)
    axes.set_ylim(HEIGHT_IN, 0)  # inches
    axes.text(0, 0.08, "A move has to gain, of the account's value", fontsize=8.5, fontweight="bold")
    for k, rows in enumerate(lines):
        colour, dash, marker = _look(k)
        own, at = _is_own(rows, line), 0.35 + 0.42 * k
        axes.plot([0.0, 0.13], [at, at], color=colour, ls=dash, lw=2.0 if own else 1.0)
        axes.plot(0.065, at, marker=marker, color=colour, ms=7)
        least, most = (style.percent(share) for share in (rows["moved_share"].min(), rows["moved_share"].max()))
        moves = f"{least[:-2]} to {most}" if least != most else most
        gain = style.percent(rows["disruption_loss_share"].iloc[0])
        axes.text(0.18, at, f"{gain}: {moves}\nof accounts move", fontsize=8.5, va="center", fontweight="bold" if own else "normal")
    at = 0.35 + 0.42 * len(lines) + 0.12
    axes.text(0, at, "Accounts moved", fontsize=8.5, fontweight="bold")
    for k, share in enumerate(KEY_SHARES):
        axes.plot(0.07 + 0.33 * k, at + 0.25, marker="s", ms=_width(share), mfc="none", mec=MUTED)
        axes.text(0.16 + 0.33 * k, at + 0.25, style.percent(share), fontsize=8.5, va="center")
    words = [
        "hollow: another design is as good in value",
        "foreseen, evenness and moves, and better in one",
        "band: the best lift at each evenness",
    ]
    words += ["numbers: usd paid by the plan for each usd of", "potential that a book is off its fair share"]
    words += ["bars: 95 % intervals over today, for all at once"] if intervals else []
    for k, text in enumerate(words):
        axes.text(0, at + 0.68 + 0.19 * k, text, fontsize=8, color=MUTED)


def _look(k: int) -> tuple[str, Any, str]:
    return COLOURS[k % len(COLOURS)], DASHES[k % len(DASHES)], MARKERS[k % len(MARKERS)]


def _width(moved_share: float) -> float:
    return LEAST_PT + PT_PER_ROOT / 2 * float(np.sqrt(moved_share))
