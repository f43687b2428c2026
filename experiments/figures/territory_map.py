"""Where the territories lie: every account tied to the home of its seat, today and under the best designs."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from numpy.typing import NDArray

from experiments.figures import style
from experiments.figures.projection import MIN_US_SHARE, FloatArray, albers_km, distance_km, flat_km, in_us, state_outlines_km
from experiments.figures.style import INK, MUTED
from experiments.figures.tables import Run

TODAY = "today"
PANEL_IN, GAP_IN, MAX_COLUMNS_N, MAX_PANELS_N = 4.5, 0.2, 3, 6
SEAT_COLOURS = ("#0072b2", "#c65102", "#117733", "#882255", "#8a6d00", "#444444")
NEIGHBOURS_N = 5
MAX_NUMBERED_N = 60
TOLD = {"account_id", "segment", "potential_usd"}
MOST_TOLD_N = 6000  # accounts of which a page can tell
NO_MAP = "Territories: no map"


def finding(run: Run) -> str:
    """The title: how far an account lies from its seat's home under the best design and today."""
    panels = _panels(run)
    first = run.best if run.best in panels else next((name for name in panels if name != TODAY), "")
    km = {name: _median_km(run, panels[name]) for name in (first, TODAY) if name in panels}
    here = km.get(TODAY, float("nan"))
    if not first or not np.isfinite(km.get(first, float("nan"))):
        if np.isfinite(here):
            return f"Half of the accounts lie within {_km(here)} of their seat's home today"
        return f"{NO_MAP}, since this run has no coordinates"
    title = f"Half of the accounts lie within {_km(km[first])} of their seat's home under {style.short(first, 40)}"
    return title + (f", within {_km(here)} today" if np.isfinite(here) else "")


def describe(run: Run) -> str:
    """For those who cannot see the figure: its finding and the median distance of every panel."""
    parts = [f"{name}: {_km(_median_km(run, column))}, {_moved(run, column)}" for name, column in _panels(run).items()]
    return f"{finding(run)}. Median distance from an account to its seat's home: {'; '.join(parts) or 'not known'}."


