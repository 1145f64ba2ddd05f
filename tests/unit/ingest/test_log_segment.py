"""One file of the log: what was committed is read, what was not is not, and every damage is told in its place."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citybrain.ingest import log_segment
from citybrain.ingest.log_batch import Batch, Damage, Logged
from citybrain.ingest.log_segment import (
    MAKING,
    UNKNOWN,
    FileOptions,
    Header,
    Segment,
    SegmentReader,
    first_of,
    parts_of,
    remove,
    segment_path,
    segment_paths,
    size_of,
)

OPTIONS = FileOptions(ballast_bytes=0, synchronous="OFF")


def batch(k: int, size: int = 10) -> Batch:
    return Batch(f"camera {k % 3}", "passage", 1000.0 + k, k, bytes([k % 256]) * size, f"key {k}")


def a_segment(folder: Path, first: int = 1, n: int = 0, size: int = 10) -> Segment:
    segment = Segment.create(segment_path(folder, first), Header(first, first - 1, 5.0), OPTIONS)
    segment.begin()
    for k in range(first, first + n):
        segment.insert(k, batch(k, size))
    segment.commit()
    return segment


def edit(path: Path, text: str, *values: object) -> None:
    """Change a closed file behind the log's back."""
    with sqlite3.connect(path) as db:
        db.execute(text, values)
    db.close()


def read(path: Path, after: int = 0, last: int | None = None) -> list[int | str]:
    """Sequences in order; a damaged one as text."""
    reader = SegmentReader(path)
    rows = list(reader.rows(after, last))
    reader.close()
    return [row.sequence if isinstance(row, Logged) else f"{row.first}: {row.found}" for row in rows]


@settings(deadline=None)
@given(st.integers(0, 10**19 - 1))
def test_a_file_is_named_by_its_first_sequence_and_sorts_by_it(first: int) -> None:
    path = segment_path(Path("folder"), first)
    assert first_of(path) == first
    assert len(path.name) == len(segment_path(Path("folder"), 0).name)


def test_files_are_listed_oldest_first_and_others_passed_over(tmp_path: Path) -> None:
    for first in (100, 9, 1_000_000):
        segment_path(tmp_path, first).write_bytes(b"")
    for name in (MAKING, "notes.log.sqlite", "0000001.log.sqlite-wal", "writer.lock", "-5.log.sqlite"):
        (tmp_path / name).write_bytes(b"")
    assert [first_of(path) for path in segment_paths(tmp_path)] == [9, 100, 1_000_000]


def test_what_is_removed_leaves_nothing_and_removing_twice_is_no_error(tmp_path: Path) -> None:
    path = segment_path(tmp_path, 1)
    for k, part in enumerate(parts_of(path)):
        part.write_bytes(bytes(10 * (k + 1)))
    (tmp_path / "other").write_bytes(b"x")
    assert size_of(path) == 10 + 20 + 30 + 40
    remove(path)
    remove(path)
    assert [each.name for each in tmp_path.iterdir()] == ["other"]
    assert size_of(path) == 0


def test_a_file_gets_its_name_when_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_segment.os, "replace", lambda *_: (_ for _ in ()).throw(OSError(5, "no")))
    with pytest.raises(OSError, match="no"):
        a_segment(tmp_path)
    assert segment_paths(tmp_path) == []
    monkeypatch.undo()
    a_segment(tmp_path).close()
    assert [path.name for path in tmp_path.iterdir()] == [segment_path(tmp_path, 1).name]


@pytest.mark.parametrize("header", [Header(1, 0, 5.0), Header(2**62, UNKNOWN, 1e300), Header(7, 6, -0.0)])
def test_a_header_comes_back(tmp_path: Path, header: Header) -> None:
    path = segment_path(tmp_path, header.first)
    Segment.create(path, header, OPTIONS).close()
    reader = SegmentReader(path)
    assert reader.header() == header
    assert (reader.last(), reader.newest_s(), list(reader.rows(0, None))) == (None, None, [])
    reader.close()


@pytest.mark.parametrize("column", ["first", "follows", "made_s", "crc"])
@pytest.mark.parametrize("value", [8, "x", 2**62, b"\xff"])
def test_a_header_that_was_changed_is_none(tmp_path: Path, column: str, value: object) -> None:
    path = segment_path(tmp_path, 1)
    Segment.create(path, Header(1, 0, 5.0), OPTIONS).close()
    edit(path, f"UPDATE segment SET {column} = ?", value)
    reader = SegmentReader(path)
    assert reader.header() is None
    reader.close()


