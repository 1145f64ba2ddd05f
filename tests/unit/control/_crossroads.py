"""Test city: `n` separate crossroads, each with four approaches of three lanes (free right, through, left).

  N
W + E      stages: 0 = W+E through, 1 = N+S through, 2 = W+E left, 3 = N+S left
  S
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

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
from citybrain.city.model import City, CityMeta, Colour, NodeControl, PlanKind, Turn

ARMS = "NESW"  # clockwise: the arm across is + 2, to the left of a driver coming in is + 1, to the right + 3
TURNS = (Turn.RIGHT, Turn.THROUGH, Turn.LEFT)  # by lane
EXIT_OF_TURN = {Turn.RIGHT: 3, Turn.THROUGH: 2, Turn.LEFT: 1}
STAGES = (("EW", Turn.THROUGH), ("NS", Turn.THROUGH), ("EW", Turn.LEFT), ("NS", Turn.LEFT))


@dataclass(frozen=True)
class Layout:
    n: int = 1
    greens_s: tuple[float, ...] = (30.0, 20.0, 10.0, 10.0)
    yellow_s: float = 3.0
    all_red_s: float = 2.0
    min_green_s: float = 5.0
    max_green_s: float = 60.0
    offset_s: float = 0.0
    kind: PlanKind = PlanKind.FIXED
    limits_s: tuple[float, float] = (-1.0, -1.0)
    lane_length_m: tuple[float, float, float] = field(default=(300.0, 300.0, 300.0))


def crossroads(layout: Layout | None = None) -> City:
    layout = layout or Layout()
    builder = CityBuilder(CityMeta("crossroads", "test"))
    for k in range(layout.n):
        _add_junction(builder, f"J{k}", layout)
    return builder.build()


def _add_junction(builder: CityBuilder, name: str, layout: Layout) -> None:
    centre = builder.add_node(NodeSpec(name, 0.0, 0.0, control=NodeControl.SIGNAL))
    ends = [
        builder.add_node(NodeSpec(f"{name}{arm}", 300.0 * math.sin(k * math.pi / 2), 300.0 * math.cos(k * math.pi / 2)))
        for k, arm in enumerate(ARMS)
    ]
    lanes = [LaneSpec(length, 13.9) for length in layout.lane_length_m]
    line = ((0.0, 0.0), (1.0, 0.0))
    ins = [builder.add_link(LinkSpec(f"{name}{a}in", ends[k], centre, lanes, line)) for k, a in enumerate(ARMS)]
    outs = [builder.add_link(LinkSpec(f"{name}{a}out", centre, ends[k], lanes, line)) for k, a in enumerate(ARMS)]
    names = [f"{arm}{lane}" for arm in ARMS for lane in range(3)]
    times = (layout.min_green_s, layout.max_green_s, layout.yellow_s, layout.all_red_s)
    signal = builder.add_signal(SignalSpec(name, centre, names, *times))
    for arm in range(4):
        for lane, turn in enumerate(TURNS):
            exit_link = outs[(arm + EXIT_OF_TURN[turn]) % 4]
            for to in range(3):
                group = builder.group(signal, arm * 3 + lane)
                ends_at = builder.lane(ins[arm], lane), builder.lane(exit_link, to)
                builder.add_movement(MovementSpec(*ends_at, centre, turn, 20.0, 8.0, group))
    builder.add_plan(PlanSpec(f"{name}:0", signal, _phases(layout), layout.kind, layout.offset_s))


def _phases(layout: Layout) -> list[PhaseSpec]:
    phases = []
    for (arms, turn), green_s in zip(STAGES, layout.greens_s, strict=True):
        phases.append(PhaseSpec(green_s, colours_of(arms, turn, Colour.PROTECTED), *layout.limits_s))
        phases.append(PhaseSpec(layout.yellow_s, colours_of(arms, turn, Colour.YELLOW)))
        if layout.all_red_s > 0:
            phases.append(PhaseSpec(layout.all_red_s, colours_of(arms, turn, Colour.RED)))
    return phases


def colours_of(arms: str, turn: Turn, colour: Colour) -> list[Colour]:
    """Right turns permissive, the named turn of the named arms in this colour, all else red."""
    shown = []
    for arm in ARMS:
        for lane_turn in TURNS:
            named = arm in arms and lane_turn == turn
            shown.append(colour if named else Colour.PERMISSIVE if lane_turn == Turn.RIGHT else Colour.RED)
    return shown


def conflicting(first: int, second: int) -> bool:
    """Do two groups of one crossroads (arm * 3 + lane) cross? Free right turns yield, so they do not count."""
    if first > second:
        first, second = second, first
    (arm, lane), (other_arm, other_lane) = divmod(first, 3), divmod(second, 3)
    if arm == other_arm or 0 in (lane, other_lane):
        return False
    across = (other_arm - arm) % 4 == 2
    return not (across and lane == other_lane)
