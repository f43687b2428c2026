"""What comes to the company by itself, and what it loses: see ``sim.behaviour.Demand``.

leads.py        accounts that ask for somebody
growth.py       accounts that grow into the next segment
mergers.py      accounts that are bought by others
competitor.py   accounts that are lost while nobody works them
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

import numpy as np

from sim.company import growth, leads, mergers
from sim.company.company import Company
from sim.company.competitor import Competitor
from sim.company.routing import route
from sim.events import ROUTED
from sim.snapshot import UNASSIGNED


def begin(company: Company) -> None:
    """Start what happens by itself from day 0 on."""
    if company.world.demand.competitor_per_year > 0:
        company.competitor = Competitor(company)
    born_day = company.market.truth.born_day
    if born_day is not None:
        unborn = np.flatnonzero(born_day > 0)
        births = [(float(born_day[account]), int(account)) for account in unborn[np.argsort(born_day[unborn], kind="stable")]]
        company.absent.update((account, day) for day, account in births)
        company.env.process(_births(company, births))
    growth.begin(company)
    mergers.begin(company)
    leads.begin(company)


def end(company: Company) -> None:
    """Put down on the last day what nobody has noticed."""
    if company.competitor is not None:
        company.competitor.settle()


def _births(company: Company, births: Sequence[tuple[float, int]]) -> Generator[Any, Any, None]:
    """New accounts are given to somebody on the day on which they appear."""
    for day, account in births:
        yield company.env.timeout(day - company.env.now)
        seat = route(company, [account])[0]
        if seat != UNASSIGNED:
            company.move([account], [seat], ROUTED)
