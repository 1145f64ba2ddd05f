"""The API beside the loop of `citybrain run`: what it serves, who may use it, and the lines that say where to look."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from citybrain.clock import SYSTEM
from citybrain.commands.output import note

if TYPE_CHECKING:
    from citybrain.brain.config import Config
    from citybrain.brain.doors import Doors
    from citybrain.brain.runtime import Runtime
    from citybrain.hub.doorkeeper import Doorkeeper
    from citybrain.server.film import Film
    from citybrain.server.run import Tls
    from citybrain.server.whatif_desk import Desk
    from citybrain.settings import Settings
    from citybrain.worlds.screen import Screen

DAY_S = 86_400
NO_WHATIF = {
    "field": "a what-if starts from where every vehicle is and goes; of a real city only an estimate is known, and no "
    "start that is true to it can be made from it yet",
    "sumo": "the streets are SUMO's, which cannot be copied while they run; the world twin can",
    "replay": "a recorded day holds what sensors saw, and no streets that could go on otherwise",
    "": "these streets cannot be forked",
}
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Access:
    """Where accounts are kept (None: for this run alone), and whether everybody may look."""

    folder: Path | None
    open_reading: bool


def serve_run(
    runtime: Runtime, config: Config, settings: Settings, doors: Doors | None, access: Access, screen: Screen
) -> Callable[[], None]:
    """Serve the API, and say where to look; what ends it."""
    from citybrain.hub.actions import ActionLog
    from citybrain.hub.doorkeeper import Doorkeeper
    from citybrain.server.app import make_app
    from citybrain.server.run import serve
    from citybrain.server.services import Services

    with ExitStack() as ends:
        door = Doorkeeper(access.folder, SYSTEM, settings, access.open_reading)
        ends.callback(door.close)
        password = door.first_start()
        events = _events(runtime, settings)
        if events is not None:
            ends.callback(events.close)
        world, brain = runtime.world, runtime.brain
        film = _film(runtime, settings)
        ends.callback(film.close)
        screen.cameras.append(lambda: film.take(world.time_s))
        desk = _desk(runtime, config.world.kind, settings, screen)
        ends.callback(desk.close)
        now_s = (lambda: world.time_s) if doors is None else SYSTEM.now_s
        hooks = _webhooks(runtime, config, settings, events)
        if hooks is not None:
            from citybrain.server.webhook_sender import Sender

            ends.callback(Sender(hooks, now_s, SYSTEM, settings.webhook_wait_s).start())
        served = Services(
            brain.board.hub,
            # A real city's values grow old also while the loop hangs; a simulated world has no time beside the loop.
            now_s,
            world.city,
            runtime.history,
            events,
            settings=settings,
            operator_token=os.environ.get("CITYBRAIN_OPERATOR_TOKEN", ""),
            acting=_acting(runtime),
            actions=ActionLog(door),
            oidc=_provider(config),
            door=door,
            film=film,
            whatif=desk,
            logbook=brain.logbook,
            webhooks=hooks,
        )
        app, tls = make_app(served, _routers(doors)), _tls(config)
        app.state.live.screen = screen
        handle = serve(app, config.server.host, config.server.port, settings.api_connections_max, tls)
        ends.callback(handle.stop)
        _tell(f"{'http' if tls is None else 'https'}://{handle.host}:{handle.port}", door, password)
        if tls is None and handle.host not in LOOPBACK:
            note("Passwords and keys travel in clear here: set [server] certificate, or put a proxy with TLS before it")
        return ends.pop_all().close


def _film(runtime: Runtime, settings: Settings) -> Film:
    """Keeps the live picture: in the run's folder, or the last hour of it in memory."""
    from citybrain.server.film import Film
    from citybrain.server.film_store import DiskStore, MemoryStore, Store

    folder = None if runtime.storage is None else runtime.storage.folder / "film"
    store: Store
    if folder is None:
        store = MemoryStore(settings.replay_memory_s, settings.replay_memory_mib << 20)
    else:
        store = DiskStore(folder, settings.replay_days * DAY_S, settings.replay_disk_mib << 20)
    return Film(runtime.brain.board.hub, runtime.world.city, store, settings.replay_step_s, on_disk=folder is not None)


def _desk(runtime: Runtime, world: str, settings: Settings, screen: Screen) -> Desk:
    """Answers what-ifs, where the streets can be forked; else it says why not."""
    from citybrain.evaluate.whatif.process import ask_process
    from citybrain.evaluate.whatif.reins import Reins
    from citybrain.server.whatif_desk import Desk, Means

    if not screen.forks:
        return Desk(None, settings, SYSTEM, NO_WHATIF.get(world, NO_WHATIF[""]))
    reins = Reins(SYSTEM)
    screen.begins.append(reins.hold)
    screen.cameras.append(reins.go)
    run = partial(ask_process, reins=reins)
    return Desk(Means(screen.ask_fork, lambda: runtime.world.time_s, run), settings, SYSTEM)


def _tell(base: str, door: Doorkeeper, password: str | None) -> None:
    note(f"Cockpit: {base}/")
    note(f"Listening: {base}/api/v1/indicators (now), {base}/api/v1/stream (live), {base}/api/v1/openapi.json (all)")
    if password is not None:
        note(f"To act, log in as admin with the password {password} (told once)")
    if door.audit.trouble:
        note(f"The audit does not hold ({door.audit.trouble[0]}); citybrain audit verify says more")


def _acting(runtime: Runtime) -> Any:
    """The way to the signals, where there is an optimiser."""
    if runtime.brain.steering is None or runtime.directives is None:
        return None
    from citybrain.brain.acting import Acting

    set_by_people = len(runtime.brain.memory.standing.modes)
    if set_by_people:
        note(f"Modes: {set_by_people} signals have the mode that people gave them in the run before")
    return Acting(runtime)


def _provider(config: Config) -> Any:
    """The city's identity provider, where there is one."""
    given = config.oidc
    if not given.issuer:
        return None
    from citybrain.server.oidc_client import OidcClient, OidcOptions, parse_roles

    secret = os.environ.get("CITYBRAIN_OIDC_SECRET", "")
    roles = parse_roles(given.roles)
    options = OidcOptions(given.issuer, given.client_id, secret, given.address, given.groups, roles)
    return OidcClient(options, SYSTEM)


def _tls(config: Config) -> Tls | None:
    from citybrain.server.run import Tls

    if not config.server.certificate:
        return None
    key = config.path(config.server.certificate_key) if config.server.certificate_key else None
    return Tls(config.path(config.server.certificate), key)


def _events(runtime: Runtime, settings: Settings) -> Any:
    """The city's event log, where there is a folder for it."""
    if runtime.storage is None:
        return None
    from citybrain.hub.events import EventLog

    return EventLog(runtime.storage.folder / "events.sqlite", settings=settings)


def _webhooks(runtime: Runtime, config: Config, settings: Settings, events: Any) -> Any:
    """Whom the brain calls, where the configuration names hosts."""
    from citybrain.hub.webhooks import Webhooks, allowed_hosts

    hosts = allowed_hosts(config.webhooks.hosts)
    if not hosts:
        return None
    path = None if runtime.storage is None else runtime.storage.folder / "webhooks.json"
    return Webhooks(runtime.brain.board.hub, events, hosts, path, settings)


def _routers(doors: Doors | None) -> list[Any]:
    if doors is None:
        return []
    from citybrain.server.ingestion import router

    return [router(doors.ingestor, doors.sources)]
