"""What a lane can let through while a step shows: saturation flows, shared lanes, turns that wait for gaps.

Highway Capacity Manual 2010, chapter 18: base saturation flow 1,900 veh/h and lane, 0.95 for protected lefts, 0.85 for
rights; gap acceptance for permitted turns (Harders' formula, equation 19-32), shared lanes by mean headways.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citybrain.city.model import F64, I64, City, Colour, Turn
from citybrain.control.retiming.flows import LaneFlows, TurnFlows, lane_flows
from citybrain.control.retiming.skeleton import Skeleton

__all__ = ["Junction", "gap_rate_vph", "junction_of", "junctions_of", "saturation_vph"]

BASE_VPH = 1900.0
TURN_FACTOR = {Turn.THROUGH: 1.0, Turn.LEFT: 0.95, Turn.RIGHT: 0.85, Turn.UTURN: 0.8}
CRITICAL_GAP_S, FOLLOW_UP_S = 4.5, 2.5  # of turns that yield
STOP_FACTOR = 0.6  # who has to stop before going, of what he would do without
LEAST_VPH = 60.0  # a turn that waits for gaps gets through at the end of green at least


@dataclass(frozen=True, eq=False)
class Junction:
    """The lanes of one signal and what its steps let through; rows are lanes with flow."""

    signal: int
    lane: I64  # [n]
    flow_vps: F64  # [n]
    rate_vps: F64  # [n, n_steps] discharge while a step is green


def saturation_vph(city: City) -> F64:
    """[n_movements] vehicles an hour of green, with right of way."""
    factor = np.array([TURN_FACTOR[Turn(turn)] for turn in range(4)])
    return BASE_VPH * factor[city.movements.turn]


def junctions_of(skeleton: Skeleton, flows: TurnFlows) -> dict[int, Junction]:
    """Of every timed signal, what its steps let through."""
    city = skeleton.city
    lanes = lane_flows(city, flows, saturation_vph(city))
    signal_of = np.where(city.movements.group >= 0, city.groups.signal[city.movements.group], -1)
    order = np.argsort(signal_of, kind="stable")
    first = np.searchsorted(signal_of[order], np.arange(len(city.signals.signal_id) + 1))
    return {s: _junction(skeleton, lanes, s, order[first[s] : first[s + 1]]) for s in skeleton.timed()}


def junction_of(skeleton: Skeleton, flows: TurnFlows, signal: int) -> Junction:
    """Of one timed signal, what its steps let through."""
    city = skeleton.city
    lanes = lane_flows(city, flows, saturation_vph(city))
    group = city.movements.group
    own = np.flatnonzero((group >= 0) & (city.groups.signal[np.maximum(group, 0)] == signal))
    return _junction(skeleton, lanes, signal, own)


def _junction(skeleton: Skeleton, flows: LaneFlows, signal: int, movements: I64) -> Junction:
    city, steps = skeleton.city, skeleton.steps(signal)
    lane = np.unique(city.movements.from_lane[movements]).astype(np.int64)
    lane = lane[flows.lane_vph[lane] > 0.0]
    rate = np.zeros((lane.size, len(steps)))
    out = {int(k): np.flatnonzero(city.movements.from_lane == k) for k in lane}
    for column, step in enumerate(steps):
        colour = _movement_colours(city, signal, skeleton.colours[step])
        for row, k in enumerate(lane.tolist()):
            rate[row, column] = _lane_rate(city, flows, out[k], colour) / 3600.0
    return Junction(signal, lane, flows.lane_vph[lane] / 3600.0, rate)


def _movement_colours(city: City, signal: int, shown: np.ndarray) -> dict[int, int]:
    """Colour by group of the signal; movements of other groups have none here."""
    first = int(city.signals.first_group[signal])
    return {first + k: int(colour) for k, colour in enumerate(shown)}


def _lane_rate(city: City, flows: LaneFlows, movements: I64, colour: dict[int, int]) -> float:
    """Vehicles an hour of green of one lane: harmonic mean of its turns; a turn at red blocks those behind it."""
    weight, spent, blocked = 0.0, 0.0, 0.0
    for m in movements.tolist():
        vph = float(flows.movement_vph[m])
        if vph <= 0.0:
            continue
        rate = _movement_rate(city, flows, m, colour)
        if rate <= 0.0:
            blocked += vph
        else:
            weight, spent = weight + vph, spent + vph / rate
    return weight / spent * weight / (weight + blocked) if weight > 0.0 else 0.0


def _movement_rate(city: City, flows: LaneFlows, m: int, colour: dict[int, int]) -> float:
    group = int(city.movements.group[m])
    shown = colour.get(group, int(Colour.OFF)) if group >= 0 else int(Colour.PROTECTED)
    full = BASE_VPH * TURN_FACTOR[Turn(int(city.movements.turn[m]))]
    if shown == Colour.PROTECTED:
        return full
    if shown < Colour.OFF:
        return 0.0
    gaps = min(full, gap_rate_vph(_opposing_vph(city, flows, m, colour)))
    return max(gaps * (STOP_FACTOR if shown == Colour.STOP_THEN_GO else 1.0), LEAST_VPH)


def _opposing_vph(city: City, flows: LaneFlows, m: int, colour: dict[int, int]) -> float:
    """Flow that a movement yields to in this step, greatest lane by lane summed."""
    rows = slice(int(city.movements.foe_offset[m]), int(city.movements.foe_offset[m + 1]))
    foes = city.movements.foe[rows][city.movements.foe_yield[rows]]
    total = 0.0
    for foe in foes.tolist():
        group = int(city.movements.group[foe])
        if group < 0 or colour.get(group, int(Colour.RED)) >= Colour.PERMISSIVE:
            total += float(flows.movement_vph[foe])
    return total


def gap_rate_vph(opposing_vph: float) -> float:
    """Harders' capacity of a stream that waits for gaps in another (HCM 2010, equation 19-32), vehicles an hour."""
    v = opposing_vph / 3600.0
    if v <= 1e-6:
        return 3600.0 / FOLLOW_UP_S
    return float(3600.0 * v * np.exp(-v * CRITICAL_GAP_S) / -np.expm1(-v * FOLLOW_UP_S))
