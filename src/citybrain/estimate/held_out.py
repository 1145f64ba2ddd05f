"""Whole vehicles held out of what was seen on a corridor: the honest way to judge a smoother without knowing more.

Neighbouring cells that one vehicle has crossed say the same thing; hiding single cells would flatter every smoother.
A band between two vehicles that follow each other in the estimated field hides all that the vehicles between them saw.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citybrain.estimate.asm import Kernel, kernel_sums
from citybrain.estimate.corridor import F64, Gathered

BAND_S = 10.0  # two vehicles or three of one lane pass in it: a hole as a random vehicle's absence leaves
GUARD_S = 5.0  # beside a band nothing is kept nor judged: a vehicle that wanders over the edge would be on both sides
PERIOD_S = 60.0  # a sixth is hidden at a time, so the rest is nearly as dense as the whole
SLOWEST_MPS = 1.0  # a vehicle that stands would never arrive
COVER = Kernel(60.0, 15.0, -4.5)  # how well a cell is seen: its kernel sum; only its order matters
N_BINS = 12
IMPORTANCE_MAX = 5.0  # no cell may speak for more: few cells would decide


@dataclass(frozen=True, eq=False)
class Fold:
    """One selection; arrays [n_space, n_time]."""

    kept: Gathered
    hidden: NDArray[np.bool_]  # seen cells that were taken out, to be judged


def entry_times_s(speed_mps: F64, cell_m: float, step_s: float) -> F64:
    """When a vehicle that is in a cell now entered the corridor, or would have, [n_space, n_time]."""
    n_space, n_time = speed_mps.shape
    now_s = (np.arange(n_time) + 0.5) * step_s
    entered = np.empty_like(speed_mps)
    entered[0] = now_s
    for i in range(1, n_space):
        before_s = now_s - cell_m / np.maximum(speed_mps[i], SLOWEST_MPS)
        known = np.interp(before_s, now_s, entered[i - 1])
        entered[i] = known + np.minimum(before_s - now_s[0], 0.0)
    return entered


def folds(seen: Gathered, speed_mps: F64, n_folds: int) -> list[Fold]:
    """Selections that hide other vehicles each; `speed_mps` is a first guess of the field."""
    entered = entry_times_s(speed_mps, seen.grid.cell_m, seen.grid.step_s)
    found = []
    for k in range(n_folds):
        phase = (entered + k * PERIOD_S / n_folds) % PERIOD_S
        hidden = seen.seen & (phase < BAND_S)
        near = (phase < BAND_S + GUARD_S) | (phase > PERIOD_S - GUARD_S)
        found.append(Fold(seen.only(~near), hidden))
    return [fold for fold in found if fold.hidden.any() and fold.kept.seen.any()]


def cover(seen: Gathered) -> F64:
    """How well each cell is seen: the sum of weights near it along a wave, [n_space, n_time]."""
    return kernel_sums(Gathered(seen.grid, seen.seen.astype(np.float64), seen.speed_mps), COVER)[1]


def importance(judged: F64, wanted: F64) -> F64:
    """Weights that give the judged cells [n] the cover of those the field is wanted for [m]; their mean is about 1."""
    edges = np.quantile(np.concatenate([judged, wanted]), np.linspace(0.0, 1.0, N_BINS + 1)[1:-1])
    bins = np.searchsorted(edges, judged)
    have = np.bincount(bins, minlength=N_BINS) / max(judged.size, 1)
    want = np.bincount(np.searchsorted(edges, wanted), minlength=N_BINS) / max(wanted.size, 1)
    ratio = np.minimum(want / np.maximum(have, 1e-9), IMPORTANCE_MAX)
    weights: F64 = ratio[bins]
    return weights
