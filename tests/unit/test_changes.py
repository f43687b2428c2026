"""What a scenario changes of a market: pure, addressed by name, whoever was there before keeps everything else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import pytest

from experiments.changes.acquisition import Acquire
from experiments.changes.books import UnfairBooks
from experiments.changes.dirt import DirtyCrm
from experiments.changes.estimates import AskReps, Enrich
from experiments.changes.history import ForgetHistory
from experiments.changes.roles import SplitRoles
from experiments.changes.smaller import CloseSeats, PartOfCompany
from experiments.changes.team import AddSeats, richest_seats
from experiments.changes.terms import MoreHours, RaiseQuotas
from experiments.running.arms import Change
from sim.market import Market
from sim.snapshot import UNASSIGNED
from tests.markets import drawn_market, tiny_market
from tests.worlds import tiny_snapshot

CHANGES: Sequence[Change] = (
    ForgetHistory(), AddSeats(2), CloseSeats(1), PartOfCompany(0.5, 0.25), Acquire(0.5), UnfairBooks(0.2), SplitRoles(0.25),
    MoreHours(1.05), Enrich(0.5), AskReps(0.3, 0.2), DirtyCrm(0.1, 0.1, 0.3),
)  # fmt: skip
MARKET = drawn_market()


def flat(value: Any, name: str = "") -> dict[str, Any]:
    """All arrays and plain values inside a dataclass, by their path."""
    if is_dataclass(value) and not isinstance(value, type):
        return {k: v for f in fields(value) for k, v in flat(getattr(value, f.name), f"{name}.{f.name}").items()}
    return {name: value}


def same(a: Any, b: Any) -> bool:
    """Whether two values of :func:`flat` are equal, NaN in the same places."""
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    return bool(a == b)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: type(change).__name__)
def test_a_change_is_pure_and_changes_something(change: Change) -> None:
    """The same market and seed give the same market, the one that came is as it was, and the new one is another."""
    before = {name: np.array(value) for name, value in flat(MARKET).items() if isinstance(value, np.ndarray)}
    once, again = flat(change.on(MARKET, 5)), flat(change.on(MARKET, 5))
    assert all(same(once[name], again[name]) for name in once)
    assert all(same(flat(MARKET)[name], value) for name, value in before.items())
    assert not all(name in once and same(once[name], value) for name, value in flat(MARKET).items())


@pytest.mark.parametrize("change", [AskReps(), DirtyCrm(0.1, 0.0, 0.3), PartOfCompany(0.5, 0.1)], ids=lambda change: type(change).__name__)
def test_what_is_drawn_is_another_under_another_seed(change: Change) -> None:
    """Chance comes from the seed of the run."""
    one, other = (change.on(MARKET, seed).snapshot.accounts for seed in (1, 2))
    assert not np.array_equal(one.potential_usd, other.potential_usd)


@pytest.mark.parametrize("change", [AddSeats(2), Acquire(0.5), DirtyCrm(0.1, 0.0, 0.0)], ids=lambda change: type(change).__name__)
def test_what_is_added_stands_behind(change: Change) -> None:
    """Accounts and seats of before keep their rows, owners, relationships, truths: so they keep their luck."""
    grown, n, m = change.on(MARKET, 0), len(MARKET.snapshot.accounts), len(MARKET.snapshot.seats)
    assert len(grown.snapshot.accounts) + len(grown.snapshot.seats) > n + m
    for name in ("owner", "engaged_days", "last_touch_day"):
        assert same(getattr(grown.snapshot, name)[:n], getattr(MARKET.snapshot, name)), name
    for table, rows in (("accounts", n), ("seats", m)):
        for field, value in flat(getattr(MARKET.snapshot, table)).items():
            assert same(flat(getattr(grown.snapshot, table))[field][:rows], value), field
    assert same(grown.truth.potential_usd[:n], MARKET.truth.potential_usd)
    assert same(grown.truth.talent[:m], MARKET.truth.talent)


def test_closed_seats_leave_their_accounts_to_nobody() -> None:
    """The last seat is gone; what it owned has no owner and no relationship, everybody else's is as it was, and its deals wait."""
    smaller, before = CloseSeats(1).on(MARKET, 0), MARKET.snapshot
    last = len(before.seats) - 1
    gone = before.owner == last
    assert gone.any()
    assert len(smaller.snapshot.seats) == last == len(smaller.truth.talent)
    assert np.array_equal(smaller.snapshot.owner, np.where(gone, UNASSIGNED, before.owner))
    assert np.array_equal(smaller.snapshot.engaged_days, np.where(gone, 0.0, before.engaged_days))
    assert np.array_equal(smaller.snapshot.deals.seat, np.where(before.deals.seat == last, UNASSIGNED, before.deals.seat))
    with pytest.raises(ValueError, match=r"CloseSeats.seats_n: 4 of 4 seats leave nobody to sell"):
        CloseSeats(4).on(MARKET, 0)


