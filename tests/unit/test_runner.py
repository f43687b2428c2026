"""One paired comparison: rows, failures, processes, folders."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments import runner
from experiments.changes.history import ForgetHistory
from experiments.changes.team import NEW_SEAT, AddSeats
from experiments.comparison import draw_markets
from experiments.designs.tables import accounts_table
from experiments.runner import run_comparison
from experiments.running import cells, store
from experiments.running.arms import Arm, Settings
from experiments.running.errors import RunError
from experiments.running.plans import FAILED, OK, UNSUPPORTED
from experiments.running.progress import track
from experiments.running.scenario import Scenario
from experiments.running.workplace import Died
from sim import simulate as simulation
from sim.crm.errors import InputError
from sim.market import Market, MarketSource
from sim.markets.synthetic import SyntheticMarket
from sim.planning import Assignment, PlanningProblem, Strategy, Unsupported
from sim.policy import Policy
from sim.quota import with_quota
from sim.subset import subset
from sim.world import World
from strategies.equal_count import EqualCount
from strategies.random_draw import Random
from strategies.status_quo import StatusQuo
from tests.comparisons import arms_of, no_report  # noqa: F401  # an autouse fixture works by being imported
from tests.markets import SIZES, drawn_market, synthetic, tiny_market
from tests.worlds import tiny_policy, tiny_world

TODAY = Scenario("base", "what now?")
DESIGNS: Mapping[str, Strategy] = {"status_quo": StatusQuo(), "random": Random(), "equal_count": EqualCount()}


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
class Declines:
    """A strategy that cannot treat the problem."""

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """Say why."""
        raise Unsupported("there is no map")


@dataclass(frozen=True)
class SaysWhere:
    """A strategy whose planner's word is the process in which it ran."""

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """Today's owners."""
        return Assignment(problem.owner, {"objective_usd": os.getpid()})


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
class Hangs:
    """A strategy that never ends."""

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """Run in circles."""
        while True:
            pass


@dataclass(frozen=True)
class Deaf:
    """A strategy that never ends, inside a library that lets no signal in."""

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """Run in circles with the ears shut."""
        signal.signal(signal.SIGALRM, signal.SIG_IGN)  # blocked in this thread it would still reach another one of the worker's
        while True:
            pass


@dataclass(frozen=True)
class BadFiles:
    """A market whose files are wrong."""

    label: str = "bad"

    def draw(self, seed: int, draw: int, world: World, policy: Policy) -> Market:
        """Tell about a line."""
        raise InputError("accounts.csv:3: latitude '123' is outside -90 to 90")


def run(
    root: Path,
    strategies: Mapping[str, Strategy] = DESIGNS,
    source: MarketSource | None = None,
    scenario: Scenario = TODAY,
    **settings: Any,
) -> Path:
    """A comparison of a year in a market of 60 accounts and 3 seats."""
    asked = Settings(**{"seed": 3, "futures": 3, "quarters": 4, **settings})
    return run_comparison(synthetic(60, 3) if source is None else source, arms_of(strategies), scenario, asked, root, progress=False)


def rows(folder: Path, arm: str, table: str = "runs.parquet") -> pd.DataFrame:
    """The rows of one arm."""
    found = store.read_table(folder / table)
    return found[found["arm"] == arm].reset_index(drop=True)


def same_tables(one: Path, other: Path) -> None:
    """All tables of two folders agree to the last bit, but for measured times; the files are the same ones."""
    names = sorted(str(path.relative_to(one)) for suffix in ("csv", "parquet") for path in one.rglob(f"*.{suffix}"))
    assert names == sorted(str(path.relative_to(other)) for suffix in ("csv", "parquet") for path in other.rglob(f"*.{suffix}"))
    assert {"runs.parquet", "seats.parquet", "accounts.parquet", "summary.csv", "pairwise.csv", "designs/random.csv"} <= set(names)
    for name in names:
        tables = [store.read_table(folder / name) for folder in (one, other)]
        left, right = (table.drop(columns=[c for c in table if str(c).endswith("_s")]) for table in tables)
        pd.testing.assert_frame_equal(left, right, check_exact=True)


