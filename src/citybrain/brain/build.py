"""From wishes to a running brain: the world that is observed, the brain behind it, and where things are kept."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from citybrain.brain.config import SensorSection
from citybrain.brain.directives import DirectiveDesk
from citybrain.brain.doors import Doors
from citybrain.brain.loop import Brain
from citybrain.brain.pace import Pace
from citybrain.brain.runtime import Runtime, catch_up
from citybrain.brain.steering import Steering, SteerOptions
from citybrain.brain.storage import Past, Storage, is_recording, read_past
from citybrain.city.model import City
from citybrain.clock import Clock
from citybrain.demand.model import Demand
from citybrain.errors import InputError
from citybrain.estimate.links import rehearse
from citybrain.estimate.performance.logbook import Logbook
from citybrain.guard.gate import Mode
from citybrain.guard.referee import Referee
from citybrain.hub.board import CityBoard
from citybrain.hub.history import History
from citybrain.hub.hub import Hub
from citybrain.records.observations import Observations
from citybrain.settings import Settings
from citybrain.worlds.base import Display, World
from citybrain.worlds.field import Field
from citybrain.worlds.replay import Replay
from citybrain.worlds.streets import Streets

SIMULATED = ("twin", "sumo")
EACH_SECOND_S, EACH_MINUTE_S = 1, 60


@dataclass(frozen=True)
class Wishes:
    """How a brain is to run."""

    speed: float = math.inf  # world seconds a second
    record: Path | None = None  # folder that everything is kept in
    resume: bool = False  # go on with the run that is in `record`
    snapshot_s: float = 60.0
    about: dict[str, Any] = field(default_factory=dict)  # goes into the recording
    steer: SteerOptions | None = None  # who wishes what signals show; None = nobody


@dataclass(frozen=True, eq=False)
class Sources:
    """What a simulated world is made of; `paths` are those of the city and of the demand, for SUMO's own files."""

    city: City
    demand: Demand
    paths: tuple[Path | None, Path | None] = (None, None)


def simulated_world(
    of: Sources,
    kind: str,
    seed: int,
    sensors: SensorSection,
    show: Callable[[Display], None] | None = None,
    *,
    steered: bool = False,
) -> World:
    """Streets of a simulator behind virtual sensors; the truth stays with the simulator.

    `show` is handed what a screen may draw of it, where there is something; the world gives no way to it.
    `steered`: somebody wishes what signals show, so that detectors are to tell each second what stands on them.
    """
    from citybrain.twin.sensor_options import Channel, SensorOptions
    from citybrain.worlds.sensing import Sensing, with_upstream

    options = SensorOptions(
        detectors=Channel(coverage_share=sensors.detectors, loss_share=0.005, latency_s=1.0),
        cameras=Channel(coverage_share=sensors.cameras, loss_share=0.005, latency_s=2.0),
        probes=Channel(coverage_share=sensors.probes, loss_share=0.01, latency_s=3.0),
        interval_s=sensors.interval_s or (EACH_SECOND_S if steered or sensors.upstream > 0.0 else EACH_MINUTE_S),
        read_share=sensors.read_rate,
        period_s=sensors.period_s,
        position_noise_m=sensors.noise_m,
    )
    more = with_upstream(of.city, sensors.upstream, seed + 1) if sensors.upstream > 0.0 else None
    sensing = Sensing(options, seed + 1, more)
    if kind == "twin":
        from citybrain.worlds.twin_streets import shown_streets

        world, display = shown_streets(of.city, of.demand, seed, sensing)
        if show is not None:
            show(display)
        return world
    if kind != "sumo":
        raise InputError(f"world {kind!r} is no simulator; choose {' or '.join(SIMULATED)}")
    from citybrain.worlds.sumo_open import open_sumo
    from citybrain.worlds.sumo_streets import sumo_streets

    return sumo_streets(open_sumo(of.city, of.demand, seed, of.paths), sensing)[0]


