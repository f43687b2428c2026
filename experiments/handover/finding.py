"""Why: what the comparison found for a design, in plain words with its interval, and what that does not settle."""

from __future__ import annotations

import numpy as np

from experiments.figures import style
from experiments.findings.statistics import DEPENDS
from experiments.handover.facts import Facts
from experiments.handover.markdown import listed, literal


def today(facts: Facts) -> str:
    """What is amiss with today's books, as the tables show it; "" where nobody owns anything or nothing is known."""
    load = facts.sheet["load_before"].dropna()
    if not facts.owned_today:
        return "Nobody owns an account yet, so territories are drawn for the first time."
    if not len(load):
        return ""
    text = (
        f"Today the fullest book asks {load.max():.1f} times the hours that its rep has, and the emptiest {load.min():.1f} times. "
        "Where a book asks for more hours than there are, customers wait and accounts are left alone, however hard its rep works."
    )
    if load.min() < 1:
        text += " Where it asks for fewer, somebody could do more than the book allows."
    left, then = (facts.run.value(arm, "uncovered_share") for arm in (facts.run.baseline, facts.arm))
    if facts.against_today and facts.arm != facts.run.baseline and np.isfinite([left, then]).all():
        text += (
            f" If we leave things as they are, {style.percent(left)} of our accounts will at a quarter's end have been left alone for 90 "
            f"days although they could be worked; with the new territories {style.percent(then)}."
        )
    return text


def found(facts: Facts) -> str:
    """The lift of the design with its interval, and what the verdict means."""
    run, arm = facts.run, facts.arm
    lift, low, high = run.lift(arm)
    if arm == run.baseline or not np.isfinite(lift):
        return "The comparison puts no number on what this design brings: it is the one that the others were compared with."
    each = int(run.provenance["futures"])
    futures = f"{each * run.draws_n:,} possible futures of {facts.quarters} quarters"
    sets = "sets of assumptions about what our CRM does not tell" if run.imported else "markets"
    drawn = f" ({each:,} under each of {run.draws_n} {sets})" if run.draws_n > 1 else ""
    ends = f"That mean lies between {style.signed(low)} and {style.signed_percent(high)} (95 % interval for all designs together)."
    way = "more" if lift >= 0 else "less"
    text = (
        f"We let the same team live through {futures}{drawn}, once with {facts.than} and once with the new ones. "
        f"With the new ones the team books {style.percent(abs(lift), 1)} {way} in the mean."
    )
    text += f" {ends}" if np.isfinite([low, high]).all() else ""
    meaning = {
        "better": "That is a gain that chance in the simulation does not explain.",
        "equivalent": f"That is as much as before, within the ±{style.percent(run.delta_share, 1)} that do not matter: "
        "bookings are no reason for the change, and none against it.",
        "worse": "That is a loss: bookings speak against this design.",
        DEPENDS: "Whether it is a gain depends on what had to be assumed about our company: nothing is proven.",
    }
    return f"{text} {meaning.get(run.text(arm, 'verdict'), 'So it is not settled whether this design books more or less.')}"


def not_settled(facts: Facts) -> list[str]:
    """What nobody should read into the finding."""
    run, arm = facts.run, facts.arm
    points = []
    p10, p90 = run.value(arm, "single_p10_share"), run.value(arm, "single_p90_share")
    if arm != run.baseline and np.isfinite([p10, p90]).all():
        points.append(
            f"**Our own luck.** The interval is about the mean. We live through one future only, and in eight of ten of them the "
            f"difference lies between {style.signed(p10)} and {style.signed_percent(p90)}."
        )
    if not run.imported:
        points.append("**Our own company.** The market of this comparison is made up; no account and no rep in it exists.")
    points += _assumed(facts)
    rivals = _not_told_apart(facts)
    if rivals:
        points.append(
            f"**Whether another design is as good.** The bookings of {listed(rivals)} cannot be told apart from those of this design."
        )
    points.append("**What happens to one person.** Numbers for a seat are means over many futures: an expectation, not a promise.")
    return points


def _assumed(facts: Facts) -> list[str]:
    run, points = facts.run, []
    low, high = run.over_draws(facts.arm)
    if run.assumptions_drawn and facts.arm != run.baseline and np.isfinite([low, high]).all():
        text = (
            f"**What we do not know about ourselves.** Much had to be assumed, such as hours and chances of an account. Over "
            f"{run.draws_n} sets of assumptions the difference lies between {style.signed(low)} and {style.signed_percent(high)} "
            "(10 to 90 % of them)."
        )
        if named := run.depends_on(facts.arm):
            text += f" It hangs most on {literal(named)}."
        points.append(text)
    elif "status" in run.ledger and len(run.ledger):
        assumed_n = int((run.ledger["status"] == "assumed").sum())
        points.append(f"**What was assumed.** {assumed_n:,} of the {len(run.ledger):,} parameters of the comparison are not measured.")
    return points


def _not_told_apart(facts: Facts) -> list[str]:
    """The other designs that could be rolled out and whose difference from this one is not shown."""
    run, arm = facts.run, facts.arm
    if not {"arm_a", "arm_b", "verdict"} <= set(run.pairwise):
        return []
    pairs = run.pairwise[(run.pairwise[["arm_a", "arm_b"]] == arm).any(axis="columns") & ~run.pairwise["verdict"].isin(["better", "worse"])]
    others = [b if a == arm else a for a, b in zip(pairs["arm_a"], pairs["arm_b"], strict=True)]
    return [literal(other) for other in others if other != run.baseline and not run.is_reference(other)]
