"""A disk that is full: one line says which file, and what helps at that place."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from experiments.cli import main
from experiments.running import store
from experiments.running.errors import RunError
from tests.comparisons import run
from tests.report_fixture import write_run


def full(monkeypatch: pytest.MonkeyPatch, word: str, code: int = errno.ENOSPC) -> None:
    """From now on no file can be written whose path holds the word."""
    write = Path.write_bytes

    def write_bytes(path: Path, content: bytes) -> int:
        if word in str(path):
            raise OSError(code, os.strerror(code), str(path))
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", write_bytes)


def test_while_a_comparison_draws_its_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables are whole, so that drawing again helps, and not going on with the run."""
    full(monkeypatch, "figures")
    with pytest.raises(RunError) as told:
        run(tmp_path)
    (folder,) = (tmp_path / "small").iterdir()
    assert str(told.value) == (
        f"the tables in {folder} are whole, but the report is not drawn: cannot write {folder}/figures/headline.svg "
        f"(No space left on device); make room there, then draw the report with  ./run report {folder}"
    )
    assert store.read_status(folder) == store.COMPLETE


def test_while_a_comparison_writes_its_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was lived is kept, and the run goes on by resume with its folder."""
    full(monkeypatch, "summary.csv")
    with pytest.raises(RunError, match=r"summary\.csv.* \(No space left on device\); make room there, then go on with  ") as told:
        run(tmp_path)
    (folder,) = (tmp_path / "small").iterdir()
    assert str(told.value).endswith(f"./run compare resume={folder}")


@pytest.mark.parametrize(("code", "helps"), [(errno.ENOSPC, "make room there"), (errno.EACCES, "see that it can be written")])
def test_while_a_report_is_drawn_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], code: int, helps: str
) -> None:
    """./run report says to call it again; where the right to write is missing, room would not help."""
    folder = write_run(tmp_path / "run")
    full(monkeypatch, "figures", code)
    assert main(["report", str(folder)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: cannot write {folder}/figures/headline.svg ({os.strerror(code)}); {helps}, then call  ")
    assert line.endswith(f"./run report {folder}  again")
