"""The suite as a user asks for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from experiments.benchmark import Suite, in_words, main, read_suite
from experiments.running import store
from tests.guests import SEARCH, write_guests

SMALL = ("market=startup", "market.accounts_n=40", "market.seats_n=2", "futures=2", "draws=2", "quarters=2", "workers=1")
MISTAKES = {
    "markets=[plain,wales]": "error: markets: there is no 'wales' in the suite; did you mean whales? Choices: plain, whales,",
    "markets=[]": "error: markets: none is named. Choices: plain, ",
    "markets=plain,whales": "error: markets=plain,whales: a list is 'markets=[a,b]'",
    "markets=[plain": "error: markets=[plain: cannot be read as OPTION=VALUE",
    "strategies=[optimised]": "error: strategies: there is no choice 'optimised'; did you mean optimized?",
    "~strategies.random": "error: strategies: 0 arms of random have numbers, where the score needs one",
    "+strategies.again={_target_: strategies.random_draw.Random}": "error: strategies: 2 arms of random have numbers",
    "strategies.random.last=1": "error: strategies.random.last: there is no such option",
    "baseline=mine": "error: baseline: 'mine' is not among the arms",
}
QUICK = ("strategies=[status_quo,random,equal_count,informed]", *SMALL, "strategies.informed.optimizer.search_rounds_n=1")


def test_the_suite_is_versioned_and_varied() -> None:
    """At least eight markets, each of which asks for something of its own."""
    suite = read_suite("v1")
    assert len(suite.cases) >= 8
    assert len({tuple(words) for words in suite.cases.values()}) == len(suite.cases)
    assert suite.common == {"futures": 8, "draws": 5, "quarters": 8, "seed": 2026}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Suite:
    """The suite with two small markets."""
    suite = replace(read_suite("v1"), cases=dict.fromkeys(("plain", "whales"), ("market=startup",)))
    monkeypatch.setattr("experiments.benchmark.read_suite", lambda name: suite)
    return suite


def test_a_leaderboard_is_made_and_finished(tmp_path: Path, small: Suite) -> None:
    """Every market is lived through once; after an interruption only what is missing is; the board says that it is not the suite's own."""
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

    assert main([f"results={tmp_path / 'alone'}", "strategies=equal_count", "markets=whales", *QUICK[1:]], said.append) == 0
    (folder,) = (tmp_path / "alone" / "benchmark-v1").iterdir()
    assert [path.parts[-4] for path in folder.glob("*/*/*/runs.parquet")] == ["whales"]
    alone = store.read_table(folder / "leaderboard.csv").set_index("arm")
    assert set(alone.index) == {"status_quo", "random", "equal_count", "informed"}
    assert alone["whales_score"].to_dict() == first.set_index("arm")["whales_score"].to_dict()


def test_who_takes_part_is_no_other_suite(small: Suite) -> None:
    """The score of a strategy hangs on no other one's, nor on the number of workers; on markets and futures it does."""
    row = {"arm": "mine", "failed_n": 0, **dict.fromkeys(("iqm_score", "low_score", "high_score", "plain_score", "whales_score"), 0.5)}
    board = pd.DataFrame([{**row, "behind_low_score": 0.0, "behind_high_score": 0.0}])
    whole = in_words(board, small, ["workers=2", "parallel.address=x"])
    assert whole.endswith("0 is random, 1 is informed, which is told the truth.")
    some = in_words(board, small, ["strategies=[mine]", "hydra.searchpath=[pkg://theirs.conf]"])
    assert some.endswith("the scores are the suite's, who leads is so among these.")
    for word in ("markets=plain", "futures=2", "seed=3", "strategies.mine.share=0.1", "market.seats_n=3", "+strategies.few={}"):
        assert in_words(board, small, [word]).endswith(f"Asked for otherwise: {word}; these numbers are not the suite's."), word


def test_a_strategy_that_fails_in_a_market_is_exit_code_1(
    tmp_path: Path, small: Suite, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The leaderboard is made all the same, and says so; the error names strategy, market and reason."""
    monkeypatch.syspath_prepend(write_guests(tmp_path / "guests"))
    said: list[str] = []
    words = (SEARCH, "strategies=[stumbles,declines]", "markets=plain", *QUICK[1:])
    assert main([f"results={tmp_path / 'results'}", *words], said.append) == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith("error: stumbles on plain failed in every future (RuntimeError: no luck)")
    assert "| stumbles | 0.00 |" in said[0]


def test_mistakes_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A suite, market or strategy that is not there, a folder without a suite, an option that cannot be, a score that could not be told:
    one line with an exit code, before any folder is made.
    """
    assert main(["suite=v9"]) == 2
    assert "error: suite: there is no 'v9'" in capsys.readouterr().err
    assert main([f"resume={tmp_path}"]) == 2
    assert "holds no suite.json" in capsys.readouterr().err
    assert main([f"results={tmp_path}", "futures=0"]) == 2
    assert "error: futures: 0 must be a whole number between 1 and 100,000" in capsys.readouterr().err
    for word, told in MISTAKES.items():
        assert main([f"results={tmp_path}", word]) in (1, 2)
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(told), line
    assert not any(tmp_path.iterdir())


def test_help_is_the_usage_with_its_choices() -> None:
    """Nothing is run; the markets and suites that can be named are listed."""
    for word in ("--help", "-h"):
        said: list[str] = []
        assert main([word], said.append) == 0
        assert said[0].startswith("usage: benchmark")
        assert "plain, whales, thin_data" in said[0]
        assert ": v1" in said[0]
