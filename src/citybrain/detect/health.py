"""Which sensors can be trusted: dead, stuck, chattering and biased detectors and cameras, found by sequential tests.

IRIS (Minnesota's system) fails a detector by fixed rules: no vehicle for hours, 38 in 30 s, occupied for minutes. Here
each rule is a test that adds up evidence against what the same lane's other sensors and the road around saw in the same
minutes, so that a busy lane's fault is found in minutes and a quiet lane is left alone. `health_limits` has each bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from citybrain.detect import health_tests as tests
from citybrain.detect.health_limits import BIN_S, KNOWN_MINUTES, RECOVERED_MINUTES, STALE_REPORTS
from citybrain.detect.health_minutes import Minute, Minutes, add, open_minutes
from citybrain.detect.health_state import (
    HEALTH_OF,
    Cause,
    Evidence,
    Known,
    Verdict,
    no_evidence,
    no_verdict,
    nothing_known,
)
from citybrain.detect.health_views import look
from citybrain.detect.neighbours import Neighbours
from citybrain.records.observations import Observations
from citybrain.records.sensor_health import Health, SensorHealth

F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]
FACTOR_MAX = 10.0  # no count is corrected by more, in either direction


@dataclass(frozen=True, eq=False)
class HealthState:
    """All that is remembered; values are replaced, never changed."""

    minutes: Minutes
    evidence: Evidence
    known: Known
    verdict: Verdict


class _Step(NamedTuple):
    evidence: Evidence
    known: Known
    verdict: Verdict


def start(near: Neighbours, time_s: float) -> HealthState:
    """Nothing has been reported yet: every sensor is UNKNOWN."""
    n = near.n_sensors
    return HealthState(open_minutes(n, time_s), no_evidence(n), nothing_known(n), no_verdict(n, time_s))


def update(
    near: Neighbours, state: HealthState, observed: Observations, closed: Bool | None = None
) -> tuple[HealthState, SensorHealth]:
    """The state after some observations, and the health of every sensor at their time.

    `closed` [n_sensors]: those on lanes that the city knows to be closed; nobody blames them for seeing no vehicles.

    Deterministic, and the same for any order of the rows and any cut into batches that end at the same times. Raises
    InputError for a sensor that is not the city's.
    """
    minutes, done = add(state.minutes, observed)
    verdict = state.verdict._replace(last_s=_newest(state.verdict.last_s, observed))
    step = _Step(state.evidence, state.known, verdict)
    shut = np.zeros(near.n_sensors, np.bool_) if closed is None else closed
    for minute in done:
        step = _judge(near, step, minute, shut)
    after = HealthState(minutes, *step)
    return after, _health(near, after, observed.time_s)


def _judge(near: Neighbours, step: _Step, minute: Minute, closed: Bool) -> _Step:
    """One minute of all sensors."""
    bursts, chatters = tests.burst(step.evidence.burst, minute)
    view = look(minute, near, step.known, step.verdict, tests.doubted(step.known, step.evidence, minute, chatters))
    evidence = tests.excuse(tests.gather(step.evidence, step.known, view, bursts), closed)
    found = tests.find(evidence, view, chatters, near.same_lane, step.known)
    again, shows = tests.symptom(step.verdict, evidence, step.known, view, chatters)
    known = tests.learn(step.known, evidence, step.evidence.city_gap, view, step.verdict)
    verdict = _conclude(step.verdict, found, again, shows, minute.end_s)._replace(doubt=tests.in_doubt(evidence, known))
    changed = verdict.cause != step.verdict.cause
    return _Step(_forget(evidence, changed, near), _fresh(known, changed), verdict)


def _conclude(before: Verdict, found: NDArray[np.uint8], again: Bool, shows: Bool, time_s: float) -> Verdict:
    """Faulty sensors stay so until they have been without symptom for long enough."""
    faulty = before.cause != Cause.NONE
    better = np.where(faulty, np.where(again, 0.0, before.better + shows), 0.0)
    cause = np.where(faulty, np.where(better >= RECOVERED_MINUTES, Cause.NONE, before.cause), found).astype(np.uint8)
    changed = cause != before.cause
    return Verdict(
        cause, np.where(changed, time_s, before.since_s), before.last_s, np.where(changed, 0.0, better), before.doubt
    )


def _forget(evidence: Evidence, changed: Bool, near: Neighbours) -> Evidence:
    """A sensor whose state changed begins anew, and so do comparisons of others with it."""
    beside = changed | ((near.same_lane >= 0) & changed[near.same_lane]).any(axis=1)
    around = ((near.road >= 0) & changed[near.road]).any(axis=1)
    anew = {name: np.where(changed, 0.0, getattr(evidence, name)) for name in Evidence._fields}
    ratios = {name: np.where(beside, 0.0, anew[name]) for name in ("over", "under", "missed_lane", "locked_lane")}
    roads = {name: np.where(around, 0.0, anew[name]) for name in ("over_road", "under_road", "missed_road")}
    return evidence._replace(**{**anew, **ratios, **roads})


def _fresh(known: Known, changed: Bool) -> Known:
    """The present ratio is learnt anew from a change on."""
    return known._replace(
        own_now=np.where(changed, 0.0, known.own_now), lane_now=np.where(changed, 0.0, known.lane_now)
    )


def _newest(last_s: F64, observed: Observations) -> F64:
    newest = last_s.copy()
    for rows in (observed.counts, observed.passages):
        np.maximum.at(newest, rows.sensor, rows.time_s)
    return newest


def _health(near: Neighbours, state: HealthState, time_s: float) -> SensorHealth:
    known, verdict = state.known, state.verdict
    stale = time_s - verdict.last_s > STALE_REPORTS * known.interval_s + BIN_S
    sure = (known.minutes >= KNOWN_MINUTES) & (known.hits > 0) & (near.is_camera | ~stale)
    fine = np.where(sure, Health.GOOD, Health.UNKNOWN)
    health = np.where(verdict.cause == Cause.NONE, fine, HEALTH_OF[verdict.cause]).astype(np.uint8)
    return SensorHealth(time_s, health, verdict.since_s, verdict.last_s, _factor(known, verdict), verdict.doubt)


def _factor(known: Known, verdict: Verdict) -> NDArray[np.float32]:
    """By how much a biased sensor's counts are to be multiplied to be what they were when it was good."""
    factor = (known.own / known.lane) * (known.lane_now + 1.0) / (known.own_now + 1.0)
    biased = verdict.cause == Cause.BIAS
    return np.where(biased, np.clip(factor, 1.0 / FACTOR_MAX, FACTOR_MAX), 1.0).astype(np.float32)
