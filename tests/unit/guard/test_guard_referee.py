"""The referee's process: it answers, keeps its latches, and where it is gone the whole city is on its plans."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

sys.path += [str(Path(__file__).parents[1] / folder) for folder in ("control", "worlds")]
from _towns import everywhere, town

from citybrain.city.model import Colour
from citybrain.control.plans import PlanPlayer
from citybrain.errors import EngineError, InputError
from citybrain.guard.conflicts import Level, conflict_table
from citybrain.guard.desk import DeskTables
from citybrain.guard.latches import FILE
from citybrain.guard.monitor import Fault
from citybrain.guard.referee import Referee
from citybrain.records.command import Commands
from citybrain.settings import Settings
from citybrain.worlds.twin_streets import twin_streets

CITY = town()[0]
NAMES = CITY.signals.signal_id
PLAN = PlanPlayer(CITY)


@pytest.fixture
def referee(tmp_path: Path) -> Iterator[Referee]:
    made = Referee(CITY, Settings(), tmp_path)
    yield made
    made.close()


def crossing(signal: int, time_s: float) -> np.ndarray:
    """The plan's colours, and two streams of one signal that cross."""
    table = conflict_table(CITY)
    g, h = np.argwhere(table.of(signal) == Level.NEVER)[0]
    colours = PLAN.colours(time_s)
    first, last = table.first_group[signal : signal + 2]
    colours[first:last] = Colour.RED
    colours[first + g] = colours[first + h] = Colour.PROTECTED
    return colours


def test_it_watches_and_latches_within_the_second(referee: Referee, tmp_path: Path) -> None:
    for second in range(60):
        assert referee.see(float(second), PLAN.colours(float(second))).size == 0
    assert referee.see(60.0, crossing(3, 60.0)).tolist() == [3]
    assert (referee.trips[0].signal, referee.trips[0].fault) == (NAMES[3], Fault.CONFLICT)
    assert NAMES[3] in (tmp_path / FILE).read_text(), "on disk when it is told"


def test_a_latch_outlives_a_kill(tmp_path: Path) -> None:
    first = Referee(CITY, Settings(), tmp_path)
    first.see(0.0, crossing(2, 0.0))
    os.kill(first.pid, signal.SIGKILL)
    second = Referee(CITY, Settings(), tmp_path)
    assert second.latched.tolist() == [2]
    assert second.see(0.0, PLAN.colours(0.0)).tolist() == [2]
    second.release(NAMES[2], "Li Wei", 1.0)
    assert second.latched.size == 0
    with pytest.raises(EngineError, match="is not latched"):
        second.release(NAMES[2], "Li Wei", 1.0)
    first.close()
    second.close()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_where_nobody_watches_every_signal_is_on_its_plan(referee: Referee, how: signal.Signals) -> None:
    referee.see(0.0, PLAN.colours(0.0))
    os.kill(referee.pid, how)
    assert referee.see(1.0, PLAN.colours(1.0)).tolist() == list(range(len(NAMES)))
    assert referee.lost
    if how == signal.SIGSTOP:
        os.kill(referee.pid, signal.SIGCONT)
    assert referee.see(2.0, PLAN.colours(2.0)).size == len(NAMES), "it does not come back by itself"


def test_times_that_go_back_lose_the_line(referee: Referee) -> None:
    referee.see(5.0, PLAN.colours(5.0))
    assert referee.see(5.0, PLAN.colours(5.0)).size == len(NAMES)
    assert "expected" in referee.lost


def test_a_book_that_cannot_be_read_starts_no_referee(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("nonsense\n")
    with pytest.raises(InputError, match="does not begin"):
        Referee(CITY, Settings(), tmp_path)


def test_a_world_follows_its_referee(referee: Referee) -> None:
    world, _ = twin_streets(*town(), 0, everywhere(CITY))
    world.guard(DeskTables.of(world.city), referee)
    rows = np.arange(len(NAMES), dtype=np.int32)

    def go_on(seconds: int) -> None:
        for _ in range(seconds):
            world.apply(Commands(rows, np.zeros(rows.size, np.int32), np.full(rows.size, world.time_s + 10.0)))
            world.observe(world.time_s + 1.0)

    go_on(60)
    assert world._desk.leased(world.time_s).all()
    os.kill(referee.pid, signal.SIGKILL)
    go_on(1)
    assert not world._desk.leased(world.time_s).any()
    go_on(200)
    assert not world._desk.steered.any(), "on their plans, whatever is commanded"
