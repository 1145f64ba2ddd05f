"""Frames and drawings with known content, which the page's own tests read as well (`web/test/frames.json`)."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import numpy as np

from _source import ROOT
from citybrain.records.truth import Moving
from citybrain.server.drawing import pack
from citybrain.server.frames import Array, Plane, delta_frame, key_frame, still_frame, vehicle_frame

FILE = ROOT / "web" / "test" / "frames.json"
KEY: dict[Plane, Array] = {
    Plane.LINK_PACE: np.arange(40, dtype=np.uint8),
    Plane.LINK_COUNT: (np.arange(40) * 100).astype("<u2"),
    Plane.LANE_QUEUE: np.array([0, 2, 255], np.uint8),
    Plane.VITAL_VALUE: np.array([1834.5, np.nan], "<f4"),
}
NEXT: dict[Plane, Array] = {
    Plane.LINK_PACE: np.where(np.arange(40) == 7, 200, np.arange(40)).astype(np.uint8),  # one row: sparse
    Plane.LINK_COUNT: (np.arange(40) * 101).astype("<u2"),  # nearly all: whole
    Plane.LANE_QUEUE: np.array([0, 2, 255], np.uint8),  # nothing: left out
    Plane.VITAL_VALUE: np.array([1840.25, np.nan], "<f4"),
}
TEXT = {"epoch": "life", "city": "demo", "vitals": [{"name": "in_transit", "unit": "vehicles", "meaning": "…"}]}
SEEN = Moving(
    9.0,
    np.array([3, 70_000], np.int32),
    np.array([0, -1], np.int32),
    np.array([-1, 2], np.int32),
    np.array([1.0, 2.0], np.float32),
    np.array([13.9, 0.0], np.float32),
    np.array([1, 2], np.uint16),
)
PLACES = np.array([[110.0, 90.0], [55.5, 44.5], [0.0, -1.0], [1.0, 0.0]])  # north, west


def examples() -> dict[str, bytes]:
    """Every kind of frame, and a drawing, by name."""
    arrays = [np.array([0, 2, 5], "<i4"), np.array([7], np.uint8), np.array([1.5, -2.5], "<f4")]
    head = {"city": "demo", "arrays": [["link_at", "i4", 3], ["link_lanes", "u1", 1], ["link_x", "f4", 2]]}
    return {
        "key": key_frame(5, 1234.5, KEY, json.dumps(TEXT, ensure_ascii=False).encode()),
        "delta": delta_frame(6, 1235.5, NEXT, KEY),
        "nothing": delta_frame(7, 1236.5, NEXT, NEXT),
        "vehicles": vehicle_frame(SEEN, PLACES, (100.0, 50.0)),
        "still": still_frame(7, 1240.0),
        "drawing": pack(head, arrays),
    }


def text() -> str:
    """The file's content."""
    return json.dumps({name: base64.b64encode(data).decode() for name, data in examples().items()}, indent=1) + "\n"


if __name__ == "__main__":
    Path(FILE).write_text(text())
