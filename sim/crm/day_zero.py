"""Which day an export shows, and dates counted from it. The clock is never asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np

from sim.crm.errors import InputError
from sim.crm.read import Export
from sim.crm.rows import LOST, WON
from sim.snapshot import FloatArray


def day_zero(export: Export, as_of: str | None) -> date | None:
    """``as_of`` if it is given, else the latest date on which something happened; None where the files hold no date.

    The closing date of an open deal is a hope and a rep's start may lie ahead: neither happened.
    """
    if as_of:
        try:
            return date.fromisoformat(str(as_of))
        except ValueError:
            raise InputError(f"market.as_of: {as_of!r} is not a date written as YYYY-MM-DD") from None
    happened: list[date | None] = [deal.created for deal in export.deals]
    happened += [deal.closed for deal in export.deals if deal.stage in (WON, LOST)]
    happened += [day for account in export.accounts for day in (account.last_activity, account.customer_since)]
    return _latest(happened) or _latest([rep.start_date for rep in export.reps])


def days_from(day_0: date | None, dates: Sequence[date | None]) -> FloatArray:
    """Days (dates,) from day 0, NaN where there is no date. All dates are NaN if there is no day 0."""
    zero = day_0.toordinal() if day_0 else 0
    return np.array([np.nan if d is None or day_0 is None else d.toordinal() - zero for d in dates], dtype=np.float64)


def _latest(dates: Iterable[date | None]) -> date | None:
    return max((d for d in dates if d is not None), default=None)
