"""A real city: time is the clock's, rows are the inbox's, and without a driver nothing reaches the street."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from _towns import same, town

from citybrain.clock import ManualClock
from citybrain.errors import InputError
from citybrain.records.command import Commands, no_commands
from citybrain.records.observations import Observations, Passages, make, take
from citybrain.worlds.base import World
from citybrain.worlds.field import REFUSALS_KEPT, Field


@dataclass
class Post:
    """An inbox that has passages received at given times."""

    received_s: list[float]
    clock: ManualClock
    asked: list[tuple[float, float]] = field(default_factory=list)  # (until, clock's time)

    def drain(self, until_s: float) -> Observations:
        self.asked.append((until_s, self.clock.now_s()))
        rows = make(Passages, np.array(self.received_s), np.array(self.received_s), 0, 0, 0, 1, 7, 0)
        self.received_s = [at for at in self.received_s if at > until_s]
        return Observations(until_s, passages=take(rows, rows.received_s <= until_s))


@dataclass
class Sent:
    rows: list[Commands] = field(default_factory=list)

    def send(self, commands: Commands) -> None:
        self.rows.append(commands)


def two() -> Commands:
    return Commands(np.array([0, 1], np.int32), np.zeros(2, np.int32), np.full(2, 9.0))


def test_a_look_waits_for_its_time_and_gives_what_came_by_then() -> None:
    clock = ManualClock(1000.0)
    post = Post([1000.2, 1000.9, 1001.5], clock)
    world: World = Field(town()[0], post, clock)
    assert world.time_s == 1000.0
    assert world.end_s == float("inf")
    assert world.observe(1001.0).passages.received_s.tolist() == [1000.2, 1000.9]
    assert world.observe(1002.0).passages.received_s.tolist() == [1001.5]
    assert post.asked == [(1001.0, 1001.0), (1002.0, 1002.0)]
    assert world.time_s == clock.now_s() == 1002.0


def test_a_late_look_does_not_wait() -> None:
    clock = ManualClock(1000.0)
    world = Field(town()[0], Post([1000.5, 1003.0], clock), clock)
    clock.advance(10.0)
    assert world.observe(1001.0).passages.received_s.tolist() == [1000.5]
    assert clock.now_s() == 1010.0
    with pytest.raises(InputError, match="from 1001 s on"):
        world.observe(1000.0)
    with pytest.raises(InputError, match="until_s"):
        world.observe(float("inf"))


def test_a_clock_that_wakes_early_is_waited_for_again() -> None:
    class Restless(ManualClock):
        def sleep(self, duration_s: float) -> None:
            self.advance(min(duration_s, 0.3))

    clock = Restless(0.0)
    post = Post([0.95], clock)
    assert Field(town()[0], post, clock).observe(1.0).rows == 1
    assert post.asked[0][1] >= 1.0


def test_without_a_driver_commands_are_kept_and_refused() -> None:
    world = Field(town()[0], Post([], ManualClock()), ManualClock(5.0))
    assert world.observes_only
    world.apply(no_commands())
    assert (world.n_refused, len(world.refusals)) == (0, 0)
    for _ in range(REFUSALS_KEPT + 3):
        world.apply(two())
    assert world.n_refused == 2 * (REFUSALS_KEPT + 3)
    assert len(world.refusals) == REFUSALS_KEPT
    assert world.refusals[-1].time_s == 5.0
    assert "observe only" in world.refusals[-1].reason
    assert world.refusals[-1].commands.signal.tolist() == [0, 1]


def test_with_a_driver_they_go_out() -> None:
    sent = Sent()
    world = Field(town()[0], Post([], ManualClock()), ManualClock(), sent)
    commands = two()
    world.apply(commands)
    assert sent.rows == [commands]
    assert not world.observes_only
    assert world.n_refused == 0
    assert same(world.observe(3.0), Observations(3.0))
