"""`citybrain run`: the live loop."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from citybrain.clock import SYSTEM
from citybrain.commands.access_files import access_folder
from citybrain.commands.compiling import compiling
from citybrain.commands.options import DemandOption, ProgressOption
from citybrain.commands.output import city_line, note, say, say_oddities, to_json
from citybrain.commands.progress import progress
from citybrain.commands.serving import Access, serve_run
from citybrain.commands.stopping import Stop, stopping
from citybrain.errors import InputError
from citybrain.settings import PREFIX, load_settings, within

if TYPE_CHECKING:
    from citybrain.brain.build import Sources, Wishes
    from citybrain.brain.config import Config
    from citybrain.brain.doors import Doors
    from citybrain.brain.loop import Beat
    from citybrain.brain.runtime import Runtime
    from citybrain.brain.steering import SteerOptions
    from citybrain.settings import Settings
    from citybrain.worlds.base import World
    from citybrain.worlds.screen import Screen

GENERATED = "generated"  # source of a city that was made up
DEMO_SIGNALS = 100
PORT_MAX = 65_535


@dataclass(frozen=True, kw_only=True)
class Run:
    """Run the brain: once a second, from what sensors report to what is true now, published over HTTP.

    Without CITY it runs a demo city. Example: citybrain run out/city --world twin --duration 900 --record out/day
    """

    city: Annotated[
        Path | None,
        typer.Argument(metavar="[CITY]", help="A city; default: a demo city.", show_default=False),
    ] = None
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="A configuration made by citybrain init.")
    ] = None
    demand: DemandOption = None
    world: Annotated[
        str, typer.Option("--world", metavar="twin|sumo|replay|field", help="Where observations come from.")
    ] = ""
    headless: Annotated[bool, typer.Option("--headless", help="No HTTP: run, print, end.")] = False
    duration: Annotated[
        float | None, typer.Option("--duration", metavar="S", help="World seconds; default: to the world's end.")
    ] = None
    speed: Annotated[
        float | None,
        typer.Option("--speed", metavar="X", help="World seconds a second; 0: as fast as it goes (headless default)."),
    ] = None
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="S", help="Same seed, same streets and sensors; default: 0.")
    ] = None
    record: Annotated[
        Path | None, typer.Option("--record", metavar="DIR", help="Keep observations, snapshots and history there.")
    ] = None
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run that DIR holds.")] = False
    mode: Annotated[
        str,
        typer.Option("--mode", metavar="observe|recommend|control", help="What becomes of an optimiser's wishes."),
    ] = ""
    controller: Annotated[
        str, typer.Option("--controller", metavar="NAME", help="The optimiser; default with --mode: brain.")
    ] = ""
    host: Annotated[str, typer.Option("--host", metavar="H", help="Address to listen on.")] = ""
    port: Annotated[int | None, typer.Option("--port", metavar="P", help="Port to listen on; 0: any free one.")] = None
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")] = False
    progress: ProgressOption = False

    def run(self) -> None:
        from citybrain.brain.runtime import figures
        from citybrain.worlds.screen import Screen

        config = self._config()
        settings = self._settings(config)
        begin_s = SYSTEM.monotonic_s()
        with compiling(note) as compiled, stopping() as stop, ExitStack() as ends:
            doors = self._doors(config, settings)
            if doors is not None:
                ends.callback(doors.close)
            screen = Screen()
            runtime = self._runtime(config, settings, doors, screen)
            ends.callback(runtime.world.close)
            ends.callback(runtime.close)
            with ExitStack() as served:
                if not self.headless or doors is not None:
                    served.callback(serve_run(runtime, config, settings, doors, self._access(config), screen))
                self._beats(runtime, doors, stop, compiled, screen)
            found = figures(runtime) | ({} if doors is None else _entry(doors))
        self._print({**found, "world": config.world.kind, "wall_s": SYSTEM.monotonic_s() - begin_s})

    def _config(self) -> Config:
        """The file's wishes, overruled by the options."""
        from citybrain.brain.config import WORLDS, Config, load_config

        config = Config() if self.config is None else load_config(self.config)
        kind = self.world or (config.world.kind if self.config is not None else "twin")
        if kind not in WORLDS:
            raise InputError(f"--world {kind} is not known; choose one of {', '.join(WORLDS)}")
        if self.duration is not None and not self.duration > 0.0:
            raise InputError(f"--duration {self.duration:g} is not possible; give one above 0 s")
        if self.port is not None and not 0 <= self.port <= PORT_MAX:
            raise InputError(f"--port {self.port} is not possible; give 1 to {PORT_MAX}, or 0 for any free one")
        speed = config.world.speed if self.speed is None else self.speed
        if self.speed is None and self.headless and kind != "field":
            speed = 0.0
        if not 0.0 <= speed < math.inf:
            raise InputError(f"--speed {speed:g} is not possible; give 0 or more")
        server = replace(
            config.server,
            host=self.host or config.server.host,
            port=config.server.port if self.port is None else self.port,
        )
        seed = config.world.seed if self.seed is None else self.seed
        return replace(config, world=replace(config.world, kind=kind, speed=speed, seed=seed), server=server)

    def _settings(self, config: Config) -> Settings:
        """The environment's limits, and what a configuration says about how long things are kept."""
        kept = {"HISTORY_DAYS": config.storage.history_days, "LOG_KEEP_H": 24 * config.storage.log_days}
        own = {} if self.config is None else {PREFIX + name: str(value) for name, value in kept.items()}
        settings = load_settings({**own, **os.environ})
        within("duration_max_s", self.duration or 0.0, settings)
        return settings

    def _wishes(self, config: Config) -> Wishes:
        from citybrain.brain.build import Wishes

        record = self.record
        if record is None and self.config is not None and config.world.kind == "field":
            record = config.path(config.storage.folder)
        about = {"world": config.world.kind, "seed": config.world.seed, "sensors": asdict(config.sensors)}
        return Wishes(
            config.world.speed or math.inf,
            record,
            self.resume or (record is not None and self.record is None),
            config.storage.snapshot_s,
            about,
            self._steer(config),
        )

    def _access(self, config: Config) -> Access:
        """Where accounts are kept, and who may look without one: everybody, unless a configuration says otherwise."""
        folder = access_folder(None if self.config is None else config, self.record)
        return Access(folder, self.config is None or config.access.reading == "open")

    def _steer(self, config: Config) -> SteerOptions | None:
        """Who wishes what signals show; nobody, unless asked for."""
        from citybrain.brain.steering import SteerOptions, parse_mode

        name = self.controller or config.guard.controller or ("brain" if self.mode else "")
        mode = self.mode or config.guard.mode
        parse_mode(mode)
        modes = config.path(config.guard.modes) if config.guard.modes else None
        return SteerOptions(name, mode, modes, people=not self.headless) if name else None

    def _doors(self, config: Config, settings: Settings) -> Doors | None:
        """The entry side of a real city."""
        if config.world.kind != "field":
            return None
        if self.config is None:
            raise InputError("--world field needs --config FILE; citybrain init DIR makes one")
        from citybrain.brain.doors import open_doors
        from citybrain.city.load import load

        return open_doors(load(self.city or config.path(config.city.source)), config, settings, SYSTEM)

    def _runtime(self, config: Config, settings: Settings, doors: Doors | None, screen: Screen) -> Runtime:
        from citybrain.brain.build import assemble

        wishes = self._wishes(config)
        runtime = assemble(lambda: self._world(config, doors, screen), wishes, settings, SYSTEM, _epoch(), doors)
        note(city_line(runtime.world.city))
        steering = runtime.brain.steering
        if steering is not None and not steering.gate.steerable.all():
            n = int((~steering.gate.steerable).sum())
            note(f"Guard: {n} signals stay on their own plans; citybrain guard CITY says why")
        return runtime

    def _world(self, config: Config, doors: Doors | None, screen: Screen) -> World:
        from citybrain.brain.build import simulated_world

        if config.world.kind == "replay":
            from citybrain.worlds.replay import Replay

            folder = self.city or (config.path(config.world.recording) if config.world.recording else None)
            if folder is None:
                raise InputError("--world replay needs a recording: citybrain run DIR --world replay")
            return Replay(folder)
        if doors is not None:
            from citybrain.worlds.field import Field

            return Field(doors.city, doors.ingestor, SYSTEM)
        sources, world, steered = self._sources(config), config.world, self._steer(config) is not None
        sensors = config.sensors
        if sensors.upstream < 0.0:
            sensors = replace(sensors, upstream=float(sources.city.meta.source == GENERATED))
        return simulated_world(sources, world.kind, world.seed, sensors, screen.turn_on, steered=steered)

    def _sources(self, config: Config) -> Sources:
        from citybrain.brain.build import Sources
        from citybrain.commands.files import open_scenario

        path, demand = self.city, self.demand
        if path is None and self.config is not None:
            path = config.path(config.city.source)
            demand = demand or (config.path(config.city.demand) if config.city.demand else None)
        if path is None:
            from citybrain.demand.generated import generate

            note(f"No city named: a demo city of {DEMO_SIGNALS} signals")
            return Sources(*generate(DEMO_SIGNALS, 1))
        scenario = open_scenario(path, demand)
        say_oddities(scenario.report)
        return Sources(scenario.city, scenario.demand, (path, demand))

    def _beats(
        self, runtime: Runtime, doors: Doors | None, stop: Stop, compiled: Callable[[], None], screen: Screen
    ) -> None:
        """Beat after beat; a served world that has come to its end stays to be looked at, unless a time was set."""
        begin_s = runtime.begin()
        end_s = min(runtime.world.end_s, begin_s + (self.duration or math.inf))
        stop.gently = True
        with progress("beats", self.progress) as advance:
            span_s = end_s - begin_s

            def after(beat: Beat) -> None:
                compiled()
                screen.take()
                advance((beat.time_s - begin_s) / span_s)
                if doors is not None:
                    doors.tick(SYSTEM.now_s())

            runtime.run(end_s, after, stop, screen.begin)
        if not stop() and not self.headless and self.duration is None:
            note("The world has ended; Ctrl-C stops the server")
            if runtime.directives is not None:
                runtime.directives.close()
            while not stop():
                screen.take()
                SYSTEM.sleep(0.5)
        if stop():
            note("Stopped")

    def _print(self, found: dict[str, Any]) -> None:
        if self.json:
            say(to_json(found))
            return
        say(summary(found))


