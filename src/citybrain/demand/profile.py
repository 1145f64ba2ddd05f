"""When trips start: departure profiles over a simulated period, sampled evenly and by seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from citybrain.city.model import F64
from citybrain.errors import InputError

STEPS = 240  # of the tabulated profile


@dataclass(frozen=True, eq=False)
class Profile:
    """Relative rate of departures: `rate` [n] holds between `edge_s` [n + 1] (seconds from the period's begin)."""

    edge_s: F64
    rate: F64

    @property
    def duration_s(self) -> float:
        return float(self.edge_s[-1] - self.edge_s[0])

    @property
    def peak_factor(self) -> float:
        """Highest rate over the mean rate."""
        width_s = np.diff(self.edge_s)
        return float(self.rate.max() * width_s.sum() / (self.rate * width_s).sum())


def flat(duration_s: float = 3600.0, begin_s: float = 0.0) -> Profile:
    """The same rate all the time."""
    return _tabulate(begin_s, duration_s, np.ones_like)


def morning(duration_s: float = 3600.0, begin_s: float = 0.0) -> Profile:
    """A quick rise to a peak after 45 % of the period, then a slow fall."""
    return _tabulate(begin_s, duration_s, lambda t: 0.45 + 0.9 * np.exp(-(((t - 0.45) / _side(t, 0.22, 0.30)) ** 2)))


def evening(duration_s: float = 3600.0, begin_s: float = 0.0) -> Profile:
    """A broader peak than in the morning, after 55 % of the period."""
    return _tabulate(begin_s, duration_s, lambda t: 0.55 + 0.7 * np.exp(-(((t - 0.55) / _side(t, 0.35, 0.28)) ** 2)))


def _side(t: F64, before: float, after: float) -> F64:
    return np.where(t < 0.5, before, after)


def _tabulate(begin_s: float, duration_s: float, shape: Callable[[F64], F64]) -> Profile:
    if duration_s <= 0:
        raise InputError(f"period of {duration_s} s; expected more than 0")
    share = np.linspace(0.0, 1.0, STEPS + 1)
    return Profile(begin_s + duration_s * share, shape((share[1:] + share[:-1]) / 2))


def sample_s(profile: Profile, count: int, rng: np.random.Generator) -> F64:
    """Departure times [count], ascending: one at random in each of `count` equal shares of the profile.

    The stratification keeps the noise of the flow below that of independent draws.
    """
    if count == 0:
        return np.zeros(0)
    mass = np.concatenate([[0.0], np.cumsum(profile.rate * np.diff(profile.edge_s))])
    share = (np.arange(count) + rng.random(count)) / count
    return np.asarray(np.interp(share * mass[-1], mass, profile.edge_s))
