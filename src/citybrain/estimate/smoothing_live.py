"""The newest column of many corridors, kept up step by step: adaptive smoothing as a recursion, linear in the cells.

What was seen is carried along with its wave, a free and a congested one, and fades: after k steps of step_s a sample
weighs exp(-k step_s / duration_s - |x - wave_mps k step_s| / length_m). So a step costs the same however far back the
past reaches. The two waves are mixed as in `asm`, without a look into the future; `smoothing` does what needs one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from citybrain.errors import InputError, LimitError
from citybrain.estimate.corridor import CELLS_MAX, F64

I64 = NDArray[np.int64]
MEMORY_S = 600.0  # of a corridor's own mean and variance, which speak where nothing was seen
SAMPLE_NOISE = 0.25  # error of a sample as a share of the corridor's variance: a vehicle against its surroundings
SEEN_MIN = 1e-6  # kernel weight below which a corridor has said nothing


@dataclass(frozen=True)
class LiveOptions:
    """Kernel and waves; the thresholds as in `asm.Asm`."""

    cell_m: float = 50.0
    step_s: float = 5.0
    length_m: float = 100.0
    duration_s: float = 30.0
    congested_mps: float = -15.0 / 3.6
    free_mps: float = 60.0 / 3.6
    threshold_mps: float = 40.0 / 3.6
    width_mps: float = 15.0 / 3.6


class LiveCorridors(NamedTuple):
    """What is remembered of all corridors; cells one corridor after another, in the direction of travel."""

    first: I64  # [n_corridors + 1] first cell of each
    sums: F64  # [2, 2, n_cells]: congested and free wave; weight and weight * speed
    totals: F64  # [3, n_corridors]: weight, weight * speed, weight * speed^2; fading with MEMORY_S


class Column(NamedTuple):
    """The newest column of all corridors; arrays [n_cells], nan in corridors that have never been seen."""

    speed_mps: F64
    variance_m2ps2: F64  # falls with what was seen near the cell, from the corridor's own variance on


def start(n_cells: I64) -> LiveCorridors:
    """Corridors of so many cells each, [n_corridors], of which nothing is known."""
    if np.any(n_cells < 1):
        raise InputError("live corridors: a corridor without cells; expected 1 or more")
    first = np.concatenate([[0], np.cumsum(n_cells)]).astype(np.int64)
    if first[-1] > CELLS_MAX:
        raise LimitError(f"live corridors: {first[-1]} cells exceed {CELLS_MAX}; use larger cells")
    return LiveCorridors(first, np.zeros((2, 2, int(first[-1]))), np.zeros((3, n_cells.size)))


def advance(state: LiveCorridors, cell: I64, speed_mps: F64, options: LiveOptions) -> tuple[LiveCorridors, Column]:
    """One step on: what was seen during it, [n] cells and speeds in any order, and the column that follows.

    The given state is not changed. Raises InputError for a cell that does not exist or a speed that is below 0 or nan.
    """
    n_cells = int(state.first[-1])
    if np.any((cell < 0) | (cell >= n_cells)):
        raise InputError(f"live corridors: a sample outside of the {n_cells} cells")
    if np.any(~(speed_mps >= 0)):
        raise InputError("live corridors: a speed below 0 or nan; expected m/s")
    order = np.lexsort((speed_mps, cell))
    cell, speed_mps = cell[order], speed_mps[order]
    new: F64 = np.stack([np.bincount(cell, speed_mps**k, n_cells).astype(np.float64) for k in range(3)])
    fade = np.exp(-options.step_s / MEMORY_S)
    totals = fade * state.totals + np.add.reduceat(new, state.first[:-1], axis=1)
    sums = np.empty_like(state.sums)
    reach = float(np.exp(-options.cell_m / options.length_m))
    for k, wave_mps in enumerate((options.congested_mps, options.free_mps)):
        shift = wave_mps * options.step_s / options.cell_m
        _carry(state.first, state.sums[k], shift, float(np.exp(-options.step_s / options.duration_s)), sums[k])
        _spread(state.first, new[:2], reach, sums[k])
    after = LiveCorridors(state.first, sums, totals)
    return after, _column(after, options)


def _column(state: LiveCorridors, options: LiveOptions) -> Column:
    """Each wave's mean, drawn to the corridor's own as by one sample's noise; mixed by the lower of both."""
    sizes = np.diff(state.first)
    weight, product, square = state.totals
    known = weight > SEEN_MIN
    mean = np.divide(product, weight, out=np.full(sizes.size, np.nan), where=known)
    variance = np.divide(square, weight, out=np.full(sizes.size, np.nan), where=known) - mean**2
    mean_mps, spread = np.repeat(mean, sizes), np.repeat(np.maximum(variance, 0.0), sizes)
    near, said = state.sums[:, 0], state.sums[:, 1]
    each = mean_mps + (said - near * mean_mps) / (near + SAMPLE_NOISE)
    share = 0.5 * (1.0 + np.tanh((options.threshold_mps - each.min(axis=0)) / options.width_mps))
    speed = share * each[0] + (1.0 - share) * each[1]
    return Column(speed, spread / (1.0 + (share * near[0] + (1.0 - share) * near[1]) / SAMPLE_NOISE))


@njit(cache=True, nogil=True)
def _carry(first: I64, sums: F64, shift: float, fade: float, out: F64) -> None:
    """Move the sums [2, n_cells] by `shift` cells in the direction of travel, and fade them."""
    whole = int(np.floor(shift))
    part = shift - whole
    for corridor in range(first.size - 1):
        begin, end = first[corridor], first[corridor + 1]
        for i in range(begin, end):
            near, far = i - whole, i - whole - 1
            for k in range(2):
                value = 0.0
                if begin <= near < end:
                    value += (1.0 - part) * sums[k, near]
                if begin <= far < end:
                    value += part * sums[k, far]
                out[k, i] = fade * value


@njit(cache=True, nogil=True)
def _spread(first: I64, new: F64, reach: float, out: F64) -> None:
    """Add the new sums, each cell's share falling by `reach` a cell to both sides."""
    for corridor in range(first.size - 1):
        begin, end = first[corridor], first[corridor + 1]
        for k in range(2):
            carried = 0.0
            for i in range(begin, end):
                carried = carried * reach + new[k, i]
                out[k, i] += carried
            carried = 0.0
            for i in range(end - 1, begin - 1, -1):
                out[k, i] += carried
                carried = (carried + new[k, i]) * reach
