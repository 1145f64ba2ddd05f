"""From what there is to be felt to what sensors report: the part of sensing that no simulator has a say in.

A simulator gives `Sightings` of each second; `Instruments` are the sensors, with their gaps, errors, latency and loss.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import F64, I32, U8, U16, Bool, City, SensorKind, Sensors, VehicleClass
from citybrain.demand.worth import LINE_CLASSES
from citybrain.records.observations import (
    DetectorCounts,
    EmergencyPositions,
    Observations,
    Passages,
    Probes,
    Quality,
    Records,
    SignalStates,
    TransitPositions,
    make,
    take,
)
from citybrain.twin.sensor_chance import Draw, normal, uniform
from citybrain.twin.sensor_kernels import NEAR_M, Crossings, Loops
from citybrain.twin.sensor_mail import Mailbox
from citybrain.twin.sensor_names import Names
from citybrain.twin.sensor_options import Channel, SensorOptions

CAMERAS, DETECTORS, PROBES, SIGNALS, FLEET = 1, 2, 3, 4, 5  # the channels' numbers among the keys of chance
NEVER = -1  # phase of a vehicle that is no probe
URGENT = int(VehicleClass.EMERGENCY)
LINE = ""  # no scenario tells the lines of its buses
DARK = 255  # a group whose colour nobody has seen yet


class Asked(NamedTuple):
    """Vehicles whose position report is due; all [n]."""

    trip: I32
    x_m: F64  # where they really are
    y_m: F64
    speed_mps: F64


class Called(NamedTuple):
    """Vehicles that report under their own name: buses, trams, emergency vehicles; all [n]."""

    asked: Asked
    vehicle_class: U16
    late_s: F64  # behind the timetable; nan = not known


def nobody_called() -> Called:
    """None of them."""
    real = np.zeros(0)
    return Called(Asked(real.astype(np.int32), real, real, real), real.astype(np.uint16), real)


@dataclass(frozen=True, eq=False)
class Sightings:
    """What there was to be felt since the look before; the presence detectors' part stands in `Instruments.loops`."""

    step: int  # seconds since the world's begin
    time_s: float
    seconds: int  # since the look before
    crossings: Crossings
    vehicle_class: U16  # VehicleClass of each crossing
    fronts: I32  # [n_loops] fronts over each detector's downstream end
    asked: Asked
    shown: U8  # [n_groups] Colour of the second that has passed
    called: Called = field(default_factory=nobody_called)


