"""Which detectors of a log not to believe: those that the controller has given up, and those that tests find.

The log's channels are brought into minutes, as sensors report them, and judged by the same tests as a city's sensors.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from citybrain.detect.diagnosis.zones import zone_faults
from citybrain.detect.health import start, update
from citybrain.detect.neighbours import NONE, ROAD_MAX, SAME_LANE_MAX, Neighbours
from citybrain.estimate.performance.occupancy import by_channel, intervals, occupied_s
from citybrain.records.finding import Cause, Evidence, Finding
from citybrain.records.observations import DetectorCounts, Observations, Quality, make
from citybrain.records.sensor_health import Health
from citybrain.records.signal_events import FAULTS, Channels, Event, SignalLog, Use

__all__ = ["Faulty", "believed", "faulty_channels"]

I32 = NDArray[np.int32]
Bool = NDArray[np.bool_]
MINUTE_S = 60.0
PERSISTS_S = 600.0
SURE_TOLD, SURE_FOUND = 1.0, 0.9  # the tests of `detect.health` are set to be wrong far more rarely than that
WORDS = {
    Health.DEAD: "silent while its neighbours see vehicles",
    Health.STUCK: "occupied throughout, or always the same",
    Health.CHATTERING: "more vehicles than a lane can carry",
    Health.BIASED: "counts persistently more or less than its neighbours",
}
RIPPLE_FRAC = 1e-4
LANES_MAX = 1_000_000_000


@dataclass(frozen=True, eq=False)
class Faulty:
    """Findings about detectors, and the rows of the channels that are not to be believed."""

    findings: tuple[Finding, ...]
    channel: Bool  # [n_channels]


def faulty_channels(log: SignalLog) -> Faulty:
    """Judge all detectors of a log."""
    sensor, n = _sensors(log.channels)
    near = _neighbours(log, sensor, n)
    state, judged = start(near, log.begin_s), None
    for seen in _minutes(log, sensor, n):
        state, judged = update(near, state, seen)
    state_of = np.full(n, Health.UNKNOWN, np.uint8) if judged is None else judged.health.copy()
    counted = np.unique(sensor[np.isin(log.channels.use, (Use.COUNT, Use.ADVANCE))])
    state_of[~np.isin(np.arange(n), counted)] = Health.UNKNOWN
    if judged is not None:  # what was found a moment ago may be a jam that is just clearing
        state_of[judged.since_s > log.end_s - PERSISTS_S] = Health.UNKNOWN
    told, zone = _told(log), zone_faults(log)
    bad = told | (zone != Health.GOOD) | (state_of > Health.UNKNOWN)[sensor]
    findings = []
    for one in np.unique(sensor[bad]):
        rows = np.flatnonzero(bad & (sensor == one))
        by_zone = int(zone[rows].max())
        found = Health(by_zone) if by_zone != Health.GOOD else Health(int(state_of[one]))
        since_s = log.begin_s if judged is None or by_zone != Health.GOOD else float(judged.since_s[one])
        findings.append(_finding(log, rows, found, since_s, bool(told[rows].any())))
    return Faulty(tuple(findings), bad)


def believed(log: SignalLog, faulty: Bool) -> SignalLog:
    """The log without the channels of a phase that share a use with a faulty one: half of a sum is no sum."""
    channels = log.channels
    width = len(Use)
    key = channels.phase.astype(np.int64) * width + channels.use
    keep = np.flatnonzero(~np.isin(key, key[faulty]))
    kept = {name: getattr(channels, name)[keep] for name in Channels.__annotations__}
    return replace(log, channels=Channels(**kept))


def _sensors(channels: Channels) -> tuple[I32, int]:
    """A number for each detector: channels of one sensor, or on one lane at the same end of it, share it."""
    at_line = np.isin(channels.use, (Use.PRESENCE, Use.COUNT)).astype(np.int64)
    alone = channels.lane == -1
    lane = np.where(alone, -np.arange(channels.lane.size) - LANES_MAX, channels.lane)
    names = np.column_stack([channels.sensor, np.where(channels.sensor >= 0, 0, lane), at_line, channels.device])
    _, row = np.unique(names, axis=0, return_inverse=True)
    return row.reshape(-1).astype(np.int32), int(row.max(initial=-1)) + 1


def _neighbours(log: SignalLog, sensor: I32, n: int) -> Neighbours:
    """Detectors of a lane see the same vehicles; those of a phase's approach stand on the road around."""
    channels, phases = log.channels, log.phases
    first = np.full(n, -1, np.int64)
    first[sensor[::-1]] = np.arange(sensor.size)[::-1]
    approach = np.where(phases.link >= 0, phases.link, -2 - np.arange(phases.link.size))[channels.phase]
    same, road = np.full((n, SAME_LANE_MAX), NONE, np.int32), np.full((n, ROAD_MAX), NONE, np.int32)
    lane = np.where(channels.lane == -1, -LANES_MAX - np.arange(sensor.size), channels.lane)[first]
    street = approach[first]
    for one in range(n):
        mates = np.flatnonzero((lane == lane[one]) & (np.arange(n) != one))[:SAME_LANE_MAX]
        around = np.flatnonzero((street == street[one]) & (lane != lane[one]))[:ROAD_MAX]
        same[one, : mates.size], road[one, : around.size] = mates, around
    return Neighbours(np.zeros(n, np.bool_), same, road)


