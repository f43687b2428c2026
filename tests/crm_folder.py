"""A small CRM export, to be bent by a test: three accounts, two reps, four deals. Day 0 is 2026-03-31."""

from __future__ import annotations

from pathlib import Path

from sim.markets.crm import CrmMarket

ACCOUNTS = """\
account_id,name,owner_id,segment,latitude,longitude,potential_usd,parent_id
A1,Acme,R1,commercial,47.6,-122.3,10000,
A2,"Bolt, Inc.",R1,mid_market,41.9,-87.6,40000,A1
A3,Crux,R2,enterprise,42.4,-71.1,150000,
"""
REPS = """\
rep_id,name,role,capacity_h_per_week,quota_usd
R1,Ann,hybrid,12,500000
R2,Bob,hunter,11.7,
"""
DEALS = """\
deal_id,account_id,rep_id,created,closed,stage,amount_usd
D1,A1,R1,2025-06-01,2025-08-01,won,9000
D2,A2,R1,2025-07-01,2025-09-01,lost,
D3,A3,R2,2025-03-01,2025-12-01,won,100000
D4,A2,R1,2026-03-31,,qualified,30000
"""
GOOD = {"accounts.csv": ACCOUNTS, "reps.csv": REPS, "deals.csv": DEALS}


def write_folder(folder: Path, **files: str | bytes | None) -> CrmMarket:
    """Write the export and return the market that reads it. ``accounts="..."`` replaces accounts.csv and so on; None leaves a file out."""
    for name, text in {**GOOD, **{f"{table}.csv": text for table, text in files.items()}}.items():
        if text is not None:
            (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return CrmMarket(label="test", folder=str(folder))
