"""How long each stage of a beat takes: the newest value, and the distribution over the last minutes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citybrain.clock import Clock

KEPT = 600  # beats whose times are kept
WHOLE = "beat"  # all stages together


@dataclass(frozen=True)
class StageTime:
    """Milliseconds of the clock that one stage took; quantiles over the beats kept."""

    newest_ms: float
    p50_ms: float
    p99_ms: float


class Stopwatch:
    """Times the stages of one beat after the other. It tells nothing to any stage, so it changes no result."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rings: dict[str, NDArray[np.float64]] = {}
        self._beat: dict[str, float] = {}
        self.beats = 0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what runs inside; a stage that runs twice in a beat counts with both."""
        begin_s = self._clock.monotonic_s()
        try:
            yield
        finally:
            spent_ms = 1000.0 * (self._clock.monotonic_s() - begin_s)
            self._beat[name] = self._beat.get(name, 0.0) + spent_ms

    def end_beat(self) -> None:
        """Close the beat: its times become part of the distribution."""
        self._beat[WHOLE] = sum(self._beat.values())
        for name in self._beat.keys() - self._rings.keys():
            self._rings[name] = np.full(KEPT, np.nan)
        for name, ring in self._rings.items():
            ring[self.beats % KEPT] = self._beat.get(name, 0.0)
        self._beat.clear()
        self.beats += 1

    def times(self) -> dict[str, StageTime]:
        """Every stage by name, and `WHOLE`; empty before the first beat has ended."""
        last = (self.beats - 1) % KEPT
        return {name: _times(ring, last) for name, ring in self._rings.items()}


def _times(ring: NDArray[np.float64], last: int) -> StageTime:
    known = ring[~np.isnan(ring)]
    p50_ms, p99_ms = np.percentile(known, (50, 99))
    return StageTime(float(ring[last]), float(p50_ms), float(p99_ms))
