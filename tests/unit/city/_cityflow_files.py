"""A CityFlow crossing of four arms as plain data: three lanes an arm (left, through, right), twelve road links."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

ARMS = {"E": (300.0, 0.0), "N": (0.0, 200.0), "W": (-300.0, 0.0), "S": (0.0, -200.0)}  # anticlockwise
WIDTH_M = 15.0
LANE_M = 4.0
SPEED_MPS = 11.0
KINDS = ("turn_left", "go_straight", "turn_right")  # lane 0, 1, 2 in the file
RIGHTS = [2, 5, 8, 11]
PHASES = [  # road links are numbered arm by arm (E N W S), left through right
    (5, RIGHTS),
    (30, [1, 7, *RIGHTS]),
    (20, [4, 10, *RIGHTS]),
    (15, [0, 6, *RIGHTS]),
    (10, [3, 9, *RIGHTS]),
    (12, [0, 1, *RIGHTS]),
]


def crossing(phases: list[tuple[float, list[int]]] | None = None) -> dict[str, Any]:
    """Root of a roadnet file."""
    names = list(ARMS)
    roads = []
    for name, (x, y) in ARMS.items():
        lanes = [{"width": LANE_M, "maxSpeed": SPEED_MPS} for _ in range(3)]
        outer, inner = {"x": x, "y": y}, {"x": 0.0, "y": 0.0}
        roads.append(_road(f"in_{name}", [outer, inner], lanes, name, "C"))
        roads.append(_road(f"out_{name}", [inner, outer], lanes, "C", name))
    links = []
    for i, name in enumerate(names):
        # seen from arm i, the left exit is the arm before it anticlockwise, straight ahead is opposite
        for lane, (kind, step) in enumerate(zip(KINDS, (3, 2, 1), strict=True)):
            end = names[(i + step) % 4]
            lane_links = [{"startLaneIndex": lane, "endLaneIndex": k} for k in range(3)]
            links.append({"type": kind, "startRoad": f"in_{name}", "endRoad": f"out_{end}", "laneLinks": lane_links})
    table = [{"time": time, "availableRoadLinks": members} for time, members in phases or PHASES]
    centre = {
        "id": "C",
        "point": {"x": 0.0, "y": 0.0},
        "width": WIDTH_M,
        "virtual": False,
        "roads": [road["id"] for road in roads],
        "roadLinks": links,
        "trafficLight": {"lightphases": table},
    }
    ends = [_end(name, x, y) for name, (x, y) in ARMS.items()]
    return {"intersections": [centre, *ends], "roads": roads}


def _road(road_id: str, points: list[Any], lanes: list[Any], start: str, end: str) -> dict[str, Any]:
    return {"id": road_id, "points": points, "lanes": lanes, "startIntersection": start, "endIntersection": end}


def _end(name: str, x: float, y: float) -> dict[str, Any]:
    roads = [f"in_{name}", f"out_{name}"]
    return {"id": name, "point": {"x": x, "y": y}, "virtual": True, "width": 0, "roads": roads, "roadLinks": []}


def write(path: Path, root: Any) -> Path:
    """Write JSON, packed where the name says so."""
    raw = json.dumps(root).encode()
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
    return path
