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
TEXTS_OF_ARMS, SETTINGS = "seat_", "p_"  # columns that begin so hold texts, or texts and numbers


def read_run_table(path: Path) -> pd.DataFrame:
    """One table of a run. Raises RunError, in one line, where it is not there, or not as it was written."""
    needed = NEEDED.get(path.name) or NEEDED[".seats.csv" if path.name.endswith(".seats.csv") else ".csv"]
    table = read_table(path)
    with reading(path):
        if missing := [name for name in needed if name not in table]:
            raise ValueError(f"it has no column {missing[0]}")
        for name in table:
            _check_kind(table, str(name), counts=name in needed and str(name).endswith("_n"))
    return table


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
