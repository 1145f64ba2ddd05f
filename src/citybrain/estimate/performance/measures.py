"""All measures of a log: cycle by cycle, and summed over periods."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from citybrain.estimate.performance.arrivals import (
    Colours,
    Points,
    arrival_points,
    departure_points,
    platoon_ratio,
    tally,
)
from citybrain.estimate.performance.cycles import Cycles, End, cycles_of
from citybrain.estimate.performance.occupancy import FULL_RATIO, Occupancy, by_channel, occupancy_of
from citybrain.estimate.performance.queueing import (
    EMPTY_S,
    empty_moments,
    queue_area_s,
    queue_at,
    queue_of,
    reached_share,
)
from citybrain.estimate.performance.saturation import degree_of_saturation, saturation_flow_vps
from citybrain.records.signal_events import SignalLog, Use

__all__ = ["PERIOD_S", "Measures", "Periods", "measure", "periods_of", "sums_by"]

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
Bool = NDArray[np.bool_]
PERIOD_S = 900.0
RUN_S = 2.0  # a vehicle that crosses later after begin of red has run it; stamps are a second apart
FAR_M = 200.0  # a detector without a lane, so far from the stop line, stands at the signal before
EMPTY_FAR_S = 15.0  # arrivals seen from so far may come so much later than at free speed
EVEN_MIN = 20  # vehicles, before arrivals read far upstream are scaled to what leaves


@dataclass(frozen=True, eq=False)
class Measures:
    """By cycle; arrays are [n_cycles]. nan, or False in `has_*` [n_phases], where sensors tell nothing."""

    log: SignalLog
    cycles: Cycles
    arrive: Points
    leave: Points
    arrivals: Colours
    departures: Colours
    red_runs: I32  # at least so many crossed in red, on lanes of this phase alone
    occupancy: Occupancy
    delay_vs: F64  # vehicle-seconds waited within the cycle
    queue_end: F64  # vehicles that wait when the green ends
    flow_vps: F64  # [n_phases] of a lane
    reached: F64  # [n_phases] share of the cycles in which the queue hides arrivals from the detectors upstream
    has_arrivals: Bool
    has_departures: Bool
    has_zones: Bool

    @property
    def demand(self) -> F64:
        """Vehicles that came, or left where arrivals are not seen."""
        came = self.arrivals.all.astype(np.float64)
        return np.where(self.has_arrivals[self.cycles.phase], came, self.departures.all)


def measure(log: SignalLog, full: float = FULL_RATIO) -> Measures:
    """The measures of a log; `full` is the occupancy ratio from which a green counts as full."""
    cycles = cycles_of(log)
    arrive, leave = arrival_points(log, cycles), departure_points(log, cycles)
    n = log.phases.device.size
    calls = by_channel(log)
    delay_vs, queue_end = _waiting(log, cycles, (arrive, leave), calls)
    return Measures(
        log,
        cycles,
        arrive,
        leave,
        tally(cycles, arrive),
        tally(cycles, leave),
        _red_runs(cycles, leave),
        occupancy_of(log, cycles, full),
        delay_vs,
        queue_end,
        saturation_flow_vps(leave, cycles, n),
        np.array([reached_share(log, cycles, phase, calls) for phase in range(n)], np.float64),
        *(_served(log, use) for use in (Use.ADVANCE, Use.COUNT, Use.PRESENCE)),
    )


def _served(log: SignalLog, use: Use) -> Bool:
    found = np.zeros(log.phases.device.size, np.bool_)
    found[log.channels.phase[log.channels.use == use]] = True
    return found


def _red_runs(cycles: Cycles, leave: Points) -> I32:
    """Crossings later than RUN_S after begin of red, on lanes that no other phase serves."""
    good = (leave.cycle >= 0) & (leave.lane >= 0)
    row, time_s = leave.cycle[good], leave.time_s[good]
    ran = (time_s > cycles.red_s[row] + RUN_S) & (time_s < cycles.green_s[row] - RUN_S)
    return np.bincount(row[ran], minlength=cycles.n).astype(np.int32)


def _waiting(
    log: SignalLog, cycles: Cycles, points: tuple[Points, Points], calls: list[NDArray[np.int64]]
) -> tuple[F64, F64]:
    """Vehicle-seconds of each cycle, and the queue at the end of its green; nan where one side is not seen."""
    (arrive, leave), far = points, _far(log)
    delay, left = np.full(cycles.n, np.nan), np.full(cycles.n, np.nan)
    both = np.intersect1d(np.unique(log.channels.phase[log.channels.use == Use.ADVANCE]), np.unique(leave.phase))
    for phase in both:
        rows = slice(int(np.searchsorted(cycles.phase, phase)), int(np.searchsorted(cycles.phase, phase, "right")))
        came_s, gone_s = arrive.time_s[arrive.phase == phase], leave.time_s[leave.phase == phase]
        weight, wait_s = 1.0, EMPTY_FAR_S if far[phase] else EMPTY_S
        if far[phase] and min(came_s.size, gone_s.size) >= EVEN_MIN:
            weight = gone_s.size / came_s.size
        queue = queue_of(came_s, gone_s, empty_moments(log, int(phase), calls, wait_s), weight)
        delay[rows] = queue_area_s(queue, cycles.red_s[rows], cycles.end_s[rows])
        left[rows] = queue_at(queue, cycles.yellow_s[rows])
    return delay, left


def _far(log: SignalLog) -> Bool:
    """Phases whose arrivals are read at the signal before: of all vehicles, also those that turn off to other lanes."""
    channels, found = log.channels, np.zeros(log.phases.device.size, np.bool_)
    far = (channels.use == Use.ADVANCE) & (channels.lane == -1) & (channels.distance_m > FAR_M)
    found[channels.phase[far]] = True
    return found


@dataclass(frozen=True, eq=False)
class Periods:
    """Sums over the cycles that begin in a period, by phase and period; arrays are [n_rows]."""

    phase: I32
    begin_s: F64
    cycles: I32
    green_s: F64  # mean of a cycle
    cycle_s: F64  # mean
    arrivals: I32
    on_green_share: F64
    platoon: F64  # platoon ratio
    departures: I32
    known: I32  # cycles whose split is known to have failed or not
    failures: I32  # of them failed
    green_ratio: F64  # mean GOR
    red_ratio: F64  # mean ROR5
    saturation: F64  # degree of saturation
    delay_s: F64  # mean of a vehicle
    delay_vs: F64
    queue: F64  # mean at the end of green
    red_runs: I32
    max_outs: I32
    gap_outs: I32
    ends_known: I32  # greens of which it is known why they ended


def periods_of(found: Measures, period_s: float | None = PERIOD_S) -> Periods:
    """Sum the cycles up; `period_s` None = the whole log as one period."""
    cycles = found.cycles
    part = np.zeros(cycles.n) if period_s is None else np.floor(cycles.red_s / period_s)
    sums = sums_by(found, part)
    begin_s = np.full(sums.phase.size, found.log.begin_s) if period_s is None else sums.begin_s * period_s
    return replace(sums, begin_s=begin_s)


def sums_by(found: Measures, part: F64) -> Periods:
    """Sum up the cycles of each phase that belong to the same part [n_cycles], which `begin_s` then names."""
    cycles = found.cycles
    keys, row = np.unique(np.column_stack([cycles.phase, part]), axis=0, return_inverse=True)
    row, n = row.reshape(-1), keys.shape[0]

    def total(values: NDArray[np.generic]) -> F64:
        return np.asarray(np.bincount(row, np.nan_to_num(values.astype(np.float64)), n), np.float64)

    def mean(values: F64) -> F64:
        return _ratio(total(values), total(np.isfinite(values)))

    phase = keys[:, 0].astype(np.int32)
    green_s, cycle_s = total(cycles.yellow_s - cycles.green_s), total(cycles.end_s - cycles.red_s)
    came, on_green = total(found.arrivals.all), total(found.arrivals.green)
    count, demand = total(np.ones(cycles.n)), total(found.demand)
    seen = found.has_arrivals[phase]
    known = found.occupancy.known
    max_outs, gap_outs = (total(cycles.termination == end).astype(np.int32) for end in (End.MAX_OUT, End.GAP_OUT))
    return Periods(
        phase,
        keys[:, 1],
        count.astype(np.int32),
        _ratio(green_s, count),
        _ratio(cycle_s, count),
        came.astype(np.int32),
        np.where(seen, _ratio(on_green, came), np.nan),
        np.where(seen, platoon_ratio(on_green, came, green_s, cycle_s), np.nan),
        total(found.departures.all).astype(np.int32),
        total(known).astype(np.int32),
        total(known & found.occupancy.failed).astype(np.int32),
        mean(found.occupancy.green),
        mean(found.occupancy.red),
        _saturation(found, phase, demand, green_s),
        _ratio(np.where(total(np.isfinite(found.delay_vs)) > 0.0, total(found.delay_vs), np.nan), demand),
        total(found.delay_vs),
        mean(found.queue_end),
        total(found.red_runs).astype(np.int32),
        max_outs,
        gap_outs,
        total(cycles.termination != End.UNKNOWN).astype(np.int32),
    )


def _saturation(found: Measures, phase: I32, demand: F64, green_s: F64) -> F64:
    lanes = found.log.phases.lanes[phase].astype(np.float64)
    ratio = degree_of_saturation(demand, lanes, found.flow_vps[phase], green_s)
    return np.where(found.has_arrivals[phase] | found.has_departures[phase], ratio, np.nan)


def _ratio(above: F64, below: F64) -> F64:
    ratio = np.full(above.size, np.nan)
    np.divide(above, below, out=ratio, where=below > 0.0)
    return ratio
