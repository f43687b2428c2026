"""People leave, seats stand empty, others come: on days that can be worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtri

from sim.behaviour import HandOver, People
from sim.company.company import Company
from sim.company.logbook import record_of
from sim.company.people import missed_share, overload_share, poorer_share
from sim.events import REDESIGN, Successions, table
from sim.futures import Chance, Future, draw_future
from sim.market import Market
from sim.markets.history import truth_after
from sim.ramp import tenures
from sim.record import CUT, WON, Record
from sim.simulate import simulate
from sim.snapshot import Snapshot, empty_deals, empty_history, to_grid
from sim.world import World
from tests.markets import drawn_market, tiny_market
from tests.worlds import tiny_policy, tiny_snapshot, tiny_world

FUTURE = draw_future(1, 0, 0)
SURE = 1 - 1e-12
NEVER_LEAVES = People()


def plain_world(chance: float = SURE, support_h_per_week: float = 0.0, **changes: Any) -> World:
    """Every stage lasts exactly its mean and is passed with the same chance; all reps think alike."""
    world = tiny_world()
    rates: dict[str, Any] = {"pass_chance": (chance,) * 3, "expansion_pass_chance": (chance,) * 3}
    rates |= {"visits_per_week": 0.0, "support_h_per_week": support_h_per_week}
    segments = {name: replace(segment, **rates) for name, segment in world.segments.items()}
    quiet = {"stage_log_sd": 0.0, "amount_log_sd": 0.0, "view_log_sd": 0.0, "fit_effect": 0.0, "skill_effect": 0.0, "ramp_days": 0.0}
    return replace(world, segments=segments, **{**quiet, **changes})


def bare(accounts_n: int, seats_n: int = 1, start_day: Any = -1000.0, quota_usd: float = np.nan, **bends: Any) -> Snapshot:
    """Nobody is a customer, nothing has happened; account i is of segment i mod 3."""
    snapshot = tiny_snapshot(accounts_n, seats_n, **{"engaged_days": 0.0, **bends})
    seats = snapshot.seats
    return replace(
        snapshot,
        accounts=replace(snapshot.accounts, customer_since_day=np.full(accounts_n, np.nan), arr_usd=np.zeros(accounts_n)),
        seats=replace(seats, start_day=np.broadcast_to(start_day, seats_n).astype(float), quota_usd=np.full(seats_n, quota_usd)),
        deals=empty_deals(),
        history=empty_history(),
    )


def lived(snapshot: Snapshot, people: People, owner: np.ndarray | None = None, days: float = 728.0, **changes: Any) -> Record:
    """One future in the plain world with these people."""
    market = tiny_market(snapshot, talent_sd=0.3)
    owner = snapshot.owner if owner is None else owner
    return simulate(market, owner, FUTURE, plain_world(**{"people": people, **changes}), tiny_policy(), days)


def bears(seat: int, person: int = 0, future: Future = FUTURE) -> float:
    """The integrated hazard at which the future lets this person go."""
    return float(-np.log(future.uniform(Chance.TENURE, seat, person)))


def leaving_on(day: float, seat: int = 0, **more: float) -> People:
    """People of whom the first in ``seat`` leaves on that day, if nothing troubles anybody."""
    return People(resignation_per_year=bears(seat) / day * 364, **more)


def by_hand(snapshot: Snapshot, leaves: list[float], comes: list[float], days: float, **changes: Any) -> Record:
    """Seat 0 falls vacant on the days ``leaves`` and somebody new starts on the days ``comes``."""
    company = Company(tiny_market(snapshot), FUTURE, plain_world(**changes), tiny_policy(), days)
    desk, env = company.desks[0], company.env

    def story() -> Generator[Any, Any, None]:
        for person, (left_day, start_day) in enumerate(zip(leaves, comes, strict=True), 1):
            yield env.timeout(left_day - env.now)
            desk.leave()
            desk.appoint(person, 0.0, start_day)
            yield env.timeout(start_day - env.now)
            desk.succeed()

    desk.succeed()
    env.process(story())
    env.run(until=days)
    return record_of(company, snapshot.owner, company.problem.rest_until_day, days)


def test_without_a_hazard_nobody_leaves() -> None:
    """Resignation off: no change of person, whatever the effects are."""
    people = People(attainment_effect=3.0, poverty_effect=3.0, overload_effect=3.0)
    assert len(lived(bare(12, 3), people).events.successions.seat) == 0


def test_a_person_leaves_when_the_threshold_is_crossed_and_the_next_comes_after_the_vacancy() -> None:
    """Every day, person and talent of two seats over four years is where the future's numbers put it."""
    people = People(resignation_per_year=1.5, vacancy_days=60.0)
    changes = lived(bare(2, 2), people, days=1456.0).events.successions
    assert len(changes.seat) > 4
    for seat in (0, 1):
        here = changes.seat == seat
        came = 0.0
        for k, (person, left, start, talent) in enumerate(
            zip(*(c[here] for c in (changes.person, changes.left_day, changes.start_day, changes.talent)), strict=True)
        ):
            assert person == k + 1
            assert left == pytest.approx(came + bears(seat, k) * 364 / 1.5)
            assert start - left == pytest.approx(-60 * np.log(FUTURE.uniform(Chance.VACANCY, seat, k)))
            assert talent == to_grid(0.3 * ndtri(FUTURE.uniform(Chance.TALENT, seat, k + 1)))
            came = start


