"""Arrivals, delays and tracks of single signals agree with what must happen on a street without chance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from _retime_street import street, traffic
from _roads import Trip, demand
from citybrain.city.model import City
from citybrain.city.replan import NewPlan, with_plans
from citybrain.evaluate.compare_plans import compare_plans
from citybrain.evaluate.job import Job
from citybrain.evaluate.signal_measures import measure_signals
from citybrain.twin.twin import Twin


def with_greens(city: City, main_s: float, side_s: float) -> City:
    """All signals with these greens."""
    plans = []
    for s in range(len(city.signals.signal_id)):
        shown = city.phases.colours[: 6 * 2].reshape(6, 2).copy()
        plans.append(NewPlan(f"S{s}:x", s, 0.0, np.array([main_s, 3.0, 1.0, side_s, 3.0, 1.0]), shown))
    return with_plans(city, plans)


def test_everybody_arrives_once_at_every_signal_of_the_way() -> None:
    place = street(3)
    found = measure_signals(place.city, traffic(place, 300.0, 0.0, 0.0), 0, [], (0.0, 1.0))
    assert found.arrivals[0] >= 70
    assert (np.abs(np.diff(found.arrivals)) <= 6).all(), "but for those still on their way at the end"
    assert (found.on_green <= found.arrivals).all()


def test_more_green_means_more_arrivals_on_green_and_less_delay() -> None:
    place = street(1)
    asked = traffic(place, 200.0, 200.0, 0.0)
    long, short = (
        measure_signals(with_greens(place.city, g, 65.0 - g), asked, 0, [], (0.0, 1.0)) for g in (58.0, 12.0)
    )
    assert long.green_share[0] > 0.75
    assert short.green_share[0] < 0.35
    assert short.delay_s[0] > 3.0 * long.delay_s[0]
    assert abs(long.vehicles[0] - long.arrivals[0]) <= 6


def test_a_lone_vehicle_is_followed_along_the_street() -> None:
    place = street(2)
    lone = demand([Trip(5.0, tuple(place.east))])
    found = measure_signals(place.city, lone, 0, [place.east, place.west], (0.0, 300.0))
    there, back = found.tracks
    assert back.vehicle.size == 0
    assert set(there.vehicle.tolist()) == {0}
    assert (np.diff(there.time_s) > 0.0).all()
    assert (np.diff(there.distance_m) >= -1e-3).all()
    assert there.distance_m.max() > 600.0
    assert there.time_s.min() >= 5.0


def test_nobody_outside_the_span_is_kept() -> None:
    place = street(2)
    found = measure_signals(place.city, traffic(place, 300.0, 0.0, 0.0), 0, [place.east], (200.0, 260.0))
    assert found.tracks[0].time_s.min() >= 200.0
    assert found.tracks[0].time_s.max() <= 260.0


def test_plans_are_compared_on_the_same_seeds_under_their_names() -> None:
    place = street(2)
    asked = traffic(place, 500.0, 200.0, 150.0)
    plans = {"now": with_greens(place.city, 20.0, 45.0), "new": with_greens(place.city, 45.0, 20.0)}
    told: list[float] = []
    found = compare_plans(plans, asked, (3, 4), Job("fixed", 0), 2, told.append)
    assert [(run.controller, run.seed) for run in found] == [("now", 3), ("now", 4), ("new", 3), ("new", 4)]
    assert told == [0.25, 0.5, 0.75, 1.0]
    alone = Twin(plans["new"], asked, 3).run(place.city.meta.end_s).summary()
    assert found[2] == replace(alone, controller="new", seed=3)
    assert found[2].mean_delay_s < found[0].mean_delay_s
