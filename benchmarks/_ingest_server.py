"""The ingestion door as a process of its own: a real server on a real socket, with a brain that takes what comes each
second.

    python -m benchmarks._ingest_server FOLDER [RESERVED_BYTES]

Prints its port. `GET /stats` tells what it did.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from hashlib import blake2b
from pathlib import Path
from typing import Any

from citybrain.clock import SYSTEM
from citybrain.ingest.check import Context
from citybrain.ingest.ingestor import Ingestor
from citybrain.ingest.pipeline import Intake
from citybrain.ingest.place import Gazetteer
from citybrain.ingest.pseudonym import DayKeys
from citybrain.ingest.sources import Sources
from citybrain.server.ingestion import router
from citybrain.settings import Settings, load_settings

N_SIGNALS = 100
ROOT_KEY = bytes(range(32))
KEY = "a key that is as long as a key should be"
KEY_HASH = blake2b(KEY.encode(), digest_size=32, person=b"citybrain.source").hexdigest()
REGISTER = f'[bench]\nkey_hash = "{KEY_HASH}"\nkinds = ["*"]\nrows_per_s = 100_000_000'


def context(settings: Settings) -> Context:
    """What decoders know, on the generated city."""
    from citybrain.city.generate.city import generate_city

    city, _ = generate_city(N_SIGNALS)
    keys = DayKeys(ROOT_KEY, int(SYSTEM.now_s() // 86_400) - 2)
    return Context.of(Gazetteer.of(city), keys, settings)


class Brain:
    """Takes what came, each second."""

    def __init__(self, ingestor: Ingestor) -> None:
        self._ingestor = ingestor
        self.rows = 0

    async def beat(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            self.take()

    def take(self) -> None:
        self.rows += self._ingestor.drain(float("inf")).rows

    def stats(self) -> dict[str, Any]:
        health = self._ingestor.health()
        log = health.log
        commit_s = sorted(log.tally.commit_s) or [0.0]
        return {
            "rows": log.tally.rows,
            "batches": log.tally.batches,
            "commits": log.tally.commits,
            "commit_median_s": commit_s[len(commit_s) // 2],
            "commit_p99_s": commit_s[int(len(commit_s) * 0.99)],
            "drained": self.rows,
            "shed": {**health.shed_messages, **log.refused},
            "accounts": asdict(self._ingestor.intake.quarantine.account()),
        }


def application(ingestor: Ingestor) -> Any:
    from fastapi import FastAPI

    brain = Brain(ingestor)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(brain.beat())
        yield
        task.cancel()

    app = FastAPI(lifespan=life)
    app.include_router(router(ingestor, Sources.read(REGISTER, "register", ingestor.settings)))
    app.add_api_route("/stats", brain.stats)
    return app


def main() -> None:
    import uvicorn

    settings = load_settings()
    ingestor = Ingestor(Intake(context(settings)), Path(sys.argv[1]), SYSTEM, settings)
    # The protocol is named, or asyncio leaves the delay of small segments on.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(1024)
    print(listener.getsockname()[1], flush=True)
    config = uvicorn.Config(application(ingestor), log_level="warning", access_log=False)
    uvicorn.Server(config).run(sockets=[listener])
    ingestor.close()


if __name__ == "__main__":
    main()
