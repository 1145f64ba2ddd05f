"""Demand out of nothing but streets: laws of the gravity model, and the three lines of the public interface."""

from __future__ import annotations

import numpy as np
import pytest

import citybrain
from citybrain.city.generate import generate_city
from citybrain.city.model import City
from citybrain.demand.synthesis import TRIPS_PER_SIGNAL_PER_H, synthetic_demand


@pytest.fixture(scope="module")
def city() -> City:
    return generate_city(9, seed=4)[0]


def test_routes_join_their_ends(city: City) -> None:
    trips = synthetic_demand(city, 1).trips
    for i in range(0, trips.depart_s.size, 17):
        links = trips.route_link[trips.route_offset[i] : trips.route_offset[i + 1]]
        assert (links[0], links[-1]) == (trips.origin_link[i], trips.destination_link[i])
        assert np.all(city.links.to_node[links[:-1]] == city.links.from_node[links[1:]])


def test_size_and_order_of_departures(city: City) -> None:
    trips = synthetic_demand(city, 1).trips
    hours = (city.meta.end_s - city.meta.begin_s) / 3600.0
    assert trips.depart_s.size == round(TRIPS_PER_SIGNAL_PER_H * 9 * hours)
    assert np.all(np.diff(trips.depart_s) >= 0.0)
    assert city.meta.begin_s <= trips.depart_s[0] <= trips.depart_s[-1] <= city.meta.end_s


def test_a_seed_repeats_and_another_differs(city: City) -> None:
    first, again, other = (synthetic_demand(city, seed).trips for seed in (1, 1, 2))
    assert np.array_equal(first.depart_s, again.depart_s)
    assert np.array_equal(first.route_link, again.route_link)
    assert not np.array_equal(first.depart_s, other.depart_s)


def test_near_trips_are_commoner_than_far_ones(city: City) -> None:
    trips = synthetic_demand(city, 3).trips
    length_m = np.add.reduceat(city.links.length_m[trips.route_link], trips.route_offset[:-1])
    rng = np.random.default_rng(0)
    pairs = rng.choice(trips.origin_link, (2, 2000))
    x_m, y_m = city.nodes.x_m[city.links.to_node], city.nodes.y_m[city.links.to_node]
    ends = trips.origin_link, trips.destination_link
    made_m = np.hypot(x_m[ends[0]] - x_m[ends[1]], y_m[ends[0]] - y_m[ends[1]]).mean()
    chance_m = np.hypot(x_m[pairs[0]] - x_m[pairs[1]], y_m[pairs[0]] - y_m[pairs[1]]).mean()
    assert made_m < 1.05 * chance_m
    assert length_m.min() > 0.0


def test_three_lines(city: City) -> None:
    twin = citybrain.Twin(city, seed=0)
    twin.run(until_s=city.meta.begin_s + 300)
    summary = twin.summary()
    assert summary.vehicles > 0
    assert summary.finished_trips > 0
