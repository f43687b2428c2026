"""One attempt to win business at an account: an open deal, an engagement under way, and the columns of its row in the log."""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct

from sim.snapshot import STAGES

STAGES_N = len(STAGES)
RUNNING, CUT_OFF, DROPPED_OFF = 0.0, 1.0, 2.0
LOG_COLUMNS = (
    *("seat", "person", "account", "segment", "attempt", "expansion", "first_stage"),
    *("start", "end", "won", "stopped", "mean_amount", "amount", "hours"),
    *(f"day_{s}" for s in STAGES),
    *(f"score_{s}" for s in STAGES),
)
pack_row = Struct(f"{len(LOG_COLUMNS)}d").pack  # an array takes the bytes of a row faster than its numbers
ATTEMPT, FIRST_STAGE, END, STOPPED, DAY = (
    LOG_COLUMNS.index(name) for name in ("attempt", "first_stage", "end", "stopped", f"day_{STAGES[0]}")
)


@dataclass(frozen=True)
class OpenDeal:
    """A deal that nobody works at the moment: its stage, how long this stage will still last, whether somebody else goes on with it.

    ``attempt`` is the one that goes on, with its luck; None for a deal from before day 0: it is the account's next.
    """

    stage: int
    remaining_days: float
    moved: bool = False
    attempt: int | None = None


class Engagement:
    """What a desk has to know of an engagement under way. ``row`` is where its row of the log begins."""

    __slots__ = ("account", "amount_usd", "row", "start_day", "won", "workload_h")

    def __init__(self, account: int, row: int, start_day: float, workload_h: float, won: bool, amount_usd: float) -> None:
        self.account = account
        self.row = row
        self.start_day = start_day
        self.workload_h = workload_h
        self.won = won
        self.amount_usd = amount_usd
