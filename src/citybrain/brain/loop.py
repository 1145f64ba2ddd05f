"""The brain, one beat a second. Read this first: every stage is a call, in the order in which things happen.

    world ──► ingest ──► health ──► match ──► estimate ──► decide ──► guard ──► publish ──► (people and programs)
      ▲       order,     which      probes    links,       an opti-   what      indicators
      │       once       sensors    onto      lanes,       miser      becomes   and columns
      │                  to trust   links     areas        wishes     of it     in the hub
      └───────────────── commands (leases), where the mode is control ◄┘

A stage is a function of what it remembers and of what it is given: no file, socket, clock or chance. So the same
observations give the same beats, today and when a recorded day is played again. What the stages remember is `Memory`;
what they know of the city and never change is `Maps`. The brain sees what sensors report, and never the truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from citybrain.brain.directives import Directive, Standing
from citybrain.brain.pace import Shed
from citybrain.brain.steering import Steering
from citybrain.brain.stopwatch import Stopwatch
from citybrain.city.countdown import Countdown
from citybrain.city.model import City
from citybrain.clock import Clock
from citybrain.detect import closures
from citybrain.detect import health as sensor_health
from citybrain.detect.neighbours import Neighbours, neighbours_of
from citybrain.estimate import fleet, network, parking
from citybrain.estimate.match_model import MatchMap, MatchOptions, build_match_map, match_options
from citybrain.estimate.match_state import MatchState, load_live, new_match_state, save_live
from citybrain.estimate.matching import match
from citybrain.estimate.performance.logbook import Logbook
from citybrain.estimate.performance.on_green import Shares
from citybrain.guard.gate import Mode
from citybrain.hub.board import CityBoard, Marked
from citybrain.ingest.order import Order
from citybrain.records.command import Commands, no_commands
from citybrain.records.digest import digest
from citybrain.records.network_state import NetworkState
from citybrain.records.observations import Observations, Probes, Quality, join, take
from citybrain.records.sensor_health import SensorHealth
from citybrain.settings import Settings

TABLES_EVERY = 10  # beats between two publications of columns while TABLES is shed
HEALTH_EVERY = 10  # beats between two judgements of sensors while HEALTH is shed


@dataclass(frozen=True, eq=False)
class Maps:
    """What the stages know of the city: made once, never changed."""

    city: City
    match: MatchMap
    near: Neighbours
    countdown: Countdown


@dataclass(eq=False)
class Memory:
    """What the stages remember from beat to beat."""

    order: Order
    match: MatchState
    health: sensor_health.HealthState
    waiting: list[Observations]  # seen since the sensors were last judged
    judged: SensorHealth
    closed: closures.Closures
    network: network.NetworkMemory
    parking: parking.ParkingMemory
    named: MatchState  # of vehicles that report under their own name
    fleet: fleet.Fleet
    beats: int = 0
    standing: Standing = field(default_factory=Standing)  # of people's directives


@dataclass(frozen=True, eq=False)
class Beat:
    """What one beat found."""

    time_s: float
    seen: int  # rows that arrived
    network: NetworkState
    health: SensorHealth
    shed: Shed
    commands: Commands = field(default_factory=no_commands)  # what the guard has let through


class Brain:
    """All stages of one city, and the board on which they publish.

    Args:
        city: what stands, with the sensors that records name.
        begin_s: when the first beat begins.
        board: where results are published.
        clock: for the times of the stages; it decides nothing.
        steering: an optimiser behind the guard; None = nobody wishes anything.
        logbook: keeps the signals' events for their performance measures; None = nobody does. It lies beside the
            memory: nothing is decided by it, and it is no part of a snapshot.
    """

    def __init__(
        self,
        city: City,
        begin_s: float,
        board: CityBoard,
        settings: Settings,
        clock: Clock,
        steering: Steering | None = None,
        logbook: Logbook | None = None,
    ) -> None:
        roads, near = build_match_map(city, match_options(settings)), neighbours_of(city, city.sensors)
        self.maps = Maps(city, roads, near, Countdown(city))
        self.memory = new_memory(self.maps, begin_s, settings)
        self.board = board
        self.settings, self.parking, self.priority = settings, parking_options(settings), fleet_limits(settings)
        self.watch = Stopwatch(clock)
        self.steering = steering
        self.logbook = logbook

    def beat(self, seen: Observations, shed: Shed = Shed.NOTHING, directives: Sequence[Directive] = ()) -> Beat:
        """One beat, on everything that has become available since the one before, and on what people have ordered."""
        memory, stage = self.memory, self.watch.stage
        for directive in directives:
            self._obey(directive, seen.time_s)
        with stage("ingest"):
            ordered = in_order(memory.order, seen)
        with stage("health"):
            judge(self.maps, memory, ordered, shed)
        with stage("match"):
            fixes = match(self.maps.match, memory.match, sampled(ordered.probes, shed))
            memory.fleet = fleet.follow(self.maps.match, memory.named, memory.fleet, ordered, self.priority)
        with stage("estimate"):
            state = network.update(memory.network, ordered, fixes, memory.judged)
            memory.parking, parked = parking.update(memory.parking, ordered.parking, seen.time_s, self.parking)
        commands = no_commands()
        if self.steering is not None:
            with stage("decide"):
                claims = fleet.claims(memory.fleet)
                wishes = self.steering.decide(state, memory.network, ordered, memory.judged, claims)
            with stage("guard"):
                commands = self.steering.rule(wishes, seen.time_s).commands
        with stage("publish"):
            self._publish(state, shed)
            self.board.parking.publish(parked, self.parking.silent_max_s)
        if self.logbook is not None:
            with stage("measure"):
                self._measure(self.logbook, ordered)
        self.watch.end_beat()
        memory.beats += 1
        return Beat(seen.time_s, seen.rows, state, memory.judged, shed, commands)

    def _obey(self, directive: Directive, now_s: float) -> None:
        self.memory.standing.note(directive, now_s)
        if self.steering is not None:
            self.steering.obey(directive, now_s)

    def _publish(self, state: NetworkState, shed: Shed) -> None:
        board, memory, now_s = self.board, self.memory, state.time_s
        columns = not shed & Shed.TABLES or memory.beats % TABLES_EVERY == 0
        board.network(state, tables=columns)
        if columns:
            board.sensors(memory.judged, now_s)
            self._publish_lights(now_s)
            if self.steering is not None:
                board.signals(now_s, self.steering.columns())
        board.counts(now_s, counts(memory))
        board.times(now_s, {name: time.newest_ms / 1000.0 for name, time in self.watch.times().items()})

    def _publish_lights(self, now_s: float) -> None:
        """What the signals show, and for how long yet where nobody but their plan decides."""
        shown = self.memory.network.links.lights.look(now_s)
        steered = None if self.steering is None else self.steering.gate.mode == Mode.CONTROL
        self.board.lights(now_s, shown, self.maps.countdown.left_s(now_s, shown, steered))

    def _measure(self, logbook: Logbook, ordered: Observations) -> None:
        """Keep what the signals' controllers would have logged; once a minute, tell who met green."""
        shares = logbook.take(ordered)
        if shares is not None:
            told = (marked(logbook.by_group(shares)), marked(logbook.by_signal(shares)))
            self.board.on_green(ordered.time_s, *told)

    def state(self) -> dict[str, Any]:
        """Everything that the next beats depend on, for a snapshot."""
        memory = self.memory
        return {
            "order": memory.order.save(),
            "match": save_live(memory.match),
            "health": memory.health,
            "waiting": memory.waiting,
            "judged": memory.judged,
            "closed": memory.closed,
            "network": network.state(memory.network),
            "parking": memory.parking,
            "named": save_live(memory.named),
            "fleet": memory.fleet,
            "beats": memory.beats,
            "standing": memory.standing.state(),
        }

    def restore(self, kept: dict[str, Any]) -> None:
        """Go on from what `state` gave, in a brain of the same city."""
        memory = self.memory
        memory.order = Order.load(kept["order"], self.settings)
        memory.match, memory.health = load_live(kept["match"], match_options(self.settings)), kept["health"]
        memory.waiting, memory.judged, memory.beats = kept["waiting"], kept["judged"], kept["beats"]
        memory.closed = kept.get("closed", closures.Closures({}))
        network.restore(memory.network, kept["network"])
        memory.parking = parking.resumed(kept.get("parking"), new_parking(self.maps.city))
        if "fleet" in kept:
            memory.fleet = kept["fleet"]
            memory.named = load_live(kept["named"], named_options(self.settings))
        if "standing" in kept:
            memory.standing = Standing.of(kept["standing"])
        if self.steering is not None:
            self.steering.stand(memory.standing.modes, memory.standing.plans)

    def digest(self) -> str:
        """One number of everything remembered; equal digests mean equal futures."""
        return digest(self.state())


