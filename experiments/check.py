"""Whether a strategy keeps the contract, in seconds: ``./run check LABEL [OPTION=VALUE ...]``.

It plans markets as a comparison would draw them, and small problems on which strategies stumble, and is held to its promises on each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from threadpoolctl import threadpool_limits

from experiments.running.asking import in_child, is_guest, package_of
from experiments.running.configuration import requested
from experiments.running.errors import RunError, Told, one_line
from experiments.running.guest import Guest, path_of
from experiments.running.mistakes import MISTAKES, choices, tell
from experiments.running.values import nearest
from sim.awkward import awkward_problems
from sim.contract import ContractBroken, NoStrategy, answer
from sim.planning import PlanningProblem, Strategy, Unsupported

MARKETS = ("startup", "crm")  # the smallest that is drawn, and the example of an export
SEED = 7
MOST_S = 120.0  # for a problem that is planned in seconds
KEPT, UNSUPPORTED, BROKEN = "kept", "unsupported", "BROKEN"
USAGE = """\
usage: check LABEL [OPTION=VALUE ...]

Let the strategy plan two markets and some thirty small problems, most of them hard, each twice, and hold it to what every strategy
promises; a line a problem. Exit code 0: it keeps the contract; 1: it breaks it; 2: there is no such strategy, or not with such values.

  'hydra.searchpath=[pkg://theirs.conf]'    look for LABEL in another package too
  strategies.LABEL.share=0.2                another value of one of its parameters
  '+strategies.LABEL={_target_: theirs.plans.Mine, share: 0.2}'    a strategy without a YAML file"""


@dataclass(frozen=True)
class Verdict:
    """``word`` is kept, unsupported or BROKEN; ``why`` is one line, empty where the contract is kept; ``ends``: no more is asked."""

    word: str
    why: str = ""
    ends: bool = False


def main(words: Sequence[str], say: Callable[[str], object] = print) -> int:
    """Check a strategy, a line a problem; returns the exit code."""
    if {"--help", "-h"} & set(words):
        say(USAGE)
        return 0
    try:
        label, strategy = _strategy(words)
    except MISTAKES as error:
        return tell(error, [f"strategies=[{words[0]}]", *words[1:]] if words else [])
    count = {KEPT: 0, UNSUPPORTED: 0, BROKEN: 0}
    for name, problem in problems():
        found = apart(strategy, problem)
        if found.ends:
            say(f"{name}: {found.word}: {found.why}")
            return 1
        count[found.word] += 1
        say(f"{name:<40} {found.word}{': ' if found.why else ''}{found.why}")
    counted = f"{count[KEPT]} kept, {count[UNSUPPORTED]} unsupported, {count[BROKEN]} broken"
    say(f"\n{label} {'breaks' if count[BROKEN] else 'keeps'} the contract: of {sum(count.values())} problems {counted}")
    return 1 if count[BROKEN] else 0


def problems() -> Iterator[tuple[str, PlanningProblem]]:
    """What a strategy is checked on, by name."""
    from experiments import lab  # pandas and scipy take a second

    for name in MARKETS:
        yield f"market={name}", lab.problem(lab.market(name, seed=SEED))
    yield from awkward_problems().items()


def apart(strategy: Strategy, problem: PlanningProblem) -> Verdict:
    """How a strategy does on one problem; one from outside this package in a process of its own, which it may end, or keep too long."""
    if not is_guest(strategy):
        return verdict(strategy, problem)
    try:
        return in_child(package_of(strategy), MOST_S, verdict, strategy, problem)
    except TimeoutError:
        return Verdict(BROKEN, f"{path_of(strategy)} took longer than {MOST_S:g} s to plan this twice", ends=True)
    except Told as told:
        return Verdict(BROKEN, f"{path_of(strategy)}: {told}")


def verdict(strategy: Strategy, problem: PlanningProblem) -> Verdict:
    """How a strategy does on one problem. It runs somebody else's code, and raises nothing that somebody else should see."""
    try:
        strategy = strategy.opened() if isinstance(strategy, Guest) else strategy
        with threadpool_limits(1):  # as in a comparison
            said = answer(strategy, problem)
    except ContractBroken as error:
        return Verdict(BROKEN, str(error), ends=isinstance(error, NoStrategy))
    except Exception as error:  # what it gave is odd in a way that the contract's checks do not expect
        return Verdict(BROKEN, f"{type(strategy).__name__}: what it gave cannot be read ({one_line(error)})")
    return Verdict(UNSUPPORTED, "; ".join(str(said).splitlines())) if isinstance(said, Unsupported) else Verdict(KEPT)


def _strategy(words: Sequence[str]) -> tuple[str, Strategy]:
    """The label and the strategy as a comparison would build it. Raises RunError where there is none, or not with such values."""
    if not words or "=" in words[0]:
        raise RunError("check: which strategy? as in  ./run check optimized ;  ./run check --help  shows more")
    label, *overrides = words
    for word in overrides:
        key = word.lstrip("+").partition("=")[0]
        if key != "hydra.searchpath" and not key.startswith(("strategies.", "hydra.searchpath")):
            raise RunError(f"{word}: check takes words about the strategy only, as strategies.{label}.KEY=VALUE;  ./run check --help")
    there = choices("strategies", overrides)
    given = any(word.partition("=")[0] == f"+strategies.{label}" for word in overrides)
    if not given and label not in there:
        raise RunError(f"strategies: there is no choice {label!r}{nearest(label, there)}")
    chosen = "random" if given else label  # a selection of nobody is no selection
    arms = requested([f"strategies=[{chosen}]", f"baseline={label}", *overrides]).arms
    return label, next(arm.strategy for arm in arms if arm.label == label)
