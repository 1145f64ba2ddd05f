"""Advance detectors against a census of all vehicles, second by second."""

from __future__ import annotations

import numpy as np

from citybrain.city.advance import TRAVEL_S, queue_reach_m
from citybrain.control.plans import PlanPlayer
from citybrain.demand.generated import generate
from citybrain.twin.twin import Twin


def test_headways_are_those_of_points_that_vehicles_pass_over() -> None:
    """A detector is a point: a queue that ends just before it does not cover it."""
    city, demand = generate(9, seed=3, scale=3.0, duration_s=300.0)
    twin = Twin(city, demand, seed=1)
    player, every = PlanPlayer(city), np.arange(len(city.signals.signal_id))
    colours = np.zeros(len(city.groups.group_id), np.uint8)
    before_m = np.minimum(TRAVEL_S * city.lanes.speed_mps, queue_reach_m(city))
    at_m = np.maximum(city.lanes.length_m - before_m, 0.5)
    length_m = demand.types.length_m[demand.trips.vehicle_type]
    expected_s = np.full(at_m.size, np.inf)
    seen = 0
    for _ in range(300):
        player.paint(twin.time_s, every, colours)
        twin.step(colours)  # who steers from outside looks at detectors; plans do not
        v = twin.vehicles()
        on = v.lane >= 0
        lane, rear_m = v.lane[on], v.position_m[on] - length_m[v.trip[on]]
        covers = (v.position_m[on] >= at_m[lane]) & (rear_m - v.speed_mps[on] <= at_m[lane])
        covered = np.bincount(lane[covers], minlength=at_m.size) > 0
        expected_s = np.where(covered, 0.0, expected_s + 1.0)
        found_s = twin.readings().headway_s.astype(np.float64)
        known = np.isfinite(expected_s)
        # float32 positions: a vehicle within a millimetre of the point may be seen either way
        differ = known & (found_s != expected_s)
        near = np.zeros(at_m.size, bool)
        edge = np.abs(v.position_m[on] - at_m[lane]) < 1e-3
        edge |= np.abs(rear_m - v.speed_mps[on] - at_m[lane]) < 1e-3
        near[lane[edge]] = True
        assert not (differ & ~near).any()
        expected_s[differ] = found_s[differ]
        seen += int(covered.sum())
    assert seen > 1000
