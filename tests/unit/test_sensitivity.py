"""Sensitivity and tuning on functions of which the answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.figures.effects import MORRIS, SOBOL
from experiments.running.errors import RunError
from experiments.sweeps.sensitivity import effects, sample, whole_blocks
from experiments.sweeps.tuning import front, search

RANGES = {"a": (0.0, 2.0), "b": (-1.0, 1.0), "c": (0.0, 1.0)}


def test_morris_finds_the_slopes_of_a_plane() -> None:
    """Of a linear function the effect of a parameter is slope times range, without spread; the largest is first, a minus is kept."""
    points = sample(MORRIS, RANGES, 4, seed=1)
    assert points.shape == (16, 3)
    table = effects(MORRIS, RANGES, points, 3 * points[:, 0] - 5 * points[:, 1], seed=1)
    assert table["parameter"].tolist() == ["b", "a", "c"]
    assert table["effect"].tolist() == pytest.approx([10, 6, 0])
    assert table["mean"].tolist() == pytest.approx([-10, 6, 0])
    assert table["second"].tolist() == pytest.approx([0, 0, 0], abs=1e-9)


def test_sobol_shares_out_the_variance() -> None:
    """Of a sum of independent uniforms each has its part of the variance, alone as in all; one that is not in it has none."""
    points = sample(SOBOL, RANGES, 256, seed=1)
    table = effects(SOBOL, RANGES, points, 2 * points[:, 0] + points[:, 1], seed=1).set_index("parameter")
    assert table["effect"].to_dict() == pytest.approx({"a": 0.8, "b": 0.2, "c": 0.0}, abs=0.03)
    assert table["second"].to_dict() == pytest.approx({"a": 0.8, "b": 0.2, "c": 0.0}, abs=0.05)


@pytest.mark.parametrize(("method", "size"), [(MORRIS, 4), (SOBOL, 5)])
def test_a_failed_point_takes_its_trajectory_with_it(method: str, size: int) -> None:
    """The rest answers as before; with too few left, or where nothing moves the lift, that is said."""
    points = sample(method, RANGES, 8, seed=1)
    lift = 3 * points[:, 0]
    lift[1] = np.nan
    assert whole_blocks(lift, size).sum() == len(points) - size
    assert effects(method, RANGES, points, lift, seed=1)["parameter"].iloc[0] == "a"
    lift[: 7 * size] = np.nan
    with pytest.raises(RunError, match="too many points failed"):
        effects(method, RANGES, points, lift, seed=1)
    with pytest.raises(RunError, match="the lift is the same at every point"):
        effects(method, RANGES, points, np.zeros(len(points)), seed=1)


@pytest.mark.parametrize("method", [MORRIS, SOBOL])
@pytest.mark.parametrize("lift_share", [0.0, 0.031, -0.4])
def test_rounding_noise_is_no_effect(method: str, lift_share: float) -> None:
    """A lift that is the same but for its last bits is the same; a real effect of a billionth of the bookings is still told."""
    points = sample(method, RANGES, 8, seed=1)
    noise = np.array(1e-16 * np.random.default_rng(1).integers(-3, 4, len(points)), np.float64)
    with pytest.raises(RunError, match="the lift is the same at every point"):
        effects(method, RANGES, points, lift_share + noise, seed=1)
    assert effects(method, RANGES, points, lift_share + 1e-9 * points[:, 0], seed=1)["parameter"].iloc[0] == "a"


def test_the_front_is_what_nothing_beats() -> None:
    """More lift and fewer moves: what is worse in one and no better in the other is out, so are failed ones and repeats."""
    measured = np.array([[0.02, 0.1], [0.03, 0.2], [0.01, 0.1], [0.03, 0.2], [np.nan, 0.0], [0.025, 0.15]])
    assert front(measured, ["most", "least"]).tolist() == [True, True, False, False, False, True]
    assert front(measured, ["least", "least"]).tolist() == [False, False, True, False, False, False]


def test_the_search_begins_with_what_there_is_and_can_be_taken_up_again() -> None:
    """The first trial has the values of the YAML files; told the same, it proposes the same; a failed trial stops nobody."""
    asked: list[list[dict[str, float]]] = []

    def run(trials_n: int) -> list[dict[str, float]]:
        seen: list[dict[str, float]] = []

        def try_(k: int, values: dict[str, float]) -> tuple[float, ...] | None:
            seen.append(values)
            return None if k == 2 else (-((values["a"] - 1.5) ** 2), values["a"])

        search({"a": (0.0, 2.0)}, {"lift_share": "most", "moved_share": "least"}, {"a": 0.5}, trials_n, 7, try_)
        asked.append(seen)
        return seen

    whole, again = run(9), run(9)
    assert whole[0] == {"a": 0.5}
    assert whole == again
    assert len({values["a"] for values in whole}) == 9
