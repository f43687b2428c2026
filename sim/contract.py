"""What every strategy promises, as a public check: run it on your own before you compare it with others::

    check_strategy(MyStrategy(), problem)

A strategy is a frozen dataclass. It gives every account a seat's position or -1, leaves protected accounts with their owner, moves accounts
to eligible seats only, gives the same assignment for the same generator state, writes to nothing it is shown, and says in ``info`` nothing
but scalars, of which ``objective_usd``, ``bound_usd`` and ``gap_share`` are numbers. Where the company leaves no account to nobody
(``problem.leave_none``), it gives each to somebody, if anybody may own it; a strategy whose idea is a pool says so by an attribute of its
own, ``leaves_a_pool = True``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np

from sim.planning import Assignment, PlanningProblem, Strategy, Unsupported
from sim.snapshot import UNASSIGNED, BoolArray, IntArray

NUMBERS = ("objective_usd", "bound_usd", "gap_share")  # of info: columns of a comparison
_SCALARS = (str, bool, int, float, np.generic, type(None))


class ContractBroken(ValueError):
    """A strategy broke its promise; the message says which, in one line."""


class NoStrategy(ContractBroken):
    """It breaks the contract before it has planned anything."""


def check_strategy(strategy: Strategy, problem: PlanningProblem, seed: int = 0) -> Assignment | None:
    """Let the strategy plan the problem twice and hold it to its promises; the assignment, or None if it raised ``Unsupported``.

    Raises :class:`ContractBroken` with one line that names the strategy, what it did and where.
    """
    said = answer(strategy, problem, seed)
    return said if isinstance(said, Assignment) else None


def answer(strategy: Strategy, problem: PlanningProblem, seed: int = 0) -> Assignment | Unsupported:
    """The same, with the strategy's own word where it does not treat the problem."""
    name = type(strategy).__name__
    if not is_dataclass(strategy) or isinstance(strategy, type):
        raise NoStrategy(f"{name}: a strategy is an instance of a frozen dataclass")
    if not strategy.__dataclass_params__.frozen:
        raise NoStrategy(f"{name}: its dataclass is not frozen; write @dataclass(frozen=True)")
    first, second = _plan(name, strategy, problem, seed), _plan(name, strategy, problem, seed)
    if isinstance(first, Unsupported) and isinstance(second, Unsupported):
        return first
    if isinstance(first, Unsupported) or isinstance(second, Unsupported):
        raise ContractBroken(f"{name}: planned the problem once and called it unsupported once, with the same generator state")
    _check_owner(name, problem, first)
    _check_pool(name, strategy, problem, first)
    _check_info(name, first)
    if not np.array_equal(first.owner, second.owner):
        where = _first(first.owner != second.owner)
        seats = f"{first.owner[where]}, then to {second.owner[where]}"
        raise ContractBroken(f"{name}: the same generator state gave two assignments; account {where} went to {seats}")
    return first


def left_out(strategy: Strategy, problem: PlanningProblem, assignment: Assignment) -> IntArray:
    """Positions of the accounts that a design leaves to nobody, though all are to have an owner and somebody with hours may be it."""
    if not problem.leave_none or getattr(strategy, "leaves_a_pool", False):
        return np.zeros(0, dtype=np.int64)
    nobodys = np.flatnonzero((assignment.owner == UNASSIGNED) & ~problem.protected)
    working = np.flatnonzero(problem.seats.capacity_h_per_week * problem.productive_share > 0)
    left: IntArray = nobodys[problem.eligible(nobodys[:, None], working).any(axis=1)]
    return left


