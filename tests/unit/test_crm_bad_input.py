from __future__ import annotations

from pathlib import Path

import pytest

from sim.crm.errors import InputError
from sim.crm.mapping import TableMapping
from sim.markets.crm import CrmMarket
from tests.crm_folder import ACCOUNTS, DEALS, REPS, write_folder
from tests.worlds import tiny_policy, tiny_world

STAGES = "prospecting, qualified, proposal, won, lost"


def _lines_of(market: CrmMarket) -> tuple[str, ...]:
    with pytest.raises(InputError) as caught:
        market.draw(7, 0, tiny_world(), tiny_policy())
    return caught.value.lines


def _accounts(old: str, new: str) -> dict[str, str]:
    assert old in ACCOUNTS
    return {"accounts": ACCOUNTS.replace(old, new)}


def _reps(old: str, new: str) -> dict[str, str]:
    assert old in REPS
    return {"reps": REPS.replace(old, new)}


def _deals(old: str, new: str) -> dict[str, str]:
    assert old in DEALS
    return {"deals": DEALS.replace(old, new)}


HEADER = ACCOUNTS.splitlines(keepends=True)[0]
BAD = {
    "a column is missing": (_accounts("name,", "title,"),
        "accounts.csv:1: column 'name' is missing; there are account_id, title, owner_id, "
        "segment, latitude, longitude, potential_usd, parent_id"),
    "a column is there twice": (_accounts("segment,", "name,"), "accounts.csv:1: column 'name' is there 2 times"),
    "a duplicate account": ({"accounts": ACCOUNTS + "A1,Again,R1,commercial,0,0,1,\n"},
        "accounts.csv:5: account_id 'A1' is on line 2 already"),
    "a duplicate rep": ({"reps": REPS + "R1,Anna,hybrid,12,1\n"}, "reps.csv:4: rep_id 'R1' is on line 2 already"),
    "a duplicate deal": (_deals("D3", "D1"), "deals.csv:4: deal_id 'D1' is on line 2 already"),
    "an owner who does not exist": (_accounts("Crux,R2", "Crux,R9"), "accounts.csv:4: owner_id 'R9' is not in reps.csv"),
    "an account that does not exist": (_deals("D2,A2", "D2,A9"), "deals.csv:3: account_id 'A9' is not in accounts.csv"),
    "a parent that does not exist": (_accounts("40000,A1", "40000,A9"), "accounts.csv:3: parent_id 'A9' is not in accounts.csv"),
    "a parent of itself": (_accounts("40000,A1", "40000,A2"), "accounts.csv:3: parent_id 'A2' is the account itself"),
    "a blank id": ({"accounts": ACCOUNTS + ",Nameless,R1,commercial,0,0,1,\n"}, "accounts.csv:5: account_id '' must not be blank"),
    "a blank name": (_reps("Bob", ""), "reps.csv:3: name '' must not be blank"),
    "latitude 123": (_accounts("41.9", "123"), "accounts.csv:3: latitude '123' is above 90"),
    "longitude -200": (_accounts("-87.6", "-200"), "accounts.csv:3: longitude '-200' is below -180"),
    "a latitude that is not a number": (_accounts("41.9", "north"), "accounts.csv:3: latitude 'north' is not a number"),
    "a negative potential": (_accounts("40000", "-40000"), "accounts.csv:3: potential_usd '-40000' must not be negative"),
    "a negative amount": (_deals("9000", "-9000"), "deals.csv:2: amount_usd '-9000' must not be negative"),
    "an amount in words": (_deals("9000", "nine"), "deals.csv:2: amount_usd 'nine' is not a number"),
    "an amount with a currency sign": (_deals("9000", "$9000"), "deals.csv:2: amount_usd '$9000' is not a number"),
    "an amount that is NaN": (_deals("9000", "nan"), "deals.csv:2: amount_usd 'nan' is not a number"),
    "an amount that is infinite": (_deals("9000", "inf"), "deals.csv:2: amount_usd 'inf' is not a number"),
    "a negative capacity": (_reps("11.7", "-11.7"),
        "reps.csv:3: capacity_h_per_week '-11.7' must be above 0 (leave it blank if it is not known)"),
    "more hours than a week has": (_reps("11.7", "169"), "reps.csv:3: capacity_h_per_week '169' is above 168"),
    "a quota of nothing": (_reps("500000", "0"), "reps.csv:2: quota_usd '0' must be above 0 (leave it blank if it is not known)"),
    "closed before created": (_deals("2025-09-01", "2025-06-30"), "deals.csv:3: closed '2025-06-30' is before created '2025-07-01'"),
    "an unknown stage": (_deals("qualified", "Negotiation"), f"deals.csv:5: stage 'Negotiation' is not one of {STAGES}"),
    "an unknown segment": (_accounts("mid_market", "SMB"),
        "accounts.csv:3: segment 'SMB' is not one of commercial, mid_market, enterprise"),
    "an unknown role": (_reps("hunter", "csm"), "reps.csv:3: role 'csm' is not one of hunter, farmer, hybrid"),
    "a day that is not a date": (_deals("2025-12-01", "2025-13-01"),
        "deals.csv:4: closed '2025-13-01' is not a date written as YYYY-MM-DD"),
    "a date that stands for none": (_deals("2025-12-01", "9999-12-31"),
        "deals.csv:4: closed '9999-12-31' is not between the years 1900 and 2200"),
    "an empty file": ({"accounts": ""}, "accounts.csv: the file is empty; its first line must name the columns"),
    "a blank file": ({"reps": "\n \n"}, "reps.csv: the file is empty; its first line must name the columns"),
    "a header only": ({"accounts": HEADER}, "accounts.csv: there is a header, but no row below it"),
    "no reps": ({"reps": "rep_id,name\n"}, "reps.csv: there is a header, but no row below it"),
    "a header only of deals": ({"deals": "deal_id,account_id\n"}, "deals.csv: there is a header, but no row below it"),
    "Latin-1": ({"accounts": ACCOUNTS.replace("Crux", "Crüx").encode("latin-1")},
        "accounts.csv:4: byte 0xfc is not UTF-8; save the file as CSV UTF-8"),
    "UTF-16": ({"reps": REPS.encode("utf-16")}, "reps.csv:1: byte 0xff is not UTF-8; save the file as CSV UTF-8"),
    "a field too many": (_accounts("A3,Crux,", "A3,Crux,Ltd,"), "accounts.csv:4: 9 fields where the header has 8"),
    "a field too few": (_accounts("A3,Crux,", "A3,"), "accounts.csv:4: 7 fields where the header has 8"),
    "a quotation mark left open": (_accounts("Crux", '"Crux'),
        "accounts.csv:4: a row that begins here is not CSV (unexpected end of data); is a quotation mark left open?"),
    "no accounts": ({"accounts": None}, "accounts.csv: there is no such file in {folder}"),
    "no reps' file": ({"reps": None}, "reps.csv: there is no such file in {folder}"),
}  # fmt: skip


