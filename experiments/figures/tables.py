"""The tables of a run, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.findings.money import mean_intervals, per_unit
from experiments.findings.statistics import Interval
from experiments.running.arms import INFORMED, RANDOM
from experiments.running.errors import RunError
from experiments.running.provenance import read_provenance
from experiments.running.run_tables import read_design, read_run_table
from experiments.running.store import COMPLETE, DAMAGED, PARTIAL, PROVENANCE, read_status
from sim.snapshot import FloatArray

REFERENCES = (INFORMED, RANDOM)
NEEDED = ("market", "scenario", "seed", "draws", "futures", "quarters")  # of what made the run
STATUS_QUO = "strategies.status_quo."
DEFAULT_DELTA_SHARE = 0.01
SAME_GINI = 0.02  # Gini coefficients that are closer than this read as "as even"


@dataclass(frozen=True, eq=False)
class Run:
    """One run's tables. ``summary`` is indexed by arm; those of one arm are read when asked for.

    ``arms`` are those with numbers, best lift first; ``baseline`` is "" if the baseline has no numbers. ``failures`` maps an arm to the
    reason why it, or some of its futures, have none.
    """

    folder: Path
    summary: pd.DataFrame
    runs: pd.DataFrame
    seats: pd.DataFrame
    accounts: pd.DataFrame
    homes: pd.DataFrame
    pairwise: pd.DataFrame
    ledger: pd.DataFrame
    provenance: Mapping[str, Any]
    status: str
    arms: tuple[str, ...]
    baseline: str
    failures: Mapping[str, str]

    def value(self, arm: str, column: str) -> float:
        """One number of the summary, NaN where there is none."""
        value = self._rows.get(arm, {}).get(column)
        return float(value) if isinstance(value, (int, float)) else float("nan")

    def text(self, arm: str, column: str) -> str:
        """One word of the summary, "" where there is none."""
        value = self._rows.get(arm, {}).get(column)
        return value if isinstance(value, str) else ""

    @cached_property
    def _rows(self) -> dict[str, dict[str, Any]]:
        columns = [str(name) for name in self.summary]
        return {row[columns.index("arm")]: dict(zip(columns, row, strict=True)) for row in self.summary.itertuples(index=False, name=None)}

    def is_reference(self, arm: str) -> bool:
        """Whether an arm is a yardstick (told the truth, or dealt at random) and not a choice."""
        return self.text(arm, "strategy").startswith(REFERENCES)

    def lift(self, arm: str) -> tuple[float, float, float]:
        """Lift in bookings over the baseline and the ends of its interval: the raw ones where those decided the verdict."""
        kind = "raw" if self.text(arm, "decided_by") == "raw" else "lift"
        middle = "raw_lift_share" if kind == "raw" else "lift_share"
        return self.value(arm, middle), self.value(arm, f"{kind}_low_share"), self.value(arm, f"{kind}_high_share")

    @cached_property
    def others(self) -> tuple[str, ...]:
        """The arms besides the baseline."""
        return tuple(arm for arm in self.arms if arm != self.baseline)

    @cached_property
    def best(self) -> str:
        """The arm with the highest lift among those that could be rolled out, "" if the baseline is alone."""
        choices = [arm for arm in self.others if not self.is_reference(arm) and np.isfinite(self.lift(arm)[0])]
        return max(choices, key=lambda arm: self.lift(arm)[0], default="")

    @cached_property
    def focus(self) -> tuple[str, ...]:
        """The arms that a title speaks of: the best and the baseline, as far as they exist."""
        named = tuple(arm for arm in (self.best, self.baseline) if arm)
        return named or self.arms[:1]

    @cached_property
    def _design(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The best arm's; empty where it has none."""
        return read_design(self.folder, self.best) if self.has_design(self.best) else (pd.DataFrame(), pd.DataFrame())

    @property
    def sheet(self) -> pd.DataFrame:
        """The best arm's designs/<arm>.seats.csv; empty where it has no design."""
        return self._design[1]

    @cached_property
    def moves(self) -> pd.DataFrame:
        """The rows of the best arm's designs/<arm>.csv whose account changes hands."""
        table = self._design[0]
        return table[table["from_seat"] != table["to_seat"]] if len(table) else table

    def read_at_once(self) -> None:
        """Read what else is only read when asked for, so that what is damaged is told before anything is drawn."""
        for told in (self._design, self._quota_chances):
            assert told is not None

    def has_design(self, arm: str) -> bool:
        """Whether the arm was planned and lived through in the first market, of which the tables in designs/ are."""
        first = self.runs[(self.runs["arm"] == arm) & (self.runs["draw"] == self.runs["draw"].min())]
        return bool((first["status"] == "ok").any())

    @cached_property
    def _quota_chances(self) -> pd.Series:
        """By arm and seat: an import has the same seats in all its draws; a made-up market's are its first draw's."""
        outlook = read_run_table(self.folder / "seat_outlook.csv")
        here = outlook if self.imported else outlook[outlook["draw"] == outlook["draw"].min()]
        chances: pd.Series = here.groupby(["arm", "seat"])["quota_probability_share"].mean()
        return chances

    def quota_chances(self, arm: str, seats: pd.Series) -> FloatArray:
        """The share (seats,) of the futures in which a seat reaches its quota under an arm; NaN where it is not known."""
        known = self._quota_chances
        of_arm = known.xs(arm, level="arm") if arm in known.index.get_level_values(0) else pd.Series(dtype=float)
        shares: FloatArray = seats.map(of_arm).to_numpy(dtype=np.float64)
        return shares

    @property
    def chance_futures_n(self) -> int:
        """How many futures such a chance is counted in."""
        return int(self.provenance["futures"]) * (self.draws_n if self.imported else 1)

    def mean(self, arm: str, column: str, less: str = "") -> Interval:
        """Mean of a metric over the futures with its 95 % interval, or of its difference to the arm ``less`` in the same futures.

        What varies independently is a future, or a market draw where there are several. NaN where there is too little to say.
        """
        lived = self._lived.get(arm, pd.DataFrame())
        values = lived[column] if column in lived else pd.Series(dtype=float)
        if less:
            other = self._lived.get(less, pd.DataFrame())
            values = values - other[column] if column in other else values.iloc[:0]
        return mean_of(values)

    @cached_property
    def _lived(self) -> dict[str, pd.DataFrame]:
        """The cells of every arm that ended well, by draw and future."""
        if not {"arm", "draw", "future", "status"} <= set(self.runs):
            return {}
        lived = self.runs[self.runs["status"] == "ok"]
        return {str(arm): rows.set_index(["draw", "future"]) for arm, rows in lived.groupby("arm", observed=True)}

    @property
    def baseline_words(self) -> str:
        """The baseline as a reader would call it."""
        is_today = self.text(self.baseline, "strategy").startswith(STATUS_QUO) and not self.settings_compared
        return "today's territories" if is_today else self.baseline

    @property
    def settings_compared(self) -> bool:
        """Whether the arms were given one by one, since they differ in more than their strategy."""
        return bool(self.provenance.get("config", {}).get("arms"))

    @property
    def delta_share(self) -> float:
        """The smallest lift that matters."""
        return float(self.provenance.get("delta_share", DEFAULT_DELTA_SHARE))

    @property
    def draws_n(self) -> int:
        """Markets drawn."""
        return int(self.provenance.get("draws", 1))

    @property
    def imported(self) -> bool:
        """Whether the market is a company's own: its draws then vary what is assumed, not the market."""
        return bool(self.provenance.get("imported", False))

    @property
    def draws_words(self) -> str:
        """What was drawn, and how often."""
        if self.draws_n == 1:
            return "one market drawn"
        return f"{self.draws_n} draws of the assumptions" if self.imported else f"{self.draws_n} market draws"

    @property
    def assumptions_drawn(self) -> bool:
        """Whether the draws are of what is assumed, so that verdicts have to survive them."""
        return self.imported and self.draws_n > 1

    def over_draws(self, arm: str) -> tuple[float, float]:
        """The lift over the draws: the 95 % interval of its mean, for claims about methods; of an imported market, where the lift of 10 to
        90 % of the draws lies.
        """
        low, high = ("assumed_p10_share", "assumed_p90_share") if self.imported else ("draws_low_share", "draws_high_share")
        return self.value(arm, low), self.value(arm, high)

    def depends_on(self, arm: str) -> str:
        """The parameters on which an arm's verdict depends and that stand out among the draws; "" if none does."""
        return ", ".join(part.split(" ")[0] for part in self.text(arm, "depends_on").split(", "))


