"""The maths of ``optimized``: from a planning problem to the options among which the solver chooses.

Choose x_ir, z_ir, y_i in {0, 1}: account i is worked by seat r, as a plan; owned by r but parked there, worked by nobody; or nobody's.

    (1)  maximise   sum_ir (v_ir x_ir - a_ir z_ir)  -  w sum_r |B_r - T_r|  -  m max_r |B_r - T_r|
    (2)  subject to sum_r (x_ir + z_ir) + y_i = 1                              for every account i
    (3)             sum_i (h_ir + g_ir) x_ir + g_ir z_ir + S_r <= (1 - b) H_r  for every seat r
    (4)             n <= sum_i (x_ir + z_ir) <= N                              for every seat r that has hours
    (5)             x_ir = z_ir = 0    unless r has the skills, the role, the team and the hours for i, is its owner or near enough, and
                                       i is not protected elsewhere; x_ir = 0 where v_ir <= 0
    (6)             y_i = 0            where everybody needs an owner, and of customers and accounts with an open deal
    (7)  with       v_ir = u_ir (1 - c [i changes hands]) - q t_ir
    (8)             B_r = sum_i p_i (x_ir + z_ir)
    (9)             T_r = (C_r / sum_s C_s) P
    (10)            S_r = sum_i s_i of the accounts whose home is r;    g_ir = s_i where r is not the home of i, else 0

An account that nobody works by plan is parked: at its home, for nothing (moving it would bring nothing), or, if it has none, at any seat
that may own it, whichever (1) likes. Only where numbers are limited (4) may others be parked away from home too, so that books can be
filled up and emptied: at the cost a_ir = c u_i,home, as for any move. Reps decide themselves what they work first, by value per hour;
(1)-(3) plan what they will find worth working, since at the optimum that is what brings more than the price of an hour at its seat.

Where a company leaves accounts to nobody, those that no plan works are nobody's (y). Two kinds keep an owner all the same: customers, which
somebody must support and renew or they churn, and accounts with an open deal, which would be lost. P, all potential where everybody has an
owner, is then what would be owned if all seats were one: against targets that no book can reach, uneven books would cost no more than even.

Where customers ask for support, homes are evened out first (strategies/worth/support.py), since no plan can say what it costs to wear
people out: in a team with too few hours for its support, everybody lacks the same share, and sells less than if few lacked them all. The
hours in (10) are then set aside at the home and, for an account that goes elsewhere, asked for there too: what leaving frees is left free.
Then homes are brought within (4) (strategies/formulation/contradictions.py). So parking everything at home is always a plan.

    Where     means                                                              from
    -----     -----                                                              ----
    u_ir      expected amounts won over the horizon, usd                         strategies/worth/throughput.py, with the account score
    h_ir      expected hours over the horizon, travel included                   strategies/worth/throughput.py
    t_ir      those of them on the road                                          strategies/worth/throughput.py
    H_r       hours of the seat over the horizon, fewer where somebody ramps     strategies/worth/throughput.py
    C_r       hours a week of the seat, ramped                                   capacity_h_per_week
    s_i       hours of support over the horizon                                  strategies/worth/support.py
    b         share of the hours left free                                       problem.buffer_share
    p_i       the CRM's estimate of the potential, usd a year                    accounts.potential_usd
    T_r       potential a seat should hold, usd a year                           by capacity
    c         value lost by moving beyond relationship and gap (both in u_ir)    disruption_loss_share
    q         price of an hour on the road beyond the hour itself, usd           travel_usd_per_h
    w, m      price of a usd of potential off target; at the farthest seat       imbalance_weight, imbalance_max_weight
    n, N      accounts a seat owns, at least and at most                         accounts_min, accounts_max

The bound that is stated is the solver's, on the pairs that it was given: all of them, or a shortlist where there are too many. It says
nothing of how well (1) foresees bookings: see :func:`strategies.worth.predict.predict`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.planning import PlanningProblem
from sim.snapshot import COARSE_STEP, UNASSIGNED, BoolArray, FloatArray, IntArray, to_grid
from strategies.formulation.book_sizes import Sizes
from strategies.formulation.shortlist import SeatTable, shortlist
from strategies.optimizer.instance import NOBODY, Instance
from strategies.shared.candidates import Candidates, seat_share
from strategies.worth.support import asked_h, support_h_away
from strategies.worth.throughput import Outlook

ALL_PAIRS_N = 4_000_000  # more pairs than that are not all considered
CHUNK_PAIRS_N = 500_000


@dataclass(frozen=True)
class Terms:
    """The prices of (1) and (7): c, q, w and m."""

    disruption_loss_share: float = 0.0
    travel_usd_per_h: float = 0.0
    imbalance_weight: float = 0.0
    imbalance_max_weight: float = 0.0


@dataclass(frozen=True, eq=False)
class Homes:
    """Where accounts are if nobody works them. Arrays have shape (accounts,).

    ``support`` is the home after support was evened out, ``parked`` after numbers were kept too (-1: none); ``needs_owner`` is not y.
    """

    support: IntArray
    parked: IntArray
    needs_owner: BoolArray


@dataclass(frozen=True, eq=False)
class TerritoryModel:
    """``instance`` in the solver's words; ``works`` (options,) marks the options that are worked.

    ``start`` (accounts,) is a plan that is always feasible: everything is parked at home. ``bound_on`` says on which pairs a bound holds.
    """

    instance: Instance
    works: BoolArray
    start: IntArray
    bound_on: str

    def owner(self, choice: IntArray) -> IntArray:
        """Seat that owns each account (accounts,) if it takes the option ``choice`` (accounts,), -1 nobody."""
        return self.instance.seat[choice].astype(np.int64)


def needs_owner(problem: PlanningProblem, who: Candidates) -> BoolArray:
    """Which accounts (accounts,) may not become nobody's, (6). One that may not be touched keeps the owner that it has."""
    customer = ~np.isnan(problem.accounts.customer_since_day)
    needs: BoolArray = customer | (problem.open_stage >= 0) | who.keeps(problem.owner) & who.stays | problem.leave_none
    return needs


