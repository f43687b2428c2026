"""Lines on a map."""

from dataclasses import replace

import numpy as np
import pytest

from sim.planning import PlanningProblem, Unsupported
from sim.snapshot import IntArray
from strategies.geographic import Geographic
from tests.worlds import drawn_problem, tiny_problem

WA, IL, MA, TX = range(4)


def planned(problem: PlanningProblem, from_today: bool | None = None) -> IntArray:
    """Owners under geographic."""
    return Geographic(from_today).assign(problem, np.random.default_rng(0)).owner


def test_four_states_four_seats() -> None:
    """Four states of three accounts and a seat at home in each: everybody gets the own state, whole."""
    problem = tiny_problem(12, 4, owner=-1)
    assert planned(problem).tolist() == problem.accounts.region.tolist()


def test_small_states_stay_whole() -> None:
    """With two seats, the line runs between the states: west and south for one, east for the other, each state whole."""
    problem = tiny_problem(12, 2, owner=-1)
    owner, region = planned(problem), problem.accounts.region
    assert all(len(np.unique(owner[region == state])) == 1 for state in (WA, IL, MA, TX))
    assert np.bincount(owner).tolist() == [6, 6]
    assert owner[region == WA][0] == owner[region == TX][0] == 0  # the seat at home in Seattle


def test_a_large_state_is_split_by_a_line() -> None:
    """One state for three seats is cut by lines: three books of four, none overlapping another along the line's axis."""
    problem = tiny_problem(12, 3, owner=-1)
    longitude = np.array([3, 9, 1, 7, 5, 11, 2, 8, 0, 10, 4, 6]) - 100.0
    accounts = replace(problem.accounts, region=np.zeros(12, np.int64), latitude=np.full(12, 40.0), longitude=longitude)
    owner = planned(replace(problem, accounts=accounts))
    in_order = owner[np.argsort(longitude)].reshape(3, 4)
    assert np.all(in_order == in_order[:, :1])
    assert set(in_order[:, 0].tolist()) == {0, 1, 2}


def test_only_large_states_are_split() -> None:
    """With 3,000 accounts and 20 seats, states up to a fair share of 150 stay whole, and a much larger one is split."""
    problem = drawn_problem(3000, 20, 1)
    owner, region = planned(problem), problem.accounts.region
    size = np.bincount(region)
    seats_n = np.array([len(np.unique(owner[region == state])) for state in range(len(size))])
    assert np.all(seats_n[size <= 150] == 1)
    assert np.all(seats_n[size > 300] >= 2)
    assert np.any(size <= 150)
    assert np.any(size > 300)


def test_a_large_state_is_split_though_there_are_enough_states() -> None:
    """Of 12 accounts for three seats, eight lie in one state: two seats share it, and the four small states are the third's."""
    problem = tiny_problem(12, 3, owner=-1)
    region = np.array([0] * 8 + [1, 2, 3, 4])
    longitude = np.where(region == 0, -120.0, -80.0) + 0.1 * np.arange(12)
    accounts = replace(problem.accounts, region=region, latitude=np.full(12, 40.0), longitude=longitude)
    owner = planned(replace(problem, accounts=accounts))
    assert np.bincount(owner).tolist() == [4, 4, 4]
    assert len(set(owner[8:].tolist())) == 1


def test_one_city_is_shared() -> None:
    """Accounts that all lie in one place still go half to one seat and half to the other."""
    problem = tiny_problem(12, 2, owner=-1)
    accounts = replace(problem.accounts, region=np.zeros(12, np.int64), latitude=np.full(12, 40.0), longitude=np.full(12, -90.0))
    assert np.bincount(planned(replace(problem, accounts=accounts))).tolist() == [6, 6]


def test_territories_are_compact() -> None:
    """Accounts lie nearer to each other in a territory, and to the rep's home, than in a blind deal of the same sizes."""
    problem = drawn_problem(3000, 20, 1)
    owner = planned(problem)
    blind = np.random.default_rng(0).permutation(owner)
    accounts = np.arange(3000)
    assert problem.distance_km(accounts, owner).mean() < 0.5 * problem.distance_km(accounts, blind).mean()
    spread = [np.mean([problem.accounts.longitude[o == seat].std() for seat in range(20)]) for o in (owner, blind)]
    assert spread[0] < 0.3 * spread[1]


