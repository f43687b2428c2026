"""What reps will ask, answered from the tables; what they do not answer is said too."""

from __future__ import annotations

import numpy as np
import pandas as pd

from experiments.figures import style
from experiments.figures.tables import SAME_GINI
from experiments.handover.dates import review_quarters
from experiments.handover.facts import Facts
from experiments.handover.methods import protected

SAME_QUOTA_SHARE = 0.005  # what is nearer is the same quota: sums of days in another order
DECIDE = "**To be decided by us before roll-out; the comparison does not settle it.**"


def questions(facts: Facts) -> list[tuple[str, str]]:
    """Questions with their answers, in the order in which they come; what does not arise is left out."""
    asked = [
        ("Will my quota change?", quota(facts)),
        ("What happens to my open deals?", deals(facts)),
        ("Who is paid for a deal that moves?", pay(facts)),
        ("Why does this account leave me, of all accounts?", reasons(facts)),
        ("What becomes of the customers who know me?", relationships(facts)),
        ("Is my new book poorer than my old one?", books(facts)),
        ("Is it fair?", fairness(facts)),
        ("Will I be on the road more?", travel(facts)),
        ("Will it change again?", changes_again(facts)),
        ("What if you have got something wrong?", mistakes(facts)),
    ]
    return [(question, answer) for question, answer in asked if answer]


def quota(facts: Facts) -> str:
    """Whether the design changes what a seat has to sell, and where quotas come from."""
    before, after = (_full_quota_usd(facts, arm) for arm in (facts.run.baseline, facts.arm))
    if not len(before) or not len(after):
        return f"The tables hold no quotas. {DECIDE}"
    change = (after / before - 1).dropna()
    differs = change[change.abs() > SAME_QUOTA_SHARE]
    if len(differs):
        text = (
            f"For {len(differs):,} of {len(change):,} seats yes: by {style.signed(change.min())} to {style.signed_percent(change.max())}."
        )
    else:
        text = (
            "Not by this change. Quotas were fixed before anybody drew a territory, and are the same with the old ones and the new ones: "
            "who receives accounts does not get a higher quota for them, and who passes some on does not get a lower one."
        )
    return f"{text} {_source_of_quotas(facts)}"


def _full_quota_usd(facts: Facts, arm: str) -> pd.Series:
    """The quota of a quarter by seat, of somebody who is there and has ramped up: the highest of all quarters and futures."""
    seats = facts.run.seats
    if not {"arm", "draw", "seat", "quota_usd"} <= set(seats):
        return pd.Series(dtype=np.float64)
    rows = seats[(seats["arm"] == arm) & (seats["draw"] == seats["draw"].min())]
    quota: pd.Series = rows.groupby("seat")["quota_usd"].max().replace(0.0, np.nan)
    return quota


def _source_of_quotas(facts: Facts) -> str:
    ledger = facts.run.ledger
    own = ledger[ledger["parameter"] == "reps.quota_usd"] if "parameter" in ledger else pd.DataFrame()
    told_n = int(own.loc[own["status"] == "identified", "rows_n"].sum()) if len(own) else 0
    if told_n == len(facts.sheet):
        return "They are the quotas of our CRM."
    which = "The quotas" if not told_n else f"{len(facts.sheet) - told_n:,} of {len(facts.sheet):,} quotas"
    return f"{which} in this comparison were set by the comparison itself, as our CRM names none; what counts is your own agreement."


def deals(facts: Facts) -> str:
    """What is protected, how many deals stay, and what happens to those that move."""
    kept, given = int(facts.total("deals_kept_n")), int(facts.total("deals_given_n"))
    if not kept + given:
        return ""
    if not given:
        return f"{'The one open deal stays' if kept == 1 else f'All {kept:,} open deals stay'} with their rep."
    gap_days = float(facts.policy["transition_gap_days"])
    still = f"stands still for {gap_days:g} days" if gap_days else "does not stand still"
    move = "moves with its account" if given == 1 else "move with their accounts"
    return (
        f"{kept:,} of {kept + given:,} open deals stay with their rep; {given:,} {move}. {protected(facts.policy)} In the comparison a "
        f"deal that moves {still}, and goes on from its stage with somebody whom the customer does not know yet."
    )


def pay(facts: Facts) -> str:
    """Nobody has told the comparison; asked only where deals move."""
    if not facts.total("deals_given_n"):
        return ""
    return f"{DECIDE} It counts a deal for whoever closes it; a split, or a time in which both are paid, is for us to offer."


def reasons(facts: Facts) -> str:
    """Where the reasons stand, and for how many moves there is none that a rep could check."""
    text = "The reason stands beside each account in part 3: facts that you can check yourself."
    if "evidence" not in facts.moved:
        return text
    moved_n, told = len(facts.moved), facts.moved["evidence"].value_counts()
    own = int(told.get("account", 0))
    text += f" For {f'all {moved_n:,}' if own == moved_n else f'{own:,} of {moved_n:,}'} moves they are about the account itself"
    if books := told.get("books", 0):
        text += f", for {books:,} only about how full or how rich the two books are"
    if nothing := told.get("nothing", 0):
        text += f", and for {nothing:,} nothing speaks but the plan as a whole; there it is fair to ask whether the move is needed"
    return f"{text}."


