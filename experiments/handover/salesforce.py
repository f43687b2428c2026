"""The new owners as Salesforce's Data Loader reads them: an update of Account with the columns Id and OwnerId."""

from __future__ import annotations

import csv
import io

import pandas as pd

COLUMNS = ("Id", "OwnerId")


def moved(design: pd.DataFrame) -> pd.DataFrame:
    """The rows of designs/<arm>.csv whose owner changes."""
    return design[design["from_seat"] != design["to_seat"]]


def owners_csv(design: pd.DataFrame) -> str:
    """A row for every account that gets another owner, ids as the CRM's export had them, and no other column.

    An account that the design leaves to nobody has no row: in Salesforce every account has an owner.
    """
    given = moved(design)
    given = given[given["to_seat"] != ""]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(zip(given["account_id"], given["to_seat"], strict=True))
    return out.getvalue()