def test_a_part_of_the_company_is_a_company() -> None:
    """Half of the seats with a quarter of the accounts, all of them their own; the whole is the whole."""
    part = PartOfCompany(0.5, 0.25).on(MARKET, 0)
    assert (len(part.snapshot.seats), len(part.snapshot.accounts)) == (2, 30)
    position = [MARKET.snapshot.accounts.id.index(each) for each in part.snapshot.accounts.id]
    assert np.array_equal(part.snapshot.owner, MARKET.snapshot.owner[position])
    assert np.array_equal(part.truth.potential_usd, MARKET.truth.potential_usd[position])
    whole = flat(PartOfCompany(1.0, 1.0).on(MARKET, 0))
    assert all(same(whole[name], value) for name, value in flat(MARKET).items())
    with pytest.raises(ValueError, match="nobody owns anything in this part"):
        PartOfCompany(0.5, 0.5).on(ForgetHistory().on(MARKET, 0), 0)


def test_an_acquired_company_is_a_twin_of_a_part_of_ours() -> None:
    """Two of four seats come again, each with its whole book: potentials, relationships and open deals, under other names."""
    both, n, m = Acquire(0.5).on(MARKET, 0), len(MARKET.snapshot.accounts), len(MARKET.snapshot.seats)
    snapshot = both.snapshot
    assert snapshot.seats.id[m:] == tuple(f"acquired-{MARKET.snapshot.seats.id[s]}" for s in (0, 3))
    for new, old in ((m, 0), (m + 1, 3)):
        book = MARKET.snapshot.owner == old
        assert np.array_equal(both.truth.potential_usd[snapshot.owner == new], MARKET.truth.potential_usd[book])
        assert np.array_equal(snapshot.engaged_days[snapshot.owner == new], MARKET.snapshot.engaged_days[book])
        assert (snapshot.deals.seat == new).sum() == (MARKET.snapshot.deals.seat == old).sum()
    assert np.array_equal(snapshot.owner[snapshot.deals.account], snapshot.deals.seat)
    assert snapshot.deals.account[len(MARKET.snapshot.deals) :].min() >= n
    with pytest.raises(ValueError, match="nobody owns anything here"):
        Acquire(0.5).on(ForgetHistory().on(MARKET, 0), 0)


def test_unfair_books_make_the_rich_richer_at_the_cost_of_the_poor() -> None:
    """Only what nobody has touched moves, from the poorest to the richest seat; nobody loses a customer, a deal or a relationship."""
    snapshot, unfair = MARKET.snapshot, UnfairBooks(0.2).on(MARKET, 0).snapshot
    moved = snapshot.owner != unfair.owner
    rich, *_, poor = richest_seats(snapshot)
    assert moved.any()
    assert unfair.owner[moved & (snapshot.owner == poor)].tolist() == [rich] * int((moved & (snapshot.owner == poor)).sum()) != []
    assert not snapshot.engaged_days[moved].any()
    assert np.isnan(snapshot.accounts.customer_since_day[moved]).all()
    assert not np.isin(np.flatnonzero(moved), snapshot.deals.account).any()
    book_usd = [np.bincount(s.owner, s.accounts.potential_usd)[[rich, poor]] for s in (snapshot, unfair)]
    assert book_usd[1][0] > book_usd[0][0]
    assert book_usd[1][1] < book_usd[0][1]
    with pytest.raises(ValueError, match="no books of several seats"):
        UnfairBooks(0.2).on(tiny_market(tiny_snapshot(seats_n=1)), 0)


def test_bought_data_leave_a_share_of_the_error() -> None:
    """Half of the log error is left, none of it, or all."""
    truth = MARKET.truth.potential_usd

    def error(market: Market) -> Any:
        return np.log(market.snapshot.accounts.potential_usd / truth)

    assert np.allclose(error(Enrich(0.5).on(MARKET, 0)), 0.5 * error(MARKET), atol=1e-6)  # amounts are rounded to 2^-10 usd
    assert np.allclose(error(Enrich(0.0).on(MARKET, 0)), 0.0, atol=1e-6)
    assert np.allclose(error(Enrich(1.0).on(MARKET, 0)), error(MARKET), atol=1e-6)


def test_reps_are_asked_about_what_they_have_worked_and_may_talk_it_down() -> None:
    """Without noise and fully believed they say the truth, or so much less; of all else the CRM's estimate stays."""
    before, truth = MARKET.snapshot, MARKET.truth.potential_usd
    worked = (before.owner != UNASSIGNED) & (before.engaged_days > 0)
    assert worked.any()
    assert not worked.all()
    for down in (0.0, 0.3):
        said = AskReps(0.0, down, 1.0).on(MARKET, 0).snapshot.accounts.potential_usd
        assert np.allclose(said[worked], (1 - down) * truth[worked])
        assert np.array_equal(said[~worked], before.accounts.potential_usd[~worked])
    unheard = AskReps(0.3, 0.3, 0.0).on(MARKET, 0).snapshot.accounts.potential_usd
    assert np.allclose(unheard, before.accounts.potential_usd)


