"""Every random number has an address, and this is the one place that makes generators.

Nothing is consumed in order: a quantity is found by the run's seed, the stream's name and its keys. Two worlds that differ in one thing
therefore share every other number (common random numbers). New streams are appended; the numbers of the others stay as they are.
"""

from __future__ import annotations

import zlib
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


class Stream(IntEnum):
    """Names of the random streams. Append only: a number, once given, is never changed."""

    TRUTH = 0  # keys: draw (and 1: required skills). What a market really is
    CRM_NOISE = 1  # keys: draw. What its CRM shows of it
    INCUMBENT = 2  # keys: draw. The design under which the history was lived
    HISTORY = 3  # keys: draw. Luck of the history quarters
    FUTURE = 4  # keys: draw, future. Luck after roll-out
    QUOTA = 5  # keys: draw, future. Luck of the futures from which the target is set
    REP_VIEW = 6  # keys: draw. A person's own opinion of an account
    DESIGN = 7  # keys: draw, label, future. A strategy's own randomness
    STATISTICS = 8  # keys: none. Resampling in the intervals
    LUCK_FLOOR = 9  # keys: none. Resampling of engagements over identical territories
    CALIBRATION = 10  # keys: draw, future. Luck of the futures in which an imported CRM is scaled
    UNCERTAINTY = 11  # keys: draw. By how much the assumed parameters of an imported market are off
    DIRT = 12  # keys: draw. Which rows of a CRM are wrong, and how
    REVIEW = 13  # keys: draw, label, future, review. A strategy's own randomness when it is asked again
    GAMING = 14  # keys: draw. Which open deals are shown as they are not
    IMAGINED_TRUTH = 15  # keys: draw, future. What a planner takes a market for, in a future that is only imagined
    IMAGINED_FUTURE = 16  # keys: draw, future. Luck of the futures that a planner imagines
    SAID_BY_REPS = 17  # keys: draw. What a rep tells the planner of an account
    PART = 18  # keys: draw. Which accounts are in a part of a market


def label_key(label: str) -> int:
    """A label's key: the same in every process and on every machine (Python's ``hash`` is not)."""
    return zlib.crc32(label.encode("utf-8"))


def generator(seed: int, stream: Stream, *keys: int) -> np.random.Generator:
    """The generator at this address. ``seed`` is the run's; ``keys`` are non-negative integers as the stream's comment names them."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(int(stream), *keys)))


def stream_key(seed: int, stream: Stream, *keys: int) -> int:
    """The address as a 64-bit key for :func:`keyed_uniform`."""
    return int(np.random.SeedSequence(seed, spawn_key=(int(stream), *keys)).generate_state(1, np.uint64)[0])


def keyed_uniform(key: int, *indices: ArrayLike) -> NDArray[np.float64]:
    """Uniform numbers in (0, 1), one for each cell of the broadcast index arrays; it depends on ``key`` and the cell's own indices only.

    A counter-based generator: the finaliser of SplitMix64 (Steele, Lea & Flood 2014, OOPSLA) absorbs one index after the other.
    """
    arrays = np.broadcast_arrays(*[np.asarray(i, dtype=np.int64) for i in indices])
    shape = arrays[0].shape
    state = np.full(arrays[0].size, key, dtype=np.uint64)
    for index in arrays:
        state = _mix(state + _GOLDEN * (index.reshape(-1).astype(np.uint64) + np.uint64(1)))
    return (((state >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53).reshape(shape)


def keyed_normal(key: int, *indices: ArrayLike) -> NDArray[np.float64]:
    """Standard normal numbers, addressed like those of :func:`keyed_uniform`."""
    normal: NDArray[np.float64] = ndtri(keyed_uniform(key, *indices))
    return normal


def _mix(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    state = (state ^ (state >> np.uint64(30))) * _MIX_1
    state = (state ^ (state >> np.uint64(27))) * _MIX_2
    return state ^ (state >> np.uint64(31))