def new_memory(maps: Maps, begin_s: float, settings: Settings) -> Memory:
    """Nothing has been seen yet."""
    health = sensor_health.start(maps.near, begin_s)
    _, judged = sensor_health.update(maps.near, health, Observations(begin_s))
    vehicles, estimates = new_match_state(match_options(settings)), network.begin(maps.city, probe_share(settings))
    named, closed = new_match_state(named_options(settings)), closures.Closures({})
    parked, follow = new_parking(maps.city), fleet.no_fleet()
    return Memory(Order(settings), vehicles, health, [], judged, closed, estimates, parked, named, follow)


def new_parking(city: City) -> parking.ParkingMemory:
    """The places of the city's register; none has reported."""
    return parking.begin(city.parking.parking_id, city.parking.spaces)


def parking_options(settings: Settings) -> parking.ParkingOptions:
    """When a place to park counts as silent, and how many are followed."""
    return parking.ParkingOptions(
        settings.parking_max,
        float(settings.parking_silent_periods),
        float(settings.parking_silent_min_s),
        float(max(settings.parking_silent_min_s, settings.parking_silent_max_s)),
    )


def named_options(settings: Settings) -> MatchOptions:
    """As for probes, for fewer vehicles."""
    return replace(match_options(settings), vehicles_max=settings.fleet_vehicles_max)


