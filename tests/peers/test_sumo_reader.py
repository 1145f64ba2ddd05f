"""SUMO's own library reads the same files: lanes, connections, foes, programs."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from citybrain.city.model import City, Colour, VehicleClass
from citybrain.city.sumo import read_sumo
from citybrain.demand.sumo import read_sumo_demand

DATA = Path(__file__).parents[2] / os.environ.get("CITYBRAIN_DATA", "../shared/data")
NETS = {
    **{name: f"resco/{name}/{name}.net.xml" for name in ("cologne1", "cologne8", "grid4x4", "ingolstadt1")},
    "ingolstadt7": "resco/ingolstadt7/ingolstadt7.net.xml",
    "hangzhou": "hangzhou_4x4/hangzhou_4x4_sumo.net.xml.gz",
}
TRIPS = {"cologne1": 2015, "cologne8": 2046, "grid4x4": 1473, "ingolstadt1": 1716, "ingolstadt7": 3031}
LETTERS = "ruyosgG"  # by Colour

sumolib = pytest.importorskip("sumolib")


def path_of(name: str) -> Path:
    path = DATA / NETS[name]
    if not path.exists():
        pytest.skip(f"{path} is absent; set CITYBRAIN_DATA")
    return path


@cache
def city_of(path: Path) -> City:
    return read_sumo(path)


@cache
def peer_of(path: Path) -> Any:
    return sumolib.net.readNet(str(path), withPrograms=True, withInternal=False)


@pytest.fixture(params=NETS)
def both(request: pytest.FixtureRequest) -> tuple[City, Any]:
    path = path_of(request.param)
    return city_of(path), peer_of(path)


def motor_lanes(edge: Any) -> list[Any]:
    return [lane for lane in edge.getLanes() if any(lane.allows(c) for c in ("passenger", "bus", "truck", "emergency"))]


def lane_index(city: City, net: Any) -> dict[str, int]:
    """Our lane of each of SUMO's."""
    found = {}
    for link, link_id in enumerate(city.links.link_id):
        first = int(city.links.first_lane[link])
        found.update({lane.getID(): first + k for k, lane in enumerate(motor_lanes(net.getEdge(link_id)))})
    return found


def connections(city: City, net: Any) -> dict[tuple[int, int], Any]:
    lanes = lane_index(city, net)
    pairs = {}
    for edge in net.getEdges():
        for group in edge.getOutgoing().values():
            for c in group:
                ends = c.getFromLane().getID(), c.getToLane().getID()
                if ends[0] in lanes and ends[1] in lanes:
                    pairs[lanes[ends[0]], lanes[ends[1]]] = c
    return pairs


def test_links_and_lanes_are_those_of_motor_traffic(both: tuple[City, Any]) -> None:
    city, net = both
    assert set(city.links.link_id) == {edge.getID() for edge in net.getEdges() if motor_lanes(edge)}
    lanes = lane_index(city, net)
    assert sorted(lanes.values()) == list(range(len(city.lanes.link)))
    for lane_id, row in lanes.items():
        peer = net.getLane(lane_id)
        assert city.lanes.length_m[row] == peer.getLength()
        assert city.lanes.speed_mps[row] == peer.getSpeed()
        assert bool(city.lanes.allowed[row] & VehicleClass.CAR) == peer.allows("passenger")
        assert bool(city.lanes.allowed[row] & VehicleClass.BICYCLE) == peer.allows("bicycle")


def test_movements_are_the_connections(both: tuple[City, Any]) -> None:
    city, net = both
    moves = city.movements
    ours = set(zip(moves.from_lane.tolist(), moves.to_lane.tolist(), strict=True))
    peers = connections(city, net)
    assert ours == set(peers)
    assert len(moves.from_lane) == len(ours)
    turns = {"s": 0, "l": 1, "L": 1, "r": 2, "R": 2, "t": 3}
    for m, pair in enumerate(zip(moves.from_lane.tolist(), moves.to_lane.tolist(), strict=True)):
        peer = peers[pair]
        assert moves.turn[m] == turns[peer.getDirection()]
        group = int(moves.group[m])
        assert (group >= 0) == bool(peer.getTLSID())
        if group >= 0:
            assert city.groups.group_id[group] == f"{peer.getTLSID()}:{peer.getTLLinkIndex()}"


