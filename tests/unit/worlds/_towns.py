"""Shared by the tests of worlds under observation: a town, sensors on all its lanes, and the colours that they tell."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City
from citybrain.demand.generated import generate
from citybrain.demand.model import Demand
from citybrain.records.observations import Observations, columns
from citybrain.twin.sensor_options import PERFECT
from citybrain.twin.sensor_places import default_sensors
from citybrain.worlds.sensing import Sensing


@cache
def town() -> tuple[City, Demand]:
    return generate(9, seed=3, scale=3.0, duration_s=600.0)


def everywhere(city: City, **changes: object) -> Sensing:
    """Perfect sensors, but for `changes`, on every lane from which a movement leaves."""
    lanes = np.unique(city.movements.from_lane)
    return Sensing(replace(PERFECT, **changes), 5, default_sensors(city, lanes))  # type: ignore[arg-type]


def same(a: Observations, b: Observations) -> bool:
    """Equal to the bit, in time, rows, order and types."""
    pairs = [(x, y) for p, q in zip(a.tables(), b.tables(), strict=True) for x, y in _columns(p, q)]
    return a.time_s == b.time_s and all(
        x.dtype == y.dtype and np.array_equal(x, y, x.dtype.kind == "f") for x, y in pairs
    )


def _columns(a: object, b: object) -> list[tuple[NDArray[np.generic], NDArray[np.generic]]]:
    return list(zip(columns(a), columns(b), strict=True))  # type: ignore[type-var]


class Shown:
    """The colours of all groups as far as they have been told."""

    def __init__(self, city: City) -> None:
        self.colours = np.full(len(city.groups.group_id), 255, np.uint8)

    def hear(self, batch: Observations) -> NDArray[np.uint8]:
        """All colours after this batch."""
        self.colours[batch.signals.group] = batch.signals.colour
        return self.colours.copy()
