"""Readings out of SUMO's words: a made-up SUMO in which every vehicle's place is known."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from _sumo_files import write_net
from citybrain.city.model import City
from citybrain.city.sumo import lane_ids, read_sumo
from citybrain.demand.worth import EMERGENCY_WORTH
from citybrain.records.readings import HALTED_MPS, NEAR_M, Readings
from citybrain.worlds.sumo_files import SumoFiles, detector_id
from citybrain.worlds.sumo_view import STOP_LINE_M, SumoView

IN_1, IN_2, OUT_0, OUT_1, SIDE, FAR = range(6)  # lanes of the small network, and its movements:
NORTH, NORTH_2, WEST = range(3)
LENGTH_M = {
    **{"in_1": 90.0, "in_2": 90.0, "out_0": 90.0, "out_1": 90.0, "side_0": 91.0, "far_0": 90.0},
    **{":C_0_0": 20.0, ":C_0_1": 20.0, ":C_2_0": 6.0, ":C_3_0": 14.0},
}
LINKS = {
    "in_1": [("out_0", ":C_0_0")], "in_2": [("out_1", ":C_0_1")], "side_0": [("far_0", ":C_2_0")],
    ":C_2_0": [("far_0", ":C_3_0")], ":C_3_0": [("far_0", "")], ":C_0_0": [("out_0", "")], ":C_0_1": [("out_1", "")],
}  # fmt: skip


@dataclass
class Car:
    lane: str
    position_m: float
    speed_mps: float = 10.0
    route: tuple[str, ...] = ("in", "out")
    at: int = 0
    kind: str = "passenger"


@dataclass
class FakeSumo:
    """What the view asks of libsumo, answered from a table of cars."""

    cars: dict[str, Car] = field(default_factory=dict)
    since_s: dict[str, float] = field(default_factory=dict)
    time_s: float = 0.0
    asked_routes: int = 0

    def module(self) -> Any:
        cars = self.cars

        def route(name: str) -> tuple[str, ...]:
            self.asked_routes += 1
            return cars[name].route

        vehicle = SimpleNamespace(
            getIDList=lambda: tuple(cars),
            getRoute=route,
            getVehicleClass=lambda name: cars[name].kind,
            getRouteIndex=lambda name: cars[name].at,
            getLaneID=lambda name: cars[name].lane,
            getLanePosition=lambda name: cars[name].position_m,
            getSpeed=lambda name: cars[name].speed_mps,
        )
        lane = SimpleNamespace(
            getLength=LENGTH_M.__getitem__,
            getLinks=lambda name: [(to, True, True, False, via, "M", "s", 1.0) for to, via in LINKS.get(name, [])],
        )
        loop = SimpleNamespace(getTimeSinceDetection=lambda name: self.since_s.get(name, 1e9))
        simulation = SimpleNamespace(getTime=lambda: self.time_s)
        return SimpleNamespace(vehicle=vehicle, lane=lane, inductionloop=loop, simulation=simulation)


@pytest.fixture
def city(tmp_path: Path) -> City:
    return read_sumo(write_net(tmp_path))


@pytest.fixture
def files(tmp_path: Path) -> SumoFiles:
    net = write_net(tmp_path)
    return SumoFiles(net, (), read_sumo(net).links.link_id, lane_ids(net), ("J",))


def look(city: City, files: SumoFiles, fake: FakeSumo, watched: list[int] | None = None) -> Readings:
    return SumoView(fake.module(), city, files, watched or []).readings()


def only(values: np.ndarray, row: int, value: float = 1) -> bool:
    """Is one row the value, and all others 0?"""
    expected = np.zeros(values.size)
    expected[row] = value
    return bool(np.array_equal(values, expected))


def test_an_empty_network_reads_nothing(city: City, files: SumoFiles) -> None:
    found = look(city, files, FakeSumo(time_s=17.0), [IN_1])
    assert found.time_s == 17.0
    columns = (found.lane_count, found.lane_queue, found.near_count, found.near_queue, found.movement_count)
    assert all(not column.any() for column in columns)
    assert np.isinf(found.headway_s).all()
    assert not found.occupied.any()


def test_a_vehicle_counts_on_its_lane_and_for_the_turn_it_takes(city: City, files: SumoFiles) -> None:
    found = look(city, files, FakeSumo({"a": Car("in_2", 40.0)}))
    assert only(found.lane_count, IN_2)
    assert only(found.near_count, IN_2)
    assert only(found.movement_count, NORTH_2)
    assert only(found.movement_moving_near, NORTH_2)
    assert not found.lane_queue.any()
    assert not found.movement_queue.any()


@pytest.mark.parametrize(("speed_mps", "halted"), [(0.0, 1), (HALTED_MPS - 0.01, 1), (HALTED_MPS, 0), (3.0, 0)])
def test_who_stands_is_in_the_queue_and_not_moving(city: City, files: SumoFiles, speed_mps: float, halted: int) -> None:
    found = look(city, files, FakeSumo({"a": Car("in_1", 40.0, speed_mps)}))
    assert found.lane_queue[IN_1] == found.near_queue[IN_1] == found.movement_queue[NORTH] == halted
    assert found.movement_moving_near[NORTH] == 1 - halted


@pytest.mark.parametrize(("ahead_m", "covered"), [(0.0, True), (STOP_LINE_M, True), (STOP_LINE_M + 0.01, False)])
def test_the_stop_line_detector_covers_the_last_metres(
    city: City, files: SumoFiles, ahead_m: float, covered: bool
) -> None:
    found = look(city, files, FakeSumo({"a": Car("side_0", 91.0 - ahead_m, route=("side", "far"))}))
    assert found.occupied.tolist() == [False] * 4 + [covered, False]


def test_inside_the_junction_nobody_is_on_a_lane(city: City, files: SumoFiles) -> None:
    found = look(city, files, FakeSumo({"a": Car(":C_0_0", 5.0, at=0)}))
    assert not found.lane_count.any()
    assert not found.movement_count.any()


@pytest.mark.parametrize(
    ("lane", "position_m", "seen"),
    [
        (":C_0_0", 9.9, False),  # 10.1 m to the exit and 90 m of lane
        (":C_0_0", 10.0, True),
        (":C_0_0", 19.0, True),
    ],
)
def test_the_view_of_a_short_lane_goes_on_into_the_junction(
    city: City, files: SumoFiles, lane: str, position_m: float, seen: bool
) -> None:
    """Lane `out_0` is 90 m long; its view of 100 m sees the last 10 m of the way into it."""
    assert NEAR_M == 100.0
    found = look(city, files, FakeSumo({"a": Car(lane, position_m, 0.0)}))
    assert only(found.near_count, OUT_0, int(seen))
    assert only(found.near_queue, OUT_0, int(seen))


@pytest.mark.parametrize(
    ("lane", "position_m", "seen"),
    [(":C_2_0", 1.0, False), (":C_3_0", 3.9, False), (":C_3_0", 4.0, True), (":C_3_0", 13.0, True)],
)
def test_two_lanes_inside_are_one_way(city: City, files: SumoFiles, lane: str, position_m: float, seen: bool) -> None:
    """From `side` over 6 m and 14 m into `far`: the view of `far` reaches 10 m into the second part."""
    found = look(city, files, FakeSumo({"a": Car(lane, position_m, route=("side", "far"))}))
    assert only(found.near_count, FAR, int(seen))


def test_a_view_through_a_short_lane_takes_only_those_who_come_that_way(tmp_path: Path) -> None:
    """`out` is cut to 40 m: its view of 100 m reaches 40 m of `in`, beyond 20 m of junction."""
    net = write_net(tmp_path, ('length="90.00" shape="2,110 2,200"', 'length="40.00" shape="2,110 2,200"'))
    city = read_sumo(net)
    files = SumoFiles(net, (), city.links.link_id, lane_ids(net), ("J",))
    cars = {
        "near": Car("in_1", 50.0),  # 40 m before the line
        "too far": Car("in_1", 49.9),
        "elsewhere": Car("in_1", 60.0, route=("in", "nowhere")),
        "ends here": Car("in_1", 60.0, route=("in",)),
        "other lane": Car("in_2", 60.0),
    }
    found = look(city, files, FakeSumo(cars))
    assert found.near_count[OUT_0] == 1
    assert found.near_count[IN_1] == 4
    assert found.movement_count.tolist() == [2, 1, 0]


def test_vehicles_on_lanes_that_the_city_leaves_out_are_not_counted(city: City, files: SumoFiles) -> None:
    found = look(city, files, FakeSumo({"a": Car("path_0", 3.0, route=("path",))}))
    assert not found.lane_count.any()


def test_a_headway_counts_only_after_the_first_vehicle(city: City, files: SumoFiles) -> None:
    """Until somebody has come, SUMO tells the time since its begin."""
    fake = FakeSumo(time_s=100.0)
    view = SumoView(fake.module(), city, files, [IN_1, SIDE])
    fake.time_s = 130.0
    fake.since_s = {detector_id(IN_1): 30.0, detector_id(SIDE): 4.5}
    headway_s = view.readings().headway_s
    assert np.isinf(headway_s[IN_1])
    assert headway_s[SIDE] == 4.5
    assert np.isinf(headway_s[[IN_2, OUT_0, OUT_1, FAR]]).all()


def test_a_route_is_asked_for_once_and_forgotten_with_its_vehicle(city: City, files: SumoFiles) -> None:
    fake = FakeSumo({"a": Car("in_1", 40.0)})
    view = SumoView(fake.module(), city, files, [])
    for _ in range(3):
        view.readings()
    assert fake.asked_routes == 1
    del fake.cars["a"]
    view.readings()
    fake.cars["a"] = Car("side_0", 50.0, route=("side", "far"))  # another vehicle of the same name
    assert only(view.readings().movement_count, WEST)


def test_an_ambulance_is_worth_more_than_a_car_and_who_takes_its_name_is_not(city: City, files: SumoFiles) -> None:
    fake = FakeSumo(
        {"a": Car("in_1", 40.0, kind="emergency"), "b": Car("in_1", 20.0), "c": Car("in_2", 5.0, kind="bus")}
    )
    view = SumoView(fake.module(), city, files, [])
    for _ in range(2):
        traffic = view.readings().traffic
        urgent = traffic.ahead_m == traffic.ahead_m[traffic.weight == EMERGENCY_WORTH]
        assert sorted(traffic.weight.tolist()) == [1.0, 1.0, EMERGENCY_WORTH]
        assert traffic.ahead_m[urgent] == pytest.approx(LENGTH_M["in_1"] - 40.0)
    del fake.cars["a"]
    view.readings()
    fake.cars["a"] = Car("side_0", 50.0, route=("side", "far"))
    assert view.readings().traffic.weight.tolist() == [1.0, 1.0, 1.0]
