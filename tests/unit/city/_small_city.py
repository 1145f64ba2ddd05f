"""A small city with a row in every table: two roads that meet at a signal, with odd values on purpose."""

from __future__ import annotations

import math

from citybrain.city.builder import (
    AreaSpec,
    CityBuilder,
    LaneSpec,
    LinkSpec,
    MovementSpec,
    NodeSpec,
    ParkingSpec,
    PhaseSpec,
    PlanSpec,
    SensorSpec,
    SignalSpec,
)
from citybrain.city.model import (
    City,
    CityMeta,
    Colour,
    NodeControl,
    ParkingKind,
    PlanKind,
    SensorKind,
    Turn,
    VehicleClass,
)

ODD = 0.1 + 0.2  # 0.30000000000000004 must survive a file


def small_city(*, left_hand: bool = False) -> City:
    meta = CityMeta('Ville, "d\'été"', "generated", left_hand, "+proj=utm +zone=50", 1.5, 1e9 / 3)
    builder = CityBuilder(meta)
    builder.add_node(NodeSpec("a", -100.0 / 3, -0.0, 1e-300, 45.0, NodeControl.NONE))
    builder.add_node(NodeSpec("m,\n1", ODD, 1e22, control=NodeControl.SIGNAL))
    builder.add_node(NodeSpec('"q"', 1e-7, 5.0, control=NodeControl.RIGHT_BEFORE_LEFT))
    lanes = [LaneSpec(100.0 / 3, ODD, 3.5, int(VehicleClass.BUS)), LaneSpec(33.0, 11.111, 3.0, int(VehicleClass.MOTOR))]
    builder.add_link(LinkSpec("in", 0, 1, lanes, [(0.0, ODD), (1 / 3, 2 / 3), (1.0, 1.0)], "Rue", "primary", -7))
    builder.add_link(LinkSpec(" out", 1, 2, lanes[:1], [(1.0, 1.0), (2.0, 2.0)]))
    builder.add_link(LinkSpec("03", 2, 1, [LaneSpec(12.0, 5.0)], [(2.0, 2.0), (1.0, 1.0)]))
    signal = builder.add_signal(SignalSpec("S", 1, ["x", "y"], 7.0, 61.5, 3.3, 0.7))
    builder.add_signal(SignalSpec("idle", 2, []))
    group = builder.group(signal, 0)
    first = builder.add_movement(MovementSpec(0, 2, 1, Turn.THROUGH, ODD, 9.0, group, True, 0.2, False))
    second = builder.add_movement(MovementSpec(1, 2, 1, Turn.LEFT, 14.0, 8.0, group + 1, False))
    builder.add_movement(MovementSpec(3, 2, 1, Turn.UTURN, 3.0, 2.0))
    builder.add_foe(first, second, yields=False, at_m=0.1)
    builder.add_foe(second, first, yields=True, at_m=math.nan)
    phases = [PhaseSpec(30.0, [Colour.PROTECTED, Colour.RED], 5.0, 50.0), PhaseSpec(ODD, [Colour.YELLOW, Colour.OFF])]
    builder.add_plan(PlanSpec("S:0", signal, phases, PlanKind.ACTUATED, -3.5))
    builder.add_plan(PlanSpec("S:1", signal, [PhaseSpec(9.0, [Colour.PERMISSIVE, Colour.STOP_THEN_GO])]), default=True)
    builder.add_sensor(SensorSpec("loop", SensorKind.ADVANCE, 1, 20.0 / 3, 1.8))
    builder.add_sensor(SensorSpec("cam", SensorKind.CAMERA, 0, 33.0))
    builder.add_area(AreaSpec("z1", "Zone", "district", [2, 0], [(0.0, 0.0), (ODD, 1.0), (1.0, 1.0)]))
    builder.add_area(AreaSpec("z2", "", "ring"))
    builder.add_parking(ParkingSpec("P1", "Markt, Süd", ParkingKind.OFF_STREET, 120, ODD, 1.0 / 3, link=1))
    builder.add_parking(ParkingSpec('"P2"', "", ParkingKind.ON_STREET, 3, -7.0, 1e-9))
    builder.note("odd", "kept", "example, 1")
    builder.note("odd", "kept", "example 2")
    return builder.build()
