"""Gap actuation: a green goes on while vehicles follow closely, between a minimum and a maximum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citybrain.city.model import I32, I64, Bool
from citybrain.control.scores import StageGrid, row_sums
from citybrain.control.stages import GREEN, KEEP, StageState
from citybrain.control.table import SignalTable
from citybrain.errors import InputError
from citybrain.records.readings import Readings


@dataclass(frozen=True)
class ActuatedOptions:
    max_gap_s: float = 3.0
    skip_empty: bool = False  # pass over stages that nobody waits for; rest in green where nobody waits at all

    def __post_init__(self) -> None:
        if not self.max_gap_s > 0.0:
            raise InputError(f"max_gap_s = {self.max_gap_s}: expected above 0")


class Actuated:
    """The plan's stages in the plan's order, each held while some served lane's headway is below `max_gap_s`.

    The rule is SUMO's `actuated`, from the same readings: time since a vehicle was last over the detector (0 while
    one is), the step's shortest and longest green. Only leading lanes extend (`SignalTable.leading`): a queue that
    waits for gaps, or behind a turn that has red, would hold the green to its maximum.
    """

    interval_s = 1
    looks = True

    def __init__(self, table: SignalTable, options: ActuatedOptions | None = None) -> None:
        self._table = table
        self._options = options or ActuatedOptions()
        self._grid = StageGrid(table)
        self._n_steps = np.diff(table.sequence_offset)
        self._steers: Bool = table.n_stages > 1
        self._step: I64 | None = None  # where each signal is in its sequence

    def decide(self, readings: Readings, state: StageState) -> I32:
        """Wished stage of every signal."""
        table, steers = self._table, self._steers
        if self._step is None:
            self._step = self._first_steps(state)
        here = (table.sequence_offset[:-1] + self._step)[steers]
        stage, age_s = state.stage[steers], state.age_s[steers]
        arrived = (state.mode[steers] == GREEN) & (stage == table.sequence_stage[here])
        held = self._followed(readings)[self._grid.current_rows(state.stage)[steers]]
        over = (age_s >= table.sequence_max_s[here]) | ((age_s >= table.sequence_min_s[here]) & ~held)
        self._step[steers] = np.where(arrived & over, self._next_steps(readings), self._step[steers])
        wishes = np.full(table.n_signals, KEEP, np.int32)
        wishes[steers] = table.sequence_stage[(table.sequence_offset[:-1] + self._step)[steers]]
        return wishes

    def _followed(self, readings: Readings) -> Bool:
        """For each stage row: does a vehicle follow within the gap on some lane that may extend it?"""
        close = readings.headway_s < self._options.max_gap_s
        return row_sums(self._table.lane_offset, close[self._table.lane] & self._table.leading) > 0

    def _next_steps(self, readings: Readings) -> I64:
        """The step after the present one, of the signals that are steered."""
        assert self._step is not None
        step, n_steps = self._step[self._steers], self._n_steps[self._steers]
        following: I64 = (step + 1) % n_steps
        if not self._options.skip_empty:
            return following
        wanted = row_sums(self._table.lane_offset, readings.near_count[self._table.lane]) > 0
        first_row, first_step = self._table.stage_offset[:-1][self._steers], self._table.sequence_offset[:-1]
        result, found = step.copy(), np.zeros(len(step), np.bool_)
        for ahead in range(1, int(n_steps.max(initial=1))):
            candidate = (step + ahead) % n_steps
            row = first_row + self._table.sequence_stage[first_step[self._steers] + candidate]
            take = ~found & wanted[row]
            result[take] = candidate[take]
            found |= take
        return result

    def _first_steps(self, state: StageState) -> I64:
        """The first step of each signal's sequence that shows the stage where the signal stands."""
        table = self._table
        signal = np.repeat(np.arange(table.n_signals), self._n_steps)
        here = np.flatnonzero(table.sequence_stage == state.stage[signal])
        steps = np.zeros(table.n_signals, np.int64)
        steps[signal[here[::-1]]] = (here - table.sequence_offset[:-1][signal[here]])[::-1]
        return steps
