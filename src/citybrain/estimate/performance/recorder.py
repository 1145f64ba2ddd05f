"""From what sensors and signals report to the event log that a controller would have written.

Colours give the phases' events, to the second. Detectors that report every second or two give presence: the occupied
share of a second tells how long a vehicle was over the zone, and what came before and after tells which end of the
second, so the occupied time is kept exactly. Counts become short pulses, evenly over their interval. Plates read at a
stop line are counts there, and arrivals at the next signal down the street, one free-flow time later.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City, Colour, SensorKind
from citybrain.estimate.performance.phases import PhaseMap, phase_map
from citybrain.records.observations import DetectorCounts, Observations, Passages, SignalStates, take
from citybrain.records.signal_events import (
    Channels,
    Event,
    SignalEvents,
    SignalLog,
    Use,
    join_events,
    make_events,
)

__all__ = ["PULSE_S", "Recorder", "ons"]

FINE_S = 2  # detectors that report less often say nothing about a green's first seconds
PULSE_S = 0.1
FULL_FRAC = 0.995
RED, YELLOW, GREEN, DARK = 0, 1, 2, 3
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
Part = tuple[NDArray[np.float64], I32, NDArray[np.int16], I32]
LOOPS_SHARE = 0.5  # a lane's loop that counts less than this share of what its camera reads is not believed


@dataclass
class _Row:
    """One channel while the table grows."""

    device: int
    phase: int
    use: Use
    distance_m: float
    length_m: float
    speed_mps: float
    lane: int
    sensor: int


class Recorder:
    """Turns batches of observations into events. It remembers what was on when.

    Args:
        city: what stands, with the sensors that records name.
        begin_s: when the log begins.
    """

    def __init__(self, city: City, begin_s: float) -> None:
        self.city, self.map, self.begin_s = city, phase_map(city), begin_s
        n = self.map.phases.device.size
        self._colour = np.full(len(city.groups.group_id), Colour.OFF, np.uint8)
        self._state, self._n_phases = np.full(n, DARK, np.int8), n
        self._on = np.zeros(len(city.sensors.sensor_id), np.bool_)
        self._parts: list[SignalEvents] = []
        self._rows = _channel_rows(city, self.map)
        self._device = np.array([row.device for row in self._rows], np.int32)
        self._presence, self._count = self._by_sensor(Use.PRESENCE, Use.QUEUE), self._by_sensor(Use.COUNT, Use.ADVANCE)
        self._eye, self._ahead = self._eyes()
        self.fine_rows, self.coarse_rows = 0, 0  # reports, and those over intervals too long to be of use

    def _by_sensor(self, *uses: Use) -> I32:
        """Row of the channel of these uses of each sensor; -1 = none."""
        found = np.full(len(self.city.sensors.sensor_id), -1, np.int32)
        loops = set(np.flatnonzero(self.city.sensors.kind != SensorKind.CAMERA).tolist())
        for row, channel in enumerate(self._rows):
            if channel.use in uses and channel.sensor in loops:
                found[channel.sensor] = row
        return found

    def _eyes(self) -> tuple[dict[tuple[int, int], int], I32]:
        """Count channels of cameras by (sensor, phase), and the arrival channel of each link."""
        eyes, ahead = {}, np.full(self.city.links.first_lane.size, -1, np.int32)
        for row, channel in enumerate(self._rows):
            if channel.use == Use.COUNT and self.city.sensors.kind[channel.sensor] == SensorKind.CAMERA:
                eyes[(channel.sensor, channel.phase)] = row
            elif channel.use == Use.ADVANCE and channel.sensor < 0:
                ahead[self.map.feed_link[self.map.phases.link[channel.phase]]] = row
        return eyes, ahead

    def take(self, seen: Observations) -> None:
        """Take in a batch; its rows are sorted by time here."""
        self._signals(seen.signals)
        self._detectors(seen.counts)
        self._passages(seen.passages)

    def events(self) -> SignalEvents:
        """All events so far, in the order of time."""
        self._parts = [join_events(self._parts)]
        return self._parts[0]

    def drain(self) -> SignalEvents:
        """What has come since the last time, in the order of time; the recorder forgets it."""
        parts, self._parts = self._parts, []
        return join_events(parts)

    def _keep(self, time_s: NDArray[np.float64], row: I32, code: int) -> None:
        """Events of channels, by their row."""
        if time_s.size:
            self._parts.append(make_events(time_s, self._device[row], np.full(time_s.size, code, np.int16), row + 1))

    def _signals(self, rows: SignalStates) -> None:
        if not rows.time_s.size:
            return
        order = np.argsort(rows.time_s, kind="stable")
        time_s, group, colour = rows.time_s[order], rows.group[order], rows.colour[order]
        for now_s in np.unique(time_s):
            due = time_s == now_s
            self._colour[group[due]] = colour[due]
            self._change(float(now_s))

    def _change(self, now_s: float) -> None:
        """Write what the phases do at a moment: begin of green, of yellow, of red."""
        best = np.full(self._n_phases, -1, np.int16)
        ruled = self.map.group_phase >= 0
        np.maximum.at(best, self.map.group_phase[ruled], self._colour[ruled].astype(np.int16))
        state = np.full(self._n_phases, RED, np.int8)
        state[best == Colour.YELLOW] = YELLOW
        state[best == Colour.OFF] = DARK
        state[best >= Colour.PERMISSIVE] = GREEN
        was, self._state = self._state, state
        changed = (state != was) & (was != DARK)
        parts = [(state == GREEN, (Event.BEGIN_GREEN,)), (state == YELLOW, (Event.GREEN_END, Event.BEGIN_YELLOW))]
        parts.append(((state == RED) & (was == GREEN), (Event.GREEN_END, Event.BEGIN_YELLOW)))
        parts.append((state == RED, (Event.END_YELLOW, Event.BEGIN_RED_CLEARANCE)))
        for rows, codes in parts:
            which = np.flatnonzero(rows & changed)
            for code in codes if which.size else ():
                self._phase_events(now_s, which, code)

    def _phase_events(self, now_s: float, which: NDArray[np.int64], code: int) -> None:
        phases, n = self.map.phases, which.size
        told = np.full(n, now_s), phases.device[which], np.full(n, code, np.int16), phases.number[which]
        self._parts.append(make_events(*told))

    def _detectors(self, rows: DetectorCounts) -> None:
        fine = rows.interval_s <= FINE_S
        self.fine_rows += int(fine.sum())
        self.coarse_rows += int((~fine).sum())
        if not fine.all():
            rows = take(rows, np.flatnonzero(fine))
        if rows.time_s.size and rows.time_s.min() == rows.time_s.max():
            self._interval(rows, float(rows.time_s[0]))
            return
        for now_s in np.unique(rows.time_s):
            self._interval(take(rows, rows.time_s == now_s), float(now_s))

    def _interval(self, rows: DetectorCounts, now_s: float) -> None:
        """Reports of one interval that ends now, of distinct sensors; most of them saw nobody, then as before."""
        rows = take(rows, np.flatnonzero((rows.occupancy_frac > 0.0) | (rows.count > 0) | self._on[rows.sensor]))
        sensor, begin_s = rows.sensor, np.asarray(now_s - rows.interval_s, np.float64)
        share = np.where(rows.occupancy_frac >= FULL_FRAC, 1.0, np.clip(rows.occupancy_frac, 0.0, 1.0))
        was, held = self._on[sensor], np.asarray(share * rows.interval_s, np.float64)
        partly, row = (share > 0.0) & (share < 1.0), self._presence[sensor]
        off = was & (share < 1.0) & (row >= 0)
        self._keep((begin_s + held)[off], row[off], Event.DETECTOR_OFF)
        on = ~was & (share > 0.0) & (row >= 0)
        self._keep((now_s - held)[on], row[on], Event.DETECTOR_ON)
        self._on[sensor] = (share >= 1.0) | (partly & ~was)
        known = self._count[sensor] >= 0
        self._pulses(begin_s[known], rows.interval_s[known], rows.count[known], self._count[sensor[known]])

    def _pulses(self, begin_s: NDArray[np.float64], interval_s: I32, count: I32, row: I32) -> None:
        """One on and off for each vehicle, spread evenly over the interval."""
        n = np.maximum(count, 0)
        which = np.repeat(np.arange(n.size), n)
        place = np.arange(which.size) - np.repeat(np.cumsum(n) - n, n)
        at_s = begin_s[which] + (place + 0.5) / n[which] * interval_s[which]
        self._keep(at_s, row[which], Event.DETECTOR_ON)
        self._keep(at_s + PULSE_S, row[which], Event.DETECTOR_OFF)

    def _passages(self, rows: Passages) -> None:
        if not rows.time_s.size:
            return
        at_s = rows.time_s - 0.5  # somewhere in the second that ends then
        known = rows.movement >= 0
        group = np.where(known, self.city.movements.group[rows.movement], -1)
        phase = np.where(group >= 0, self.map.group_phase[group], self.map.lane_phase[rows.lane])
        pairs = zip(rows.sensor.tolist(), phase.tolist(), strict=True)
        row = np.array([self._eye.get(pair, -1) for pair in pairs], np.int32)
        self._pulse(at_s, row)
        to_link = self.city.lanes.link[self.city.movements.to_lane[rows.movement]]
        self._pulse(at_s, np.where(known, self._ahead[to_link], -1).astype(np.int32))

    def _pulse(self, at_s: NDArray[np.float64], row: I32) -> None:
        self._keep(at_s[row >= 0], row[row >= 0], Event.DETECTOR_ON)
        self._keep(at_s[row >= 0] + PULSE_S, row[row >= 0], Event.DETECTOR_OFF)

    def log(self, end_s: float) -> SignalLog:
        """Everything so far, with the channels that have something to say."""
        events, every = self.events(), np.arange(len(self._rows))
        heard = ons(events, every + 1)
        table = self.table(every, heard, self.loops_tell(every, heard))
        city = self.city
        return SignalLog(
            city.signals.signal_id, events, self.map.phases, table, self.begin_s, end_s, city.links.link_id
        )

    def channel_rows(self, device: int) -> I64:
        """Rows of a signal's channels [n], rising; a channel is called by its row + 1."""
        return np.flatnonzero(self._device == device)

    def upstream(self) -> tuple[I32, NDArray[np.float64], NDArray[np.bool_]]:
        """Of every channel [n]: the phase whose arrivals it sees (-1 = none), their way in seconds, and whether a loop
        sees them."""
        ahead = [row.use == Use.ADVANCE for row in self._rows]
        phase = np.array([row.phase if sees else -1 for row, sees in zip(self._rows, ahead, strict=True)], np.int32)
        distance_m = np.array([row.distance_m for row in self._rows], np.float32)
        speed_mps = np.array([row.speed_mps for row in self._rows], np.float32)
        travel_s = (distance_m / np.maximum(speed_mps, 0.1)).astype(np.float64)
        return phase, travel_s, np.array([row.sensor >= 0 for row in self._rows], np.bool_)

    def pulses(self) -> NDArray[np.bool_]:
        """Which channels [n] go off PULSE_S after they went on, whatever stands on them."""
        return np.array([row.use in (Use.COUNT, Use.ADVANCE) for row in self._rows], np.bool_)

    def loops_tell(self, which: I64, heard: I64) -> bool:
        """Whether any loop among the rows has seen a vehicle; `heard` [n] says how often each went on."""
        loops = (Use.PRESENCE, Use.QUEUE)
        return any(n > 0 and self._rows[row].use in loops for row, n in zip(which, heard, strict=True))

    def table(self, which: I64, heard: I64, loops_tell: bool) -> Channels:
        """Of the channels in these rows [n] those to use, by how often each of them went on."""
        rows = [self._rows[row] for row in which]
        keep = _believed(rows, heard, self.map, loops_tell)
        columns = {name: np.array([getattr(rows[k], name) for k in keep]) for name in _Row.__annotations__}
        return Channels(
            device=columns["device"].astype(np.int32),
            channel=(which[keep] + 1).astype(np.int32),
            phase=columns["phase"].astype(np.int32),
            use=columns["use"].astype(np.uint8),
            distance_m=columns["distance_m"].astype(np.float32),
            length_m=columns["length_m"].astype(np.float32),
            speed_mps=columns["speed_mps"].astype(np.float32),
            lane=columns["lane"].astype(np.int32),
            sensor=columns["sensor"].astype(np.int32),
        )


