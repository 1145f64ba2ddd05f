"""Hand-made streets for tests of the twin: straight roads in a row, a signal where asked, and simple vehicle types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

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
from citybrain.city.model import City, CityMeta, Colour, NodeControl, Turn, VehicleClass
from citybrain.demand.model import DEPART_BEST, SPEED_MAX, CarFollowing, Demand, Trips, VehicleTypes


@dataclass(frozen=True)
class Kind:
    """One vehicle type; the defaults are a Krauss car without imperfection."""

    model: CarFollowing = CarFollowing.KRAUSS
    length_m: float = 5.0
    min_gap_m: float = 2.5
    accel_mps2: float = 2.6
    decel_mps2: float = 4.5
    emergency_decel_mps2: float = 9.0
    tau_s: float = 1.0
    sigma: float = 0.0
    max_speed_mps: float = 50.0
    vehicle_class: VehicleClass = VehicleClass.CAR
    speed_factor: float = 1.0
    speed_deviation: float = 0.0


@dataclass(frozen=True)
class Trip:
    depart_s: float
    route: tuple[int, ...]
    kind: int = 0
    lane: int = DEPART_BEST
    speed_mps: float = SPEED_MAX


def vehicle_types(kinds: Sequence[Kind] = (Kind(),)) -> VehicleTypes:
    def column(name: str, dtype: type = np.float64) -> np.ndarray:
        return np.array([getattr(kind, name) for kind in kinds], dtype)

    floats = ("length_m", "min_gap_m", "accel_mps2", "decel_mps2", "emergency_decel_mps2", "tau_s", "sigma")
    floats += ("max_speed_mps", "speed_factor", "speed_deviation")
    return VehicleTypes(
        type_id=tuple(f"type{i}" for i in range(len(kinds))),
        vehicle_class=column("vehicle_class", np.uint16),
        model=column("model", np.uint8),
        **{name: column(name) for name in floats},
    )


def demand(trips: Sequence[Trip], kinds: Sequence[Kind] = (Kind(),)) -> Demand:
    """Each trip has a route of its own; trips must be sorted by departure."""
    lengths = [len(trip.route) for trip in trips]
    table = Trips(
        trip_id=tuple(f"t{i}" for i in range(len(trips))),
        depart_s=np.array([trip.depart_s for trip in trips], np.float64),
        vehicle_type=np.array([trip.kind for trip in trips], np.int32),
        route=np.arange(len(trips), dtype=np.int32),
        origin_link=np.array([trip.route[0] for trip in trips], np.int32),
        destination_link=np.array([trip.route[-1] for trip in trips], np.int32),
        depart_lane=np.array([trip.lane for trip in trips], np.int16),
        depart_speed_mps=np.array([trip.speed_mps for trip in trips], np.float64),
        route_offset=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        route_link=np.array([link for trip in trips for link in trip.route], np.int32),
    )
    return Demand(vehicle_types(kinds), table)


@dataclass(frozen=True)
class Road:
    """Links in a row. `lengths_m` by link; `signal_after` = the link at whose end a signal of one group stands."""

    lengths_m: Sequence[float] = (500.0, 500.0)
    speed_mps: float = 15.0
    n_lanes: int = 1
    signal_after: int = -1
    phases: Sequence[PhaseSpec] = field(default_factory=lambda: [PhaseSpec(90.0, [Colour.PROTECTED])])
    offset_s: float = 0.0
    begin_s: float = 0.0
    join_m: float = 5.0
    allowed: Sequence[int] = ()


def road(plan: Road) -> City:
    """Link i leads from node i to node i + 1; lane k goes on to lane k. Links are named L0, L1, ..."""
    builder = CityBuilder(CityMeta("road", "test", begin_s=plan.begin_s))
    at = np.concatenate([[0.0], np.cumsum(np.asarray(plan.lengths_m) + plan.join_m)])
    for i, x in enumerate(at):
        control = NodeControl.SIGNAL if i == plan.signal_after + 1 and i else NodeControl.NONE
        builder.add_node(NodeSpec(f"n{i}", float(x), 0.0, control=control))
    classes = list(plan.allowed) or [int(VehicleClass.ALL)] * plan.n_lanes
    for i, length_m in enumerate(plan.lengths_m):
        lanes = [LaneSpec(length_m, plan.speed_mps, allowed=classes[k]) for k in range(plan.n_lanes)]
        builder.add_link(LinkSpec(f"L{i}", i, i + 1, lanes, [(float(at[i]), 0.0), (float(at[i + 1]), 0.0)]))
    group = -1
    if plan.signal_after >= 0:
        signal = builder.add_signal(SignalSpec("S", plan.signal_after + 1, ["g"]))
        builder.add_plan(PlanSpec("S:0", signal, plan.phases, offset_s=plan.offset_s))
        group = builder.group(signal, 0)
    for i in range(len(plan.lengths_m) - 1):
        for k in range(plan.n_lanes):
            ends = builder.lane(i, k), builder.lane(i + 1, k)
            shown = group if i == plan.signal_after else -1
            builder.add_movement(MovementSpec(*ends, i + 1, Turn.THROUGH, plan.join_m, plan.speed_mps, shown))
    return builder.build()


def meeting(hold_m: float = -1.0, keep_clear: bool = True) -> City:
    """Two crossing roads: 0 -> 1 (movement 0, yields) and 2 -> 3 (movement 1, has right of way); paths of 20 m, cross
    at 10 m; groups 0 and 1 of one signal, dark by plan (the right of way holds)."""
    builder = CityBuilder(CityMeta("meeting", "test"))
    centre = builder.add_node(NodeSpec("c", 0.0, 0.0, control=NodeControl.SIGNAL))
    ends = [builder.add_node(NodeSpec(f"e{i}", x, y)) for i, (x, y) in enumerate([(-1, 0), (1, 0), (0, -1), (0, 1)])]
    for i in range(4):
        pair = (ends[i], centre) if i % 2 == 0 else (centre, ends[i])
        lanes = [LaneSpec(300.0 if i != 1 else 40.0, 12.0)]
        builder.add_link(LinkSpec(f"L{i}", *pair, lanes, [(0.0, 0.0), (1.0, 0.0)]))
    tail = builder.add_node(NodeSpec("tail", 2.0, 0.0))
    builder.add_link(LinkSpec("L4", ends[1], tail, [LaneSpec(300.0, 12.0)], [(0.0, 0.0), (1.0, 0.0)]))
    signal = builder.add_signal(SignalSpec("S", centre, ["minor", "major"]))
    builder.add_plan(PlanSpec("S:0", signal, [PhaseSpec(90.0, [Colour.OFF, Colour.OFF])]))
    minor = builder.add_movement(MovementSpec(0, 1, centre, Turn.LEFT, 20.0, 8.0, 0, False, hold_m, keep_clear))
    major = builder.add_movement(MovementSpec(2, 3, centre, Turn.THROUGH, 20.0, 12.0, 1, True, -1.0, keep_clear))
    builder.add_foe(minor, major, yields=True, at_m=10.0)
    builder.add_foe(major, minor, yields=False, at_m=10.0)
    gate = builder.add_signal(SignalSpec("G", ends[1], ["gate"]))
    builder.add_plan(PlanSpec("G:0", gate, [PhaseSpec(90.0, [Colour.PROTECTED])]))
    builder.add_movement(MovementSpec(1, 4, ends[1], Turn.THROUGH, 5.0, 12.0, 2))
    return builder.build()
