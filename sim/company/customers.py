"""Who renews and who churns, and what support takes."""

from __future__ import annotations

from sim.company.company import Company


def begin(company: Company) -> None:
    """Start what happens by itself from day 0 on."""
