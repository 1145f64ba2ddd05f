"""Samples of a running city, brought to means of minutes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from citybrain.records.history import MinuteSeries

__all__ = ["MINUTE_S", "SAMPLE_S", "MinuteMeans", "Sample"]

MINUTE_S = 60
# One look a minute would always meet a signal of a 60 s cycle in the same phase, and call its queue always long or
# never; five looks a minute meet every cycle from 15 s on, but for 24 s, in three phases or more.
SAMPLE_S = 12
Sample = tuple[float, ...]  # seconds since begin, in transit, waiting, queued, mean speed, finished


@dataclass
class MinuteMeans:
    """Grows sample by sample, one every `SAMPLE_S`; a minute is full when its last sample has come."""

    minutes: list[Sample] = field(default_factory=list)
    parts: list[Sample] = field(default_factory=list)  # of the minute that is not full yet

    def add(self, sample: Sample) -> None:
        """Take a sample; its time is a multiple of `SAMPLE_S`."""
        self.parts.append(sample)
        if sample[0] % MINUTE_S == 0.0:
            self.minutes.append(mean_of(self.parts))
            self.parts.clear()

    def copy(self) -> MinuteMeans:
        return MinuteMeans(list(self.minutes), list(self.parts))

    def series(self) -> MinuteSeries:
        """The full minutes."""
        return MinuteSeries(*np.array(self.minutes, np.float64).reshape(-1, 6).T)


def mean_of(parts: Sequence[Sample]) -> Sample:
    """Time and finished trips at the end, counts as means, speed as the mean over all vehicles of all samples."""
    t_s, running, waiting, queued, speed_mps, finished = np.array(parts, np.float64).T
    moved = float((np.where(running > 0.0, speed_mps, 0.0) * running).sum())
    mean_mps = moved / float(running.sum()) if running.sum() > 0.0 else math.nan
    return (float(t_s[-1]), *(float(row.mean()) for row in (running, waiting, queued)), mean_mps, float(finished[-1]))
