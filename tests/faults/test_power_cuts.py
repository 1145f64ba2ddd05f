"""What was acknowledged survives a power cut at any moment; and the test notices when it would not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from _cuts import OPTIONS, cut_everywhere, record
from _power import Machine, Node
from _sqlite_disk import Event, available

from citybrain.ingest.log_segment import Segment

pytestmark = pytest.mark.skipif(not available(), reason="this Python hides its SQLite")
N_CUTS = 500


def test_no_cut_loses_what_was_acknowledged(quick_path: Path) -> None:
    events = record(quick_path / "log", 40)
    kinds = {(event.what, event.path.rpartition("-")[2]) for event in events}
    assert {("sync", "wal"), ("truncate", "wal")} & kinds
    assert any(what == "write" and path.endswith("log.sqlite") for what, path in kinds), "the run reached no checkpoint"
    assert sum(event.what == "rename" for event in events) >= 3, "the run filled too few files"
    tally = cut_everywhere(events, N_CUTS, quick_path / "cut")
    assert tally.cuts == N_CUTS
    assert tally.acknowledged > 10 * N_CUTS
    assert tally.reopened >= N_CUTS // 10
    assert (tally.lost, tally.false) == (0, 0), tally


@pytest.mark.parametrize("synchronous", ["OFF", "NORMAL"])
def test_a_log_that_does_not_sync_is_found_out(quick_path: Path, synchronous: str) -> None:
    options = replace(OPTIONS, file=replace(OPTIONS.file, synchronous=synchronous))
    tally = cut_everywhere(record(quick_path / "log", 30, options), 120, quick_path / "cut")
    assert tally.cuts_with_loss > 10, tally


@pytest.fixture
def answers_first() -> Iterator[None]:
    """The mistake of answering before the commit: every event of a commit comes after its acknowledgement."""
    own: Callable[[Segment], None] = Segment.commit
    Segment.commit = lambda self: None  # type: ignore[method-assign]
    begin = Segment.begin

    def commit_late(self: Segment) -> None:
        if self._db.in_transaction:
            own(self)
        begin(self)

    Segment.begin = commit_late  # type: ignore[method-assign]
    yield
    Segment.commit, Segment.begin = own, begin  # type: ignore[method-assign]


@pytest.mark.usefixtures("answers_first")
def test_a_log_that_answers_before_the_commit_is_found_out(quick_path: Path) -> None:
    options = replace(OPTIONS, segment_bytes=1 << 30)
    tally = cut_everywhere(record(quick_path / "log", 30, options), 120, quick_path / "cut")
    assert tally.cuts_with_loss > 30, tally


def test_a_file_whose_name_was_not_synced_is_found_out(quick_path: Path) -> None:
    """Files that are opened and written, but of which neither the log nor SQLite ever syncs a folder."""
    events = record(quick_path / "log", 30, replace(OPTIONS, segment_bytes=1 << 30))
    machine = Machine()
    for event in events:
        if event.what != "sync_folder" and not (event.what == "sync" and event.path.endswith("-wal")):
            machine.step(event)
    (quick_path / "cut").mkdir()
    machine.cut(quick_path / "cut", "all", Random(3))
    assert len(machine.acknowledged) == 30
    assert not list((quick_path / "cut").glob("*.log.sqlite"))


def test_the_disk_keeps_what_was_synced_and_may_lose_the_rest() -> None:
    node, rng = Node(), Random(1)
    node.pending.append(Event("write", "a", 0, b"safe"))
    node.sync()
    node.pending.append(Event("write", "a", 4, b"tail" * 3000))
    assert node.after_cut("drop", rng) == b"safe"
    assert node.after_cut("all", rng) == b"safe" + b"tail" * 3000
    for way in ("cut", "scatter", "zero", "garble"):
        found = {node.after_cut(way, rng) for _ in range(20)}
        assert len(found) > 3
        assert all(content.startswith(b"safe") for content in found)


def test_a_new_name_is_durable_only_after_its_folder_was_synced(quick_path: Path) -> None:
    machine = Machine()
    steps = [Event("write", "a", 0, b"x"), Event("sync", "a"), Event("rename", "a", data=b"b")]
    for event in steps:
        machine.step(event)
    found = set()
    for k in range(30):
        folder = quick_path / str(k)
        folder.mkdir()
        machine.cut(folder, "drop", Random(k))
        found.add(tuple(sorted(path.name for path in folder.iterdir())))
    assert found == {(), ("a",), ("b",)}
    machine.step(Event("sync_folder", ""))
    folder = quick_path / "synced"
    folder.mkdir()
    machine.cut(folder, "drop", Random(1))
    assert (folder / "b").read_bytes() == b"x"
