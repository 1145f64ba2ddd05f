"""Chance without a state: numbers that depend on nothing but their keys, so that a fork meets the same ones."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]

_GOLDEN, _A, _B = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB  # splitmix64 (Steele et al. 2014)
_MASK = (1 << 64) - 1


class Draw(IntEnum):
    """What a number is drawn for."""

    COVERAGE = 1
    DEAD = 2
    LOSS = 3
    JITTER = 4
    COUNT = 5
    READ = 6
    PHASE = 7
    EAST = 8
    NORTH = 10
    SPEED = 12


def uniform(seed: int, draw: int, *keys: ArrayLike) -> F64:
    """Uniform numbers in [0, 1), one for each row of the keys (integers, broadcast together)."""
    start = ((seed & 0xFFFFFFFF) << 32 | draw & 0xFFFFFFFF) * _GOLDEN & _MASK
    h = np.full(np.broadcast_shapes(*(np.shape(key) for key in keys)), start, np.uint64)
    for key in keys:
        h = _mix(h ^ np.asarray(key, np.int64).astype(np.uint64) * np.uint64(_GOLDEN))
    return np.asarray((h >> np.uint64(11)) * (1.0 / (1 << 53)), np.float64)


def _mix(h: U64) -> U64:
    h = h + np.uint64(_GOLDEN)
    h = (h ^ (h >> np.uint64(30))) * np.uint64(_A)
    h = (h ^ (h >> np.uint64(27))) * np.uint64(_B)
    return np.asarray(h ^ (h >> np.uint64(31)), np.uint64)


def normal(seed: int, draw: int, *keys: ArrayLike) -> F64:
    """Standard normal numbers by Box and Muller (1958); uses the numbers of `draw` and `draw` + 1."""
    radius = np.sqrt(-2.0 * np.log1p(-uniform(seed, draw, *keys)))
    return np.asarray(radius * np.cos(2.0 * np.pi * uniform(seed, draw + 1, *keys)), np.float64)
