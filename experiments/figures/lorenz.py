"""How evenly opportunity, load and outcome fall on the seats, and how uneven luck alone would make the outcome."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from experiments.figures import style
from experiments.figures.style import FAINT, INK, MUTED, Look
from experiments.figures.tables import SAME_GINI, Run, seat_means

LABEL_IN, PANEL_IN, GAP_IN, ROW_IN = 1.75, 2.75, 0.72, 0.27
PANELS = (
    ("gini_opportunity", "Opportunity", "CRM potential of a book per capacity hour"),
    ("gini_load", "Load", "hours in use per capacity hour"),
    ("gini_outcome", "Outcome", "attainment: bookings over quota"),
)


def finding(run: Run) -> str:
    """The title: whether opportunity is more even under the best arm than under the baseline, and what of the outcome is luck."""
    ginis = [run.value(arm, "gini_opportunity") for arm in run.focus]
    if not ginis or not np.isfinite(ginis).all():
        return "Equity: no Gini of opportunity in this run"
    first = style.short(run.focus[0], 40)
    if len(ginis) == 1:
        title = f"Opportunity under {first}: Gini {style.plain(ginis[0], 2)}"
    else:
        change = ginis[0] - ginis[1]
        word = "as evenly" if abs(change) < SAME_GINI else "more evenly" if change < 0 else "less evenly"
        joint = "as" if word.startswith("as") else "than"
        title = (
            f"{first} spreads opportunity {word} {joint} {style.short(run.focus[1], 40)} "
            f"(Gini\u00a0{style.plain(ginis[0], 2)}\u00a0against\u00a0{style.plain(ginis[1], 2)})"
        )
    outcome, floor = run.value(run.focus[0], "gini_outcome"), run.value(run.focus[0], "luck_floor_gini")
    if np.isfinite(outcome) and np.isfinite(floor):
        mean = run.mean(run.focus[0], "gini_outcome")
        ends = f" [{style.plain(mean.low_share, 2)}, {style.plain(mean.high_share, 2)}]" if np.isfinite(mean.low_share) else ""
        title += f"; outcomes differ by {style.plain(outcome, 2)}{ends}, luck alone would make {style.plain(floor, 2)}"
    return title


def describe(run: Run) -> str:
    """For those who cannot see the figure: its finding and the three Ginis by arm."""
    parts = [
        f"{arm}: " + ", ".join(f"{name.lower()} {style.plain(run.value(arm, column), 2)}" for column, name, _ in PANELS) for arm in run.arms
    ]
    return f"{finding(run)}. Gini by arm (0 = all seats alike): {'; '.join(parts)}."


def draw(run: Run) -> Figure:
    """Above: Lorenz curves, mean over futures. Below: their Ginis, one row an arm, with the luck floor."""
    title = finding(run)
    subtitle = "The share of the total that the poorest seats hold: the further a curve sags, the more uneven · mean over futures"
    curves = {"gini_opportunity": _opportunity(run), "gini_load": seat_means(run, "used_h", "capacity_h")}
    curves["gini_outcome"] = seat_means(run, "bookings_usd", "quota_usd")
    look = style.looks(run.arms, run.baseline)
    width_in = LABEL_IN + 3 * PANEL_IN + 2 * GAP_IN + 0.35
    with style.applied():
        top_in = style.head_height(width_in, title, subtitle) + 0.62
        rows_in = ROW_IN * len(run.arms) + 0.1
        figure = style.new_figure(width_in, top_in + PANEL_IN + 0.95 + rows_in + 0.75)
        style.head(figure, title, subtitle)
        for k, (column, name, unit) in enumerate(PANELS):
            left = LABEL_IN + k * (PANEL_IN + GAP_IN)
            floor = _floor(run) if column == "gini_outcome" else float("nan")
            axes = style.inches(figure, left, top_in, PANEL_IN, PANEL_IN)
            _curves(axes, run, curves[column], look, floor)
            axes.set_title(name, loc="left", fontsize=11, fontweight="bold", pad=20)
            axes.annotate(unit, (0, 1), (0, 7), xycoords="axes fraction", textcoords="offset points", fontsize=8.5, color=MUTED)
            axes.set_ylabel("share of the total" if k == 0 else "", fontsize=8.5, color=MUTED)
            below = style.inches(figure, left, top_in + PANEL_IN + 0.95, PANEL_IN, rows_in)
            _ginis(below, run, column, look, floor, labelled=k == 0)
    return figure


def _opportunity(run: Run) -> pd.DataFrame:
    """Potential of every seat's first book per hour of capacity a week, columns as in ``seat_means``."""
    columns = ["arm", "draw", "future", "seat"]
    if run.seats.empty or not {*columns, "quarter", "potential_usd"} <= set(run.seats):
        return pd.DataFrame(columns=[*columns, "ratio"])
    first = run.seats[(run.seats["quarter"] == run.seats["quarter"].min()) & run.seats["arm"].isin(run.arms)]
    capacity = pd.Series(1.0, first.index)
    if {"seat", "capacity_h_per_week"} <= set(run.homes):
        capacity = first["seat"].astype(str).map(run.homes.drop_duplicates("seat").set_index("seat")["capacity_h_per_week"])
    table: pd.DataFrame = first[columns].assign(ratio=first["potential_usd"] / capacity.where(capacity > 0))
    return table


