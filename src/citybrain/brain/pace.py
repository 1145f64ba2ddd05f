"""When the next beat is due, and what is left out when the brain cannot keep up.

The order of leaving out is fixed and stated here: first what only people look at, then what changes slowly, then the
most numerous and most replaceable of the inputs. Counts, passages, signal states, the estimate of areas and everything
that control stands on are never left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntFlag

from citybrain.clock import Clock
from citybrain.errors import InputError

BEAT_S = 1.0
LATE_BEATS = 2.0  # so many beats behind: leave out more
CALM_BEATS = 30  # so many beats in time, one after another: leave out less
NAP_S = 0.5  # longest sleep at a time: who asks it to stop does not wait longer


class Shed(IntFlag):
    """What a beat leaves out."""

    NOTHING = 0
    TABLES = 1  # columns of every link and lane are published each TABLES_EVERY beats only
    HEALTH = 2  # sensor health is judged each HEALTH_EVERY beats only; its inputs are kept
    PROBES = 4  # every second probe vehicle, by its name, is not matched


LADDER = (Shed.NOTHING, Shed.TABLES, Shed.TABLES | Shed.HEALTH, Shed.TABLES | Shed.HEALTH | Shed.PROBES)


@dataclass
class Pace:
    """Holds the beats to the clock; `speed` is world seconds a second, inf = as fast as the beats come."""

    clock: Clock
    begin_s: float  # world time of the first beat
    speed: float = 1.0
    rung: int = 0
    calm: int = 0

    def __post_init__(self) -> None:
        if not self.speed > 0.0:
            raise InputError(f"speed {self.speed:g} is not possible; give a number above 0, or inf for no pacing")
        self.start(self.begin_s)

    def start(self, begin_s: float) -> None:
        """The world is at `begin_s` now."""
        self.begin_s, self._origin_s = begin_s, self.clock.monotonic_s()

    @property
    def shed(self) -> Shed:
        """What the next beat leaves out."""
        return LADDER[self.rung]

    def behind_s(self, time_s: float) -> float:
        """Seconds of the clock by which the world time `time_s` is later than it should be; negative = early."""
        if math.isinf(self.speed):
            return 0.0
        return (self.clock.monotonic_s() - self._origin_s) - (time_s - self.begin_s) / self.speed

    def wait(self, time_s: float, stopped: Callable[[], bool] = bool) -> float:
        """After the beat that ends at `time_s`: sleep until it is due, and judge; returns the seconds behind.

        Sleeps no longer than `NAP_S` after `stopped` begins to say so.
        """
        behind_s = self.behind_s(time_s)
        left_s = -behind_s
        while left_s > 0.0 and not stopped():
            nap_s = min(left_s, NAP_S)
            self.clock.sleep(nap_s)
            left_s -= nap_s
        self._judge(behind_s)
        return behind_s

    def _judge(self, behind_s: float) -> None:
        beat_s = BEAT_S / self.speed
        if behind_s > LATE_BEATS * beat_s:
            self.rung, self.calm = min(self.rung + 1, len(LADDER) - 1), 0
            return
        self.calm = self.calm + 1 if behind_s <= 0.5 * beat_s else 0
        if self.calm >= CALM_BEATS:
            self.rung, self.calm = max(self.rung - 1, 0), 0
