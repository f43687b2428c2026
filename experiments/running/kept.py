"""Work that is done is kept at once, so that a run that is killed goes on where it was. What is kept is whole, or not there."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from experiments.running.cells import Cell
from experiments.running.store import write_bytes


@dataclass(frozen=True)
class Kept:
    """Cells in a folder of their own, one file a batch. They stay as they were in memory: their tables are the same to the last bit."""

    folder: Path

    def write(self, cells: Sequence[Cell]) -> None:
        """Keep the cells of a batch. Raises RunError where they cannot be written."""
        self.folder.mkdir(exist_ok=True)
        first = cells[0].row
        write_bytes(self.folder / f"{first['draw']}-{first['future']}.pickle", pickle.dumps(list(cells)))

    def read(self) -> list[Cell]:
        """All cells that were kept."""
        return [cell for path in sorted(self.folder.glob("*.pickle")) for cell in pickle.loads(path.read_bytes())]

    def drop(self) -> None:
        """Forget them: the tables hold all that was measured."""
        shutil.rmtree(self.folder, ignore_errors=True)
