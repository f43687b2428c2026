"""Reps choose their own accounts in turns, and spend selling hours on it.

A round goes through the reps in an order that is drawn once, and back in the next (a snake), so that nobody is always last. Whoever owns
fewer accounts than the round's number picks one: of those that are left the one that looks most worth an hour of work to this rep,

    e exp(``opinion_log_sd`` N(0, 1)) x estimate x chance / (hours a week x weeks), with e = ``OWN_LOOKS`` for what the rep owns today.

Chance and weeks are those of the next attempt, by the public rates and by rules of thumb on fit, the industries that the rep knows and the
relationship; hours include the way from home, so what is near is preferred. What one has looks worth twice what it does to others
(Kahneman, Knetsch & Thaler 1990, J. Political Economy 98(6): sellers asked about twice what buyers bid). Own open deals come before all
else. From scratch, and as far as opinions stay as they are, nobody would rather have another's book without its best account (Caragiannis
et al. 2019, ACM Trans. Econ. Comput. 7(3)); that the team as a whole gains is not said. Books end equally long where skills allow.

From today every rep first keeps a core, chosen in the same way among the own: ``keep_share`` of the book, or of a fair number if that is
less. The rest is drafted; whoever has fewer than the others picks first. From scratch there is no core.

Every seat with hours sits through the draft: ``hours_per_pick`` for each pick of the rep with the most, ``most_hours`` at most. These hours
are taken from selling after roll-out.

A rep lists the ``BOOKS_LISTED`` x fair number most worth it of what is left, and looks and lists anew when these are gone. Time O(accounts
x seats), and a little more to sort them; memory O(accounts) for the lists. Accounts that nobody in the draft may own go to the shortest
book of those who may. Where data are missing: without a place on either side the way from home does not count; without a potential an
account is worth nothing and picked last, in the order in which accounts are listed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from sim.planning import Assignment, PlanningProblem
from sim.ranges import LOG_SD, SHARE, Range, check_ranges
from sim.snapshot import DAYS_PER_WEEK, UNASSIGNED, FloatArray, IntArray
from strategies.shared.candidates import Candidates, candidates, seat_share
from strategies.shared.moves import deal, keeps_today
from strategies.worth.pool import within_hours
from strategies.worth.throughput import Beliefs

OWN_LOOKS = 2.0
BOOKS_LISTED = 20
OPEN_DEAL = 1e9  # times as much worth: more than anything else is


_RANGES: dict[str, Range] = {
    "keep_share": SHARE,
    "opinion_log_sd": LOG_SD,
    "hours_per_pick": (0, 1000),
    "most_hours": (0, 10_000),
}


@dataclass(frozen=True)
class Draft:
    """Let reps pick in turns. ``from_today``: each keeps a core of the own book; None means wherever there are owners."""

    keep_share: float = 0.5
    opinion_log_sd: float = 0.3
    hours_per_pick: float = 0.1
    most_hours: float = 16.0
    from_today: bool | None = None

    def __post_init__(self) -> None:
        check_ranges("draft", self, _RANGES)

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """What everybody has picked, and the hours that it took."""
        who = candidates(problem)
        share = seat_share(problem, by_capacity=False)
        room = _Room(problem, who, self.opinion_log_sd, rng)
        owner = who.fixed(problem.owner)
        working = np.flatnonzero(share > 0)
        listed_n = max(BOOKS_LISTED * len(owner) // len(working), 1)
        if keeps_today(problem, self.from_today):
            for seat in working.tolist():
                book = problem.owner == seat
                core_n = round(self.keep_share * min(int(book.sum()), len(owner) / len(working)))
                protected_n = int((owner == seat).sum())
                owner[room.most_worth(np.flatnonzero(book & ~who.stays), seat, max(core_n - protected_n, 0))] = seat
        owner, picks_n = _drafted(room, owner, rng.permutation(working), listed_n)
        hours = min(self.hours_per_pick * float(picks_n.max(initial=0)), self.most_hours)
        owner = deal(who.open(owner), owner, np.ones(len(owner)), share, who)
        return Assignment(within_hours(problem, owner), planning_h_per_seat=hours)


def _drafted(room: _Room, owner: IntArray, order: IntArray, listed_n: int) -> tuple[IntArray, IntArray]:
    """Owners (accounts,) after the draft, and how many each seat (in ``order``) has picked; it ends when nobody finds anything any more."""
    owner = owner.copy()
    has_n = np.bincount(owner[owner != UNASSIGNED], minlength=int(order.max()) + 1)
    picks_n = np.zeros_like(has_n)
    lists: dict[int, list[int]] = {seat: [] for seat in order.tolist()}
    round_n, turn = int(has_n[order].min()) + 1, order.tolist()
    while lists:
        for seat in turn:
            if seat not in lists or has_n[seat] >= round_n:
                continue
            account = _next(lists[seat], owner)
            if account is None:
                lists[seat] = room.most_worth(room.who.open(owner), seat, listed_n)[::-1].tolist()
                account = _next(lists[seat], owner)
            if account is None:
                del lists[seat]
                continue
            owner[account] = seat
            has_n[seat] += 1
            picks_n[seat] += 1
        turn.reverse()
        round_n += 1
    return owner, picks_n


def _next(listed: list[int], owner: IntArray) -> int | None:
    """The next account of a list, taken off it, that is still to be had."""
    while listed:
        account = listed.pop()
        if owner[account] == UNASSIGNED:
            return account
    return None


@dataclass(frozen=True, eq=False)
class _Room:
    """Where the draft takes place: what everybody knows of the accounts, and the opinions that they have when they look at them."""

    problem: PlanningProblem
    who: Candidates
    opinion_log_sd: float
    rng: np.random.Generator

    def most_worth(self, accounts: IntArray, seat: int, most_n: int) -> IntArray:
        """At most so many of ``accounts`` that the seat may own, those that look most worth an hour first."""
        accounts = accounts[self.who.may_own(accounts, seat)]
        looks = self._worth(accounts, seat) * np.exp(self.opinion_log_sd * self.rng.standard_normal(len(accounts)))
        return accounts[np.argsort(-looks, kind="stable")[:most_n]]

    def _worth(self, accounts: IntArray, seat: int) -> FloatArray:
        """Usd an hour (accounts,) of the next attempt, as all would see it who were in this seat."""
        problem, rates, beliefs, at = self.problem, self.problem.rates, Beliefs(), np.array(seat)
        segment, own = problem.accounts.segment[accounts], problem.owner[accounts] == seat
        customer = ~np.isnan(problem.accounts.customer_since_day[accounts])
        base = np.where(customer[:, None], rates.expansion_pass_chance[segment], rates.pass_chance[segment])
        known = (
            beliefs.fit_logit * (problem.accounts.fit[accounts] - 0.5)
            + beliefs.skill_logit * problem.skill_match(accounts, at)
            + beliefs.relationship_logit * problem.relationship(np.where(own, problem.engaged_days[accounts], 0.0))
        )
        chance = expit(logit(base) + known[:, None])
        reached = np.cumprod(np.column_stack([np.ones(len(accounts)), chance[:, :-1]]), axis=1)
        weeks = (reached * rates.stage_days[segment]).sum(axis=1) / DAYS_PER_WEEK
        amount_usd = problem.accounts.potential_usd[accounts] * np.where(customer, rates.expansion_share, 1.0)
        worth: FloatArray = amount_usd * chance.prod(axis=1) / (weeks * problem.workload_h_per_week(accounts, at))
        worth *= np.where(own, OWN_LOOKS, 1.0) * np.where(own & (problem.open_stage[accounts] >= 0), OPEN_DEAL, 1.0)
        return worth
