"""What a synthetic market draws beyond its numbers of accounts and seats."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from sim.planning import Assignment, PlanningProblem
from sim.snapshot import Vocabulary
from tests.markets import drawn_market, synthetic


@dataclass(frozen=True)
class InTurn:
    """An incumbent that deals accounts out in turn, whatever they require."""

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """Seats 0, 1, 2, ..., 0, 1, ..."""
        del rng
        return Assignment(np.arange(len(problem.accounts)) % len(problem.seats))


def test_a_share_of_the_accounts_requires_its_industry_s_skill() -> None:
    """About so many as stated require one skill, that of their industry, and there is always a seat that has it."""
    market = drawn_market(accounts_n=1000, seats_n=6, history_quarters=0, required_skill_share=0.3)
    accounts, seats = market.snapshot.accounts, market.snapshot.seats
    choosy = np.flatnonzero(accounts.required_skills.any(axis=1))
    held = np.asarray(seats.skills.any(axis=0))[accounts.industry]
    assert 0.25 < len(choosy) / held.sum() < 0.35
    assert np.array_equal(np.argmax(accounts.required_skills[choosy], axis=1), accounts.industry[choosy])
    assert (accounts.required_skills.sum(axis=1) <= 1).all()
    assert held[choosy].all()


def test_required_skills_shift_nothing_else() -> None:
    """A higher share requires skills of the same accounts and some more; all else that is drawn stays."""
    markets = [drawn_market(history_quarters=0, required_skill_share=share) for share in (0.0, 0.2, 0.5)]
    required = [market.snapshot.accounts.required_skills for market in markets]
    assert not required[0].any()
    assert (required[1] <= required[2]).all()
    assert required[1].sum() < required[2].sum()
    for market in markets[1:]:
        for name in ("industry", "potential_usd", "fit", "latitude", "employees", "arr_usd"):
            assert np.array_equal(getattr(market.snapshot.accounts, name), getattr(markets[0].snapshot.accounts, name), equal_nan=True)
        assert np.array_equal(market.snapshot.seats.skills, markets[0].snapshot.seats.skills)
        assert np.array_equal(market.truth.potential_usd, markets[0].truth.potential_usd)


def test_the_history_is_lived_with_the_required_skills() -> None:
    """Nobody has worked an account whose required skill the seat has not."""
    market = drawn_market(required_skill_share=0.4, incumbent=InTurn())
    snapshot = market.snapshot
    missing = snapshot.accounts.required_skills[snapshot.history.account] & ~snapshot.seats.skills[snapshot.history.seat]
    assert len(snapshot.history) > 0
    assert not missing.any()


def test_all_seats_have_the_stated_role() -> None:
    """A market of farmers has nothing but farmers."""
    seats = drawn_market(history_quarters=0, role="farmer").snapshot.seats
    assert set(seats.role) == {Vocabulary.roles.index("farmer")}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"required_skill_share": 1.2}, "market.required_skill_share: 1.2 must lie between 0 and 1"),
        ({"duplicate_share": -0.1}, "market.duplicate_share: -0.1 must lie between 0 and 1"),
        ({"stale_owner_share": 2.0}, "market.stale_owner_share: 2.0 must lie between 0 and 1"),
        ({"role": "csm"}, "market.role: 'csm' is not one of hunter, farmer, hybrid"),
    ],
)
def test_a_wrong_value_is_named(change: dict[str, Any], said: str) -> None:
    """A value that cannot be is refused when the source is made, with its key."""
    with pytest.raises(ValueError, match=said):
        synthetic(**change)
