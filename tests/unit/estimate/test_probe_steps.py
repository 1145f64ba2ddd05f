from __future__ import annotations

import numpy as np
import pytest
from tests.unit.estimate._poisson_city import SLOWER, world

from citybrain.estimate.probe_steps import PERIOD_S, follow, no_tracks
from citybrain.records.fixes import Fixes


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


def test_a_probe_that_stands_gains_no_ground_by_the_errors_of_its_positions(booked):
    """Ten minutes at one place, 10 m of noise: the last error less the first is booked as driven, not their sum."""
    of, _, _ = booked
    link, rng = int(np.argmax(of.layout.length_m)), np.random.default_rng(3)
    at_m = (0.5 * of.layout.length_m[link] + rng.normal(0.0, 10.0, 61)).astype(np.float32)
    tracks, driven_s, spent_s = no_tracks(), 0.0, 0.0
    for k in range(61):
        time_s, before = np.array([10.0 * k]), k > 0
        last = (time_s - 10.0, at_m[k - 1 : k]) if before else (np.full(1, np.nan), np.full(1, np.nan, np.float32))
        fix = Fixes(
            *(time_s, np.array([7], np.uint64), np.array([link], np.int32), at_m[k : k + 1], np.zeros(1, np.float32)),
            *(*last, np.array([0, 1]), np.array([link], np.int32)),
        )
        tracks, steps = follow(of.layout, tracks, fix, float(time_s[0]), np.zeros(of.layout.turn_to.size, np.bool_))
        if before:  # what it drove before its first report is a guess
            driven_s, spent_s = driven_s + steps.drive_s.sum(), spent_s + steps.spent_s.sum()
    share = (at_m[-1] - at_m[0]) / of.layout.length_m[link]
    assert driven_s == pytest.approx(share * of.layout.drive_s[link], abs=1e-6)
    assert spent_s == pytest.approx(600.0)
