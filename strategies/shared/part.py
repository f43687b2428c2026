"""A part of a company, as a planning problem of its own: some of the accounts, some of the seats. What composite strategies are made of.

Any strategy can plan a part, since it sees a problem like any other; its owners are then put back into the whole. Seats outside the part
are nobody to it: an account of theirs has no owner there and no relationship to lose, and their past deals were somebody else's. Who may
work what is what it is in the whole, even if the whole has farmers and the part has none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import numpy as np

from sim.planning import Assignment, PlanningProblem, Strategy, Unsupported
from sim.snapshot import UNASSIGNED, Accounts, History, IntArray, OpenDeals, Seats
from strategies.shared.candidates import Candidates

Table = TypeVar("Table", Accounts, Seats, OpenDeals, History)
_NAMES_N = 3
CUSTOMERS = "works customers"  # a skill that stands for the roles, in a part whose hunters cannot see the farmers of the whole


@dataclass(frozen=True, eq=False)
class Part:
    """``problem`` is the part; account k of it is account ``accounts[k]`` of the whole, and seat k is seat ``seats[k]``."""

    problem: PlanningProblem
    accounts: IntArray
    seats: IntArray

    @staticmethod
    def of(whole: PlanningProblem, accounts: IntArray, seats: IntArray) -> Part:
        """The part with these accounts and seats (positions, each once). Protected accounts of seats outside it are left out."""
        inside = np.zeros(len(whole.seats) + 1, dtype=np.bool_)  # the last one is nobody
        inside[seats] = inside[-1] = True
        accounts = accounts[~whole.protected[accounts] | inside[whole.owner[accounts]]]
        seat_position = _positions(seats, len(whole.seats))
        owner = seat_position[whole.owner[accounts]]
        account_position = _positions(accounts, len(whole.accounts))
        deals, history = (_at(table, account_position, seat_position) for table in (whole.deals, whole.history))
        part = replace(
            whole,
            accounts=_rows(whole.accounts, accounts, parent=account_position[whole.accounts.parent[accounts]]),
            seats=_rows(whole.seats, seats),
            owner=owner,
            last_touch_day=whole.last_touch_day[accounts],
            engaged_days=np.where(owner == UNASSIGNED, 0.0, whole.engaged_days[accounts]),
            deals=deals,
            history=history,
            protected=whole.protected[accounts],
            seat_logit=whole.seat_logit[seats],
        )
        return Part(_with_roles_of(whole, part, seats), accounts, seats)

    def put_back(self, owner: IntArray, owner_in_part: IntArray) -> IntArray:
        """Owners (accounts of the whole,) in which those of the part are as the part's design says, and all others as in ``owner``."""
        owner = owner.copy()
        owner[self.accounts] = np.append(self.seats, UNASSIGNED)[owner_in_part]
        return owner


@dataclass(frozen=True)
class Composite:
    """A strategy that hands parts of its work to another one, ``inner``, and is in all that the runner asks what the inner one is."""

    inner: Strategy

    def __post_init__(self) -> None:
        if not hasattr(self.inner, "assign"):
            raise ValueError(f"inner: {self.inner!r} is no strategy; name one of conf/strategies as strategies@strategies.LABEL.inner=NAME")

    @property
    def redrawn_each_future(self) -> bool:
        """Whether chance is a part of what is compared."""
        return bool(getattr(self.inner, "redrawn_each_future", False))

    @property
    def leaves_a_pool(self) -> bool:
        """Whether accounts are left to nobody by design."""
        return bool(getattr(self.inner, "leaves_a_pool", False))

    @property
    def asked_each(self) -> str:
        """How often the strategy has to be asked again: a word of ``policy.review``, empty for as often as the policy says."""
        return str(getattr(self.inner, "asked_each", ""))


def divide(whole: PlanningProblem, who: Candidates, account_group: IntArray, seat_group: IntArray) -> list[Part]:
    """The whole in parts: part g has the seats (seats,) and accounts (accounts,) of group g, which count from 0.

    An account that may not be touched goes with its owner. One that no seat of its group may own goes with its owner too, if that one may,
    else to the group in which the most seats may own it.
    """
    groups_n = int(max(account_group.max(initial=0), seat_group.max())) + 1
    may_n = np.stack([who.allowed[:, seat_group == group].sum(axis=1) for group in range(groups_n)], axis=1)[who.kind]
    owned = whole.owner != UNASSIGNED
    owners_group = seat_group[whole.owner]  # of the last seat where nobody owns: not used
    owner_may = owned & who.allowed[who.kind, whole.owner]
    elsewhere = np.where(owner_may, owners_group, may_n.argmax(axis=1))
    group_of = np.where(may_n[np.arange(len(may_n)), account_group] > 0, account_group, elsewhere)
    group_of = np.where(who.stays & owned, owners_group, group_of)
    return [Part.of(whole, np.flatnonzero(group_of == g), np.flatnonzero(seat_group == g)) for g in range(groups_n)]


