"""How the seats do: attainment, and how evenly opportunity, load and outcome fall on them."""

from __future__ import annotations

import numpy as np

from sim.equity import cv, gini, max_min, outside_share, theil
from sim.snapshot import FloatArray, Seats

NEAR_QUOTA_SHARE = 0.7


def attainment(bookings_usd: FloatArray, quota_usd: FloatArray) -> dict[str, float]:
    """Bookings / quota over the horizon: of the team, its spread over the seats, and shares of seats at 100 % and 70 %.

    Both have shape (seats, quarters). Seats without a quota have no attainment; without any quota all of it is NaN.
    """
    seat = _attainment_by_seat(bookings_usd, quota_usd)
    names = ("attainment", "attainment_median", "attainment_p10", "attainment_p90", "seats_at_quota_share", "seats_at_70_share")
    if not len(seat):
        return dict.fromkeys(names, float("nan"))
    p10, median, p90 = np.quantile(seat, [0.1, 0.5, 0.9])
    team = bookings_usd.sum() / np.nansum(quota_usd)
    return dict(zip(names, map(float, (team, median, p10, p90, np.mean(seat >= 1), np.mean(seat >= NEAR_QUOTA_SHARE))), strict=True))


def equity(book_usd: FloatArray, seats: Seats) -> dict[str, float]:
    """How evenly opportunity falls on the seats: ``book_usd`` (seats,) is the CRM's potential of each book; per capacity hour a week.

    Ex ante: the books that the design hands out, without ramp. Seats without capacity are left out.
    """
    hours = seats.capacity_h_per_week
    opportunity = book_usd[hours > 0] / hours[hours > 0]
    within, between = theil(opportunity, seats.team[hours > 0])
    return {
        "gini_opportunity": float(gini(opportunity)),
        "cv_opportunity": cv(opportunity),
        "outside_15_share": outside_share(opportunity),
        "max_min_opportunity": max_min(opportunity),
        "theil_within_opportunity": within,
        "theil_between_opportunity": between,
    }


def outcome_equity(bookings_usd: FloatArray, quota_usd: FloatArray, used_h: FloatArray, capacity_h: FloatArray) -> dict[str, float]:
    """Gini over the seats of load (hours in use / capacity hours) and of outcome (attainment) over the horizon; all (seats, quarters)."""
    used, hours = used_h.sum(axis=1), capacity_h.sum(axis=1)
    return {
        "gini_load": float(gini(used[hours > 0] / hours[hours > 0])),
        "gini_outcome": float(gini(_attainment_by_seat(bookings_usd, quota_usd))),
    }


def _attainment_by_seat(bookings_usd: FloatArray, quota_usd: FloatArray) -> FloatArray:
    """Bookings / quota (seats with a quota,) over the horizon."""
    booked, quota = bookings_usd.sum(axis=1), np.nansum(quota_usd, axis=1)
    seat: FloatArray = booked[quota > 0] / quota[quota > 0]
    return seat
