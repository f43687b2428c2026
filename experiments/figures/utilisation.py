"""How much of its hours every seat uses over the horizon, by arm: whether there is anything to gain by sharing work out anew."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.figures import style
from experiments.figures.strips import ROW_IN, draw_strips, quartiles_in_words, ratios_by_arm
from experiments.figures.style import MUTED
from experiments.figures.tables import Run, mean_of, seat_means

WIDTH_IN, LABEL_IN, WORDS_IN = 11.0, 1.75, 1.5


def finding(run: Run) -> str:
    """The title: the share of its hours that the median seat uses under the best arm, and how that differs from the baseline."""
    medians = _medians(run)
    if not medians:
        return "Utilisation: the seats table of this run holds no hours"
    first, *rest = (arm for arm in run.focus if arm in medians)
    mean = mean_of(medians[first])
    title = f"The median seat uses {style.percent(mean.share)} of its hours under {style.short(first, 40)}"
    if not rest:
        return f"{title} {style.between(mean.low_share, mean.high_share)}".rstrip()
    return f"{title}, {style.compared(mean_of(medians[first] - medians[rest[0]]), style.short(rest[0], 40), 'more', 'fewer')}"


def describe(run: Run) -> str:
    """For those who cannot see the figure: its finding and quartiles by arm."""
    return f"{finding(run)}. Quartiles of utilisation over the seats: {quartiles_in_words(ratios_by_arm(run, 'used_h', 'capacity_h'))}."


def draw(run: Run) -> Figure:
    """One row an arm: a dot a seat (hours in use over hours there are), the middle half as a box, the line where no hour is left."""
    title, by_arm = finding(run), ratios_by_arm(run, "used_h", "capacity_h")
    subtitle = "A dot is a seat: hours in use over hours there are, in the mean over futures · ramps and vacancies lower those"
    if not any(len(values) for values in by_arm.values()):
        with style.applied():
            return style.notice(title, "Nothing to draw.")
    with style.applied():
        top_in, rows_in = style.head_height(WIDTH_IN, title, subtitle) + 0.5, ROW_IN * len(by_arm)
        figure = style.new_figure(WIDTH_IN, top_in + rows_in + 0.65)
        style.head(figure, title, subtitle)
        axes = style.inches(figure, LABEL_IN, top_in, WIDTH_IN - LABEL_IN - WORDS_IN - 0.3, rows_in)
        draw_strips(axes, run, by_arm, line="no hour left", least=80, most=103, missing="no hours")
        axes.set_xlabel("hours in use over hours there are · box: the middle half, bar: the median seat", fontsize=8.5, color=MUTED)
        words = style.inches(figure, WIDTH_IN - WORDS_IN - 0.15, top_in, WORDS_IN, rows_in, sharey=axes)
        words.axis("off")
        words.text(0.05, -0.62, "median seat", fontsize=8, color=MUTED, va="bottom")
        for row, (arm, values) in enumerate(by_arm.items()):
            median = style.percent(float(np.median(values)) / 100) if len(values) else "–"
            words.text(0.05, row, median, fontsize=10, fontweight="bold" if arm in run.focus else "normal", va="center")
    return figure


def _medians(run: Run) -> dict[str, pd.Series]:
    """Utilisation of the median seat, by draw and future, of the arms that a title speaks of."""
    means = seat_means(run, "used_h", "capacity_h")
    medians = {arm: means[means["arm"] == arm].groupby(["draw", "future"])["ratio"].median().dropna() for arm in run.focus}
    return {arm: values for arm, values in medians.items() if len(values)}
