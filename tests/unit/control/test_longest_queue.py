"""Longest queue first: its score, and the law that nobody starves behind the red guard."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from _crossroads import Layout, crossroads
from _fake_world import FakeWorld, rates
from test_pressure import lane, queues

from citybrain.control.longest_queue import LongestQueue, QueueOptions
from citybrain.control.registry import make_control
from citybrain.control.run import run_control
from citybrain.control.stages import StageMachine
from citybrain.control.table import SignalTable
from citybrain.errors import InputError

BUSY = {"N1": 0.45, "S1": 0.45, "E1": 0.3, "W1": 0.3}  # more than can be served
SMALL = {"E2": 0.004, "N2": 0.004}


def test_the_score_is_the_queue_over_the_lanes_served() -> None:
    city = crossroads()
    table = SignalTable.from_city(city)
    readings = queues(city, {("Win", 1): 4, ("Ein", 1): 3, ("Nin", 1): 6, ("Sin", 2): 1, ("Win", 0): 50})
    controller = LongestQueue(city, table)
    assert controller.score(readings).tolist() == [7, 6, 0, 1]
    assert controller.decide(readings, StageMachine(city, table).state).tolist() == [0]


def test_moving_vehicles_count_by_their_weight() -> None:
    city = crossroads()
    table = SignalTable.from_city(city)
    readings = queues(city, {("Win", 1): 4, ("Nin", 1): 3})
    count = readings.near_count.copy()
    count[lane(city, "Nin", 1)] = 7
    readings = replace(readings, near_count=count)
    assert LongestQueue(city, table, QueueOptions(count_weight=0.5)).score(readings).tolist() == [6, 6.5, 0, 0]


def test_views_differ_where_the_lane_is_longer_or_shorter_than_the_view() -> None:
    city = crossroads()
    table = SignalTable.from_city(city)
    readings = queues(city, {("Win", 1): 40})
    near = readings.near_queue.copy()
    near[lane(city, "Win", 1)] = 13
    readings = replace(readings, near_queue=near)
    assert LongestQueue(city, table).score(readings)[0] == 13
    assert LongestQueue(city, table, QueueOptions(view="lane")).score(readings)[0] == 40


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", ["longest-queue", "max-pressure"])
def test_nobody_starves_behind_the_guard(name: str, seed: int) -> None:
    """First in line waits at most the maximum red, the decision, and the turns of those who starve longer."""
    city = crossroads(Layout(min_green_s=5.0))
    waits = {}
    for max_red_s in (0.0, 60.0):
        world = FakeWorld(city, rates(city, BUSY | SMALL), seed)
        small = [lane(city, "Ein", 2), lane(city, "Nin", 2)]
        control = make_control(name, city, {"max_red_s": max_red_s})
        longest = 0.0
        for until in range(20, 3601, 20):
            run_control(world, *control, float(until))
            heads = [world.time_s - world.queues[k][0] for k in small if world.queues[k]]
            longest = max([longest, *heads])
        waits[max_red_s] = longest
    assert waits[0.0] > 600
    assert waits[60.0] <= 60 + 10 + 3 * 30  # three others, 15 s of green and 5 s of change each, on a 10 s beat


def test_a_bonus_keeps_the_stage_against_small_differences() -> None:
    city = crossroads()
    table = SignalTable.from_city(city)
    state = StageMachine(city, table, np.array([1], np.int32)).state
    controller = LongestQueue(city, table, QueueOptions(keep_bonus=3.0))
    assert controller.decide(queues(city, {("Win", 1): 6, ("Nin", 1): 4}), state).tolist() == [1]
    assert controller.decide(queues(city, {("Win", 1): 8, ("Nin", 1): 4}), state).tolist() == [0]


def test_options_are_checked() -> None:
    with pytest.raises(InputError, match="expected"):
        QueueOptions(count_weight=-1.0)
    with pytest.raises(InputError, match="expected"):
        QueueOptions(view="all")
    with pytest.raises(InputError, match="1 or more"):
        QueueOptions(interval_s=0)
