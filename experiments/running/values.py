"""Whether plain values are what the classes they are for take: each mistake in one line that names its key."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from experiments.running.errors import RunError
from experiments.running.targets import located
from sim.ranges import shown

NAMES = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}


def nearest(word: str, choices: Iterable[str]) -> str:
    """The end of an error's sentence: what may have been meant, and what there is."""
    there = list(choices)
    meant = difflib.get_close_matches(word, there, n=1)
    return (f"; did you mean {meant[0]}?" if meant else ".") + f" Choices: {', '.join(there) or 'none'}"


def check_mapping(value: Any, key: str, form: str) -> None:
    """Raise RunError for what is no mapping, with the ``form`` that it should have."""
    if not isinstance(value, Mapping):
        raise RunError(f"{key}: {shown(value)} is not of the form  {form}")


def check_types(node: Any, key: str) -> None:
    """Raise RunError for a value of the wrong type or not finite, an unknown key or a class that is not there, anywhere below ``key``."""
    if isinstance(node, float) and not math.isfinite(node):
        raise RunError(f"{key}: {node} is not a finite number")
    if isinstance(node, list):
        for position, item in enumerate(node):
            check_types(item, f"{key}[{position}]")
    if not isinstance(node, Mapping):
        return
    kinds = _kinds(node, key) if "_target_" in node else None
    for name, value in node.items():
        if kinds is not None and not str(name).startswith("_"):
            if name not in kinds:
                raise RunError(f"{key}.{name}: there is no such parameter{nearest(str(name), kinds)}")
            check_type(value, kinds[name], f"{key}.{name}")
        check_types(value, f"{key}.{name}")


def _kinds(node: Mapping[str, Any], key: str) -> dict[str, Any] | None:
    """Types of the parameters of a node's dataclass by name; None where the target is no dataclass."""
    if node.get("_partial_"):
        return None
    target = located(node["_target_"], key)
    if not is_dataclass(target):
        return None
    hints = get_type_hints(target)
    return {field.name: hints[field.name] for field in fields(target) if field.init}


def check_type(value: Any, kind: Any, key: str) -> None:
    """Raise RunError for a value that is not of the ``kind`` that a parameter is declared with, as far as it is a plain one."""
    kinds = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    if any(is_dataclass(k) for k in kinds) and not (value is None and type(None) in kinds):
        check_mapping(value, key, "{PARAMETER: VALUE, ...}")
    plain = tuple(k for k in kinds if k in NAMES)
    if not plain or len(plain) < len([k for k in kinds if k is not type(None)]) or (value is None and type(None) in kinds):
        return
    accepted = (*plain, int) if float in plain else plain
    if type(value) not in accepted:
        raise RunError(f"{key}: {shown(value)} is not {' or '.join(NAMES[k] for k in plain)}")
