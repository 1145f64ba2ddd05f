"""The maximum red: when it speaks, for whom, and for how long."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from _crossroads import Layout, crossroads
from test_pressure import lane, queues
from test_signal_table import signal_only

from citybrain.city.model import City
from citybrain.control.red_guard import GRANT_S, RedGuard
from citybrain.control.stages import GREEN, KEEP, YELLOW, StageState, initial_state
from citybrain.control.table import SignalTable
from citybrain.records.readings import no_readings

STAY = np.zeros(1, np.int32)


def state(stage: int, mode: int = GREEN, age_s: int = 30) -> StageState:
    one = np.ones(1, np.int32)
    return StageState(stage * one, stage * one, mode * np.ones(1, np.uint8), age_s * one)


def first_override(city: City, standing: dict[tuple[str, int], int], seconds: int = 400) -> tuple[int, int] | None:
    """(second, stage) of the first wish that is not the 0 that was wished, asked every second in stage 0."""
    guard = RedGuard(city, SignalTable.from_city(city), 120.0)
    for second in range(seconds):
        wish = int(guard.override(STAY, queues(city, standing, float(second)), state(0))[0])
        if wish != 0:
            return second, wish
    return None


def test_it_speaks_after_the_maximum_red_for_those_who_wait() -> None:
    assert first_override(crossroads(), {("Nin", 2): 1}) == (120, 3)


def test_it_is_silent_where_nobody_waits_or_only_the_served_do() -> None:
    assert first_override(crossroads(), {}) is None
    assert first_override(crossroads(), {("Ein", 1): 9, ("Win", 1): 9}) is None


def test_free_right_turns_never_starve() -> None:
    assert first_override(crossroads(), {("Nin", 0): 9}) is None


def test_the_longest_red_goes_first() -> None:
    city = crossroads()
    guard = RedGuard(city, SignalTable.from_city(city), 120.0)
    for second in range(10):
        guard.override(STAY, queues(city, {("Nin", 2): 1}, float(second)), state(0))
    both = {("Nin", 2): 1, ("Nin", 1): 30}
    wishes = [int(guard.override(STAY, queues(city, both, float(s)), state(0))[0]) for s in range(10, 122)]
    assert wishes[-3:] == [0, 3, 3]


def test_the_clock_begins_when_the_turn_was_last_empty_or_served() -> None:
    city = crossroads()
    guard = RedGuard(city, SignalTable.from_city(city), 120.0)
    for second in range(100):
        guard.override(STAY, queues(city, {("Nin", 1): 1}, float(second)), state(0))
    guard.override(STAY, queues(city, {("Nin", 1): 1}, 100.0), state(1))
    wishes = [int(guard.override(STAY, queues(city, {("Nin", 1): 1}, float(s)), state(0))[0]) for s in range(101, 221)]
    assert wishes == [0] * 119 + [1]


def test_a_grant_holds_for_its_green_and_no_longer() -> None:
    city = crossroads()
    guard = RedGuard(city, SignalTable.from_city(city), 120.0)
    standing = {("Nin", 1): 50}
    for second in range(121):
        wish = guard.override(STAY, queues(city, standing, float(second)), state(0))
    assert wish.tolist() == [1]
    for age in range(5):
        assert guard.override(STAY, queues(city, standing, 121.0 + age), state(0, YELLOW, age)).tolist() == [1]
    for age in range(int(GRANT_S)):
        assert guard.override(STAY, queues(city, standing, 126.0 + age), state(1, GREEN, age)).tolist() == [1]
    assert guard.override(STAY, queues(city, standing, 141.0), state(1, GREEN, 15)).tolist() == [0]


def test_a_grant_ends_when_the_last_vehicle_has_gone() -> None:
    city = crossroads()
    guard = RedGuard(city, SignalTable.from_city(city), 120.0)
    for second in range(121):
        guard.override(STAY, queues(city, {("Nin", 1): 1}, float(second)), state(0))
    assert guard.override(STAY, queues(city, {}, 127.0), state(1, GREEN, 2)).tolist() == [0]


def test_vehicles_before_a_very_short_lane_count() -> None:
    city = crossroads(Layout(lane_length_m=(300.0, 1.0, 300.0)))
    guard = RedGuard(city, SignalTable.from_city(city), 120.0)
    near = np.zeros(len(city.lanes.link), np.int32)
    near[lane(city, "Nin", 1)] = 1
    wishes = []
    for second in range(122):
        readings = replace(queues(city, {}, float(second)), near_count=near)
        wishes.append(int(guard.override(STAY, readings, state(0))[0]))
    assert wishes[119:] == [0, 1, 1]


def test_signals_without_a_choice_are_left_alone() -> None:
    city = signal_only((30.0, "GG"))
    table = SignalTable.from_city(city)
    wish = RedGuard(city, table, 1.0).override(
        np.full(1, KEEP, np.int32), no_readings(50.0, 0, 0), initial_state(table)
    )
    assert wish.tolist() == [KEEP]


def test_signals_are_guarded_one_by_one() -> None:
    city = crossroads(Layout(n=2))
    guard = RedGuard(city, SignalTable.from_city(city), 120.0)
    both = StageState(*(np.repeat(column, 2) for column in state(0)))
    wishes = [
        guard.override(np.zeros(2, np.int32), queues(city, {("Nin", 1): 1}, float(second)), both).tolist()
        for second in range(121)
    ]
    assert wishes[-2:] == [[0, 0], [1, 0]]
