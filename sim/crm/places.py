"""Where accounts and reps are, if an export does not say."""

from __future__ import annotations

import numpy as np

from sim.ledger import Ledger
from sim.snapshot import FloatArray, IntArray

Degrees = tuple[FloatArray, FloatArray]  # latitude, longitude


def fill_places(
    account: Degrees, home: Degrees, region: IntArray, seat_region: IntArray, owner: IntArray, regions_n: int, ledger: Ledger
) -> tuple[Degrees, Degrees]:
    """Places of accounts and homes of seats. A place counts as missing if either of its coordinates is.

    An account: the centre of its region's accounts, else of its owner's book, else its owner's home. A home: the centre of the rep's book,
    else of the region's accounts. NaN where none of these is known: no travel is counted then.
    """
    seats_n = len(seat_region)
    account, home = _both_or_none(account), _both_or_none(home)
    in_region, of_book = _centres(region, account, regions_n), _centres(owner, account, seats_n)
    lost, homeless = np.isnan(account[0]), np.isnan(home[0])
    account = _first_known(account, _at(in_region, region), _at(of_book, owner), _at(home, owner))
    home = _first_known(home, _at(_centres(owner, account, seats_n), np.arange(seats_n)), _at(in_region, seat_region))
    rule = "centre of the region's accounts, else of the owner's book, else the owner's home"
    ledger.column("accounts.latitude, longitude", int(lost.sum()), len(lost), rule)
    ledger.column("reps.latitude, longitude", int(homeless.sum()), len(homeless), "centre of the rep's book, else of the region")
    nowhere = int(np.isnan(account[0]).sum())
    ledger.rows("accounts.latitude, longitude", nowhere, "no place can be told: no travel is counted")
    return account, home


def _both_or_none(place: Degrees) -> Degrees:
    known = ~(np.isnan(place[0]) | np.isnan(place[1]))
    return np.where(known, place[0], np.nan), np.where(known, place[1], np.nan)


def _centres(group: IntArray, place: Degrees, groups_n: int) -> Degrees:
    """Mean coordinates (groups,) of the known places in each group, NaN where there are none; -1 is no group."""
    known = (group >= 0) & ~np.isnan(place[0])
    n = np.bincount(group[known], minlength=groups_n)
    totals = [np.bincount(group[known], degrees[known], groups_n) for degrees in place]
    latitude, longitude = (np.where(n > 0, total / np.maximum(n, 1), np.nan) for total in totals)
    return latitude, longitude


def _at(places: Degrees, position: IntArray) -> Degrees:
    """The places at these positions, NaN at -1."""
    padded = [np.append(degrees, np.nan) for degrees in places]  # position -1 reads the last
    return padded[0][position], padded[1][position]


def _first_known(*choices: Degrees) -> Degrees:
    latitude, longitude = choices[0]
    for other_latitude, other_longitude in choices[1:]:
        unknown = np.isnan(latitude)
        latitude, longitude = np.where(unknown, other_latitude, latitude), np.where(unknown, other_longitude, longitude)
    return latitude, longitude
