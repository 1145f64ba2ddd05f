"""Stop and give-way signs: nodes on an approach, which bind those who drive towards the junction ahead."""

from __future__ import annotations

from dataclasses import replace

from citybrain.city import polyline
from citybrain.city.osm.graph import APPROACH_M, Graph, Segment
from citybrain.city.osm.parse import OsmFile

__all__ = ["place_signs"]

SIGNS = ("stop", "give_way")
LEFT_OUT = "left out"


def place_signs(graph: Graph, osm: OsmFile) -> None:
    """Write every sign to the end of the segment it stands on; call it before the graph is contracted."""
    signs = {n: t for n, t in osm.node_tags.items() if t.get("highway") in SIGNS and n in osm.places}
    if not signs:
        return
    cut = {n for n in signs if n in graph.at}
    for node in sorted(cut):
        _at_cut(graph, node, signs[node])
    for way in osm.ways:
        if any(n in signs and n not in cut for n in way.nodes):
            _inside(graph, way.way_id, way.nodes, {n: signs[n] for n in way.nodes if n in signs and n not in cut})


def _at_cut(graph: Graph, node: int, tags: dict[str, str]) -> None:
    """A sign where ways meet: at the junction itself only `stop=all` says whom it binds."""
    if graph.degree(node) > 2:
        if tags.get("stop") == "all":
            graph.all_stop.add(node)
        else:
            graph.notes.append(("sign on a junction itself", LEFT_OUT, str(node)))
        return
    near = []
    for key in graph.at[node]:
        segment = graph.segments[key]
        other = segment.b if segment.a == node else segment.a
        if graph.degree(other) > 2:
            near.append((polyline.length_m(segment.points), key, other))
    if not near or min(near)[0] > APPROACH_M:
        graph.notes.append(("sign far from a junction", LEFT_OUT, str(node)))
        return
    _, key, other = min(near)
    _mark(graph, key, graph.segments[key].b == other, tags)


def _inside(graph: Graph, way: int, nodes: tuple[int, ...], signs: dict[int, dict[str, str]]) -> None:
    """Signs on nodes between the cuts of a way."""
    for key in _keys_of(graph, way, nodes):
        segment = graph.segments[key]
        begin = _index(nodes, segment)
        for i in range(1, len(segment.points) - 1):
            tags = signs.get(nodes[begin + i])
            if tags is None:
                continue
            far_m = polyline.length_m(segment.points[: i + 1]), polyline.length_m(segment.points[i:])
            ends = _ends(tags, segment, far_m)
            for to_b in ends:
                if far_m[to_b] <= APPROACH_M:
                    _mark(graph, key, to_b, tags)
                else:
                    graph.notes.append(("sign far from a junction", LEFT_OUT, str(nodes[begin + i])))


def _keys_of(graph: Graph, way: int, nodes: tuple[int, ...]) -> list[int]:
    keys = {key for n in nodes for key in graph.at.get(n, ()) if graph.segments[key].first_way == way}
    return sorted(keys)


def _index(nodes: tuple[int, ...], segment: Segment) -> int:
    """Where in its way a segment begins."""
    size = len(segment.points) - 1
    starts = range(len(nodes) - size)
    return next(i for i in starts if nodes[i] == segment.a and nodes[i + size] == segment.b)


def _ends(tags: dict[str, str], segment: Segment, far_m: tuple[float, float]) -> list[bool]:
    """Towards which ends (True = b) a sign is meant: as tagged, as the road may be driven, else the nearer one."""
    stated = {"forward": [True], "backward": [False], "both": [False, True]}.get(tags.get("direction", ""))
    if stated is not None:
        return stated
    if segment.road.back.lanes == 0 or segment.road.ahead.lanes == 0:
        return [segment.road.ahead.lanes > 0]
    return [far_m[1] <= far_m[0]]


def _mark(graph: Graph, key: int, to_b: bool, tags: dict[str, str]) -> None:
    segment, sign = graph.segments[key], tags["highway"]
    graph.segments[key] = replace(segment, sign_b=sign) if to_b else replace(segment, sign_a=sign)
    if tags.get("stop") == "all":
        graph.all_stop.add(segment.b if to_b else segment.a)
