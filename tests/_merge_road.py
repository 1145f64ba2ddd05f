"""A main road that a ramp joins: the ramp's lane ends after 200 m. A signal of two groups stands where they meet.

main (2 lanes, 800 m) ----\
                           both (3 lanes, 200 m) ---- on (2 lanes, 800 m)
ramp (1 lane, 300 m) -----/
"""

from __future__ import annotations

import numpy as np

from _roads import Kind, Trip, demand
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
from citybrain.demand.model import Demand

MAIN, RAMP, BOTH, ON = range(4)
GO, HOLD = (Colour.PROTECTED, Colour.PROTECTED), (Colour.PROTECTED, Colour.RED)
DRIVER = Kind(sigma=0.5, speed_deviation=0.1)


def merge_city(stages: tuple[tuple[Colour, Colour], ...] = (GO, HOLD)) -> City:
    """Groups are main, ramp; a plan with these stages."""
    builder = CityBuilder(CityMeta("merge", "test", begin_s=0.0, end_s=3600.0))
    where = ((-800.0, 0.0), (-200.0, -200.0), (0.0, 0.0), (210.0, 0.0), (1020.0, 0.0))
    a, r, m, d, e = [
        builder.add_node(NodeSpec(name, x, y, control=NodeControl.SIGNAL if name == "m" else NodeControl.NONE))
        for name, (x, y) in zip("armde", where, strict=True)
    ]
    for name, u, v, n_lanes, length_m, speed_mps in (
        ("main", a, m, 2, 800.0, 22.0),
        ("ramp", r, m, 1, 300.0, 14.0),
        ("both", m, d, 3, 200.0, 22.0),
        ("on", d, e, 2, 800.0, 22.0),
    ):
        lanes = [LaneSpec(length_m, speed_mps)] * n_lanes
        builder.add_link(LinkSpec(name, u, v, lanes, [where[u], where[v]]))
    signal = builder.add_signal(SignalSpec("s", m, ["main", "ramp"], 4.0, 60.0, 3.0, 0.0))
    main, ramp = builder.group(signal, 0), builder.group(signal, 1)
    for start, to, group in ((0, 1, main), (1, 2, main), (2, 0, ramp)):
        begins = builder.lane(RAMP, 0) if group == ramp else builder.lane(MAIN, start)
        speed_mps = 14.0 if group == ramp else 22.0
        builder.add_movement(MovementSpec(begins, builder.lane(BOTH, to), m, Turn.THROUGH, 10.0, speed_mps, group))
    for lane in (1, 2):
        ends = builder.lane(BOTH, lane), builder.lane(ON, lane - 1)
        builder.add_movement(MovementSpec(*ends, d, Turn.THROUGH, 10.0, 22.0))
    phases = [PhaseSpec(20.0, colours) for colours in stages]
    builder.add_plan(PlanSpec("s:0", signal, phases))
    return builder.build()


def rush(main_vph: float, ramp_vph: float, lasts_s: float, seed: int = 0) -> Demand:
    """Poisson streams on both."""
    rng = np.random.default_rng(seed)
    trips = []
    for vph, route in ((main_vph, (MAIN, BOTH, ON)), (ramp_vph, (RAMP, BOTH, ON))):
        n = rng.poisson(vph * lasts_s / 3600.0)
        trips += [Trip(float(at_s), route) for at_s in rng.uniform(0.0, lasts_s, n)]
    return demand(sorted(trips, key=lambda trip: trip.depart_s), [DRIVER])