class Instruments:
    """The sensors of a city. The same vehicle at the same place meets the same luck in every copy.

    Args:
        city: where they stand.
        sensors: which; rows of records name them.
        options: coverage, errors, latency and loss.
        seed: of all chance in sensing.
        trip_id: ids of the vehicles, by trip; it may grow.
    """

    def __init__(self, city: City, sensors: Sensors, options: SensorOptions, seed: int, trip_id: Sequence[str]) -> None:
        self.city, self.sensors, self.options, self.seed = city, sensors, options, seed
        secret = options.secret or f"seed {seed}".encode()
        self._plates, self._devices = Names(trip_id, secret, "plate"), Names(trip_id, secret, "device")
        self._mail = Mailbox(DetectorCounts, Passages, Probes, SignalStates, TransitPositions, EmergencyPositions)
        self._trip_id = trip_id
        self._lay_loops()
        self._hang_cameras()
        signal = np.arange(len(city.signals.signal_id))
        self._tells = self._works(options.signals, SIGNALS, signal, signal)[city.groups.signal]
        self._shown = np.full(len(city.groups.group_id), DARK, np.uint8)
        self._count = np.zeros(self.loop_lane.size, np.int32)
        self._watched_s, self._gap = 0, False

    def _lay_loops(self) -> None:
        kind, lane = self.sensors.kind, self.sensors.lane
        n_lanes = self.city.lanes.link.size
        rows = np.flatnonzero(kind != SensorKind.CAMERA)
        rows = rows[np.argsort(lane[rows], kind="stable")]
        offset = np.searchsorted(lane[rows], np.arange(n_lanes + 1)).astype(np.int32)
        end = self.sensors.position_m[rows].astype(np.float32)
        begin = end - self.sensors.length_m[rows].astype(np.float32)
        from_m = np.full(n_lanes, np.inf, np.float32)
        np.minimum.at(from_m, lane[rows], begin - np.float32(NEAR_M))
        self._loop_sensor, self.loop_lane = rows.astype(np.int32), lane[rows]
        self._at_line = kind[rows] == SensorKind.STOP_LINE
        zero = np.zeros(rows.size)
        self.loops = Loops(offset, from_m, begin, end, zero, zero.astype(np.float32))
        there = _chosen(self.seed, self.options.detectors, DETECTORS, self.loop_lane)
        self._loop_works = there & self._alive(self.options.detectors, DETECTORS, rows)

    def _hang_cameras(self) -> None:
        camera = np.flatnonzero(self.sensors.kind == SensorKind.CAMERA)
        lane = self.sensors.lane[camera]
        there = _chosen(self.seed, self.options.cameras, CAMERAS, _junction(self.city, lane))
        works = there & self._alive(self.options.cameras, CAMERAS, camera)
        self._camera = np.full(self.city.lanes.link.size, -1, np.int32)  # camera over each lane
        self._camera[lane[works]] = camera[works]

    def _works(self, channel: Channel, number: int, place: NDArray[np.integer], part: NDArray[np.integer]) -> Bool:
        """Which parts are there (chosen by place) and alive."""
        return _covered(self.seed, channel, number, place) & self._alive(channel, number, part)

    def _alive(self, channel: Channel, number: int, part: NDArray[np.integer]) -> Bool:
        return np.asarray(uniform(self.seed, Draw.DEAD, number, part) >= channel.dead_share, np.bool_)

    def phases(self, trip: NDArray[np.integer]) -> NDArray[np.int16]:
        """Second within the period in which each of these vehicles [n] reports its position; NEVER = it does not."""
        chosen = self._works(self.options.probes, PROBES, trip, trip)
        phase = np.floor(uniform(self.seed, Draw.PHASE, trip) * self.options.period_s)
        return np.where(chosen, phase, NEVER).astype(np.int16)

    def fleet_phases(self, trip: NDArray[np.integer], vehicle_class: NDArray[np.integer]) -> NDArray[np.int16]:
        """As `phases`, for vehicles that report under their own name; NEVER = it is none of them, or silent."""
        of_fleet = np.isin(vehicle_class, (*LINE_CLASSES, URGENT))
        phase = np.full(trip.size, NEVER, np.int16)
        chosen = trip[of_fleet]
        works = self._works(self.options.fleet, FLEET, chosen, chosen)
        luck = np.floor(uniform(self.seed, Draw.PHASE, chosen) * self.options.fleet_period_s)
        phase[of_fleet] = np.where(works, luck, NEVER)
        return phase

    def feel(self, seen: Sightings) -> None:
        """Let the sensors sense; what they report is on its way after this."""
        quality = Quality.ESTIMATED if seen.seconds > 1 else Quality.MEASURED
        self._gap |= seen.seconds > 1
        self._count_vehicles(seen)
        self._read_plates(seen, quality)
        self._hear_probes(seen)
        self._hear_fleet(seen)
        self._read_signals(seen, quality)

    def collect(self, time_s: float) -> Observations:
        """Records that have become available since the last call."""
        mail = self._mail
        arrived = mail.due(DetectorCounts, time_s), mail.due(Passages, time_s), mail.due(Probes, time_s)
        transit, emergency = mail.due(TransitPositions, time_s), mail.due(EmergencyPositions, time_s)
        return Observations(time_s, *arrived, mail.due(SignalStates, time_s), transit, emergency=emergency)

    def _count_vehicles(self, seen: Sightings) -> None:
        """Count what crossed the detectors; report when an interval is full."""
        self._watched_s += 1
        lane = self.city.movements.from_lane[seen.crossings.movement]
        crossed = np.bincount(lane, minlength=self.city.lanes.link.size)[self.loop_lane]
        self._count += self._miscount(np.where(self._at_line, crossed, seen.fronts), seen.step)
        every_s = self.options.interval_s
        if (seen.step - seen.seconds) // every_s < seen.step // every_s:
            self._report_counts(seen)

    def _miscount(self, count: NDArray[np.int64], step: int) -> I32:
        """Vehicles as a detector counts them: some are missed, some counted twice."""
        low, high = self.options.miss_share, 1.0 - self.options.double_share
        felt = count.astype(np.int32)
        if low > 0.0 or high < 1.0:
            event = np.repeat(np.arange(count.size), count)
            order = np.arange(event.size) - np.repeat(np.cumsum(count) - count, count)
            chance = uniform(self.seed, Draw.COUNT, self._loop_sensor[event], step, order)
            np.add.at(felt, event, (chance >= high).astype(np.int32) - (chance < low))
        return felt

    def _report_counts(self, seen: Sightings) -> None:
        quality = Quality.ESTIMATED if self._gap else Quality.MEASURED
        share = self.loops.covered_s / self._watched_s
        values = (self.options.interval_s, self._count.copy(), share, quality)
        rows = make(DetectorCounts, seen.time_s, seen.time_s, self._loop_sensor, *values)
        rows = take(rows, self._loop_works)
        self._send(rows, self.options.detectors, (DETECTORS, rows.sensor, seen.step))
        self._count[:], self.loops.covered_s[:] = 0, 0.0
        self._watched_s, self._gap = 0, False

    def _read_plates(self, seen: Sightings, quality: Quality) -> None:
        crossings, time_s = seen.crossings, seen.time_s
        lane = self.city.movements.from_lane[crossings.movement]
        read = self._camera[lane] >= 0
        read &= uniform(self.seed, Draw.READ, crossings.trip, crossings.stop) < self.options.read_share
        trip = crossings.trip[read]
        told = (self._camera[lane[read]], lane[read], crossings.movement[read], seen.vehicle_class[read])
        rows = make(Passages, time_s, time_s, *told, self._plates.of(trip, time_s), quality)
        self._send(rows, self.options.cameras, (CAMERAS, trip, seen.step))

    def _hear_probes(self, seen: Sightings) -> None:
        step, time_s = seen.step, seen.time_s
        trip, x_m, y_m, speed = self._located(seen.asked, step)
        rows = make(Probes, time_s, time_s, self._devices.of(trip, time_s), x_m, y_m, speed, Quality.MEASURED)
        self._send(rows, self.options.probes, (PROBES, trip, step))

    def _hear_fleet(self, seen: Sightings) -> None:
        """Buses and trams tell how late they are, emergency vehicles that they are on a call: all of ours are."""
        called, time_s = seen.called, seen.time_s
        if called.vehicle_class.size == 0:
            return
        trip, *where = self._located(called.asked, seen.step)
        name = np.empty(trip.size, object)
        name[:] = [self._trip_id[i] for i in trip.tolist()]
        urgent = called.vehicle_class == URGENT
        lines = make(TransitPositions, time_s, time_s, name, LINE, *where, called.late_s, Quality.MEASURED)
        self._send(take(lines, ~urgent), self.options.fleet, (FLEET, trip[~urgent], seen.step))
        calls = make(EmergencyPositions, time_s, time_s, name, *where, Quality.MEASURED)
        self._send(take(calls, urgent), self.options.fleet, (FLEET, trip[urgent], seen.step))

    def _located(self, asked: Asked, step: int) -> Asked:
        """Where these vehicles believe to be, and how fast."""
        options, (trip, x_m, y_m, speed) = self.options, asked
        if options.position_noise_m > 0.0:
            x_m = x_m + options.position_noise_m * normal(self.seed, Draw.EAST, trip, step)
            y_m = y_m + options.position_noise_m * normal(self.seed, Draw.NORTH, trip, step)
        if options.speed_noise_mps > 0.0:
            speed = np.maximum(speed + options.speed_noise_mps * normal(self.seed, Draw.SPEED, trip, step), 0.0)
        return Asked(trip, x_m, y_m, speed)

    def _read_signals(self, seen: Sightings, quality: Quality) -> None:
        """Tell the groups whose colour has changed, all of them at the first look."""
        group = np.flatnonzero((seen.shown != self._shown) & self._tells).astype(np.int32)
        self._shown = seen.shown.copy()
        began_s = seen.time_s - 1.0
        rows = make(SignalStates, began_s, began_s, group, seen.shown[group], quality)
        self._send(rows, self.options.signals, (SIGNALS, group, seen.step), seen.time_s)

    def _send(self, rows: Records, channel: Channel, keys: tuple[int, I32, int], earliest_s: float = -np.inf) -> None:
        """Lose some records, and delay the others. Chance is keyed by channel, key of the row and step."""
        number, key, step = keys
        delay_s = np.full(key.size, channel.latency_s)
        if channel.jitter_s > 0.0:
            delay_s += channel.jitter_s * uniform(self.seed, Draw.JITTER, number, key, step)
        rows = replace(rows, received_s=np.maximum(rows.time_s + delay_s, earliest_s))
        if channel.loss_share > 0.0:
            rows = take(rows, uniform(self.seed, Draw.LOSS, number, key, step) >= channel.loss_share)
        self._mail.put(rows)

    def copy(self) -> Instruments:
        """Independent instruments in the same state; records on their way and all luck are the same."""
        other = copy.copy(self)
        other._mail = self._mail.copy()
        loops = self.loops
        other.loops = loops._replace(covered_s=loops.covered_s.copy(), second_s=loops.second_s.copy())
        other._count = self._count.copy()
        return other


