"""Where what-ifs are asked for, run one after another in processes of their own, and kept for a while."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from citybrain.clock import Clock
from citybrain.errors import BusyError, CityBrainError
from citybrain.evaluate.whatif.paired import Question
from citybrain.settings import Settings

TITLE_MAX = 120
TURN_S = 0.25  # how often one who waits looks whether he was called off


class State(StrEnum):
    """Where a what-if stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OVER = (State.DONE, State.FAILED, State.CANCELLED)


@dataclass
class Job:
    """One what-if."""

    name: str  # its place in addresses
    title: str
    who: str
    question: Question
    state: State = State.WAITING
    share: float = 0.0  # done, 0 to 1
    fork_s: float = float("nan")  # the city's time at the fork
    took_s: float = 0.0
    trouble: str = ""
    result: dict[str, Any] | None = None
    ended: threading.Event = field(default_factory=threading.Event)  # somebody has called it off


@dataclass(frozen=True)
class Means:
    """What a desk needs of the world around it.

    `ask_fork` gives the streets as they are, packed; `run` is `process.ask_process`, but for tests.
    """

    ask_fork: Callable[[], Future[bytes]]
    now_s: Callable[[], float]
    run: Callable[..., dict[str, Any] | None]


class Desk:
    """Takes questions, and answers them when their turn comes. `why` says why none can be asked here; "" = they can."""

    def __init__(self, means: Means | None, settings: Settings, clock: Clock, why: str = "") -> None:
        self._means, self._settings, self._clock = means, settings, clock
        self.why = why if means is None else ""
        self._jobs: dict[str, Job] = {}  # oldest first
        self._lock = threading.Lock()
        self._turns = threading.Semaphore(settings.whatif_at_once)

    def jobs(self) -> list[Job]:
        """All that are kept, newest first."""
        with self._lock:
            return list(self._jobs.values())[::-1]

    def get(self, name: str) -> Job | None:
        """The one of this name, while it is kept."""
        return self._jobs.get(name)

    def ask(self, question: Question, title: str, who: str) -> Job:
        """Take a question. Raises BusyError where too many wait."""
        assert self._means is not None
        job = Job(secrets.token_hex(4), title[:TITLE_MAX], who, question)
        with self._lock:
            open_ones = sum(one.state not in OVER for one in self._jobs.values())
            most = self._settings.whatif_at_once + self._settings.whatif_waiting
            if open_ones >= most:
                raise BusyError(f"{open_ones} what-ifs run or wait; at most {most} (whatif_at_once, whatif_waiting)")
            self._jobs[job.name] = job
            self._forget()
        threading.Thread(target=self._work, args=(job, self._means), name=f"whatif-{job.name}", daemon=True).start()
        return job

    def _forget(self) -> None:
        over = [name for name, job in self._jobs.items() if job.state in OVER]
        for name in over[: max(len(self._jobs) - self._settings.whatif_kept, 0)]:
            del self._jobs[name]

    def cancel(self, job: Job) -> None:
        """Call it off; one that is over stays as it is."""
        job.ended.set()
        if job.state is State.WAITING:
            job.state = State.CANCELLED

    def close(self) -> None:
        """Call everything off."""
        for job in self.jobs():
            self.cancel(job)

    def _work(self, job: Job, means: Means) -> None:
        while not self._turns.acquire(timeout=TURN_S):
            if job.ended.is_set():
                return  # nobody who was called off stays in line
        try:
            if not job.ended.is_set():
                self._run(job, means)
        finally:
            self._turns.release()

    def _run(self, job: Job, means: Means) -> None:
        job.state, begin_s = State.RUNNING, self._clock.monotonic_s()
        try:
            found = self._answer(job, means, begin_s)
            job.took_s = self._clock.monotonic_s() - begin_s
            job.result = found
            job.state = State.CANCELLED if found is None else State.DONE
        except TimeoutError:
            self._fail(job, "no beat came to fork from: the loop hangs")
        except CityBrainError as error:
            self._fail(job, str(error))
        except OSError as error:
            self._fail(job, f"no process could be started: {error.strerror or error}")
        except Exception as error:  # whatever it was, nobody waits for it without end
            self._fail(job, f"it failed: {error}")

    @staticmethod
    def _fail(job: Job, why: str) -> None:
        job.trouble, job.state = why, State.FAILED

    def _answer(self, job: Job, means: Means, begin_s: float) -> dict[str, Any] | None:
        from citybrain.evaluate.whatif.process import Bounds

        packed = means.ask_fork().result(self._settings.action_wait_s)
        job.fork_s = means.now_s()
        bounds = Bounds(self._settings.whatif_memory_mib, float(self._settings.whatif_time_s))

        def on_share(share: float) -> None:
            job.share = share

        return means.run(
            packed, job.question, bounds, on_share, lambda: self._clock.monotonic_s() - begin_s, job.ended.is_set
        )