def summary(found: dict[str, Any]) -> str:
    """The run in some lines."""
    city, in_transit = found["city"], found["in_transit"]

    def shown(name: str, digits: int = 2) -> str:
        value = found["indicators"].get(f"{city}/all/{name}", {}).get("value")
        return "unknown" if value is None or not math.isfinite(value) else f"{value:.{digits}f}"

    band = ""
    if in_transit and math.isfinite(in_transit.get("low", math.nan)):
        band = f" (90 % between {in_transit['low']:.0f} and {in_transit['high']:.0f})"
    beat = found["stages"].get("beat")
    times = "" if beat is None else f", p50 {beat['p50_ms']:.1f} ms, p99 {beat['p99_ms']:.1f} ms a beat"
    return "\n".join(
        (
            f"{found['beats']} beats of {city} in {found['wall_s']:.1f} s{times}",
            f"rows {found['rows']}: accepted {found['accepted']}, duplicates {found['duplicates']}, "
            f"quarantined {found['quarantined']}",
            f"in transit {shown('in_transit', 0)}{band}, delay index {shown('delay_index')}, "
            f"mean speed {shown('mean_speed', 1)} m/s, queued {shown('queued_vehicles', 0)}",
            *_guard_lines(found["guard"]),
            f"digest {found['digest']}",
        )
    )


def _guard_lines(guard: dict[str, Any] | None) -> list[str]:
    """What became of the wishes, where there were any."""
    if guard is None:
        return []
    modes = ", ".join(f"{n} {mode}" for mode, n in guard["modes"].items() if n)
    refused = ", ".join(f"{why} {n}" for why, n in guard["refused"].items())
    seen = f", {guard['trips']} faults, {guard['latched']} latched" if "trips" in guard else ""
    return [
        f"wishes of {guard['controller']} for signals in mode {modes}: {guard['admitted']} admitted"
        + (f"; refused: {refused}" if refused else ""),
        f"referee: {guard['referee']}{seen}",
    ]


def _entry(doors: Doors) -> dict[str, Any]:
    """What came in and what became of it, as the entry side counted it."""
    account = doors.ingestor.intake.quarantine.account()
    return {"accepted": account.accepted, "quarantined": account.quarantined, "received": account.rows}


def _epoch() -> str:
    """Names this life of the hub."""
    return f"{SYSTEM.now_s():.0f}"
