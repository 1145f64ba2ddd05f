"""Faults put into the records of detectors and cameras, whatever world they come from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import SensorKind, Sensors
from citybrain.records.observations import DetectorCounts, Observations, Passages, join, make, take
from citybrain.records.sensor_health import Health

I64 = NDArray[np.int64]
FLOOD_VPM, GHOST_VPM = (80.0, 150.0), (8.0, 25.0)
AGAIN_S = 7.0  # a stuck camera reports its plate so often
READS_S = 0.7  # a chattering camera reads something so often
LATE_S = 2.0


class Fault(IntEnum):
    """What is wrong; the first two kinds are dead, then two stuck, then two chattering."""

    NONE = -1
    SILENT = 0
    NO_HITS = 1  # detectors: reports 0; cameras: silent
    LOCKED = 2  # occupied throughout; cameras: the same plate for ever
    REPEATS = 3  # the same report for ever
    FLOODS = 4  # more than a lane carries
    GHOSTS = 5  # vehicles that are not there; cameras: plates


KIND_OF = (Health.DEAD, Health.DEAD, Health.STUCK, Health.STUCK, Health.CHATTERING, Health.CHATTERING)
SHARES = (0.15, 0.15, 0.05, 0.05, 0.05, 0.05)  # of all sensors: 30 % dead, 10 % stuck, 10 % chattering


@dataclass(frozen=True, eq=False)
class Plan:
    """Who fails, from when on; all [n_sensors]."""

    fault: I64  # Fault
    begin_s: NDArray[np.float64]
    value: NDArray[np.float64]  # 0..1: how bad it is
    camera: NDArray[np.bool_]
    lane: NDArray[np.int32]
    seed: int


def plan(sensors: Sensors, between_s: tuple[float, float], seed: int, shares: tuple[float, ...] = SHARES) -> Plan:
    """A random share of the detectors and of the cameras for each fault, which begins at a random time."""
    rng = np.random.default_rng(seed)
    camera = sensors.kind == SensorKind.CAMERA
    fault = np.full(camera.size, int(Fault.NONE), np.int64)
    for rows in (np.flatnonzero(~camera), np.flatnonzero(camera)):
        last = np.round(np.cumsum(shares) * rows.size).astype(np.int64)
        order = rng.permutation(rows)
        for kind, (a, b) in enumerate(zip(np.concatenate([[0], last[:-1]]), last, strict=True)):
            fault[order[a:b]] = kind
    begin_s = rng.uniform(*between_s, camera.size)
    return Plan(fault, begin_s, rng.random(camera.size), camera, sensors.lane, seed)


def spoil(plan: Plan, seen: Observations) -> Observations:
    """What arrives when these sensors fail."""
    rng = np.random.default_rng((plan.seed, round(10 * seen.time_s)))
    return replace(seen, counts=_counts(plan, seen.counts, rng), passages=_passages(plan, seen, rng))


def _counts(plan: Plan, rows: DetectorCounts, rng: np.random.Generator) -> DetectorCounts:
    fault = np.where(rows.time_s >= plan.begin_s[rows.sensor], plan.fault[rows.sensor], Fault.NONE)
    value, minutes = plan.value[rows.sensor], rows.interval_s / 60.0
    count, frac = rows.count.astype(np.int64), rows.occupancy_frac.copy()
    count[(fault == Fault.NO_HITS) | (fault == Fault.LOCKED)] = 0
    frac[fault == Fault.NO_HITS], frac[fault == Fault.LOCKED] = 0.0, 1.0
    same = fault == Fault.REPEATS
    count[same], frac[same] = (1 + np.floor(8 * value * minutes))[same], np.round(0.05 + 0.85 * value, 3)[same]
    for kind, (low, high) in ((Fault.FLOODS, FLOOD_VPM), (Fault.GHOSTS, GHOST_VPM)):
        more = rng.poisson((low + (high - low) * value) * minutes)
        count += np.where(fault == kind, more, 0)
    return take(replace(rows, count=count.astype(np.int32), occupancy_frac=frac), fault != Fault.SILENT)


def _passages(plan: Plan, seen: Observations, rng: np.random.Generator) -> Passages:
    rows, begun = seen.passages, seen.time_s >= plan.begin_s
    mute = begun & plan.camera & (plan.fault >= 0) & (plan.fault < Fault.FLOODS)
    invented = begun & plan.camera & (plan.fault >= Fault.LOCKED)
    stuck = invented & (plan.fault < Fault.FLOODS)
    number = np.arange(stuck.size)
    due = np.where(stuck, np.floor(seen.time_s + number) % AGAIN_S == 0.0, rng.random(stuck.size) < READS_S)
    more = np.flatnonzero(invented & due)
    plates = rng.integers(1, 1 << 63, more.size, dtype=np.uint64)
    plates = np.where(stuck[more], more.astype(np.uint64) + np.uint64(1), plates)
    time_s = seen.time_s - LATE_S
    extra = make(Passages, np.full(more.size, time_s), seen.time_s, more, plan.lane[more], -1, 1, plates, 0)
    return join([take(rows, ~mute[rows.sensor]), extra])
