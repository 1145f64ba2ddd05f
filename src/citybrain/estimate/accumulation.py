"""Vehicles in transit by area: two views with unlike errors, weighed and followed through time.

The view of the roads (flows x times, road_model) is steady and leans on structure; the view of the probes (those under
way / their share) is unbiased at once and noisy. They are weighed by their variances; a Kalman filter on level and
slope (a local linear trend, Harvey 1989) takes the noise out without lagging behind a trend.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]

Z_90 = 1.645
CORRELATION_S = 60.0  # errors of a view live about as long as a vehicle stays on a link
SLOPE_PER_S2 = 1e-8  # (relative slope)^2 gained a second: traffic turns round within some 10 minutes
FIRST_S = 100.0  # traffic may come and go so fast, for all that is known at first
SLOPE_LIFE_S = 1200.0  # a trend dies away
SAMPLING_MAX = 100.0  # of the probes' view, in vehicles: fewer probes than a hundredth count for little anyway
NOISE = 2.0  # variance of a view's fast noise over the vehicles: arrivals in platoons, not one by one


@dataclass(frozen=True, eq=False)
class Level:
    """Arrays are [n_areas]; nan before the first update."""

    vehicles: F64
    slope_vps: F64
    var: F64  # of `vehicles`
    cross: F64  # covariance of both
    slope_var: F64


@dataclass(frozen=True, eq=False)
class Views:
    """Arrays are [n_areas]."""

    roads: F64
    roads_var: F64  # relative, of what does not average out soon
    index_var: float  # relative, of the reads behind the index: soon averaged out
    probes: F64
    probe_share: float
    share_var: float  # relative


def no_level(n_areas: int) -> Level:
    """Nothing known."""
    return Level(*(np.full(n_areas, np.nan) for _ in range(5)))


class Look(NamedTuple):
    """Both views as one; [n_areas]."""

    vehicles: F64
    noise_var: F64  # of `vehicles`: what averages out soon
    slow_var: F64  # relative: what does not


def weigh(views: Views) -> Look:
    """Both views as one, each by its variance."""
    vehicles = np.maximum(0.5 * (views.roads + views.probes), 1.0)
    fast = NOISE / vehicles + views.index_var
    probes_var = (1.0 - views.probe_share) / (views.probe_share * vehicles) + views.share_var
    roads_var = views.roads_var + fast
    weight = roads_var / (roads_var + probes_var)
    both = (1.0 - weight) * views.roads + weight * views.probes
    sampling = np.minimum((1.0 - views.probe_share) / views.probe_share, SAMPLING_MAX)
    noise = np.clip((1.0 - weight) ** 2 * NOISE + weight**2 * sampling, 0.02, NOISE) * vehicles
    return Look(both, noise, (1.0 - weight) ** 2 * views.roads_var + weight**2 * probes_var)


def track(level: Level, look: Look, dt_s: float) -> Level:
    """The level `dt_s` seconds later, after a look."""
    seen = look.vehicles
    fresh = np.isnan(level.vehicles)
    noise = look.noise_var * 2.0 * CORRELATION_S / dt_s
    life = np.exp(-dt_s / SLOPE_LIFE_S)
    size2 = np.maximum(np.where(fresh, seen, level.vehicles), 30.0) ** 2
    x, v = level.vehicles + dt_s * level.slope_vps, life * level.slope_vps
    p = level.var + 2.0 * dt_s * level.cross + dt_s**2 * level.slope_var + SLOPE_PER_S2 * size2 * dt_s**3 / 3.0
    c = life * (level.cross + dt_s * level.slope_var) + SLOPE_PER_S2 * size2 * dt_s**2 / 2.0
    s = life**2 * level.slope_var + SLOPE_PER_S2 * size2 * dt_s
    gain, turn = p / (p + noise), c / (p + noise)
    miss = seen - x
    known = np.maximum(x + gain * miss, 0.0), v + turn * miss, (1.0 - gain) * p, (1.0 - gain) * c, s - turn * c
    vague = 0.5 * np.sqrt(size2)
    first = seen, np.zeros_like(seen), vague**2, np.zeros_like(seen), (vague / FIRST_S) ** 2
    return Level(*(np.where(fresh, a, b) for a, b in zip(first, known, strict=True)))


def band(level: Level, slow_var: F64) -> tuple[F64, F64]:
    """The band of 90 %: log-normal, from the filter's variance and `slow_var` (relative)."""
    vehicles = np.maximum(level.vehicles, 1e-9)
    own = 1.0 / np.maximum(vehicles, 1.0)  # the truth itself is Poisson about its level
    sd = np.sqrt(np.log1p(level.var / np.maximum(vehicles, 1.0) ** 2 + own + slow_var))
    return vehicles * np.exp(-Z_90 * sd), vehicles * np.exp(Z_90 * sd)
