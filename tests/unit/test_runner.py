"""One paired comparison: rows, processes, arms, folders."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.changes.history import ForgetHistory
from experiments.changes.team import NEW_SEAT, AddSeats
from experiments.comparison import draw_markets
from experiments.designs.tables import accounts_table
from experiments.runner import run_comparison
from experiments.running import store
from experiments.running.arms import Settings
from experiments.running.errors import RunError
from experiments.running.plans import OK
from experiments.running.progress import track
from experiments.running.scenario import Scenario
from sim.crm.errors import InputError
from sim.market import Market
from sim.markets.synthetic import SyntheticMarket
from sim.planning import Assignment, PlanningProblem
from sim.policy import Policy
from sim.quota import with_quota
from sim.subset import subset
from sim.world import World
from strategies.equal_count import EqualCount
from strategies.optimized import Optimized
from strategies.random_draw import Random
from strategies.status_quo import StatusQuo
from tests.comparisons import DESIGNS, TODAY, Declines, arms_of, no_report, rows, run, same_tables  # noqa: F401  # an autouse fixture works by being imported
from tests.markets import SIZES, drawn_market, synthetic, tiny_market
from tests.worlds import tiny_policy, tiny_world


@dataclass(frozen=True)
class SaysWhere:
    """A strategy whose planner's word is the process that asked it; it plans in one of its own."""

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """Today's owners."""
        return Assignment(problem.owner, {"objective_usd": os.getppid()})


@dataclass(frozen=True)
class BadFiles:
    """A market whose files are wrong."""

    label: str = "bad"

    def draw(self, seed: int, draw: int, world: World, policy: Policy) -> Market:
        """Tell about a line."""
        raise InputError("accounts.csv:3: latitude '123' is outside -90 to 90")


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


def test_what_a_planner_wants_to_be_known_is_a_note(tmp_path: Path) -> None:
    """A score that falls back says so where everybody reads it: in the notes of the run, which the terminal and the report print."""
    folder = run(tmp_path, {"status_quo": StatusQuo(), "learned": Optimized(score="model")}, quarters=1)
    notes = store.read_json(folder / store.PROVENANCE)["notes"]
    assert any(note.startswith("learned: score model: ") and "historical" in note for note in notes)


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
