"""Where drawn accounts and seats are: real US cities, by population."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from sim.snapshot import FloatArray, IntArray, to_grid


@dataclass(frozen=True)
class Place:
    """A city: its name, state, coordinates in degrees and population."""

    name: str
    state: str
    latitude: float
    longitude: float
    population: int


@cache
def us_places() -> tuple[Place, ...]:
    """Cities of the contiguous US from the vendored table (GeoNames, CC BY 4.0; see sim/data/ATTRIBUTION.md)."""
    text = resources.files("sim").joinpath("data/us_places.csv").read_text(encoding="utf-8")
    return tuple(
        Place(row["name"], row["state"], float(row["latitude"]), float(row["longitude"]), int(row["population"]))
        for row in csv.DictReader(text.splitlines())
    )


def settle(rng: np.random.Generator, n: int) -> tuple[IntArray, FloatArray, FloatArray]:
    """Positions in :func:`us_places` of ``n`` newcomers, by population, and their latitudes and longitudes some kilometres around."""
    population = np.array([p.population for p in us_places()], dtype=np.float64)
    place = rng.choice(len(population), n, p=population / population.sum())
    latitude = np.array([p.latitude for p in us_places()])[place] + 0.1 * rng.standard_normal(n)
    longitude = np.array([p.longitude for p in us_places()])[place] + 0.1 * rng.standard_normal(n)
    return place, to_grid(latitude), to_grid(longitude)
