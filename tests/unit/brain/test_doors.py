"""The entry side of a real city on disk: register, secret and log; what was acknowledged is seen, once."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from pathlib import Path

import pytest
from _day import die

from _broker import Server, needs_mosquitto, publish, until
from _entry import CITY, NOW_S, lines, message, row
from citybrain.brain.build import Wishes, assemble
from citybrain.brain.config import Config, IngestSection, MqttSection
from citybrain.brain.doors import KEPT_DAYS, Doors, KeyFile, open_doors, write_secret, write_sources
from citybrain.brain.runtime import Runtime
from citybrain.clock import ManualClock
from citybrain.errors import FormatError, InputError
from citybrain.ingest.pseudonym import DAY_S, DayKeys, Purpose
from citybrain.settings import Settings
from citybrain.worlds.field import Field

SETTINGS = Settings(log_commit_ms=1, log_stall_ms=60_000)
TODAY = int(NOW_S // DAY_S)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """As `citybrain init` leaves it."""
    write_secret(tmp_path / "secret.key", NOW_S)
    write_sources(tmp_path / "sources.toml", "office")
    return Config(folder=tmp_path)


def opened(config: Config, clock: ManualClock | None = None) -> Doors:
    return open_doors(CITY, config, SETTINGS, clock or ManualClock(NOW_S))


def push(doors: Doors, *rows: dict[str, object], key: str | None = None) -> int:
    return asyncio.run(doors.ingestor.receive(message(*rows, key=key))).accepted


# Register and secret


def test_the_key_is_shown_once_and_opens_the_door(tmp_path: Path, config: Config) -> None:
    (tmp_path / "sources.toml").unlink()
    key = write_sources(tmp_path / "sources.toml", "north")
    assert key not in (tmp_path / "sources.toml").read_text()
    doors = opened(config)
    try:
        found = doors.sources.authenticate(f"Bearer north:{key}")
        assert getattr(found, "name", None) == "north"
        assert not hasattr(doors.sources.authenticate(f"Bearer north:{key}x"), "name")
    finally:
        doors.close()


def test_the_secret_is_for_its_owner_only_and_never_the_same(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_secret(tmp_path / name, NOW_S)
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    first, second = ((tmp_path / name).read_text().split() for name in ("a", "b"))
    assert first[0] == second[0] == str(TODAY - KEPT_DAYS)
    assert first[1] != second[1]
    assert len(bytes.fromhex(first[1])) == 32


def test_neither_secret_nor_register_is_written_over(tmp_path: Path, config: Config) -> None:
    kept = [(tmp_path / name).read_bytes() for name in ("secret.key", "sources.toml")]
    with pytest.raises(InputError, match=r"secret\.key is there already"):
        write_secret(tmp_path / "secret.key", NOW_S)
    with pytest.raises(InputError, match=r"sources\.toml is there already"):
        write_sources(tmp_path / "sources.toml", "office")
    assert [(tmp_path / name).read_bytes() for name in ("secret.key", "sources.toml")] == kept


def test_a_register_that_is_missing_or_wrong_is_named(tmp_path: Path, config: Config) -> None:
    (tmp_path / "sources.toml").write_text("[office]\nkinds = 5\n")
    with pytest.raises(FormatError, match=r"sources\.toml: \[office\] key_hash"):
        opened(config)
    (tmp_path / "sources.toml").unlink()
    with pytest.raises(InputError, match=r"sources\.toml: no such file; citybrain init"):
        opened(config)
    assert not (tmp_path / "data").exists(), "nothing is begun"


@pytest.mark.parametrize(
    "text",
    [
        *("", "5", "5 abc", f"5 {'0' * 63}", f"5 {'0' * 62}", f"5 {'0' * 66}", f"x {'0' * 64}", f"1.5 {'0' * 64}"),
        *(f"-1 {'0' * 64}", f"99999999999 {'0' * 64}", f"5 {'0' * 64} more", "\xff"),
    ],
)
def test_a_secret_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "secret.key").write_text(text, encoding="latin-1")
    with pytest.raises(FormatError, match=r"secret\.key: text: .*; expected a day and 64 hexadecimal digits"):
        KeyFile(tmp_path / "secret.key")


def test_a_secret_that_is_missing_is_an_error_of_the_file(config: Config) -> None:
    with pytest.raises(FileNotFoundError, match=r"other\.key"):
        opened(replace(config, ingest=IngestSection(secret="other.key")))


# Keys of days


def test_the_file_of_a_later_day_makes_that_day_s_keys_and_not_those_before(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    write_secret(path, NOW_S)
    day, root = path.read_text().split()
    first = DayKeys(bytes.fromhex(root), int(day), "town")
    keys = KeyFile(path, "town")
    keys.retire(NOW_S)
    assert path.read_text() == f"{day} {root}\n", "nothing is old yet"
    keys.retire(NOW_S + 5 * DAY_S)
    assert path.read_text().split()[0] == str(TODAY + 5 - KEPT_DAYS)
    assert root not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(p.name for p in tmp_path.iterdir()) == ["secret.key"]
    for known in (keys, KeyFile(path, "town")):
        later = TODAY + 5 - KEPT_DAYS
        assert known.days.key(later, Purpose.PLATE) == first.key(later, Purpose.PLATE)
        with pytest.raises(InputError, match="destroyed"):
            known.days.key(later - 1, Purpose.PLATE)


def test_keys_are_destroyed_while_the_doors_stay_open(tmp_path: Path, config: Config) -> None:
    doors = opened(config)
    try:
        for day in range(4):
            doors.tick(NOW_S + day * DAY_S)
            assert (tmp_path / "secret.key").read_text().split()[0] == str(TODAY + day - KEPT_DAYS)
            assert doors.ingestor.intake.context.keys.first_day == TODAY + day - KEPT_DAYS
    finally:
        doors.close()


def test_a_clock_that_goes_back_brings_no_key_back(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    write_secret(path, NOW_S)
    keys = KeyFile(path)
    keys.retire(NOW_S + 3 * DAY_S)
    kept = path.read_text()
    keys.retire(NOW_S)
    assert path.read_text() == kept
    assert keys.days.first_day == TODAY + 3 - KEPT_DAYS


def test_a_file_that_cannot_be_written_is_written_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret.key"
    write_secret(path, NOW_S)
    kept, keys = path.read_text(), KeyFile(path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("os.fsync", full)
        keys.retire(NOW_S + 3 * DAY_S)
    assert path.read_text() == kept
    assert keys.days.first_day == TODAY + 3 - KEPT_DAYS, "in memory they are gone at once"
    keys.retire(NOW_S + 3 * DAY_S)
    assert path.read_text().split()[0] == str(TODAY + 3 - KEPT_DAYS)


# The log and the beats


def field_run(doors: Doors, clock: ManualClock, folder: Path, resume: bool = False) -> Runtime:
    wishes = Wishes(math.inf, folder, resume, about={"world": "field"})
    return assemble(lambda: Field(CITY, doors.ingestor, clock), wishes, SETTINGS, clock, doors=doors)


def test_what_was_acknowledged_after_the_last_known_beat_is_seen_after_a_restart(
    tmp_path: Path, config: Config
) -> None:
    """Three rows are in a beat on disk, four in one that a crash takes, five in none; each is seen once."""
    clock = ManualClock(NOW_S)
    doors = opened(config, clock)
    run = field_run(doors, clock, tmp_path / "data")
    push(doors, *(row(k, time=NOW_S) for k in range(1)), *(row(k) for k in range(2)), key="1")
    run.run(run.world.time_s + 2.0)
    assert run.storage is not None
    run.storage.flush()
    push(doors, *(row(k) for k in range(2, 6)), key="2")
    run.run(run.world.time_s + 2.0)
    assert run.brain.memory.order.counts.pushed == 7
    push(doors, *(row(k) for k in range(6, 11)), key="3")
    die(run)
    doors.close()

    doors = opened(config, clock)
    run = field_run(doors, clock, tmp_path / "data", resume=True)
    assert run.brain.memory.order.counts.pushed == 3, "the beat on disk"
    assert doors.ingestor.inbox.n_rows == 9, "the rest waits"
    assert push(doors, *(row(k) for k in range(6, 11)), key="3") == 5, "the source knows of no crash"
    push(doors, *(row(k) for k in range(2, 6)), key="2b")
    run.run(run.world.time_s + 10.0)
    counts = run.brain.memory.order.counts
    assert counts.released + counts.late == 12
    assert counts.duplicates == 4, "the same message is stored once; the same rows in another message count once"
    run.close()
    doors.close()


def test_a_run_that_ended_in_order_hands_nothing_over_again(tmp_path: Path, config: Config) -> None:
    clock = ManualClock(NOW_S)
    doors = opened(config, clock)
    run = field_run(doors, clock, tmp_path / "data")
    push(doors, *(row(k) for k in range(5)))
    run.run(run.world.time_s + 3.0)
    digest = run.brain.digest()
    run.close()
    doors.close()
    doors = opened(config, clock)
    run = field_run(doors, clock, tmp_path / "data", resume=True)
    assert (doors.ingestor.inbox.n_rows, run.brain.digest()) == (0, digest)
    run.close()
    doors.close()


def test_a_slow_start_is_no_delay_of_every_beat_after_it(tmp_path: Path, config: Config) -> None:
    clock = ManualClock(NOW_S)
    doors = opened(config, clock)
    run = field_run(doors, clock, tmp_path / "data")
    clock.advance(90.0)
    assert run.begin() == NOW_S + 90.0
    run.run(run.world.time_s + 2.0)
    assert clock.now_s() == pytest.approx(run.world.time_s)
    assert run.shed_beats == 0
    run.close()
    doors.close()


# MQTT


@needs_mosquitto
def test_mqtt_takes_what_registered_sources_send_and_counts_the_rest(tmp_path: Path, config: Config) -> None:
    pytest.importorskip("aiomqtt", reason="the extra [mqtt] is not installed")
    server = Server(tmp_path)
    server.start()
    doors = opened(replace(config, mqtt=MqttSection("127.0.0.1", server.port)))
    good = lines(row(0), row(1))
    try:
        assert doors.mqtt is not None
        feed = doors.mqtt.feed
        asyncio.run(until(feed.connected.is_set))
        messages = [("office", good), ("stranger", good), ("office", b"{"), ("office", lines(row(2)))]
        sent = [(f"citybrain/{source}/count/ndjson", body) for source, body in messages]
        asyncio.run(publish(server, [*sent, ("citybrain/office/nothing", good)]))
        asyncio.run(until(lambda: feed.figures.acknowledged == 5))
        account = doors.ingestor.intake.quarantine.account()
        assert (account.accepted, doors.mqtt.lost) == (3, 1)
        assert doors.ingestor.inbox.n_rows == 3
        assert account.rows == account.accepted + account.quarantined
        assert account.quarantined >= 2, "a stranger's, and what is no JSON"
    finally:
        doors.close()
        server.stop()
    assert not doors.mqtt._thread.is_alive()


@needs_mosquitto
def test_mqtt_refuses_a_kind_that_its_source_may_not_send(tmp_path: Path, config: Config) -> None:
    pytest.importorskip("aiomqtt", reason="the extra [mqtt] is not installed")
    register = tmp_path / "sources.toml"
    register.write_text(register.read_text().replace('["*"]', '["probe"]'))
    server = Server(tmp_path)
    server.start()
    doors = opened(replace(config, mqtt=MqttSection("127.0.0.1", server.port)))
    try:
        assert doors.mqtt is not None
        feed = doors.mqtt.feed
        asyncio.run(until(feed.connected.is_set))
        asyncio.run(publish(server, [("citybrain/office/count/ndjson", lines(row(0)))]))
        asyncio.run(until(lambda: feed.figures.acknowledged == 1))
        assert doors.ingestor.intake.quarantine.account().accepted == 0
    finally:
        doors.close()
        server.stop()


def test_doors_end_without_a_broker(config: Config) -> None:
    """Nobody listens on the port: the feed tries again and again, and ends when it is told to."""
    pytest.importorskip("aiomqtt", reason="the extra [mqtt] is not installed")
    doors = opened(replace(config, mqtt=MqttSection("127.0.0.1", 1)))
    assert doors.mqtt is not None
    asyncio.run(until(lambda: doors.mqtt is not None and doors.mqtt.feed.figures.failures > 0))
    doors.close()
    assert not doors.mqtt._thread.is_alive()
