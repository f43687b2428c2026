"""What the metrics make of everything that happens besides selling, against records so small that it can be worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.events import MERGED_AWAY, REBALANCED, REDESIGN, RETURNED, ROUTED, TO_COMPETITOR
from sim.metrics import control_variate_usd, measure
from sim.policy import Money
from sim.ramp import tenures
from sim.record import CUT, DROPPED, LOST, OPEN, WON, Record
from tests.records import engagement, eventful, happened, random_record, record, seats_of
from tests.worlds import tiny_problem

RAMP_DAYS = 182.0
SEATS = seats_of(2, capacity_h_per_week=10.0, quota_usd=4000.0)


def measured(log: Record, seats: object = SEATS) -> tuple[dict[str, float], dict[str, list[float]]]:
    """The run, and the columns of its seats' quarters."""
    problem = tiny_problem(len(log.owner), 2)
    run, table = measure(log, problem, seats, RAMP_DAYS, Money())  # type: ignore[arg-type]
    return run, {name: column.tolist() for name, column in table.items()}


def test_a_vacancy_takes_hours_and_no_quota_and_a_successor_ramps() -> None:
    """Seat 0 is left in the middle of the first quarter and filled on day 91: half of 130 h, then a quarter; the quota ramps."""
    log = record([], [0, 0, 1], events=happened(successions=[(0, 1, 45.5, 91.0, 0.3)]))
    run, table = measured(log)
    assert table["capacity_h"] == [65.0, 32.5, 130.0, 130.0]
    assert table["quota_usd"] == [1000.0, 250.0, 1000.0, 1000.0]
    assert table["present_share"] == [0.5, 1.0, 1.0, 1.0]
    assert (run["resignations_n"], run["vacancy_days"], run["vacancy_share"]) == (1.0, 45.5, 45.5 / (2 * 182))


def test_a_seat_with_a_book_is_vacant_until_its_first_person_comes_and_one_without_is_not_there() -> None:
    """Both start on day 91. Seat 0 owns accounts on the eve of day 0: it has a quota, and is vacant. Seat 1 has nothing, is not there."""
    late = replace(SEATS, start_day=np.array([91.0, 91.0]))
    problem = tiny_problem(3, 2, owner=[0, 0, -1])
    run, table = measure(record([], [0, 0, 1]), problem, late, RAMP_DAYS, Money())
    assert table["capacity_h"].tolist() == [0.0, 32.5, 0.0, 32.5]
    assert table["quota_usd"].tolist() == [1000.0, 250.0, 0.0, 250.0]
    assert table["present_share"].tolist() == [0.0, 1.0, 0.0, 1.0]
    assert (run["resignations_n"], run["vacancy_days"]) == (0.0, 91.0)


def test_shares_of_a_quarter_agree_with_a_count_of_its_moments() -> None:
    """Five seats with up to six people each, some seats vacant or not there on day 0: ramp, presence and vacancy on a fine grid of days."""
    rng = np.random.default_rng(2)
    first, before, rows = rng.integers(-200, 200, 5).astype(np.float64), np.array([True, True, False, True, False]), []
    for seat in range(5):
        day = max(first[seat], 0.0)
        for person in range(1, rng.integers(2, 7)):
            left = day + rng.integers(1, 200)
            day = left + rng.integers(1, 120)
            rows.append((seat, person, left, day, 0.0))
    people = tenures(first, before, happened(successions=rows).successions)
    ends = 91.0 * np.arange(1.0, 9.0)
    moments = np.arange(0, 728, 0.05) + 0.025
    ramp, present, vacant = np.zeros((5, len(moments))), np.zeros((5, len(moments))), np.zeros((5, len(moments)))
    for seat in range(5):
        own = [row for row in rows if row[0] == seat]
        starts, lefts = [first[seat], *(row[3] for row in own)], [*(row[2] for row in own), np.inf]
        for start, left in zip(starts, lefts, strict=True):
            there = (moments >= start) & (moments < left)
            present[seat] += there
            ramp[seat] += there * np.clip((moments - start) / 150, 0, 1)
        vacant[seat] = (present[seat] == 0) & (before[seat] | (moments > first[seat]))
    for share, slow in (
        (people.ramped_share(ends - 91, ends, 5, 150.0), ramp),
        (people.present_share(ends - 91, ends, 5), present),
        (people.vacant_share(ends - 91, ends, 5), vacant),
    ):
        assert share == pytest.approx(slow.reshape(5, 8, -1).mean(axis=2), abs=1e-3)


