"""Hours asked and value brought by an account over the horizon, against lives played out and cases that can be done in the head."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import ArrayLike

from sim.planning import PlanningRates
from sim.snapshot import empty_deals, empty_history
from strategies.worth.throughput import FRESH, Beliefs, Outlook, Throughput
from tests.worlds import HORIZON_DAYS, tiny_problem

LENGTHS, CHANCES, EXPANSION_CHANCES = (15, 25, 47), (0.45, 0.5, 0.4), (0.86, 0.87, 0.88)


def rates(rest_after_loss_days: float = 180, rest_after_win_days: float = 90) -> PlanningRates:
    """One segment with stages of different length."""
    return replace(
        tiny_problem().rates,
        stage_days=np.array([LENGTHS], dtype=np.float64),
        pass_chance=np.array([CHANCES]),
        expansion_pass_chance=np.array([EXPANSION_CHANCES]),
        rest_after_loss_days=rest_after_loss_days,
        rest_after_win_days=rest_after_win_days,
    )


def expect(table: Throughput, days: float, *, customer: bool = False, beginning: int = FRESH, shift: float = 0.0) -> list[float]:
    """Days worked, first wins, expansions won by one account."""
    found = table.expect(np.array([0]), np.array([customer]), np.array([beginning]), np.array([shift]), np.array([days]))
    return [float(x) for x in found[:, 0]]


def lived(rng: np.random.Generator, days: int, customer: bool) -> tuple[int, int, int]:
    """One life of an account that is worked whenever it may be: attempts with stages of fixed length, rests in between."""
    day, worked, wins, expansions = 0, 0, 0, 0
    while day < days:
        won = True
        for length, new, old in zip(LENGTHS, CHANCES, EXPANSION_CHANCES, strict=True):
            worked += max(min(length, days - day), 0)
            day += length
            if rng.random() >= (old if customer else new):
                won = False
                break
        if won and day <= days:
            wins, expansions = wins + (not customer), expansions + customer
        customer = customer or won
        day += 90 if won else 180
    return worked, wins, expansions


@pytest.mark.parametrize("customer", [False, True])
@pytest.mark.parametrize("days", [100, 728])
def test_the_renewal_equations_agree_with_lives_played_out(days: int, customer: bool) -> None:
    """Expected days worked and wins lie within 4 standard errors of 20,000 played lives."""
    rng = np.random.default_rng(1)
    lives = np.array([lived(rng, days, customer) for _ in range(20_000)], dtype=np.float64)
    error = np.maximum(lives.std(axis=0) / np.sqrt(len(lives)), 1e-9)
    z = (np.array(expect(Throughput.of(rates(), HORIZON_DAYS), days, customer=customer)) - lives.mean(axis=0)) / error
    assert np.abs(z).max() < 4


def test_one_attempt_is_what_can_be_done_in_the_head() -> None:
    """With a rest beyond the horizon there is one attempt: stage k is worked if all before it were passed, and all three make a win."""
    worked, wins, expansions = expect(Throughput.of(rates(rest_after_loss_days=9999, rest_after_win_days=9999), 728), 728)
    assert worked == pytest.approx(15 + 0.45 * 25 + 0.45 * 0.5 * 47)
    assert wins == pytest.approx(0.45 * 0.5 * 0.4)
    assert expansions == 0.0


def test_what_does_not_end_within_the_horizon_is_no_win() -> None:
    """A cycle takes 87 days: with 86 left there is work and no win, with 87 there is one."""
    table = Throughput.of(rates(), 728)
    assert expect(table, 86)[1] == 0.0
    assert expect(table, 87)[1] == pytest.approx(0.45 * 0.5 * 0.4)
    assert expect(table, 10) == [10.0, 0.0, 0.0]
    assert expect(table, -5) == [0.0, 0.0, 0.0]


def test_a_deal_in_its_last_stage_is_nearer_to_its_win() -> None:
    """The further an open deal has come, the sooner and the likelier it is won; what is left of its stage is half of it."""
    table = Throughput.of(rates(rest_after_loss_days=9999, rest_after_win_days=9999), 728)
    first_wins = [expect(table, 728, beginning=b)[1] for b in (FRESH, 1, 2, 3)]
    assert first_wins == pytest.approx([0.09, 0.09, 0.2, 0.4])
    assert expect(table, 728, beginning=3)[0] == 24.0


def test_better_odds_bring_more_wins_and_ask_more_work() -> None:
    """A shift of the log-odds raises wins and days worked; between grid points it lies between them."""
    table = Throughput.of(rates(), 728)
    low, middle, high = (expect(table, 728, shift=s) for s in (0.0, 0.05, 0.1))
    assert low[1] < middle[1] < high[1]
    assert low[0] < middle[0] < high[0]


def outlook(**bends: object) -> Outlook:
    """The tiny market seen at the CRM's estimates."""
    problem = tiny_problem(**bends)  # type: ignore[arg-type]
    return Outlook.of(problem, problem.accounts.potential_usd, np.zeros(len(problem.accounts)), Beliefs())


