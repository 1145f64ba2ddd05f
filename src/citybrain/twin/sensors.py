"""What a city's sensors would report from the twin: counts, passages and probes, with their gaps and errors.

suite = SensorSuite(twin, SensorOptions(), seed=1)
while twin.time_s < end_s:
    twin.step(colours)
    batch = suite.observe()

The brain sees these batches and never the twin's own state.
"""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import I32, Bool, SensorKind, Sensors
from citybrain.errors import InputError
from citybrain.records.observations import (
    DetectorCounts,
    Observations,
    Passages,
    Probes,
    Quality,
    Records,
    make,
    take,
)
from citybrain.twin.arrays import RUNNING, STEP
from citybrain.twin.sensor_chance import Draw, normal, uniform
from citybrain.twin.sensor_kernels import (
    NEAR_M,
    PAST,
    Crossings,
    Loops,
    due_probes,
    find_crossings,
    resolve,
    watch_loops,
)
from citybrain.twin.sensor_mail import Mailbox
from citybrain.twin.sensor_names import Names
from citybrain.twin.sensor_options import Channel, SensorOptions
from citybrain.twin.sensor_places import Places, sensors_of
from citybrain.twin.twin import Twin

CAMERAS, DETECTORS, PROBES = 1, 2, 3  # the channels' numbers among the keys of chance
NEVER = -1  # phase of a vehicle that is no probe
F64 = NDArray[np.float64]


