"""A brain on a generated city with everything that `citybrain run` serves, and a book of its beats.

`python -m benchmarks._live_server PLAN BOOK` prints its port and beats until its standard input ends, the world does or
it has made its beats; then it writes BOOK, the npz of `Beats`. PLAN is a `Plan` as JSON.
"""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import socket
import sys
import threading
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from citybrain.brain.build import Sources, Wishes, assemble, simulated_world
from citybrain.brain.config import Config, SensorSection
from citybrain.brain.runtime import Runtime
from citybrain.clock import SYSTEM
from citybrain.commands.serving import Access, serve_run
from citybrain.demand.generated import generate
from citybrain.settings import Settings
from citybrain.worlds.screen import Screen

SEED = 1
MEMORY_EVERY = 20  # beats
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Plan:
    """What is served; `speed` 0 = as fast as the beats come."""

    signals: int
    before_s: int  # beats before anything is served, so that there is traffic
    speed: float
    lasts_s: float = 3600.0  # of the demand
    film_s: float = Settings().replay_memory_s
    beats: int = 200_000  # after which it ends by itself

    def text(self) -> str:
        return json.dumps(asdict(self))


@dataclass(frozen=True, eq=False)
class Beats:
    """The book, arrays [n]: the world's time, begin and end of the step by the machine's clock, the brain's own part.

    `begin_s` and `end_s` are of CLOCK_MONOTONIC, which all processes of a machine share; `memory_mib` is what the
    process holds, nan in beats after which it was not looked up.
    """

    time_s: Any
    begin_s: Any
    end_s: Any
    brain_ms: Any
    memory_mib: Any

    def within(self, begin_s: float, end_s: float) -> Beats:
        """The beats that begin and end between two moments."""
        inside = (self.begin_s >= begin_s) & (self.end_s <= end_s)
        return Beats(*(column[inside] for column in vars(self).values()))


def read_book(path: Path) -> Beats:
    with np.load(path) as book:
        return Beats(*(book[name] for name in Beats.__dataclass_fields__))


def resident_mib() -> float:
    """Memory that this process holds."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * PAGE_BYTES / 2**20


def main(plan: Plan, book: Path) -> None:
    settings, screen = replace(Settings(), replay_memory_s=plan.film_s), Screen()
    runtime = _runtime(plan, settings, screen)
    for _ in range(plan.before_s):
        runtime.step()
    config = Config()
    config = replace(config, server=replace(config.server, port=_free_port()))
    with contextlib.redirect_stderr(io.StringIO()):  # its lines are for people
        end = serve_run(runtime, config, settings, None, Access(None, True), screen)
    print(config.server.port, runtime.brain.board.name, flush=True)
    rows = _beats(runtime, screen, _ended(), plan.beats)
    end()
    np.savez(book, **dict(zip(Beats.__dataclass_fields__, rows.T, strict=True)))


def _runtime(plan: Plan, settings: Settings, screen: Screen) -> Runtime:
    of = Sources(*generate(plan.signals, SEED, duration_s=plan.lasts_s))

    def world() -> Any:
        return simulated_world(of, "twin", SEED, SensorSection(), screen.turn_on)

    return assemble(world, Wishes(speed=plan.speed or math.inf), settings, SYSTEM, "bench")


def _beats(runtime: Runtime, screen: Screen, ended: threading.Event, most: int) -> Any:
    """Beat after beat as `citybrain run` makes them, each with its times: columns of the book [n, 5].

    The book is laid out at once: one that grew by lists would be the memory that it is to watch.
    """
    rows, n = np.full((most, len(Beats.__dataclass_fields__)), math.nan), 0
    begin_s = 0.0

    def begin() -> None:
        nonlocal begin_s
        screen.begin()
        begin_s = time.perf_counter()

    def after(beat: Any) -> None:
        nonlocal n
        end_s = time.perf_counter()
        screen.take()
        held_mib = resident_mib() if n % MEMORY_EVERY == 0 else math.nan
        rows[n] = beat.time_s, begin_s, end_s, runtime.brain.watch.times()["beat"].newest_ms, held_mib
        n += 1

    runtime.begin()
    runtime.run(math.inf, after, lambda: ended.is_set() or n >= most, begin)
    return rows[:n]


def _ended() -> threading.Event:
    """Set when nobody is left who would want more beats."""
    ended = threading.Event()

    def wait() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=wait, daemon=True).start()
    return ended


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


if __name__ == "__main__":
    main(Plan(**json.loads(sys.argv[1])), Path(sys.argv[2]))
