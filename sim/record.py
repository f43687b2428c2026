"""The event log of one simulated future: the simulation's only output. Metrics are computed from it afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sim.events import Events
from sim.snapshot import BoolArray, FloatArray, IntArray

LOST, WON, OPEN, CUT, DROPPED = 0, 1, 2, 3, 4


@dataclass(frozen=True, eq=False)
class Record:
    """One row an engagement, ordered by seat and start. Arrays have shape (engagements,) unless noted.

    Days are counted from day 0. Engagements under way at the horizon have ``outcome`` OPEN and ``end_day`` = horizon.
    CUT is an engagement that its seat could not go on with (the account moved, or the person left): the deal stands still at its stage, and
    goes on as another row of the same attempt; DROPPED one whose account went away.
    ``passed`` is meaningful where ``revealed``: the stage was decided, on ``stage_day``, before the horizon. ``chance`` and ``stage_day``
    hold the look-ahead values of every stage from ``first_stage`` on (the stage in which an engagement began: above 0 for deals open on
    day 0).
    ``mean_amount_usd`` is the expected amount at a win; ``amount_usd`` is 0 unless won.
    """

    horizon_days: float
    owner: IntArray  # (accounts,) as designed; who really owned what and when is said by owner_at
    rest_until_day: FloatArray  # (accounts,) when the account becomes workable at the start; 0 or less: at once
    account: IntArray
    seat: IntArray
    attempt: IntArray
    expansion: BoolArray
    first_stage: IntArray
    start_day: FloatArray
    end_day: FloatArray
    outcome: IntArray
    rest_until_day_after: FloatArray
    workload_h_per_week: FloatArray
    travel_h_per_week: FloatArray
    mean_amount_usd: FloatArray
    amount_usd: FloatArray
    stage_day: FloatArray  # (engagements, 3)
    chance: FloatArray  # (engagements, 3)
    passed: BoolArray  # (engagements, 3)
    revealed: BoolArray  # (engagements, 3)
    person: IntArray | None = None  # who worked it: a number within the seat; null: the first
    owner_before: IntArray | None = None  # (accounts,) on the eve of day 0, before all moves; null: nothing ever moves
    born_day: FloatArray | None = None  # (accounts,) on which an account appears; null: all are there from the start
    events: Events = field(default_factory=Events)

    def __len__(self) -> int:
        return len(self.account)

    @property
    def won(self) -> BoolArray:
        """Which engagements were won before the horizon."""
        won: BoolArray = self.outcome == WON
        return won

    def owner_at(self, days: FloatArray) -> IntArray:
        """Owner (accounts, days) of every account at the end of each of the ascending ``days``; -1 = nobody."""
        owner = (self.owner if self.owner_before is None else self.owner_before).copy()
        moves, done, columns = self.events.moves, 0, []
        for until in np.searchsorted(moves.day, days, side="right").tolist():
            owner[moves.account[done:until]] = moves.to_seat[done:until]  # of several moves of an account the last one counts
            columns.append(owner.copy())
            done = until
        return np.stack(columns, axis=1)

    def there_at(self, days: FloatArray) -> BoolArray:
        """Whether (accounts, days) an account has appeared and not departed, at the end of each of the ``days``."""
        there = np.ones((len(self.owner), len(days)), dtype=np.bool_) if self.born_day is None else self.born_day[:, None] <= days
        gone = self.events.departures
        row, at = np.nonzero((gone.day[:, None] <= days) & (days < gone.until_day[:, None]))
        there[gone.account[row], at] = False
        return there

    def chance_from(self, stage: IntArray) -> FloatArray:
        """Chance (engagements,) of passing the given stage (0..2, or 3 for none) and all stages after it."""
        later = np.cumprod(np.concatenate([np.ones((len(self), 1)), self.chance[:, ::-1]], axis=1), axis=1)[:, ::-1]
        chance: FloatArray = later[np.arange(len(self)), stage]
        return chance
