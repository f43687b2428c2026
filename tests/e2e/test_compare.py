"""`compare` and `report` as a user types them."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from tests.e2e.command import QUICK, ROOT, TABLES, only_run, territory_lab

ARMS = ["status_quo", "equal_count", "optimized"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a small comparison that was typed in an empty folder, and what the terminal said."""
    cwd = tmp_path_factory.mktemp("user")
    done = territory_lab("compare", *QUICK, f"strategies=[{','.join(ARMS)}]", cwd=cwd)
    assert done.returncode == 0, done.stderr
    return only_run(cwd / "results"), done.stdout


def test_a_comparison_answers_on_the_terminal_and_leaves_its_files(finished: tuple[Path, str]) -> None:
    """The terminal names every arm and the report; the folder is results/<market>/<time>, complete, with a row an arm and future."""
    folder, said = finished
    for word in (*ARMS, "baseline", "startup", "report.html"):
        assert word in said
    assert folder.parent.name == "startup"
    assert (folder / "STATUS").read_text(encoding="utf-8").strip() == "complete"
    runs = pd.read_parquet(folder / "runs.parquet")
    assert sorted(zip(runs["arm"], runs["future"], strict=True)) == sorted((arm, future) for arm in ARMS for future in range(3))
    for arm in ARMS:
        assert (folder / "designs" / f"{arm}.csv").exists()
    for name in ("seats.parquet", "summary.csv", "pairwise.csv", "ledger.csv", "report.html", "figures/headline.svg"):
        assert (folder / name).stat().st_size > 0


def test_the_run_says_what_made_it(finished: tuple[Path, str]) -> None:
    """provenance.json holds the command as typed and the configuration as it was resolved."""
    about = json.loads((finished[0] / "provenance.json").read_text(encoding="utf-8"))
    assert about["command"].startswith("./run compare market=startup futures=3")
    assert about["config"]["futures"] == 3
    assert about["config"]["market"]["seats_n"] == 5
    assert about["seed"] == 7


def test_nothing_lands_beside_the_results(finished: tuple[Path, str]) -> None:
    """No log, no folder of Hydra's: the user's folder holds results/ and nothing else."""
    cwd = finished[0].parents[2]
    assert [path.name for path in cwd.iterdir()] == ["results"]


