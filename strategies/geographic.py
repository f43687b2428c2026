"""Lines on a map: whole states first, split where a state is too large, as a sales leader draws them.

1. A region with many more accounts than a seat's fair share is split into parts, by lines between its accounts.
2. The map, made of whole regions and of parts of large ones, is cut in two by a line across its longer side, where the accounts on either
   side are nearest to the number of seats they are for; and so on, until every territory is for one seat. This is recursive bisection by
   coordinates (Berger & Bokhari 1987, IEEE Trans. Comput. C-36(5)); step 1 uses it too.
3. Territories are matched with seats one to one (assignment problem). From scratch, each goes to a seat whose home is near its middle.
   From today, the share of its accounts that a seat owns already counts too, and one seat is as good as another that lives 1,000 km
   nearer if it keeps all of them instead of none. It still moves many accounts: lines on a map do not ask who worked what.

Accounts that their territory's seat is not eligible for go to the eligible seat whose territory is nearest. Seats without hours get no
territory. Time O(accounts x log seats + seats^3), the cube with a very small constant.

Where data are missing: an account without a place is taken to be in the middle of its region, an account without a region belongs to the
region whose middle is nearest; one with neither is dealt to the shortest book. If no account has a place, regions are lined up in the order
in which they are listed; if none has a region, the whole map is one region; if there is neither, the strategy says that it cannot draw.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.planning import Assignment, PlanningProblem, Unsupported
from sim.snapshot import UNASSIGNED, BoolArray, FloatArray, IntArray, to_grid
from strategies.shared.candidates import candidates, seat_share
from strategies.shared.moves import deal, keeps_today
from strategies.worth.pool import within_hours

TOO_LARGE_SHARE = 1.25  # of a seat's fair share of the accounts: a region with more is split
KM_PER_DEGREE = 111.2
KM_WORTH_A_TERRITORY = 1000.0  # without it fewest moves may hand the east coast to a seat in the west


@dataclass(frozen=True)
class Geographic:
    """Carve by region. ``from_today``: heed who owns what when the map is handed out; None: wherever there are owners."""

    from_today: bool | None = None

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """An owner for every account, by where it is; raises Unsupported if no account has a place or a region."""
        seats = candidates(problem)
        share = seat_share(problem, by_capacity=False)
        keeps = keeps_today(problem, self.from_today)
        atlas = _atlas(problem)
        owner = seats.fixed(problem.owner)

        drawn = np.flatnonzero((atlas.region >= 0) & ~seats.stays)
        if len(drawn):
            working = np.flatnonzero(share > 0)
            territory = _territories(atlas.region[drawn], atlas.place_km[drawn], len(working))
            middle_km = _middles(atlas.place_km[drawn], territory, len(working))
            wish = -_distance_km(middle_km, atlas.home_km[working])
            if keeps:
                wish = wish / KM_WORTH_A_TERRITORY + _owned_share(territory, problem.owner[drawn], len(share))[:, working]
            seat = working[_matched(wish)]
            for kind, allowed in enumerate(seats.allowed):
                of_kind = seats.kind[drawn] == kind
                owner[drawn[of_kind]] = _allowed_seat(allowed, seat, middle_km)[territory[of_kind]]
        return Assignment(within_hours(problem, deal(seats.open(owner), owner, np.ones(len(owner)), share, seats)))


@dataclass(frozen=True, eq=False)
class _Atlas:
    """Regions (accounts,), -1 where neither region nor place is known; places (accounts, 2) and homes (seats, 2), km east and north."""

    region: IntArray
    place_km: FloatArray
    home_km: FloatArray  # NaN where unknown


def _atlas(problem: PlanningProblem) -> _Atlas:
    accounts, seats = problem.accounts, problem.seats
    placed: BoolArray = np.isfinite(accounts.latitude) & np.isfinite(accounts.longitude)
    region = accounts.region.copy()
    if not placed.any():
        if np.all(region < 0):
            raise Unsupported("geographic: no account has a place or a region, so there is no map to draw on")
        in_line = np.where(seats.region >= 0, seats.region, np.nan)
        return _Atlas(region, np.stack([region, region * 0], axis=1).astype(np.float64), np.stack([in_line, in_line * 0], axis=1))

    east_km = to_grid(KM_PER_DEGREE * np.cos(np.radians(accounts.latitude[placed].mean())))
    place_km = np.stack([east_km * accounts.longitude, KM_PER_DEGREE * accounts.latitude], axis=1)
    home_km = np.stack([east_km * seats.longitude, KM_PER_DEGREE * seats.latitude], axis=1)
    if np.all(region < 0):
        region[placed] = 0
        return _Atlas(region, place_km, home_km)
    regions_n = int(region.max()) + 1
    nowhere = np.where(region < 0, regions_n, region)  # one group more, for the accounts without a region
    middle_km = _middles(place_km[placed], nowhere[placed], regions_n + 1)[:regions_n]
    homeless = np.flatnonzero(placed & (region < 0))
    region[homeless] = np.argmin(_distance_km(place_km[homeless], middle_km), axis=1)
    in_middle = ~placed & (region >= 0)
    place_km[in_middle] = middle_km[region[in_middle]]
    return _Atlas(region, place_km, home_km)


def _territories(region: IntArray, place_km: FloatArray, seats_n: int) -> IntArray:
    """Territory (accounts,), 0 to ``seats_n`` - 1, of each account: steps 1 and 2."""
    _, region, accounts_n = np.unique(region, return_inverse=True, return_counts=True)
    parts_n = np.ones(len(accounts_n), dtype=np.int64)
    fair_n = len(region) / seats_n
    while parts_n.sum() < min(seats_n, len(region)) or (accounts_n / parts_n).max() > TOO_LARGE_SHARE * max(fair_n, 1.0):
        parts_n[np.argmax(accounts_n / parts_n)] += 1

    part = (np.cumsum(parts_n) - parts_n)[region]
    for large in np.flatnonzero(parts_n > 1):
        inside = np.flatnonzero(region == large)
        part[inside] += _bisected(place_km[inside], np.ones(len(inside)), int(parts_n[large]))
    all_n = int(parts_n.sum())
    of_part = _bisected(_middles(place_km, part, all_n), np.bincount(part, minlength=all_n).astype(np.float64), seats_n)
    territory: IntArray = of_part[part]
    return territory


def _bisected(place_km: FloatArray, weight: FloatArray, groups_n: int) -> IntArray:
    """Group (items,), 0 to ``groups_n`` - 1, of items at places (items, 2): compact, of about the same weight, none empty if possible."""
    items_n, left_groups = len(weight), groups_n // 2
    if groups_n == 1 or items_n == 0:
        return np.zeros(items_n, dtype=np.int64)
    order = np.argsort(place_km[:, np.argmax(np.ptp(place_km, axis=0))], kind="stable")
    if items_n < groups_n:
        left_n = items_n * left_groups // groups_n
    else:
        weight_left = np.cumsum(weight[order])
        left_n = 1 + int(np.argmin(np.abs(weight_left - weight_left[-1] * left_groups / groups_n)))
        left_n = min(max(left_n, left_groups), items_n - (groups_n - left_groups))
    left, right = order[:left_n], order[left_n:]
    group = np.empty(items_n, dtype=np.int64)
    group[left] = _bisected(place_km[left], weight[left], left_groups)
    group[right] = left_groups + _bisected(place_km[right], weight[right], groups_n - left_groups)
    return group


def _middles(place_km: FloatArray, group: IntArray, groups_n: int) -> FloatArray:
    """Mean place (groups, 2) of each group's items; the mean of all places for a group without any."""
    count = np.bincount(group, minlength=groups_n)
    middle_km = np.tile(place_km.mean(axis=0), (groups_n, 1))
    for axis in (0, 1):
        total = np.bincount(group, place_km[:, axis], minlength=groups_n)
        middle_km[count > 0, axis] = total[count > 0] / count[count > 0]
    return middle_km


