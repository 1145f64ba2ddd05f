"""The MQTT feed against a real Mosquitto: nothing acknowledged before it is safe, nothing lost, memory bounded."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from _broker import WAIT_S, Server, needs_mosquitto, publish, until
from citybrain.feeds.mqtt.client import Broker, MqttFeed
from citybrain.feeds.mqtt.decode import Address
from citybrain.ingest.kinds import Kind
from citybrain.ingest.reject import Reject

pytest.importorskip("aiomqtt", reason="the extra [mqtt] is not installed")
pytestmark = needs_mosquitto


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    found = Server(tmp_path)
    found.start()
    yield found
    found.stop()


class Store:
    """What has been accepted; `open` lets it through, `fail` makes it refuse."""

    def __init__(self) -> None:
        self.taken: list[tuple[Address, bytes]] = []
        self.refused: list[Reject] = []
        self.waiting = 0
        self.most_waiting = 0
        self.open = asyncio.Event()
        self.open.set()
        self.fail = False

    async def accept(self, address: Address, payload: bytes) -> None:
        self.waiting += 1
        self.most_waiting = max(self.most_waiting, self.waiting)
        await self.open.wait()
        self.waiting -= 1
        if self.fail:
            raise OSError("disk full")
        self.taken.append((address, payload))


@contextlib.asynccontextmanager
async def feeding(server: Server, store: Store, queue_max: int = 100) -> AsyncIterator[MqttFeed]:
    feed = MqttFeed(
        Broker("127.0.0.1", server.port), store.accept, store.refused.append, queue_max, lambda _: asyncio.sleep(0.05)
    )
    task = asyncio.create_task(feed.run())
    try:
        await asyncio.wait_for(feed.connected.wait(), WAIT_S)
        yield feed
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def run(test: Callable[[], Awaitable[Any]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 3 * WAIT_S))  # type: ignore[arg-type]


def test_messages_arrive_with_their_address(server: Server) -> None:
    async def scene() -> None:
        store = Store()
        async with feeding(server, store) as feed:
            await publish(
                server, [("citybrain/n/count", b"[]"), ("citybrain/n/probe/arrow", b"x"), ("citybrain/n/x", b"")]
            )
            await until(lambda: feed.figures.acknowledged == 3)
        assert [(a.source, a.kind, p) for a, p in store.taken] == [("n", Kind.COUNT, b"[]"), ("n", Kind.PROBE, b"x")]
        assert len(store.refused) == 1

    run(scene)


def test_what_was_not_safe_when_the_connection_ended_comes_again(server: Server) -> None:
    """Kill the feed while messages wait: none of them was acknowledged, so the next feed gets all of them."""

    async def scene() -> None:
        first, second = Store(), Store()
        payloads = [b"%d" % i for i in range(20)]
        async with feeding(server, first) as feed:
            first.open.clear()
            await publish(server, [("citybrain/n/count", payload) for payload in payloads])
            await until(lambda: first.waiting == 20)
            assert feed.figures.acknowledged == 0
        async with feeding(server, second) as feed:
            await until(lambda: feed.figures.acknowledged == 20)
        assert first.taken == []
        assert [payload for _, payload in second.taken] == payloads

    run(scene)


def test_a_message_that_cannot_be_stored_is_not_acknowledged(server: Server) -> None:
    async def scene() -> None:
        store = Store()
        async with feeding(server, store) as feed:
            store.fail = True
            await publish(server, [("citybrain/n/count", b"1"), ("citybrain/n/count", b"2")])
            await until(lambda: feed.figures.failures >= 2)
            assert feed.figures.acknowledged == 0
            store.fail = False
            await until(lambda: feed.figures.acknowledged == 2)
        assert [payload for _, payload in store.taken][-2:] == [b"1", b"2"]

    run(scene)


def test_memory_is_bounded_by_what_is_not_acknowledged(server: Server) -> None:
    async def scene() -> None:
        store = Store()
        async with feeding(server, store, queue_max=8) as feed:
            store.open.clear()
            await publish(server, [("citybrain/n/count", b"%d" % i) for i in range(300)])
            await until(lambda: store.waiting >= 8)
            await asyncio.sleep(0.2)
            assert feed.figures.received <= 10
            store.open.set()
            await until(lambda: feed.figures.acknowledged == 300)
        assert store.most_waiting <= 10
        assert [payload for _, payload in store.taken] == [b"%d" % i for i in range(300)]

    run(scene)


def test_the_feed_comes_back_with_its_broker(server: Server) -> None:
    async def scene() -> None:
        store = Store()
        async with feeding(server, store) as feed:
            server.stop()
            await until(lambda: not feed.connected.is_set())
            server.start()
            await until(lambda: feed.connected.is_set() and feed.figures.connections == 2)
            await publish(server, [("citybrain/n/count", b"1")])
            await until(lambda: feed.figures.acknowledged == 1)

    run(scene)


def test_a_flood_that_asks_for_no_acknowledgement_is_left_unread(server: Server) -> None:
    async def scene() -> None:
        store = Store()
        async with feeding(server, store, queue_max=5) as feed:
            store.open.clear()
            await publish(server, [("citybrain/n/count", b"%d" % i) for i in range(400)], qos=0)
            await until(lambda: feed.figures.pauses > 0)
            await asyncio.sleep(0.2)
            assert feed.figures.received <= 8
            store.open.set()
            await until(lambda: len(store.taken) == 400)

    run(scene)
