"""How often engagements were won that were given a chance: predicted against observed, by tenths, for each account score."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from experiments.figures import style
from experiments.figures.style import BASELINE_GREY, COLOURS, DASHES, FAINT, INK, MARKERS
from sim.snapshot import FloatArray

WIDTH_IN, SIDE_IN = 6.4, 4.6


def finding(curves: Mapping[str, FloatArray]) -> str:
    """The mean distance of observed from predicted, by score."""
    words = (f"{score} {100 * np.average(np.abs(c[:, 0] - c[:, 1]), weights=c[:, 3]):.1f}" for score, c in curves.items())
    return f"Points by which observed and predicted chances differ: {', '.join(words)}"


def draw(curves: Mapping[str, FloatArray], about: str) -> Figure:
    """A line a score. A curve (tenths, 4) holds predicted, observed, the standard error of observed, rows; bars are 95 %."""
    title = finding(curves)
    with style.applied():
        top_in = style.head_height(WIDTH_IN, title, about) + 0.15
        figure = style.new_figure(WIDTH_IN, top_in + SIDE_IN + 0.6)
        style.head(figure, title, about)
        axes = style.inches(figure, 0.75, top_in, SIDE_IN, SIDE_IN)
        top = 1.05 * max(max(float(c[:, 0].max()), float((c[:, 1] + 1.96 * c[:, 2]).max())) for c in curves.values())
        axes.plot([0, top], [0, top], color=BASELINE_GREY, lw=1.0, zorder=1)
        for k, (score, curve) in enumerate(curves.items()):
            predicted, observed, error, _ = curve.T
            look = {"color": COLOURS[k], "marker": MARKERS[k], "ls": DASHES[k], "ms": 5, "lw": 1.2, "elinewidth": 0.8}
            axes.errorbar(predicted, observed, 1.96 * error, label=score, **look)
        axes.set_xlim(0, top)
        axes.set_ylim(0, top)
        axes.set_xlabel("chance that was given")
        axes.set_ylabel("share that was won")
        axes.grid(color=FAINT, lw=0.5)
        axes.legend(frameon=False, loc="upper left", labelcolor=INK)
    return figure
