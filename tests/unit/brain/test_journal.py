"""The journal survives crashes at any byte, and goes on where it was cut."""

from __future__ import annotations

from pathlib import Path

import pytest

from citybrain.brain.journal import Entry, Journal, read_journal


def written(path: Path, n: int) -> list[Entry]:
    entries = [Entry(100.0 + i, i % 4, 7 * i) for i in range(n)]
    journal = Journal(path)
    for entry in entries:
        journal.add(entry)
    journal.close()
    return entries


def test_entries_come_back(tmp_path: Path) -> None:
    entries = written(tmp_path / "j", 5)
    found, size = read_journal(tmp_path / "j")
    assert list(found.values()) == entries
    assert size == (tmp_path / "j").stat().st_size


def test_a_cut_at_any_byte_loses_the_last_line_at_most(tmp_path: Path) -> None:
    entries = written(tmp_path / "j", 3)
    data = (tmp_path / "j").read_bytes()
    for n in range(len(data) + 1):
        (tmp_path / "cut").write_bytes(data[:n])
        found, size = read_journal(tmp_path / "cut")
        assert list(found.values()) == entries[: data[:n].count(b"\n")]
        assert data[:size] == b"".join(data.splitlines(keepends=True)[: len(found)])


def test_it_goes_on_behind_what_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "j"
    entries = written(path, 4)
    path.write_bytes(path.read_bytes()[:-3])
    found, size = read_journal(path, until_s=101.0)
    assert list(found.values()) == entries[:2]
    journal = Journal(path, size)
    journal.add(Entry(102.0, 0, 99))
    journal.close()
    assert list(read_journal(path)[0].values()) == [*entries[:2], Entry(102.0, 0, 99)]


def test_what_is_not_flushed_is_not_on_disk(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    journal.add(Entry(1.0))
    assert read_journal(tmp_path / "j") == ({}, 0)
    journal.flush()
    assert len(read_journal(tmp_path / "j")[0]) == 1
    journal.close()
    journal.close()


def test_no_file_is_no_entry(tmp_path: Path) -> None:
    assert read_journal(tmp_path / "none") == ({}, 0)


@pytest.mark.parametrize("line", [b"{}\n", b"[1]\n", b'{"time_s": "x", "shed": 0, "offset": 0}\n', b"\xff\n"])
def test_a_foreign_line_ends_the_reading(tmp_path: Path, line: bytes) -> None:
    entries = written(tmp_path / "j", 2)
    path = tmp_path / "j"
    path.write_bytes(path.read_bytes() + line + path.read_bytes())
    assert list(read_journal(path)[0].values()) == entries
