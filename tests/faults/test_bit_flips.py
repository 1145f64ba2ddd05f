"""A bit that changes on the disk is noticed, told, and costs no other batch."""

from __future__ import annotations

from pathlib import Path

import pytest
from _flips import flip_often, write_log

from citybrain.clock import ManualClock
from citybrain.ingest import log_segment
from citybrain.ingest.log import DurableLog, read_log
from citybrain.ingest.log_batch import Batch, Damage, Logged

N_FLIPS = 1000


def test_every_flip_in_a_payload_is_detected_and_the_rest_stays_readable(quick_path: Path) -> None:
    tally = flip_often(quick_path, N_FLIPS, in_payloads=True)
    assert tally.flips == tally.detected == tally.rows_lost == N_FLIPS, tally
    assert (tally.silent, tally.rest_lost) == (0, 0), tally


def test_payloads_hit_together_are_told_each_and_cost_no_other(quick_path: Path) -> None:
    """As the full form has it: five batches of fifteen before each reading."""
    tally = flip_often(quick_path, 500, in_payloads=True, at_a_time=5)
    assert tally.flips == tally.detected == tally.rows_lost == 500, tally
    assert (tally.silent, tally.rest_lost) == (0, 0), tally


def test_no_flip_anywhere_in_a_file_is_silent(quick_path: Path) -> None:
    tally = flip_often(quick_path, N_FLIPS, in_payloads=False)
    assert tally.silent == 0, tally
    assert tally.detected > N_FLIPS // 2, tally  # the others fell on free bytes or on the index


def test_without_the_checksum_flips_would_be_silent(quick_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_segment, "checksum", lambda sequence, batch: 1)
    tally = flip_often(quick_path, 50, in_payloads=True)
    assert tally.silent == 50


@pytest.mark.parametrize("spoil", [b"", b"nothing like a database" * 1000], ids=["empty", "foreign"])
def test_a_file_that_is_lost_whole_is_told_and_the_log_goes_on(quick_path: Path, spoil: bytes) -> None:
    sent = write_log(quick_path)
    first, second = log_segment.segment_paths(quick_path)
    first.write_bytes(spoil)
    rows = list(read_log(quick_path))
    assert [type(row) for row in rows if not (isinstance(row, Damage) and row.n_batches == 0)] == [Damage, Logged]
    assert sum(row.n_batches for row in rows if isinstance(row, Damage)) == len(sent)
    second.write_bytes(spoil)  # the newest file, too: no number may be given twice
    with DurableLog(quick_path, ManualClock()) as log:
        assert log.append(Batch("s", "count", 1.0, 1, b"new")).result().sequence > len(sent) + 1
    with DurableLog(quick_path, ManualClock()) as log:
        found = [row.batch.payload for row in log.replay() if isinstance(row, Logged)]
    assert found == [b"new"]
    assert second.exists(), "a damaged file is kept for those who can mend it"


def test_a_damaged_batch_may_be_sent_again(quick_path: Path) -> None:
    with DurableLog(quick_path, ManualClock()) as log:
        log.append(Batch("s", "count", 1.0, 1, b"0123456789" * 50, "key")).result()
    (path,) = log_segment.segment_paths(quick_path)
    path.write_bytes(path.read_bytes().replace(b"0123456789" * 50, b"0123456798" * 50))
    with DurableLog(quick_path, ManualClock()) as log:
        receipt = log.append(Batch("s", "count", 1.0, 1, b"0123456789" * 50, "key")).result()
        assert (receipt.sequence, receipt.duplicate) == (2, False)
        assert [type(row) for row in log.replay()] == [Damage, Logged]