def relationships(facts: Facts) -> str:
    """How many relationships stay, and whether they are handed over."""
    there, stay = int(facts.total("relationships_before_n")), int(facts.total("relationships_kept_n"))
    if not there:
        return ""
    text = f"Of {there:,} accounts that their rep has worked, {stay:,} stay with that rep."
    if stay == there:
        return text
    if facts.policy["transition"] == "warm" and facts.policy["transition_gap_days"] > 0:
        return f"{text} For the others there is time for both of you to hand over (part 4); a part of the relationship lives on."
    return (
        f"{text} For the others the comparison counts the relationship as lost, which costs sales and is part of the finding. It plans no "
        "time for handing over together. If you introduce your successor all the same, it can only help the customer."
    )


def books(facts: Facts) -> str:
    """How many seats have less potential, and what becomes of the chances to reach quota."""
    before, after = (facts.sheet[f"potential_{when}_usd"] for when in ("before", "after"))
    if not before.any():
        return ""
    change, poorer = (after / before.where(before > 0) - 1), int((after < before).sum())
    if not poorer:
        text = "No book holds less potential than before."
    else:
        lighter = int(((after < before) & (facts.sheet["load_after"] < facts.sheet["load_before"])).sum())
        less = f"of less potential than before, by {style.percent(-change.min(), 1)} at most"
        text = f"{_reps(poorer, len(before), 'has a book', 'have books')} {less}."
        text += f" {lighter:,} of them {_is(lighter)} left with more hours for each account." if lighter else ""
    old, new = (facts.quota_chances(arm) for arm in (facts.run.baseline, facts.arm))
    if facts.arm == facts.run.baseline or not np.isfinite(new - old).any():
        return text
    known = new - old
    return (
        f"{text} The chance to reach quota (part 3) rises for {int((known > 0).sum()):,} of us and falls for {int((known < 0).sum()):,}, "
        f"but {noise(facts)}."
    )


def noise(facts: Facts) -> str:
    """By how much a chance that is counted in n futures is off, at most, in 95 of 100 cases: 1.96 sqrt(p (1 - p) / n) at p = 1/2."""
    points = 0.98 / np.sqrt(facts.run.chance_futures_n)
    return f"a chance counted in {facts.run.chance_futures_n:,} futures may itself be off by {100 * min(points, 0.5):.0f} percentage points"


def fairness(facts: Facts) -> str:
    """Opportunity before and after, by its Gini coefficient, and the range of loads."""
    load = [facts.sheet[f"load_{when}"].dropna() for when in ("before", "after")]
    gini, then = (facts.run.value(arm, "gini_opportunity") for arm in (facts.run.baseline, facts.arm))
    parts = []
    if np.isfinite([gini, then]).all() and facts.arm != facts.run.baseline:
        way = "about as even as" if abs(then - gini) < SAME_GINI else "more even than" if then < gini else "less even than"
        new, old = style.plain(then, 2), style.plain(gini, 2)
        parts.append(
            f"Opportunity, the potential that each of us has per hour, is {way} with {facts.than}: {new}"
            f"{'' if new == old else f' instead of {old}'} on a scale on which 0 is the same for all."
        )
    if all(len(each) for each in load) and facts.owned_today:
        spans = [f"between {each.min():.1f} and {each.max():.1f} times" for each in load]
        parts.append(f"A book asks {spans[1]} the hours that its rep has; today it asks {spans[0]}.")
    return " ".join(parts)


def travel(facts: Facts) -> str:
    """Hours on the road of the team, and for how many reps they grow by an hour or more."""
    before, after = (facts.sheet[f"travel_{when}_h_per_week"] for when in ("before", "after"))
    if not before.any() and not after.any():
        return ""
    more, most = int((after - before >= 1).sum()), float((after - before).max())
    now, then = f"{before.sum():.0f}", f"{after.sum():.0f}"
    text = f"The team as a whole is expected on the road for {then} hours a week"
    if not facts.owned_today:
        return f"{text}."
    text += ", as today." if now == then else f" instead of {now}."
    if not more:
        return f"{text} For nobody it is an hour a week more."
    return f"{text} {_reps(more, len(before), 'is', 'are')} on it for an hour a week more, or longer: {most:.1f} at most."


def changes_again(facts: Facts) -> str:
    """What the policy says about later changes."""
    text = ""
    if quarters := review_quarters(facts):
        text = f"Perhaps: the first review is {quarters * 3} months after roll-out (part 4)."
    if facts.policy["idle_days"] > 0:
        text += f" Accounts that nobody works for {facts.policy['idle_days']:g} days are dealt out again each quarter."
    return text.strip() or f"No later change was part of the comparison. {DECIDE}"


def mistakes(facts: Facts) -> str:
    """The plan knows the CRM only."""
    return (
        "Then tell us before roll-out. The plan knows what the CRM shows, and nothing else: a customer whom you have visited without a "
        "note, an introduction under way, a promise made. Tell us the account and what is missing, and we look at it before it moves."
    )


def _reps(n: int, of: int, one: str, more: str) -> str:
    return f"{n:,} of {of:,} reps {one if n == 1 else more}"


def _is(n: int) -> str:
    return "is" if n == 1 else "are"
