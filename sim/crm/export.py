"""The way back: any market's snapshot as accounts.csv, reps.csv and deals.csv with the canonical columns.

Reading them gives the same snapshot but for what the columns cannot hold: days are whole, amounts are in cents, places have five decimals;
how long owners have worked their accounts, the age of a stage and which deals were expansions are told anew by the reader's rules, and
names that nothing carries (an industry without accounts) are gone.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import date, timedelta
from math import floor, isnan
from pathlib import Path

from sim.crm.mapping import ACCOUNT_COLUMNS, DEAL_COLUMNS, REP_COLUMNS
from sim.crm.rows import LOST, WON
from sim.market import Market
from sim.snapshot import STAGES, UNASSIGNED, Snapshot

SOMEBODY_WHO_LEFT = "left"  # not the id of a rep


def export_crm(market: Market, folder: Path, as_of: date) -> None:
    """Write what the market's CRM shows on day 0, which is ``as_of``, to a folder (made if need be). The truth is not written."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "accounts.csv", ACCOUNT_COLUMNS, _accounts(market.snapshot, as_of))
    _write(folder / "reps.csv", REP_COLUMNS, _reps(market.snapshot, as_of))
    if len(market.snapshot.history) or len(market.snapshot.deals):
        _write(folder / "deals.csv", DEAL_COLUMNS, _deals(market.snapshot, as_of))


def _accounts(snapshot: Snapshot, as_of: date) -> Iterable[tuple[str, ...]]:
    a, words = snapshot.accounts, snapshot.vocabulary
    for i in range(len(a)):
        yield (
            a.id[i],
            a.name[i],
            _at(snapshot.seats.id, snapshot.owner[i]),
            words.segments[a.segment[i]],
            words.industries[a.industry[i]],
            _at(words.regions, a.region[i]),
            _number(a.latitude[i], 5),
            _number(a.longitude[i], 5),
            _number(a.employees[i], 0),
            "",  # annual_revenue_usd: no market holds it
            _number(a.potential_usd[i], 2),
            _number(a.fit[i], 4),
            _day(a.customer_since_day[i], as_of),
            _number(a.arr_usd[i], 2),
            _day(snapshot.last_touch_day[i], as_of),
            ";".join(skill for skill, needed in zip(words.skills, a.required_skills[i], strict=True) if needed),
            "true" if a.strategic[i] else "false",
            _at(a.id, a.parent[i]),
        )


def _reps(snapshot: Snapshot, as_of: date) -> Iterable[tuple[str, ...]]:
    s, words = snapshot.seats, snapshot.vocabulary
    for i in range(len(s)):
        yield (
            s.id[i],
            s.name[i],
            words.teams[s.team[i]],
            words.roles[s.role[i]],
            _at(words.regions, s.region[i]),
            _number(s.latitude[i], 5),
            _number(s.longitude[i], 5),
            _number(s.capacity_h_per_week[i], 2),
            _number(s.quota_usd[i], 2),
            _day(s.start_day[i], as_of),
            ";".join(skill for skill, has in zip(words.skills, s.skills[i], strict=True) if has),
        )


def _deals(snapshot: Snapshot, as_of: date) -> Iterable[tuple[str, ...]]:
    h, o = snapshot.history, snapshot.deals
    width = len(str(len(h) + len(o)))
    ids = (f"D{k:0{width}d}" for k in range(1, len(h) + len(o) + 1))
    account, seat = snapshot.accounts.id, snapshot.seats.id
    for i in range(len(h)):
        rep = _at(seat, h.seat[i]) or SOMEBODY_WHO_LEFT
        created, closed = _day(h.created_day[i], as_of), _day(h.closed_day[i], as_of)
        stage, amount = (WON, _number(h.amount_usd[i], 2)) if h.won[i] else (LOST, "")
        yield next(ids), account[h.account[i]], rep, created, closed, stage, amount
    for i in range(len(o)):
        created, amount = _day(o.created_day[i], as_of), _number(o.amount_usd[i], 2)
        yield next(ids), account[o.account[i]], _at(seat, o.seat[i]), created, "", STAGES[o.stage[i]], amount


def _at(names: tuple[str, ...], position: int) -> str:
    return "" if position == UNASSIGNED else names[position]


def _number(value: float, decimals: int) -> str:
    return "" if isnan(value) else f"{value:.{decimals}f}".rstrip("0").rstrip(".") if decimals else f"{value:.0f}"


def _day(day: float, as_of: date) -> str:
    return "" if isnan(day) else (as_of + timedelta(days=floor(day))).isoformat()


def _write(path: Path, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
