"""In which settings runs differ: the leaves of their configurations, by their keys."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from experiments.running.configuration import ELSEWHERE, PARTS

Value = str | float | bool | None
LABELS = ("market.label", "scenario.label")  # with these, most values of their parts vary, and others that they choose


def leaves(config: Mapping[str, Any], prefix: str = "") -> dict[str, Value]:
    """The values of a configuration by their keys, joined by dots; lists as text. Where and how fast a run was made is left out."""
    found: dict[str, Value] = {}
    for name, value in config.items():
        key = f"{prefix}{name}"
        if str(name).startswith("_") or key in ELSEWHERE:
            continue
        if isinstance(value, Mapping):
            found |= leaves(value, f"{key}.")
        elif isinstance(value, (list, tuple)):
            found[key] = json.dumps(value, default=str)
        else:
            found[key] = value
    return found


def varying(runs: Sequence[Mapping[str, Value]]) -> list[str]:
    """Keys of two values at least among the runs' leaves; a run without a key says nothing of it.

    Beside a label of market or scenario, what hangs on it alone is left out: a market of another name is of another size, too.
    """
    keys = sorted({key for run in runs for key in run})
    several = [key for key in keys if len({repr(run[key]) for run in runs if key in run}) > 1]
    labels = [key for key in LABELS if key in several]
    hangs = {key for key in several if key not in labels and key.partition(".")[0] in PARTS and _hangs_on(runs, key, labels)}
    return [key for key in several if key not in hangs]


def _hangs_on(runs: Sequence[Mapping[str, Value]], key: str, labels: Sequence[str]) -> bool:
    for label in labels:
        pairs = {(repr(run[label]), repr(run[key])) for run in runs if key in run and label in run}
        if len({name for name, _ in pairs}) == len(pairs) > 1:
            return True
    return False


def column(values: Iterable[Value]) -> pd.Series:
    """A column of a table: numbers where all values are, else texts."""
    listed = list(values)
    if all(value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)) for value in listed):
        return pd.Series([float("nan") if value is None else float(value) for value in listed], dtype="float64")
    return pd.Series(["" if value is None else str(value) for value in listed], dtype="object")
