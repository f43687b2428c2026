"""Which parameters the data say, and which are assumed: rows of ledger.csv and lines for the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from sim.market import LedgerEntry
from sim.uncertainty import of_odds
from sim.world import World

IDENTIFIED, ASSUMED = "identified", "assumed"


class Ledger:
    """Collects entries, and a line for the terminal for every rule that treated rows."""

    def __init__(self) -> None:
        self.entries: list[LedgerEntry] = []
        self.notes: list[str] = []

    def identified(self, parameter: str, value: str, rule: str, rows_n: int = 0) -> None:
        """The data say it."""
        self.entries.append(LedgerEntry(parameter, value, IDENTIFIED, rule, rows_n))

    def assumed(self, parameter: str, value: str, rule: str, rows_n: int = 0) -> None:
        """A default, or a quantity drawn from an assumed distribution."""
        self.entries.append(LedgerEntry(parameter, value, ASSUMED, rule, rows_n))

    def note(self, line: str) -> None:
        """A line for the terminal."""
        self.notes.append(line)

    def column(self, parameter: str, missing_n: int, rows_n: int, rule: str) -> None:
        """A column of the export: identified in the rows that have it, filled by ``rule`` in ``missing_n`` of ``rows_n`` rows."""
        if missing_n < rows_n:
            self.identified(parameter, "as in the file", "read", rows_n - missing_n)
        if missing_n:
            self.assumed(parameter, "filled", rule, missing_n)
            self.note(f"{parameter} is missing{f' in {missing_n:,} of {rows_n:,} rows' if missing_n < rows_n else ''}: {rule}")

    def rows(self, parameter: str, rows_n: int, rule: str) -> None:
        """Rows that are there and yet were treated by a rule; nothing is said where there are none."""
        if rows_n:
            self.assumed(parameter, "changed", rule, rows_n)
            self.note(f"{parameter}, {rows_n:,} rows: {rule}")

    def world(self, world: World, spread: Mapping[str, float] | None = None) -> None:
        """Every parameter of nature: no CRM tells any of them. ``spread`` says which of them further draws of the market change."""
        self._parameters("world", world, spread or {})

    def _parameters(self, prefix: str, part: Any, spread: Mapping[str, float]) -> None:
        for field in fields(part):
            name, value = f"{prefix}.{field.name}", getattr(part, field.name)
            if isinstance(value, Mapping):
                for key, group in value.items():
                    self._parameters(f"{name}.{key}", group, spread)
            elif is_dataclass(value) and not isinstance(value, type):
                if value == type(value)():
                    self.assumed(name, "off", "it does not happen in this world")
                else:
                    self._parameters(name, value, spread)
            else:
                self.assumed(name, str(value), "a parameter of the world; no CRM tells it" + drawn(field.name, spread if value else {}))


def drawn(name: str, spread: Mapping[str, float]) -> str:
    """The end of a rule: how further draws of the market change a parameter, nothing if they do not."""
    if not spread.get(name):
        return ""
    return f"; {'its odds' if of_odds(name) else 'it'} times a lognormal factor in every draw but the first (log-sd {spread[name]:g})"
