"""The audit: every byte counts, a dropped line shows, a crash loses nothing that was told, processes take turns."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
from dataclasses import replace
from pathlib import Path

import pytest

from citybrain.errors import StorageError
from citybrain.hub import audit as module
from citybrain.hub.audit import FILE, HEAD_FILE, AuditEntry, AuditHead, AuditLog


def entry(k: int) -> AuditEntry:
    change = {"mode": "observe", "n": k}
    return AuditEntry(
        0, 1000.0 + k, "ann", "10.0.0.1", "action.mode", f"J{k}", change, {"mode": "control"}, "why not é"
    )


def written(folder: Path, n: int) -> bytes:
    log = AuditLog(folder)
    for k in range(n):
        log.append(entry(k))
    log.close()
    return (folder / FILE).read_bytes()


def verified(folder: Path, witness: AuditHead | None = None) -> list[str]:
    log = AuditLog(folder)
    try:
        return log.verify(witness)
    finally:
        log.close()


def test_lines_come_back_newest_first(tmp_path: Path) -> None:
    written(tmp_path, 7)
    log = AuditLog(tmp_path)
    assert log.trouble == []
    assert (len(log), log.head.number) == (7, 7)
    page = log.page(3, 1)
    assert [e.number for e in page] == [6, 5, 4]
    assert page[0].told() == entry(5).told() | {"number": 6}
    assert log.page(100, 5) == log.page(2, 5)
    assert log.page(10, 7) == log.page(10, 700) == []
    log.append(entry(7))
    assert log.page(1)[0].number == 8
    assert verified(tmp_path, log.head) == []


def test_every_flipped_byte_is_found(tmp_path: Path) -> None:
    """All bytes of a short log, each in two ways: a bit, and another letter."""
    data, rng = written(tmp_path, 2), random.Random(1)
    for at in range(len(data)):
        for other in {data[at] ^ (1 << rng.randrange(8)), rng.randrange(256)} - {data[at]}:
            (tmp_path / FILE).write_bytes(data[:at] + bytes([other]) + data[at + 1 :])
            assert verified(tmp_path), (at, data[at : at + 1], other)
    (tmp_path / FILE).write_bytes(data)
    assert verified(tmp_path) == []


def test_every_flipped_byte_of_the_head_is_found(tmp_path: Path) -> None:
    written(tmp_path, 12)
    head = (tmp_path / HEAD_FILE).read_bytes()
    for at in range(len(head)):
        (tmp_path / HEAD_FILE).write_bytes(head[:at] + bytes([head[at] ^ 1]) + head[at + 1 :])
        assert verified(tmp_path), at
    (tmp_path / HEAD_FILE).unlink()
    assert verified(tmp_path) == ["audit.head is missing"]


def test_a_dropped_moved_doubled_or_added_line_is_found(tmp_path: Path) -> None:
    lines = written(tmp_path, 40).splitlines(keepends=True)
    rng = random.Random(2)
    changed = []
    for k in range(40):
        changed.append(lines[:k] + lines[k + 1 :])
        changed.append([*lines[: k + 1], lines[k], *lines[k + 1 :]])
        other = rng.choice([j for j in range(40) if j != k])
        swapped = list(lines)
        swapped[k], swapped[other] = swapped[other], swapped[k]
        changed.append(swapped)
        forged = json.loads(lines[k]) | {"who": "nobody"}
        changed.append([*lines[:k], json.dumps(forged, separators=(",", ":")).encode() + b"\n", *lines[k + 1 :]])
    changed += [lines[:k] for k in range(40)]  # the end is cut off
    for found in changed:
        (tmp_path / FILE).write_bytes(b"".join(found))
        assert verified(tmp_path)


def test_a_line_that_was_forged_with_its_hash_breaks_the_next(tmp_path: Path) -> None:
    """Whoever knows how lines are hashed must forge all that follow, and the head."""
    lines = written(tmp_path, 12).splitlines(keepends=True)
    for k in range(12):
        before = AuditHead(k, json.loads(lines[k - 1])["mac"] if k else "0" * 64)
        true = AuditEntry(**json.loads(lines[k]))
        forged = module._chained(replace(true, who="nobody"), before)
        assert forged.mac != true.mac
        (tmp_path / FILE).write_bytes(b"".join([*lines[:k], module._line(forged), *lines[k + 1 :]]))
        found = verified(tmp_path)
        assert found[0].startswith(f"line {k + 2} is not" if k < 11 else "the log ends with line 12"), found


def test_a_log_that_was_written_anew_as_a_whole_is_found_by_a_witness(tmp_path: Path) -> None:
    written(tmp_path / "first", 9)
    log = AuditLog(tmp_path / "first")
    witness = log.head
    log.append(entry(99))
    assert verified(tmp_path / "first", witness) == []
    forged = AuditLog(tmp_path / "forged")
    for k in range(12):
        forged.append(AuditEntry(0, 1000.0 + k, "bob", "", "nothing.happened"))
    assert verified(tmp_path / "forged") == [], "in itself it is sound"
    assert "the witness says 9" in verified(tmp_path / "forged", witness)[0]
    assert verified(tmp_path / "forged", AuditHead(50, witness.mac))


def test_a_cut_at_any_byte_of_the_last_line_is_a_crash_and_loses_what_was_not_told(tmp_path: Path) -> None:
    """The head names the last line that anybody was told of; what lies behind it may be torn."""
    written(tmp_path, 2)
    head, whole = (tmp_path / HEAD_FILE).read_bytes(), (tmp_path / FILE).read_bytes()
    log = AuditLog(tmp_path)
    log.append(entry(2))
    log.close()
    data = (tmp_path / FILE).read_bytes()
    for at in range(len(whole), len(data)):
        (tmp_path / FILE).write_bytes(data[:at])
        (tmp_path / HEAD_FILE).write_bytes(head)
        log = AuditLog(tmp_path)
        assert log.trouble == []
        assert len(log) == 2
        log.append(entry(3))
        assert [e.about for e in log.page(9)] == ["J3", "J1", "J0"]
        log.close()
        assert verified(tmp_path) == []


def test_nothing_is_told_before_it_is_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log, synced = AuditLog(tmp_path), []
    sync = os.fsync
    monkeypatch.setattr(
        module.os, "fsync", lambda handle: (synced.append((tmp_path / FILE).stat().st_size), sync(handle))
    )
    log.append(entry(0))
    assert synced[0] == (tmp_path / FILE).stat().st_size > 0

    def full(handle: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "write", full)
    with pytest.raises(StorageError, match="No space left"):
        log.append(entry(1))
    monkeypatch.undo()
    log.append(entry(2))
    assert [e.about for e in log.page(9)] == ["J2", "J0"]
    assert log.verify() == []


def test_a_full_log_takes_no_more(tmp_path: Path) -> None:
    log = AuditLog(tmp_path, mib_max=1)
    for _ in range(70):
        log.append(AuditEntry(0, 1.0, "ann", "", "x", before="b" * 15_000))
    with pytest.raises(StorageError, match="is full"):
        log.append(entry(0))
    assert len(log) == 70
    assert log.verify() == []


def test_long_texts_are_cut(tmp_path: Path) -> None:
    log = AuditLog(tmp_path)
    made = log.append(AuditEntry(0, 1.0, "w" * 9000, "", "x", before={"x": "y" * 200_000}, why="z" * 9000))
    assert (len(made.who), made.before, len(made.why)) == (2000, "too long to be kept", 2000)


def _append(folder: str, who: str, n: int) -> None:
    log = AuditLog(Path(folder))
    for k in range(n):
        log.append(AuditEntry(0, float(k), who, "", "x", str(k)))


def test_processes_take_turns(tmp_path: Path) -> None:
    """A command beside the server: each line is chained to the one before it, whoever wrote that."""
    context = multiprocessing.get_context("spawn")
    names = ("ann", "bob", "eve")
    workers = [context.Process(target=_append, args=(str(tmp_path), who, 15)) for who in names]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    log = AuditLog(tmp_path)
    assert (log.trouble, len(log)) == ([], 45)
    for who in names:
        assert [e.about for e in reversed(log.page(100)) if e.who == who] == [str(k) for k in range(15)]