def test_every_arm_and_future_is_a_row(tmp_path: Path) -> None:
    """Runs has a row a draw, arm and future, seats one a quarter of each, both sorted by their keys; the folder is complete."""
    folder = run(tmp_path, draws=2)
    runs, seats = store.read_table(folder / "runs.parquet"), store.read_table(folder / "seats.parquet")
    keys = [(draw, arm, future) for draw in (0, 1) for arm in sorted(DESIGNS) for future in range(3)]
    assert list(runs[["draw", "arm", "future"]].itertuples(index=False, name=None)) == keys
    assert len(seats) == len(keys) * 3 * 4
    assert list(seats["quarter"][:4]) == [1, 2, 3, 4]
    assert set(runs["status"]) == {OK}
    booked = seats.groupby(["draw", "arm", "future"])["bookings_usd"].sum()
    np.testing.assert_allclose(booked.to_numpy(), runs["bookings_usd"], rtol=1e-12)
    assert store.read_status(folder) == store.COMPLETE
    assert folder.parent == tmp_path / "small"


def test_provenance_says_what_made_the_folder(tmp_path: Path) -> None:
    """Settings, arms in the order given, versions and times stand in provenance.json, in one file that is there from the start."""
    folder = run(tmp_path, config={"seed": 3}, command="./run compare seed=3")
    about = store.read_json(folder / "provenance.json")
    assert about["arms"] == list(DESIGNS)
    expected = {"market": "small", "scenario": "base", "seed": 3, "futures": 3, "quarters": 4, "draws": 1, "baseline": "status_quo"}
    assert {name: about[name] for name in expected} == expected
    assert about["config"] == {"seed": 3}
    assert about["command"] == "./run compare seed=3"
    assert about["versions"]["numpy"] == np.__version__
    assert about["finished"] >= about["started"]


def test_moved_accounts_have_reasons(tmp_path: Path) -> None:
    """A design's file has every account once, with a reason exactly where its seat changes or nobody gets it; it is that of future 0."""
    folder = run(tmp_path)
    accounts = store.read_table(folder / "accounts.parquet")
    for label in DESIGNS:
        design = store.read_table(folder / "designs" / f"{label}.csv")
        moves = design["from_seat"] != design["to_seat"]
        assert ((design["reason"] != "") == (moves | (design["to_seat"] == ""))).all()
        assert list(design["account_id"]) == list(accounts["account_id"])
        assert list(design["to_seat"]) == list(accounts[f"seat_{label}"])
        first = store.read_table(folder / "runs.parquet").query("arm == @label and future == 0").iloc[0]
        assert first["moved_n"] == moves.sum()


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


def test_processes_and_order_do_not_show(tmp_path: Path) -> None:
    """One process and two, and the arms in any order, give the same tables to the last bit."""
    one = run(tmp_path, draws=2)
    two = run(tmp_path, dict(reversed(list(DESIGNS.items()))), draws=2, workers=2)
    same_tables(one, two)


def test_two_workers_are_other_processes(tmp_path: Path) -> None:
    """With two workers no design is made in this process, with one all are."""
    for workers, here in ((1, True), (2, False)):
        where = rows(run(tmp_path, {**DESIGNS, "where": SaysWhere()}, workers=workers), "where")
        assert set(where["plan_objective_usd"] == os.getpid()) == {here}


def test_who_takes_a_process_with_it_fails_alone(tmp_path: Path) -> None:
    """A strategy whose process is killed is a failed arm with a reason; all others have the tables that they have without it."""
    folder = run(tmp_path, {**DESIGNS, "dies": Dies()}, workers=2)
    assert set(rows(folder, "dies")["error"]) == {Died().why}
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
    assert set(rows(folder, "dies")["error"]) == {Died().why}
    assert rows(folder, "dies")["plan_objective_usd"].tolist() == [1.0, 1.0, 1.0]
    assert not (folder / store.CELLS).exists()
    alone = run(tmp_path)
    for arm in DESIGNS:
        np.testing.assert_array_equal(rows(folder, arm)["bookings_usd"], rows(alone, arm)["bookings_usd"])


