"""The CRM is dirtier than it is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from experiments.changes.rows import only_clean
from sim.market import Market
from sim.markets.dirt import Dirt
from sim.ranges import LOG_SD, check_range
from sim.snapshot import COARSE_STEP, to_grid
from sim.streams import Stream, keyed_normal, stream_key

_NOISE = 100  # what a random number decides, beside those of sim/markets/dirt.py


@dataclass(frozen=True)
class DirtyCrm:
    """``duplicate_share`` of the accounts have a second row, ``stale_owner_share`` of the owned ones an owner who does not work them
    (:class:`sim.markets.dirt.Dirt`), and every estimate is blurred by ``noise_log_sd`` on top of what it is.

    The other values are the noise of second rows, as in conf/market/saas.yaml.
    """

    duplicate_share: float = 0.0
    stale_owner_share: float = 0.0
    noise_log_sd: float = 0.0
    crm_log_sd: float = 0.6
    missing_share: float = 0.05
    fit_sd: float = 0.1

    def __post_init__(self) -> None:
        for name in ("duplicate_share", "stale_owner_share", "missing_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"DirtyCrm.{name}: {getattr(self, name)} must lie between 0 and 1")
        check_range("DirtyCrm.noise_log_sd", self.noise_log_sd, LOG_SD)

    def on(self, market: Market, seed: int) -> Market:
        """The market as this CRM shows it; second rows stand behind all others."""
        only_clean(market, "DirtyCrm")
        dirt = Dirt(self.duplicate_share, self.stale_owner_share, self.crm_log_sd, self.missing_share, self.fit_sd)
        dirty = dirt.on(market, seed, market.draw)
        accounts = dirty.snapshot.accounts
        normal = keyed_normal(stream_key(seed, Stream.DIRT, market.draw), _NOISE, np.arange(len(accounts)))
        blurred = replace(accounts, potential_usd=to_grid(accounts.potential_usd * np.exp(self.noise_log_sd * normal), COARSE_STEP))
        return replace(dirty, snapshot=replace(dirty.snapshot, accounts=blurred))
