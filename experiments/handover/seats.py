"""What changes for each seat: one table for the team, and each rep's own accounts, with the reason for every move."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from experiments.figures import style
from experiments.handover.facts import Facts
from experiments.handover.markdown import listed, literal, usd

LISTED_N = 25  # accounts that a rep reads of in each direction; all of them stand in designs/<arm>.csv
NOBODY = "nobody"


def team_rows(facts: Facts) -> list[dict[str, str]]:
    """A row a seat: before and after."""
    before, after = (facts.quota_chances(arm) for arm in (facts.run.baseline, facts.arm))
    rows = []
    for row, chance, then in zip(facts.sheet.to_dict("records"), before, after, strict=True):
        rows.append(
            {
                "name": facts.names[row["seat"]],
                "accounts": _change(f"{row['accounts_before_n']:,}", f"{row['accounts_after_n']:,}"),
                "given": f"{row['accounts_given_n']:,}",
                "received": f"{row['accounts_received_n']:,}",
                "potential": _change(usd(row["potential_before_usd"]), usd(row["potential_after_usd"])),
                "load": _change(*(style.plain(row[f"load_{when}"], 1) for when in ("before", "after"))),
                "deals": f"{row['deals_kept_n']:,} of {row['deals_kept_n'] + row['deals_given_n']:,}",
                "chance": _change(style.percent(chance), style.percent(then)) if facts.arm != facts.run.baseline else style.percent(then),
            }
        )
    return rows


def chances_known(facts: Facts) -> bool:
    """Whether anything is known of the chances to reach quota."""
    return bool(np.isfinite(facts.quota_chances(facts.arm)).any())


def own_pages(facts: Facts) -> list[dict[str, Any]]:
    """For every seat that gives or receives accounts: its name, a summary, and the two lists."""
    leaving, coming = (dict(iter(facts.moved.groupby(side))) for side in ("from_seat", "to_seat"))
    nothing = facts.moved.iloc[:0]
    pages = []
    for row in facts.sheet.to_dict("records"):
        leaves, comes = leaving.get(row["seat"], nothing), coming.get(row["seat"], nothing)
        if len(leaves) + len(comes):
            lists = {"leaves": _accounts(facts, leaves, "to_seat"), "comes": _accounts(facts, comes, "from_seat")}
            left_out = {"leaves_more": max(0, len(leaves) - LISTED_N), "comes_more": max(0, len(comes) - LISTED_N)}
            pages.append({"name": facts.names[row["seat"]], "summary": _summary(row), **lists, **left_out})
    return pages


def unchanged(facts: Facts) -> list[str]:
    """The names of those for whom nothing changes."""
    same = facts.sheet[(facts.sheet["accounts_given_n"] == 0) & (facts.sheet["accounts_received_n"] == 0)]
    return [facts.names[seat] for seat in same["seat"]]


def _summary(row: dict[Any, Any]) -> str:
    """A seat's change in a few sentences to whoever sits there."""
    before, given, received = (int(row[f"accounts_{what}_n"]) for what in ("before", "given", "received"))
    if not before:
        text = f"You start with {_number(received, 'account')}."
    else:
        does = [f"keep {before - given:,} of your {before:,} accounts" if given else f"keep all your {_number(before, 'account')}"]
        does += ([f"pass on {given:,}"] if given else []) + ([f"receive {received:,}"] if received else [])
        text = f"You {listed(does)}."
    kept, deals_given, deals_received = (int(row[f"deals_{what}_n"]) for what in ("kept", "given", "received"))
    if deals_given:
        text += f" Of your open deals {kept:,} stay with you, and {deals_given:,} {'goes' if deals_given == 1 else 'go'} with the account."
    elif kept:
        text += f" {'Your open deal stays' if kept == 1 else f'All your {kept:,} open deals stay'} with you."
    if deals_received:
        text += f" {_number(deals_received, 'open deal')} {'comes' if deals_received == 1 else 'come'} to you with the new accounts."
    there, stay = int(row["relationships_before_n"]), int(row["relationships_kept_n"])
    if there:
        stays = f"{'all' if stay == there else f'{stay:,}'} {'stays' if stay == 1 and there > 1 else 'stay'}"
        text += f" Of the {there:,} accounts that you have worked, {stays} with you." if there > 1 else ""
    return text


def _accounts(facts: Facts, rows: pd.DataFrame, other: str) -> list[dict[str, str]]:
    """The accounts as a table's cells; ``other`` names the column of the seat on the other side."""
    shown = rows.head(LISTED_N)
    return [
        {"account": literal(f"{name} ({account})"), "other": facts.names[seat] if seat else NOBODY, "why": literal(reason)}
        for account, name, seat, reason in zip(shown["account_id"], shown["account_name"], shown[other], shown["reason"], strict=True)
    ]


def _number(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def _change(before: str, after: str) -> str:
    return after if before == after else f"{before} → {after}"
