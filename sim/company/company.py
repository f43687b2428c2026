"""The company in one future: who owns what, what is known of each account, what is under way.

Everything by account is a plain list, since the desks read single values. Two rows that are one true account (``real``) share what happens
to it: attempts, rest, whether it is a customer, the engagement under way.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
from scipy.special import logit
from simpy import Environment

from sim.chances import account_logit, priority
from sim.company import transition
from sim.company.desk import Desk
from sim.company.engagement import Engagement, OpenDeal
from sim.company.grid import hours_on_grid
from sim.company.luck import LuckTable, open_deals
from sim.company.transition import HandOver, Transfer
from sim.events import Events
from sim.futures import Future
from sim.market import Market, planning_problem
from sim.policy import Policy
from sim.snapshot import UNASSIGNED, FloatArray
from sim.world import World


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
        self.engaged_days: list[float] = np.where(known == problem.owner, problem.engaged_days, 0.0).tolist()
        self.last_touch_day: list[float] = np.nan_to_num(market.snapshot.last_touch_day, nan=-np.inf).tolist()
        self.available_day: list[float] = problem.rest_until_day.tolist()
        self.attempts = [0] * n
        self.version = [0] * n  # of the account's place in a desk's queue: an entry with another one is void
        self.under_way: list[Engagement | None] = [None] * n
        self.deals: dict[int, OpenDeal] = open_deals(deals, accounts.segment, mean_days, world.stage_log_sd, future)
        self.hand_overs: dict[int, HandOver] = {}  # under way
        self.leads: dict[int, float] = {}  # accounts that have asked for somebody, and the day on which they did

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
        self.support_h_by_segment: list[float] = hours_on_grid(rates.support_h_per_week).tolist()
        self.shocks = self._shocks()
        self.log = array("d")
        self.rows: dict[str, list[tuple[float, ...]]] = {f.name: [] for f in fields(Events)}
        self.desks = self._desks(hours_on_grid(problem.seats.capacity_h_per_week))

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
        there = [desk.present for desk in self.desks]
        moved = [t.account for t in transfers if t.new != UNASSIGNED and there[t.new]]
        self.appraise(moved)
        for account in moved:
            self.desks[self.owner[account]].enqueue(account)
        transition.begin(self, transfers)
        for seat in sorted({t.old for t in transfers} | {self.owner[account] for account in moved}):
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
                real = self.real[account]
                self.available_day[real] = max(self.available_day[real], now + gap_days)
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
        looks = (problem, truth, world, at, seats, persons, relationship)
        columns: list[tuple[list[Any], Any]] = [
            (self.workload_h, hours_on_grid(problem.workload_h_per_week(at, seats))),
            (self.shift, account_logit(problem, truth, world, at, seats, talent) + world.relationship_effect),
            (self.skilled, problem.has_skills(at, seats)),
            (self.priority[0], priority(self.policy.focus, *looks, expansion=False)),
            (self.priority[1], priority(self.policy.focus, *looks, expansion=True)),
        ]
        for target, values in columns:
            for account, value in zip(listed, values.tolist(), strict=True):
                target[account] = value

    def becomes_customer(self, account: int) -> None:
        """The account has bought for the first time."""
        self.customer[self.real[account]] = True
        self.desks[self.owner[account]].support_h += self.support_h_of(account)

    def stops_being_customer(self, account: int) -> None:
        """The account has left."""
        if self.owner[account] != UNASSIGNED:
            self.desks[self.owner[account]].support_h -= self.support_h_of(account)
        self.customer[self.real[account]] = False

    def lead_answered(self, account: int) -> None:
        """Somebody has begun to work an account that asked for it."""
        self.happened("leads", self.leads.pop(account), account, self.owner[account], self.env.now)

    def support_h_of(self, account: int) -> float:
        """Hours a week that the account takes of its owner as a customer."""
        return self.support_h_by_segment[self.segment[account]] if self.customer[self.real[account]] else 0.0
