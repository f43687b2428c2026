"""What a leader is told: what to do, what it costs, how sure we are. A sentence each, and the rest of it; numbers from the run's tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from experiments.figures import style
from experiments.figures.tables import SAME_GINI, Run
from experiments.findings.money import payback_in_words
from experiments.findings.statistics import DEPENDS, EQUIVALENT, NOT_SETTLED
from experiments.running.arms import INFORMED


@dataclass(frozen=True)
class Advice:
    """One question of a leader: ``sentence`` answers it, ``more`` says the rest ("" if there is none)."""

    heading: str
    sentence: str
    more: str = ""


def advice(run: Run) -> list[Advice]:
    """What to do, what it costs, how sure we are: a sentence each."""
    if not run.arms:
        return [Advice("What to do", "Nothing can be said: no arm of this run has numbers, for the reasons that are listed.")]
    return [
        Advice("What to do", *what_to_do(run)),
        Advice("What it costs", *what_it_costs(run)),
        Advice("How sure we are", *how_sure(run)),
    ]


def what_to_do(run: Run) -> tuple[str, str]:
    """Roll out the best arm if it is shown to be better; otherwise stay, and say what would settle it."""
    best, than = run.best, run.baseline_words
    if not run.baseline or not best:
        return "There is nothing to decide: a baseline and at least one other design are needed for a comparison.", ""
    lift, low, high = run.lift(best)
    span = f"{style.signed(low)} to {style.signed_percent(high)}"
    verdict = run.text(best, "verdict")
    if verdict == "better":
        gain = lift * run.value(
            run.baseline, "bookings_usd"
        )  # not the difference of the means, which holds the luck that the lift is rid of
        text = f"Roll out {best}: over {_quarters(run)} it books {style.percent(lift, 1)} more than {than} ({span})"
        text += f", some {style.usd(gain)} in all." if np.isfinite(gain) and gain > 0 else "."
        return text, f"{_rivals(run, best)} {_worth_of_truth(run)}".strip()
    if verdict == "equivalent":
        return (
            f"Keep {than}, unless there are reasons other than bookings: {best}, the best of the rest, books as much ({span}), "
            f"within the ±{style.percent(run.delta_share, 1)} that do not matter."
        ), ""
    if verdict == "worse":
        return f"Keep {than}: every other design books less, and {best}, the best of them, {style.percent(-lift, 1)} less ({span}).", ""
    if verdict == DEPENDS:
        return (
            f"Keep {than} for now: whether {best}, the best of the rest, books more depends on what is assumed "
            f"({_over_draws(run, best)} over {run.draws_words})."
        ), _what_to_measure(run, best)
    over = f"; over the assumptions {_over_draws(run, best)}" if run.assumptions_drawn else ""
    return (
        f"Keep {than} for now: no design is shown to book more, and {best}, the best of the rest, is not settled ({span}{over})."
    ), f"More {'draws and futures' if over else 'futures'} would narrow that."


def what_it_costs(run: Run) -> tuple[str, str]:
    """Disruption and payback; then coverage, equity and quota: the arm may win one and lose another."""
    arm, base = run.best, run.baseline
    if not arm or not base:
        return "No change of territories was compared with a baseline, so there is no cost to state.", ""
    deals, months = run.value(arm, "moved_deals_n"), run.value(arm, "moved_relationship_months")
    also = [f"{style.plain(deals)} open deals"] if deals >= 0.5 else []
    also += [f"{style.plain(months)} months of relationship"] if months >= 0.5 else []
    moves = "moves" if run.text(arm, "verdict") == "better" else "would move"
    text = f"{arm} {moves} {style.percent(run.value(arm, 'moved_share'))} of accounts"
    text += f", with them {' and '.join(also)}" if also else ""
    quarter, earliest, latest = (run.value(arm, f"payback{name}_quarter") for name in ("", "_low", "_high"))
    payback = payback_in_words(quarter, earliest, latest, int(run.provenance.get("quarters", 0)))
    text += f"; hand-over included, it is {payback}." if payback else "."
    more = _against(run, "uncovered_share", "of accounts stay uncovered")
    potential = run.value(arm, "uncovered_potential_share")
    more += f" (they hold {style.percent(potential)} of the potential); " if np.isfinite(potential) else "; "
    return text, more + f"{_against(run, 'seats_at_quota_share', 'of seats reach their quota')}; opportunity is {_evenness(run)}."


def how_sure(run: Run) -> tuple[str, str]:
    """The spreads, each with the question that it answers, and how much of the model is assumed."""
    arm = run.best
    if not arm:
        return "Without a comparison there is no lift to be sure of.", ""
    futures = run.provenance.get("futures", "?")
    p10, p90 = run.value(arm, "single_p10_share"), run.value(arm, "single_p90_share")
    each = "draw" if run.imported else "market"
    lived = f"{futures} futures of this market" if run.draws_n < 2 else f"{futures} futures of each {each}, clustered by {each},"
    text = f"The range is a 95 % interval, for all arms together, of the mean over {lived} in this model"
    if np.isfinite(p10) and np.isfinite(p90):
        text += (
            f"; one company lives through a single future, and its luck may make that {style.signed(p10)} to {style.signed_percent(p90)}"
        )
    more = ""
    if run.draws_n > 1 and np.isfinite(run.over_draws(arm)).all():
        low, high = run.over_draws(arm)
        ends = f"between {style.signed(low)} and {style.signed_percent(high)}"
        what = "the lift is" if run.imported else "the mean lift is"
        more += f"Over {run.draws_words} {what} {ends}{' (10 to 90 % of them)' if run.imported else ''}. "
    elif run.imported:
        more += "Every assumption is taken as stated; more draws ask what if they are off. "
    else:
        more += "One market was drawn, so nothing is claimed about other markets. "
    if "status" in run.ledger and len(run.ledger) > 1:
        more += f"{int((run.ledger['status'] == 'assumed').sum())} of {len(run.ledger)} listed parameters are assumed rather than measured."
    return f"{text}.", more.strip()


def _rivals(run: Run, best: str) -> str:
    """Which other choices cannot be told apart from the best arm; "" if none."""
    rivals = _not_told_apart(run, best)
    if not rivals:
        return ""
    named = ", ".join(f"{arm} (moves {style.percent(run.value(arm, 'moved_share'))} of accounts)" for arm in rivals)
    return f"Its bookings cannot be told apart from those of {named}: between them, let disruption and equity decide."


def _over_draws(run: Run, arm: str) -> str:
    low, high = run.over_draws(arm)
    return f"{style.signed(low)} to {style.signed_percent(high)}"


def _what_to_measure(run: Run, arm: str) -> str:
    """What to find out before deciding: the parameters that stand out, if any does."""
    if named := run.depends_on(arm):
        return f"It hangs most on {named}: measure that in your own company and set it before deciding."
    return (
        f"No single parameter stands out in {run.draws_n} draws: it is several together, or the truth behind the CRM's estimates, which is "
        f"drawn too. More draws tell more."
    )


def _worth_of_truth(run: Run) -> str:
    """What the arm that is told the truth gains: a reference for the worth of better data."""
    for arm in run.others:
        lift = run.lift(arm)[0]
        if run.text(arm, "strategy").startswith(INFORMED) and lift > run.lift(run.best)[0]:
            more = style.percent(lift, 1)
            return f"A planner told the truth about accounts and reps would book {more} more: what better data may be worth."
    return ""


def _not_told_apart(run: Run, best: str) -> list[str]:
    """Other choices that are better than the baseline too and whose bookings differ from the best arm's by nothing that is settled."""
    rivals = []
    if {"arm_a", "arm_b", "verdict"} <= set(run.pairwise):
        for _, pair in run.pairwise[run.pairwise["verdict"].isin([NOT_SETTLED, EQUIVALENT, DEPENDS])].iterrows():
            sides = {str(pair["arm_a"]), str(pair["arm_b"])}
            if best in sides and len(sides) == 2:
                rivals += list(sides - {best})
    return [arm for arm in run.others if arm in rivals and not run.is_reference(arm) and run.text(arm, "verdict") == "better"]


def _against(run: Run, column: str, words: str) -> str:
    """The best arm's share, and the baseline's where it reads differently."""
    new, old = (style.percent(run.value(arm, column)) for arm in (run.best, run.baseline))
    return f"{new} {words}, " + ("as before" if new == old else f"instead of {old}")


def _evenness(run: Run) -> str:
    new, old = (run.value(arm, "gini_opportunity") for arm in (run.best, run.baseline))
    if not np.isfinite([new, old]).all():
        return "not measured"
    word = "about as even as before" if abs(new - old) < SAME_GINI else "more even" if new < old else "less even"
    return f"{word} (Gini {style.plain(new, 2)} instead of {style.plain(old, 2)})"


def _quarters(run: Run) -> str:
    quarters_n = run.provenance.get("quarters", "?")
    return "one quarter" if quarters_n == 1 else f"{quarters_n} quarters"
