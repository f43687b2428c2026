"""Maximise expected captured value over the horizon, under capacity, skills, protection and buffer, minus disruption and imbalance.

The maths: strategies/formulation/territory_model.py. The solver: strategies/optimizer/. Rules that contradict each
other are named before anything is solved: strategies/formulation/contradictions.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.planning import Assignment, PlanningProblem
from sim.ranges import LOGIT, SHARE, USD, Range, check_ranges
from sim.snapshot import UNASSIGNED
from strategies.formulation.book_sizes import Sizes
from strategies.formulation.contradictions import consistent_homes
from strategies.formulation.shortlist import LEAST_N
from strategies.formulation.territory_model import Homes, Terms, TerritoryModel, needs_owner, territory_model
from strategies.optimizer.instance import Effort
from strategies.optimizer.solve import solve
from strategies.shared.candidates import candidates
from strategies.worth.score import SCORES, Score
from strategies.worth.support import supported_by
from strategies.worth.throughput import Beliefs, Outlook

_RANGES: dict[str, Range] = {
    **dict.fromkeys(("fit_logit", "skill_logit", "relationship_logit"), (0, LOGIT[1])),
    "disruption_loss_share": SHARE,
    "imbalance_weight": (0, 1e6),
    "imbalance_max_weight": (0, 1e6),
    "travel_usd_per_h": USD,
    "accounts_min": (0, 10_000_000),
    "accounts_max": (1, 10_000_000),
    "distance_max_km": (0.001, 1e6),
    "candidates_n": (LEAST_N, 100_000),
    "gap_share": SHARE,
    "price_steps_n": (1, 1_000_000),
    "search_rounds_n": (0, 1_000_000),
    "exact_nodes_n": (0, 10_000_000),
    "time_limit_s": (0.001, 1e7),
}


@dataclass(frozen=True)
class Optimized:
    """The optimised design. Values and sources of the defaults stand in ``conf/strategies/optimized.yaml``.

    What it believes. ``score``: what an account is worth (a name of :data:`strategies.worth.score.SCORES`). ``fit_logit``, ``skill_logit``,
    ``relationship_logit``: see :class:`strategies.worth.throughput.Beliefs`; where the score has measured one of them, that counts.

    What it is to weigh. ``disruption_loss_share``: the least gain for which an account moves, as a share of its value.
    ``imbalance_weight``: usd per usd of potential off target, summed over the seats; ``imbalance_max_weight``: at the farthest seat.
    ``travel_usd_per_h``: of an hour on the road, beyond the hour itself.

    What it is to keep. ``accounts_min``, ``accounts_max``: numbers of accounts that a seat owns (None: no limit); seats without hours are
    exempt, since they are given nothing and keep only what may not be moved. ``distance_max_km``: an account may only be given to a seat
    within it (None: any); what stays where it is may be farther, and an unknown place is near. ``by_team``: an account is only for seats
    whose team is named after its segment, and for anybody where no seat's team is.

    How hard it tries. ``candidates_n``: seats considered for each account where there are too many pairs for all. ``gap_share``: good
    enough. ``price_steps_n``, ``search_rounds_n``, ``exact_nodes_n``: see :class:`strategies.optimizer.instance.Effort`.
    ``time_limit_s``: None, or seconds after which the best plan so far is taken; then the design depends on the machine.
    """

    score: str = "historical"
    fit_logit: float = 0.5
    skill_logit: float = 0.10
    relationship_logit: float = 0.6
    disruption_loss_share: float = 0.02
    imbalance_weight: float = 0.005
    imbalance_max_weight: float = 0.0
    travel_usd_per_h: float = 0.0
    accounts_min: int | None = None
    accounts_max: int | None = None
    distance_max_km: float | None = None
    by_team: bool = False
    candidates_n: int = 32
    gap_share: float = 1e-6
    price_steps_n: int = 400
    search_rounds_n: int = 8
    exact_nodes_n: int = 500
    time_limit_s: float | None = None

    def __post_init__(self) -> None:
        if self.score not in SCORES:
            raise ValueError(f"optimized.score: {self.score!r} is not one of {', '.join(SCORES)}")
        check_ranges("optimized", self, _RANGES)
        if self.accounts_min is not None and self.accounts_max is not None and self.accounts_min > self.accounts_max:
            raise ValueError(f"optimized.accounts_min: {self.accounts_min} is above accounts_max, {self.accounts_max}")

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """The best plan found; ``info`` states objective, proven bound, gap and status, and on which pairs they hold. Uses no chance.

        Where the score has something to say of how it came about, that is the ``note``.

        Raises :class:`sim.planning.Unsupported`, a line a contradiction, for rules that no design can keep.
        """
        del rng
        score = SCORES[self.score](problem)
        model = self._model(problem, score)
        effort = Effort(
            gap_share=self.gap_share,
            price_steps_n=self.price_steps_n,
            search_rounds_n=self.search_rounds_n,
            exact_nodes_n=self.exact_nodes_n,
            time_limit_s=self.time_limit_s,
        )
        solution = solve(model.instance, effort, start=model.start)
        return Assignment(
            model.owner(solution.choice),
            {
                "objective_usd": solution.objective_usd,
                "bound_usd": solution.bound_usd,
                "gap_share": solution.gap_share,
                "status": solution.status,
                "planned_n": int(model.works[solution.choice].sum()),
                "bound_on": model.bound_on,
                **({"note": f"score {self.score}: {score.word}"} if score.word else {}),
            },
        )

    def model(self, problem: PlanningProblem) -> TerritoryModel:
        """The problem in numbers. Raises :class:`sim.planning.Unsupported` for rules that no design can keep."""
        return self._model(problem, SCORES[self.score](problem))

    def _model(self, problem: PlanningProblem, score: Score) -> TerritoryModel:
        who = candidates(problem, by_team=self.by_team, distance_max_km=self.distance_max_km)
        beliefs = replace(Beliefs(self.fit_logit, self.skill_logit, self.relationship_logit), **score.measured)
        outlook = Outlook.of(problem, score.potential_usd, score.shift, beliefs)
        support = supported_by(problem, who, np.where(who.keeps(problem.owner), problem.owner, UNASSIGNED))
        needs = needs_owner(problem, who)
        sizes = Sizes.of(problem, self.accounts_min, self.accounts_max)
        homes = Homes(support, consistent_homes(problem, who, support, needs, sizes), needs)
        terms = Terms(self.disruption_loss_share, self.travel_usd_per_h, self.imbalance_weight, self.imbalance_max_weight)
        return territory_model(problem, who, outlook, homes, sizes, terms, self.candidates_n)
