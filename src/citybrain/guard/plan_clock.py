"""Where the clock has the default plan of every signal: which stage it shows, since when, and for how long yet."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from citybrain.control.table import SignalTable

NONE = -1


class Moment(NamedTuple):
    """What a plan does at one time."""

    stage: int  # place within the signal; NONE between two stages, or without a plan
    since_s: float  # how long it has been shown
    left_s: float  # how long it will be shown yet; inf = always


class PlanClock:
    """Reads the plans of a table. A stage that follows itself without a pause is one."""

    def __init__(self, table: SignalTable) -> None:
        self._cycle_s, self._offset_s = table.cycle_s.tolist(), table.offset_s.tolist()
        self._steps: list[list[tuple[float, float, int]]] = []
        for s in range(table.n_signals):
            rows = slice(int(table.sequence_offset[s]), int(table.sequence_offset[s + 1]))
            end_s, stage = table.sequence_end_s[rows], table.sequence_stage[rows]
            begin_s = end_s - table.sequence_green_s[rows]
            self._steps.append(_merged(list(zip(begin_s.tolist(), end_s.tolist(), stage.tolist(), strict=True))))

    def at(self, signal: int, time_s: float) -> Moment:
        """The second of a signal's plan that begins at `time_s`."""
        cycle_s, steps = self._cycle_s[signal], self._steps[signal]
        if not steps or cycle_s <= 0.0:
            return Moment(NONE, 0.0, math.inf)
        if len(steps) == 1 and steps[0][1] - steps[0][0] >= cycle_s:
            return Moment(steps[0][2], math.inf, math.inf)
        in_cycle_s = (time_s - self._offset_s[signal]) % cycle_s
        for begin_s, end_s, stage in steps:
            for shifted_s in (in_cycle_s, in_cycle_s + cycle_s):  # a stage may go on over the end of the cycle
                if begin_s <= shifted_s < end_s:
                    return Moment(stage, shifted_s - begin_s, end_s - shifted_s)
        return Moment(NONE, 0.0, 0.0)

    def shortest_gap_s(self, signal: int) -> float:
        """Least time between two stages of a signal's plan; inf for fewer than two."""
        steps, cycle_s = self._steps[signal], self._cycle_s[signal]
        if len(steps) < 2:
            return math.inf
        begins, ends = np.array([step[0] for step in steps]), np.array([step[1] for step in steps])
        return float(np.min((np.roll(begins, -1) - ends) % cycle_s))


def _merged(steps: list[tuple[float, float, int]]) -> list[tuple[float, float, int]]:
    merged: list[tuple[float, float, int]] = []
    for begin_s, end_s, stage in steps:
        if end_s <= begin_s:
            continue
        if merged and merged[-1][2] == stage and merged[-1][1] >= begin_s:
            merged[-1] = (merged[-1][0], end_s, stage)
        else:
            merged.append((begin_s, end_s, stage))
    return merged
