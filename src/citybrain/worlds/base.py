"""The seam between controllers and whatever moves the vehicles: twin, SUMO, a recorded day or a real city."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City
from citybrain.records.readings import Readings
from citybrain.records.summary import Summary


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
