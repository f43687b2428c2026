"""What comes to the company by itself: inbound leads, growth, mergers; and what a competitor takes."""

from __future__ import annotations

from sim.company.company import Company


def begin(company: Company) -> None:
    """Start what happens by itself from day 0 on."""
