"""Doubly constrained gravity model: trips from homes to jobs that fall off with travel time."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from citybrain.city.model import F64
from citybrain.errors import InputError

ROUNDS_MAX = 500
TOLERANCE = 1e-6  # largest relative error of a row or column sum at the end


def gravity(production: ArrayLike, attraction: ArrayLike, cost_s: ArrayLike, beta_per_s: float) -> F64:
    """Trips [n, n] between zones: T_ij = a_i P_i b_j A_j exp(-beta c_ij), rows sum to P, columns to A.

    `production` and `attraction` [n] are trips per zone (attraction is scaled to production's total), `cost_s` [n, n]
    travel times, inf where no route is. Balanced by Furness' method (Ortuzar & Willumsen, Modelling Transport, 5.6).
    Raises InputError on negative values, and where the sums cannot be met.
    """
    rows, columns = np.asarray(production, np.float64), np.asarray(attraction, np.float64)
    cost = np.asarray(cost_s, np.float64)
    if cost.shape != (rows.size, columns.size):
        raise InputError(f"cost {cost.shape}; expected ({rows.size}, {columns.size})")
    if (rows < 0).any() or (columns < 0).any() or columns.sum() <= 0 or beta_per_s < 0:
        raise InputError("production, attraction and beta; expected none negative, and some attraction")
    columns = columns * (rows.sum() / columns.sum())
    return furness(np.exp(-beta_per_s * cost), rows, columns)


def furness(seed: F64, rows: F64, columns: F64) -> F64:
    """Scale a matrix >= 0 row by row and column by column until its sums are `rows` and `columns`."""
    b = np.ones(columns.size)
    for _ in range(ROUNDS_MAX):
        a = _ratio(rows, seed @ b)
        b = _ratio(columns, a @ seed)
        trips = a[:, None] * seed * b[None, :]
        if np.abs(trips.sum(axis=1) - rows).max(initial=0.0) <= TOLERANCE * max(rows.max(initial=0.0), 1e-30):
            return np.asarray(trips)
    raise InputError("the trips of some zone have no reachable zone to go to; expected every zone to reach others")


def _ratio(wanted: F64, found: F64) -> F64:
    """wanted / found, 0 where nothing is wanted."""
    return np.divide(wanted, found, out=np.zeros_like(wanted), where=(wanted > 0) & (found > 0))
