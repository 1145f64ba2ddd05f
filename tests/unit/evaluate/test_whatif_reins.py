"""Reins: held while a beat is under way, going between two, and never starved where beats leave no time."""

from __future__ import annotations

import os
import signal

import pytest

from citybrain.clock import ManualClock
from citybrain.demand.generated import generate
from citybrain.evaluate.whatif.change import Change
from citybrain.evaluate.whatif.paired import Question
from citybrain.evaluate.whatif.process import Bounds, ask_process
from citybrain.evaluate.whatif.reins import Reins
from citybrain.twin.twin import Twin

STOP, GO = signal.SIGSTOP, signal.SIGCONT


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """What processes are told."""
    found: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda pid, what: found.append((pid, what)))
    return found


def test_nobody_is_held_where_nobody_runs(sent: list[tuple[int, int]]) -> None:
    reins = Reins(ManualClock())
    reins.hold()
    reins.go()
    assert sent == []


def test_a_process_stands_while_a_beat_is_under_way(sent: list[tuple[int, int]]) -> None:
    clock = ManualClock()
    reins = Reins(clock)
    reins.take(7)
    for _ in range(3):
        reins.hold()
        clock.advance(0.05)
        reins.go()
        clock.advance(0.95)
    assert sent == [(7, STOP), (7, GO)] * 3


def test_it_goes_for_as_long_as_it_was_held_at_least(sent: list[tuple[int, int]]) -> None:
    clock, held_s, begin_s = ManualClock(), 0.0, 0.0
    reins = Reins(clock)
    reins.take(7)
    for _ in range(100):  # beats without a pause between them
        reins.hold()
        begin_s, before = clock.at_s, len(sent)
        clock.advance(0.05)
        reins.go()
        held_s += (clock.at_s - begin_s) * (len(sent) > before)
    assert 0.4 * clock.at_s <= held_s <= 0.55 * clock.at_s


def test_one_that_is_to_end_is_let_go(sent: list[tuple[int, int]]) -> None:
    reins = Reins(ManualClock())
    reins.take(7)
    reins.hold()
    reins.drop(7)
    assert sent == [(7, STOP), (7, GO)]
    reins.go()
    assert sent[2:] == []


def test_one_that_has_died_is_no_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(pid: int, what: int) -> None:
        raise ProcessLookupError(pid, what)

    monkeypatch.setattr(os, "kill", gone)
    reins = Reins(ManualClock())
    reins.take(7)
    reins.hold()
    reins.go()
    reins.drop(7)


def test_a_what_if_that_is_held_and_let_go_answers_and_leaves_nothing_behind() -> None:
    twin, reins = Twin(*generate(4, 3), seed=3).run(300), Reins(ManualClock())
    shares = list[float]()

    def on_share(share: float) -> None:
        shares.append(share)
        reins.hold()
        reins.go()

    question = Question(Change(demand_factor=1.5), 300, seeds=1)
    found = ask_process(twin.packed(), question, Bounds(), on_share, lambda: 0.0, lambda: False, reins)
    assert found is not None
    assert shares[-1] == 1.0


def test_one_that_is_held_can_be_called_off() -> None:
    twin, reins = Twin(*generate(4, 3), seed=3).run(300), Reins(ManualClock())
    held = list[float]()

    def on_share(share: float) -> None:
        reins.hold()
        held.append(share)

    question = Question(Change(demand_factor=1.5), 3600, seeds=10)
    assert ask_process(twin.packed(), question, Bounds(), on_share, lambda: 0.0, lambda: bool(held), reins) is None
