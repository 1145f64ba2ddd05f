"""A simulated city as a world: whatever moves the vehicles, this is all that the brain sees and can do."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City
from citybrain.errors import InputError
from citybrain.guard.desk import DeskTables, SignalDesk
from citybrain.records.command import Commands
from citybrain.records.observations import Observations
from citybrain.twin.sensing import Sightings
from citybrain.twin.twin import Vehicles
from citybrain.worlds.truth_ledger import TruthLedger

__all__ = ["Streets", "Traffic", "Watch", "scored"]


class Traffic(Protocol):
    """A simulator with virtual sensors. It knows the truth, so a world keeps it to itself."""

    @property
    def city(self) -> City:
        """What stands; its sensors are those that the city knows of."""
        ...

    @property
    def time_s(self) -> float: ...

    def second(self, colours: NDArray[np.uint8], steered: NDArray[np.bool_]) -> Sightings:
        """Advance 1 s and sense. Signals that are `steered` [n_signals] show `colours` [n_groups].

        The others show their own plans, which `colours` holds as well.
        """
        ...

    def collect(self) -> Observations:
        """What has become available since the last call."""
        ...

    def vehicles(self) -> Vehicles:
        """Where every vehicle is."""
        ...

    def rehearse(self, colours: NDArray[np.uint8]) -> None:
        """Do once what a second does, without that it happens: what is compiled then is there for the first second."""
        ...

    def close(self) -> None:
        """End the run."""
        ...


class Watch(Protocol):
    """Somebody who sees what the signals display (`guard.referee.Referee`)."""

    def see(self, time_s: float, shown: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Colours of all groups in the second from `time_s`; rows of the signals that belong to their own plans."""
        ...


class Streets:
    """A `World` of a simulator. Time goes in whole seconds."""

    def __init__(self, traffic: Traffic, end_s: float, ledger: TruthLedger | None = None) -> None:
        self._traffic, self._end_s, self._ledger = traffic, end_s, ledger
        self._desk = SignalDesk(traffic.city)
        self._watch: Watch | None = None

    def guard(self, tables: DeskTables, watch: Watch | None = None) -> None:
        """Hold the signals to these limits and let somebody watch them; before the first second."""
        self._desk = SignalDesk(self.city, tables=tables)
        self._watch = watch

    @property
    def city(self) -> City:
        return self._traffic.city

    @property
    def time_s(self) -> float:
        """Now: everything before it has happened, nothing from it on."""
        return self._traffic.time_s

    @property
    def end_s(self) -> float:
        return self._end_s

    def observe(self, until_s: float) -> Observations:
        """Go on to `until_s`, or to the end if that comes first, and give what has become available.

        Raises InputError for a time that has passed.
        """
        if until_s < self.time_s:
            raise InputError(f"until_s = {until_s:g}: the streets are at {self.time_s:g} s and do not go back")
        until_s = min(until_s, self._end_s)
        while self.time_s + 1.0 <= until_s:
            self._second()
        return self._traffic.collect()

    def apply(self, commands: Commands) -> None:
        """Lease signals (see `SignalDesk`). Raises InputError naming a row that is not usable."""
        self._desk.apply(commands)

    def rehearse(self) -> None:
        """Let the simulator get ready for its first second, which may take a minute when it must be compiled."""
        desk = SignalDesk(self.city)
        colours = desk.colours(self.time_s)
        desk.see(colours)
        self._traffic.rehearse(colours)

    def close(self) -> None:
        """End the run. Closing twice does nothing."""
        self._traffic.close()

    def _second(self) -> None:
        time_s = self.time_s
        colours = self._desk.colours(time_s)
        seen = self._traffic.second(colours, self._desk.steered)
        self._desk.see(seen.shown)
        if self._watch is not None:
            self._desk.follow(self._watch.see(time_s, seen.shown))
        if self._ledger is not None:
            self._ledger.book(seen, self._traffic.vehicles())


def scored(traffic: Traffic, end_s: float) -> tuple[Streets, TruthLedger]:
    """A world and the truth about it, which goes to whoever scores."""
    ledger = TruthLedger(traffic.city, traffic.time_s)
    return Streets(traffic, end_s, ledger), ledger
