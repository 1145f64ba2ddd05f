"""The app: every route of the API under one prefix, for a brain that it is handed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

import citybrain
from citybrain.server import catalogue, indicators, state
from citybrain.server.problems import install
from citybrain.server.routing import PREFIX
from citybrain.server.services import Services

ROUTERS = (state.router, catalogue.router, indicators.router)
ABOUT = """What City Brain knows, over HTTP. Times are ISO 8601 in UTC, units SI. Every value carries its time, source
and quality; a value that is not known is null, never zero. Every error has the form of `Error`."""


def make_app(served: Services, routers: Sequence[APIRouter] = ()) -> FastAPI:
    """The API of a brain; `routers` are added under the same prefix (the doors of ingestion)."""

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        yield

    app = FastAPI(
        title="City Brain",
        version=citybrain.__version__,
        description=ABOUT,
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,  # its page would load scripts from another host
        redoc_url=None,
        lifespan=life,
    )
    app.state.services = served
    install(app)
    for router in (*ROUTERS, *routers):
        app.include_router(router, prefix=PREFIX)
    return app
