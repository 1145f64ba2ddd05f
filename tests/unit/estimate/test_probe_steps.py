from __future__ import annotations

import numpy as np
import pytest
from tests.unit.estimate._poisson_city import SLOWER, world

from citybrain.estimate.probe_steps import PERIOD_S, follow, no_tracks


@pytest.fixture(scope="module")
def booked():
    of = world(1, flow_vps=1.0, probes=1.0, cameras=0.0, end_s=900)
    tracks, total = no_tracks(), None
    covered = np.zeros(of.layout.turn_to.size, np.bool_)
    for seen, fixes in zip(of.observations, of.fixes, strict=True):
        tracks, steps = follow(of.layout, tracks, fixes, seen.time_s, covered)
        total = steps if total is None else type(steps)(*(a + b for a, b in zip(total, steps, strict=True)))
    return of, tracks, total


def test_time_spent_is_that_of_all_vehicles(booked):
    of, _, total = booked
    assert total.spent_s.sum() == pytest.approx(of.in_transit.sum(), rel=0.03)
    assert total.fixes.sum() * PERIOD_S == pytest.approx(of.in_transit.sum(), rel=0.03)


def test_time_without_traffic_is_smaller_by_the_factor_of_the_world(booked):
    _, _, total = booked
    assert total.spent_s.sum() / total.free_s.sum() == pytest.approx(SLOWER, rel=0.05)


def test_every_trip_begins_once_and_ends_once(booked):
    _, tracks, total = booked
    assert total.begin.sum() == total.end.sum() + tracks.vehicle.size


def test_doubles_and_late_fixes_count_for_nothing(booked):
    of, _, _ = booked
    covered = np.zeros(of.layout.turn_to.size, np.bool_)
    fixes = next(f for f in of.fixes if f.time_s.size)
    now_s = float(fixes.time_s.max())
    tracks, _ = follow(of.layout, no_tracks(), fixes, now_s, covered)
    again, steps = follow(of.layout, tracks, fixes, now_s, covered)
    assert steps.fixes.sum() == 0.0
    assert np.array_equal(again.vehicle, tracks.vehicle)
