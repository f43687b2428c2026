"""The new owners as Salesforce's Data Loader reads them: an update of Account with the columns Id and OwnerId."""

from __future__ import annotations

import csv
import io
import re

import pandas as pd

COLUMNS = ("Id", "OwnerId")
REFUSED = re.compile(r"[=+\-@\t]|[^\r\n]*[\r\n]")  # a loader wants ids as they are, so that nothing can stand before these


def moved(design: pd.DataFrame) -> pd.DataFrame:
    """The rows of designs/<arm>.csv whose owner changes."""
    return design[design["from_seat"] != design["to_seat"]]


def refused(design: pd.DataFrame) -> str:
    """Why there can be no file: the first id that a spreadsheet would run as a formula, or that is broken over lines; "" without one."""
    given = moved(design)
    for column, what, named in (("account_id", "account", "account_id"), ("to_seat", "seat", "rep_id")):
        for each in given[column]:
            if REFUSED.match(each):
                return (
                    f"the {what} {each!r} has an id that begins with = + - @ or a tab, or is broken over lines, and a spreadsheet might "
                    f"run it; give it another {named} in the export, and compare again"
                )
    return ""


def owners_csv(design: pd.DataFrame) -> str:
    """A row for every account that gets another owner, ids as the CRM's export had them, and no other column.

    An account that the design leaves to nobody has no row: in Salesforce every account has an owner. Ask :func:`refused` first.
    """
    given = moved(design)
    given = given[given["to_seat"] != ""]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(zip(given["account_id"], given["to_seat"], strict=True))
    return out.getvalue()
