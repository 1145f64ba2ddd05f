"""Zones and matrices: which links trips may use, and what a matrix must be."""

from __future__ import annotations

import numpy as np
import pytest

from citybrain.city.generate import generate_city
from citybrain.city.model import City
from citybrain.city.routing import RouteGraph, tree_to
from citybrain.demand.od import LOCAL_SPEED_MPS, SHORTEST_M, OdMatrix, Zones, zone_times_s, zones_of
from citybrain.errors import InputError


@pytest.fixture(scope="module")
def city() -> City:
    return generate_city(60, 1)[0]


@pytest.fixture(scope="module")
def graph(city: City) -> RouteGraph:
    return RouteGraph.from_city(city)


def two_zones() -> Zones:
    return Zones(("a", "b"), np.array([0, 2, 3]), np.array([5, 6, 9], np.int32))


def test_one_zone_per_district(city: City, graph: RouteGraph) -> None:
    zones = zones_of(city, graph)
    assert zones.count == city.areas.kind.count("district")
    assert (np.diff(zones.link_offset) > 0).all()


def test_trips_end_on_small_streets_of_their_district(city: City, graph: RouteGraph) -> None:
    zones, areas = zones_of(city, graph), city.areas
    for z, zone_id in enumerate(zones.zone_id):
        area = areas.area_id.index(zone_id)
        members = areas.link[areas.link_offset[area] : areas.link_offset[area + 1]]
        assert np.isin(zones.links(z), members).all()
        fits = (city.links.speed_mps[members] <= LOCAL_SPEED_MPS) & (city.links.length_m[members] >= SHORTEST_M)
        assert set(zones.links(z).tolist()) == set(members[fits].tolist() or members.tolist())


def test_a_city_without_such_areas_is_refused(city: City, graph: RouteGraph) -> None:
    with pytest.raises(InputError, match="'borough'"):
        zones_of(city, graph, "borough")


def test_an_area_without_links_starts_at_the_nearest(city: City, graph: RouteGraph) -> None:
    zones = zones_of(city, graph, "water")
    assert zones.links(0).size == 1


def test_times_are_those_of_the_trees(city: City, graph: RouteGraph) -> None:
    zones = zones_of(city, graph)
    time_s = zone_times_s(graph, zones)
    ends = [int(zones.links(z)[zones.links(z).size // 2]) for z in range(zones.count)]
    assert time_s[0, 1] == tree_to(graph, ends[1]).cost_s[ends[0]]
    others = np.delete(time_s[0], 0)
    assert time_s[0, 0] == pytest.approx(others.min() / 2)
    assert np.isfinite(time_s).all()


def test_a_matrix_fits_its_zones() -> None:
    with pytest.raises(InputError, match="expected"):
        OdMatrix(two_zones(), np.ones((3, 3)))
    for bad in (-1.0, np.nan, np.inf):
        with pytest.raises(InputError, match="finite"):
            OdMatrix(two_zones(), np.full((2, 2), bad))


def test_scaling_and_the_way_back() -> None:
    od = OdMatrix(two_zones(), np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert od.scaled(2.0).trips.sum() == 20.0
    assert od.transposed().trips.tolist() == [[1.0, 3.0], [2.0, 4.0]]
    assert od.zones.links(1).tolist() == [9]
