"""Hours that making the design costs: from the strategy's word to the desks that start later."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pytest

from experiments.running.arms import Arm
from experiments.running.cells import Batch, run_batch
from experiments.running.plans import make_plan
from sim.behaviour import People
from sim.futures import draw_future
from sim.market import Market
from sim.planning import Assignment, PlanningProblem
from sim.record import Record
from sim.simulate import simulate
from sim.snapshot import OpenDeals, Snapshot, empty_deals, empty_history
from sim.world import World
from tests.markets import drawn_market, tiny_market
from tests.worlds import tiny_policy, tiny_snapshot, tiny_world

NEVER = 1e-12


def certain_world(**changes: Any) -> World:
    """Every stage lasts its mean, nothing is ever won, nobody travels: a commercial account is lost after 15 days of 0.33 h a week."""
    world = tiny_world()
    lost: dict[str, Any] = {"pass_chance": (NEVER,) * 3, "expansion_pass_chance": (NEVER,) * 3, "visits_per_week": 0.0}
    segments = {name: replace(s, **lost) for name, s in world.segments.items()}
    return replace(world, segments=segments, stage_log_sd=0.0, view_log_sd=0.0, **changes)


def bare(accounts_n: int = 6, **bends: Any) -> Snapshot:
    """Commercial accounts of one seat, without deals, customers and history."""
    snapshot = tiny_snapshot(accounts_n, 1, owner=0, engaged_days=0.0, **bends)
    accounts = replace(snapshot.accounts, segment=np.zeros(accounts_n, np.int64), customer_since_day=np.full(accounts_n, np.nan))
    return replace(snapshot, accounts=accounts, deals=empty_deals(), history=empty_history())


def lived(snapshot: Snapshot, planning_h: float, days: float = 100.0, world: World | None = None) -> Record:
    """The log under today's owners."""
    market = tiny_market(snapshot)
    world = certain_world() if world is None else world
    return simulate(market, snapshot.owner, draw_future(1, 0, 0), world, tiny_policy(), days, None, planning_h)


def same_log(one: Record, other: Record) -> bool:
    """Whether two logs agree in every bit of every column."""
    columns = [(getattr(one, f.name), getattr(other, f.name)) for f in fields(Record) if isinstance(getattr(one, f.name), np.ndarray)]
    tables = [(getattr(one.events, t.name), getattr(other.events, t.name)) for t in fields(one.events)]
    columns += [(getattr(a, f.name), getattr(b, f.name)) for a, b in tables for f in fields(a)]
    return all(a.tobytes() == b.tobytes() for a, b in columns)


def test_no_hours_no_difference() -> None:
    """A design that costs nothing leaves every bit of the log as it is; one that costs an hour does not."""
    market, world = drawn_market(), tiny_world()
    arguments = market, market.snapshot.owner, draw_future(1, 0, 0), world, tiny_policy(), 364.0
    free = simulate(*arguments)
    assert same_log(free, simulate(*arguments, None, 0.0))
    assert not same_log(free, simulate(*arguments, None, 1.0))


def test_a_free_desk_starts_when_the_hours_have_passed() -> None:
    """With 7 h a week, 14 hours of planning take 14 days, and then everything starts at once as it would have."""
    free, planned = (lived(bare(capacity_h_per_week=7.0), h) for h in (0.0, 14.0))
    assert set(free.start_day[:6]) == {0.0}
    assert planned.start_day[:6].tolist() == pytest.approx([14.0] * 6, abs=1e-6)
    assert np.array_equal(free.account, planned.account)


def with_deal(snapshot: Snapshot, stage: int = 0) -> Snapshot:
    """The same with a fresh open deal at account 0."""
    none = np.zeros(1)
    deal = OpenDeals(account=np.array([0]), seat=np.array([0]), stage=np.array([stage]), created_day=none - 1.0, stage_age_days=none,
                     amount_usd=none + 1e3, expansion=none > 0)  # fmt: skip
    return replace(snapshot, deals=deal)


def test_open_deals_go_on_and_planning_takes_what_they_leave() -> None:
    """0.83 h a week, a deal of 0.33 h for 15 days: 0.5 h a week are left, then all; 2.5 hours take 15 days + (2.5 - 15/14) / 0.83 weeks."""
    record = lived(with_deal(bare(capacity_h_per_week=0.83)), 2.5)
    assert record.account[0] == 0
    assert record.start_day[0] == 0.0
    assert record.start_day[1] == pytest.approx(15 + (2.5 - 0.5 * 15 / 7) / 0.83 * 7, abs=1e-4)
    assert np.all(record.start_day[1:] >= record.start_day[1])