class SensorSuite:
    """Sensors of a twin. Deterministic by seed; the same vehicle at the same place meets the same luck in every fork.

    Args:
        twin: the traffic that is observed from its present time on.
        options: coverage, errors, latency and loss.
        seed: of all chance in sensing; independent of the twin's.
        sensors: where they stand; the city's own by default, or on every signalised lane where the city has none.
    """

    def __init__(
        self, twin: Twin, options: SensorOptions | None = None, seed: int = 0, sensors: Sensors | None = None
    ) -> None:
        self.twin, self.options, self.seed = twin, options or SensorOptions(), seed
        self.sensors = sensors or sensors_of(twin.city)
        self._places = Places(twin.city)
        secret = self.options.secret or f"seed {seed}".encode()
        self._plates = Names(twin.demand.trips.trip_id, secret, "plate")
        self._devices = Names(twin.demand.trips.trip_id, secret, "device")
        self._mail = Mailbox(DetectorCounts, Passages, Probes)
        self._lay_sensors()
        self._phase = self._choose_probes()
        self._remember()

    def _lay_sensors(self) -> None:
        city, kind, lane = self.twin.city, self.sensors.kind, self.sensors.lane
        n_lanes = city.lanes.link.size
        rows = np.flatnonzero(kind != SensorKind.CAMERA)
        rows = rows[np.argsort(lane[rows], kind="stable")]
        offset = np.searchsorted(lane[rows], np.arange(n_lanes + 1)).astype(np.int32)
        end = self.sensors.position_m[rows].astype(np.float32)
        begin = end - self.sensors.length_m[rows].astype(np.float32)
        from_m = np.full(n_lanes, np.inf, np.float32)
        np.minimum.at(from_m, lane[rows], begin - np.float32(NEAR_M))
        self._loop_sensor, self._loop_lane = rows.astype(np.int32), lane[rows]
        self._at_line = kind[rows] == SensorKind.STOP_LINE
        zero = np.zeros(rows.size)
        self._loops = Loops(offset, from_m, begin, end, zero, zero.astype(np.float32))
        self._loop_works = self._works(self.options.detectors, DETECTORS, self._loop_lane, rows)
        camera = np.flatnonzero(kind == SensorKind.CAMERA)
        junction = city.links.to_node[city.lanes.link[lane[camera]]]
        camera = camera[self._works(self.options.cameras, CAMERAS, junction, camera)]
        self._camera = np.full(n_lanes, -1, np.int32)  # camera over each lane
        self._camera[lane[camera]] = camera

    def _works(self, channel: Channel, number: int, place: NDArray[np.int32], sensor: NDArray[np.int64]) -> Bool:
        """Which sensors are there (chosen by place) and alive."""
        there = uniform(self.seed, Draw.COVERAGE, number, place) < channel.coverage_share
        alive = uniform(self.seed, Draw.DEAD, number, sensor) >= channel.dead_share
        return np.asarray(there & alive, np.bool_)

    def _choose_probes(self) -> NDArray[np.int16]:
        trip = np.arange(self.twin.demand.trips.depart_s.size)
        chosen = self._works(self.options.probes, PROBES, trip.astype(np.int32), trip)
        phase = np.floor(uniform(self.seed, Draw.PHASE, trip) * self.options.period_s)
        return np.where(chosen, phase, NEVER).astype(np.int16)

    def _remember(self) -> None:
        """Begin to observe: what happened before is not reported."""
        n = self.twin.demand.trips.depart_s.size
        self._past = np.full(n, -1, PAST)
        turn = self.twin.memory.tables["moves"]["turn"]
        self._turn_movement = np.argsort(turn, kind="stable").astype(np.int32)
        self._turn_offset = np.searchsorted(
            turn[self._turn_movement], np.arange(self.twin.memory.constants["turns"].size + 1)
        ).astype(np.int32)
        self._passed = np.zeros_like(self.twin.memory.tables["moves"]["passed"])
        self._low = 0
        self._find()
        self._step = self._now()
        self._count = np.zeros(self._loop_sensor.size, np.int32)
        self._watched_s, self._gap = 0, False
        watch_loops(self.twin.memory.world, self._past, self._loops, self._count.copy())
        self._loops.covered_s[:] = 0.0

    def _now(self) -> int:
        return int(self.twin.memory.tables["counter"][STEP])

    def observe(self) -> Observations:
        """Records that have become available since the last call.

        Call it after every second of the twin. After a longer run all passages are there as well, but their times
        (the end of the run) and the detectors' occupancy (of its last second) are `ESTIMATED`, and advance detectors
        and probes miss what lay between. Raises InputError when the twin has gone back in time.
        """
        step, time_s = self._now(), self.twin.time_s
        if step < self._step:
            raise InputError("the twin went back in time (restore); make a new SensorSuite for it")
        if step > self._step:
            self._gap |= step > self._step + 1
            quality = Quality.ESTIMATED if step > self._step + 1 else Quality.MEASURED
            crossings = self._find()
            self._sense(crossings, self._step // self.options.interval_s < step // self.options.interval_s)
            self._read_plates(crossings, quality)
            self._ask_probes(step)
            self._step = step
        mail = self._mail
        arrived = mail.due(DetectorCounts, time_s), mail.due(Passages, time_s), mail.due(Probes, time_s)
        return Observations(time_s, *arrived)

    def _find(self) -> Crossings:
        passed = self.twin.memory.tables["moves"]["passed"].copy()
        left = passed - self._passed
        self._passed = passed
        found = Crossings(*(np.empty(int(left.sum()), np.int32) for _ in range(3)))
        world = self.twin.memory.world
        self._low = find_crossings(world, self._low, self._past, left, found)
        resolve(world, found, left, self._turn_offset, self._turn_movement)
        return found

    def _sense(self, crossings: Crossings, full: bool) -> None:
        """Let the detectors count and feel; report when an interval is full."""
        fronts = np.empty(self._loop_sensor.size, np.int32)
        watch_loops(self.twin.memory.world, self._past, self._loops, fronts)
        self._watched_s += 1
        lane = self.twin.city.movements.from_lane[crossings.movement]
        crossed = np.bincount(lane, minlength=self.twin.city.lanes.link.size)[self._loop_lane]
        self._count += self._miscount(np.where(self._at_line, crossed, fronts))
        if full:
            self._report_counts()

    def _miscount(self, count: NDArray[np.int64]) -> I32:
        """Vehicles as a detector counts them: some are missed, some counted twice."""
        low, high = self.options.miss_share, 1.0 - self.options.double_share
        felt = count.astype(np.int32)
        if low > 0.0 or high < 1.0:
            event = np.repeat(np.arange(count.size), count)
            order = np.arange(event.size) - np.repeat(np.cumsum(count) - count, count)
            chance = uniform(self.seed, Draw.COUNT, self._loop_sensor[event], self._now(), order)
            np.add.at(felt, event, (chance >= high).astype(np.int32) - (chance < low))
        return felt

    def _report_counts(self) -> None:
        quality = Quality.ESTIMATED if self._gap else Quality.MEASURED
        share = self._loops.covered_s / self._watched_s
        values = (self.options.interval_s, self._count.copy(), share, quality)
        time_s = self.twin.time_s
        rows = make(DetectorCounts, time_s, time_s, self._loop_sensor, *values)
        rows = take(rows, self._loop_works)
        self._mail.put(self._send(rows, self.options.detectors, DETECTORS, rows.sensor))
        self._count[:], self._loops.covered_s[:] = 0, 0.0
        self._watched_s, self._gap = 0, False

    def _read_plates(self, crossings: Crossings, quality: Quality) -> None:
        city, trips = self.twin.city, self.twin.demand.trips
        lane = city.movements.from_lane[crossings.movement]
        read = self._camera[lane] >= 0
        read &= uniform(self.seed, Draw.READ, crossings.trip, crossings.stop) < self.options.read_share
        trip, time_s = crossings.trip[read], self.twin.time_s
        vehicle_class = self.twin.demand.types.vehicle_class[trips.vehicle_type[trip]]
        seen = (self._camera[lane[read]], lane[read], crossings.movement[read], vehicle_class)
        rows = make(Passages, time_s, time_s, *seen, self._plates.of(trip, time_s), quality)
        self._mail.put(self._send(rows, self.options.cameras, CAMERAS, trip))

    def _ask_probes(self, step: int) -> None:
        memory, options = self.twin.memory, self.options
        running = int(memory.tables["counter"][RUNNING])
        slot, track = np.empty(running, np.int32), np.empty(running, np.int32)
        n = due_probes(memory.world, self._phase, step % options.period_s, slot, track)
        due, on = memory.tables["slots"][slot[:n]], track[:n].astype(np.int64)
        x_m, y_m = self._places.at(on, due["pos"] / memory.tables["tracks"]["length"][on].astype(np.float64))
        trip, time_s = due["veh"].copy(), self.twin.time_s
        if options.position_noise_m > 0.0:
            x_m = x_m + options.position_noise_m * normal(self.seed, Draw.EAST, trip, step)
            y_m = y_m + options.position_noise_m * normal(self.seed, Draw.NORTH, trip, step)
        speed = due["speed"].astype(np.float64)
        if options.speed_noise_mps > 0.0:
            speed = np.maximum(speed + options.speed_noise_mps * normal(self.seed, Draw.SPEED, trip, step), 0.0)
        rows = make(Probes, time_s, time_s, self._devices.of(trip, time_s), x_m, y_m, speed, Quality.MEASURED)
        self._mail.put(self._send(rows, options.probes, PROBES, trip))

    def _send(self, rows: Records, channel: Channel, number: int, key: I32) -> Records:
        """Lose some records, and delay the others."""
        step = self._now()
        delay_s = np.full(key.size, channel.latency_s)
        if channel.jitter_s > 0.0:
            delay_s += channel.jitter_s * uniform(self.seed, Draw.JITTER, number, key, step)
        rows = replace(rows, received_s=rows.time_s + delay_s)
        if channel.loss_share > 0.0:
            rows = take(rows, uniform(self.seed, Draw.LOSS, number, key, step) >= channel.loss_share)
        return rows

    def fork(self, twin: Twin) -> SensorSuite:
        """The same sensors on a fork of the twin; records on their way and all luck are the same."""
        suite = copy.copy(self)
        suite.twin = twin
        suite._mail = self._mail.copy()
        loops = self._loops
        suite._past = self._past.copy()
        suite._loops = loops._replace(covered_s=loops.covered_s.copy(), second_s=loops.second_s.copy())
        suite._count = self._count.copy()
        return suite
