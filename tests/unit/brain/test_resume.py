"""A run that dies goes on from what it kept, to the digest of a run that did not; a recorded day repeats itself."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from _day import die, runtime

from citybrain.brain.build import make_brain
from citybrain.brain.journal import FILE
from citybrain.brain.pace import Shed
from citybrain.brain.runtime import catch_up
from citybrain.brain.storage import SNAPSHOT, read_past
from citybrain.clock import ManualClock
from citybrain.errors import InputError
from citybrain.records.digest import digest
from citybrain.settings import Settings

BEATS = 150


def whole_digest(folder: Path) -> tuple[str, float]:
    run = runtime(folder)
    run.run(run.world.time_s + BEATS)
    run.close()
    return run.brain.digest(), run.world.time_s


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, float]:
    folder = tmp_path_factory.mktemp("whole") / "day"
    return folder, *whole_digest(folder)


def test_a_fresh_brain_gets_the_same_digest_from_the_recording(whole: tuple[Path, str, float]) -> None:
    folder, digest, _ = whole
    past = read_past(folder)
    fresh = make_brain(past.replay, Settings(), ManualClock(), "again")
    for entry in past.entries.values():
        fresh.beat(past.replay.observe(entry.time_s), Shed(entry.shed))
    assert fresh.digest() == digest


@pytest.mark.parametrize("died_at", [20, 61, 100, 149])
def test_after_a_crash_the_end_is_that_of_a_run_without_one(
    tmp_path: Path, whole: tuple[Path, str, float], died_at: int
) -> None:
    first = runtime(tmp_path / "day")
    first.run(first.world.time_s + died_at)
    die(first)
    second = runtime(tmp_path / "day", resume=True)
    assert second.world.time_s <= first.world.time_s
    second.run(whole[2])
    second.close()
    assert second.brain.digest() == whole[1]
    assert read_past(tmp_path / "day").end_s == whole[2]


def test_the_newest_snapshot_spares_the_beats_before_it(whole: tuple[Path, str, float]) -> None:
    past = read_past(whole[0])
    assert past.state is not None
    assert past.snapshot_s == past.end_s
    brain = make_brain(past.replay, Settings(), ManualClock(), "again")
    assert catch_up(brain, past) is None, "no beat was left to repeat"
    assert brain.digest() == whole[1]


def test_a_damaged_snapshot_is_passed_over(tmp_path: Path, whole: tuple[Path, str, float]) -> None:
    run = runtime(tmp_path / "day")
    run.run(run.world.time_s + 100)
    die(run)
    newest = max((tmp_path / "day" / "snapshots").iterdir())
    data = bytearray(newest.read_bytes())
    data[len(data) // 2] ^= 1
    newest.write_bytes(data)
    second = runtime(tmp_path / "day", resume=True)
    second.run(whole[2])
    second.close()
    assert second.brain.digest() == whole[1]


def test_what_was_left_out_is_left_out_again(tmp_path: Path) -> None:
    clock = ManualClock()
    run = runtime(tmp_path / "day", clock=clock, speed=1.0)
    run.run(run.world.time_s + 60.0, lambda beat: clock.advance(2.5))
    run.close()
    sheds = {json.loads(line)["shed"] for line in (tmp_path / "day" / FILE).read_text().splitlines()}
    assert sheds == {0, 1, 3, 7}
    past = read_past(tmp_path / "day")
    fresh = make_brain(past.replay, Settings(), ManualClock(), "again")
    for entry in past.entries.values():
        fresh.beat(past.replay.observe(entry.time_s), Shed(entry.shed))
    assert fresh.digest() == run.brain.digest()


def test_a_recording_is_not_written_over(tmp_path: Path) -> None:
    run = runtime(tmp_path / "day")
    run.run(run.world.time_s + 2.0)
    run.close()
    with pytest.raises(InputError, match="holds a recording already"):
        runtime(tmp_path / "day")


def test_resume_needs_a_folder_and_begins_anew_where_there_is_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--record"):
        runtime(None, resume=True)
    run = runtime(tmp_path / "new", resume=True)
    assert run.brain.memory.beats == 0
    run.close()


def test_a_beat_that_breaks_off_leaves_no_memory_behind(tmp_path: Path, whole: tuple[Path, str, float]) -> None:
    """An error in the middle of a beat: the memory is that of no moment, and no snapshot of it may be found."""
    run = runtime(tmp_path / "day")
    kept_s = run.world.time_s + 60.0  # the last beat of a chunk, with a snapshot
    run.run(kept_s)

    def broken(*_: object) -> None:
        raise KeyboardInterrupt

    run.brain._publish = broken  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        run.step()
    run.close()
    past = read_past(tmp_path / "day")
    assert (past.snapshot_s, past.end_s) == (kept_s, kept_s)
    second = runtime(tmp_path / "day", resume=True)
    second.run(whole[2])
    second.close()
    assert second.brain.digest() == whole[1]


def test_a_run_that_is_told_to_stop_ends_between_beats(tmp_path: Path, whole: tuple[Path, str, float]) -> None:
    run = runtime(tmp_path / "day")
    begin_s = run.world.time_s
    run.run(whole[2], stopped=lambda: run.world.time_s >= begin_s + 33.0)
    assert run.world.time_s == begin_s + 33.0
    run.close()
    past = read_past(tmp_path / "day")
    assert (past.end_s, past.snapshot_s) == (begin_s + 33.0, begin_s + 33.0)


def test_beats_go_on_while_a_snapshot_is_on_its_way_and_the_next_follows_it(tmp_path: Path) -> None:
    """A disk that hangs costs no beat; as soon as it takes something again, it gets the memory of that beat."""
    run, go_on = runtime(tmp_path / "day"), threading.Event()
    assert run.storage is not None
    writer = run.storage.snapshots
    disk = writer._snapshots
    write = disk.write
    disk.write = lambda name, frozen: (go_on.wait(60.0), write(name, frozen))[1]  # type: ignore[method-assign]
    run.run(run.world.time_s + 95.0)
    assert (writer.busy, run.owed) == (True, True)
    assert not list((tmp_path / "day" / "snapshots").glob("*.snap"))
    go_on.set()
    writer.finish()
    assert run.step().time_s == run.world.time_s
    assert not run.owed
    writer.finish()
    found = disk.load(SNAPSHOT)
    assert found is not None
    assert found.number == 2
    assert found.state["time_s"] == run.world.time_s
    assert digest(found.state["brain"]) == run.brain.digest()
    die(run)
    past = read_past(tmp_path / "day")
    assert past.snapshot_s == run.world.time_s


def test_as_many_snapshots_stay_as_the_settings_say(tmp_path: Path) -> None:
    run = runtime(tmp_path / "day", settings=replace(Settings(), snapshots_keep=2))
    assert run.storage is not None
    for _ in range(4):
        run.run(run.world.time_s + 30.0)
        run.storage.snapshots.finish()
    assert len(list((tmp_path / "day" / "snapshots").glob("*.snap"))) == 2
    die(run)