def test_a_full_desk_plans_when_it_is_free_again() -> None:
    """0.33 h a week, all in use by a deal for 15 days: planning begins then, and 0.33 hours take another week."""
    record = lived(with_deal(bare(capacity_h_per_week=0.33)), 0.33)
    assert record.start_day[:2].tolist() == pytest.approx([0.0, 22.0], abs=1e-4)


@pytest.mark.parametrize("planning_h", [0.5, 3.0, 20.0])
def test_work_and_planning_fit_into_the_hours(planning_h: float) -> None:
    """Until it starts something new, a desk has had the hours that planning and its deals took; at no time are more in use."""
    market, capacity_h = drawn_market(capacity_h_per_week=2.0), 2.0
    record = simulate(market, market.snapshot.owner, draw_future(1, 0, 0), tiny_world(), tiny_policy(), 364.0, None, planning_h)
    open_deals = set(market.snapshot.deals.account.tolist())
    for seat in range(4):
        rows = record.seat == seat
        start, end, hours = record.start_day[rows], record.end_day[rows], record.workload_h_per_week[rows]
        carried = np.array([a in open_deals for a in record.account[rows].tolist()]) & (record.attempt[rows] == 0)
        first_day = start[~carried].min()
        worked_h = (hours * np.clip(np.minimum(end, first_day) - start, 0.0, None)).sum() / 7
        assert worked_h + planning_h <= capacity_h * first_day / 7 + 1e-4
        under_way = (start[None, :] <= start[:, None]) & (end[None, :] > start[:, None])
        assert (under_way @ hours <= capacity_h + 1e-5).all()


def test_who_ramps_takes_longer() -> None:
    """Somebody who starts on day 0 has hours only as the ramp goes, looked at each week: 14 hours take longer than the two weeks of 7 h."""
    snapshot = bare(capacity_h_per_week=7.0)
    new = replace(snapshot, seats=replace(snapshot.seats, start_day=np.zeros(1)))
    assert lived(new, 14.0).start_day.min() > 60.0


def test_who_starts_later_has_not_taken_part() -> None:
    """A seat whose person starts on day 30 starts working on that day."""
    snapshot = bare(capacity_h_per_week=7.0)
    later = replace(snapshot, seats=replace(snapshot.seats, start_day=np.full(1, 30.0)))
    assert same_log(lived(later, 0.0), lived(later, 14.0))


def test_it_ends_with_the_person() -> None:
    """Where planning would take for ever and people leave, the successor owes nothing and starts to work."""
    people = People(resignation_per_year=4.0, attainment_effect=0.0, poverty_effect=0.0, overload_effect=0.0, vacancy_days=10.0)
    record = lived(bare(capacity_h_per_week=7.0), 1e6, 1000.0, certain_world(people=people))
    assert len(record.events.successions.seat) > 0
    assert record.person is not None
    assert record.person.min() == 1
    assert record.start_day.min() >= record.events.successions.start_day[0]


def test_an_impossible_number_of_hours_is_refused() -> None:
    """Hours are a number, and at least 0."""
    for hours in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="planning_h_per_seat"):
            Assignment(np.zeros(3, np.int64), planning_h_per_seat=hours)


@dataclass(frozen=True)
class Costly:
    """Today's owners, at so many hours a seat."""

    hours: float

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """What is, and what it costs to say so."""
        return Assignment(problem.owner, planning_h_per_seat=self.hours)


def bookings(market: Market, hours: float) -> list[float]:
    """In three futures."""
    arm = Arm("costly", Costly(hours), tiny_policy(), tiny_world())
    plan = make_plan(1, 182.0, 0, (arm, market))
    assert plan.planning_h_per_seat == hours
    return [cell.row["bookings_usd"] for cell in run_batch(Batch(1, 182.0, market, (arm,), (plan,), (0, 1, 2)))]


def test_a_comparison_counts_the_hours() -> None:
    """The same design books the same for nothing, less at eight weeks of everybody's hours."""
    market = drawn_market()
    free, costly = bookings(market, 0.0), bookings(market, 48.0)
    assert sum(costly) < 0.9 * sum(free)