def test_support_and_hand_overs_are_hours_in_use() -> None:
    """Seat 1 sells 1 h a week for 13 weeks, supports with 2 of 4 h for two quarters, and hands over 1/2 h for 2 weeks round 91."""
    support = [(1, 0.0, 182.0, 4.0, 2.0)]
    hand_overs = [(1, 2, 84.0, 98.0, 0.5, 0.0), (0, 2, 84.0, 98.0, 0.5, 9.0)]
    log = record([engagement(2, 1, 91, 182, LOST)], [0, 0, 1], events=happened(support=support, hand_overs=hand_overs))
    run, table = measured(log)
    assert table["support_h"] == [0.0, 0.0, 26.0, 26.0]
    assert table["support_asked_h"] == [0.0, 0.0, 52.0, 52.0]
    assert table["hand_over_h"] == [0.5, 0.5, 0.5, 0.5]
    assert table["used_h"] == [0.5, 0.5, 26.5, 39.5]
    assert (run["hand_over_h"], run["utilisation_share"]) == (2.0, 67 / 520)
    assert (run["support_asked_share"], run["support_asked_max_share"]) == (104 / 520, 104 / 260)


def test_hours_of_planning_are_hours_in_use() -> None:
    """Seat 0 spends 6 h a week for two weeks round day 91 on the design, and nothing else: 12 of the 520 hours, and as much unevenness."""
    log = record([], [0, 0, 1], events=happened(planning=[(0, 84.0, 98.0, 6.0)]))
    run, table = measured(log)
    assert table["planning_h"] == table["used_h"] == [6.0, 6.0, 0.0, 0.0]
    assert (run["planning_h"], run["utilisation_share"], run["gini_load"]) == (12.0, 12 / 520, 1.0)


def test_books_are_those_of_the_day() -> None:
    """Account 2 goes from seat 1 to seat 0 in the second quarter: counted at each quarter's end; the design stays as it was."""
    moves = [(0.0, 2, 0, 1, REDESIGN), (100.0, 2, 1, 0, REBALANCED), (100.0, 0, 0, -1, RETURNED), (101.0, 0, -1, 1, ROUTED)]
    log = record([], [0, 0, 1], owner_before=np.array([0, 0, 0]), events=happened(moves=moves, reviews=[(100.0, 0.3, 1, 3)]))
    run, table = measured(log)
    assert table["owned_n"] == [2, 2, 1, 1]
    assert table["potential_usd"] == [30e3, 50e3, 30e3, 10e3]
    assert (run["gini_opportunity"], run["moved_n"]) == (0.0, 1.0)
    assert [run[f"{name}_n"] for name in ("reviews", "rebalanced", "returned", "routed")] == [1, 1, 1, 1]