def make_brain(world: World, settings: Settings, clock: Clock, epoch: str, steer: SteerOptions | None = None) -> Brain:
    """A brain for what the world holds, with an empty memory.

    In a simulator, or a recorded day, rows come once and nearly in order; nothing is waited for there.
    """
    hub = Hub(epoch, settings.hub_rows_max, settings.hub_cells_max)
    if not isinstance(world, Field):
        settings = replace(settings, lateness_s=0)
    steering = None if steer is None else Steering(world.city, steer, settings)
    return Brain(world.city, world.time_s, CityBoard(hub, world.city), settings, clock, steering)


def logbook_of(world: World, settings: Settings) -> Logbook | None:
    """Where the signals' events are kept; None where there are no signals, or nobody wants them."""
    if not len(world.city.signals.signal_id) or not settings.performance_keep_s:
        return None
    late_s = settings.lateness_s if isinstance(world, Field) else 0
    return Logbook(world.city, world.time_s, settings.performance_keep_s, settings.performance_mib << 20, late_s)


def assemble(
    make_world: Callable[[], World],
    wishes: Wishes,
    settings: Settings,
    clock: Clock,
    epoch: str = "0",
    doors: Doors | None = None,
) -> Runtime:
    """A runtime, brought to where the run before ended if that is wished. `doors`: those of a real city."""
    past = _past(wishes)
    world = make_world()
    warm_up(world, settings, clock, wishes.steer)
    brain = make_brain(world, settings, clock, epoch, wishes.steer)
    brain.logbook = logbook_of(world, settings)
    referee = guard_streets(world, brain, settings, None if wishes.record is None else wishes.record / "guard")
    if past is not None:
        catch_up(brain, past)
        if doors is not None:
            doors.since(past.offset)  # what was acknowledged after the last beat that is known
        if world.time_s < past.end_s and not isinstance(world, Replay):
            go_again(world, past)
    storage, history = None, None
    if wishes.record is not None:
        storage = Storage(world, wishes.record, wishes.about, past, settings.snapshots_keep)
        history = History(wishes.record / "history", settings)
    pace = Pace(clock, world.time_s, wishes.speed)
    offset = (lambda: 0) if doors is None else (lambda: doors.ingestor.inbox.offset)
    people = wishes.steer is not None and wishes.steer.people
    directives = DirectiveDesk(settings.actions_max) if people else None
    keep_s = wishes.snapshot_s
    return Runtime(world, brain, clock, pace, storage, history, keep_s, offset, referee=referee, directives=directives)


def warm_up(world: World, settings: Settings, clock: Clock, steer: SteerOptions | None = None) -> None:
    """Let every stage be compiled by a beat that nobody sees: the first real one must not come late."""
    if isinstance(world, Streets):
        world.rehearse()
    brain = make_brain(world, settings, clock, "warm-up", steer)
    brain.beat(Observations(world.time_s))
    rehearse(brain.memory.network.links)


def guard_streets(world: World, brain: Brain, settings: Settings, folder: Path | None) -> Referee | None:
    """Where signals of a simulator may be controlled, they get the operator's limits and a referee of their own.

    `folder` keeps the book of latches; None = for this run alone. A real city's controllers have their own monitors.
    """
    if brain.steering is None or not isinstance(world, Streets):
        return None
    if not brain.steering.options.people and not (brain.steering.gate.mode == Mode.CONTROL).any():
        return None
    referee = Referee(world.city, settings, folder)
    world.guard(brain.steering.tables, referee)
    return referee


def go_again(world: World, past: Past) -> None:
    """Bring a simulator to where the run before ended: the same way, with what was commanded on it."""
    for time_s, commands in past.replay.commands:
        if time_s <= past.end_s:
            world.observe(time_s)
            world.apply(commands)
    world.observe(past.end_s)


def _past(wishes: Wishes) -> Past | None:
    if not wishes.resume:
        return None
    if wishes.record is None:
        raise InputError("--resume needs --record DIR, the folder of the run to go on with")
    return read_past(wishes.record) if is_recording(wishes.record) else None
