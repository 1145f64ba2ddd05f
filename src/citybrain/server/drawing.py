"""What stands, as the map draws it: one binary file that is the same as long as the brain runs.

Form: the four letters `CBG1`, the length of a JSON head (u32), the head, and then arrays, each at a place that is a
multiple of 8 bytes after the head. `arrays` of the head is a list of name, type ("u1", "u2", "u4", "i2", "f4") and
length. Coordinates are metres from `centre_m`; everything is little-endian.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import Any

import numpy as np

from citybrain.city.model import City
from citybrain.server.edge import encoded, tag_of
from citybrain.server.geometry import degrees_of
from citybrain.server.ground import Ground

MAGIC = b"CBG1"
ALIGN = 8
ROAD_CLASSES = (("motorway", "trunk"), ("primary",), ("secondary",), ("tertiary",))  # wider roads first; then the rest


@dataclass(frozen=True)
class Drawing:
    """The file, packed, and its entity tag."""

    packed: bytes
    tag: str

    @property
    def plain(self) -> bytes:
        """Not packed, for those who cannot unpack."""
        return gzip.decompress(self.packed)


def draw(city: City, ground: Ground) -> Drawing:
    """The drawing of a city."""
    arrays = _arrays(city, ground)
    head = _head(city)
    head["arrays"] = [[name, values.dtype.str[1:], int(values.size)] for name, values in arrays.items()]
    plain = pack(head, list(arrays.values()))
    return Drawing(gzip.compress(plain, 6, mtime=0), tag_of(plain))


def pack(head: dict[str, Any], arrays: list[np.ndarray[Any, Any]]) -> bytes:
    """The file of a head and its arrays."""
    text = encoded(head)
    text += b" " * (-(len(text) + 8) % ALIGN)
    parts = [MAGIC, len(text).to_bytes(4, "little"), text]
    for values in arrays:
        body = values.tobytes()
        parts += [body, b"\0" * (-len(body) % ALIGN)]
    return b"".join(parts)


def centre_m(city: City) -> tuple[float, float]:
    """The middle of everything that is drawn: single precision is enough around it."""
    x, y = city.links.geometry_x_m, city.links.geometry_y_m
    if not x.size:
        return 0.0, 0.0
    return round(float(x.min() + x.max()) / 2.0, 1), round(float(y.min() + y.max()) / 2.0, 1)


def _head(city: City) -> dict[str, Any]:
    x_m, y_m = centre_m(city)
    place = degrees_of(city.meta.projection, np.array([x_m]), np.array([y_m]))
    return {
        "city": city.meta.name,
        "left_hand": city.meta.left_hand,
        "centre_m": [x_m, y_m],
        "centre_lonlat": None if place is None else [round(float(place[0][0]), 6), round(float(place[1][0]), 6)],
        "link_id": city.links.link_id,
        "link_name": city.links.name,
        "signal_id": city.signals.signal_id,
        "group_id": city.groups.group_id,
        "sensor_id": city.sensors.sensor_id,
        "plan_id": city.plans.plan_id,
        "area_id": city.areas.area_id,
        "area_name": city.areas.name,
        "area_kind": city.areas.kind,
    }


def _arrays(city: City, ground: Ground) -> dict[str, np.ndarray[Any, Any]]:
    x_m, y_m = centre_m(city)
    columns = _of_links(city) | _of_lanes(city, ground) | _of_signals(city) | _of_plans(city)
    columns["link_x"], columns["link_y"] = city.links.geometry_x_m - x_m, city.links.geometry_y_m - y_m
    columns["node_x"], columns["node_y"] = city.nodes.x_m - x_m, city.nodes.y_m - y_m
    columns["area_at"], areas = city.areas.polygon_offset, city.areas
    columns["area_x"], columns["area_y"] = areas.polygon_x_m - x_m, areas.polygon_y_m - y_m
    kinds = {"f": "<f4", "i": "<i4", "u": "<u4", "b": "u1"}
    small = {name: values.astype(kinds[values.dtype.kind]) for name, values in columns.items() if values.itemsize > 2}
    return columns | small


def _of_links(city: City) -> dict[str, np.ndarray[Any, Any]]:
    links = city.links
    road = [next((k for k, kinds in enumerate(ROAD_CLASSES) if kind.split("_")[0] in kinds), 4) for kind in links.kind]
    return {
        "link_at": links.geometry_offset,
        "link_from": links.from_node,
        "link_to": links.to_node,
        "link_first_lane": links.first_lane,
        "link_lanes": links.n_lanes.astype(np.uint8),
        "link_length": links.length_m,
        "link_speed": links.speed_mps,
        "link_road": np.array(road, np.uint8),
    }


def _of_lanes(city: City, ground: Ground) -> dict[str, np.ndarray[Any, Any]]:
    lanes, moves, sensors = city.lanes, city.movements, city.sensors
    return {
        "lane_link": lanes.link,
        "lane_width": lanes.width_m,
        "lane_length": lanes.length_m,
        "lane_shift": ground.shift_m,
        "move_from": moves.from_lane,
        "move_to": moves.to_lane,
        "move_node": moves.node,
        "move_turn": moves.turn,
        "move_group": moves.group,
        "sensor_kind": sensors.kind,
        "sensor_lane": sensors.lane,
        "sensor_position": sensors.position_m,
    }


def _of_signals(city: City) -> dict[str, np.ndarray[Any, Any]]:
    return {
        "group_signal": city.groups.signal,
        "signal_node": city.signals.node,
        "signal_first_group": city.signals.first_group,
        "signal_groups": city.signals.n_groups,
        "signal_plan": city.signals.plan,
    }


def _of_plans(city: City) -> dict[str, np.ndarray[Any, Any]]:
    return {
        "plan_signal": city.plans.signal,
        "plan_kind": city.plans.kind,
        "plan_offset": city.plans.offset_s,
        "plan_first_phase": city.plans.first_phase,
        "plan_phases": city.plans.n_phases,
        "phase_duration": city.phases.duration_s,
        "phase_at": city.phases.colour_offset,
        "phase_colours": city.phases.colours,
    }