def test_from_today_states_go_to_who_owns_most_unless_that_is_far_away() -> None:
    """Each seat owns most of the next state. Where all live in one city it gets that state; where it lives in another, its own."""
    problem = tiny_problem(16, 4, owner=0)
    neighbour = (problem.accounts.region + 1) % 4
    today = replace(problem, owner=np.where(np.arange(16) < 12, neighbour, problem.accounts.region))
    in_chicago = replace(problem.seats, latitude=np.full(4, 41.9), longitude=np.full(4, -87.6))
    assert planned(replace(today, seats=in_chicago)).tolist() == neighbour.tolist()
    assert planned(today).tolist() == problem.accounts.region.tolist()


def test_protected_accounts_stay_in_a_foreign_state() -> None:
    """A line on the map does not move what is protected, and what is protected does not move the line."""
    problem = tiny_problem(12, 4, owner=3, protected=np.arange(12) < 4)
    owner = planned(problem, from_today=False)
    assert owner[:4].tolist() == [3, 3, 3, 3]
    assert owner[4:].tolist() == problem.accounts.region[4:].tolist()


def test_skills_cross_the_line_to_the_nearest() -> None:
    """German accounts go whole to the nearest territory whose seat speaks German: Houston's to Chicago, not to Seattle."""
    problem = tiny_problem(12, 4, owner=-1, german=(3, 7, 11), german_seats=(WA, IL))
    owner = planned(problem)
    assert owner[[3, 7, 11]].tolist() == [IL, IL, IL]
    assert np.array_equal(np.delete(owner, [3, 7, 11]), np.delete(problem.accounts.region, [3, 7, 11]))


def test_unknown_places_go_with_their_region() -> None:
    """An account without a place goes where its state goes, one without a state where its neighbours go."""
    problem = tiny_problem(16, 4, owner=-1)
    region, latitude = problem.accounts.region.copy(), problem.accounts.latitude.copy()
    region[[0, 1]], latitude[[2, 3]] = -1, np.nan
    patchy = replace(problem, accounts=replace(problem.accounts, region=region, latitude=latitude))
    assert planned(patchy).tolist() == problem.accounts.region.tolist()


def test_unknown_places_do_not_bend_the_map() -> None:
    """Three of a state's four accounts have no place: the state stays where its fourth is, and the map is the same."""
    problem = tiny_problem(16, 2, owner=-1)
    latitude = np.where((problem.accounts.region == WA) & (np.arange(16) > 0), np.nan, problem.accounts.latitude)
    patchy = replace(problem, accounts=replace(problem.accounts, latitude=latitude))
    assert planned(patchy).tolist() == planned(problem).tolist()


def test_known_by_neither_are_dealt() -> None:
    """Accounts with neither place nor region fill the shortest book."""
    problem = tiny_problem(13, 4, owner=-1)
    region, latitude = problem.accounts.region.copy(), problem.accounts.latitude.copy()
    region[[0, 1]], latitude[[0, 1]] = -1, np.nan
    owner = planned(replace(problem, accounts=replace(problem.accounts, region=region, latitude=latitude)))
    assert sorted(np.bincount(owner).tolist()) == [3, 3, 3, 4]
    assert owner[2:].tolist() == problem.accounts.region[2:].tolist()


def test_regions_without_places_stay_whole() -> None:
    """Where no place is known, whole regions are still handed out, to the seats that list them as theirs."""
    problem = tiny_problem(12, 4, owner=-1, places=False)
    elsewhere = replace(problem, seats=replace(problem.seats, region=np.array([TX, WA, MA, IL])))
    assert planned(elsewhere).tolist() == [np.array([1, 3, 2, 0])[state] for state in problem.accounts.region]


def test_nothing_to_draw_on() -> None:
    """Without any place and any region it says why it cannot plan."""
    with pytest.raises(Unsupported, match="no account has a place or a region"):
        planned(tiny_problem(places=False, regions=False))