def _plan(name: str, strategy: Strategy, problem: PlanningProblem, seed: int) -> Assignment | Unsupported:
    """One call, on a copy whose arrays cannot be written to."""
    shown: PlanningProblem = sealed(problem)
    try:
        assignment = strategy.assign(shown, np.random.default_rng(seed))
    except Unsupported as why:
        if not str(why).strip():
            raise ContractBroken(f"{name}: raised Unsupported without saying why") from why
        return why
    except SystemExit as error:
        raise ContractBroken(f"{name}: assign ended the process (SystemExit); raise an error, or Unsupported") from error
    except Exception as error:
        if "read-only" in str(error):
            raise ContractBroken(f"{name}: wrote to the problem ({_line(error)}); work on a copy") from error
        raise ContractBroken(f"{name}: assign raised {type(error).__name__}: {_line(error)}") from error
    changed = _changed(problem, shown)
    if changed:
        raise ContractBroken(f"{name}: wrote to {changed}; work on a copy")
    if not isinstance(assignment, Assignment):
        raise ContractBroken(f"{name}: assign returned {type(assignment).__name__}; an Assignment is expected")
    return assignment


def _check_owner(name: str, problem: PlanningProblem, assignment: Assignment) -> None:
    owner, accounts_n, seats_n = assignment.owner, len(problem.accounts), len(problem.seats)
    if owner.shape != (accounts_n,):
        raise ContractBroken(f"{name}: owner has shape {owner.shape}; ({accounts_n},) is expected, one seat for each account")
    outside = (owner < UNASSIGNED) | (owner >= seats_n)
    if outside.any():
        raise ContractBroken(
            f"{name}: owner {owner[_first(outside)]} of account {_first(outside)} is outside {UNASSIGNED} to {seats_n - 1}"
        )
    moved = owner != problem.owner
    if np.any(moved & problem.protected):
        where = _first(moved & problem.protected)
        raise ContractBroken(f"{name}: account {where} is protected and went from {problem.owner[where]} to {owner[where]}")
    given: IntArray = np.flatnonzero(moved & (owner != UNASSIGNED))
    eligible = problem.eligible(given, owner[given])
    if not eligible.all():
        where = int(given[_first(~eligible)])
        raise ContractBroken(f"{name}: account {where} went to seat {owner[where]}, which lacks a skill that it requires")


def _check_pool(name: str, strategy: Strategy, problem: PlanningProblem, assignment: Assignment) -> None:
    left = left_out(strategy, problem, assignment)
    if len(left):
        more = f" and {len(left) - 1} more" if len(left) > 1 else ""
        raise ContractBroken(
            f"{name}: account {left[0]}{more} went to nobody, though somebody may own it; give it to a seat, or say leaves_a_pool = True"
        )


def _check_info(name: str, assignment: Assignment) -> None:
    if not isinstance(assignment.info, Mapping):
        raise ContractBroken(f"{name}: info is a {type(assignment.info).__name__}; a mapping of scalars is expected")
    for key, value in assignment.info.items():
        if not isinstance(key, str) or not isinstance(value, _SCALARS):
            raise ContractBroken(f"{name}: info[{key!r}] is a {type(value).__name__}; texts as keys and scalars as values are expected")
        if key in NUMBERS and isinstance(value, (str, np.str_, np.bytes_)):
            raise ContractBroken(f"{name}: info[{key!r}] is {value!r}; a number is expected, or nothing")


def sealed(value: Any) -> Any:
    """A copy whose arrays are read-only, all the way down."""
    if isinstance(value, np.ndarray):
        copy = value.copy()
        copy.setflags(write=False)
        return copy
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: sealed(getattr(value, field.name)) for field in fields(value)})
    return value


def _changed(before: Any, after: Any, path: str = "problem") -> str:
    """The path of the first value that differs; empty if none does."""
    if isinstance(before, np.ndarray):
        same = before.shape == after.shape and before.tobytes() == after.tobytes()
    elif is_dataclass(before):
        for field in fields(before):
            inside = _changed(getattr(before, field.name), getattr(after, field.name), f"{path}.{field.name}")
            if inside:
                return inside
        return ""
    else:
        same = bool(before == after)
    return "" if same else path


def _first(where: BoolArray) -> int:
    return int(np.argmax(where))


def _line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0]
