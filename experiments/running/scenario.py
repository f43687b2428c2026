"""A scenario asks one what-if question. Its YAML sets world, policy and arms, and may change the market before anybody plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from experiments.running.arms import Change, changed
from sim.market import Market


@dataclass(frozen=True)
class Scenario:
    """``question`` in one sentence; ``changes`` are applied in order to any market, imported ones too, before quotas are set.

    ``answers`` are the pairs of arms that answer it: what the first does, against the second (label: label).
    """

    label: str
    question: str
    changes: tuple[Change, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "changes", tuple(self.changes))

    def change(self, market: Market, seed: int) -> Market:
        """The market as it would be on day 0 of this scenario."""
        return changed(market, self.changes, seed)
