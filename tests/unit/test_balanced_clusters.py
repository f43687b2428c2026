"""Compact territories of equal weight."""

from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from sim.planning import PlanningProblem, Unsupported
from sim.snapshot import FloatArray, IntArray
from strategies.balanced_clusters import BalancedClusters
from tests.worlds import drawn_problem, tiny_problem


def planned(problem: PlanningProblem, seed: int = 0, **settings: Any) -> IntArray:
    """Owners under balanced_clusters."""
    return BalancedClusters(**settings).assign(problem, np.random.default_rng(seed)).owner


def book_share(problem: PlanningProblem, owner: IntArray) -> FloatArray:
    """Potential of each book over the mean (seats,)."""
    usd = np.bincount(owner, problem.accounts.potential_usd, len(problem.seats))
    share: FloatArray = usd / usd.mean()
    return share


def placed_at(problem: PlanningProblem, longitude: Any, homes: Any = None) -> PlanningProblem:
    """The same accounts, and homes if given, along one line of latitude."""
    n, seats_n = len(problem.accounts), len(problem.seats)
    accounts = replace(problem.accounts, latitude=np.full(n, 40.0), longitude=np.asarray(longitude, dtype=np.float64))
    seats = problem.seats
    if homes is not None:
        seats = replace(seats, latitude=np.full(seats_n, 40.0), longitude=np.asarray(homes, dtype=np.float64))
    return replace(problem, accounts=accounts, seats=seats)


def test_four_cities_four_seats() -> None:
    """Four cities of the same weight and a seat at home in each: everybody gets the own city."""
    problem = tiny_problem(16, 4, owner=-1, potential_usd=10e3)
    assert planned(problem).tolist() == problem.accounts.region.tolist()


@pytest.mark.parametrize("seed", range(5))
def test_no_balanced_split_is_more_compact(seed: int) -> None:
    """Ten accounts on a line for two: of all 252 ways to halve them none has a smaller sum of squared distances from its middles."""
    rng = np.random.default_rng(seed)
    problem = placed_at(tiny_problem(10, 2, owner=-1), -100 + 2 * rng.random(10), homes=[-100, -98])
    east = problem.accounts.longitude

    def spread(owner: IntArray) -> float:
        return sum(float(((east[owner == s] - east[owner == s].mean()) ** 2).sum()) for s in (0, 1))

    owner = planned(problem, balance="count", tolerance_share=0.0)
    assert np.bincount(owner).tolist() == [5, 5]
    best = min(spread(np.isin(np.arange(10), five).astype(np.int64)) for five in combinations(range(10), 5))
    assert spread(owner) == pytest.approx(best, rel=1e-9)


def hours_by_hand(problem: PlanningProblem) -> FloatArray:
    """Hours of an account in two years: attempts of mean length, 180 days of rest after each; without travel, and there is no support."""
    hours = []
    for segment, since_day in zip(problem.accounts.segment.tolist(), problem.accounts.customer_since_day.tolist(), strict=True):
        stage_days, hours_per_week = (15, 25, 47)[segment], (0.33, 0.6, 1.5)[segment]
        first, second = (0.45, 0.5) if np.isnan(since_day) else (0.86, 0.87)
        days = stage_days * (1 + first + first * second)
        hours.append(hours_per_week * days / 7 * 728 / (days + 180))
    return np.array(hours)


@pytest.mark.parametrize("balance", ["potential", "workload", "count"])
@pytest.mark.parametrize("from_today", [True, False])
def test_books_weigh_the_same(balance: str, from_today: bool) -> None:
    """With 1,000 accounts and 8 seats every book is within the tolerance of 5 % in what is to be balanced."""
    problem = drawn_problem(1000, 8, 1, owned=from_today)
    owner = planned(problem, balance=balance, from_today=from_today)
    weight = {"potential": problem.accounts.potential_usd, "workload": hours_by_hand(problem), "count": np.ones(1000)}[balance]
    book = np.bincount(owner, weight, 8)
    assert np.abs(book / book.mean() - 1).max() <= 0.05 + 1e-9


def test_twice_the_hours_twice_the_potential() -> None:
    """A seat with twice the capacity gets twice the potential."""
    problem = drawn_problem(600, 3)
    hours = replace(problem.seats, capacity_h_per_week=np.array([12.0, 24.0, 12.0]))
    share = book_share(problem, planned(replace(problem, seats=hours)))
    assert share.tolist() == pytest.approx([0.75, 1.5, 0.75], rel=0.051)


def test_territories_are_compact() -> None:
    """Accounts lie much nearer to the middle of their territory, and to the rep's home, than in a blind deal of the same sizes."""
    problem = drawn_problem(3000, 20, 1)
    owner = planned(problem)
    blind = np.random.default_rng(0).permutation(owner)
    spread = [np.mean([problem.accounts.longitude[o == seat].std() for seat in range(20)]) for o in (owner, blind)]
    assert spread[0] < 0.3 * spread[1]
    assert problem.distance_km(np.arange(3000), owner).mean() < 0.5 * problem.distance_km(np.arange(3000), blind).mean()


def test_few_giants_are_no_book() -> None:
    """Whoever gets an account larger than all others together has a quarter of a fair book of accounts besides."""
    usd = np.full(200, 1e3)
    usd[7] = 1e9
    owner = planned(tiny_problem(200, 5, owner=-1, potential_usd=usd))
    assert np.bincount(owner).min() >= 10


