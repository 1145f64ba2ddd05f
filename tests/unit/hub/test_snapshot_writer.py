"""Snapshots beside the beat: kept is the state of the moment, one at a time; a crash costs only the newest."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from citybrain.hub.snapshot import Frozen, Loaded, Snapshots
from citybrain.hub.snapshot_writer import UNPREPARED, SnapshotWriter
from citybrain.records.digest import digest


class Slow(Snapshots):
    """A disk that takes what it gets when it is told to, or refuses it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.go_on = threading.Event()
        self.refusal: OSError | None = None

    def write(self, name: str, frozen: Frozen) -> Loaded:
        assert self.go_on.wait(30.0)
        if self.refusal is not None:
            raise self.refusal
        return super().write(name, frozen)


def state_of(n: int) -> dict[str, Any]:
    rng = np.random.default_rng(n)
    table = np.array([(1, [2.0, 3.0])] * n, dtype=[("a", "<i4"), ("b", "<f8", (2,))])
    return {
        "floats": rng.random((n, 3)),
        "turned": np.arange(6 * n).reshape(-1, 3).T,
        "none": np.zeros((0, 4)),
        "one": np.array(7.0),
        "times": np.zeros(n, "M8[s]"),
        "table": table,
        "bytes": b"\0\1" * n,
        "text": np.array(["a", "bc"], object),
        "chance": rng,
        "plain": [None, 2**80, float("nan"), ("x", {1: 2.5})],
    }


def spoil(state: dict[str, Any]) -> None:
    """What the next beats do to a state."""
    for name in ("floats", "turned", "one"):
        state[name][...] = -1
    state["table"]["a"] = 9
    state["times"] += 1
    state["chance"].random(7)
    state["plain"].append("more")
    state["plain"][3][1][1] = 0.0


def test_what_is_kept_is_the_state_of_the_moment(tmp_path: Path) -> None:
    disk = Slow(tmp_path)
    writer, state = SnapshotWriter(disk, "brain"), state_of(50)
    before = digest(state)
    assert writer.offer(lambda: state)
    spoil(state)
    assert digest(state) != before
    disk.go_on.set()
    writer.finish()
    loaded = Snapshots(tmp_path).load("brain")
    assert loaded is not None
    assert writer.newest is not None
    assert digest(loaded.state) == loaded.digest == writer.newest.digest == before
    assert Snapshots(tmp_path).save("whole", loaded.state).digest == before, "as if it had been saved in the beat"


def test_one_at_a_time_and_what_is_passed_over_costs_nothing(tmp_path: Path) -> None:
    disk = Slow(tmp_path)
    writer = SnapshotWriter(disk, "brain")
    assert writer.offer(lambda: {"beat": 1})
    assert writer.busy
    for _ in range(3):
        assert not writer.offer(lambda: pytest.fail("the state of a snapshot that is passed over is not asked for"))
    assert writer.passed_over == 3
    assert sum(thread.name == "snapshot" for thread in threading.enumerate()) == 1
    disk.go_on.set()
    writer.finish()
    assert not writer.busy
    assert writer.offer(lambda: {"beat": 2})
    writer.finish()
    loaded = Snapshots(tmp_path).load("brain")
    assert loaded is not None
    assert (loaded.state, loaded.number) == ({"beat": 2}, 2)


def test_states_that_grow_and_shrink_share_one_buffer(tmp_path: Path) -> None:
    writer, rooms = SnapshotWriter(Snapshots(tmp_path), "brain"), set()
    for n in (50, 60, 10, 0, 61):
        state = state_of(n)
        writer.offer(lambda state=state: state)
        writer.finish()
        loaded = Snapshots(tmp_path).load("brain")
        assert loaded is not None
        assert digest(loaded.state) == digest(state_of(n))
        rooms.add(id(writer._room))
    assert len(rooms) == 1, "a buffer for each state would be a state more in memory each time"


def test_a_large_state_waits_for_a_buffer_that_is_made_beside_the_beat(tmp_path: Path) -> None:
    """The first copy into fresh memory is slow: no beat pays for it, and nothing is lost but a beat."""
    writer, size = SnapshotWriter(Snapshots(tmp_path), "brain"), UNPREPARED // 8 + 1
    assert not writer.offer(lambda: {"beat": 1, "many": np.arange(size)})
    writer.finish()
    assert Snapshots(tmp_path).load("brain") is None
    assert writer.offer(lambda: {"beat": 2, "many": np.arange(size)})
    writer.finish()
    assert writer.offer(lambda: {"beat": 3, "many": np.arange(size + 99)}), "room to grow is made with it"
    writer.finish()
    assert not writer.offer(lambda: {"beat": 4, "many": np.arange(2 * size)})
    assert writer.offer(lambda: {"beat": 5, "many": np.arange(2 * size)}, at_once=True), "the last one is always kept"
    writer.finish()
    loaded = Snapshots(tmp_path).load("brain")
    assert loaded is not None
    assert loaded.state["beat"] == 5
    assert (loaded.state["many"] == np.arange(2 * size)).all()
    assert writer.passed_over == 2


def test_what_the_disk_refuses_is_told_at_the_next_one_and_the_older_stays(tmp_path: Path) -> None:
    disk = Slow(tmp_path)
    disk.go_on.set()
    writer = SnapshotWriter(disk, "brain")
    writer.offer(lambda: {"beat": 1})
    writer.finish()
    disk.refusal = OSError(28, "No space left on device")
    assert writer.offer(lambda: {"beat": 2})
    with pytest.raises(OSError, match="No space left"):
        writer.finish()
    writer.finish()  # told once
    disk.refusal = None
    loaded = disk.load("brain")
    assert loaded is not None
    assert loaded.state == {"beat": 1}
    writer.offer(lambda: {"beat": 3})
    writer.finish()
    again = disk.load("brain")
    assert again is not None
    assert again.state == {"beat": 3}


KILLED = """
import os, sys
from pathlib import Path
import numpy as np
from citybrain.hub.snapshot import Snapshots
from citybrain.hub.snapshot_writer import SnapshotWriter
writer = SnapshotWriter(Snapshots(Path(sys.argv[1])), "brain")
writer.offer(lambda: {"beat": 1, "many": np.arange(100_000)})
writer.finish()
os.fsync = lambda _: os._exit(9)  # written, and nothing of it is safe
writer.offer(lambda: {"beat": 2, "many": np.zeros(100_000)})
writer.finish()
"""


def test_a_crash_half_way_leaves_the_one_before(tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False, timeout=120)
    assert ended.returncode == 9
    assert [path.suffix for path in sorted(tmp_path.iterdir())] == [".snap", ".tmp"]
    loaded = Snapshots(tmp_path).load("brain")
    assert loaded is not None
    assert loaded.state["beat"] == 1
    assert loaded.state["many"].tolist() == list(range(100_000))
    assert [path.suffix for path in tmp_path.iterdir()] == [".snap"]