@pytest.mark.slow
def test_the_tables_hang_on_the_seed_alone(finished: tuple[Path, str], tmp_path: Path) -> None:
    """Two processes and another order of the strategies give the same tables bit for bit, measured times aside; another seed does not."""
    again = ("compare", *TABLES, "workers=2", f"strategies=[{','.join(reversed(ARMS))}]")
    first = finished[0]
    done = territory_lab(*again, "results=again", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    second = only_run(tmp_path / "again")
    assert not (second / "report.html").exists()
    for name in ("runs.parquet", "seats.parquet"):
        pd.testing.assert_frame_equal(untimed(first / name), untimed(second / name), check_exact=True)
    for name in ("pairwise.csv", "ledger.csv", *(f"designs/{arm}.csv" for arm in ARMS)):
        assert (first / name).read_bytes() == (second / name).read_bytes(), name
    done = territory_lab(*again, "seed=8", "results=other", cwd=tmp_path)
    other = only_run(tmp_path / "other")
    assert not untimed(first / "runs.parquet").equals(untimed(other / "runs.parquet"))


def untimed(path: Path) -> pd.DataFrame:
    """A table without the times that were measured while it was made."""
    table = pd.read_parquet(path)
    return table[[name for name in table.columns if not name.endswith("_s")]]


def test_report_draws_the_page_again_from_the_files(finished: tuple[Path, str], tmp_path: Path) -> None:
    """Without the page and its figures, `report DIR` makes the same page, byte for byte, and says where."""
    folder = shutil.copytree(finished[0], tmp_path / "run")
    page = (folder / "report.html").read_bytes()
    (folder / "report.html").unlink()
    shutil.rmtree(folder / "figures")
    done = territory_lab("report", "run", cwd=tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, "run/report.html"), done.stderr
    assert (folder / "report.html").read_bytes() == page
    assert (folder / "figures" / "headline.svg").exists()


def test_a_strategy_from_another_package_needs_no_change_here(tmp_path: Path) -> None:
    """A class in any importable package and a YAML on Hydra's search path make an arm, with its parameter in the table."""
    theirs = tmp_path / "site" / "theirpkg"
    (theirs / "conf" / "strategies").mkdir(parents=True)
    for package in (theirs, theirs / "conf"):
        (package / "__init__.py").touch()
    (theirs / "alphabet.py").write_text(
        "from dataclasses import dataclass\n"
        "import numpy as np\n"
        "from sim.planning import Assignment\n\n\n"
        "@dataclass(frozen=True)\n"
        "class Alphabet:\n"
        "    step: int\n\n"
        "    def assign(self, problem, rng):\n"
        "        dealt = np.arange(len(problem.accounts)) * self.step % len(problem.seats)\n"
        "        return Assignment(np.where(problem.protected, problem.owner, dealt))\n",
        encoding="utf-8",
    )
    (theirs / "conf" / "strategies" / "theirs.yaml").write_text(
        "# @package strategies.theirs\n_target_: theirpkg.alphabet.Alphabet\nstep: 1\n", encoding="utf-8"
    )
    words = ("hydra.searchpath=[pkg://theirpkg.conf]", "strategies=[status_quo,theirs]", "strategies.theirs.step=2")
    done = territory_lab("compare", *TABLES, *words, cwd=tmp_path, importable=tmp_path / "site")
    assert done.returncode == 0, done.stderr
    runs = pd.read_parquet(only_run(tmp_path / "results") / "runs.parquet").query("arm == 'theirs'")
    assert set(runs["strategy"]) == {"theirpkg.alphabet.Alphabet"}
    assert set(runs["status"]) == {"ok"}
    assert [float(step) for step in runs["p_step"]] == [2.0, 2.0, 2.0]
    # A run folder is a configuration too: whoever goes on with it says again whose code may run.
    folder = only_run(tmp_path / "results")
    (folder / "STATUS").write_text("failed\n", encoding="utf-8")
    refused = territory_lab("compare", f"resume={folder}", cwd=tmp_path, importable=tmp_path / "site")
    assert refused.returncode == 2
    assert refused.stderr.startswith("error: strategies.theirs._target_: 'theirpkg.alphabet.Alphabet' is not from sim, ")
    assert refused.stderr.rstrip().endswith("'hydra.searchpath=[pkg://theirpkg]'")
    again = territory_lab("compare", f"resume={folder}", words[0], "report=false", cwd=tmp_path, importable=tmp_path / "site")
    assert again.returncode == 0, again.stderr
    assert words[0] in json.loads((folder / "provenance.json").read_text(encoding="utf-8"))["command"]


def test_greenfield_compares_in_several_processes(tmp_path: Path) -> None:
    """A scenario's changes travel to worker processes, and today's owners are forgotten."""
    done = territory_lab("compare", *TABLES, "workers=2", "scenario=greenfield", "strategies=[gut_feel,equal_count]", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    folder = only_run(tmp_path / "results")
    today = pd.read_csv(folder / "designs" / "equal_count.csv", keep_default_na=False)["from_seat"]
    assert set(today) == {""}


def test_the_company_s_own_tables_are_found_from_where_the_user_stands(tmp_path: Path) -> None:
    """market.folder is relative to the user's folder; an arm that cannot treat an import is told and does not stop the others."""
    shutil.copytree(ROOT / "conf" / "market" / "example", tmp_path / "export")
    words = ("market=crm", "market.folder=export", "draws=1", "strategies=[status_quo,equal_count,informed]")
    done = territory_lab("compare", *TABLES[1:], *words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    runs = pd.read_parquet(only_run(tmp_path / "results") / "runs.parquet")
    assert runs.groupby("arm")["status"].agg(set).to_dict() == {"equal_count": {"ok"}, "informed": {"unsupported"}, "status_quo": {"ok"}}


@pytest.mark.slow
def test_an_imported_market_is_asked_what_if_the_assumptions_are_off(tmp_path: Path) -> None:
    """By default ten draws share the futures: as stated in the first, parameters drawn in the others; verdicts say what they survive."""
    words = ("market=crm", "futures=20", "quarters=2", "workers=1", "strategies=[status_quo,equal_count,geographic]")
    done = territory_lab("compare", *words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "10 draws of the assumptions" in done.stdout
    assert "over 10 draws of the assumptions (10 to 90 % of them): " in done.stdout
    folder = only_run(tmp_path / "results")
    runs = pd.read_parquet(folder / "runs.parquet")
    assert runs.groupby("draw")["future"].agg(set).to_dict() == {draw: {0, 1} for draw in range(10)}
    assert set(runs["status"]) == {"ok"}
    drawn = pd.read_csv(folder / "parameters.csv").pivot_table(index="draw", columns="parameter", values="factor")
    assert drawn.shape[0] == 10
    assert {"hours_per_week", "stage_days", "pass_chance", "relationship_effect"} <= set(drawn)
    assert (drawn.loc[0] == 1).all()
    assert (drawn.loc[1:] != 1).all(axis=None)
    summary = pd.read_csv(folder / "summary.csv", keep_default_na=False).set_index("arm").drop("status_quo")
    assert set(summary["verdict"]) <= {"better", "worse", "equivalent", "not settled", "depends on assumptions"}
    low, high = (summary[f"assumed_{end}_share"].astype(float) for end in ("p10", "p90"))
    assert (low < high).all()
    stands = summary["verdict"].isin(["better", "worse"])
    assert ((low > 0) | (high < 0))[stands].all()
    assert "times a lognormal factor in every draw but the first" in (folder / "ledger.csv").read_text(encoding="utf-8")
    assert "10 draws of the assumptions" in (folder / "report.html").read_text(encoding="utf-8")


def test_a_sweep_goes_on_after_a_bad_job(tmp_path: Path) -> None:
    """-m makes a folder a job; a bad one is put down with its reason, the next one runs, and the end and the exit code tell of it."""
    words = ("market=startup", "quarters=1", "workers=1", "strategies=[status_quo,random]", "futures=0,2", "report=true")
    done = territory_lab("compare", "-m", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.strip().endswith("error: futures: 0 must be a whole number between 1 and 100,000")
    assert "Traceback" not in done.stderr
    (sweep,) = (tmp_path / "results" / "sweeps").iterdir()
    assert "futures: 0 must be" in (sweep / "0" / "error.txt").read_text(encoding="utf-8")
    assert (sweep / "0" / "STATUS").read_text(encoding="utf-8") == "failed\n"
    assert (only_run(sweep / "1") / "STATUS").read_text(encoding="utf-8") == "complete\n"
    assert (only_run(sweep / "1") / "report.html").is_file()
