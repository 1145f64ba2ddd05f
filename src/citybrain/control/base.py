"""What every controller is: a look at the streets in, wished stages of all signals out."""

from __future__ import annotations

from typing import Protocol

from citybrain.city.model import I32
from citybrain.control.stages import StageState
from citybrain.records.readings import Readings


class Controller(Protocol):
    """Decides for all signals of a city in one call. It may keep a state, but asks no one else for anything."""

    @property
    def interval_s(self) -> int:
        """It wants to be asked every so many seconds, and its wishes hold in between."""
        ...

    @property
    def looks(self) -> bool:
        """False: it decides by the clock and the state of the signals, and is given empty readings (they cost time)."""
        ...

    def decide(self, readings: Readings, state: StageState) -> I32:
        """Wished stage of every signal [n_signals]: place within the signal, or KEEP.

        `state` is where the signals stand at `readings.time_s`, before the coming second.
        """
        ...
