from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from sim.crm.export import export_crm
from sim.crm.mapping import ACCOUNT_COLUMNS, DEAL_COLUMNS, REP_COLUMNS
from sim.market import Market
from sim.markets.crm import CrmMarket
from sim.snapshot import Snapshot
from tests.markets import drawn_market, tiny_market
from tests.worlds import tiny_policy, tiny_snapshot, tiny_world

DAY_0 = date(2026, 3, 31)


def _back(market: Market, folder: Path) -> Snapshot:
    export_crm(market, folder, DAY_0)
    return CrmMarket(label="back", folder=str(folder), as_of="2026-03-31").draw(7, 0, tiny_world(), tiny_policy()).snapshot


def _awkward() -> Snapshot:
    """The tiny snapshot with a parent, a strategic account, a quoted name, a house account and somebody who has left."""
    s = tiny_snapshot(german=(3,))
    n = len(s.accounts)
    accounts = replace(
        s.accounts,
        name=('Acme, "the" one', *s.accounts.name[1:]),
        parent=np.where(np.arange(n) == 2, 0, -1),
        strategic=np.arange(n) == 4,
        employees=np.where(np.arange(n) == 5, np.nan, 100.0),
        customer_since_day=np.where(np.arange(n) % 2 == 0, -100.0, s.accounts.customer_since_day),
    )
    history = replace(s.history, seat=np.where(np.arange(len(s.history)) == 0, -1, s.history.seat))
    return replace(s, accounts=accounts, history=history, owner=np.where(np.arange(n) == 1, -1, s.owner))


def test_reading_an_export_gives_the_snapshot_back(tmp_path: Path) -> None:
    """All that the columns hold comes back: ids, names, owners, places, amounts, days, skills, deals and history."""
    before = _awkward()
    after = _back(tiny_market(before), tmp_path)
    a, b, words_a, words_b = before.accounts, after.accounts, before.vocabulary, after.vocabulary
    assert (b.id, b.name) == (a.id, a.name)
    assert [words_b.segments[k] for k in b.segment] == [words_a.segments[k] for k in a.segment]
    assert [words_b.industries[k] for k in b.industry] == [words_a.industries[k] for k in a.industry]
    assert [words_b.regions[k] for k in b.region] == [words_a.regions[k] for k in a.region]
    assert [words_b.regions[k] for k in after.seats.region] == [words_a.regions[k] for k in before.seats.region]
    for name in ("latitude", "longitude", "employees", "potential_usd", "fit", "customer_since_day", "arr_usd", "strategic", "parent"):
        np.testing.assert_allclose(getattr(b, name), getattr(a, name), rtol=1e-12, err_msg=name)
    assert (after.seats.id, after.seats.name) == (before.seats.id, before.seats.name)
    for name in ("team", "role", "latitude", "longitude", "capacity_h_per_week", "quota_usd", "start_day"):
        np.testing.assert_array_equal(getattr(after.seats, name), getattr(before.seats, name), err_msg=name)
    german = (words_a.skills.index("german"), words_b.skills.index("german"))
    np.testing.assert_array_equal(b.required_skills[:, german[1]], a.required_skills[:, german[0]])
    np.testing.assert_array_equal(after.seats.skills[:, german[1]], before.seats.skills[:, german[0]])
    np.testing.assert_array_equal(after.owner, before.owner)
    np.testing.assert_array_equal(np.isnan(after.last_touch_day) | (after.last_touch_day <= 0), True)
    for name in ("account", "seat", "stage", "created_day", "amount_usd"):
        np.testing.assert_array_equal(getattr(after.deals, name), getattr(before.deals, name), err_msg=name)
    order = np.argsort(before.history.closed_day, kind="stable")
    for name in ("account", "seat", "won", "amount_usd"):
        np.testing.assert_array_equal(getattr(after.history, name), getattr(before.history, name)[order], err_msg=name)


def test_a_drawn_market_survives_to_the_day_and_the_cent(tmp_path: Path) -> None:
    """A synthetic market's year of history comes back with whole days and amounts in cents, none of its deals lost."""
    market = drawn_market(accounts_n=60, seats_n=3)
    before, after = market.snapshot, _back(market, tmp_path)
    assert len(after.deals) == len(before.deals)
    assert len(after.history) == len(before.history)
    np.testing.assert_allclose(after.accounts.potential_usd, before.accounts.potential_usd, atol=0.005)
    np.testing.assert_allclose(np.sort(after.history.amount_usd), np.sort(before.history.amount_usd), atol=0.005)
    lost_days = np.sort(before.history.closed_day) - after.history.closed_day
    assert lost_days.min() >= 0
    assert lost_days.max() < 1
    np.testing.assert_allclose(after.engaged_days, before.engaged_days, atol=15)  # some deals of a day, each rounded


def test_an_export_has_all_columns_and_the_truth_in_none(tmp_path: Path) -> None:
    """The headers are the canonical columns in their order, and another truth writes the same bytes."""
    market = drawn_market(accounts_n=30, seats_n=2)
    export_crm(market, tmp_path / "a", DAY_0)
    export_crm(replace(market, truth=replace(market.truth, potential_usd=market.truth.potential_usd * 9)), tmp_path / "b", DAY_0)
    for name, columns in (("accounts", ACCOUNT_COLUMNS), ("reps", REP_COLUMNS), ("deals", DEAL_COLUMNS)):
        text = (tmp_path / "a" / f"{name}.csv").read_text(encoding="utf-8")
        assert text.splitlines()[0] == ",".join(columns)
        assert text == (tmp_path / "b" / f"{name}.csv").read_text(encoding="utf-8")


def test_a_market_without_a_past_writes_no_deals(tmp_path: Path) -> None:
    """A file with a header only would be an error to the reader, so there is none."""
    export_crm(drawn_market(accounts_n=30, seats_n=2, history_quarters=0), tmp_path, DAY_0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["accounts.csv", "reps.csv"]
