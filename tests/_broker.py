"""A Mosquitto of our own, for tests of what speaks MQTT."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

MOSQUITTO = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
WAIT_S = 20.0
needs_mosquitto = pytest.mark.skipif(not Path(MOSQUITTO).exists(), reason="Mosquitto is not installed")


class Server:
    """A broker of our own on a free port; can be killed and started again, with what it has kept."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._config = folder / "mosquitto.conf"
        self._config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
            f"persistence_location {folder}/\nmax_queued_messages 100000\nuser root\n"
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen([MOSQUITTO, "-c", str(self._config)], stdout=quiet, stderr=quiet)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(WAIT_S)
            self._process = None


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that another program does."""
    async with asyncio.timeout(WAIT_S):
        while not condition():
            await asyncio.sleep(0.01)


async def publish(server: Server, messages: list[tuple[str, bytes]], qos: int = 1) -> None:
    import aiomqtt

    async with aiomqtt.Client("127.0.0.1", server.port) as client:
        for topic, payload in messages:
            await client.publish(topic, payload, qos=qos)