def test_foes_and_who_yields(both: tuple[City, Any]) -> None:
    city, net = both
    moves, peers = city.movements, connections(city, net)
    own = [peers[pair] for pair in zip(moves.from_lane.tolist(), moves.to_lane.tolist(), strict=True)]
    seen = 0
    for node in range(len(city.nodes.node_id)):
        here = np.flatnonzero(moves.node == node)
        junction = net.getNode(city.nodes.node_id[node])
        index = {int(m): junction.getLinkIndex(own[m]) for m in here}
        for m in here.tolist():
            row = slice(int(moves.foe_offset[m]), int(moves.foe_offset[m + 1]))
            foes = dict(zip(moves.foe[row].tolist(), moves.foe_yield[row].tolist(), strict=True))
            for other in here.tolist():
                if other == m:
                    continue
                yields = junction.forbids(own[other], own[m])
                meets = junction.areFoes(index[m], index[other]) or junction.areFoes(index[other], index[m])
                assert (other in foes) == (meets or yields or junction.forbids(own[m], own[other]))
                assert foes.get(other, False) == yields
                seen += meets
    assert seen > 0


def test_programs(both: tuple[City, Any]) -> None:
    city, net = both
    for signal, signal_id in enumerate(city.signals.signal_id):
        programs = net.getTLS(signal_id).getPrograms()
        plan = int(city.signals.plan[signal])
        program = programs[city.plans.plan_id[plan].removeprefix(f"{signal_id}:")]
        assert city.plans.offset_s[plan] == program.getOffset()
        first, count = int(city.plans.first_phase[plan]), int(city.plans.n_phases[plan])
        assert count == len(program.getPhases())
        for k, phase in enumerate(program.getPhases()):
            colours = city.phases.colours[
                city.phases.colour_offset[first + k] : city.phases.colour_offset[first + k + 1]
            ]
            assert "".join(LETTERS[c] for c in colours) == phase.state
            assert city.phases.duration_s[first + k] == phase.duration


def test_lengths_inside_junctions_are_those_of_the_internal_lanes(both: tuple[City, Any]) -> None:
    city, _ = both
    moves = city.movements
    held = moves.hold_m >= 0.0
    assert (moves.hold_m[held] < moves.length_m[held]).all()
    assert (moves.length_m >= 0.1).all()
    at = moves.foe_at_m[~np.isnan(moves.foe_at_m)]
    own = np.repeat(np.arange(len(moves.length_m)), np.diff(moves.foe_offset))[~np.isnan(moves.foe_at_m)]
    assert (at <= moves.length_m[own] + 1e-3).all()
    assert np.isnan(moves.foe_at_m).mean() < 0.25


def test_controlled_lanes_and_lengths_inside_in_the_running_simulation() -> None:
    libsumo = pytest.importorskip("libsumo")
    path = path_of("cologne8")
    city, net = city_of(path), peer_of(path)
    lanes = {row: name for name, row in lane_index(city, net).items()}
    moves = city.movements
    libsumo.start(["sumo", "-n", str(path), "--no-step-log", "--no-warnings"])
    try:
        for m in range(len(moves.from_lane)):
            links = libsumo.lane.getLinks(lanes[int(moves.from_lane[m])])
            via = next(link for link in links if link[0] == lanes[int(moves.to_lane[m])])
            assert via[7] <= moves.length_m[m] + 0.11  # the whole way, all parts of it
            if moves.hold_m[m] < 0.0 and via[4]:
                assert libsumo.lane.getLength(via[4]) == pytest.approx(moves.length_m[m], abs=0.11)
        for signal, signal_id in enumerate(city.signals.signal_id):
            assert city.signals.n_groups[signal] == len(libsumo.trafficlight.getControlledLinks(signal_id))
    finally:
        libsumo.close()


@pytest.mark.parametrize("name", TRIPS)
def test_every_vehicle_of_the_scenarios_is_read(name: str) -> None:
    scenario = path_of(name).with_name(f"{name}.sumocfg")
    city = read_sumo(scenario)
    demand, report = read_sumo_demand(scenario, city)
    assert len(demand.trips.trip_id) == TRIPS[name]
    assert not report.oddities
    assert city.meta.begin_s <= demand.trips.depart_s[0] <= demand.trips.depart_s[-1] < city.meta.end_s
    assert (np.diff(demand.trips.depart_s) >= 0.0).all()


def test_default_plan_shows_green_to_every_movement() -> None:
    city = city_of(path_of("cologne8"))
    shown = np.zeros(len(city.groups.group_id), np.uint8)
    for signal, plan in enumerate(city.signals.plan.tolist()):
        groups = slice(
            int(city.signals.first_group[signal]),
            int(city.signals.first_group[signal]) + int(city.signals.n_groups[signal]),
        )
        for phase in range(
            int(city.plans.first_phase[plan]), int(city.plans.first_phase[plan]) + int(city.plans.n_phases[plan])
        ):
            row = city.phases.colours[city.phases.colour_offset[phase] : city.phases.colour_offset[phase + 1]]
            shown[groups] = np.maximum(shown[groups], row)
    assert (shown[city.movements.group[city.movements.group >= 0]] >= Colour.PERMISSIVE).all()
