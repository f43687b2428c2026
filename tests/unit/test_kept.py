"""What is kept of a run comes back to the last bit; what is damaged or foreign does not come back, runs nothing, and is told."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.comparison import make_plans, tables_of
from experiments.running import store
from experiments.running.arms import Settings
from experiments.running.cells import Batch, Cell, run_batch
from experiments.running.kept import Kept
from tests.comparisons import DESIGNS, arms_of
from tests.markets import drawn_market

OTHER_NAN = np.array([-(2**51)], np.int64).view(np.float64)[0]  # what 0/0 makes on a common processor: its sign is set


class Runs:
    """An object that makes a folder when it comes out of a pickle."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return Path.mkdir, (self.marker,)


def cell(arm: str, future: int, metrics: Mapping[str, Any], seats_n: int = 2, **settings: Any) -> Cell:
    """A cell as the runner makes them, with awkward values."""
    keys = {"market": "Zürich", "draw": 0, "arm": arm, "future": future}
    seats = {**{name: np.repeat(np.array([value]), seats_n) for name, value in keys.items()}, "seat": np.array(["S1", "S10"][:seats_n])}
    columns = {"booked_usd": np.array([-0.0, OTHER_NAN])[:seats_n], "owned_n": np.arange(seats_n)}
    return Cell({**keys, "strategy": "x.Y", **settings, "status": "ok", "error": "", **metrics}, {**seats, **columns} if seats_n else {})


AWKWARD = [
    cell("one", 0, {"booked_usd": np.float64(-0.0), "leavers_n": 3, "gini": OTHER_NAN, "odd": np.inf}, p_share=0.1, p_name="a\nb"),
    cell("two", 0, {"booked_usd": 0.1 + 0.2, "leavers_n": np.int64(2**60 + 1), "gini": 5e-324}, p_share="auto", p_own="True"),
    cell("three", 0, {}, seats_n=0),
    cell("one", 1, {"booked_usd": 1e308, "leavers_n": 0, "gini": float("nan")}, seats_n=1, p_share=0.1, p_name=""),
]


def same_bits(one: pd.DataFrame, other: pd.DataFrame) -> None:
    """Columns, their order, their types and every bit of every number are the same."""
    pd.testing.assert_frame_equal(one, other, check_exact=True)
    for name in one:
        if one[name].dtype == np.float64:
            assert np.array_equal(one[name].to_numpy().view(np.int64), other[name].to_numpy().view(np.int64)), name


def same_tables(one: list[Cell], other: list[Cell]) -> None:
    """Both make the same tables."""
    before, after = tables_of(one), tables_of(other)
    same_bits(before.runs, after.runs)
    same_bits(before.seats, after.seats)


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    """Two batches, of two futures each."""
    (tmp_path / "run").mkdir()
    kept = Kept(tmp_path / "run" / "cells", "this run")
    kept.write(AWKWARD)
    kept.write([replace(one, row={**one.row, "future": one.row["future"] + 2}) for one in AWKWARD])
    return kept


def test_awkward_values_come_back_to_the_last_bit(tmp_path: Path) -> None:
    """Signs of zero and of what is no number, whole numbers, texts and settings of one arm only, cells without seats."""
    kept = Kept(tmp_path / "cells")
    kept.write(AWKWARD)
    back = kept.read()
    same_tables(AWKWARD, back)
    assert [list(one.row) for one in back] == [list(one.row) for one in AWKWARD]
    assert [isinstance(value, float) for one in back for value in one.row.values()] == [
        isinstance(value, float) for one in AWKWARD for value in one.row.values()
    ]
    assert back[2].seats == {}


def test_cells_that_were_lived_come_back_to_the_last_bit(tmp_path: Path) -> None:
    """The same of a real batch: three designs in two futures."""
    market, arms, asked = drawn_market(3, accounts_n=40), arms_of(DESIGNS), Settings(seed=3, quarters=2)
    (plans,) = make_plans([market], arms, asked)
    cells = run_batch(Batch(3, asked.horizon_days, market, tuple(arms), plans, (0, 1)))
    kept = Kept(tmp_path / "cells")
    kept.write(cells)
    same_tables(cells, kept.read())


