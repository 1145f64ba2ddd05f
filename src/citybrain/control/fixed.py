"""Fixed time: the stages of the city's default plans, by the clock."""

from __future__ import annotations

import numpy as np

from citybrain.city.model import I32
from citybrain.control.scores import row_sums
from citybrain.control.stages import KEEP, StageState
from citybrain.control.table import SignalTable
from citybrain.records.readings import Readings


class FixedTime:
    """Wishes the stage that the plan gives the coming green to, from the end of the green before it.

    Where the plan's yellow and red between two stages last as long as the signal's own, the shown colours are the
    plan's, second by second.
    """

    interval_s = 1
    looks = False

    def __init__(self, table: SignalTable) -> None:
        self._table = table
        n_steps = np.diff(table.sequence_offset)
        self._signal = np.repeat(np.arange(table.n_signals), n_steps)
        self._n_steps = n_steps
        self._steers = (n_steps > 0) & (table.cycle_s > 0.0)

    def decide(self, readings: Readings, state: StageState) -> I32:  # noqa: ARG002
        """Wished stage of every signal at `readings.time_s`; nothing else of the readings is used."""
        return self.stages_at(readings.time_s)

    def stages_at(self, time_s: float) -> I32:
        """Stage of every signal's plan at a time [n_signals]; KEEP where there is none."""
        table = self._table
        cycle_s = np.where(table.cycle_s > 0.0, table.cycle_s, 1.0)
        in_cycle_s = (time_s - table.offset_s) % cycle_s
        passed = table.sequence_end_s <= in_cycle_s[self._signal]
        step = row_sums(table.sequence_offset, passed) % np.maximum(self._n_steps, 1)
        stage = np.full(table.n_signals, KEEP, np.int32)
        rows = table.sequence_offset[:-1] + step
        stage[self._steers] = table.sequence_stage[rows[self._steers]]
        return stage
