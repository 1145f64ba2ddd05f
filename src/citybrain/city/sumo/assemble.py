"""From a SUMO file to a city."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from citybrain.city.builder import CityBuilder
from citybrain.city.model import City, CityMeta, Ids
from citybrain.city.sumo.config import is_scenario, read_scenario
from citybrain.city.sumo.net import read_net, read_program
from citybrain.city.sumo.rightofway import add_right_of_way
from citybrain.city.sumo.roads import add_roads
from citybrain.city.sumo.signals import add_signals
from citybrain.city.sumo.turns import add_turns
from citybrain.city.sumo.xml import stream
from citybrain.city.validate import check

__all__ = ["lane_ids", "read_sumo"]


def read_sumo(path: str | Path) -> City:
    """Read a SUMO network, or the network, signal programs and window of a scenario (`.sumocfg`).

    Lanes are SUMO's (0 = kerb), less those without motor vehicles; movements are its connections, their lengths those
    of the lanes inside the junctions. Raises FormatError (one line: file, element, what was expected) or InputError.
    """
    if not is_scenario(path):
        return _read(Path(path), (), 0.0, None)
    scenario = read_scenario(path)
    return _read(scenario.net, scenario.additional, scenario.begin_s, scenario.end_s)


def lane_ids(path: str | Path) -> Ids:
    """SUMO's id of each lane of the city that `read_sumo` makes of this network."""
    net = read_net(path)
    roads = add_roads(CityBuilder(CityMeta(_name(Path(path)), "sumo")), net)
    named = {(edge.edge_id, index): lane.lane_id for edge in net.edges for index, lane in enumerate(edge.lanes)}
    return tuple(named[key] for key in sorted(roads.lane, key=roads.lane.__getitem__))


def _read(path: Path, additional: tuple[Path, ...], begin_s: float, end_s: float | None) -> City:
    net = read_net(path)
    for extra in additional:
        net.programs.extend(read_program(row) for row in stream(extra, "additional") if row.tag == "tlLogic")
    meta = CityMeta(_name(path), "sumo", net.left_hand, net.place.projection)
    window_s = (begin_s, begin_s + meta.end_s if end_s is None else end_s)
    builder = CityBuilder(replace(meta, begin_s=window_s[0], end_s=window_s[1]))
    roads = add_roads(builder, net)
    group = add_signals(builder, net, roads)
    turns = add_turns(builder, net, roads, group)
    add_right_of_way(builder, net, turns)
    city = builder.build()
    check(city)
    return city


def _name(path: Path) -> str:
    return path.name.removesuffix(".gz").removesuffix(".xml").removesuffix(".net")