@pytest.mark.parametrize(("files", "expected"), BAD.values(), ids=BAD.keys())
def test_an_error_names_file_line_column_and_value(tmp_path: Path, files: dict[str, str], expected: str) -> None:
    """Each mistake in the files is exactly one line, which says where it is and what is wrong."""
    assert _lines_of(write_folder(tmp_path, **files)) == (expected.replace("{folder}", str(tmp_path)),)


def test_the_good_folder_is_good(tmp_path: Path) -> None:
    """The folder that the other tests bend has no error of its own."""
    write_folder(tmp_path).draw(7, 0, tiny_world(), tiny_policy())


def test_line_numbers_count_line_breaks_inside_quotes(tmp_path: Path) -> None:
    """A cell of two lines and a blank line move the rows below them, as an editor shows it."""
    text = ACCOUNTS.replace('"Bolt, Inc."', '"Bolt,\nInc."').replace("A3,", "\nA3,").replace("42.4", "142.4")
    assert _lines_of(write_folder(tmp_path, accounts=text)) == ("accounts.csv:6: latitude '142.4' is above 90",)


def test_twenty_errors_are_listed_at_once(tmp_path: Path) -> None:
    """Errors of all files are collected, 20 are shown, and the rest is counted."""
    rows = "".join(f"B{k},Name,R1,commercial,0,0,-1,\n" for k in range(25))
    lines = _lines_of(write_folder(tmp_path, accounts=ACCOUNTS + rows, deals=DEALS.replace("lost", "gone")))
    assert len(lines) == 21
    assert lines[0] == "accounts.csv:5: potential_usd '-1' must not be negative"
    assert lines[-1] == "... and 6 more"


