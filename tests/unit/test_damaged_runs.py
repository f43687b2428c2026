"""A run whose files somebody, or something, has been at: whoever reads it says so in one line that names the file."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hydra import compose, initialize_config_module

from experiments.benchmark import Suite, runs_of
from experiments.cli import main
from experiments.figures import style
from experiments.report.drawing import Drawn, modules
from experiments.runner import run_comparison
from experiments.running import store
from experiments.running.arms import Settings
from experiments.running.configuration import broken_off
from experiments.running.errors import RunError
from experiments.running.run_tables import NEEDED, read_run_table
from experiments.running.store import TEXT_COLUMNS
from experiments.sweeps.aggregate import aggregate
from experiments.sweeps.folders import runs_below
from tests.comparisons import DESIGNS, TODAY, arms_of
from tests.damage import DAMAGES, harm
from tests.markets import synthetic

JOINED = ("summary.csv", "pairwise.csv", "provenance.json", "STATUS")  # what ./run aggregate reads of a run


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real run, small; two of its designs could be rolled out."""
    root, asked = tmp_path_factory.mktemp("results"), Settings(seed=3, futures=3, quarters=4, config={"seed": 3})
    return run_comparison(synthetic(60, 3), arms_of(DESIGNS), TODAY, asked, root, progress=False, pages=False)


@pytest.fixture(autouse=True)
def nothing_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures cost seconds; a damaged file is found before."""

    def draw_all(run: object, folder: Path) -> dict[str, Drawn]:
        with style.applied():
            return {name: Drawn(name, "", "", style.notice("", ""), "") for name in modules()}

    monkeypatch.setattr("experiments.report.page.draw_all", draw_all)
    monkeypatch.setattr("experiments.report.page.write_pdf", lambda *args: None)


def files_of(run: Path) -> list[str]:
    """The files that a reader of a run depends on."""
    found = [path for path in run.rglob("*") if path.suffix in (".csv", ".parquet", ".json") or path.name == store.STATUS_FILE]
    return sorted(str(path.relative_to(run)) for path in found if not path.name.endswith(".salesforce.csv"))


def harmed(whole: Path, root: Path, name: str, do: Callable[[Path], object]) -> Path:
    """A copy of the run of which one file was changed."""
    folder = root / name.replace("/", "_")
    shutil.copytree(whole, folder)
    do(folder / name)
    return folder


def test_a_whole_run_is_read(whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the other tests damage has nothing wrong with it, and holds every table that there is."""
    folder = harmed(whole, tmp_path, "summary.csv", lambda path: None)
    assert main(["report", str(folder)]) == 0, capsys.readouterr().err
    assert {name for name in NEEDED if not name.startswith(".")} <= set(files_of(whole))
    assert {"designs/equal_count.csv", "designs/equal_count.seats.csv"} <= set(files_of(whole))
    assert not aggregate(runs_below([folder]))[0].empty


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_of_a_run_is_one_line(whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: str) -> None:
    """Every file, missing, empty, cut, overwritten, of another schema or of none: report, aggregate and resume name it, exit code 2."""
    for name in files_of(whole):
        if (name == store.STATUS_FILE and damage in ("schema", "no schema")) or name.startswith(("designs/random", "designs/status")):
            continue  # STATUS is one word; nobody reads the designs of a yardstick, and those of today's owners come last
        folder = harmed(whole, tmp_path, name, lambda path: harm(path, damage))
        assert main(["report", str(folder)]) == 2, name
        (line,) = capsys.readouterr().err.splitlines()
        finds_no_run = damage == "missing" and name == "provenance.json"
        says_unfinished = damage == "missing" and name == store.STATUS_FILE
        assert (str(folder) if finds_no_run or says_unfinished else str(folder / name)) in line
        assert "again" in line or "name the folder" in line or "resume=" in line
        if name in JOINED and not says_unfinished:
            with pytest.raises(RunError) as told:
                aggregate(runs_below([folder]))
            assert str(folder) in str(told.value)
            assert "\n" not in str(told.value)
        if name == "provenance.json":
            with initialize_config_module("conf", version_base="1.3"), pytest.raises(RunError, match=r"provenance\.json"):
                broken_off(folder, compose("config"), [])


@pytest.mark.parametrize("how", ["dropped", "of another kind"])
def test_a_damaged_column_of_a_run_is_one_line(whole: Path, tmp_path: Path, how: str) -> None:
    """A column that readers cannot do without is gone, or holds words for numbers, or numbers for texts: file and column are named."""
    for name in files_of(whole):
        if not name.endswith((".csv", ".parquet")):
            continue
        table, kind = store.read_table(whole / name), name if name in NEEDED else name[name.index(".") :]
        for column in NEEDED[kind]:
            changed = table.drop(columns=column) if how == "dropped" else table.assign(**{column: 5 if column in TEXT_COLUMNS else "x"})
            store.write_table(tmp_path / Path(name).name, changed)
            if how != "dropped" and name.endswith(".csv") and column in TEXT_COLUMNS:
                continue  # in a CSV file a number in a column of texts is a text
            with pytest.raises(RunError, match=rf"{Path(name).name}: cannot be read .*{column}"):
                read_run_table(tmp_path / Path(name).name)


@pytest.mark.parametrize("damage", [*DAMAGES, "column"])
def test_damaged_runs_of_a_benchmark_are_one_line(whole: Path, tmp_path: Path, damage: str) -> None:
    """The table of a case that the leaderboard is made of is named; a column that it needs for the scores is, too."""
    path = tmp_path / "plain" / "small" / "now" / "runs.parquet"
    shutil.copytree(whole, path.parent)
    if damage == "column":
        store.write_table(path, store.read_table(path).drop(columns="control_variate_usd"))
    else:
        harm(path, damage)
    with pytest.raises(RunError, match=r"runs\.parquet: ") as told:
        runs_of(tmp_path, Suite("v1", {"seed": 3}, {"plain": []}))
    assert "\n" not in str(told.value)


def test_tables_that_are_not_of_one_run_are_one_line(whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A row twice, an arm that the summary does not have, a seat that the sheet does not have, rules that are none: the file is named."""

    def repeated(path: Path) -> None:
        table = store.read_table(path)
        store.write_table(path, pd.concat([table, table.head(1)]))

    def renamed(column: str) -> Callable[[Path], None]:
        return lambda path: store.write_table(
            path, store.read_table(path).assign(**{column: "elsewhere"}).drop_duplicates(ignore_index=True)
        )

    def told(**changes: object) -> Callable[[Path], None]:
        return lambda path: store.write_json(path, store.read_json(path) | changes)

    wrong: list[tuple[str, Callable[[Path], object]]] = [
        ("seats.parquet", repeated),
        ("runs.parquet", repeated),
        ("summary.csv", lambda path: store.write_table(path, store.read_table(path).tail(1))),
        ("designs/equal_count.csv", renamed("to_seat")),
        ("designs/equal_count.seats.csv", lambda path: store.write_table(path, store.read_table(path).head(1))),
        ("provenance.json", told(futures="many")),
        ("provenance.json", told(policies={"equal_count": {"review": 3}})),
        ("provenance.json", told(config=[])),
    ]
    for k, (name, do) in enumerate(wrong):
        folder = harmed(whole, tmp_path / str(k), name, do)
        assert main(["report", str(folder)]) == 2, name
        (line,) = capsys.readouterr().err.splitlines()
        assert "cannot be read" in line or "not of one run" in line
        assert str(folder) in line
