"""A what-if in a process of its own: the same answer, ended when it is told to, and held to its bounds."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from itertools import count

import pytest

from citybrain.demand.generated import generate
from citybrain.errors import CityBrainError, LimitError
from citybrain.evaluate.whatif import process
from citybrain.evaluate.whatif.change import Change, Closure
from citybrain.evaluate.whatif.paired import Question, answer
from citybrain.evaluate.whatif.process import Bounds, ask_process
from citybrain.twin.twin import Twin

LONG = Question(Change(demand_factor=1.2), 3600, seeds=10)


@pytest.fixture(scope="module")
def twin() -> Twin:
    return Twin(*generate(4, 3), seed=3).run(300)


def never() -> bool:
    return False


def no_time() -> float:
    return 0.0


def quiet(_: float) -> None:
    """Nobody listens."""


def children() -> set[int]:
    """Processes that this one has started."""
    import multiprocessing

    return {child.pid for child in multiprocessing.active_children() if child.pid}


def test_the_answer_is_that_of_this_process(twin: Twin) -> None:
    question, shares = Question(Change(demand_factor=1.5), 300, seeds=2), list[float]()
    found = ask_process(twin.packed(), question, Bounds(), shares.append, no_time, never)
    assert str(found) == str(answer(twin, question, quiet))
    assert shares[-1] == 1.0
    assert children() == set()


def test_it_ends_as_soon_as_it_is_called_off(twin: Twin) -> None:
    """After the first share is told; nothing is left behind."""
    called_off = threading.Event()
    found = ask_process(twin.packed(), LONG, Bounds(), lambda _: called_off.set(), no_time, called_off.is_set)
    assert found is None
    assert children() == set()


def test_it_may_take_so_long_and_no_longer(twin: Twin) -> None:
    passed: Iterator[int] = count()
    with pytest.raises(LimitError, match="longer than 3 s"):
        ask_process(twin.packed(), LONG, Bounds(time_s=3.0), quiet, lambda: float(next(passed)), never)
    assert children() == set()


def test_it_may_take_so_much_memory_and_no_more(twin: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    said = list[tuple[str, object]]()

    class Pipe:
        def send(self, message: tuple[str, object]) -> None:
            said.append(message)

    def greedy(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(process, "answer", greedy)
    monkeypatch.setattr(process, "_bound_memory", lambda size: said.append(("bound", size)))
    monkeypatch.setattr(os, "nice", lambda by: said.append(("nice", by)))
    process._work(Pipe(), twin.packed(), LONG, 700)  # type: ignore[arg-type]
    assert said[:2] == [("nice", process.NICE), ("bound", 700 << 20)]
    assert said[2] == ("limit", "it needed more than 700 MiB (whatif_memory_mib)")


def test_what_the_city_has_not_is_said_across(twin: Twin) -> None:
    question = Question(Change((Closure("nowhere"),)), 300, 1)
    with pytest.raises(CityBrainError, match="link 'nowhere' is not in the city"):
        ask_process(twin.packed(), question, Bounds(), quiet, no_time, never)


def test_a_process_that_dies_is_told(twin: Twin) -> None:
    def kill(_: float) -> None:
        for pid in children():
            os.kill(pid, signal.SIGKILL)

    with pytest.raises(CityBrainError, match="has died"):
        ask_process(twin.packed(), LONG, Bounds(), kill, no_time, never)