def test_nothing_happens_at_a_vacant_seat() -> None:
    """Whatever is under way ends when the person leaves; nothing starts before the next one is there."""
    record = lived(bare(30, 2), People(resignation_per_year=3.0, vacancy_days=60.0), days=1456.0, chance=0.5)
    changes = record.events.successions
    assert len(changes.seat) > 10
    for seat, left, start in zip(changes.seat, changes.left_day, changes.start_day, strict=True):
        rows = record.seat == seat
        assert not np.any((record.start_day[rows] < start) & (record.end_day[rows] > left))
    cut = record.outcome == CUT
    assert np.isin(record.end_day[cut], changes.left_day).all()
    assert cut.sum() >= len(changes.seat) / 2


def test_a_deal_cut_by_a_departure_goes_on_under_the_successor_with_a_lower_chance() -> None:
    """On day 20 the second of three stages of 15 days stands still, with 10 days to go; the successor knows nobody and has to ramp."""
    snapshot = bare(1, engaged_days=60.0)
    changed = {"chance": 0.9, "relationship_effect": 0.4, "ramp_days": 1.0, "hand_over": HandOver(moved_deal_effect=-0.2)}
    record = by_hand(snapshot, [20.0], [50.0], 200.0, **changed)
    assert record.outcome.tolist()[0] == CUT
    assert record.end_day[0] == pytest.approx(20.0)
    assert record.attempt.tolist()[:2] == [0, 0]
    assert record.person is not None
    assert record.person.tolist()[:2] == [0, 1]
    assert record.first_stage.tolist()[:2] == [0, 1]
    assert record.start_day[1] == 57.0  # hours are there when the book is looked at for the second time
    assert record.stage_day[1, 1:] - record.start_day[1] == pytest.approx([10.0, 25.0])
    assert record.revealed[:2].tolist() == [[True, False, False], [False, True, True]]

    def logits(row: int) -> np.ndarray:
        return np.log(record.chance[row, 1:] / (1 - record.chance[row, 1:]))

    known = 0.4 * (2.0 ** (-(60.0 + np.array([30.0, 45.0])) / 45) - 2.0 ** (-np.array([10.0, 25.0]) / 45))
    assert logits(1) - logits(0) == pytest.approx(known - 0.2)


def test_whoever_goes_on_with_a_waiting_deal_is_somebody_else() -> None:
    """A deal that has not been taken up when its person leaves has been moved as well: the same effect on its chance."""
    snapshot = tiny_snapshot(12, 1, capacity_h_per_week=0.1)  # no hours for it, ever
    market = tiny_market(snapshot)
    company = Company(market, FUTURE, plain_world(), tiny_policy(), 364.0)
    assert [deal.moved for deal in company.deals.values()] == [False, False]
    company.desks[0].leave()
    assert [deal.moved for deal in company.deals.values()] == [True, True]


def test_a_seat_vacant_on_day_0_knows_none_of_its_accounts() -> None:
    """Somebody starts on day 40: until then nothing, then the waiting deal, without relationship and with the effect of a moved deal."""
    snapshot = tiny_snapshot(12, 1)
    snapshot = replace(snapshot, seats=replace(snapshot.seats, start_day=np.full(1, 40.0)))
    record = lived(snapshot, NEVER_LEAVES, chance=0.5, hand_over=HandOver(moved_deal_effect=-1.0), relationship_effect=0.0)
    assert record.start_day.min() == 40.0
    row = int(np.flatnonzero(record.account == 10)[0])
    assert record.first_stage[row] == 2
    assert record.chance[row, 2] == pytest.approx(1 / (1 + np.exp(1.0)))


