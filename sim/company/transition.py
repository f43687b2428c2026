"""Warm transitions: the old and the new owner of a moved account spend hours with each other, and part of the relationship lives on.

A hand-over lasts as long as the transition gap and is the first thing that either desk gives its hours to. It takes place if somebody sits
at both desks and both have the hours; where not all fit, open deals come first, the furthest first, then the strongest relationships. If
one of the two leaves, or the account moves on, it stops there, and nothing is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2
from typing import TYPE_CHECKING, NamedTuple

from simpy import Event
from simpy.events import Timeout

from sim.snapshot import FINE_STEP, to_grid

if TYPE_CHECKING:
    from sim.company.company import Company


class Transfer(NamedTuple):
    """A change of owner from one seat to another (-1: nobody), after so many engaged days of the old one."""

    account: int
    old: int
    new: int
    engaged_days: float


@dataclass(frozen=True)
class HandOver:
    """One under way. ``row`` is where its two rows of the log begin."""

    old: int
    new: int
    hours: float
    kept_days: float
    row: int


def begin(company: Company, transfers: Sequence[Transfer]) -> None:
    """Start the hand-overs of these moves, as many as fit, if policy wants them warm. The hours are taken at once."""
    policy, world, env = company.policy, company.world, company.env
    if policy.transition != "warm" or policy.transition_gap_days == 0:
        return
    hours = float(to_grid(policy.hand_over_h_per_week))
    begun = []
    for transfer in sorted((t for t in transfers if _worth_it(company, t)), key=lambda t: _rank(company, t)):
        desks = company.desks[transfer.old], company.desks[transfer.new]
        if any(desk.in_use_h + hours > desk.working_h() for desk in desks):
            continue
        kept_days = kept_engaged_days(transfer.engaged_days, world.hand_over.warm_kept_share, world.relationship_half_life_days)
        hand_over = HandOver(transfer.old, transfer.new, hours, kept_days, len(company.rows["hand_overs"]))
        for desk, kept in zip(desks, (0.0, kept_days), strict=True):
            desk.in_use_h += hours
            company.happened("hand_overs", desk.seat, transfer.account, env.now, env.now + policy.transition_gap_days, hours, kept)
        company.hand_overs[transfer.account] = hand_over
        begun.append((transfer.account, hand_over))
    if begun:
        Timeout(env, policy.transition_gap_days, begun).callbacks.append(lambda event: _finish(company, event))


def stop(company: Company, account: int) -> tuple[int, ...]:
    """End the hand-over under way at the account without effect, if there is one; the seats that have hours again."""
    hand_over = company.hand_overs.pop(account, None)
    if hand_over is None:
        return ()
    rows, now = company.rows["hand_overs"], company.env.now
    for row in (hand_over.row, hand_over.row + 1):
        seat, account_, start_day, _, hours, _ = rows[row]
        rows[row] = (seat, account_, start_day, now, hours, 0.0)
    seats = (hand_over.old, hand_over.new)
    for seat in seats:
        company.desks[seat].in_use_h -= hand_over.hours
    return seats


def stop_at(company: Company, seat: int) -> set[int]:
    """End all hand-overs in which somebody in this seat takes part; the other seats, which have hours again."""
    accounts = [a for a, h in company.hand_overs.items() if seat in (h.old, h.new)]
    return {other for account in accounts for other in stop(company, account)} - {seat}


def kept_engaged_days(engaged_days: float, share: float, half_life_days: float) -> float:
    """Engaged days whose relationship 1 - 2^(-days / half-life) is ``share`` of that of ``engaged_days``."""
    days = -half_life_days * log2((1.0 - share) + share * 2.0 ** (-engaged_days / half_life_days))
    return round(days / FINE_STEP) * FINE_STEP


def _worth_it(company: Company, transfer: Transfer) -> bool:
    """Whether there is something to hand over, and somebody at both desks."""
    there = min(transfer.old, transfer.new) >= 0 and company.desks[transfer.old].present and company.desks[transfer.new].present
    return there and (transfer.engaged_days > 0 or transfer.account in company.deals)


def _rank(company: Company, transfer: Transfer) -> tuple[int, float, int]:
    deal = company.deals.get(transfer.account)
    return (1 if deal is None else -deal.stage), -transfer.engaged_days, transfer.account


def _finish(company: Company, event: Event) -> None:
    """The gap is over: the hours are free again, and the new owners know their accounts as well as they were told."""
    begun: list[tuple[int, HandOver]] = event.value  # type: ignore[assignment]
    known, seats = [], set()
    for account, hand_over in begun:
        if company.hand_overs.get(account) is not hand_over:
            continue
        del company.hand_overs[account]
        for seat in (hand_over.old, hand_over.new):
            company.desks[seat].in_use_h -= hand_over.hours
            seats.add(seat)
        company.engaged_days[account] += hand_over.kept_days
        known.append(account)
    company.appraise(known)
    for account in known:
        engagement = company.under_way[company.real[account]]
        if engagement is None or engagement.account != account:
            company.version[account] += 1
            company.desks[company.owner[account]].enqueue(account)
    for seat in sorted(seats):
        company.desks[seat].fill()