def territory_model(
    problem: PlanningProblem, who: Candidates, outlook: Outlook, homes: Homes, sizes: Sizes | None, terms: Terms, candidates_n: int
) -> TerritoryModel:
    """The options of every account. ``sizes`` is None where numbers are not limited.

    All pairs are considered while they are at most ``ALL_PAIRS_N``, else ``candidates_n`` seats an account. Memory: 21 bytes an option.
    Amounts and hours lie on a grid, so sums are exact and no processor's last bits send the search elsewhere.
    """
    accounts_n, seats_n = len(problem.accounts), len(problem.seats)
    all_pairs = accounts_n * seats_n <= ALL_PAIRS_N or candidates_n >= seats_n
    table = None if all_pairs else shortlist(problem, who, homes.parked, candidates_n)
    nobodys = who.stays & (homes.parked == UNASSIGNED)
    weight_usd = to_grid(np.where(nobodys, 0.0, problem.accounts.potential_usd), COARSE_STEP)
    budget_h = to_grid(np.maximum((1.0 - problem.buffer_share) * outlook.capacity_h - asked_h(problem, homes.parked), 0.0))
    options = _options(_Builder(problem, who, outlook, homes, sizes, terms, budget_h), table)
    owned_usd = float(weight_usd.sum()) if problem.leave_none else _owned_usd(options, homes.needs_owner, weight_usd, budget_h)
    instance = Instance(
        first=options.first,
        seat=options.seat,
        value_usd=options.value_usd,
        hours=options.hours,
        weight_usd=weight_usd,
        budget_h=budget_h,
        target_usd=to_grid(seat_share(problem, by_capacity=True) * owned_usd, COARSE_STEP),
        least_n=np.zeros(seats_n, dtype=np.int64) if sizes is None else sizes.least_n,
        most_n=np.full(seats_n, accounts_n) if sizes is None else sizes.most_n,
        sum_price=terms.imbalance_weight,
        max_price=terms.imbalance_max_weight,
    )
    start = _parked(options, homes.parked)
    return TerritoryModel(instance, options.works, start, "all pairs" if all_pairs else f"{candidates_n} seats an account")


