"""When what happens, in days from roll-out; with the calendar's dates where the market has any."""

from __future__ import annotations

from datetime import timedelta

from experiments.handover.facts import Facts
from sim.snapshot import DAYS_PER_QUARTER

REVIEW_QUARTERS = {"quarterly": 1, "semiannual": 2}


def review_quarters(facts: Facts) -> int:
    """The quarters until balance is looked at for the first time; 0 if the company does not look."""
    return REVIEW_QUARTERS.get(facts.policy["review"], 0)


def steps(facts: Facts) -> list[dict[str, str]]:
    """What happens when, in order."""
    policy, gap_days = facts.policy, float(facts.policy["transition_gap_days"])
    had_owner = facts.owned_today
    days: list[tuple[float, str]] = [(0, "**Roll-out.** Accounts change their owners in the CRM.")]
    if had_owner and gap_days > 0:
        deals = ", and their open deals stand still" if facts.total("deals_given_n") else ""
        text = f"**Hand-over begins.** For {gap_days:g} days nobody works the accounts that move{deals}."
        if policy["transition"] == "warm":
            text += (
                f" Whoever leaves and whoever takes over talk: {policy['hand_over_h_per_week']:g} hours a week of each of them for every "
                "account with a relationship or an open deal, as far as both have the hours."
            )
        days += [(0, text), (gap_days, "**The new owners start** to work the accounts that they have received.")]
    elif had_owner:
        days.append((0, "**No pause.** The new owners start to work their accounts on the same day."))
    if policy["idle_days"] > 0:
        text = f"**Idle accounts.** What was not worked for {policy['idle_days']:g} days is dealt out again, then each quarter."
        days.append((DAYS_PER_QUARTER, text))
    if quarters := review_quarters(facts):
        days.append((quarters * DAYS_PER_QUARTER, f"**First review** of the territories; then {_each(quarters)}. {_trigger(facts)}"))
    return [{"day": f"{day:g}", "date": _date(facts, day), "what": what} for day, what in sorted(days, key=lambda step: step[0])]


def after(facts: Facts) -> str:
    """What the comparison does not say about later changes."""
    if review_quarters(facts):
        return ""
    return (
        "A review after roll-out was not part of the comparison. We owe you a date on which we look at the books together; "
        f"the end of the first quarter, day {DAYS_PER_QUARTER:g}, is the first with numbers to look at."
    )


def _each(quarters: int) -> str:
    return "every quarter" if quarters == 1 else "every half year"


def _trigger(facts: Facts) -> str:
    spread = facts.policy["review_trigger_cv"]
    if not spread > 0:
        return "Territories may change at every review."
    return (
        f"Territories change again only if books have become uneven: potential per hour spread by more than {spread:.0%} around its mean."
    )


def _date(facts: Facts, day: float) -> str:
    if facts.day_0 is None:
        return ""
    when = facts.day_0 + timedelta(days=day)
    return f"{when.day} {when:%B %Y}"
