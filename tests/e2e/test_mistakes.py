"""A user's mistake, from the command line to the exit code: clear lines, no traceback, no results folder."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.e2e.command import QUICK, ROOT, territory_lab

MISTAKES: list[tuple[Sequence[str], int, str]] = [
    (("compare", "futuers=3"), 1, "error: futuers: there is no such option; did you mean futures?"),
    (("compare", "market=sass"), 1, "error: market: there is no choice 'sass'; did you mean saas?"),
    (("compare", "futures=0"), 2, "error: futures: 0 must be a whole number"),
    (("compare", "baseline=optimized", "strategies=[status_quo]"), 2, "error: baseline: 'optimized' is not among the arms"),
    (("compare", "market=crm", "market.folder=nowhere"), 2, "error: market.folder: 'nowhere' is not a folder"),
    (
        ("compare", "hydra.searchpath=[pkg://nowhere.conf]"),
        1,
        "error: hydra.searchpath: nowhere.conf is not there; pkg://NAME is a package",
    ),
    (("compare", "--config-path", "/", "futures=1"), 1, "error: Cannot find primary config 'config'."),
    (("compare", "arms={a: {_target_: math.floor}}"), 2, "error: arms.a._target_: 'math.floor' is not from sim, strategies or experiments"),
    (("compare", "-m", "results=''"), 2, "error: results: an empty text names no folder"),
    (("benchmark", "suite=../x"), 2, "error: suite: the label '../x' names files"),
    (("report", "nowhere"), 2, "error: nowhere: "),
    (("report", "."), 2, "error: .: "),
    (("report",), 2, "usage: report DIR"),
    (
        ("simulate",),
        2,
        "error: there is no command 'simulate'. Commands: compare, aggregate, sensitivity, tune, report, benchmark, check, compile, help",
    ),
]


@pytest.mark.parametrize(("words", "code", "said"), MISTAKES, ids=lambda value: " ".join(value) if isinstance(value, tuple) else "")
def test_a_mistake_is_one_line_and_an_exit_code(tmp_path: Path, words: Sequence[str], code: int, said: str) -> None:
    """What was typed wrongly is named on the first line of standard error, nothing else is said, and nothing is written."""
    quick = QUICK if words[0] == "compare" and "market=crm" not in words else ()
    done = territory_lab(words[0], *quick, *words[1:], cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert done.stderr.startswith(said)
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_would_not_be_read_is_told_by_every_command(tmp_path: Path) -> None:
    """A user's policy/default.yaml beside ours ends a comparison, each job of a sweep, and what composes by itself, with both names."""
    (tmp_path / "own" / "policy").mkdir(parents=True)
    (tmp_path / "own" / "policy" / "default.yaml").write_text("_target_: sim.policy.Policy\n", encoding="utf-8")
    said = "error: own/policy/default.yaml: our own pkg://conf/policy/default.yaml has the same name and would be read in its place; "
    path = "hydra.searchpath=[own]"
    for words in (("compare", *QUICK, "--config-dir", "own", "seed=3"), ("benchmark", path), ("tune", path), ("sensitivity", path)):
        done = territory_lab(*words, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, ""), words
        assert done.stderr.startswith(said), words
        assert len(done.stderr.splitlines()) == 1, words
    done = territory_lab("compare", "-m", *QUICK, "seed=1,2", path, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(list(tmp_path.rglob("error.txt"))) == 2
    assert not list(tmp_path.rglob("provenance.json"))


def test_all_mistakes_in_a_file_are_told_at_once(tmp_path: Path) -> None:
    """Two bad cells of an export make two lines with file, line and column; exit code 2 and no results folder."""
    export = tmp_path / "export"
    export.mkdir()
    (export / "reps.csv").write_text("rep_id,name,latitude\nr1,Ann,123\n", encoding="utf-8")
    (export / "accounts.csv").write_text("account_id,name,owner_id\na1,Acme,r1\na1,Bolt,r1\n", encoding="utf-8")
    done = territory_lab("compare", "market=crm", "market.folder=export", cwd=tmp_path)
    lines = done.stderr.splitlines()
    assert done.returncode == 2
    assert len(lines) == 2
    assert any("reps.csv:2" in line and "latitude" in line and "123" in line for line in lines)
    assert any("accounts.csv:3" in line and "account_id" in line for line in lines)
    assert not (tmp_path / "results").exists()


def test_help_comes_without_the_slow_libraries(tmp_path: Path) -> None:
    """The words compare --help list groups and options having imported none of the libraries that take long to import."""
    watched = (
        "import sys; from experiments.cli import main; sys.argv[1:] = ['compare', '--help']\ntry: main()\nfinally: print(*sys.modules)"
    )
    words = [sys.executable, "-P", "-c", watched]
    done = subprocess.run(words, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)
    text, _, modules = done.stdout.rstrip().rpartition("\n")
    for word in ("market: crm, ", "strategies: ", "greenfield", "futures=50", "workers=auto"):
        assert word in text
    assert not {"pandas", "sklearn", "ortools", "matplotlib", "scipy.stats", "joblib"} & set(modules.split())


def test_help_lists_the_commands(tmp_path: Path) -> None:
    """No word, and the word help, list the commands and exit with 0."""
    for words in ((), ("help",)):
        done = territory_lab(*words, cwd=tmp_path)
        assert done.returncode == 0
        assert "compare" in done.stdout
        assert "report DIR" in done.stdout
