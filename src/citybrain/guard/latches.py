"""Which signals are latched, on disk: a latch outlives the referee, and ends by a person's name alone.

`latches.jsonl`: one line a trip or release, appended and on disk (fsync) before anybody is told. A last line that a
crash has cut off is dropped; a line that cannot be read anywhere else is an error, for nobody knows what it latched.
The standard library alone is used: this belongs to the referee.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from citybrain.guard.monitor import Fault, Trip

FILE = "latches.jsonl"
LINES_MAX = 1_000_000


class LatchError(Exception):
    """The book cannot be read, or a release names nobody."""


class LatchBook:
    """The book in a folder; both are made where they are missing."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / FILE
        self.latched: dict[str, Trip] = {}  # the first trip of every latched signal
        whole = self._read()
        self._file = self.path.open("ab")
        if whole < self.path.stat().st_size:
            self._file.truncate(whole)

    def latch(self, trips: Sequence[Trip]) -> list[str]:
        """Enter the trips of signals that are not latched yet; these signals, when they are on disk."""
        new = {trip.signal: trip for trip in reversed(trips) if trip.signal not in self.latched}
        lines = [
            {"latch": t.signal, "time_s": t.time_s, "fault": t.fault.name, "detail": t.detail} for t in new.values()
        ]
        if lines:
            self._write(lines)
            self.latched.update(new)
        return list(new)

    def release(self, signal: str, by: str, time_s: float) -> None:
        """A person takes a signal out of its latch. Raises LatchError without a name, or where there is no latch."""
        if not by.strip():
            raise LatchError(f"{signal}: a release needs the name of who answers for it")
        if signal not in self.latched:
            raise LatchError(f"{signal}: is not latched")
        self._write([{"release": signal, "time_s": time_s, "by": by.strip()}])
        del self.latched[signal]

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _write(self, lines: Sequence[dict[str, Any]]) -> None:
        self._file.write(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
        self._file.flush()
        os.fsync(self._file.fileno())

    def _read(self) -> int:
        """Enter what the file says; how many bytes of it are whole lines."""
        if not self.path.exists():
            return 0
        whole = 0
        for number, line in enumerate(self.path.read_bytes().splitlines(keepends=True), 1):
            if not line.endswith(b"\n"):
                break
            if number > LINES_MAX:
                raise LatchError(
                    f"{self.path}: more than {LINES_MAX} lines; archive it and enter what is still latched"
                )
            self._enter(number, line)
            whole += len(line)
        return whole

    def _enter(self, number: int, line: bytes) -> None:
        try:
            row = json.loads(line)
            if "release" in row:
                self.latched.pop(row["release"], None)
            else:
                trip = Trip(row["latch"], float(row["time_s"]), Fault[row["fault"]], row["detail"])
                self.latched.setdefault(trip.signal, trip)
        except (ValueError, KeyError, TypeError) as error:
            raise LatchError(f"{self.path}, line {number}: {error!r}; expected a latch or a release") from error
