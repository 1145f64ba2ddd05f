"""The app: every route of the API under one prefix, for a brain that it is handed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from starlette.middleware.gzip import GZipMiddleware

import citybrain
from citybrain.hub.sql import SqlDoor
from citybrain.server import (
    actions,
    audit,
    catalogue,
    corridors,
    disruptions,
    downloads,
    events,
    indicators,
    live,
    metrics,
    ngsi_routes,
    oidc,
    page,
    parking,
    performance,
    proposals,
    query,
    recent,
    replay,
    session,
    state,
    stream,
    tables,
    tiles,
    travel,
    users,
    webhooks,
    whatif,
)
from citybrain.server.access import enforce
from citybrain.server.access_rules import rules_of
from citybrain.server.corridors import Corridors
from citybrain.server.fresh import Fresh
from citybrain.server.headers import Hardened
from citybrain.server.live import Live
from citybrain.server.metrics import Measured, Measures
from citybrain.server.problems import install
from citybrain.server.proposals import Effects
from citybrain.server.recent import Recent
from citybrain.server.routing import PREFIX
from citybrain.server.services import Services
from citybrain.server.stream import Wake

PARTS = (
    state,
    catalogue,
    indicators,
    downloads,
    stream,
    tables,
    events,
    query,
    session,
    users,
    audit,
    actions,
    proposals,
    oidc,
    live,
    recent,
    replay,
    whatif,
    tiles,
    disruptions,
    parking,
    travel,
    corridors,
    performance,
    ngsi_routes,
    webhooks,
)
ROUTERS = tuple(part.router for part in PARTS)
COMPRESSED_FROM_BYTES = 2000
ABOUT = """What City Brain knows, over HTTP. Times are ISO 8601 in UTC, units SI. Every value carries its time, source
and quality; a value that is not known is null, never zero. Every error has the form of `Error`."""


class App(FastAPI):
    """FastAPI whose OpenAPI does not promise its own form of errors: ours are `Error`, with 400."""

    def openapi(self) -> dict[str, Any]:
        told = super().openapi()
        for methods in told["paths"].values():
            for route in methods.values():
                route["responses"].pop("422", None)
        return told


def make_app(served: Services, routers: Sequence[APIRouter] = ()) -> FastAPI:
    """The API of a brain; `routers` are added under the same prefix (the doors of ingestion).

    Raises InputError for a route that nobody has decided about (`access_rules`).
    """
    app = App(
        title="City Brain",
        version=citybrain.__version__,
        description=ABOUT,
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,  # its page would load scripts from another host
        redoc_url=None,
        dependencies=[Depends(enforce)],
    )
    measures = Measures(served)
    app.state.services, app.state.measures, app.state.wake = served, measures, Wake(served.hub)
    history = served.history
    app.state.sql = None if history is None else SqlDoor(history, served.hub.catalogue, served.settings)
    links_max = served.settings.tile_links_max
    app.state.shapes = None if served.city is None else tiles.Shapes(served.city, links_max)
    app.state.parking = parking.Places(served.hub, served.city)
    app.state.travel = travel.Travel(served)
    app.state.downloads = downloads.Places(served.settings.downloads_at_once)
    app.state.live, app.state.recent = Live(served), Recent(served.hub, served.city)
    app.state.corridors = Corridors(served, app.state.recent)
    app.state.effects = Effects(served.hub, served.city, served.acting)
    install(app)
    for router in (*ROUTERS, *routers):
        app.include_router(router, prefix="" if router.prefix.startswith(PREFIX) else PREFIX)
    app.include_router(metrics.router)
    app.include_router(page.router)
    # The last added is the outermost: everything is measured, kept answers too.
    app.add_middleware(GZipMiddleware, minimum_size=COMPRESSED_FROM_BYTES, compresslevel=5)
    app.add_middleware(Fresh, served=served)
    app.add_middleware(Measured, measures=measures, clock=served.clock)
    app.add_middleware(Hardened)
    app.state.rules = rules_of(app)
    return app
