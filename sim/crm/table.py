"""One file of an export while it is read: the canonical cells of each row, and the file's own cell behind each for the error lines."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from sim.crm.csv_file import CsvFile, read_csv
from sim.crm.errors import Problems
from sim.crm.mapping import COLUMNS, REQUIRED, Lookup, TableMapping
from sim.crm.rows import Row, RowContext, faults

AnyRow = TypeVar("AnyRow", bound=Row)


class Table:
    """A file with its mapping applied. ``complete`` is False where the file, a column of it or some of its rows cannot be used."""

    def __init__(self, folder: Path, kind: str, mapping: TableMapping, problems: Problems) -> None:
        """``kind`` is accounts, reps or deals. What is wrong with the file as a whole goes to ``problems``."""
        self.kind = kind
        self.file = mapping.file or ""
        self._mapping = mapping
        self._problems = problems
        self._raw: dict[int, tuple[str, ...]] = {}
        self._cells: dict[int, dict[str, str]] = {}  # by line; blank cells are left out
        self._positions: dict[str, int] = {}
        self.complete = False
        if mapping.file is None or (mapping.optional and not (folder / mapping.file).exists()):
            return
        csv = _open(folder, mapping.file, problems)
        if csv is None or not self._columns_are_there(csv):
            return
        self.complete = csv.complete
        self._raw = dict(csv.rows)
        self._map_cells(csv, folder)

    def name_of(self, canonical: str) -> str:
        """The file's own name of a column."""
        return self._mapping.column(canonical) or canonical

    def raw(self, line: int, canonical: str) -> str:
        """What stands in the file."""
        position = self._positions.get(canonical, -1)
        return self._raw[line][position] if position >= 0 else self._cells[line].get(canonical, "")

    def values(self, canonical: str) -> Mapping[str, int]:
        """The column's words, each with the first line on which it stands."""
        first: dict[str, int] = {}
        for line, cells in self._cells.items():
            if canonical in cells:
                first.setdefault(cells[canonical], line)
        return first

    def complain(self, line: int, canonical: str, what: str) -> None:
        """One more error, in this column of this line."""
        self._problems.add_cell(self.file, line, self.name_of(canonical), self.raw(line, canonical), what)

    def check_unique(self, canonical: str) -> None:
        """Every id stands on one line only."""
        first = self.values(canonical)
        for line, cells in self._cells.items():
            if canonical in cells and first[cells[canonical]] != line:
                self.complain(line, canonical, f"is on line {first[cells[canonical]]} already")

    def check_exists(self, canonical: str, other: Table, key: str) -> None:
        """Every id is in the other table; not asked where that table is not complete."""
        known = other.values(key)
        for line, cells in self._cells.items():
            if other.complete and canonical in cells and cells[canonical] not in known:
                self.complain(line, canonical, f"is not in {other.file}")

    def rows(self, model: type[AnyRow], segments: tuple[str, ...]) -> list[AnyRow]:
        """The valid rows; an error for each cell that is not."""
        context = RowContext(tuple(self._mapping.date_formats), segments)
        rows = []
        for line, cells in self._cells.items():
            try:
                rows.append(model.model_validate({"line": line, **cells}, context=context))
            except ValidationError as error:
                for canonical, what in faults(error).items():
                    self.complain(line, canonical, what)
        return rows

    def _columns_are_there(self, csv: CsvFile) -> bool:
        wrong = []
        for canonical in COLUMNS[self.kind]:
            column = self._mapping.column(canonical)
            copies = csv.header.count(column) if column is not None else 1
            if copies > 1:
                wrong.append(f"{csv.file}:1: column {column!r} is there {copies} times")
            if copies == 0 and (canonical in REQUIRED[self.kind] or self._mapping.is_named(canonical)):
                meant = f" (for {canonical})" if column != canonical else ""
                wrong.append(f"{csv.file}:1: column {column!r}{meant} is missing; there are {', '.join(csv.header)}")
        for line in wrong:
            self._problems.add(line)
        return not wrong

    def _map_cells(self, csv: CsvFile, folder: Path) -> None:
        constants = {canonical: text for canonical, text in self._mapping.constants.items() if text}
        self._cells = {line: dict(constants) for line, _ in csv.rows}
        for canonical in COLUMNS[self.kind]:
            column = self._mapping.column(canonical)
            position = -1 if column is None else csv.position(column)
            if position < 0:
                continue
            self._positions[canonical] = position
            words = self._mapping.values.get(canonical, {})
            lookup = self._mapping.lookups.get(canonical)
            codes = self._codes(folder, lookup) if lookup else {}
            for line, row in csv.rows:
                text = row[position]
                if text and lookup and codes:
                    if text not in codes:
                        self.complain(line, canonical, f"is not in {lookup.file}")
                    text = codes.get(text, "")
                text = words.get(text, text)
                if text:
                    self._cells[line][canonical] = text

    def _codes(self, folder: Path, lookup: Lookup) -> dict[str, str]:
        """Words by code; empty if the file cannot be used, which is an error of its own."""
        csv = _open(folder, lookup.file, self._problems)
        if csv is None:
            return {}
        missing = [column for column in (lookup.key, lookup.value) if column not in csv.header]
        for column in missing:
            self._problems.add(f"{csv.file}:1: column {column!r} is missing; there are {', '.join(csv.header)}")
        key, value = csv.position(lookup.key), csv.position(lookup.value)
        return {} if missing else {row[key]: row[value] for _, row in csv.rows}


def _open(folder: Path, file: str, problems: Problems) -> CsvFile | None:
    if (folder / file).is_file():
        return read_csv(folder / file, problems)
    problems.add(f"{file}: there is no such file in {folder}")
    return None
