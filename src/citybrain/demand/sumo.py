"""Reader of SUMO demand (`.rou.xml`, `.trips.xml`, or the route files of a `.sumocfg`; plain or gzip)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np

from citybrain.city.model import City, ImportReport, VehicleClass
from citybrain.city.routing import RouteGraph, route
from citybrain.city.sumo.config import is_scenario, read_scenario
from citybrain.city.sumo.xml import Row, stream
from citybrain.demand.model import DEPART_BEST, DEPART_FREE, DEPART_RANDOM, SPEED_MAX, SPEED_RANDOM, Demand
from citybrain.demand.sumo_flows import departures, seed_of
from citybrain.demand.sumo_rows import Departure, OddityError, Rows
from citybrain.demand.sumo_types import DEFAULT_TYPE, read_type
from citybrain.errors import RouteError

__all__ = ["read_sumo_demand"]

LANES = {
    "best": DEPART_BEST,
    "best_prob": DEPART_BEST,
    "random": DEPART_RANDOM,
    "free": DEPART_FREE,
    "allowed": DEPART_FREE,
}
SPEEDS = {"max": SPEED_MAX, "avg": SPEED_MAX, "desired": SPEED_MAX, "speedLimit": SPEED_MAX, "random": SPEED_RANDOM}
USUAL_LANE, USUAL_SPEED = "best_prob", "avg"  # defaults of SUMO 1.28; older versions began on the first lane at rest
NOT_VEHICLES = ("person", "personFlow", "container", "containerFlow")
IGNORED = frozenset(("routes", "additional", "tlLogic", "location", "interval"))
Share = tuple[str, float]  # member of a distribution, probability


@dataclass
class _Import:
    """What has been read so far."""

    rows: Rows
    types: dict[str, VehicleClass | None] = field(default_factory=dict)
    type_shares: dict[str, list[Share]] = field(default_factory=dict)
    routes: dict[str, Row] = field(default_factory=dict)
    route_shares: dict[str, list[Share]] = field(default_factory=dict)
    graphs: dict[VehicleClass, RouteGraph] = field(default_factory=dict)


def read_sumo_demand(path: str | Path, city: City) -> tuple[Demand, ImportReport]:
    """Read vehicles, trips and flows onto a city read by `read_sumo`.

    Trips keep route -1, those with `via` get the fastest route over it at free flow. Vehicles that cannot drive
    (unknown or closed road, gap in the route, no departure time) are left out and counted in the report. Raises
    FormatError naming the element where the file is malformed.
    """
    state = _Import(Rows(city))
    state.rows.add_type(DEFAULT_TYPE, read_type(Row(str(path), "vType", {"id": DEFAULT_TYPE})).spec)
    state.types[DEFAULT_TYPE] = VehicleClass.CAR
    for file, root in _files(path):
        for row in stream(file, root):
            _take(state, row)
    return state.rows.build(), state.rows.report()


def _files(path: str | Path) -> list[tuple[Path, str]]:
    if not is_scenario(path):
        return [(Path(path), "routes")]
    scenario = read_scenario(path)
    return [*((file, "additional") for file in scenario.additional), *((file, "routes") for file in scenario.routes)]


def _take(state: _Import, row: Row) -> None:
    takers = {
        "vType": _take_type,
        "vTypeDistribution": _take_type_distribution,
        "route": _take_route,
        "routeDistribution": _take_route_distribution,
        "vehicle": _take_vehicle,
        "trip": _take_vehicle,
        "flow": _take_flow,
    }
    if row.tag in takers:
        takers[row.tag](state, row)
    elif row.tag in NOT_VEHICLES:
        state.rows.note(f"<{row.tag}>", "left out: vehicles alone are simulated", row.place)
    elif row.tag not in IGNORED:
        state.rows.note(f"<{row.tag}>", "left out", row.place)


def _take_type(state: _Import, row: Row) -> None:
    name, read = row.text("id"), read_type(row)
    state.types[name] = read.spec.vehicle_class if read.spec is not None else None
    state.rows.add_type(name, read.spec)
    for what, action in read.notes:
        state.rows.note(what, action, name)


def _take_type_distribution(state: _Import, row: Row) -> None:
    shares: list[Share] = []
    for child in row.children:
        if child.tag == "vType":
            _take_type(state, child)
            shares.append((child.text("id"), child.number("probability", 1.0, minimum=0.0)))
    shares += _named_shares(row, "vTypes")
    state.type_shares[row.text("id")] = shares


def _named_shares(row: Row, key: str) -> list[Share]:
    names = row.words(key)
    weights = [row.number_in("probabilities", word) for word in row.words("probabilities")] or [1.0] * len(names)
    if len(weights) != len(names):
        raise row.fail(f"{len(weights)} probabilities", f"one for each of {len(names)} {key}")
    return list(zip(names, weights, strict=True))


def _take_route(state: _Import, row: Row) -> None:
    state.routes[row.text("id")] = row


def _take_route_distribution(state: _Import, row: Row) -> None:
    shares: list[Share] = []
    for i, child in enumerate(row.children):
        name = child.text("id", child.text("refId", f"{row.text('id')}#{i}"))
        if child.has("edges"):
            state.routes[name] = child
        shares.append((name, child.number("probability", 1.0, minimum=0.0)))
    state.route_shares[row.text("id")] = shares + _named_shares(row, "routes")


def _draw(shares: Sequence[Share], key: str) -> str | None:
    """One member by its probability; the draw depends on `key` alone. None where no member can be drawn."""
    total = sum(weight for _, weight in shares)
    if total <= 0.0:
        return None
    point = np.random.default_rng(seed_of(key)).random() * total
    for name, weight in shares:
        point -= weight
        if point < 0.0:
            return name
    return shares[-1][0]


def _take_vehicle(state: _Import, row: Row) -> None:
    word = row.text("depart")
    if word in ("triggered", "containerTriggered", "split", "now", "begin"):
        state.rows.note(f"departure {word!r}", "vehicle left out", row.text("id"))
        return
    _add(state, row, row.text("id"), row.seconds("depart"))


def _take_flow(state: _Import, row: Row) -> None:
    meta = state.rows.city.meta
    for k, depart_s in enumerate(departures(row, meta.begin_s, meta.end_s).tolist()):
        _add(state, row, f"{row.text('id')}.{k}", depart_s)


def _add(state: _Import, row: Row, name: str, depart_s: float) -> None:
    """Add one vehicle, or note why it cannot be."""
    try:
        type_name, vehicle_class = _type_of(state, row, name)
        links, fixed = _links(state, row, name, vehicle_class)
        lane = _depart_lane(state, row, links[0], vehicle_class)
    except OddityError as oddity:
        state.rows.note(oddity.what, "vehicle left out", oddity.example)
        return
    speed_mps = _depart_speed(state, row)
    if row.text("departPos", "base") not in ("base", "0"):
        state.rows.note("departPos", "departs at the road's start", name)
    if any(child.tag == "stop" for child in row.children):
        state.rows.note("stops on the way", "driven through", name)
    state.rows.add(Departure(name, depart_s, type_name, tuple(links), fixed, lane, speed_mps))


def _type_of(state: _Import, row: Row, name: str) -> tuple[str, VehicleClass]:
    wanted = row.text("type", DEFAULT_TYPE)
    if wanted in state.type_shares:
        wanted = _draw(state.type_shares[wanted], f"type of {name}") or wanted
    if wanted not in state.types:
        raise OddityError(f"unknown vehicle type {wanted}", name)
    vehicle_class = state.types[wanted]
    if vehicle_class is None:
        raise OddityError("vehicle that does not drive on roads", name)
    return wanted, vehicle_class


def _links(state: _Import, row: Row, name: str, vehicle_class: VehicleClass) -> tuple[list[int], bool]:
    """Links of the whole route (True), or origin and destination alone (False)."""
    listed = _listed_route(state, row, name)
    if listed is None:
        if not row.has("from") or not row.has("to"):
            raise OddityError("neither a route nor from and to", name)
        stops = [row.text("from"), *row.words("via"), row.text("to")]
    else:
        stops = listed.words("edges") * (1 + listed.integer("repeat", 0))
    if not stops:
        raise OddityError("route without edges", name)
    links = [state.rows.link(edge, name) for edge in stops]
    if listed is not None:
        state.rows.check_joined(links, name)
        return links, True
    return (links, False) if len(links) == 2 else (_over(state, links, name, vehicle_class), True)


def _listed_route(state: _Import, row: Row, name: str) -> Row | None:
    for child in row.children:
        if child.tag == "route":
            return child
        if child.tag == "routeDistribution":
            rows = {str(i): member for i, member in enumerate(child.children)}
            shares = [(key, member.number("probability", 1.0, minimum=0.0)) for key, member in rows.items()]
            drawn = _draw(shares, f"route of {name}")
            return rows[drawn] if drawn is not None else None
    if not row.has("route"):
        return None
    wanted = row.text("route")
    if wanted in state.route_shares:
        wanted = _draw(state.route_shares[wanted], f"route of {name}") or wanted
    if wanted not in state.routes:
        raise OddityError(f"unknown route {wanted}", name)
    return state.routes[wanted]


def _over(state: _Import, stops: Sequence[int], name: str, vehicle_class: VehicleClass) -> list[int]:
    """Fastest route that passes the stops in order."""
    graph = state.graphs.get(vehicle_class)
    if graph is None:
        graph = state.graphs[vehicle_class] = RouteGraph.from_city(state.rows.city, vehicle_class)
    links = [stops[0]]
    try:
        for a, b in pairwise(stops):
            links += route(graph, a, b).tolist()[1:]
    except RouteError as error:
        raise OddityError("no route over its via", name) from error
    return links


def _depart_lane(state: _Import, row: Row, link: int, vehicle_class: VehicleClass) -> int:
    """Lane index from the kerb, or DEPART_*."""
    lanes = state.rows.open_lanes(link, vehicle_class)
    if not lanes:
        raise OddityError("departure on a road closed to its class", row.text("id"))
    word = row.text("departLane", USUAL_LANE)
    if word in LANES:
        return LANES[word]
    if word.isascii() and word.isdigit() and int(word) in lanes:
        if any("lane without motor vehicles" in oddity.what for oddity in state.rows.city.report.oddities):
            # the city counts what is left, SUMO counted footways too
            state.rows.note("departLane by number, in a city with lanes left out", "counted from the kerb", word)
        return int(word)
    if word != "first":
        state.rows.note(f"departLane {word}", "first open lane", row.text("id"))
    return lanes[0]


def _depart_speed(state: _Import, row: Row) -> float:
    word = row.text("departSpeed", USUAL_SPEED)
    if word in SPEEDS:
        return SPEEDS[word]
    if word == "last":
        state.rows.note(f"departSpeed {word}", "as fast as is safe", row.text("id"))
        return SPEED_MAX
    return row.number("departSpeed", 0.0, minimum=0.0)
