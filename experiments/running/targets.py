"""A configuration is code: ``_target_`` imports a module and calls what it finds there. So it may name classes of this project, and of
packages that whoever typed the command put on the search path, and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from hydra._internal.utils import _locate  # what instantiate itself finds under a name: another look-up might find something else

from experiments.running.errors import RunError, one_line

OWN = ("sim", "strategies", "experiments")


def check_names(values: Mapping[str, Any], packages: Collection[str]) -> None:
    """Raise RunError for a ``_target_`` anywhere in resolved ``values`` that is not named after this project or ``packages``. Imports
    nothing.
    """
    for key, target in _named(values):
        if not isinstance(target, str) or _package(target) not in (*OWN, *packages):
            raise RunError(f"{key}: {target!r} is not from {_allowed(packages)}. {_way(_package(str(target)))}")


def check_classes(values: Mapping[str, Any], packages: Collection[str]) -> None:
    """Raise RunError for a ``_target_``, its name checked before, that leads to anything but a class of this project or of ``packages``: a
    module may hold what it has imported.
    """
    for key, target in _named(values):
        found = located(target, key)
        if not isinstance(found, type):
            raise RunError(f"{key}: {target} is not a class")
        if _package(found.__module__) not in (*OWN, *packages):
            raise RunError(f"{key}: {target} is {found.__module__}.{found.__qualname__}, not from {_allowed(packages)}")


def guest_package(node: Any) -> str | None:
    """The first package, not of this project, that a node's targets are named after; None where there is none."""
    return next((_package(target) for _, target in _targets(node, "") if _package(target) not in OWN), None)


def located(target: str, key: str) -> Any:
    """What stands under a dotted name. Raises RunError naming ``key`` where nothing does."""
    try:
        return _locate(target)
    except (ImportError, ValueError) as error:
        raise RunError(f"{key}: {target} cannot be imported ({one_line(error.__cause__ or error)})") from error


def _named(values: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [found for part, node in values.items() for found in _targets(node, part)]


def _targets(node: Any, key: str) -> Iterator[tuple[str, Any]]:
    """Every ``_target_`` below a node, with its key. Raises RunError for a reference that instantiate would still follow."""
    if isinstance(node, Mapping):
        for name, value in node.items():
            if name == "_target_":
                yield f"{key}._target_", value
            else:
                yield from _targets(value, f"{key}.{name}")
    elif isinstance(node, list):
        for position, value in enumerate(node):
            yield from _targets(value, f"{key}[{position}]")
    elif isinstance(node, str) and "${" in node:
        raise RunError(f"{key}: {node!r} holds a reference that is not followed; write it without the backslash, or leave it out")


def _package(name: str) -> str:
    return name.partition(".")[0]


def _allowed(packages: Collection[str]) -> str:
    return f"{', '.join([*OWN, *sorted(packages)][:-1])} or {[*OWN, *sorted(packages)][-1]}"


def _way(package: str) -> str:
    return f"If it is code that you trust, name its package:  'hydra.searchpath=[pkg://{package}]'"
