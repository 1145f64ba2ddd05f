"""What a what-if costs the live loop, and how fast it answers; what the film of the live picture costs a beat.

The demo city beats once a second of its own time, as fast as the clock allows up to ten times real time, first alone
and then beside what-ifs that run without pause in their process. Beats are compared by their median and 95th
percentile; what-ifs by what they simulate in a second. Blocks alone and beside take turns, so that a machine that is
busy with other things is busy with both.
"""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from benchmarks._bench import Figure, Report

from citybrain.brain.build import Sources, Wishes, assemble, simulated_world
from citybrain.brain.config import SensorSection
from citybrain.brain.runtime import Runtime
from citybrain.clock import SYSTEM
from citybrain.demand.generated import generate
from citybrain.evaluate.whatif.change import Change
from citybrain.evaluate.whatif.paired import Question
from citybrain.evaluate.whatif.process import ask_process
from citybrain.evaluate.whatif.reins import Reins
from citybrain.server.film import Film
from citybrain.server.film_store import MemoryStore
from citybrain.server.whatif_desk import OVER, Desk, Job, Means
from citybrain.settings import Settings
from citybrain.worlds.screen import Screen

DOCUMENT = Path(__file__).parents[1] / "docs" / "cockpit.md"
SEED = 1
BEFORE_S = 600  # there is traffic by then
BEAT_S = 0.1  # ten times real time
QUESTION = Question(Change(demand_factor=1.2), 900, seeds=3)
SLOWER_MAX = 1.10  # the beats beside a what-if, in the median
FILM_MAX = 0.10  # of a beat
AHEAD_MIN = 60.0  # simulated seconds a second, on one process


@dataclass
class Demo:
    """The city, its loop and its desk."""

    runtime: Runtime
    screen: Screen
    desk: Desk
    film: Film
    beats_s: list[float] = field(default_factory=list)
    film_s: list[float] = field(default_factory=list)

    def beat(self) -> None:
        begin = time.perf_counter()
        self.screen.begin()
        self.runtime.step()
        done = time.perf_counter()
        self.film.take(self.runtime.world.time_s)
        filmed = time.perf_counter()
        self.beats_s.append(done - begin)
        self.film_s.append(filmed - done)
        self.screen.take()
        SYSTEM.sleep(BEAT_S - (time.perf_counter() - begin))

    def block(self, beats: int) -> list[float]:
        """So many beats, and how long each took."""
        self.beats_s = []
        for _ in range(beats):
            self.beat()
        return self.beats_s


def main(quick: bool) -> Report:
    """Blocks alone and beside, in turns."""
    demo = _demo(30 if quick else 100)
    alone, beside, took = list[float](), list[float](), list[float]()
    for _ in range(2 if quick else 6):
        alone += demo.block(60 if quick else 150)
        asked = _Asking(demo.desk)
        beside += demo.block(60 if quick else 150)
        took += asked.end()
    demo.film.close()
    ahead_s = 2 * QUESTION.seeds * QUESTION.horizon_s
    here, there = np.array(alone) * 1000.0, np.array(beside) * 1000.0
    film_ms = float(np.median(demo.film_s)) * 1000.0
    return Report(
        [
            Figure(
                "beat, median, beside / alone", float(np.median(there) / np.median(here)), SLOWER_MAX, at_least=False
            ),
            Figure("film, of a beat", film_ms / float(np.median(here)), FILM_MAX, at_least=False),
            Figure("simulated ahead, its start included", ahead_s / min(took), AHEAD_MIN, at_least=True, unit="s/s"),
        ],
        [
            f"beat alone: p50 {np.median(here):.1f} ms, p95 {np.percentile(here, 95):.1f} ms; "
            f"beside: p50 {np.median(there):.1f} ms, p95 {np.percentile(there, 95):.1f} ms",
            f"{len(took)} what-ifs of 15 min ahead on {QUESTION.seeds} seeds, both courses: "
            f"{min(took):.1f} to {max(took):.1f} s; film {film_ms:.2f} ms a beat",
        ],
    )


class _Asking:
    """Asks one what-if after another until it is told to end."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._end = desk, threading.Event()
        self._done: list[Job] = []
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def _ask(self) -> None:
        while not self._end.is_set():
            job = self._desk.ask(QUESTION, "", "")
            while job.state not in OVER:
                SYSTEM.sleep(0.05)
                if self._end.is_set() and self._done:
                    self._desk.cancel(job)
            self._done.append(job)

    def end(self) -> list[float]:
        """How long each took, those called off left out."""
        self._end.set()
        self._thread.join(120.0)
        return [job.took_s for job in self._done if job.result is not None]


def _demo(signals: int) -> Demo:
    screen, settings = Screen(), Settings()
    of = Sources(*generate(signals, SEED))
    runtime = assemble(
        lambda: simulated_world(of, "twin", SEED, SensorSection(), screen.turn_on),
        Wishes(speed=math.inf),
        settings,
        SYSTEM,
    )
    reins = Reins(SYSTEM)
    screen.begins.append(reins.hold)
    screen.cameras.append(reins.go)
    run = partial(ask_process, reins=reins)
    desk = Desk(Means(screen.ask_fork, lambda: runtime.world.time_s, run), settings, SYSTEM)
    film = Film(runtime.brain.board.hub, runtime.world.city, MemoryStore(3600.0, 1 << 28))
    for _ in range(BEFORE_S):
        runtime.step()
    return Demo(runtime, screen, desk, film)
