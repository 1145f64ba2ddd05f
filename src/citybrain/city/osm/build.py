"""OSM file -> city. Junctions with signals get default plans; what is odd is in the import report."""

from __future__ import annotations

import gc
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from citybrain.city import polyline
from citybrain.city.builder import CityBuilder, NodeSpec
from citybrain.city.conflicts import add_conflicts
from citybrain.city.junction import limit_turn_speeds, moves_at
from citybrain.city.model import City, CityMeta, NodeControl, Turn
from citybrain.city.osm.graph import Graph, segments_of
from citybrain.city.osm.parse import OsmFile, Restriction, parse
from citybrain.city.osm.rights import Approach, right_of_way
from citybrain.city.osm.sides import place_keeps_left
from citybrain.city.osm.signs import place_signs
from citybrain.city.osm.ways import BUS_BITS, Carriageway, road_of
from citybrain.city.plans import Move, add_default_plan, add_default_signal
from citybrain.city.polyline import Point
from citybrain.city.streets import Streets, StreetSpec
from citybrain.city.validate import check
from citybrain.errors import FormatError

__all__ = ["read_osm"]

EARTH_RADIUS_M = 6_371_008.8
SHORTEST_M = 1.0


@dataclass(frozen=True)
class _Side:
    """What a directed link keeps of its carriageway and its ways."""

    way: Carriageway
    first_way: int
    last_way: int
    last_node: int
    approach: Approach


