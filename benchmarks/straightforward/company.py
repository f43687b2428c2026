"""What all reps share: the clock, the dice, the log, the facts of every account; and what accounts and customers do by themselves."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable
from statistics import NormalDist
from typing import Any

import numpy as np
from scipy.special import logit
from simpy import Environment, Event

from benchmarks.straightforward.rep import Deal, Engagement, Rep
from sim.chances import Look, account_logit, priority
from sim.company.leads import leads_per_day
from sim.company.people import missed_share, poorer_share
from sim.market import Market, planning_problem
from sim.policy import Policy
from sim.snapshot import DAYS_PER_YEAR, UNASSIGNED, BoolArray, IntArray
from sim.world import World

Happening = Generator[Event, Any, None]
Row = dict[str, Any]


class Company:
    """What all reps share: the clock, the dice, the log, and the facts of every account."""

    def __init__(
        self, market: Market, owner: IntArray, rng: np.random.Generator, world: World, policy: Policy, horizon_days: float
    ) -> None:
        self.env = Environment()
        self.rng, self.market, self.world, self.policy = rng, market, world, policy
        self.log: list[Row] = []
        self.problem = problem = planning_problem(market.snapshot, world, policy, horizon_days)
        accounts, seats, truth, n = problem.accounts, problem.seats, market.truth, len(owner)
        vacant = (owner != UNASSIGNED) & (seats.start_day[np.maximum(owner, 0)] > 0)
        at_once = np.where(vacant, problem.owner, owner)  # nobody is there to take over the others
        moved = (problem.owner != UNASSIGNED) & (at_once != problem.owner)
        self.owner = at_once.tolist()
        self.segment = accounts.segment.tolist()
        self.customer = (~np.isnan(accounts.customer_since_day)).tolist()
        self.known_days = np.where(at_once == problem.owner, problem.engaged_days, 0.0).tolist()
        self.last_touch_day = market.snapshot.last_touch_day.tolist()
        self.available_day = np.where(
            moved, np.maximum(problem.rest_until_day, policy.transition_gap_days), problem.rest_until_day
        ).tolist()
        self.mean_amount_usd = (truth.potential_usd * truth.amount_scale).tolist()
        self.stage_days = problem.rates.stage_days.tolist()
        self.base = [logit(chance).tolist() for chance in (problem.rates.pass_chance, problem.rates.expansion_pass_chance)]
        self.workload_h, self.shift, self.value, self.skilled = [0.0] * n, [0.0] * n, ([0.0] * n, [0.0] * n), [False] * n
        self.ticket = [0] * n  # of an account's place in the book: an older one is void
        self.leads: dict[int, float] = {}
        self.under_way: dict[int, Engagement] = {}
        self.deals = self._open_deals(moved)
        persons = np.zeros(len(seats), dtype=np.int64) if truth.person is None else truth.person
        self.reps = [
            Rep(self, s, set(np.flatnonzero(at_once == s).tolist()), int(persons[s]), float(truth.talent[s])) for s in range(len(seats))
        ]
        self.appraise(np.flatnonzero(at_once != UNASSIGNED).tolist())
        for rep in self.reps:
            self.env.process(rep.career(np.flatnonzero(vacant & (owner == rep.seat) & (owner != problem.owner)).tolist()))
        if world.customers.churn_chance > 0:
            for account in np.flatnonzero(self.customer).tolist():
                since = float(accounts.customer_since_day[account])
                years = max(math.floor(-since / DAYS_PER_YEAR) + 1, 1)
                self.env.process(self.contract(account, math.ceil(since + DAYS_PER_YEAR * years)))
        for account, per_day in enumerate(leads_per_day(truth, world.demand.leads_per_year).tolist()):
            if per_day > 0:
                self.env.process(self.asks(account, 1 / per_day))

    def appraise(self, accounts: Iterable[int]) -> None:
        """Let the people who own these accounts now look at them."""
        at = np.array(list(accounts), dtype=np.int64)
        problem, truth, world = self.problem, self.market.truth, self.world
        seats = np.array([self.owner[a] for a in at], dtype=np.int64)
        persons, talent = (np.array([getattr(rep, name) for rep in self.reps])[seats] for name in ("person", "talent"))
        look = Look(problem, truth, world, at, seats, persons, problem.relationship(np.array([self.known_days[a] for a in at])))
        columns: list[tuple[list[Any], Any]] = [
            (self.workload_h, problem.workload_h_per_week(at, seats)),
            (self.shift, account_logit(problem, truth, world, at, seats, talent)),
            (self.skilled, problem.has_skills(at, seats)),
            (self.value[0], priority(look, self.policy.focus, expansion=False)),
            (self.value[1], priority(look, self.policy.focus, expansion=True)),
        ]
        for target, values in columns:
            for account, value in zip(at.tolist(), values.tolist(), strict=True):
                target[account] = value

    def asks(self, account: int, mean_days: float) -> Happening:
        """An account asks for somebody now and then, unless it is being worked or still waits."""
        while True:
            yield self.env.timeout(self.rng.exponential(mean_days))
            if account not in self.under_way and account not in self.leads:
                self.leads[account] = self.env.now
                self.line_up(account)
                self.env.process(self.loses_patience(account))

    def loses_patience(self, account: int) -> Happening:
        """An account that has asked waits for some days."""
        asked_day = self.env.now
        yield self.env.timeout(self.world.demand.lead_patience_days)
        if self.leads.get(account) == asked_day:
            del self.leads[account]
            self.log.append({"what": "lead lost", "account": account, "day": self.env.now})
            self.line_up(account)

    def contract(self, account: int, end_day: float) -> Happening:
        """A customer renews each year, or churns: then it is a prospect again, which rests."""
        env, rates = self.env, self.world.customers
        while True:
            yield env.timeout(end_day - env.now)
            touched = account in self.under_way or env.now - self.last_touch_day[account] <= rates.touched_days
            odds = rates.churn_chance / (1 - rates.churn_chance) * math.exp(0.0 if touched else rates.untouched_effect)
            churned = self.rng.random() < odds / (1 + odds)
            self.log.append({"what": "churned" if churned else "renewed", "account": account, "day": env.now})
            if churned:
                break
            end_day += DAYS_PER_YEAR
        self.customer[account] = False
        self.available_day[account] = env.now + self.policy.rest_after_loss_days
        if account in self.under_way:
            self.reps[self.owner[account]].cut(account)
        self.deals.pop(account, None)
        self.line_up(account)

    def line_up(self, account: int) -> None:
        """Something has changed that counts for the account's place in its owner's book."""
        if self.owner[account] != UNASSIGNED:
            self.reps[self.owner[account]].line_up(account)

    def troubles(self, seat: int) -> float:
        """How many times the base hazard somebody in this seat leaves with, as things stand today: see :class:`sim.behaviour.People`."""
        people, seats = self.world.people, self.problem.seats
        booked, start, book, present = (
            np.array([getattr(rep, name) for rep in self.reps], dtype=np.float64)
            for name in ("booked_usd", "start_day", "book_usd", "present")
        )
        missed = missed_share(booked, seats.quota_usd, start, self.world.ramp_days, self.env.now)
        poor = poorer_share(book, seats.capacity_h_per_week, seats.team, present > 0)
        return math.exp(people.attainment_effect * missed[seat] + people.poverty_effect * poor[seat])

    def _open_deals(self, moved: BoolArray) -> dict[int, Deal]:
        """The deals of day 0 by account, each with the days that its stage still lasts: lognormal, given that it is longer than its age.

        A deal older than any that the distribution knows is decided after another mean stage.
        """
        table, luck, sd = self.problem.deals, NormalDist(), self.world.stage_log_sd
        deals = {}
        for account, stage, age in zip(table.account.tolist(), table.stage.tolist(), table.stage_age_days.tolist(), strict=True):
            mean = self.stage_days[self.segment[account]][stage]
            log_mean = math.log(mean) - sd**2 / 2
            older = 1.0 if age <= 0 else luck.cdf((log_mean - math.log(age)) / sd) if sd > 0 else 0.0
            tail = older * self.rng.random()
            days = math.exp(log_mean - sd * luck.inv_cdf(tail)) - age if tail > 0 else mean - age
            deals[account] = Deal(stage, days if days > 0 else mean, bool(moved[account]))
        return deals
