"""Plans as an engineer would change them: what a finding advises, and faults put in on purpose."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City, Colour
from citybrain.estimate.performance.phases import PhaseMap, phase_map
from citybrain.records.finding import Cause, Finding

Bool = NDArray[np.bool_]
GREEN_MIN_S = 5.0


def shifted(city: City, signal: int, seconds: float) -> City:
    """The city with one signal's default plan so much later."""
    offset_s = city.plans.offset_s.copy()
    offset_s[city.signals.plan[signal]] += seconds
    return replace(city, plans=replace(city.plans, offset_s=offset_s))


def moved(city: City, at: PhaseMap, taker: int, giver: int, seconds: float) -> City:
    """The city with `seconds` of green moved from one phase to another (rows of the map), as far as there is green."""
    signal = int(at.phases.device[taker])
    rows = plan_rows(city, signal)
    takes, gives = greens(city, at, taker, rows), greens(city, at, giver, rows)
    more, less = rows[takes & ~gives], rows[gives & ~takes]
    if not more.size or not less.size:
        return city
    times = city.phases.duration_s.copy()
    to, of = int(more[np.argmax(times[more])]), int(less[np.argmax(times[less])])
    seconds = min(seconds, float(times[of]) - GREEN_MIN_S)
    times[to], times[of] = times[to] + seconds, times[of] - seconds
    same = city.phases.min_s == city.phases.max_s
    low, high = np.where(same, times, city.phases.min_s), np.where(same, times, city.phases.max_s)
    return replace(city, phases=replace(city.phases, duration_s=times, min_s=low, max_s=high))


def plan_rows(city: City, signal: int) -> NDArray[np.int64]:
    plan = int(city.signals.plan[signal])
    first = int(city.plans.first_phase[plan])
    return np.arange(first, first + int(city.plans.n_phases[plan]))


def greens(city: City, at: PhaseMap, phase: int, rows: NDArray[np.int64]) -> Bool:
    """In which of a plan's rows a phase has green, while no group shows yellow."""
    signal = int(at.phases.device[phase])
    first, count = int(city.signals.first_group[signal]), int(city.signals.n_groups[signal])
    own = np.flatnonzero(at.group_phase[first : first + count] == phase)
    shown = np.array(
        [city.phases.colours[city.phases.colour_offset[r] : city.phases.colour_offset[r] + count] for r in rows]
    )
    return np.asarray(
        (shown[:, own] >= Colour.PERMISSIVE).all(axis=1) & ~(shown == Colour.YELLOW).any(axis=1), np.bool_
    )


def applied(city: City, finding: Finding) -> City:
    """The city after an engineer did what a finding about a plan says; others leave it as it is."""
    signal = city.signals.signal_id.index(finding.device)
    if finding.cause == Cause.OFFSET:
        return shifted(city, signal, finding.amount)
    if finding.cause != Cause.SPLIT:
        return city
    at = phase_map(city)
    rows = {int(number): int(row) for row, number in enumerate(at.phases.number) if at.phases.device[row] == signal}
    return moved(city, at, rows[finding.phase], rows[finding.other], finding.amount)
