from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from conf import __file__ as conf_file
from sim.crm.assumptions import Assumptions
from sim.crm.mapping import COLUMNS, TableMapping
from sim.markets.crm import CrmMarket
from tests.worlds import tiny_policy, tiny_world

CONF = Path(conf_file).parent / "market"


def _config(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((CONF / f"{name}.yaml").read_text(encoding="utf-8"))
    return loaded


def _mapping(table: dict[str, Any], **more: Any) -> TableMapping:
    return TableMapping(**{"file": None, **more, **{k: v for k, v in table.items() if k != "_target_"}})


def test_the_yaml_lists_every_canonical_column() -> None:
    """crm.yaml names all columns, so that each can be mapped on the command line and a mistyped one is refused."""
    for table, columns in COLUMNS.items():
        assert _config("crm")[table]["columns"] == {name: name for name in columns}


def test_the_yaml_and_the_code_assume_the_same() -> None:
    """Who works in Python starts from the same assumptions as who works in YAML."""
    values = {k: v for k, v in _config("crm")["assumptions"].items() if k != "_target_"}
    assert Assumptions(**values) == Assumptions()


def test_the_shipped_mapping_reads_tables_of_that_shape(tmp_path: Path) -> None:
    """Orders become won deals on the day they occurred, a region's code its name, and columns nobody asked for are left alone."""
    (tmp_path / "accounts.csv").write_text("id,name,website,lat,long,primary_poc,sales_rep_id\n1001,Acme,a.com,40.2,-75.1,Tom,321500\n")
    (tmp_path / "sales_reps.csv").write_text("id,name,region_id\n321500,Ann,1\n")
    (tmp_path / "region.csv").write_text("id,name\n1,Northeast\n2,West\n")
    (tmp_path / "orders.csv").write_text(
        "id,account_id,occurred_at,total,total_amt_usd\n1,1001,2015-10-06T17:31:14.000Z,169,973.43\n2,1001,2016-01-06T03:34:33.000Z,,0\n"
    )
    yaml_of = _config("parch_posey")
    market = CrmMarket(
        label="test",
        folder=str(tmp_path),
        accounts=_mapping(yaml_of["accounts"], file="accounts.csv"),
        reps=_mapping(yaml_of["reps"]),
        deals=_mapping(yaml_of["deals"]),
    ).draw(7, 0, tiny_world(), tiny_policy())
    s = market.snapshot
    assert s.vocabulary.regions == ("Northeast",)
    assert s.accounts.region.tolist() == [0]
    assert s.owner.tolist() == [0]
    assert s.accounts.latitude.tolist() == [40.2]
    assert s.history.won.tolist() == [True, True]
    assert s.history.closed_day.tolist() == [-92, 0]
    assert s.history.amount_usd.tolist() == [973.43, 0]


def test_words_dates_and_constants_are_translated(tmp_path: Path) -> None:
    """The file's own words become ours, dates are read as written, a constant fills a whole column, and YAML's numbers are text."""
    (tmp_path / "a.csv").write_text("Id,Name,Tier\n1,Acme,1\n2,Bolt,SMB\n")
    (tmp_path / "r.csv").write_text("Id,Name\n1,Ann\n")
    (tmp_path / "d.csv").write_text("Id,Acc,Opened,Closed,Stage\n1,1,31/01/2026,28/02/2026 10:00,Closed Won\n")
    ids = {"name": "Name"}
    market = CrmMarket(
        label="test",
        folder=str(tmp_path),
        accounts=TableMapping(
            "a.csv",
            columns={"account_id": "Id", "segment": "Tier", **ids},
            constants={"owner_id": 1},  # type: ignore[dict-item]
            values={"segment": {1: "enterprise", "SMB": "commercial"}},  # type: ignore[dict-item]
        ),
        reps=TableMapping("r.csv", columns={"rep_id": "Id", **ids}),
        deals=TableMapping(
            "d.csv",
            columns={"deal_id": "Id", "account_id": "Acc", "created": "Opened", "closed": "Closed", "stage": "Stage"},
            values={"stage": {"Closed Won": "won"}},
            date_formats=["%d/%m/%Y", "%d/%m/%Y %H:%M"],
        ),
    ).draw(7, 0, tiny_world(), tiny_policy())
    s = market.snapshot
    assert [s.vocabulary.segments[k] for k in s.accounts.segment] == ["enterprise", "commercial"]
    assert s.owner.tolist() == [0, 0]
    assert (s.history.created_day.tolist(), s.history.closed_day.tolist()) == ([-28], [0])


@pytest.mark.parametrize("table", ["accounts", "reps"])
def test_a_table_needs_a_file(table: str) -> None:
    """Only deals may be without a file."""
    assert TableMapping(None).mistakes(table) == [f"market.{table}.file: a file name is needed"]
    assert TableMapping(None).mistakes("deals") == []


def test_the_packaged_example_is_a_market() -> None:
    """The folder that ``market=crm`` reads by default has owners, a past and deals under way, and nothing wrong in it."""
    market = CrmMarket(label="crm", folder=_config("crm")["folder"]).draw(7, 0, tiny_world(), tiny_policy())
    assert 8 <= len(market.snapshot.seats) <= 10
    assert market.snapshot.has_owners
    assert min(len(market.snapshot.deals), len(market.snapshot.history)) > 20
    assert 0.5 < market.truth.amount_scale < 2


def test_the_documented_mapping_is_the_shipped_one() -> None:
    """The example in docs/crm.md is the file that it links to."""
    page = (CONF.parents[1] / "docs" / "crm.md").read_text(encoding="utf-8")
    example = page.split("```yaml\n")[1].split("```")[0]
    assert example in (CONF / "parch_posey.yaml").read_text(encoding="utf-8")