def test_dirt_adds_duplicates_stale_owners_and_noise() -> None:
    """A tenth more rows, a tenth of the owners wrong while the truth knows better, and estimates blurred by what is stated."""
    dirty, before = DirtyCrm(0.1, 0.1, 0.3).on(MARKET, 0), MARKET.snapshot
    n = len(before.accounts)
    assert len(dirty.snapshot.accounts) == n + 12
    assert (dirty.snapshot.owner[:n] != before.owner).sum() == 12
    assert dirty.truth.worked_by is not None
    assert np.array_equal(dirty.truth.worked_by[:n], before.owner)
    blur = np.log(dirty.snapshot.accounts.potential_usd[:n] / before.accounts.potential_usd)
    assert 0.25 < blur.std() < 0.35
    with pytest.raises(ValueError, match="DirtyCrm: the CRM has duplicates, stale owners"):
        DirtyCrm(0.1).on(dirty, 0)


def test_roles_are_split_by_what_customers_bring() -> None:
    """The seat with the most ARR becomes a farmer, the others hunters; one seat cannot be split."""
    roles, before = SplitRoles(0.25).on(MARKET, 0).snapshot, MARKET.snapshot
    arr_usd = np.bincount(before.owner, before.accounts.arr_usd)
    names = [before.vocabulary.roles[r] for r in roles.seats.role]
    assert names.count("farmer") == 1
    assert names[int(arr_usd.argmax())] == "farmer"
    assert names.count("hunter") == 3
    with pytest.raises(ValueError, match="one seat cannot be split"):
        SplitRoles(0.5).on(tiny_market(tiny_snapshot(seats_n=1)), 0)


def test_hours_and_quotas_are_multiplied() -> None:
    """Every seat has so many times the hours, or the quota; before quotas are set there is nothing to raise."""
    market = tiny_market()
    seats = market.snapshot.seats
    assert MoreHours(1.05).on(market, 0).snapshot.seats.capacity_h_per_week.tolist() == (1.05 * seats.capacity_h_per_week).tolist()
    assert RaiseQuotas(1.1).on(market, 0).snapshot.seats.quota_usd.tolist() == (1.1 * seats.quota_usd).tolist()
    unset = replace(market, snapshot=replace(market.snapshot, seats=replace(seats, quota_usd=np.full(len(seats), np.nan))))
    with pytest.raises(ValueError, match=r"put it under  arms.LABEL.changes"):
        RaiseQuotas(1.1).on(unset, 0)


WRONG = [
    (CloseSeats, {"seats_n": 0}, "CloseSeats.seats_n: 0 must be at least 1"),
    (PartOfCompany, {"seats_share": 0.0, "accounts_share": 1.0}, "PartOfCompany.seats_share: 0.0 must be"),
    (Acquire, {"seats_share": 1.5}, "Acquire.seats_share: 1.5 must be"),
    (UnfairBooks, {"share": 0.0}, "UnfairBooks.share: 0.0 must be"),
    (SplitRoles, {"farmers_share": 1.0}, "SplitRoles.farmers_share: 1.0 must lie"),
    (MoreHours, {"times": 0.0}, "MoreHours.times: 0.0 must lie between 0.001 and 1,000"),
    (RaiseQuotas, {"times": -1.0}, "RaiseQuotas.times: -1.0 must lie between 0.001 and 1,000"),
    (Enrich, {"error_left_share": 2.0}, "Enrich.error_left_share: 2.0 must lie"),
    (AskReps, {"noise_log_sd": -1.0}, "AskReps.noise_log_sd: -1.0 must lie between 0 and 5"),
    (AskReps, {"talked_down_share": 1.0}, "AskReps.talked_down_share: 1.0 must be"),
    (AskReps, {"weight_share": 2.0}, "AskReps.weight_share: 2.0 must lie"),
    (DirtyCrm, {"duplicate_share": 2.0}, "DirtyCrm.duplicate_share: 2.0 must lie"),
    (DirtyCrm, {"noise_log_sd": -0.1}, "DirtyCrm.noise_log_sd: -0.1 must lie between 0 and 5"),
]


@pytest.mark.parametrize(("change", "values", "said"), WRONG)
def test_a_value_that_cannot_be_is_named(change: type[Any], values: dict[str, float], said: str) -> None:
    """The error names the change, its field and the value."""
    with pytest.raises(ValueError, match=said):
        change(**values)
