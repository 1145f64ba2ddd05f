"""Flows: every vehicle counts once at every turn; spread over lanes nothing is lost, and lanes are evenly used."""

from __future__ import annotations

import numpy as np
from _crossroads import crossroads

from _retime_street import street, traffic
from citybrain.control.retiming.capacity import saturation_vph
from citybrain.control.retiming.flows import TurnFlows, lane_flows, simulated_flows, turn_flows, turns_of


def test_routes_become_flows_and_the_end_of_one_is_no_turn_into_the_next() -> None:
    place = street(2)
    routes = [place.east, place.west, [place.south[0], place.leave[0]], place.east]
    offset = np.cumsum([0, *map(len, routes)])
    flows = turn_flows(place.city, (offset, np.concatenate(routes).astype(np.int32)), 0.5)
    assert flows.flow_vph.sum() * 0.5 == 2 + 2 + 2 + 1
    row = flows.turns.find(np.array([place.east[0]]), np.array([place.east[1]]))[0]
    assert flows.flow_vph[row] == 4.0


def test_a_pair_that_no_movement_joins_is_not_found() -> None:
    place = street(2)
    turns = turns_of(place.city)
    found = turns.find(np.array([place.east[0], place.east[0], 9999]), np.array([place.west[0], 10**6, 3]))
    assert found.tolist() == [-1, -1, -1]


def test_wanted_flows_count_also_those_whom_a_queue_holds_back() -> None:
    place = street(1, greens_s=(5.0, 90.0), end_s=600.0)  # the street is far over its capacity
    asked = traffic(place, 900.0, 0.0, 60.0)
    flows = simulated_flows(place.city, asked)
    row = flows.turns.find(np.array([place.east[0]]), np.array([place.east[1]]))[0]
    assert abs(flows.flow_vph[row] - 900.0) <= 6.0


def test_lanes_share_what_their_turns_allow() -> None:
    city = crossroads()
    turns = turns_of(city)
    flow = np.zeros(turns.from_link.size)
    flow[turns.of_movement[0]] = 600.0
    lanes = lane_flows(city, TurnFlows(turns, flow), saturation_vph(city))
    assert np.isclose(lanes.movement_vph.sum(), 600.0)
    assert np.isclose(lanes.lane_vph.sum(), 600.0)
    assert np.isclose(lanes.lane_vph[city.movements.from_lane[0]], 600.0), "each turn has a lane of its own here"
