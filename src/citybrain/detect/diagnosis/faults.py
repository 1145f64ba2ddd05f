"""Which detectors of a log not to believe: those that the controller has given up, and those that `detect.health` finds.

The log's channels are brought into minutes, as sensors report them, and judged by the same tests as a city's sensors.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from citybrain.detect.health import start, update
from citybrain.detect.neighbours import NONE, ROAD_MAX, SAME_LANE_MAX, Neighbours
from citybrain.estimate.performance.occupancy import by_channel, intervals, occupied_s
from citybrain.records.finding import Cause, Evidence, Finding
from citybrain.records.observations import DetectorCounts, Observations, Quality, make
from citybrain.records.sensor_health import Health, SensorHealth
from citybrain.records.signal_events import FAULTS, Channels, Event, SignalLog, Use

__all__ = ["Faulty", "believed", "faulty_channels"]

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
Bool = NDArray[np.bool_]
MINUTE_S = 60.0
WORDS = {
    Health.DEAD: "silent while its neighbours see vehicles",
    Health.STUCK: "occupied throughout, or always the same",
    Health.CHATTERING: "more vehicles than a lane can carry",
    Health.BIASED: "counts persistently more or less than its neighbours",
}
PULSE_FRAC = 0.001  # occupancy of a channel that only counts, for each vehicle in a minute


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
    state_of = np.full(n, Health.UNKNOWN, np.uint8) if judged is None else judged.health
    told = _told(log, sensor, n)
    bad = (state_of > Health.UNKNOWN) | told
    findings = tuple(_finding(log, sensor, int(one), judged, bool(told[one])) for one in np.flatnonzero(bad))
    return Faulty(findings, bad[sensor])


def believed(log: SignalLog, faulty: Bool) -> SignalLog:
    """The log without the channels of a phase that share a use with a faulty one: half of a sum is no sum."""
    channels = log.channels
    width = len(Use)
    key = channels.phase.astype(np.int64) * width + channels.use
    keep = np.flatnonzero(~np.isin(key, key[faulty]))
    kept = {name: getattr(channels, name)[keep] for name in Channels.__annotations__}
    return replace(log, channels=Channels(**kept))


def _sensors(channels: Channels) -> tuple[I32, int]:
    """A number for each detector: channels of one sensor share it."""
    own = -2 - np.arange(channels.sensor.size)
    names = np.where(channels.sensor >= 0, channels.sensor, own)
    unique, row = np.unique(names, return_inverse=True)
    return row.reshape(-1).astype(np.int32), int(unique.size)


def _neighbours(log: SignalLog, sensor: I32, n: int) -> Neighbours:
    """Detectors of a lane see the same vehicles; those of a phase's approach stand on the road around."""
    channels, phases = log.channels, log.phases
    first = np.full(n, -1, np.int64)
    first[sensor[::-1]] = np.arange(sensor.size)[::-1]
    approach = np.where(phases.link >= 0, phases.link, -2 - np.arange(phases.link.size))[channels.phase]
    same, road = np.full((n, SAME_LANE_MAX), NONE, np.int32), np.full((n, ROAD_MAX), NONE, np.int32)
    lane = np.where(channels.lane == -1, -3_000_000 - np.arange(sensor.size), channels.lane)[first]
    street = approach[first]
    for one in range(n):
        mates = np.flatnonzero((lane == lane[one]) & (np.arange(n) != one))[:SAME_LANE_MAX]
        around = np.flatnonzero((street == street[one]) & (lane != lane[one]))[:ROAD_MAX]
        same[one, : mates.size], road[one, : around.size] = mates, around
    return Neighbours(np.zeros(n, np.bool_), same, road)


def _minutes(log: SignalLog, sensor: I32, n: int) -> list[Observations]:
    """What the detectors would have reported minute by minute."""
    edges = log.begin_s + MINUTE_S * np.arange(int((log.end_s - log.begin_s) // MINUTE_S) + 1)
    count, held = np.zeros((n, edges.size - 1)), np.zeros((n, edges.size - 1))
    counts_apart = np.zeros(n, np.bool_)
    is_count = np.isin(log.channels.use, (Use.COUNT, Use.ADVANCE))
    counts_apart[sensor[is_count]] = True
    for row, rows in enumerate(by_channel(log)):
        one, on = sensor[row], log.events.code[rows] == Event.DETECTOR_ON
        ons = np.histogram(log.events.time_s[rows][on], edges)[0] if edges.size > 1 else np.zeros(0)
        if is_count[row] or not counts_apart[one]:
            count[one] += ons
        if not is_count[row]:
            begin, end = intervals(log, rows)
            held[one] += occupied_s(begin, end, edges[:-1], edges[1:]) / MINUTE_S
        else:
            held[one] += PULSE_FRAC * ons
    every = np.arange(n, dtype=np.int32)
    looks = []
    for k, time_s in enumerate(edges[1:]):
        told = (int(MINUTE_S), count[:, k], np.clip(held[:, k], 0.0, 1.0), Quality.MEASURED)
        rows = make(DetectorCounts, np.full(n, time_s), np.full(n, time_s), every, *told)
        looks.append(Observations(float(time_s), counts=rows))
    return looks


def _told(log: SignalLog, sensor: I32, n: int) -> Bool:
    """Detectors about which the controller wrote a fault."""
    faults = np.flatnonzero(np.isin(log.events.code, FAULTS))
    width = int(max(log.channels.channel.max(initial=0), log.events.parameter[faults].max(initial=0))) + 1
    keys = log.channels.device.astype(np.int64) * width + log.channels.channel
    found = np.isin(keys, log.events.device[faults].astype(np.int64) * width + log.events.parameter[faults])
    bad = np.zeros(n, np.bool_)
    bad[sensor[found]] = True
    return bad


def _finding(log: SignalLog, sensor: I32, one: int, judged: SensorHealth | None, told: bool) -> Finding:
    channels = log.channels
    rows = np.flatnonzero(sensor == one)
    row = int(rows[0])
    phase, device = int(channels.phase[row]), int(channels.device[row])
    numbers = " and ".join(str(int(channels.channel[k])) for k in rows)
    state = Health.UNKNOWN if judged is None else Health(int(judged.health[one]))
    why = "fault reported by the controller" if told else WORDS[state]
    since_s = log.begin_s if judged is None or told else float(judged.since_s[one])
    calls = np.isin(log.events.parameter, channels.channel[rows]) & (log.events.device == device)
    ons = int((calls & (log.events.code == Event.DETECTOR_ON)).sum())
    said = f"inspect detector channel {numbers}: {why}; what rests on it is left out here"
    hours = max(log.end_s - log.begin_s, 1.0) / 3600.0
    return Finding(
        log.devices[device],
        int(log.phases.number[phase]),
        f"detector channel {numbers}, phase {int(log.phases.number[phase])}",
        Cause.DETECTOR,
        said,
        float("nan"),
        "",
        (Evidence(why, 1.0), Evidence("calls", ons / hours, "per h"), Evidence("found after", since_s - log.begin_s, "s")),
        since_s,
        log.end_s,
        float("nan"),
        1.0 if told else 0.9,
    )