@pytest.mark.parametrize("workers", [1, 2])
def test_a_strategy_that_hangs_fails_at_its_limit(tmp_path: Path, workers: int) -> None:
    """Whether it sleeps or runs in circles, a design that takes longer than the limit has failed; the others go on."""
    folder = run(tmp_path, {**DESIGNS, "hangs": Hangs()}, workers=workers, cell_limit_s=1.0)
    assert set(rows(folder, "hangs")["error"]) == {"TookTooLong: planning took longer than 1 s (cell_limit_s)"}
    assert set(rows(folder, "random")["status"]) == {OK}


def test_a_hang_that_hears_no_signal_is_ended(tmp_path: Path) -> None:
    """A library's own loop is ended by the operating system, in its worker; the arm has failed and the others go on."""
    folder = run(tmp_path, {**DESIGNS, "deaf": Deaf()}, workers=2, cell_limit_s=0.5)
    assert set(rows(folder, "deaf")["error"]) == {Died().why}
    assert set(rows(folder, "random")["status"]) == {OK}


def test_seed_matters(tmp_path: Path) -> None:
    """Another seed is another market and other futures; within a run the futures differ from each other."""
    one, two = (rows(run(tmp_path, seed=seed), "status_quo")["bookings_usd"].to_numpy() for seed in (3, 4))
    assert not np.intersect1d(one, two).size
    assert len(set(one)) == 3


