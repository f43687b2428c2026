"""Attainment of every seat over the horizon, by arm."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from experiments.figures import style
from experiments.figures.strips import ROW_IN, draw_strips, quartiles_in_words, ratios_by_arm
from experiments.figures.style import MUTED
from experiments.figures.tables import Run

WIDTH_IN, LABEL_IN, WORDS_IN = 11.0, 1.75, 1.5


def finding(run: Run) -> str:
    """The title: what share of seats reaches quota under the best arm, and how that differs from the baseline."""
    shares = [(arm, run.value(arm, "seats_at_quota_share")) for arm in run.focus]
    shares = [(arm, share) for arm, share in shares if np.isfinite(share)]
    if not shares:
        return "Attainment: no quota to measure it with"
    (first, share), *rest = shares
    mean = run.mean(first, "seats_at_quota_share")
    title = f"{style.percent(share)} of seats reach their quota under {style.short(first, 40)}"
    if not rest:
        return f"{title} {style.between(mean.low_share, mean.high_share)}".rstrip()
    other = rest[0][0]
    change = run.mean(first, "seats_at_quota_share", less=other)
    if not np.isfinite(change.share):
        return f"{title}, {style.percent(rest[0][1])} under {style.short(other, 40)}"
    return f"{title}, {style.compared(change, style.short(other, 40), 'more', 'fewer')}"


def describe(run: Run) -> str:
    """For those who cannot see the figure: its finding and quartiles by arm."""
    by_arm = ratios_by_arm(run, "bookings_usd", "quota_usd")
    return f"{finding(run)}. Quartiles of attainment over the seats: {quartiles_in_words(by_arm)}."


def draw(run: Run) -> Figure:
    """One row an arm: a dot a seat (its attainment in the mean over futures), the middle half as a box, the line at 100 %."""
    title = finding(run)
    dot = "A dot is a seat" if run.draws_n == 1 else "A dot is a seat of one market draw"
    subtitle = f"{dot}: bookings over quota for the whole horizon, in the mean over futures, so that its luck averages out"
    by_arm = ratios_by_arm(run, "bookings_usd", "quota_usd")
    if not any(len(values) for values in by_arm.values()):
        with style.applied():
            return style.notice(title, "The seats table of this run holds no bookings with a quota.")
    with style.applied():
        top_in = style.head_height(WIDTH_IN, title, subtitle) + 0.5
        rows_in = ROW_IN * len(by_arm)
        figure = style.new_figure(WIDTH_IN, top_in + rows_in + 0.65)
        style.head(figure, title, subtitle)
        axes = style.inches(figure, LABEL_IN, top_in, WIDTH_IN - LABEL_IN - WORDS_IN - 0.3, rows_in)
        draw_strips(axes, run, by_arm, line="quota", least=60, most=110, missing="no quota")
        axes.set_xlabel("attainment over the horizon · box: the middle half of the seats, bar: the median seat", fontsize=8.5, color=MUTED)
        words = style.inches(figure, WIDTH_IN - WORDS_IN - 0.15, top_in, WORDS_IN, rows_in, sharey=axes)
        words.axis("off")
        words.text(0.05, -0.62, "at quota, in an\naverage future", fontsize=8, color=MUTED, va="bottom")
        for row, arm in enumerate(by_arm):
            at_quota = style.percent(run.value(arm, "seats_at_quota_share"))
            words.text(0.05, row, at_quota, fontsize=10, fontweight="bold" if arm in run.focus else "normal", va="center")
    return figure
