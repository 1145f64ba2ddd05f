"""What the estimate of vehicles in transit needs to know of the city: turns, times without traffic, cameras, areas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City, SensorKind, Sensors
from citybrain.estimate.turning import KINDS

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]

EXIT, OPEN, SIGNAL = 0, 1, 2  # kinds of links by their downstream end: nowhere to go on, no signal, a signal


@dataclass(frozen=True, eq=False)
class AreaLayout:
    """Constant through a run. A turn is a pair of links that some movement joins; turns are sorted by their first."""

    n_links: int
    turn_from: I32  # [n_turns] links
    turn_to: I32
    turn_offset: I64  # [n_links + 1] turns that leave a link
    turn_of_movement: I32  # [n_movements]
    turn_class: I32  # [n_turns] turns of like roads and direction: their flows are alike before anything is known
    turn_weight: F64  # [n_turns] what is usual of the direction
    link_kind: I32  # [n_links] EXIT, OPEN, SIGNAL
    length_m: F64
    drive_s: F64  # [n_links] length / speed: what the delay index compares with
    free_s: F64  # the same and the way through the junction behind
    origin: NDArray[np.bool_]  # [n_links] no turn leads there: all its vehicles begin their trips on it
    camera: I32  # [n_cameras] rows of the sensors
    camera_of_sensor: I32  # [n_sensors] -1 = no camera
    camera_node: I32  # [n_cameras] junction that it stands at
    turn_camera: I32  # cameras over the lanes of turns: turn_camera[turn_camera_offset[t] : turn_camera_offset[t + 1]]
    turn_camera_offset: I64  # [n_turns + 1]
    complete: NDArray[np.bool_]  # [n_turns] every lane of the turn has a camera on the city's list
    area_link: I32  # links of areas, one area after another; the first is the whole city
    area_row: I32  # area of each
    n_areas: int  # 1 + those of the city


def lay_out(city: City, sensors: Sensors) -> AreaLayout:
    """The layout of a city with these sensors."""
    links, lanes, moves = city.links, city.lanes, city.movements
    n = links.n_lanes.size
    key = lanes.link[moves.from_lane].astype(np.int64) * n + lanes.link[moves.to_lane]
    pairs, first, turn_of = np.unique(key, return_index=True, return_inverse=True)
    turn_from, turn_to = (pairs // n).astype(np.int32), (pairs % n).astype(np.int32)
    offset = np.searchsorted(turn_from, np.arange(n + 1))
    leads_on = np.diff(offset) > 0
    origin = ~np.isin(np.arange(n), turn_to)
    signalised = np.zeros(n, np.bool_)
    signalised[lanes.link[moves.from_lane[moves.group >= 0]]] = True
    road = np.column_stack([links.n_lanes, np.round(links.speed_mps)])
    _, road_class = np.unique(road, axis=0, return_inverse=True)
    kind = moves.turn[first].astype(np.int64)
    _, turn_class = np.unique(road_class.reshape(-1)[turn_from] * KINDS.size + kind, return_inverse=True)
    drive_s = links.length_m / np.maximum(links.speed_mps, 1.0)
    areas = city.areas
    sizes = np.diff(areas.link_offset)
    return AreaLayout(
        n_links=n,
        turn_from=turn_from,
        turn_to=turn_to,
        turn_offset=offset.astype(np.int64),
        turn_of_movement=turn_of.astype(np.int32),
        turn_class=turn_class.astype(np.int32),
        turn_weight=KINDS[kind] / max(float(KINDS[kind].mean()) if kind.size else 1.0, 1e-9),
        link_kind=np.where(~leads_on, EXIT, np.where(signalised, SIGNAL, OPEN)).astype(np.int32),
        length_m=np.maximum(links.length_m, 1.0),
        drive_s=np.maximum(drive_s, 0.1),
        free_s=np.maximum(drive_s, 0.1) + _junction_s(city),
        origin=origin,
        **_cameras(city, sensors, turn_of, pairs.size),
        area_link=np.concatenate([np.arange(n), areas.link]).astype(np.int32),
        area_row=np.concatenate([np.zeros(n), np.repeat(np.arange(1, sizes.size + 1), sizes)]).astype(np.int32),
        n_areas=1 + sizes.size,
    )


def _junction_s(city: City) -> F64:
    """[n_links] mean time through the junction behind, without traffic."""
    moves = city.movements
    link = city.lanes.link[moves.from_lane]
    n = city.links.n_lanes.size
    total = np.bincount(link, moves.length_m / np.maximum(moves.speed_mps, 1.0), n)
    return np.asarray(total / np.maximum(np.bincount(link, minlength=n), 1), np.float64)


def _cameras(city: City, sensors: Sensors, turn_of: I64, n_turns: int) -> dict[str, Any]:
    """The columns of the layout that tell which cameras see which turns."""
    camera = np.flatnonzero(sensors.kind == SensorKind.CAMERA).astype(np.int32)
    of_sensor = np.full(sensors.kind.size, -1, np.int32)
    of_sensor[camera] = np.arange(camera.size)
    at_lane = np.full(city.lanes.link.size, -1, np.int32)
    at_lane[sensors.lane[camera]] = np.arange(camera.size)
    pairs = np.unique(np.column_stack([turn_of, city.movements.from_lane]), axis=0)
    seen_by = at_lane[pairs[:, 1]]
    complete = np.ones(n_turns, np.bool_)
    complete[pairs[seen_by < 0, 0]] = False
    turn, seen_by = pairs[seen_by >= 0, 0], seen_by[seen_by >= 0]
    return {
        "camera": camera,
        "camera_of_sensor": of_sensor,
        "camera_node": city.links.to_node[city.lanes.link[sensors.lane[camera]]].astype(np.int32),
        "turn_camera": seen_by.astype(np.int32),
        "turn_camera_offset": np.searchsorted(turn, np.arange(n_turns + 1)).astype(np.int64),
        "complete": complete,
    }
