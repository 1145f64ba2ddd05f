"""Timings to start a search from: splits of the Highway Capacity Manual for a common cycle, half or double of it where
that pays, and every junction by Webster's rule alone.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from citybrain.control.retiming.capacity import Junction
from citybrain.control.retiming.skeleton import Skeleton, Timing
from citybrain.control.retiming.webster import Split, best_split, delay_vehicles, webster_cycle_s

__all__ = ["common_cycle", "cycles_worth_a_run", "webster"]

Junctions = Mapping[int, Junction]
CYCLE_STEP_S = 10.0
CYCLE_LEAST_S = 30.0
DOUBLE_GAIN = 0.85  # half or double the common cycle must save so much of a junction's delay to break the green waves


def webster(skeleton: Skeleton, junctions: Junctions, cycle_max_s: float) -> Timing:
    """Each junction by itself: all steps, Webster's cycle, equal degrees of saturation, no offset."""
    timing = skeleton.given()
    timing.offset_s[:] = 0.0
    for signal, junction in junctions.items():
        split = best_split(skeleton, junction, webster_cycle_s(skeleton, junction, cycle_max_s), drop=False)
        if split is not None:
            timing.green_s[list(skeleton.steps(signal))] = split.green_s
    return timing


def common_cycle(skeleton: Skeleton, junctions: Junctions, cycle_s: float, hours: float, drop: bool) -> Timing | None:
    """All junctions in one cycle, or half or double of it; None where most cannot keep it."""
    timing, misfits = skeleton.given(), 0
    timing.offset_s[:] = 0.0
    for signal, junction in junctions.items():
        split = _best_of(skeleton, junction, (cycle_s, cycle_s / 2.0, 2.0 * cycle_s), hours, drop)
        if split is None:
            return None
        misfits += split[0] > cycle_s
        timing.green_s[list(skeleton.steps(signal))] = split[1].green_s
    return timing if 2 * misfits <= len(junctions) else None


def _best_of(
    skeleton: Skeleton, junction: Junction, cycles_s: tuple[float, ...], hours: float, drop: bool
) -> tuple[float, Split] | None:
    """The first cycle, unless another one is far better."""
    best, least = None, np.inf
    for place, cycle_s in enumerate(cycles_s):
        if cycle_s != round(cycle_s):
            continue
        split = best_split(skeleton, junction, cycle_s, drop)
        if split is None:
            continue
        delay = delay_vehicles(junction, split.green_s, cycle_s, hours) / (DOUBLE_GAIN if place else 1.0)
        if delay < least - 1e-9 or best is None:
            best, least = (cycle_s, split), delay
    return best


def cycles_worth_a_run(
    skeleton: Skeleton, junctions: Junctions, cycle_max_s: float, hours: float, drop: bool
) -> list[tuple[float, Timing]]:
    """(cycle, timing) by rising delay of the model, one every CYCLE_STEP_S that the junctions can keep."""
    found = []
    for cycle_s in np.arange(CYCLE_LEAST_S, cycle_max_s + 1e-9, CYCLE_STEP_S).tolist():
        timing = common_cycle(skeleton, junctions, cycle_s, hours, drop)
        if timing is not None:
            found.append((delay_of(skeleton, junctions, timing, hours), cycle_s, timing))
    found.sort(key=lambda row: row[:2])
    return [(cycle_s, timing) for _, cycle_s, timing in found]


def delay_of(skeleton: Skeleton, junctions: Junctions, timing: Timing, hours: float) -> float:
    """Delay of all junctions by the manual, vehicles held up on average."""
    return sum(
        delay_vehicles(junction, timing.green_s[list(skeleton.steps(s))], skeleton.cycle_s(s, timing), hours)
        for s, junction in junctions.items()
    )