def _channel_rows(city: City, at: PhaseMap) -> list[_Row]:
    """A presence and a count channel for each loop, a count for each phase under a camera, arrivals from upstream."""
    rows, sensors = [], city.sensors
    for sensor, (kind, lane) in enumerate(zip(sensors.kind, sensors.lane, strict=True)):
        phase = int(at.lane_phase[lane])
        if phase < 0:
            continue
        back_m = max(float(city.lanes.length_m[lane] - sensors.position_m[sensor]), 0.0)
        speed, shared = float(city.lanes.speed_mps[lane]), at.lane_shared[lane] > 1
        told = (back_m, float(sensors.length_m[sensor]), speed, -2 - lane if shared else lane, sensor)
        device = int(at.phases.device[phase])
        if kind == SensorKind.CAMERA:
            rows += [_Row(device, one, Use.COUNT, *told) for one in _phases_of_lane(city, at, int(lane))]
        else:
            uses = (Use.PRESENCE, Use.COUNT) if kind == SensorKind.STOP_LINE else (Use.QUEUE, Use.ADVANCE)
            rows += [_Row(device, phase, use, *told) for use in uses]
    return rows + _arrival_rows(city, at)


def _phases_of_lane(city: City, at: PhaseMap, lane: int) -> list[int]:
    groups = city.movements.group[(city.movements.from_lane == lane) & (city.movements.group >= 0)]
    return sorted({int(phase) for phase in at.group_phase[groups] if phase >= 0})


