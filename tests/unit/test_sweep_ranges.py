"""Ranges of decimals that sweep a value too many."""

from __future__ import annotations

import pytest

from experiments.sweeps.ranges import ends_met


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("x=range(0,0.4,0.1)", "x=0.0,0.1,0.2,0.3"),
        ("x=range(-0.4,0,0.1)", "x=-0.4,-0.3,-0.2,-0.1"),
        ("+a.b=sort(range(0,0.4,0.1))", "+a.b=0.0,0.1,0.2,0.3"),
        ("x=range(1,0.4,-0.3)", "x=1.0,0.7"),
    ],
)
def test_a_range_that_reaches_its_end_is_told_with_what_was_meant(word: str, meant: str) -> None:
    """One line names the word, says how many values it sweeps, and gives the list to paste."""
    (line,) = ends_met(["-m", "seed=1,2", word])
    assert line.startswith(f"{word} sweeps {meant.count(',') + 2} values")
    assert line.endswith(f"  {meant}")


@pytest.mark.parametrize(
    "word", ["x=range(0,1,0.1)", "x=range(0,3)", "x=range(0,0.35,0.1)", "x=0.1,0.2", "x=range(0,0.2,-0.1)", "-m", "x=(", "x"]
)
def test_other_words_are_left_alone(word: str) -> None:
    """A range that keeps off its end, one of whole numbers, a list, and what is no word at all."""
    assert ends_met([word]) == []
