"""Files of the history by their names: found again, chosen by time, replaced and dropped as whole days."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citybrain.errors import InputError
from citybrain.hub.chunks import Chunk, Chunks, Shelf, day_of, days_between, first_kept_day, overlapping

DAY_S = 86_400.0
SHELF = Shelf("c", "1970-01-02", "all", "indicators")


def put(chunks: Chunks, shelf: Shelf, span_ms: tuple[int, int], level: int = 0, number: int | None = None) -> Chunk:
    made = chunks.path_for(shelf, level, span_ms, chunks.next_number() if number is None else number)
    made.path.write_bytes(b"x")
    chunks.replace(made)
    return made


def spans(*pairs: tuple[int, int]) -> list[Chunk]:
    return [Chunk(SHELF, 0, a, b, k, Path("x")) for k, (a, b) in enumerate(pairs)]


@pytest.mark.parametrize("stem", ["indicators", "speed", "a.b", "a.0.1-2.3", "x-1-2"])
@pytest.mark.parametrize("span_ms", [(0, 0), (-5, 7), (-9, -3), (86_400_000, 172_799_999)])
def test_a_chunk_is_known_again_by_its_name(tmp_path: Path, stem: str, span_ms: tuple[int, int]) -> None:
    made = put(Chunks(tmp_path), Shelf("city.1", "1970-01-02", "area-2", stem), span_ms, 3, 77)
    again = Chunks(tmp_path)
    assert list(again) == [made]
    assert (again.number, again.next_number()) == (77, 78)


def test_names_that_are_no_chunks_are_passed_over(tmp_path: Path) -> None:
    made = put(Chunks(tmp_path), SHELF, (0, 1))
    for name in ("a.parquet", "indicators.0.0-1.parquet", "indicators.x.0-1.2.parquet", "indicators.10.0-1.2.parquet"):
        (made.path.parent / name).write_bytes(b"x")
    other = tmp_path / "c" / "yesterday" / "all"
    other.mkdir(parents=True)
    (other / "indicators.0.0-1.2.parquet").write_bytes(b"x")
    (tmp_path / "indicators.0.0-1.9.parquet").write_bytes(b"x")
    assert list(Chunks(tmp_path)) == [made]


@pytest.mark.parametrize("place", ["x.tmp/1970-01-02/all", "c/1970-01-02/x.tmp"])
def test_a_city_or_area_may_be_named_like_a_half_written_file(tmp_path: Path, place: str) -> None:
    """Only files are left over by a crash: a folder of such a name is somebody's data."""
    city, day, area = place.split("/")
    made = put(Chunks(tmp_path), Shelf(city, day, area, "indicators"), (0, 1))
    half = made.path.with_name(made.path.name + ".tmp")
    half.write_bytes(b"half")
    assert list(Chunks(tmp_path)) == [made]
    assert not half.exists()


@settings(deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 10**4), st.integers(0, 10**6), st.integers(1, 10**4))
def test_a_chunk_meets_a_span_when_some_moment_may_lie_in_both(first: int, more: int, begin: int, length: int) -> None:
    """first..last are whole milliseconds around its times: a time up to one behind `last` may be rounded into it."""
    (chunk,) = spans((first, first + more))
    found = chunk.meets(begin / 1000.0, (begin + length) / 1000.0)
    touching = first < begin + length and begin < first + more + 1
    assert found == touching or abs(begin - (first + more + 1)) + abs(first - (begin + length)) < 1


def test_days_begin_at_midnight() -> None:
    assert [day_of(t) for t in (0.0, DAY_S - 0.001, DAY_S)] == ["1970-01-01", "1970-01-01", "1970-01-02"]
    assert days_between(0.0, DAY_S) == ("1970-01-01", "1970-01-01"), "the end is outside"
    assert days_between(0.0, DAY_S + 0.001) == ("1970-01-01", "1970-01-02")
    assert days_between(DAY_S, DAY_S) == ("1970-01-02", "1970-01-02")


