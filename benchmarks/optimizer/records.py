"""What was measured: a line of JSON for each contestant on each problem, and what follows from all the lines together."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.optimizer.instances import Problem

OPTIMIZER, SOLVERS, RELAXATION = "optimizer", ("CP-SAT", "SCIP", "HiGHS"), "LP"
LONGEST_FIRST, K_MEANS = "longest first", "k-means"
CARVERS = (LONGEST_FIRST, K_MEANS)
CONTESTANTS = (OPTIMIZER, *SOLVERS, RELAXATION, *CARVERS)
TOLERANCE = 2e-6  # of a bound: solvers stop at a gap of 1e-6 and keep rows up to as much


@dataclass(frozen=True)
class Record(Problem):
    """A contestant on a problem. None: no plan, or no bound; ``status`` says why.

    ``objective_usd`` is the instance's own evaluation of the plan. ``price_bound_usd``: what the optimizer's prices prove by themselves.
    ``seconds`` by the clock and ``busy_s`` of the processor for solving; ``peak_mib``: the most that the whole process ever held.
    """

    contestant: str
    limit_s: float
    status: str
    objective_usd: float | None = None
    bound_usd: float | None = None
    price_bound_usd: float | None = None
    seconds: float | None = None
    busy_s: float | None = None
    peak_mib: float | None = None
    commit: str = ""
    versions: str = ""

    @property
    def problem(self) -> Problem:
        """What was to be solved."""
        return Problem(self.kind, self.accounts_n, self.seats_n, self.seed)

    @property
    def made(self) -> str:
        """What it was measured on."""
        return f"commit {self.commit[:7]}{' and changes not committed' if self.commit.endswith('+') else ''}; {self.versions}"

    @property
    def gap_share(self) -> float | None:
        """The gap that the contestant itself proves."""
        return below(self.objective_usd, self.bound_usd)


def below(objective_usd: float | None, bound_usd: float | None) -> float | None:
    """(bound - objective) / |bound|, never less than nothing; None where either is missing."""
    if objective_usd is None or bound_usd is None:
        return None
    return max(bound_usd - objective_usd, 0.0) / max(abs(bound_usd), 1e-9)


def append(path: Path, record: Record) -> None:
    """Keep what was measured at once: a run that is killed loses nothing."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(record)) + "\n")


def read(path: Path) -> list[Record]:
    """All lines, in order; of a contestant on the same problem with the same limit the last."""
    lines = path.read_text(encoding="utf-8").splitlines()
    records = [Record(**json.loads(line)) for line in lines if line.strip()]
    return list({(r.problem, r.contestant, r.limit_s): r for r in records}.values())


def best_bounds(records: Iterable[Record], contestants: Sequence[str] = CONTESTANTS) -> dict[Problem, float]:
    """The least bound that any of the contestants proved for each problem."""
    best: dict[Problem, float] = {}
    for record in records:
        if record.contestant in contestants and record.bound_usd is not None:
            best[record.problem] = min(record.bound_usd, best.get(record.problem, float("inf")))
    return best


def contradictions(records: Sequence[Record]) -> list[str]:
    """Bounds below a plan that somebody has: one of the two is wrong. Empty if there are none."""
    found = []
    for plan in records:
        for claim in records:
            if claim.problem != plan.problem or claim.bound_usd is None or plan.objective_usd is None:
                continue
            if plan.objective_usd > claim.bound_usd + TOLERANCE * abs(claim.bound_usd):
                text = f"{claim.contestant} proves {claim.bound_usd}, {plan.contestant} has {plan.objective_usd}"
                found.append(f"{plan.problem.size}, seed {plan.seed}: {text}")
    return found
