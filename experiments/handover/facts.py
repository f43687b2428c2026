"""One design of a finished run: its tables, and what more than one section of the pack asks of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import pandas as pd

from experiments.figures.tables import STATUS_QUO, Run
from experiments.handover.markdown import literal
from experiments.handover.salesforce import moved
from sim.snapshot import FloatArray


@dataclass(frozen=True, eq=False)
class Facts:
    """``design`` is designs/<arm>.csv, ``sheet`` designs/<arm>.seats.csv.

    ``policy`` holds the rules under which the arm was simulated, as provenance.json has them.
    """

    run: Run
    arm: str
    design: pd.DataFrame
    sheet: pd.DataFrame
    policy: Mapping[str, Any]

    @cached_property
    def moved(self) -> pd.DataFrame:
        """The rows of the accounts whose owner changes, the greatest potential first where it is known."""
        rows = moved(self.design)
        if not {"account_id", "potential_usd"} <= set(self.run.accounts):
            return rows
        potential = self.run.accounts.set_index("account_id")["potential_usd"]
        order = rows["account_id"].map(potential).sort_values(ascending=False, kind="stable").index
        return rows.loc[order]

    @cached_property
    def owned_today(self) -> bool:
        """Whether anybody owns an account before roll-out."""
        return bool((self.design["from_seat"] != "").any())

    @property
    def against_today(self) -> bool:
        """Whether the design was compared with today's territories, and not with another design."""
        return self.run.text(self.run.baseline, "strategy").startswith(STATUS_QUO)

    @property
    def than(self) -> str:
        """What the design was compared with, as a rep would call it."""
        return "today's territories" if self.against_today else f"the design {literal(self.run.baseline)}"

    @property
    def quarters(self) -> int:
        """How long the comparison looks ahead."""
        return int(self.run.provenance["quarters"])

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Every seat's name with its id, as Markdown."""
        pairs = zip(self.sheet["seat"], self.sheet["seat_name"], strict=True)
        return {seat: literal(f"{name} ({seat})" if name and name != seat else seat) for seat, name in pairs}

    def total(self, column: str) -> float:
        """A column of the sheet of seats, summed."""
        return float(self.sheet[column].sum())

    @cached_property
    def day_0(self) -> date | None:
        """The day of an imported CRM; None for a market without a calendar. Never the clock's."""
        ledger = self.run.ledger
        told = ledger.loc[ledger["parameter"] == "as_of", "value"].tolist() if "parameter" in ledger else []
        try:
            return date.fromisoformat(str(told[0]))
        except (IndexError, ValueError):
            return None

    def quota_chances(self, arm: str) -> FloatArray:
        """The share (seats,) of the futures in which a seat of the sheet reaches its quota under an arm; NaN where it is not known."""
        return self.run.quota_chances(arm, self.sheet["seat"])
