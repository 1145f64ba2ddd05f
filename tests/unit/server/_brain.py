"""A small brain behind the API: a generated city, values of a beat, a history, an event log; a clock that stands."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from _asgi import Client
from citybrain.city.generate.city import generate_city
from citybrain.city.model import City
from citybrain.clock import ManualClock
from citybrain.estimate.performance.logbook import Logbook
from citybrain.hub.board import CityBoard
from citybrain.hub.catalogue import Audience, Entry
from citybrain.hub.doorkeeper import Doorkeeper
from citybrain.hub.events import EventLog
from citybrain.hub.history import History
from citybrain.hub.hub import Hub
from citybrain.hub.webhooks import Webhooks, allowed_hosts
from citybrain.records.network_state import AreaStates, LaneStates, LinkStates, NetworkState
from citybrain.records.sensor_health import Health, SensorHealth
from citybrain.server.app import make_app
from citybrain.server.film import Film
from citybrain.server.film_store import MemoryStore
from citybrain.server.services import Services
from citybrain.server.whatif_desk import Desk, Means
from citybrain.settings import Settings

NOW_S = 1_777_620_600.0  # 2026-05-01T07:30:00Z
HANGZHOU = "+proj=tmerc +lat_0=30.27 +lon_0=120.15 +datum=WGS84"
TOKEN = "the operator's token"
SECRETS = [
    Entry("city/all/internal", "", "for those who run the city", "x", "office", 1.0, 60.0, audience=Audience.INTERNAL),
    Entry("city/all/restricted", "", "for nobody here", "x", "office", 1.0, 60.0, audience=Audience.RESTRICTED),
]


@dataclass
class Brain:
    hub: Hub
    board: CityBoard
    city: City
    clock: ManualClock
    history: History
    events: EventLog
    app: object
    public: Client
    operator: Client
    door: Doorkeeper | None = None
    film: Film | None = None
    hooks: Webhooks | None = None

    @property
    def name(self) -> str:
        return self.board.name

    def beat(self, share: float = 0.5) -> None:
        """One beat: links at a share of their limit."""
        now_s = self.clock.now_s()
        self.board.network(network(self.city, now_s, share))
        n = len(self.city.sensors.sensor_id)
        health = np.zeros(n, np.uint8)
        health[:2] = Health.DEAD
        last_s = np.full(n, now_s - 2.0)
        last_s[0] = -np.inf
        self.board.sensors(
            SensorHealth(self.clock.now_s(), health, last_s, last_s, np.ones(n, np.float32)), self.clock.now_s()
        )
        self.board.counts(self.clock.now_s(), {"accepted": 100, "quarantined": 3})
        if self.film is not None:
            self.film.take(now_s)


def network(city: City, time_s: float, share: float) -> NetworkState:
    n, n_lanes = city.links.length_m.size, city.lanes.length_m.size
    speed = (city.links.speed_mps * share).astype(np.float32)
    one, quality = np.ones(n, np.float32), np.ones(n, np.uint8)
    quality[1], speed[1] = 4, np.nan
    links = LinkStates(one * 2, one, speed, one * 30, one / 10, quality)
    lanes = LaneStates(np.zeros(n_lanes, np.float32), np.ones(n_lanes, np.uint8))
    n_areas = 1 + len(city.areas.area_id)
    areas = (np.full(n_areas, value, np.float32) for value in (1834.0, 1790.0, 1878.0, 0.4, 1.5, 1.4, 1.6))
    return NetworkState(time_s, links, lanes, AreaStates(*areas, np.ones(n_areas, np.uint8)))


def make_brain(
    folder: Path,
    guarded: bool = False,
    open_reading: bool = False,
    projection: str = "",
    called: str = "",
    **settings: int,
) -> Brain:
    """`guarded`: with accounts; then looking needs a login, too, unless `open_reading`. `called`: hosts of webhooks."""
    city, _ = generate_city(4)
    city = replace(city, meta=replace(city.meta, projection=projection))
    quick = {"api_stream_period_ms": 0, "password_memory_kib": 64, "password_passes": 1}
    clock, hub, given = ManualClock(NOW_S), Hub("life"), Settings(**{**quick, **settings})
    board = CityBoard(hub, city)
    rows = hub.register(SECRETS)
    hub.publish(NOW_S, rows, np.array([1.0, 2.0]))
    history = History(folder / "history", given, in_background=False)
    events = EventLog(folder / "events.db", settings=given)
    door = Doorkeeper(folder / "access", clock, given, open_reading) if guarded else None
    hooks = Webhooks(hub, events, allowed_hosts(called), settings=given) if called else None
    film = Film(hub, city, MemoryStore(3600.0, 1 << 24), in_background=False)
    desk = Desk(Means(at_once, clock.now_s, no_difference), given, clock)
    logbook = Logbook(city, NOW_S, 3600.0, 1 << 20)
    parts = {"operator_token": TOKEN, "door": door, "webhooks": hooks, "film": film, "whatif": desk}
    parts["logbook"] = logbook
    served = Services(hub, clock.now_s, city, history, events, given, clock, **parts)  # type: ignore[arg-type]
    app = make_app(served)
    brain = Brain(hub, board, city, clock, history, events, app, Client(app), Client(app, TOKEN), door, film, hooks)
    for _ in range(3):
        brain.beat()
        board.keep(history, clock.now_s())
        clock.advance(60.0)
    history.append(SECRETS, hub.values(rows, NOW_S))
    clock.at_s -= 60.0
    history.flush()
    return brain


def at_once() -> Future[bytes]:
    """Streets that are forked without a loop."""
    packed: Future[bytes] = Future()
    packed.set_result(b"streets")
    return packed


def no_difference(
    packed: bytes,
    question: object,
    bounds: object,
    on_share: Callable[[float], None],
    *_: object,
) -> dict[str, Any]:
    """A what-if without a simulator."""
    on_share(1.0)
    return {"figures": []}
