"""A market read from a company's CRM export: the files say what they can, the ledger says what was assumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from sim.crm.assumptions import Assumptions
from sim.crm.day_zero import day_zero
from sim.crm.fill import Filled, fill
from sim.crm.mapping import TableMapping
from sim.crm.potential import potential_model
from sim.crm.read import read_export, resolve_folder
from sim.crm.scale import CALIBRATION_FUTURES_N, RATIO_HIGH, RATIO_LOW, past_year, scaled, simulated_year_usd
from sim.ledger import Ledger, drawn
from sim.market import Market, Truth, planning_problem
from sim.planning import Strategy
from sim.policy import Policy
from sim.ranges import LOG_SD, check_range
from sim.snapshot import DAYS_PER_YEAR, IntArray, to_grid
from sim.streams import Stream, generator, stream_key
from sim.uncertainty import draw_factors, with_factors
from sim.world import World


@dataclass(frozen=True)
class CrmMarket:
    """A folder with accounts, reps and, optionally, deals.

    ``folder`` is relative to where the user is, or ``pkg://package/folder``; ``as_of`` (YYYY-MM-DD) is day 0, by default the latest date on
    which something happened in the files. ``incumbent`` carves the market for the scaling of amounts where nobody owns anything today.
    ``uncertainty`` is the spread of each parameter, of the world or of ``assumptions``, that is drawn anew per draw of the market.
    """

    imported: ClassVar[bool] = True
    label: str
    folder: str | None
    as_of: str | None = None
    accounts: TableMapping = field(default_factory=lambda: TableMapping("accounts.csv"))
    reps: TableMapping = field(default_factory=lambda: TableMapping("reps.csv"))
    deals: TableMapping = field(default_factory=lambda: TableMapping("deals.csv", optional=True))
    assumptions: Assumptions = field(default_factory=Assumptions)
    incumbent: Strategy | None = None
    uncertainty: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, log_sd in self.uncertainty.items():
            if isinstance(log_sd, bool) or not isinstance(log_sd, (int, float)):
                raise ValueError(f"market.uncertainty.{name}: {log_sd!r} is not a number")
            check_range(f"market.uncertainty.{name}", log_sd, LOG_SD)

    def draw(self, seed: int, draw: int, world: World, policy: Policy) -> Market:
        """The files' snapshot with a possible truth behind it: draw number ``draw`` of what they do not say.

        The snapshot is the same in every draw, filled by what is stated: the company does not know by how much that is off.
        Raises :class:`sim.crm.errors.InputError`, with a line for each error in the files.
        """
        ledger = Ledger()
        export = read_export(resolve_folder(self.folder), self.accounts, self.reps, self.deals, tuple(world.segments))
        day_0 = day_zero(export, self.as_of)
        ledger.identified("as_of", str(day_0), "market.as_of" if self.as_of else "latest date in the folder")
        known = f"day 0 is {day_0}{'' if self.as_of else ' (latest date in the folder)'}"
        ledger.note(known if day_0 else "day 0 is not known: the files hold no date")
        if not export.deals:
            ledger.note(f"no deals are read: there is no {self.deals.file or 'file of deals'} in the folder")
        filled = fill(export, day_0, self.assumptions, world, ledger)
        factors = draw_factors(self.uncertainty, (world, self.assumptions), seed, draw)
        truth = self._truth(filled, with_factors(self.assumptions, factors), seed, draw, ledger)
        market = Market(label=self.label, draw=draw, snapshot=filled.snapshot, truth=truth, imported=True, factors=factors)
        market = self._scaled(market, filled, seed, world, policy, ledger)
        ledger.world(world, self.uncertainty)
        return replace(market, ledger=tuple(ledger.entries), notes=tuple(ledger.notes))

    def _truth(self, filled: Filled, assumptions: Assumptions, seed: int, draw: int, ledger: Ledger) -> Truth:
        rng = generator(seed, Stream.TRUTH, draw)
        snapshot = filled.snapshot
        default_usd = assumptions.default_usd(snapshot.vocabulary.segments)
        model = potential_model(filled.evidence_usd, snapshot.accounts.segment, default_usd, assumptions.noise_log_sd)
        potential = model.draw(rng)
        fit = np.where(filled.fit_told, snapshot.accounts.fit, to_grid(rng.beta(2.0, 2.0, len(snapshot.accounts))))
        talent = to_grid(assumptions.talent_sd * rng.standard_normal(len(snapshot.seats)))
        spread = f"log-sd {assumptions.noise_log_sd:g} of the evidence, {model.spread_log_sd:.2f} between accounts of a segment"
        rule = "drawn given the evidence, shrunk to the segment, per draw of the market"
        ledger.assumed("truth.potential_usd", spread, rule + drawn("noise_log_sd", self.uncertainty))
        ledger.assumed("truth.fit", "Beta(2, 2) where not told", "drawn per draw of the market", int((~filled.fit_told).sum()))
        ledger.assumed("truth.talent", f"N(0, {assumptions.talent_sd:g})", "drawn per draw of the market", len(snapshot.seats))
        ledger.assumed("truth.industry_logit", "0", "all industries convert alike")
        return Truth(
            potential_usd=potential,
            fit=fit,
            industry_logit=np.zeros(len(snapshot.vocabulary.industries)),
            talent=talent,
            view_key=stream_key(seed, Stream.REP_VIEW, draw),
            talent_sd=assumptions.talent_sd,
        )

    def _scaled(self, market: Market, filled: Filled, seed: int, world: World, policy: Policy, ledger: Ledger) -> Market:
        """Amounts fitted to the past year. The ratio says how far off the defaults are."""
        owner = self._owner(market, seed, world, policy, ledger)
        past = past_year(filled.deals, len(market.snapshot.accounts))
        real = with_factors(world, market.factors)
        simulated = simulated_year_usd(market, owner, seed, real, policy) if past and owner is not None else 0.0
        if past is None or simulated <= 0:
            ledger.assumed("truth.amount_scale", "1", "no deals of the last four quarters to scale to: amounts follow the potentials")
            ledger.note("amounts are not scaled: there are no bookings of the last four quarters, or none are simulated")
            return market
        ratio = past.usd_a_year / simulated
        rule = f"the status quo books what the last {past.days:.0f} days did, a year, in the mean of {CALIBRATION_FUTURES_N} futures"
        ledger.identified("truth.amount_scale", f"{ratio:.4g}", rule)
        ledger.note(
            f"amounts are scaled by {ratio:.2f}: the last four quarters booked {past.usd_a_year:,.0f} usd, simulated were {simulated:,.0f}"
        )
        if not RATIO_LOW <= ratio <= RATIO_HIGH:
            ledger.note(
                f"warning: a scale outside {RATIO_LOW:g} to {RATIO_HIGH:g}: the hours, cycles or potentials assumed do not fit this company"
            )
        return scaled(market, ratio)

    def _owner(self, market: Market, seed: int, world: World, policy: Policy, ledger: Ledger) -> IntArray | None:
        """Today's owners; where nobody owns anything, those of the stand-in."""
        if market.snapshot.has_owners:
            return market.snapshot.owner
        ledger.note("nobody owns an account: the market is carved from scratch")
        if self.incumbent is None:
            return None
        ledger.assumed("incumbent", type(self.incumbent).__name__, "stands in for today's owners in the scaling of amounts")
        problem = planning_problem(market.snapshot, world, policy, DAYS_PER_YEAR)
        return self.incumbent.assign(problem, generator(seed, Stream.INCUMBENT, market.draw)).owner
