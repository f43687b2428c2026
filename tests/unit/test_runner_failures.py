"""What fails in a comparison, a bug, a hang or a process that dies, fails alone and is told in one line."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments import runner
from experiments.runner import run_comparison
from experiments.running import asking, cells, store
from experiments.running.arms import Arm, Settings
from experiments.running.errors import RunError
from experiments.running.plans import FAILED, OK, UNSUPPORTED
from sim import simulate as simulation
from sim.market import Market
from sim.planning import Assignment, PlanningProblem
from tests.comparisons import DESIGNS, TODAY, Declines, arms_of, no_report, rows, run  # noqa: F401  # an autouse fixture works by being imported
from tests.markets import synthetic
from tests.worlds import tiny_policy, tiny_world


@dataclass(frozen=True)
class Raises:
    """A strategy with a bug."""

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """Divide by zero."""
        raise ZeroDivisionError("nobody to\nshare with")


@dataclass(frozen=True)
class Overreaches:
    """A strategy that gives accounts to a seat that is not there."""

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """Every account to the seat after the last."""
        return Assignment(np.full(len(problem.accounts), len(problem.seats)))


@dataclass(frozen=True)
class Dies:
    """A strategy that takes its process with it."""

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """Like a process that is killed for its memory."""
        os._exit(1)


@dataclass(frozen=True)
class DiesLater:
    """A strategy that takes its process with it once it is asked again."""

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """Today's owners, on day 0."""
        if problem.horizon_days < 364.0:
            os._exit(1)
        return Assignment(problem.owner, {"objective_usd": 1.0})


@dataclass(frozen=True)
class Deaf:
    """A strategy that never ends where there are more accounts than it can take, and that nobody can interrupt."""

    most_n: int

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """Sleep through everything."""
        while len(problem.accounts) > self.most_n:
            with suppress(BaseException):
                time.sleep(60.0)
        return Assignment(problem.owner)


@dataclass(frozen=True)
class Forks:
    """A strategy that leaves a process behind, which holds on to all that it was given, and ends its own."""

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """Sleep in the one process, end the other."""
        if os.fork() == 0:
            time.sleep(120.0)
        os._exit(3)


class Speechless(Exception):
    """An error that fails when it is to be told."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


@dataclass(frozen=True)
class Complains:
    """A strategy that raises what it is given."""

    error: Exception

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """Raise."""
        raise self.error


class Word(str):
    """A text that would have more to say where it is read."""

    def __reduce__(self) -> Any:
        return os._exit, (9,)


@dataclass(frozen=True)
class Hints:
    """A strategy whose note is such a text."""

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """Today's owners."""
        return Assignment(problem.owner, {"note": Word("look here")})


@dataclass(frozen=True)
class Exits:
    """A strategy that ends the run."""

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """As from a script."""
        sys.exit(3)


@dataclass(frozen=True)
class Scribbles:
    """A strategy that unlocks what it is shown, and writes to it."""

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """All accounts to the first seat, in the problem itself."""
        for array in (problem.owner, problem.accounts.potential_usd):
            array.setflags(write=True)
            array[:] = 0
        return Assignment(problem.owner)


@dataclass(frozen=True)
class Talks:
    """A strategy that says in ``info`` what it likes."""

    objective_usd: Any

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """Today's owners."""
        return Assignment(problem.owner, {"objective_usd": self.objective_usd})


