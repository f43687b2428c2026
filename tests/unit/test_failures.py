"""Which arms failed whole."""

from __future__ import annotations

import pandas as pd

from experiments.findings.failures import failed_whole, in_words


def runs(**arms: str) -> pd.DataFrame:
    """Rows of runs.parquet: by arm a letter a future, for ok, failed or unsupported."""
    words = {"o": "ok", "f": "failed", "u": "unsupported"}
    rows = [(arm, words[letter], f"{arm} {k}") for arm, letters in arms.items() for k, letter in enumerate(letters)]
    return pd.DataFrame(rows, columns=["arm", "status", "error"])


def test_only_who_has_no_number_for_a_failure_failed_whole() -> None:
    """Single failed futures, and declining, are none; declining one draw and failing in another one is."""
    table = runs(good="ooo", once="ofo", declines="uuu", fails="fff", both="uuf")
    assert failed_whole(table) == {"fails": "fails 0", "both": "both 2"}
    assert failed_whole(runs(good="o")) == {}


def test_the_line_names_every_arm_and_its_reason() -> None:
    """One line, however many."""
    assert in_words({"a": "x"}) == "a failed in every future (x): no numbers of it, those of the other arms are whole"
    assert in_words({"a": "x", "b": "y"}).startswith("a failed in every future (x); b failed in every future (y): no numbers of them")