def _distance_km(from_km: FloatArray, to_km: FloatArray) -> FloatArray:
    """Distances (from, to) on the flat map; 0 where a place is unknown, so that it decides nothing."""
    return np.nan_to_num(np.hypot(from_km[:, None, 0] - to_km[None, :, 0], from_km[:, None, 1] - to_km[None, :, 1]))


def _owned_share(territory: IntArray, owner: IntArray, seats_n: int) -> FloatArray:
    """Share (territories, seats) of the accounts of each territory that each seat owns today."""
    owned = owner != UNASSIGNED
    territories_n = int(territory.max()) + 1
    pairs = np.bincount(territory[owned] * seats_n + owner[owned], minlength=territories_n * seats_n).reshape(-1, seats_n)
    share: FloatArray = pairs / np.maximum(np.bincount(territory, minlength=territories_n), 1)[:, None]
    return share


def _matched(wish: FloatArray) -> IntArray:
    """The column matched with each row of a square matrix, so that the sum of the wishes is the largest."""
    from scipy.optimize import linear_sum_assignment

    matched: IntArray = linear_sum_assignment(wish, maximize=True)[1]
    return matched


def _allowed_seat(allowed: BoolArray, seat: IntArray, middle_km: FloatArray) -> IntArray:
    """For each territory its own seat (territories,) if it is allowed, else that of the nearest territory whose seat is; -1 if none is."""
    possible = np.flatnonzero(allowed[seat])
    if not len(possible):
        return np.full(len(seat), UNASSIGNED)
    distance_km = _distance_km(middle_km, middle_km[possible])
    distance_km[possible, np.arange(len(possible))] = -1.0  # its own before one that has the same middle
    nearest: IntArray = seat[possible[np.argmin(distance_km, axis=1)]]
    return nearest
