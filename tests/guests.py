"""A package of somebody else's, written to a folder: strategies that keep the contract, break it, decline or stumble."""

from __future__ import annotations

from pathlib import Path

SEARCH = "hydra.searchpath=[pkg://guests.conf]"

CODE = '''
"""Strategies of a third party's."""

import sys
import time
from dataclasses import dataclass

import numpy as np

from sim.planning import Assignment, Unsupported

if "ortools" in sys.modules:
    raise ImportError("a solver of ours cannot live in one process with OR-Tools")
sys.modules["ortools"] = None  # nor can that be imported after it


@dataclass(frozen=True)
class Keeps:
    """Today's owners; what is nobody's goes to whoever may have it first."""

    first: int = 0

    def __post_init__(self):
        if self.first < 0:
            raise ValueError(f"keeps.first: {self.first} is below 0")

    def assign(self, problem, rng):
        if not problem.has_owners:
            raise Unsupported("keeps: nobody owns anything today")
        owner = problem.owner.copy()
        for account in np.flatnonzero((owner < 0) & ~problem.protected):
            may = np.flatnonzero(problem.eligible(np.int64(account), np.arange(len(problem.seats))))
            owner[account] = may[0] if len(may) else -1
        return Assignment(owner)


@dataclass(frozen=True)
class Moves:
    """Everything goes to seat 0, protected or not."""

    def assign(self, problem, rng):
        return Assignment(np.zeros(len(problem.owner), dtype=int))


@dataclass(frozen=True)
class Stumbles:
    """A bug."""

    def assign(self, problem, rng):
        raise RuntimeError("no luck\\nin two lines")


@dataclass(frozen=True)
class Leaves:
    """Ends the process that it is asked in."""

    def assign(self, problem, rng):
        sys.exit(3)


@dataclass(frozen=True)
class Declines:
    """Cannot treat anything."""

    def assign(self, problem, rng):
        raise Unsupported("there is no map")


@dataclass(frozen=True)
class Hangs:
    """Never ends."""

    def assign(self, problem, rng):
        while True:
            time.sleep(60)


class Loose:
    """No dataclass."""

    def assign(self, problem, rng):
        return Assignment(problem.owner)
'''
CLASSES = ("Keeps", "Moves", "Stumbles", "Leaves", "Declines", "Hangs", "Loose")


def write_guests(folder: Path) -> Path:
    """Write the package ``guests`` with its YAML files below ``folder``, which is then to be on the path; returns it."""
    strategies = folder / "guests" / "conf" / "strategies"
    strategies.mkdir(parents=True)
    (folder / "guests" / "__init__.py").write_text("", encoding="utf-8")
    (folder / "guests" / "conf" / "__init__.py").write_text("", encoding="utf-8")
    (folder / "guests" / "plans.py").write_text(CODE, encoding="utf-8")
    for name in CLASSES:
        yaml = f"# @package strategies.{name.lower()}\n_target_: guests.plans.{name}\n" + ("first: 0\n" if name == "Keeps" else "")
        (strategies / f"{name.lower()}.yaml").write_text(yaml, encoding="utf-8")
    return folder
