"""An account belongs with what is near it."""

from dataclasses import replace

import numpy as np
import pytest

from sim.planning import PlanningProblem
from sim.snapshot import IntArray
from strategies.nearest import Nearest
from tests.worlds import drawn_problem, tiny_problem


def planned(problem: PlanningProblem, **settings: float | bool) -> IntArray:
    """Owners under nearest."""
    return Nearest(**settings).assign(problem, np.random.default_rng(0)).owner  # type: ignore[arg-type]


def one_industry(problem: PlanningProblem) -> PlanningProblem:
    """The same accounts, all of the first industry."""
    return replace(problem, accounts=replace(problem.accounts, industry=np.zeros(len(problem.accounts), np.int64)))


def test_four_cities_four_seats() -> None:
    """Accounts around four cities, alike but for their place, go to the seat at home there, if all seats know the industry."""
    problem = one_industry(tiny_problem(16, 4, owner=-1))
    skilled = replace(problem, seats=replace(problem.seats, skills=np.ones((4, 3), dtype=np.bool_)))
    assert planned(skilled).tolist() == problem.accounts.region.tolist()


def test_a_skill_is_worth_a_distance() -> None:
    """Of two seats 100 km apart the one that knows the industry is nearer; 3,000 km make up for the skill."""
    problem = one_industry(tiny_problem(8, 2, owner=-1, german_seats=()))
    at = replace(problem.accounts, latitude=np.full(8, 40.0), longitude=np.full(8, -90.0))
    for degrees_east, skilled_n in ((1.2, 6), (40.0, 2)):
        seats = replace(problem.seats, latitude=np.full(2, 40.0), longitude=np.array([-90.0 + degrees_east, -90.0]))
        owner = planned(replace(problem, accounts=at, seats=seats))
        assert np.count_nonzero(owner == 0) == skilled_n  # seat 0 knows software; limits are a half and one and a half of four


def test_no_account_and_seat_would_both_be_nearer_with_each_other() -> None:
    """The matching of the second step is stable: where a nearer seat has room no more, all that it took then lie nearer to it."""
    problem = drawn_problem(400, 6, 1)
    homes = replace(problem.seats, latitude=np.linspace(28, 47, 6), longitude=np.linspace(-120, -72, 6), skills=np.ones((6, 3), np.bool_))
    problem = replace(problem, seats=homes)
    owner = planned(problem, least_share=0.0, most_share=1.2)
    km = problem.distance_km(np.arange(400)[:, None], np.arange(6)[None, :])
    own_km = km[np.arange(400), owner]
    count = np.bincount(owner, minlength=6)
    assert count.max() == 80
    for seat in range(6):
        refused = km[:, seat] < own_km - 25.0
        if refused.any():
            assert count[seat] == 80
            assert own_km[owner == seat].max() <= km[refused, seat].min() + 25.0


def test_books_stay_between_half_and_one_and_a_half() -> None:
    """Of 3,000 accounts crowded in few cities no seat of 20 gets less than half of 150 or more than half as much again."""
    count = np.bincount(planned(drawn_problem(3000, 20)), minlength=20)
    assert count.min() >= 75
    assert count.max() <= 225


def test_accounts_are_nearer_than_in_a_blind_deal() -> None:
    """From scratch accounts lie near the rep's home and belong to the rep's industries more often than in a deal of the same sizes."""
    problem, accounts = drawn_problem(3000, 20), np.arange(3000)
    owner = planned(problem)
    blind = np.random.default_rng(0).permutation(owner)
    assert problem.distance_km(accounts, owner).mean() < 0.3 * problem.distance_km(accounts, blind).mean()
    assert problem.skill_match(accounts, owner).mean() > problem.skill_match(accounts, blind).mean()


def test_two_in_one_city_share_it() -> None:
    """Seats whose homes are the same get books of the same length."""
    problem = tiny_problem(40, 2, owner=-1)
    seats = replace(problem.seats, latitude=np.full(2, 40.0), longitude=np.full(2, -90.0), skills=np.ones((2, 3), np.bool_))
    assert np.bincount(planned(replace(problem, seats=seats))).tolist() == [20, 20]


