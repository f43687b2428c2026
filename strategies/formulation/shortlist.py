"""Which seats are worth considering for an account, where all pairs are too many: who has it, who is skilled and near, and some of all.

Seats near by matter where somebody has to go there, skilled ones wherever there are any. The rest is spread evenly, so that every seat is
considered by enough accounts to fill its hours, and none is considered by all.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from sim.planning import PlanningProblem
from sim.snapshot import UNASSIGNED, BoolArray, FloatArray, IntArray, to_grid
from strategies.shared.candidates import Candidates

SeatTable = NDArray[np.int32]
SKILLED_SHARE, NEAR_SHARE = 0.6, 0.2  # of the shortlist: near among the skilled, near among the others; what is left is spread
SCATTER = 0.002  # of the Earth's radius, 13 km: nothing on the road
LEAST_N = 4  # its owner, its home, and two to choose from


def shortlist(problem: PlanningProblem, who: Candidates, home: IntArray, seats_n: int) -> SeatTable:
    """Seats (accounts, ``seats_n``) to consider for each account, each once, -1 where there are no more; ``seats_n`` is at least 4.

    Today's owner, if the account may stay there, and ``home`` (accounts,) are among them; an account without either has one that may be
    given it. Accounts that may not be touched have nobody else.
    """
    chosen = np.full((len(home), seats_n), np.int32(UNASSIGNED))
    chosen[:, 0] = home
    chosen[:, 1] = np.where(who.keeps(problem.owner), problem.owner, UNASSIGNED)
    place = _scattered(_on_sphere(problem.accounts.latitude, problem.accounts.longitude))
    seat_place = _scattered(_on_sphere(problem.seats.latitude, problem.seats.longitude))
    far = (problem.rates.visits_per_week[problem.accounts.segment] > 0) | (who.in_reach is not None)
    far &= ~np.isnan(place).any(axis=1)
    for kind, industry in np.unique(np.column_stack([who.kind, problem.accounts.industry]), axis=0):
        accounts = np.flatnonzero((who.kind == kind) & (problem.accounts.industry == industry) & ~who.stays)
        if not len(accounts):
            continue
        allowed = who.allowed[kind]
        skilled = allowed & problem.skill_match(accounts[:1], np.arange(len(allowed)))
        skilled_n = min(round(SKILLED_SHARE * (seats_n - 2)), int(skilled.sum()))
        near_n = min(round((SKILLED_SHARE + NEAR_SHARE) * (seats_n - 2)) - skilled_n, int((allowed & ~skilled).sum()))
        for some, nearest in ((accounts[far[accounts]], True), (accounts[~far[accounts]], False)):
            column = 2
            for seats, n, by_place in ((skilled, skilled_n, nearest), (allowed & ~skilled, near_n, nearest), (allowed, seats_n, False)):
                picked = _nearest(place[some], seat_place, seats, n) if by_place else _spread(some, seats, min(n, seats_n - column))
                chosen[some, column : column + picked.shape[1]] = picked
                column += picked.shape[1]
    return _nobody_lost(who, _each_once(chosen))


def _on_sphere(latitude: FloatArray, longitude: FloatArray) -> FloatArray:
    """Points (k, 3) on the unit sphere: nearer on a straight line is nearer on the ground."""
    lat, lon = np.radians(latitude), np.radians(longitude)
    return to_grid(np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]))


def _scattered(place: FloatArray) -> FloatArray:
    """Points (k, 3) a few km from where they are, so that of many seats in one city each is the nearest to somebody.

    The quasi-random sequence R3 (Roberts 2018, The unreasonable effectiveness of quasirandom sequences).
    """
    steps = np.array([0.8191725134, 0.6710436067, 0.5497004779])
    scattered: FloatArray = place + SCATTER * ((np.arange(len(place))[:, None] * steps) % 1.0 - 0.5)
    return scattered


def _nearest(place: FloatArray, seat_place: FloatArray, among: BoolArray, n: int) -> IntArray:
    """The at most ``n`` seats ``among`` (seats,) whose known homes are nearest to each place: (k, n or fewer)."""
    seats = np.flatnonzero(among & ~np.isnan(seat_place).any(axis=1))
    n = min(n, len(seats))
    if n == 0 or not len(place):
        return np.zeros((len(place), 0), dtype=np.int64)
    nearest: IntArray = seats[KDTree(seat_place[seats]).query(place, k=np.arange(1, n + 1))[1]]
    return nearest


def _spread(accounts: IntArray, among: BoolArray, n: int) -> IntArray:
    """At most ``n`` seats ``among`` (seats,) for each account, evenly apart, beginning one further from account to account."""
    seats = np.flatnonzero(among)
    n = min(n, len(seats))
    step = np.arange(n) * len(seats) // max(n, 1)
    spread: IntArray = seats[(np.arange(len(accounts))[:, None] + step) % max(len(seats), 1)]
    return spread


def _each_once(chosen: SeatTable) -> SeatTable:
    """The same table with -1 in place of what stands in a row twice."""
    order = np.argsort(chosen, axis=1, kind="stable")
    inorder = np.take_along_axis(chosen, order, axis=1)
    inorder[:, 1:][inorder[:, 1:] == inorder[:, :-1]] = UNASSIGNED
    np.put_along_axis(chosen, order, inorder, axis=1)
    return chosen


def _nobody_lost(who: Candidates, chosen: SeatTable) -> SeatTable:
    """The same table with a seat that may own it for every account that has neither owner nor home, and none in reach in its row."""
    rows = np.flatnonzero((chosen[:, :2] == UNASSIGNED).all(axis=1) & ~who.stays)
    if who.in_reach is None:
        return chosen
    found = (who.may_own(rows[:, None], chosen[rows].astype(np.int64)) & (chosen[rows] != UNASSIGNED)).any(axis=1)
    for account in rows[~found]:
        chosen[account, 0] = np.argmax(who.may_own(np.array([account]), np.arange(who.allowed.shape[1])))
    return chosen