def test_chance_is_drawn_anew_in_each_future(tmp_path: Path) -> None:
    """A strategy whose own luck is part of the comparison has another design in each future; the others keep theirs."""
    folder = run(tmp_path)
    assert len(set(rows(folder, "random")["moved_potential_share"])) == 3
    assert len(set(rows(folder, "equal_count")["moved_potential_share"])) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"baseline": "stats_quo"}, "baseline: 'stats_quo' is not among the arms; there are status_quo, random, equal_count"),
        ({"strategies": {"status_quo": Declines()}}, "baseline: status_quo has no design (there is no map)"),
        ({"strategies": {"status_quo": StatusQuo(), "a/b": Random()}}, "strategies: the label 'a/b' names files"),
        (
            {"source": synthetic(60, 3, segments={"tiny": SIZES["commercial"]})},
            "world.segments: 'tiny' is not there",
        ),
    ],
)
def test_mistakes_leave_nothing_behind(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    """What cannot be compared is told in one line with exit code 2, and no folder is made."""
    with pytest.raises(RunError) as raised:
        run(tmp_path / "results", **change)
    assert str(raised.value).startswith(message)
    assert "\n" not in str(raised.value)
    assert raised.value.exit_code == 2
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("workers", [1, 2])
def test_bad_files_are_told_by_the_market_itself(tmp_path: Path, workers: int) -> None:
    """A market's complaint about its files passes unchanged, from another process too, and no folder is made."""
    with pytest.raises(InputError) as raised:
        run(tmp_path / "results", source=BadFiles(), workers=workers, draws=2)
    assert raised.value.lines == ("accounts.csv:3: latitude '123' is outside -90 to 90",)
    assert not (tmp_path / "results").exists()


def test_greenfield_forgets_everything_but_the_target(tmp_path: Path) -> None:
    """Without history nobody owns, worked or bought anything, yet the quota is the one that today's owners would book."""
    market = drawn_market()
    bare = ForgetHistory().on(market, 0).snapshot
    assert not bare.has_owners
    assert len(bare.deals) == len(bare.history) == 0
    assert np.isnan(bare.last_touch_day).all()
    assert np.isnan(bare.accounts.customer_since_day).all()
    np.testing.assert_array_equal(bare.accounts.potential_usd, market.snapshot.accounts.potential_usd)
    greenfield = Scenario("greenfield", "what is a design alone worth?", (ForgetHistory(),))
    folder = run(tmp_path, {"equal_count": EqualCount(), "random": Random()}, scenario=greenfield, baseline="equal_count")
    runs = store.read_table(folder / "runs.parquet")
    assert set(runs["status"]) == {OK}
    assert (runs["moved_n"] == 0).all()
    settings = Settings(seed=3)
    drawn = draw_markets(synthetic(60, 3), tiny_world(), tiny_policy(), greenfield, settings)[0]
    known = synthetic(60, 3).draw(3, 0, tiny_world(), tiny_policy())
    target = with_quota(greenfield.change(known, 3), known.snapshot.owner, tiny_world(), tiny_policy(), settings.horizon_days, 3)
    np.testing.assert_array_equal(drawn.snapshot.seats.quota_usd, target.snapshot.seats.quota_usd)
    assert store.read_json(folder / "provenance.json")["scenario"] == "greenfield"


def test_arms_with_a_market_of_their_own_live_through_the_same_futures(tmp_path: Path) -> None:
    """A hire that gets nothing changes nobody else's year; it has rows, a home and a place in the tables of its own arm only."""
    hired = replace(arms_of({"hired": StatusQuo()})[0], changes=(AddSeats(),), varied={"changes": "one more"})
    arms = [*arms_of({"status_quo": StatusQuo()}), hired]
    folder = run_comparison(synthetic(60, 3), arms, TODAY, Settings(seed=3, futures=3, quarters=4), tmp_path, progress=False)
    seats = store.read_table(folder / "seats.parquet").set_index(["future", "seat", "quarter"])
    before, after = (seats[seats["arm"] == label].drop(columns="arm") for label in ("status_quo", "hired"))
    pd.testing.assert_frame_equal(after.drop(index=NEW_SEAT, level="seat"), before)
    assert (after.xs(NEW_SEAT, level="seat")["owned_n"] == 0).all()
    assert store.read_table(folder / "seats_home.csv")["seat"].tolist()[-1] == NEW_SEAT
    runs = store.read_table(folder / "runs.parquet")
    assert runs.groupby("arm")["p_changes"].first().to_dict() == {"hired": "one more", "status_quo": ""}


def test_accounts_of_some_arms_only_stand_behind_all_others() -> None:
    """The table of accounts has every account of any arm once, and no seat in an arm that does not know it."""
    today = tiny_market().snapshot
    fewer = subset(today, np.arange(4))
    table = accounts_table(fewer, [("b", today, np.zeros(len(today.accounts), dtype=np.int64)), ("a", fewer, fewer.owner)])
    assert table["account_id"].tolist() == list(today.accounts.id)
    assert (table["seat_b"] == today.seats.id[0]).all()
    assert table["seat_a"].tolist()[:4] == table["today"].tolist()[:4] != [""] * 4
    assert set(table["seat_a"][4:]) == set(table["today"][4:]) == {""}


def test_changes_that_cannot_be_are_named(tmp_path: Path) -> None:
    """A hire beside a seat that is not there is one line with the arm's key, and no folder is made."""
    hired = replace(arms_of({"hired": StatusQuo()})[0], changes=(AddSeats(beside="S9"),))
    with pytest.raises(RunError, match=r"arms.hired.changes: .* there is no seat 'S9'"):
        run_comparison(synthetic(60, 3), [hired], TODAY, Settings(baseline="hired"), tmp_path / "r", progress=False)
    assert not (tmp_path / "r").exists()


def test_new_market_without_owners_has_a_target_too(tmp_path: Path) -> None:
    """Where nobody ever owned anything the target is what a leader's gut feeling would book."""
    source: SyntheticMarket = synthetic(60, 3, history_quarters=0)
    folder = run(tmp_path, {"equal_count": EqualCount(), "random": Random()}, source=source, baseline="equal_count")
    assert (store.read_table(folder / "seats.parquet")["quota_usd"] > 0).all()


def test_progress_is_a_line_in_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    """Away from a terminal a stage is one plain line on standard error, or nothing where no progress is asked for."""
    assert list(track([(1, "b"), (0, "a")], "futures lived", [5, 5], show=False)) == [(1, "b"), (0, "a")]
    assert capsys.readouterr() == ("", "")
    assert list(track([(1, "b"), (0, "a")], "futures lived", [5, 5], show=True)) == [(1, "b"), (0, "a")]
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("futures lived: 10 in ")
