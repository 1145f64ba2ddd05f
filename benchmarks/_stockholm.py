"""Central Stockholm from its shapefile, and vehicles that drive through it with positions as noisy as one likes."""

from __future__ import annotations

import gzip
import struct
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from benchmarks._hof import EARTH_M
from numpy.typing import NDArray

from citybrain.city.builder import CityBuilder, LaneSpec, LinkSpec, MovementSpec, NodeSpec
from citybrain.city.model import City, CityMeta, Turn, VehicleClass
from citybrain.city.polyline import turn_of, unit
from citybrain.city.routing import RouteGraph, route, strongly_connected
from citybrain.errors import FormatError, RouteError
from citybrain.records.observations import Probes, make

F64 = NDArray[np.float64]
Point = tuple[float, float]
POLYLINE, SHAPE_POINT = 3, 1
SPEED_FRAC = (0.5, 1.0)  # of the limit, drawn by link


def read_dbf(path: Path) -> list[dict[str, str]]:
    """Rows of a dBase file as text, by the names of its columns."""
    raw = gzip.decompress(path.read_bytes())
    n, head, width = struct.unpack_from("<IHH", raw, 4)
    columns, at, place = [], 32, 1
    while raw[at] != 0x0D:
        columns.append((raw[at : at + 11].rstrip(b"\0").decode("ascii"), place, raw[at + 16]))
        place += raw[at + 16]
        at += 32
    rows = (raw[head + k * width : head + (k + 1) * width] for k in range(n))
    return [{name: row[p : p + w].decode("utf-8", "replace").strip() for name, p, w in columns} for row in rows]


def read_shapes(path: Path) -> list[F64]:
    """Points [n, 2] of each shape of a shapefile of points or simple lines."""
    raw = gzip.decompress(path.read_bytes())
    at, found = 100, []
    while at < len(raw):
        size = 2 * struct.unpack_from(">i", raw, at + 4)[0]
        kind = struct.unpack_from("<i", raw, at + 8)[0]
        if kind == SHAPE_POINT:
            found.append(np.frombuffer(raw, "<f8", 2, at + 12).reshape(1, 2))
        elif kind == POLYLINE:
            parts, n = struct.unpack_from("<ii", raw, at + 44)
            found.append(np.frombuffer(raw, "<f8", 2 * n, at + 52 + 4 * parts).reshape(n, 2))
        else:
            raise FormatError(path, f"shape {len(found)}", f"kind {kind}", "a point or a line")
        at += 8 + size
    return found


def read_stockholm(folder: Path) -> City:
    """The streets as a city: every movement at a junction, turning round only where a street ends."""
    nodes = read_shapes(folder / "stockholm_nodes.shp.gz")
    names = (row["osmid"] for row in read_dbf(folder / "stockholm_nodes.dbf.gz"))
    where = {name: shape[0] for name, shape in zip(names, nodes, strict=True)}
    lonlat = np.array(list(where.values()))
    centre = lonlat.mean(axis=0)
    scale = np.radians(EARTH_M) * np.array([np.cos(np.radians(centre[1])), 1.0])
    builder = CityBuilder(CityMeta("Stockholm", "osm"))
    metres = {osm: (place - centre) * scale for osm, place in where.items()}
    number = {osm: builder.add_node(NodeSpec(osm, float(x), float(y))) for osm, (x, y) in metres.items()}
    rows = read_dbf(folder / "stockholm_edges.dbf.gz")
    lines: list[list[Point]] = []
    ends: list[tuple[int, int]] = []
    for row, shape in zip(rows, read_shapes(folder / "stockholm_edges.shp.gz"), strict=True):
        against = np.hypot(*(shape[0] - where[row["u"]])) > np.hypot(*(shape[-1] - where[row["u"]]))
        line = [(float(x), float(y)) for x, y in ((shape[::-1] if against else shape) - centre) * scale]
        length_m = max(float(np.hypot(*np.diff(np.array(line), axis=0).T).sum()), 0.1)
        kmh = next((int(word) for word in row["maxspeed"].replace("'", " ").split() if word.isdigit()), 50)
        lane = LaneSpec(length_m, kmh / 3.6, 3.2, int(VehicleClass.CAR))
        ends.append((number[row["u"]], number[row["v"]]))
        builder.add_link(LinkSpec(str(len(lines)), *ends[-1], [lane], line, row["name"], row["highway"]))
        lines.append(line)
    _add_movements(builder, lines, ends)
    return builder.build()


