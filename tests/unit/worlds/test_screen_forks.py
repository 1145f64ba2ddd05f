"""Between the loop and those who look: cameras after every beat, forks of a moment between two beats."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from citybrain.brain.build import Sources, simulated_world
from citybrain.brain.config import SensorSection
from citybrain.demand.generated import generate
from citybrain.errors import InputError
from citybrain.records.truth import Moving
from citybrain.worlds.screen import Screen

WAIT_S = 20.0


class Picture:
    """Something that can be drawn and not forked."""

    def moving(self) -> Moving:
        raise AssertionError("nobody looks")


def test_every_camera_is_called_after_every_beat_whoever_looks() -> None:
    screen, calls = Screen(), list[int]()
    screen.cameras += [lambda: calls.append(1), lambda: calls.append(2)]
    for _ in range(3):
        screen.take()
    assert calls == [1, 2] * 3
    screen.begins.append(lambda: calls.append(0))
    screen.begin()
    assert calls[6:] == [0]
    assert screen.newest is None


def test_streets_are_forked_between_two_beats_and_go_on() -> None:
    screen = Screen()
    world = simulated_world(Sources(*generate(4, 1)), "twin", 1, SensorSection(), screen.turn_on)
    assert screen.forks
    world.observe(20.0)
    asked = screen.ask_fork()
    assert not asked.done(), "not while a beat may be under way"
    screen.take()
    packed = asked.result(WAIT_S)
    world.observe(40.0)
    twin = pickle.loads(packed)
    assert (twin.time_s, world.time_s) == (20.0, 40.0)
    twin.run(40.0)
    again = screen.ask_fork()
    screen.take()
    there, here = pickle.loads(again.result(WAIT_S)).vehicles(), twin.vehicles()
    assert here.trip.size > 0
    for name in ("trip", "lane", "position_m", "speed_mps"):
        np.testing.assert_array_equal(getattr(there, name), getattr(here, name), "the same streets by either way")


def test_what_was_called_back_is_not_made() -> None:
    screen = Screen()
    screen.turn_on(Picture())
    asked = screen.ask_fork()
    asked.cancel()
    screen.take()
    assert asked.cancelled()


def test_what_cannot_be_forked_says_so() -> None:
    screen = Screen()
    assert not screen.forks
    screen.turn_on(Picture())
    assert not screen.forks
    asked = screen.ask_fork()
    screen.take()
    with pytest.raises(InputError, match="cannot be forked"):
        asked.result(WAIT_S)


class Broken(Picture):
    """Streets that cannot be copied, or whose copy cannot be packed."""

    def __init__(self, where: str) -> None:
        self.where = where

    def fork(self) -> Broken:
        if self.where == "fork":
            raise MemoryError("no room for a copy")
        return self

    def packed(self) -> bytes:
        raise MemoryError("no room to pack it")


@pytest.mark.parametrize("where", ["fork", "packed"])
def test_a_fork_that_fails_says_so_and_the_beat_goes_on(where: str) -> None:
    screen = Screen()
    screen.turn_on(Broken(where))
    asked = screen.ask_fork()
    screen.take()
    with pytest.raises(MemoryError, match="no room"):
        asked.result(WAIT_S)