def test_a_batch_that_failed_whole_comes_back(tmp_path: Path) -> None:
    """Where no cell has seats there is no table of seats."""
    kept = Kept(tmp_path / "cells")
    kept.write([AWKWARD[2]])
    same_tables([AWKWARD[2]], kept.read())


def cut(path: Path) -> None:
    """The end is gone, as of a copy that was broken off."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path: Path) -> None:
    """Nothing is left."""
    path.write_bytes(b"")


def one_bit(path: Path) -> None:
    """A bit in the midst of the numbers."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def a_text(path: Path) -> None:
    """Something else by that name."""
    path.write_text("futures\n", encoding="utf-8")


def an_array(path: Path) -> None:
    """NumPy's, but not a run's."""
    with path.open("wb") as file:
        np.save(file, np.arange(3))


def other_arrays(path: Path) -> None:
    """A whole file of another kind."""
    np.savez(path, numbers=np.arange(3.0))


def of_another_run(path: Path) -> None:
    """A whole file, of a run that was begun at another time."""
    other = Kept(path.parents[2] / "other", "another run")
    other.write(AWKWARD)
    shutil.move(other.folder / path.name, path)


def a_folder(path: Path) -> None:
    """Not even a file."""
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("damage", [cut, emptied, one_bit, a_text, an_array, other_arrays, of_another_run, a_folder])
def test_what_is_damaged_or_foreign_is_not_there(kept: Kept, damage: Callable[[Path], None], capsys: pytest.CaptureFixture[str]) -> None:
    """Its futures are left to be lived again, the others stay, and one line counts the files."""
    damage(kept.folder / "0-0.npz")
    assert {one.row["future"] for one in kept.read()} == {2, 3}
    said = capsys.readouterr().err
    assert said == f"1 of 2 files in {kept.folder} are damaged or not of this run: what they held is lived again\n"


def test_no_damaged_bit_is_taken_for_a_number(kept: Kept) -> None:
    """Wherever a bit is turned over, the file is not read, or what is read is what was written."""
    path = kept.folder / "0-0.npz"
    whole = path.read_bytes()
    first = [one for one in kept.read() if one.row["future"] < 2]
    refused_n = 0
    for place in range(0, len(whole), 29):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 16]) + whole[place + 1 :])
        back = [one for one in kept.read() if one.row["future"] < 2]
        refused_n += not back
        if back:
            same_tables(first, back)
    assert refused_n > len(whole) / 29 / 2


def test_nothing_that_is_found_there_runs(kept: Kept, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither a stray pickle, as runs of before left them, nor one under the name or inside of a file of ours."""
    marker, stray = tmp_path / "it ran", kept.folder / "0-4.pickle"
    stray.write_bytes(pickle.dumps([Runs(marker)]))
    shutil.copy(stray, kept.folder / "0-0.npz")
    np.savez(kept.folder / "0-2.npz", about=np.array([Runs(marker)], dtype=object))
    assert kept.read() == []
    assert not marker.exists()
    assert "3 of 3 files" in capsys.readouterr().err
    pickle.loads(stray.read_bytes())
    assert marker.exists()  # it would have, had anybody loaded it


def test_a_file_that_is_there_twice_counts_once(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    """A copy beside its original adds no rows."""
    shutil.copy(kept.folder / "0-0.npz", kept.folder / "0-0 copy.npz")
    assert len(kept.read()) == 2 * len(AWKWARD)
    assert "1 of 3 files" in capsys.readouterr().err


def test_what_was_never_whole_is_not_told(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    """The rest of a file that was being written when the run was killed is nothing to tell of."""
    shutil.copy(kept.folder / "0-0.npz", kept.folder / "0-4.npz.tmp")
    assert len(kept.read()) == 2 * len(AWKWARD)
    assert capsys.readouterr().err == ""


def test_whose_cells_they_are_is_in_the_run_s_own_words(tmp_path: Path) -> None:
    """Two runs of one market have the same drawn values, and not the same beginning."""
    for name, started in (("one", "10:00:00"), ("two", "10:00:01")):
        (tmp_path / name).mkdir()
        store.write_json(tmp_path / name / store.PROVENANCE, {"started": started, "fingerprint": "f"})
    one, two = (Kept.of(tmp_path / name) for name in ("one", "two"))
    one.write(AWKWARD)
    shutil.copytree(one.folder, two.folder)
    assert (len(one.read()), two.read()) == (len(AWKWARD), [])
