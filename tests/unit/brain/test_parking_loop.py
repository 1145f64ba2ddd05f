"""From the streets to the hub: what is published of parking is what was reported, after a crash as without one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from _day import die, runtime, streets, town

from citybrain.brain.build import make_brain
from citybrain.brain.loop import Brain, counts
from citybrain.brain.pace import Shed
from citybrain.brain.storage import read_past
from citybrain.clock import ManualClock
from citybrain.hub.encode import from_tree, to_tree
from citybrain.records.observations import Observations, ParkingCounts, Quality, make
from citybrain.settings import Settings


def brain(settings: Settings | None = None) -> Brain:
    return make_brain(streets(), settings or Settings(), ManualClock(), "test")


def look(time_s: float, *rows: tuple[str, int, int]) -> Observations:
    if not rows:
        return Observations(time_s)
    names, free, spaces = (np.array(column) for column in zip(*rows, strict=True))
    parking = make(ParkingCounts, time_s, time_s, names.astype(object), free, spaces, 0, 0)
    return Observations(time_s, parking=parking)


def free_of(brain: Brain, name: str, now_s: float) -> tuple[float, Quality]:
    value = brain.board.hub.latest(f"{brain.board.name}/parking/{name.lower()}.free", now_s)
    return value.value, value.quality


def test_what_the_twins_car_parks_report_is_published() -> None:
    world, watcher = streets(), brain()
    newest: dict[str, tuple[float, int]] = {}
    for second in range(1, 131):
        seen = world.observe(float(second))
        rows = seen.parking
        newest |= {
            name: (t, f) for name, t, f in zip(rows.facility.tolist(), rows.time_s, rows.free.tolist(), strict=True)
        }
        watcher.beat(seen)
    assert set(newest) == set(town()[0].parking.parking_id)
    for name, (_, free) in newest.items():
        assert free_of(watcher, name, 130.0) == (free, Quality.MEASURED)
    whole = watcher.board.hub.latest(f"{watcher.board.name}/all/parking_free", 130.0)
    assert whole.value == sum(free for _, free in newest.values())


def test_rows_that_come_twice_or_late_change_nothing() -> None:
    once, twice = brain(), brain()
    one, other = look(60.0, ("P1", 40, 100), ("X", 3, 4)), look(120.0, ("P1", 35, 100), ("X", 2, 4))
    for seen in (one, other, look(121.0)):
        once.beat(seen)
    for seen in (one, other, replace(other, time_s=121.0), replace(one, time_s=122.0)):
        twice.beat(seen)
    for name in ("P1", "X"):
        assert free_of(once, name, 122.0) == free_of(twice, name, 122.0)
    assert twice.memory.order.counts.duplicates == 4


def test_silence_shows_after_the_places_own_time() -> None:
    watcher = brain()
    for time_s in (60.0, 120.0, 180.0, 240.0):
        watcher.beat(look(time_s, ("P1", int(time_s) // 10, 100)))
    watcher.beat(look(240.0 + 180.0))
    assert free_of(watcher, "P1", 420.0) == (24.0, Quality.MEASURED)
    watcher.beat(look(240.0 + 181.0))
    assert free_of(watcher, "P1", 421.0) == (24.0, Quality.STALE)
    assert watcher.board.hub.latest(f"{watcher.board.name}/all/parking_free", 421.0).quality == Quality.UNKNOWN


def test_what_is_beyond_the_limit_and_what_cannot_be_is_told() -> None:
    few = brain(Settings(parking_max=len(town()[0].parking.parking_id) + 1))
    few.beat(look(60.0, ("A", 1, 2), ("B", 1, 2), ("P1", 9, 4)))
    found = counts(few.memory)
    assert (found["parking_left_out"], found["parking_implausible"]) == (1, 1)


def test_a_snapshot_goes_on_to_the_same_memory_and_the_same_hub() -> None:
    rows = [look(60.0 * k, ("P1", 100 - k, 100), (f"X{k % 3}", k, 50)) for k in range(1, 30)]
    whole, first, second = brain(), brain(), brain()
    for seen in rows:
        whole.beat(seen)
    for seen in rows[:17]:
        first.beat(seen)
    arrays: list[np.ndarray] = []
    tree = to_tree(first.state(), arrays)
    second.restore(from_tree(tree, [array.copy() for array in arrays]))
    for seen in rows[17:]:
        second.beat(seen)
    assert second.digest() == whole.digest()
    pattern = f"{whole.board.name}/parking/*"
    entries = whole.board.hub.catalogue.find(pattern)
    assert entries == second.board.hub.catalogue.find(pattern)
    for entry in entries:
        mine, theirs = (one.board.hub.latest(entry.address, 1740.0) for one in (whole, second))
        assert mine.quality == theirs.quality, entry.address
        assert np.array_equal([mine.time_s, mine.value], [theirs.time_s, theirs.value], equal_nan=True), entry.address


def test_after_a_crash_car_parks_are_as_without_one(tmp_path: Path) -> None:
    folder, beats = tmp_path / "day", 140
    first = runtime(folder)
    first.run(first.world.time_s + 100)
    die(first)
    second = runtime(folder, resume=True)
    second.run(first.world.time_s - 100 + beats)
    second.close()
    past = read_past(folder)
    fresh = make_brain(past.replay, Settings(), ManualClock(), "again")
    for entry in past.entries.values():
        fresh.beat(past.replay.observe(entry.time_s), Shed(entry.shed))
    assert np.isfinite(fresh.memory.parking.reported_s).all(), "the recorded day holds the reports"
    assert fresh.digest() == second.brain.digest()


def test_a_city_whose_register_has_changed_begins_parking_anew() -> None:
    first, second = brain(), brain()
    first.beat(look(60.0, ("P1", 1, 9)))
    kept = first.state()
    kept["parking"] = replace(kept["parking"], facility=("other", *kept["parking"].facility[1:]))
    second.restore(kept)
    assert np.isnan(second.memory.parking.reported_s).all()
    second.beat(look(61.0, ("P1", 2, 9)))
    assert free_of(second, "P1", 61.0)[0] == 2.0
