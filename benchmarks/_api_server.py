"""The server under load: the API of a brain that beats each second, beside a bare app that says hello.

`python -m benchmarks._api_server N` prints the two ports and serves until its standard input ends.
"""

from __future__ import annotations

import sys
import threading
import time

import numpy as np
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from citybrain.hub.hub import Hub
from citybrain.hub.indicators import OF_AREAS
from citybrain.server.app import make_app
from citybrain.server.run import serve
from citybrain.server.services import Services


async def hello(_: Request) -> JSONResponse:
    return JSONResponse({"hello": "world"})


def main(n_areas: int) -> None:
    hub = Hub(str(int(time.time())))
    rows = hub.register([d.entry("demo", f"a{k}") for k in range(n_areas) for d in OF_AREAS])
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(1.0):
            hub.publish(time.time(), rows, np.ones(rows.size), np.ones(rows.size), np.ones(rows.size))

    hub.publish(time.time(), rows, np.ones(rows.size))
    threading.Thread(target=beat, daemon=True).start()
    handles = [
        serve(app, port=0) for app in (make_app(Services(hub, time.time)), Starlette(routes=[Route("/", hello)]))
    ]
    print(*(handle.port for handle in handles), flush=True)
    sys.stdin.read()
    stop.set()
    for handle in handles:
        handle.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]))
