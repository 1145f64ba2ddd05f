"""Test street: signals along a two-way street, with side streets; and who drives there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from _roads import Trip, demand
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
from citybrain.control.retiming.flows import TurnFlows, simulated_flows
from citybrain.demand.model import Demand

BLOCK_M, SPEED_MPS = 250.0, 12.5  # 20 s a block
R, Y, G = Colour.RED, Colour.YELLOW, Colour.PROTECTED


@dataclass(frozen=True)
class Street:
    """Links in driving order; `south[i]` leads to signal i from the north."""

    city: City
    east: list[int]  # [n + 1]; the last one leaves the street
    west: list[int]  # [n + 1]; the last one leaves
    south: list[int]  # [n]
    leave: list[int]  # [n] southbound, after the signal


def street(n: int = 3, greens_s: tuple[float, float] = (30.0, 30.0), end_s: float = 900.0) -> Street:
    """Signals with two steps (the street, the side street), 3 s yellow and 1 s all red, no offsets."""
    builder = CityBuilder(CityMeta("street", "test", end_s=end_s))
    main = [builder.add_node(NodeSpec(f"m{i}", BLOCK_M * i, 0.0)) for i in range(n + 2)]
    for i in range(1, n + 1):
        builder.nodes[main[i]] = NodeSpec(f"m{i}", BLOCK_M * i, 0.0, control=NodeControl.SIGNAL)
    east = [_link(builder, f"e{i}", main[i], main[i + 1]) for i in range(n + 1)]
    west = [_link(builder, f"w{i}", main[n + 1 - i], main[n - i]) for i in range(n + 1)]
    south, leave = [], []
    for i in range(1, n + 1):
        top = builder.add_node(NodeSpec(f"t{i}", BLOCK_M * i, BLOCK_M))
        low = builder.add_node(NodeSpec(f"b{i}", BLOCK_M * i, -BLOCK_M))
        south.append(_link(builder, f"s{i}", top, main[i]))
        leave.append(_link(builder, f"l{i}", main[i], low))
    for i in range(1, n + 1):
        signal = builder.add_signal(SignalSpec(f"S{i}", main[i], ["main", "side"], 5.0, 60.0, 3.0, 1.0))
        _move(builder, east[i - 1], east[i], main[i], builder.group(signal, 0))
        _move(builder, west[n - i], west[n + 1 - i], main[i], builder.group(signal, 0))
        _move(builder, south[i - 1], leave[i - 1], main[i], builder.group(signal, 1))
        rows = [
            (greens_s[0], [G, R]),
            (3.0, [Y, R]),
            (1.0, [R, R]),
            (greens_s[1], [R, G]),
            (3.0, [R, Y]),
            (1.0, [R, R]),
        ]
        builder.add_plan(PlanSpec(f"S{i}:0", signal, [PhaseSpec(*row) for row in rows]), default=True)
    return Street(builder.build(), east, west, south, leave)


def _link(builder: CityBuilder, name: str, start: int, end: int) -> int:
    a, b = builder.nodes[start], builder.nodes[end]
    return builder.add_link(
        LinkSpec(name, start, end, [LaneSpec(BLOCK_M, SPEED_MPS)], ((a.x_m, a.y_m), (b.x_m, b.y_m)))
    )


def _move(builder: CityBuilder, start: int, end: int, node: int, group: int) -> None:
    ends = builder.lane(start, 0), builder.lane(end, 0)
    builder.add_movement(MovementSpec(*ends, node, Turn.THROUGH, 12.0, SPEED_MPS, group))


def traffic(place: Street, east_vph: float, west_vph: float, side_vph: float) -> Demand:
    """Vehicles at even intervals on every way through."""
    end_s = place.city.meta.end_s
    ways = [(tuple(place.east), east_vph), (tuple(place.west), west_vph)]
    ways += [((s, b), side_vph) for s, b in zip(place.south, place.leave, strict=True)]
    trips = []
    for k, (route, vph) in enumerate(ways):
        if vph > 0.0:
            trips += [Trip(float(t), route) for t in np.arange(3.0 * k % 7.0, end_s, 3600.0 / vph)]
    return demand(sorted(trips, key=lambda trip: trip.depart_s))


def flows_of(place: Street, east_vph: float, west_vph: float, side_vph: float) -> TurnFlows:
    return simulated_flows(place.city, traffic(place, east_vph, west_vph, side_vph))
