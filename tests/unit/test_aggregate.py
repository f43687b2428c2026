"""Joining runs: what varies, which job became what, and one table of all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from experiments.running.errors import RunError
from experiments.sweeps.aggregate import aggregate, main
from experiments.sweeps.broken_off import begun, words_of
from experiments.sweeps.folders import jobs_of, runs_below
from experiments.sweeps.settings import column, leaves, varying

LIFTS = {"status_quo": 0.0, "optimized": 0.04, "equal_count": 0.01, "informed": 0.08}


def config(seed: int = 1, rate: float = 0.1, market: str = "saas", accounts_n: int = 3000) -> dict[str, Any]:
    """A little of what a run was asked for."""
    return {
        "seed": seed,
        "workers": seed + 7,
        "market": {"_target_": f"a.{market}", "label": market, "accounts_n": accounts_n},
        "world": {"people": {"resignation_per_year": rate}, "stage_days": [15, 15]},
    }


def finished_run(folder: Path, asked: Mapping[str, Any], lead: float = 0.03, status: str = "complete") -> Path:
    """A folder with the tables that the joining reads; ``lead``: the lower end of the lead of the best over the second."""
    folder.mkdir(parents=True)
    (folder / "provenance.json").write_text(json.dumps({"config": asked, "schema_version": 1}), encoding="utf-8")
    (folder / "STATUS").write_text(status + "\n", encoding="utf-8")
    rows = [
        {"arm": arm, "strategy": f"strategies.{arm}.Class", "baseline": arm == "status_quo", "futures_n": 4, "failed_n": 0}
        | {"lift_share": lift, "lift_low_share": lift - 0.01, "lift_high_share": lift + 0.01, "verdict": "better", "error": ""}
        for arm, lift in LIFTS.items()
    ]
    pd.DataFrame(rows).assign(schema_version=1).to_csv(folder / "summary.csv", index=False)
    pairs = {
        "arm_a": ["equal_count"],
        "arm_b": ["optimized"],
        "lift_share": [-0.04],
        "verdict": ["worse"],
        "low_share": [-0.05],
        "high_share": [-lead],
    }
    pd.DataFrame(pairs).assign(schema_version=1).to_csv(folder / "pairwise.csv", index=False)
    return folder


def sweep(root: Path) -> Path:
    """A sweep of six jobs: two finished, one refused, one broken off, one that failed in mid-run, one that never began."""
    folder = root / "sweeps" / "20260101T000000_000000"
    finished_run(folder / "0" / "saas" / "t", config(1, 0.1))
    finished_run(folder / "1" / "saas" / "t", config(1, 0.2), lead=-0.01, status="partial")
    (folder / "2").mkdir()
    (folder / "2" / "error.txt").write_text(
        "./run compare seed=1 world.people.resignation_per_year=-1\nRunError: too low\n", encoding="utf-8"
    )
    for job, status in (("3", "running"), ("4", "failed")):
        run = finished_run(folder / job / "saas" / "t", config(2, 0.1 if job == "3" else 0.2), status=status)
        (run / "summary.csv").unlink()
    (folder / "4" / "error.txt").write_text("./run compare seed=2\nRunError: baseline: failed in all futures\n", encoding="utf-8")
    words = ["seed=1,2", "world.people.resignation_per_year=0.1,0.2,-1", "'strategies=[a,b]'".strip("'")]
    asked = {
        "overrides": {"hydra": ["hydra.mode=MULTIRUN", "hydra/launcher=joblib", "hydra.launcher.n_jobs=2"], "task": words},
        "sweeper": {"params": None},
    }
    (folder / "multirun.yaml").write_text(json.dumps({"hydra": asked}), encoding="utf-8")
    return folder


def test_leaves_are_named_as_on_the_command_line() -> None:
    """Keys are joined by dots, lists are texts, and what no result depends on is left out."""
    found = leaves(config())
    assert found["world.people.resignation_per_year"] == 0.1
    assert found["world.stage_days"] == "[15, 15]"
    assert "workers" not in found
    assert not [key for key in found if "_target_" in key]


def test_what_hangs_on_a_label_is_left_out() -> None:
    """Between markets the label stands for its values; a value that varies within a market, and the seed, are still there."""
    runs = [leaves(config(1, market="saas")), leaves(config(2, market="startup", accounts_n=300))]
    assert varying(runs) == ["market.label", "seed"]
    runs.append(leaves(config(2, market="startup", accounts_n=400)))
    assert varying(runs) == ["market.accounts_n", "market.label", "seed"]
    assert varying([{"a": 1}, {}, {"a": 1}]) == []


def test_columns_are_numbers_or_texts() -> None:
    """Numbers where all are; one word makes all of them texts, and what is missing is empty."""
    assert column([1, None, 0.5]).tolist()[::2] == [1.0, 0.5]
    assert column(["auto", 3, None]).tolist() == ["auto", "3", ""]
    assert column([True, False]).tolist() == ["True", "False"]


def test_every_job_of_a_sweep_is_in_the_list(tmp_path: Path) -> None:
    """Finished, refused, broken off, failed and never begun: all six, in the order of their numbers, with what is to be done."""
    runs = runs_below([sweep(tmp_path)])
    assert [(run.name, run.status) for run in runs] == [
        ("0/saas/t", "complete"),
        ("1/saas/t", "partial"),
        ("2", "failed"),
        ("3/saas/t", "running"),
        ("4/saas/t", "failed"),
        ("5", "not begun"),
    ]
    assert runs[2].error == "RunError: too low"
    assert "resume=" in runs[3].error
    assert runs[4].error == "RunError: baseline: failed in all futures"
    assert runs[2].settings["world.people.resignation_per_year"] == runs[5].settings["world.people.resignation_per_year"] == -1
    with pytest.raises(RunError, match="holds no run"):
        runs_below([_empty(tmp_path)])


def _empty(root: Path) -> Path:
    (root / "empty").mkdir()
    return root / "empty"


def test_one_row_a_run_and_arm_and_one_a_job_that_did_not_end(tmp_path: Path) -> None:
    """Settings that vary are columns; yardsticks have no rank; the winner is clear where the interval of its lead is above 0."""
    table, settings = aggregate(runs_below([sweep(tmp_path)]))
    assert settings == ["world.people.resignation_per_year"]
    assert table["arm"].tolist() == [*LIFTS, *LIFTS, "", "", "", ""]
    first = table[table["run"] == "0/saas/t"].set_index("arm")
    assert first["rank"].dropna().to_dict() == {"status_quo": 3, "optimized": 1, "equal_count": 2}
    assert first["clear"].astype(bool).to_dict() == {"status_quo": False, "optimized": True, "equal_count": False, "informed": False}
    assert not table.loc[table["run"] == "1/saas/t", "clear"].any()
    assert table[table["arm"] == ""][["status", "seed"]].values.tolist() == [["failed", 1], ["running", 2], ["failed", 2], ["not begun", 2]]


def test_the_command_writes_and_tells(tmp_path: Path) -> None:
    """Tables and figures stand in the folder; what did not end is told; runs of two folders need a folder of their own."""
    folder, said = sweep(tmp_path), list[str]()
    assert main([str(folder)], said.append) == 0
    text = "".join(said)
    assert "2 of 6 runs finished; they differ in world.people.resignation_per_year" in text
    assert "2: failed: RunError: too low" in text
    assert "optimized ranks first in all 2 runs" in text
    again = pd.read_parquet(folder / "aggregate.parquet")
    assert len(again) == len(pd.read_csv(folder / "aggregate.csv")) == 12
    assert (folder / "lines.svg").is_file()
    assert main([str(folder / "0"), str(folder / "1")], said.append) == 2
    assert main([str(folder / "0"), str(folder / "1"), f"out={tmp_path / 'joined'}"], said.append) == 0
    assert (tmp_path / "joined" / "aggregate.csv").is_file()
    for words in ([str(tmp_path / "nowhere")], [str(folder), "z=3"], [str(folder), "x=seeds"], []):
        assert main(words, said.append) == 2


def test_a_sweep_goes_on_by_its_own_words(tmp_path: Path) -> None:
    """Its launcher and options are its own, but for where and how fast it runs; nothing else may be said; other words are left alone."""
    folder = sweep(tmp_path)
    words = words_of(["-m", f"resume={folder}", "workers=1", "hydra/launcher=basic"])
    assert words[:4] == ["-m", "seed=1,2", "world.people.resignation_per_year=0.1,0.2,-1", "strategies=[a,b]"]
    assert words[4:] == ["workers=1", "hydra/launcher=basic", f"hydra.sweep.dir='{folder}'"]
    assert words_of([f"resume={folder}"])[1:3] == ["hydra/launcher=joblib", "hydra.launcher.n_jobs=2"]
    assert len(jobs_of(folder / "multirun.yaml")) == 6
    with pytest.raises(RunError, match="seed=3 cannot be said of a sweep"):
        words_of(["-m", f"resume={folder}", "seed=3"])
    with pytest.raises(RunError, match=r"holds no multirun\.yaml"):
        words_of(["-m", f"resume={tmp_path}"])
    for others in (["-m", "seed=1,2"], [f"resume={tmp_path}"], []):
        assert words_of(others) == others


def test_of_a_job_the_finished_run_counts(tmp_path: Path) -> None:
    """A later sitting takes the run that is done, else the last one that was begun, else none."""
    assert begun(tmp_path) is None
    finished_run(tmp_path / "saas" / "1", config(), status="running")
    finished_run(tmp_path / "saas" / "2", config(), status="failed")
    assert begun(tmp_path) == tmp_path / "saas" / "2"
    (tmp_path / "saas" / "1" / "STATUS").write_text("complete\n", encoding="utf-8")
    assert begun(tmp_path) == tmp_path / "saas" / "1"
