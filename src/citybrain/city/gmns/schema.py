"""Which column of which table holds which column of the model: GMNS 0.96 names where GMNS has one, else ours.

Two kinds of columns are not listed here: references to rows of other tables (written as ids) and nested ones
(geometry, foes, colours, members of areas); `write.py` and `read.py` handle those.
"""

from __future__ import annotations

from dataclasses import fields
from enum import IntEnum
from typing import Any

from citybrain.city import model
from citybrain.city.builder import DTYPES
from citybrain.city.gmns.frames import TEXT

__all__ = ["COLOUR_LETTERS", "ENUMS", "FORMAT_NAME", "FORMAT_VERSION", "PLAIN", "UNITS", "plain_types"]

FORMAT_NAME = "citybrain-gmns"
FORMAT_VERSION = 1
# GMNS leaves the units to config.csv; ours are SI, so that nothing is rounded
UNITS = {
    "short_length": "m",
    "long_length": "m",
    "speed": "m/s",
    "geometry_field_format": "WKT",
    "version_number": "0.96",
}

# table -> (table of the model, {column of the file: column of the model})
PLAIN: dict[str, tuple[str, dict[str, str]]] = {
    "node": ("nodes", {"node_id": "node_id", "x_coord": "x_m", "y_coord": "y_m", "lon": "lon", "lat": "lat"}),
    "link": (
        "links",
        {
            "link_id": "link_id",
            "name": "name",
            "facility_type": "kind",
            "length": "length_m",
            "free_speed": "speed_mps",
            "priority": "priority",
        },
    ),
    "lane": ("lanes", {"width": "width_m", "length_m": "length_m", "speed_mps": "speed_mps"}),
    "movement": (
        "movements",
        {
            "length_m": "length_m",
            "speed_mps": "speed_mps",
            "major": "major",
            "hold_m": "hold_m",
            "keep_clear": "keep_clear",
        },
    ),
    "signal_group": ("groups", {"group_id": "group_id"}),
    "signal_controller": (
        "signals",
        {
            "controller_id": "signal_id",
            "min_green_s": "min_green_s",
            "max_green_s": "max_green_s",
            "yellow_s": "yellow_s",
            "all_red_s": "all_red_s",
        },
    ),
    "signal_timing_plan": ("plans", {"timing_plan_id": "plan_id", "offset_s": "offset_s"}),
    "signal_timing_phase": ("phases", {"duration_s": "duration_s", "min_green": "min_s", "max_green": "max_s"}),
    "signal_detector": ("sensors", {"detector_id": "sensor_id", "position_m": "position_m", "length_m": "length_m"}),
    "zone": ("areas", {"zone_id": "area_id", "name": "name", "kind": "kind"}),
}

# table -> {column of the file: (column of the model, enum, names in the order of the enum's values)}
ENUMS: dict[str, dict[str, tuple[str, type[IntEnum], tuple[str, ...]]]] = {
    "node": {
        "control": (
            "control",
            model.NodeControl,
            ("none", "priority", "right_before_left", "all_way_stop", "signal"),
        )
    },
    "movement": {"type": ("turn", model.Turn, ("thru", "left", "right", "uturn"))},
    "signal_timing_plan": {"kind": ("kind", model.PlanKind, ("fixed", "actuated"))},
    "signal_detector": {"det_type": ("kind", model.SensorKind, ("stop_line", "advance", "camera"))},
}
GMNS_CONTROL = ("none", "yield", "none", "4_stop", "signal")  # closed list of GMNS for NodeControl

# one letter a Colour, in the order of its values: red, red-yellow, yellow, off, stop then go, permissive, protected
COLOUR_LETTERS = "ruyosgG"


def plain_types(table: str) -> dict[str, Any]:
    """Column of the file -> dtype, for the plain columns and the enums of a table."""
    name, columns = PLAIN[table]
    annotation = {column.name: str(column.type) for column in fields(getattr(model, name.capitalize()))}
    types = {key: TEXT if annotation[own] == "Ids" else DTYPES[annotation[own]] for key, own in columns.items()}
    return types | dict.fromkeys(ENUMS.get(table, {}), TEXT)