def plan_parts(whole: PlanningProblem, parts: Sequence[Part], strategies: Sequence[Strategy], rng: np.random.Generator) -> Assignment:
    """The design (accounts,) in which each part is planned by its strategy, with chance of its own: no part feels what another draws.

    ``info`` has the sums of objectives and bounds where every part states both: what is proven holds for this division into parts. Raises
    Unsupported, naming the seats of the part, where its strategy does.
    """
    owner, planning_h, infos = whole.owner, 0.0, []
    for part, strategy, chance in zip(parts, strategies, rng.spawn(len(parts)), strict=True):
        if len(part.accounts):
            try:
                design = strategy.assign(part.problem, chance)
            except Unsupported as why:
                raise Unsupported(f"its part with {_named(part.problem.seats.id)}: {why}") from why
            owner = part.put_back(owner, design.owner)
            planning_h += design.planning_h_per_seat * len(part.seats)
            infos.append(design.info)
    return Assignment(owner, _summed(infos), planning_h_per_seat=planning_h / len(whole.seats))


def _named(ids: Sequence[str]) -> str:
    shown = ", ".join(ids[:_NAMES_N])
    return f"seat{'s' * (len(ids) > 1)} {shown}{f' and {len(ids) - _NAMES_N} more' if len(ids) > _NAMES_N else ''}"


def _summed(infos: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Objective, bound and gap of all parts together, if each states them; their notes, each once."""
    notes = list(dict.fromkeys(info["note"] for info in infos if "note" in info))
    told: dict[str, Any] = {"note": "; ".join(notes)} if notes else {}
    if not infos or not all("objective_usd" in info and "bound_usd" in info for info in infos):
        return told
    objective_usd, bound_usd = (float(sum(info[name] for info in infos)) for name in ("objective_usd", "bound_usd"))
    gap_share = (bound_usd - objective_usd) / max(abs(bound_usd), 1e-9)
    return {**told, "objective_usd": objective_usd, "bound_usd": bound_usd, "gap_share": gap_share}


def _with_roles_of(whole: PlanningProblem, part: PlanningProblem, seats: IntArray) -> PlanningProblem:
    """The part in which customers ask for a skill that only those have who work customers in the whole, if their roles do not say so."""
    works = whole.works_customers[seats]
    if np.array_equal(works, part.works_customers):
        return part
    customer = ~np.isnan(part.accounts.customer_since_day)
    return replace(
        part,
        vocabulary=replace(part.vocabulary, skills=(*part.vocabulary.skills, CUSTOMERS)),
        accounts=replace(part.accounts, required_skills=np.column_stack([part.accounts.required_skills, customer])),
        seats=replace(part.seats, skills=np.column_stack([part.seats.skills, works])),
    )


def _positions(chosen: IntArray, n: int) -> IntArray:
    """Where each of ``n`` is among the chosen, -1 where it is not; the last entry (n + 1,) is for -1, which is nobody again."""
    position = np.full(n + 1, UNASSIGNED, dtype=np.int64)
    position[chosen] = np.arange(len(chosen))
    return position


def _at(table: Any, account_position: IntArray, seat_position: IntArray) -> Any:
    """Deals or history at the accounts of the part; the seats that are not in it are -1."""
    rows = np.flatnonzero(account_position[table.account] != UNASSIGNED)
    return _rows(table, rows, account=account_position[table.account[rows]], seat=seat_position[table.seat[rows]])


def _rows(table: Table, rows: IntArray, **columns: IntArray) -> Table:
    """A table of the given rows of another, with some columns of its own."""
    taken: dict[str, Any] = {field.name: getattr(table, field.name) for field in fields(table)}
    taken = {name: tuple(v[k] for k in rows.tolist()) if isinstance(v, tuple) else v[rows] for name, v in taken.items()}
    return type(table)(**{**taken, **columns})
