"""Ways cut at junctions into segments; mere bends contracted, signals moved to their junctions, clusters joined."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from citybrain.city import polyline
from citybrain.city.osm.parse import OsmFile
from citybrain.city.osm.ways import Road
from citybrain.city.polyline import Point

__all__ = ["Graph", "Segment", "segments_of"]

JOIN_M = 30.0  # junctions so near, one of them with signals, are one junction
APPROACH_M = 40.0  # a signal on an approach this near belongs to the junction ahead


@dataclass(frozen=True)
class Segment:
    """A stretch of road between two nodes; `first_way` and `last_way` are the ways at its two ends."""

    a: int
    b: int
    points: tuple[Point, ...]
    road: Road
    name: str
    first_way: int
    last_way: int
    sign_a: str = ""  # "stop" or "give_way" for those who drive towards a
    sign_b: str = ""

    def turned(self) -> Segment:
        back, points = self.road.turned(), self.points[::-1]
        return Segment(self.b, self.a, points, back, self.name, self.last_way, self.first_way, self.sign_b, self.sign_a)


@dataclass
class Graph:
    """Segments that still stand, and which of them touch a node."""

    segments: dict[int, Segment] = field(default_factory=dict)
    at: dict[int, list[int]] = field(default_factory=dict)
    signals: set[int] = field(default_factory=set)
    all_stop: set[int] = field(default_factory=set)
    home: dict[int, int] = field(default_factory=dict)  # node -> node that stands for its cluster
    notes: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, key: int, segment: Segment) -> None:
        self.segments[key] = segment
        for node in (segment.a, segment.b):
            self.at.setdefault(node, []).append(key)

    def drop(self, key: int) -> Segment:
        segment = self.segments.pop(key)
        for node in (segment.a, segment.b):
            self.at[node].remove(key)
        return segment

    def degree(self, node: int) -> int:
        return len(self.at[node])

    def place_signals(self) -> None:
        """Move signals on approaches to the junction ahead; what lies farther off stays a signal mid-block."""
        for node in sorted(self.signals):
            if node not in self.at:
                self.signals.discard(node)
            elif self.degree(node) == 2:
                near = [s for s in map(self.segments.__getitem__, self.at[node]) if length_of(s) <= APPROACH_M]
                ends = [(length_of(s), s.b if s.a == node else s.a) for s in near]
                ends = [row for row in ends if self.degree(row[1]) > 2]
                if ends:
                    self.signals.discard(node)
                    self.signals.add(min(ends)[1])
            elif self.degree(node) < 2:
                self.signals.discard(node)
                self.notes.append(("signal at a dead end", "left out", str(node)))

    def contract(self) -> None:
        """Remove nodes where one road goes on unchanged."""
        for node in list(self.at):
            keys = self.at[node]
            if len(keys) != 2 or keys[0] == keys[1] or node in self.signals:
                continue
            one, two = self.segments[keys[0]], self.segments[keys[1]]
            one = one if one.b == node else one.turned()
            two = two if two.a == node else two.turned()
            if one.road != two.road or node in (one.a, two.b) or self._would_double(one, two):
                continue
            first = keys[0]
            for key in list(keys):
                self.drop(key)
            points = one.points + two.points[1:]
            sign_a = one.sign_a or (two.sign_a if length_of(one) <= APPROACH_M else "")
            sign_b = two.sign_b or (one.sign_b if length_of(two) <= APPROACH_M else "")
            name = one.name or two.name
            joined = Segment(one.a, two.b, points, one.road, name, one.first_way, two.last_way, sign_a, sign_b)
            self.add(first, joined)

    def _would_double(self, one: Segment, two: Segment) -> bool:
        """Would the joined road be a loop, or lie beside another, so that going on looks like turning back?"""
        if one.a == two.b:
            return True
        others = (self.segments[key] for key in self.at[one.a])
        for s in others:
            if {s.a, s.b} == {one.a, two.b}:
                beside = s if s.a == one.a else s.turned()
                if not _opposed(beside.road, one.road):
                    return True
        return False

    def split_doubles(self, nodes_of: Mapping[Point, int]) -> None:
        """Cut streets beside another between the same two nodes at a bend, so that going on is not turning back."""
        pairs: dict[tuple[int, int], list[int]] = {}
        for key, s in self.segments.items():
            pairs.setdefault((min(s.a, s.b), max(s.a, s.b)), []).append(key)
        for (a, b), keys in pairs.items():
            rows = [self.segments[key] for key in keys]
            if a == b or len(rows) < 2 or (len(rows) == 2 and _opposed(*(_road_from(a, s) for s in rows))):
                continue
            keys.sort(key=lambda key: len(self.segments[key].points))
            for key in keys[1:]:
                self._split(key, nodes_of)

    def _split(self, key: int, nodes_of: Mapping[Point, int]) -> None:
        s = self.segments[key]
        middle = len(s.points) // 2
        if len(s.points) < 3 or (node := nodes_of.get(s.points[middle], s.a)) in self.at:
            self.notes.append(("streets without bend side by side", "kept; going on looks like turning back", str(s.a)))
            return
        self.drop(key)
        self.add(key, replace(s, b=node, points=s.points[: middle + 1], last_way=s.first_way, sign_b=""))
        self.add(max(self.segments) + 1, replace(s, a=node, points=s.points[middle:], first_way=s.last_way, sign_a=""))

    def join_clusters(self) -> None:
        """Give junctions that one signal steers the same home; their inner segments fall away."""
        self.home = {node: node for node in self.at}
        places = {n: p for s in self.segments.values() for n, p in ((s.a, s.points[0]), (s.b, s.points[-1]))}
        for segment in sorted(self.segments.values(), key=length_of):
            if length_of(segment) > JOIN_M:
                break
            a, b = self.root(segment.a), self.root(segment.b)
            lit = segment.a in self.signals or segment.b in self.signals
            both = min(self.degree(segment.a), self.degree(segment.b)) > 2
            if a != b and lit and both and math.dist(places[a], places[b]) <= 2.0 * JOIN_M:
                self.home[max(a, b)] = min(a, b)
                self.signals.add(min(a, b))
                self.signals.discard(max(a, b))
                self.signals.update((segment.a, segment.b))
        for key, segment in list(self.segments.items()):
            if self.root(segment.a) == self.root(segment.b):
                self.drop(key)
                if segment.a == segment.b:
                    self.notes.append(("road that ends where it begins", "left out", str(segment.first_way)))
        self.signals = {self.root(node) for node in self.signals}

    def root(self, node: int) -> int:
        while self.home[node] != node:
            node = self.home[node]
        return node


def length_of(segment: Segment) -> float:
    return polyline.length_m(segment.points)


def _road_from(node: int, segment: Segment) -> Road:
    return segment.road if segment.a == node else segment.road.turned()


def _opposed(one: Road, two: Road) -> bool:
    """Are these the two carriageways of one street?"""
    ahead, back = one.ahead.lanes > 0 and two.ahead.lanes > 0, one.back.lanes > 0 and two.back.lanes > 0
    return not ahead and not back


def segments_of(osm: OsmFile, roads: dict[int, Road], places: dict[int, Point]) -> Graph:
    """Cut all ways where they meet, and at signals."""
    graph = Graph()
    uses = Counter(node for way in osm.ways for node in way.nodes)
    for node, tags in osm.node_tags.items():
        if tags.get("highway") == "traffic_signals" and node in places:
            if tags.get("crossing") and uses[node] == 1 and tags.get("traffic_signals") == "pedestrian_crossing":
                graph.notes.append(("signal of a crossing on foot", "left out", str(node)))
            else:
                graph.signals.add(node)
        elif tags.get("highway") == "crossing" and node in places and _is_lit(tags):
            graph.notes.append(("signal of a crossing on foot", "left out", str(node)))
    key = 0
    for way in osm.ways:
        last, start = len(way.nodes) - 1, 0
        third = max(last // 3, 1)
        name = way.tags.get("name", "")
        for i in range(1, last + 1):
            node = way.nodes[i]
            loop = way.nodes[0] == way.nodes[-1] and last > 2 and i in (third, 2 * third)
            if i == last or uses[node] > 1 or node in graph.signals or loop:
                points = tuple(places[n] for n in way.nodes[start : i + 1])
                graph.add(key, Segment(way.nodes[start], node, points, roads[way.way_id], name, way.way_id, way.way_id))
                key, start = key + 1, i
    return graph


def _is_lit(tags: dict[str, str]) -> bool:
    return tags.get("crossing") == "traffic_signals" or tags.get("crossing:signals") == "yes"
