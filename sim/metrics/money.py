"""What is left of the bookings when everything is paid: the contribution of the team."""

from __future__ import annotations

import numpy as np

from sim.metrics.facts import QUARTERS_PER_YEAR, Facts, quarter_of, sums
from sim.metrics.sales import control_variate_usd
from sim.policy import Money
from sim.record import Record
from sim.snapshot import FloatArray


def contribution(record: Record, facts: Facts, money: Money) -> dict[str, float]:
    """Contribution over the horizon and by quarter (``contribution_q1_usd`` ...), and the luck in it up to the end of each quarter.

    contribution = margin x (bookings - churned ARR) - seats - travel - hand-over - data. A sale counts for the year that it is signed for,
    and a customer lost for the year that is not renewed; what simply goes on counts nowhere. A seat costs while somebody is in it. Data are
    paid on day 0, for every account that is there then.
    luck = margin x control variate of what is booked until then.
    """
    usd = contribution_by_quarter_usd(record, facts, money)
    luck_usd = [money.margin_share * control_variate_usd(record, end) for end in facts.ends.tolist()]
    return {
        "contribution_usd": float(usd.sum()),
        **{f"contribution_q{q}_usd": float(value) for q, value in enumerate(usd, start=1)},
        **{f"contribution_luck_q{q}_usd": value for q, value in enumerate(luck_usd, start=1)},
    }


def contribution_by_quarter_usd(record: Record, facts: Facts, money: Money) -> FloatArray:
    """Contribution (quarters,) of the team: see :func:`contribution`."""
    renewals, quarters_n = record.events.renewals, len(facts.ends)
    lost = renewals.churned
    churned_usd = sums(quarter_of(renewals.day[lost], quarters_n), renewals.arr_usd[lost], quarters_n)
    seats_usd = facts.present_share.sum(axis=0) * money.seat_usd_per_year / QUARTERS_PER_YEAR
    roads_usd = facts.travel_h.sum(axis=0) * money.travel_usd_per_h
    hand_over_usd = facts.hand_over_h.sum(axis=0) * money.hand_over_usd_per_h
    margin_usd = money.margin_share * (facts.bookings_usd.sum(axis=0) - churned_usd)
    usd: FloatArray = np.asarray(margin_usd - seats_usd - roads_usd - hand_over_usd, dtype=np.float64)
    usd[0] -= money.data_usd_per_account * _accounts_of_day_0(record)
    return usd


def _accounts_of_day_0(record: Record) -> int:
    born_day = record.born_day
    return len(record.owner) if born_day is None else int(np.count_nonzero(born_day <= 0))
