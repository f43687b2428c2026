"""The regime of the markets besides saas, pooled over six draws. The lift of a design is not among these facts: it is held out."""

from __future__ import annotations

import numpy as np
import pytest
from joblib import Parallel, delayed

from tests.calibration.regime import Regime, observe_regime

pytestmark = pytest.mark.slow

DRAWS_N, FUTURES_N = 6, 4
MARKETS = {"velocity": "default", "enterprise_field": "field", "customer_success": "customer_success"}
ENGAGED_N = {"velocity": (150, 200), "enterprise_field": (30, 50)}
TRAVEL_SHARE = {"velocity": (0.0, 0.0), "enterprise_field": (0.15, 0.30), "customer_success": (0.0, 0.0)}
SUPPORT_SHARE = {"velocity": (0.0, 0.0), "enterprise_field": (0.0, 0.0), "customer_success": (0.5, 0.8)}


@pytest.fixture(scope="module", params=MARKETS)
def draws(request: pytest.FixtureRequest) -> tuple[str, list[Regime]]:
    """Six draws of a market, in its world, under its incumbent designs."""
    name = request.param
    return name, list(Parallel(n_jobs=2)(delayed(observe_regime)(name, MARKETS[name], draw, FUTURES_N) for draw in range(DRAWS_N)))


def test_a_seat_engages_as_many_accounts_as_practitioners_say(draws: tuple[str, list[Regime]]) -> None:
    """30-50 complex accounts a rep, 150-200 transactional ones (practitioner, grade C)."""
    name, seen = draws
    low, high = ENGAGED_N.get(name, (0, np.inf))  # nobody says it of CSMs
    assert low <= np.mean([d.engaged_per_seat_n for d in seen]) <= high


def test_capacity_binds(draws: tuple[str, list[Regime]]) -> None:
    """Hours wanted over the horizon are 1.2 to 2.5 times the hours there are, or every design would tie."""
    assert 1.2 <= np.mean([d.wanted_over_capacity for d in draws[1]]) <= 2.5


def test_30_to_60_percent_of_seats_are_at_quota(draws: tuple[str, list[Regime]]) -> None:
    """Sources say 57, 51, 43 and 31 %."""
    assert 0.30 <= np.mean([d.at_quota_share for d in draws[1]]) <= 0.60


def test_10_percent_more_capacity_books_2_5_to_4_5_percent_more(draws: tuple[str, list[Regime]]) -> None:
    """Albers, Mantrala & Sridhar 2010: the elasticity of sales to selling effort is about 0.3; not of hours that go to support."""
    if draws[0] == "customer_success":
        pytest.skip("10 % more hours are some 20 % more selling: support comes first")
    gain = sum(d.bookings_10_percent_more_capacity_usd for d in draws[1]) / sum(d.bookings_usd for d in draws[1]) - 1
    assert 0.025 <= gain <= 0.045


def test_travel_is_a_real_share_of_the_hours_in_the_field_and_none_on_the_phone(draws: tuple[str, list[Regime]]) -> None:
    """Of used hours, 15 to 30 % are on the road where accounts are visited."""
    name, seen = draws
    low, high = TRAVEL_SHARE[name]
    assert low <= sum(d.travel_h for d in seen) / sum(d.used_h for d in seen) <= high


def test_support_takes_most_of_a_csm_s_hours_and_none_of_a_seller_s(draws: tuple[str, list[Regime]]) -> None:
    """Of the hours there are, 50 to 80 % are asked for by customers (trial)."""
    name, seen = draws
    low, high = SUPPORT_SHARE[name]
    assert low <= np.mean([d.support_over_capacity for d in seen]) <= high
