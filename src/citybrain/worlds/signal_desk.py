"""Who decides what a signal shows: a live lease, else its own plan; and every change from one to the other is legal."""

from __future__ import annotations

import numpy as np

from citybrain.city.model import F64, I32, U8, Bool, City
from citybrain.control.fixed import FixedTime
from citybrain.control.plans import PlanPlayer
from citybrain.control.stages import GREEN, KEEP, advance, initial_state, show
from citybrain.control.table import SignalTable
from citybrain.errors import InputError
from citybrain.records.command import Commands

UNSEEN = 255  # no Colour
NONE = -1


class SignalDesk:
    """The colours of all signals, second by second.

    A signal with a live lease goes to the wished stage; minimum green, yellow and all-red are kept. It is taken over
    when its plan next shows a stage, with the age that this has. When the lease has expired, the signal follows the
    stages of its plan, changing as legally as before, until the plan shows the very stage that it is in for at least
    the rest of the minimum green; from then on the plan plays by itself. Signals of fewer than two stages always do.
    """

    def __init__(self, city: City) -> None:
        self.table = SignalTable.from_city(city)
        n = self.table.n_signals
        self._player, self._fixed = PlanPlayer(city), FixedTime(self.table)
        self._state = initial_state(self.table)
        self._signal = city.groups.signal
        self._wish: I32 = np.full(n, KEEP, np.int32)
        self._expires_s: F64 = np.full(n, -np.inf)
        self._steered: Bool = np.zeros(n, np.bool_)
        self._shown: U8 = np.full(self.table.n_groups, UNSEEN, np.uint8)
        self._age_s: I32 = np.zeros(n, np.int32)  # for which each signal has shown the present colours

    def apply(self, commands: Commands) -> None:
        """Take leases; the last one of a signal counts. Raises InputError naming the first row that is not usable."""
        signal, stage, expires_s = commands.signal, commands.stage, commands.expires_s
        if not signal.shape == stage.shape == expires_s.shape or signal.ndim != 1:
            raise InputError(
                f"commands of {signal.shape}, {stage.shape}, {expires_s.shape} rows; expected equally many"
            )
        known = (signal >= 0) & (signal < self.table.n_signals)
        n_stages = np.zeros(signal.size, np.int64)
        n_stages[known] = self.table.n_stages[signal[known]]
        wrong = ~known | (stage < 0) | (stage >= np.maximum(n_stages, 1)) | ~np.isfinite(expires_s)
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise InputError(
                f"command {row}: signal {signal[row]}, stage {stage[row]}, expires {expires_s[row]}; expected a signal "
                f"below {self.table.n_signals}, one of its {n_stages[row]} stages and a finite time"
            )
        self._wish[signal], self._expires_s[signal] = stage, expires_s

    def colours(self, time_s: float) -> U8:
        """Colours of all groups [n_groups] in the second that begins at `time_s`."""
        live = self._expires_s > time_s
        for signal in np.flatnonzero(live & ~self._steered & (self.table.n_stages >= 2)):
            self._take_over(int(signal))
        for signal in np.flatnonzero(self._steered & ~live):
            self._give_back(int(signal), time_s)
        wishes = np.where(live, self._wish, self._fixed.stages_at(time_s))
        wishes = np.where(self._steered, wishes, KEEP).astype(np.int32)
        self._state = advance(self.table, self._state, wishes)
        colours = show(self.table, self._state)
        self._player.paint(time_s, np.flatnonzero(~self._steered), colours)
        return colours

    @property
    def steered(self) -> Bool:
        """[n_signals] not played by its own plan in the second that `colours` was last asked for."""
        return self._steered

    def see(self, shown: U8) -> None:
        """Take note of what all groups [n_groups] have displayed in the second that has passed."""
        changed = np.zeros(self.table.n_signals, np.bool_)
        changed[self._signal[shown != self._shown]] = True
        self._age_s = np.where(changed, 1, self._age_s + 1).astype(np.int32)
        self._shown = shown.copy()

    def _take_over(self, signal: int) -> None:
        """Begin to steer a signal if it shows one of its stages."""
        stage = self._stage_of(signal, self._shown)
        if stage == NONE:
            return
        self._steered[signal] = True
        state = self._state
        state.stage[signal] = state.target[signal] = stage
        state.mode[signal], state.age_s[signal] = GREEN, self._age_s[signal]

    def _give_back(self, signal: int, time_s: float) -> None:
        """Leave a signal to its plan if this goes on with what is shown."""
        state = self._state
        if state.mode[signal] != GREEN:
            return
        rest_s = max(int(self.table.min_green_s[signal] - state.age_s[signal]), 1)
        colours = np.zeros(self.table.n_groups, np.uint8)
        for second in range(rest_s):
            self._player.paint(time_s + second, np.array([signal]), colours)
            if self._stage_of(signal, colours) != state.stage[signal]:
                return
        self._steered[signal] = False

    def _stage_of(self, signal: int, colours: U8) -> int:
        """Stage that a signal shows in these colours of all groups; NONE while it changes."""
        table = self.table
        own = colours[table.first_group[signal] : table.first_group[signal + 1]]
        for row in range(int(table.stage_offset[signal]), int(table.stage_offset[signal + 1])):
            if np.array_equal(table.colours[table.colour_offset[row] : table.colour_offset[row + 1]], own):
                return row - int(table.stage_offset[signal])
        return NONE


__all__ = ["SignalDesk"]
