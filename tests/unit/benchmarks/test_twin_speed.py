"""The benchmark's own arithmetic on a small generated city."""

from __future__ import annotations

import time

import numpy as np
import pytest
from benchmarks import sumo_tables
from benchmarks._load import busy, cost, filled, least_wall_s, running


def test_a_busy_demand_departs_in_time_and_in_order() -> None:
    city, demand = busy(4, 300, 200.0)
    depart_s = demand.trips.depart_s - city.meta.begin_s
    assert 250 <= depart_s.size <= 350
    assert depart_s.min() >= 0.0
    assert depart_s.max() <= 200.0
    assert (np.diff(depart_s) >= 0.0).all()


def test_a_filled_city_holds_what_was_asked() -> None:
    twin = filled(4, 100, 120.0)
    assert running(twin) >= 100
    before = twin.digest()
    per_step_s, per_second_s = cost(twin)
    assert 0.0 < per_step_s < per_second_s
    assert twin.digest() == before  # measured on forks


def test_what_cannot_be_reached_gives_the_fullest_minute() -> None:
    assert 0 < running(filled(4, 10**5 // 8, 60.0)) < 10**5 // 8


def test_the_least_of_several_walls() -> None:
    assert 0.001 <= least_wall_s(lambda: time.sleep(0.001), 3) < 0.5


def test_off_has_no_sign() -> None:
    assert sumo_tables.off(90.0, 100.0) == pytest.approx(sumo_tables.off(110.0, 100.0))