def _junction(city: City, lane: NDArray[np.integer]) -> I32:
    junction: I32 = city.links.to_node[city.lanes.link[lane]]
    return junction


def _covered(seed: int, channel: Channel, number: int, place: NDArray[np.integer]) -> Bool:
    """Vehicles and signals are equipped or not each for itself: more of them may come."""
    return np.asarray(uniform(seed, Draw.COVERAGE, number, place) < channel.coverage_share, np.bool_)


def _chosen(seed: int, channel: Channel, number: int, place: NDArray[np.integer]) -> Bool:
    """Which of these places are equipped: their share, to the nearest whole place; a larger share keeps these and adds.

    A city of 16 junctions, 40 % of them with cameras, has 6: left to chance place by place it would have 2 to 10.
    """
    places = np.unique(place)
    luck = uniform(seed, Draw.COVERAGE, number, places)
    first = places[np.argsort(luck, kind="stable")[: round(channel.coverage_share * places.size)]]
    return np.isin(place, first)


def equipped(city: City, sensors: Sensors, options: SensorOptions, seed: int) -> Sensors:
    """The sensors that are there: what a city knows of itself. Some of them may be dead, which it does not know."""
    camera = sensors.kind == SensorKind.CAMERA
    there = np.zeros(camera.size, np.bool_)
    there[~camera] = _chosen(seed, options.detectors, DETECTORS, sensors.lane[~camera])
    there[camera] = _chosen(seed, options.cameras, CAMERAS, _junction(city, sensors.lane[camera]))
    rows = np.flatnonzero(there)
    return Sensors(
        sensor_id=tuple(sensors.sensor_id[i] for i in rows),
        kind=sensors.kind[rows],
        lane=sensors.lane[rows],
        position_m=sensors.position_m[rows],
        length_m=sensors.length_m[rows],
    )


__all__ = ["NEVER", "Asked", "Called", "Instruments", "Sightings", "equipped", "nobody_called"]