@dataclass(frozen=True, eq=False)
class _Options:
    """As in an instance: account i has those from ``first[i]`` to ``first[i + 1]`` - 1; the others have shape (options,)."""

    first: IntArray
    seat: SeatTable
    value_usd: FloatArray
    hours: FloatArray
    works: BoolArray


def _options(builder: _Builder, table: SeatTable | None) -> _Options:
    """All options, written chunk by chunk straight to where they belong. ``table`` (accounts, m): the seats to consider, None for all.

    All begin with another seat from account to account, or the first would get whatever is worth the same to everybody.
    """
    accounts_n, seats_n = len(builder.keeps), len(builder.budget_h) if table is None else table.shape[1]
    most_n = int(np.where(builder.parks_anywhere, 2 * seats_n, seats_n + 1).sum()) + accounts_n  # what is not written to takes no memory
    first = np.zeros(accounts_n + 1, dtype=np.int64)
    seat, works = np.empty(most_n, dtype=np.int32), np.empty(most_n, dtype=np.bool_)
    value_usd, hours = np.empty(most_n), np.empty(most_n)
    size, end = max(CHUNK_PAIRS_N // seats_n, 1), 0
    for chunk in range(0, accounts_n, size):
        accounts = np.arange(chunk, min(chunk + size, accounts_n))
        seats = (accounts[:, None] + np.arange(seats_n)) % seats_n if table is None else table[accounts].astype(np.int64)
        there, at_seat, brings_usd, asks_h, is_worked = builder.options(accounts, seats)
        first[accounts + 1] = end + np.cumsum(there.sum(axis=1))
        now, end = slice(end, int(first[accounts[-1] + 1])), int(first[accounts[-1] + 1])
        seat[now], value_usd[now], hours[now], works[now] = at_seat[there], brings_usd[there], asks_h[there], is_worked[there]
    return _Options(first, seat[:end], value_usd[:end], hours[:end], works[:end])


def _parked(options: _Options, home: IntArray) -> IntArray:
    """The option (accounts,) by which each account is parked at its home, or at the first seat that it may be parked at, or is nobody's."""
    at_home = options.seat == np.repeat(home, np.diff(options.first))
    rank = np.where(options.works, np.int8(0), np.where(at_home, np.int8(2), np.int8(1)))
    best = np.repeat(np.maximum.reduceat(rank, options.first[:-1]), np.diff(options.first))
    of_best = np.flatnonzero(rank == best)
    start: IntArray = of_best[np.searchsorted(of_best, options.first[:-1])]
    return start


class _Builder:
    """What the options of some accounts follow from; its arrays have shape (accounts,)."""

    def __init__(
        self,
        problem: PlanningProblem,
        who: Candidates,
        outlook: Outlook,
        homes: Homes,
        sizes: Sizes | None,
        terms: Terms,
        budget_h: FloatArray,
    ) -> None:
        self.problem, self.who, self.outlook, self.homes, self.terms, self.budget_h = problem, who, outlook, homes, terms, budget_h
        self.keeps = who.keeps(problem.owner)
        fills_up = sizes is not None and bool(sizes.least_n.any())  # accounts that nobody works may be needed for their number
        limited = homes.needs_owner & (sizes is not None)
        self.parks_at_home = homes.needs_owner | fills_up
        self.parks_anywhere = ~who.stays & (limited | fills_up | (homes.needs_owner & (homes.parked == UNASSIGNED)))
        self.may_be_nobodys = ~homes.needs_owner | (who.stays & (homes.parked == UNASSIGNED))
        self.cost_away_usd = np.zeros(len(self.keeps))
        if sizes is not None and terms.disruption_loss_share > 0:
            kept = np.flatnonzero(self.keeps)
            self.cost_away_usd[kept] = to_grid(terms.disruption_loss_share * outlook.pairs(kept, problem.owner[kept])[0], COARSE_STEP)

    def options(self, accounts: IntArray, seats: IntArray) -> tuple[BoolArray, IntArray, FloatArray, FloatArray, BoolArray]:
        """For accounts (k,) and the seats (k, m) considered for each (-1: none): what is an option, its seat, value, hours, if worked.

        All have shape (k, 2 m + 1): parked at each seat, worked at each seat, nobody's.
        """
        problem, homes, rows = self.problem, self.homes, accounts[:, None]
        considered, seats = seats != UNASSIGNED, np.maximum(seats, 0)
        todays = self.keeps[rows] & (problem.owner[rows] == seats)
        may = considered & (todays | (self.who.may_own(rows, seats) & ~self.who.stays[rows]))
        value, hours = self._worked(rows, seats)
        taken_on = to_grid(support_h_away(problem, rows, seats, homes.parked))
        hours += taken_on
        works = may & self.outlook.workable(rows, seats) & (value > 0) & (hours <= self.budget_h[seats])
        parks = considered & (seats == homes.parked[rows]) & self.parks_at_home[rows]
        parks |= may & self.parks_anywhere[rows]
        cost = np.where(todays | (seats == homes.support[rows]), 0.0, self.cost_away_usd[rows])
        nothing = np.zeros((len(accounts), 1))
        return (
            np.hstack([parks, works, self.may_be_nobodys[rows]]),
            np.hstack([seats, seats, np.full((len(accounts), 1), NOBODY)]),
            np.hstack([-cost, value, nothing]),
            np.hstack([taken_on, hours, nothing]),
            np.hstack([np.zeros_like(works), np.ones_like(works), np.zeros((len(accounts), 1), dtype=np.bool_)]),
        )

    def _worked(self, rows: IntArray, seats: IntArray) -> tuple[FloatArray, FloatArray]:
        """Value (7) and hours h of accounts (k, 1) worked at seats (k, m)."""
        value, hours = self.outlook.pairs(rows, seats)
        today = self.problem.owner[rows]
        value = np.where((today != UNASSIGNED) & (today != seats), (1.0 - self.terms.disruption_loss_share) * value, value)
        if self.terms.travel_usd_per_h > 0:
            workload = np.maximum(self.problem.workload_h_per_week(rows, seats), 1e-9)
            value = value - self.terms.travel_usd_per_h * hours * self.problem.travel_h_per_week(rows, seats) / workload
        return to_grid(value, COARSE_STEP), to_grid(hours)


def _owned_usd(options: _Options, needs_owner: BoolArray, weight_usd: FloatArray, budget_h: FloatArray) -> float:
    """P if all seats were one: potential of the accounts that the hours suffice for, by value per hour, and of those that need an owner."""
    rate = np.where(options.works, options.value_usd / np.maximum(options.hours, 1e-9), -np.inf)
    best = np.maximum.reduceat(rate, options.first[:-1])
    at_best = np.flatnonzero(rate == np.repeat(best, np.diff(options.first)))
    account = np.searchsorted(options.first, at_best, side="right") - 1
    account, which = np.unique(account, return_index=True)
    asked_h = np.where(np.isfinite(best), options.hours[at_best[which]], 0.0)
    order = np.argsort(-best, kind="stable")
    fits = np.zeros(len(best), dtype=np.bool_)
    fits[order] = np.cumsum(asked_h[order]) <= budget_h.sum()
    return float(weight_usd[(fits & np.isfinite(best)) | needs_owner].sum())