def test_a_second_departure_during_a_ramp_leaves_no_trace() -> None:
    """Somebody who came and went within days, before there were hours for anything, might as well not have come.

    The successor ramps from the own first day, and looks at the book once a week from then on, not when the one before would have.
    """
    snapshot, ramp = bare(30, capacity_h_per_week=12.0), {"ramp_days": 150.0, "chance": 0.5}
    twice = by_hand(snapshot, [10.0, 15.5], [13.0, 17.0], 200.0, **ramp)
    once = by_hand(snapshot, [10.0], [17.0], 200.0, **ramp)
    assert twice.person is not None
    assert set(twice.person) == {0, 2}
    for name in ("account", "attempt", "first_stage", "start_day", "end_day", "outcome", "chance", "workload_h_per_week"):
        assert np.array_equal(getattr(twice, name), getattr(once, name)), name
    successor = twice.start_day[twice.person == 2]
    assert len(successor) > 10
    assert np.all(((successor - 17.0) % 7 == 0) | np.isin(successor, twice.end_day))


def test_a_team_with_turnover_works_within_its_ramp_and_nearly_all_of_it() -> None:
    """At every start the hours under way fit into capacity x ramp of the person who is there; a week on, they have used what there was."""
    snapshot = bare(400, 2, capacity_h_per_week=6.0)
    record = lived(snapshot, People(resignation_per_year=4.0, vacancy_days=5.0), days=728.0, chance=0.5, ramp_days=150.0)
    came = tenures(snapshot.seats.start_day, np.zeros(2, np.bool_), record.events.successions)
    assert len(came.seat) > 10
    assert record.person is not None
    for seat in (0, 1):
        rows, here = record.seat == seat, came.seat == seat
        start, end, hours = record.start_day[rows], record.end_day[rows], record.workload_h_per_week[rows]
        for day in np.concatenate([start, np.arange(0.5, 728.0, 3.1)]):
            person = int(np.searchsorted(came.start_day[here], day, side="right")) - 1
            since, until = came.start_day[here][person], came.left_day[here][person]
            in_use = hours[(start <= day) & (end > day)].sum()
            assert in_use <= 6.0 * min((day - since) / 150.0, 1.0) * (day < until) + 1e-6
            if day < until:
                assert set(record.person[rows][(start <= day) & (end > day)]) <= {person}
                assert in_use >= 6.0 * min(max(day - 7 - since, 0.0) / 150.0, 1.0) - 1.5  # the largest account


def test_troubles_by_hand() -> None:
    """Quota missed, a poor book, too much support: each a share between 0 and 1, and 0 where there is nothing to compare with."""
    start_day = np.array([-1000.0, -1000.0, -1000.0, 100.0, 182.0, 0.0])
    quota_usd = np.array([100.0, 100.0, np.nan, 100.0, 100.0, 0.0])
    booked_usd = np.array([25.0, 200.0, 0.0, 0.0, 0.0, 0.0])
    missed = missed_share(booked_usd, quota_usd, start_day, 150.0, 364.0)
    assert missed.tolist() == [0.75, 0.0, 0.0, 1.0, 1.0, 0.0]
    half = 100.0 * (182 - 75) / 364 / 2  # of what is due after half a year with a ramp
    assert missed_share(np.full(6, half), quota_usd, start_day, 150.0, 364.0)[4] == pytest.approx(0.5)
    assert missed_share(booked_usd, quota_usd, start_day, 150.0, 181.0).tolist() == [0.0] * 6

    team, present = np.array([0, 0, 0, 1, 1]), np.array([True, True, False, True, True])
    book_usd, hours = np.array([10.0, 60.0, 999.0, 0.0, 5.0]), np.array([10.0, 20.0, 10.0, 10.0, 0.0])
    assert poorer_share(book_usd, hours, team, present).tolist() == [0.5, 0.0, 0.0, 0.0, 0.0]  # 1 against a mean of (1 + 3) / 2 usd an hour

    assert overload_share(np.array([0.0, 5.0, 20.0, 0.0, 3.0]), np.array([10.0, 10.0, 10.0, 0.0, 0.0])).tolist() == [
        0.0,
        0.0,
        0.5,
        0.0,
        1.0,
    ]


def test_what_people_compare_follows_who_is_there_and_what_is_in_the_book() -> None:
    """A desk's potential is that of its book, whatever has moved; its bookings are those of the person who sits there."""
    snapshot = bare(12, 3)
    company = Company(tiny_market(snapshot), FUTURE, plain_world(), tiny_policy(), 364.0)
    company.move([0, 1, 6, 11], [1, 2, -1, 0], REDESIGN)
    for desk in company.desks:
        assert desk.potential_usd == pytest.approx(sum(snapshot.accounts.potential_usd[sorted(desk.book)]))
    company.desks[0].booked_usd = 50e3
    company.desks[0].leave()
    assert company.desks[0].booked_usd == 0.0


