"""The regime decides what can be learned: the facts that the default market is calibrated on, pooled over twelve market draws.

The lift of a design is not among them: it is held out.
"""

from __future__ import annotations

import numpy as np
import pytest
from joblib import Parallel, delayed

from tests.calibration.facts import Facts, observe

pytestmark = pytest.mark.slow

DRAWS_N, FUTURES_N = 12, 8


@pytest.fixture(scope="module")
def draws() -> list[Facts]:
    """Twelve markets under their incumbent designs."""
    return list(Parallel(n_jobs=2)(delayed(observe)(draw, FUTURES_N) for draw in range(DRAWS_N)))


def pooled(draws: list[Facts], name: str) -> float:
    """Mean over the draws."""
    return float(np.mean([getattr(d, name) for d in draws]))


def test_a_seat_engages_40_to_60_accounts_a_quarter(draws: list[Facts]) -> None:
    """A top rep's book: 47 of 400 engaged in 90 days."""
    assert 40 <= pooled(draws, "engaged_per_seat_n") <= 60


def test_capacity_binds(draws: list[Facts]) -> None:
    """Hours wanted over the horizon are 1.2 to 2.5 times the hours there are, or every design would tie."""
    assert 1.2 <= pooled(draws, "wanted_over_capacity") <= 2.5


def test_natural_territories_are_uneven(draws: list[Facts]) -> None:
    """50-75 % of territories lie outside +-15 % of mean potential (Sinha & Zoltners 2001: 55 %), at a CV of 0.25 to 0.6."""
    assert 0.50 <= pooled(draws, "outside_15_share") <= 0.75
    assert 0.25 <= pooled(draws, "potential_cv") <= 0.60


def test_30_to_60_percent_of_seats_are_at_quota(draws: list[Facts]) -> None:
    """Sources say 57, 51, 43 and 31 %."""
    assert 0.30 <= pooled(draws, "at_quota_share") <= 0.60


def test_an_account_loses_13_to_18_percent_of_its_sales_when_its_rep_changes(draws: list[Facts]) -> None:
    """Shi, Sridhar, Grewal & Lilien 2017: -13.2 to -17.6 % in the year after, for accounts worked in the year before."""
    loss = 1 - sum(d.changed_accounts_usd for d in draws) / sum(d.worked_accounts_usd for d in draws)
    assert 0.13 <= loss <= 0.18


def test_10_percent_more_capacity_books_2_5_to_4_5_percent_more(draws: list[Facts]) -> None:
    """Albers, Mantrala & Sridhar 2010: the elasticity of sales to selling effort is about 0.3."""
    gain = sum(d.bookings_10_percent_more_capacity_usd for d in draws) / sum(d.bookings_usd for d in draws) - 1
    assert 0.025 <= gain <= 0.045


def test_most_revenue_comes_from_existing_customers(draws: list[Facts]) -> None:
    """A practitioner's number (grade C: direction only): 65 %."""
    share = sum(d.expansion_usd for d in draws) / sum(d.bookings_usd for d in draws)
    assert 0.5 <= share <= 0.75
