"""Arrivals and tracks worked out by hand: vehicles are put where they are seen, second by second."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from _retime_street import BLOCK_M, SPEED_MPS, Street, street
from _roads import Trip, demand
from citybrain.evaluate.compare_plans import compare_plans
from citybrain.evaluate.job import Job
from citybrain.evaluate.signal_measures import ARRIVAL_M, SignalMeasures, _Follow, _Watch

Seen = tuple[int, int, float, int]  # vehicle, link, metres to the stop line, next link


def traffic(place: Street, *rows: Seen) -> SimpleNamespace:
    vehicle, link, ahead_m, following = (np.array(column) for column in zip(*rows, strict=True))
    lane = np.searchsorted(place.city.lanes.link, link)
    return SimpleNamespace(
        vehicle=vehicle.astype(np.int32),
        lane=np.asarray(lane, np.int32),
        ahead_m=ahead_m.astype(float),
        next_link=following.astype(np.int32),
    )


@pytest.fixture(scope="module")
def place() -> Street:
    return street(2)


@pytest.mark.parametrize(
    ("ahead_m", "time_s", "on_green"),
    [
        (50.0, 10.0, 1),
        (50.0, 25.9, 1),
        (50.0, 26.0, 0),
        (0.0, 29.0, 1),
        (0.0, 30.0, 0),
        (75.0, 62.0, 1),
        (75.0, 61.9, 0),
    ],
)
def test_green_counts_when_the_stop_line_would_be_reached(
    place: Street, ahead_m: float, time_s: float, on_green: int
) -> None:
    """The street is green from 0 to 30 of 68 s; who is 50 m away at 12.5 m/s comes 4 s later."""
    watch = _Watch(place.city)
    watch.see(traffic(place, (0, place.east[0], ahead_m, place.east[1])), time_s)
    assert (watch.arrivals.tolist(), watch.on_green.tolist()) == ([1.0, 0.0], [float(on_green), 0.0])


def test_a_vehicle_counts_once_a_link_and_not_before_it_is_near(place: Street) -> None:
    watch = _Watch(place.city)
    for t, ahead_m in enumerate((ARRIVAL_M + 20.0, ARRIVAL_M + 0.1, ARRIVAL_M, 40.0, 0.5, 0.5)):
        watch.see(traffic(place, (3, place.east[0], ahead_m, place.east[1])), float(t))
        assert watch.arrivals.tolist() == [float(t >= 2), 0.0]
    watch.see(traffic(place, (3, place.east[1], 60.0, place.east[2])), 30.0)
    watch.see(traffic(place, (400, place.east[1], 60.0, place.east[2])), 31.0)
    watch.see(traffic(place, (3, place.east[1], 50.0, place.east[2])), 32.0)
    assert watch.arrivals.tolist() == [1.0, 2.0]


def test_side_street_and_street_have_their_own_greens_and_who_leaves_is_no_arrival(place: Street) -> None:
    watch = _Watch(place.city)
    rows = (
        (0, place.east[0], 10.0, place.east[1]),
        (1, place.south[0], 10.0, place.leave[0]),
        (2, place.west[0], 10.0, place.west[1]),
        (3, place.east[2], 10.0, -1),
        (4, place.south[1], 10.0, place.east[0]),  # no movement joins these
    )
    watch.see(traffic(place, *rows), 40.0)
    assert watch.arrivals.tolist() == [2.0, 1.0]
    assert watch.on_green.tolist() == [1.0, 0.0], "at 40 s the side streets are green"


def test_a_signal_where_nobody_came_has_no_share() -> None:
    found = SignalMeasures(np.array([0.0, 4.0]), np.array([0.0, 3.0]), np.zeros(2), np.zeros(2), ())
    assert np.isnan(found.green_share[0])
    assert found.green_share[1] == 0.75


def test_distances_run_on_over_the_links_of_a_chain(place: Street) -> None:
    follow = _Follow(place.city, place.east)
    assert follow.tracks().vehicle.size == 0
    for t, (link, ahead_m) in enumerate([(0, 200.0), (0, 100.0), (1, 240.0), (2, 250.0)]):
        other = (9, place.west[0], 30.0, place.west[1])
        follow.see(traffic(place, (5, place.east[link], ahead_m, -1), other), 10.0 * t)
    found = follow.tracks()
    assert found.vehicle.tolist() == [5] * 4, "who drives the other way is not of the chain"
    assert found.distance_m.tolist() == [50.0, 150.0, BLOCK_M + 10.0, 2 * BLOCK_M]


def test_tracks_are_sorted_by_vehicle_and_then_by_time(place: Street) -> None:
    follow = _Follow(place.city, place.east)
    for t in range(4):
        rows = [(v, place.east[0], 200.0 - SPEED_MPS * t - v, -1) for v in (7, 2, 5)]
        follow.see(traffic(place, *rows), float(t))
    found = follow.tracks()
    assert found.vehicle.tolist() == [2] * 4 + [5] * 4 + [7] * 4
    assert found.time_s.tolist() == [0.0, 1.0, 2.0, 3.0] * 3
    assert (np.diff(found.distance_m.reshape(3, 4), axis=1) == SPEED_MPS).all()


def test_who_is_inside_a_junction_is_on_no_link_of_the_chain(place: Street) -> None:
    """More to go than the lane is long: the vehicle has not come onto it yet."""
    follow = _Follow(place.city, place.east)
    follow.see(traffic(place, (1, place.east[1], BLOCK_M + 5.0, -1), (2, place.east[1], BLOCK_M, -1)), 0.0)
    assert follow.tracks().vehicle.tolist() == [2]


@pytest.mark.parametrize(("names", "seeds"), [((), (1, 2)), (("a",), ())])
def test_nothing_to_compare_is_an_empty_table(place: Street, names: tuple[str, ...], seeds: tuple[int, ...]) -> None:
    told: list[float] = []
    asked = demand([Trip(1.0, tuple(place.east))])
    assert compare_plans(dict.fromkeys(names, place.city), asked, seeds, Job("fixed", 0), 1, told.append) == []
    assert told == []
