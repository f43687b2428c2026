"""Who leaves, who comes: resignations, vacancies, successors."""

from __future__ import annotations

from sim.company.company import Company


def begin(company: Company) -> None:
    """Start what happens by itself from day 0 on."""