def test_a_header_that_is_gone_is_none(tmp_path: Path) -> None:
    for k, text in enumerate(("DELETE FROM segment", "DROP TABLE segment"), 1):
        path = segment_path(tmp_path, k)
        Segment.create(path, Header(k, 0, 5.0), OPTIONS).close()
        edit(path, text)
        reader = SegmentReader(path)
        assert reader.header() is None
        reader.close()


def test_what_was_not_committed_is_not_there(tmp_path: Path) -> None:
    segment = a_segment(tmp_path, n=3)
    segment.begin()
    segment.insert(4, batch(4))
    assert read(segment.path) == [1, 2, 3], "beside its writer"
    assert segment.last == 4, "the writer sees its own row"
    segment.close()  # without a commit
    assert read(segment.path) == [1, 2, 3]


@pytest.mark.parametrize("n", [1, 63, 64, 65, 130])
def test_rows_come_in_order_from_any_place_to_any_place(tmp_path: Path, n: int) -> None:
    """Around the number that is fetched at once."""
    first = 41
    path = a_segment(tmp_path, first, n).path
    end = first + n - 1
    assert read(path) == list(range(first, end + 1))
    for after in (0, first - 1, first, first + 62, first + 63, first + 64, end - 1, end, end + 9):
        assert read(path, after) == [k for k in range(first, end + 1) if k > after]
        for last in (first, end - 1):
            assert read(path, after, last) == [k for k in range(first, last + 1) if k > after]


def test_large_rows_are_fetched_a_few_at_a_time_and_none_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_segment, "_CHUNK_BYTES", 2500)
    path = a_segment(tmp_path, 1, 20, 1000).path
    reader = SegmentReader(path)
    found, reached = reader._fetch(1, 20)
    assert (sorted(found), reached) == ([1, 2, 3], 3)
    reader.close()
    assert read(path) == list(range(1, 21))
    edit(path, "DELETE FROM batch WHERE sequence IN (3, 4, 5)")
    assert read(path) == [1, 2, "3: missing", "4: missing", "5: missing", *range(6, 21)]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("DELETE FROM batch WHERE sequence = 5", "missing"),
        ("UPDATE batch SET payload = x'00' WHERE sequence = 5", "checksum"),
        ("UPDATE batch SET payload = 'text' WHERE sequence = 5", "checksum"),
        ("UPDATE batch SET source = 'other' WHERE sequence = 5", "checksum"),
        ("UPDATE batch SET source = 7 WHERE sequence = 5", "checksum"),
        ("UPDATE batch SET source = x'ff' WHERE sequence = 5", "checksum"),
        ("UPDATE batch SET source = CAST(x'ff' AS TEXT) WHERE sequence = 5", "unreadable"),
        ("UPDATE batch SET key = NULL WHERE sequence = 5", "checksum"),
        ("UPDATE batch SET kind = 'count' WHERE sequence = 5", "checksum"),
        ("UPDATE batch SET received_s = received_s + 1e-9 * 256 WHERE sequence = 5", "checksum"),
        ("UPDATE batch SET n_rows = 99 WHERE sequence = 5", "checksum"),
        ("UPDATE batch SET n_rows = -1 WHERE sequence = 5", "checksum"),
        ("UPDATE batch SET crc = crc + 1 WHERE sequence = 5", "checksum"),
    ],
)
def test_a_row_that_was_changed_is_told_and_costs_no_other(tmp_path: Path, change: str, told: str) -> None:
    segment = a_segment(tmp_path, 1, 9)
    segment.close()
    edit(segment.path, change)
    found = read(segment.path)
    assert [row for row in found if isinstance(row, int)] == [1, 2, 3, 4, 6, 7, 8, 9]
    assert str(found[4]).startswith(f"5: {told}")


def test_two_rows_that_changed_places_are_both_damaged(tmp_path: Path) -> None:
    """A checksum holds for its own sequence alone."""
    segment = a_segment(tmp_path, 1, 3)
    segment.close()
    for a, b in ((2, 99), (3, 2), (99, 3)):
        edit(segment.path, "UPDATE batch SET sequence = ? WHERE sequence = ?", b, a)
    assert read(segment.path) == [1, "2: checksum does not match", "3: checksum does not match"]


