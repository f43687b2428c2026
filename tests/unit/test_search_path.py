"""No file of a user's, and no choice, is passed over in silence."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from experiments.running.errors import RunError
from experiments.running.search_path import composed, options_last


def put(folder: Path, *files: str) -> str:
    """Files below a folder, as a word that puts it on the search path."""
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text("a: 1\n", encoding="utf-8")
    return f"hydra.searchpath=[file://{folder}]"


SAME = [
    ("policy/default.yaml", "call it policy/own_default.yaml and take  policy=own_default"),
    ("market/crm.yaml", "call it market/own_crm.yaml and take  market=own_crm"),
    ("strategies/nearest.yaml", "call it strategies/own_nearest.yaml, with the line  # @package strategies.own_nearest  , and take  'str"),
    ("scenario/growth.yaml", "call it scenario/own_growth.yaml, with the line  # @package _global_  , and take  scenario=own_growth"),
    ("experiment/smoke.yaml", "call it experiment/own_smoke.yaml, with the line  # @package _global_  , and take  experiment=own_smoke"),
    ("config.yaml", "call it experiment/own_config.yaml, with the line  # @package _global_  , and take  experiment=own_config"),
    ("hydra/help/compare.yaml", "call it hydra/help/own_compare.yaml"),
    ("suite/v1.yaml", "call it suite/own_v1.yaml"),
]


@pytest.mark.parametrize(("file", "way"), SAME)
def test_a_file_of_a_packaged_name_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, way: str) -> None:
    """Both files are named, whether or not this run would read them, and what the user's could be called."""
    monkeypatch.chdir(tmp_path)
    word = put(tmp_path / "own", file, "market/theirs.yaml")
    with pytest.raises(RunError) as raised:
        composed([word])
    assert str(raised.value).startswith(f"own/{file}: our own pkg://conf/{file} has the same name and would be read in its place; {way}")
    assert raised.value.exit_code == 2


def test_two_folders_of_the_user_are_compared_too(tmp_path: Path) -> None:
    """Of the user's own files the first would be read; the same folder named twice does no harm."""
    first, second = (put(tmp_path / name, "market/theirs.yaml", "world/theirs.yaml")[18:-1] for name in ("first", "second"))
    with pytest.raises(RunError, match=r"second/market/theirs.yaml: your .*first/market/theirs.yaml has .* \(1 more files are like it\)"):
        composed([f"hydra.searchpath=[{first},{second}]"])
    assert composed([f"hydra.searchpath=[{first},{first}]"])[0].futures == 50


def test_files_of_other_names_are_read(tmp_path: Path) -> None:
    """A folder may hold what it likes beside our groups; its packages are none, as only pkg:// names code."""
    word = put(tmp_path, "market/theirs.yaml", "other/default.yaml", "notes.yaml")
    config, packages = composed([word, "market=theirs"])
    assert config.market == {"a": 1}
    assert packages == frozenset()


FLAGS = [
    (["a=1", "--config-dir", "own", "b=2"], ["--config-dir", "own", "a=1", "b=2"]),
    (["-m", "~c", "--cfg", "job", "+d={e: 1}"], ["-m", "--cfg", "job", "~c", "+d={e: 1}"]),
    (["--config-dir=own", "a=1"], ["--config-dir=own", "a=1"]),
]


@pytest.mark.parametrize(("typed", "read"), FLAGS)
def test_words_stand_on_any_side_of_a_flag(typed: Sequence[str], read: Sequence[str]) -> None:
    """Hydra does not read options on both sides of a flag with a value; their own order stays."""
    assert options_last(typed) == read
