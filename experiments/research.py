"""What the research commands share: a market by its name, some draws of it, futures, workers; a mistake is one line."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from experiments import lab
from experiments.comparison import draw_markets
from experiments.running.arms import Settings
from experiments.running.configuration import load
from experiments.running.mistakes import MISTAKES, tell
from experiments.running.scenario import Scenario
from sim.market import Market
from sim.world import World

Result = TypeVar("Result")


@dataclass(frozen=True)
class Question:
    """What was asked on the command line: ``world`` is the one that the market chooses."""

    market: str
    seed: int
    draws: int
    futures: int
    workers: int

    @property
    def world(self) -> World:
        """How business works where the market is."""
        return lab.default_world(self.market)

    def markets(self) -> list[Market]:
        """The draws of the market on day 0, with quotas, under the default policy."""
        settings = Settings(seed=self.seed, draws=self.draws, workers=self.workers)
        return draw_markets(load("market", self.market), self.world, lab.default_policy(), Scenario("base", ""), settings)


def ask(description: str, words: Sequence[str] | None, answer: Callable[[Question], Result], *, seed: int, futures: int) -> Result:
    """Read the command line and answer; a market that is not there, or cannot be read, is told in one line and ends the program.

    ``seed`` and ``futures`` are the defaults.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("market", nargs="?", default="saas")
    for name, default in (("seed", seed), ("draws", 1), ("futures", futures), ("workers", 2)):
        parser.add_argument(f"--{name}", type=int, default=default)
    question = Question(**vars(parser.parse_args(words)))
    try:
        return answer(question)
    except MISTAKES as error:
        raise SystemExit(tell(error, [f"market={question.market}"])) from None