def _quilt() -> PlanningProblem:
    """From today: 120 accounts of one kind around four cities, each city one seat's, but for one account in each."""
    problem = one_industry(tiny_problem(120, 4, owner=-1, potential_usd=10e3))
    accounts = replace(problem.accounts, segment=np.zeros(120, np.int64))
    owner = problem.accounts.region.copy()
    owner[:4] = (owner[:4] + 1) % 4
    return replace(problem, accounts=accounts, owner=owner)


def test_from_today_an_odd_account_joins_its_neighbours() -> None:
    """Four accounts whose neighbours all belong to another seat join that seat, and nothing else moves."""
    problem = _quilt()
    owner = planned(problem)
    assert owner.tolist() == problem.accounts.region.tolist()
    assert np.flatnonzero(owner != problem.owner).tolist() == [0, 1, 2, 3]


def test_from_today_a_protected_account_stays_odd() -> None:
    """What is protected does not join its neighbours."""
    problem = _quilt()
    owner = planned(replace(problem, protected=np.arange(120) == 1))
    assert owner[:4].tolist() == [0, problem.owner[1], 2, 3]


def test_from_today_no_majority_no_move() -> None:
    """Where owners are drawn at random nobody has a clear majority around, and next to nothing moves."""
    problem = drawn_problem(1000, 10, owned=True)
    assert np.mean(planned(problem) != problem.owner) < 0.02


def test_from_today_the_majority_is_what_is_asked_for() -> None:
    """Six of an account's ten neighbours belong to another seat: enough where more than half are, not where more than 60 % are."""
    problem = one_industry(tiny_problem(44, 2, owner=-1, potential_usd=10e3))
    town, number = np.divmod(np.arange(44), 11)
    accounts = replace(problem.accounts, segment=np.zeros(44, np.int64), latitude=30.0 + 5 * town, longitude=np.full(44, -90.0))
    today = replace(problem, accounts=accounts, owner=(number < 5).astype(np.int64))
    assert np.array_equal(planned(today, majority_share=0.6), today.owner)
    assert not np.array_equal(planned(today, majority_share=0.5), today.owner)


def test_from_today_a_new_rep_gets_a_book() -> None:
    """A seat that owns nothing gets half a fair book, of accounts that nobody worked."""
    problem = tiny_problem(240, 4, owner=np.arange(240) % 3, engaged_days=np.where(np.arange(240) < 60, 30.0, 0.0))
    new = planned(problem) == 3
    assert np.count_nonzero(new) >= 30
    assert np.all(problem.engaged_days[new] == 0)


def test_unknown_places_go_with_their_region() -> None:
    """An account without a place goes where its region's middle lies."""
    problem = one_industry(tiny_problem(16, 4, owner=-1))
    latitude = problem.accounts.latitude.copy()
    latitude[[0, 5]] = np.nan
    patchy = replace(problem, accounts=replace(problem.accounts, latitude=latitude))
    skilled = replace(patchy, seats=replace(problem.seats, skills=np.ones((4, 3), dtype=np.bool_)))
    assert planned(skilled).tolist() == problem.accounts.region.tolist()


def test_without_places_features_decide() -> None:
    """No account has a place: each goes to the seat that knows its industry, and from today to the seat of its like."""
    problem = tiny_problem(40, 2, owner=-1, places=False)
    assert planned(problem).tolist() == problem.accounts.industry.tolist()
    odd = problem.accounts.industry.copy()
    odd[0] = 1
    assert planned(replace(problem, owner=odd)).tolist() == problem.accounts.industry.tolist()


def test_chance_has_no_say() -> None:
    """Two generators plan the same."""
    problem = drawn_problem(300, 6)
    one, two = (Nearest().assign(problem, np.random.default_rng(seed)).owner for seed in (0, 1))
    assert np.array_equal(one, two)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"neighbours_n": 0}, "neighbours_n: 0"),
        ({"majority_share": 0.4}, "majority_share: 0.4"),
        ({"least_share": 1.5}, "least_share: 1.5"),
        ({"most_share": 0.5}, "most_share: 0.5"),
    ],
)
def test_parameters_are_checked(changes: dict[str, float], says: str) -> None:
    """A parameter out of range is refused by name."""
    with pytest.raises(ValueError, match=f"nearest.{says}"):
        Nearest(**changes)  # type: ignore[arg-type]