def _minutes(log: SignalLog, sensor: I32, n: int) -> list[Observations]:
    """What the detectors that count would have reported minute by minute; zones alone are judged by `zones`.

    Events are written one by one, so two equal minutes say nothing: a ripple keeps them from looking like a repeat.
    """
    n_minutes = int((log.end_s - log.begin_s) // MINUTE_S)
    edges = np.asarray(log.begin_s + MINUTE_S * np.arange(n_minutes + 1), np.float64)
    count, held = np.zeros((n, edges.size - 1)), np.zeros((n, edges.size - 1))
    counts = np.zeros(n, np.bool_)
    for row, rows in enumerate(by_channel(log)):
        one, on = sensor[row], log.events.code[rows] == Event.DETECTOR_ON
        if log.channels.use[row] in (Use.COUNT, Use.ADVANCE):
            counts[one] = True
            count[one] += np.histogram(log.events.time_s[rows][on], edges)[0]
        begin, end = intervals(log, rows)
        held[one] = np.maximum(held[one], occupied_s(begin, end, edges[:-1], edges[1:]) / MINUTE_S)
    every = np.flatnonzero(counts).astype(np.int32)
    looks = []
    for k, time_s in enumerate(edges[1:]):
        frac = np.where(held[every, k] > 0.99, 1.0, held[every, k] + RIPPLE_FRAC * (k % 7))
        told = (int(MINUTE_S), count[every, k], np.clip(frac, 0.0, 1.0), Quality.MEASURED)
        seen = make(DetectorCounts, np.full(every.size, time_s), np.full(every.size, time_s), every, *told)
        looks.append(Observations(float(time_s), counts=seen))
    return looks


def _told(log: SignalLog) -> Bool:
    """Channels about which the controller wrote a fault."""
    faults = np.flatnonzero(np.isin(log.events.code, FAULTS))
    width = int(max(log.channels.channel.max(initial=0), log.events.parameter[faults].max(initial=0))) + 1
    keys = log.channels.device.astype(np.int64) * width + log.channels.channel
    return np.isin(keys, log.events.device[faults].astype(np.int64) * width + log.events.parameter[faults])


def _finding(log: SignalLog, rows: NDArray[np.int64], state: Health, since_s: float, told: bool) -> Finding:
    """The finding about the channels `rows` of one detector."""
    channels, row = log.channels, int(rows[0])
    phase, device = int(channels.phase[row]), int(channels.device[row])
    numbers = " and ".join(str(int(channels.channel[k])) for k in rows)
    why = "fault reported by the controller" if told else WORDS[state]
    since_s = log.begin_s if told else since_s
    calls = np.isin(log.events.parameter, channels.channel[rows]) & (log.events.device == device)
    ons = int((calls & (log.events.code == Event.DETECTOR_ON)).sum())
    hours = max(log.end_s - log.begin_s, 1.0) / 3600.0
    number = int(log.phases.number[phase])
    return Finding(
        log.devices[device],
        number,
        f"detector channel {numbers}, phase {number}",
        Cause.DETECTOR,
        f"inspect detector channel {numbers} (phase {number}): {why}",
        float("nan"),
        "",
        (Evidence("calls", ons / hours, "per h"), Evidence("known after", max(since_s - log.begin_s, 0.0), "s")),
        since_s,
        log.end_s,
        float("nan"),
        SURE_TOLD if told else SURE_FOUND,
    )
