"""How stable the order of the arms is over runs: in which share of them each takes which place."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.figure import Figure

from experiments.figures import style
from experiments.figures.style import COLOURS, INK, MUTED
from experiments.figures.sweep import Sweep, runs_in_words

TILE_W_IN, TILE_H_IN, LEFT_IN = 0.82, 0.5, 2.3
DEEPEST = 0.85  # of the ink of a place that an arm always takes


def places(sweep: Sweep) -> pd.DataFrame:
    """Share of the runs in which an arm (rows, best first) takes a place (columns, from 1); runs that miss an arm are left out."""
    ranks = sweep.contenders.pivot_table(index="run", columns="arm", values="rank").dropna()
    order = ranks.mean().sort_values(kind="stable").index
    return pd.DataFrame({place: (ranks[order] == place).mean() for place in range(1, len(order) + 1)})


def agreement(sweep: Sweep) -> tuple[float, int]:
    """Kendall's W over the runs, 0 (no order) to 1 (always the same), NaN for one run or arm; and the number of runs that it is of.

    W = 12 S / (m^2 (n^3 - n)), S the sum of squared deviations of the n arms' rank sums over m runs (Kendall & Babington Smith 1939, The
    Annals of Mathematical Statistics 10(3)).
    """
    ranks = sweep.contenders.pivot_table(index="run", columns="arm", values="rank").dropna()
    m, n = ranks.shape
    if m < 2 or n < 2:
        return np.nan, m
    sums = ranks.rank(axis=1).sum().to_numpy(dtype=np.float64)  # places among those that all runs have
    return float(12 * ((sums - sums.mean()) ** 2).sum() / (m**2 * (n**3 - n))), m


def finding(sweep: Sweep) -> str:
    """How often the best arm ranks first, and whether the others keep their order."""
    shares, (w, m) = places(sweep), agreement(sweep)
    often = (shares[1][shares[1] > 0] * m).round().astype(int).sort_values(ascending=False, kind="stable")
    others = "".join(f", {arm} in {n}" for arm, n in often.iloc[1:].items())
    said = f"{often.index[0]} ranks first in {runs_in_words(int(often.iloc[0]), m)}{others}"
    if not np.isfinite(w):
        return said
    order = "the order hardly changes" if w >= 0.9 else "the order is much the same" if w >= 0.7 else "the order of the arms is not stable"
    return f"{said}; {order} (Kendall's W {w:.2f})"


def describe(sweep: Sweep) -> str:
    """For those who cannot see the figure: its finding and every share."""
    rows = [
        f"{arm}: " + ", ".join(f"place {place} in {style.percent(share)}" for place, share in row.items() if share > 0)
        for arm, row in places(sweep).iterrows()
    ]
    return f"{finding(sweep)}. {'; '.join(rows)}."


def draw(sweep: Sweep) -> Figure:
    """A row an arm, a column a place; the number is the share of the runs, and the darker the tile the larger it is."""
    shares, title, (_, m) = places(sweep), finding(sweep), agreement(sweep)
    subtitle = f"Share of the {m} runs in which an arm takes a place by its lift in bookings; yardsticks left out"
    n = len(shares)
    width_in = max(LEFT_IN + n * TILE_W_IN + 0.3, 7.0)
    with style.applied():
        top_in = style.head_height(width_in, title, subtitle) + 0.4
        figure = style.new_figure(width_in, top_in + n * TILE_H_IN + 0.2)
        style.head(figure, title, subtitle)
        axes = style.inches(figure, LEFT_IN, top_in, n * TILE_W_IN, n * TILE_H_IN)
        axes.imshow(shares.to_numpy() * DEEPEST, cmap=_inks(), vmin=0, vmax=1, aspect="auto")
        for i, (_, row) in enumerate(shares.iterrows()):
            for j, share in enumerate(row):
                if share > 0:
                    axes.text(j, i, style.percent(share), ha="center", va="center", fontsize=9, color="white" if share > 0.75 else INK)
        axes.set_xticks(range(n), [f"place {place}" for place in shares.columns])
        axes.xaxis.tick_top()
        axes.set_yticks(range(n), [style.short(str(arm), 20) for arm in shares.index])
        axes.tick_params(length=0, pad=20, axis="y")
        axes.tick_params(length=0, axis="x", labelcolor=MUTED)
        for side in axes.spines.values():
            side.set_visible(False)
        for i, arm in enumerate(shares.index):
            look = sweep.looks[str(arm)]
            axes.plot(-0.5 - 0.14 / TILE_W_IN, i, marker=look.marker, color=look.colour, ms=6.5, clip_on=False)
        for k in np.arange(0.5, n - 1):
            axes.axhline(k, color="white", lw=2)
            axes.axvline(k, color="white", lw=2)
    return figure


def _inks() -> Colormap:
    return LinearSegmentedColormap.from_list("inks", ["#f2f4f7", COLOURS[0]])
