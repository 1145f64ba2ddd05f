"""Max pressure: its formula in both published forms, and the law that it stabilises what a wrong split cannot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from _crossroads import Layout, crossroads
from _fake_world import FakeWorld, rates

from citybrain.city.model import City
from citybrain.control.pressure import MaxPressure, PressureOptions
from citybrain.control.registry import make_control
from citybrain.control.run import run_control
from citybrain.control.stages import StageMachine
from citybrain.control.table import SignalTable
from citybrain.errors import InputError
from citybrain.records.readings import Readings, no_readings


def lane(city: City, link: str, index: int) -> int:
    return int(city.links.first_lane[city.links.link_id.index(f"J0{link}")] + index)


def queues(city: City, standing: dict[tuple[str, int], int], time_s: float = 0.0) -> Readings:
    """Readings with these standing vehicles on (link, lane)."""
    empty = no_readings(time_s, len(city.lanes.link), len(city.movements.from_lane))
    queue = empty.lane_queue.copy()
    for (link, index), n in standing.items():
        queue[lane(city, link, index)] = n
    turn = queue[city.movements.from_lane]
    return replace(
        empty,
        lane_queue=queue,
        lane_count=queue,
        near_queue=queue,
        near_count=queue,
        movement_queue=turn,
        movement_count=turn,
    )


def pressures(city: City, standing: dict[tuple[str, int], int], **options: object) -> list[float]:
    controller = MaxPressure(city, SignalTable.from_city(city), PressureOptions(**options))  # type: ignore[arg-type]
    return [float(value) for value in controller.pressure(queues(city, standing))]


def test_pressure_is_queue_less_the_sum_over_the_exit() -> None:
    city = crossroads()
    standing = {("Win", 1): 7, ("Ein", 1): 2, ("Sin", 2): 5, ("Eout", 0): 1, ("Eout", 1): 1, ("Eout", 2): 2}
    # The east exit takes through from the west, left from the south (right-hand traffic: arms clockwise N E S W).
    exits = 4
    left_to_east = "N" if _left_exit(city, "N") == "J0Eout" else "S"
    expected_left = (5 if left_to_east == "S" else 0) - exits + (0 if left_to_east == "S" else 5)
    assert pressures(city, standing) == [7 + 2 - exits, 0, 0, expected_left]


def _left_exit(city: City, arm: str) -> str:
    movement = int(np.flatnonzero(city.movements.from_lane == lane(city, f"{arm}in", 2))[0])
    return city.links.link_id[city.lanes.link[city.movements.to_lane[movement]]]


def test_the_mean_form_divides_by_the_lanes_of_the_exit() -> None:
    city = crossroads()
    standing = {("Win", 1): 7, ("Eout", 0): 1, ("Eout", 1): 1, ("Eout", 2): 2}
    assert pressures(city, standing, exit="mean")[0] == pytest.approx(7 - 4 / 3)


def test_right_turns_that_are_always_free_do_not_count() -> None:
    city = crossroads()
    assert pressures(city, {(f"{arm}in", 0): 30 for arm in "NESW"}) == [0, 0, 0, 0]


def test_lanes_into_one_link_are_one_movement_with_one_exit() -> None:
    """Two through lanes side by side: both queues count, the exit they share is subtracted once."""
    city = crossroads()
    through, left = (lane(city, "Win", 1), lane(city, "Win", 2))
    movements = city.movements
    to_lane = movements.to_lane.copy()
    group = movements.group.copy()
    exits = to_lane[movements.from_lane == through]
    to_lane[movements.from_lane == left] = exits
    group[movements.from_lane == left] = group[movements.from_lane == through][0]
    city = replace(city, movements=replace(movements, to_lane=to_lane, group=group))
    standing = {("Win", 1): 4, ("Win", 2): 3, ("Eout", 1): 2}
    assert pressures(city, standing)[0] == 4 + 3 - 2


@pytest.mark.parametrize(("length_m", "seen"), [(1.0, 9), (14.0, 9), (16.0, 0), (300.0, 0)])
def test_what_stands_before_a_very_short_lane_is_seen(length_m: float, seen: int) -> None:
    city = crossroads(Layout(lane_length_m=(300.0, length_m, 300.0)))
    readings = queues(city, {})
    near = readings.near_queue.copy()
    near[lane(city, "Nin", 1)] = 9
    readings = replace(readings, near_queue=near)
    table = SignalTable.from_city(city)
    assert MaxPressure(city, table).pressure(readings).tolist() == [0, seen, 0, 0]
    assert MaxPressure(city, table, PressureOptions(view="near")).pressure(readings).tolist() == [0, 9, 0, 0]


def test_decide_takes_the_greatest_and_of_equals_the_first() -> None:
    city = crossroads()
    table = SignalTable.from_city(city)
    controller, state = MaxPressure(city, table), StageMachine(city, table).state
    assert controller.decide(queues(city, {}), state).tolist() == [0]
    assert controller.decide(queues(city, {("Sin", 1): 3}), state).tolist() == [1]
    assert controller.decide(queues(city, {("Sin", 1): 3, ("Win", 2): 3}), state).tolist() == [1]
    assert controller.decide(queues(city, {("Sin", 1): 3, ("Win", 2): 4}), state).tolist() == [2]


def total_queue(world: FakeWorld) -> int:
    return sum(len(queue) for queue in world.queues)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_stabilises_a_load_that_a_wrong_split_cannot_serve(seed: int) -> None:
    """The plan gives north-south 20 of 90 s, 0.11 vehicles/s; the load asks 0.16. Sum of flow ratios: 0.52."""
    city = crossroads()
    load = rates(city, {"N1": 0.16, "S1": 0.16, "E1": 0.06, "W1": 0.06, "N2": 0.02, "S2": 0.02, "E2": 0.02, "W2": 0.02})
    ends = {}
    for name in ("fixed", "max-pressure"):
        world = FakeWorld(city, load, seed)
        run_control(world, *make_control(name, city), 1800.0)
        half = total_queue(world)
        run_control(world, *make_control(name, city, begin_s=1800.0), 3600.0)
        ends[name] = (half, total_queue(world))
    assert ends["fixed"][1] > 200
    assert ends["fixed"][1] > 1.6 * ends["fixed"][0]
    assert max(ends["max-pressure"]) < 60


@pytest.mark.parametrize("options", [{"exit": "median"}, {"view": "far"}, {"interval_s": 0}, {"max_red_s": -1.0}])
def test_options_are_checked(options: dict[str, object]) -> None:
    with pytest.raises(InputError, match="expected"):
        PressureOptions(**options)  # type: ignore[arg-type]
