"""A city and a demand as SUMO's files: plain XML for `netconvert`, which makes the network, and routes.

Names are plain (`e3`, `e3_0`, `s1`, `v17`) because SUMO forbids many characters. Lengths, speeds, lanes, permissions,
turns, signal groups and plans are ours; the ways inside junctions and the right of way there are netconvert's.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from citybrain.city.model import City, NodeControl, PlanKind, VehicleClass
from citybrain.demand.model import Demand
from citybrain.errors import InputError
from citybrain.worlds.sumo_files import SumoFiles, letters
from citybrain.worlds.sumo_routes import write_routes

__all__ = ["export_sumo"]

NODE_TYPES = {
    NodeControl.NONE: "unregulated",
    NodeControl.PRIORITY: "priority",
    NodeControl.RIGHT_BEFORE_LEFT: "right_before_left",
    NodeControl.ALL_WAY_STOP: "allway_stop",
    NodeControl.SIGNAL: "traffic_light",
}
CLASSES = {
    VehicleClass.CAR: "passenger",
    VehicleClass.BUS: "bus",
    VehicleClass.TRUCK: "truck",
    VehicleClass.EMERGENCY: "emergency",
    VehicleClass.BICYCLE: "bicycle",
    VehicleClass.TRAM: "tram",
}
DARK_S = 3600  # one phase of a signal without a plan
PATIENCE_S = 600  # for netconvert


def export_sumo(city: City, demand: Demand, folder: Path) -> SumoFiles:
    """Write the city and the demand into `folder`.

    Raises InputError where netconvert is not installed (extra "sumo", package eclipse-sumo) or refuses the city.
    """
    program = _netconvert()
    plain = {kind: folder / f"plain.{kind}.xml" for kind in ("nod", "edg", "con", "tll")}
    _write(plain["nod"], "nodes", _nodes(city))
    _write(plain["edg"], "edges", _edges(city))
    _write(plain["con"], "connections", [*_connections(city), *_dead_ends(city)])
    _write(plain["tll"], "tlLogics", [*_programs(city), *_controlled(city)])
    net = folder / "city.net.xml"
    command = [program, "-n", str(plain["nod"]), "-e", str(plain["edg"]), "-x", str(plain["con"])]
    command += ["-i", str(plain["tll"]), "-o", str(net), "--no-turnarounds", "true", "--offset.disable-normalization"]
    command += ["true", "--no-warnings", "true", "--lefthand", str(city.meta.left_hand).lower()]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_S)  # noqa: S603
    if result.returncode != 0 or not net.exists():
        lines = (result.stderr or result.stdout).split("\n")
        raise InputError(f"netconvert refuses the city: {' '.join(' '.join(lines).split())[:300]}")
    routes = folder / "city.rou.xml"
    write_routes(routes, demand, CLASSES)
    links = tuple(f"e{i}" for i in range(len(city.links.link_id)))
    lanes = tuple(lane_name(city, i) for i in range(len(city.lanes.link)))
    return SumoFiles(net, (routes,), links, lanes, tuple(f"s{i}" for i in range(len(city.signals.signal_id))))


def _netconvert() -> str:
    found = shutil.which("netconvert")
    if found is not None:
        return found
    package = importlib.util.find_spec("sumo")  # of eclipse-sumo, which brings the programs
    for folder in (package.submodule_search_locations or ()) if package is not None else ():
        program = Path(folder) / "bin" / "netconvert"
        if program.exists():
            return str(program)
    raise InputError("netconvert is not installed; install it with pip install eclipse-sumo")


def lane_name(city: City, lane: int) -> str:
    return f"e{city.lanes.link[lane]}_{city.lanes.index[lane]}"


def element(tag: str, **values: object) -> ElementTree.Element:
    """An element; numbers are written so that they are read back as they were."""
    return ElementTree.Element(tag, {key.rstrip("_"): _word(value) for key, value in values.items()})


def _word(value: object) -> str:
    return repr(float(value)) if isinstance(value, float | np.floating) else str(value)


def _write(path: Path, root: str, rows: Iterable[ElementTree.Element]) -> None:
    tree = ElementTree.Element(root)
    tree.extend(rows)
    ElementTree.ElementTree(tree).write(path)


def _nodes(city: City) -> Iterable[ElementTree.Element]:
    moves, nodes = city.movements, city.nodes
    steered = np.flatnonzero(moves.group >= 0)
    signal_of = dict(zip(moves.node[steered].tolist(), city.groups.signal[moves.group[steered]].tolist(), strict=True))
    for node in range(len(nodes.node_id)):
        kind = NodeControl(int(nodes.control[node]))
        if node not in signal_of and kind is NodeControl.SIGNAL:
            kind = NodeControl.PRIORITY
        row = element("node", id=f"n{node}", x=nodes.x_m[node], y=nodes.y_m[node], type=NODE_TYPES[kind])
        if node in signal_of:
            row.set("type", "traffic_light")
            row.set("tl", f"s{signal_of[node]}")
        yield row


def _edges(city: City) -> Iterable[ElementTree.Element]:
    links = city.links
    lines = [_line(city, link) for link in range(len(links.link_id))]
    both_ways = set(lines)
    for link, line in enumerate(lines):
        # carriageways drawn along one line lie to the right of it, each along a line of its own lie on it
        spread = "right" if line[::-1] in both_ways else "center"
        row = element("edge", id=f"e{link}", from_=f"n{links.from_node[link]}", to=f"n{links.to_node[link]}")
        row.set("priority", str(links.priority[link]))
        row.set("numLanes", str(links.n_lanes[link]))
        row.set("length", _word(links.length_m[link]))
        row.set("speed", _word(links.speed_mps[link]))
        row.set("spreadType", spread)
        row.set("shape", " ".join(f"{x:.3f},{y:.3f}" for x, y in line))
        row.extend(_lanes(city, link))
        yield row


def _line(city: City, link: int) -> tuple[tuple[float, float], ...]:
    span = slice(int(city.links.geometry_offset[link]), int(city.links.geometry_offset[link + 1]))
    return tuple(zip(city.links.geometry_x_m[span].tolist(), city.links.geometry_y_m[span].tolist(), strict=True))


def _lanes(city: City, link: int) -> Iterable[ElementTree.Element]:
    first = int(city.links.first_lane[link])
    for lane in range(first, first + int(city.links.n_lanes[link])):
        bits = int(city.lanes.allowed[lane])
        row = element("lane", index=lane - first, speed=city.lanes.speed_mps[lane], width=city.lanes.width_m[lane])
        if bits != VehicleClass.ALL:
            row.set("allow", " ".join(name for bit, name in CLASSES.items() if bits & bit))
        yield row


def _ends(city: City, movement: int) -> dict[str, Any]:
    lanes = city.lanes
    start, end = int(city.movements.from_lane[movement]), int(city.movements.to_lane[movement])
    return {
        "from_": f"e{lanes.link[start]}",
        "to": f"e{lanes.link[end]}",
        "fromLane": int(lanes.index[start]),
        "toLane": int(lanes.index[end]),
    }


def _connections(city: City) -> Iterable[ElementTree.Element]:
    moves = city.movements
    for m in range(len(moves.from_lane)):
        keep_clear = str(bool(moves.keep_clear[m])).lower()
        yield element("connection", **_ends(city, m), keepClear=keep_clear, speed=moves.speed_mps[m])


def _dead_ends(city: City) -> Iterable[ElementTree.Element]:
    """Without this, netconvert would guess where a road without movements leads."""
    leading = set(city.lanes.link[city.movements.from_lane].tolist())
    return [element("connection", from_=f"e{link}") for link in range(len(city.links.link_id)) if link not in leading]


def _programs(city: City) -> Iterable[ElementTree.Element]:
    plans, phases = city.plans, city.phases
    for signal, plan in enumerate(city.signals.plan.tolist()):
        kind = "actuated" if plan >= 0 and plans.kind[plan] == PlanKind.ACTUATED else "static"
        row = element("tlLogic", id=f"s{signal}", type=kind, programID="plan")
        row.set("offset", _word(plans.offset_s[plan]) if plan >= 0 else "0")
        if plan < 0:
            row.append(element("phase", duration=DARK_S, state="o" * int(city.signals.n_groups[signal])))
            yield row
            continue
        first = int(plans.first_phase[plan])
        for k in range(first, first + int(plans.n_phases[plan])):
            colours = phases.colours[phases.colour_offset[k] : phases.colour_offset[k + 1]]
            row.append(element("phase", duration=phases.duration_s[k], state=letters(colours)))
            if kind == "actuated":
                row[-1].set("minDur", _word(phases.min_s[k]))
                row[-1].set("maxDur", _word(phases.max_s[k]))
        yield row


def _controlled(city: City) -> Iterable[ElementTree.Element]:
    for m in np.flatnonzero(city.movements.group >= 0).tolist():
        group = int(city.movements.group[m])
        signal = int(city.groups.signal[group])
        index = group - int(city.signals.first_group[signal])
        yield element("connection", **_ends(city, m), tl=f"s{signal}", linkIndex=index)
