"""Reps choose their own accounts in turns."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.planning import Assignment, PlanningProblem
from sim.snapshot import IntArray
from strategies.draft import Draft
from tests.worlds import drawn_problem, tiny_problem


def drafted(problem: PlanningProblem, seed: int = 0, **settings: Any) -> Assignment:
    """The draft's outcome."""
    return Draft(**settings).assign(problem, np.random.default_rng(seed))


def planned(problem: PlanningProblem, seed: int = 0, **settings: Any) -> IntArray:
    """Owners after the draft."""
    return drafted(problem, seed, **settings).owner


def alike(accounts_n: int, seats_n: int, **bends: Any) -> PlanningProblem:
    """Commercial prospects of one industry nowhere in particular: only potential and what a rep has today tell them apart."""
    problem = tiny_problem(accounts_n, seats_n, places=False, **bends)
    zero, never = np.zeros(accounts_n, np.int64), np.full(accounts_n, np.nan)
    return replace(problem, accounts=replace(problem.accounts, segment=zero, industry=zero, customer_since_day=never),
                   seats=replace(problem.seats, skills=np.zeros((seats_n, 3), np.bool_)))  # fmt: skip


def test_the_turns_go_there_and_back() -> None:
    """Of six accounts the first rep gets the best, the fourth and the fifth, the second rep the others."""
    problem = alike(6, 2, owner=-1, potential_usd=[60e3, 50e3, 40e3, 30e3, 20e3, 10e3])
    for seed in range(4):
        owner = planned(problem, seed, opinion_log_sd=0.0)
        first, second = owner[0], owner[1]
        assert owner.tolist() == [first, second, second, first, first, second]


def test_nobody_envies_more_than_one_account() -> None:
    """Where all see the same worth, no book without its best account is worth more than any other."""
    usd = np.random.default_rng(1).lognormal(10, 1.5, 200)
    owner = planned(alike(200, 7, owner=-1, potential_usd=usd), opinion_log_sd=0.0)
    worth = np.bincount(owner, usd, 7)
    without_best = worth - np.array([usd[owner == seat].max() for seat in range(7)])
    assert without_best.max() <= worth.min()


@pytest.mark.parametrize("owned", [True, False])
def test_books_end_equally_long(owned: bool) -> None:
    """20 seats share 3,000 accounts to within one, from scratch and from today."""
    count = np.bincount(planned(drawn_problem(3000, 20, owned=owned)), minlength=20)
    assert count.max() - count.min() <= 1


def test_lists_are_written_anew() -> None:
    """With 200 seats for 800 accounts a first list holds a tenth of them, and still everything is chosen by somebody."""
    count = np.bincount(planned(drawn_problem(800, 200)), minlength=200)
    assert set(count.tolist()) == {4}


def test_reps_prefer_what_they_know_and_what_is_near() -> None:
    """Reps end with more accounts of their industries, and enterprise accounts, which are visited most, nearer, than in a blind deal."""
    problem, accounts = drawn_problem(3000, 20), np.arange(3000)
    owner = planned(problem)
    blind = np.random.default_rng(0).permutation(owner)
    assert problem.skill_match(accounts, owner).mean() > 1.04 * problem.skill_match(accounts, blind).mean()
    enterprise = np.flatnonzero(problem.accounts.segment == 2)
    assert problem.distance_km(enterprise, owner[enterprise]).mean() < 0.8 * problem.distance_km(enterprise, blind[enterprise]).mean()


def test_from_today_the_core_stays() -> None:
    """Each of two keeps the better half of what they have; with nothing to draft nothing moves."""
    problem = alike(12, 2, owner=np.arange(12) % 2)
    owner = planned(problem, keep_share=0.5, opinion_log_sd=0.0)
    for seat in (0, 1):
        own = np.flatnonzero(problem.owner == seat)
        best = own[np.argsort(-problem.accounts.potential_usd[own], kind="stable")[:3]]
        assert np.all(owner[best] == seat)
    assert np.array_equal(planned(problem, keep_share=1.0), problem.owner)