def _add_movements(builder: CityBuilder, lines: list[list[Point]], ends: list[tuple[int, int]]) -> None:
    out: dict[int, list[int]] = defaultdict(list)
    for k, (u, _) in enumerate(ends):
        out[u].append(k)
    for a, (u, v) in enumerate(ends):
        onward = [b for b in out[v] if ends[b][1] != u]
        for b in onward or out[v]:
            turn = turn_of(unit(*lines[a][-2:]), unit(*lines[b][:2]))
            turn = Turn.UTURN if not onward else Turn.THROUGH if turn == Turn.UTURN else turn
            builder.add_movement(MovementSpec(a, b, v, turn, 0.1, 10.0))


@dataclass(frozen=True)
class Drives:
    """Where vehicles truly were, each second: rows by vehicle, then time."""

    vehicle: NDArray[np.uint64]
    time_s: F64
    link: NDArray[np.int32]
    x_m: F64
    y_m: F64
    ways: list[list[int]]  # by vehicle


def drive(city: City, n: int, seed: int = 1, least_m: float = 2000.0) -> Drives:
    """`n` trips between random links on fastest ways at least so long; each link at a share of its limit drawn anew."""
    rng = np.random.default_rng(seed)
    graph = RouteGraph.from_city(city)
    open_links = np.flatnonzero(strongly_connected(graph))
    parts, ways = [], []
    while len(ways) < n:
        a, b = rng.choice(open_links, 2, replace=False)
        try:
            way = route(graph, int(a), int(b)).tolist()
        except RouteError:
            continue
        if city.links.length_m[way].sum() >= least_m:
            parts.append(_seconds(city, way, rng))
            ways.append(way)
    vehicle = np.repeat(np.arange(1, n + 1, dtype=np.uint64), [part[0].size for part in parts])
    time_s = np.concatenate([np.arange(part[0].size, dtype=np.float64) for part in parts])
    link, x, y = (np.concatenate([part[k] for part in parts]) for k in range(3))
    return Drives(vehicle, time_s, link.astype(np.int32), x, y, ways)


def _seconds(city: City, way: list[int], rng: np.random.Generator) -> tuple[F64, F64, F64]:
    """Link, x and y at every second of a drive."""
    length_m = city.links.length_m[way]
    leave_s = np.cumsum(length_m / city.links.speed_mps[way] / rng.uniform(*SPEED_FRAC, len(way)))
    t = np.arange(0.0, leave_s[-1])
    k = np.searchsorted(leave_s, t, side="right")
    enter_s = np.concatenate([[0.0], leave_s])[k]
    share = (t - enter_s) / (leave_s[k] - enter_s)
    x, y = np.empty(t.size), np.empty(t.size)
    for i, link in enumerate(way):
        line = slice(city.links.geometry_offset[link], city.links.geometry_offset[link + 1])
        gx, gy = city.links.geometry_x_m[line], city.links.geometry_y_m[line]
        run = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(gx), np.diff(gy)))])
        here = k == i
        x[here], y[here] = np.interp(share[here] * run[-1], run, gx), np.interp(share[here] * run[-1], run, gy)
    return np.array(way)[k], x, y


def reports(drives: Drives, sigma_m: float, period_s: int, seed: int = 2) -> tuple[Probes, NDArray[np.int32]]:
    """Noisy positions each `period_s`, without speeds, and the links where they truly are."""
    rng = np.random.default_rng(seed)
    kept = np.flatnonzero(drives.time_s % period_s == 0)
    x = drives.x_m[kept] + sigma_m * rng.standard_normal(kept.size)
    y = drives.y_m[kept] + sigma_m * rng.standard_normal(kept.size)
    time_s = drives.time_s[kept]
    return make(Probes, time_s, time_s, drives.vehicle[kept], x, y, np.nan, 0), drives.link[kept]