def _arrival_rows(city: City, at: PhaseMap) -> list[_Row]:
    """Arrivals read by cameras at the signal before: at the approach's phase with the most lanes."""
    watched = np.unique(city.sensors.lane[city.sensors.kind == SensorKind.CAMERA])
    signals = np.unique(at.phases.device[at.lane_phase[watched[at.lane_phase[watched] >= 0]]])
    rows = []
    for link in np.unique(at.phases.link):
        phase = _main_phase(at, int(link))
        if at.feed_link[link] >= 0 and at.phases.feeder[phase] in signals:
            device, speed = int(at.phases.device[phase]), float(city.links.speed_mps[link])
            rows.append(_Row(device, phase, Use.ADVANCE, float(at.feed_m[link]), 0.0, speed, -1, -1))
    return rows


def _main_phase(at: PhaseMap, link: int) -> int:
    phases = np.flatnonzero(at.phases.link == link)
    return int(phases[np.argmax(at.phases.lanes[phases])])


def ons(events: SignalEvents, channels: I64) -> I64:
    """How often each of the channels [n], rising, went on."""
    heard = np.sort(events.parameter[events.code == Event.DETECTOR_ON])
    return np.searchsorted(heard, channels, side="right") - np.searchsorted(heard, channels)


def _believed(rows: list[_Row], heard: I64, at: PhaseMap, loops_tell: bool) -> I64:
    """Channels to use: of a lane's loop and camera one, of loops upstream and arrivals read there one."""
    loops: dict[int, int] = {}
    eyes: dict[int, int] = {}
    loop_links = set()
    for row, n in zip(rows, heard, strict=True):
        if row.use == Use.COUNT:
            kind = loops if row.length_m > 0.0 else eyes
            kind[row.lane] = kind.get(row.lane, 0) + int(n)
        if row.use == Use.ADVANCE and row.sensor >= 0 and n > 0:
            loop_links.add(int(at.phases.link[row.phase]))
    keep = []
    for i, row in enumerate(rows):
        use_loop = loops.get(row.lane, 0) > 0 and loops[row.lane] >= LOOPS_SHARE * eyes.get(row.lane, 0)
        if row.use == Use.COUNT:
            good = (row.length_m > 0.0) == use_loop and (heard[i] > 0 or use_loop)
        elif row.use == Use.ADVANCE and row.sensor < 0:
            good = heard[i] > 0 and int(at.phases.link[row.phase]) not in loop_links
        else:
            good = heard[i] > 0 or loops_tell  # one loop that is silent among others is a fault to be found
        if good:
            keep.append(i)
    return np.array(keep, np.int64)
