"""A CSV file as text: the cells of every row, and the number of the line on which the row begins."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from sim.crm.errors import Problems


@dataclass(frozen=True)
class CsvFile:
    """``rows`` holds (line, cells): the line is counted from 1 in the file, quoted line breaks included; all are as wide as the header.

    ``complete`` is False if rows of another width had to be left out.
    """

    file: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    complete: bool

    def position(self, column: str) -> int:
        """Position of a column; -1 if it is not there."""
        return self.header.index(column) if column in self.header else -1


def read_csv(path: Path, problems: Problems) -> CsvFile | None:
    """Read a UTF-8 file (with or without byte order mark), cells stripped, blank rows left out. None if it cannot be used at all."""
    file = path.name
    text = _text(path, problems)
    if text is None:
        return None
    if not text.strip():
        problems.add(f"{file}: the file is empty; its first line must name the columns")
        return None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: tuple[str, ...] | None = None
    rows: list[tuple[int, tuple[str, ...]]] = []
    line, complete = 1, True
    try:
        for raw in reader:
            cells = tuple(cell.strip() for cell in raw)
            if not any(cells):
                pass
            elif header is None:
                header = cells
            elif len(cells) != len(header):
                complete = False
                problems.add(f"{file}:{line}: {len(cells)} fields where the header has {len(header)}")
            else:
                rows.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        problems.add(f"{file}:{line}: a row that begins here is not CSV ({error}); is a quotation mark left open?")
        return None
    assert header is not None  # the text is not blank
    if not rows and complete:
        problems.add(f"{file}: there is a header, but no row below it")
        return None
    return CsvFile(file, header, tuple(rows), complete)


def _text(path: Path, problems: Problems) -> str | None:
    try:
        data = path.read_bytes()
    except OSError as error:
        problems.add(f"{path.name}: cannot be read ({error.strerror}): {path}")
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        byte = data[error.start]
        line = data.count(b"\n", 0, error.start) + 1
        problems.add(f"{path.name}:{line}: byte 0x{byte:02x} is not UTF-8; save the file as CSV UTF-8")
        return None
