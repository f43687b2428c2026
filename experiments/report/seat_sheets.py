"""One sheet a seat, as its rep will ask: the book before and after, what leaves it, what joins it, and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from experiments.figures import style
from experiments.figures.tables import Run
from experiments.report.seat_rows import changes_in_words
from sim.snapshot import FloatArray

MOST_SEATS_N, MOST_MOVES_N = 300, 80  # on a page, and of one seat each way: what a browser opens at once


def _number(value: float) -> str:
    return style.plain(value)


def _hours(value: float) -> str:
    return style.plain(value, 1)


def _times(value: float) -> str:
    return f"{style.plain(value, 1)}x" if np.isfinite(value) else "–"


MEASURES: tuple[tuple[str, str, str, Callable[[float], str]], ...] = (
    ("Accounts", "accounts_before_n", "accounts_after_n", _number),
    ("Potential a year", "potential_before_usd", "potential_after_usd", style.usd),
    ("Hours asked over hours there are", "load_before", "load_after", _times),
    ("Hours on the road a week", "travel_before_h_per_week", "travel_after_h_per_week", _hours),
    ("Customers", "customers_before_n", "customers_after_n", _number),
)


def seat_sheets(run: Run) -> dict[str, Any]:
    """What seats.html says, all numbers as text; empty where the run has no sheet. Of many seats those that change most are there."""
    sheet = run.sheet
    if sheet.empty:
        return {}
    chances = [run.quota_chances(arm, sheet["seat"]) for arm in (run.baseline, run.best)]
    sheet = sheet.assign(chance_before=chances[0], chance_after=chances[1])
    changes = sheet["accounts_given_n"] + sheet["accounts_received_n"]
    shown = sheet.loc[sorted(changes.sort_values(ascending=False, kind="stable").index[:MOST_SEATS_N])]
    names = dict(zip(sheet["seat"].astype(str), sheet["seat_name"].astype(str), strict=True))
    leaving, joining = (_by_seat(run, side) for side in ("from_seat", "to_seat"))
    sheets = [
        {
            "id": f"seat-{k}",
            "seat": str(row["seat"]),
            "name": str(row["seat_name"]),
            "measures": _measures(row, sheet),
            "words": _in_words(row),
            "lists": [
                _moves("Leave this book", "To", leaving.get(str(row["seat"])), "to_seat", names),
                _moves("Join this book", "From", joining.get(str(row["seat"])), "from_seat", names),
            ],
        }
        for k, (_, row) in enumerate(shown.iterrows())
    ]
    return {"arm": run.best, "baseline": run.baseline_words, "words": changes_in_words(sheet), "sheets": sheets, "seats_n": len(sheet)}


def _by_seat(run: Run, side: str) -> dict[str, pd.DataFrame]:
    """The accounts that change hands, by the seat on one ``side``, those of the highest potential first."""
    moves = run.moves
    if moves.empty:
        return {}
    potential = pd.Series(dtype=float)
    if {"account_id", "potential_usd"} <= set(run.accounts):
        potential = run.accounts.set_index(run.accounts["account_id"].astype(str))["potential_usd"]
    moves = moves.assign(potential_usd=moves["account_id"].astype(str).map(potential))
    moves = moves.sort_values(["potential_usd", "account_id"], ascending=[False, True], kind="stable", na_position="last")
    return {str(seat): rows for seat, rows in moves.groupby(moves[side].astype(str))}


def _measures(row: pd.Series, sheet: pd.DataFrame) -> list[dict[str, Any]]:
    """A row a measure: before, after, and where both stand between the team's least and most (0 to 100)."""
    rows = []
    for label, before, after, write in MEASURES:
        if {before, after} <= set(sheet):
            team = sheet[[before, after]].to_numpy(float)
            words = {"before": write(row[before]), "after": write(row[after])}
            rows.append({"label": label, **words, **_between(row[before], row[after], team)})
    if np.isfinite([row["chance_before"], row["chance_after"]]).any():
        chances = (float(row["chance_before"]), float(row["chance_after"]))
        words = {"before": style.percent(chances[0]), "after": style.percent(chances[1])}
        rows.append({"label": "Chance to reach quota", **words, **_between(*chances, np.array([0.0, 1.0]))})
    return rows


def _between(before: float, after: float, team: FloatArray) -> dict[str, Any]:
    if not np.isfinite([before, after]).all():
        return {"at": None}
    low, high = float(np.nanmin(team)), float(np.nanmax(team))
    span = high - low if high > low else 1.0
    return {"at": [round(100 * (value - low) / span, 1) for value in (before, after)]}


def _in_words(row: pd.Series) -> str:
    """Deals and relationships that stay with the rep."""
    deals = int(row["deals_kept_n"] + row["deals_given_n"])
    stay, there = int(row["relationships_kept_n"]), int(row["relationships_before_n"])
    parts = [f"{int(row['deals_kept_n'])} of {deals} open deals stay" if deals else "no open deals today"]
    parts += [f"{int(row['deals_received_n'])} come with accounts that join"] if row["deals_received_n"] else []
    parts += [f"{stay} of {there} relationships stay"] if there else []
    words = ", ".join(parts)
    return f"{words[0].upper()}{words[1:]}."


def _moves(heading: str, direction: str, moves: pd.DataFrame | None, side: str, names: dict[str, str]) -> dict[str, Any]:
    rows: list[dict[str, str]] = []
    moves = pd.DataFrame() if moves is None else moves
    for move in moves.head(MOST_MOVES_N).to_dict("records"):
        other, touched = str(move[side]), move.get("last_touch_days_ago", np.nan)
        seat = f"{other} {names[other]}" if names.get(other, other) != other else other
        rows.append(
            {
                "account": str(move["account_id"]),
                "name": str(move.get("account_name", "")),
                "seat": seat if other else "nobody",
                "potential": style.usd(float(move["potential_usd"])),
                "touched": f"{int(touched)} days ago" if pd.notna(touched) else "–",
                "why": str(move.get("reason", "")),
            }
        )
    return {"heading": heading, "direction": direction, "n": len(moves), "rows": rows, "left_out_n": len(moves) - len(rows)}
