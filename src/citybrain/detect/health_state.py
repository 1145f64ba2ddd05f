"""What is remembered of every sensor between two minutes: flat arrays, replaced and never changed."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from citybrain.detect.health_limits import BIN_S, RATIO_PRIOR
from citybrain.records.sensor_health import Health

F64 = NDArray[np.float64]
U8 = NDArray[np.uint8]


class Cause(IntEnum):
    """Why a sensor is not to be trusted; the order is that of precedence when several speak at once."""

    NONE = 0
    CHATTER = 1
    REPEATS = 2
    LOCKED = 3
    NO_HITS = 4
    SILENT = 5
    BIAS = 6


HEALTH_OF = np.array(
    [Health.GOOD, Health.CHATTERING, Health.STUCK, Health.STUCK, Health.DEAD, Health.DEAD, Health.BIASED], np.uint8
)


class Evidence(NamedTuple):
    """Sums of the tests, all [n_sensors]."""

    silent_s: F64  # without a report although the feed brings others
    gap_s: F64  # reported, without a vehicle
    quiet_s: F64  # since the last vehicle, reported or not
    missed_lane: F64  # vehicles that should have been seen since the last, by the same lane
    missed_road: F64  # and by the lanes around
    city_gap: F64  # vehicles that a mean sensor of the city has seen since the last
    missing_s: F64  # since some vehicles are missed, by the city's traffic
    late_gap: F64  # of them, those that came when most closures are over
    locked_s: F64
    locked_lane: F64  # vehicles that passed while it was occupied throughout
    locked_road: F64
    repeat: F64
    burst: F64  # vehicles above what a lane carries
    over: F64  # counts too much, against the same lane
    under: F64
    over_road: F64  # against the lanes around: only to tell which of two is wrong
    under_road: F64
    over_city: F64  # against its share of the city's traffic


class Known(NamedTuple):
    """What a sensor is known to be like, all [n_sensors]."""

    minutes: F64  # reported
    hits: F64
    interval_s: F64  # between its reports
    last_count: F64  # of its newest report; nan = none
    last_frac: F64
    repeats: F64  # of its reports that were like the one before
    own: F64  # vehicles of its own, against
    lane: F64  # those of its lane's other sensors
    own_now: F64  # the same with a short memory
    lane_now: F64
    own_road: F64
    road: F64
    own_city: F64  # and those of a mean sensor of the city
    city: F64
    own_lately: F64  # the same two with a memory in its own vehicles
    city_lately: F64
    rate_now: F64  # vehicles a minute
    rate: F64  # the same with a long memory, while nothing speaks against it
    trend_now: F64  # the same two of the road around, or of the city: what time of day and events did
    trend: F64


class Verdict(NamedTuple):
    """What was found, all [n_sensors]."""

    cause: U8  # Cause
    since_s: F64
    last_s: F64  # newest record
    better: F64  # minutes without a symptom since
    doubt: NDArray[np.bool_]  # something speaks against it


def no_evidence(n: int) -> Evidence:
    return Evidence(*(np.zeros(n) for _ in Evidence._fields))


def nothing_known(n: int) -> Known:
    """Before the first report: every sensor is thought to see what its neighbours see."""
    zero, nothing, prior = np.zeros(n), np.full(n, np.nan), np.full(n, RATIO_PRIOR)
    reports = (zero, zero, np.full(n, BIN_S), nothing, nothing, zero)
    return Known(*reports, prior, prior, zero, zero, prior, prior, *[zero] * 8)


def no_verdict(n: int, time_s: float) -> Verdict:
    return Verdict(np.zeros(n, np.uint8), np.full(n, time_s), np.full(n, -np.inf), np.zeros(n), np.zeros(n, np.bool_))
