"""What a city's sensors would report from the twin: counts, passages, probes and colours, with their gaps and errors.

suite = SensorSuite(twin, SensorOptions(), seed=1)
while twin.time_s < end_s:
    twin.step(colours)
    batch = suite.observe()

The brain sees these batches and never the twin's own state.
"""

from __future__ import annotations

import copy

import numpy as np

from citybrain.city.model import Sensors
from citybrain.errors import InputError
from citybrain.records.observations import Observations
from citybrain.twin.arrays import RUNNING, STEP
from citybrain.twin.sensing import NEVER, Asked, Called, Instruments, Sightings, nobody_called
from citybrain.twin.sensor_kernels import PAST, Crossings, due_probes, find_crossings, resolve, watch_loops
from citybrain.twin.sensor_options import SensorOptions
from citybrain.twin.sensor_places import Places, sensors_of
from citybrain.twin.twin import Twin


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
        self._instruments = Instruments(twin.city, self.sensors, self.options, seed, twin.demand.trips.trip_id)
        trips = np.arange(twin.demand.trips.depart_s.size)
        self._phase = self._instruments.phases(trips)
        self._fleet_phase = self._instruments.fleet_phases(trips, self._classes(trips.astype(np.int32)))
        self._has_fleet = bool((self._fleet_phase != NEVER).any())
        self._remember()

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
        self._feel()
        self._instruments.loops.covered_s[:] = 0.0

    def _now(self) -> int:
        return int(self.twin.memory.tables["counter"][STEP])

    def observe(self) -> Observations:
        """Records that have become available since the last call.

        Call it after every second of the twin. After a longer run all passages are there as well, but their times
        (the end of the run) and the detectors' occupancy (of its last second) are `ESTIMATED`, and advance detectors,
        probes and changes of colour miss what lay between. Raises InputError when the twin has gone back in time.
        """
        self.look()
        return self.collect()

    def look(self) -> Sightings | None:
        """Sense what has happened since the last look and give it; None when no time has passed."""
        step = self._now()
        if step < self._step:
            raise InputError("the twin went back in time (restore); make a new SensorSuite for it")
        if step == self._step:
            return None
        crossings = self._find()
        seen = Sightings(
            step=step,
            time_s=self.twin.time_s,
            seconds=step - self._step,
            crossings=crossings,
            vehicle_class=self._classes(crossings.trip),
            fronts=self._feel(),
            asked=self._ask(self._phase, step % self.options.period_s),
            shown=self.twin.memory.tables["shown"],
            called=self._call(step),
        )
        self._instruments.feel(seen)
        self._step = step
        return seen

    def collect(self) -> Observations:
        """Records that have become available since the last call, of what was sensed by `look`."""
        return self._instruments.collect(self.twin.time_s)

    def _find(self) -> Crossings:
        passed = self.twin.memory.tables["moves"]["passed"].copy()
        left = passed - self._passed
        self._passed = passed
        found = Crossings(*(np.empty(int(left.sum()), np.int32) for _ in range(3)))
        world = self.twin.memory.world
        self._low = find_crossings(world, self._low, self._past, left, found)
        resolve(world, found, left, self._turn_offset, self._turn_movement)
        return found

    def _classes(self, trip: np.ndarray[tuple[int], np.dtype[np.int32]]) -> np.ndarray[tuple[int], np.dtype[np.uint16]]:
        demand = self.twin.demand
        return demand.types.vehicle_class[demand.trips.vehicle_type[trip]]

    def _feel(self) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
        """Let the detectors feel the last second; fronts over each one's end."""
        loops = self._instruments.loops
        fronts = np.empty(loops.begin.size, np.int32)
        watch_loops(self.twin.memory.world, self._past, loops, fronts)
        return fronts

    def _call(self, step: int) -> Called:
        """Buses, trams and emergency vehicles whose turn it is to report; most demands have none."""
        if not self._has_fleet:
            return nobody_called()
        asked = self._ask(self._fleet_phase, step % self.options.fleet_period_s)
        return Called(asked, self._classes(asked.trip), self.twin.late_s(asked.trip))

    def _ask(self, phases: np.ndarray[tuple[int], np.dtype[np.int16]], phase: int) -> Asked:
        """Where the vehicles are whose turn it is to report."""
        memory = self.twin.memory
        running = int(memory.tables["counter"][RUNNING])
        slot, track = np.empty(running, np.int32), np.empty(running, np.int32)
        n = due_probes(memory.world, phases, phase, slot, track)
        due, on = memory.tables["slots"][slot[:n]], track[:n].astype(np.int64)
        x_m, y_m = self._places.at(on, due["pos"] / memory.tables["tracks"]["length"][on].astype(np.float64))
        return Asked(due["veh"].copy(), x_m, y_m, due["speed"].astype(np.float64))

    def fork(self, twin: Twin) -> SensorSuite:
        """The same sensors on a fork of the twin; records on their way and all luck are the same."""
        suite = copy.copy(self)
        suite.twin = twin
        suite._instruments = self._instruments.copy()
        suite._past = self._past.copy()
        return suite
