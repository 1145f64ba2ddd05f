"""Whatever the order of arrival within the bounds, the events come out the same: short form of 10^4 histories."""

from __future__ import annotations

import random
from itertools import pairwise

from benchmarks._histories import SETTINGS, Reader, disturbed, histories, messages, read_all


def test_the_final_state_does_not_depend_on_what_happened_on_the_way() -> None:
    found = histories(25, seed=7)
    assert found.seeds == []
    assert (found.histories, found.differing, found.late) == (25, 0, 0)
    assert found.duplicates > 250, "histories without duplicates prove nothing"


def test_the_comparison_sees_a_lost_a_doubled_and_a_changed_event() -> None:
    rng = random.Random(3)
    sent = messages(rng)
    clean = read_all(sent).digest
    assert read_all(sent[:20] + sent[21:]).digest != clean
    other = read_all(messages(random.Random(4)))
    assert other.digest != clean


def test_histories_disturb_the_order() -> None:
    rng = random.Random(5)
    sent = messages(rng)
    arrived = disturbed(rng, sent)
    times = [float(delivery.table.time_s.min()) for delivery in arrived]
    assert sum(b < a - 1.0 for a, b in pairwise(times)) > 4
    assert len(arrived) > len(sent)


def test_beyond_the_bounds_rows_are_late_and_still_come_once() -> None:
    """Delays longer than `lateness_s`: not the same order, but the same events, each once, early or late."""
    rng = random.Random(6)
    sent = messages(rng)
    delayed = [type(d)(d.received_s + rng.random() * 6 * SETTINGS.lateness_s, d.source, d.table) for d in sent]
    reader = read_all(sorted(delayed, key=lambda d: d.received_s))
    clean = read_all(sent)
    counts = reader.order.counts
    assert counts.late > 0
    assert counts.too_late == 0
    assert counts.released + counts.late == clean.order.counts.released
    assert counts.duplicates == clean.order.counts.duplicates


def test_a_reader_goes_on_from_what_was_saved() -> None:
    rng = random.Random(8)
    log = disturbed(rng, messages(rng))
    whole = read_all(log)
    for stop in (0, 1, len(log) // 2, len(log)):
        reader = Reader()
        for delivery in log[:stop]:
            reader.read(delivery)
        reader = Reader.load(reader.save())
        for delivery in log[stop:]:
            reader.read(delivery)
        reader.end()
        assert reader.digest == whole.digest
        assert reader.order.counts == whole.order.counts
