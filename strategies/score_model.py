"""The ``model`` score: chance x value from a statistical model of the history, wherever that foresees better than ``historical``.

Five steps, each of which says what it found (docs/score.md has the measurements):

1.  Engagements that can be learned from, weighted for wins that are not seen yet and for accounts that nobody chose to work
    (strategies/score_sample.py).
2.  Chance of a win and value of a year, from traits of the account alone (strategies/score_fit.py).
3.  Both are asked about engagements that were begun after a cut, having learned from what was known before it; each of the two is used only
    if it beats ``historical`` there by more than luck (strategies/score_validation.py). If not, ``historical`` it is.
4.  A chance becomes a shift: the log-odds which, added to every stage of the public rates, give that chance; less the mean of the segment,
    since the public rates are those of the average account, and what all engagements have in common (relationships, for one) is
    counted elsewhere. An account unlike all that were worked is drawn towards its segment.
5.  What a skill match is worth (strategies/matching.py) replaces the company's belief, where the history is large enough to tell.

Where the CRM shows nothing of why reps chose an account (an opinion, a phone call), no weight can repair it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.planning import PlanningProblem
from sim.snapshot import FloatArray
from strategies.matching import Matching, matching_effect
from strategies.score import Score, historical
from strategies.score_fit import Encoded, chance_of, encoded, for_the_unworked, one_thread, stage_shift, worked_chance
from strategies.score_sample import MIN_WORKED_CHANCE, Sample, old_enough, worked
from strategies.score_validation import Gain, paid_before, validate
from strategies.throughput import LOGIT_RANGE


def modelled(problem: PlanningProblem) -> Score:
    """The model's score, or that of ``historical`` where the model has not earned its place; ``word`` says which, and why."""
    known = historical(problem)
    lost_n, won_n = np.bincount(problem.history.won.astype(np.int64), minlength=2)
    ends = f"{won_n} wins and {lost_n} losses"
    if won_n == 0 or lost_n == 0:
        return replace(known, word=f"historical: the history has {ends}, and a model learns from both")
    with one_thread():
        what = encoded(problem)
        chance_worked = worked_chance(what, problem)
        validation = validate(problem, what, chance_worked)
        if validation is None:
            return replace(known, word=f"historical: {ends} are too few to test a model on what it has not seen")
        sample = for_the_unworked(old_enough(problem)[0], chance_worked)
        trust = np.minimum(chance_worked / MIN_WORKED_CHANCE, 1.0)
        by_chance, by_value = validation.chance_gain, validation.value_gain
        measured: dict[str, float] = {}
        potential, shift = known.potential_usd, known.shift
        if by_chance.beats:
            shift = trust * learned_shift(problem, what, sample)
            measured["fit_logit"] = 0.0  # the shift has it
        if by_value.beats and not problem.told_truth:
            potential = _drawn(known.potential_usd, paid_before(what, problem, sample), trust)
        matching = matching_effect(problem, what)
    if matching is not None:
        measured["skill_logit"] = matching.supported_logit
    words = (
        _verdict("chance", by_chance, "log loss"),
        _verdict("value", by_value, "squared log error"),
        _matching(matching),
        f"{worked(problem).mean():.0%} of the accounts were worked; {len(sample)} engagements weigh as {sample.effective_n:.0f}",
    )
    return Score(potential, shift, measured, "; ".join(words))


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
