"""What a design changes for each seat: its book before and after, as its rep will ask."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.designs.evidence import Design, Planner
from sim.snapshot import UNASSIGNED, BoolArray, IntArray

DIGITS = {"potential_usd": 0, "load": 2, "travel_h_per_week": 1}


def seat_sheet(planner: Planner, design: Design) -> pd.DataFrame:
    """designs/<arm>.seats.csv: a row a seat, its book ``before`` (under today's owners) and ``after``. Rounded for people.

    Load and travel are those of experiments/designs/evidence.py. What is ``given`` goes to other seats, or to nobody; what is ``received``
    comes from there. ``deals`` are open ones. A relationship is an account that today's owner has worked; it is kept if the account stays.
    """
    problem, today = planner.problem, planner.today
    seats = problem.seats
    stays = today.owner == design.owner
    has_deal, has_relationship = problem.open_stage >= 0, problem.engaged_days > 0

    def number(owner: IntArray, which: BoolArray) -> IntArray:
        return np.bincount(owner[which & (owner != UNASSIGNED)], minlength=len(seats))

    columns: dict[str, object] = {"seat": seats.id, "seat_name": seats.name}
    for name in ("accounts_n", "potential_usd", "load", "travel_h_per_week", "customers_n"):
        for when, side in (("before", today), ("after", design)):
            columns[_between(name, when)] = _rounded(getattr(side, name), name)
        if name == "accounts_n":
            columns |= {"accounts_given_n": number(today.owner, ~stays), "accounts_received_n": number(design.owner, ~stays)}
    columns |= {
        "deals_kept_n": number(today.owner, stays & has_deal),
        "deals_given_n": number(today.owner, ~stays & has_deal),
        "deals_received_n": number(design.owner, ~stays & has_deal),
        "relationships_before_n": number(today.owner, has_relationship),
        "relationships_kept_n": number(today.owner, stays & has_relationship),
    }
    return pd.DataFrame(columns)


def _between(name: str, when: str) -> str:
    """accounts_n, before: accounts_before_n; the unit stays at the end."""
    what, _, unit = name.partition("_")
    return f"{what}_{when}_{unit}" if unit else f"{what}_{when}"


def _rounded(values: NDArray[np.generic], name: str) -> NDArray[np.generic]:
    return np.round(values.astype(np.float64), DIGITS[name]) if name in DIGITS else values
