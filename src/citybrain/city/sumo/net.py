"""What a SUMO network file says, element by element, before any of it is made into a city."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from citybrain.city.sumo.xml import Point, Row, stream

__all__ = ["Connection", "Edge", "Junction", "Lane", "Net", "Place", "Program", "read_net"]


@dataclass(frozen=True, slots=True)
class Lane:
    lane_id: str
    speed_mps: float
    length_m: float
    width_m: float
    allow: str | None
    disallow: str | None
    shape: list[Point]


@dataclass(frozen=True, slots=True)
class Edge:
    row: Row  # for complaints
    edge_id: str
    from_id: str
    to_id: str
    name: str
    kind: str
    priority: int
    shape: list[Point]
    lanes: list[Lane]


@dataclass(frozen=True, slots=True)
class Junction:
    junction_id: str
    kind: str
    x_m: float
    y_m: float
    incoming: list[str]  # lane ids
    inside: list[str]  # lane ids, in the order of the request rows
    requests: list[Request]


@dataclass(frozen=True, slots=True)
class Request:
    """Right of way of one connection; character -1-j of a string speaks of connection j."""

    index: int
    foes: str
    response: str


@dataclass(frozen=True, slots=True)
class Connection:
    row: Row
    from_edge: str
    from_lane: int
    to_edge: str
    to_lane: int
    via: str
    tl: str
    link_index: int  # -1 = not signalised
    turn: str
    state: str
    keep_clear: bool


@dataclass(frozen=True, slots=True)
class Program:
    row: Row
    tl: str
    program_id: str
    kind: str
    offset_s: float
    phases: list[Row]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the plane lies: projected = plane - offset."""

    offset_x_m: float = 0.0
    offset_y_m: float = 0.0
    projection: str = ""


@dataclass
class Net:
    file: str
    left_hand: bool = False
    place: Place = field(default_factory=Place)
    edges: list[Edge] = field(default_factory=list)
    internal: dict[str, Lane] = field(default_factory=dict)  # lanes inside junctions
    junctions: list[Junction] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)
    onward: dict[str, str] = field(default_factory=dict)  # lane inside a junction -> the one that it goes on in
    programs: list[Program] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)  # functions of edges that are no roads


def read_net(path: str | Path) -> Net:
    """Read a network. Raises FormatError naming the element, or InputError where there is no file."""
    net = Net(str(path))
    takers = {"edge": _edge, "junction": _junction, "connection": _connection, "location": _location}
    for row in stream(path, "net"):
        if row.tag == "net":
            net.left_hand = row.flag("lefthand", False)
        elif row.tag == "tlLogic":
            net.programs.append(read_program(row))
        elif row.tag in takers:
            takers[row.tag](net, row)
    return net


def _edge(net: Net, row: Row) -> None:
    function = row.text("function", "normal")
    lanes = [_lane(lane) for lane in row.children if lane.tag == "lane"]
    if function == "internal":
        net.internal.update((lane.lane_id, lane) for lane in lanes)
        return
    if function not in ("normal", "connector"):
        net.skipped[function] += 1
        return
    if not lanes:
        raise row.fail("no lane", "one lane or more")
    net.edges.append(
        Edge(
            row,
            edge_id=row.text("id"),
            from_id=row.text("from"),
            to_id=row.text("to"),
            name=row.text("name", ""),
            kind=row.text("type", "").removeprefix("highway."),
            priority=int(row.number("priority", -1.0)),
            shape=row.points("shape"),
            lanes=lanes,
        )
    )


def _lane(row: Row) -> Lane:
    shape = row.points("shape")
    if len(shape) < 2:
        raise row.fail(f"a shape of {len(shape)} points", "two points or more")
    return Lane(
        lane_id=row.text("id"),
        speed_mps=row.number("speed", minimum=0.0),
        length_m=row.number("length", minimum=0.0),
        width_m=row.number("width", 3.2, minimum=0.1),
        allow=row.attributes.get("allow"),
        disallow=row.attributes.get("disallow"),
        shape=shape,
    )


def _junction(net: Net, row: Row) -> None:
    kind = row.text("type", "priority")
    if kind == "internal":
        return
    requests = [
        Request(child.integer("index"), child.text("foes", ""), child.text("response", ""))
        for child in row.children
        if child.tag == "request"
    ]
    incoming, inside = row.words("incLanes"), row.words("intLanes")
    spot = (row.number("x"), row.number("y"))
    net.junctions.append(Junction(row.text("id"), kind, *spot, incoming, inside, requests))


def _connection(net: Net, row: Row) -> None:
    start, via = row.text("from"), row.text("via", "")
    if start.startswith(":"):
        if via:
            net.onward[f"{start}_{row.integer('fromLane')}"] = via
        return
    tl = row.text("tl", "")
    net.connections.append(
        Connection(
            row,
            from_edge=start,
            from_lane=row.integer("fromLane"),
            to_edge=row.text("to"),
            to_lane=row.integer("toLane"),
            via=via,
            tl=tl,
            link_index=row.integer("linkIndex") if tl else -1,
            turn=row.text("dir", "invalid"),
            state=row.text("state", "M"),
            keep_clear=row.flag("keepClear", True),
        )
    )


def _location(net: Net, row: Row) -> None:
    offset = row.points("netOffset") or [(0.0, 0.0)]
    projection = row.text("projParameter", "!")
    net.place = Place(*offset[0], projection if projection not in ("!", "-") else "")


def read_program(row: Row) -> Program:
    """A `tlLogic` element, of a network or of an additional file."""
    phases = [child for child in row.children if child.tag == "phase"]
    if not phases:
        raise row.fail("no phase", "one phase or more")
    return Program(
        row,
        tl=row.text("id"),
        program_id=row.text("programID", "0"),
        kind=row.text("type", "static"),
        offset_s=row.seconds("offset", 0.0),
        phases=phases,
    )
