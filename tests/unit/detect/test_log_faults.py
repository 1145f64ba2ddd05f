"""Detectors of a log that are not to be believed: found where broken, left alone where they only see a queue."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from benchmarks._diagnose_synthetic import Approach, make_log, poisson

from citybrain.detect.diagnosis.faults import believed, faulty_channels
from citybrain.detect.diagnosis.zones import zone_faults
from citybrain.records.sensor_health import Health
from citybrain.records.signal_events import Event, SignalLog, Use, join_events, make_events

END_S = 7200.0


def log_of(flow_vps: float = 0.08, n: int = 3) -> SignalLog:
    return make_log([Approach(0, 2 + k, poisson(flow_vps, END_S, k), 30.0, 90.0, 10.0 * k) for k in range(n)], END_S)


def row_of(log: SignalLog, phase: int, use: Use) -> int:
    return int(np.flatnonzero((log.channels.phase == phase) & (log.channels.use == use))[0])


def broken(log: SignalLog, row: int, since_s: float, on: bool) -> SignalLog:
    """A channel that says nothing more from a moment on, or stays on."""
    events, channel = log.events, int(log.channels.channel[row])
    drop = (events.parameter == channel) & (events.code >= Event.DETECTOR_OFF) & (events.time_s >= since_s)
    left = make_events(*(getattr(events, name)[~drop] for name in ("time_s", "device", "code", "parameter")))
    last = make_events(np.array([since_s]), np.zeros(1, np.int32), np.array([82], np.int16), np.array([channel]))
    return replace(log, events=join_events([left, last] if on else [left]))


def test_good_detectors_are_not_accused() -> None:
    assert not faulty_channels(log_of()).channel.any()


@pytest.mark.parametrize("seed", range(3))
def test_a_zone_under_a_queue_for_hours_is_good(seed: int) -> None:
    """Occupied throughout, because more vehicles come than the green can serve."""
    crowd = Approach(0, 2, poisson(0.25, END_S, seed), 30.0)
    log = make_log([crowd, Approach(0, 4, poisson(0.05, END_S, 9), 30.0, offset_s=45.0)], END_S)
    assert not zone_faults(log).any()
    assert not faulty_channels(log).channel.any()


def test_counts_alone_clear_a_zone_under_a_queue() -> None:
    """Nothing upstream tells of the queue; that the greens serve all they can does."""
    log = make_log([Approach(0, 2, poisson(0.25, END_S, 1), 30.0)], END_S)
    rows = np.flatnonzero(log.channels.use != Use.ADVANCE)
    kept = {name: getattr(log.channels, name)[rows] for name in type(log.channels).__annotations__}
    log = replace(log, channels=type(log.channels)(**kept))
    assert not zone_faults(log).any()
    quiet = make_log([Approach(0, 2, poisson(0.05, END_S, 1), 30.0)], END_S)
    quiet = broken(replace(quiet, channels=log.channels), row_of(log, 0, Use.PRESENCE), 900.0, on=True)
    assert zone_faults(quiet).any()


@pytest.mark.parametrize("on", [True, False])
def test_a_broken_zone_is_found(on: bool) -> None:
    log = log_of()
    row = row_of(log, 1, Use.PRESENCE)
    off = (log.events.parameter == log.channels.channel[row]) & (log.events.code == Event.DETECTOR_OFF)
    since_s = float(log.events.time_s[off & (log.events.time_s > 900.0)][0]) + 0.01
    found = faulty_channels(broken(log, row, since_s, on))
    assert np.flatnonzero(found.channel).tolist() == [row]
    assert len(found.findings) == 1
    state = Health.STUCK if on else Health.DEAD
    assert zone_faults(broken(log, row, since_s, on))[row] == state


def test_a_zone_that_is_stuck_for_minutes_is_not_called_so() -> None:
    log = log_of()
    row = row_of(log, 1, Use.PRESENCE)
    assert not zone_faults(broken(log, row, END_S - 1200.0, on=True)).any()


def test_a_detector_upstream_that_goes_silent_is_found() -> None:
    log = log_of()
    row = row_of(log, 1, Use.ADVANCE)
    assert faulty_channels(broken(log, row, 1800.0, on=False)).channel[row]


def test_a_lane_without_vehicles_is_no_fault() -> None:
    quiet = make_log(
        [Approach(0, 2, np.array([50.0])), *[Approach(0, 4 + k, poisson(0.08, END_S, k)) for k in range(2)]], END_S
    )
    assert not faulty_channels(quiet).channel.any()


def test_a_fault_that_the_controller_writes_counts_at_once() -> None:
    log = log_of()
    row = row_of(log, 2, Use.COUNT)
    channel = int(log.channels.channel[row])
    fault = make_events(
        np.array([10.0]), np.zeros(1, np.int32), np.array([Event.FAULT_OPEN], np.int16), np.array([channel])
    )
    found = faulty_channels(replace(log, events=join_events([log.events, fault])))
    assert np.flatnonzero(found.channel).tolist() == [row]
    assert found.findings[0].confidence == 1.0


def test_what_shares_a_sum_with_a_faulty_channel_goes_with_it() -> None:
    log = log_of()
    bad = np.zeros(log.channels.use.size, np.bool_)
    bad[row_of(log, 1, Use.ADVANCE)] = True
    left = believed(log, bad).channels
    assert left.use.size == log.channels.use.size - 1
    assert not ((left.phase == 1) & (left.use == Use.ADVANCE)).any()
    assert ((left.phase == 1) & (left.use == Use.COUNT)).any()
