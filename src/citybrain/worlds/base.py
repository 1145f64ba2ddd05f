"""The seams between the brain and whatever moves the vehicles: twin, SUMO, a recorded day or a real city.

`World` is what the brain sees: what sensors report, and commands that expire. `SignalWorld` is the short cut of
`evaluate`, which compares controllers under perfect sensors. `Scorer` is the truth, which the brain cannot reach.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City
from citybrain.records.command import Commands
from citybrain.records.observations import Observations
from citybrain.records.readings import Readings
from citybrain.records.summary import Summary
from citybrain.records.truth import Moving, Truth


class World(Protocol):
    """A city under observation."""

    @property
    def city(self) -> City: ...

    @property
    def time_s(self) -> float:
        """Now: everything before it has happened, nothing from it on."""
        ...

    @property
    def end_s(self) -> float:
        """When there is nothing more to observe; inf for a real city."""
        ...

    def observe(self, until_s: float) -> Observations:
        """Let the streets go on to `until_s` and give everything that has become available since the call before."""
        ...

    def apply(self, commands: Commands) -> None:
        """Pass commands on to the signals; each holds until it expires or another one takes its place."""
        ...

    def close(self) -> None:
        """End it. Closing twice does nothing."""
        ...


class Scorer(Protocol):
    """The truth about a simulated world. It is handed to whoever scores, never to the brain."""

    def truth(self) -> Truth:
        """The streets as they are now."""
        ...


class Display(Protocol):
    """What a simulator shows on a screen. It is handed to whoever draws, never to the brain."""

    def moving(self) -> Moving:
        """Every vehicle as it is now."""
        ...


class Packable(Protocol):
    """A course of the streets that can go to another process."""

    def packed(self) -> bytes: ...


@runtime_checkable
class Forkable(Protocol):
    """A simulator that can be copied as it stands. It is handed to people's tools, never to the brain."""

    def fork(self) -> Packable:
        """An independent copy of now; the streets stay as they are. Between two seconds only."""
        ...


class SignalWorld(Protocol):
    """A city with traffic whose signals can be set second by second."""

    @property
    def city(self) -> City: ...

    @property
    def time_s(self) -> float:
        """Now: everything before it has happened, nothing from it on."""
        ...

    @property
    def end_s(self) -> float: ...

    def readings(self) -> Readings:
        """What the sensors say now. The arrays belong to the caller's moment: valid until the next step."""
        ...

    def step(self, colours: NDArray[np.uint8]) -> None:
        """Advance 1 s; during it the groups show `colours` [n_groups] (Colour)."""
        ...

    def run_plans(self, until_s: float) -> None:
        """Advance to `until_s` under the city's own default plans."""
        ...

    def summary(self) -> Summary:
        """Figures of the run up to now."""
        ...
