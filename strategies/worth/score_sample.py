"""Which past engagements may be learned from, and how many each stands for: late wins are not seen yet, and reps chose whom to work.

Neither is a matter of chance, and both would be learned as if they said something of the accounts.

*Recent engagements are censored.* Losses come early and wins late, so among those that were begun lately and have ended there are too many
losses. An engagement that ended as it did counts 1 / P(such an end is seen by now | its age). The distribution of the time to a win, and to
a loss, is itself seen only as far as the age of each engagement allows: the product-limit estimator in reversed time (Lagakos, Barraj &
De Gruttola 1988, Biometrika 75), in units of the segment's cycle, for new customers and expansions apart. An engagement too young for
``MIN_SEEN_SHARE`` of either end is left out.

*Reps chose whom to work.* An account counts 1 / P(worked | what the CRM shows of it) (Horvitz & Thompson 1952, JASA 47), at most
1 / ``MIN_WORKED_CHANCE``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.planning import PlanningProblem
from sim.snapshot import BoolArray, FloatArray, History, IntArray

MIN_SEEN_SHARE = 1 / 3
MIN_WORKED_CHANCE = 0.2


@dataclass(frozen=True, eq=False)
class Sample:
    """Engagements that are old enough. Arrays have shape (engagements,); ``weight`` is how many each stands for, 1 in the mean."""

    account: IntArray
    created_day: FloatArray
    won: BoolArray
    expansion: BoolArray
    year_usd: FloatArray  # amount as that of a year's potential; 0 where lost
    weight: FloatArray

    def __len__(self) -> int:
        return len(self.account)

    def where(self, keep: BoolArray) -> Sample:
        """Some of them (a mask), weights 1 in the mean again."""
        names = ("account", "created_day", "won", "expansion", "year_usd")
        return Sample(**{name: getattr(self, name)[keep] for name in names}, weight=_mean_one(self.weight[keep]))

    def reweighted(self, factor: FloatArray) -> Sample:
        """Every engagement counts ``factor`` (engagements,) times as much as before."""
        return replace(self, weight=_mean_one(self.weight * factor))

    @property
    def effective_n(self) -> float:
        """As many equal weights would be as precise: (sum w)^2 / sum w^2 (Kish 1965, Survey Sampling)."""
        return float(self.weight.sum() ** 2 / max((self.weight**2).sum(), 1e-300))


def known_on(history: History, day: float) -> History:
    """What of the history was known on a day: engagements that had ended."""
    return history_rows(history, history.closed_day <= day)


def history_rows(history: History, keep: BoolArray) -> History:
    """Some rows of the history (a mask, or positions)."""
    return History(**{name: getattr(history, name)[keep] for name in History.__dataclass_fields__})


def old_enough(problem: PlanningProblem, day: float = 0.0) -> tuple[Sample, IntArray]:
    """Engagements of the problem's history that can be learned from on a ``day``, weighted for those not seen, and their rows in it."""
    history = problem.history
    rows = np.flatnonzero(history.closed_day <= day)
    cycle_days = problem.rates.stage_days.sum(axis=1)[problem.accounts.segment[history.account[rows]]]
    lasted, age = ((each[rows] - history.created_day[rows]) / cycle_days for each in (history.closed_day, np.full(len(history), day)))
    won, expansion = history.won[rows], history.expansion[rows]
    seen = np.ones((2, len(rows)))  # share of the losses, of the wins, that is seen at this age
    for kind in (False, True):
        here = expansion == kind
        for end in (False, True):
            known = here & (won == end)
            seen[int(end), here] = seen_share(lasted[known], age[known], age[here])
    keep = seen.min(axis=0) >= MIN_SEEN_SHARE
    rows, won, expansion = rows[keep], won[keep], expansion[keep]
    share = np.where(expansion, problem.rates.expansion_share, 1.0)
    sample = Sample(
        account=history.account[rows],
        created_day=history.created_day[rows],
        won=won,
        expansion=expansion,
        year_usd=history.amount_usd[rows] / share,
        weight=_mean_one(1.0 / np.where(won, seen[1, keep], seen[0, keep])),
    )
    return sample, rows


def seen_share(lasted: FloatArray, age: FloatArray, at: FloatArray) -> FloatArray:
    """P(an engagement has ended by the age ``at``), from durations ``lasted`` <= ``age`` of which longer ones could not be seen.

    F(t) = prod over durations u > t of (1 - ended at u / those who lasted at most u and are at least u old). 1 where nothing is known.
    """
    if not len(lasted):
        return np.ones(len(at))
    duration, ended_n = np.unique(lasted, return_counts=True)
    by_then = np.searchsorted(np.sort(lasted), duration, side="right")
    too_young = np.searchsorted(np.sort(age), duration, side="left")  # these lasted less than their age, hence less than the duration
    stays = np.append(1.0 - ended_n / (by_then - too_young), 1.0)
    share = np.cumprod(stays[::-1])[::-1]
    share_at: FloatArray = share[np.searchsorted(duration, at, side="right")]
    return share_at


def worked(problem: PlanningProblem) -> BoolArray:
    """Which accounts (accounts,) somebody has tried, as far as the CRM goes back."""
    tried = np.zeros(len(problem.accounts), dtype=np.bool_)
    tried[problem.history.account] = True
    tried[problem.deals.account] = True
    return tried


def _mean_one(weight: FloatArray) -> FloatArray:
    return weight / weight.mean() if len(weight) else weight