def test_failed_arms_are_rows_and_the_others_go_on(tmp_path: Path) -> None:
    """A bug, a broken contract and a problem that a strategy declines are rows with one line each; the rest is untouched."""
    folder = run(tmp_path, {**DESIGNS, "raises": Raises(), "overreaches": Overreaches(), "declines": Declines()})
    expected = {
        "raises": (FAILED, "ZeroDivisionError: nobody to"),
        "overreaches": (FAILED, "ValueError: the design has owners from 3 to 3; seats are 0 to 2, and -1 is nobody"),
        "declines": (UNSUPPORTED, "there is no map"),
    }
    for arm, status_and_error in expected.items():
        failed = rows(folder, arm)
        assert list(failed["future"]) == [0, 1, 2]
        assert set(zip(failed["status"], failed["error"], strict=True)) == {status_and_error}
        told = rows(folder, arm, "summary.csv").iloc[0]
        assert (told["error"], told["futures_n"], told["failed_n"], told["verdict"]) == (status_and_error[1], 0, 3, "")
    assert store.read_status(folder) == store.PARTIAL
    alone = run(tmp_path)
    for arm in DESIGNS:
        np.testing.assert_array_equal(rows(folder, arm)["bookings_usd"], rows(alone, arm)["bookings_usd"])


def test_declining_is_no_failure(tmp_path: Path) -> None:
    """A comparison in which a strategy is unsupported is complete."""
    assert store.read_status(run(tmp_path, {**DESIGNS, "declines": Declines()})) == store.COMPLETE


def test_a_future_that_fails_for_the_baseline_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lifts are taken over the futures that both arms lived, and the folder is partial."""

    def simulate(market: Market, owner: Any, future: Any, *rest: Any) -> Any:
        if future.index == 1 and np.array_equal(owner, market.snapshot.owner):
            raise RuntimeError("lost")
        return lived(market, owner, future, *rest)

    lived = simulation.simulate
    whole = run(tmp_path)
    booked = {arm: rows(whole, arm)["bookings_usd"].to_numpy()[[0, 2]].sum() for arm in ("random", "status_quo")}
    monkeypatch.setattr(cells, "simulate", simulate)
    folder = run(tmp_path)
    lift = rows(folder, "random", "summary.csv")["raw_lift_share"].iloc[0]
    assert lift == pytest.approx(booked["random"] / booked["status_quo"] - 1, rel=1e-9)
    assert rows(folder, "status_quo", "summary.csv")["failed_n"].iloc[0] == 1
    assert store.read_status(folder) == store.PARTIAL


def test_baseline_that_fails_everywhere_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can be compared then: the rows are kept with their reason, STATUS is failed, the exit code is 1."""

    def simulate(*_: Any) -> Any:
        raise RuntimeError("lost")

    monkeypatch.setattr(cells, "simulate", simulate)
    with pytest.raises(RunError, match="status_quo failed in all futures") as raised:
        run(tmp_path)
    assert raised.value.exit_code == 1
    folder = next((tmp_path / "small").iterdir())
    assert store.read_status(folder) == store.FAILED
    assert set(store.read_table(folder / "runs.parquet")["error"]) == {"RuntimeError: lost"}


def test_interruption_leaves_no_running_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder whose run was broken off says that it failed, and has its provenance."""

    def interrupt(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, "live_through", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path)
    folder = next((tmp_path / "small").iterdir())
    assert store.read_status(folder) == store.FAILED
    assert (folder / "provenance.json").exists()


def test_report_that_fails_costs_no_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables are whole when the report breaks, and one line says so."""

    def write_report(folder: Path) -> Path:
        raise OSError("no space")

    monkeypatch.setattr(sys.modules["experiments.report.page"], "write_report", write_report)
    with pytest.raises(RunError, match="are whole, but the report is not drawn: OSError: no space"):
        run(tmp_path)
    assert store.read_status(next((tmp_path / "small").iterdir())) == store.COMPLETE


def test_who_takes_a_process_with_it_fails_alone(tmp_path: Path) -> None:
    """A strategy whose process is killed is a failed arm with a reason; all others have the tables that they have without it."""
    folder = run(tmp_path, {**DESIGNS, "dies": Dies()}, workers=2)
    assert set(rows(folder, "dies")["error"]) == {"its process ended itself (exit code 1)"}
    assert store.read_status(folder) == store.PARTIAL
    alone = run(tmp_path)
    for arm in DESIGNS:
        np.testing.assert_array_equal(rows(folder, arm)["bookings_usd"], rows(alone, arm)["bookings_usd"])