def read_run(folder: Path) -> Run:
    """Read the files of a run. Raises RunError if the folder holds none, or a file is missing or damaged."""
    if not (folder / PROVENANCE).is_file():
        raise RunError(f"{folder}: no {PROVENANCE} in it; name the folder of a finished run, such as results/<market>/<time>")
    provenance, status = read_provenance(folder, NEEDED), read_status(folder)
    if status not in (COMPLETE, PARTIAL):
        raise RunError(f"{folder}: the run is not finished ({status}); go on with  ./run compare resume={folder}")
    summary = read_run_table(folder / "summary.csv")
    if summary.empty:
        raise RunError(f"{folder / 'summary.csv'}: no arm in it; run the comparison again")
    summary = summary.set_index("arm", drop=False)
    runs, seats, pairwise = (read_run_table(folder / name) for name in ("runs.parquet", "seats.parquet", "pairwise.csv"))
    for name, told in (("runs.parquet", runs["arm"]), ("seats.parquet", seats["arm"]), ("pairwise.csv", pairwise["arm_a"])):
        if other := sorted(set(told) - set(summary["arm"])):
            raise RunError(f"{folder / name}: the arm {other[0]} is not in summary.csv, so that they are not of one run; {DAMAGED}")
    booked = pd.to_numeric(summary.get("bookings_usd", pd.Series(np.nan, summary.index)), errors="coerce").notna()
    arms = tuple(summary.index[booked])
    flagged = summary.index[summary.get("baseline", pd.Series(False, summary.index)).astype(str).str.lower() == "true"]
    baseline = str(flagged[0]) if len(flagged) else str(provenance.get("baseline", ""))
    return Run(
        folder=folder,
        summary=summary,
        runs=runs,
        seats=seats,
        accounts=read_run_table(folder / "accounts.parquet"),
        homes=read_run_table(folder / "seats_home.csv"),
        pairwise=pairwise,
        ledger=read_run_table(folder / "ledger.csv"),
        provenance=provenance,
        status=status,
        arms=arms,
        baseline=baseline if baseline in arms else "",
        failures=_failures(summary, runs),
    )


