"""Cells of rows as arrays: numbers, codes of names, flags of skills."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from sim.ledger import Ledger
from sim.snapshot import BoolArray, FloatArray, IntArray


def numbers(cells: Iterable[float | None]) -> FloatArray:
    """Numbers (rows,), NaN where blank."""
    return np.array([np.nan if cell is None else cell for cell in cells], dtype=np.float64)


def names(cells: Iterable[str | None]) -> tuple[str, ...]:
    """The different names, in the order in which they come first."""
    return tuple(dict.fromkeys(cell for cell in cells if cell is not None))


def codes(cells: Sequence[str | None], vocabulary: Sequence[str]) -> IntArray:
    """Positions (rows,) in the vocabulary, -1 where blank."""
    position = {name: k for k, name in enumerate(vocabulary)}
    return np.array([-1 if cell is None else position[cell] for cell in cells], dtype=np.int64)


def flags(cells: Sequence[tuple[str, ...]], vocabulary: Sequence[str]) -> BoolArray:
    """Which names each row has (rows, names)."""
    position = {name: k for k, name in enumerate(vocabulary)}
    table = np.zeros((len(cells), len(vocabulary)), dtype=np.bool_)
    for row, listed in enumerate(cells):
        table[row, [position[name] for name in listed]] = True
    return table


def filled(values: FloatArray, rule_values: FloatArray | float, parameter: str, rule: str, ledger: Ledger) -> FloatArray:
    """The values (rows,), and where they are NaN those of the rule."""
    blank = np.isnan(values)
    ledger.column(parameter, int(blank.sum()), len(values), rule)
    return np.where(blank, rule_values, values)
