"""The referee's process, seen from the street side: colours go in every second, latches come out.

What the referee says holds. Where it says nothing within the time, or its process has ended, nobody watches: then
every signal counts as latched, and the whole city runs on its local plans until the referee is there again.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
from collections import deque
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from citybrain.city.gmns import write_gmns
from citybrain.city.model import I64, U8, City
from citybrain.errors import EngineError, InputError
from citybrain.guard.monitor import Fault, Trip
from citybrain.guard.monitor_main import HEAD
from citybrain.guard.monitor_table import Bounds
from citybrain.guard.rules import RETURNS_MAX
from citybrain.settings import Settings

START_S = 60.0
ANSWER_S = 2.0
TRIPS_KEPT = 1000


def bounds_of(settings: Settings) -> Bounds:
    """What the referee holds signals to, beside their own figures."""
    return Bounds(
        green_min_s=settings.guard_green_min_s,
        yellow_min_s=settings.guard_yellow_min_s,
        green_max_s=settings.guard_green_max_s,
        red_max_s=settings.guard_red_max_s,
        changes_max=settings.guard_changes_max + RETURNS_MAX,
        changes_s=settings.guard_changes_s,
        silent_s=settings.guard_silent_s,
    )


class Referee:
    """Starts the referee's process. It reads the city from its files: `folder`/city, written anew.

    Args:
        city: what stands.
        settings: the limits.
        folder: keeps the city's files and the book of latches; None = nothing is kept.

    Raises InputError where the process does not begin.
    """

    def __init__(self, city: City, settings: Settings, folder: Path | None = None) -> None:
        self._own = None if folder is not None else tempfile.TemporaryDirectory(prefix="citybrain-referee-")
        folder = Path(self._own.name) if self._own is not None else Path(folder or "")
        files = folder / "city"
        write_gmns(city, files)
        self._row = {name: row for row, name in enumerate(city.signals.signal_id)}
        self._every = np.arange(len(self._row))
        self.trips: deque[Trip] = deque(maxlen=TRIPS_KEPT)  # the newest ones
        self.n_trips = 0
        bounds = json.dumps(asdict(bounds_of(settings)))
        command = [sys.executable, "-m", "citybrain.guard.monitor_main", str(files), str(folder), bounds]
        path = os.pathsep.join(entry for entry in sys.path if entry)
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,  # a Ctrl-C for the program is none for the referee: it ends when its input does
        )
        self.lost = ""  # why nobody watches; "" = somebody does
        self._latched = np.zeros(0, np.int64)
        first = self._hear(START_S)
        if self.lost or "groups" not in first:
            raise InputError(f"the referee does not begin: {self.lost or first}; see its message above")
        self.oddities: list[str] = first["oddities"]

    @property
    def pid(self) -> int:
        """Of the referee's process."""
        return self._process.pid

    @property
    def latched(self) -> I64:
        """Rows of the signals that belong to their local plans: all, when nobody watches."""
        return self._every if self.lost else self._latched

    def see(self, time_s: float, shown: U8) -> I64:
        """Show the colours of all groups in the second from `time_s`; `latched` after it."""
        if not self.lost:
            found = self._ask(b"S", time_s, np.ascontiguousarray(shown, np.uint8).tobytes())
            if "error" in found:
                self._lose(found["error"])
            trips = [Trip(signal, at_s, Fault[fault], detail) for signal, at_s, fault, detail in found.get("trips", ())]
            self.trips.extend(trips)
            self.n_trips += len(trips)
        return self.latched

    def release(self, signal: str, by: str, time_s: float) -> None:
        """A person takes a signal out of its latch. Raises EngineError where the referee refuses."""
        found = self._ask(b"R", time_s, f"{signal}\0{by}".encode())
        if self.lost or "error" in found:
            raise EngineError(f"not released: {self.lost or found['error']}")

    def close(self) -> None:
        """End the process. Closing twice does nothing."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            with suppress(BrokenPipeError):  # it has ended before
                self._process.stdin.close()
        try:
            self._process.wait(ANSWER_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self.lost = self.lost or "closed"
        if self._own is not None:
            self._own.cleanup()

    def _ask(self, kind: bytes, time_s: float, body: bytes) -> dict[str, Any]:
        pipe = self._process.stdin
        assert pipe is not None
        try:
            pipe.write(HEAD.pack(kind, time_s, len(body)) + body)
            pipe.flush()
        except (OSError, ValueError) as error:
            self._lose(f"its process takes nothing ({error})")
            return {}
        return self._hear(ANSWER_S)

    def _hear(self, wait_s: float) -> dict[str, Any]:
        """One answer; {} and `lost` where none comes in time."""
        pipe = self._process.stdout
        assert pipe is not None
        ready, _, _ = select.select([pipe], [], [], wait_s)
        line = pipe.readline() if ready else b""
        if not line.endswith(b"\n"):
            self._lose("its process has ended" if ready else f"no answer within {wait_s:g} s")
            return {}
        found: dict[str, Any] = json.loads(line)
        if "latched" in found:
            self._latched = np.array(sorted(self._row[name] for name in found["latched"]), np.int64)
        return found

    def _lose(self, why: str) -> None:
        self.lost = self.lost or why
