"""How a strategy is asked for a design: warmed up, so that no second of planning holds compiling or imports; timed; limited.

Strategies of this package plan here. One from outside plans in a process of its own, on its own copy of the problem: it may end its
process, hang, write to what it is shown or import a solver that cannot live beside ours, and nobody else has failed.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

from experiments.running.child import Child, Ended, Raised
from experiments.running.errors import Told
from experiments.running.guest import Guest, path_of
from experiments.running.time_limit import TookTooLong, time_limit
from sim.contract import sealed
from sim.planning import Assignment, PlanningProblem, Strategy, Unsupported
from sim.snapshot import UNASSIGNED
from sim.streams import Stream, generator
from strategies.shared.part import Part

Result = TypeVar("Result")
OWN = "strategies"  # the package whose strategies need no process of their own
HERE = ""  # where those plan, beside the packages whose strategies have a process each
WARM_UP_S = 120.0  # what a strategy may take beyond its limit the first time, for imports and compiling
TINY_SEATS_N, TINY_ACCOUNTS_N = 4, 40

_one_call = threading.Lock()  # a worker of Dask has several threads
_children: dict[str, Child] = {}  # of this process, by package
_warm: dict[str, set[str]] = {}  # strategies that have planned before, by where they plan
_too_slow: dict[str, str] = {}  # those that were not through with a small part in all that time, and the words for it


def ask(
    strategy: Strategy, problem: PlanningProblem, rng: np.random.Generator, limit_s: float | None = None, isolated: bool = True
) -> tuple[Assignment, float]:
    """The strategy's design, and the seconds that it took, of which it has at most ``limit_s``. One from outside this package plans in a
    process of its own unless it is not ``isolated``.

    Raises Unsupported where it does, TookTooLong, Told of what went wrong elsewhere, and whatever a strategy raises in this process.
    """
    warm_up(strategy, problem, limit_s, isolated)
    where = _where(strategy, isolated)
    if where == HERE:
        began = time.perf_counter()
        with threadpool_limits(1), time_limit(limit_s, "planning"):  # sums in another order would differ in the last bit
            assignment = strategy.assign(problem, rng)
        return assignment, time.perf_counter() - began
    try:
        answer = in_child(where, limit_s, _planned, strategy, problem, rng)
    except TimeoutError:
        raise TookTooLong(f"planning took longer than {limit_s:g} s (cell_limit_s)") from None
    if isinstance(answer, Unsupported):
        raise answer
    return answer


def warm_up(strategy: Strategy, problem: PlanningProblem, limit_s: float | None = None, isolated: bool = True) -> None:
    """Let the strategy plan a small part of the problem, once in each process, whatever comes of it.

    Raises TookTooLong where that takes ``WARM_UP_S`` longer than the whole problem may.
    """
    where = _where(strategy, isolated)
    name = f"{path_of(strategy)} {strategy!r}"
    if name in _warm.get(where, ()):
        return
    if name in _too_slow:
        raise TookTooLong(_too_slow[name])
    small, rng = _small_part(problem), generator(0, Stream.DESIGN, 0, 0, 0)
    if where == HERE:
        with suppress(Exception), threadpool_limits(1):
            strategy.assign(small, rng)
    else:
        most_s = None if limit_s is None else limit_s + WARM_UP_S
        try:
            in_child(where, most_s, _planned, strategy, small, rng)
        except TimeoutError:
            _too_slow[name] = f"planning took longer than {most_s:g} s for a small part of the problem (cell_limit_s)"
            raise TookTooLong(_too_slow[name]) from None
        except Told:
            pass
    _warm.setdefault(where, set()).add(name)


def in_child(where: str, limit_s: float | None, function: Callable[..., Result], *args: Any) -> Result:
    """What the function returns in the process of the package ``where``. Raises Told, and TimeoutError after ``limit_s`` seconds."""
    with _one_call:
        if where not in _children:
            _children[where] = Child()
        try:
            return _children[where].call(function, *args, limit_s=limit_s)
        except Raised as raised:
            raise Told(str(raised)) from None
        except BaseException as error:  # it is gone
            _children.pop(where).end()
            _warm.pop(where, None)
            if isinstance(error, Ended):
                raise Told(str(error)) from None
            raise


def is_guest(strategy: object) -> bool:
    """Whether a strategy, or one inside it, comes from outside this package."""
    if not hasattr(strategy, "assign"):
        return False
    return isinstance(strategy, Guest) or package_of(strategy) != OWN or any(is_guest(value) for value in vars(strategy).values())


def package_of(strategy: object) -> str:
    """The package that a strategy's class is imported from."""
    return path_of(strategy).partition(".")[0]


@atexit.register
def end_children() -> None:
    """End the processes of guests; the next one begins with their code as it is then."""
    while _children:
        where, child = _children.popitem()
        child.end()
        _warm.pop(where, None)


def _where(strategy: Strategy, isolated: bool) -> str:
    return package_of(strategy) if isolated and is_guest(strategy) else HERE


def _planned(strategy: Strategy, problem: PlanningProblem, rng: np.random.Generator) -> tuple[Assignment, float] | Unsupported:
    """What comes of asking, in the child: in plain types, since the strategy's own need not be known elsewhere."""
    shown = sealed(problem)  # arrays that have travelled may be written to
    began = time.perf_counter()
    try:
        with threadpool_limits(1):
            assignment = strategy.assign(shown, rng)
    except Unsupported as why:
        return Unsupported(str(why))
    seconds = time.perf_counter() - began
    if not isinstance(assignment, Assignment):
        raise TypeError(f"assign returned a {type(assignment).__name__}; an Assignment is expected")
    info: dict[str, Any] = {}
    for name, value in assignment.info.items():
        info[str(name)] = _plain(name, value)
    return Assignment(assignment.owner, info, float(assignment.planning_h_per_seat)), seconds


def _plain(name: str, value: object) -> object:
    """The same scalar in a type of Python's own. Raises TypeError for what is none."""
    value = value.item() if isinstance(value, np.generic) else value
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind.__str__(value) if kind is str else kind(value)
    if value is not None:
        raise TypeError(f"info[{name!r}] is a {type(value).__name__}; scalars are expected")
    return None


def _small_part(problem: PlanningProblem) -> PlanningProblem:
    """Some seats, and some accounts of theirs or nobody's."""
    seats = np.arange(min(len(problem.seats), TINY_SEATS_N))
    accounts = np.flatnonzero((problem.owner == UNASSIGNED) | (problem.owner < len(seats)))[:TINY_ACCOUNTS_N]
    return Part.of(problem, accounts, seats).problem
