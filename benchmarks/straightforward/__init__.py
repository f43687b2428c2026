"""The model of sim/ as most people would write it with SimPy, kept for comparison.

A process for each rep, each career, each engagement, each account that rests, asks for somebody or has a contract that ends; a
PriorityStore for the book and a Container for the hours; a timeout for each stage; interrupts when somebody leaves, an engagement is cut or
a better account turns up; scalar draws from a NumPy generator; a list of dicts as the log. Chances, rests, priorities, capacity and hazards
are the engine's own, so both do the same in law: tests/unit/test_benchmarks.py holds them to it. The luck is consumed in order here, so
two designs share none of it.

It knows what happens by default: people who leave, renewals and inbound leads. What is off by default it does not know.

company.py   what all reps share: the clock, the dice, the facts of every account, what accounts and customers do by themselves
rep.py       one seat: its people, its book, its engagements
"""

from __future__ import annotations

import numpy as np

from benchmarks.straightforward.company import Company, Row
from sim.market import Market
from sim.policy import Policy
from sim.snapshot import IntArray
from sim.world import World


def simulate(market: Market, owner: IntArray, rng: np.random.Generator, world: World, policy: Policy, horizon_days: float) -> list[Row]:
    """The log of one future under ``owner`` (accounts,), a row for each thing that was decided before ``horizon_days``."""
    company = Company(market, owner, rng, world, policy, horizon_days)
    company.env.run(until=horizon_days)
    return company.log
