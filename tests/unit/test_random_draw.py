"""The blind draw."""

import numpy as np

from strategies.random_draw import Random
from tests.worlds import tiny_problem


def test_every_seat_is_as_likely() -> None:
    """Over 6,000 accounts and 3 seats each book holds 2,000 give or take four standard errors (36.5)."""
    owner = Random().assign(tiny_problem(6000, 3), np.random.default_rng(0)).owner
    assert np.all(np.abs(np.bincount(owner, minlength=3) - 2000) < 4 * 36.5)


def test_draws_among_the_eligible_only() -> None:
    """German accounts are spread over the two seats that speak German, and both get some."""
    german = range(0, 600, 2)
    owner = Random().assign(tiny_problem(600, 4, german=german, german_seats=(1, 3)), np.random.default_rng(0)).owner
    assert set(owner[list(german)].tolist()) == {1, 3}
    assert set(owner.tolist()) == {0, 1, 2, 3}


def test_protected_stay() -> None:
    """A protected account is not drawn again."""
    kept = np.arange(600) < 300
    problem = tiny_problem(600, 3, protected=kept)
    owner = Random().assign(problem, np.random.default_rng(0)).owner
    assert np.array_equal(owner[kept], problem.owner[kept])
    assert np.any(owner[~kept] != problem.owner[~kept])


def test_says_that_it_is_redrawn() -> None:
    """The runner reads from the class that one draw is not enough."""
    assert Random.redrawn_each_future
    assert Random().redrawn_each_future