def test_from_today_a_long_book_gives_and_a_new_rep_catches_up() -> None:
    """Three share what two had: the new one picks until the books are equally long, and nobody loses what they keep."""
    problem = alike(120, 3, owner=np.repeat([0, 1], [80, 40]))
    owner = planned(problem, keep_share=1.0)
    assert np.bincount(owner).tolist() == [40, 40, 40]
    assert np.array_equal(np.flatnonzero(problem.owner == 1), np.flatnonzero(owner == 1))


def test_what_one_has_looks_worth_more() -> None:
    """Even with nothing kept beforehand, far more accounts come back to their reps than chance would send there."""
    problem = drawn_problem(1000, 10, owned=True)
    assert np.mean(planned(problem, keep_share=0.0) == problem.owner) > 0.4


def test_open_deals_and_relationships_are_kept_first() -> None:
    """An account with an open deal is of the core, whatever it is worth; of accounts worth the same those that were worked are."""
    problem = tiny_problem(owner=np.arange(12) % 3, potential_usd=np.where(np.isin(np.arange(12), [6, 10]), 1.0, 10e3))
    owner = planned(problem, keep_share=0.25)
    assert np.array_equal(owner[problem.deals.account], problem.owner[problem.deals.account])
    same = alike(12, 2, owner=np.arange(12) % 2, potential_usd=10e3, engaged_days=np.where(np.arange(12) < 6, 90.0, 0.0))
    assert np.array_equal(planned(same, keep_share=0.5, opinion_log_sd=0.0)[:6], same.owner[:6])


def test_protected_accounts_count_as_kept() -> None:
    """What may not move stays, and whoever has it picks less."""
    problem = alike(12, 3, owner=0, protected=np.arange(12) < 4)
    for from_today in (True, False):
        owner = planned(problem, from_today=from_today)
        assert owner[:4].tolist() == [0, 0, 0, 0]
        assert np.bincount(owner).tolist() == [4, 4, 4]


def test_skills_bind() -> None:
    """German accounts are picked by the only rep who speaks German, however many they are."""
    problem = tiny_problem(24, 3, owner=-1, german=range(12), german_seats=(1,))
    owner = planned(problem)
    assert set(owner[:12].tolist()) == {1}
    assert np.bincount(owner[12:], minlength=3).tolist() == [6, 0, 6]


def test_it_costs_hours() -> None:
    """150 picks of 0.1 hours are 15 hours for everybody; a shorter workshop, or a core that is kept, makes it less."""
    problem = drawn_problem(3000, 20)
    assert drafted(problem).planning_h_per_seat == pytest.approx(15.0)
    assert drafted(problem, most_hours=8.0).planning_h_per_seat == 8.0
    assert drafted(problem, hours_per_pick=0.0).planning_h_per_seat == 0.0
    equal = alike(120, 4, owner=np.arange(120) % 4)
    assert drafted(equal, keep_share=0.5).planning_h_per_seat == pytest.approx(1.5)
    assert drafted(equal, keep_share=1.0).planning_h_per_seat == 0.0


def test_chance_draws_turns_and_opinions() -> None:
    """The same generator drafts the same, another one does not."""
    problem = drawn_problem(300, 6)
    one, same, other = (planned(problem, seed) for seed in (0, 0, 1))
    assert np.array_equal(one, same)
    assert np.mean(one != other) > 0.3


@pytest.mark.parametrize(
    ("changes", "says"),
    [({"keep_share": 1.1}, "keep_share: 1.1"), ({"opinion_log_sd": -1.0}, "opinion_log_sd: -1.0"),
     ({"hours_per_pick": float("nan")}, "hours_per_pick: nan"), ({"most_hours": -2.0}, "most_hours: -2.0")],
)  # fmt: skip
def test_parameters_are_checked(changes: dict[str, Any], says: str) -> None:
    """A parameter out of range is refused by name."""
    with pytest.raises(ValueError, match=f"draft.{says}"):
        Draft(**changes)
