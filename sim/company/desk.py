"""A desk works its book.

A seat has free hours = capacity x ramp - support of its customers - hours of the engagements under way. Whenever hours are free it starts
the next account of its book by the person's own priority, while the next one fits. Luck is addressed by account, attempt and stage, so how
long an engagement will last and how it will end can be looked up when it starts: it is one timeout with a callback. If its seat cannot go
on with it, it is cut, and the callback finds that it is no longer the one under way.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from heapq import heappop, heappush
from math import exp, inf
from typing import TYPE_CHECKING, Any, cast

from simpy import Event
from simpy.events import Timeout

from sim.company import transition
from sim.company.engagement import (
    ATTEMPT,
    CUT_OFF,
    DAY,
    DROPPED_OFF,
    END,
    FIRST_STAGE,
    RUNNING,
    STAGES_N,
    STOPPED,
    Engagement,
    OpenDeal,
    pack_row,
)
from sim.snapshot import COARSE_STEP, DAYS_PER_QUARTER, DAYS_PER_WEEK, FINE_STEP

if TYPE_CHECKING:
    from sim.company.company import Company
    from sim.company.planning_days import Planning

DEAL_FIRST, LEAD_NEXT = 1e18, 1e17  # above any value per hour: open deals, the furthest first, then who has asked for somebody


class Desk:
    """One seat: its person, its book, its hours."""

    def __init__(
        self,
        company: Company,
        seat: int,
        capacity_h: float,
        works_prospects: bool,
        works_customers: bool,
        start_day: float,
        person: int,
        talent: float,
    ) -> None:
        """``start_day`` after day 0: nobody is there until then."""
        self.company = company
        self.seat = seat
        self.capacity_h = capacity_h
        self.works_prospects, self.works_customers = works_prospects, works_customers
        self.present = False
        self.start_day = start_day
        self.ramped_day = start_day + company.world.ramp_days
        self.person = person
        self.talent = talent
        self.book: set[int] = set()
        self.in_use_h = 0.0
        self.support_h = 0.0  # a week, that the customers of the book ask for
        self.given_h = 0.0  # of them: what engagements leave
        self.noted: tuple[float, float, float] = (0.0, 0.0, 0.0)  # from which day on how much is asked and given
        self.potential_usd = 0.0  # of the book, as the CRM estimates it
        self.booked_usd = 0.0  # by the person who is there
        self.ready: list[tuple[float, int, int]] = []  # (-priority, account, version)
        self.resting: list[tuple[float, int, int]] = []  # (day, account, version)
        self.smallest_h = inf
        self.wake_day = inf
        self.planning: Planning | None = None  # hours that the person still owes to the design

    def arrive(self) -> None:
        """The person, who has looked at the whole book, sits down and begins to work it."""
        self.present = True
        for account in sorted(self.book):
            self.enqueue(account)
        self.company.env.process(self._first_months(self.person))

    def _first_months(self, person: int) -> Generator[Any, Any, None]:
        """The first day, and then a look at the book each week until the person has ramped."""
        env = self.company.env
        yield env.timeout(0)
        while self.present and self.person == person:
            self.fill()
            if self.ramp(env.now) >= 1.0:
                return
            yield env.timeout(DAYS_PER_WEEK)

    def leave(self) -> None:
        """The person goes: what is under way stops where it stands, and nobody knows the accounts any more."""
        company = self.company
        for account in sorted(self.book):
            self._stop(account, CUT_OFF)
            self._leave_deal(account)
            company.engaged_days[account] = 0.0
            company.version[account] += 1
        self.ready.clear()
        self.resting.clear()
        self.present = False
        if self.planning is not None:
            company.rows["planning"].extend(self.planning.until(company.env.now))
            self.planning = None
        self.booked_usd = 0.0
        self.note_support()
        for seat in sorted(transition.stop_at(company, self.seat)):
            company.desks[seat].fill()

    def appoint(self, person: int, talent: float, start_day: float) -> None:
        """The seat is that of somebody new, who will start on a day."""
        self.person, self.talent, self.start_day = person, talent, start_day
        self.ramped_day = start_day + self.company.world.ramp_days

    def succeed(self) -> None:
        """Somebody new looks at the whole book and sits down."""
        self.company.appraise(sorted(self.book))
        self.arrive()

    def take(self, account: int) -> None:
        """The account belongs to this seat's book from now on."""
        self.book.add(account)
        self.support_h += self.company.support_h_of(account)
        self.potential_usd += self.company.potential_usd[account]

    def hand_over(self, account: int) -> None:
        """The account leaves the book, with its deal."""
        company = self.company
        self._stop(account, CUT_OFF)
        transition.stop(company, account)
        self._leave_deal(account)
        self.book.discard(account)
        self.support_h -= company.support_h_of(account)
        self.potential_usd -= company.potential_usd[account]
        company.version[account] += 1

    def drop(self, account: int) -> None:
        """What is under way at the account, or waits there, ends without an outcome."""
        self._stop(account, DROPPED_OFF)
        transition.stop(self.company, account)
        self.company.deals.pop(account, None)
        self.company.version[account] += 1

    def _leave_deal(self, account: int) -> None:
        """If there is an open deal at the account, whoever goes on with it is somebody else."""
        deals = self.company.deals
        if account in deals:
            deals[account] = replace(deals[account], moved=True)

    def _stop(self, account: int, how: float) -> None:
        """End the engagement under way at the account, if there is one; a deal that is cut can go on from its stage."""
        company = self.company
        real = company.real[account]
        engagement = company.under_way[real]
        if engagement is None or engagement.account != account:
            return
        now, log, row = company.env.now, company.log, engagement.row
        company.under_way[real] = None
        company.last_touch_day[real] = now
        company.engaged_days[account] += now - engagement.start_day
        self.in_use_h -= engagement.workload_h
        stage = next((s for s in range(int(log[row + FIRST_STAGE]), STAGES_N) if log[row + DAY + s] >= now), STAGES_N - 1)
        left_days = max(log[row + DAY + stage] - now, FINE_STEP)
        company.deals[account] = OpenDeal(stage, left_days, moved=True, attempt=int(log[row + ATTEMPT]))
        log[row + END] = now
        log[row + STOPPED] = how

    def enqueue(self, account: int) -> None:
        """Line the account up for the day from which it can be worked, at once if it has asked for somebody; not those that nobody here can
        or may work.
        """
        company = self.company
        if not (self.present and company.skilled[account]) or company.workload_h[account] > self.capacity_h:
            return
        real = company.real[account]
        if self.works_customers if company.customer[real] else self.works_prospects:
            self.smallest_h = min(self.smallest_h, company.workload_h[account])
            day = -inf if account in company.leads else company.available_day[real]
            heappush(self.resting, (day, account, company.version[account]))

    def ramp(self, day: float) -> float:
        """Share of full productivity, 0..1, on a day: linear over ``ramp_days`` from the person's start."""
        worked_days = day - self.start_day
        ramp_days = self.company.world.ramp_days
        return 1.0 if worked_days >= ramp_days else max(worked_days / ramp_days, 0.0)

    def working_h(self) -> float:
        """Hours a week that the person has today, besides the support of the book's customers."""
        now = self.company.env.now
        return self.capacity_h * (1.0 if now >= self.ramped_day else self.ramp(now)) - self.support_h

    def fill(self) -> None:
        """Start the next account by priority, while the next one fits; only open deals, while hours are owed to the design."""
        if not self.present:
            self.note_support()
            return
        company, hours = self.company, self.working_h()
        if self.planning is not None and not self.planning.is_over():
            self._start_what_fits(hours, deals_only=True)
            self.planning.take(hours - self.in_use_h)
        elif self.in_use_h + self.smallest_h <= hours:
            self._start_what_fits(hours)
        if company.supports:
            self.note_support()

    def _start_what_fits(self, hours: float, deals_only: bool = False) -> None:
        company, ready, resting = self.company, self.ready, self.resting
        workload, version, now = company.workload_h, company.version, company.env.now
        while resting and resting[0][0] <= now:
            _, account, v = heappop(resting)
            if v == version[account]:
                heappush(ready, (-self.priority(account), account, v))
        while ready:
            _, account, v = ready[0]
            if v != version[account]:
                heappop(ready)
            elif deals_only and account not in company.deals:
                break
            elif self.in_use_h + workload[account] <= hours:
                heappop(ready)
                self.start(account, now)
            else:
                break
        if resting and resting[0][0] < self.wake_day and self.in_use_h + self.smallest_h <= hours:
            self.wake_day = resting[0][0]
            Timeout(company.env, self.wake_day - now).callbacks.append(self._wake)

    def note_support(self) -> None:
        """Say how much support is given from now on. What was asked and given until now is a row of the log, if it changes."""
        company = self.company
        asked, now = self.support_h, company.env.now
        self.given_h = max(min(asked, self.capacity_h * self.ramp(now) - self.in_use_h), 0.0) if self.present else 0.0
        if self.noted[1:] != (asked, self.given_h):
            company.rows["support"].extend(self.support_until(now))
            self.noted = (now, asked, self.given_h)

    def support_until(self, day: float) -> list[tuple[float, ...]]:
        """The row of :class:`sim.events.Support` that ends on ``day``; none if nothing was asked for."""
        since, asked, given = self.noted
        return [(self.seat, since, day, asked, given)] if asked > 0 and day > since else []

    def _wake(self, _: Event) -> None:
        """Look at the book again when an account has rested."""
        if self.wake_day <= self.company.env.now:
            self.wake_day = inf
        self.fill()

    def priority(self, account: int) -> float:
        """What the person works first."""
        company = self.company
        if account in company.deals:
            return DEAL_FIRST * (1 + company.deals[account].stage)
        if account in company.leads:
            return LEAD_NEXT
        return company.priority[company.customer[company.real[account]]][account]

    def start(self, account: int, now: float) -> None:
        """Begin the next attempt at the account, or go on with its open deal."""
        company = self.company
        real = company.real[account]
        if company.under_way[real] is not None:  # the same company under another name is being worked: look again later
            heappush(self.resting, (now + DAYS_PER_QUARTER, account, company.version[account]))
        elif (company.available_day[real] > now and account not in company.leads) or (
            company.competitor is not None and company.competitor.has(account)
        ):
            self.enqueue(account)
        else:
            engagement, days = self._look_ahead(account, real, now)
            company.under_way[real] = engagement
            self.in_use_h += engagement.workload_h
            Timeout(company.env, days, engagement).callbacks.append(self._close)

    def _close(self, event: Event) -> None:
        """An engagement has been won or lost: its hours are free again and the account rests."""
        company = self.company
        engagement = cast(Engagement, event.value)
        account = engagement.account
        real = company.real[account]
        if company.under_way[real] is not engagement:
            return
        now = company.env.now
        company.under_way[real] = None
        company.last_touch_day[real] = now
        company.engaged_days[account] += now - engagement.start_day
        self.in_use_h -= engagement.workload_h
        if engagement.won:
            self.booked_usd += engagement.amount_usd
            company.arr_usd[real] += engagement.amount_usd
            company.rest(real, company.policy.rest_after_win_days)
            if not company.customer[real]:
                company.becomes_customer(account)
        else:
            company.rest(real, company.policy.rest_after_loss_days)
        self.enqueue(account)
        self.fill()

    def _look_ahead(self, account: int, real: int, now: float) -> tuple[Engagement, float]:
        """The engagement that starts now, and how long it will last (days). Writes its row of the log."""
        company, world = self.company, self.company.world
        expansion, segment, deal = company.customer[real], company.segment[account], company.deals.pop(account, None)
        attempt = None if deal is None else deal.attempt
        if attempt is None:
            attempt = company.attempts[real]
            company.attempts[real] = attempt + 1
        hurdles, stage_days, at, normal_amount = company.luck(real, attempt)
        base, shift, shocks = company.base_logits[expansion][segment], company.shift[account], company.shocks[segment]
        first_stage = 0
        first_days: float = stage_days[at]
        if deal is not None:
            first_stage, first_days = deal.stage, deal.remaining_days
            if deal.moved:
                shift += world.hand_over.moved_deal_effect
        if account in company.leads:
            shift += world.demand.lead_effect
            company.lead_answered(account)
        # By the time a stage is decided, the relationship has grown by the days since the start.
        half_life_days, ramped_day = world.relationship_half_life_days, self.ramped_day
        unknown = world.relationship_effect * 2.0 ** (-company.engaged_days[account] / half_life_days)
        day, end, won = now, now, True
        days, scores = [now] * first_stage, [inf] * first_stage
        for stage in range(first_stage, STAGES_N):
            day += first_days if stage == first_stage else stage_days[at + stage]
            score = base[stage] + shift - unknown * 2.0 ** ((now - day) / half_life_days)
            if day < ramped_day:
                score += world.ramp_effect * (self.ramp(day) - 1.0)
            if shocks:
                score += sum(logit for shock_day, logit in shocks if day >= shock_day)
            days.append(day)
            scores.append(score)
            if won:
                end = day
                won = hurdles[at + stage] < score
        mean_amount = company.mean_amount_usd[account] * (world.expansion_share if expansion else 1.0)
        amount = mean_amount * exp(world.amount_log_sd * (normal_amount - world.amount_log_sd / 2)) if won else 0.0
        amount = round(amount / COARSE_STEP) * COARSE_STEP
        workload_h, log = company.workload_h[account], company.log
        row = len(log)
        who = (self.seat, self.person, account, segment, attempt, expansion, first_stage)
        log.frombytes(pack_row(*who, now, end, won, RUNNING, mean_amount, amount, workload_h, *days, *scores))
        return Engagement(account, row, now, workload_h, won, amount), end - now
