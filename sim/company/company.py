"""The company in one future: who owns what, what is known of each account, what is under way.

Everything by account is a plain list, since the desks read single values. Two rows that are one true account (``real``) share what happens
to it: attempts, rest, whether it is a customer, the engagement under way.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from math import ceil, inf, nan
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import logit
from simpy import Environment

from sim.chances import Look, account_logit, priority
from sim.company import transition
from sim.company.desk import Desk
from sim.company.engagement import Engagement, OpenDeal
from sim.company.luck import LuckTable, open_deals
from sim.company.transition import HandOver, Transfer
from sim.events import ROUTED, Events
from sim.futures import Future
from sim.market import Market, planning_problem
from sim.policy import Policy
from sim.snapshot import DAYS_PER_YEAR, UNASSIGNED, FloatArray, to_grid
from sim.world import World

if TYPE_CHECKING:
    from sim.company.competitor import Competitor


class Company:
    """Shared state of one simulated future. Accounts change hands by :meth:`move` only."""

    def __init__(self, market: Market, future: Future, world: World, policy: Policy, horizon_days: float) -> None:
        """Everything as it stands on day 0, before any redesign takes effect."""
        self.market, self.future, self.world, self.policy, self.horizon_days = market, future, world, policy, horizon_days
        self.problem = problem = planning_problem(market.snapshot, world, policy, horizon_days)
        self.env = Environment()
        truth, accounts, n = market.truth, problem.accounts, len(problem.accounts)
        mean_days = problem.rates.stage_days[accounts.segment]
        deals = market.snapshot.deals if truth.deals is None else truth.deals
        known = problem.owner if truth.worked_by is None else truth.worked_by

        self.owner: list[int] = problem.owner.tolist()
        self.real: list[int] = list(range(n)) if truth.same_as is None else truth.same_as.tolist()
        self.segment: list[int] = accounts.segment.tolist()
        self.customer: list[bool] = (~np.isnan(accounts.customer_since_day)).tolist()
        self.arr_usd: list[float] = accounts.arr_usd.tolist()
        self.potential_usd: list[float] = accounts.potential_usd.tolist()
        self.mean_amount_usd: list[float] = (truth.potential_usd * truth.amount_scale).tolist()
        self.anniversaries: deque[tuple[float, int]] = deque()  # (day, account) of renewals to come; a new one is always the latest
        self.renewal_day = [inf] * n  # the next one of each customer: an anniversary on another day is void
        self.engaged_days: list[float] = np.where(known == problem.owner, problem.engaged_days, 0.0).tolist()
        self.last_touch_day: list[float] = np.nan_to_num(market.snapshot.last_touch_day, nan=-np.inf).tolist()
        self.available_day: list[float] = problem.rest_until_day.tolist()  # changed by rest and hold only
        self.held_until_day = [-inf] * n
        self.attempts = [0] * n
        self.version = [0] * n  # of the account's place in a desk's queue: an entry with another one is void
        self.under_way: list[Engagement | None] = [None] * n
        self.deals: dict[int, OpenDeal] = open_deals(deals, accounts.segment, mean_days, world.stage_log_sd, future)
        self.hand_overs: dict[int, HandOver] = {}  # under way
        self.leads: dict[int, float] = {}  # accounts that have asked for somebody, and the day on which they did
        self.absent: dict[int, float] = {}  # accounts of which it is known that nobody can work them, and until when
        self.competitor: Competitor | None = None
        self.prospect_since_day = [0.0] * n  # where it is no customer

        # what the owner thinks of an account and can do with it: see appraise
        self.workload_h = [0.0] * n
        self.shift = [0.0] * n
        self.priority: tuple[list[float], list[float]] = ([0.0] * n, [0.0] * n)
        self.skilled = [False] * n

        self.luck = LuckTable(future, mean_days, world.stage_log_sd)
        rates = problem.rates
        self.base_logits: tuple[list[list[float]], list[list[float]]] = (
            logit(rates.pass_chance).tolist(),
            logit(rates.expansion_pass_chance).tolist(),
        )
        self.support_h_by_segment: list[float] = to_grid(rates.support_h_per_week).tolist()
        self.supports = max(self.support_h_by_segment, default=0.0) > 0
        self.shocks = self._shocks()
        self.log = array("d")
        self.rows: dict[str, list[tuple[float, ...]]] = {f.name: [] for f in fields(Events)}
        self.desks = self._desks(to_grid(problem.seats.capacity_h_per_week))

    def _desks(self, capacity_h: FloatArray) -> list[Desk]:
        truth, seats = self.market.truth, self.problem.seats
        persons = np.zeros(len(seats), dtype=np.int64) if truth.person is None else truth.person
        columns = (capacity_h, self.problem.works_prospects, self.problem.works_customers, seats.start_day, persons, truth.talent)
        desks = [Desk(self, s, *row) for s, row in enumerate(zip(*(c.tolist() for c in columns), strict=True))]
        for account, seat in enumerate(self.owner):
            if seat != UNASSIGNED:
                desks[seat].take(account)
        return desks

    def _shocks(self) -> list[tuple[tuple[float, float], ...]]:
        """By segment: from which day on how much is added to the log-odds."""
        shocks = self.world.demand.shocks
        names = self.problem.vocabulary.segments
        return [tuple((s.day, s.logit) for s in shocks if s.segment in (None, name)) for name in names]

    def happened(self, table: str, *row: float) -> None:
        """Put a row into one of the tables of :class:`sim.events.Events`."""
        self.rows[table].append(row)

    def move(self, accounts: Sequence[int], seats: Sequence[int], reason: int) -> None:
        """Give accounts to other seats (-1: to nobody) now: see :meth:`reassign`. Whoever is there looks at what has come, and works on."""
        transfers = self.reassign(accounts, seats, reason)
        moved = [t.account for t in transfers if t.new != UNASSIGNED and self.desks[t.new].present]
        self.appraise(moved)
        for account in moved:
            self.desks[self.owner[account]].enqueue(account)
        transition.begin(self, transfers)
        for seat in sorted({seat for t in transfers for seat in (t.old, t.new)}):
            if seat != UNASSIGNED:
                self.desks[seat].fill()

    def reassign(self, accounts: Sequence[int], seats: Sequence[int], reason: int) -> list[Transfer]:
        """Accounts change hands, and nobody has looked at them yet.

        What is under way there is cut: the deal stands still at its stage. A new owner starts without relationship, and where there was an
        owner before, after the transition gap.
        """
        now, gap_days = self.env.now, self.policy.transition_gap_days
        transfers = []
        for account, seat in zip(accounts, seats, strict=True):
            old = self.owner[account]
            if old == seat:
                continue
            if old != UNASSIGNED:
                self.desks[old].hand_over(account)
                self.hold(self.real[account], now + gap_days)
            transfers.append(Transfer(account, old, seat, self.engaged_days[account]))
            self.owner[account] = seat
            self.engaged_days[account] = 0.0
            self.happened("moves", now, account, old, seat, reason)
            if seat != UNASSIGNED:
                self.desks[seat].take(account)
        return transfers

    def appraise(self, accounts: Iterable[int]) -> None:
        """Let the people who own these accounts now look at them: workload, chances, priorities."""
        listed = list(accounts)
        if not listed:
            return
        problem, truth, world = self.problem, self.market.truth, self.world
        at = np.array(listed)
        seats = np.array([self.owner[a] for a in listed])
        persons = np.array([desk.person for desk in self.desks])[seats]
        talent = np.array([desk.talent for desk in self.desks])[seats]
        relationship = problem.relationship(np.array([self.engaged_days[a] for a in listed]))
        look = Look(problem, truth, world, at, seats, persons, relationship)
        columns: list[tuple[list[Any], Any]] = [
            (self.workload_h, to_grid(problem.workload_h_per_week(at, seats))),
            (self.shift, account_logit(problem, truth, world, at, seats, talent) + world.relationship_effect),
            (self.skilled, problem.has_skills(at, seats)),
            (self.priority[0], priority(look, self.policy.focus, expansion=False)),
            (self.priority[1], priority(look, self.policy.focus, expansion=True)),
        ]
        for target, values in columns:
            for account, value in zip(listed, values.tolist(), strict=True):
                target[account] = value

    def becomes_customer(self, account: int) -> None:
        """The account has bought for the first time. A hunter gives it to a farmer, where there are any."""
        real, seat = self.real[account], self.owner[account]
        self.customer[real] = True
        self.renews_on(real, ceil(self.env.now) + DAYS_PER_YEAR)
        self.add_support(real, self.support_h_of(real))
        if seat != UNASSIGNED and not self.desks[seat].works_customers:
            self.move([account], [self._farmer_for(account)], ROUTED)

    def stops_being_customer(self, account: int) -> None:
        """The account has left; to be told as long as ``real`` still says which account it is."""
        real = self.real[account]
        self.add_support(real, -self.support_h_of(real))
        self.customer[real] = False
        self.prospect_since_day[real] = self.env.now
        self.renewal_day[real] = inf

    def renews_on(self, account: int, day: float) -> None:
        """The customer's contract runs until ``day``, which is later than that of all others."""
        self.renewal_day[account] = day
        self.anniversaries.append((day, account))

    def add_support(self, account: int, hours_per_week: float) -> None:
        """The account asks its owner for so many more hours a week."""
        if hours_per_week and self.owner[account] != UNASSIGNED:
            desk = self.desks[self.owner[account]]
            desk.support_h += hours_per_week
            desk.note_support()

    def _farmer_for(self, account: int) -> int:
        """Who takes over what a hunter has won: of the farmers who are there and have its skills the one with the least support, then the
        fewest accounts, per capacity hour, this account counted in. Without any it stays where it is.
        """
        skilled = self.problem.has_skills(np.full(len(self.desks), account), np.arange(len(self.desks))).tolist()
        hours = self.support_h_of(account)
        loads = [
            ((desk.support_h + hours) / desk.capacity_h, (len(desk.book) + 1) / desk.capacity_h, desk.seat)
            for desk in self.desks
            if desk.works_customers and desk.present and desk.capacity_h > 0 and skilled[desk.seat]
        ]
        return min(loads)[2] if loads else self.owner[account]

    def names(self, account: int) -> list[int]:
        """All rows of the CRM that are this true account."""
        if self.market.truth.same_as is None:
            return [account]
        return [row for row, real in enumerate(self.real) if real == self.real[account]]

    def depart(self, account: int, day: float, until_day: float, reason: int) -> None:
        """Nobody can work the account from ``day`` (now, or before if nobody has noticed) until another (inf: for good)."""
        for row in self.names(account):
            if self.absent.get(row) == inf:
                continue
            if self.owner[row] == UNASSIGNED:
                self.deals.pop(row, None)
            else:
                self.desks[self.owner[row]].drop(row)
            self.lead_lost(row)
            self.absent[row] = until_day
            self.happened("departures", day, row, until_day, reason)
        self.hold(self.real[account], until_day)

    def rest(self, real: int, days: float) -> None:
        """There is an outcome: from now on the true account rests for so many days, however long it should have rested before."""
        self.available_day[real] = max(self.env.now + days, self.held_until_day[real])

    def hold(self, real: int, until_day: float) -> None:
        """Nobody works the true account before this day, whatever comes meanwhile. It may rest longer."""
        self.held_until_day[real] = max(self.held_until_day[real], until_day)
        self.available_day[real] = max(self.available_day[real], until_day)

    def requeue(self, accounts: Iterable[int]) -> None:
        """Line up anew what is owned and not under way: something has changed that counts for its place."""
        seats = []
        for account in accounts:
            seat = self.owner[account]
            if seat != UNASSIGNED and self.under_way[self.real[account]] is None:
                self.version[account] += 1
                self.desks[seat].enqueue(account)
                seats.append(seat)
        for seat in sorted(set(seats)):
            self.desks[seat].fill()

    def revalue(self, account: int, potential_usd: float) -> None:
        """The CRM's estimate of the account's potential is another; :meth:`look_again` shows it."""
        if self.owner[account] != UNASSIGNED:
            self.desks[self.owner[account]].potential_usd += potential_usd - self.potential_usd[account]
        self.potential_usd[account] = potential_usd

    def look_again(self, accounts: Sequence[int]) -> None:
        """The CRM shows what has become of all potentials and segments, and the owners of these accounts look at them again."""
        if not accounts:
            return
        shown = replace(self.problem.accounts, segment=np.array(self.segment), potential_usd=np.array(self.potential_usd))
        self.problem = replace(self.problem, accounts=shown)
        self.appraise(a for a in accounts if self.owner[a] != UNASSIGNED)
        self.requeue(accounts)

    def lead_answered(self, account: int) -> None:
        """Somebody has begun to work an account that asked for it."""
        self.happened("leads", self.leads.pop(account), account, self.owner[account], self.env.now)

    def lead_lost(self, account: int) -> None:
        """If the account has asked for somebody, it does not want anybody any more."""
        if account in self.leads:
            self.happened("leads", self.leads.pop(account), account, self.owner[account], nan)

    def support_h_of(self, account: int) -> float:
        """Hours a week that the account takes of its owner as a customer. One that stands in the CRM twice asks for them once."""
        return self.support_h_by_segment[self.segment[account]] if self.customer[account] and self.real[account] == account else 0.0
