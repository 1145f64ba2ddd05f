"""Serving an app from a thread of its own, beside the loop."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from citybrain.errors import InputError

if TYPE_CHECKING:
    import uvicorn

START_MAX_S = 30.0
STOP_MAX_S = 5.0  # live streams are cut then


@dataclass(frozen=True)
class Handle:
    """A server that runs; `port` is the one that it got when 0 was asked for."""

    host: str
    port: int
    _server: uvicorn.Server
    _thread: threading.Thread

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        """End it: open answers are finished, live streams are cut. Returns when the thread has ended."""
        self._server.should_exit = True
        self._thread.join(STOP_MAX_S)
        if self._thread.is_alive():
            self._server.force_exit = True
            self._thread.join(STOP_MAX_S)


@dataclass(frozen=True)
class Tls:
    """Files in PEM; without a key of its own it is in the file of the certificate."""

    certificate: Path
    key: Path | None = None

    def options(self) -> dict[str, Any]:
        """As uvicorn takes them. Raises InputError where a file is missing."""
        for path in (self.certificate, *(() if self.key is None else (self.key,))):
            if not path.is_file():
                raise InputError(f"{path}: no such file; [server] certificate and certificate_key name PEM files")
        return {"ssl_certfile": str(self.certificate), "ssl_keyfile": None if self.key is None else str(self.key)}


def serve(
    app: Any, host: str = "127.0.0.1", port: int = 8000, connections_max: int = 2000, tls: Tls | None = None
) -> Handle:
    """Run uvicorn in a thread; returns when it accepts connections. Raises InputError when it cannot have the port."""
    import uvicorn

    from citybrain.server.wire import Line

    started = threading.Event()

    class _Server(uvicorn.Server):
        async def startup(self, sockets: list[Any] | None = None) -> None:
            await super().startup(sockets)
            started.set()

    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        limit_concurrency=connections_max,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=int(STOP_MAX_S) - 2,
        http=Line,
        **({} if tls is None else tls.options()),
    )
    server = _Server(config)
    thread = threading.Thread(target=_run, args=(server, started), name="server", daemon=True)
    thread.start()
    started.wait(START_MAX_S)
    if not server.started:
        thread.join(STOP_MAX_S)
        raise InputError(f"cannot serve on {host}:{port}: the port is taken or not allowed; choose another one")
    bound = server.servers[0].sockets[0].getsockname()[1]
    return Handle(host, int(bound), server, thread)


def _run(server: uvicorn.Server, started: threading.Event) -> None:
    try:
        server.run()
    except SystemExit:  # uvicorn's way to say that it cannot have the port; it has logged why
        pass
    finally:
        started.set()
