"""What people, customers and demand do besides being worked: groups of World's parameters. Every default means: it does not happen."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sim.ranges import CHANCE, DAYS, LOGIT, PER_YEAR, SHARE, Range, check_range, check_ranges

_PEOPLE_RANGES: dict[str, Range] = {
    "resignation_per_year": PER_YEAR,
    "attainment_effect": (0, 20),
    "poverty_effect": (0, 20),
    "overload_effect": (0, 20),
    "vacancy_days": DAYS,
}
_CUSTOMERS_RANGES: dict[str, Range] = {"churn_chance": (0, CHANCE[1]), "untouched_effect": LOGIT, "touched_days": DAYS}
_SHOCK_RANGES: dict[str, Range] = {"day": (-DAYS[1], DAYS[1]), "logit": LOGIT}
_DEMAND_RANGES: dict[str, Range] = {
    "leads_per_year": (0, 365),
    "lead_patience_days": DAYS,
    "lead_effect": LOGIT,
    "new_accounts_per_year_share": (0, 10),
    "growth_per_year": PER_YEAR,
    "mergers_per_year": PER_YEAR,
    "competitor_per_year": PER_YEAR,
    "competitor_lock_days": DAYS,
}
_HAND_OVER_RANGES: dict[str, Range] = {"moved_deal_effect": LOGIT, "warm_kept_share": SHARE}
_GAMING_RANGES: dict[str, Range] = {"sandbag_share": SHARE, "inflate_share": SHARE}
WORST_PER_YEAR: Range = (0, 1000)  # resignations from one seat where all is as bad as can be; what is above it hardly ends


@dataclass(frozen=True)
class People:
    """Who leaves. A person's hazard a year is ``resignation_per_year`` x exp(``attainment_effect`` (1 - attainment)+
    + ``poverty_effect`` (1 - book / the team's mean book)+ + ``overload_effect`` (1 - capacity / support hours)+), as the person sees it at
    the start and at every quarter's. Attainment is that of the person so far, pro rata and with the ramp; in the first half-year nobody
    misses a quota. Books are potentials per capacity hour. Each trouble lies between 0 and 1, so a hazard has a bound.

    The person leaves when the integrated hazard crosses an Exp(1) threshold that the future holds; the seat is then vacant for an
    exponential time with mean ``vacancy_days``.
    """

    resignation_per_year: float = 0.0
    attainment_effect: float = 0.0
    poverty_effect: float = 0.0
    overload_effect: float = 0.0
    vacancy_days: float = 60.0

    def __post_init__(self) -> None:
        check_ranges("world.people", self, _PEOPLE_RANGES)
        trouble = self.attainment_effect + self.poverty_effect + self.overload_effect
        worst = "world.people: resignation_per_year x exp(attainment_effect + poverty_effect + overload_effect)"
        check_range(worst, float(f"{self.resignation_per_year * math.exp(trouble):.3g}"), WORST_PER_YEAR)


@dataclass(frozen=True)
class Customers:
    """Who renews. A contract ends every 364 days after the account has become a customer, with the day. Then the customer churns with
    the chance logistic(logit(``churn_chance``) + ``untouched_effect`` x untouched).

    untouched is 0 if the account was engaged in the last ``touched_days``. Else it is 1 - hours given / hours asked of all the support that
    its owner's customers ask for on that day: 0 where they get it all, 1 in a vacant seat; and 1 where an account asks for no support or
    has no owner. Who churns is a prospect again, without ARR, and rests as after a loss; an engagement under way there ends.
    """

    churn_chance: float = 0.0
    untouched_effect: float = 0.0
    touched_days: float = 180.0

    def __post_init__(self) -> None:
        check_ranges("world.customers", self, _CUSTOMERS_RANGES)


@dataclass(frozen=True)
class Shock:
    """From ``day`` on, ``logit`` is added to every stage's log-odds at accounts of ``segment`` (null: of all segments)."""

    day: float
    logit: float
    segment: str | None = None

    def __post_init__(self) -> None:
        check_ranges("world.demand.shocks", self, _SHOCK_RANGES)


@dataclass(frozen=True)
class Demand:
    """What comes to the company by itself, and what it loses.

    Inbound leads: Poisson, ``leads_per_year`` at an account of mean potential, proportional to the potential; one that is not taken up
    within ``lead_patience_days`` is lost; one that is adds ``lead_effect`` to the log-odds of every stage.
    ``new_accounts_per_year_share`` of the accounts appear a year, ``growth_per_year`` is an account's hazard of growing into the next
    segment, ``mergers_per_year`` that of being bought by another account, ``competitor_per_year`` that of being lost to a competitor for
    ``competitor_lock_days`` while nobody works it.
    """

    leads_per_year: float = 0.0
    lead_patience_days: float = 5.0
    lead_effect: float = 0.0
    new_accounts_per_year_share: float = 0.0
    growth_per_year: float = 0.0
    mergers_per_year: float = 0.0
    competitor_per_year: float = 0.0
    competitor_lock_days: float = 728.0
    shocks: tuple[Shock, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "shocks", tuple(self.shocks))
        check_ranges("world.demand", self, _DEMAND_RANGES)


@dataclass(frozen=True)
class HandOver:
    """What a change of owner does. ``moved_deal_effect`` is added to the log-odds of every stage that a moved deal still has to pass;
    ``warm_kept_share`` of the relationship is kept where both reps had the hours for a warm transition.
    """

    moved_deal_effect: float = 0.0
    warm_kept_share: float = 0.0

    def __post_init__(self) -> None:
        check_ranges("world.hand_over", self, _HAND_OVER_RANGES)


@dataclass(frozen=True)
class Gaming:
    """What reps do to the pipeline that the CRM shows before a redesign: ``sandbag_share`` of the open deals are shown a stage earlier and
    at half their amount, ``inflate_share`` as proposals, which policy protects.
    """

    sandbag_share: float = 0.0
    inflate_share: float = 0.0

    def __post_init__(self) -> None:
        check_ranges("world.gaming", self, _GAMING_RANGES)
        if self.sandbag_share + self.inflate_share > 1:
            raise ValueError(f"world.gaming: sandbag_share and inflate_share add up to {self.sandbag_share + self.inflate_share}, above 1")
