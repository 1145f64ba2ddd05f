"""The Hof tracks as a city: roads of the true routes, and distractor roads that make it as hard as a full map.

The OpenStreetMap extract that belongs to the tracks is not published with them. The union of the true routes alone is
too easy a map: nearly every road on it was driven. So roads that nobody drove are put in by a seed: parallel streets,
dead ends, links between roads nearby, and the other direction of every road.
"""

from __future__ import annotations

import csv
import gzip
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from citybrain.city.builder import CityBuilder, LaneSpec, LinkSpec, MovementSpec, NodeSpec
from citybrain.city.model import City, CityMeta, Turn, VehicleClass
from citybrain.city.polyline import turn_of, unit
from citybrain.estimate.match_tracks import Ways
from citybrain.records.observations import Probes, make

F64 = NDArray[np.float64]
Segment = tuple[int, int]  # two numbers of points
SPEED_MPS = 25.0  # limits are not in the data: one for all
SERVICE_MPS = 8.0  # of roads that were added
SNAP_M = 0.3  # a vertex so near to a stretch of road lies on it
EARTH_M = 6_371_000.0


@dataclass(frozen=True)
class Hof:
    """Points of the roads (m), the true routes as points passed, one after another, and the reports."""

    x_m: F64
    y_m: F64
    routes: list[list[list[int]]]  # by track: parts, each the points passed
    probes: Probes  # vehicle = number of the track + 1


@dataclass(frozen=True)
class Roads:
    """A city made of point-to-point stretches, and which stretches each of its links is."""

    city: City
    stretches: list[list[Segment]]  # by link


