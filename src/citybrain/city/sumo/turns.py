"""Movements of a SUMO network: a connection and the lanes inside the junction that it leads over."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from citybrain.city.builder import CityBuilder, MovementSpec
from citybrain.city.model import Turn
from citybrain.city.polyline import heading, turn_of
from citybrain.city.sumo.net import Connection, Junction, Net, Request
from citybrain.city.sumo.roads import SHORTEST_M, SLOWEST_MPS, Roads
from citybrain.city.sumo.xml import Point

__all__ = ["Turns", "add_turns"]

TURNS = {
    "s": Turn.THROUGH,
    "l": Turn.LEFT,
    "L": Turn.LEFT,
    "r": Turn.RIGHT,
    "R": Turn.RIGHT,
    "t": Turn.UTURN,
    "T": Turn.UTURN,
}
LONGEST_CHAIN = 8  # lanes inside a junction that follow each other; SUMO builds two


@dataclass(frozen=True, slots=True)
class Path:
    """Way of one connection through its junction."""

    lanes: tuple[str, ...]  # ids of the lanes inside the junction, in driving direction
    points: list[Point]
    length_m: float
    speed_mps: float
    hold_m: float


@dataclass
class Turns:
    """Movements beside the connections that they came from; -1 = the connection was left out."""

    movement: list[int] = field(default_factory=list)  # by connection of the net
    path: dict[int, Path] = field(default_factory=dict)  # by movement
    inside: dict[str, int] = field(default_factory=dict)  # lane id inside a junction -> connection of the net
    start: dict[str, list[int]] = field(default_factory=dict)  # lane id of a road -> its connections


def add_turns(builder: CityBuilder, net: Net, roads: Roads, group: list[int]) -> Turns:
    """Add one movement a connection; `group` [connections] is the signal group of each, -1 = none.

    Connections of lanes that were left out are left out too. Raises FormatError where a connection names what is not
    there or joins edges that do not meet.
    """
    turns = Turns()
    rows = {junction.inside[r.index]: r for junction in net.junctions for r in junction.requests if _told(junction, r)}
    for index, connection in enumerate(net.connections):
        path = _path(net, roads, connection)
        turns.start.setdefault(f"{connection.from_edge}_{connection.from_lane}", []).append(index)
        if path is None:
            builder.note("connection of a lane that was left out", "left out", connection.row.place)
            turns.movement.append(-1)
            continue
        turns.inside.update((lane, index) for lane in path.lanes)
        request = rows.get(path.lanes[-1]) if path.lanes else None
        spec = _movement(builder, roads, connection, path, request)
        turns.movement.append(builder.add_movement(replace(spec, group=group[index])))
        turns.path[turns.movement[-1]] = path
    return turns


def _told(junction: Junction, request: Request) -> bool:
    return request.index < len(junction.inside)


def _movement(
    builder: CityBuilder, roads: Roads, connection: Connection, path: Path, request: Request | None
) -> MovementSpec:
    """The movement without its signal group; `request` is None where the network does not rule the right of way."""
    start = roads.lane[connection.from_edge, connection.from_lane]
    end = roads.lane[connection.to_edge, connection.to_lane]
    node = builder.links[roads.link[connection.from_edge]].to_node
    if builder.links[roads.link[connection.to_edge]].from_node != node:
        raise connection.row.fail("edges that do not meet at a junction", "an edge that starts where the other ends")
    turn = TURNS.get(connection.turn)
    if turn is None:
        turn = turn_of(heading(roads.shape[start], at_end=True), heading(roads.shape[end], at_end=False))
        builder.note(f"connection of direction {connection.turn}", "turn told by its angle", connection.row.place)
    yields = request is not None and "1" in request.response
    return MovementSpec(
        *(start, end, node, turn, path.length_m, path.speed_mps),
        major=connection.state in "MO" or (bool(connection.tl) and not yields),
        hold_m=path.hold_m,
        # keeping clear serves those who cross: where nobody does, SUMO does not ask for it either
        keep_clear=connection.keep_clear and (request is None or "1" in request.foes),
    )


def _path(net: Net, roads: Roads, connection: Connection) -> Path | None:
    """The way through the junction; None where one of its ends was left out."""
    for edge, lane in ((connection.from_edge, connection.from_lane), (connection.to_edge, connection.to_lane)):
        if edge not in roads.known:
            raise connection.row.fail(f"unknown edge {edge!r}", "the id of an edge")
        if (edge, lane) not in roads.lane:
            return None
    chain = _chain(net, connection)
    if not chain:
        return _straight(roads, connection)
    lanes = [net.internal[name] for name in chain]
    points = [point for lane in lanes for point in lane.shape]
    length_m = max(sum(lane.length_m for lane in lanes), SHORTEST_M)
    hold_m = min(lanes[0].length_m, length_m) if len(lanes) > 1 else -1.0
    speed_mps = max(min(lane.speed_mps for lane in lanes), SLOWEST_MPS)
    return Path(tuple(chain), points, length_m, speed_mps, hold_m)


def _chain(net: Net, connection: Connection) -> list[str]:
    chain: list[str] = []
    lane = connection.via
    while lane and len(chain) < LONGEST_CHAIN:
        if lane not in net.internal:
            raise connection.row.fail(f"via={lane!r} is no lane", "the id of a lane inside the junction")
        chain.append(lane)
        lane = net.onward.get(lane, "")
    return chain


def _straight(roads: Roads, connection: Connection) -> Path:
    """Without lanes inside the junction: the line from one lane's end to the other's start."""
    start = roads.lane[connection.from_edge, connection.from_lane]
    end = roads.lane[connection.to_edge, connection.to_lane]
    line = [roads.shape[start][-1], roads.shape[end][0]]
    return Path((), line, max(math.dist(*line), SHORTEST_M), min(roads.speed_mps[start], roads.speed_mps[end]), -1.0)
