"""Work that is done is kept at once, so that a run that is killed goes on where it was. What is kept is whole, or not there.

The files are tables and a text, never objects: reading one cannot run code, whoever wrote it.
"""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.format import read_array

from experiments.running.cells import Cell
from experiments.running.errors import RunError
from experiments.running.progress import tell
from experiments.running.store import CELLS, PROVENANCE, read_json, write_bytes

ABOUT, NUMBERS, SEATS = "about", "numbers", "seats."


@dataclass(frozen=True)
class Kept:
    """Cells in a folder of their own, one file (.npz) a batch, from which their tables come back to the last bit.

    ``run`` says whose they are, so that a file of another run is not taken for one of this.
    """

    folder: Path
    run: str = ""

    @classmethod
    def of(cls, folder: Path) -> Kept:
        """What the run in a results folder has lived."""
        about = read_json(folder / PROVENANCE)
        return cls(folder / CELLS, f"{about.get('started')} {about.get('fingerprint')}")

    def write(self, cells: Sequence[Cell]) -> None:
        """Keep the cells of a batch. Raises RunError where they cannot be written."""
        try:
            self.folder.mkdir(exist_ok=True)
        except OSError as error:
            raise RunError(f"cannot make {self.folder} ({error.strerror}); make room there, then go on with  resume=DIR", 1) from error
        first = cells[0].row
        write_bytes(self.folder / f"{first['draw']}-{first['future']}.npz", _packed(self.run, cells))

    def read(self) -> list[Cell]:
        """All cells that were kept. What is in a file that is damaged, or of another run, is not there; one line says in how many."""
        cells: list[Cell] = []
        there: set[tuple[int, int]] = set()
        files = [path for path in sorted(self.folder.glob("*")) if path.suffix != ".tmp"]  # a run was killed while it wrote that one
        bad_n = 0
        for path in files:
            try:
                found = _unpacked(self.run, path)
            except Exception:  # whatever is wrong with it, what it held can be lived again
                found = []
            futures = {(cell.row["draw"], cell.row["future"]) for cell in found}
            if not found or futures & there:
                bad_n += 1
                continue
            cells += found
            there |= futures
        if bad_n:
            tell(f"{bad_n} of {len(files)} files in {self.folder} are damaged or not of this run: what they held is lived again")
        return cells

    def drop(self) -> None:
        """Forget them: the tables hold all that was measured."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _packed(run: str, cells: Sequence[Cell]) -> bytes:
    """Rows as a text, but for their floats, which are an array of their own in the order of the rows, as every bit of them counts; the
    seats of all cells one below the other.
    """
    lived = [cell.seats for cell in cells if cell.seats]
    about = {
        "run": run,
        "rows": [{name: None if isinstance(value, float) else value for name, value in cell.row.items()} for cell in cells],
        "seat_rows_n": [len(next(iter(cell.seats.values()), ())) for cell in cells],
    }
    arrays: dict[str, Any] = {
        ABOUT: np.frombuffer(json.dumps(about, default=lambda number: number.item()).encode(), np.uint8),
        NUMBERS: np.array([value for cell in cells for value in cell.row.values() if isinstance(value, float)], np.float64),
        **{f"{SEATS}{name}": np.concatenate([table[name] for table in lived]) for name in (lived[0] if lived else ())},
    }
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def _unpacked(run: str, path: Path) -> list[Cell]:
    """The cells of a file. Raises whatever zipfile or NumPy do where it is damaged, and ValueError where it is of another run."""
    with zipfile.ZipFile(path) as file:  # reads a member whole and checks its sum, where np.load looks at the sum after it has parsed
        members = {name.removesuffix(".npy"): io.BytesIO(file.read(name)) for name in file.namelist()}
    arrays = {name: read_array(content, allow_pickle=False) for name, content in members.items()}
    about, numbers = json.loads(arrays.pop(ABOUT).tobytes()), iter(arrays.pop(NUMBERS).tolist())
    if about["run"] != run:
        raise ValueError(f"{path} is of another run")
    ends = np.cumsum(about["seat_rows_n"])[:-1]
    columns = {name.removeprefix(SEATS): np.split(values, ends) for name, values in arrays.items()}
    return [
        Cell(
            {name: next(numbers) if value is None else value for name, value in row.items()},
            {name: parts[k] for name, parts in columns.items()} if rows_n else {},
        )
        for k, (row, rows_n) in enumerate(zip(about["rows"], about["seat_rows_n"], strict=True))
    ]
