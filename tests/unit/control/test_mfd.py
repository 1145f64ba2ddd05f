"""The diagram of an area against known ones: triangles, curves that never fall, and what nothing is known of."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citybrain.control.mfd import LIFE_S, Critical, Diagram

HOLDS = 1000.0
FREE_MPS = 9.0


def triangle(vehicles: float, critical: float, fall: float = 3.0) -> float:
    """Production (vehicle metres a second): free up to the critical accumulation, then falling."""
    return FREE_MPS * min(vehicles, critical) - fall * max(vehicles - critical, 0.0)


def learned(vehicles: np.ndarray, production: np.ndarray, holds: float = HOLDS) -> Critical:
    diagram = Diagram(np.array([holds]))
    for n, p in zip(vehicles.tolist(), production.tolist(), strict=True):
        diagram.learn(np.array([n]), np.array([p]))
    return diagram.critical()


@settings(max_examples=20, deadline=None)
@given(critical=st.floats(80.0, 300.0), fall=st.floats(2.0, 8.0), seed=st.integers(0, 99))
def test_the_corner_of_a_noisy_triangle_is_found(critical: float, fall: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = np.linspace(20.0, 2.2 * critical, 90)
    p = np.array([triangle(x, critical, fall) for x in n]) * rng.normal(1.0, 0.03, n.size)
    found = learned(n, p)
    assert found.surely[0] > 0.9
    assert found.vehicles[0] == pytest.approx(critical, rel=0.15)
    assert 0.97 * found.low[0] <= found.vehicles[0] <= 1.03 * found.high[0], "the band lies on places seen"


def test_more_minutes_make_the_band_narrower() -> None:
    def band(times: int) -> float:
        rng = np.random.default_rng(1)
        n = np.tile(np.linspace(20.0, 400.0, 40), times)
        p = np.array([triangle(x, 200.0) for x in n]) * rng.normal(1.0, 0.12, n.size)
        found = learned(n, p)
        return float(found.high[0] - found.low[0])

    assert band(30) < band(1)


@pytest.mark.parametrize("power", [1.0, 0.8, 0.6])
def test_production_that_never_falls_has_no_critical_accumulation(power: float) -> None:
    """Streets that only slow down a little are not too full, however bent the curve."""
    rng = np.random.default_rng(2)
    n = np.linspace(10.0, 400.0, 120)
    found = learned(n, 30.0 * n**power * rng.normal(1.0, 0.04, n.size))
    assert found.surely[0] < 0.1


def test_a_plateau_is_no_fall() -> None:
    rng = np.random.default_rng(3)
    n = np.linspace(10.0, 400.0, 120)
    assert learned(n, triangle_flat(n) * rng.normal(1.0, 0.05, n.size)).surely[0] < 0.9


def triangle_flat(n: np.ndarray) -> np.ndarray:
    return FREE_MPS * np.minimum(n, 200.0)


def test_nothing_seen_nothing_known() -> None:
    found = Diagram(np.array([HOLDS, 0.0])).critical()
    assert np.isnan(found.vehicles).all()
    assert (found.surely == 0.0).all()
    assert Diagram(np.zeros(0)).critical().vehicles.size == 0


def test_an_area_that_empties_teaches_nothing() -> None:
    """A jam that dissolves moves less than the same vehicles did on their way in: the corner stays where it is."""
    up = np.linspace(20.0, 400.0, 80)
    p = np.array([triangle(x, 200.0) for x in up])
    down = up[::-1] * 0.97
    both = learned(np.concatenate([up, down]), np.concatenate([p, 0.3 * p[::-1]]))
    assert both.vehicles[0] == pytest.approx(learned(up, p).vehicles[0], rel=0.1)


def test_what_was_seen_long_ago_gives_way() -> None:
    """After three days of another city the corner is that of the other city."""
    diagram = Diagram(np.array([HOLDS]))
    n = np.tile(np.linspace(20.0, 400.0, 80), 3)
    for critical, dt_s in ((120.0, 60.0), (240.0, 3.0 * LIFE_S / 240.0)):
        for x in n.tolist():
            diagram.learn(np.array([x]), np.array([triangle(x, critical)]), dt_s)
    assert diagram.critical().vehicles[0] == pytest.approx(240.0, rel=0.2)


def test_areas_do_not_know_of_each_other() -> None:
    diagram, alone = Diagram(np.array([HOLDS, HOLDS])), Diagram(np.array([HOLDS]))
    for x in np.linspace(20.0, 400.0, 80).tolist():
        diagram.learn(np.array([x, 50.0]), np.array([triangle(x, 200.0), 400.0]))
        alone.learn(np.array([x]), np.array([triangle(x, 200.0)]))
    assert diagram.critical().vehicles[0] == alone.critical().vehicles[0]
    assert np.isnan(diagram.critical().vehicles[1])