def test_several_errors_of_a_row_are_several_lines(tmp_path: Path) -> None:
    """Nothing hides behind the first error of a row."""
    text = ACCOUNTS.replace("41.9,-87.6,40000", "123,-200,many")
    assert _lines_of(write_folder(tmp_path, accounts=text)) == (
        "accounts.csv:3: latitude '123' is above 90",
        "accounts.csv:3: longitude '-200' is below -180",
        "accounts.csv:3: potential_usd 'many' is not a number",
    )


@pytest.mark.parametrize(
    ("folder", "line"),
    [(None, "market.folder: no folder is given; name the one that holds the export: market.folder=DIR"),
     ("/no/such", "market.folder: '/no/such' is not a folder (looked for /no/such)")],
)  # fmt: skip
def test_a_missing_folder(folder: str | None, line: str) -> None:
    """A folder that is not given, or not there, is one line."""
    assert _lines_of(CrmMarket(label="test", folder=folder)) == (line,)


def test_as_of_is_a_date(tmp_path: Path) -> None:
    """Day 0 is checked like a cell."""
    write_folder(tmp_path)
    assert _lines_of(CrmMarket(label="test", folder=str(tmp_path), as_of="yesterday")) == (
        "market.as_of: 'yesterday' is not a date written as YYYY-MM-DD",
    )


def _with_deals(folder: Path, **mapping: object) -> CrmMarket:
    write_folder(folder)
    return CrmMarket(label="test", folder=str(folder), deals=TableMapping("deals.csv", **mapping))  # type: ignore[arg-type]


def test_a_mapped_column_must_be_there(tmp_path: Path) -> None:
    """A column that the mapping names and the file lacks is an error, though the canonical one may be missing."""
    lines = _lines_of(_with_deals(tmp_path, columns={"amount_usd": "Amount"}))
    assert lines == ("deals.csv:1: column 'Amount' (for amount_usd) is missing; there are " + DEALS.splitlines()[0].replace(",", ", "),)


def test_errors_name_the_files_own_column(tmp_path: Path) -> None:
    """An error speaks of the column and the words of the file, not of the canonical ones."""
    market = _with_deals(tmp_path, columns={"stage": "deal_id"}, values={"stage": {"D1": "won"}})
    assert _lines_of(market)[0] == f"deals.csv:3: deal_id 'D2' is not one of {STAGES}"


@pytest.mark.parametrize(
    ("mapping", "line"),
    [({"columns": {"price": "amount"}}, "market.deals.columns: 'price' is not one of "),
     ({"constants": {"won": "1"}}, "market.deals.constants: 'won' is not one of "),
     ({"columns": {"deal_id": None}}, "market.deals.columns: deal_id must be mapped to a column")],
)  # fmt: skip
def test_a_mistake_in_the_mapping(tmp_path: Path, mapping: dict[str, object], line: str) -> None:
    """A canonical name that does not exist, or an id that is not read, is named with its place in the configuration."""
    assert _lines_of(_with_deals(tmp_path, **mapping))[0].startswith(line)


def test_a_code_that_the_look_up_lacks(tmp_path: Path) -> None:
    """A code is looked for in the other file; one that is not there is an error in the row that uses it."""
    market = _with_deals(tmp_path, lookups={"stage": {"file": "stages.csv", "key": "code", "value": "stage"}})
    (tmp_path / "stages.csv").write_text("code,stage\nwon,won\nlost,lost\n")
    assert _lines_of(market) == ("deals.csv:5: stage 'qualified' is not in stages.csv",)


@pytest.mark.parametrize(
    ("text", "line"),
    [(None, "stages.csv: there is no such file in {folder}"),
     ("code,name\nwon,won\n", "stages.csv:1: column 'stage' is missing; there are code, name")],
)  # fmt: skip
def test_a_look_up_that_cannot_be_used(tmp_path: Path, text: str | None, line: str) -> None:
    """The look-up's own file is checked like the others."""
    market = _with_deals(tmp_path, lookups={"stage": {"file": "stages.csv", "key": "code", "value": "stage"}})
    if text is not None:
        (tmp_path / "stages.csv").write_text(text)
    assert _lines_of(market)[0] == line.replace("{folder}", str(tmp_path))
