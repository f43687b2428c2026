"""From latitude and longitude to the page, and the outlines of the states."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

US_BOX = (24.0, 50.0, -125.5, -66.0)  # the contiguous states: latitudes, longitudes
US_PARALLELS, US_CENTRE = (29.5, 45.5), (37.5, -96.0)  # of the conic that the US Geological Survey uses for them
MIN_US_SHARE = 0.8


def in_us(latitude: FloatArray, longitude: FloatArray) -> NDArray[np.bool_]:
    """Which places lie in the box around the contiguous states."""
    south, north, west, east = US_BOX
    inside: NDArray[np.bool_] = (latitude >= south) & (latitude <= north) & (longitude >= west) & (longitude <= east)
    return inside


def albers_km(latitude: FloatArray, longitude: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Albers equal-area conic of the contiguous states, in km east and north of its centre.

    Snyder 1987, Map projections: a working manual, USGS Professional Paper 1395, p. 100.
    """
    first, second = np.radians(US_PARALLELS)
    n = (np.sin(first) + np.sin(second)) / 2
    c = np.cos(first) ** 2 + 2 * n * np.sin(first)
    rho = np.sqrt(c - 2 * n * np.sin(np.radians(latitude))) / n
    rho_centre = np.sqrt(c - 2 * n * np.sin(np.radians(US_CENTRE[0]))) / n
    theta = n * np.radians(longitude - US_CENTRE[1])
    return 6371.0 * rho * np.sin(theta), 6371.0 * (rho_centre - rho * np.cos(theta))


def flat_km(latitude: FloatArray, longitude: FloatArray, centre_latitude: float) -> tuple[FloatArray, FloatArray]:
    """Equirectangular, true to scale at ``centre_latitude``, in km: good enough for a country, without outlines."""
    per_degree = 6371.0 * np.pi / 180
    return per_degree * longitude * np.cos(np.radians(centre_latitude)), per_degree * latitude


def distance_km(latitude: FloatArray, longitude: FloatArray, to_latitude: FloatArray, to_longitude: FloatArray) -> FloatArray:
    """Great-circle distance (haversine; Sinnott 1984, Sky and Telescope 68(2)). NaN where a place is unknown."""
    a, b = np.radians(latitude), np.radians(to_latitude)
    h = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(np.radians(to_longitude - longitude) / 2) ** 2
    km: FloatArray = 2 * 6371.0 * np.arcsin(np.sqrt(np.clip(h, 0.0, 1.0)))
    return km


@cache
def state_outlines_km() -> tuple[FloatArray, ...]:
    """Closed outlines (points, 2) of the contiguous states, projected by ``albers_km``."""
    states = json.loads((files("sim") / "data" / "us_states.json").read_text(encoding="utf-8"))
    rings = (np.array(ring) for rings in states.values() for ring in rings)
    return tuple(np.column_stack(albers_km(ring[:, 1], ring[:, 0])) for ring in rings)
