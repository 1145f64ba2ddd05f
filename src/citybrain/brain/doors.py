"""The entry side of a real city: who may send, whose names become nobody's, and the log that keeps what they sent."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from citybrain.brain.config import Config, MqttSection
from citybrain.city.model import City
from citybrain.clock import Clock
from citybrain.errors import FormatError, InputError
from citybrain.ingest.check import Context
from citybrain.ingest.inbox import Parcel
from citybrain.ingest.ingestor import Ingestor, Message, stored
from citybrain.ingest.json_strict import MESSAGE
from citybrain.ingest.pipeline import Intake
from citybrain.ingest.place import Gazetteer
from citybrain.ingest.pseudonym import DAY_S, KEY_BYTES, DayKeys
from citybrain.ingest.reject import Reason, Reject
from citybrain.ingest.sources import Sources, new_key
from citybrain.settings import Settings

UNKNOWN = Reject(Reason.UNKNOWN_SOURCE, MESSAGE, "", "a source that is not registered", "one of the register")
KEPT_DAYS = 2  # so many days' keys outlive their day: rows may come that late
STOP_S = 5.0  # that the MQTT feed may take to end
LAST_DAY = 2_932_896  # 31 December 9999: no file of keys is of a later day
EXAMPLE = """# Who may send observations: one table a source. docs/ingest.md says more.

[{name}]
key_hash = "{key_hash}"
kinds = ["*"] # or some of passage, count, probe, signal, transit, parking, report, weather; emergency must be named
# rows_per_s = 5000 # it is asked to slow down beyond this
"""


@dataclass(eq=False)
class Doors:
    """What `run --world field` opens; `close` ends it."""

    city: City
    ingestor: Ingestor
    sources: Sources
    keys: KeyFile
    mqtt: MqttDoor | None = None

    def since(self, offset: int) -> int:
        """Hand what the log holds after an offset to the inbox again; how many rows that were."""
        rows = 0
        for parcel in stored(self.ingestor.log.replay(offset)):
            if isinstance(parcel, Parcel) and self.ingestor.inbox.put(parcel):
                rows += parcel.rows
        return rows

    def tick(self, now_s: float) -> None:
        """Once a beat: the keys of days long gone are destroyed on the day that they are."""
        self.keys.retire(now_s)

    def close(self) -> None:
        """What was taken in is committed, the rest comes again; then everything is let go of."""
        if self.mqtt is not None:
            self.mqtt.stop()
        self.ingestor.close()


def open_doors(city: City, config: Config, settings: Settings, clock: Clock) -> Doors:
    """Open log, register and keys. Raises InputError or FormatError naming the file that is not usable."""
    register = config.path(config.ingest.sources)
    if not register.is_file():
        raise InputError(f"{register}: no such file; citybrain init makes one, docs/ingest.md explains it")
    sources = Sources.read(register.read_text(encoding="utf-8"), str(register), settings)
    keys = KeyFile(config.path(config.ingest.secret), config.ingest.zone, settings.key_change_s)
    keys.retire(clock.now_s())
    intake = Intake(Context.of(Gazetteer.of(city), keys.days, settings))
    ingestor = Ingestor(intake, config.path(config.storage.folder) / "log", clock, settings)
    try:
        door = MqttDoor(ingestor, sources, config.mqtt, settings, clock) if config.mqtt.host else None
    except BaseException:
        ingestor.close()
        raise
    return Doors(city, ingestor, sources, keys, door)


def write_secret(path: Path, now_s: float) -> None:
    """A new root of keys, for this day on; readable by its owner only. Raises InputError where there is one already."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise InputError(f"{path} is there already; with another one, today's pseudonyms would change") from None
    with os.fdopen(handle, "w") as file:
        file.write(f"{int(now_s // DAY_S) - KEPT_DAYS} {secrets.token_hex(KEY_BYTES)}\n")


class KeyFile:
    """The keys of the days, and the file that carries them over a restart: what is destroyed is destroyed in both."""

    def __init__(self, path: Path, zone: str = "", change_s: int = 0) -> None:
        """Raises FormatError for a file that `write_secret` did not make."""
        try:
            day, root = path.read_text(encoding="ascii").split()
            if not 0 <= int(day) <= LAST_DAY:
                raise ValueError(day)
            self.days = DayKeys(bytes.fromhex(root), int(day), zone, change_s)
        except (ValueError, InputError) as error:
            wanted = f"a day and {2 * KEY_BYTES} hexadecimal digits, as citybrain init writes them"
            raise FormatError(path, "text", "something else", wanted) from error
        self.path = path
        self._written_day = int(day)

    def retire(self, now_s: float) -> None:
        """Forget the keys of days long gone; a file that cannot be written is tried again with the next call."""
        oldest = int(now_s // DAY_S) - KEPT_DAYS
        if oldest > self.days.first_day:
            self.days.destroy_before(oldest)
        if self.days.first_day > self._written_day:
            with contextlib.suppress(OSError):
                self._write()

    def _write(self) -> None:
        first_day, root = self.days.oldest()
        whole = self.path.with_suffix(".new")
        whole.unlink(missing_ok=True)
        with os.fdopen(os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{first_day} {root.hex()}\n")
            file.flush()
            os.fsync(file.fileno())
        whole.replace(self.path)
        self._written_day = first_day


def write_sources(path: Path, name: str) -> str:
    """A register with one source; its key, which is kept nowhere. Raises InputError where there is a register."""
    if path.exists():
        raise InputError(f"{path} is there already; add a source to it by hand (docs/ingest.md)")
    key, key_hash = new_key()
    path.write_text(EXAMPLE.format(name=name, key_hash=key_hash), encoding="utf-8")
    return key


class MqttDoor:
    """The MQTT feed in a thread of its own, from start to stop."""

    def __init__(
        self, ingestor: Ingestor, sources: Sources, section: MqttSection, settings: Settings, clock: Clock
    ) -> None:
        import aiomqtt  # noqa: F401 - where it is missing this is said now, and not in the thread

        from citybrain.feeds.mqtt.client import Broker, MqttFeed

        password = os.environ.get("CITYBRAIN_MQTT_PASSWORD")
        broker = Broker(section.host, section.port, username=section.user or None, password=password)
        self._ingestor, self._sources, self._clock = ingestor, sources, clock
        self.lost = 0  # messages whose topic says nothing that we know
        self.feed = MqttFeed(broker, self._accept, self._count_lost, settings.mqtt_queue_max)
        self._loop = asyncio.new_event_loop()
        self._task = self._loop.create_task(self.feed.run())
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)
        self._thread.start()

    async def _accept(self, address: Any, body: bytes) -> object:
        """Keep a message of a registered source; another one is refused for good, and counted."""
        source = self._sources.by_name.get(address.source)
        refused = UNKNOWN if source is None else self._sources.allowed(source, address.kind)
        if refused is not None:
            name = "" if source is None else source.name
            return self._ingestor.intake.turn_away(name, address.kind, self._clock.now_s(), refused)
        message = Message(address.source, address.kind, address.content_type, body)
        return await self._ingestor.receive(message)

    def _count_lost(self, _: Reject) -> object:
        self.lost += 1
        return None

    def _run(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._task)
        self._loop.close()

    def stop(self) -> None:
        """End the connection; what was not acknowledged comes again next time."""
        with contextlib.suppress(RuntimeError):  # the loop has ended by itself
            self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(STOP_S)
