"""A recorded run plays again bit for bit, in another process too; a damaged one stops where it is whole."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from _towns import everywhere, same, town
from hypothesis import given, settings
from hypothesis import strategies as st

from citybrain.city.model import TABLES
from citybrain.errors import FormatError, InputError
from citybrain.records.command import Commands
from citybrain.records.observations import (
    DTYPES,
    Observations,
    ParkingCounts,
    Reports,
    TransitPositions,
    WeatherReadings,
    columns,
    join,
    make,
)
from citybrain.twin.sensor_options import SensorOptions
from citybrain.worlds.base import World
from citybrain.worlds.chunks import HEAD_BYTES, Beat, pack, scan, unpack
from citybrain.worlds.recording import BEATS, CITY, META, Recording
from citybrain.worlds.replay import Replay
from citybrain.worlds.sensing import Sensing
from citybrain.worlds.twin_streets import twin_streets


def lease(signal: int, stage: int, expires_s: float) -> Commands:
    return Commands(np.array([signal], np.int32), np.array([stage], np.int32), np.array([expires_s]))


def play(world: World, end_s: float, every_s: float = 1.0) -> list[Observations]:
    looks = []
    while world.time_s < end_s:
        looks.append(world.observe(min(world.time_s + every_s, end_s)))
    return looks


def record(folder: Path, end_s: float = 150.0, chunk_beats: int = 20) -> list[Observations]:
    """A run with leases every 30 s; what it gave."""
    world, _ = twin_streets(*town(), 0, everywhere(town()[0], interval_s=10))
    recording = Recording(world, folder, {"seed": 0}, chunk_beats)
    looks = []
    while recording.time_s < end_s:
        looks.append(recording.observe(recording.time_s + 1.0))
        if recording.time_s % 30.0 == 0.0:
            recording.apply(lease(3, int(recording.time_s / 30.0) % 2, recording.time_s + 10.0))
    recording.close()
    return looks


def digest(looks: list[Observations]) -> str:
    h = hashlib.sha256()
    for look in looks:
        h.update(np.float64(look.time_s).tobytes())
        for table in look.tables():
            for column in columns(table):
                h.update(str(column.dtype).encode() + str(column.shape).encode())
                h.update(repr(column.tolist()).encode() if column.dtype == object else column.tobytes())
    return h.hexdigest()


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Observations]]:
    folder = tmp_path_factory.mktemp("recorded") / "run"
    return folder, record(folder)


Recorded = tuple[Path, list[Observations]]


def test_every_look_comes_back_to_the_bit(recorded: Recorded) -> None:
    folder, looks = recorded
    replay = Replay(folder)
    assert replay.damage is None
    assert replay.end_s == 150.0
    again = play(replay, 150.0)
    assert len(again) == 150
    assert all(same(a, b) for a, b in zip(looks, again, strict=True))
    assert sum(look.rows for look in looks) > 3000
    assert replay.observe(1e9).rows == 0
    assert replay.time_s == 150.0


def test_and_in_another_process(recorded: Recorded) -> None:
    folder, looks = recorded
    here = Path(__file__).parent
    code = (
        f"import sys; sys.path[:0] = [{str(here)!r}, {str(here.parents[1])!r}]\n"
        "from test_recording import Replay, digest, play\n"
        f"print(digest(play(Replay({str(folder)!r}), 150.0)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == digest(looks)


def test_the_city_comes_back_with_its_sensors(recorded: Recorded) -> None:
    city = Replay(recorded[0]).city
    world, _ = twin_streets(*town(), 0, everywhere(town()[0]))
    for name in TABLES:
        for column, value in vars(getattr(world.city, name)).items():
            found = getattr(getattr(city, name), column)
            equal = np.array_equal(found, value, value.dtype.kind == "f") if isinstance(value, np.ndarray) else None
            assert equal is True or (equal is None and found == value), f"{name}.{column}"


def test_commands_come_back_after_the_look_that_they_followed(recorded: Recorded) -> None:
    replay = Replay(recorded[0])
    replay.observe(60.0)
    assert [(at, c.signal.tolist(), c.stage.tolist(), c.expires_s.tolist()) for at, c in replay.commands] == [
        (30.0, [3], [1], [40.0]),
        (60.0, [3], [0], [70.0]),
    ]
    replay.apply(lease(0, 0, 99.0))
    assert replay.ignored == 1


def test_commands_before_the_first_look_and_after_the_last_are_kept(tmp_path: Path) -> None:
    recording = Recording(twin_streets(*town(), 0)[0], tmp_path / "run")
    recording.apply(lease(1, 0, 9.0))
    recording.observe(1.0)
    recording.apply(lease(2, 0, 9.0))
    recording.apply(lease(2, 1, 9.0))
    with pytest.raises(InputError, match="signal 99"):
        recording.apply(lease(99, 0, 9.0))
    recording.close()
    replay = Replay(tmp_path / "run")
    assert replay.observe(1.0).time_s == 1.0
    assert [(at, int(c.signal[0]), int(c.stage[0])) for at, c in replay.commands] == [
        (0.0, 1, 0),
        (1.0, 2, 0),
        (1.0, 2, 1),
    ]


def test_recording_changes_nothing(recorded: Recorded) -> None:
    world, _ = twin_streets(*town(), 0, everywhere(town()[0], interval_s=10))
    looks = []
    while world.time_s < 150.0:
        looks.append(world.observe(world.time_s + 1.0))
        if world.time_s % 30.0 == 0.0:
            world.apply(lease(3, int(world.time_s / 30.0) % 2, world.time_s + 10.0))
    assert digest(looks) == digest(recorded[1])


@pytest.mark.parametrize("every_s", [0.25, 7.0, 1000.0])
def test_another_rhythm_gives_the_same_rows(recorded: Recorded, every_s: float) -> None:
    folder, looks = recorded
    again = play(Replay(folder), 150.0, every_s)
    whole = [
        Observations(150.0, *(join(list(rows)) for rows in zip(*(x.tables() for x in given), strict=True)))
        for given in (looks, again)
    ]
    assert same(*whole)


def test_a_seldom_look_is_waited_for(tmp_path: Path) -> None:
    """A run that was looked at every 5 s, played second by second."""
    world, _ = twin_streets(*town(), 0, Sensing(SensorOptions(), 3))
    recording = Recording(world, tmp_path / "run")
    looks = play(recording, 60.0, 5.0)
    recording.close()
    again = play(Replay(tmp_path / "run"), 60.0)
    assert len(again) == 60
    assert all(same(a, b) for a, b in zip(looks, again[4::5], strict=True))
    assert all(look.rows == 0 for i, look in enumerate(again) if i % 5 != 4)


@pytest.mark.parametrize("seed", range(25))
def test_a_recording_that_was_cut_off_plays_to_its_last_whole_chunk(
    recorded: Recorded, tmp_path: Path, seed: int
) -> None:
    folder, looks = recorded
    whole = (folder / BEATS).read_bytes()
    ends = [end for _, end in scan(memoryview(whole), "whole")]  # type: ignore[misc]
    rng = np.random.default_rng(seed)
    cut = int(rng.integers(len(whole))) if seed else ends[2]
    tail = [b"", bytes(int(rng.integers(1, 500))), rng.bytes(int(rng.integers(1, 500)))][seed % 3]
    damaged = _copy(folder, tmp_path, whole[:cut] + tail)
    replay = Replay(damaged)
    n = sum(end <= cut for end in ends)
    assert replay.end_s == 20.0 * n
    assert all(same(a, b) for a, b in zip(looks[: 20 * n], play(replay, replay.end_s), strict=True))
    assert (replay.damage is None) == (cut in (0, *ends) and not tail)
    assert replay.damage is None or f"byte {([0, *ends])[n]}" in str(replay.damage)


@pytest.mark.parametrize("seed", range(15))
def test_a_changed_bit_ends_the_recording_before_it(recorded: Recorded, tmp_path: Path, seed: int) -> None:
    folder, _ = recorded
    whole = bytearray((folder / BEATS).read_bytes())
    at = int(np.random.default_rng(seed).integers(len(whole)))
    ends = [end for _, end in scan(memoryview(bytes(whole)), "whole")]  # type: ignore[misc]
    whole[at] ^= 1 << (seed % 8)
    replay = Replay(_copy(folder, tmp_path, bytes(whole)))
    assert replay.damage is not None
    assert replay.end_s == 20.0 * sum(end <= at for end in ends)


def _copy(folder: Path, tmp_path: Path, beats: bytes) -> Path:
    target = tmp_path / "damaged"
    target.mkdir()
    (target / CITY).symlink_to(folder / CITY)
    (target / META).write_bytes((folder / META).read_bytes())
    (target / BEATS).write_bytes(beats)
    return target


def test_a_crash_loses_no_chunk_that_was_full(tmp_path: Path) -> None:
    """Never closed: of 150 looks in chunks of 20, those before the 140th are on disk."""
    world, _ = twin_streets(*town(), 0)
    recording = Recording(world, tmp_path / "run", chunk_beats=20)
    looks = play(recording, 150.0)
    replay = Replay(tmp_path / "run")
    assert replay.end_s == 140.0
    assert all(same(a, b) for a, b in zip(looks[:140], play(replay, 140.0), strict=True))


def test_what_is_no_recording_is_named(recorded: Recorded, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"meta\.json is missing"):
        Replay(tmp_path)
    damaged = _copy(recorded[0], tmp_path, b"")
    assert Replay(damaged).end_s == 0.0
    meta = json.loads((damaged / META).read_text())
    (damaged / META).write_text(json.dumps(meta | {"version": 99}))
    with pytest.raises(FormatError, match="version 99"):
        Replay(damaged)
    (damaged / META).write_text("{")
    with pytest.raises(FormatError, match=META):
        Replay(damaged)
    (damaged / META).write_text(json.dumps(meta))
    (damaged / BEATS).unlink()
    with pytest.raises(InputError, match="cannot be read"):
        Replay(damaged)
    with pytest.raises(InputError, match="holds a recording already"):
        Recording(Replay(recorded[0]), recorded[0])


def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path) -> None:
    class Full:
        """A file that takes half of the first chunk and then no more, once."""

        name = "beats.cbr"

        def __init__(self, file: object) -> None:
            self.file, self.failed = file, False

        def write(self, data: bytes) -> int:
            if not self.failed:
                self.failed = True
                self.file.write(data[: len(data) // 2])  # type: ignore[attr-defined]
                raise OSError(28, "No space left on device")
            return int(self.file.write(data))  # type: ignore[attr-defined]

        def __getattr__(self, name: str) -> object:
            return getattr(self.file, name)

    world, _ = twin_streets(*town(), 0)
    recording = Recording(world, tmp_path / "run", chunk_beats=5)
    recording._file = Full(recording._file)  # type: ignore[assignment]
    looks = [recording.observe(float(second)) for second in range(1, 6)]
    with pytest.raises(InputError, match="No space left"):
        recording.flush()
    looks.append(recording.observe(6.0))
    recording.close()
    replay = Replay(tmp_path / "run")
    assert replay.damage is None
    assert all(same(a, b) for a, b in zip(looks, play(replay, 6.0), strict=True))


def a_look(time_s: float, n: int) -> Observations:
    """Rows of the kinds that no simulator gives, with text, nan and all."""
    word = np.array([f"ä{i}\n" * (i % 3) for i in range(n)], object)
    number = np.linspace(-1.0, 1.0, n)
    number[::3] = np.nan
    return Observations(
        time_s,
        transit=make(TransitPositions, number, number, word, word, number, number, number, number, 0),
        parking=make(ParkingCounts, number, number, word, np.arange(n), np.arange(n), 0, 1),
        reports=make(Reports, number, number, word, word, word, number, number, 2),
        weather=make(WeatherReadings, number, number, word, number, number, number, number, 3),
    )


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.lists(st.integers(0, 3), max_size=3)), min_size=1, max_size=6))
def test_chunks_hold_all_kinds_and_any_number_of_rows(plan: list[tuple[int, list[int]]]) -> None:
    beats = [
        Beat(a_look(float(i), n), tuple(Commands(*(np.arange(k).astype(t) for t in ("i4", "i4", "f8"))) for k in asked))
        for i, (n, asked) in enumerate(plan)
    ]
    again = unpack(pack(beats)[HEAD_BYTES:], "test")
    assert all(same(a.seen, b.seen) for a, b in zip(beats, again, strict=True))
    assert [[c.signal.tolist() for c in beat.commands] for beat in again] == [
        [list(range(k)) for k in a] for _, a in plan
    ]
    assert {type(table) for table in again[0].seen.tables()} == set(DTYPES)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_bytes_that_are_no_chunk_give_one_kind_of_error(body: bytes) -> None:
    with pytest.raises(FormatError):
        unpack(body, "test")
