"""A leader's hand: fair among 5, uneven among 20, and it spares relationships."""

from dataclasses import replace

import numpy as np
import pytest

from sim.planning import PlanningProblem
from sim.snapshot import FloatArray
from strategies.gut_feel import GutFeel
from tests.worlds import drawn_problem, tiny_problem


def relative_books(accounts_n: int, seats_n: int, draws: int) -> FloatArray:
    """Potential of each book over the mean (draws, seats) in fresh markets without owners."""
    rows = []
    for draw in range(draws):
        problem = drawn_problem(accounts_n, seats_n, draw)
        owner = GutFeel().assign(problem, np.random.default_rng(draw)).owner
        usd = np.bincount(owner, problem.accounts.potential_usd, minlength=seats_n)
        rows.append(usd / usd.mean())
    return np.array(rows)


def test_twenty_reps_get_unequal_books() -> None:
    """Over ten markets of 3,000 x 20: coefficient of variation 0.25 to 0.6, half to three quarters of the books outside +-15 %."""
    books = relative_books(3000, 20, draws=10)
    assert 0.25 <= books.std(axis=1).mean() <= 0.6
    assert 0.5 <= np.mean(np.abs(books - 1) > 0.15) <= 0.75


def test_five_reps_get_fair_books() -> None:
    """Among 5 reps and 300 accounts the leader sees everybody: at most a quarter of the books are outside +-15 %."""
    assert np.mean(np.abs(relative_books(300, 5, draws=20) - 1) > 0.15) <= 0.25


def test_book_sizes_vary_around_the_mean() -> None:
    """Books of 3,000 x 20 hold 150 accounts on average, a third to three times as many at most, and differ by a sixth at least."""
    problem = drawn_problem(3000, 20, 1)
    count = np.bincount(GutFeel().assign(problem, np.random.default_rng(1)).owner, minlength=20)
    assert 50 <= count.min() < count.max() <= 450
    assert count.std() > 25


def test_home_and_skill_come_to_mind() -> None:
    """Accounts end nearer to home and more often with a rep of their industry than a blind deal would have it."""
    problem = drawn_problem(3000, 20, 2)
    accounts = np.arange(3000)
    owner = GutFeel().assign(problem, np.random.default_rng(0)).owner
    blind = np.random.default_rng(0).permutation(owner)
    assert problem.distance_km(accounts, owner).mean() < 0.8 * problem.distance_km(accounts, blind).mean()
    assert problem.skill_match(accounts, owner).mean() > 1.1 * problem.skill_match(accounts, blind).mean()


def _lived_in() -> PlanningProblem:
    """A market that has been worked: of three accounts one lately, one long ago, one never."""
    problem = drawn_problem(1000, 20, 3, owned=True)
    return replace(problem, last_touch_day=np.array([-10.0, -200.0, np.nan])[np.arange(1000) % 3])


def test_from_today_a_little_moves() -> None:
    """Of 1,000 accounts at most 5 % are handed out again, and most of them change hands."""
    problem = _lived_in()
    moved = GutFeel().assign(problem, np.random.default_rng(0)).owner != problem.owner
    assert 25 <= np.count_nonzero(moved) <= 50


def test_from_today_relationships_are_kept() -> None:
    """Even if everything else is handed out again, an account worked in the last quarter stays, and one with an open deal too."""
    problem = _lived_in()
    owner = GutFeel(reshuffle_share=1.0).assign(problem, np.random.default_rng(0)).owner
    kept = (problem.last_touch_day == -10.0) | (problem.open_stage >= 0)
    assert np.array_equal(owner[kept], problem.owner[kept])
    for cold in (problem.last_touch_day == -200.0, np.isnan(problem.last_touch_day)):
        assert np.mean((owner != problem.owner)[cold & ~kept]) > 0.5


def test_from_today_plums_and_far_accounts_are_taken() -> None:
    """What changes hands is worth more, or lay farther from its owner's home, than what stays."""
    problem = _lived_in()
    moved = GutFeel(intuition_log_sd=0.0).assign(problem, np.random.default_rng(0)).owner != problem.owner
    usd, km = problem.accounts.potential_usd, problem.distance_km(np.arange(1000), problem.owner)
    plum, far = usd >= np.sort(usd)[-100], km >= np.sort(km)[-150]
    assert np.all(plum[moved] | far[moved])


def test_from_today_a_new_rep_gets_a_book() -> None:
    """A seat that owns nothing today gets a quarter of a fair book at least, and no account that somebody worked."""
    problem = tiny_problem(240, 4, owner=np.arange(240) % 3, engaged_days=np.where(np.arange(240) < 60, 30.0, 0.0))
    new = GutFeel(reshuffle_share=0.0).assign(problem, np.random.default_rng(0)).owner == 3
    assert np.count_nonzero(new) == 15
    assert np.all(problem.engaged_days[new] == 0)


def test_another_leader_has_other_favourites() -> None:
    """The generator is the leader: another one carves another map."""
    problem = drawn_problem(300, 20)
    one, same, other = (GutFeel().assign(problem, np.random.default_rng(seed)).owner for seed in (0, 0, 1))
    assert np.array_equal(one, same)
    assert np.mean(one != other) > 0.5


def test_one_giant_is_no_book() -> None:
    """A seat with an account larger than all others together still gets others: more than the floor of 5 would give it."""
    usd = np.full(200, 1e3)
    usd[7] = 1e9
    owner = GutFeel().assign(tiny_problem(200, 10, owner=-1, potential_usd=usd), np.random.default_rng(0)).owner
    assert np.count_nonzero(owner == owner[7]) > 5


@pytest.mark.parametrize(
    ("changes", "says"),
    [({"attention_n": 0}, "attention_n: 0"), ({"favour_log_sd": -1.0}, "favour_log_sd"), ({"reshuffle_share": 2.0}, "reshuffle_share")],
)
def test_parameters_are_checked(changes: dict[str, float], says: str) -> None:
    """A parameter out of range is refused by name."""
    with pytest.raises(ValueError, match=f"gut_feel.{says}"):
        GutFeel(**changes)  # type: ignore[arg-type]
