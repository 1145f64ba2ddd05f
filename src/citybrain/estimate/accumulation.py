"""Vehicles in transit by area: what two models of the roads have, times a slow factor that probes under way find in it.

The models (flows x times, road_model; the queues of the flow model, links) follow every change at once and are off by
a factor that lasts; the probes under way, over their share, are right in the mean and noisy. A Kalman filter on the
logarithm of the factor, which comes back to 1 in the long run (an Ornstein-Uhlenbeck process), weighs one against the
other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]

Z_90 = 1.645
FACTOR_SD = 0.07  # of the models' numbers, ...
FACTOR_READS = 0.3  # ... and what each unit of `read_var` adds to its square: without cameras models know little
FACTOR_LIFE_S = 1800.0
CORRELATION_S = 150.0  # a probe counts for so long: it is under way for some minutes
LEAST = 5.0  # vehicles: below, errors count as of so many
READS_MOST = 0.05  # without cameras the level of traffic is off for long: that is the factor's part
READS, CHANCE = 0.3, 2.5  # what the models' variance has of `read_var`, and of 1 / vehicles: they come in platoons


@dataclass(frozen=True, eq=False)
class Level:
    """Vehicles in transit, and the logarithm of the factor with its variance; [n_areas], nan before the first."""

    vehicles: F64
    factor: F64
    factor_var: F64
    model_var: F64  # relative, of what the models have beside the factor


@dataclass(frozen=True, eq=False)
class Views:
    """Arrays are [n_areas]."""

    models: F64  # vehicles
    read_var: float  # relative, of the reads that tell the level of traffic
    probes: F64  # vehicles: probes under way / their share
    probe_share: float
    share_var: float  # relative


def no_level(n_areas: int) -> Level:
    """Nothing known."""
    nan = np.full(n_areas, np.nan)
    return Level(nan, np.zeros(n_areas), nan, nan)


def track(level: Level, views: Views, dt_s: float) -> Level:
    """The level `dt_s` seconds later, after a look at both."""
    keep, prior = np.exp(-dt_s / FACTOR_LIFE_S), FACTOR_SD**2 + FACTOR_READS * views.read_var
    old = np.where(np.isnan(level.vehicles), prior, level.factor_var)
    factor, var = level.factor * keep, prior + (old - prior) * keep * keep
    expected = views.models * np.exp(factor)
    size = np.maximum(expected, LEAST)
    sampling = (1.0 - views.probe_share) / views.probe_share / size
    gain = var / (var + sampling * 2.0 * CORRELATION_S / dt_s)
    # Relative to what is expected, so that noise does not bias the logarithm; the share's own error never averages out.
    believed = prior / (prior + views.share_var)
    miss = believed * np.clip((views.probes - expected) / size, -1.0, 2.0)
    factor, var = factor + gain * miss, (1.0 - gain) * var
    fast = READS * min(views.read_var, READS_MOST)
    return Level(views.models * np.exp(factor), factor, var, fast + CHANCE / size)


def band(level: Level) -> tuple[F64, F64]:
    """The band of 90 %: log-normal."""
    sd = np.sqrt(np.log1p(level.factor_var + level.model_var))
    return level.vehicles * np.exp(-Z_90 * sd), level.vehicles * np.exp(Z_90 * sd)
