"""What the CRM shows of the company today: the snapshot from which a planner would start now."""

from __future__ import annotations

from dataclasses import replace
from math import inf

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
    view = _merged(company, snapshot_after(replace(company.market.snapshot, accounts=problem.accounts), problem, record))
    accounts = there_now(company)
    return (view, accounts) if len(accounts) == len(problem.accounts) else (subset(view, accounts), accounts)


def _merged(company: Company, view: Snapshot) -> Snapshot:
    """What accounts that have bought others have brought together: customers, ARR, and what their owners knew of either."""
    buyers = sorted({company.real[a] for a, until_day in company.absent.items() if until_day == inf})
    if not buyers:
        return view
    since_day, arr_usd, engaged_days = (x.copy() for x in (view.accounts.customer_since_day, view.accounts.arr_usd, view.engaged_days))
    for account in buyers:
        since_day[account] = np.nan_to_num(since_day[account]) if company.customer[account] else np.nan
        arr_usd[account] = company.arr_usd[account]
        engaged_days[account] = company.engaged_days[account]
        engagement = company.under_way[account]
        if engagement is not None and engagement.account == account:
            engaged_days[account] += company.env.now - engagement.start_day
    accounts = replace(view.accounts, customer_since_day=since_day, arr_usd=arr_usd)
    return replace(view, accounts=accounts, engaged_days=engaged_days)


def there_now(company: Company) -> IntArray:
    """Positions of the accounts that are there as far as anybody knows."""
    there = np.ones(len(company.owner), dtype=np.bool_)
    there[[a for a, until_day in company.absent.items() if until_day > company.env.now]] = False
    return np.flatnonzero(there)
