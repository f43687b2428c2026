"""Numbers that would overflow, have no end or mean nothing are refused with the range that holds."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from experiments.running.arms import Settings
from experiments.running.configuration import build, load, requested, resolved
from experiments.running.labels import check_label
from experiments.running.search_path import composed
from sim.behaviour import People
from sim.policy import Money
from sim.ranges import check_range

ABSURD = [
    ("world", {"people.resignation_per_year": 1e308}, "world.people.resignation_per_year: 1e+308 must lie between 0 and 50"),
    ("world", {"segments.enterprise.hours_per_week": 0}, "world.segments.enterprise.hours_per_week: 0 must lie between 0.001 and 168"),
    ("world", {"segments.enterprise.stage_days": [9, 9, 1e9]}, "world.segments.enterprise.stage_days: 1000000000.0 must lie between 0.001"),
    ("world", {"demand.leads_per_year": 10**400}, "world.demand.leads_per_year: 1000"),
    ("policy", {"transition_gap_days": 1e12}, "policy.transition_gap_days: 1000000000000.0 must lie between 0 and 1,000,000"),
    ("market", {"accounts_n": 10**12}, "market.accounts_n: 1000000000000 must lie between 1 and 10,000,000"),
    ("market", {"segments.commercial.potential_usd": 0}, "market.segments.commercial.potential_usd: 0 must lie between 0.01 and"),
    ("market", {f"segments.{name}.share": 0 for name in ("commercial", "mid_market", "enterprise")}, "market.segments: no segment has"),
]


@pytest.mark.parametrize(("group", "changes", "said"), ABSURD, ids=lambda value: next(iter(value)) if isinstance(value, dict) else "")
def test_an_absurd_value_is_refused_with_its_range(group: str, changes: dict[str, Any], said: str) -> None:
    """World, policy and market name the parameter, its segment, the value and the range, in one short line."""
    with pytest.raises(Exception, match=r".") as raised:
        load(group, **changes)
    assert str(raised.value).startswith(said)
    assert len(str(raised.value)) < 200


def test_numbers_of_a_run_have_an_end() -> None:
    """A number of futures, draws, workers or quarters that would never end, or a seed beyond 64 bits, is refused."""
    for name, value in (("futures", 10**20), ("quarters", 10**6), ("draws", 10**9), ("workers", 10**9), ("seed", 2**63)):
        with pytest.raises(ValueError, match=f"{name}: {value} must be a whole number between . and "):
            Settings(**{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(("group", "name"), [("world", "default"), ("policy", "default"), ("market", "saas"), ("market", "crm")])
def test_every_number_has_a_range(group: str, name: str) -> None:
    """No number of a world, a policy or a market may be as large as a float can be."""
    config, _ = composed([f"{group}={name}"])
    keys = numbers(load(group, name))
    assert len(keys) > 8
    for key in keys:
        node = config[group].copy()
        OmegaConf.update(node, key, 1e308)
        with pytest.raises(Exception, match=rf"{key.rpartition('.')[2]}: 1e\+308 must lie between"):
            build(resolved(node), group)


def test_every_number_of_a_strategy_has_a_range() -> None:
    """So it is for the strategies: an effort without end is refused, and so is a price beyond all others."""
    labels = [path.stem for path in (Path(__file__).parents[2] / "conf" / "strategies").glob("*.yaml")]
    for arm in requested([f"strategies=[{','.join(labels)}]"]).arms:
        for key in numbers(arm.strategy):
            with pytest.raises(ValueError, match=rf"{key}: 1e\+308 must lie between"):
                replace(arm.strategy, **{key: 1e308})  # type: ignore[type-var]


def numbers(part: Any, prefix: str = "") -> list[str]:
    """Keys of all numbers below an object, of lists left out."""
    found = []
    items = part.items() if isinstance(part, dict) else [(f.name, getattr(part, f.name)) for f in fields(part)]
    for name, value in items:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            found.append(f"{prefix}{name}")
        elif isinstance(value, dict) or (hasattr(value, "__dataclass_fields__") and not hasattr(value, "assign")):
            found += numbers(value, f"{prefix}{name}.")
    return found


def test_a_team_that_hardly_stays_a_day_is_refused() -> None:
    """Each effect may be large, but together they would let people leave faster than a run can follow."""
    assert People(resignation_per_year=50.0, poverty_effect=2.0)
    with pytest.raises(ValueError, match=r"world.people: resignation_per_year x exp\(.*\): .* must lie between 0 and 1,000"):
        People(resignation_per_year=50.0, poverty_effect=4.0)


def test_both_ends_are_allowed_and_nan_is_not() -> None:
    """The range in the message is the range that holds."""
    check_range("x", 0, (0, 1))
    check_range("x", 1, (0, 1))
    for value in (-1e-9, 1.001, float("nan")):
        with pytest.raises(ValueError, match=r"x: .* must lie between 0 and 1"):
            check_range("x", value, (0, 1))


def test_any_currency_fits() -> None:
    """Amounts are in the company's own unit of account: a seat may cost billions of a small one."""
    assert Money(seat_usd_per_year=6e9, travel_usd_per_h=1.5e6)


@pytest.mark.parametrize("label", ["../x", "a/b", "a\\b", "", ".", "..", ".hidden", "-rf", "a b", "x" * 101, "é", None, 3])
def test_a_label_names_a_file_and_nothing_else(label: object) -> None:
    """What leads out of the folder, hides, or is no name on some machine is refused; the key is named."""
    with pytest.raises(Exception, match=r"suite: the label .* names files"):
        check_label("suite", label)


def test_the_usual_labels_pass() -> None:
    """Letters, digits, underscores, hyphens and dots, up to a hundred of them."""
    for label in ("saas", "own_2026", "v1", "a-b.c", "x" * 100):
        check_label("market.label", label)
