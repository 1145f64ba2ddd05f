"""Gap-out and max-out to the second, the order of the plan, and empty stages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from _crossroads import Layout, crossroads
from test_signal_table import signal_only

from citybrain.city.model import City
from citybrain.control.actuated import Actuated, ActuatedOptions
from citybrain.control.stages import GREEN, KEEP, YELLOW, StageMachine
from citybrain.control.table import SignalTable
from citybrain.errors import InputError
from citybrain.records.readings import Readings, no_readings

LAYOUT = Layout(min_green_s=5.0, max_green_s=40.0)


class Detectors:
    """Readings by hand: lanes of a stage see a vehicle at given seconds."""

    def __init__(self, city: City, table: SignalTable) -> None:
        self.city, self.table = city, table
        self.last_s = np.full(len(city.lanes.link), -np.inf)
        self.near = np.zeros(len(city.lanes.link), np.int32)

    def lanes(self, stage: int) -> np.ndarray:
        return self.table.lane[self.table.lane_offset[stage] : self.table.lane_offset[stage + 1]]

    def see(self, time_s: float) -> Readings:
        empty = no_readings(time_s, len(self.city.lanes.link), len(self.city.movements.from_lane))
        headway_s = (time_s - self.last_s).astype(np.float32)
        return replace(empty, headway_s=headway_s, near_count=self.near)


def greens(city: City, options: ActuatedOptions, passages: dict[int, set[int]], seconds: int) -> list[tuple[int, int]]:
    """(stage, seconds of green) in order, when the first lane of each stage is crossed at these seconds."""
    table = SignalTable.from_city(city)
    machine, controller, detectors = StageMachine(city, table), Actuated(table, options), Detectors(city, table)
    history: list[tuple[int, int]] = []
    for second in range(seconds):
        for stage, times in passages.items():
            if second in times:
                detectors.last_s[detectors.lanes(stage)[0]] = second
        machine.step(controller.decide(detectors.see(float(second)), machine.state), float(second))
        if machine.state.mode[0] == GREEN:
            stage = int(machine.state.stage[0])
            if history and history[-1][0] == stage:
                history[-1] = (stage, history[-1][1] + 1)
            else:
                history.append((stage, 1))
    return history


def test_without_vehicles_every_stage_has_its_minimum_in_the_plans_order() -> None:
    found = greens(crossroads(LAYOUT), ActuatedOptions(), {}, 80)
    assert found[:7] == [(0, 5), (1, 5), (2, 5), (3, 5), (0, 5), (1, 5), (2, 5)]


@pytest.mark.parametrize("last_s", [4, 9, 20, 31])
def test_it_gaps_out_exactly_max_gap_after_the_last_vehicle(last_s: int) -> None:
    found = greens(crossroads(LAYOUT), ActuatedOptions(max_gap_s=3.0), {0: set(range(0, last_s + 1))}, 60)
    assert found[0] == (0, last_s + 3)


def test_a_gap_longer_than_allowed_ends_the_green_even_if_more_come() -> None:
    vehicles = {0: {0, 2, 4, 6, 8, 12, 14, 16}}
    assert greens(crossroads(LAYOUT), ActuatedOptions(max_gap_s=3.0), vehicles, 60)[0] == (0, 11)
    assert greens(crossroads(LAYOUT), ActuatedOptions(max_gap_s=4.5), vehicles, 60)[0] == (0, 21)


def test_it_maxes_out_exactly() -> None:
    found = greens(crossroads(LAYOUT), ActuatedOptions(), {0: set(range(300)), 1: set(range(300))}, 120)
    assert found[:2] == [(0, 40), (1, 40)]
    assert found[2] == (2, 5)


def test_vehicles_on_other_lanes_do_not_extend() -> None:
    assert greens(crossroads(LAYOUT), ActuatedOptions(), {1: set(range(100)), 2: set(range(100))}, 30)[0] == (0, 5)


def test_a_standing_vehicle_on_the_detector_extends() -> None:
    city = crossroads(LAYOUT)
    table = SignalTable.from_city(city)
    machine, controller, detectors = StageMachine(city, table), Actuated(table), Detectors(city, table)
    for second in range(40):
        detectors.last_s[detectors.lanes(0)] = second
        machine.step(controller.decide(detectors.see(float(second)), machine.state), float(second))
        assert (machine.state.stage[0], machine.state.mode[0]) == (0, GREEN)


def test_each_stage_has_its_own_limits() -> None:
    phases = [(10.0, "Gr"), (3.0, "yr"), (10.0, "rG"), (3.0, "ry")]
    city = signal_only(*phases)
    table = replace(
        SignalTable.from_city(city),
        sequence_min_s=np.array([7.0, 12.0]),
    )
    machine, controller = StageMachine(city, table), Actuated(table)
    stages = []
    for second in range(40):
        empty = no_readings(float(second), 0, 0)
        machine.step(controller.decide(empty, machine.state), float(second))
        stages.append(int(machine.state.stage[0]) if machine.state.mode[0] == GREEN else -1)
    assert stages[:27] == [0] * 7 + [-1] * 4 + [1] * 12 + [-1] * 4


def test_skip_empty_goes_where_somebody_waits_and_else_rests() -> None:
    city = crossroads(LAYOUT)
    table = SignalTable.from_city(city)
    machine, detectors = StageMachine(city, table), Detectors(city, table)
    controller = Actuated(table, ActuatedOptions(skip_empty=True))
    for second in range(30):
        machine.step(controller.decide(detectors.see(float(second)), machine.state), float(second))
    assert (machine.state.stage[0], machine.state.mode[0], machine.state.age_s[0]) == (0, GREEN, 30)
    detectors.near[detectors.lanes(3)[1]] = 1
    for second in range(30, 60):
        machine.step(controller.decide(detectors.see(float(second)), machine.state), float(second))
        assert machine.state.target[0] in (0, 3)
    assert machine.state.stage[0] == 3


def test_a_stage_that_comes_twice_in_the_plan_comes_twice() -> None:
    city = signal_only(*[(9.0, t) for t in ("Grr", "yrr", "rGr", "ryr", "Grr", "yrr", "rrG", "rry")])
    found = greens(city, ActuatedOptions(), {}, 110)
    assert [stage for stage, _ in found[:9]] == [0, 1, 0, 2, 0, 1, 0, 2, 0]


def test_it_starts_from_the_stage_where_the_signal_stands() -> None:
    city = crossroads(LAYOUT)
    table = SignalTable.from_city(city)
    machine, controller = StageMachine(city, table, np.array([2], np.int32)), Actuated(table)
    detectors, seen = Detectors(city, table), []
    for second in range(30):
        machine.step(controller.decide(detectors.see(float(second)), machine.state), float(second))
        seen.append(int(machine.state.stage[0]))
    assert list(dict.fromkeys(seen)) == [2, 3, 0]


def test_a_minimum_of_the_machine_above_its_own_only_delays() -> None:
    city = crossroads(LAYOUT)
    table = replace(SignalTable.from_city(city), min_green_s=np.array([11], np.int32))
    machine, controller, detectors = StageMachine(city, table), Actuated(table), Detectors(city, table)
    seen = []
    for second in range(60):
        machine.step(controller.decide(detectors.see(float(second)), machine.state), float(second))
        seen.append((int(machine.state.stage[0]), int(machine.state.mode[0])))
    assert [seen.count((stage, GREEN)) for stage in range(3)] == [11, 11, 11]


def test_signals_without_a_choice_get_no_wish() -> None:
    table = SignalTable.from_city(signal_only((30.0, "GG")))
    state = StageMachine(signal_only((30.0, "GG")), table).state
    assert Actuated(table).decide(no_readings(0.0, 0, 0), state).tolist() == [KEEP]


def test_a_gap_must_be_positive() -> None:
    with pytest.raises(InputError, match="above 0"):
        ActuatedOptions(max_gap_s=0.0)


def test_lanes_that_do_not_lead_cannot_hold_the_green() -> None:
    city = crossroads(LAYOUT)
    table = SignalTable.from_city(city)
    table = replace(table, leading=np.zeros_like(table.leading))
    machine, controller, detectors = StageMachine(city, table), Actuated(table), Detectors(city, table)
    detectors.last_s[:] = 1e9
    for second in range(5):
        machine.step(controller.decide(detectors.see(float(second)), machine.state), float(second))
    machine.step(controller.decide(detectors.see(5.0), machine.state), 5.0)
    assert (machine.state.target[0], machine.state.mode[0]) == (1, YELLOW)
