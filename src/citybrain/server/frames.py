"""What changes every second, as few bytes: planes of small numbers, whole in a key frame, only what is new in a delta.

A frame: kind (u8), version (u8), number of sections (u16), sequence (u32), time_s (f64). A section: plane (u8), form
(u8: 0 whole, 1 sparse), type (u8: 1 u8, 2 u16, 4 f32), a zero, count (u32); sparse: `count` rows (u32); then `count`
values, padded to 4 bytes. Everything is little-endian. `web/src/live/frame.ts` reads it.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from enum import IntEnum
from typing import Any

import numpy as np

from citybrain.city.model import F32, F64, U8, U16
from citybrain.records.truth import Moving

VERSION = 1
HEAD = struct.Struct("<BBHId")
SECTION = struct.Struct("<BBBxI")
UNKNOWN_8, UNKNOWN_16 = 255, 65_535
PACE_STEPS = 200.0  # of the limit
COUNT_STEPS = 4.0  # a vehicle
QUEUE_STEPS = 2.0
FLOW_STEPS = 100.0  # a vehicle/s
TURN_STEPS = 256.0  # a full turn
_TYPES = {"u1": 1, "u2": 2, "u4": 3, "f4": 4}
Array = np.ndarray[Any, Any]


class FrameKind(IntEnum):
    KEY = 0  # everything
    DELTA = 1  # what is new since the frame before
    VEHICLES = 2  # all vehicles of a simulator
    STILL = 3  # nothing has happened, and the line is alive


class Plane(IntEnum):
    """One column of the picture, by what its rows are."""

    LINK_PACE = 0  # speed / limit
    LINK_COUNT = 1
    LINK_FLOW = 2
    LINK_QUALITY = 3
    LANE_QUEUE = 4
    GROUP_COLOUR = 5
    GROUP_CHANGE = 6  # second of the world's clock, modulo 65,535
    SENSOR_HEALTH = 7
    SIGNAL_MODE = 8
    SIGNAL_ADVISED = 9
    SIGNAL_LATCHED = 10
    VITAL_VALUE = 11
    VITAL_LOW = 12
    VITAL_HIGH = 13
    VITAL_QUALITY = 14
    VEHICLE_ID = 20
    VEHICLE_X = 21
    VEHICLE_Y = 22
    VEHICLE_HEADING = 23
    VEHICLE_CLASS = 24
    VEHICLE_SPEED = 25
    TEXT = 255  # JSON of a key frame


def key_frame(sequence: int, time_s: float, planes: Mapping[Plane, Array], text: bytes) -> bytes:
    """Everything."""
    sections = [_section(Plane.TEXT, np.frombuffer(text, np.uint8))]
    sections += [_section(plane, values) for plane, values in planes.items()]
    return _frame(FrameKind.KEY, sequence, time_s, sections)


def delta_frame(sequence: int, time_s: float, planes: Mapping[Plane, Array], before: Mapping[Plane, Array]) -> bytes:
    """What is new since `before`, which has the same planes of the same sizes."""
    sections = []
    for plane, values in planes.items():
        bits = values.view(np.uint32) if values.dtype.itemsize == 4 else values  # nan is equal to nan
        rows = np.flatnonzero(bits != before[plane].view(bits.dtype))
        if not rows.size:
            continue  # an empty plane, too: it has nothing that could be new
        if rows.size * (4 + values.itemsize) >= values.nbytes:
            sections.append(_section(plane, values))
        else:
            sections.append(_section(plane, values[rows], rows))
    return _frame(FrameKind.DELTA, sequence, time_s, sections)


def still_frame(sequence: int, time_s: float) -> bytes:
    """The line is alive."""
    return _frame(FrameKind.STILL, sequence, time_s, [])


def vehicle_frame(seen: Moving, places: F64, centre_m: tuple[float, float]) -> bytes:
    """All vehicles: `places` [4, n] are x, y (m) and the unit vector ahead; x and y are told from `centre_m`."""
    turn = np.arctan2(places[3], places[2]) / (2.0 * np.pi)
    planes: dict[Plane, Array] = {
        Plane.VEHICLE_ID: seen.vehicle.astype("<u4"),
        Plane.VEHICLE_X: (places[0] - centre_m[0]).astype("<f4"),
        Plane.VEHICLE_Y: (places[1] - centre_m[1]).astype("<f4"),
        Plane.VEHICLE_HEADING: (np.round(turn * TURN_STEPS).astype(np.int64) % 256).astype(np.uint8),
        Plane.VEHICLE_CLASS: seen.vehicle_class.astype(np.uint8),
        Plane.VEHICLE_SPEED: in_byte(seen.speed_mps, 4.0),
    }
    return _frame(FrameKind.VEHICLES, 0, seen.time_s, [_section(*one) for one in planes.items()])


def in_byte(values: F32 | F64, steps: float) -> U8:
    """Values in steps of 1 / `steps`, the highest one cut off at 254; 255 = unknown."""
    known = np.isfinite(values)
    whole = np.rint(np.where(known, values, 0.0) * steps).clip(0, UNKNOWN_8 - 1)
    return np.where(known, whole, UNKNOWN_8).astype(np.uint8)


def in_two_bytes(values: F32 | F64, steps: float) -> U16:
    """As `in_byte`, in two bytes."""
    known = np.isfinite(values)
    whole = np.rint(np.where(known, values, 0.0) * steps).clip(0, UNKNOWN_16 - 1)
    return np.where(known, whole, UNKNOWN_16).astype("<u2")


def change_second(time_s: float, left_s: F32) -> U16:
    """When colours change, as a second of the clock modulo 65,535: it stays the same until they do."""
    known = np.isfinite(left_s)
    at = np.floor(time_s + np.where(known, left_s, 0.0).astype(np.float64)).astype(np.int64) % UNKNOWN_16
    return np.where(known, at, UNKNOWN_16).astype("<u2")


def _section(plane: Plane, values: Array, rows: Array | None = None) -> bytes:
    kind = _TYPES[values.dtype.str[1:]]
    body = b"" if rows is None else rows.astype("<u4").tobytes()
    body += values.tobytes()
    return SECTION.pack(plane, rows is not None, kind, values.size) + body + b"\0" * (-len(body) % 4)


def _frame(kind: FrameKind, sequence: int, time_s: float, sections: list[bytes]) -> bytes:
    return HEAD.pack(kind, VERSION, len(sections), sequence, time_s) + b"".join(sections)
