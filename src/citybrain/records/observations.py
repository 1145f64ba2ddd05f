"""What sensors report, as struct-of-arrays: the only thing that the brain knows of the streets.

Times are seconds on the world's clock: UTC seconds since the epoch in a real city, the scenario's own in a simulator.
`received_s` is when a row became available; `quality` is a `Quality`. Rows of a table come in the order of arrival.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import IntEnum
from functools import partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
F32 = NDArray[np.float32]
I32 = NDArray[np.int32]
U64 = NDArray[np.uint64]
U16 = NDArray[np.uint16]
U8 = NDArray[np.uint8]
Text = NDArray[np.object_]


class Quality(IntEnum):
    """How a value came about."""

    MEASURED = 0
    ESTIMATED = 1  # from other values: a gap was bridged, or a model stands between the sensors and the value
    FORECAST = 2
    STALE = 3  # the last known value; its source has been silent for longer than it should be
    UNKNOWN = 4  # nothing is known: never to be read as zero


class ParkingState(IntEnum):
    """Whether one may drive into a car park."""

    OPEN = 0
    CLOSED = 1
    FULL = 2  # nobody is let in, also where some spaces are free: they are kept for somebody


@dataclass(frozen=True, eq=False)
class DetectorCounts:
    """One row a detector and interval."""

    time_s: F64  # end of the interval
    received_s: F64
    sensor: I32  # row of the city's sensors
    interval_s: I32
    count: I32  # vehicles: across the stop line (STOP_LINE), fronts over its downstream end (ADVANCE)
    occupancy_frac: F32  # of the interval, covered by a vehicle
    quality: U8


@dataclass(frozen=True, eq=False)
class Passages:
    """One row a plate read at a stop line."""

    time_s: F64  # end of the second in which the vehicle crossed
    received_s: F64
    sensor: I32
    lane: I32  # that it left
    movement: I32  # that it entered; -1 = the camera cannot tell
    vehicle_class: U16  # VehicleClass
    plate: U64  # keyed hash; the key changes every day
    quality: U8


@dataclass(frozen=True, eq=False)
class Probes:
    """One row a position report."""

    time_s: F64
    received_s: F64
    vehicle: U64  # keyed hash; unrelated to the plate's, and another one every day
    x_m: F64  # in the city's projection
    y_m: F64
    speed_mps: F32
    quality: U8


@dataclass(frozen=True, eq=False)
class SignalStates:
    """One row a signal group that changed its colour, as the controller in the street displays it."""

    time_s: F64
    received_s: F64
    group: I32
    colour: U8  # Colour
    quality: U8


@dataclass(frozen=True, eq=False)
class TransitPositions:
    """One row a position report of a bus, tram or train."""

    time_s: F64
    received_s: F64
    vehicle: Text  # public number: not a person's
    line: Text
    x_m: F64
    y_m: F64
    speed_mps: F32
    delay_s: F32  # behind its timetable; nan = not told
    quality: U8


@dataclass(frozen=True, eq=False)
class EmergencyPositions:
    """One row a position report of an emergency vehicle on a call; off duty it reports nothing."""

    time_s: F64
    received_s: F64
    vehicle: Text  # its call sign: not a person's
    x_m: F64
    y_m: F64
    speed_mps: F32
    quality: U8


@dataclass(frozen=True, eq=False)
class ParkingCounts:
    """One row a car park."""

    time_s: F64
    received_s: F64
    facility: Text
    free: I32  # spaces
    capacity: I32
    state: U8  # ParkingState
    quality: U8


@dataclass(frozen=True, eq=False)
class Reports:
    """One row a message of a person or an office: an accident, a broken light, a closure."""

    time_s: F64
    received_s: F64
    report: Text  # its id at the source
    category: Text
    text: Text
    x_m: F64
    y_m: F64
    quality: U8


@dataclass(frozen=True, eq=False)
class WeatherReadings:
    """One row a weather station and time; nan = not measured."""

    time_s: F64
    received_s: F64
    station: Text
    temperature_c: F32
    rain_mmph: F32
    wind_mps: F32
    visibility_m: F32
    quality: U8


DTYPES: dict[type, tuple[str, ...]] = {
    DetectorCounts: ("f8", "f8", "i4", "i4", "i4", "f4", "u1"),
    Passages: ("f8", "f8", "i4", "i4", "i4", "u2", "u8", "u1"),
    Probes: ("f8", "f8", "u8", "f8", "f8", "f4", "u1"),
    SignalStates: ("f8", "f8", "i4", "u1", "u1"),
    TransitPositions: ("f8", "f8", "O", "O", "f8", "f8", "f4", "f4", "u1"),
    ParkingCounts: ("f8", "f8", "O", "i4", "i4", "u1", "u1"),
    Reports: ("f8", "f8", "O", "O", "O", "f8", "f8", "u1"),
    WeatherReadings: ("f8", "f8", "O", "f4", "f4", "f4", "f4", "u1"),
    EmergencyPositions: ("f8", "f8", "O", "f8", "f8", "f4", "u1"),
}
Records = TypeVar(
    "Records",
    DetectorCounts,
    Passages,
    Probes,
    SignalStates,
    TransitPositions,
    ParkingCounts,
    Reports,
    WeatherReadings,
    EmergencyPositions,
)


def make(kind: type[Records], *values: Any) -> Records:
    """Records of a kind; each value an array or one number for all, cast to the column's type."""
    n = max((np.size(value) for value in values if np.ndim(value)), default=0)
    arrays: list[Any] = []
    for value, dtype in zip(values, DTYPES[kind], strict=True):
        column = np.full(n, value, dtype) if np.ndim(value) == 0 else np.asarray(value, dtype)
        arrays.append(column if column.size == n else np.broadcast_to(column, n))
    return kind(*arrays)


