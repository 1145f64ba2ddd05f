"""Doubled, reordered, delayed, and read by who dies: the final state is that of a clean run."""

from __future__ import annotations

from pathlib import Path

import pytest
from _log_histories import log_histories
from benchmarks._histories import histories

from citybrain.ingest.log_batch import Batch
from citybrain.ingest.log_segment import Segment
from citybrain.ingest.log_writer import LogWriter
from citybrain.ingest.order import Order

N_HISTORIES = 50


def test_every_history_ends_in_the_same_state() -> None:
    found = histories(N_HISTORIES, seed=1)
    assert found.histories == N_HISTORIES
    assert found.duplicates > 10 * N_HISTORIES, "the histories were not disturbed"
    assert found.differing == 0, found.seeds


def test_so_do_histories_through_the_log(quick_path: Path) -> None:
    found = log_histories(20, seed=2, folder=quick_path)
    assert found.duplicates > 200
    assert found.differing == 0, found.seeds


def test_a_reader_that_takes_rows_as_they_come_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Order, "_closing_s", lambda self, now_s: now_s)  # closes every time at once
    assert histories(20, seed=3).differing >= 18


def test_a_log_that_takes_new_batches_for_old_ones_is_found_out(
    quick_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = LogWriter._find

    def forgets(self: LogWriter, segment: Segment, batch: Batch) -> int | None:
        return 1 if str(batch.key).endswith("7") else own(self, segment, batch)  # "I have it already"

    monkeypatch.setattr(LogWriter, "_find", forgets)
    assert log_histories(5, seed=4, folder=quick_path).differing >= 4
