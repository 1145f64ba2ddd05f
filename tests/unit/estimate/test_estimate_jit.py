"""Kernels that count no references: they read what they are given, leave it as it was, and make no arrays."""

from __future__ import annotations

import sys
from typing import NamedTuple

import numpy as np
import pytest
from numba.core.errors import NumbaError
from numpy.typing import NDArray

from citybrain.estimate.jit import entry, inlined


class Pair(NamedTuple):
    a: NDArray[np.float64]
    b: NDArray[np.float64]


@inlined
def _one(pair: Pair, row: int) -> float:
    part = pair.a[row : row + 1]  # a view of an array that others own
    return part[0] * pair.b[row]


@entry
def _dot(pair: Pair) -> float:
    total = 0.0
    for row in range(pair.a.size):
        total += _one(pair, row)
    return total


@inlined
def _makes(n: int) -> float:
    return np.ones(n)[0]


@entry
def _asks(n: int) -> float:
    return _makes(n)


def test_arrays_are_read_and_belong_to_as_many_as_before() -> None:
    pair = Pair(np.arange(1000.0), np.arange(1000.0) + 1.0)
    held = [sys.getrefcount(array) for array in pair]
    for _ in range(100):
        assert _dot(pair) == float(pair.a @ pair.b)
    assert [sys.getrefcount(array) for array in pair] == held


def test_one_that_makes_an_array_is_refused() -> None:
    with pytest.raises(NumbaError):
        _asks(3)