def read_osm(path: str | Path) -> City:
    """Read an OSM extract, XML or PBF.

    Coordinates are equirectangular metres around the middle of the map (`meta.projection`). Junctions within 30 m of
    each other of which one has signals become one node. Raises InputError or FormatError (one line).
    """
    with _collector_paused():
        return _read(path)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """A map is millions of small objects without cycles; to search them for cycles again and again doubles the time."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _read(path: str | Path) -> City:
    osm = parse(path)
    xy = np.array(list(osm.places.values()), np.float64)
    lon0, lat0 = ((xy.min(axis=0) + xy.max(axis=0)) / 2.0).tolist()
    projection = f"+proj=eqc +lat_ts={lat0!r} +lat_0={lat0!r} +lon_0={lon0!r} +R={EARTH_RADIUS_M} +units=m"
    builder = CityBuilder(CityMeta(Path(path).name.split(".")[0], "osm", projection=projection))
    left_hand = _keeps_left(builder, osm, lon0, lat0)
    graph = _graph(builder, osm, (lon0, lat0), left_hand)
    node_of = _add_nodes(builder, osm, graph, (lon0, lat0), left_hand)
    if not node_of:
        raise FormatError(path, "way", "no two roads that lead to each other", "a network")
    streets, sides = _streets(builder, graph, node_of)
    _add_movements(streets, sides, _bans(osm.restrictions, streets, sides), _Lights.of(graph, node_of, left_hand))
    if left_hand:
        _mirror(builder)
    city = builder.build()
    check(city)
    return city


def _keeps_left(builder: CityBuilder, osm: OsmFile, lon: float, lat: float) -> bool:
    """Driving side as most ways with the tag state it, else by the place; the report tells which."""
    stated = [way.tags["driving_side"] for way in osm.ways if way.tags.get("driving_side") in {"left", "right"}]
    if stated:
        left, source = 2 * stated.count("left") > len(stated), "the tag driving_side"
    else:
        country = place_keeps_left(lon, lat)
        left, source = country is not None, f"the outline of {country or 'no country where traffic keeps left'}"
    builder.note("driving side", f"traffic keeps {'left' if left else 'right'}, by {source}", builder.meta.name)
    return left


def _graph(builder: CityBuilder, osm: OsmFile, middle: Point, left_hand: bool) -> Graph:
    """Left-hand maps are laid out mirrored (x to the west) as if traffic kept right; `_mirror` turns them back."""
    for what, action, example in osm.notes:
        builder.note(what, action, example)
    north_m = math.radians(1.0) * EARTH_RADIUS_M
    east_m = north_m * math.cos(math.radians(middle[1])) * (-1.0 if left_hand else 1.0)
    places = {n: ((x - middle[0]) * east_m, (y - middle[1]) * north_m) for n, (x, y) in osm.places.items()}
    roads = {}
    for way in osm.ways:
        roads[way.way_id], odd = road_of(way.tags, left_hand)
        for what, action in odd:
            builder.note(what, action, str(way.way_id))
    graph = segments_of(osm, roads, places)
    graph.place_signals()
    place_signs(graph, osm)
    graph.contract()
    graph.split_doubles({place: node for node, place in places.items()})
    graph.join_clusters()
    for what, action, example in graph.notes:
        builder.note(what, action, example)
    return graph


def _add_nodes(builder: CityBuilder, osm: OsmFile, graph: Graph, middle: Point, left_hand: bool) -> dict[int, int]:
    """OSM node -> index, of the largest part of the map in which each place reaches each."""
    kept = _largest(builder, graph)
    members: dict[int, list[int]] = {}
    for node in graph.at:
        if graph.root(node) in kept:
            members.setdefault(graph.root(node), []).append(node)
    north_m = math.radians(1.0) * EARTH_RADIUS_M
    east_m = north_m * math.cos(math.radians(middle[1])) * (-1.0 if left_hand else 1.0)
    node_of = {}
    for root, nodes in members.items():
        near = [n for n in nodes if n == root or graph.home[n] != n]
        lon = math.fsum(osm.places[n][0] for n in near) / len(near)
        lat = math.fsum(osm.places[n][1] for n in near) / len(near)
        degree = sum(graph.degree(n) for n in near)
        control = NodeControl.PRIORITY if degree > 2 else NodeControl.NONE
        xy = ((lon - middle[0]) * east_m, (lat - middle[1]) * north_m)
        index = builder.add_node(NodeSpec(str(root), *xy, lon, lat, control))
        node_of.update(dict.fromkeys(nodes, index))
    return node_of


def _largest(builder: CityBuilder, graph: Graph) -> set[int]:
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    ends = []
    for s in graph.segments.values():
        a, b = graph.root(s.a), graph.root(s.b)
        ends += [(a, b)] * (s.road.ahead.lanes > 0) + [(b, a)] * (s.road.back.lanes > 0)
    if not ends:
        return set()
    nodes, flat = np.unique(np.array(ends, np.int64), return_inverse=True)
    pairs = flat.reshape(-1, 2)
    matrix = coo_matrix((np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(len(nodes), len(nodes)))
    _, label = connected_components(matrix, directed=True, connection="strong")
    good = label == np.bincount(label).argmax()
    for node in nodes[~good].tolist():
        builder.note("node outside the largest connected part", "left out", str(node))
    return set(nodes[good].tolist()) if int(good.sum()) > 1 else set()


def _streets(builder: CityBuilder, graph: Graph, node_of: dict[int, int]) -> tuple[Streets, list[_Side]]:
    specs, sides, used = [], [], dict[int, int]()
    for segment in graph.segments.values():
        if segment.a not in node_of or segment.b not in node_of:
            continue
        part = used[segment.first_way] = used.get(segment.first_way, -1) + 1
        for sign, s in (("", segment), ("-", segment.turned())):
            if s.road.ahead.lanes:
                length_m = max(polyline.length_m(s.points), SHORTEST_M)
                spec = StreetSpec(
                    f"{sign}{segment.first_way}#{part}", node_of[s.a], node_of[s.b], s.road.ahead.lanes,
                    s.road.ahead.speed_mps, length_m, s.points, s.name, s.road.kind, s.road.allowed,
                )  # fmt: skip
                specs.append(spec)
                sides.append(
                    _Side(s.road.ahead, s.first_way, s.last_way, s.b, Approach(s.road.kind, s.road.priority, s.sign_b))
                )
    streets = Streets(builder, specs)
    for link, side in enumerate(sides):
        if side.way.bus_lanes:
            row = builder.links[link]
            lanes = [replace(x, allowed=BUS_BITS) if k < side.way.bus_lanes else x for k, x in enumerate(row.lanes)]
            builder.links[link] = replace(row, lanes=lanes)
    return streets, sides


def _bans(rules: list[Restriction], streets: Streets, sides: list[_Side]) -> set[tuple[int, int]]:
    """Pairs (link in, link out) that turn restrictions forbid."""
    into: dict[tuple[int, int], list[int]] = {}
    for link, side in enumerate(sides):
        into.setdefault((side.last_way, side.last_node), []).append(link)
    banned, note = set[tuple[int, int]](), streets.builder.note
    for rule in rules:
        starts = into.get((rule.from_way, rule.via), [])
        if not starts:
            note("turn restriction whose first way does not lead to its node", "left out", f"{rule.from_way}")
        for start in starts:
            ends = streets.outgoing[streets.specs[start].to_node]
            named = {end for end in ends if sides[end].first_way == rule.to_way}
            if not named:
                note("turn restriction whose last way does not leave its node", "left out", f"{rule.to_way}")
            elif rule.kind.startswith("no_"):
                banned |= {(start, end) for end in named}
            else:
                banned |= {(start, end) for end in ends if end not in named}
    return banned


@dataclass(frozen=True)
class _Lights:
    """Nodes (by index) with signals, and those where everybody stops."""

    lit: set[int]
    all_stop: set[int]
    left_hand: bool

    @staticmethod
    def of(graph: Graph, node_of: dict[int, int], left_hand: bool) -> _Lights:
        lit, all_stop = ({node_of[n] for n in nodes if n in node_of} for nodes in (graph.signals, graph.all_stop))
        return _Lights(lit, all_stop, left_hand)


def _add_movements(streets: Streets, sides: list[_Side], bans: set[tuple[int, int]], lights: _Lights) -> None:
    builder = streets.builder
    arrows = {link: side.way.arrows for link, side in enumerate(sides) if side.way.arrows}
    signals: list[tuple[int, list[Move]]] = []
    for node in range(len(builder.nodes)):
        moves = moves_at(streets, node, arrows, bans)
        if node in lights.lit and moves and any(m.turn is not Turn.UTURN for m in moves):
            signals.append((add_default_signal(streets, node, moves), moves))
            continue
        approaches = {k: sides[k].approach for k in streets.incoming[node]}
        major, control = right_of_way(approaches, all_stop=node in lights.all_stop, left_hand=lights.left_hand)
        if builder.nodes[node].control != NodeControl.NONE:
            builder.nodes[node] = replace(builder.nodes[node], control=control)
        for m in moves:
            streets.connect(m.start, m.lanes, m.end, m.turn, major=m.start in major)
    limit_turn_speeds(streets)
    add_conflicts(builder, streets.paths)
    for signal, moves in signals:
        add_default_plan(streets, signal, moves)


def _mirror(builder: CityBuilder) -> None:
    """Turn a city that was laid out mirrored into its true shape, where traffic keeps left."""
    swap = {Turn.LEFT: Turn.RIGHT, Turn.RIGHT: Turn.LEFT}
    builder.nodes[:] = [replace(spec, x_m=-spec.x_m) for spec in builder.nodes]
    builder.links[:] = [replace(spec, geometry=list(_mirrored(spec.geometry))) for spec in builder.links]
    builder.movements[:] = [replace(spec, turn=swap.get(spec.turn, spec.turn)) for spec in builder.movements]
    for i, spec in enumerate(builder.signals):
        names = [_other_side(name) for name in spec.group_names]
        builder.signals[i] = replace(spec, group_names=names)
    builder.meta = replace(builder.meta, left_hand=True)


def _other_side(name: str) -> str:
    link, _, turn = name.rpartition("-")
    return f"{link}-{ {'left': 'right', 'right': 'left'}.get(turn, turn) }"


def _mirrored(points: Sequence[Point]) -> Iterator[Point]:
    for x, y in points:
        yield (-x, y)
