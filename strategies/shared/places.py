"""Where accounts and seats are, as points in space: straight distances between them order places as the distances on the ground do.

Where data are missing: an account without a place is taken to be in the middle of its region, which is that of the accounts there that
have one; without a region, or if nobody there has a place, it is nowhere. A seat without a home lives in the middle of its region, or else
in that of all accounts. If no account has a place there is no map, and everybody is nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.planning import EARTH_RADIUS_KM, PlanningProblem
from sim.snapshot import COARSE_STEP, BoolArray, FloatArray, IntArray, to_grid


@dataclass(frozen=True, eq=False)
class Places:
    """Points of accounts (accounts, 3) and homes (seats, 3), km from the middle of the Earth; NaN where somebody is nowhere."""

    account_km: FloatArray
    home_km: FloatArray

    @property
    def known(self) -> BoolArray:
        """Which accounts (accounts,) are somewhere."""
        return np.isfinite(self.account_km[:, 0])


def places(problem: PlanningProblem) -> Places:
    """Where everybody is, as far as that is known or can be told from the region."""
    accounts, seats = problem.accounts, problem.seats
    account_km, home_km = _points_km(accounts.latitude, accounts.longitude), _points_km(seats.latitude, seats.longitude)
    placed = np.isfinite(account_km[:, 0])
    if not placed.any():
        return Places(account_km, np.full_like(home_km, np.nan))
    regions_n = max(int(accounts.region.max()), int(seats.region.max()), -1) + 1
    inside = placed & (accounts.region >= 0)
    middle_km = middles(account_km[inside], accounts.region[inside], np.full((regions_n + 1, 3), np.nan))  # the last one: no region
    account_km = np.where(placed[:, None], account_km, middle_km[accounts.region])
    for fallback in (middle_km[seats.region], account_km[placed].mean(axis=0)):
        home_km = np.where(np.isfinite(home_km), home_km, fallback)
    return Places(account_km, home_km)


def middles(points_km: FloatArray, group: IntArray, otherwise: FloatArray) -> FloatArray:
    """Mean point (groups, 3) of the points of each group; that of ``otherwise`` for a group without any."""
    count = np.bincount(group, minlength=len(otherwise))
    total = np.stack([np.bincount(group, axis, len(otherwise)) for axis in points_km.T], axis=1)
    return np.where(count[:, None] > 0, to_grid(total / np.maximum(count, 1)[:, None], COARSE_STEP), otherwise)


def _points_km(latitude: FloatArray, longitude: FloatArray) -> FloatArray:
    lat, lon = np.radians(latitude), np.radians(longitude)
    points = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)
    points[~np.isfinite(points).all(axis=1)] = np.nan
    return to_grid(EARTH_RADIUS_KM * points, COARSE_STEP)
