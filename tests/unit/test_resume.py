"""A run that is broken off goes on where it was, and ends with the tables of an unbroken one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_module

from experiments import comparison, runner
from experiments.comparison import Tables
from experiments.runner import run_comparison
from experiments.running import store
from experiments.running.arms import Settings
from experiments.running.configuration import broken_off
from experiments.running.errors import RunError
from experiments.running.kept import Kept
from tests.comparisons import DESIGNS, TODAY, arms_of, no_report, same_tables  # noqa: F401  # an autouse fixture works by being imported
from tests.markets import synthetic

WIDE = 0.3  # a half-width between those of the first looks and the last


def run(root: Path, resume: Path | None = None, accounts_n: int = 60, futures: int = 6, width_share: float | None = None) -> Path:
    """A comparison of a year, or the rest of one."""
    asked = Settings(seed=3, futures=futures, quarters=4, draws=2, width_share=width_share)
    return run_comparison(synthetic(accounts_n, 3), arms_of(DESIGNS), TODAY, asked, root, progress=False, resume=resume)


def broken(root: Path, monkeypatch: pytest.MonkeyPatch, batches_n: int = 3, **asked: Any) -> Path:
    """The folder of a run that is interrupted after some batches were kept."""
    write = Kept.write

    def interrupt(kept: Kept, cells: list[object]) -> None:
        if len(list(kept.folder.glob("*"))) == batches_n:
            raise KeyboardInterrupt
        write(kept, cells)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Kept, "write", interrupt)
        with pytest.raises(KeyboardInterrupt):
            run(root, **asked)
    (folder,) = (root / "small").iterdir()
    return folder


def test_what_was_lived_is_not_lived_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """After an interruption the kept cells are counted aloud, only the others are simulated, and the tables are the unbroken run's."""
    folder = broken(tmp_path / "broken", monkeypatch)
    assert store.read_status(folder) == store.FAILED
    kept = Kept.of(folder).read()
    lived: list[int] = []
    live = comparison.live_through

    def counting(*words: object) -> Tables:
        tables = live(*words)  # type: ignore[arg-type]
        lived.append(len(tables.runs))
        return tables

    monkeypatch.setattr(runner, "live_through", counting)
    assert run(tmp_path, folder) == folder
    assert f"{len(kept)} of 36 cells kept" in capsys.readouterr().err
    assert lived == [36]
    assert 0 < len(kept) < 36
    assert store.read_status(folder) == store.COMPLETE
    assert not (folder / store.CELLS).exists()
    same_tables(folder, run(tmp_path / "whole"))


def test_what_was_damaged_is_lived_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A kept file that was cut, and one of another kind, are told in one line; the tables are the unbroken run's all the same."""
    folder = broken(tmp_path / "broken", monkeypatch)
    first, *others = sorted((folder / store.CELLS).iterdir())
    assert others
    first.write_bytes(first.read_bytes()[:-1000])
    (folder / store.CELLS / "0-9.pickle").write_bytes(b"of an earlier version")
    run(tmp_path, folder)
    assert f"2 of {len(others) + 2} files in {folder / store.CELLS} are damaged or not of this run" in capsys.readouterr().err
    same_tables(folder, run(tmp_path / "whole"))


def test_a_run_that_is_killed_goes_on(tmp_path: Path) -> None:
    """Killed by the system in the midst of its futures, the run leaves whole files only, and is finished by the same call."""
    words = f"import sys; from pathlib import Path; from tests.unit.test_resume import run; run(Path({str(tmp_path)!r}), None, 400, 60)"
    child = subprocess.Popen([sys.executable, "-c", words], stderr=subprocess.DEVNULL)
    until_s = time.monotonic() + 120
    while len(list(tmp_path.glob("small/*/cells/*.npz"))) < 2:
        assert child.poll() is None
        assert time.monotonic() < until_s
        time.sleep(0.01)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    (folder,) = (tmp_path / "small").iterdir()
    assert store.read_status(folder) == store.RUNNING
    cells = Kept.of(folder).read()
    assert 0 < len(cells) < 360
    lived = Counter((cell.row["draw"], cell.row["future"]) for cell in cells)
    assert set(lived.values()) == {len(DESIGNS)}
    assert run(tmp_path, folder, 400, 60) == folder
    assert len(store.read_table(folder / "runs.parquet")) == 360


def test_how_many_futures_are_enough_is_decided_again_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run that is left to stop at a width stops below its budget; broken off after its first look it ends with the same futures."""
    asked: dict[str, Any] = {"futures": 40, "width_share": WIDE}
    whole = run(tmp_path / "whole", **asked)
    futures_n = len(set(store.read_table(whole / "runs.parquet")["future"]))
    assert 10 < futures_n < 40
    about = store.read_json(whole / "provenance.json")
    assert (about["futures"], about["futures_most"], about["width_share"]) == (futures_n, 40, WIDE)
    folder = broken(tmp_path / "broken", monkeypatch, 12, **asked)
    kept = Kept.of(folder).read()
    assert max(cell.row["future"] for cell in kept) >= 10
    run(tmp_path, folder, **asked)
    assert f"{len(kept)} of at most 240 cells kept" in capsys.readouterr().err
    same_tables(folder, whole)


def test_two_runs_never_share_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one run is at work in a folder another one is refused; when it has ended the folder is free."""
    folder = broken(tmp_path, monkeypatch)
    with store.held(folder), pytest.raises(RunError, match="another run is at work there"):
        run(tmp_path, folder)
    run(tmp_path, folder)


def test_another_market_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the market is another one now, as when its files were changed, nothing goes on."""
    folder = broken(tmp_path, monkeypatch)
    with pytest.raises(RunError, match="resume: the market, or its files, changed since the run began"):
        run(tmp_path, folder, accounts_n=61)


def test_other_settings_are_refused(tmp_path: Path) -> None:
    """resume=DIR alone takes the run's own settings; what is asked for beside it must be the same, where and how fast aside."""
    with initialize_config_module("conf", version_base="1.3"):
        given = compose("config", overrides=["workers=1", f"resume={tmp_path}"])
        other = compose("config", overrides=["futures=7"])
    with pytest.raises(RunError, match=r"resume: .* holds no provenance.json"):
        broken_off(tmp_path, given, [])
    own = {key: value for key, value in given.items() if key != "parallel"}
    store.write_json(tmp_path / "provenance.json", {"config": {**resolved_plainly(given), "futures": 20}})
    assert own["futures"] == 50
    assert broken_off(tmp_path, given, [f"resume={tmp_path}", "workers=1"]).futures == 20
    assert broken_off(tmp_path, given, [f"resume={tmp_path}", "workers=1"]).workers == 1
    with pytest.raises(RunError, match="resume: futures is not what the run in"):
        broken_off(tmp_path, other, ["futures=7"])


def resolved_plainly(config: object) -> dict[str, object]:
    """A configuration as plain values."""
    from omegaconf import OmegaConf

    return OmegaConf.to_container(config, resolve=True)  # type: ignore[return-value]


def test_a_full_disk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a file cannot be written one line says which and how to go on, and what was kept is still there."""
    folder = broken(tmp_path, monkeypatch)

    def full(path: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(
            RunError, match=r"cannot write .* \(No space left on device\); make room there, then go on with  ./run compare resume="
        ) as raised:
            run(tmp_path, folder)
    assert raised.value.exit_code == 1
    assert len(Kept.of(folder).read()) > 0
    run(tmp_path, folder)
    assert store.read_status(folder) == store.COMPLETE
