"""One more seat, with everything else as it was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from experiments.added_seat import AddedSeat, added_seat, in_words, main
from experiments.changes.team import NEW_SEAT, AddSeats, richest_seats
from experiments.running.arms import Arm, Settings
from sim.policy import Money
from strategies.equal_count import EqualCount
from strategies.status_quo import StatusQuo
from tests.markets import drawn_market, tiny_market
from tests.worlds import tiny_policy, tiny_world

MONEY = Money(margin_share=0.5, seat_usd_per_year=4000.0, travel_usd_per_h=0.0, hand_over_usd_per_h=0.0)
SETTINGS = Settings(seed=3, futures=3, quarters=4)


def test_the_new_seat_is_the_last_one_and_nobody_else_changes() -> None:
    """It sits beside the seat with the richest book, or the one that is named; without a quota, without anything; others keep theirs."""
    market = tiny_market(talent=np.array([1.0, 2.0, 3.0]), person=np.array([0, 4, 2]))
    grown, before = AddSeats(start_day=30.0).on(market, 0), market.snapshot.seats
    seats = grown.snapshot.seats
    assert richest_seats(market.snapshot)[0] == 0  # 210,000 in six accounts, against 100,000 and 205,000
    for name in ("quota_usd", "start_day", "latitude", "capacity_h_per_week"):
        assert np.array_equal(getattr(seats, name)[:3], getattr(before, name))
    assert (seats.id, seats.start_day[3], seats.latitude[3]) == ((*before.id, NEW_SEAT), 30.0, before.latitude[0])
    assert np.isnan(seats.quota_usd[3])
    assert seats.skills[3].tolist() == before.skills[0].tolist()
    assert grown.truth.talent.tolist() == [1.0, 2.0, 3.0, 0.0]
    assert grown.truth.person is not None
    assert grown.truth.person.tolist() == [0, 4, 2, 0]
    assert AddSeats(beside="S1").on(market, 0).snapshot.seats.latitude[3] == before.latitude[1]
    with pytest.raises(ValueError, match="there is no seat 'S9'; there are S0, S1, S2"):
        AddSeats(beside="S9").on(market, 0)


@pytest.mark.parametrize(("start_day", "quarters"), [(0.0, 4), (91.0, 3)])
def test_a_seat_that_gets_nothing_costs_its_pay_from_its_first_day_on(start_day: float, quarters: int) -> None:
    """Under today's owners the hire has no book: it costs 1,000 a quarter in every future, books nothing, and never pays back."""
    arm = Arm("status_quo", StatusQuo(), tiny_policy(money=MONEY), tiny_world())
    worth = added_seat([drawn_market()], arm, SETTINGS, start_day)
    assert worth.contribution_usd == pytest.approx(-1000.0 * quarters) == worth.low_usd == worth.high_usd
    assert (worth.bookings_usd, worth.own_bookings_usd, worth.payback_quarter, worth.paid_back_share) == (0.0, 0.0, np.inf, 0.0)


def test_where_hours_bind_one_more_seat_books_more() -> None:
    """Two seats with hours for a fraction of 120 accounts: a third brings bookings, and part of its own would have been others'."""
    arm = Arm("equal_count", EqualCount(), tiny_policy(money=MONEY), tiny_world())
    worth = added_seat([drawn_market(seats_n=2, capacity_h_per_week=3.0)], arm, replace(SETTINGS, futures=6, quarters=8))
    assert worth.bookings_usd > 0
    assert worth.own_bookings_usd > 0
    assert worth.contribution_usd > 0


def test_words_and_mistakes(capsys: pytest.CaptureFixture[str]) -> None:
    """What is said of a seat that pays back; a mistake is one line and an exit code."""
    said = in_words(AddedSeat(1234.5, -5.0, 2000.0, 3000.0, 4000.0, 3.0, 2.0, np.inf, 0.75), 8, "margin 80 %")
    assert said.splitlines() == [
        "one more seat contributes usd +1,230 in 8 quarters [−5, +2,000], paid back from quarter 3 on (2 to beyond 8)",
        "the team books usd +3,000, the seat itself 4,000",
        "in 75 % of single futures it has paid for itself at the end",
        "rates   margin 80 %",
    ]
    assert main(["futurs=3"]) != 0
    assert "did you mean futures" in capsys.readouterr().err
