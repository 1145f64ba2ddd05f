"""What sensors report, as struct-of-arrays: interval counts, camera passages and probe positions.

Times are seconds on the scenario's clock. `received_s` is when a record became available; `quality` is a `Quality`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
F32 = NDArray[np.float32]
I32 = NDArray[np.int32]
U64 = NDArray[np.uint64]
U16 = NDArray[np.uint16]
U8 = NDArray[np.uint8]


class Quality(IntEnum):
    """How a value came about."""

    MEASURED = 0
    ESTIMATED = 1  # the twin ran on for more than one second between two looks: the time or share is coarse


@dataclass(frozen=True, eq=False)
class DetectorCounts:
    """One row a detector and interval; arrays are [n], by `received_s`."""

    time_s: F64  # end of the interval
    received_s: F64
    sensor: I32  # row of the suite's sensors
    interval_s: I32
    count: I32  # vehicles: across the stop line (STOP_LINE), fronts over its downstream end (ADVANCE)
    occupancy_frac: F32  # of the interval, covered by a vehicle
    quality: U8
    source: str = "detector"


@dataclass(frozen=True, eq=False)
class Passages:
    """One row a plate read at a stop line."""

    time_s: F64  # end of the second in which the vehicle crossed
    received_s: F64
    sensor: I32
    lane: I32  # that it left
    movement: I32  # that it entered
    vehicle_class: U16  # VehicleClass
    plate: U64  # keyed hash; the key changes every day
    quality: U8
    source: str = "camera"


@dataclass(frozen=True, eq=False)
class Probes:
    """One row a position report."""

    time_s: F64
    received_s: F64
    vehicle: U64  # keyed hash; unrelated to the plate's, and another one every day
    x_m: F64
    y_m: F64
    speed_mps: F32
    quality: U8
    source: str = "probe"


@dataclass(frozen=True, eq=False)
class SensorBatch:
    """Everything that became available since the look before."""

    time_s: float
    counts: DetectorCounts
    passages: Passages
    probes: Probes


DTYPES: dict[type, tuple[str, ...]] = {
    DetectorCounts: ("f8", "f8", "i4", "i4", "i4", "f4", "u1"),
    Passages: ("f8", "f8", "i4", "i4", "i4", "u2", "u8", "u1"),
    Probes: ("f8", "f8", "u8", "f8", "f8", "f4", "u1"),
}
Records = TypeVar("Records", DetectorCounts, Passages, Probes)


def columns(rows: Records) -> list[Any]:
    """The arrays of some records in the order of their fields."""
    return [getattr(rows, column.name) for column in fields(rows) if column.name != "source"]


def make(kind: type[Records], *values: Any) -> Records:
    """Records of a kind; each value an array or one number for all, cast to the column's type."""
    n = max((np.size(value) for value in values if np.ndim(value)), default=0)
    arrays: list[Any] = [
        np.broadcast_to(np.asarray(v, dtype), n) for v, dtype in zip(values, DTYPES[kind], strict=True)
    ]
    return kind(*arrays)


def empty(kind: type[Records]) -> Records:
    """No records."""
    return make(kind, *(np.zeros(0) for _ in DTYPES[kind]))


def take(rows: Records, chosen: NDArray[Any]) -> Records:
    """Rows by mask or by number."""
    return type(rows)(*(column[chosen] for column in columns(rows)))


def join(parts: list[Records]) -> Records:
    """Records one after another; at least one part."""
    arrays: list[Any] = [np.concatenate(column) for column in zip(*map(columns, parts), strict=True)]
    return type(parts[0])(*arrays)


class Mailbox:
    """Records on their way, and those that arrived."""

    def __init__(self, *kinds: type) -> None:
        self._parts: dict[type, list[Any]] = {kind: [empty(kind)] for kind in kinds}

    def put(self, rows: DetectorCounts | Passages | Probes) -> None:
        """Send records on their way; each arrives at its `received_s`."""
        if rows.time_s.size:
            self._parts[type(rows)].append(rows)

    def due(self, kind: type[Records], now_s: float) -> Records:
        """Take out what has arrived, in the order of arrival."""
        parts = self._parts[kind]
        rows: Records = join(parts) if len(parts) > 1 else parts[0]
        arrived = rows.received_s <= now_s
        self._parts[kind] = [take(rows, ~arrived)]
        order = np.flatnonzero(arrived)
        return take(rows, order[np.argsort(rows.received_s[order], kind="stable")])

    def copy(self) -> Mailbox:
        """An independent mailbox with the same records on their way."""
        other = Mailbox()
        other._parts = {kind: list(parts) for kind, parts in self._parts.items()}
        return other
