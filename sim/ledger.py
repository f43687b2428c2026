"""Which parameters the data say, and which are assumed: rows of ledger.csv and lines for the terminal."""

from __future__ import annotations

from dataclasses import fields

from sim.market import LedgerEntry
from sim.world import SegmentRates, World

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

    def world(self, world: World) -> None:
        """Every parameter of nature: no CRM tells any of them."""
        rule = "a parameter of the world; no CRM tells it"
        for segment, rates in world.segments.items():
            for field in fields(SegmentRates):
                self.assumed(f"world.segments.{segment}.{field.name}", str(getattr(rates, field.name)), rule)
        for parameter in fields(World):
            if parameter.name != "segments":
                self.assumed(f"world.{parameter.name}", str(getattr(world, parameter.name)), rule)
