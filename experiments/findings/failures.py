"""Arms that have no numbers because they failed: nothing to compare, and nothing that a script should take for an answer."""

from __future__ import annotations

import pandas as pd

from experiments.running.plans import FAILED, OK


def failed_whole(runs: pd.DataFrame) -> dict[str, str]:
    """Why an arm failed, by its label, for those that never lived through a future; ``runs`` are the rows of runs.parquet.

    An arm that cannot treat the problem has not failed, and neither has one with some numbers.
    """
    found = {}
    for arm, rows in runs.groupby("arm", sort=False):
        failed = rows[rows["status"] == FAILED]
        if len(failed) and not (rows["status"] == OK).any():
            found[str(arm)] = str(failed["error"].iloc[0])
    return found


def in_words(failed: dict[str, str]) -> str:
    """The same in one line."""
    arms = "; ".join(f"{arm} failed in every future ({why})" for arm, why in failed.items())
    return f"{arms}: no numbers of {'it' if len(failed) == 1 else 'them'}, those of the other arms are whole"
