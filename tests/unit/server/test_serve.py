"""The server beside the loop: it answers, it ends, and it says when it cannot have the port."""

from __future__ import annotations

import socket
import threading

import httpx
import numpy as np
import pytest

from citybrain.errors import InputError
from citybrain.hub.catalogue import Entry
from citybrain.hub.hub import Hub
from citybrain.server.app import make_app
from citybrain.server.run import serve
from citybrain.server.services import Services


def test_it_answers_and_ends() -> None:
    hub = Hub()
    rows = hub.register([Entry("c/all/x", "", "d", "s", "o", 1.0, 5.0)])
    before = threading.active_count()
    handle = serve(make_app(Services(hub, lambda: 5.0)), port=0)
    try:
        assert handle.alive
        hub.publish(5.0, rows, np.array([7.0]))  # from another thread than the server's
        with httpx.Client(base_url=f"http://{handle.host}:{handle.port}/api/v1") as client:
            assert client.get("/indicators/c/all/x").json()["value"] == 7.0
            assert client.get("/health").status_code == 200
            assert "server" not in client.get("/health").headers
            with client.stream("GET", "/stream") as stream:
                lines = stream.iter_lines()
                assert next(line for line in lines if line.startswith("id:")).endswith("-1")
                hub.publish(6.0, rows, np.array([8.0]))
                assert '"value":8.0' in next(line for line in lines if line.startswith("data:") and "8.0" in line)
    finally:
        handle.stop()
    assert not handle.alive
    assert threading.active_count() <= before + 1  # the pool's idle worker may stay


def test_a_taken_port_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(InputError, match="choose another one"):
            serve(make_app(Services(Hub(), lambda: 5.0)), port=taken.getsockname()[1])