def draw(run: Run) -> Figure:
    """A panel a design: a dot an account, a spoke to its seat's home, homes numbered; neighbouring seats differ in colour."""
    title, panels, sheet = finding(run), _panels(run), _sheet(run)
    with style.applied():
        if sheet is None:
            return style.notice(
                title, "No coordinates of accounts in this run. Give latitude and longitude, and the territories are drawn here."
            )
        columns_n = min(MAX_COLUMNS_N, len(panels))
        width_in = max(columns_n * (PANEL_IN + GAP_IN) + 0.2, 8.0)
        subtitle = _subtitle(sheet)
        top_in, step_in = style.head_height(width_in, title, subtitle) + 0.5, sheet.high_in + 0.62
        seats = _who(sheet.homes, width_in)
        figure = style.new_figure(width_in, top_in + -(-len(panels) // columns_n) * step_in - 0.3 + 0.15 * len(seats))
        style.head(figure, title, subtitle)
        look = style.looks(run.arms, run.baseline)
        for k, (name, column) in enumerate(panels.items()):
            row, along = divmod(k, columns_n)
            axes = style.inches(figure, 0.2 + along * (PANEL_IN + GAP_IN), top_in + row * step_in, PANEL_IN, sheet.high_in)
            seat = run.accounts[column].astype(str)
            changed = seat != run.accounts[TODAY].astype(str) if TODAY in panels else pd.Series(False, seat.index)
            _panel(axes, sheet, seat.tolist(), changed.to_numpy(bool), k)
            words = f"half of the accounts within {_km(_median_km(run, column))} · {_moved(run, column)}"
            label = style.short(name, 40) if name in look else "Today"
            style.panel_head(axes, label, look.get(name), words, bold=name in (TODAY, run.best))
        for k, line in enumerate(seats):
            figure.text(0.2 / width_in, (0.12 + 0.15 * (len(seats) - 1 - k)) / figure.get_figheight(), line, fontsize=7.5, color=MUTED)
    return figure


def tips(run: Run) -> dict[str, str]:
    """What is said of a home that is pointed at, by the mark's id: the seat's accounts, their potential and how far they lie."""
    said: dict[str, str] = {}
    homes = _homes(run)
    if homes.empty or not set(run.accounts) >= TOLD:
        return said
    for panel, (design, column) in enumerate(_panels(run).items()):
        km = _km_of(run, column)
        books = run.accounts.assign(km=km).groupby(run.accounts[column].astype(str))
        totals = books.agg(accounts_n=("km", "size"), potential_usd=("potential_usd", "sum"), km=("km", "median"))
        by_seat = totals.to_dict("index")
        for k, seat in enumerate(homes["seat"].astype(str)):
            if seat in by_seat:
                n, usd, near = (float(each) for each in by_seat[seat].values())
                said[f"tip-{panel}-{k}"] = (
                    f"{seat}, {design}: {style.plain(n)} accounts with a potential of {style.usd(usd)} a year, half within {_km(near)}"
                )
    return said


def places(run: Run, figure: Figure) -> dict[str, Any]:
    """Where every account lies on the drawn figure, in points from the top left, and whose it is: for a page that tells on pointing.

    ``at`` of the first panel; ``panels`` are the distances to the others; ``owner`` counts in ``seats``, -1 is nobody. Empty for more
    accounts than a page should carry.
    """
    sheet, panels = _sheet(run), _panels(run)
    if sheet is None or len(run.accounts) > MOST_TOLD_N or not set(run.accounts) >= TOLD:
        return {}
    drawn = run.accounts[sheet.drawn]
    seats = sorted({seat for column in panels.values() for seat in drawn[column].astype(str)} - {""})
    number = {seat: k for k, seat in enumerate(seats)}
    high_pt = 72 * figure.get_figheight()
    origins = [axes.transData.transform((0.0, 0.0)) * 72 / figure.dpi for axes in figure.axes]
    at = figure.axes[0].transData.transform(np.column_stack([sheet.east, sheet.north])[sheet.drawn]) * 72 / figure.dpi
    at[:, 1] = high_pt - at[:, 1]
    about = zip(drawn["account_id"], drawn["segment"], drawn["potential_usd"], strict=True)
    return {
        "at": at.round(1).tolist(),
        "panels": [[round(x - origins[0][0], 1), round(origins[0][1] - y, 1)] for x, y in origins],
        "names": [style.short(name, 40) for name in panels],
        "words": [f"{account} · {str(segment).replace('_', ' ')} · {style.usd(usd)} a year" for account, segment, usd in about],
        "seats": seats,
        "owner": [[number.get(seat, -1) for seat in drawn[column].astype(str)] for column in panels.values()],
        "today": list(panels).index(TODAY) if TODAY in panels else -1,
    }


@dataclass(frozen=True, eq=False)
class _Sheet:
    """What all panels share, in km: ``drawn`` says which accounts have a place; ``bounds`` are west, east, south, north."""

    east: FloatArray
    north: FloatArray
    drawn: NDArray[np.bool_]
    homes: pd.DataFrame
    outlines: tuple[FloatArray, ...]
    bounds: tuple[float, float, float, float]
    high_in: float
    home_pt: float


def _sheet(run: Run) -> _Sheet | None:
    """Project accounts and homes; None where no place is known."""
    homes = _homes(run)
    if not _panels(run) or homes.empty:
        return None
    latitude, longitude = run.accounts["latitude"].to_numpy(float), run.accounts["longitude"].to_numpy(float)
    known = np.isfinite(latitude) & np.isfinite(longitude)
    american = bool(in_us(latitude[known], longitude[known]).mean() >= MIN_US_SHARE)
    drawn = known & in_us(latitude, longitude) if american else known
    centre = float(np.median(latitude[known]))
    at = homes["latitude"].to_numpy(float), homes["longitude"].to_numpy(float)
    east, north = albers_km(latitude, longitude) if american else flat_km(latitude, longitude, centre)
    home_east, home_north = albers_km(*at) if american else flat_km(*at, centre)
    outlines = state_outlines_km() if american else ()
    bounds = _bounds(outlines, east[drawn], north[drawn], home_east, home_north)
    wide, high = bounds[1] - bounds[0], bounds[3] - bounds[2]
    high_in = float(np.clip(PANEL_IN * high / wide, 1.6, 5.0))
    home_pt = float(np.interp(len(homes), [20, 50, 120], [11.5, 9.0, 5.0]))
    km_per_pt = max(wide / PANEL_IN, high / high_in) / 72
    shown_east, shown_north = _dodged(home_east, home_north, 1.1 * home_pt * km_per_pt)
    homes = homes.assign(east=home_east, north=home_north, shown_east=shown_east, shown_north=shown_north)
    return _Sheet(east, north, drawn, homes.assign(colour=_colours(home_east, home_north)), outlines, bounds, high_in, home_pt)


def _subtitle(sheet: _Sheet) -> str:
    hidden = int((~sheet.drawn).sum())
    words = (
        "A spoke ties an account to its seat's numbered home; strong spokes: the account changes hands · short bundles: compact territories"
    )
    return words + (f" · {hidden:,} accounts have no place on this map" if hidden else "")


def _panel(axes: Axes, sheet: _Sheet, seat: Sequence[str], changed: NDArray[np.bool_], panel: int) -> None:
    axes.add_collection(PolyCollection(sheet.outlines, facecolor="#f1f3f5", edgecolor="#c3cad2", linewidth=0.5, zorder=0, rasterized=True))
    homes, at = sheet.homes, np.column_stack([sheet.east, sheet.north])
    position = {name: k for k, name in enumerate(homes["seat"].astype(str))}
    of = np.array([position.get(name, -1) for name in seat])
    owned, loose = sheet.drawn & (of >= 0), sheet.drawn & (of < 0)
    colours, numbers = homes["colour"].to_numpy(), homes["number"].to_numpy()
    home, shown = homes[["east", "north"]].to_numpy(float), homes[["shown_east", "shown_north"]].to_numpy(float)
    alpha = float(np.interp(owned.sum(), [300, 3000, 30000], [0.6, 0.28, 0.06]))
    for group, strength in ((owned & ~changed, 0.25 if changed.any() else 1.0), (owned & changed, 1.6)):
        spokes = list(np.stack([at[group], home[of[group]]], axis=1))
        ties = LineCollection(spokes, colors=colours[of[group]], linewidths=0.55, alpha=min(1.0, strength * alpha))
        ties.set(zorder=1, rasterized=True)
        axes.add_collection(ties)
    size = float(np.interp(len(seat), [300, 3000, 30000], [9, 3, 0.6]))
    axes.scatter(at[owned, 0], at[owned, 1], s=size, c=colours[of[owned]], lw=0, zorder=2, rasterized=True)
    axes.scatter(at[loose, 0], at[loose, 1], s=size, c=MUTED, marker="x", lw=0.5, zorder=2, rasterized=True)
    for k in np.flatnonzero(np.bincount(of[of >= 0], minlength=len(homes))):
        east, north = shown[k]
        axes.plot(east, north, marker="o", ms=sheet.home_pt, mfc="white", mec=colours[k], mew=1.3, zorder=3, gid=f"tip-{panel}-{k}")
        if len(homes) <= MAX_NUMBERED_N:
            axes.text(east, north, str(numbers[k]), ha="center", va="center_baseline", fontsize=0.56 * sheet.home_pt, color=INK, zorder=4)
    axes.set_xlim(*sheet.bounds[:2])
    axes.set_ylim(*sheet.bounds[2:])
    axes.set_aspect("equal")
    axes.set_anchor("W")
    axes.axis("off")


def _dodged(east: FloatArray, north: FloatArray, least_km: float) -> tuple[FloatArray, FloatArray]:
    """Places at least ``least_km`` apart: a home too near to an earlier one is shown at the next free point around it."""
    placed: list[tuple[float, float]] = []
    around = [(ring, angle) for ring in (1.0, 2.0, 3.0) for angle in np.arange(0, 2 * np.pi, np.pi / (3 * ring))]
    for x, y in zip(east, north, strict=True):
        candidates = [(x, y), *((x + least_km * r * np.cos(a), y + least_km * r * np.sin(a)) for r, a in around)]
        free = (c for c in candidates if all(np.hypot(c[0] - px, c[1] - py) >= 0.98 * least_km for px, py in placed))
        placed.append(next(free, (x, y)))
    shown = np.array(placed).reshape(-1, 2)
    return shown[:, 0], shown[:, 1]


def _panels(run: Run) -> dict[str, str]:
    """The column of the accounts that each panel draws: today, then the best designs that differ from it; empty without coordinates."""
    if not {"latitude", "longitude"} <= set(run.accounts) or not run.accounts[["latitude", "longitude"]].notna().all(axis=1).any():
        return {}
    panels = {TODAY: TODAY} if TODAY in run.accounts and (run.accounts[TODAY].astype(str) != "").any() else {}
    for arm in sorted(run.arms, key=run.is_reference):
        column = f"seat_{arm}"
        if column in run.accounts and not (TODAY in panels and (run.accounts[column] == run.accounts[TODAY]).all()):
            panels[arm] = column
    return dict(list(panels.items())[:MAX_PANELS_N])


def _homes(run: Run) -> pd.DataFrame:
    """Seats with a place (columns seat, latitude, longitude, number); one without a home is put amid its book today."""
    if not {"seat", "latitude", "longitude"} <= set(run.homes):
        return pd.DataFrame()
    homes = run.homes[["seat", "latitude", "longitude"]].drop_duplicates("seat").assign(number=lambda table: np.arange(1, len(table) + 1))
    if TODAY in run.accounts:
        centres = run.accounts.groupby(run.accounts[TODAY].astype(str))[["latitude", "longitude"]].median()
        for axis in ("latitude", "longitude"):
            homes[axis] = homes[axis].fillna(homes["seat"].astype(str).map(centres[axis]))
    return homes.dropna(subset=["latitude", "longitude"])


def _who(homes: pd.DataFrame, width_in: float) -> list[str]:
    """The seats behind the numbers, in lines of the figure's width; none where the numbers are not drawn."""
    if len(homes) > MAX_NUMBERED_N:
        return []
    names = (
        f"{number}\u00a0{style.short(seat, 18)}".replace(" ", "\u00a0")
        for number, seat in zip(homes["number"], homes["seat"].astype(str), strict=True)
    )
    return textwrap.wrap("Seats: " + " · ".join(names), int(width_in / 0.066))


def _km_of(run: Run, column: str) -> FloatArray:
    """Distance (accounts,) from every account to the home of its seat, NaN where one of the places is not known."""
    homes = _homes(run)
    home, seat = homes.set_index(homes["seat"].astype(str)), run.accounts[column].astype(str)
    of = (run.accounts["latitude"], run.accounts["longitude"], seat.map(home["latitude"]), seat.map(home["longitude"]))
    return distance_km(*(axis.to_numpy(float) for axis in of))


def _median_km(run: Run, column: str) -> float:
    """Median distance from an account to the home of its seat, NaN where no pair of places is known."""
    if _homes(run).empty or column not in run.accounts:
        return float("nan")
    km = _km_of(run, column)
    return float(np.nanmedian(km)) if np.isfinite(km).any() else float("nan")


def _moved(run: Run, column: str) -> str:
    if TODAY not in run.accounts or column == TODAY:
        return f"{len(run.accounts):,} accounts"
    return f"{style.percent(float((run.accounts[column] != run.accounts[TODAY]).mean()))} of accounts moved"


def _km(distance: float) -> str:
    return f"{style.plain(distance)}\u00a0km" if np.isfinite(distance) else "an unknown distance"


def _colours(east: FloatArray, north: FloatArray) -> list[str]:
    """A colour for every home that its nearest neighbours do not have, as far as the colours reach (greedy, in the order of the seats)."""
    colours: list[str] = []
    for k in range(len(east)):
        nearest = np.argsort(np.hypot(east[:k] - east[k], north[:k] - north[k]), kind="stable")[:NEIGHBOURS_N]
        taken = [colours[n] for n in nearest]
        colours.append(next((colour for colour in SEAT_COLOURS if colour not in taken), SEAT_COLOURS[k % len(SEAT_COLOURS)]))
    return colours


def _bounds(
    outlines: tuple[FloatArray, ...], east: FloatArray, north: FloatArray, home_east: FloatArray, home_north: FloatArray
) -> tuple[float, float, float, float]:
    """West, east, south, north of the panel, in km, with a margin."""
    if outlines:
        corners = np.concatenate(outlines)
        x, y = corners[:, 0], corners[:, 1]
    else:
        x, y = np.concatenate([east, home_east]), np.concatenate([north, home_north])
    margin = 0.02 * max(float(np.ptp(x)), float(np.ptp(y)), 10.0) + 1.0
    return float(x.min()) - margin, float(x.max()) + margin, float(y.min()) - margin, float(y.max()) + margin