def test_leads_renewals_and_departures_are_counted() -> None:
    """Two of three leads are lost; of 30,000 up for renewal 10,000 churn; ARR at the end is that of day 0 (5,000), + 1,000, - 10,000."""
    leads = [(5.0, 0, 0, 7.0), (6.0, 1, 0, np.nan), (9.0, 2, -1, np.nan)]
    renewals = [(50.0, 0, 0, 20e3, 0.1, False), (60.0, 1, -1, 10e3, 0.1, True)]
    gone = [(70.0, 1, np.inf, MERGED_AWAY), (70.0, 2, 100.0, TO_COMPETITOR)]
    log = record([engagement(0, 0, 0, 50, WON)], [0, 0, 1], events=happened(leads=leads, renewals=renewals, departures=gone))
    run, table = measured(log)
    assert (run["leads_n"], run["leads_lost_n"], run["leads_lost_share"]) == (3, 2, 2 / 3)
    assert (run["churned_arr_usd"], run["churned_arr_share"], run["arr_end_usd"]) == (10e3, 1 / 3, -4e3)
    assert (run["merged_away_n"], run["lost_to_competitor_n"]) == (1, 1)
    assert table["owned_n"] == [1, 1, 0, 1]


def test_an_account_that_never_appears_is_not_missed() -> None:
    """Of four accounts one is worked, one is there and one appears on the day before the last, one after the horizon: 2 of 3 are missed."""
    rows, born = [engagement(0, 0, 0, 9, DROPPED)], np.array([-np.inf, 0.0, 181.0, 200.0])
    assert measured(record(rows, [0, 0, 1, 1], born_day=born))[0]["never_engaged_share"] == pytest.approx(2 / 3)
    assert measured(record(rows, [0, 0, 1, 1]))[0]["never_engaged_share"] == 0.75


def test_a_deal_that_was_cut_is_one_attempt_and_stands_in_the_pipeline_until_it_goes_on() -> None:
    """Cut at qualified, worth 1,000 at chances 1/2 each: 250 while it stands still, at proposal 500 once another seat works it."""
    cut = engagement(0, 0, 0, 50, CUT, passed_n=1, stage_day=[10, 60, 90])
    run, _ = measured(record([cut], [0, 0, 1]))
    assert (run["pipeline_usd"], run["opportunities_per_engaged_account"]) == (250.0, 1.0)
    goes_on = engagement(
        0, 1, 64, 182, OPEN, first_stage=1, passed=[False, True, False], revealed=[False, True, False], stage_day=[64, 90, 200]
    )
    run, table = measured(record([cut, goes_on], [0, 0, 1]))
    assert (run["pipeline_usd"], run["opportunities_per_engaged_account"]) == (500.0, 1.0)
    assert table["used_h"] == [50 / 7, 0.0, 27 / 7, 13.0]
    other = engagement(0, 1, 64, 182, OPEN, attempt=1)
    assert measured(record([cut, other], [0, 0, 1]))[0]["opportunities_per_engaged_account"] == 2.0
    for lost in ({"departures": [(70.0, 0, 80.0, TO_COMPETITOR)]}, {"renewals": [(70.0, 0, 0, 9e3, 0.1, True)]}):
        assert measured(record([cut], [0, 0, 1], events=happened(**lost)))[0]["pipeline_usd"] == 0.0
    renewed = happened(renewals=[(70.0, 0, 0, 9e3, 0.1, False)], departures=[(40.0, 0, 45.0, TO_COMPETITOR)])
    assert measured(record([cut], [0, 0, 1], events=renewed))[0]["pipeline_usd"] == 250.0


def test_years_and_luck_of_a_deal_that_was_cut_are_those_of_its_parts() -> None:
    """Passed prospecting in seat 0, qualified and proposal in seat 1, won in the second year: booked once, all luck counted once."""
    cut = engagement(0, 0, 300, 340, CUT, passed_n=1, stage_day=[310, 350, 380])
    on = {"first_stage": 1, "revealed": [False, True, True], "stage_day": [354, 360, 400], "amount_usd": 1300.0}
    log = record([cut, engagement(0, 1, 354, 400, WON, **on)], [0, 0, 1], quarters=8)
    run, _ = measured(log)
    assert (run["bookings_usd"], run["bookings_year1_usd"], run["bookings_year2_usd"]) == (1300.0, 0.0, 1300.0)
    assert run["pipeline_usd"] == 0.0
    luck = [0.5 * 250, 0.5 * 500, 0.5 * 1000 + 300]
    assert run["control_variate_usd"] == pytest.approx(sum(luck))
    quarters = [control_variate_usd(log, 91.0 * q) for q in range(1, 9)]
    # by the end of the fourth quarter (day 364) nothing could be booked of either part: the last stage ends on day 380, or 400
    assert quarters == pytest.approx([0.0, 0.0, 0.0, 0.0, *[sum(luck)] * 4])