def test_a_lost_end_is_told_only_to_who_knows_of_it(tmp_path: Path) -> None:
    segment = a_segment(tmp_path, 1, 4)
    segment.close()
    edit(segment.path, "DELETE FROM batch WHERE sequence > 2")
    assert read(segment.path) == [1, 2]
    assert read(segment.path, 0, 4) == [1, 2, "3: missing", "4: missing"]


def test_a_key_is_found_for_its_source_and_up_to_where_rows_count(tmp_path: Path) -> None:
    segment = a_segment(tmp_path, 1, 5)
    reader = SegmentReader(segment.path)
    for find in (segment.find, lambda source, key: reader.find(source, key, None)):
        assert find("camera 2", "key 2") == 2
        assert find("camera 1", "key 2") is None
        assert find("camera 2", "key 9") is None
    assert [reader.find("camera 2", "key 5", last) for last in (4, 5)] == [None, 5]
    reader.close()
    segment.close()


def test_a_damaged_row_does_not_keep_its_repetition_out(tmp_path: Path) -> None:
    segment = a_segment(tmp_path, 1, 3)
    edit(segment.path, "UPDATE batch SET n_rows = 99 WHERE sequence = 2")
    assert segment.find("camera 2", "key 2") is None
    segment.begin()
    segment.insert(4, batch(2))
    segment.commit()
    assert segment.find("camera 2", "key 2") == 4
    segment.close()
    assert read(segment.path) == [1, "2: checksum does not match", 3, 4]


@settings(max_examples=25, deadline=None)
@given(
    st.builds(
        Batch,
        st.text(st.characters(codec="utf-8"), max_size=8),
        st.text(st.characters(codec="utf-8"), max_size=8),
        st.floats(allow_nan=False, allow_infinity=False),
        st.integers(0, 2**62 - 1),
        st.binary(max_size=40),
        st.one_of(st.none(), st.text(st.characters(codec="utf-8"), max_size=8)),
    ),
    st.integers(1, 2**62),
)
def test_any_batch_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, given_: Batch, sequence: int) -> None:
    folder = tmp_path_factory.mktemp("log")
    segment = a_segment(folder, sequence)
    segment.begin()
    segment.insert(sequence, given_)
    segment.commit()
    segment.close()
    reader = SegmentReader(segment.path)
    (found,) = reader.rows(0, None)
    assert found == Logged(sequence, given_)
    if given_.key is not None:
        assert reader.find(given_.source, given_.key, None) == sequence
    reader.close()


def test_a_zero_with_a_minus_is_a_zero(tmp_path: Path) -> None:
    """SQLite keeps no minus of a zero: the row is whole all the same."""
    segment = a_segment(tmp_path)
    segment.begin()
    segment.insert(1, replace(batch(1), received_s=-0.0))
    segment.commit()
    segment.close()
    assert read(segment.path) == [1]


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0" + bytes(84), b"no database at all" * 100])
def test_what_is_no_database_is_refused_at_once_or_has_nothing(tmp_path: Path, content: bytes) -> None:
    path = segment_path(tmp_path, 1)
    path.write_bytes(content)
    try:
        reader = SegmentReader(path)
    except sqlite3.Error:
        return
    assert (reader.header(), reader.last(), reader.newest_s(), reader.find("s", "k", None)) == (None,) * 4
    assert list(reader.rows(0, None)) == []
    assert [row.found[:10] for row in reader.rows(0, 2) if isinstance(row, Damage)] == ["unreadable"] * 2
    reader.close()


def test_a_reader_never_makes_a_file(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.Error):
        SegmentReader(segment_path(tmp_path, 1))
    assert list(tmp_path.iterdir()) == []


def test_a_reader_changes_nothing(tmp_path: Path) -> None:
    segment = a_segment(tmp_path, 1, 3)
    reader = SegmentReader(segment.path)
    with pytest.raises(sqlite3.Error, match="readonly"):
        reader._db.execute("DELETE FROM batch")
    reader.close()
    segment.close()


def test_free_pages_are_there_before_the_first_row(tmp_path: Path) -> None:
    """What a new file promises on a full disk: it does not grow while its ballast lasts."""
    path = segment_path(tmp_path, 1)
    Segment.create(path, Header(1, 0, 5.0), replace(OPTIONS, ballast_bytes=300_000)).close()
    before = path.stat().st_size
    segment = Segment(path, OPTIONS)
    segment.begin()
    for k in range(1, 11):
        segment.insert(k, batch(k, 20_000))
    segment.commit()
    segment.checkpoint()
    segment.close()
    assert before >= 300_000
    assert path.stat().st_size == before
    assert read(path) == list(range(1, 11))
