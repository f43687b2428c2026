"""Attainment of every seat over the horizon, by arm."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from experiments.figures import style
from experiments.figures.style import INK, MUTED, Look
from experiments.figures.tables import Run, seat_means

WIDTH_IN, ROW_IN, LABEL_IN, WORDS_IN = 11.0, 0.62, 1.75, 1.5
SWARM_HALF = 0.34  # of a row
BEYOND = 2.2  # times the upper quartile: seats further out are counted at the edge, lest they squeeze all others
DENSE_N = 1500  # more dots than this are rasterised


def finding(run: Run) -> str:
    """The title: what share of seats reaches quota under the best arm and under the baseline."""
    shares = [(arm, run.value(arm, "seats_at_quota_share")) for arm in run.focus]
    shares = [(style.short(arm, 40), share) for arm, share in shares if np.isfinite(share)]
    if not shares:
        return "Attainment: no quota to measure it with"
    first = f"{style.percent(shares[0][1])} of seats reach their quota under {shares[0][0]}"
    if len(shares) == 1:
        return first
    same = style.percent(shares[0][1]) == style.percent(shares[1][1])
    return f"{first}, as many as under {shares[1][0]}" if same else f"{first}, {style.percent(shares[1][1])} under {shares[1][0]}"


def describe(run: Run) -> str:
    """For those who cannot see the figure: its finding and quartiles by arm."""
    parts = []
    for arm, values in _by_arm(run).items():
        if len(values):
            low, middle, high = np.percentile(values, [25, 50, 75]) / 100
            parts.append(f"{arm}: {style.percent(low)}, {style.percent(middle)}, {style.percent(high)}")
    return f"{finding(run)}. Quartiles of attainment over the seats: {'; '.join(parts) or 'none'}."


def draw(run: Run) -> Figure:
    """One row an arm: a dot a seat (its attainment in the mean over futures), the middle half as a box, the line at 100 %."""
    title = finding(run)
    dot = "A dot is a seat" if run.draws_n == 1 else "A dot is a seat of one market draw"
    subtitle = f"{dot}: bookings over quota for the whole horizon, in the mean over futures, so that its luck averages out"
    by_arm = _by_arm(run)
    if not any(len(values) for values in by_arm.values()):
        with style.applied():
            return style.notice(title, "The seats table of this run holds no bookings with a quota.")
    with style.applied():
        top_in = style.head_height(WIDTH_IN, title, subtitle) + 0.5
        rows_in = ROW_IN * len(by_arm)
        figure = style.new_figure(WIDTH_IN, top_in + rows_in + 0.65)
        style.head(figure, title, subtitle)
        axes = style.inches(figure, LABEL_IN, top_in, WIDTH_IN - LABEL_IN - WORDS_IN - 0.3, rows_in)
        _strips(axes, run, by_arm, style.looks(run.arms, run.baseline))
        words = style.inches(figure, WIDTH_IN - WORDS_IN - 0.15, top_in, WORDS_IN, rows_in, sharey=axes)
        words.axis("off")
        words.text(0.05, -0.62, "at quota, in an\naverage future", fontsize=8, color=MUTED, va="bottom")
        for row, arm in enumerate(by_arm):
            at_quota = style.percent(run.value(arm, "seats_at_quota_share"))
            words.text(0.05, row, at_quota, fontsize=10, fontweight="bold" if arm in run.focus else "normal", va="center")
    return figure


def _by_arm(run: Run) -> dict[str, np.ndarray]:
    """Attainment in per cent of every seat (and market draw), in the mean over futures, sorted."""
    means = seat_means(run, "bookings_usd", "quota_usd")
    if means.empty:
        return {arm: np.zeros(0) for arm in run.arms}
    seats = means.groupby(["arm", "draw", "seat"], observed=True)["ratio"].mean().dropna()
    arms = seats.index.get_level_values("arm")
    return {arm: np.sort(100 * seats[arms == arm].to_numpy()) for arm in run.arms}


def _strips(axes: Axes, run: Run, by_arm: dict[str, np.ndarray], look: dict[str, Look]) -> None:
    every = np.concatenate(list(by_arm.values()))
    right = max(110.0, min(every.max(), BEYOND * np.percentile(every, 75)) * 1.04)
    axes.set_xlim(min(0.9 * every.min(), 60.0), right)
    axes.set_ylim(len(by_arm) - 0.5, -0.55)
    dot_pt = float(np.interp(max(len(values) for values in by_arm.values()), [20, 60, 300], [6.0, 4.5, 2.8]))
    bin_width = (right - axes.get_xlim()[0]) / (axes.bbox.width / axes.figure.dpi * 72) * dot_pt * 1.02
    step = dot_pt / 72 / ROW_IN * 1.02
    for row, (arm, values) in enumerate(by_arm.items()):
        if not len(values):
            axes.text(axes.get_xlim()[0], row, " no quota", va="center", color=MUTED)
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
    axes.annotate("quota", (100, 1), (0, 4), xycoords=("data", "axes fraction"), textcoords="offset points", ha="center", fontsize=8.5)
    axes.set_yticks(range(len(by_arm)), [style.short(arm, 18) for arm in by_arm], fontsize=9.5)
    for text, arm in zip(axes.get_yticklabels(), by_arm, strict=True):
        text.set_fontweight("bold" if arm in run.focus else "normal")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: style.percent(x / 100)))
    axes.grid(axis="x", color=style.FAINT, lw=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel("attainment over the horizon · box: the middle half of the seats, bar: the median seat", fontsize=8.5, color=MUTED)


def _swarm(values: np.ndarray, bin_width: float, step: float) -> np.ndarray:
    """Offsets that set neighbours side by side: sorted values are stacked outwards from the row's middle within a bin."""
    bins = np.round(values / bin_width).astype(int)
    offset = np.zeros(len(values))
    for b in np.unique(bins):
        inside = np.flatnonzero(bins == b)
        squeeze = min(step, 2 * SWARM_HALF / max(len(inside) - 1, 1))
        offset[inside] = (np.arange(len(inside)) - (len(inside) - 1) / 2) * squeeze
    return offset
