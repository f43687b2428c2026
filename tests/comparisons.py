"""What tests of whole comparisons share: arms that differ in the strategy only, and a report that costs nothing."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import ModuleType

import pytest

from experiments.running.arms import Arm
from sim.planning import Strategy
from tests.worlds import tiny_policy, tiny_world


@pytest.fixture(autouse=True)
def no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """For every test of a module that imports it. The report has tests of its own; here it costs seconds and says nothing."""
    module = ModuleType("experiments.report.page")
    module.write_report = lambda folder: folder  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "experiments.report.page", module)


def arms_of(strategies: Mapping[str, Strategy]) -> list[Arm]:
    """Arms that differ in the strategy only."""
    return [Arm(label, strategy, tiny_policy(), tiny_world()) for label, strategy in strategies.items()]
