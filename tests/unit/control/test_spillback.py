"""Room in links: none where they are full, all there is where they are half empty, and what leaves makes some."""

from __future__ import annotations

import numpy as np
import pytest
from _crossroads import crossroads
from _traffic import Vehicle, standing, traffic
from numpy.typing import NDArray

from citybrain.city.builder import (
    CityBuilder,
    LaneSpec,
    LinkSpec,
    MovementSpec,
    NodeSpec,
    PhaseSpec,
    PlanSpec,
    SignalSpec,
)
from citybrain.city.model import City, CityMeta, Colour, PlanKind, Turn
from citybrain.control.approaches import approaches
from citybrain.control.course import Plan
from citybrain.control.queues import make_queues, nobody_announced
from citybrain.control.spillback import STRETCH_M, USABLE_SHARE, WAVE_MPS, Exits, stretches
from citybrain.control.table import SignalTable

CITY = crossroads()
WAYS = approaches(CITY, SignalTable.from_city(CITY))
STEP_S = np.arange(0.0, 121.0, 10.0)
FloatArray = NDArray[np.float64]


def test_an_empty_city_has_room_everywhere() -> None:
    assert np.isinf(Exits(WAYS).room(traffic(CITY, []), STEP_S, 0.0)).all()


def test_a_full_link_has_no_room_and_half_empty_ones_all() -> None:
    link = CITY.links.link_id.index("J0Nin")
    rows = traffic(CITY, [v for lane in range(3) for v in standing("J0Nin", lane, 39)])
    room = Exits(WAYS).room(rows, STEP_S, 0.0)
    assert room[link] == pytest.approx(0.0)
    assert np.isinf(np.delete(room, link, axis=0)).all()


def test_who_leaves_makes_room_when_the_gap_has_run_back() -> None:
    link = CITY.links.link_id.index("J0Nin")
    rows = traffic(CITY, [v for lane in range(3) for v in standing("J0Nin", lane, 35)])
    queues = make_queues(WAYS, WAYS.reach_share, rows, nobody_announced())
    exits = Exits(WAYS)
    exits.hear(queues, Plan(np.zeros((1, 12), np.int32), np.full(queues.due_s.size, 5.0), np.zeros(1)), 0.0)
    room = exits.room(rows, STEP_S, 0.0)[link]
    arrives_s = 5.0 + 300.0 / WAVE_MPS
    spare = max(USABLE_SHARE * WAYS.room[link] - 105, 0.0)
    assert room[arrives_s > STEP_S] == pytest.approx(spare)
    assert room[arrives_s <= STEP_S] == pytest.approx(spare + 105)


def test_a_link_without_a_signal_empties_as_fast_as_it_flows() -> None:
    """Density times speed: 90 cars on 300 m at 2 m/s make 0.6 a second."""
    link = CITY.links.link_id.index("J0Eout")
    rows = traffic(CITY, [("J0Eout", lane, 1.0 + 9.0 * i, 2.0, "") for lane in range(3) for i in range(30)])
    room = Exits(WAYS).room(rows, STEP_S, 0.0)[link]
    assert np.diff(room) == pytest.approx(6.0)


def street(exit_m: float) -> City:
    """in (signal at its end) -> stub of `exit_m` -> long (300 m) -> last."""
    builder = CityBuilder(CityMeta("street", "test"))
    nodes = [builder.add_node(NodeSpec(f"n{i}", 100.0 * i, 0.0)) for i in range(5)]
    line = ((0.0, 0.0), (1.0, 0.0))
    sizes_m = {"in": 200.0, "stub": exit_m, "long": 300.0, "last": 300.0}
    links = [
        builder.add_link(LinkSpec(name, nodes[i], nodes[i + 1], [LaneSpec(length_m, 13.9)], line))
        for i, (name, length_m) in enumerate(sizes_m.items())
    ]
    signal = builder.add_signal(SignalSpec("s", nodes[1], ["g", "other"], 5.0, 60.0, 3.0, 2.0))
    for i in range(3):
        lanes = builder.lane(links[i], 0), builder.lane(links[i + 1], 0)
        group = builder.group(signal, 0) if i == 0 else -1
        builder.add_movement(MovementSpec(*lanes, nodes[i + 1], Turn.THROUGH, 5.0, 13.9, group))
    phases = [
        PhaseSpec(20.0, (Colour.PROTECTED, Colour.RED), 5.0, 60.0),
        PhaseSpec(20.0, (Colour.RED, Colour.PROTECTED), 5.0, 60.0),
    ]
    builder.add_plan(PlanSpec("s:0", signal, phases, PlanKind.FIXED, 0.0))
    return builder.build()


def room_of_stub(exit_m: float, vehicles: list[Vehicle]) -> FloatArray:
    city = street(exit_m)
    ways = approaches(city, SignalTable.from_city(city))
    rows = traffic(city, vehicles)
    return Exits(ways).room(rows, STEP_S, 0.0)[city.links.link_id.index("stub")]


def test_one_vehicle_on_a_stub_of_a_few_metres_fills_nothing() -> None:
    """It stands there for a moment; the street behind it is empty."""
    assert np.isinf(room_of_stub(5.0, [("stub", 0, 1.0, 0.0, "long")])).all()


def test_a_stub_before_a_full_street_is_full() -> None:
    queue = standing("long", 0, 40)
    assert room_of_stub(5.0, queue) == pytest.approx(0.0)


def test_a_street_of_its_own_length_does_not_look_behind_itself() -> None:
    assert np.isinf(room_of_stub(STRETCH_M, standing("long", 0, 40))).all()
    assert room_of_stub(STRETCH_M, standing("stub", 0, 8)) == pytest.approx(0.0)


def test_a_stub_empties_as_the_street_behind_it_flows() -> None:
    """30 cars at 2 m/s on 300 m leave it at 0.2 a second; those that move within the stretch do not leave it."""
    rows = [("long", 0, 1.0 + 9.0 * i, 2.0, "last") for i in range(30)] + [("stub", 0, 1.0, 5.0, "long")]
    assert np.diff(room_of_stub(5.0, rows)) == pytest.approx(2.0)


def test_stretches_are_bounded_and_begin_with_their_link() -> None:
    offset, link, last = stretches(WAYS)
    assert (link[offset[:-1]] == np.arange(len(WAYS.room))).all()
    assert (np.diff(offset) == 1).all(), "every link of the crossroads is long enough for itself"
    assert last.all()
