"""The protocol of the published tables, second by second."""

from __future__ import annotations

import numpy as np
import pytest
from _crossroads import Layout, crossroads
from _fake_world import FakeWorld, rates

from citybrain.city.model import City, Colour
from citybrain.control.cityflow_protocol import PROTOCOL_NAMES, ProtocolOptions, make_protocol
from citybrain.control.run import run_control
from citybrain.errors import InputError

STAGE_GROUPS = {0: 4, 1: 1, 2: 5, 3: 2}  # one group (arm * 3 + lane) that only this stage lets go


def run(name: str, interval_s: int, seconds: int, city: City | None = None) -> FakeWorld:
    city = city or crossroads()
    load = {"N1": 0.15, "S1": 0.1, "E1": 0.12, "W1": 0.12, "N2": 0.03, "W2": 0.05}
    world = FakeWorld(city, rates(city, load), seed=1)
    run_control(world, *make_protocol(name, city, ProtocolOptions(interval_s)), float(seconds))
    return world


def stages(world: FakeWorld) -> list[tuple[int, int]]:
    """(stage, seconds of green), -1 while nobody but the free right turns may go."""
    history: list[tuple[int, int]] = []
    for colours in world.shown:
        stage = next((s for s, group in STAGE_GROUPS.items() if colours[group] == Colour.PROTECTED), -1)
        if history and history[-1][0] == stage:
            history[-1] = (stage, history[-1][1] + 1)
        else:
            history.append((stage, 1))
    return history


@pytest.mark.parametrize(("interval_s", "green_s"), [(30, 55), (15, 25), (10, 15)])
def test_fixed_time_of_the_tables_has_twice_the_interval_less_the_change(interval_s: int, green_s: int) -> None:
    found = stages(run("fixed", interval_s, 30 * interval_s))
    change = (-1, 5)
    cycle = [(1, green_s), change, (2, green_s), change, (3, green_s), change, (0, green_s), change]
    assert found[:18] == [(0, interval_s), change, *cycle, *cycle][:18]


@pytest.mark.parametrize("name", ["max-pressure", "efficient-max-pressure", "longest-queue"])
@pytest.mark.parametrize("interval_s", [15, 30])
def test_the_interval_includes_the_change(name: str, interval_s: int) -> None:
    """Changes begin on the beat and cost 5 s; greens are whole intervals, less the change that brought them."""
    found = stages(run(name, interval_s, 60 * interval_s))
    assert all(seconds == 5 for stage, seconds in found if stage == -1)
    assert {(seconds + 5) % interval_s for stage, seconds in found[1:-1] if stage >= 0} == {0}
    assert {stage for stage, _ in found} == {-1, 0, 1, 2, 3}


def test_a_first_decision_may_change_at_once() -> None:
    city = crossroads()
    world = FakeWorld(city, rates(city, {"N1": 1.0}))
    world.queues[int(city.links.first_lane[0]) + 1].append(0.0)
    run_control(world, *make_protocol("max-pressure", city), 40.0)
    assert stages(world)[0] == (-1, 5)
    assert stages(world)[1][0] == 1


def test_there_is_no_guard_and_no_minimum_green() -> None:
    city = crossroads(Layout(min_green_s=20.0, all_red_s=4.0))
    control = make_protocol("max-pressure", city)
    assert control.machine.table.min_green_s.tolist() == [0]
    assert control.machine.table.all_red_s.tolist() == [0]
    assert control.machine.table.yellow_s.tolist() == [5]
    world = FakeWorld(city, rates(city, {"E1": 0.9, "W1": 0.9}))
    run_control(world, *control, 60.0)
    world.queues[int(city.links.first_lane[0]) + 2].append(0.0)  # one left turner from the north
    run_control(world, *control, 1800.0)
    assert stages(world) == [(0, 1800)]


def test_mean_and_sum_of_exits_differ() -> None:
    city = crossroads()
    load = rates(city, {"N1": 0.2, "E1": 0.2, "W2": 0.1})
    exits = np.array([name.endswith("out") for name in city.links.link_id])
    load[exits[city.lanes.link]] = 0.02  # exits that fill up
    shown = []
    for name in ("max-pressure", "efficient-max-pressure"):
        world = FakeWorld(city, load, seed=2)
        run_control(world, *make_protocol(name, city), 1800.0)
        shown.append(np.array(world.shown))
    assert (shown[0] != shown[1]).any()


def test_only_the_first_stages_are_used() -> None:
    control = make_protocol("longest-queue", crossroads(), ProtocolOptions(stages=2))
    assert control.machine.table.n_stages.tolist() == [2]


def test_unknown_names_and_times_are_refused() -> None:
    with pytest.raises(InputError, match=", ".join(PROTOCOL_NAMES)):
        make_protocol("actuated", crossroads())
    with pytest.raises(InputError, match="below interval_s"):
        ProtocolOptions(interval_s=5)
