"""In which region of two settings does which strategy win? A tile a pair of values, with the winner, its lift and how sure that is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from experiments.figures import style
from experiments.figures.style import INK, MUTED, PAPER
from experiments.figures.sweep import Sweep, listed, name, shown

TILE_W_IN, TILE_H_IN, LEFT_IN = 1.75, 0.92, 1.5
PALE, STRONG = 0.16, 0.42  # how much of the winner's colour a tile has: where it wins by the way, and where clearly
PALE_HATCH = "//"


@dataclass(frozen=True)
class Tile:
    """Who wins at a pair of values: mean lift, lead over the second (NaN: alone), in how many of the runs it ranks first, and whether
    clearly: by its interval in a single run, by ranking first in all of several.
    """

    arm: str
    lift_share: float
    lead_share: float
    first_n: int
    runs_n: int
    clear: bool


def tiles(sweep: Sweep) -> dict[tuple[Any, Any], Tile]:
    """The winner at every pair of values that was lived through, by (x, y)."""
    return {(x, y): _tile(rows) for (x, y), rows in sweep.contenders.groupby([sweep.x, sweep.y])}


def _tile(rows: pd.DataFrame) -> Tile:
    means = rows.groupby("arm")["lift_share"].mean().sort_values(ascending=False, kind="stable")
    own, runs_n = rows[rows["arm"] == means.index[0]], rows["run"].nunique()
    first_n = int((own["rank"] == 1).sum())
    clear = bool(own["clear"].astype(bool).all()) if runs_n == 1 else first_n == runs_n
    lead = float(means.iloc[0] - means.iloc[1]) if len(means) > 1 else float("nan")
    return Tile(str(means.index[0]), float(means.iloc[0]), lead, first_n, runs_n, clear)


def finding(sweep: Sweep) -> str:
    """How many of the tiles each winner has, and how many clearly."""
    found = list(tiles(sweep).values())
    wins = Counter(tile.arm for tile in found).most_common()
    clearly = Counter(tile.arm for tile in found if tile.clear)
    where = f"of {len(found)} combinations of {name(sweep.x)} and {name(sweep.y)}"
    if len(wins) == 1:
        return f"{wins[0][0]} wins in all {len(found)} {where.partition(' ')[2].partition(' ')[2]}, clearly in {clearly[wins[0][0]]}"
    return (
        f"{wins[0][0]} wins in {wins[0][1]} {where} (clearly in {clearly[wins[0][0]]}), {listed([f'{arm} in {n}' for arm, n in wins[1:]])}"
    )


def describe(sweep: Sweep) -> str:
    """For those who cannot see the figure: its finding and every tile."""
    said = [f"{shown(x)}, {shown(y)}: {tile.arm} {style.signed_percent(tile.lift_share)}" for (x, y), tile in tiles(sweep).items()]
    return f"{finding(sweep)}. {name(sweep.x)}, {name(sweep.y)}: {'; '.join(said)}."


def draw(sweep: Sweep) -> Figure:
    """A tile a pair of values: hatched and pale where the win is not clear, empty where no run ended."""
    across, up, found = sweep.values(sweep.x), sweep.values(sweep.y), tiles(sweep)
    title = finding(sweep)
    several = any(tile.runs_n > 1 for tile in found.values())
    sure = "it does not rank first in all runs" if several else "the interval of its lead over the second one holds 0"
    subtitle = f"Winner and its lift in bookings over {sweep.baseline} · {sweep.about()} · pale and hatched: {sure}"
    width_in = max(LEFT_IN + len(across) * TILE_W_IN + 0.3, 7.0)
    with style.applied():
        top_in = style.head_height(width_in, title, subtitle) + 0.2
        figure = style.new_figure(width_in, top_in + len(up) * TILE_H_IN + 0.65)
        style.head(figure, title, subtitle)
        axes = style.inches(figure, LEFT_IN, top_in, len(across) * TILE_W_IN, len(up) * TILE_H_IN)
        axes.set_xlim(0, len(across))
        axes.set_ylim(0, len(up))
        for i, x in enumerate(across):
            for j, y in enumerate(up):
                _draw_tile(axes, sweep, i, j, found.get((x, y)))
        axes.set_xticks([i + 0.5 for i in range(len(across))], [shown(x) for x in across])
        axes.set_yticks([j + 0.5 for j in range(len(up))], [shown(y) for y in up])
        axes.tick_params(length=0)
        for side in axes.spines.values():
            side.set_visible(False)
        axes.set_xlabel(name(sweep.x), fontsize=9.5, color=MUTED)
        axes.set_ylabel(name(sweep.y), fontsize=9.5, color=MUTED)
    return figure


def _draw_tile(axes: Axes, sweep: Sweep, i: int, j: int, tile: Tile | None) -> None:
    if tile is None:
        axes.add_patch(Rectangle((i, j), 1, 1, fc=PAPER, ec=MUTED, lw=0.8, ls=":"))
        axes.text(i + 0.5, j + 0.5, "no run ended", fontsize=8, color=MUTED, ha="center", va="center")
        return
    look = sweep.looks[tile.arm]
    colour, depth = to_rgb(look.colour), STRONG if tile.clear else PALE
    fill = tuple(1 - depth * (1 - part) for part in colour)
    line = tuple(1 - 0.3 * (1 - part) for part in colour)
    axes.add_patch(Rectangle((i, j), 1, 1, fc=fill, ec=line, lw=0, hatch=None if tile.clear else PALE_HATCH))
    axes.add_patch(Rectangle((i, j), 1, 1, fc="none", ec=PAPER, lw=2.5))
    box = {"fc": fill, "ec": "none", "pad": 1.2}
    axes.plot(i + 0.1, j + 0.74, marker=look.marker, color=look.colour, ms=7, clip_on=False)
    axes.text(i + 0.17, j + 0.74, style.short(tile.arm, 16), fontsize=8.5, color=INK, va="center", bbox=box, fontweight="bold")
    lead = f", {style.signed(tile.lead_share)} ahead" if tile.lead_share == tile.lead_share else ""
    axes.text(i + 0.07, j + 0.44, f"{style.signed_percent(tile.lift_share)}{lead}", fontsize=8.5, color=INK, va="center", bbox=box)
    if tile.runs_n > 1:
        axes.text(i + 0.07, j + 0.18, f"first in {tile.first_n} of {tile.runs_n}", fontsize=8, color=INK, va="center", bbox=box)
