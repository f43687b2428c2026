"""What an account may truly be worth a year, given what the export shows.

1. Truth. Within a segment s, log potential is normal: log t ~ N(mu_s, tau^2).
2. Evidence. The export shows e = t x noise, log noise ~ N(0, sigma^2), sigma = ``noise_log_sd``: an estimate, or the past year's bookings.
3. Posterior, rho = tau^2 / (tau^2 + sigma^2): log t | e ~ N(mu_s + rho (log e - mu_s), tau^2 (1 - rho)); without e N(mu_s, tau^2).
4. mu_s is the mean of log e in the segment; where there is no e, the log of its default plus the mean log-ratio of e to default elsewhere.
5. tau^2 = max(v - sigma^2, v / 4), v the variance of log e pooled within segments; tau = 1 below ten accounts with evidence.

The normal-normal model: Gelman et al. 2013, Bayesian Data Analysis, section 2.5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.snapshot import COARSE_STEP, FloatArray, IntArray, to_grid

EVIDENCE_MIN_N = 10
DEFAULT_SPREAD_LOG_SD = 1.0


@dataclass(frozen=True, eq=False)
class PotentialModel:
    """``log_mean`` and ``log_sd`` (accounts,) are of log usd a year; ``spread_log_sd`` is tau. Worth nothing: ``log_mean`` is -inf."""

    log_mean: FloatArray
    log_sd: FloatArray
    spread_log_sd: float

    @property
    def median_usd(self) -> FloatArray:
        """The best guess (accounts,) of the potential."""
        return to_grid(np.exp(self.log_mean), COARSE_STEP)

    def draw(self, rng: np.random.Generator) -> FloatArray:
        """One possible truth (accounts,)."""
        return to_grid(np.exp(self.log_mean + self.log_sd * rng.standard_normal(len(self.log_mean))), COARSE_STEP)


def potential_model(evidence_usd: FloatArray, segment: IntArray, default_usd: FloatArray, noise_log_sd: float) -> PotentialModel:
    """The posterior of every account's potential. ``evidence_usd`` (accounts,) is NaN where there is none, 0 for an account worth nothing;
    ``default_usd`` has shape (segments,).
    """
    some = evidence_usd > 0
    segments_n = len(default_usd)
    n = np.bincount(segment[some], minlength=segments_n)
    ratio = np.full(len(segment), np.nan)
    ratio[some] = np.log(evidence_usd[some] / default_usd[segment[some]])
    elsewhere = float(ratio[some].mean()) if some.any() else 0.0
    mean_ratio = np.where(n > 0, np.bincount(segment[some], ratio[some], segments_n) / np.maximum(n, 1), elsewhere)
    mu = (np.log(default_usd) + mean_ratio)[segment]
    tau = DEFAULT_SPREAD_LOG_SD
    freedom = int(n.sum() - (n > 0).sum())
    if some.sum() >= EVIDENCE_MIN_N and freedom > 0:
        v = float(np.sum((ratio[some] - mean_ratio[segment[some]]) ** 2)) / freedom
        tau = float(np.sqrt(max(v - noise_log_sd**2, v / 4)))
    rho = tau**2 / (tau**2 + noise_log_sd**2) if noise_log_sd > 0 else 1.0
    log_mean, log_sd = mu.copy(), np.full(len(segment), tau)
    log_mean[some] = mu[some] + rho * (np.log(evidence_usd[some]) - mu[some])
    log_sd[some] = tau * np.sqrt(1.0 - rho)
    worthless = evidence_usd == 0
    log_mean[worthless], log_sd[worthless] = -np.inf, 0.0
    return PotentialModel(log_mean, log_sd, tau)
