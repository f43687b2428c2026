"""What a script is told by the exit code, where an arm has no numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.command import TABLES, only_run, territory_lab
from tests.guests import SEARCH, write_guests

SAID = "error: stumbles failed in every future (RuntimeError: no luck): no numbers of it, those of the other arms are whole"


@pytest.fixture(scope="module")
def guests(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the package of somebody else's is."""
    return write_guests(tmp_path_factory.mktemp("guests"))


def test_an_arm_that_failed_whole_is_exit_code_1(tmp_path: Path, guests: Path) -> None:
    """The comparison answers, its tables are there, STATUS is partial, and the last line says which arm failed and why."""
    strategies = "strategies=[status_quo,equal_count,stumbles,declines]"
    done = territory_lab("compare", *TABLES, SEARCH, strategies, cwd=tmp_path, importable=guests)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == SAID
    assert "Traceback" not in done.stderr
    assert "equal_count" in done.stdout
    folder = only_run(tmp_path / "results")
    assert (folder / "STATUS").read_text(encoding="utf-8") == "partial\n"
    assert (folder / "pairwise.csv").is_file()


def test_an_arm_that_declines_is_exit_code_0(tmp_path: Path, guests: Path) -> None:
    """Unsupported is an answer, and the run is complete."""
    done = territory_lab("compare", *TABLES, SEARCH, "strategies=[status_quo,declines]", cwd=tmp_path, importable=guests)
    assert done.returncode == 0, done.stderr
    assert "there is no map" in done.stdout
    assert (only_run(tmp_path / "results") / "STATUS").read_text(encoding="utf-8") == "complete\n"


@pytest.mark.parametrize("workers", [1, 2])
def test_a_guests_solver_need_not_get_along_with_ours(tmp_path: Path, guests: Path, workers: int) -> None:
    """A module that cannot be imported where OR-Tools is takes part beside a strategy that calls OR-Tools; neither of the two fails."""
    strategies = "strategies=[status_quo,keeps,balanced_clusters]"
    done = territory_lab("compare", *TABLES, SEARCH, strategies, f"workers={workers}", cwd=tmp_path, importable=guests)
    assert done.returncode == 0, done.stderr
    assert (only_run(tmp_path / "results") / "STATUS").read_text(encoding="utf-8") == "complete\n"


def test_a_sweep_goes_on_and_says_so_at_the_end(tmp_path: Path, guests: Path) -> None:
    """Every job has its tables; the one in which an arm failed whole is partial, with its reason beside it, and the sweep's code is 1."""
    words = ("-m", *TABLES, SEARCH, "strategies=[status_quo,stumbles],[status_quo,declines]")
    done = territory_lab("compare", *words, cwd=tmp_path, importable=guests)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == SAID
    (sweep,) = (tmp_path / "results" / "sweeps").iterdir()
    assert [path.relative_to(sweep).parts[0] for path in sorted(sweep.rglob("pairwise.csv"))] == ["0", "1"]
    assert (sweep / "0" / "STATUS").read_text(encoding="utf-8") == "partial\n"
    assert "stumbles failed in every future" in (sweep / "0" / "error.txt").read_text(encoding="utf-8")
    assert not (sweep / "1" / "STATUS").exists()
