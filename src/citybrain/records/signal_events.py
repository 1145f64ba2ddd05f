"""High-resolution events of traffic signals: what a controller's data logger writes, ten times a second.

Codes are those of Sturdevant et al., Indiana Traffic Signal Hi Resolution Data Logger Enumerations, Indiana Department
of Transportation and Purdue University (2012), doi:10.4231/K4RN35SH; every ATSPM system reads and writes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
F32 = NDArray[np.float32]
I32 = NDArray[np.int32]
I16 = NDArray[np.int16]
U8 = NDArray[np.uint8]
Bool = NDArray[np.bool_]
Ids = tuple[str, ...]


class Event(IntEnum):
    """Events that are read; `parameter` is the phase of those below 80 and of 90, the channel of the others."""

    BEGIN_GREEN = 1
    GAP_OUT = 4
    MAX_OUT = 5
    FORCE_OFF = 6
    GREEN_END = 7
    BEGIN_YELLOW = 8
    END_YELLOW = 9
    BEGIN_RED_CLEARANCE = 10
    BEGIN_WALK = 21
    PEDESTRIAN_CALL = 45
    DETECTOR_OFF = 81
    DETECTOR_ON = 82
    FAULT_OTHER = 84
    FAULT_WATCHDOG = 85
    FAULT_OPEN = 86
    FAULT_SHORTED = 87
    FAULT_CHANGE = 88
    PEDESTRIAN_DETECTOR_ON = 90


FAULTS = tuple(range(Event.FAULT_OTHER, Event.FAULT_CHANGE + 1))


class Use(IntEnum):
    """What a detector channel is good for."""

    PRESENCE = 0  # occupied while a vehicle is over a zone before the stop line
    COUNT = 1  # on once for each vehicle over the stop line
    ADVANCE = 2  # on once for each vehicle, upstream of where it may have to queue
    QUEUE = 3  # occupied while a vehicle is over a zone upstream: says how far a queue reaches


@dataclass(frozen=True, eq=False)
class SignalEvents:
    """One row an event, in the order of time."""

    time_s: F64
    device: I32  # row of the log's devices
    code: I16  # Event, or any other of the enumeration
    parameter: I32


@dataclass(frozen=True, eq=False)
class Phases:
    """Phases of all devices: what always gets green together on one approach. Arrays are [n_phases]."""

    device: I32
    number: I32  # as events name it
    name: Ids  # for people
    lanes: I32  # lanes that it serves, at least 1
    min_green_s: F32  # nan = not known
    max_green_s: F32
    link: I32  # approach: row of the city's links; -1 = no city is known
    feeder: I32  # device whose departures arrive here, with nothing signalled between; -1 = none is known
    exit_offset: NDArray[np.int64]  # [n_phases + 1] into exit
    exit: I32  # approaches of the next signal that it leads to, or links where there is none


@dataclass(frozen=True, eq=False)
class Channels:
    """Detector channels; one that serves several phases has a row for each. Arrays are [n_channels]."""

    device: I32
    channel: I32  # as events name it
    phase: I32  # row of the phases
    use: U8  # Use
    distance_m: F32  # from its downstream end to the stop line
    length_m: F32  # of the zone; 0 = a line
    speed_mps: F32  # at which vehicles drive from there to the stop line
    lane: I32  # that it lies on, unique over the log; -1 = several or unknown
    sensor: I32  # row of the city's sensors; -1 = none


@dataclass(frozen=True, eq=False)
class SignalLog:
    """Events of some hours with everything needed to read them. Times are seconds on the log's clock."""

    devices: Ids
    events: SignalEvents
    phases: Phases
    channels: Channels
    begin_s: float
    end_s: float
    links: Ids = ()  # names of the city's links


def make_events(time_s: F64, device: I32, code: I16, parameter: I32) -> SignalEvents:
    """Events in the order of time; those of the same moment stay as they come."""
    order = np.argsort(time_s, kind="stable")
    return SignalEvents(
        np.asarray(time_s, np.float64)[order],
        np.asarray(device, np.int32)[order],
        np.asarray(code, np.int16)[order],
        np.asarray(parameter, np.int32)[order],
    )


def no_events() -> SignalEvents:
    """Nothing happened."""
    none = np.zeros(0)
    return make_events(none, none.astype(np.int32), none.astype(np.int16), none.astype(np.int32))


def join_events(parts: list[SignalEvents]) -> SignalEvents:
    """Events of several parts in the order of time."""
    if not parts:
        return no_events()
    columns = [[getattr(part, name) for part in parts] for name in ("time_s", "device", "code", "parameter")]
    return make_events(*(np.concatenate(column) for column in columns))


__all__ = [
    "FAULTS",
    "Channels",
    "Event",
    "Phases",
    "SignalEvents",
    "SignalLog",
    "Use",
    "join_events",
    "make_events",
    "no_events",
]
