"""What the CRM shows of the company today: the snapshot from which a planner would start now."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.company.company import Company
from sim.company.logbook import record_of
from sim.markets.history import snapshot_after
from sim.snapshot import IntArray, Snapshot
from sim.subset import subset


def crm_view(company: Company) -> tuple[Snapshot, IntArray]:
    """The snapshot of today, which is its day 0, and which accounts it holds (positions): account k of it is account ``accounts[k]``.

    Accounts that have not appeared yet, or have gone and are known to be gone, are not in it. Estimates are the CRM's of today.
    """
    problem, now = company.problem, company.env.now
    record = record_of(company, np.array(company.owner), problem.rest_until_day, now)
    view = snapshot_after(replace(company.market.snapshot, accounts=problem.accounts), problem, record)
    accounts = there_now(company)
    return (view, accounts) if len(accounts) == len(problem.accounts) else (subset(view, accounts), accounts)


def there_now(company: Company) -> IntArray:
    """Positions of the accounts that are there as far as anybody knows."""
    there = np.ones(len(company.owner), dtype=np.bool_)
    there[[a for a, until_day in company.absent.items() if until_day > company.env.now]] = False
    return np.flatnonzero(there)
