"""How accounts were dealt out, and what was protected, in a rep's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from experiments.handover.facts import Facts
from experiments.handover.markdown import literal

# By the module in which a strategy lives. What each does in full stands at that module's head.
IDEAS = {
    "strategies.status_quo": "Everybody keeps what they have.",
    "strategies.balanced_clusters": "Accounts that lie near each other form a territory, and all territories weigh about the same.",
    "strategies.draft": "Reps picked their accounts in turns, so that nobody was always last.",
    "strategies.dynamic_books": "Every rep has as many accounts as the hours of a quarter allow; the rest wait in a pool, from which books "
    "are filled again each quarter.",
    "strategies.equal_count": "Everybody has the same number of accounts. Books that are too long give away first what they know least.",
    "strategies.geographic": "The map was cut into one territory for each rep, along states where that is possible.",
    "strategies.greedy_balance": "The potential of the accounts is spread evenly over the hours that reps have, with few moves.",
    "strategies.gut_feel": "The sales leader dealt by hand, from experience.",
    "strategies.named_accounts": "A team of its own looks after the most important accounts; the others were dealt out separately.",
    "strategies.nearest": "An account belongs to whoever is near it, by place and by industry, as long as books stay of a fair size.",
    "strategies.optimized": "An optimiser weighed all accounts and all reps at once. It looked for the books with which the team can sell "
    "the most in the hours that it has; a move had to be worth more than the relationship that it costs.",
    "strategies.placeless": "Accounts were dealt out without looking at the map.",
    "strategies.segment_first": "Teams for each segment come first, and accounts were dealt out inside each team.",
}
PROTECTED = {
    "none": "No account was protected from moving.",
    "prospecting": "An account with an open deal does not move.",
    "qualified": "An account with an open deal that is qualified, or at proposal, does not move.",
    "proposal": "An account with an open deal at proposal does not move.",
    "relationships": "An account that its owner has ever worked does not move.",
}


def idea(facts: Facts) -> str:
    """The strategy's idea; of one that is not ours, where it is written down."""
    path = facts.run.text(facts.arm, "strategy")
    known = IDEAS.get(path.rpartition(".")[0])
    return known or f"Accounts were dealt out by {literal(path)}; whoever wrote that strategy can say how."


def protected(policy: Mapping[str, Any]) -> str:
    """Which accounts could not move."""
    return PROTECTED[policy["protect"]]
