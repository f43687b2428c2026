"""Today's owners, with the unowned accounts dealt out."""

import numpy as np
import pytest

from sim.planning import Unsupported
from strategies.status_quo import StatusQuo
from tests.worlds import tiny_problem


def test_nobody_moves() -> None:
    """Where every account has an owner, the design is what is."""
    problem = tiny_problem()
    assert StatusQuo().assign(problem, np.random.default_rng(0)).owner.tolist() == problem.owner.tolist()


def test_unowned_accounts_go_to_the_shortest_books() -> None:
    """Books of 3, 2 and 1 with three accounts left over become 3, 3 and 3, and the owned ones stay."""
    problem = tiny_problem(9, owner=[0, 0, 0, 1, 1, 2, -1, -1, -1])
    owner = StatusQuo().assign(problem, np.random.default_rng(0)).owner
    assert owner[:6].tolist() == problem.owner[:6].tolist()
    assert np.bincount(owner).tolist() == [3, 3, 3]


def test_unowned_value_is_shared_too() -> None:
    """The most valuable unowned accounts are dealt first, so that two equal books do not get both of the big ones on one side."""
    problem = tiny_problem(4, 2, owner=[-1, -1, 0, 1], potential_usd=[90e3, 80e3, 1e3, 1e3])
    owner = StatusQuo().assign(problem, np.random.default_rng(0)).owner
    assert owner[:2].tolist() == [0, 1]


def test_no_owners_no_status_quo() -> None:
    """Without any owner it says why it cannot plan."""
    with pytest.raises(Unsupported, match="nobody owns anything today"):
        StatusQuo().assign(tiny_problem(owner=-1), np.random.default_rng(0))
