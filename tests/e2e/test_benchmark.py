"""The suite as a user asks for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments.benchmark import main, read_suite
from experiments.running import store

SMALL = ("market=startup", "market.accounts_n=40", "market.seats_n=2", "futures=2", "draws=2", "quarters=2", "workers=1")
QUICK = ("strategies=[status_quo,random,equal_count,informed]", *SMALL, "strategies.informed.optimizer.search_rounds_n=1")


def test_the_suite_is_versioned_and_varied() -> None:
    """At least eight markets, each of which asks for something of its own."""
    suite = read_suite("v1")
    assert len(suite.cases) >= 8
    assert len({tuple(words) for words in suite.cases.values()}) == len(suite.cases)
    assert suite.common == {"futures": 8, "draws": 5, "quarters": 8, "seed": 2026}


def test_a_leaderboard_is_made_and_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every market is lived through once; after an interruption only what is missing is; the board says that it is not the suite's own."""
    suite = read_suite("v1")
    two = dict.fromkeys(list(suite.cases)[:2], ("market=startup",))
    monkeypatch.setattr("experiments.benchmark.read_suite", lambda name: type(suite)("v1", suite.common, two))
    said: list[str] = []
    assert main([f"results={tmp_path}", *QUICK], said.append) == 0
    (folder,) = (tmp_path / "benchmark-v1").iterdir()
    first = store.read_table(folder / "leaderboard.csv")
    assert set(first["arm"]) == {"status_quo", "random", "equal_count", "informed"}
    assert (folder / "leaderboard.png").stat().st_size > 10_000
    assert "these numbers are not the suite's" in said[0]
    before = {path: path.stat().st_mtime_ns for path in folder.glob("*/*/*/runs.parquet")}
    assert len(before) == 2
    assert main([f"results={tmp_path}", f"resume={folder}", *QUICK], said.append) == 0
    assert before == {path: path.stat().st_mtime_ns for path in folder.glob("*/*/*/runs.parquet")}


def test_mistakes_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A suite that is not there, a folder without one, an option that cannot be: told with an exit code, and no folder is made."""
    assert main(["suite=v9"]) == 2
    assert "error: suite: there is no 'v9'" in capsys.readouterr().err
    assert main([f"resume={tmp_path}"]) == 2
    assert "holds no suite.json" in capsys.readouterr().err
    assert main([f"results={tmp_path}", "futures=0"]) == 2
    assert "error: futures: 0 must be a whole number between 1 and 100,000" in capsys.readouterr().err
    assert not any(tmp_path.iterdir())
