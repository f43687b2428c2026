"""Where the canonical columns are found in a company's export. Written in YAML; ``docs/crm.md`` shows how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

ACCOUNT_COLUMNS = (
    *("account_id", "name", "owner_id", "segment", "industry", "region", "latitude", "longitude", "employees", "annual_revenue_usd"),
    *("potential_usd", "fit", "customer_since", "arr_usd", "last_activity", "required_skills", "strategic", "parent_id"),
)
REP_COLUMNS = (
    *("rep_id", "name", "team", "role", "region", "latitude", "longitude"),
    *("capacity_h_per_week", "quota_usd", "start_date", "skills"),
)
DEAL_COLUMNS = ("deal_id", "account_id", "rep_id", "created", "closed", "stage", "amount_usd")
COLUMNS = {"accounts": ACCOUNT_COLUMNS, "reps": REP_COLUMNS, "deals": DEAL_COLUMNS}
REQUIRED = {"accounts": ("account_id", "name"), "reps": ("rep_id", "name"), "deals": ("deal_id", "account_id")}


@dataclass(frozen=True)
class Lookup:
    """Another file that says what a code means: the row whose ``key`` column holds the code gives the ``value`` column."""

    file: str
    key: str
    value: str


@dataclass(frozen=True)
class TableMapping:
    """One table of an export.

    ``columns`` names the file's column for a canonical one: not listed, it has the same name; null, it is not read. ``constants`` give a
    canonical column the same text in every row. ``lookups`` replace codes by another file's words, then ``values`` replace words.
    ``date_formats`` are tried in turn (Python's ``strptime``); without any, dates are ISO 8601 (2026-03-31, with or without a time).
    ``optional``: the file need not be there. A null ``file`` is a table that is not there.
    """

    file: str | None
    columns: Mapping[str, str | None] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    lookups: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    date_formats: Sequence[str] = ()
    optional: bool = False

    def __post_init__(self) -> None:
        # YAML reads 1 as a number and no as False: a cell is text, so are the words that replace it.
        object.__setattr__(self, "constants", {c: str(v) for c, v in self.constants.items()})
        object.__setattr__(self, "values", {c: {str(k): str(v) for k, v in words.items()} for c, words in self.values.items()})
        object.__setattr__(self, "lookups", {c: spec if isinstance(spec, Lookup) else Lookup(**spec) for c, spec in self.lookups.items()})
        object.__setattr__(self, "date_formats", tuple(self.date_formats))

    def mistakes(self, table: str) -> list[str]:
        """One line for each thing that is wrong with this mapping of accounts, reps or deals."""
        lines = []
        for kind in ("columns", "constants", "lookups", "values"):
            unknown = [name for name in getattr(self, kind) if name not in COLUMNS[table]]
            lines += [f"market.{table}.{kind}: {name!r} is not one of {', '.join(COLUMNS[table])}" for name in unknown]
        unmapped = [name for name in REQUIRED[table] if self.column(name) is None and name not in self.constants]
        lines += [f"market.{table}.columns: {name} must be mapped to a column" for name in unmapped]
        if self.file is None and table != "deals":
            lines.append(f"market.{table}.file: a file name is needed")
        return lines

    def column(self, canonical: str) -> str | None:
        """The file's name of a canonical column; None if it is not read from the file."""
        return None if canonical in self.constants else self.columns.get(canonical, canonical)

    def is_named(self, canonical: str) -> bool:
        """Whether the mapping names this column itself, so that it has to be there."""
        return self.column(canonical) not in (None, canonical)
