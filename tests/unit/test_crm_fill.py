from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.market import Market
from sim.markets.crm import CrmMarket
from sim.snapshot import Snapshot
from tests.crm_folder import ACCOUNTS, DEALS, REPS, write_folder
from tests.worlds import tiny_policy, tiny_world

CYCLE = {"commercial": 45.0, "mid_market": 75.0, "enterprise": 141.0}  # of the tiny world


def _market(source: CrmMarket) -> Market:
    return source.draw(7, 0, tiny_world(), tiny_policy())


def _snapshot(folder: Path, **files: str | bytes | None) -> Snapshot:
    return _market(write_folder(folder, **files)).snapshot


def _rule(market: Market, parameter: str) -> tuple[str, int]:
    """The rule that filled a column, and the rows that it filled."""
    entry = next(e for e in market.ledger if e.parameter == parameter and e.status == "assumed")
    return entry.rule, entry.rows_n


def test_what_the_files_say_is_kept(tmp_path: Path) -> None:
    """Owners, places, amounts, quota and the open deal arrive as written; day 0 is the latest date on which something happened."""
    s = _snapshot(tmp_path)
    assert s.accounts.name == ("Acme", "Bolt, Inc.", "Crux")
    assert [s.vocabulary.segments[k] for k in s.accounts.segment] == ["commercial", "mid_market", "enterprise"]
    assert s.owner.tolist() == [0, 0, 1]
    assert s.accounts.parent.tolist() == [-1, 0, -1]
    assert s.accounts.latitude.tolist() == [47.6, 41.9, 42.4]
    assert s.accounts.potential_usd.tolist() == [10e3, 40e3, 150e3]
    assert s.seats.quota_usd[0] == 500e3
    assert np.isnan(s.seats.quota_usd[1])
    assert s.history.closed_day.tolist() == [-242, -211, -120]
    assert s.history.won.tolist() == [True, False, True]
    assert s.history.amount_usd.tolist() == [9e3, 0, 100e3]
    assert (s.deals.account.tolist(), s.deals.stage.tolist(), s.deals.created_day.tolist()) == ([1], [1], [0])


def test_ids_and_names_alone_are_enough(tmp_path: Path) -> None:
    """Two columns a file make a market: unassigned accounts, hybrid reps with the stated hours, nothing known of the past."""
    market = _market(write_folder(tmp_path, accounts="account_id,name\n1,Acme\n2,Bolt\n", reps="rep_id,name\n1,Ann\n", deals=None))
    s = market.snapshot
    assert s.owner.tolist() == [-1, -1]
    assert s.seats.capacity_h_per_week.tolist() == [14.0]
    assert s.vocabulary.roles[s.seats.role[0]] == "hybrid"
    assert s.accounts.potential_usd == pytest.approx([12e3, 12e3])
    assert np.isnan(s.accounts.customer_since_day).all()
    assert (len(s.deals), len(s.history), s.history_days) == (0, 0, 0)
    assert "day 0 is not known: the files hold no date" in market.notes
    assert "no deals are read: there is no deals.csv in the folder" in market.notes


def test_ids_are_text(tmp_path: Path) -> None:
    """Ids that look like numbers or like nothing survive as they are written."""
    accounts = "account_id,name,owner_id\n007,Acme,None\n7,Bolt,NA\nnull,Crux,1e3\n"
    s = _snapshot(tmp_path, accounts=accounts, reps="rep_id,name\nNone,Ann\nNA,Bob\n1e3,Cid\n", deals=None)
    assert s.accounts.id == ("007", "7", "null")
    assert s.seats.id == ("None", "NA", "1e3")
    assert s.owner.tolist() == [0, 1, 2]


def test_a_byte_order_mark_and_spaces_do_no_harm(tmp_path: Path) -> None:
    """Files as spreadsheets save them are read: byte order mark, line ends of Windows, blank rows, spaces around cells."""
    text = "\ufeff" + ACCOUNTS.replace("Acme", " Acme ").replace("\n", "\r\n") + ",,,,,,,\r\n\r\n"
    assert _snapshot(tmp_path, accounts=text.encode("utf-8")).accounts.name[0] == "Acme"