def test_as_many_days_are_kept_as_is_said_beside_today() -> None:
    now_s = 10 * DAY_S + 5.0
    assert first_kept_day(now_s, 1) == day_of(9 * DAY_S)
    assert first_kept_day(now_s, 10) == first_kept_day(now_s, 99_999) == "1970-01-01"
    for days in (0, -3):
        with pytest.raises(InputError, match=f"history of {days} days; expected at least 1"):
            first_kept_day(now_s, days)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 12)), max_size=6))
def test_chunks_overlap_when_two_share_a_millisecond(pairs: list[tuple[int, int]]) -> None:
    chunks = spans(*sorted((first, first + more) for first, more in pairs))
    covered = [set(range(c.first_ms, c.last_ms + 1)) for c in chunks]
    shared = any(covered[i] & covered[j] for i in range(len(covered)) for j in range(i))
    assert overlapping(chunks) == shared


def test_those_of_a_span_are_chosen_by_data_set_day_and_time(tmp_path: Path) -> None:
    chunks = Chunks(tmp_path)
    day_ms = int(DAY_S * 1000)
    made = {}
    for k, (city, area, stem) in enumerate((("c", "all", "i"), ("c", "all", "j"), ("c", "n", "i"), ("d", "all", "i"))):
        for day in range(3):
            first = day * day_ms + 1000 * k
            made[city, area, stem, day] = put(
                chunks, Shelf(city, day_of(day * DAY_S), area, stem), (first, first + 500)
            )
    asked = chunks.select("c", "all", "i", (0.0, 3 * DAY_S))
    assert asked == [made["c", "all", "i", day] for day in range(3)]
    assert chunks.select("c", "all", "i", (DAY_S, 2 * DAY_S)) == [made["c", "all", "i", 1]]
    assert chunks.select("c", "all", "i", (DAY_S + 0.501, 2 * DAY_S)) == []
    assert chunks.select("c", "all", "k", (0.0, 3 * DAY_S)) == []
    assert chunks.select("c", "n", "i", (2.0, 2.001)) == [made["c", "n", "i", 0]]


def test_a_replaced_chunk_is_gone_and_the_order_is_that_of_numbers(tmp_path: Path) -> None:
    chunks = Chunks(tmp_path)
    parts = [put(chunks, SHELF, (k, k)) for k in range(4)]
    merged = chunks.path_for(SHELF, 1, (0, 2), parts[2].number)
    merged.path.write_bytes(b"x")
    chunks.replace(merged, tuple(parts[:3]))
    assert chunks.on(SHELF) == [merged, parts[3]] == Chunks(tmp_path).on(SHELF)
    assert sorted(path.name for path in merged.path.parent.iterdir()) == sorted(
        chunk.path.name for chunk in (merged, parts[3])
    )
    assert chunks.on(Shelf("c", "1970-01-02", "all", "other")) == []


def test_days_are_dropped_whole_and_no_empty_folder_stays(tmp_path: Path) -> None:
    chunks = Chunks(tmp_path)
    for day in (1, 2, 3):
        for area in ("all", "north"):
            put(chunks, Shelf("c", f"1970-01-0{day}", area, "i"), (0, 1))
    put(chunks, Shelf("d", "1970-01-01", "all", "i"), (0, 1))
    (tmp_path / "c" / "1970-01-02" / "north" / "notes.txt").write_text("somebody's")
    assert chunks.drop_before("1970-01-03") == 5
    assert {chunk.shelf.day for chunk in chunks} == {"1970-01-03"}
    left = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_dir())
    assert left == [
        "c",
        "c/1970-01-02",
        "c/1970-01-02/north",
        "c/1970-01-03",
        *(f"c/1970-01-03/{a}" for a in ("all", "north")),
    ]
    assert chunks.drop_before("1970-01-03") == 0
    assert len(list(Chunks(tmp_path))) == 2


def test_a_file_that_somebody_took_away_does_not_stop_the_dropping(tmp_path: Path) -> None:
    chunks = Chunks(tmp_path)
    put(chunks, SHELF, (0, 1)).path.unlink()
    put(chunks, SHELF, (2, 3))
    assert chunks.drop_before("1971-01-01") == 2
    assert list(tmp_path.iterdir()) == []
