"""The team grows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.market import Market
from sim.ranges import DAYS, check_ranges
from sim.snapshot import UNASSIGNED, Snapshot

NEW_SEAT = "new seat"


@dataclass(frozen=True)
class AddSeats:
    """``seats_n`` more seats, which own nothing yet. A hire starts on ``start_day``, ramps, and is nobody in particular: of average talent,
    with the team, role, skills, home and hours of the seat beside which it sits. That is ``beside``, a seat's id; without one the hires sit
    beside the richest books (potential per capacity hour), one each. Hires have no quota, and those of the others stay as they are.
    """

    seats_n: int = 1
    start_day: float = 0.0
    beside: str = ""

    def __post_init__(self) -> None:
        check_ranges("AddSeats", self, {"seats_n": (1, 10_000), "start_day": (-DAYS[1], DAYS[1])})

    def on(self, market: Market, seed: int) -> Market:
        """The market with the hires as its last seats. Raises ValueError if nobody is called ``beside``."""
        del seed
        snapshot, truth, n = market.snapshot, market.truth, self.seats_n
        ids = tuple(f"{NEW_SEAT} {k + 1}" if n > 1 else NEW_SEAT for k in range(n))
        seats, models = snapshot.seats, self._models(snapshot)
        columns = {name: column for name, column in vars(seats).items() if isinstance(column, np.ndarray)}
        copied = {name: np.append(column, column[models], axis=0) for name, column in columns.items()}
        copied["quota_usd"][-n:], copied["start_day"][-n:] = np.nan, self.start_day
        grown = replace(seats, id=(*seats.id, *ids), name=(*seats.name, *ids), **copied)
        return replace(
            market,
            snapshot=replace(snapshot, seats=grown),
            truth=replace(
                truth,
                talent=np.append(truth.talent, np.zeros(n)),
                person=None if truth.person is None else np.append(truth.person, np.zeros(n, dtype=np.int64)),
            ),
        )

    def _models(self, snapshot: Snapshot) -> list[int]:
        if not self.beside:
            richest = richest_seats(snapshot)
            return [richest[k % len(richest)] for k in range(self.seats_n)]
        if self.beside not in snapshot.seats.id:
            raise ValueError(f"AddSeats.beside: there is no seat {self.beside!r}; there are {', '.join(snapshot.seats.id)}")
        return [snapshot.seats.id.index(self.beside)] * self.seats_n


def richest_seats(snapshot: Snapshot) -> list[int]:
    """Seats by the potential per capacity hour of today's books, richest first; where nobody owns anything, by their hours."""
    hours, owned = snapshot.seats.capacity_h_per_week, snapshot.owner != UNASSIGNED
    book_usd = np.bincount(snapshot.owner[owned], snapshot.accounts.potential_usd[owned], len(hours))
    per_h = np.divide(book_usd, hours, out=np.zeros(len(hours)), where=hours > 0)
    order: list[int] = np.argsort(-(per_h if per_h.any() else hours), kind="stable").tolist()
    return order
