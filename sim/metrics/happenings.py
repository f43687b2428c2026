"""What happens besides selling: what moves, who leaves, who churns, which leads are lost, what support takes."""

from __future__ import annotations

import numpy as np

from sim.equity import ratio
from sim.events import MERGED_AWAY, REBALANCED, RETURNED, ROUTED, TO_COMPETITOR, Events, Leads
from sim.metrics.facts import Facts
from sim.planning import PlanningProblem
from sim.record import Record
from sim.snapshot import DAYS_PER_QUARTER, UNASSIGNED, BoolArray

DAYS_PER_MONTH = 30.4


def disruption(record: Record, problem: PlanningProblem) -> dict[str, float]:
    """What the design moves from one owner to another: accounts, their potential, open deals, months for which today's owner worked them.

    Shares are of the accounts that are there on day 0. One that had no owner, or gets none, is not moved. A month has 30.4 days.
    """
    moved: BoolArray = (problem.owner != record.owner) & (problem.owner != UNASSIGNED) & (record.owner != UNASSIGNED)
    there = record.there_at(np.zeros(1))[:, 0]
    potential_usd = problem.accounts.potential_usd
    return {
        "moved_n": float(np.count_nonzero(moved)),
        "moved_share": float(ratio(np.float64(np.count_nonzero(moved)), np.float64(np.count_nonzero(there)))),
        "moved_potential_share": float(ratio(potential_usd[moved].sum(), potential_usd[there].sum())),
        "moved_deals_n": float(np.count_nonzero(moved[problem.deals.account])),
        "moved_relationship_months": float(problem.engaged_days[moved].sum() / DAYS_PER_MONTH),
    }


def later_moves(events: Events) -> dict[str, float]:
    """Reviews after roll-out, and the accounts that changed hands afterwards, by reason; one that moves twice counts twice."""
    reason = events.moves.reason
    return {
        "reviews_n": float(len(events.reviews.day)),
        "rebalanced_n": float(np.count_nonzero(reason == REBALANCED)),
        "routed_n": float(np.count_nonzero(reason == ROUTED)),
        "returned_n": float(np.count_nonzero(reason == RETURNED)),
    }


def people(record: Record, facts: Facts) -> dict[str, float]:
    """Resignations; days on which a seat was vacant, summed over the seats, and their share of all seat-days."""
    return {
        "resignations_n": float(np.count_nonzero(record.events.successions.left_day < record.horizon_days)),
        "vacancy_days": float(facts.vacant_share.sum() * DAYS_PER_QUARTER),
        "vacancy_share": float(facts.vacant_share.mean()),
    }


def customers(record: Record, problem: PlanningProblem) -> dict[str, float]:
    """ARR lost at renewals, its share of the ARR that was up for renewal (0 where none was), and ARR at the end.

    ARR at the end = ARR that the CRM shows on day 0 + bookings - churned ARR, as if all that is sold recurred.
    """
    renewals = record.events.renewals
    churned_usd = renewals.arr_usd[renewals.churned].sum()
    return {
        "churned_arr_usd": float(churned_usd),
        "churned_arr_share": float(ratio(churned_usd, renewals.arr_usd.sum())),
        "arr_end_usd": float(problem.accounts.arr_usd.sum() + record.amount_usd.sum() - churned_usd),
    }


def demand(events: Events) -> dict[str, float]:
    """Inbound leads, those that nobody answered in time, and their share (0 where there were none); accounts that went away."""
    leads, reason = events.leads, events.departures.reason
    lost_n = _lost_n(leads)
    return {
        "leads_n": float(len(leads.day)),
        "leads_lost_n": float(lost_n),
        "leads_lost_share": float(ratio(np.float64(lost_n), np.float64(len(leads.day)))),
        "lost_to_competitor_n": float(np.count_nonzero(reason == TO_COMPETITOR)),
        "merged_away_n": float(np.count_nonzero(reason == MERGED_AWAY)),
    }


def hours(facts: Facts) -> dict[str, float]:
    """Hours in use / capacity hours; hours on the road, of hand-over, of planning; support hours asked / capacity, all and worst seat.

    Whoever hands over or plans cannot sell meanwhile: these hours are in use. Seats without capacity are left out of the worst.
    """
    asked_h, capacity_h = facts.support_asked_h.sum(axis=1), facts.capacity_h.sum(axis=1)
    return {
        "utilisation_share": float(ratio(facts.used_h.sum(), facts.capacity_h.sum())),
        "travel_h": float(facts.travel_h.sum()),
        "hand_over_h": float(facts.hand_over_h.sum()),
        "planning_h": float(facts.planning_h.sum()),
        "support_asked_share": float(ratio(asked_h.sum(), capacity_h.sum())),
        "support_asked_max_share": float(ratio(asked_h, capacity_h).max()),
    }


def _lost_n(leads: Leads) -> int:
    return int(np.count_nonzero(np.isnan(leads.answered_day)))
