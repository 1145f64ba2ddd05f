"""Cities at the edge of sense: nobody there, one link, everything full, lanes shorter than a vehicle."""

from __future__ import annotations

import numpy as np
import pytest

from _referee import Referee, check_books
from _roads import Kind, Road, Trip, demand, road
from citybrain.city.model import Colour
from citybrain.twin.twin import Twin

RED = np.array([Colour.RED], np.uint8)


def test_an_empty_city_runs_and_has_no_figures() -> None:
    twin = Twin(road(Road()), demand([])).run(120)
    found = twin.summary()
    assert (found.vehicles, found.finished_trips, found.vehicle_steps) == (0, 0, 0)
    assert np.isnan(found.mean_travel_time_s)
    check_books(twin)


def test_one_link_is_driven_and_left() -> None:
    twin = Twin(road(Road((300.0,))), demand([Trip(0.0, (0,))])).run(60)
    assert twin.summary().finished_trips == 1
    assert twin.summary().mean_trip_duration_s == pytest.approx((300.0 - 5.0) / 15.0, abs=1.5)


def test_a_queue_longer_than_its_link_holds_back_upstream_and_at_the_entrance() -> None:
    plan = Road((150.0, 75.0, 100.0), signal_after=1)
    twin = Twin(road(plan), demand([Trip(float(i), (0, 1, 2)) for i in range(100)]))
    referee = Referee(twin)
    for _ in range(400):
        twin.step(RED)
        referee.look()
    check_books(twin)
    assert not any(referee.faults.values())
    count = twin.readings().lane_count
    assert count[2] == 0
    assert count[1] == 10  # 75 m / 7.5 m
    assert count[0] == pytest.approx(150.0 / 7.5, abs=1)
    assert twin.summary().never_inserted == 100 - twin.vehicles().trip.size > 60
    twin.step(np.array([Colour.PROTECTED], np.uint8), 400)
    assert twin.summary().finished_trips == 100


@pytest.mark.parametrize("length_m", [0.1, 1.0, 3.0])
def test_lanes_shorter_than_a_vehicle_are_driven_over(length_m: float) -> None:
    plan = Road((200.0, length_m, length_m, 200.0), signal_after=2)
    twin = Twin(
        road(plan), demand([Trip(2.0 * i, (0, 1, 2, 3), i % 2) for i in range(20)], [Kind(), Kind(length_m=18)])
    )
    referee = Referee(twin)
    for second in range(300):
        twin.step(RED if second < 100 else np.array([Colour.PROTECTED], np.uint8))
        referee.look()
        check_books(twin)
    assert not any(referee.faults.values())
    assert twin.summary().finished_trips == 20