def test_a_future_that_kills_its_process_fails_alone(tmp_path: Path) -> None:
    """An arm that takes its process with it in one review of one future fails in all futures in which it does, and nobody else fails."""
    policy = tiny_policy(review="quarterly", review_trigger_cv=0.0)
    arms = [*arms_of(DESIGNS), Arm("dies", DiesLater(), policy, tiny_world())]
    asked = Settings(seed=3, futures=3, quarters=4, workers=2)
    folder = run_comparison(synthetic(60, 3), arms, TODAY, asked, tmp_path, progress=False)
    assert set(rows(folder, "dies")["error"]) == {"its process ended itself (exit code 1)"}
    assert rows(folder, "dies")["plan_objective_usd"].tolist() == [1.0, 1.0, 1.0]
    assert not (folder / store.CELLS).exists()
    alone = run(tmp_path)
    for arm in DESIGNS:
        np.testing.assert_array_equal(rows(folder, arm)["bookings_usd"], rows(alone, arm)["bookings_usd"])


@pytest.mark.parametrize("workers", [1, 2])
def test_a_strategy_that_hangs_fails_at_its_limit(tmp_path: Path, workers: int) -> None:
    """A design that takes longer than the limit has failed, even if it swallows all that could interrupt it; the others go on."""
    folder = run(tmp_path, {**DESIGNS, "deaf": Deaf(50)}, workers=workers, cell_limit_s=0.5)
    assert set(rows(folder, "deaf")["error"]) == {"TookTooLong: planning took longer than 0.5 s (cell_limit_s)"}
    assert set(rows(folder, "random")["status"]) == {OK}


def test_a_strategy_that_always_hangs_does_not_outlive_its_warm_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that never ends, even for a small part of the problem, has failed once it has had the time that starting may take."""
    monkeypatch.setattr(asking, "WARM_UP_S", 4.0)
    folder = run(tmp_path, {**DESIGNS, "deaf": Deaf(0)}, cell_limit_s=0.5)
    expected = "TookTooLong: planning took longer than 4.5 s for a small part of the problem (cell_limit_s)"
    assert set(rows(folder, "deaf")["error"]) == {expected}


@pytest.mark.parametrize(
    ("strategy", "why"),
    [
        (Exits(), "SystemExit: 3"),
        (Dies(), "its process ended itself (exit code 1)"),
        (Talks("abc"), "ValueError: info['objective_usd'] is 'abc'; a number is expected"),
        (Talks([1.0]), "TypeError: info['objective_usd'] is a list; scalars are expected"),
        (Forks(), "its process ended itself (exit code 3)"),
        (Complains(Speechless()), "Speechless: what it says cannot be told"),
        (Complains(ValueError("\x1b[31m" + "x" * 1000)), f"ValueError:  [31m{'x' * 383}"),
    ],
)
def test_what_a_strategy_does_it_does_to_itself(tmp_path: Path, strategy: Any, why: str) -> None:
    """Ending the process, with one worker too, or saying what is no number, is a failed arm with its reason; nobody else is touched."""
    folder = run(tmp_path, {**DESIGNS, "guest": strategy})
    assert set(rows(folder, "guest")["error"]) == {why}
    np.testing.assert_array_equal(rows(folder, "random")["bookings_usd"], rows(run(tmp_path), "random")["bookings_usd"])


def test_an_answer_is_read_in_plain_types(tmp_path: Path) -> None:
    """What a guest's own kind of text would do where it is read, it does not do here: its letters alone arrive."""
    folder = run(tmp_path, {**DESIGNS, "hints": Hints()})
    assert set(rows(folder, "hints")["status"]) == {OK}
    assert "hints: look here" in store.read_json(folder / store.PROVENANCE)["notes"]


def test_who_writes_to_the_problem_writes_to_a_copy(tmp_path: Path) -> None:
    """A strategy that unlocks the problem's arrays changes nothing for those who come after it."""
    folder = run(tmp_path, {"scribbles": Scribbles(), **DESIGNS})
    np.testing.assert_array_equal(rows(folder, "random")["bookings_usd"], rows(run(tmp_path), "random")["bookings_usd"])
