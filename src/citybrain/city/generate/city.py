"""`generate_city`: one call from a number of signals and a seed to a city and its districts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from citybrain.city.arrange import in_places
from citybrain.city.generate.assemble import assemble
from citybrain.city.generate.layout import Layout, plan
from citybrain.city.generate.parking import add_parking
from citybrain.city.generate.roads import lay
from citybrain.city.model import F64, City
from citybrain.errors import InputError

SIGNALS_MIN, SIGNALS_MAX = 4, 5000
HOMES_PER_HECTARE = 55.0  # people who live there and travel, in the middle ring of the city


@dataclass(frozen=True, eq=False)
class District:
    """Land use per district area, in the order of the city's "district" areas.

    `area` [n] are indices into `city.areas`; `homes` and `jobs` [n] are people; `x_m`/`y_m` [n] the middle.
    """

    area: np.ndarray[tuple[int], np.dtype[np.int32]]
    homes: F64
    jobs: F64
    x_m: F64
    y_m: F64


def generate_city(n_signals: int, seed: int = 0, name: str = "") -> tuple[City, District]:
    """Generate a city with exactly `n_signals` signals; the same arguments give the same city.

    Raises InputError outside `SIGNALS_MIN`..`SIGNALS_MAX`.
    """
    if not SIGNALS_MIN <= n_signals <= SIGNALS_MAX:
        raise InputError(f"{n_signals} signals; expected {SIGNALS_MIN}..{SIGNALS_MAX}")
    layout = plan(n_signals, np.random.default_rng([seed, n_signals, 1]))
    roads = lay(layout, n_signals, np.random.default_rng([seed, n_signals, 2]))
    title = name or f"Generated city of {n_signals} signals, seed {seed}"
    builder = assemble(layout, roads, title, np.random.default_rng([seed, n_signals, 3]))
    add_parking(builder, n_signals, np.random.default_rng([seed, n_signals, 5]))
    return in_places(builder.build()), _land_use(layout, np.random.default_rng([seed, n_signals, 4]))


def _land_use(layout: Layout, rng: np.random.Generator) -> District:
    """Homes everywhere but thinner at the edge; jobs dense in the middle and in a few districts outside."""
    rings = [np.array(outline) for outline in layout.district_outline]
    hectares = np.array([_area_m2(ring) for ring in rings]) / 1e4
    middle = np.array([ring.mean(axis=0) for ring in rings])
    share = np.hypot(middle[:, 0], middle[:, 1]) / layout.radius_m
    homes = hectares * HOMES_PER_HECTARE * (1.25 - 0.8 * share) * rng.uniform(0.7, 1.3, share.size)
    industry = np.where(rng.random(share.size) < 0.15, 2.5, 1.0)
    density = 0.35 + 4.0 * np.exp(-((share / 0.25) ** 2))
    jobs = hectares * density * industry * rng.uniform(0.7, 1.3, share.size)
    jobs *= homes.sum() / jobs.sum()
    area = np.arange(layout.n_districts, dtype=np.int32)
    return District(area, homes, jobs, middle[:, 0], middle[:, 1])


def _area_m2(ring: F64) -> float:
    x, y = ring[:, 0], ring[:, 1]
    return math.fabs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2
