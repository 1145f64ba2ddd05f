"""Laws of the curve: it visits every place once, a full grid in steps of one cell, and keeps neighbours together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citybrain.city.curve import along_curve


@pytest.mark.parametrize("side", [2, 4, 16, 32])
def test_a_full_grid_is_walked_from_neighbour_to_neighbour(side: int) -> None:
    """The property that makes it Hilbert's curve: each step of a walk over a grid of 2^k goes to an adjacent cell."""
    x, y = (part.ravel() for part in np.meshgrid(np.arange(side), np.arange(side)))
    # cells as the curve sees them: the grid spread evenly over its range
    order = along_curve(x + 0.5, y + 0.5)
    steps = np.abs(np.diff(x[order])) + np.abs(np.diff(y[order]))
    assert sorted(order.tolist()) == list(range(side * side))
    assert (steps == 1).all()


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), max_size=40))
def test_every_place_comes_once_also_those_that_coincide(places: list[tuple[float, float]]) -> None:
    x, y = [p[0] for p in places], [p[1] for p in places]
    assert sorted(along_curve(x, y).tolist()) == list(range(len(places)))


def test_places_at_one_point_keep_their_order() -> None:
    assert along_curve([3.0] * 5, [4.0] * 5).tolist() == [0, 1, 2, 3, 4]


def test_neighbours_in_the_order_are_neighbours_on_the_map() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.uniform(0.0, 10_000.0, (2, 2000))
    order = along_curve(x, y)
    step_m = np.hypot(np.diff(x[order]), np.diff(y[order]))
    assert np.median(step_m) < 300.0  # mean spacing is 224 m; at random it would be some 5 km


def test_the_order_does_not_depend_on_where_or_how_large_the_city_is() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.uniform(0.0, 1000.0, (2, 200))
    assert along_curve(x, y).tolist() == along_curve(8.0 * x + 4096.0, 8.0 * y - 512.0).tolist()
