"""The memory of vehicles against a plain dictionary, up to its size and beyond."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citybrain.estimate.recall import PLACES, Recall, find, keep, new_recall


def put(recall: Recall, key: int, link: int, time_s: float) -> None:
    keep(recall, np.uint64(key), np.int64(link), float(time_s))


def at(recall: Recall, key: int) -> int:
    return find(recall, np.uint64(key))


@pytest.mark.parametrize(("rows", "size"), [(0, 32), (32, 32), (33, 64), (1000, 1024), (1024, 1024), (1025, 2048)])
def test_there_is_room_for_as_many_as_asked(rows: int, size: int) -> None:
    assert new_recall(rows).key.size == size


def test_nobody_is_known_at_first() -> None:
    recall = new_recall(32)
    assert [at(recall, key) for key in (1, 7, 2**63, 2**64 - 1)] == [-1] * 4


def test_the_newest_link_and_time_of_a_vehicle_are_kept_in_one_row() -> None:
    recall = new_recall(32)
    for step, key in enumerate([5, 2**64 - 1, 5, 5]):
        put(recall, key, 10 + step, float(step))
    assert (recall.key != 0).sum() == 2
    row = at(recall, 5)
    assert (recall.link[row], recall.time_s[row]) == (13, 3.0)
    assert recall.link[at(recall, 2**64 - 1)] == 11


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 2**64 - 1), st.integers(0, 99)), max_size=PLACES))
def test_few_vehicles_are_never_confused(seen: list[tuple[int, int]]) -> None:
    """As many as a key has places are all remembered, wherever they fall."""
    recall, wanted = new_recall(32), {}
    for time_s, (key, link) in enumerate(seen):
        put(recall, key, link, float(time_s))
        wanted[key] = (link, float(time_s))
    for key, (link, time_s) in wanted.items():
        row = at(recall, key)
        assert row >= 0
        assert (int(recall.link[row]), float(recall.time_s[row])) == (link, time_s)


def test_beyond_its_places_the_oldest_is_forgotten() -> None:
    """Keys that all fall into the same places: the last PLACES of them are known, in the order of their time."""
    recall = new_recall(64)
    keys = [3 + 64 * k for k in range(PLACES + 5)]
    for time_s, key in enumerate(keys):
        put(recall, key, 1, float(time_s))
    assert [at(recall, key) >= 0 for key in keys] == [False] * 5 + [True] * PLACES
    put(recall, keys[5], 2, 100.0)  # seen again: it is no longer the oldest
    put(recall, 3 + 64 * 99, 1, 101.0)
    assert at(recall, keys[5]) >= 0
    assert at(recall, keys[6]) == -1


def test_places_go_round_the_end_of_the_table() -> None:
    recall = new_recall(32)
    keys = [31 + 32 * k for k in range(PLACES)]
    for time_s, key in enumerate(keys):
        put(recall, key, 1, float(time_s))
    rows = sorted(at(recall, key) for key in keys)
    assert rows == [0, 1, 2, 3, 4, 5, 6, 31]


def test_twice_as_many_as_fit_are_forgotten_oldest_first_on_average() -> None:
    recall, rng = new_recall(1024), np.random.default_rng(0)
    keys = rng.integers(1, 2**63, 2048)
    for time_s, key in enumerate(keys.tolist()):
        put(recall, key, time_s, float(time_s))
    known = np.array([at(recall, key) for key in keys.tolist()])
    here = known >= 0
    assert here[-256:].mean() > 0.99
    assert here[:512].mean() < 0.2
    assert (recall.link[known[here]] == np.flatnonzero(here)).all()
