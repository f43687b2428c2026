"""The ``model`` score: chance x value from a statistical model of the history, wherever that foresees better than ``historical``.

Five steps, each of which says what it found (docs/score.md has the measurements):

1.  Engagements that can be learned from, weighted for wins that are not seen yet and for accounts that nobody chose to work
    (strategies/worth/score_sample.py).
2.  Chance of a win and value of a year, from traits of the account alone (strategies/worth/score_fit.py).
3.  Both are asked about engagements that were begun after a cut, having learned from what was known before it; each of the two is used only
    if it beats ``historical`` there by more than luck (strategies/worth/score_validation.py). If not, ``historical`` it is.
4.  A chance becomes a shift: the log-odds which, added to every stage of the public rates, give that chance; less the mean of the segment,
    since the public rates are those of the average account, and what all engagements have in common (relationships, for one) is
    counted elsewhere. An account unlike all that were worked is drawn towards its segment.
5.  What a skill match is worth (strategies/worth/matching.py) replaces the company's belief, where the history is large enough to tell.

Where the CRM shows nothing of why reps chose an account (an opinion, a phone call), no weight can repair it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.planning import PlanningProblem
from sim.snapshot import FloatArray
from strategies.worth.matching import Matching, matching_effect
from strategies.worth.score import Score, historical
from strategies.worth.score_fit import Encoded, chance_of, encoded, for_the_unworked, one_thread, stage_shift, worked_chance
from strategies.worth.score_sample import MIN_WORKED_CHANCE, Sample, old_enough, worked
from strategies.worth.score_validation import MIN_N, Gain, Validation, paid_before, validate
from strategies.worth.throughput import LOGIT_RANGE


@dataclass(frozen=True, eq=False)
class Learned:
    """What the model has to say, used or not: ``potential_usd`` and ``shift`` (accounts,), how it fared, and what a match is worth."""

    potential_usd: FloatArray
    shift: FloatArray
    validation: Validation
    matching: Matching | None
    sample: Sample


def modelled(problem: PlanningProblem) -> Score:
    """The model's score, or that of ``historical`` where the model has not earned its place; ``word`` says which, and why."""
    known = historical(problem)
    learned = learn(problem, known)
    if learned is None:
        lost_n, won_n = _ends_n(problem)
        return replace(known, word=f"historical: {won_n} wins and {lost_n} losses are too few to test a model on what it has not seen")
    chance, value, matching = learned.validation.chance_gain, learned.validation.value_gain, learned.matching
    measured = {"fit_logit": 0.0} if chance.beats else {}  # the shift has it
    if matching is not None:
        measured["skill_logit"] = matching.supported_logit
    words = (
        _verdict("chance", chance, "log loss"),
        _verdict("value", value, "squared log error"),
        _matching(matching),
        f"{worked(problem).mean():.0%} of the accounts were worked; "
        f"{len(learned.sample)} engagements weigh as {learned.sample.effective_n:.0f}",
    )
    return Score(
        potential_usd=learned.potential_usd if value.beats and not problem.told_truth else known.potential_usd,
        shift=learned.shift if chance.beats else known.shift,
        measured=measured,
        word="; ".join(words),
    )


def learn(problem: PlanningProblem, known: Score) -> Learned | None:
    """Steps 1 to 5. ``known`` is what the value is drawn to where nobody like an account was worked. None: too few wins or losses."""
    if min(_ends_n(problem)) < 2 * MIN_N:
        return None
    with one_thread():
        what = encoded(problem)
        chance_worked = worked_chance(what, problem)
        validation = validate(problem, what, chance_worked)
        if validation is None:
            return None
        sample = for_the_unworked(old_enough(problem)[0], chance_worked)
        trust = np.minimum(chance_worked / MIN_WORKED_CHANCE, 1.0)
        return Learned(
            potential_usd=_drawn(known.potential_usd, paid_before(what, problem, sample), trust),
            shift=trust * learned_shift(problem, what, sample),
            validation=validation,
            matching=matching_effect(problem, what),
            sample=sample,
        )


def learned_shift(problem: PlanningProblem, what: Encoded, sample: Sample) -> FloatArray:
    """Log-odds a stage (accounts,) by which the model's chance of the next engagement is off the public rates; 0 in a segment's mean."""
    chance, rates = chance_of(what, sample), problem.rates
    segment, customer = problem.accounts.segment, ~np.isnan(problem.accounts.customer_since_day)
    everybody = np.arange(len(segment))
    size = np.bincount(segment, minlength=what.segments_n)
    shift = np.zeros((2, len(segment)))
    for kind, stages in enumerate((rates.pass_chance, rates.expansion_pass_chance)):
        each = stage_shift(chance(everybody, np.full(len(segment), bool(kind))), stages[segment], LOGIT_RANGE)
        mean = np.bincount(segment, each, minlength=what.segments_n) / np.maximum(size, 1)
        shift[kind] = each - mean[segment]
    own: FloatArray = np.where(customer, shift[1], shift[0])
    return own


def _ends_n(problem: PlanningProblem) -> tuple[int, int]:
    """Losses and wins in the history."""
    won_n = int(problem.history.won.sum())
    return len(problem.history) - won_n, won_n


def _drawn(known_usd: FloatArray, learned_usd: FloatArray, trust: FloatArray) -> FloatArray:
    """The learned value as far as it is trusted, in logs; what is worth nothing stays so."""
    something = (known_usd > 0) & (learned_usd > 0)
    ratio = np.where(something, learned_usd, 1.0) / np.where(something, known_usd, 1.0)
    drawn: FloatArray = known_usd * ratio**trust
    return drawn


def _verdict(part: str, gain: Gain, loss: str) -> str:
    who = "model" if gain.beats else "historical, which the model does not beat"
    return f"{part}: {who} ({loss} {gain.after:.4f} against {gain.before:.4f} on later engagements, gain {gain.mean:.4f} +- {gain.se:.4f})"


def _matching(matching: Matching | None) -> str:
    if matching is None:
        return "skill match: as believed, the history cannot tell"
    low, high = matching.interval
    return f"skill match: {matching.supported_logit:.2f} (measured {matching.logit:.2f}, 95 % {low:.2f} to {high:.2f})"
