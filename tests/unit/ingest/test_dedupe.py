"""The memory of events and batches: exact within the window, bounded beyond."""

from __future__ import annotations

import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from citybrain.ingest.dedupe import SeenBatches, SeenKeys


@given(st.lists(st.tuples(st.floats(0, 500), st.integers(0, 40)), max_size=60), st.integers(1, 9))
@settings(max_examples=80, deadline=None)
def test_what_is_in_the_window_is_remembered_exactly(events: list[tuple[float, int]], step: int) -> None:
    """Against a plain set, with everything inside the window. An event's time is part of its identity."""
    seen, model = SeenKeys(1000.0, 1_000_000), set()
    keys = [(time_s, hash((time_s, key)) & (2**63 - 1)) for time_s, key in events]
    for i in range(0, len(keys), step):
        part = keys[i : i + step]
        time_s, key = np.array([t for t, _ in part]), np.array([k for _, k in part], np.uint64)
        assert seen.contains(time_s, key).tolist() == [pair in model for pair in part]
        new = np.array([pair not in model and pair not in part[:i] for i, pair in enumerate(part)])
        seen.add(time_s[new], key[new])
        model.update(part)
    assert len(seen) == len(model)
    assert seen.horizon_s == -np.inf


def test_memory_is_bounded_in_time_and_number() -> None:
    seen = SeenKeys(100.0, 5000)
    rng = np.random.default_rng(1)
    for at_s in range(0, 2000, 5):
        keys = rng.integers(0, 2**63, 300).astype(np.uint64)
        seen.add(at_s + 5 * rng.random(300), keys)
        assert len(seen) <= 5000 + 300
    assert 1900 < seen.horizon_s < 2000
    assert not seen.contains(np.array([10.0]), np.array([1], np.uint64)).any()


def test_everything_after_the_horizon_is_remembered() -> None:
    seen = SeenKeys(100.0, 1000)
    rng = np.random.default_rng(2)
    time_s = np.sort(rng.random(3000) * 300)
    keys = rng.integers(0, 2**63, 3000).astype(np.uint64)
    for i in range(0, 3000, 50):
        seen.add(time_s[i : i + 50], keys[i : i + 50])
    known = time_s >= seen.horizon_s
    assert known.sum() > 500
    assert seen.contains(time_s[known], keys[known]).all()


def test_saved_and_loaded_it_knows_the_same() -> None:
    seen = SeenKeys(100.0, 1000)
    rng = np.random.default_rng(3)
    time_s, keys = rng.random(2000) * 300, rng.integers(0, 2**63, 2000).astype(np.uint64)
    seen.add(time_s, keys)
    other = SeenKeys(100.0, 1000)
    other.load(seen.save())
    assert other.horizon_s == seen.horizon_s
    assert other.contains(time_s, keys).tolist() == seen.contains(time_s, keys).tolist()
    empty = SeenKeys(100.0, 1000)
    empty.load(SeenKeys(1.0, 1).save())
    assert len(empty) == 0


def test_a_batch_is_taken_once_in_any_order() -> None:
    rng = random.Random(4)
    seen = SeenBatches(gap_max=100)
    numbers = list(range(500)) * 3
    rng.shuffle(numbers)
    numbers = sorted(numbers, key=lambda number: number + rng.random() * 90)
    taken = [number for number in numbers if seen.add("a", number)]
    assert sorted(taken) == list(range(500))
    assert seen.floor["a"] == 499
    assert not seen.above["a"]
    assert seen.add("b", 0)


def test_gaps_do_not_hold_memory_for_ever() -> None:
    seen = SeenBatches(gap_max=50)
    for number in range(0, 100_000, 2):  # every other batch never comes
        seen.add("a", number)
        assert len(seen.above["a"]) <= 51
    assert not seen.add("a", 5), "given up"
