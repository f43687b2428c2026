"""The records as tables in Markdown. Nothing is stated that no record holds; a cell without records is empty."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.contest import MIB, spread, table
from benchmarks.optimizer.instances import TERRITORY
from benchmarks.optimizer.records import CONTESTANTS, OPTIMIZER, RELAXATION, Record, below, best_bounds

BEGIN, END = "<!-- made by python -m benchmarks.optimizer -->", "<!-- end of what was made -->"
Measure = Callable[[Record], float | None]


@dataclass(frozen=True)
class Target:
    """What is wanted of the optimizer: a proven gap of at most ``gap_share`` after ``limit_s``, in less than ``peak_mib``."""

    kind: str
    accounts_n: int
    seats_n: int
    limit_s: float
    gap_share: float
    peak_mib: float = float("inf")

    @property
    def words(self) -> str:
        """What stands in the table."""
        gap = "proven optimal" if self.gap_share <= OPTIMAL_SHARE else f"proven gap of at most {percent(self.gap_share)}"
        return f"{gap} in {self.limit_s:g} s" + (f", under {self.peak_mib:g} MiB" if np.isfinite(self.peak_mib) else "")

    def of(self, records: Iterable[Record]) -> list[Record]:
        """The records that it is measured by."""
        own = (self.kind, self.accounts_n, self.seats_n, self.limit_s)
        return [r for r in records if (r.kind, r.accounts_n, r.seats_n, r.limit_s) == own and r.contestant == OPTIMIZER]

    def met(self, records: Sequence[Record]) -> bool:
        """Whether the medians of gap and seconds, and all peaks of memory, meet it. Up to 5 % late, a step, is in time."""
        gap = np.median([np.inf if r.gap_share is None else r.gap_share for r in records])
        in_time = np.median([r.seconds or np.inf for r in records]) <= LATE * self.limit_s
        return bool(gap <= self.gap_share and in_time and max(r.peak_mib or np.inf for r in records) < self.peak_mib)


LATE = 1.05
TELLING_S, IDLE_SHARE = 1.0, 0.95  # shorter runs say little of a processor; with less of it the machine was not idle
OPTIMAL_SHARE = 1.001e-6  # where the solver stops, and rounding
TERRITORY_TARGETS = (
    Target(TERRITORY, 300, 5, 2.0, OPTIMAL_SHARE),
    Target(TERRITORY, 3_000, 20, 10.0, 1e-3),
    Target(TERRITORY, 3_000, 20, 60.0, 3e-4),
    Target(TERRITORY, 20_000, 100, 30.0, 5e-4),
    Target(TERRITORY, 100_000, 500, 60.0, 1e-3),
    Target(TERRITORY, 300_000, 2_000, 120.0, 1.5e-3, 2**30 / MIB),
)
RECIPE_SIZES = ((5, 100), (20, 200), (80, 1_600))  # agents, jobs
RECIPE_GAPS = {"C": 1e-3, "D": 5e-3, "E": 1e-3}
RECIPE_LIMIT_S = 60.0
TARGETS = TERRITORY_TARGETS + tuple(
    Target(kind, jobs_n, agents_n, RECIPE_LIMIT_S, gap) for kind, gap in RECIPE_GAPS.items() for agents_n, jobs_n in RECIPE_SIZES
)


def page(records: Sequence[Record]) -> str:
    """All tables that the records hold, with what they were measured on."""
    made = sorted({record.made for record in records})
    territories, recipes = ([r for r in records if (r.kind == TERRITORY) is one] for one in (True, False))
    parts = ["### Wanted and measured", wanted(records)]
    for title, own in (("### Territories", territories), ("### Generalised assignment", recipes)):
        parts += [title, compared(own)] if own else []
    return "\n\n".join([*parts, *shared(records), "Measured at " + " · ".join(made) + "."])


def shared(records: Sequence[Record]) -> list[str]:
    """How much of its seconds each contestant had a processor. Nothing if no run took long enough to say."""
    parts, least = [], 1.0
    for contestant in CONTESTANTS:
        own = [r for r in records if r.contestant == contestant]
        timed = [(r.busy_s, r.seconds) for r in own if r.busy_s is not None and r.seconds is not None and r.seconds >= TELLING_S]
        if timed:
            busy_s, seconds = np.sum(timed, axis=0)
            least = min(least, busy_s / seconds)
            parts.append(f"{contestant} {100 * min(busy_s / seconds, 1.0):.0f} %")
    if not parts:
        return []
    words = f"Processor time, building a model included, as a share of the seconds by the clock: {', '.join(parts)}."
    unequal = " **Others used the machine**: contestants had unequal shares of it, and more time would have helped those with less."
    return [words + (unequal if least < IDLE_SHARE else "")]


def wanted(records: Sequence[Record]) -> str:
    """Targets that were measured, and whether they are met: medians over the seeds, and ranges."""
    independent = best_bounds(records, [c for c in CONTESTANTS if c != OPTIMIZER])
    rows = []
    for target in TARGETS:
        own = target.of(records)
        if own:
            alone = summary(own, lambda r: below(r.objective_usd, r.price_bound_usd), percent)
            outside = summary(own, lambda r: below(r.objective_usd, independent.get(r.problem)), percent)
            gap, seconds, peak = summary(own, _gap, percent), summary(own, _seconds, number), summary(own, _peak, number)
            rows.append(
                (own[0].problem.size, target.words, gap, alone, outside, seconds, peak, len(own), "yes" if target.met(own) else "**no**")
            )
    head = (
        "size",
        "wanted",
        "proven gap",
        "by its prices alone, computed again",
        "below the rivals' bound",
        "seconds",
        "peak MiB",
        "seeds",
        "met?",
    )
    return table(head, rows)


def compared(records: Sequence[Record]) -> str:
    """Every contestant on every size: medians over the seeds, and ranges."""
    best, independent = best_bounds(records), best_bounds(records, [c for c in CONTESTANTS if c != OPTIMIZER])
    sizes = sorted({(r.kind, r.accounts_n, r.seats_n) for r in records}, key=lambda s: (s[0] == TERRITORY, s[0], s[1], s[2]))
    rows = []
    for size in sizes:
        for contestant in CONTESTANTS:
            here = [r for r in records if (r.kind, r.accounts_n, r.seats_n) == size and r.contestant == contestant]
            for limit_s in sorted({r.limit_s for r in here}):
                own = [r for r in here if r.limit_s == limit_s]
                rows.append(
                    (
                        own[0].problem.size,
                        contestant,
                        f"{limit_s:g}",
                        summary(own, lambda r: below(r.objective_usd, best.get(r.problem)), percent) or why_not(own),
                        summary(own, _gap, percent),
                        summary(own, lambda r: below(r.objective_usd, independent.get(r.problem)), percent),
                        summary(own, lambda r: below(best.get(r.problem), r.bound_usd), percent),
                        summary(own, _seconds, number),
                        summary(own, _peak, number),
                        f"{sum(r.objective_usd is not None for r in own)} of {len(own)}",
                    )
                )
    head = (
        "size",
        "contestant",
        "limit, s",
        "below the best bound",
        "own proven gap",
        "below the rivals' bound",
        "its bound above the best",
    )
    return table((*head, "seconds", "peak MiB", "plans"), rows)


def summary(records: Sequence[Record], measure: Measure, words: Callable[[float], str]) -> str:
    """Median and range over the records that have the measure; empty if none has."""
    values = [value for value in map(measure, records) if value is not None]
    if not values:
        return ""
    s = spread(np.array(values))
    return words(s.median) if len(values) == 1 else f"{words(s.median)} [{words(s.low)}, {words(s.high)}]"


def why_not(records: Sequence[Record]) -> str:
    """Why there are no plans; a relaxation has none to give."""
    return "" if records[0].contestant == RELAXATION else "; ".join(sorted({r.status for r in records}))


def percent(share: float) -> str:
    """A share to three digits; what is less than a ten thousandth of a percent is called so, and rounding nothing."""
    return f"{100 * share:.3g} %" if share >= 1e-6 else "0 %" if share < 1e-12 else "< 0.0001 %"


def number(value: float) -> str:
    """Three digits of a small number, none after the point of a large one."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def replace_tables(path: Path, text: str) -> None:
    """Put the tables between the page's two marks. Raises ValueError if they are not there."""
    before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{path}: there are no lines {BEGIN} and {END} to put the tables between")
    path.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


def _gap(record: Record) -> float | None:
    return record.gap_share


def _seconds(record: Record) -> float | None:
    return record.seconds


def _peak(record: Record) -> float | None:
    return record.peak_mib
