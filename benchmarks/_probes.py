"""Virtual probe vehicles through a known speed field: what they would have seen, for any share and seed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
STEP_S = 0.25
DRIVER_SHARE = 0.05  # standard deviation of a driver's own speed against the cell's mean
WANDER_MPS = 0.5  # and of its slow wandering (over 5 s): together 0.55 m/s, as probes of the published sets show


def filled(full_mps: F64) -> F64:
    """The field with its missing cells taken from the nearest known one."""
    from scipy.ndimage import distance_transform_edt

    nearest = distance_transform_edt(np.isnan(full_mps), return_distances=False, return_indices=True)
    known: F64 = full_mps[tuple(nearest)]
    return known


def drive(full_mps: F64, cell: tuple[float, float], cover: float, seed: int) -> F64:
    """What probes saw [n_space, n_time], nan elsewhere, as many of them as see the share `cover` of the cells.

    Half a thousand vehicles start at random times, or places in the first column, and drive at the field's speed.
    """
    rng, field = np.random.default_rng(seed), filled(full_mps)
    total, count = np.zeros(field.shape), np.zeros(field.shape)
    while np.count_nonzero(count) < cover * field.size:
        rows, columns, speed = _one(field, cell, rng)
        np.add.at(total, (rows, columns), speed)
        np.add.at(count, (rows, columns), 1.0)
    seen = np.divide(total, count, out=np.full(field.shape, np.nan), where=count > 0)
    seen[np.isnan(full_mps)] = np.nan
    return seen


def _one(field: F64, cell: tuple[float, float], rng: np.random.Generator) -> tuple[list[int], list[int], list[float]]:
    """The cells of one vehicle and its speed in each step."""
    (n_space, n_time), (cell_m, step_s) = field.shape, cell
    from_inside = rng.random() < n_space / (n_space + 4 * n_time)
    place = rng.uniform(0, n_space * cell_m) if from_inside else 0.0
    now = 0.0 if from_inside else rng.uniform(0, n_time * step_s)
    own, wander, keep = 1 + DRIVER_SHARE * rng.standard_normal(), 0.0, np.exp(-STEP_S / 5.0)
    rows, columns, speeds = [], [], []
    while place < n_space * cell_m and now < n_time * step_s:
        i, j = int(place / cell_m), int(now / step_s)
        wander = keep * wander + np.sqrt(1 - keep**2) * WANDER_MPS * rng.standard_normal()
        speed = max(field[i, j] * own + wander, 0.1)
        rows.append(i)
        columns.append(j)
        speeds.append(speed)
        place, now = place + speed * STEP_S, now + STEP_S
    return rows, columns, speeds
