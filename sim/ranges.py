"""Every number of a configuration has a range. Outside it a value overflows, has no end, or means nothing: it is refused with the range.

Ranges are wide: they keep out what is absurd, not what is unusual.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Range = tuple[float, float]

SHARE: Range = (0, 1)
BELOW_ONE: Range = (0, 0.999)  # a share that leaves something
CHANCE: Range = (1e-12, 1 - 1e-12)  # 0 and 1 have no log-odds
DAYS: Range = (0, 1_000_000)  # for ever
HOURS_A_WEEK: Range = (0, 168)  # all there are
WORKED_H_A_WEEK: Range = (0.001, 168)  # what takes no time at all is never full
PER_YEAR: Range = (0, 50)  # a hazard; about once a week
USD: Range = (0, 1e15)  # of any currency
WORTH_USD: Range = (0.01, 1e15)
LOG_SD: Range = (0, 5)  # one in a thousand is then some ten million times the median
LOGIT: Range = (-20, 20)  # log-odds: from never to always


def check_ranges(where: str, part: Any, ranges: Mapping[str, Range]) -> None:
    """Raise ValueError where a number of ``part``, or one of several, lies outside its range; the message begins ``where.name: ``. None is
    no number.
    """
    for name, ends in ranges.items():
        value = getattr(part, name)
        for number in value if isinstance(value, tuple) else (value,):
            if number is not None:
                check_range(f"{where}.{name}", number, ends)


def check_range(key: str, number: float, ends: Range) -> None:
    """Raise ValueError where ``number`` does not lie between ``ends``, both of which are allowed."""
    low, high = ends
    if not low <= number <= high:
        raise ValueError(f"{key}: {shown(number)} must lie between {low:,.16g} and {high:,.16g}")


def shown(value: object) -> str:
    """A value in a message: as it is written, shortened where it would not fit a line."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:50]}... ({len(text):,} characters)"
