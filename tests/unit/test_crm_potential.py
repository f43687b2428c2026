from __future__ import annotations

import numpy as np
import pytest

from sim.crm.potential import potential_model

DEFAULT_USD = np.array([12e3, 40e3])


def test_without_evidence_the_defaults_hold() -> None:
    """Nothing known: the default median of the segment, and a spread of e either way."""
    model = potential_model(np.full(3, np.nan), np.array([0, 1, 1]), DEFAULT_USD, 0.6)
    assert model.median_usd == pytest.approx([12e3, 40e3, 40e3])
    assert model.log_sd.tolist() == [1, 1, 1]


def test_a_segment_without_evidence_learns_from_the_others() -> None:
    """If one segment turns out twice its default, so is the one of which nothing is known."""
    model = potential_model(np.array([24e3, 24e3, np.nan]), np.array([0, 0, 1]), DEFAULT_USD, 0.6)
    assert model.median_usd[2] == pytest.approx(80e3)


def test_evidence_is_shrunk_to_its_segment() -> None:
    """The posterior lies between evidence and segment as the two variances say, on the log scale."""
    rng = np.random.default_rng(1)
    evidence = 40e3 * np.exp(rng.normal(0, 1.0, 4000))
    model = potential_model(evidence, np.ones(4000, dtype=np.int64), DEFAULT_USD, 0.6)
    tau_squared = np.log(evidence).var(ddof=1) - 0.36
    rho = tau_squared / (tau_squared + 0.36)
    assert model.spread_log_sd == pytest.approx(np.sqrt(tau_squared))
    assert model.log_sd[0] == pytest.approx(np.sqrt(tau_squared * (1 - rho)))
    assert model.log_mean - np.log(evidence).mean() == pytest.approx(rho * (np.log(evidence) - np.log(evidence).mean()))


def test_the_truth_drawn_looks_like_the_truth_behind() -> None:
    """Draws given noisy evidence have the spread of the truth that made it, and miss it on average by no more than the model says."""
    rng = np.random.default_rng(2)
    truth = 40e3 * np.exp(rng.normal(0, 0.8, 20_000))
    evidence = truth * np.exp(rng.normal(0, 0.6, 20_000))
    model = potential_model(evidence, np.ones(20_000, dtype=np.int64), DEFAULT_USD, 0.6)
    drawn = model.draw(rng)
    assert np.log(drawn).std() == pytest.approx(0.8, rel=0.03)
    assert (np.log(drawn) - np.log(truth)).std() == pytest.approx(np.sqrt(2) * model.log_sd[0], rel=0.03)


def test_noise_free_evidence_is_the_truth() -> None:
    """Without noise nothing is shrunk and every draw is the evidence."""
    evidence = np.array([1e3, 5e3, 20e3, 90e3])
    model = potential_model(evidence, np.zeros(4, dtype=np.int64), DEFAULT_USD, 0.0)
    assert model.draw(np.random.default_rng(3)) == pytest.approx(evidence)


def test_worth_nothing_stays_worth_nothing() -> None:
    """An account that the CRM says is worth 0 is worth 0, and says nothing of the others."""
    model = potential_model(np.array([0.0, 20e3, np.nan]), np.zeros(3, dtype=np.int64), DEFAULT_USD, 0.6)
    assert model.draw(np.random.default_rng(3))[0] == 0
    assert model.median_usd == pytest.approx([0, 20e3, 20e3])


def test_evidence_that_is_all_noise_keeps_some_spread() -> None:
    """Where the evidence varies less than its noise should, a quarter of its variance is still taken as real."""
    evidence = 12e3 * np.exp(np.tile([-0.2, 0.2], 10))
    model = potential_model(evidence, np.zeros(20, dtype=np.int64), DEFAULT_USD, 0.6)
    assert model.spread_log_sd == pytest.approx(np.sqrt(0.04 * 20 / 19 / 4))