_EMPTY: dict[type, Any] = {}


def empty(kind: type[Records]) -> Records:
    """No records. Always the same ones: nothing can be changed in them."""
    if kind not in _EMPTY:
        _EMPTY[kind] = make(kind, *(np.zeros(0) for _ in DTYPES[kind]))
    none: Records = _EMPTY[kind]
    return none


def columns(rows: Records) -> list[Any]:
    """The arrays of some records in the order of their fields."""
    return [getattr(rows, column.name) for column in fields(rows)]


def take(rows: Records, chosen: NDArray[Any] | slice) -> Records:
    """Rows by mask, by number or by slice."""
    return type(rows)(*(column[chosen] for column in columns(rows)))


def join(parts: list[Records]) -> Records:
    """Records one after another; at least one part."""
    arrays: list[Any] = [np.concatenate(column) for column in zip(*map(columns, parts), strict=True)]
    return type(parts[0])(*arrays)


@dataclass(frozen=True, eq=False)
class Observations:
    """Everything that became available since the look before, up to `time_s`."""

    time_s: float
    counts: DetectorCounts = field(default_factory=partial(empty, DetectorCounts))
    passages: Passages = field(default_factory=partial(empty, Passages))
    probes: Probes = field(default_factory=partial(empty, Probes))
    signals: SignalStates = field(default_factory=partial(empty, SignalStates))
    transit: TransitPositions = field(default_factory=partial(empty, TransitPositions))
    parking: ParkingCounts = field(default_factory=partial(empty, ParkingCounts))
    reports: Reports = field(default_factory=partial(empty, Reports))
    weather: WeatherReadings = field(default_factory=partial(empty, WeatherReadings))
    emergency: EmergencyPositions = field(default_factory=partial(empty, EmergencyPositions))

    def tables(self) -> list[Any]:
        """The tables in the order of the fields."""
        return [getattr(self, table.name) for table in fields(self) if table.name != "time_s"]

    @property
    def rows(self) -> int:
        """How many records there are, of all kinds."""
        return sum(table.time_s.size for table in self.tables())
