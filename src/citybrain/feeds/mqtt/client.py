"""Takes messages from an MQTT broker and acknowledges each one when it has been accepted for good, never before.

The session outlives the connection: what was not acknowledged comes again after a reconnection. Memory is bounded: the
broker is asked to keep back what is more than `mqtt_queue_max` unacknowledged messages (Receive Maximum of MQTT 5), and
as not every broker does (Mosquitto 2.0.11 sends a whole window after each acknowledgement), the socket is not read
while so many wait. Messages are accepted side by side, so that one commit of the log serves many of them, and
acknowledged in the order in which they came (MQTT 5, section 4.6).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from citybrain.errors import InputError
from citybrain.feeds.mqtt.decode import PREFIX, Address, parse_topic, topics
from citybrain.ingest.reject import Reject

__all__ = ["Accept", "Broker", "MqttFeed", "TurnAway"]

Accept = Callable[[Address, bytes], Awaitable[object]]  # returns when the message is safe; raises when it is not
TurnAway = Callable[[Reject], object]  # a message of no known address

SESSION_S = 86_400  # that the broker keeps the session of a client that is away
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0


@dataclass(frozen=True)
class Broker:
    """Where the broker is. The `identifier` names the session: one for each brain, the same after a restart."""

    host: str
    port: int = 1883
    identifier: str = "citybrain"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = None
    prefix: str = PREFIX


@dataclass
class Figures:
    """What the feed has done since its start."""

    received: int = 0
    acknowledged: int = 0
    connections: int = 0
    failures: int = 0  # of connections, and of accepting
    pauses: int = 0  # times that the socket was left unread


@dataclass
class _Gate:
    """Stops reading the socket while too many messages wait: what is not read waits with the sender."""

    high: int
    figures: Figures
    client: Any = None  # of paho
    closed: bool = False

    def look(self, waiting: int) -> None:
        """Close at `high`, open again at half of it."""
        sock = None if self.client is None else self.client.socket()
        if sock is None:
            self.closed = False
        elif not self.closed and waiting >= self.high:
            asyncio.get_running_loop().remove_reader(sock.fileno())
            self.closed = True
            self.figures.pauses += 1
        elif self.closed and waiting <= self.high // 2:
            self.closed = False
            loop = asyncio.get_running_loop()
            loop.add_reader(sock.fileno(), self.client.loop_read)
            loop.call_soon(self.client.loop_read)  # what TLS has decrypted already makes no socket readable

    def queue_type(self) -> Any:
        """A queue whose length the gate watches."""
        gate = self

        class Watched(asyncio.Queue[Any]):
            def _put(self, item: Any) -> None:
                super()._put(item)
                gate.look(self.qsize())

            def _get(self) -> Any:
                item = super()._get()
                gate.look(self.qsize())
                return item

        return Watched


class MqttFeed:
    """One connection to a broker, made again whenever it breaks.

    `connected` is set while the feed is subscribed. `pause` waits between two attempts.
    """

    def __init__(
        self,
        broker: Broker,
        accept: Accept,
        turn_away: TurnAway,
        queue_max: int,
        pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._broker, self._accept, self._turn_away, self._queue_max = broker, accept, turn_away, queue_max
        self._pause = pause
        self.figures = Figures()
        self.connected = asyncio.Event()

    async def run(self) -> None:
        """Take messages until cancelled. Raises InputError when the library is missing."""
        try:
            import aiomqtt
        except ImportError:
            raise InputError("MQTT needs the extra: pip install 'opencitybrain[mqtt]'") from None
        pause_s = FIRST_PAUSE_S
        while True:
            before = self.figures.acknowledged
            try:
                await self._session()
            except (aiomqtt.MqttError, OSError):
                self.figures.failures += 1
            finally:
                self.connected.clear()
            pause_s = FIRST_PAUSE_S if self.figures.acknowledged > before else min(2.0 * pause_s, LONGEST_PAUSE_S)
            await self._pause(pause_s)

    async def _session(self) -> None:
        """One connection, until it breaks or a message is not accepted."""
        async with self._client() as client:
            self.figures.connections += 1
            for topic in topics(self._broker.prefix):
                await client.subscribe(topic, qos=1)
            self.connected.set()
            pending: asyncio.Queue[tuple[Any, asyncio.Task[object]]] = asyncio.Queue(self._queue_max)
            reader = asyncio.create_task(self._read(client, pending))
            writer = asyncio.create_task(self._acknowledge(client, pending))
            try:
                done, _ = await asyncio.wait((reader, writer), return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
            finally:
                await _stop(reader, writer, *(pending.get_nowait()[1] for _ in range(pending.qsize())))

    def _client(self) -> Any:
        import aiomqtt
        from paho.mqtt.packettypes import PacketTypes
        from paho.mqtt.properties import Properties

        properties: Any = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = SESSION_S
        properties.ReceiveMaximum = min(self._queue_max, 65_535)
        gate = _Gate(self._queue_max, self.figures)
        client = aiomqtt.Client(
            self._broker.host,
            self._broker.port,
            username=self._broker.username,
            password=self._broker.password,
            identifier=self._broker.identifier,
            protocol=aiomqtt.ProtocolVersion.V5,
            clean_start=False,
            properties=properties,
            queue_type=gate.queue_type(),
            tls_context=self._broker.tls,
        )
        gate.client = client._client  # aiomqtt has no words yet for what follows
        gate.client.manual_ack_set(True)
        return client

    async def _read(self, client: Any, pending: asyncio.Queue[tuple[Any, asyncio.Task[object]]]) -> None:
        async for message in client.messages:
            self.figures.received += 1
            await pending.put((message, asyncio.create_task(self._take(message))))

    async def _take(self, message: Any) -> object:
        address = parse_topic(str(message.topic), self._broker.prefix)
        if isinstance(address, Reject):
            return self._turn_away(address)
        payload = message.payload if isinstance(message.payload, bytes) else b""
        return await self._accept(address, payload)

    async def _acknowledge(self, client: Any, pending: asyncio.Queue[tuple[Any, asyncio.Task[object]]]) -> None:
        while True:
            message, task = await pending.get()
            try:
                await task
            except Exception:  # whatever kept it from being safe: it is not acknowledged, and comes again
                self.figures.failures += 1
                return
            client._client.ack(message.mid, message.qos)
            self.figures.acknowledged += 1


async def _stop(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
