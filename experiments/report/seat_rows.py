"""The sheet of seats as a reader sees it: one row a seat with before and after side by side, and what it says in a sentence."""

from __future__ import annotations

import numpy as np
import pandas as pd

from experiments.figures import style
from sim.snapshot import FloatArray


def changes_in_words(sheet: pd.DataFrame) -> str:
    """What a design changes for all seats: how many it touches, the fullest and the emptiest book, deals and relationships that stay."""
    touched = int(((sheet["accounts_given_n"] > 0) | (sheet["accounts_received_n"] > 0)).sum())
    text = f"{touched:,} of {len(sheet):,} seats give or receive accounts."
    loads = [sheet[f"load_{when}"].dropna() for when in ("before", "after")]
    if all(len(load) for load in loads):
        (fullest, after), (emptiest, then) = (_loads(loads, pick) for pick in ("max", "min"))
        text += f" The fullest book asks {after} its seat's hours instead of {fullest}, the emptiest {then} instead of {emptiest}."
    kept, deals = int(sheet["deals_kept_n"].sum()), int(sheet["deals_kept_n"].sum() + sheet["deals_given_n"].sum())
    stay, there = int(sheet["relationships_kept_n"].sum()), int(sheet["relationships_before_n"].sum())
    if not deals + there:
        return text
    return f"{text} {kept:,} of {deals:,} open deals and {stay:,} of {there:,} relationships stay with their rep."


def _loads(loads: list[pd.Series], pick: str) -> tuple[str, ...]:
    return tuple(f"{style.plain(float(getattr(load, pick)()), 1)}x" for load in loads)


def seat_rows(sheet: pd.DataFrame, chance_before: FloatArray, chance_after: FloatArray) -> list[dict[str, str]]:
    """Every seat's cells as text: before, an arrow and after; what is given and received with its sign."""
    rows = []
    for row, before, after in zip(sheet.to_dict("records"), chance_before, chance_after, strict=True):
        given, received = row["accounts_given_n"], row["accounts_received_n"]
        rows.append(
            {
                "seat": row["seat"],
                "name": row["seat_name"],
                "accounts": _arrow(*(f"{row[f'accounts_{when}_n']:,}" for when in ("before", "after"))),
                "moves": " ".join([*([f"−{given:,}"] if given else []), *([f"+{received:,}"] if received else [])]),
                "potential": _arrow(*(style.usd(row[f"potential_{when}_usd"]) for when in ("before", "after"))),
                "load": _arrow(*(_times(row[f"load_{when}"]) for when in ("before", "after"))),
                "travel": _arrow(*(style.plain(row[f"travel_{when}_h_per_week"], 1) for when in ("before", "after"))),
                "customers": _arrow(*(f"{row[f'customers_{when}_n']:,}" for when in ("before", "after"))),
                "deals": " / ".join(f"{row[f'deals_{what}_n']:,}" for what in ("kept", "given", "received")),
                "relationships": f"{row['relationships_kept_n']:,} of {row['relationships_before_n']:,}",
                "chance": _arrow(style.percent(before), style.percent(after)),
            }
        )
    return rows


def _times(load: float) -> str:
    return f"{style.plain(load, 1)}x" if np.isfinite(load) else "–"


def _arrow(before: str, after: str) -> str:
    return f"{before} → {after}"