def test_a_missing_segment_follows_employees_then_potential(tmp_path: Path) -> None:
    """Employees decide; without them the potential nearest in ratio; without both the smallest segment. The ledger counts the rows."""
    rows = "1,A,,5000,1\n2,B,,199,1\n3,C,,200,1\n4,D,,,100000\n5,E,,,20000\n6,F,,,\n7,G,enterprise,1,1\n"
    market = _market(write_folder(tmp_path, accounts="account_id,name,segment,employees,potential_usd\n" + rows, deals=None))
    names = [market.snapshot.vocabulary.segments[k] for k in market.snapshot.accounts.segment]
    assert names == ["enterprise", "commercial", "mid_market", "enterprise", "commercial", "commercial", "enterprise"]
    assert _rule(market, "accounts.segment") == ("by employees, else by potential, else commercial", 6)


def test_places_come_from_the_region_then_the_book_then_the_home(tmp_path: Path) -> None:
    """A missing place is the centre of the region's accounts, else of the owner's book, else the owner's home; half a place is none."""
    accounts = """account_id,name,owner_id,region,latitude,longitude
1,A,R1,North,40,-80
2,B,R1,North,50,-90
3,C,R2,North,,
4,D,R1,South,44,
5,E,R3,East,,
6,F,R2,West,30,-100
7,G,,Nowhere,,
"""
    reps = "rep_id,name,region,latitude,longitude\nR1,Ann,,,\nR2,Bob,,10,-10\nR3,Cid,,20,-20\nR4,Dee,North,,\nR5,Eve,,,\n"
    s = _snapshot(tmp_path, accounts=accounts, reps=reps, deals=None)
    assert s.accounts.latitude.tolist()[:6] == [40, 50, 45, 45, 20, 30]
    assert s.accounts.longitude.tolist()[:6] == [-80, -90, -85, -85, -20, -100]
    assert np.isnan(s.accounts.latitude[6])
    assert s.seats.latitude.tolist()[:4] == [45, 10, 20, 45]
    assert np.isnan(s.seats.latitude[4])


def test_an_accounts_region_is_its_owners(tmp_path: Path) -> None:
    """A region that the account lacks is the owner's; who has no owner stays without."""
    accounts = "account_id,name,owner_id,region\n1,A,R1,\n2,B,,\n3,C,R1,West\n"
    s = _snapshot(tmp_path, accounts=accounts, reps="rep_id,name,region\nR1,Ann,North\n", deals=None)
    assert [s.vocabulary.regions[k] if k >= 0 else "" for k in s.accounts.region] == ["North", "", "West"]


def test_bookings_make_arr_customers_touches_and_relationships(tmp_path: Path) -> None:
    """What accounts lack is told by their deals: ARR of four quarters, the first win, the last deal, days worked by today's owner."""
    deals = DEALS + "D5,A1,R1,2024-07-01,2024-08-01,won,500\nD6,A1,R2,2025-09-01,2025-10-01,lost,\n"
    s = _snapshot(tmp_path, deals=deals)
    assert s.accounts.arr_usd.tolist() == [9e3, 0, 100e3]
    assert s.accounts.customer_since_day[[0, 2]].tolist() == [-607, -120]
    assert np.isnan(s.accounts.customer_since_day[1])
    assert s.last_touch_day.tolist() == [-181, 0, -120]
    assert s.engaged_days.tolist() == [61 + 31, 62 + 75, 275]  # the open deal of day 0 counts a mean cycle, D6 was somebody else's
    assert s.history.expansion.tolist() == [False, True, False, True, False]  # in the order of closing


def test_orders_count_a_mean_cycle_each_up_to_the_time_since_the_first(tmp_path: Path) -> None:
    """Deals that last no time, as orders do, still tell of a relationship, and it is never older than the first of them."""
    orders = "".join(f"D{k},A1,R1,2026-03-{k:02d},2026-03-{k:02d},won,100\n" for k in range(1, 32))
    s = _snapshot(tmp_path, deals=DEALS.splitlines(keepends=True)[0] + orders)
    assert s.engaged_days[0] == 30 + CYCLE["commercial"]


