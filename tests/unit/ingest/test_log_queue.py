"""The queue before the log: bounded, first come first served, what matters least is refused first."""

from __future__ import annotations

import pytest

from citybrain.errors import BusyError, StorageError
from citybrain.ingest.log_batch import LAST_SHARE, SHARES, Batch, checksum, share
from citybrain.ingest.log_queue import LogQueue


def batch(kind: str, size: int = 1000, n_rows: int = 5) -> Batch:
    return Batch("s", kind, 0.0, n_rows, bytes(size))


def fill(queue: LogQueue, kind: str) -> int:
    """How many batches of a kind get in."""
    for n in range(10_000):
        try:
            queue.put(batch(kind))
        except BusyError:
            return n
    raise AssertionError("the queue has no bound")


def test_priorities_are_strictly_ordered() -> None:
    shares = list(SHARES.values())
    assert shares == sorted(set(shares), reverse=True)
    assert list(SHARES)[:5] == ["signal", "emergency", "count", "passage", "probe"]
    assert share("nobody knows") == LAST_SHARE < min(shares)
    assert shares[0] == 1.0


def test_memory_is_bounded_and_what_was_refused_is_counted() -> None:
    queue = LogQueue(100_000, 1000)
    got_in = fill(queue, "signal")
    assert queue.n_bytes <= queue.bytes_max < queue.n_bytes + 2000
    for _ in range(9):
        with pytest.raises(BusyError, match=r"full for probe: \d+ batches, \d+ of 100000 bytes"):
            queue.put(batch("probe"))
    assert queue.refused == {"signal": 1, "probe": 9}
    assert queue.refused_rows == {"signal": 5, "probe": 45}
    assert queue.n_batches == got_in


def test_the_last_places_are_kept_for_what_matters_most() -> None:
    queue = LogQueue(1_000_000, 100_000)
    found = [fill(queue, kind) for kind in ("other", *reversed(SHARES))]
    assert all(n > 0 for n in found), "each kind finds room that the ones after it were refused"
    total = sum(found)
    assert found[0] == pytest.approx(LAST_SHARE * total, rel=0.02)


def test_the_number_of_batches_is_bounded_too() -> None:
    queue = LogQueue(1 << 30, 100)
    assert fill(queue, "count") == 95
    assert fill(queue, "signal") == 5


def test_a_batch_larger_than_its_share_gets_into_an_empty_queue() -> None:
    queue = LogQueue(1000, 10)
    queue.put(batch("weather", 5000))
    with pytest.raises(BusyError):
        queue.put(batch("signal", 1))


def test_places_are_free_again_only_after_the_commit() -> None:
    queue = LogQueue(10_000, 1000)
    n = fill(queue, "count")
    taken = queue.take(0, 0.0, 0.0)
    assert taken is not None
    assert [len(taken), fill(queue, "count")] == [n, 0]
    queue.done(taken)
    assert (queue.n_bytes, queue.n_batches) == (0, 0)
    assert fill(queue, "count") == n


def test_an_idle_queue_gives_nothing_and_a_closed_one_ends() -> None:
    queue = LogQueue(10_000, 1000)
    assert queue.take(1, 0.0, 0.0) == []
    queue.put(batch("count"))
    queue.close()
    assert len(queue.take(1 << 30, 60.0, 60.0) or ()) == 1
    assert queue.take(1, 60.0, 60.0) is None
    with pytest.raises(StorageError, match="closed"):
        queue.put(batch("signal"))


def test_the_checksum_covers_every_field_and_its_limits() -> None:
    known = Batch("ab", "cd", 1.0, 2, b"ef", "gh")
    others = [
        Batch("a", "bcd", 1.0, 2, b"ef", "gh"),
        Batch("ab", "cd", 1.5, 2, b"ef", "gh"),
        Batch("ab", "cd", 1.0, 3, b"ef", "gh"),
        Batch("ab", "cd", 1.0, 2, b"eg", "gh"),
        Batch("ab", "cd", 1.0, 2, b"hef", "g"),
        Batch("ab", "cd", 1.0, 2, b"ef", None),
        Batch("ab", "cd", 1.0, 2, b"ef", ""),
    ]
    sums = {checksum(7, known), checksum(8, known), *(checksum(7, other) for other in others)}
    assert len(sums) == 9
