"""Which figures the joined table makes, along which settings; what cannot be drawn says why."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from experiments.figures import ranking, style, sweep_heatmap, sweep_lines, tornado
from experiments.figures.sweep import Sweep
from experiments.running import store
from experiments.running.errors import RunError
from experiments.running.values import nearest


def sweep_of(table: pd.DataFrame, settings: Sequence[str], x: str | None = None, y: str | None = None, arm: str | None = None) -> Sweep:
    """The sweep with what is shown where: by default numbers of most values first, and the arm that is best on average.

    Raises RunError for a setting that does not vary, or an arm that is not there.
    """
    for name, key in (("x", x), ("y", y)):
        if key and key not in settings:
            raise RunError(f"{name}: {key} does not vary between the runs{nearest(key, settings)}")
    ordered = sorted(settings, key=lambda key: (table[key].dtype.kind != "f", -table[key].nunique(), key))
    x = x or next((key for key in ordered if key != y), "")
    y = y or next((key for key in ordered if key != x), "")
    lived = table[(table["arm"] != "") & table["lift_share"].notna()] if "lift_share" in table else table[:0]
    contenders = lived[lived["rank"].notna() & ~lived["baseline"].astype(bool)] if len(lived) else lived
    means = contenders.groupby("arm")["lift_share"].mean() if len(contenders) else pd.Series(dtype=float)
    if arm and arm not in set(lived["arm"]):
        raise RunError(f"arm: {arm} is not among the arms{nearest(arm, sorted(set(lived['arm'])))}")
    return Sweep(table, settings, x, y, arm or (str(means.idxmax()) if len(means) else ""))


def draw_all(
    table: pd.DataFrame, settings: Sequence[str], out: Path, x: str | None = None, y: str | None = None, arm: str | None = None
) -> list[str]:
    """Draw what can be drawn to PNG and SVG files in ``out``; returns what each figure shows, a line each."""
    sweep = sweep_of(table, settings, x, y, arm)
    if not sweep.arm:
        return ["no figures: no run has an arm beside the baseline"]
    said = []
    if sweep.x:
        said.append(_save(out, "lines", sweep_lines.draw(sweep), sweep_lines.finding(sweep)))
    if sweep.y:
        said.append(_save(out, "heatmap", sweep_heatmap.draw(sweep), sweep_heatmap.finding(sweep)))
    if sweep.settings and tornado.swings(sweep):
        said.append(_save(out, "tornado", tornado.draw(sweep), tornado.finding(sweep)))
    if len(ranking.places(sweep)) > 1:
        said.append(_save(out, "ranking", ranking.draw(sweep), ranking.finding(sweep)))
    missing = [] if sweep.y else ["no heatmap: it needs two settings that vary"] if sweep.x else ["no lines, no heatmap: no setting varies"]
    return said + missing


def save(out: Path, name: str, figure: Figure) -> None:
    """Write a figure as ``name``.png and .svg."""
    store.write_bytes(out / f"{name}.png", style.png(figure))
    store.write_text(out / f"{name}.svg", style.svg(figure, name))


def _save(out: Path, name: str, figure: Figure, found: str) -> str:
    save(out, name, figure)
    return f"{found}\n  {out / f'{name}.png'}"
