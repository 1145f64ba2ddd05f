"""Assignment: trips are conserved, routes are joined, flows spread, and the same seed gives the same demand."""

from __future__ import annotations

import numpy as np
import pytest

from citybrain.city.generate import generate_city
from citybrain.city.model import City, NodeControl
from citybrain.city.routing import RouteGraph
from citybrain.demand.assign import ENDS_PER_ZONE, build_trips, capacity_vph, deal, select
from citybrain.demand.model import Demand
from citybrain.demand.od import OdMatrix, zones_of
from citybrain.demand.profile import flat, morning
from citybrain.errors import InputError


@pytest.fixture(scope="module")
def city() -> City:
    return generate_city(60, 1)[0]


@pytest.fixture(scope="module")
def od(city: City) -> OdMatrix:
    zones = zones_of(city, RouteGraph.from_city(city))
    trips = np.random.default_rng(1).uniform(0.0, 60.0, (zones.count, zones.count))
    return OdMatrix(zones, trips)


@pytest.fixture(scope="module")
def demand(city: City, od: OdMatrix) -> Demand:
    return build_trips(city, od, morning(), seed=4)


def zone_of(od: OdMatrix, links: np.ndarray) -> np.ndarray:
    owner = np.repeat(np.arange(od.zones.count), np.diff(od.zones.link_offset))
    table = dict(zip(od.zones.link.tolist(), owner.tolist(), strict=True))
    return np.array([table[link] for link in links.tolist()])


def test_trips_are_as_many_as_the_matrix_says(demand: Demand, od: OdMatrix) -> None:
    trips = demand.trips
    n = od.zones.count
    cell = zone_of(od, trips.origin_link) * n + zone_of(od, trips.destination_link)
    found = np.bincount(cell, minlength=n * n).reshape(n, n)
    assert np.abs(found - od.trips).max() < 1.0 + 1e-9
    assert abs(found.sum() - od.trips.sum()) <= 1


@pytest.mark.parametrize("scale", [0.0, 0.3, 2.5])
def test_scale_multiplies_the_total(od: OdMatrix, scale: float) -> None:
    ends = deal(od, np.random.default_rng(1), scale)
    assert abs(ends.origin_link.size - scale * od.trips.sum()) <= 1


def test_small_cells_are_kept_on_average(od: OdMatrix) -> None:
    """Rounding is unbiased: a cell of 0.01 trips gives a trip in about one draw of a hundred."""
    few = od.scaled(0.01 / od.trips.mean())
    drawn = [deal(few, np.random.default_rng(s), 1.0).origin_link.size for s in range(100)]
    assert np.mean(drawn) == pytest.approx(few.trips.sum(), rel=0.1)


def test_every_route_leads_from_origin_to_destination(city: City, demand: Demand) -> None:
    trips, links = demand.trips, city.links
    first, last = trips.route_offset[:-1], trips.route_offset[1:] - 1
    assert (trips.route_link[first] == trips.origin_link).all()
    assert (trips.route_link[last] == trips.destination_link).all()
    joined = links.to_node[trips.route_link[:-1]] == links.from_node[trips.route_link[1:]]
    joined[last[:-1]] = True
    assert joined.all()


def test_every_step_is_a_movement(city: City, demand: Demand) -> None:
    moves, lane_link, trips = city.movements, city.lanes.link, demand.trips
    pairs = set(zip(lane_link[moves.from_lane].tolist(), lane_link[moves.to_lane].tolist(), strict=True))
    inner = np.ones(trips.route_link.size - 1, bool)
    inner[trips.route_offset[1:-1] - 1] = False
    steps = set(zip(trips.route_link[:-1][inner].tolist(), trips.route_link[1:][inner].tolist(), strict=True))
    assert steps <= pairs


def test_nobody_stays_on_one_link(demand: Demand) -> None:
    assert (demand.trips.origin_link != demand.trips.destination_link).all()


def test_departures_are_sorted_and_mixed(demand: Demand, od: OdMatrix) -> None:
    trips = demand.trips
    assert (np.diff(trips.depart_s) >= 0).all()
    zone = zone_of(od, trips.origin_link)
    assert abs(np.corrcoef(np.arange(zone.size), zone)[0, 1]) < 0.1


def test_types_come_in_their_shares(demand: Demand) -> None:
    share = np.bincount(demand.trips.vehicle_type, minlength=4) / demand.trips.depart_s.size
    assert share[0] == pytest.approx(0.93, abs=0.02)
    assert share[3] < 0.01


def test_trips_end_on_few_links(demand: Demand, od: OdMatrix) -> None:
    assert np.unique(demand.trips.destination_link).size <= ENDS_PER_ZONE * od.zones.count


def test_flows_spread_over_alternatives(city: City, od: OdMatrix) -> None:
    """The busiest links carry less when the flow is felt (8 batches, noise, BPR) than with free-flow routes alone."""
    heavy = build_trips(city, od, flat(), seed=1, scale=8.0)
    free = build_trips(city, od, flat(1e9), seed=1, scale=8.0)  # spread over 30 years: no congestion
    n = len(city.links.link_id)
    felt, blind = (np.bincount(d.trips.route_link, minlength=n) / capacity_vph(city) for d in (heavy, free))
    assert np.sort(felt)[-20:].mean() < 0.95 * np.sort(blind)[-20:].mean()


def test_the_same_seed_gives_the_same_demand(city: City, od: OdMatrix, demand: Demand) -> None:
    again, other = (build_trips(city, od, morning(), seed=s).trips for s in (4, 5))
    trips = demand.trips
    assert (again.route_link == trips.route_link).all()
    assert (again.depart_s == trips.depart_s).all()
    assert not np.array_equal(other.route_link, trips.route_link)


def test_a_negative_scale_is_refused(city: City, od: OdMatrix) -> None:
    with pytest.raises(InputError, match="scale"):
        build_trips(city, od, morning(), seed=1, scale=-1.0)


def test_no_demand_is_an_empty_table(city: City, od: OdMatrix) -> None:
    trips = build_trips(city, od, morning(), seed=1, scale=0.0).trips
    assert trips.depart_s.size == 0
    assert trips.route_offset.tolist() == [0]


def test_capacity_grows_with_lanes_and_green(city: City) -> None:
    capacity = capacity_vph(city)
    signal = city.nodes.control[city.links.to_node] == NodeControl.SIGNAL
    per_lane = capacity / city.links.n_lanes
    assert np.unique(per_lane[signal]).size == 1
    assert 300 < per_lane.min() <= per_lane.max() < 1800


def test_select_reorders_rows() -> None:
    pool = np.array([1, 2, 3, 4, 5], np.int32)
    offset, link = select(pool, np.array([3, 0]), np.array([2, 3]))
    assert offset.tolist() == [0, 2, 5]
    assert link.tolist() == [4, 5, 1, 2, 3]
