"""The adaptive smoothing method, and the isotropic kernel that it is measured against, by fast Fourier transforms.

Treiber, Helbing: Reconstructing the spatio-temporal traffic dynamics from stationary detector data, Cooper@tive
Tr@nsport@tion Dyn@mics 1 (2002) 3.1-3.24. Treiber, Kesting, Wilson: Reconstructing the traffic state by fusion of
heterogeneous data, Computer-Aided Civil and Infrastructure Engineering 26 (2011) 408-419, equations 1-8.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from citybrain.estimate.corridor import F64, Gathered, Grid

PRIOR_SHARE = 1e-4  # of the mean kernel weight, put on the mean speed: else rounding rules empty regions


@dataclass(frozen=True)
class Kernel:
    """exp(-|x| / length_m - |t - x / wave_mps| / duration_s); wave_mps = inf smooths along neither wave."""

    length_m: float
    duration_s: float
    wave_mps: float = np.inf


@dataclass(frozen=True)
class Asm:
    """What the method needs to know; the defaults are those of the paper of 2011 (section 3.3, in SI units)."""

    length_m: float = 200.0
    duration_s: float = 10.0
    congested_mps: float = -15.0 / 3.6
    free_mps: float = 80.0 / 3.6
    threshold_mps: float = 60.0 / 3.6
    width_mps: float = 20.0 / 3.6


def kernel_mean(seen: Gathered, kernel: Kernel) -> F64:
    """Weighted mean of what was seen around each cell, [n_space, n_time]; nan everywhere when nothing was seen."""
    return kernel_sums(seen, kernel)[0]


def kernel_sums(seen: Gathered, kernel: Kernel) -> tuple[F64, F64]:
    """The weighted mean and the sum of the weights that it rests on."""
    mean_mps = seen.mean_mps()
    if np.isnan(mean_mps):
        nothing: F64 = np.zeros(seen.grid.shape)
        unknown: F64 = np.full(seen.grid.shape, np.nan)
        return unknown, nothing
    spread = _Spread(seen.grid, kernel)
    weight = np.maximum(spread(seen.weight), 0.0)
    departure = spread(seen.weight * (seen.speed_mps - mean_mps))
    mean: F64 = mean_mps + departure / (weight + PRIOR_SHARE * float(weight.mean()))
    return mean, weight


def adaptive_smoothing(seen: Gathered, asm: Asm | None = None) -> F64:
    """The field [n_space, n_time] in m/s: means along congested and along free waves, mixed by the lower of both."""
    asm = asm or Asm()
    congested = kernel_mean(seen, Kernel(asm.length_m, asm.duration_s, asm.congested_mps))
    free = kernel_mean(seen, Kernel(asm.length_m, asm.duration_s, asm.free_mps))
    share = 0.5 * (1.0 + np.tanh((asm.threshold_mps - np.minimum(congested, free)) / asm.width_mps))
    return share * congested + (1.0 - share) * free


def lags(grid: Grid, shape: tuple[int, int]) -> tuple[F64, F64]:
    """Distances [shape[0], 1] in m and times [1, shape[1]] in s of a periodic kernel, the zero lag first."""
    distance_m: F64 = (np.fft.fftfreq(shape[0], 1.0 / shape[0])[:, None] * grid.cell_m).astype(np.float64)
    time_s: F64 = (np.fft.fftfreq(shape[1], 1.0 / shape[1])[None, :] * grid.step_s).astype(np.float64)
    return distance_m, time_s


def kernel_values(kernel: Kernel, distance_m: F64, time_s: F64) -> F64:
    """The kernel at the given lags."""
    delay_s = time_s - distance_m / kernel.wave_mps
    values: F64 = np.exp(-np.abs(distance_m) / kernel.length_m - np.abs(delay_s) / kernel.duration_s)
    return values


class _Spread:
    """Sums over a neighbourhood, not periodic: the field is padded with as many empty cells."""

    def __init__(self, grid: Grid, kernel: Kernel) -> None:
        import scipy.fft

        self._fft: Any = scipy.fft
        self._inside = (slice(grid.n_space), slice(grid.n_time))
        self._shape = tuple(scipy.fft.next_fast_len(2 * n, real=True) for n in grid.shape)
        self._factor = scipy.fft.rfft2(kernel_values(kernel, *lags(grid, (self._shape[0], self._shape[1]))))

    def __call__(self, values: F64) -> F64:
        spread = self._fft.irfft2(self._fft.rfft2(values, self._shape) * self._factor, self._shape)
        inside: F64 = spread[self._inside]
        return inside
