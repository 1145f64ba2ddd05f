"""A latch is on disk before anybody is told, survives whatever the file suffers, and ends by a name alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from citybrain.guard.latches import FILE, LatchBook, LatchError
from citybrain.guard.monitor import Fault, Trip


def trip(signal: str, time_s: float = 1.0) -> Trip:
    return Trip(signal, time_s, Fault.CONFLICT, "group 0 with [1]")


def test_a_latch_outlives_the_book(tmp_path: Path) -> None:
    book = LatchBook(tmp_path / "guard")
    assert set(book.latch([trip("a"), trip("b"), trip("a", 2.0)])) == {"a", "b"}
    assert set(book.latched) == {"a", "b"}
    assert book.latch([trip("a", 9.0)]) == [], "it is latched already"
    again = LatchBook(tmp_path / "guard")  # while the first one is still open: nothing waits in memory
    assert again.latched == book.latched
    assert again.latched["a"].time_s == 1.0, "the first trip counts"


def test_a_latch_is_synced_before_anybody_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book, synced = LatchBook(tmp_path), []
    monkeypatch.setattr("os.fsync", lambda _: synced.append((tmp_path / FILE).read_bytes()))
    assert book.latch([trip("a")]) == ["a"]
    assert len(synced) == 1
    assert b'"a"' in synced[0], "the line had been handed over by then"


def test_only_a_named_person_releases_and_a_new_fault_latches_again(tmp_path: Path) -> None:
    book = LatchBook(tmp_path)
    book.latch([trip("a")])
    with pytest.raises(LatchError, match="needs the name"):
        book.release("a", "  ", 2.0)
    with pytest.raises(LatchError, match="is not latched"):
        book.release("b", "Li Wei", 2.0)
    book.release("a", "Li Wei", 2.0)
    assert not LatchBook(tmp_path).latched
    book.latch([trip("a", 3.0)])
    assert LatchBook(tmp_path).latched["a"].time_s == 3.0
    assert (tmp_path / FILE).read_text().count("Li Wei") == 1, "who it was stays on record"


@pytest.mark.parametrize("cut", range(1, 12))
def test_a_line_that_a_crash_cut_off_is_dropped_and_written_over(tmp_path: Path, cut: int) -> None:
    book = LatchBook(tmp_path)
    book.latch([trip("a")])
    book.latch([trip("b")])
    whole = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(whole[:-cut])
    again = LatchBook(tmp_path)
    assert set(again.latched) == {"a"}
    again.latch([trip("c")])
    assert set(LatchBook(tmp_path).latched) == {"a", "c"}


@pytest.mark.parametrize(
    "line", ["{}", "nonsense", '{"latch": "x", "time_s": 1, "fault": "WRONG", "detail": ""}', "[]"]
)
def test_a_book_that_cannot_be_read_is_an_error_not_an_empty_one(tmp_path: Path, line: str) -> None:
    (tmp_path / FILE).write_text(line + "\n")
    with pytest.raises(LatchError, match="line 1"):
        LatchBook(tmp_path)
