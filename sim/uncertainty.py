"""By how much the assumed parameters of an imported market may be off: parameters outside, luck inside.

Draw 0 takes every parameter as it is stated. In every further draw a parameter is multiplied by a factor of its own, the same in all
futures of the draw and under every arm:

    factor = exp(spread z), z ~ N(0, 1)        lognormal, with median 1

Of what lies between 0 and 1 (a name that ends in ``_chance`` or ``_share``) the factor multiplies the odds, so that z shifts it on the
logit scale. A parameter goes by its own name, wherever it stands: ``hours_per_week`` moves all segments together. z is addressed by draw
and name; one parameter more in the list shifts none of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

import numpy as np

from sim.snapshot import to_grid
from sim.streams import Stream, keyed_normal, label_key, stream_key

ODDS = ("_chance", "_share")

Part = TypeVar("Part")


def draw_factors(spread: Mapping[str, float], parts: tuple[Any, ...], seed: int, draw: int) -> dict[str, float]:
    """The factors of one draw by name, of the parameters in ``parts`` (dataclasses) that have a ``spread`` and are not 0, which is off.

    Raises ValueError for a spread of a parameter that none of the parts has.
    """
    on = _switched_on(parts)
    for name in spread:
        if name not in on:
            raise ValueError(f"market.uncertainty.{name}: there is no such parameter; there are {', '.join(sorted(on))}")
    names = [name for name, log_sd in spread.items() if log_sd > 0 and on[name]]
    if draw == 0:
        return dict.fromkeys(names, 1.0)
    normal = keyed_normal(stream_key(seed, Stream.UNCERTAINTY, draw), [label_key(name) for name in names])
    return {name: float(to_grid(np.exp(spread[name] * z))) for name, z in zip(names, normal, strict=True)}


def with_factors(part: Part, factors: Mapping[str, float]) -> Part:
    """A dataclass of parameters, such as a world, with every parameter multiplied by its factor."""
    changed: Part = _changed(part, lambda name, value: _times(name, value, factors.get(name, 1.0)))
    return changed


def of_odds(name: str) -> bool:
    """Whether a parameter's factor multiplies its odds, not its value."""
    return name.endswith(ODDS)


def _times(name: str, value: float, factor: float) -> float:
    if factor == 1:
        return value
    if not of_odds(name):
        return value * factor
    # Never, always and a share above 1 (of a year, say) have no odds.
    return value * factor / (1 - value + value * factor) if 0 < value < 1 else value


def _switched_on(parts: tuple[Any, ...]) -> dict[str, bool]:
    on: dict[str, bool] = {}

    def look(name: str, value: float) -> float:
        on[name] = on.get(name, False) or value != 0
        return value

    for part in parts:
        _changed(part, look)
    return on


def _changed(value: Any, change: Callable[[str, float], float], name: str = "") -> Any:
    """The same structure with every number in it replaced by ``change(name of its field, number)``."""
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _changed(getattr(value, f.name), change, f.name) for f in fields(value)})
    if isinstance(value, Mapping):
        return {key: _changed(item, change, name) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(_changed(item, change, name) for item in value)
    return change(name, value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value
