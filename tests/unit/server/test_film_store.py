"""Shelves for reels: the newest stay within the bounds, the oldest go, and a damaged file costs what is damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from citybrain.server.film_store import DiskStore, MemoryStore, Store
from citybrain.server.reel import HEAD_BYTES, Reel, wind

DAY_S = 86_400.0
NOW_S = 1_777_620_600.0  # 2026-05-01T07:30:00Z


def reel(first_s: float, size: int = 10) -> Reel:
    return wind([bytes(range(size))], (first_s, first_s + 59.0), 1, b"{}")


def firsts(store: Store) -> list[float]:
    return [kept.head.first_s for kept in store.reels()]


def on_disk(folder: Path, keep_s: float = 8 * DAY_S, bytes_max: int = 1 << 30) -> DiskStore:
    return DiskStore(folder, keep_s, bytes_max)


def test_memory_keeps_the_newest_within_its_age() -> None:
    store = MemoryStore(3600.0, 1 << 20)
    for k in range(120):
        store.add(reel(60.0 * k))
    assert firsts(store)[-1] == 60.0 * 119
    assert 60 <= len(firsts(store)) <= 62
    assert store.bytes == sum(kept.head.size for kept in store.reels())


def test_memory_keeps_within_its_bytes_and_always_the_newest() -> None:
    size = reel(0.0).head.size
    store = MemoryStore(1e9, 3 * size)
    for k in range(10):
        store.add(reel(60.0 * k))
        assert store.bytes <= 3 * size
    assert firsts(store) == [420.0, 480.0, 540.0]
    small = MemoryStore(1e9, 1)
    small.add(reel(0.0))
    assert firsts(small) == [0.0]


def test_what_memory_keeps_is_read_back() -> None:
    store = MemoryStore(1e9, 1 << 20)
    one = reel(60.0)
    store.add(one)
    assert store.reels()[0].read() == one


def test_disk_keeps_by_day_and_hour_and_another_run_reads_it(tmp_path: Path) -> None:
    store = on_disk(tmp_path)
    made = [reel(NOW_S + 60.0 * k) for k in range(90)]
    for one in made:
        store.add(one)
    files = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.cbr"))
    assert files == ["2026-05-01/07.cbr", "2026-05-01/08.cbr"]
    again = on_disk(tmp_path)
    assert firsts(again) == firsts(store) == [one.head.first_s for one in made]
    assert [kept.read() for kept in again.reels()] == made
    assert again.bytes == store.bytes == sum(path.stat().st_size for path in tmp_path.rglob("*.cbr"))


def test_disk_drops_whole_hours_that_are_too_old(tmp_path: Path) -> None:
    store = on_disk(tmp_path, keep_s=DAY_S)
    store.add(reel(NOW_S))
    store.add(reel(NOW_S + 0.5 * DAY_S))
    assert len(firsts(store)) == 2
    store.add(reel(NOW_S + 1.4 * DAY_S))
    assert firsts(store) == [NOW_S + 0.5 * DAY_S, NOW_S + 1.4 * DAY_S]
    store.add(reel(NOW_S + 9 * DAY_S))
    assert firsts(store) == [NOW_S + 9 * DAY_S]
    assert [path.name for path in tmp_path.iterdir()] == ["2026-05-10"], "empty days go, too"


def test_disk_drops_the_oldest_hours_beyond_its_size(tmp_path: Path) -> None:
    size = reel(0.0).head.size
    store = on_disk(tmp_path, bytes_max=2 * size)
    for k in range(5):
        store.add(reel(NOW_S + 3600.0 * k))
    assert firsts(store) == [NOW_S + 3600.0 * 3, NOW_S + 3600.0 * 4]
    assert store.bytes == 2 * size


@pytest.mark.parametrize("where", ["head", "text", "body"])
def test_a_damaged_reel_is_missed_and_its_neighbours_are_not(tmp_path: Path, where: str) -> None:
    store, size = on_disk(tmp_path), reel(NOW_S).head.size
    for k in range(3):
        store.add(reel(NOW_S + 60.0 * k))
    (path,) = tmp_path.rglob("*.cbr")
    data = bytearray(path.read_bytes())
    data[size + {"head": 9, "text": HEAD_BYTES, "body": HEAD_BYTES + 4}[where]] ^= 255
    path.write_bytes(bytes(data))
    read = {kept.head.first_s: kept.read() for kept in on_disk(tmp_path).reels()}
    assert read.get(NOW_S + 60.0) is None
    assert read[NOW_S] == reel(NOW_S)
    assert read[NOW_S + 120.0] == reel(NOW_S + 120.0)


def test_a_run_goes_on_behind_a_tail_that_a_crash_cut_off(tmp_path: Path) -> None:
    on_disk(tmp_path).add(reel(NOW_S))
    (path,) = tmp_path.rglob("*.cbr")
    whole = path.read_bytes()
    path.write_bytes(whole + whole[: len(whole) // 2])
    store = on_disk(tmp_path)
    store.add(reel(NOW_S + 60.0))
    for again in (store, on_disk(tmp_path)):
        assert [kept.read() for kept in again.reels()] == [reel(NOW_S), reel(NOW_S + 60.0)]


def test_a_file_that_went_away_is_a_gap(tmp_path: Path) -> None:
    store = on_disk(tmp_path)
    store.add(reel(NOW_S))
    (kept,) = store.reels()
    next(tmp_path.rglob("*.cbr")).unlink()
    assert kept.read() is None
