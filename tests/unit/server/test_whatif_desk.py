"""The desk for what-ifs: so many at once, in line and kept; each can be called off, and says what failed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import pytest
from _brain import at_once

from citybrain.clock import ManualClock
from citybrain.errors import BusyError, InputError, LimitError
from citybrain.evaluate.whatif.change import Change
from citybrain.evaluate.whatif.paired import Question
from citybrain.server.whatif_desk import OVER, Desk, Job, Means, State
from citybrain.settings import Settings

WAIT_S = 10.0
QUESTION = Question(Change(demand_factor=1.1), 600, 2)


@dataclass
class Streets:
    """Runs nothing until it is let go."""

    go: threading.Event = field(default_factory=threading.Event)
    begun: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    running: int = 0
    most: int = 0
    fails: Exception | None = None

    def run(
        self, packed: bytes, question: Question, bounds: Any, tell: Callable[[float], None], *ends: Callable[[], Any]
    ) -> dict[str, Any] | None:
        assert (packed, question, bounds.time_s) == (b"streets", QUESTION, 600.0)
        self.running += 1
        self.most = max(self.most, self.running)
        tell(0.5)
        self.begun.release()
        _, ended = ends
        while not self.go.wait(0.005):
            if ended():
                self.running -= 1
                return None
        self.running -= 1
        if self.fails is not None:
            raise self.fails
        return {"answer": 42}


def desk_of(streets: Streets, **settings: int) -> Desk:
    return Desk(Means(at_once, lambda: 77.0, streets.run), Settings(**settings), ManualClock())


def settled(job: Job) -> Job:
    """The job, when it is over."""
    done = threading.Event()
    for _ in range(2000):
        if job.state in OVER:
            return job
        done.wait(0.005)
    raise AssertionError(f"never over: {job}")


def ask(desk: Desk, title: str = "try") -> Job:
    return desk.ask(QUESTION, title, "ann")


def test_a_question_is_answered_and_kept() -> None:
    streets = Streets()
    desk = desk_of(streets)
    job = ask(desk)
    assert streets.begun.acquire(timeout=WAIT_S)
    assert (job.state, job.share, job.fork_s) == (State.RUNNING, 0.5, 77.0)
    streets.go.set()
    assert settled(job).state is State.DONE
    assert job.result == {"answer": 42}
    assert desk.get(job.name) is job
    assert desk.jobs() == [job]


def test_so_many_at_once_and_the_others_in_turn() -> None:
    streets = Streets()
    desk = desk_of(streets, whatif_at_once=2, whatif_waiting=3)
    jobs = [ask(desk) for _ in range(5)]
    for _ in range(2):
        assert streets.begun.acquire(timeout=WAIT_S)
    assert sorted(job.state for job in jobs) == ["running"] * 2 + ["waiting"] * 3
    with pytest.raises(BusyError, match="5 what-ifs run or wait; at most 5"):
        ask(desk)
    streets.go.set()
    assert {settled(job).state for job in jobs} == {State.DONE}
    assert streets.most == 2
    assert settled(ask(desk)).state is State.DONE, "there is room again"


def test_one_that_runs_and_one_that_waits_are_called_off() -> None:
    streets = Streets()
    desk = desk_of(streets)
    first, second = ask(desk), ask(desk)
    assert streets.begun.acquire(timeout=WAIT_S)
    desk.cancel(second)
    assert second.state is State.CANCELLED
    desk.cancel(first)
    assert settled(first).state is State.CANCELLED
    assert first.result is None
    streets.go.set()
    third = settled(ask(desk))
    assert third.state is State.DONE
    desk.cancel(third)
    assert third.state is State.DONE, "what is over stays as it is"
    assert second.state is State.CANCELLED


def test_who_was_called_off_does_not_stay_in_line() -> None:
    streets = Streets()
    desk = desk_of(streets, whatif_waiting=1)
    first = ask(desk)
    assert streets.begun.acquire(timeout=WAIT_S)
    before = threading.active_count()
    for _ in range(20):
        desk.cancel(ask(desk))
    pause = threading.Event()
    for _ in range(400):
        if threading.active_count() <= before:
            break
        pause.wait(0.01)
    assert threading.active_count() <= before
    streets.go.set()
    assert settled(first).state is State.DONE


def test_the_newest_are_kept_and_none_that_is_under_way_is_forgotten() -> None:
    streets = Streets()
    desk = desk_of(streets, whatif_kept=3, whatif_waiting=10)
    streets.go.set()
    names = [settled(ask(desk)).name for _ in range(6)]
    assert [job.name for job in desk.jobs()] == names[:-4:-1]
    assert desk.get(names[0]) is None
    streets.go.clear()
    under_way = [ask(desk) for _ in range(5)]
    assert all(desk.get(job.name) is job for job in under_way)
    desk.close()
    assert {settled(job).state for job in under_way} == {State.CANCELLED}


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (InputError("link 'x' is not in the city"), "link 'x'"),
        (LimitError("it took longer"), "took longer"),
        (RuntimeError("what nobody thought of"), "it failed: what nobody thought of"),
        (OSError(11, "Resource temporarily unavailable"), "no process could be started: Resource"),
    ],
)
def test_what_failed_is_said(error: Exception, words: str) -> None:
    streets = Streets(fails=error)
    streets.go.set()
    job = settled(ask(desk_of(streets)))
    assert job.state is State.FAILED
    assert words in job.trouble


def test_a_loop_that_hangs_is_not_waited_for_without_end() -> None:
    hanging: Future[bytes] = Future()
    desk = Desk(Means(lambda: hanging, lambda: 0.0, Streets().run), Settings(action_wait_s=1), ManualClock())
    job = settled(ask(desk))
    assert "the loop hangs" in job.trouble


def test_titles_are_cut_and_names_are_not_guessed() -> None:
    streets = Streets()
    streets.go.set()
    desk = desk_of(streets)
    jobs = [settled(ask(desk, "x" * 1000)) for _ in range(3)]
    assert {len(job.title) for job in jobs} == {120}
    assert len({job.name for job in jobs}) == 3
