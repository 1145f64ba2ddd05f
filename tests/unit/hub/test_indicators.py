"""Indicators: closed forms on a hand-made street, sums over areas, nothing known is nothing said."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from citybrain.city.generate.city import generate_city
from citybrain.city.model import Areas, City
from citybrain.hub import indicators as of
from citybrain.hub.board import CityBoard
from citybrain.hub.hub import Hub
from citybrain.records.area_trips import AreaTrips
from citybrain.records.network_state import AreaStates, LaneStates, LinkStates, NetworkState
from citybrain.records.observations import Quality
from citybrain.records.sensor_health import Health, SensorHealth


@pytest.fixture(scope="module")
def city() -> City:
    """A generated city with two areas: its first ten links, and links 5 to 14."""
    made, _ = generate_city(4)
    ids, link = ("North 1", "links"), np.concatenate([np.arange(10), np.arange(5, 15)]).astype(np.int32)
    offsets = np.array([0, 10, 20]), np.zeros(3, np.int64)
    areas = Areas(ids, ids, ("district",) * 2, offsets[0], link, offsets[1], np.zeros(0), np.zeros(0))
    return replace(made, areas=areas)


def state_of(city: City, time_s: float = 100.0, speed_share: float = 0.5, **links: Any) -> NetworkState:
    n, n_lanes = city.links.length_m.size, city.lanes.length_m.size
    speed = (city.links.speed_mps * speed_share).astype(np.float32)
    given = {
        "count": np.full(n, 2.0, np.float32),
        "count_sd": np.zeros(n, np.float32),
        "speed_mps": speed,
        "travel_time_s": (city.links.length_m / speed).astype(np.float32),
        "flow_vps": np.full(n, 0.1, np.float32),
        "quality": np.full(n, Quality.ESTIMATED, np.uint8),
        **links,
    }
    by_area = np.arange(3, dtype=np.float32) / 10
    whole = (np.full(3, value, np.float32) for value in (0.4, 1.5, 1.4, 1.6))
    quality = np.full(3, Quality.ESTIMATED, np.uint8)
    areas = AreaStates(by_area + 100, by_area + 90, by_area + 110, *whole, quality)
    lanes = LaneStates(np.zeros(n_lanes, np.float32), np.full(n_lanes, Quality.ESTIMATED, np.uint8))
    return NetworkState(time_s, LinkStates(**given), lanes, areas)


def health_of(city: City, states: list[Health]) -> SensorHealth:
    n = len(city.sensors.sensor_id)
    health = np.full(n, Health.GOOD, np.uint8)
    health[: len(states)] = states
    return SensorHealth(100.0, health, np.zeros(n), np.full(n, 97.0), np.ones(n, np.float32))


# ---- closed forms ----


@pytest.mark.parametrize("share", [0.25, 0.5, 1.0])
def test_half_the_speed_is_twice_the_time(city: City, share: float) -> None:
    found = of.travel_time_index(of.members(city), city, state_of(city, speed_share=share).links)
    np.testing.assert_allclose(found, [1.0 / share] * 3, rtol=1e-6)


def test_the_travel_time_index_weighs_by_what_is_driven(city: City) -> None:
    n = city.links.length_m.size
    speed = city.links.speed_mps.copy()
    speed[0] /= 4.0
    flow = np.zeros(n)
    flow[[0, 3]] = 0.2, 0.1
    links = state_of(city, speed_mps=speed, flow_vps=flow).links
    time_s = city.links.length_m / city.links.speed_mps
    expected = (4 * 0.2 * time_s[0] + 0.1 * time_s[3]) / (0.2 * time_s[0] + 0.1 * time_s[3])
    found = of.travel_time_index(of.members(city), city, links)
    np.testing.assert_allclose(found[:2], [expected] * 2)
    assert math.isnan(found[2])  # nobody drives there


def test_a_link_without_a_speed_is_left_out(city: City) -> None:
    speed = city.links.speed_mps.copy()
    speed[7], quality = np.nan, np.zeros(speed.size, np.uint8)
    quality[8] = Quality.UNKNOWN
    links = state_of(city, speed_mps=speed, quality=quality).links
    np.testing.assert_allclose(of.travel_time_index(of.members(city), city, links), 1.0)
    found = of.mean_speed_mps(of.members(city), links)
    rows = [k for k in range(10) if k not in (7, 8)]
    assert found[1] == pytest.approx(city.links.speed_mps[rows].mean())


def test_the_mean_speed_is_that_of_the_vehicles(city: City) -> None:
    n = city.links.length_m.size
    count, speed = np.zeros(n), np.full(n, 5.0)
    count[[0, 1]], speed[[0, 1]] = (3.0, 1.0), (2.0, 10.0)
    found = of.mean_speed_mps(of.members(city), state_of(city, count=count, speed_mps=speed).links)
    np.testing.assert_allclose(found[:2], [4.0, 4.0])
    assert math.isnan(found[2])


def test_queues_add_up_by_area(city: City) -> None:
    rng = np.random.default_rng(0)
    queue = rng.integers(0, 9, city.lanes.length_m.size).astype(np.float32)
    quality = np.where(rng.random(queue.size) < 0.2, Quality.UNKNOWN, Quality.ESTIMATED).astype(np.uint8)
    lanes = LaneStates(queue, quality)
    known = np.where(quality == Quality.UNKNOWN, 0.0, queue)
    found = of.queued_vehicles(of.members(city), city, lanes)
    by_hand = [known[(city.lanes.link >= a) & (city.lanes.link < b)].sum() for a, b in ((0, 10_000), (0, 10), (5, 15))]
    np.testing.assert_allclose(found, by_hand)


def test_a_queue_spills_back_when_no_vehicle_fits_any_more(city: City) -> None:
    lane = int(city.links.first_lane[3])
    room = math.floor(city.lanes.length_m[lane] / of.QUEUE_SPACING_M)
    for queue, full in ((room - 0.5, 0.0), (float(room), 1.0), (2.0 * room, 1.0)):
        lanes = state_of(city).lanes
        lanes.queue[lane] = queue
        np.testing.assert_array_equal(of.spillback_links(of.members(city), city, lanes), [full, full, 0.0])


def test_what_is_not_known_is_not_said(city: City) -> None:
    n = city.lanes.length_m.size
    lanes = LaneStates(np.zeros(n, np.float32), np.full(n, Quality.UNKNOWN, np.uint8))
    assert np.isnan(of.queued_vehicles(of.members(city), city, lanes)).all()
    assert np.isnan(of.spillback_links(of.members(city), city, lanes)).all()
    links = state_of(city, quality=np.full(city.links.length_m.size, Quality.UNKNOWN, np.uint8)).links
    assert np.isnan(of.travel_time_index(of.members(city), city, links)).all()


def test_shares_are_of_the_sensors_that_are_judged(city: City) -> None:
    n = len(city.sensors.sensor_id)
    found = health_of(city, [Health.DEAD, Health.DEAD, Health.STUCK, Health.UNKNOWN, Health.UNKNOWN])
    alive, good, age_s, *states = of.sensor_values(found, 100.0)
    assert (alive, good, age_s) == ((n - 4) / (n - 2), (n - 5) / (n - 2), 3.0)
    assert states == [n - 5, 2, 2, 1, 0, 0]
    nothing = SensorHealth(0.0, np.ones(2, np.uint8), np.zeros(2), np.full(2, -math.inf), np.ones(2, np.float32))
    assert np.isnan(of.sensor_values(nothing, 5.0)[:3]).all()


@pytest.mark.parametrize("value", [0.05, 0.1, 1.375, 123456.0, 3e-9, -0.3, math.inf, math.nan])
def test_single_precision_is_told_with_the_digits_that_it_has(value: float) -> None:
    told = of.widened(np.array([value], np.float32))[0]
    assert told == pytest.approx(value, rel=1e-15, abs=0.0, nan_ok=True)
    assert np.float32(told) == np.float32(value) or math.isnan(value)


def test_every_definition_is_an_entry() -> None:
    every = [*of.OF_AREAS, *of.OF_SENSORS, of.count_of("accepted"), of.time_of("beat_time")]
    names = [definition.entry("c", "all").address for definition in every]
    assert len(set(names)) == len(names)
    for definition in (*of.OF_LINKS, *of.OF_LANES, *of.COLUMNS_OF_SENSORS):
        assert definition.entry("c", definition.axis, 3).rows == 3


# ---- the board ----


def test_records_are_found_under_their_addresses(city: City) -> None:
    hub = Hub()
    board = CityBoard(hub, city)
    assert board.areas == ["all", "north-1", "area-links"]
    state = state_of(city)
    board.network(state)
    value = hub.latest(f"{board.name}/north-1/in_transit", 100.0)
    assert (value.value, value.low, value.high) == (100.1, 90.1, 110.1)
    assert hub.latest(f"{board.name}/all/travel_time_index", 100.0).value == pytest.approx(2.0)
    assert hub.latest(f"{board.name}/all/delay_index", 100.0).high == pytest.approx(1.6)
    assert hub.latest(f"{board.name}/area-links/spillback_links", 100.0).value == 0.0
    speed = hub.table(f"{board.name}/links/speed", 100.0)
    np.testing.assert_array_equal(speed.values, state.links.speed_mps)
    density = hub.table(f"{board.name}/links/density", 100.0).values
    np.testing.assert_allclose(density * city.links.length_m * city.links.n_lanes, 2.0, rtol=1e-6)


def test_an_unknown_area_or_link_stays_unknown(city: City) -> None:
    hub = Hub()
    board, state = CityBoard(hub, city), state_of(city)
    state.areas.quality[1] = state.links.quality[4] = Quality.UNKNOWN
    board.network(state)
    assert hub.latest(f"{board.name}/north-1/in_transit", 100.0).quality is Quality.UNKNOWN
    assert hub.latest(f"{board.name}/all/in_transit", 100.0).quality is Quality.ESTIMATED
    assert hub.table(f"{board.name}/links/count", 100.0).quality[4] == Quality.UNKNOWN


def test_trips_between_areas_are_told_where_nobody_is_known_by_them(city: City) -> None:
    hub = Hub()
    board = CityBoard(hub, city)
    vps = np.array([[0.01, 0.002], [0.0, 0.5]])
    state = replace(state_of(city), trips=AreaTrips(50.0, 1000.0, ("North 1", "links"), vps))
    board.network(state)

    def told(origin: str, to: str) -> float:
        return hub.latest(f"{board.name}/{origin}/trips_to_{to}", 100.0).value

    assert told("north-1", "north-1") == 0.01  # ten were counted
    assert math.isnan(told("north-1", "area-links"))  # two
    assert math.isnan(told("area-links", "north-1"))  # nobody: that would say something, too
    assert told("area-links", "area-links") == 0.5
    assert told("north-1", "north-1") == 0.01
    again = replace(state, trips=replace(state.trips, vps=2.0 * vps))
    board.network(again)  # the same booking
    assert told("north-1", "north-1") == 0.01
    board.network(replace(again, trips=replace(again.trips, time_s=60.0)))
    assert told("north-1", "north-1") == 0.02


def test_sensors_counts_and_times_are_published(city: City) -> None:
    hub = Hub()
    board = CityBoard(hub, city)
    board.sensors(health_of(city, [Health.DEAD]), 100.0)
    assert hub.latest(f"{board.name}/all/sensors_dead", 100.0).value == 1.0
    assert hub.table(f"{board.name}/sensors/health", 100.0).values[0] == Health.DEAD
    assert hub.table(f"{board.name}/sensors/age", 100.0).values[1] == 3.0
    board.counts(100.0, {"accepted": 10, "quarantined": 0})
    board.counts(101.0, {"quarantined": 1, "accepted": 20, "doubled": 3})
    board.times(101.0, {"beat_time": 0.02})
    found = {
        name: hub.latest(f"{board.name}/ingest/{name}", 101.0).value for name in ("accepted", "quarantined", "doubled")
    }
    assert found == {"accepted": 20.0, "quarantined": 1.0, "doubled": 3.0}
    assert hub.latest(f"{board.name}/brain/beat_time", 101.0).quality is Quality.MEASURED


def test_tables_may_be_left_out_of_a_beat(city: City) -> None:
    hub = Hub()
    board = CityBoard(hub, city)
    board.network(state_of(city), tables=False)
    assert hub.counts.tables == 0
    assert hub.latest(f"{board.name}/all/in_transit", 100.0).value == 100.0
