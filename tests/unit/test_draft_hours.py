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


def reviewed(snapshot: Snapshot, planning_h: float, days: float = 180.0, at_first_h: float = 0.0, world: World | None = None) -> Record:
    """The log under today's owners, who are asked on day 91 what they would like, spend so many hours on it, and keep what they have."""

    def kept(problem: PlanningProblem, review: int) -> Assignment:
        return Assignment(problem.owner, planning_h_per_seat=planning_h)

    world = certain_world() if world is None else world
    policy = tiny_policy(review="quarterly", rest_after_loss_days=1.0)
    return simulate(tiny_market(snapshot), snapshot.owner, draw_future(1, 0, 0), world, policy, days, kept, at_first_h)


def test_a_design_made_again_at_a_review_costs_its_hours_again() -> None:
    """With 7 h a week, 14 hours from day 91 on take as long as what is under way leaves: nothing starts until they have passed."""
    free, planned = (reviewed(bare(capacity_h_per_week=7.0), h) for h in (0.0, 14.0))
    began = planned.start_day[planned.start_day >= 91.0].min()
    assert np.any((free.start_day >= 91.0) & (free.start_day < 104.0))
    assert 105.0 < began < 108.0
    hours = planned.events.planning
    assert (hours.start_day.min(), hours.end_day.max()) == (91.0, pytest.approx(began))


def test_hours_that_are_still_owed_are_not_forgiven_at_a_review() -> None:
    """0.6 h a week: of 10 hours 2.2 are owed on day 91, 3.5 more are asked, and nothing starts until all 13.5 have been spent."""
    owed = reviewed(bare(capacity_h_per_week=0.6), 3.5, at_first_h=10.0)
    assert owed.start_day.min() == pytest.approx(7 * 13.5 / 0.6, abs=1e-3)
    assert planned_h(owed) == pytest.approx(13.5, abs=1e-4)


def planned_h(record: Record) -> float:
    """Hours of planning in a log."""
    spent = record.events.planning
    return float((spent.hours_per_week * (spent.end_day - spent.start_day)).sum() / 7)


def test_the_log_holds_the_hours_as_they_pass() -> None:
    """14 hours beside a deal, by a person who ramps; 7 by day 7; those of a person who leaves end there."""
    deal = with_deal(bare(capacity_h_per_week=7.0))
    assert planned_h(lived(deal, 14.0)) == pytest.approx(14.0, abs=1e-4)
    assert planned_h(lived(replace(deal, seats=replace(deal.seats, start_day=np.zeros(1))), 14.0, 364.0)) == pytest.approx(14.0, abs=1e-4)
    assert planned_h(lived(bare(capacity_h_per_week=7.0), 14.0, 7.0)) == pytest.approx(7.0)
    people = People(resignation_per_year=4.0, attainment_effect=0.0, poverty_effect=0.0, overload_effect=0.0, vacancy_days=10.0)
    left = lived(bare(capacity_h_per_week=7.0), 1e6, 1000.0, certain_world(people=people))
    assert left.events.planning.end_day.max() == left.events.successions.left_day[0]
    assert planned_h(left) == pytest.approx(left.events.successions.left_day[0])


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


def rows(market: Market, hours: float, days: float = 182.0, **policy: Any) -> list[Any]:
    """Of three futures."""
    arm = Arm("costly", Costly(hours), tiny_policy(**policy), tiny_world())
    plan = make_plan(1, days, 0, (arm, market))
    assert plan.planning_h_per_seat == hours
    return [cell.row for cell in run_batch(Batch(1, days, market, (arm,), (plan,), (0, 1, 2)))]


def test_a_comparison_counts_the_hours() -> None:
    """The same design books the same for nothing, less at eight weeks of everybody's hours."""
    market = drawn_market()
    free, costly = (sum(row["bookings_usd"] for row in rows(market, hours)) for hours in (0.0, 48.0))
    assert costly < 0.9 * free


def test_a_comparison_counts_the_hours_of_every_review() -> None:
    """8 hours of four seats at roll-out; as many again at each of three reviews, which are hours in use."""
    market = drawn_market()
    once, often = (rows(market, 8.0, 364.0, review=review) for review in ("never", "quarterly"))
    assert [row["planning_h"] for row in once] == pytest.approx([32.0] * 3, abs=1e-3)
    assert [row["planning_h"] for row in often] == pytest.approx([128.0] * 3, abs=1e-3)
    for idle, busy in zip(rows(market, 0.0), rows(market, 48.0), strict=True):
        assert busy["utilisation_share"] > 0.95 * idle["utilisation_share"]
