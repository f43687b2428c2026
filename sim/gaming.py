"""What reps do to the pipeline that the CRM shows when they know that a redesign is coming: hold deals back, or talk them up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.market import Market
from sim.snapshot import STAGES
from sim.streams import Stream, keyed_uniform, stream_key
from sim.world import World

SANDBAGGED_AMOUNT_SHARE = 0.5  # trial


def gamed(market: Market, world: World, seed: int) -> Market:
    """The market as its CRM shows it on the eve of a redesign, by ``world.gaming``; ``truth.deals`` keeps how the deals really stand.

    A sandbagged deal is shown a stage earlier and at half its amount, an inflated one as a proposal. Which ones is decided by a number of
    their account: the smallest numbers are sandbagged, the largest inflated, so a larger share games the same deals and some more.
    """
    gaming, deals = world.gaming, market.snapshot.deals
    if gaming.sandbag_share + gaming.inflate_share == 0 or not len(deals):
        return market
    number = keyed_uniform(stream_key(seed, Stream.GAMING, market.draw), deals.account)
    sandbagged, inflated = number < gaming.sandbag_share, number >= 1.0 - gaming.inflate_share
    stage = np.where(inflated, len(STAGES) - 1, np.where(sandbagged, np.maximum(deals.stage - 1, 0), deals.stage))
    shown = replace(deals, stage=stage, amount_usd=np.where(sandbagged, SANDBAGGED_AMOUNT_SHARE, 1.0) * deals.amount_usd)
    really = deals if market.truth.deals is None else market.truth.deals
    return replace(market, snapshot=replace(market.snapshot, deals=shown), truth=replace(market.truth, deals=really))
