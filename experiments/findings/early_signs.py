"""Which early signs go with what a seat more, or less, contributes: from the rows of runs and seats to a sentence."""

from __future__ import annotations

import numpy as np
import pandas as pd

from experiments.findings.money import adjusted_usd

AS_MANY, ONE_MORE, ONE_LESS = "as_many", "one_more", "one_less"  # arms of scenario=expand_or_contract
SEEN_AFTER_QUARTERS = 2
SIGNS = {
    "utilisation_share": "hours in use over hours there are",
    "engaged_share": "accounts engaged over accounts owned",
    "for_want_of_hours_share": "accounts orphaned for want of hours over accounts owned",
    "potential_usd_per_h": "potential over hours there are",
    "attainment": "attainment so far",
}


def signs_table(seats: pd.DataFrame) -> pd.DataFrame:
    """One row a draw, from the rows of the seats of the arm as it is: means over the futures of what shows after two quarters."""
    early = seats[(seats["arm"] == AS_MANY) & (seats["quarter"] <= SEEN_AFTER_QUARTERS)]
    keys = ["draw", "future"]
    summed = early.groupby(keys)[["used_h", "capacity_h", "bookings_usd", "quota_usd"]].sum()
    last = (
        early[early["quarter"] == SEEN_AFTER_QUARTERS].groupby(keys)[["engaged_n", "orphaned_capacity_n", "owned_n", "potential_usd"]].sum()
    )
    table = pd.DataFrame(
        {
            "utilisation_share": summed["used_h"] / summed["capacity_h"],
            "engaged_share": last["engaged_n"] / last["owned_n"],
            "for_want_of_hours_share": last["orphaned_capacity_n"] / last["owned_n"],
            "potential_usd_per_h": last["potential_usd"] / summed["capacity_h"],
            "attainment": summed["bookings_usd"] / summed["quota_usd"],
        }
    )
    return table.groupby("draw").mean()


def contributions_table(runs: pd.DataFrame) -> pd.DataFrame:
    """One row a draw: what a seat more, and a seat less, contribute over the horizon, without the known luck; means over the futures."""
    usd = {arm: pd.Series(adjusted_usd(rows)[:, -1], rows["draw"].to_numpy()).groupby(level=0).mean() for arm, rows in runs.groupby("arm")}
    return pd.DataFrame({f"{arm}_usd": usd[arm] - usd[AS_MANY] for arm in (ONE_MORE, ONE_LESS)}).rename_axis("draw")


def rank_correlations(table: pd.DataFrame) -> pd.DataFrame:
    """One row a sign, the strongest first: Spearman's correlation over the markets with what a seat more contributes; NaN where a sign is
    the same in all of them.
    """
    rows = [{"sign": sign, "correlation": _spearman(table[sign], table[f"{ONE_MORE}_usd"])} for sign in SIGNS]
    return pd.DataFrame(rows).sort_values("correlation", key=np.abs, ascending=False, kind="stable").reset_index(drop=True)


def _spearman(a: pd.Series[float], b: pd.Series[float]) -> float:
    ranks = [series.rank().to_numpy() for series in (a, b)]
    return float(np.asarray(np.corrcoef(ranks))[0, 1]) if all(np.ptp(rank) > 0 for rank in ranks) else float("nan")


def in_words(table: pd.DataFrame) -> str:
    """What the table says, in two sentences."""
    known = rank_correlations(table).dropna()
    pairs = zip(known["sign"].map(SIGNS), known["correlation"], strict=True)
    ranked = [f"{words} ({correlation:+.2f})".replace("-", "−") for words, correlation in pairs]
    pays = int((table[f"{ONE_MORE}_usd"] > 0).sum())
    saves = int((table[f"{ONE_LESS}_usd"] > 0).sum())
    sizes = f"{table['accounts_n'].min():,} to {table['accounts_n'].max():,} accounts for {table['seats_n'].iloc[0]} seats"
    return (
        f"**Early signs**, in {len(table)} markets of `{table['market'].iloc[0]}` with {sizes}: a seat more contributed in {pays} of them, "
        f"a seat less in {saves}. Rank correlation of what shows after two quarters with what a seat more contributes in the end: "
        f"{'; '.join(ranked)}."
    )
