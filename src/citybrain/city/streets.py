"""Streets of which a source gives only centre lines: lanes, stop lines and movements are laid out by geometry.

Links are node to node in the source. Here every end at a junction is set back from the node, so that there is room
for the movements; the lane is that much shorter, so the distance along a route stays the source's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from citybrain.city import polyline
from citybrain.city.builder import CityBuilder, LaneSpec, LinkSpec, MovementSpec
from citybrain.city.model import Turn, VehicleClass
from citybrain.city.polyline import Point

__all__ = ["StreetSpec", "Streets"]

LANE_WIDTH_M = 3.2
SETBACK_MARGIN_M = 2.0  # stop line behind the crossing road's kerb
JOINT_SETBACK_M = 1.0  # where two links merely meet end to end
PRIORITY_MAX = 1000
SETBACK_SHARE_MAX = 0.3  # of the link's length, at each end


@dataclass(frozen=True)
class StreetSpec:
    """A directed street from node to node; `points` include both ends; `length_m` is the source's."""

    link_id: str
    from_node: int
    to_node: int
    n_lanes: int
    speed_mps: float
    length_m: float
    points: Sequence[Point]
    name: str = ""
    kind: str = ""
    allowed: int = int(VehicleClass.ALL)


@dataclass
class Streets:
    """Lays links and movements into a builder; `paths` is what `add_conflicts` wants."""

    builder: CityBuilder
    specs: Sequence[StreetSpec]
    incoming: list[list[int]] = field(default_factory=list)
    outgoing: list[list[int]] = field(default_factory=list)
    paths: dict[int, list[Point]] = field(default_factory=dict)
    group_movements: dict[int, list[int]] = field(default_factory=dict)
    _ends: list[tuple[list[Point], Point, list[Point], Point]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.incoming = [[] for _ in self.builder.nodes]
        self.outgoing = [[] for _ in self.builder.nodes]
        for link, spec in enumerate(self.specs):
            self.incoming[spec.to_node].append(link)
            self.outgoing[spec.from_node].append(link)
        pairs = {(spec.from_node, spec.to_node) for spec in self.specs}
        for spec in self.specs:
            self._add_link(spec, (spec.to_node, spec.from_node) in pairs)

    def legs(self, node: int) -> set[int]:
        """Neighbour nodes."""
        ahead = {self.specs[link].to_node for link in self.outgoing[node]}
        return ahead | {self.specs[link].from_node for link in self.incoming[node]}

    def _setback_m(self, node: int) -> float:
        legs = len(self.legs(node))
        if legs < 2:
            return 0.0
        if legs == 2:
            return JOINT_SETBACK_M
        widest = max(self.specs[link].n_lanes for link in self.incoming[node] + self.outgoing[node])
        return widest * LANE_WIDTH_M + SETBACK_MARGIN_M

    def _add_link(self, spec: StreetSpec, two_way: bool) -> None:
        limit_m = SETBACK_SHARE_MAX * spec.length_m
        start_m = min(self._setback_m(spec.from_node), limit_m)
        end_m = min(self._setback_m(spec.to_node), limit_m)
        centre = polyline.trim(spec.points, start_m, end_m)
        lane = LaneSpec(spec.length_m - start_m - end_m, spec.speed_mps, LANE_WIDTH_M, spec.allowed)
        priority = min(round(spec.speed_mps * spec.n_lanes), PRIORITY_MAX)
        self.builder.add_link(
            LinkSpec(
                spec.link_id,
                spec.from_node,
                spec.to_node,
                [lane] * spec.n_lanes,
                centre,
                spec.name,
                spec.kind,
                priority,
            )
        )
        self._ends.append(_lane_ends(centre, spec.n_lanes, two_way))

    def connect(self, start: int, lanes: Sequence[int], end: int, turn: Turn, **signal: int | bool) -> None:
        """Movements from `lanes` (kerb first) of link `start` to the fitting lanes of link `end`.

        `signal` may give `group` and `major` of MovementSpec.
        """
        for lane, target in zip(lanes, target_lanes(turn, lanes, self.specs[end].n_lanes), strict=True):
            path = self._path(start, lane, end, target)
            spec = MovementSpec(
                from_lane=self.builder.lane(start, lane),
                to_lane=self.builder.lane(end, target),
                node=self.specs[start].to_node,
                turn=turn,
                length_m=max(polyline.length_m(path), 0.1),
                speed_mps=min(self.specs[start].speed_mps, self.specs[end].speed_mps),
                **signal,  # type: ignore[arg-type]
            )
            movement = self.builder.add_movement(spec)
            self.paths[movement] = path
            self.group_movements.setdefault(spec.group, []).append(movement)

    def _path(self, start: int, lane: int, end: int, target: int) -> list[Point]:
        _, _, stops, leaving = self._ends[start]
        starts, arriving, _, _ = self._ends[end]
        return polyline.curve(stops[lane], leaving, starts[target], arriving)

    def angle(self, start: int, end: int) -> float:
        """Angle of the turn from link `start` to link `end` in rad, > 0 to the left."""
        return polyline.turn_angle(self._ends[start][3], self._ends[end][1])

    def turn(self, start: int, end: int) -> Turn:
        if self.specs[end].to_node == self.specs[start].from_node:
            return Turn.UTURN
        turn = polyline.turn_of(self._ends[start][3], self._ends[end][1])
        if turn is Turn.UTURN:  # a hairpin into another street
            return Turn.LEFT if self.angle(start, end) > 0.0 else Turn.RIGHT
        return turn

    def connect_by_geometry(self, node: int, *, turn_back: bool) -> None:
        """All movements of a node without signal: lanes are shared out among the exits from right to left.

        The straightest pair of approaches with most lanes, speed and length is the major road. `turn_back` allows a
        u-turn at a dead end.
        """
        major = self._major_links(node)
        for start in self.incoming[node]:
            exits = [end for end in self.outgoing[node] if self.turn(start, end) is not Turn.UTURN]
            if not exits and turn_back:
                exits = self.outgoing[node][:1]
            exits.sort(key=lambda end: self.angle(start, end))
            angles = [abs(self.angle(start, end)) for end in exits]
            for end, lanes in zip(exits, share_lanes(self.specs[start].n_lanes, angles), strict=True):
                self.connect(start, lanes, end, self.turn(start, end), major=start in major)

    def _major_links(self, node: int) -> set[int]:
        """Incoming links of the major road."""
        links = self.incoming[node]
        if len(self.legs(node)) < 3:
            return set(links)

        def rank(link: int) -> tuple[float, float]:
            return self.specs[link].n_lanes * self.specs[link].speed_mps, self.specs[link].length_m

        first = max(links, key=rank)
        others = [link for link in links if link != first]
        if not others:
            return {first}
        # two incoming links face each other when their headings are opposite
        heading = self._ends[first][3]
        facing = min(others, key=lambda link: heading[0] * self._ends[link][3][0] + heading[1] * self._ends[link][3][1])
        return {first, facing}


def _lane_ends(centre: Sequence[Point], n_lanes: int, two_way: bool) -> tuple[list[Point], Point, list[Point], Point]:
    """Per lane, kerb first, where it starts and stops; and the headings there."""
    first, last = polyline.heading(centre, at_end=False), polyline.heading(centre, at_end=True)
    inner_m = 0.0 if two_way else -n_lanes * LANE_WIDTH_M / 2.0  # a one-way street lies about its line
    shifts = [inner_m + (n_lanes - lane - 0.5) * LANE_WIDTH_M for lane in range(n_lanes)]
    (ax, ay), (bx, by) = centre[0], centre[-1]
    starts = [(ax + first[1] * shift, ay - first[0] * shift) for shift in shifts]
    stops = [(bx + last[1] * shift, by - last[0] * shift) for shift in shifts]
    return starts, first, stops, last


def target_lanes(turn: Turn, lanes: Sequence[int], n_targets: int) -> list[int]:
    """Lane to arrive in for each lane: right turns keep to the kerb, left turns to the middle, through stays."""
    if turn is Turn.RIGHT:
        wanted = list(range(len(lanes)))
    elif turn is Turn.THROUGH:
        shift = max(0, min(lanes[0], n_targets - len(lanes)))
        wanted = [shift + i for i in range(len(lanes))]
    else:
        wanted = [n_targets - len(lanes) + i for i in range(len(lanes))]
    return [min(max(lane, 0), n_targets - 1) for lane in wanted]


def share_lanes(n_lanes: int, bends_rad: Sequence[float]) -> list[list[int]]:
    """Lanes (kerb first) of each exit; exits run from right to left and bend by `bends_rad` (>= 0).

    Fewer lanes than exits: neighbours share a lane. Else one lane each, the rest to the straightest.
    """
    exits = len(bends_rad)
    if exits == 0:
        return []
    if n_lanes <= exits:
        return [[i * n_lanes // exits] for i in range(exits)]
    straight = min(range(exits), key=lambda i: bends_rad[i])
    counts = [1 + (n_lanes - exits if i == straight else 0) for i in range(exits)]
    first = [sum(counts[:i]) for i in range(exits)]
    return [list(range(first[i], first[i] + counts[i])) for i in range(exits)]
