"""What the CRM says an account is worth becomes better, worse, or what the reps say."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.market import Market
from sim.ranges import LOG_SD, check_range
from sim.snapshot import COARSE_STEP, UNASSIGNED, FloatArray, to_grid
from sim.streams import Stream, keyed_normal, stream_key


@dataclass(frozen=True)
class Enrich:
    """Data are bought: of the error of every estimate ``error_left_share`` is left, on the log scale; of that of the fit likewise.

    The price stands in ``policy.money.data_usd_per_account``. Those who sell see the better estimates too.
    """

    error_left_share: float

    def __post_init__(self) -> None:
        if not 0 <= self.error_left_share <= 1:
            raise ValueError(f"Enrich.error_left_share: {self.error_left_share} must lie between 0 and 1")

    def on(self, market: Market, seed: int) -> Market:
        """The market with estimates nearer to the truth."""
        del seed
        accounts, truth = market.snapshot.accounts, market.truth
        fit = truth.fit + self.error_left_share * (accounts.fit - truth.fit)
        return _shown(market, _between(truth.potential_usd, accounts.potential_usd, self.error_left_share), fit)


@dataclass(frozen=True)
class AskReps:
    """Reps say what the accounts are worth that they have worked, and the planner believes them for ``weight_share`` (the rest is what the
    CRM said; geometric mean). What they say is the truth times lognormal noise (``noise_log_sd``), times 1 - ``talked_down_share``: who
    makes a book look poor keeps it small, or is left alone with it.

    Four fifths is what an honest opinion with a noise of 0.3 deserves beside a CRM with 0.6: (1 / 0.3^2) / (1 / 0.3^2 + 1 / 0.6^2).
    """

    noise_log_sd: float = 0.3
    talked_down_share: float = 0.0
    weight_share: float = 0.8

    def __post_init__(self) -> None:
        check_range("AskReps.noise_log_sd", self.noise_log_sd, LOG_SD)
        if not 0 <= self.talked_down_share < 1:
            raise ValueError(f"AskReps.talked_down_share: {self.talked_down_share} must be at least 0 and below 1")
        if not 0 <= self.weight_share <= 1:
            raise ValueError(f"AskReps.weight_share: {self.weight_share} must lie between 0 and 1")

    def on(self, market: Market, seed: int) -> Market:
        """The market with what the reps have said."""
        snapshot, key = market.snapshot, stream_key(seed, Stream.SAID_BY_REPS, market.draw)
        noise = np.exp(self.noise_log_sd * keyed_normal(key, np.arange(len(snapshot.accounts))))
        said = market.truth.potential_usd * noise * (1.0 - self.talked_down_share)
        asked = (snapshot.owner != UNASSIGNED) & (snapshot.engaged_days > 0)
        believed = _between(said, snapshot.accounts.potential_usd, 1.0 - self.weight_share)
        return _shown(market, np.where(asked, believed, snapshot.accounts.potential_usd), snapshot.accounts.fit)


def _between(at: FloatArray, estimate: FloatArray, share: float) -> FloatArray:
    """The estimate, moved towards ``at`` until ``share`` of the way is left, on the log scale; where either is 0, as it was."""
    known = (at > 0) & (estimate > 0)
    ratio = np.divide(estimate, at, out=np.ones(len(at)), where=known)
    return np.where(known, to_grid(at * ratio**share, COARSE_STEP), estimate)


def _shown(market: Market, potential_usd: FloatArray, fit: FloatArray) -> Market:
    accounts = replace(market.snapshot.accounts, potential_usd=potential_usd, fit=fit)
    return replace(market, snapshot=replace(market.snapshot, accounts=accounts))
