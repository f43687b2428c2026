"""Sweeps, sensitivity and tuning as a user types them."""

from __future__ import annotations

import json
import shutil
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import pytest

from tests.e2e.command import territory_lab

TINY = ("market=startup", "market.accounts_n=60", "market.seats_n=3", "futures=2", "quarters=1", "workers=1")
TWO = ("strategies=[status_quo,equal_count]",)


def sweep_below(root: Path) -> Path:
    """The one sweep of a results folder."""
    (sweep,) = (root / "results" / "sweeps").iterdir()
    return sweep


def tables(sweep: Path) -> dict[str, bytes]:
    """What was found in each job of a sweep, by the job's number."""
    return {path.relative_to(sweep).parts[0]: path.read_bytes() for path in sorted(sweep.rglob("pairwise.csv"))}


@pytest.mark.slow
def test_a_sweep_that_was_broken_off_goes_on_and_is_joined(tmp_path: Path) -> None:
    """Of three jobs one was finished, one begun, one never: resume= leaves the first alone, ends with the tables of an unbroken sweep, and
    aggregate joins them; another question is refused.
    """
    done = territory_lab("compare", "-m", *TINY, *TWO, "world.skill_effect=0.05,0.1,0.2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    sweep = sweep_below(tmp_path)
    whole = tables(sweep)
    assert sorted(whole) == ["0", "1", "2"]
    assert not list(sweep.rglob("report.html"))
    (finished,) = sweep.glob("0/*/*")
    written = (finished / "runs.parquet").stat().st_mtime_ns
    (begun,) = sweep.glob("1/*/*")
    for name in ("summary.csv", "pairwise.csv", "runs.parquet"):
        (begun / name).unlink()
    (begun / "STATUS").write_text("running\n", encoding="utf-8")
    shutil.rmtree(sweep / "2")

    listed = territory_lab("aggregate", str(sweep), cwd=tmp_path)
    assert listed.returncode == 0, listed.stderr
    assert "1 of 3 runs finished" in listed.stdout
    assert "2: not begun: " in listed.stdout

    other = territory_lab("compare", "-m", f"resume={sweep}", "seed=3", cwd=tmp_path)
    assert (other.returncode, len(other.stderr.splitlines())) == (2, 1)
    done = territory_lab("compare", "-m", f"resume={sweep}", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert tables(sweep) == whole
    assert (finished / "runs.parquet").stat().st_mtime_ns == written
    assert [path.name for path in sweep.glob("1/*/*")] == [begun.name]

    joined = territory_lab("aggregate", str(sweep), cwd=tmp_path)
    assert joined.returncode == 0, joined.stderr
    table = pd.read_parquet(sweep / "aggregate.parquet")
    assert table["world.skill_effect"].tolist() == [0.05, 0.05, 0.1, 0.1, 0.2, 0.2]
    assert (sweep / "lines.png").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("launcher", ["joblib", "submitit_local"])
def test_jobs_may_be_launched_side_by_side(launcher: str, tmp_path: Path) -> None:
    """Two jobs in processes of their own find what they find one after the other, and one that is refused stops nobody."""
    words = [word for word in (*TINY, *TWO, "futures=0,2", "seed=1,2") if word != "futures=2"]
    first = territory_lab("compare", "-m", *words, cwd=tmp_path)
    (tmp_path / "other").mkdir()
    beside = territory_lab("compare", "-m", *words, f"hydra/launcher={launcher}", cwd=tmp_path / "other")
    for done in (first, beside):
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
        assert done.stderr.strip().endswith("error: futures: 0 must be a whole number between 1 and 100,000")
    found = tables(sweep_below(tmp_path / "other"))
    assert sorted(found) == ["2", "3"]
    assert found == tables(sweep_below(tmp_path))


def test_sensitivity_answers_and_goes_on(tmp_path: Path) -> None:
    """Every point is kept; with one of them missing, the same words and resume= end with the same table; other words are refused."""
    larger = ("market=startup", "futures=2", "quarters=2", "workers=1")  # where books differ enough for an effect
    ranges = "sensitivity.ranges=[[world.people.resignation_per_year,0.11,0.44]]"
    words = ("sensitivity", *larger, *TWO, "sensitivity.samples_n=2", ranges)
    done = territory_lab(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "equal_count's lift hangs" in done.stdout
    (folder,) = (tmp_path / "results" / "sensitivity" / "startup").iterdir()
    assert json.loads((folder / "asked.json").read_text(encoding="utf-8"))["versions"]["SALib"] == version("SALib")
    effects = (folder / "effects.csv").read_bytes()
    (folder / "points" / "1.json").unlink()
    again = territory_lab(*words, f"resume={folder}", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert "3 of 4 points kept" in again.stderr
    assert (folder / "effects.csv").read_bytes() == effects
    refused = territory_lab(*words, f"resume={folder}", "seed=8", cwd=tmp_path)
    assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1)


def test_tuning_searches_and_judges(tmp_path: Path) -> None:
    """The first trial has the YAML's own values; the front is judged on the next seed; the words that name a design are said."""
    ranges = "tune.ranges=[[strategies.greedy_balance.tolerance_share,0.01,0.3]]"
    words = ("tune", *TINY, "strategies=[status_quo,greedy_balance]", "tune.arm=greedy_balance", "tune.trials_n=3", ranges)
    done = territory_lab(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "strategies.greedy_balance.tolerance_share=" in done.stdout
    (folder,) = (tmp_path / "results" / "tune" / "startup").iterdir()
    trials = pd.read_csv(folder / "trials.csv")
    assert len(trials) == 3
    assert trials["strategies.greedy_balance.tolerance_share"].iloc[0] == 0.05
    assert trials.loc[trials["on_front"], "judged_lift_share"].notna().any()
    assert (folder / "tuned.png").is_file()


MISTAKES = [
    (("sensitivity", "sensitivity.method=guess"), "error: sensitivity.method: 'guess' is not morris or sobol"),
    (
        ("sensitivity", "sensitivity.ranges=[[world.skil_effect,0,1]]"),
        "error: world.skil_effect: there is no such option; did you mean skill_effect",
    ),
    (("sensitivity", "experiment=sobol", "sensitivity.samples_n=3"), "error: sensitivity.samples_n: 3 must be a whole number"),
    (("tune", "tune.arm=optimised"), "error: tune.arm: 'optimised' is not among the arms beside the baseline; did you mean optimized"),
    (("tune", "experiment=smoke"), "error: experiment: it has no part 'tune'"),
    (("compare", "experiment=tuning"), "error: tune: is asked by a command of its own"),
    (("aggregate", "nowhere"), "error: nowhere: is not a folder"),
]


@pytest.mark.parametrize(("words", "said"), MISTAKES, ids=lambda value: " ".join(value) if isinstance(value, tuple) else "")
def test_a_mistake_is_one_line(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    """What is wrong stands in one line, the exit code is 2, and nothing is written."""
    done = territory_lab(*words, cwd=tmp_path)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1), done.stderr
    assert done.stderr.startswith(said)
    assert list(tmp_path.iterdir()) == []
