"""The future's luck of every attempt, as the desks look it up, and how long the deals of day 0 will still take."""

from __future__ import annotations

import numpy as np
from scipy.special import logit, ndtr, ndtri

from sim.company.engagement import STAGES_N, OpenDeal
from sim.company.grid import days_on_grid
from sim.futures import ATTEMPTS_PER_BLOCK, Future
from sim.snapshot import FloatArray, IntArray, OpenDeals

# log-odds that a stage's score has to exceed and its days, both from the given position on (3 stages), and the normal of the amount
LuckOfAttempt = tuple[memoryview, memoryview, int, float]


class LuckTable:
    """Luck of every attempt at every account; blocks of attempts are made when first asked for."""

    def __init__(self, future: Future, mean_days: FloatArray, log_sd: float) -> None:
        """``mean_days`` (accounts, 3) of every stage, with the lognormal spread ``log_sd``."""
        self.future = future
        self.mean_days = mean_days
        self.log_sd = log_sd
        self.blocks: list[tuple[memoryview, memoryview, memoryview]] = []

    def __call__(self, account: int, attempt: int) -> LuckOfAttempt:
        """Where to find the luck of attempt ``attempt`` (0, 1, ...) at the account."""
        block, k = divmod(attempt, ATTEMPTS_PER_BLOCK)
        while block >= len(self.blocks):
            self.blocks.append(self._block(len(self.blocks)))
        hurdles, days, normals = self.blocks[block]
        at = account * ATTEMPTS_PER_BLOCK + k
        return hurdles, days, at * STAGES_N, normals[at]

    def _block(self, block: int) -> tuple[memoryview, memoryview, memoryview]:
        luck = self.future.luck(len(self.mean_days), block)
        days = days_on_grid(self.mean_days[:, None, :] * np.exp(self.log_sd * (luck.normal_days - self.log_sd / 2)))
        # u < logistic(score) is logit(u) < score: the chance itself is not needed while the model runs
        hurdles: FloatArray = logit(luck.uniform_pass)
        return hurdles.reshape(-1).data, days.reshape(-1).data, luck.normal_amount.reshape(-1).data

    def grow(self, account: int, mean_days: FloatArray) -> None:
        """From now on the stages of this account last ``mean_days`` (3,) in the mean."""
        factor = mean_days / self.mean_days[account]
        self.mean_days = self.mean_days.copy()
        self.mean_days[account] = mean_days
        at = slice(account * ATTEMPTS_PER_BLOCK * STAGES_N, (account + 1) * ATTEMPTS_PER_BLOCK * STAGES_N)
        for _, days, _ in self.blocks:
            row = np.frombuffer(days[at])
            row[:] = days_on_grid(row.reshape(-1, STAGES_N) * factor).reshape(-1)


def open_deals(deals: OpenDeals, segment: IntArray, mean_days: FloatArray, log_sd: float, future: Future) -> dict[int, OpenDeal]:
    """The deals of day 0, each with the time that its stage will still last: a lognormal duration, given that it is longer than its age.

    ``segment`` and ``mean_days`` are by account: (accounts,) and (accounts, 3).
    """
    mean = mean_days[deals.account, deals.stage]
    age = deals.stage_age_days
    if log_sd > 0:
        log_mean = np.log(mean) - log_sd**2 / 2
        with np.errstate(divide="ignore"):
            older = ndtr(-(np.log(age) - log_mean) / log_sd)
        normal = future.luck(len(segment), 0).normal_days[deals.account, 0, deals.stage]
        total = np.exp(log_mean - log_sd * ndtri(older * ndtr(-normal)))
    else:
        total = mean
    # A deal older than any that the distribution knows is decided after another mean stage.
    remaining = days_on_grid(np.where(np.isfinite(total) & (total > age), total - age, mean))
    return {
        a: OpenDeal(stage, days) for a, stage, days in zip(deals.account.tolist(), deals.stage.tolist(), remaining.tolist(), strict=True)
    }