def read_hof(folder: Path) -> Hof:
    """Read both files; metres on a plane that touches the earth in their middle."""
    names, t, lon, lat = [], [], [], []
    with gzip.open(folder / "points.csv.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            names.append(int(row["id"]))
            t.append(datetime.fromisoformat(row["time"]).timestamp())
            here = row["geometry"].removeprefix("POINT (").removesuffix(")").split()
            lon.append(float(here[0]))
            lat.append(float(here[1]))
    centre = (float(np.mean(lon)), float(np.mean(lat)))
    x, y = _plane(np.array(lon), np.array(lat), centre)
    car = np.array(names, np.uint64) + np.uint64(1)
    lines = _lines(folder / "ground_truth.csv.gz", centre)
    px, py, routes = _points(lines)
    return Hof(px, py, _split(px, py, routes), make(Probes, t, t, car, x, y, np.nan, 0))


def _plane(lon: F64, lat: F64, centre: tuple[float, float]) -> tuple[F64, F64]:
    scale = np.radians(EARTH_M)
    return (lon - centre[0]) * scale * np.cos(np.radians(centre[1])), (lat - centre[1]) * scale


def _lines(path: Path, centre: tuple[float, float]) -> list[list[F64]]:
    """True routes by track, as lists of lines [n, 2] in metres."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        csv.field_size_limit(10_000_000)
        rows = {int(row["id"]): row["WKT"] for row in csv.DictReader(file)}
    found = []
    for k in range(len(rows)):
        parts = re.findall(r"\(([^()]+)\)", rows[k])
        lonlat = [np.array([p.split() for p in part.split(",")], np.float64) for part in parts]
        found.append([np.column_stack(_plane(line[:, 0], line[:, 1], centre)) for line in lonlat])
    return found


def _points(lines: list[list[F64]]) -> tuple[F64, F64, list[list[list[int]]]]:
    """Distinct points of all lines (to the centimetre), and the lines as numbers of points; joined where they meet."""
    number: dict[tuple[int, int], int] = {}
    routes: list[list[list[int]]] = []
    for track in lines:
        parts: list[list[int]] = []
        for line in track:
            keys = [(int(a), int(b)) for a, b in np.round(line * 100.0)]
            nodes = [number.setdefault(key, len(number)) for key in keys]
            nodes = [n for k, n in enumerate(nodes) if k == 0 or n != nodes[k - 1]]
            if parts and parts[-1][-1] == nodes[0]:
                parts[-1] += nodes[1:]
            else:
                parts.append(nodes)
        routes.append([part for part in parts if len(part) > 1])
    where = np.array(list(number), np.float64) / 100.0
    return where[:, 0], where[:, 1], routes


def _split(x: F64, y: F64, routes: list[list[list[int]]]) -> list[list[list[int]]]:
    """Routes with every point named that lies on one of their stretches: then equal roads are equal points."""
    stretches = sorted({tuple(sorted(pair)) for track in routes for part in track for pair in pairwise(part)})
    between: dict[Segment, list[int]] = {}
    for a, b in stretches:
        dx, dy = x[b] - x[a], y[b] - y[a]
        length = float(np.hypot(dx, dy))
        along = ((x - x[a]) * dx + (y - y[a]) * dy) / length
        off = np.abs((x - x[a]) * dy - (y - y[a]) * dx) / length
        on = np.flatnonzero((off < SNAP_M) & (along > 0.0) & (along < length))
        on = on[(on != a) & (on != b)]
        if on.size:
            between[a, b] = on[np.argsort(along[on])].tolist()
    return [[_with_between(part, between) for part in track] for track in routes]


def _with_between(part: list[int], between: dict[Segment, list[int]]) -> list[int]:
    out = [part[0]]
    for a, b in pairwise(part):
        inside = between.get((a, b)) if a < b else between.get((b, a), [])[::-1]
        out += [*(inside or []), b]
    return out


def driven(hof: Hof) -> Counter[Segment]:
    """All stretches that somebody drove, by how many times."""
    return Counter(pair for track in hof.routes for part in track for pair in pairwise(part))


def turned_round(hof: Hof) -> set[int]:
    """Points where somebody turned round: a link ends there."""
    parts = (part for track in hof.routes for part in track)
    return {b for part in parts for a, b, c in zip(part, part[1:], part[2:], strict=False) if a == c}


def roads_of(x: F64, y: F64, stretches: set[Segment], apart: set[int], n_driven: int) -> Roads:
    """A city of these stretches; those between two crossings (or points of `apart`) are one link.

    Roads with a point from number `n_driven` on were added, and are as slow as service roads.
    """
    ahead: dict[int, list[int]] = defaultdict(list)
    behind: dict[int, list[int]] = defaultdict(list)
    for a, b in sorted(stretches):
        ahead[a].append(b)
        behind[b].append(a)
    points = sorted(set(ahead) | set(behind))
    corner = {p for p in points if p in apart or not _passed_through(p, ahead, behind)}
    chains, seen = [], set()
    for start in [*sorted(corner), *points]:  # what no corner begins is a ring
        for first in ahead[start]:
            if (start, first) in seen:
                continue
            chain = _follow(start, first, ahead, corner)
            seen.update(chain)
            chains.append(chain)
    return _city(x, y, chains, n_driven)


def _passed_through(p: int, ahead: dict[int, list[int]], behind: dict[int, list[int]]) -> bool:
    """A road goes on here and nothing else begins or ends."""
    out, into = set(ahead[p]), set(behind[p])
    both = len(out) == 2 and out == into
    single = len(out) == 1 and len(into) == 1 and out != into
    return both or single


def _follow(start: int, first: int, ahead: dict[int, list[int]], corner: set[int]) -> list[Segment]:
    chain = [(start, first)]
    while chain[-1][1] not in corner and chain[-1][1] != start:
        here, before = chain[-1][1], chain[-1][0]
        chain.append((here, next(n for n in ahead[here] if n != before)))
    return chain


def _city(x: F64, y: F64, chains: list[list[Segment]], n_driven: int) -> Roads:
    builder = CityBuilder(CityMeta("Hof", "gmns"))
    ends = sorted({p for chain in chains for p in (chain[0][0], chain[-1][1])})
    node = {p: builder.add_node(NodeSpec(str(p), float(x[p]), float(y[p]))) for p in ends}
    into: dict[int, list[int]] = defaultdict(list)
    out: dict[int, list[int]] = defaultdict(list)
    lines = []
    for k, chain in enumerate(chains):
        points = [chain[0][0], *(b for _, b in chain)]
        line = [(float(x[p]), float(y[p])) for p in points]
        lines.append(line)
        length_m = float(np.hypot(*np.diff(np.array(line), axis=0).T).sum())
        speed_mps = SPEED_MPS if max(points) < n_driven else SERVICE_MPS
        lane = LaneSpec(max(length_m, 0.01), speed_mps, 3.2, int(VehicleClass.CAR))
        builder.add_link(LinkSpec(str(k), node[points[0]], node[points[-1]], [lane], line))
        out[points[0]].append(k)
        into[points[-1]].append(k)
    for p in ends:
        for a in into[p]:
            for b in out[p]:
                turn = turn_of(unit(*lines[a][-2:]), unit(*lines[b][:2]))
                back = chains[a][-1] == chains[b][0][::-1]
                turn = Turn.UTURN if back else Turn.THROUGH if turn == Turn.UTURN else turn
                builder.add_movement(MovementSpec(a, b, node[p], turn, 0.01, 10.0))
    return Roads(builder.build(), chains)


def correct_m(roads: Roads, ways: Ways, vehicle: int, track: list[list[int]], length: dict[Segment, float]) -> F64:
    """Metres of a track's true route, of the way found, and of what both have."""
    true: Counter[Segment] = Counter()
    for part in track:
        for pair in pairwise(part):
            true[pair] += length[pair]
    found: Counter[Segment] = Counter()
    for k in np.flatnonzero(ways.vehicle == vehicle):
        way = ways.link[ways.offset[k] : ways.offset[k + 1]].tolist()
        for at, link in enumerate(way):
            low = float(ways.start_m[k]) if at == 0 else 0.0
            high = float(ways.end_m[k]) if at == len(way) - 1 else np.inf
            run = 0.0
            for pair in roads.stretches[link]:
                size = length[pair]
                found[pair] += max(min(run + size, high) - max(run, low), 0.0)
                run += size
    both = sum(min(metres, found[pair]) for pair, metres in true.items())
    return np.array([sum(true.values()), sum(found.values()), both])
