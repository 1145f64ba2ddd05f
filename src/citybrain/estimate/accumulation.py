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
SLOPE_LIFE_S = 600.0  # a relative trend dies away: what grows from little soon grows less
SAMPLING_MAX = 100.0  # of the probes' view, in vehicles: fewer probes than a hundredth count for little anyway
LEAST = 5.0  # vehicles: below, errors count as of so many
VAGUE = 0.5  # relative: what the first look is worth
COUNTS_SD = 0.03  # of the links' counts about their factor
FACTOR_LIFE_S = 600.0  # this factor comes back to 1 so slowly
BIAS_PER_S = 4.8e-5  # variance that its logarithm gains a second: 12 % in the long run
BIAS_FIRST_PER_S, BIAS_LIFE_S = 1e-3, 400.0  # the same at first, while the flow model learns the city
NOISE = 2.0  # variance of a view's fast noise over the vehicles: arrivals in platoons, not one by one


@dataclass(frozen=True, eq=False)
class Level:
    """Logarithm of the vehicles, its slope (1/s), logarithm of the bias of the links' counts; nan before the first."""

    mean: F64  # [n_areas, 3]
    cov: F64  # [n_areas, 3, 3]
    age_s: float = 0.0

    @property
    def vehicles(self) -> F64:
        """[n_areas]."""
        return np.exp(self.mean[:, 0])

    @property
    def var(self) -> F64:
        """Relative, [n_areas]."""
        return self.cov[:, 0, 0]


@dataclass(frozen=True, eq=False)
class Views:
    """Arrays are [n_areas]."""

    roads: F64
    roads_var: F64  # relative, of what does not average out soon
    index_var: float  # relative, of the reads behind the index: soon averaged out
    probes: F64
    probe_share: float
    share_var: float  # relative
    queued: F64  # vehicles of `roads` on links whose queue probes have shown
    queued_var: F64  # of `queued`, vehicles^2


def no_level(n_areas: int) -> Level:
    """Nothing known."""
    return Level(np.full((n_areas, 3), np.nan), np.full((n_areas, 3, 3), np.nan))


class Look(NamedTuple):
    """Both views as one; [n_areas]."""

    vehicles: F64
    noise_var: F64  # of `vehicles`: what averages out soon
    slow_var: F64  # relative: what does not


def weigh(views: Views) -> Look:
    """Both views as one, each by its variance."""
    vehicles = np.maximum(0.5 * (views.roads + views.probes), 1.0)
    fast = NOISE / vehicles + views.index_var
    open_frac = np.clip(1.0 - views.queued / vehicles, 0.0, 1.0)  # on the other links
    roads_slow = open_frac**2 * views.roads_var + views.queued_var / vehicles**2
    sampling = (1.0 - views.probe_share) / views.probe_share
    probes_var, roads_var = sampling / vehicles + views.share_var, roads_slow + fast
    weight = roads_var / (roads_var + probes_var)
    both = (1.0 - weight) * views.roads + weight * views.probes
    noise = (1.0 - weight) ** 2 * NOISE + weight**2 * min(sampling, SAMPLING_MAX)
    slow = (1.0 - weight) ** 2 * roads_slow + weight**2 * probes_var
    return Look(both, np.clip(noise, 0.02, NOISE) * vehicles, slow)


def track(level: Level, look: Look, dt_s: float, counts: F64 | None = None) -> Level:
    """The level `dt_s` seconds later, after a look, and after the links' own `counts` [n_areas] where there are any.

    The counts of the flow model follow every change at once, but are off by a factor that changes slowly. The look
    is taken in relative to the level (an extended Kalman filter), so that its noise does not bias the logarithm.
    """
    if np.isnan(level.mean).any():
        level = _first(look, counts)
    mean, cov = _predict(level, dt_s)
    expected = np.exp(mean[:, 0])
    size = np.maximum(expected, LEAST)
    noise = look.noise_var / np.maximum(look.vehicles, LEAST) / size
    miss = np.clip((look.vehicles - expected) / size, -1.0, 2.0)
    mean, cov = _learn(mean, cov, (1.0, 0.0, 0.0), miss, noise * 2.0 * CORRELATION_S / dt_s)
    if counts is not None:
        miss = np.log(np.maximum(counts, LEAST)) - mean[:, 0] - mean[:, 2]
        noise = (COUNTS_SD**2 + 1.0 / size) * 2.0 * CORRELATION_S / dt_s  # it is a mean, the truth Poisson about it
        mean, cov = _learn(mean, cov, (1.0, 0.0, 1.0), miss, noise)
    return Level(mean, cov, level.age_s + dt_s)


def _first(look: Look, counts: F64 | None) -> Level:
    mean = np.zeros((look.vehicles.size, 3))
    mean[:, 0] = np.log(np.maximum(look.vehicles, LEAST))
    if counts is not None:
        mean[:, 2] = 0.5 * np.maximum(np.log(np.maximum(counts, LEAST)) - mean[:, 0], 0.0)
    cov = np.diag([VAGUE**2, (VAGUE / FIRST_S) ** 2, VAGUE**2])
    return Level(mean, np.broadcast_to(cov, (mean.shape[0], 3, 3)).copy())


def _predict(level: Level, dt_s: float) -> tuple[F64, F64]:
    """Mean and covariance `dt_s` later."""
    go = np.eye(3)
    go[0, 1], go[1, 1], go[2, 2] = dt_s, np.exp(-dt_s / SLOPE_LIFE_S), np.exp(-dt_s / FACTOR_LIFE_S)
    drift = np.zeros((3, 3))
    drift[:2, :2] = SLOPE_PER_S2 * np.array([[dt_s**3 / 3.0, dt_s**2 / 2.0], [dt_s**2 / 2.0, dt_s]])
    drift[2, 2] = (BIAS_PER_S + BIAS_FIRST_PER_S * np.exp(-level.age_s / BIAS_LIFE_S)) * dt_s
    return level.mean @ go.T, go @ level.cov @ go.T + drift


def _learn(mean: F64, cov: F64, of: tuple[float, float, float], miss: F64, noise_var: F64) -> tuple[F64, F64]:
    """The Kalman filter's correction by one number an area: `of` is what it is of the state."""
    row = np.array(of)
    part = cov @ row
    gain = part / (part @ row + noise_var)[:, None]
    return mean + gain * miss[:, None], cov - gain[:, :, None] * part[:, None, :]


def band(level: Level, slow_var: F64) -> tuple[F64, F64]:
    """The band of 90 %: log-normal, from the filter's variance and `slow_var` (relative)."""
    vehicles = np.maximum(level.vehicles, 1e-9)
    own = NOISE / np.maximum(vehicles, 1.0)  # the truth itself is scattered about its level
    sd = np.sqrt(np.log1p(level.var + own + slow_var))
    return vehicles * np.exp(-Z_90 * sd), vehicles * np.exp(Z_90 * sd)
