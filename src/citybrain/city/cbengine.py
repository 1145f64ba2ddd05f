"""Reader of CBEngine road networks (text; KDD Cup 2021 City Brain Challenge), plain or gzip.

File: n; n lines `lat lon id signalised`; m; m blocks of three lines (`from to length speed lanes lanes id id`, then
the lane bits of each direction: left through right for every lane, innermost lane first); s; s lines
`id exit exit exit exit` with the roads leaving a signalised intersection, clockwise from the north, -1 = none.

At a signal the bits and the exits rule: left is the next exit clockwise, through the one after, right the third.
A lane whose only exits are missing has no movement. Elsewhere the lanes are shared out by geometry, and the wider,
faster, longer road is the major one. Contest rules: eight stages, right turns never stopped, 5 s between two stages,
here 3 s yellow and 2 s all red.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

from citybrain.city.builder import CityBuilder, NodeSpec, SignalSpec
from citybrain.city.conflicts import add_conflicts
from citybrain.city.model import City, CityMeta, NodeControl, Turn
from citybrain.city.polyline import Point
from citybrain.city.source import Lines
from citybrain.city.stages import StageTable, add_stage_plan
from citybrain.city.streets import Streets, StreetSpec
from citybrain.city.validate import check

__all__ = ["read_cbengine"]

EARTH_RADIUS_M = 6_371_008.8
STAGE_S = 20.0  # the contest's plain fixed cycle
YELLOW_S = 3.0
ALL_RED_S = 2.0
SIDES = "NESW"
TURNS = (Turn.LEFT, Turn.THROUGH, Turn.RIGHT)  # order of the bits; turn i leads to the (i + 1)-th exit clockwise
# The eight stages as (approach sides, turns), numbered from 1 in the rules
STAGES = (
    ((0, 2), (Turn.LEFT,)),
    ((0, 2), (Turn.THROUGH,)),
    ((1, 3), (Turn.LEFT,)),
    ((1, 3), (Turn.THROUGH,)),
    *(((side,), (Turn.LEFT, Turn.THROUGH)) for side in range(4)),
)
NO_ROAD = "-1"
LANES_MAX = 20


@dataclass
class _File:
    """What the file says, in its order."""

    nodes: list[tuple[float, float, str, bool]] = field(default_factory=list)  # lat, lon, id, signalised
    node: dict[str, int] = field(default_factory=dict)
    streets: list[tuple[str, int, int, int, float, float]] = field(default_factory=list)  # id from to lanes speed m
    bits: list[list[tuple[bool, bool, bool]]] = field(default_factory=list)  # per street and lane, innermost first
    link: dict[str, int] = field(default_factory=dict)
    exits: dict[int, list[int]] = field(default_factory=dict)  # node -> street leaving at N, E, S, W or -1


def read_cbengine(path: str | Path) -> City:
    """Read a CBEngine road network.

    Coordinates are equirectangular metres around the mean point (`meta.projection`). Raises FormatError (one line:
    file, line, what was expected) or InputError.
    """
    source = _read(Lines(path))
    lat0 = math.fsum(row[0] for row in source.nodes) / len(source.nodes)
    lon0 = math.fsum(row[1] for row in source.nodes) / len(source.nodes)
    projection = f"+proj=eqc +lat_ts={lat0!r} +lat_0={lat0!r} +lon_0={lon0!r} +R={EARTH_RADIUS_M} +units=m"
    builder = CityBuilder(CityMeta(Path(path).name.split(".")[0], "cbengine", projection=projection))
    places = [local_xy(lat, lon, lat0, lon0) for lat, lon, _, _ in source.nodes]
    streets = _add_streets(builder, source, places)
    tables = [(_add_signal(streets, source, node), node) for node in source.exits]
    for node in range(len(source.nodes)):
        if node not in source.exits:
            streets.connect_by_geometry(node, turn_back=False)
    add_conflicts(builder, streets.paths)
    for signal, (table, _) in enumerate(tables):
        add_stage_plan(builder, signal, "eight", table, streets.group_movements)
    city = builder.build()
    check(city)
    return city


def local_xy(lat: float, lon: float, lat0: float, lon0: float) -> Point:
    """Equirectangular metres east and north of (lat0, lon0), all in degrees."""
    east_m = EARTH_RADIUS_M * math.radians(lon - lon0) * math.cos(math.radians(lat0))
    return east_m, EARTH_RADIUS_M * math.radians(lat - lat0)


def _read(lines: Lines) -> _File:
    source = _File()
    for _ in range(lines.count("number of intersections")):
        _read_node(lines, source)
    if not source.nodes:
        raise lines.fail("no intersection", "one or more")
    for _ in range(lines.count("number of road segments")):
        _read_segment(lines, source)
    for _ in range(lines.count("number of signalised intersections")):
        _read_exits(lines, source)
    if left := lines.rest():
        raise lines.fail(f"{left} more lines", "the end of the file")
    return source


def _read_node(lines: Lines, source: _File) -> None:
    lat, lon, name, signalised = lines.words(4, "lat lon id signalised")
    if name in source.node:
        raise lines.fail(f"second intersection {name}", "unique ids")
    source.node[name] = len(source.nodes)
    row = (lines.real(lat, "latitude", -90.0), lines.real(lon, "longitude", -360.0), name, signalised == "1")
    if row[0] > 90.0 or signalised not in ("0", "1"):
        raise lines.fail(f"lat {lat}, signalised {signalised}", "lat <= 90, signalised 0 or 1")
    source.nodes.append(row)


def _read_segment(lines: Lines, source: _File) -> None:
    """Three lines: two streets, one a direction."""
    start, end, length, speed, ahead, back, id_ahead, id_back = lines.words(8, "from to length speed 2 lanes 2 ids")
    for name in (start, end):
        if name not in source.node:
            raise lines.fail(f"unknown intersection {name}", "the id of an intersection")
    length_m, speed_mps = lines.real(length, "length in m", 0.1), lines.real(speed, "speed in m/s", 0.1)
    a, b = source.node[start], source.node[end]
    lanes = [lines.integer(word, "number of lanes", 1) for word in (ahead, back)]
    if max(lanes) > LANES_MAX:
        raise lines.fail(f"{max(lanes)} lanes", f"at most {LANES_MAX} lanes")
    for name, ends, n_lanes in ((id_ahead, (a, b), lanes[0]), (id_back, (b, a), lanes[1])):
        if name in source.link:
            raise lines.fail(f"second road {name}", "unique ids")
        source.link[name] = len(source.streets)
        source.streets.append((name, *ends, n_lanes, speed_mps, length_m))
    for n_lanes in lanes:
        source.bits.append(_read_bits(lines, n_lanes))


def _read_bits(lines: Lines, n_lanes: int) -> list[tuple[bool, bool, bool]]:
    words = lines.words(3 * n_lanes, f"left through right of {n_lanes} lanes")
    if set(words) - {"0", "1"}:
        raise lines.fail(" ".join(words[:12]), "0 or 1 only")
    flags = [word == "1" for word in words]
    return [(flags[i], flags[i + 1], flags[i + 2]) for i in range(0, len(flags), 3)]


def _read_exits(lines: Lines, source: _File) -> None:
    name, *roads = lines.words(5, "id and four exits")
    if name not in source.node:
        raise lines.fail(f"unknown intersection {name}", "the id of an intersection")
    node = source.node[name]
    if node in source.exits:
        raise lines.fail(f"second signal at {name}", "one signal an intersection")
    for road in roads:
        if road != NO_ROAD and (road not in source.link or source.streets[source.link[road]][1] != node):
            raise lines.fail(f"exit {road}", f"a road that leaves {name}, or -1")
    if len(set(roads) - {NO_ROAD}) != len(roads) - roads.count(NO_ROAD):
        raise lines.fail(" ".join(roads), "different exits")
    source.exits[node] = [-1 if road == NO_ROAD else source.link[road] for road in roads]


def _add_streets(builder: CityBuilder, source: _File, places: list[Point]) -> Streets:
    legs = [0] * len(places)
    for _, start, *_ in source.streets:
        legs[start] += 1
    for i, ((x_m, y_m), (lat, lon, name, signalised)) in enumerate(zip(places, source.nodes, strict=True)):
        if signalised != (i in source.exits):
            builder.note("signal flag and list of signals differ", "the list rules", name)
        control = NodeControl.PRIORITY if legs[i] > 2 else NodeControl.NONE
        control = NodeControl.SIGNAL if i in source.exits else control
        builder.add_node(NodeSpec(name, x_m, y_m, lon, lat, control))
    specs = []
    for name, start, end, n_lanes, speed_mps, length_m in source.streets:
        points = [places[start], places[end]]
        specs.append(StreetSpec(name, start, end, n_lanes, speed_mps, length_m, points))
    return Streets(builder, specs)


def _add_signal(streets: Streets, source: _File, node: int) -> StageTable:
    """Signal of a node, its groups (approach side and turn) and their movements."""
    wanted = _turning_lanes(streets, source, node)
    group_of = {key: i for i, key in enumerate(wanted)}
    names = [f"{SIDES[side]}-{turn.name.lower()}" for side, turn in wanted]
    node_id = streets.builder.nodes[node].node_id
    spec = SignalSpec(node_id, node, names, yellow_s=YELLOW_S, all_red_s=ALL_RED_S)
    signal = streets.builder.add_signal(spec)
    for (side, turn), (start, lanes, end) in wanted.items():
        group = streets.builder.group(signal, group_of[side, turn])
        streets.connect(start, lanes, end, turn, group=group, major=turn is Turn.THROUGH)
    always = frozenset(i for (_, turn), i in group_of.items() if turn is Turn.RIGHT)
    stages = dict.fromkeys(_stage(group_of, sides, turns) | always for sides, turns in STAGES)
    used = tuple((STAGE_S, members) for members in stages if members - always)
    return StageTable(always, YELLOW_S, ALL_RED_S, used or ((STAGE_S, always),))


def _stage(group_of: dict[tuple[int, Turn], int], sides: tuple[int, ...], turns: tuple[Turn, ...]) -> frozenset[int]:
    keys = ((side, turn) for side in sides for turn in turns)
    return frozenset(group_of[key] for key in keys if key in group_of)


def _turning_lanes(streets: Streets, source: _File, node: int) -> dict[tuple[int, Turn], tuple[int, list[int], int]]:
    """(side, turn) -> (link in, its lanes kerb first, link out)."""
    exits = source.exits[node]
    facing = {source.streets[link][2]: side for side, link in enumerate(exits) if link >= 0}
    wanted: dict[tuple[int, Turn], tuple[int, list[int], int]] = {}
    for start in streets.incoming[node]:
        name, from_node = source.streets[start][0], source.streets[start][1]
        if from_node not in facing:
            streets.builder.note("approach without exit on its side", "no movement from it", name)
            continue
        side = facing[from_node]
        kerb_first = source.bits[start][::-1]
        used = set()
        for i, turn in enumerate(TURNS):
            end = exits[(side + i + 1) % len(SIDES)]
            lanes = [k for k, bits in enumerate(kerb_first) if bits[i]]
            if end >= 0 and lanes:
                wanted[side, turn] = (start, lanes, end)
                used.update(lanes)
        for k in sorted(set(range(len(kerb_first))) - used):
            streets.builder.note("lane whose exit is missing", "lane without movement", f"{name} lane {k} from kerb")
    return dict(sorted(wanted.items(), key=lambda item: (item[0][0], TURNS.index(item[0][1]))))
