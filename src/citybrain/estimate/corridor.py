"""A corridor as a grid of space and time, the speed samples on it, and the smoothed field that comes out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citybrain.errors import InputError, LimitError

F64 = NDArray[np.float64]
CELLS_MAX = 4_000_000  # 40 km in cells of 50 m over 5,000 columns, twice; a field of this size takes a minute
SPEED_MAX_MPS = 100.0  # 360 km/h: nothing on a road drives faster; a sample above is an error of its source


@dataclass(frozen=True)
class Grid:
    """Cells of a corridor. Cell [i, j] reaches `cell_m` from begin_m + i * cell_m, `step_s` from begin_s + j * step_s.

    Positions grow in the direction of travel. Raises InputError for a size that is not positive, LimitError above
    `CELLS_MAX` cells.
    """

    cell_m: float
    step_s: float
    n_space: int
    n_time: int
    begin_m: float = 0.0
    begin_s: float = 0.0

    def __post_init__(self) -> None:
        for name in ("cell_m", "step_s", "n_space", "n_time"):
            if not getattr(self, name) > 0:
                raise InputError(f"grid: {name} = {getattr(self, name)}; expected a number above 0")
        if self.n_space * self.n_time > CELLS_MAX:
            raise LimitError(f"grid: {self.n_space} x {self.n_time} cells exceed {CELLS_MAX}; use larger cells")

    @property
    def shape(self) -> tuple[int, int]:
        return self.n_space, self.n_time

    def coarser(self, by_space: int, by_time: int) -> Grid:
        """The grid whose cells are blocks of this one's; the last block may reach beyond the end."""
        n_space, n_time = -(-self.n_space // by_space), -(-self.n_time // by_time)
        return Grid(self.cell_m * by_space, self.step_s * by_time, n_space, n_time, self.begin_m, self.begin_s)


@dataclass(frozen=True, eq=False)
class Samples:
    """Speeds seen on a corridor; arrays [n], in any order."""

    position_m: F64  # along the corridor, in the direction of travel
    time_s: F64
    speed_mps: F64
    weight: F64  # relative trust; 1 = one vehicle in one cell


@dataclass(frozen=True, eq=False)
class Gathered:
    """Samples on a grid; arrays [n_space, n_time]."""

    grid: Grid
    weight: F64  # sum of weights; 0 = nothing seen
    speed_mps: F64  # weighted mean; 0 where nothing was seen

    @property
    def seen(self) -> NDArray[np.bool_]:
        return self.weight > 0

    def mean_mps(self) -> float:
        """Weighted mean speed of what was seen; nan when nothing was."""
        total = float(self.weight.sum())
        return float((self.weight * self.speed_mps).sum()) / total if total > 0 else float("nan")

    def only(self, kept: NDArray[np.bool_]) -> Gathered:
        """What was seen in the kept cells."""
        return Gathered(self.grid, np.where(kept, self.weight, 0.0), np.where(kept, self.speed_mps, 0.0))

    def coarser(self, by_space: int, by_time: int) -> Gathered:
        """Blocks of cells drawn together."""
        if by_space == by_time == 1:
            return self
        grid = self.grid.coarser(by_space, by_time)
        weight = _blocks(self.weight, grid.shape, by_space, by_time)
        total = _blocks(self.weight * self.speed_mps, grid.shape, by_space, by_time)
        return Gathered(grid, weight, np.divide(total, weight, out=np.zeros_like(total), where=weight > 0))


@dataclass(frozen=True, eq=False)
class SpeedField:
    """Speed everywhere on a corridor; arrays [n_space, n_time], nan where nothing can be said."""

    grid: Grid
    speed_mps: F64
    variance_m2ps2: F64  # expected square of the error of `speed_mps` against one vehicle's speed


def _blocks(values: F64, shape: tuple[int, int], by_space: int, by_time: int) -> F64:
    """Sums over blocks; the edge is filled with zeros."""
    padded = np.zeros((shape[0] * by_space, shape[1] * by_time))
    padded[: values.shape[0], : values.shape[1]] = values
    summed: F64 = padded.reshape(shape[0], by_space, shape[1], by_time).sum(axis=(1, 3))
    return summed


def gather(grid: Grid, samples: Samples) -> Gathered:
    """Samples on the grid; those outside of it, with weight 0 or with a speed that is nan count nothing.

    Raises InputError for arrays of unlike length, a negative weight, or a speed outside 0 to `SPEED_MAX_MPS`.
    """
    _check(samples)
    space = np.floor((samples.position_m - grid.begin_m) / grid.cell_m)
    column = np.floor((samples.time_s - grid.begin_s) / grid.step_s)
    inside = (space >= 0) & (space < grid.n_space) & (column >= 0) & (column < grid.n_time)
    inside &= (samples.weight > 0) & ~np.isnan(samples.speed_mps)
    cell = space[inside].astype(np.int64) * grid.n_time + column[inside].astype(np.int64)
    speed, weight = samples.speed_mps[inside], samples.weight[inside]
    order = np.lexsort((weight, speed, cell))  # sums must not depend on the order of arrival, to the last bit
    size = grid.n_space * grid.n_time
    total = _sums(cell[order], weight[order], size).reshape(grid.shape)
    product = _sums(cell[order], (weight * speed)[order], size).reshape(grid.shape)
    return Gathered(grid, total, np.divide(product, total, out=np.zeros_like(total), where=total > 0))


def _sums(cell: NDArray[np.int64], values: F64, size: int) -> F64:
    """Sum of the values of each cell; bincount of nothing would be whole numbers."""
    return np.bincount(cell, values, size).astype(np.float64)


def _check(samples: Samples) -> None:
    sizes = {name: np.size(getattr(samples, name)) for name in ("position_m", "time_s", "speed_mps", "weight")}
    if len(set(sizes.values())) > 1:
        raise InputError(f"samples: arrays of unlike length {sizes}; expected one length")
    if np.any(~(samples.weight >= 0)):
        raise InputError("samples: weight below 0 or nan; expected 0 or more")
    with np.errstate(invalid="ignore"):
        wrong = (samples.speed_mps < 0) | (samples.speed_mps > SPEED_MAX_MPS)
    if np.any(wrong):
        row = int(np.flatnonzero(wrong)[0])
        raise InputError(
            f"samples: speed_mps[{row}] = {samples.speed_mps[row]:g}; expected 0 to {SPEED_MAX_MPS:g} m/s, or nan"
        )