def test_from_today_what_is_balanced_and_compact_stays() -> None:
    """Nothing moves where every city is one seat's and books weigh the same."""
    problem = tiny_problem(16, 4, owner=-1, potential_usd=10e3)
    today = replace(problem, owner=(problem.accounts.region + 1) % 4)
    assert np.array_equal(planned(today), today.owner)


def test_from_today_balance_moves_the_nearest() -> None:
    """Eight accounts in the west are one seat's, four in the east the other's: the two that lie farthest east move, and no more."""
    problem = placed_at(tiny_problem(12, 2, owner=np.repeat([0, 1], [8, 4])), [*range(-120, -112), *range(-104, -100)])
    owner = planned(problem, balance="count", tolerance_share=0.0)
    assert np.flatnonzero(owner != problem.owner).tolist() == [6, 7]


def test_from_today_a_short_book_is_filled_by_its_neighbour() -> None:
    """Of books of 4, 4 and 1 in a row that may have 2 to 4, the middle one gives its account that is nearest to the last."""
    problem = placed_at(tiny_problem(9, 3, owner=np.repeat([0, 1, 2], [4, 4, 1])), [-110, -109, -108, -107, -100, -99, -98, -97, -92])
    owner = planned(problem, balance="count", tolerance_share=0.34)
    assert np.flatnonzero(owner != problem.owner).tolist() == [7]
    assert owner[7] == 2


def test_from_today_few_move() -> None:
    """Books of random owners are evened out with few moves; without a price of moving nearly all accounts go where they are near."""
    problem = drawn_problem(1000, 8, 2, owned=True)
    moved = [np.mean(planned(problem, move_km=move_km) != problem.owner) for move_km in (2000.0, 0.0)]
    assert moved[0] < 0.1
    assert moved[1] > 0.5


@pytest.mark.parametrize(("tolerance_share", "most_n"), [(0.15, 115), (0.1, 110), (0.3, 130), (0.05, 105), (0.35, 135)])
def test_from_today_books_at_the_very_limit_stay(tolerance_share: float, most_n: int) -> None:
    """A book is exactly as much over, and another as much under, as is tolerated: nobody moves, whatever (1 + 0.15) x 100 is in binary."""
    problem = placed_at(tiny_problem(200, 2, owner=np.repeat([0, 1], [most_n, 200 - most_n])), np.linspace(-120, -100, 200))
    assert np.array_equal(planned(problem, balance="count", tolerance_share=tolerance_share), problem.owner)


def test_protected_accounts_stay_and_count() -> None:
    """Accounts that may not move stay in a foreign city, and their seat gets fewer others."""
    problem = tiny_problem(16, 4, owner=3, potential_usd=10e3, protected=np.arange(16) < 2)
    owner = planned(problem, from_today=False)
    assert owner[:2].tolist() == [3, 3]
    assert np.bincount(owner).tolist() == [4, 4, 4, 4]


def test_skills_bind() -> None:
    """German accounts of all cities go to the seats that speak German, and the books still weigh the same."""
    problem = tiny_problem(240, 4, owner=-1, potential_usd=10e3, german=range(40), german_seats=(1, 2))
    owner = planned(problem)
    assert set(owner[:40].tolist()) <= {1, 2}
    assert np.abs(book_share(problem, owner) - 1).max() <= 0.06


def test_what_one_seat_alone_may_own_is_beyond_the_limits() -> None:
    """Half of the accounts need German, and one of four seats speaks it: it gets these, and the others share the rest evenly."""
    problem = tiny_problem(240, 4, owner=-1, potential_usd=10e3, german=range(120), german_seats=(1,))
    assert np.bincount(planned(problem, tolerance_share=0.0)).tolist() == [40, 120, 40, 40]


def test_unknown_places_go_with_their_region_or_fill_up() -> None:
    """An account without a place goes where its region's middle lies; one without a region too goes to the lightest book, or stays."""
    problem = tiny_problem(17, 4, owner=-1, potential_usd=10e3)
    region, latitude = problem.accounts.region.copy(), problem.accounts.latitude.copy()
    latitude[[2, 3, 16]], region[16] = np.nan, -1
    patchy = replace(problem, accounts=replace(problem.accounts, region=region, latitude=latitude))
    assert planned(patchy, tolerance_share=0.3)[:16].tolist() == problem.accounts.region[:16].tolist()
    today = replace(patchy, owner=np.where(np.arange(17) < 16, problem.accounts.region, 2))
    assert np.array_equal(planned(today, tolerance_share=0.3), today.owner)


def test_nothing_to_cluster() -> None:
    """Without any place it says why it cannot plan, even where regions are known."""
    for regions in (True, False):
        with pytest.raises(Unsupported, match="no account has a place"):
            planned(tiny_problem(places=False, regions=regions))


def test_chance_draws_the_first_middles() -> None:
    """Another generator starts from other middles; from today chance has no say."""
    problem = drawn_problem(300, 6)
    assert not np.array_equal(planned(problem, 0), planned(problem, 1))
    today = drawn_problem(300, 6, owned=True)
    assert np.array_equal(planned(today, 0), planned(today, 1))


@pytest.mark.parametrize(
    ("changes", "says"),
    [({"balance": "fun"}, "balance: 'fun'"), ({"tolerance_share": 1.0}, "tolerance_share: 1.0"), ({"move_km": -1.0}, "move_km: -1.0")],
)
def test_parameters_are_checked(changes: dict[str, Any], says: str) -> None:
    """A parameter out of range is refused by name."""
    with pytest.raises(ValueError, match=f"balanced_clusters.{says}"):
        BalancedClusters(**changes)
