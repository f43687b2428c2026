"""Ranges of decimals in the words of a sweep. Hydra adds the step up as a binary number, so that some reach the end that they leave out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import RangeSweep
from hydra.errors import HydraException

NEAR_SHARE = 1e-6  # of a step: as near to the end as this is the end


def ends_met(words: Sequence[str]) -> list[str]:
    """A line for every range among the words whose last value is its end up to rounding: how many are swept, and which were meant."""
    lines = []
    for word in words:
        try:
            value = OverridesParser.create().parse_override(word).value()
        except HydraException:  # told when the words are read
            continue
        if isinstance(value, RangeSweep) and value.step and value.start is not None and value.stop is not None:
            swept = list(value.range())
            if swept and math.isclose(swept[-1], value.stop, rel_tol=0, abs_tol=NEAR_SHARE * abs(value.step)):
                meant = (str(Decimal(str(value.start)) + k * Decimal(str(value.step))) for k in range(len(swept) - 1))
                lines.append(
                    f"{word} sweeps {len(swept)} values, its end among them, since decimals do not add up exactly; "
                    f"without the end it is  {word.partition('=')[0]}={','.join(meant)}"
                )
    return lines
