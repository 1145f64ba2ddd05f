"""Flows of all turns that fit counts where there are some and conserve vehicles everywhere.

Generalised least squares: of all flows for which every link's inflow + beginning trips = outflow + ending trips +
what piles up, those nearest to the given means in units of their variances. With B the incidence of turns on links,
the multipliers solve (B V B' + D) lambda = imbalance, a Laplacian of the road network that conjugate gradients with a
diagonal preconditioner solve (Hestenes and Stiefel 1952; Golub and Van Loan, Matrix Computations, 11.5).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
TOLERANCE = 1e-6
ITERATIONS_MAX = 200


class Flows(NamedTuple):
    """Flows with their variances. Turns are [n_turns], the others [n_links]."""

    turn: F64
    turn_var: F64
    begin: F64  # trips that begin on the link
    begin_var: F64
    end: F64
    end_var: F64
    store: F64  # growth of the vehicles on the link
    store_var: F64


@njit(cache=True, nogil=True)
def _times(turn_from: I32, turn_to: I32, var: F64, ground: F64, x: F64, y: F64) -> None:
    """y = (B V B' + D) x."""
    for i in range(x.size):
        y[i] = ground[i] * x[i]
    for t in range(turn_from.size):
        a, b = turn_from[t], turn_to[t]
        d = var[t] * (x[b] - x[a])
        y[b] += d
        y[a] -= d


@njit(cache=True, nogil=True)
def _solve(turn_from: I32, turn_to: I32, var: F64, ground: F64, rhs: F64, x: F64) -> F64:
    """Solve (B V B' + D) x = rhs by preconditioned conjugate gradients, starting from `x`."""
    n = x.size
    diagonal = ground.copy()
    for t in range(turn_from.size):
        if turn_from[t] != turn_to[t]:
            diagonal[turn_from[t]] += var[t]
            diagonal[turn_to[t]] += var[t]
    x = x.copy()
    y = np.empty(n)
    _times(turn_from, turn_to, var, ground, x, y)
    left = rhs - y
    direction = left / diagonal
    rho = np.sum(left * direction)
    enough = TOLERANCE * TOLERANCE * np.sum(rhs * rhs / diagonal)
    for _ in range(ITERATIONS_MAX):
        if rho <= enough:
            break
        _times(turn_from, turn_to, var, ground, direction, y)
        step = rho / np.sum(direction * y)
        x += step * direction
        left -= step * y
        z = left / diagonal
        new = np.sum(left * z)
        direction = z + (new / rho) * direction
        rho = new
    return x


def _net_inflow(turn_from: I32, turn_to: I32, turn: F64, n_links: int) -> F64:
    inflow = np.bincount(turn_to, turn, n_links) - np.bincount(turn_from, turn, n_links)
    return np.asarray(inflow, np.float64)


def balance(turn_from: I32, turn_to: I32, given: Flows, start: F64) -> tuple[Flows, F64]:
    """The balanced flows, none below zero, and the multipliers [n_links] to start from the next time.

    Variances stay those given, and must be > 0.
    """
    net = _net_inflow(turn_from, turn_to, given.turn, start.size) + given.begin - given.end - given.store
    ground = given.begin_var + given.end_var + given.store_var
    x = _solve(turn_from, turn_to, given.turn_var, ground, net, start)
    flows = given._replace(
        turn=np.maximum(given.turn - given.turn_var * (x[turn_to] - x[turn_from]), 0.0),
        begin=np.maximum(given.begin - given.begin_var * x, 0.0),
        end=np.maximum(given.end + given.end_var * x, 0.0),
        store=given.store + given.store_var * x,
    )
    return flows, x