def test_an_account_is_worth_more_to_the_owner_it_knows() -> None:
    """With places and skills alike, an account that was worked brings its owner more than it would bring anybody else."""
    problem = tiny_problem(seats_n=2, owner=0, engaged_days=60.0, places=False)
    problem = replace(problem, seats=replace(problem.seats, skills=np.zeros((2, 3), dtype=np.bool_)))
    value, _ = Outlook.of(problem, problem.accounts.potential_usd, np.zeros(12), Beliefs()).pairs(np.arange(12)[:, None], np.arange(2))
    assert np.all(value[:, 0] > value[:, 1])


def test_travel_takes_hours_and_brings_nothing() -> None:
    """Seats alike but for their homes: the same value everywhere; where one visits, more hours from farther away (at most a day a trip)."""
    problem = tiny_problem(owner=-1)
    problem = replace(problem, seats=replace(problem.seats, skills=np.zeros((3, 3), dtype=np.bool_)))
    rows, seats = np.arange(12)[:, None], np.arange(3)
    value, hours = Outlook.of(problem, problem.accounts.potential_usd, np.zeros(12), Beliefs()).pairs(rows, seats)
    km = problem.distance_km(rows, seats)
    assert np.all(np.ptp(value, axis=1) == 0.0)
    near_h, far_h = hours[rows[:, 0], np.argmin(km, axis=1)], hours[rows[:, 0], np.argmax(km, axis=1)]
    visited = np.arange(12) % 3 > 0  # mid-market and enterprise
    within_a_day = km.min(axis=1) < 8 * 80 / 2 / 1.3
    assert np.all(far_h[visited & within_a_day] > near_h[visited & within_a_day])
    assert np.all(far_h[~visited] == near_h[~visited])


def starting(start_day: ArrayLike) -> Outlook:
    """The tiny market with these days on which its three people start; nothing rests, places and skills are alike."""
    problem = tiny_problem(places=False, engaged_days=0.0)
    seats = replace(problem.seats, start_day=np.broadcast_to(start_day, 3), skills=np.zeros((3, 3), dtype=np.bool_))
    problem = replace(problem, seats=seats, history=empty_history(), deals=empty_deals())
    return Outlook.of(problem, problem.accounts.potential_usd, np.zeros(12), Beliefs())


def test_a_ramp_takes_hours_and_so_does_a_seat_that_starts_later() -> None:
    """12 h a week for 104 weeks; 150 days of ramp take 75 days of them, half a year before the start another 182."""
    ramped, new, later, never = (starting([day, -1000.0, -1000.0]).capacity_h for day in (-150.0, 0.0, 182.0, 728.0))
    assert ramped.tolist() == [12 * 104.0] * 3
    assert new[0] == pytest.approx(12 * (728 - 75) / 7)
    assert later[0] == pytest.approx(12 * (728 - 182 - 75) / 7)
    assert never[0] == 0.0
    assert new[1:].tolist() == later[1:].tolist() == [12 * 104.0] * 2


def test_an_account_begins_when_its_seat_does() -> None:
    """Under a seat that starts in half a year an account asks and brings what it would within the time that is left then."""
    accounts, seats = np.arange(12)[:, None], np.arange(3)
    begins_later = starting(182.0).pairs(accounts, seats)
    ramped = starting(-1000.0)
    shorter = replace(ramped, problem=replace(ramped.problem, horizon_days=HORIZON_DAYS - 182.0)).pairs(accounts, seats)
    for later, short, now in zip(begins_later, shorter, ramped.pairs(accounts, seats), strict=True):
        assert np.array_equal(later, short)
        assert np.all(later < now)


def test_a_rest_that_is_running_shortens_what_is_left() -> None:
    """An account lost 100 days ago rests for 80 more days: it asks and brings less than the same account without a past."""
    seen = outlook(engaged_days=0.0)
    history = seen.problem.history
    rested = np.flatnonzero(~history.won)
    fresh = replace(seen, rest_until_day=np.zeros(12))
    assert np.all(seen.rest_until_day[history.account[rested]] == 80.0)
    owner = seen.problem.owner
    for with_rest, without in zip(seen.pairs(np.arange(12), owner), fresh.pairs(np.arange(12), owner), strict=True):
        assert np.all(with_rest <= without)
        assert np.all(with_rest[history.account[rested]] < without[history.account[rested]])


def test_the_same_rates_are_solved_once_and_nobody_can_change_them() -> None:
    """Equal rates share a table that is read-only; other rates, or another horizon, have another one."""
    table = Throughput.of(rates(), 364).table
    assert Throughput.of(rates(), 364).table is table
    assert not table.flags.writeable
    assert not np.array_equal(Throughput.of(rates(rest_after_loss_days=30), 364).table, table)
    assert Throughput.of(rates(), 365).table.shape[-1] == table.shape[-1] + 1
