"""The tables of a finished run as its readers need them: all there, with the columns that nobody can do without, each of its kind.

Whoever reads a table of a run reads it here, so that a file that was changed by hand, cut or lost is one line that names it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from experiments.running.store import TEXT_COLUMNS, read_table, reading

if TYPE_CHECKING:
    import pandas as pd

NEEDED = {
    "summary.csv": ("arm", "strategy", "baseline", "lift_share", "error"),
    "pairwise.csv": ("arm_a", "arm_b", "lift_share", "low_share", "high_share", "verdict"),
    "runs.parquet": ("draw", "arm", "future", "strategy", "status", "error"),
    "seats.parquet": ("draw", "arm", "future", "seat", "quarter", "bookings_usd", "quota_usd"),
    "accounts.parquet": ("account_id", "latitude", "longitude", "segment", "potential_usd", "today"),
    "seats_home.csv": ("seat", "latitude", "longitude", "capacity_h_per_week"),
    "ledger.csv": ("parameter", "value", "status", "rule", "rows_n"),
    "seat_outlook.csv": ("draw", "arm", "seat", "quota_probability_share"),
    ".csv": ("account_id", "account_name", "from_seat", "to_seat", "reason"),
    ".seats.csv": (
        *("seat", "seat_name", "accounts_before_n", "accounts_after_n", "accounts_given_n", "accounts_received_n"),
        *("potential_before_usd", "potential_after_usd", "load_before", "load_after"),
        *("travel_before_h_per_week", "travel_after_h_per_week", "customers_before_n", "customers_after_n"),
        *("deals_kept_n", "deals_given_n", "deals_received_n", "relationships_before_n", "relationships_kept_n"),
    ),
}
KEYS = {
    "summary.csv": ["arm"],
    "pairwise.csv": ["arm_a", "arm_b"],
    "runs.parquet": ["draw", "arm", "future"],
    "seats.parquet": ["draw", "arm", "future", "seat", "quarter"],
    "accounts.parquet": ["account_id"],
    "seats_home.csv": ["seat"],
    "seat_outlook.csv": ["draw", "arm", "seat"],
    ".csv": ["account_id"],
    ".seats.csv": ["seat"],
}
TEXTS_OF_ARMS, SETTINGS = "seat_", "p_"  # columns that begin so hold texts, or texts and numbers


def read_run_table(path: Path, *more: str) -> pd.DataFrame:
    """One table of a run, with ``more`` columns than all need. Raises RunError, in one line, where it is not there or not as written."""
    kind = path.name if path.name in NEEDED else ".seats.csv" if path.name.endswith(".seats.csv") else ".csv"
    table, needed = read_table(path), (*NEEDED[kind], *more)
    with reading(path):
        if missing := [name for name in needed if name not in table]:
            raise ValueError(f"it has no column {missing[0]}")
        for name in table:
            _check_kind(table, str(name), counts=name in needed and str(name).endswith("_n"))
        if kind in KEYS and (twice := table.duplicated(KEYS[kind])).any():
            raise ValueError(f"row {table.index[twice][0] + 1} has the same {', '.join(KEYS[kind])} as another one")
    return table


def read_design(folder: Path, arm: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """An arm's designs/<arm>.csv and designs/<arm>.seats.csv. Raises RunError where they do not belong together, too."""
    accounts, seats = (folder / "designs" / f"{arm}.{suffix}" for suffix in ("csv", "seats.csv"))
    design, sheet = read_run_table(accounts), read_run_table(seats)
    with reading(accounts):
        if unknown := sorted({*design["from_seat"], *design["to_seat"]} - {*sheet["seat"], ""}):
            raise ValueError(f"it names the seat {unknown[0]!r}, which {seats.name} does not have")
    return design, sheet


def _check_kind(table: pd.DataFrame, name: str, counts: bool) -> None:
    """Raise ValueError for words where numbers belong, and the other way round, and for a cell without a number where something counts."""
    from pandas.api.types import infer_dtype

    column = table[name]
    if name.startswith(SETTINGS) or not len(column):
        return
    if name in TEXT_COLUMNS or name.startswith(TEXTS_OF_ARMS):
        if column.isna().any() or infer_dtype(column, skipna=False) != "string":
            raise ValueError(f"the column {name} holds something else than texts")
    elif column.dtype.kind not in "biuf":
        raise ValueError(f"the column {name} holds {str(next(iter(column.dropna()), ''))[:20]!r}, where numbers belong")
    elif counts and column.isna().any():
        raise ValueError(f"the column {name} has cells without a number")
