"""Nodes and links of a SUMO network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from citybrain.city.builder import CityBuilder, LaneSpec, LinkSpec, NodeSpec
from citybrain.city.model import NodeControl, VehicleClass
from citybrain.city.sumo.net import Edge, Lane, Net
from citybrain.city.sumo.permissions import allowed_bits
from citybrain.city.sumo.place import lon_lat
from citybrain.city.sumo.xml import Point

__all__ = ["Roads", "add_roads"]

SHORTEST_M = 0.1
SLOWEST_MPS = 0.1
CONTROLS = {
    "priority": NodeControl.PRIORITY,
    "priority_stop": NodeControl.PRIORITY,
    "zipper": NodeControl.PRIORITY,
    "traffic_light": NodeControl.SIGNAL,
    "traffic_light_unregulated": NodeControl.SIGNAL,
    "traffic_light_right_on_red": NodeControl.SIGNAL,
    "right_before_left": NodeControl.RIGHT_BEFORE_LEFT,
    "left_before_right": NodeControl.RIGHT_BEFORE_LEFT,
    "allway_stop": NodeControl.ALL_WAY_STOP,
    "dead_end": NodeControl.NONE,
    "unregulated": NodeControl.NONE,
}


@dataclass
class Roads:
    """Where SUMO's names went."""

    node: dict[str, int] = field(default_factory=dict)
    link: dict[str, int] = field(default_factory=dict)
    lane: dict[tuple[str, int], int] = field(default_factory=dict)  # edge, SUMO's index -> lane of the city
    shape: dict[int, list[Point]] = field(default_factory=dict)  # by lane of the city
    speed_mps: dict[int, float] = field(default_factory=dict)  # by lane of the city
    known: frozenset[str] = frozenset()  # edges of the file, those that were left out too


def add_roads(builder: CityBuilder, net: Net) -> Roads:
    """Add nodes and links. Lanes on which no motor vehicle may drive are left out, and roads of nothing else."""
    for function, count in sorted(net.skipped.items()):
        for _ in range(count):
            builder.note(f"edge with function {function}", "left out", net.file)
    kept = [(edge, lanes) for edge in net.edges if (lanes := _motor_lanes(builder, edge))]
    roads = Roads(known=frozenset(edge.edge_id for edge in net.edges))
    _add_nodes(builder, net, roads, {end for edge, _ in kept for end in (edge.from_id, edge.to_id)})
    for edge, lanes in kept:
        _add_link(builder, roads, edge, lanes)
    return roads


def _motor_lanes(builder: CityBuilder, edge: Edge) -> list[tuple[int, Lane, int]]:
    """SUMO's index, lane and permissions of the lanes that motor vehicles may use."""
    kept = []
    for index, lane in enumerate(edge.lanes):
        bits = allowed_bits(lane.allow, lane.disallow)
        if bits & VehicleClass.MOTOR:
            kept.append((index, lane, bits))
        else:
            builder.note("lane without motor vehicles (foot, cycle, rail)", "left out", lane.lane_id)
    return kept


def _add_nodes(builder: CityBuilder, net: Net, roads: Roads, used: set[str]) -> None:
    junctions = [junction for junction in net.junctions if junction.junction_id in used]
    for junction in net.junctions:
        if junction.junction_id not in used:
            builder.note("junction without roads", "left out", junction.junction_id)
    for junction, (lon, lat) in zip(junctions, lon_lat(builder, net.place, junctions), strict=True):
        if junction.kind not in CONTROLS:
            builder.note(f"junction of type {junction.kind}", "priority rules instead", junction.junction_id)
        control = CONTROLS.get(junction.kind, NodeControl.PRIORITY)
        spec = NodeSpec(junction.junction_id, junction.x_m, junction.y_m, lon, lat, control)
        roads.node[junction.junction_id] = builder.add_node(spec)


def _add_link(builder: CityBuilder, roads: Roads, edge: Edge, lanes: Sequence[tuple[int, Lane, int]]) -> None:
    if edge.edge_id in roads.link:
        raise edge.row.fail("a second edge of this id", "unique ids")
    for key, end in (("from", edge.from_id), ("to", edge.to_id)):
        if end not in roads.node:
            raise edge.row.fail(f"{key}={end!r} is no junction", "the id of a junction")
    specs = [_lane_spec(builder, lane, bits) for _, lane, bits in lanes]
    geometry = edge.shape if len(edge.shape) >= 2 else lanes[len(lanes) // 2][1].shape
    ends = roads.node[edge.from_id], roads.node[edge.to_id]
    spec = LinkSpec(edge.edge_id, *ends, specs, geometry, edge.name, edge.kind, edge.priority)
    link = roads.link[edge.edge_id] = builder.add_link(spec)
    for place, (index, lane, _) in enumerate(lanes):
        row = roads.lane[edge.edge_id, index] = builder.lane(link, place)
        roads.shape[row] = lane.shape
        roads.speed_mps[row] = specs[place].speed_mps


def _lane_spec(builder: CityBuilder, lane: Lane, bits: int) -> LaneSpec:
    if lane.length_m < SHORTEST_M:
        builder.note("lane without length", f"length set to {SHORTEST_M} m", lane.lane_id)
    if lane.speed_mps < SLOWEST_MPS:
        builder.note("lane with a speed of 0", f"speed set to {SLOWEST_MPS} m/s", lane.lane_id)
    length_m, speed_mps = max(lane.length_m, SHORTEST_M), max(lane.speed_mps, SLOWEST_MPS)
    return LaneSpec(length_m, speed_mps, lane.width_m, bits)