@pytest.mark.parametrize("quota_usd", [100e3, np.nan])
def test_who_books_nothing_leaves_earlier_after_half_a_year(quota_usd: float) -> None:
    """With a quota the hazard is e times as high from half a year on, so that the threshold is crossed on day 282."""
    rate = bears(0) / (182 / 364 + 100 / 364 * math.e)
    people = People(resignation_per_year=rate, attainment_effect=1.0)
    left = lived(bare(1, quota_usd=quota_usd), people, chance=1e-12, days=1456.0).events.successions.left_day[0]
    assert left == pytest.approx(282.0 if quota_usd > 0 else bears(0) / rate * 364)


def test_a_new_person_is_not_judged_by_what_the_one_before_has_missed() -> None:
    """The successor of somebody who booked nothing begins without an attainment, and is judged at the first quarter after half a year."""
    people = replace(leaving_on(30.0, vacancy_days=1.0), attainment_effect=1.0)
    changes = lived(bare(1, quota_usd=100e3), people, chance=1e-12, days=9999.0).events.successions
    start, rate = changes.start_day[0], people.resignation_per_year / 364
    judged_day = np.ceil((start + 182) / 91) * 91
    calm = (judged_day - start) * rate
    expected = start + bears(0, 1) / rate if bears(0, 1) < calm else judged_day + (bears(0, 1) - calm) / (rate * math.e)
    assert changes.left_day[1] == pytest.approx(expected)


def test_a_poor_book_makes_its_owner_leave_earlier_and_nobody_else() -> None:
    """Books of 10k and 30k: half of the mean is missing to the poor one, so the hazard is exp(1/2) times that of the rich one."""
    snapshot = bare(2, 2, owner=[0, 1], potential_usd=[10e3, 30e3])
    changes = lived(snapshot, replace(leaving_on(60.0, 0), poverty_effect=1.0)).events.successions
    assert changes.left_day[changes.seat == 0][0] == pytest.approx(60.0 / np.exp(0.5))
    changes = lived(snapshot, replace(leaving_on(60.0, 1), poverty_effect=1.0)).events.successions
    assert changes.left_day[changes.seat == 1][0] == pytest.approx(60.0)


def test_too_much_support_makes_its_owner_leave_earlier() -> None:
    """Customers ask for twice the hours that there are: half of the asked ones are too many, exp(1/2) times the hazard."""
    snapshot = bare(4, capacity_h_per_week=12.0)
    snapshot = replace(snapshot, accounts=replace(snapshot.accounts, customer_since_day=np.full(4, -400.0)))
    record = lived(snapshot, replace(leaving_on(60.0), overload_effect=1.0), support_h_per_week=6.0)
    assert record.events.successions.left_day[0] == pytest.approx(60.0 / np.exp(0.5))


def planned(start_day: float, people: People = NEVER_LEAVES, protect: str = "none", **changes: Any) -> Record:
    """Seat 1 starts later. The design gives it account 0 of the pool and accounts 1 and 2 of seat 0's book, which keeps account 3."""
    snapshot = bare(4, 2, start_day=[-1000.0, start_day], owner=[-1, 0, 0, 0])
    world, policy = plain_world(**{"people": people, **changes}), tiny_policy(protect=protect)
    return simulate(tiny_market(snapshot), np.array([1, 1, 1, 0]), FUTURE, world, policy, 364.0)


def test_a_planned_seat_is_given_its_book_on_the_day_on_which_it_starts() -> None:
    """From the pool (a buffer) and worked at once; from another's book, cut there and worked after the transition gap."""
    record = planned(100.0)
    moves = record.events.moves
    assert moves.day.tolist() == [100.0] * 3
    assert moves.account.tolist() == [0, 1, 2]
    assert moves.from_seat.tolist() == [-1, 0, 0]
    assert moves.to_seat.tolist() == [1, 1, 1]
    assert set(moves.reason) == {REDESIGN}
    assert record.owner_at(np.array([99.0, 100.0])).T.tolist() == [[-1, 0, 0, 0], [1, 1, 1, 0]]
    at = {a: np.flatnonzero(record.account == a) for a in range(4)}
    assert record.start_day[at[0][0]] == 100.0
    old, new = at[2][:2]  # enterprise: three stages of 47 days
    assert (record.seat[old], record.start_day[old], record.end_day[old], record.outcome[old]) == (0, 0.0, 100.0, CUT)
    assert (record.seat[new], record.start_day[new], record.first_stage[new], record.outcome[new]) == (1, 114.0, 2, WON)
    assert record.end_day[new] == 114.0 + 41.0
    assert set(record.seat[at[3]]) == {0}


