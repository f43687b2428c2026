"""One seat: its people, its book, its engagements."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simpy import Container, Event, Interrupt, PriorityItem, PriorityStore

from sim.policy import PROTECTIONS
from sim.snapshot import DAYS_PER_QUARTER, DAYS_PER_WEEK, DAYS_PER_YEAR, STAGES, UNASSIGNED

if TYPE_CHECKING:
    from benchmarks.straightforward.company import Company

Happening = Generator[Event, Any, None]
LEFT, CUT, CHANGED = "the person leaves", "the engagement is cut", "something else comes first"


@dataclass
class Deal:
    """An open deal that nobody works at the moment."""

    stage: int
    left_days: float
    moved: bool


@dataclass
class Engagement:
    """An attempt that is under way."""

    account: int
    start_day: float
    stage: int
    stage_end_day: float
    process: Any = None


class Rep:
    """One seat: takes the best account of the book, waits for the hours that it needs, and starts the next one."""

    def __init__(self, company: Company, seat: int, accounts: set[int], person: int, talent: float) -> None:
        self.company, self.env, self.seat, self.accounts = company, company.env, seat, accounts
        self.person, self.talent = person, talent
        seats, potential_usd = company.problem.seats, company.problem.accounts.potential_usd
        self.capacity_h, self.start_day = float(seats.capacity_h_per_week[seat]), float(seats.start_day[seat])
        self.book_usd = float(potential_usd[sorted(accounts)].sum())
        self.present, self.booked_usd = self.start_day <= 0, 0.0
        self.process: Any = None
        self.in_hand: PriorityItem | None = None
        self.wanted: Any = None

    def career(self, planned: list[int]) -> Happening:
        """Somebody works here until it has become too much; then the seat is vacant until somebody else comes."""
        company, env, rng, people = self.company, self.env, self.company.rng, self.company.world.people
        if self.present:
            self.sit_down()
        else:
            self.forget()
            yield env.timeout(self.start_day)
            company.appraise(sorted(self.accounts))
            self.sit_down()
            self.take_over(planned)
        while people.resignation_per_year > 0:
            bearable = rng.exponential()
            while True:
                hazard = people.resignation_per_year / DAYS_PER_YEAR * company.troubles(self.seat)
                until_next_look = DAYS_PER_QUARTER - env.now % DAYS_PER_QUARTER
                if bearable < hazard * until_next_look:
                    break
                bearable -= hazard * until_next_look
                yield env.timeout(until_next_look)
            yield env.timeout(bearable / hazard)
            self.leave()
            vacant_days = rng.exponential(people.vacancy_days)
            self.person, self.talent, self.start_day = (
                self.person + 1,
                rng.normal(0.0, company.market.truth.talent_sd),
                env.now + vacant_days,
            )
            yield env.timeout(vacant_days)
            company.appraise(sorted(self.accounts))
            self.sit_down()

    def sit_down(self) -> None:
        """Somebody begins to work the book."""
        self.present, self.booked_usd = True, 0.0
        self.in_hand = None
        self.ramped = self.ramp()
        self.book = PriorityStore(self.env)
        self.hours = Container(self.env, init=self.capacity_h * self.ramped)
        for account in sorted(self.accounts, key=self.priority, reverse=True):  # of those that come on the same day the best comes first
            self.line_up(account)
        self.process = self.env.process(self.work())
        if self.ramped < 1:
            self.env.process(self.grow(self.person))

    def leave(self) -> None:
        """The person goes: what is under way stands still, and nobody knows the accounts any more."""
        self.present, self.in_hand = False, None
        self.process.interrupt(LEFT)
        for account in sorted(self.accounts):
            if account in self.company.under_way:
                self.cut(account)
            self.company.ticket[account] += 1
        self.forget()
        self.company.log.append({"what": "left", "seat": self.seat, "day": self.env.now})

    def forget(self) -> None:
        """Whoever comes next knows neither the accounts nor the deals."""
        for account in self.accounts:
            self.company.known_days[account] = 0.0
            if account in self.company.deals:
                self.company.deals[account].moved = True

    def work(self) -> Happening:
        """Start the best account of the book whenever its hours are free; put it back if something else comes first meanwhile."""
        company = self.company
        try:
            while True:
                item = yield self.book.get()
                account, ticket = item.item
                if ticket != company.ticket[account]:
                    continue
                self.in_hand = item
                self.wanted = self.hours.get(company.workload_h[account])
                try:
                    yield self.wanted
                except Interrupt as why:
                    if why.cause == LEFT:
                        return
                    self.wanted.cancel()
                    self.book.put(item)
                    continue
                self.in_hand = None
                if ticket == company.ticket[account]:
                    self.start(account)
                else:
                    self.hours.put(company.workload_h[account])
        except Interrupt:
            return

    def start(self, account: int) -> None:
        """Begin the next attempt at the account, or go on with its open deal."""
        company = self.company
        deal = company.deals.pop(account, None)
        shift = company.shift[account]
        if deal is not None and deal.moved:
            shift += company.world.hand_over.moved_deal_effect
        if account in company.leads:
            del company.leads[account]
            shift += company.world.demand.lead_effect
            company.log.append({"what": "lead answered", "account": account, "day": self.env.now})
        engagement = Engagement(account, self.env.now, deal.stage if deal else 0, self.env.now)
        company.under_way[account] = engagement
        engagement.process = self.env.process(self.engage(engagement, deal.left_days if deal else None, shift))

    def engage(self, engagement: Engagement, first_days: float | None, shift: float) -> Happening:
        """One attempt to win business at an account, stage by stage; then the account rests."""
        company, world, env, rng, account = self.company, self.company.world, self.env, self.company.rng, engagement.account
        expansion, known_days, sd = company.customer[account], company.known_days[account], world.stage_log_sd
        base, mean_days = company.base[expansion][company.segment[account]], company.stage_days[company.segment[account]]
        won = True
        for stage in range(engagement.stage, len(STAGES)):
            days = rng.lognormal(math.log(mean_days[stage]) - sd**2 / 2, sd) if first_days is None else first_days
            first_days = None
            engagement.stage, engagement.stage_end_day = stage, env.now + days
            try:
                yield env.timeout(days)
            except Interrupt:
                return
            relationship = 1 - 2 ** (-(known_days + env.now - engagement.start_day) / world.relationship_half_life_days)
            score = base[stage] + shift + world.relationship_effect * relationship + world.ramp_effect * (self.ramp() - 1)
            if rng.random() >= 1 / (1 + math.exp(-score)):
                won = False
                break
        amount_usd = 0.0
        if won:
            mean_usd, sd = company.mean_amount_usd[account] * (world.expansion_share if expansion else 1.0), world.amount_log_sd
            amount_usd = mean_usd * rng.lognormal(-(sd**2) / 2, sd)
            self.booked_usd += amount_usd
            if not expansion:
                company.customer[account] = True
                if world.customers.churn_chance > 0:
                    env.process(company.contract(account, math.ceil(env.now) + DAYS_PER_YEAR))
        worked_days = env.now - engagement.start_day
        outcome = {"what": "won" if won else "lost", "account": account, "day": env.now, "seat": self.seat}
        company.log.append({**outcome, "amount_usd": amount_usd, "hours": worked_days / DAYS_PER_WEEK * company.workload_h[account]})
        del company.under_way[account]
        company.known_days[account] += worked_days
        company.last_touch_day[account] = env.now
        company.available_day[account] = env.now + (company.policy.rest_after_win_days if won else company.policy.rest_after_loss_days)
        self.hours.put(company.workload_h[account])
        self.gain()
        self.line_up(account)

    def cut(self, account: int) -> None:
        """What is under way at the account stops; it can go on from its stage."""
        company, now = self.company, self.env.now
        engagement = company.under_way.pop(account)
        engagement.process.interrupt(CUT)
        company.deals[account] = Deal(engagement.stage, engagement.stage_end_day - now, moved=True)
        company.known_days[account] += now - engagement.start_day
        company.last_touch_day[account] = now
        if self.present:
            self.hours.put(company.workload_h[account])

    def line_up(self, account: int) -> None:
        """Give the account its place in the book, now or when it has rested; it may come before the one that waits for its hours."""
        company = self.company
        self.withdraw(account)
        if not (self.present and company.skilled[account]) or company.workload_h[account] > self.capacity_h:
            return
        days = 0.0 if account in company.leads else company.available_day[account] - self.env.now
        if days <= 0:
            self.offer(account)
        else:
            self.env.process(self.rest(account, days, company.ticket[account]))

    def withdraw(self, account: int) -> None:
        """The account loses its place in the book."""
        self.company.ticket[account] += 1
        if self.in_hand is not None and self.in_hand.item[0] == account:
            self.reconsider()

    def rest(self, account: int, days: float, ticket: int) -> Happening:
        """An account rests, or is handed over."""
        yield self.env.timeout(days)
        if ticket == self.company.ticket[account]:
            self.offer(account)

    def offer(self, account: int) -> None:
        """An account of the book can be worked."""
        item = PriorityItem((-self.priority(account), account), (account, self.company.ticket[account]))
        self.book.put(item)
        if self.in_hand is not None and item < self.in_hand:
            self.reconsider()

    def reconsider(self) -> None:
        """Let the rep, who waits for hours, look at the book again."""
        if not self.wanted.triggered:
            self.in_hand = None
            self.process.interrupt(CHANGED)

    def take_over(self, accounts: list[int]) -> None:
        """Accounts that the design has planned for this seat move now, as far as policy lets them; nobody works them at once."""
        company, protected_stage = self.company, PROTECTIONS.index(self.company.policy.protect) - 1
        given = []
        for account in accounts:
            deal = company.under_way.get(account) or company.deals.get(account)
            if deal is None or deal.stage < protected_stage or protected_stage < 0:
                self.inherit(account)
                given.append(account)
        company.appraise(given)
        for account in sorted(given, key=self.priority, reverse=True):
            self.line_up(account)

    def inherit(self, account: int) -> None:
        """The account belongs to this seat from now on."""
        company, old, usd = self.company, self.company.owner[account], float(self.company.problem.accounts.potential_usd[account])
        if old != UNASSIGNED:
            before = company.reps[old]
            if account in company.under_way:
                before.cut(account)
            before.withdraw(account)
            before.accounts.discard(account)
            before.book_usd -= usd
            company.available_day[account] = max(company.available_day[account], self.env.now + company.policy.transition_gap_days)
            if account in company.deals:
                company.deals[account].moved = True
        company.owner[account] = self.seat
        company.known_days[account] = 0.0
        self.accounts.add(account)
        self.book_usd += usd

    def priority(self, account: int) -> float:
        """What the person works first: open deals, the furthest first, then who has asked for somebody, then value per hour."""
        company = self.company
        if account in company.deals:
            return 1e18 * (1 + company.deals[account].stage)
        return 1e17 if account in company.leads else company.value[company.customer[account]][account]

    def ramp(self) -> float:
        """Share of full productivity today: linear from the person's start."""
        worked_days, ramp_days = self.env.now - self.start_day, self.company.world.ramp_days
        return 1.0 if worked_days >= ramp_days else max(worked_days / ramp_days, 0.0)

    def grow(self, person: int) -> Happening:
        """A new person gains hours until ramped."""
        while self.ramped < 1:
            yield self.env.timeout(DAYS_PER_WEEK)
            if not self.present or self.person != person:
                return
            self.gain()

    def gain(self) -> None:
        """Put the hours that the person has grown into since the last look."""
        before, self.ramped = self.ramped, self.ramp()
        if self.ramped > before:
            self.hours.put(self.capacity_h * (self.ramped - before))
