"""GMNS of other programs: node and link tables are enough; lanes and movements are laid out by geometry.

Signals, segments and lane tables are not read (a note in the report says so): junctions go by priority rules.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from citybrain.city import polyline
from citybrain.city.builder import CityBuilder, NodeSpec
from citybrain.city.conflicts import add_conflicts
from citybrain.city.gmns import wkt
from citybrain.city.gmns.frames import TEXT, Frame, find_table, read_frame, rows_of
from citybrain.city.gmns.parking import with_parking
from citybrain.city.model import City, CityMeta, NodeControl, freeze
from citybrain.city.polyline import Point
from citybrain.city.streets import Streets, StreetSpec
from citybrain.city.validate import check
from citybrain.errors import FormatError, InputError

__all__ = ["read_foreign"]

EARTH_RADIUS_M = 6_371_008.8
METRES = {
    "m": 1.0, "meter": 1.0, "meters": 1.0, "metre": 1.0, "metres": 1.0,
    "km": 1000.0, "kilometer": 1000.0, "kilometers": 1000.0, "kilometre": 1000.0, "kilometres": 1000.0,
    "mi": 1609.344, "mile": 1609.344, "miles": 1609.344, "ft": 0.3048, "foot": 0.3048, "feet": 0.3048,
}  # fmt: skip
MPS = {
    "m/s": 1.0, "mps": 1.0, "kph": 1 / 3.6, "km/h": 1 / 3.6, "kmh": 1 / 3.6, "kmph": 1 / 3.6,
    "mph": 0.44704, "mi/h": 0.44704,
}  # fmt: skip
DEFAULT_SPEED_MPS = 50.0 / 3.6
SHORTEST_M = 1.0
LANES_MAX = 20
ON_FOOT = {"walk", "ped", "pedestrian", "foot", "bike", "bicycle", "cycle", "rail", "none"}
NODE_COLUMNS = ("node_id", "x_coord", "y_coord", "ctrl_type")
LINK_COLUMNS = (
    "link_id", "from_node_id", "to_node_id", "name", "directed", "geometry", "length", "facility_type", "free_speed",
    "lanes", "allowed_uses", "geometry_id", "dir_flag",
)  # fmt: skip
IGNORED = ("lane", "movement", "segment", "signal_controller", "signal_timing_plan")


@dataclass(frozen=True)
class _Units:
    to_metres: float | None  # None = to be guessed from the geometry
    to_mps: float | None
    crs: str


def read_foreign(folder: Path) -> City:
    """Read node and link tables of another program.

    Units come from config.csv; without it the unit of `length` is the one that fits the geometry best, and speeds
    are mph where lengths are miles or feet, else km/h. Raises FormatError or InputError.
    """
    nodes = read_frame(folder, "node", dict.fromkeys(NODE_COLUMNS, TEXT))
    links = read_frame(folder, "link", dict.fromkeys(LINK_COLUMNS, TEXT))
    units = _read_units(folder)
    place, projection, lonlat = _projection(nodes, units.crs)
    builder = CityBuilder(CityMeta(folder.name or "gmns", "gmns", projection=projection))
    _add_nodes(builder, nodes, place, lonlat)
    for table in IGNORED:
        if (path := find_table(folder, table)) is not None:
            builder.note("table of GMNS that is not read", "lanes, movements and right of way by geometry", path.name)
    specs = _street_specs(builder, links, _shapes(folder, links, place), units)
    streets = Streets(builder, specs)
    _set_control(builder, streets)
    for node in range(len(builder.nodes)):
        streets.connect_by_geometry(node, turn_back=True)
    add_conflicts(builder, streets.paths)
    city = with_parking(builder.build(), folder, degrees=lonlat)
    check(city)
    return freeze(city)


def _read_units(folder: Path) -> _Units:
    if find_table(folder, "config") is None:
        return _Units(None, None, "")
    config = read_frame(folder, "config", dict.fromkeys(("long_length", "speed", "crs"), TEXT))

    def text(key: str) -> str:
        return config.texts(key)[0].strip() if key in config and config.rows else ""

    def unit(key: str, table: dict[str, float]) -> float | None:
        word = text(key).lower()
        if word and word not in table:
            raise FormatError(config.path, key, repr(word), f"one of {', '.join(table)}")
        return table.get(word)

    return _Units(unit("long_length", METRES), unit("speed", MPS), text("crs"))


def _reals(frame: Frame, key: str, default: float | None = None) -> list[float]:
    """Finite numbers of a column of texts; an empty cell is `default` where there is one."""
    values = []
    for row, text in enumerate(frame.texts(key)):
        try:
            value = float(text) if text.strip() or default is None else default
        except ValueError:
            raise FormatError(frame.path, f"{key}, row {row + 1}", repr(text), "a number") from None
        if not math.isfinite(value) and not (default is not None and math.isnan(value)):
            raise FormatError(frame.path, f"{key}, row {row + 1}", repr(text), "a finite number")
        values.append(default if default is not None and math.isnan(value) else value)
    return values


def _projection(nodes: Frame, crs: str) -> tuple[Callable[[float, float], Point], str, bool]:
    """Function from file coordinates to metres, its PROJ string, and whether the file is in degrees."""
    x, y = np.array(_reals(nodes, "x_coord")), np.array(_reals(nodes, "y_coord"))
    if not len(x):
        raise FormatError(nodes.path, "rows", "no node", "one or more")
    degrees = bool((np.abs(x) <= 180.0).all() and (np.abs(y) <= 90.0).all())
    geographic = any(word in crs.lower() for word in ("4326", "longlat", "wgs84", "wgs 84", "4269"))
    if not degrees or (crs and not geographic):
        return (lambda a, b: (a, b)), crs, False
    lon0, lat0 = float(x.mean()), float(y.mean())
    east_m = math.radians(1.0) * EARTH_RADIUS_M * math.cos(math.radians(lat0))
    north_m = math.radians(1.0) * EARTH_RADIUS_M
    text = f"+proj=eqc +lat_ts={lat0!r} +lat_0={lat0!r} +lon_0={lon0!r} +R={EARTH_RADIUS_M} +units=m"
    return (lambda a, b: ((a - lon0) * east_m, (b - lat0) * north_m)), text, True


def _add_nodes(builder: CityBuilder, nodes: Frame, place: Callable[[float, float], Point], lonlat: bool) -> None:
    rows = zip(nodes.texts("node_id"), _reals(nodes, "x_coord"), _reals(nodes, "y_coord"), strict=True)
    controls = nodes.texts("ctrl_type") if "ctrl_type" in nodes else [""] * nodes.rows
    for (node_id, x, y), control in zip(rows, controls, strict=True):
        lon, lat = (x, y) if lonlat else (math.nan, math.nan)
        builder.add_node(NodeSpec(node_id, *place(x, y), lon, lat))
        if control == "signal":
            builder.note("signal without a plan that can be read", "priority rules instead", node_id)


def _shapes(folder: Path, links: Frame, place: Callable[[float, float], Point]) -> list[list[Point]]:
    """Points of each link in metres; empty where the file gives none."""
    texts = links.texts("geometry") if "geometry" in links else [""] * links.rows
    if "geometry_id" in links and find_table(folder, "geometry") is not None:
        table = read_frame(folder, "geometry", {"geometry_id": TEXT, "geometry": TEXT})
        known = dict(zip(table.texts("geometry_id"), table.texts("geometry"), strict=True))
        ids = links.texts("geometry_id")
        texts = [text or known.get(key, "") for text, key in zip(texts, ids, strict=True)]
    offset, x, y = wkt.parse_shapes(texts, links.path)
    points = [place(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    bounds = offset.tolist()
    shapes = [points[bounds[i] : bounds[i + 1]] for i in range(links.rows)]
    if "dir_flag" in links:
        flags = links.texts("dir_flag")
        shapes = [shape[::-1] if flag.strip() == "-1" else shape for shape, flag in zip(shapes, flags, strict=True)]
    return shapes


def _street_specs(builder: CityBuilder, links: Frame, shapes: list[list[Point]], units: _Units) -> list[StreetSpec]:
    node = rows_of([spec.node_id for spec in builder.nodes])
    ends = list(zip(links.refs("from_node_id", node).tolist(), links.refs("to_node_id", node).tolist(), strict=True))
    for i, (a, b) in enumerate(ends):
        if len(shapes[i]) < 2:
            shapes[i] = [(builder.nodes[n].x_m, builder.nodes[n].y_m) for n in (a, b)]
    lengths, speeds = _lengths_and_speeds(builder, links, shapes, units)
    lanes = _lane_counts(builder, links)
    texts = {key: _texts(links, key) for key in ("link_id", "name", "facility_type", "allowed_uses", "directed")}
    specs = []
    for i, (a, b) in enumerate(ends):
        link_id = texts["link_id"][i]
        uses = set(texts["allowed_uses"][i].lower().replace(";", ",").replace(" ", "").split(",")) - {""}
        if a == b or (uses and uses <= ON_FOOT):
            builder.note("link that no vehicle can use", "left out", link_id)
            continue
        spec = StreetSpec(
            link_id, a, b, lanes[i], speeds[i], lengths[i], shapes[i], texts["name"][i], texts["facility_type"][i]
        )
        specs.append(spec)
        if texts["directed"][i].strip().lower() in ("0", "false"):
            back = replace(spec, link_id=f"{link_id}_r", from_node=b, to_node=a, points=shapes[i][::-1])
            specs.append(back)
    return specs


def _texts(links: Frame, key: str) -> list[str]:
    return links.texts(key) if key in links else [""] * links.rows


def _lengths_and_speeds(
    builder: CityBuilder, links: Frame, shapes: Sequence[Sequence[Point]], units: _Units
) -> tuple[list[float], list[float]]:
    """In m and m/s."""
    drawn_m = [polyline.length_m(shape) for shape in shapes]
    stated = _reals(links, "length", 0.0) if "length" in links else [0.0] * links.rows
    scale = units.to_metres or _fitting_unit(stated, drawn_m)
    if units.to_metres is None and any(stated):
        builder.note("unit of length not stated", f"taken as {scale:g} m, which fits the geometry", str(links.path))
    lengths = [
        max(value * scale if value > 0.0 else drawn, SHORTEST_M) for value, drawn in zip(stated, drawn_m, strict=True)
    ]
    speed = _reals(links, "free_speed", 0.0) if "free_speed" in links else [0.0] * links.rows
    factor = units.to_mps or (MPS["mph"] if scale in (METRES["mile"], METRES["foot"]) else MPS["km/h"])
    if units.to_mps is None and any(speed):
        builder.note("unit of speed not stated", f"taken as {factor:.5g} m/s", str(links.path))
    for i, value in enumerate(speed):
        if value <= 0.0:
            builder.note("link without speed", "50 km/h", str(i + 1))
    return lengths, [value * factor if value > 0.0 else DEFAULT_SPEED_MPS for value in speed]


def _fitting_unit(stated: Sequence[float], drawn_m: Sequence[float]) -> float:
    """The unit (in m) under which the median stated length is nearest to the drawn one."""
    ratios = [drawn / value for value, drawn in zip(stated, drawn_m, strict=True) if value > 0.0 and drawn > 0.0]
    if not ratios:
        return 1.0
    middle = float(np.median(ratios))
    return min(sorted(set(METRES.values())), key=lambda unit: abs(math.log(middle / unit)))


def _lane_counts(builder: CityBuilder, links: Frame) -> list[int]:
    counts = []
    for row, value in enumerate(_reals(links, "lanes", 0.0) if "lanes" in links else [0.0] * links.rows):
        if value > LANES_MAX:
            raise FormatError(links.path, f"lanes, row {row + 1}", f"{value:g}", f"at most {LANES_MAX}")
        if value < 1.0:
            builder.note("link without lanes", "one lane", str(row + 1))
        counts.append(max(int(value), 1))
    return counts


def _set_control(builder: CityBuilder, streets: Streets) -> None:
    if not builder.links:
        raise InputError("gmns: no link that a vehicle can use")
    for i, spec in enumerate(builder.nodes):
        if len(streets.legs(i)) > 2:
            builder.nodes[i] = replace(spec, control=NodeControl.PRIORITY)
