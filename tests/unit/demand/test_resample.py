"""Heavier traffic has so many more trips, the same routes, and departures in order."""

from __future__ import annotations

import numpy as np
import pytest

from _roads import Trip, demand
from citybrain.demand.resample import heavier, resampled


@pytest.mark.parametrize("factor", [0.5, 1.0, 1.08, 2.5])
def test_so_many_times_the_trips(factor: float) -> None:
    asked = demand([Trip(float(t), (t % 3, 4)) for t in range(1000)])
    found = heavier(asked, factor, 1).trips
    assert abs(found.depart_s.size - 1000 * factor) <= 1
    assert (np.diff(found.depart_s) >= 0.0).all()
    assert len(set(found.trip_id)) == found.depart_s.size
    shares = np.bincount(found.origin_link, minlength=3) / found.depart_s.size
    assert np.allclose(shares, 1 / 3, atol=0.02)
    copied = np.array(["+" in name for name in found.trip_id])
    first = dict(zip(found.trip_id, found.depart_s.tolist(), strict=True))
    assert all(0.0 <= first[n] - float(n[1:].split("+")[0]) <= 60.0 for n in np.array(found.trip_id)[copied])


def test_the_same_seed_draws_the_same_trips() -> None:
    asked = demand([Trip(float(t), (0, 1)) for t in range(200)])
    assert heavier(asked, 1.3, 4).trips.trip_id == heavier(asked, 1.3, 4).trips.trip_id
    assert heavier(asked, 1.3, 4).trips.trip_id != heavier(asked, 1.3, 5).trips.trip_id


def test_weights_of_single_trips() -> None:
    asked = demand([Trip(float(t), (0, 1)) for t in range(4)])
    found = resampled(asked, np.array([0.0, 2.0, 1.0, 0.0]), np.random.default_rng(0))
    assert sorted(found.trips.trip_id) == ["t1", "t1+1", "t2"]
