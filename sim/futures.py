"""One draw of everything nobody in the company decides.

The luck of attempt k at account a in stage s is found at (a, k, s), whoever owns the account and whenever it is worked. It is made in
blocks of attempts; there is no last block.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from sim.snapshot import STAGES, FloatArray
from sim.streams import Stream, keyed_normal, keyed_uniform, stream_key

ATTEMPTS_PER_BLOCK = 6  # two years rarely see more attempts at one account

_PASS, _DAYS, _AMOUNT = 0, 1, 2


class Chance(IntEnum):
    """What else nobody decides. Append only, as with the streams; the keys that address a number stand beside it."""

    TENURE = 3  # seat, person: the hazard that a person bears
    VACANCY = 4  # seat, person: how long the seat is empty after this person
    TALENT = 5  # seat, person
    CHURN = 6  # account, renewal
    LEAD = 7  # account, lead: the time from one to the next
    ARRIVAL = 8  # new account, 0: the time from the one before; 1: which one it is like
    GROWTH = 9  # account, step
    MERGER = 10  # account, 0: the day; 1: who buys it
    COMPETITOR = 11  # account, loss: the hazard that an idle account bears


@dataclass(frozen=True, eq=False)
class Luck:
    """A block of attempts. Shapes: (accounts, attempts, stages) for the first two, (accounts, attempts) for the last."""

    uniform_pass: FloatArray  # a stage is passed where this is below its chance
    normal_days: FloatArray  # of a stage's lognormal duration
    normal_amount: FloatArray  # of a win's lognormal amount


@dataclass(frozen=True)
class Future:
    """A future is its number and the key under which its luck is found."""

    index: int
    key: int

    def uniform(self, chance: Chance, *indices: ArrayLike) -> FloatArray:
        """Numbers in (0, 1), one for each cell of the broadcast index arrays."""
        return keyed_uniform(self.key, int(chance), *indices)

    def luck(self, accounts_n: int, block: int) -> Luck:
        """Luck of attempts block x 6 ... block x 6 + 5 at every account."""
        return _luck(self.key, accounts_n, block)


def draw_future(seed: int, draw: int, index: int, stream: Stream = Stream.FUTURE) -> Future:
    """Future number ``index`` of market ``draw`` in the run with this seed."""
    return Future(index=index, key=stream_key(seed, stream, draw, index))


@lru_cache(maxsize=2)  # the arms of a future ask for the same block one after the other
def _luck(key: int, accounts_n: int, block: int) -> Luck:
    account = np.arange(accounts_n)[:, None, None]
    attempt = np.arange(block * ATTEMPTS_PER_BLOCK, (block + 1) * ATTEMPTS_PER_BLOCK)[None, :, None]
    stage = np.arange(len(STAGES))[None, None, :]
    return Luck(
        uniform_pass=keyed_uniform(key, _PASS, account, attempt, stage),
        normal_days=keyed_normal(key, _DAYS, account, attempt, stage),
        normal_amount=keyed_normal(key, _AMOUNT, account, attempt)[:, :, 0],
    )
