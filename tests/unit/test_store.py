"""The results folder."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.running import store
from experiments.running.errors import RunError

TIME = datetime(2026, 11, 22, 10, 15, 0, 123456)


def test_folder_is_named_after_market_and_time(tmp_path: Path) -> None:
    """A run's folder carries its market and its time to the microsecond, and two runs never share one."""
    folder = store.make_folder(tmp_path, "saas", TIME)
    assert folder == tmp_path / "saas" / "20261122T101500_123456"
    with pytest.raises(RunError, match="cannot make"):
        store.make_folder(tmp_path, "saas", TIME)


def test_root_that_is_a_file_is_one_clear_line(tmp_path: Path) -> None:
    """A results folder that cannot be is refused before anything is computed or made."""
    (tmp_path / "taken").write_text("")
    with pytest.raises(RunError, match="cannot write to") as raised:
        store.check_root(tmp_path / "taken" / "deeper")
    assert "\n" not in str(raised.value)
    store.check_root(tmp_path / "not" / "there" / "yet")
    assert os.listdir(tmp_path) == ["taken"]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_tables_come_back_as_they_were(tmp_path: Path, suffix: str) -> None:
    """Numbers keep every bit, an empty text stays a text, a label such as None or 010 stays a label, and the schema is named."""
    texts = {"arm": ["None", "nan"], "arm_a": ["010", "7"], "error": ["", 'a, "b"'], "reason": ["", ""]}
    table = pd.DataFrame({**texts, "lift_share": [0.1 + 0.2, np.nan], "futures_n": [3, 4]})
    store.write_table(tmp_path / f"t.{suffix}", table)
    back = store.read_table(tmp_path / f"t.{suffix}")
    pd.testing.assert_frame_equal(back, table.assign(schema_version=1), check_exact=True)


def test_a_file_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table whose writing breaks off leaves the older one as it was."""

    def break_off(table: pd.DataFrame, path: Path, **_: object) -> None:
        path.write_bytes(b"half a table")
        raise OSError("no space left on device")

    path = tmp_path / "t.parquet"
    store.write_table(path, pd.DataFrame({"arm": ["a"]}))
    monkeypatch.setattr(pd.DataFrame, "to_parquet", break_off)
    with pytest.raises(RunError, match=r"no space left on device.*go on with"):
        store.write_table(path, pd.DataFrame({"arm": ["b"]}))
    assert list(store.read_table(path)["arm"]) == ["a"]


def test_status_words(tmp_path: Path) -> None:
    """STATUS holds one word; a folder without one counts as failed."""
    assert store.read_status(tmp_path) == store.FAILED
    store.write_status(tmp_path, store.PARTIAL)
    assert (tmp_path / "STATUS").read_text() == "partial\n"
    assert store.read_status(tmp_path) == store.PARTIAL
