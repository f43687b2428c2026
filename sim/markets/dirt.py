"""Data quality: what a CRM says wrongly of a market that has been lived, at stated rates.

Rows are dirtied in an order of their own, so a higher rate dirties the same rows and some more: two rates differ in nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from sim.market import Market
from sim.ranges import SHARE, check_ranges
from sim.snapshot import COARSE_STEP, UNASSIGNED, Accounts, BoolArray, IntArray, Seats, Snapshot, to_grid
from sim.streams import Stream, keyed_normal, keyed_uniform, stream_key

OTHER_OWNER_SHARE = 0.5  # of the second rows belong to somebody else (trial): nobody looked whether the account was there
_NAME_VARIANTS = ("{} Inc", "{} LLC", "The {} Company", "{} (HQ)")

# What a random number decides: the first index of its address.
_DUPLICATED, _HAS_OTHER_OWNER, _OTHER_OWNER, _VARIANT, _POTENTIAL, _NO_POTENTIAL, _NO_EMPLOYEES, _FIT, _NO_FIT = range(9)
_STALE, _STALE_OWNER = range(9, 11)


@dataclass(frozen=True)
class Dirt:
    """How dirty a CRM is. ``duplicate_share`` of the accounts have a second row; of ``stale_owner_share`` of the owned ones the CRM names
    a seat that does not work them. ``crm_log_sd``, ``missing_share`` and ``fit_sd`` are the noise of any row, so of second rows too.
    """

    duplicate_share: float
    stale_owner_share: float
    crm_log_sd: float
    missing_share: float
    fit_sd: float

    def __post_init__(self) -> None:
        check_ranges("market", self, {"duplicate_share": SHARE, "stale_owner_share": SHARE})

    def on(self, market: Market, seed: int, draw: int) -> Market:
        """The market as this CRM shows it: second rows stand behind all others, and the truth knows ``same_as`` and ``worked_by``.

        Who has which relationship and what was sold to whom stays as it was; without any dirt the market is the one that came.
        """
        if self.duplicate_share == 0 and self.stale_owner_share == 0:
            return market
        key = stream_key(seed, Stream.DIRT, draw)
        rows_n = len(market.snapshot.accounts)
        truth = replace(market.truth, same_as=np.arange(rows_n), worked_by=market.snapshot.owner)
        dirty = replace(market, snapshot=self._stale(market.snapshot, key), truth=truth)
        return self._duplicated(dirty, key)

    def _stale(self, snapshot: Snapshot, key: int) -> Snapshot:
        owned = np.flatnonzero(snapshot.owner != UNASSIGNED)
        other = _other_owner(snapshot.seats, snapshot.accounts.required_skills[owned], snapshot.owner[owned], key, _STALE_OWNER, owned)
        order = np.argsort(keyed_uniform(key, _STALE, owned), kind="stable")
        order = order[other[order] != snapshot.owner[owned][order]]  # where nobody else is eligible the owner is right
        stale = order[: round(self.stale_owner_share * len(owned))]
        owner = snapshot.owner.copy()
        owner[owned[stale]] = other[stale]
        return replace(snapshot, owner=owner)

    def _duplicated(self, market: Market, key: int) -> Market:
        """Second rows know nothing of what happened at the first: no touch, no deal, no customer."""
        snapshot, truth = market.snapshot, market.truth
        assert truth.same_as is not None
        assert truth.worked_by is not None
        n = len(snapshot.accounts)
        twice = np.argsort(keyed_uniform(key, _DUPLICATED, np.arange(n)), kind="stable")[: round(self.duplicate_share * n)]
        nothing = np.zeros(len(twice))
        second = replace(
            snapshot,
            accounts=_behind(snapshot.accounts, self._second_rows(market, twice, key)),
            owner=np.append(snapshot.owner, _second_owner(market, twice, key)),
            last_touch_day=np.append(snapshot.last_touch_day, nothing + np.nan),
            engaged_days=np.append(snapshot.engaged_days, nothing),
        )
        same = replace(
            truth,
            potential_usd=np.append(truth.potential_usd, truth.potential_usd[twice]),
            fit=np.append(truth.fit, truth.fit[twice]),
            same_as=np.append(truth.same_as, twice),
            worked_by=np.append(truth.worked_by, truth.worked_by[twice]),
        )
        return replace(market, snapshot=second, truth=same)

    def _second_rows(self, market: Market, twice: IntArray, key: int) -> Accounts:
        """The accounts ``twice`` (rows,) as somebody else would have put them in."""
        first, truth = market.snapshot.accounts, market.truth
        n = len(first)
        variant = (len(_NAME_VARIANTS) * keyed_uniform(key, _VARIANT, twice)).astype(np.int64)
        estimate = truth.potential_usd[twice] * np.exp(self.crm_log_sd * keyed_normal(key, _POTENTIAL, twice))
        typical = np.array([np.median(first.potential_usd[first.segment == s]) for s in first.segment[twice]])
        fit = to_grid(np.clip(truth.fit[twice] + self.fit_sd * keyed_normal(key, _FIT, twice), 0.0, 1.0))

        def missing(what: int) -> BoolArray:
            return keyed_uniform(key, what, twice) < self.missing_share

        return Accounts(
            id=tuple(f"A{n + k + 1:0{len(str(n))}d}" for k in range(len(twice))),
            name=tuple(_NAME_VARIANTS[v].format(first.name[a]) for v, a in zip(variant, twice, strict=True)),
            segment=first.segment[twice],
            industry=first.industry[twice],
            region=first.region[twice],
            latitude=first.latitude[twice],
            longitude=first.longitude[twice],
            employees=np.where(missing(_NO_EMPLOYEES), np.nan, first.employees[twice]),
            potential_usd=to_grid(np.where(missing(_NO_POTENTIAL), typical, estimate), COARSE_STEP),
            fit=np.where(missing(_NO_FIT), 0.5, fit),
            customer_since_day=np.full(len(twice), np.nan),
            arr_usd=np.zeros(len(twice)),
            required_skills=first.required_skills[twice],
            strategic=first.strategic[twice],
            parent=first.parent[twice],
        )


def _second_owner(market: Market, twice: IntArray, key: int) -> IntArray:
    """Owners (rows,) of second rows: whoever really has the account, or somebody else who may."""
    assert market.truth.worked_by is not None
    worker, required = market.truth.worked_by[twice], market.snapshot.accounts.required_skills[twice]
    other = _other_owner(market.snapshot.seats, required, worker, key, _OTHER_OWNER, twice)
    return np.where(keyed_uniform(key, _HAS_OTHER_OWNER, twice) < OTHER_OWNER_SHARE, other, worker)


def _other_owner(seats: Seats, required: BoolArray, owner: IntArray, key: int, what: int, account: IntArray) -> IntArray:
    """For each account (rows,) a seat that has the required skills (rows, skills) and is not its owner; the owner where there is none."""
    may: BoolArray = np.logical_not((required[:, None, :] & ~seats.skills).any(axis=2))
    may[np.arange(len(owner)), owner] &= owner == UNASSIGNED
    may[owner == UNASSIGNED] = False  # what nobody owns is not somebody else's either
    chosen = (keyed_uniform(key, what, account) * may.sum(axis=1)).astype(np.int64)
    other: IntArray = np.argmax(np.cumsum(may, axis=1) > chosen[:, None], axis=1)
    return np.where(may.any(axis=1), other, owner)


def _behind(first: Accounts, second: Accounts) -> Accounts:
    columns: dict[str, Any] = {}
    for field in fields(Accounts):
        above, below = getattr(first, field.name), getattr(second, field.name)
        columns[field.name] = above + below if isinstance(above, tuple) else np.concatenate([above, below])
    return Accounts(**columns)