def test_a_deals_rep_is_the_accounts_owner(tmp_path: Path) -> None:
    """A blank rep is the owner; a rep who has left keeps no history and hands the open deal to the owner."""
    deals = DEALS.replace("D1,A1,R1", "D1,A1,").replace("D2,A2,R1", "D2,A2,gone").replace("D4,A2,R1", "D4,A2,gone")
    market = _market(write_folder(tmp_path, deals=deals))
    assert market.snapshot.history.seat.tolist() == [0, -1, 1]
    assert market.snapshot.deals.seat.tolist() == [0]
    assert any("deals.rep_id, 2 rows: not in the reps' file" in note for note in market.notes)


def test_missing_dates_are_one_mean_cycle_apart(tmp_path: Path) -> None:
    """A missing creation lies a cycle before the closing, a missing closing a cycle after it but not after day 0."""
    deals = """deal_id,account_id,created,closed,stage,amount_usd
D1,A1,,2026-01-01,won,1000
D2,A1,2025-01-01,,lost,
D3,A1,2026-03-30,,won,1000
D4,A1,,,won,1000
D5,A2,,,proposal,
"""
    market = _market(write_folder(tmp_path, deals=deals))
    s = market.snapshot
    assert s.history_days == 453
    assert list(zip(s.history.created_day, s.history.closed_day, strict=True)) == [(-453, -408), (-133, -88), (0, 0)]
    assert s.deals.created_day.tolist() == [-(25 + 25 + 12.5)]
    assert s.deals.stage_age_days == pytest.approx([62.5 / 3])
    assert s.deals.amount_usd.tolist() == [40e3]
    assert "deals, 1 rows: won or lost at no known time: left out" in market.notes


def test_a_missing_stage_is_read_off_date_and_amount(tmp_path: Path) -> None:
    """Closed with an amount was won, closed without was lost, anything else is being prospected."""
    deals = (
        "deal_id,account_id,created,closed,amount_usd\nD1,A1,2025-01-01,2025-06-01,5\nD2,A2,2025-01-01,2025-07-01,\nD3,A3,2025-08-01,,7\n"
    )
    s = _snapshot(tmp_path, deals=deals)
    assert s.history.won.tolist() == [True, False]
    assert s.deals.stage.tolist() == [0]


def test_a_won_deal_without_amount_is_worth_its_segments_mean(tmp_path: Path) -> None:
    """The mean of the segment's won deals, or of all where it has none."""
    deals = """deal_id,account_id,created,closed,stage,amount_usd
D1,A1,2025-04-10,2025-05-01,won,100
D2,A1,2025-05-10,2025-06-01,won,300
D3,A1,2025-06-10,2025-07-01,won,
D4,A2,2025-07-10,2025-08-01,won,
"""
    assert _snapshot(tmp_path, deals=deals).history.amount_usd.tolist() == [100, 300, 200, 200]


def test_the_most_advanced_open_deal_is_kept(tmp_path: Path) -> None:
    """One engagement an account: the furthest, then the largest; the others are counted in the ledger."""
    deals = DEALS + "D5,A2,R1,2026-03-01,,proposal,1\nD6,A2,R1,2026-03-05,,proposal,2\nD7,A3,R2,2026-03-01,,prospecting,3\n"
    market = _market(write_folder(tmp_path, deals=deals))
    assert (market.snapshot.deals.account.tolist(), market.snapshot.deals.amount_usd.tolist()) == ([1, 2], [2, 3])
    assert _rule(market, "deals") == ("a further open deal of an account: the most advanced one is kept", 2)


def test_a_stale_stage_is_at_most_three_means_old(tmp_path: Path) -> None:
    """A deal that has been forgotten in the CRM for years does not break the clock of its stage."""
    s = _snapshot(tmp_path, deals=DEALS.replace("D4,A2,R1,2026-03-31", "D4,A2,R1,2020-01-01").replace("2025-12-01", "2026-03-31"))
    assert s.deals.stage_age_days.tolist() == [75]


