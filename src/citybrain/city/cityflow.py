"""Reader of CityFlow road networks (`roadnet.json`, plain or gzip).

Source of the format: Zhang et al., "CityFlow: A Multi-Agent Reinforcement Learning Environment for Large Scale City
Traffic Scenario", WWW 2019, and the behaviour of the published program:

* lane 0 is the innermost (left-most) lane, so lanes are flipped into our kerb-first order;
* a lane is the road's centre line moved right by half its width and that of the lanes inside it, cut at each
  non-virtual end by that intersection's `width`;
* every lane link is one movement with its own polyline; turns are driven at 8.3333 m/s at most (its `turnSpeed`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from citybrain.city import polyline
from citybrain.city.builder import CityBuilder, LaneSpec, LinkSpec, MovementSpec, NodeSpec, SignalSpec
from citybrain.city.conflicts import add_conflicts
from citybrain.city.model import City, CityMeta, NodeControl, Turn
from citybrain.city.source import Element, read_json
from citybrain.city.stages import StageTable, add_stage_plan
from citybrain.city.validate import check

__all__ = ["read_cityflow"]

TURNS = {"go_straight": Turn.THROUGH, "turn_left": Turn.LEFT, "turn_right": Turn.RIGHT}
DEFAULT_CHANGE_S = 3.0
TURN_SPEED_MPS = 8.3333  # CityFlow drives turns no faster
SHORTEST_M = 0.1  # lanes and movements need a length; CityFlow allows none
Point = tuple[float, float]


@dataclass
class _Import:
    """What the passes over the file share."""

    builder: CityBuilder
    node: dict[str, int] = field(default_factory=dict)
    cut_m: list[float] = field(default_factory=list)  # per node: how much of its roads it takes
    link: dict[str, int] = field(default_factory=dict)
    lanes: list[list[list[Point]]] = field(default_factory=list)  # per link, kerb lane first: polyline
    paths: dict[int, Sequence[Point]] = field(default_factory=dict)
    plans: list[tuple[int, StageTable]] = field(default_factory=list)  # signal, stages
    group_movements: dict[int, list[int]] = field(default_factory=dict)


def read_cityflow(path: str | Path) -> City:
    """Read a CityFlow road network.

    Signals carry one group per road link and one plan `<id>:file`: the file's phases in their order, each followed
    by a change interval. Raises FormatError (one line: file, element, what was expected) or InputError.
    """
    root = read_json(path)
    state = _Import(CityBuilder(CityMeta(name=_city_name(path), source="cityflow")))
    crossings = root.items("intersections")
    for crossing in crossings:
        _add_node(state, crossing)
    for road in root.items("roads"):
        _add_road(state, road)
    for crossing in crossings:
        _add_crossing(state, crossing)
    add_conflicts(state.builder, state.paths)
    for signal, stages in state.plans:
        add_stage_plan(state.builder, signal, "file", stages, state.group_movements)
    city = state.builder.build()
    check(city)
    return city


def _city_name(path: str | Path) -> str:
    return Path(path).name.split(".")[0]


def _add_node(state: _Import, crossing: Element) -> None:
    node_id = crossing.text("id")
    if node_id in state.node:
        raise crossing.fail(f"second intersection {node_id!r}", "unique ids")
    virtual = _is_virtual(crossing)
    x_m, y_m = crossing.get("point").point()
    state.cut_m.append(0.0 if virtual else crossing.number("width", 0.0))
    state.node[node_id] = state.builder.add_node(NodeSpec(node_id, x_m, y_m, control=_control(crossing)))


def _is_virtual(crossing: Element) -> bool:
    virtual = crossing.get("virtual")
    if not isinstance(virtual.value, bool):
        raise virtual.fail(repr(virtual.value), "true or false")
    return virtual.value


def _control(crossing: Element) -> NodeControl:
    if _is_virtual(crossing) or not crossing.items("roadLinks"):
        return NodeControl.NONE
    return NodeControl.SIGNAL if _read_stages(crossing) is not None else NodeControl.PRIORITY


def _known(element: Element, key: str, table: dict[str, int], what: str) -> int:
    name = element.text(key)
    if name not in table:
        raise element.get(key).fail(f"unknown {what} {name!r}", f"the id of a {what}")
    return table[name]


def _add_road(state: _Import, road: Element) -> None:
    link_id = road.text("id")
    if link_id in state.link:
        raise road.fail(f"second road {link_id!r}", "unique ids")
    start = _known(road, "startIntersection", state.node, "intersection")
    end = _known(road, "endIntersection", state.node, "intersection")
    points = [point.point() for point in road.items("points")]
    if len(points) < 2 or polyline.length_m(points) <= 0.0:
        raise road.get("points").fail(f"{len(points)} points without length", "two points or more")
    centre = _cut_ends(points, state.cut_m[start], state.cut_m[end])
    lanes = road.items("lanes")
    if not lanes:
        raise road.get("lanes").fail("no lane", "one lane or more")
    shapes, specs, inside_m = [], [], 0.0
    for lane in lanes:
        width_m = lane.number("width", 0.1)
        shapes.append(polyline.offset_right(centre, inside_m + width_m / 2.0))
        inside_m += width_m
        length_m = _positive(state.builder, polyline.length_m(shapes[-1]), "lane", link_id)
        specs.append(LaneSpec(length_m, lane.number("maxSpeed", 0.1), width_m))
    spec = LinkSpec(link_id, start, end, specs[::-1], centre, priority=len(lanes))
    state.link[link_id] = state.builder.add_link(spec)
    state.lanes.append(shapes[::-1])


def _cut_ends(points: list[Point], start_m: float, end_m: float) -> list[Point]:
    """First and last point moved along the first and last stretch: CityFlow never cuts beyond the next point."""
    first, last = polyline.unit(points[0], points[1]), polyline.unit(points[-2], points[-1])
    (ax, ay), (bx, by) = points[0], points[-1]
    return [
        (ax + first[0] * start_m, ay + first[1] * start_m),
        *points[1:-1],
        (bx - last[0] * end_m, by - last[1] * end_m),
    ]


def _positive(builder: CityBuilder, length_m: float, what: str, name: str) -> float:
    if length_m >= SHORTEST_M:
        return length_m
    builder.note(f"{what} without length", f"length set to {SHORTEST_M} m", name)
    return SHORTEST_M


def _add_crossing(state: _Import, crossing: Element) -> None:
    for road in crossing.items("roads"):
        if road.as_text() not in state.link:
            raise road.fail(f"unknown road {road.value!r}", "the id of a road")
    road_links = crossing.items("roadLinks")
    if _is_virtual(crossing):
        if road_links:
            state.builder.note("virtual intersection with road links", "links left out", crossing.text("id"))
        return
    stages = _read_stages(crossing) if road_links else None
    signal = _add_signal(state, crossing, stages, len(road_links)) if stages is not None else -1
    if road_links and stages is None:
        state.builder.note("intersection without distinct phases", "priority rules instead", crossing.text("id"))
    for i, road_link in enumerate(road_links):
        group = state.builder.group(signal, i) if signal >= 0 else -1
        _add_road_link(state, road_link, state.node[crossing.text("id")], group)


def _add_signal(state: _Import, crossing: Element, stages: StageTable, groups: int) -> int:
    names = [str(i) for i in range(groups)]
    name = crossing.text("id")
    spec = SignalSpec(name, state.node[name], names, yellow_s=stages.yellow_s, all_red_s=0.0)
    signal = state.builder.add_signal(spec)
    state.plans.append((signal, stages))
    return signal


def _read_stages(crossing: Element) -> StageTable | None:
    """Stages of an intersection; None where no light changes anything (no phase, or one that is always shown).

    A phase with nothing but the road links that every phase has is the change phase: it is no stage, and its time
    is the time of a change (3 s where the file has none).
    """
    if not crossing.has("trafficLight"):
        return None
    count = len(crossing.items("roadLinks"))
    phases = []
    for phase in crossing.get("trafficLight").items("lightphases"):
        members = frozenset(index.as_integer(count) for index in phase.items("availableRoadLinks"))
        phases.append((phase.number("time", 0.0), members))
    if len({members for _, members in phases}) < 2:
        return None
    always = frozenset.intersection(*(members for _, members in phases))
    change_s = next((time_s for time_s, members in phases if members == always and time_s > 0.0), DEFAULT_CHANGE_S)
    stages = {members: (time_s, members) for time_s, members in reversed(phases) if members != always}
    order = dict.fromkeys(members for _, members in phases if members in stages)
    return StageTable(always, change_s, 0.0, tuple(stages[members] for members in order))


def _path_speed_mps(turn: Turn, limit_mps: float) -> float:
    return limit_mps if turn is Turn.THROUGH else min(limit_mps, TURN_SPEED_MPS)


def _add_road_link(state: _Import, road_link: Element, node: int, group: int) -> None:
    kind = road_link.text("type")
    if kind not in TURNS:
        raise road_link.get("type").fail(repr(kind), ", ".join(TURNS))
    start = _known(road_link, "startRoad", state.link, "road")
    end = _known(road_link, "endRoad", state.link, "road")
    links = state.builder.links
    if links[start].to_node != node or links[end].from_node != node:
        raise road_link.fail(f"{links[start].link_id} -> {links[end].link_id}", "roads that meet here")
    turn = Turn.UTURN if links[start].from_node == links[end].to_node else TURNS[kind]
    for lane_link in road_link.items("laneLinks"):
        from_index = len(links[start].lanes) - 1 - lane_link.integer("startLaneIndex", len(links[start].lanes))
        to_index = len(links[end].lanes) - 1 - lane_link.integer("endLaneIndex", len(links[end].lanes))
        path = _lane_path(lane_link, state.lanes[start][from_index], state.lanes[end][to_index])
        spec = MovementSpec(
            from_lane=state.builder.lane(start, from_index),
            to_lane=state.builder.lane(end, to_index),
            node=node,
            turn=turn,
            length_m=_positive(state.builder, polyline.length_m(path), "lane link", links[start].link_id),
            speed_mps=_path_speed_mps(turn, links[start].lanes[from_index].speed_mps),
            group=group,
            major=turn is Turn.THROUGH,
        )
        movement = state.builder.add_movement(spec)
        state.paths[movement] = path
        state.group_movements.setdefault(group, []).append(movement)


def _lane_path(lane_link: Element, start: Sequence[Point], end: Sequence[Point]) -> list[Point]:
    """The file's polyline; where it gives none, a curve from the end of one lane to the start of the next."""
    points = [point.point() for point in lane_link.items("points")] if lane_link.has("points") else []
    if len(points) >= 2:
        return points
    leaving, arriving = polyline.heading(start, at_end=True), polyline.heading(end, at_end=False)
    return polyline.curve(start[-1], leaving, end[0], arriving)
