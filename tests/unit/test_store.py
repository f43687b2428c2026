"""The results folder."""

from __future__ import annotations

import csv
import os
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from experiments.running import store
from experiments.running.errors import RunError
from tests.damage import harm

RUN = ["=1+1", "+49 30", "-3", "@x", "\ta", "\rb", "\nc", "'=1", "''@x"]
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


def spelled(path: Path) -> list[list[str]]:
    """A CSV file's cells as any other program reads them."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_a_text_that_a_spreadsheet_would_run_stands_behind_an_apostrophe(tmp_path: Path) -> None:
    """Texts and headers that begin with = + - @, a tab or a line break get one apostrophe; numbers, and all other texts, get none."""
    harmless = ["a=1", "Acme", "'quoted'", "", "−3", " =1"]
    table = pd.DataFrame({"account_name": [*RUN, *harmless], "=lift_share": np.linspace(-1, 1, len(RUN) + len(harmless))})
    store.write_table(tmp_path / "t.csv", table)
    header, *rows = spelled(tmp_path / "t.csv")
    assert header == ["account_name", "'=lift_share", "schema_version"]
    assert [row[0] for row in rows] == [*(f"'{text}" for text in RUN), *harmless]
    assert [float(row[1]) for row in rows] == table["=lift_share"].tolist()
    store.write_table(tmp_path / "t.parquet", table)
    assert pd.read_parquet(tmp_path / "t.parquet")["account_name"].tolist() == table["account_name"].tolist()


@given(texts=st.lists(st.text(st.sampled_from("'=+-@\t\r\n\",a1 ")), min_size=1))
@example(texts=["'=1", "=1", "''=1", "'", "a\rb", "\r"])
def test_our_own_readers_take_the_apostrophe_off(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    """Whatever a text is made of, apostrophes, quotes and line breaks of all kinds among it, it comes back as it was; so do headers."""
    path = tmp_path_factory.getbasetemp() / "round.csv"
    table = pd.DataFrame({"account_name": texts, "'+n": np.arange(len(texts)), "-n": -1.5})
    store.write_table(path, table)
    pd.testing.assert_frame_equal(store.read_table(path), table.assign(schema_version=1), check_exact=True)


@pytest.mark.parametrize("suffix", ["csv", "parquet", "json"])
@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "junk", "schema", "no schema"])
def test_a_damaged_file_is_one_line_that_names_it(tmp_path: Path, suffix: str, damage: str) -> None:
    """Missing, empty, cut in the middle, overwritten with other bytes or of another schema: the file, what is wrong, what to do."""
    path = tmp_path / f"t.{suffix}"
    if suffix == "json":
        store.write_json(path, {"arm": "a", "futures": 3})
    else:
        store.write_table(path, pd.DataFrame({"arm": ["a", "b"], "lift_share": [0.1, 0.2]}))
    harm(path, damage)
    with pytest.raises(RunError) as told:
        store.read_json(path) if suffix == "json" else store.read_table(path)
    assert str(path) in str(told.value)
    assert "run the comparison again" in str(told.value)
    assert "\n" not in str(told.value)


def test_a_file_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table whose writing breaks off leaves the older one as it was."""

    def break_off(table: pd.DataFrame, path: Path, **_: object) -> None:
        path.write_bytes(b"half a table")
        raise OSError("no space left on device")

    path = tmp_path / "t.parquet"
    store.write_table(path, pd.DataFrame({"arm": ["a"]}))
    monkeypatch.setattr(pd.DataFrame, "to_parquet", break_off)
    with pytest.raises(RunError, match=r"no space left on device"):
        store.write_table(path, pd.DataFrame({"arm": ["b"]}))
    assert list(store.read_table(path)["arm"]) == ["a"]


def test_status_words(tmp_path: Path) -> None:
    """STATUS holds one word; a folder without one counts as failed."""
    assert store.read_status(tmp_path) == store.FAILED
    store.write_status(tmp_path, store.PARTIAL)
    assert (tmp_path / "STATUS").read_text() == "partial\n"
    assert store.read_status(tmp_path) == store.PARTIAL
    for content in (b"", b"done\n", b"\xff\xfe"):
        (tmp_path / "STATUS").write_bytes(content)
        with pytest.raises(RunError, match=r"STATUS: cannot be read \("):
            store.read_status(tmp_path)