def test_what_lies_after_day_zero_is_not_known(tmp_path: Path) -> None:
    """With an earlier day 0, later deals are left out, a deal closed later is still open, later touches are blank."""
    accounts = ACCOUNTS.replace("parent_id", "last_activity").replace("40000,A1", "40000,2026-02-01")
    source = write_folder(tmp_path, accounts=accounts)
    market = CrmMarket(label="test", folder=source.folder, as_of="2025-08-15").draw(7, 0, tiny_world(), tiny_policy())
    s = market.snapshot
    assert s.history.closed_day.tolist() == [-14]
    assert (s.deals.account.tolist(), s.deals.stage.tolist()) == ([1, 2], [0, 0])
    assert s.last_touch_day.tolist()[:2] == [-14, -45]
    assert "deals, 1 rows: created after day 0: left out" in market.notes
    assert "deals.stage, 2 rows: closed after day 0: taken as open on it, at stage prospecting" in market.notes
    assert "accounts.last_activity, 1 rows: after day 0: treated as blank" in market.notes


def test_the_expected_closing_of_an_open_deal_has_not_happened(tmp_path: Path) -> None:
    """An open deal's closing date lies ahead: it does not move day 0."""
    assert _snapshot(tmp_path, deals=DEALS.replace("2026-03-31,,", "2026-03-31,2026-09-30,")).history.closed_day[-1] == -120


def test_skills_are_matched_by_name(tmp_path: Path) -> None:
    """Skills are words between semicolons; what no rep has is said."""
    accounts = "account_id,name,required_skills,strategic\n1,A,german; retail,yes\n2,B,,0\n3,C,welsh,\n"
    market = _market(write_folder(tmp_path, accounts=accounts, reps="rep_id,name,skills\n1,Ann,retail;german\n", deals=None))
    s = market.snapshot
    assert s.vocabulary.skills == ("german", "retail", "welsh")
    assert s.accounts.required_skills.tolist() == [[True, True, False], [False] * 3, [False, False, True]]
    assert s.seats.skills.tolist() == [[True, True, False]]
    assert s.accounts.strategic.tolist() == [True, False, False]
    assert _rule(market, "accounts.required_skills") == ("no rep has them: these accounts cannot be worked", 1)


def test_words_are_read_in_any_case(tmp_path: Path) -> None:
    """Won and won are the same stage, Enterprise and enterprise the same segment."""
    s = _snapshot(tmp_path, deals=DEALS.replace("won", "Won"), accounts=ACCOUNTS.replace("enterprise", "Enterprise"))
    assert s.history.won.tolist() == [True, False, True]
    assert s.vocabulary.segments[s.accounts.segment[2]] == "enterprise"


def test_every_assumption_is_in_the_ledger(tmp_path: Path) -> None:
    """The ledger has a line for all that the files do not say, the world's parameters included, and nothing is identified without data."""
    market = _market(write_folder(tmp_path, accounts="account_id,name\n1,Acme\n", reps="rep_id,name\n1,Ann\n", deals=None))
    assumed = {e.parameter for e in market.ledger if e.status == "assumed"}
    assert assumed >= {
        *("accounts.owner_id", "accounts.segment", "accounts.industry", "accounts.region", "accounts.latitude, longitude"),
        *("accounts.employees", "accounts.potential_usd", "accounts.fit", "accounts.customer_since", "accounts.arr_usd"),
        *("accounts.last_activity", "reps.team", "reps.role", "reps.region", "reps.latitude, longitude", "reps.capacity_h_per_week"),
        *("reps.quota_usd", "reps.start_date", "truth.potential_usd", "truth.fit", "truth.talent", "truth.amount_scale"),
        *("world.segments.commercial.pass_chance", "world.segments.enterprise.hours_per_week", "world.ramp_days"),
    }
    assert {e.parameter for e in market.ledger if e.status == "identified"} == {"as_of"}
    assert all(e.rule for e in market.ledger)


def test_a_start_date_may_lie_ahead(tmp_path: Path) -> None:
    """A hire of next month starts after day 0; who has no date has ramped long ago."""
    reps = f"{REPS.splitlines()[0]},start_date\nR1,Ann,hybrid,12,1,2026-04-30\nR2,Bob,hybrid,12,1,\n"
    s = _snapshot(tmp_path, reps=reps)
    assert s.seats.start_day[0] == 30
    assert s.seats.start_day[1] < -1000