def fleet_limits(settings: Settings) -> fleet.FleetLimits:
    """How many emergency vehicles may have right of way."""
    return fleet.FleetLimits(settings.urgent_vehicles_max, settings.urgent_calls_per_hour)


def probe_share(settings: Settings) -> float:
    """Share of the vehicles that are said to report their position."""
    return settings.probes_permille / 1000.0


def marked(found: Shares) -> Marked:
    """Shares and their qualities: what a camera has seen at the signal before is an estimate of who arrives."""
    share = found.share
    quality = np.where(found.is_loop, Quality.MEASURED, Quality.ESTIMATED)
    return share, np.where(np.isnan(share), Quality.UNKNOWN, quality).astype(np.uint8)


def in_order(order: Order, seen: Observations) -> Observations:
    """What has arrived, every event once and in the order of the events; `time_s` stays the beat's.

    A row that came after its time was closed is handed on as well: a plate read late still says that it was there.
    """
    for table in seen.tables():
        order.push("", table)
    released = order.release(seen.time_s)
    tables = zip(released.observations.tables(), released.late.tables(), strict=True)
    return Observations(seen.time_s, *(joined(on_time, late) for on_time, late in tables))


def joined(on_time: Any, late: Any) -> Any:
    """Two tables of a kind, one after the other."""
    return join([on_time, late]) if late.time_s.size else on_time


def judge(maps: Maps, memory: Memory, ordered: Observations, shed: Shed) -> None:
    """Which sensors can be trusted; while HEALTH is shed, rarely, and then on everything that has waited."""
    memory.closed = closures.update(maps.match.near, memory.closed, ordered.reports, ordered.time_s)
    memory.waiting.append(ordered)
    if shed & Shed.HEALTH and memory.beats % HEALTH_EVERY:
        return
    closed = closures.closed_sensors(maps.city, memory.closed)
    for waiting in memory.waiting:
        memory.health, memory.judged = sensor_health.update(maps.near, memory.health, waiting, closed)
    memory.waiting = []


def sampled(probes: Probes, shed: Shed) -> Probes:
    """All probes; while PROBES is shed, those of every second vehicle."""
    if not shed & Shed.PROBES:
        return probes
    return take(probes, (probes.vehicle & np.uint64(1)) == 0)


def counts(memory: Memory) -> dict[str, int]:
    """What became of the rows so far."""
    order = memory.order.counts
    return {
        "rows": order.pushed,
        "released": order.released,
        "late": order.late,
        "duplicates": order.duplicates,
        "too_late": order.too_late,
        "parking_left_out": memory.parking.left_out,
        "parking_implausible": memory.parking.implausible,
        **{f"probes_{name}": n for name, n in memory.match.counted().items()},
        **fleet.counted(memory.fleet),
    }