def test_what_was_dropped_has_no_outcome() -> None:
    """A dropped engagement is an attempt without a decision: no rest, no part in the luck floor, its stage not lost."""
    rows = [engagement(a, a % 2, 0, 30, WON if a % 3 else LOST) for a in range(8)]
    plain, _ = measured(record(rows, [a % 2 for a in range(9)]))
    dropped, _ = measured(record([*rows, engagement(8, 0, 0, 30, DROPPED)], [a % 2 for a in range(9)]))
    assert dropped["luck_floor_gini"] == plain["luck_floor_gini"] > 0
    assert dropped["control_variate_usd"] == plain["control_variate_usd"]
    assert dropped["pipeline_usd"] == 0.0


@pytest.mark.parametrize("seed", range(4))
def test_what_must_add_up_adds_up_while_everything_happens(seed: int) -> None:
    """States sum to 1 of those that are there; owned is the sum of its states; uncovered is orphaned and unassigned."""
    rng = np.random.default_rng(seed)
    problem = tiny_problem(60, 4)
    log = eventful(rng, random_record(rng, problem, quarters=8), 4)
    run, table = measure(log, problem, problem.seats, RAMP_DAYS, Money())
    for weight in ("share", "potential_share"):
        assert sum(run[f"{state}_{weight}"] for state in ("engaged", "resting", "orphaned", "unassigned")) == pytest.approx(1.0)
        assert run[f"uncovered_{weight}"] == pytest.approx(run[f"orphaned_{weight}"] + run[f"unassigned_{weight}"])
    assert np.array_equal(sum(table[f"{s}_n"] for s in ("engaged", "resting", "orphaned_capacity", "orphaned_choice")), table["owned_n"])
    ends = 91.0 * np.arange(1.0, 9.0)
    owner, there = log.owner_at(ends), log.there_at(ends)
    assert table["owned_n"].reshape(4, 8).sum(axis=0).tolist() == ((owner >= 0) & there).sum(axis=0).tolist()
    assert run["uncovered_n"] == pytest.approx(run["uncovered_share"] * there.sum() / 8)


def test_taking_accounts_away_in_mid_simulation_never_lowers_uncovered() -> None:
    """Whichever accounts are returned to the pool on some day, with all that was done there afterwards, uncovered does not fall."""
    rng = np.random.default_rng(5)
    problem = tiny_problem(60, 4)
    log = random_record(rng, problem, quarters=4)
    log = replace(log, owner_before=log.owner)
    before = measure(log, problem, problem.seats, RAMP_DAYS, Money())[0]
    for _ in range(10):
        day = float(rng.integers(0, 300))
        taken = np.flatnonzero((rng.random(60) < rng.random()) & (log.owner >= 0))
        kept = np.flatnonzero(~(np.isin(log.account, taken) & (log.end_day > day)))
        rows = [{k: getattr(log, k)[i] for k in engagement(0, 0, 0, 1, LOST)} for i in kept]
        moves = [(day, a, int(log.owner[a]), -1, RETURNED) for a in taken.tolist()]
        fewer = record(rows, log.owner, 4, log.rest_until_day, owner_before=log.owner, events=happened(moves=moves))
        after = measure(fewer, problem, problem.seats, RAMP_DAYS, Money())[0]
        assert after["uncovered_share"] >= before["uncovered_share"]
        assert after["uncovered_potential_share"] >= before["uncovered_potential_share"]