def _lorenz(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray] | None:
    """Cumulated shares of the seats and of the total, the curve in the mean over draws and futures; None where there is nothing."""
    wide = table.set_index(["draw", "future", "seat"])["ratio"].unstack("seat").dropna(axis="columns", how="all").dropna()  # noqa: PD010
    values = np.sort(wide.to_numpy(float), axis=1)
    values = values[values.sum(axis=1) > 0]
    if not values.size:
        return None
    shares = np.cumsum(values, axis=1) / values.sum(axis=1, keepdims=True)
    return np.linspace(0, 1, values.shape[1] + 1), np.concatenate([[0.0], shares.mean(axis=0)])


def _floor(run: Run) -> float:
    """The luck floor under the baseline (or the first arm): identical seats have the same luck under every design."""
    return run.value(run.focus[-1], "luck_floor_gini") if run.focus else float("nan")


def _floor_curve(gini: float) -> tuple[np.ndarray, np.ndarray]:
    """The Lorenz curve of a lognormal with this Gini G (Aitchison & Brown 1957).

    L(p) = Phi(Phi^-1(p) - s) with s = sqrt(2) Phi^-1((1 + G) / 2).
    """
    from scipy.special import ndtr, ndtri

    p = np.linspace(0, 1, 101)
    return p, ndtr(ndtri(p) - np.sqrt(2) * ndtri((1 + gini) / 2))


def _curves(axes: Axes, run: Run, table: pd.DataFrame, look: dict[str, Look], floor: float) -> None:
    axes.plot([0, 1], [0, 1], color=MUTED, lw=0.8)
    axes.text(0.42, 0.445, "all seats alike", rotation=45, rotation_mode="anchor", ha="center", va="bottom", fontsize=7.5, color=MUTED)
    if np.isfinite(floor) and 0 <= floor < 1:
        p, share = _floor_curve(floor)
        axes.fill_between(p, share, p, facecolor="#eef1f4", hatch="....", edgecolor="#b9c1ca", linewidth=0, zorder=0)
    drawn = 0
    for arm in sorted(run.arms, key=lambda arm: arm in run.focus):
        curve = _lorenz(table[table["arm"] == arm]) if len(table) else None
        if curve is None:
            continue
        drawn += 1
        every = max(1, len(curve[0]) // 5)
        axes.plot(
            *curve, color=look[arm].colour, ls=look[arm].dash, lw=2.2 if arm in run.focus else 1.2, marker=look[arm].marker,
            markevery=(min(len(curve[0]) - 1, 1 + drawn % every), every), ms=5 if arm in run.focus else 4, mec="white", mew=0.4,
        )  # fmt: skip
    if not drawn:
        axes.text(0.5, 0.5, "no data", ha="center", color=MUTED, bbox={"fc": "white", "ec": "none"})
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks([0, 0.25, 0.5, 0.75, 1])
        axis.set_major_formatter(FuncFormatter(lambda x, _: style.percent(x)))
    axes.tick_params(labelsize=8)
    axes.set_xlabel("share of the seats, poorest first", fontsize=8.5, color=MUTED)
    axes.grid(color=FAINT, lw=0.5)
    axes.set_axisbelow(True)


def _ginis(axes: Axes, run: Run, column: str, look: dict[str, Look], floor: float, *, labelled: bool) -> None:
    values = {arm: run.value(arm, column) for arm in run.arms}
    highest = np.nanmax(
        [run.value(arm, metric) for arm in run.arms for metric in ("luck_floor_gini", *(name for name, *_ in PANELS))] + [0.1]
    )
    axes.set_xlim(0, 1.22 * highest)  # one scale for the three panels, so that small differences look small
    axes.set_ylim(len(run.arms) - 0.4, -0.6)
    for row, (arm, value) in enumerate(values.items()):
        if not np.isfinite(value):
            axes.text(0.02 * highest, row, "not known", va="center", fontsize=8, color=MUTED)
            continue
        axes.plot([0, value], [row, row], color=look[arm].colour, ls=look[arm].dash, lw=1.5)
        axes.plot(value, row, marker=look[arm].marker, color=look[arm].colour, ms=6, mec="white", mew=0.4)
        weight = "bold" if arm in run.focus else "normal"
        axes.annotate(style.plain(value, 2), (value, row), (8, 0), textcoords="offset points", va="center", fontsize=8.5, fontweight=weight)
    if np.isfinite(floor):
        axes.axvspan(0, floor, facecolor="#eef1f4", hatch="....", edgecolor="#b9c1ca", linewidth=0, zorder=0)
        axes.axvline(floor, color=INK, lw=1.0, ls=(0, (2, 2)))
        words = f"luck floor {style.plain(floor, 2)}"
        axes.annotate(
            words, (floor, 1), (0, 3), xycoords=("data", "axes fraction"), textcoords="offset points", ha="center", fontsize=8, color=INK
        )
    labels = [style.short(arm, 18) for arm in run.arms] if labelled else [""] * len(run.arms)
    axes.set_yticks(range(len(run.arms)), labels, fontsize=9)
    for text, arm in zip(axes.get_yticklabels(), run.arms, strict=True):
        text.set_fontweight("bold" if arm in run.focus else "normal")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_color(MUTED)
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axes.set_xlabel("Gini: 0 = all seats alike", fontsize=8.5, color=MUTED)
