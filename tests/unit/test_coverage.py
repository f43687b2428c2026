"""Which accounts are worked, and why the others are not, against logs made by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import ArrayLike

from sim.coverage import ABSENT, ENGAGED, NOBODYS, ORPHANED_CAPACITY, ORPHANED_CHOICE, RESTING, account_states, coverage
from sim.events import REBALANCED, RETURNED, ROUTED, TO_COMPETITOR
from sim.metrics import quarter_ends
from sim.record import CUT, LOST, OPEN, WON, Record
from tests.records import engagement, eventful, happened, random_record, record
from tests.worlds import tiny_problem

RATES = tiny_problem().rates  # 14 days of hand-over, 180 of rest after a loss


def states(log: Record, unused_h: ArrayLike, attempt_h: ArrayLike = 1.0) -> np.ndarray:
    """States (accounts, quarters) with the same unused hours at every seat."""
    ends = quarter_ends(log.horizon_days)
    unused = np.broadcast_to(np.asarray(unused_h, dtype=np.float64), (int(log.owner.max()) + 1, len(ends)))
    attempt = np.broadcast_to(np.asarray(attempt_h, dtype=np.float64), log.owner.shape)
    return account_states(log, log.owner_at(ends), np.repeat(attempt[:, None], len(ends), axis=1), unused, ends, RATES)


def states_by_hand(log: Record, attempt_h: np.ndarray, unused_h: np.ndarray) -> np.ndarray:
    """The definition, quarter by quarter and account by account."""
    moves, gone = log.events.moves, log.events.departures
    result = np.zeros((len(log.owner), round(log.horizon_days / 91)), dtype=np.int64)
    for q in range(result.shape[1]):
        t = 91.0 * (q + 1)
        left = unused_h[:, q].copy()
        for a in np.argsort(attempt_h, kind="stable"):
            mine, owner = log.account == a, (log.owner if log.owner_before is None else log.owner_before)[a]
            engaged = np.any((log.start_day[mine] <= t) & (log.end_day[mine] > t - 90))
            ended = mine & (log.outcome != OPEN) & (log.end_day <= t)
            lost = log.events.renewals
            lost_day = lost.day[lost.churned & (lost.account == a) & (lost.day <= t)]
            outcomes = [(day, day + 180.0) for day in lost_day]
            outcomes += zip(log.end_day[ended], log.rest_until_day_after[ended], strict=True)
            rest = max(outcomes, default=(0.0, log.rest_until_day[a]))[1]
            for k in np.flatnonzero((moves.account == a) & (moves.day <= t)):
                assert owner == moves.from_seat[k]
                owner = moves.to_seat[k]
                rest = max(rest, moves.day[k] + 14.0) if moves.from_seat[k] >= 0 else rest
            away = any(day <= t < until for b, day, until in zip(gone.account, gone.day, gone.until_day, strict=True) if b == a)
            if away or (log.born_day is not None and log.born_day[a] > t):
                result[a, q] = ABSENT
            elif owner < 0:
                result[a, q] = NOBODYS
            elif engaged:
                result[a, q] = ENGAGED
            elif rest > t:
                result[a, q] = RESTING
            else:
                left[owner] -= attempt_h[a]
                result[a, q] = ORPHANED_CHOICE if left[owner] >= 0 else ORPHANED_CAPACITY
    return result


def test_an_account_is_engaged_in_the_half_open_90_days_before_a_quarter_end() -> None:
    """An attempt that ends on day 1 is outside (1, 91], one that ends just after is inside, and so is one that starts on day 91."""
    rows = [
        engagement(0, 0, 0, 1, LOST),
        engagement(1, 0, 0, 1.25, LOST),
        engagement(2, 0, 91, 95, LOST),
        engagement(3, 0, 91.25, 95, LOST),
    ]
    at_91 = states(record(rows, [0, 0, 0, 0]), unused_h=9)[:, 0]
    assert at_91.tolist() == [RESTING, ENGAGED, ENGAGED, ORPHANED_CHOICE]


def test_an_account_rests_until_its_day_then_it_is_orphaned() -> None:
    """Lost on day 1 with 180 days of rest: resting at 91, workable at 181 and so orphaned at 182; a rest from before day 0 counts too."""
    log = record([engagement(0, 0, 0, 1, LOST)], [0, 0, 0], rest_until=[0, 91, 92])
    assert states(log, unused_h=9).tolist() == [
        [RESTING, ORPHANED_CHOICE],
        [ORPHANED_CHOICE, ORPHANED_CHOICE],
        [RESTING, ORPHANED_CHOICE],
    ]


def test_the_last_outcome_says_how_long_an_account_rests() -> None:
    """Lost on day 10 and won by a lead on day 70, with 90 days to onboard: workable on day 160, not on day 190. What is cut decides
    nothing, nor does what had happened before day 0.
    """
    won = engagement(0, 0, 50, 70, WON, rest_until_day_after=160.0)
    rows = [engagement(0, 0, 0, 10, LOST), won, engagement(1, 0, 0, 10, LOST), engagement(1, 0, 50, 70, CUT, rest_until_day_after=70.0)]
    log = record(rows, [0, 0], rest_until=[200, 0])
    assert states(log, unused_h=0)[:, 1].tolist() == [ORPHANED_CAPACITY, RESTING]


def test_orphaned_by_choice_are_as_many_as_the_unused_hours_would_have_sufficed_for() -> None:
    """Attempts of 3, 1 and 2 hours: with 3 unused hours the two smaller ones were left by choice, with none all three for capacity."""
    log = record([], [0, 0, 0])
    assert states(log, [[3.0, 0.0]], [3, 1, 2]).tolist() == [
        [ORPHANED_CAPACITY, ORPHANED_CAPACITY],
        [ORPHANED_CHOICE, ORPHANED_CAPACITY],
        [ORPHANED_CHOICE, ORPHANED_CAPACITY],
    ]


def test_unused_hours_of_one_seat_are_no_room_at_another() -> None:
    """Seat 0 had hours, seat 1 had none."""
    log = record([], [0, 1], quarters=1)
    assert states(log, [[5.0], [0.0]]).tolist() == [[ORPHANED_CHOICE], [ORPHANED_CAPACITY]]


def test_an_account_belongs_to_its_owner_of_the_day_and_rests_while_it_is_handed_over() -> None:
    """Moved from seat 0 to seat 1 on day 80: resting at 91, since 14 days have not passed, and orphaned at 182 where seat 1 had hours.

    One that nobody owned is not handed over, so it does not rest; one that is taken away is unassigned at once.
    """
    moves = [(80.0, 0, 0, 1, REBALANCED), (80.0, 1, -1, 1, ROUTED), (80.0, 2, 0, -1, RETURNED)]
    log = record([], [0, -1, 0], owner_before=np.array([0, -1, 0]), events=happened(moves=moves))
    ends = quarter_ends(182.0)
    at = account_states(log, log.owner_at(ends), np.ones((3, 2)), np.array([[0.0, 0.0], [9.0, 9.0]]), ends, RATES)
    assert at.tolist() == [[RESTING, ORPHANED_CHOICE], [ORPHANED_CHOICE, ORPHANED_CHOICE], [NOBODYS, NOBODYS]]
    assert (
        account_states(log, log.owner_at(ends), np.ones((3, 2)), np.zeros((2, 2)), ends, replace(RATES, transition_gap_days=8.0))[
            0
        ].tolist()
        == [ORPHANED_CAPACITY] * 2
    )


def test_a_customer_that_churned_rests_as_after_a_loss() -> None:
    """Churned on day 90: resting at 91 and 182, workable again on day 270 and so orphaned at 273. One that has renewed does not rest."""
    log = record([], [0, 0], quarters=3, events=happened(renewals=[(90.0, 0, 0, 9.0, 0.1, True), (90.0, 1, 0, 9.0, 0.1, False)]))
    assert states(log, unused_h=0).tolist() == [[RESTING, RESTING, ORPHANED_CAPACITY], [ORPHANED_CAPACITY] * 3]


def test_an_account_that_is_not_there_counts_nowhere() -> None:
    """Four accounts, one not born before day 100 and one gone from day 91 to day 182: two, then four are there.

    Orphaned: 2 + 4 of 2 + 4; by potential likewise. It departs at the end of its day, and comes back at the beginning of one.
    """
    gone = [(91.0, 1, 182.0, TO_COMPETITOR)]
    log = record([], [0, 0, 0, 0], born_day=np.array([100.0, -np.inf, 0.0, -np.inf]), events=happened(departures=gone))
    state = states(log, unused_h=0)
    assert state.tolist() == [[ABSENT, ORPHANED_CAPACITY], [ABSENT, ORPHANED_CAPACITY], *[[ORPHANED_CAPACITY] * 2] * 2]
    shares = coverage(state, np.array([10.0, 20.0, 30.0, 40.0]))
    assert (shares["orphaned_share"], shares["orphaned_potential_share"], shares["orphaned_n"]) == (1.0, 1.0, 3.0)
    state[2] = ENGAGED
    shares = coverage(state, np.array([10.0, 20.0, 30.0, 40.0]))
    assert shares["engaged_share"] == pytest.approx(2 / 6)
    assert shares["engaged_potential_share"] == pytest.approx(60 / (70 + 100))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("quiet", [True, False])
def test_states_agree_with_a_literal_reading_of_their_definition(seed: int, quiet: bool) -> None:
    """The vectorised states equal a slow account-by-account count, on random logs with rests, open ends, moves, births and departures."""
    rng = np.random.default_rng(seed)
    log = random_record(rng, tiny_problem(60, 4), quarters=4)
    log = log if quiet else eventful(rng, log, 4)
    attempt, unused = rng.permutation(60) / 4 + 0.25, rng.integers(0, 60, (4, 4)) / 4
    slow = states_by_hand(log, attempt, unused)
    ends = quarter_ends(log.horizon_days)
    assert np.array_equal(account_states(log, log.owner_at(ends), np.repeat(attempt[:, None], 4, axis=1), unused, ends, RATES), slow)
    assert len(np.unique(slow)) == 5 + (not quiet)