def mean_of(values: pd.Series) -> Interval:
    """Mean and 95 % interval of values by draw and future, of which those without a number do not count."""
    values = values.dropna()
    if values.empty:
        return Interval(float("nan"), float("nan"), float("nan"))
    units = per_unit(values.to_numpy(float)[:, None], values.index.get_level_values("draw").to_numpy())
    return mean_intervals([units[:, 0]])[0]


def seat_means(run: Run, numerator: str, denominator: str) -> pd.DataFrame:
    """Ratio of two columns of the seats table, each summed over the quarters.

    Columns arm, draw, future, seat, ratio; NaN where there is nothing to divide by.
    """
    columns = ["arm", "draw", "future", "seat"]
    if run.seats.empty or not {*columns, numerator, denominator} <= set(run.seats):
        return pd.DataFrame(columns=[*columns, "ratio"])
    table = run.seats[run.seats["arm"].isin(run.arms)].groupby(columns, sort=True, observed=True)[[numerator, denominator]].sum()
    below = table[denominator]
    return (table[numerator] / below.where(below > 0)).rename("ratio").reset_index()


def _failures(summary: pd.DataFrame, runs: pd.DataFrame) -> dict[str, str]:
    """The reason for every arm that has failed rows; a count where only some futures failed."""
    failures = {str(arm): str(row["error"]) for arm, row in summary.iterrows() if row.get("error")}
    if not runs.empty and {"arm", "status", "error"} <= set(runs):
        for arm, rows in runs.groupby("arm", sort=False):
            failed = rows[rows["status"] != "ok"]
            if len(failed):
                share = "" if len(failed) == len(rows) else f"{len(failed)} of {len(rows)} futures: "
                failures[str(arm)] = f"{share}{failed['status'].iloc[0]}: {failed['error'].iloc[0]}"
    return failures