def test_what_policy_protects_by_then_stays_where_it_is() -> None:
    """On day 100 the enterprise account is at proposal: it is not taken from its owner, the others are."""
    record = planned(100.0, protect="proposal")
    assert record.events.moves.account.tolist() == [0, 1]
    assert set(record.seat[record.account == 2]) == {0}


def test_who_starts_later_can_leave_from_then_on() -> None:
    """The hazard of a planned seat's person begins on the first day, with the book that the person was given on that day."""
    rate = bears(1) / 50.0 * 364
    changes = planned(100.0, People(resignation_per_year=rate, poverty_effect=1.0), chance=0.5).events.successions
    first = changes.left_day[changes.seat == 1][0]
    assert first == pytest.approx(150.0)  # seat 1 has the richer book


def test_a_seat_that_starts_after_the_horizon_gets_nothing() -> None:
    """Its design is a plan that never comes true: nothing moves."""
    record = planned(364.0)
    assert len(record.events.moves.day) == 0
    assert set(record.seat) == {0}


def test_truth_knows_the_last_of_several_successors() -> None:
    """Seat 1 has had two more people, the second of whom starts after the horizon: number 5 with her talent; seat 0 stays as it was."""
    rows = [(1, 4, 10.0, 20.0, 0.1), (1, 5, 90.0, 400.0, -0.7)]
    record = replace(
        lived(bare(2, 2), NEVER_LEAVES), events=replace(lived(bare(2, 2), NEVER_LEAVES).events, successions=table(Successions, rows))
    )
    before = tiny_market(bare(2, 2), talent=np.array([0.3, 0.4]), person=np.array([2, 3])).truth
    after = truth_after(before, record)
    assert after.talent.tolist() == [0.3, -0.7]
    assert after.person is not None
    assert after.person.tolist() == [2, 5]
    assert truth_after(replace(before, person=None), record).person.tolist() == [0, 5]  # type: ignore[union-attr]


def lived_market(**people: float) -> Market:
    """A drawn market whose people may have changed in its year of history."""
    return drawn_market(world=tiny_world(people=People(**people)), accounts_n=200, seats_n=8)


def test_the_people_of_day_0_are_those_of_the_end_of_the_history() -> None:
    """Who came in the history is new on day 0, with a number and a talent of the own, and knows only what was worked since."""
    before, after = lived_market(), lived_market(resignation_per_year=1.0, vacancy_days=150.0)
    person, start_day = after.truth.person, after.snapshot.seats.start_day
    assert person is not None
    new = person > 0
    assert 0 < new.sum() < 8
    assert np.all(start_day[new] > -364.0)
    assert np.array_equal(start_day[~new], before.snapshot.seats.start_day[~new])
    assert np.array_equal(after.truth.talent == before.truth.talent, ~new)
    snapshot = after.snapshot
    since = np.maximum(start_day[snapshot.owner], -364.0)
    assert np.all(snapshot.engaged_days <= np.maximum(-since, 0.0) + 1e-9)
    vacant = start_day > 0
    assert vacant.any()
    assert np.all(snapshot.engaged_days[vacant[snapshot.owner]] == 0)
    assert vacant[snapshot.deals.seat].any()  # deals wait there
    record = simulate(after, snapshot.owner, FUTURE, tiny_world(), tiny_policy(), 364.0)
    for seat in np.flatnonzero(vacant & (start_day < 300)):
        assert record.start_day[record.seat == seat].min() >= start_day[seat]
    assert record.person is not None
    assert np.array_equal(record.person, person[record.seat])


def test_the_history_names_no_cut_deal_lost() -> None:
    """What a departure cut and nobody went on with is an open deal on day 0, not a lost one: every row of the history has an outcome."""
    after = lived_market(resignation_per_year=2.0, vacancy_days=200.0)
    snapshot = after.snapshot
    assert np.all(snapshot.history.closed_day <= 0)
    vacant = snapshot.seats.start_day > 0
    waiting = vacant[snapshot.deals.seat]
    assert waiting.any()
    lost = np.flatnonzero(~snapshot.history.won)
    for account in snapshot.deals.account[waiting]:
        later = lost[snapshot.history.account[lost] == account]
        assert np.all(snapshot.history.closed_day[later] <= snapshot.deals.created_day[snapshot.deals.account == account][0])


def test_the_spread_of_talents_to_come_is_that_of_the_market() -> None:
    """Successors are drawn like those who are there."""
    assert drawn_market(talent_sd=0.3, history_quarters=0).truth.talent_sd == 0.3
