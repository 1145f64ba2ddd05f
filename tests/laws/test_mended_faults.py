"""The smallest streets in which the twin once broke a law."""

from __future__ import annotations

import numpy as np

from _referee import Referee
from _roads import Kind, Road, Trip, demand, road
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
from citybrain.city.model import City, CityMeta, Colour, NodeControl, Turn
from citybrain.demand.model import CarFollowing
from citybrain.twin.twin import Twin

GREEN = np.array([Colour.PROTECTED], np.uint8)
RED = np.array([Colour.RED], np.uint8)
LENGTH_M = 107.2
CITYFLOW = Kind(CarFollowing.CITYFLOW, tau_s=1.5)


def one_way_out() -> City:
    """Two lanes before a signal, and only the kerb lane leads on."""
    builder = CityBuilder(CityMeta("narrow", "test"))
    for i, x in enumerate((0.0, 200.0, 400.0)):
        builder.add_node(NodeSpec(f"n{i}", x, 0.0, control=NodeControl.SIGNAL if i == 1 else NodeControl.NONE))
    for i, n_lanes in enumerate((2, 1)):
        line = [(200.0 * i, 0.0), (200.0 * i + 60.0, 0.0)]
        builder.add_link(LinkSpec(f"L{i}", i, i + 1, [LaneSpec(60.0, 15.0)] * n_lanes, line))
    signal = builder.add_signal(SignalSpec("S", 1, ["g"]))
    builder.add_plan(PlanSpec("S:0", signal, [PhaseSpec(90.0, [Colour.PROTECTED])]))
    ends = builder.lane(0, 0), builder.lane(1, 0)
    builder.add_movement(MovementSpec(*ends, 1, Turn.THROUGH, 10.0, 15.0, builder.group(signal, 0)))
    return builder.build()


def test_nobody_changes_to_a_place_that_a_rear_still_covers() -> None:
    """A driver stands on the wrong lane beside a truck; when its front has crossed, he moves over."""
    queue = [Trip(4.0 * i, (0, 1), int(i == 0), lane=0) for i in range(7)]
    truck = Kind(length_m=12.0, accel_mps2=1.0)
    twin = Twin(one_way_out(), demand([*queue, Trip(40.0, (0, 1), lane=1)], [Kind(), truck]))
    twin.step(RED, 80)
    tracks, slots = twin.memory.tables["tracks"], twin.memory.tables["slots"]
    slots["pos"][tracks["head"][1]] = 59.3
    referee = Referee(twin)
    referee.look()
    for _ in range(20):
        twin.step(GREEN)
        referee.look()
    assert not any(referee.faults.values()), referee.examples


def test_a_cityflow_driver_enters_a_slower_link_at_its_limit() -> None:
    twin = Twin(
        road(Road((203.0, 200.0), join_m=12.0)), demand([Trip(float(20 * i), (0, 1)) for i in range(5)], [CITYFLOW])
    )
    referee = Referee(twin)
    twin.set_speed_limit("L1", 4.0)
    referee.set_limit(1, 4.0)
    for _ in range(150):
        twin.run(twin.time_s + 1)
        referee.look()
    assert not any(referee.faults.values()), referee.examples


def test_a_cityflow_driver_who_can_only_just_not_stop_is_no_red_light_runner() -> None:
    """The light jumps from green to red without yellow 2 m before the line, at 5 m/s: the second ends beyond it."""
    twin = Twin(road(Road((LENGTH_M, 200.0), 5.0, signal_after=0)), demand([Trip(0.0, (0, 1))], [CITYFLOW]))
    left_m = LENGTH_M
    while left_m > 2.5:
        twin.step(GREEN)
        left_m = LENGTH_M - float(twin.vehicles().position_m[0])
    assert 25.0 / 18.0 < left_m < 2.5
    twin.step(RED, 5)  # raises EngineError: a red-light run
