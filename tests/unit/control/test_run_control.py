"""The loop: when it looks, how long wishes hold, what it tells."""

from __future__ import annotations

import numpy as np
import pytest
from _crossroads import Layout, crossroads
from _fake_world import FakeWorld, rates

from citybrain.city.model import I32
from citybrain.control.plans import PlanPlayer
from citybrain.control.run import run_control, run_plans
from citybrain.control.stages import StageMachine, StageState
from citybrain.control.table import SignalTable
from citybrain.records.readings import Readings


class Recorder:
    """Wishes the stages one after the other and notes when it was asked, and what it saw."""

    looks = True

    def __init__(self, interval_s: int) -> None:
        self.interval_s = interval_s
        self.asked_s: list[float] = []
        self.seen: list[StageState] = []

    def decide(self, readings: Readings, state: StageState) -> I32:
        self.asked_s.append(readings.time_s)
        self.seen.append(state)
        return np.full(1, len(self.asked_s) % 4, np.int32)


def start(time_s: float = 0.0) -> tuple[FakeWorld, StageMachine]:
    city = crossroads(Layout(min_green_s=2.0))
    return FakeWorld(city, rates(city, {}), time_s=time_s), StageMachine(city, SignalTable.from_city(city))


@pytest.mark.parametrize("interval_s", [1, 7, 10])
def test_it_asks_at_once_and_then_every_interval(interval_s: int) -> None:
    world, machine = start(500.0)
    recorder = Recorder(interval_s)
    run_control(world, recorder, machine, 560.0)
    assert recorder.asked_s == [500.0 + t for t in range(0, 60, interval_s)]
    assert world.looks == len(recorder.asked_s)
    assert world.time_s == 560.0
    assert len(world.shown) == 60


def test_a_wish_holds_until_the_next_decision() -> None:
    world, machine = start()
    recorder = Recorder(20)
    run_control(world, recorder, machine, 100.0)
    assert [int(state.stage[0]) for state in recorder.seen] == [0, 1, 2, 3, 0]


def test_the_state_it_sees_is_before_its_decision() -> None:
    world, machine = start()
    recorder = Recorder(10)
    run_control(world, recorder, machine, 15.0)
    assert [int(state.age_s[0]) for state in recorder.seen] == [0, 3]


def test_it_tells_its_progress_every_minute() -> None:
    world, machine = start()
    told: list[float] = []
    run_control(world, Recorder(5), machine, 200.0, told.append)
    assert told == [60.0, 120.0, 180.0]


def test_plans_are_shown_without_looking() -> None:
    world, _ = start(45.0)
    told: list[float] = []
    player = PlanPlayer(world.city)
    run_plans(world, player, 165.0, told.append)
    assert world.looks == 0
    assert told == [105.0, 165.0]
    assert all((shown == player.colours(45.0 + t)).all() for t, shown in enumerate(world.shown))


def test_nothing_happens_when_the_time_has_come_already() -> None:
    world, machine = start(100.0)
    run_control(world, Recorder(5), machine, 100.0)
    assert world.shown == []
