"""Kriging of a speed field on a grid: the best linear estimate from what was seen, for a given covariance.

The covariance is a sum of terms, each stretched along a wave. Cressie: Statistics for Spatial Data (1993), section 3.2;
the linear system is solved by conjugate gradients, its products by fast Fourier transforms in the padded grid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citybrain.estimate.asm import lags
from citybrain.estimate.corridor import F64, Gathered, Grid

F32 = NDArray[np.float32]
ITERATIONS_MAX = 400
TOLERANCE = 2e-2  # of the residual's norm; half of it moves the benchmark's errors by less than 0.5 %


@dataclass(frozen=True)
class Term:
    """share * exp(-sqrt((x / length_m)^2 + ((t - x / wave_mps) / duration_s)^2)) of the field's variance."""

    share: float
    length_m: float
    duration_s: float
    wave_mps: float = np.inf


@dataclass(frozen=True)
class Noise:
    """Error of what was seen in a cell, as a share of the field's variance: own_share / weight + shared_share."""

    own_share: float
    shared_share: float


class Kriging:
    """A covariance on a grid; `solve` may be called with any number of selections of what was seen."""

    def __init__(self, grid: Grid, terms: Sequence[Term], noise: Noise) -> None:
        import scipy.fft

        self._fft: Any = scipy.fft
        self._grid, self._noise = grid, noise
        rows = scipy.fft.next_fast_len(2 * grid.n_space, real=True)
        self._shape = (rows, scipy.fft.next_fast_len(grid.n_time + _pad(grid, terms), real=True))
        covariance = sum(_values(term, *lags(grid, self._shape)) for term in terms)
        # A kernel cut at half the padded grid may have small negative powers; without them it is a covariance again.
        self._power = np.maximum(scipy.fft.rfft2(covariance).real, 0.0).astype(np.float32)

    def spread(self, weights: F32) -> F32:
        """The sum of the weights [n_space, n_time], each times its covariance with a cell."""
        found = self._fft.irfft2(self._fft.rfft2(weights, self._shape) * self._power, self._shape)
        inside: F32 = found[: self._grid.n_space, : self._grid.n_time]
        return inside

    def solve(self, seen: Gathered, start: F32 | None = None) -> tuple[F64, F32]:
        """The field [n_space, n_time] in m/s, and the weights, a start for a like selection. Something must be seen."""
        mean_mps = seen.mean_mps()
        mask = seen.seen.astype(np.float32)
        departure = (mask * (seen.speed_mps - mean_mps)).astype(np.float32)
        error = mask * (self._noise.own_share / np.where(seen.seen, seen.weight, 1.0) + self._noise.shared_share)
        weights = self._conjugate_gradients(mask, error.astype(np.float32), departure, start)
        return mean_mps + self.spread(weights).astype(np.float64), weights

    def _conjugate_gradients(self, mask: F32, error: F32, wanted: F32, start: F32 | None) -> F32:
        weights = np.zeros_like(wanted) if start is None else mask * start
        rest = wanted - mask * self.spread(weights) - error * weights
        direction = rest.copy()
        norm = float(np.vdot(rest, rest))
        enough = TOLERANCE**2 * float(np.vdot(wanted, wanted))
        for _ in range(ITERATIONS_MAX):
            if norm <= enough:
                break
            turned = mask * self.spread(direction) + error * direction
            step = np.float32(norm / float(np.vdot(direction, turned)))
            weights += step * direction
            rest -= step * turned
            before, norm = norm, float(np.vdot(rest, rest))
            direction = rest + np.float32(norm / before) * direction
        return weights


def _pad(grid: Grid, terms: Sequence[Term]) -> int:
    """Columns to put behind the last so that the end does not touch the beginning again."""
    return int(min(grid.n_time, 1 + max(term.duration_s for term in terms) / grid.step_s))


def _values(term: Term, distance_m: F64, time_s: F64) -> F64:
    delay_s = time_s - distance_m / term.wave_mps
    return term.share * np.exp(-np.hypot(distance_m / term.length_m, delay_s / term.duration_s))
