"""Digest: equal for equal states, different for any difference in value, type, shape, name or order."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pytest

from citybrain.records.digest import digest
from citybrain.records.observations import Quality


@dataclass(frozen=True)
class Pair:
    a: object
    b: object


DIFFERENT = [
    None,
    0,
    1,
    True,
    0.0,
    -0.0,
    float("nan"),
    "1",
    b"1",
    "",
    [],
    (),
    {},
    [1, 2],
    [2, 1],
    [[1], 2],
    [[1, 2]],
    (1, 2),
    {"a": 1},
    {"a": "1"},
    {"b": 1},
    {1: "a"},
    Pair(1, 2),
    Pair(2, 1),
    np.int32(1),
    np.int64(1),
    np.zeros(3),
    np.zeros(3, np.float32),
    np.zeros((3, 1)),
    np.zeros(0),
    np.array(0.0),
    np.array(["ab", "c"], object),
    np.array(["a", "bc"], object),
    np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
    np.array([(1, 2.0)], dtype=[("a", "i4"), ("c", "f8")]),
    np.random.default_rng(1),
    np.random.default_rng(2),
]


def test_different_states_have_different_digests() -> None:
    found = [digest(state) for state in DIFFERENT]
    same = [(DIFFERENT[i], DIFFERENT[j]) for i, j in combinations(range(len(found)), 2) if found[i] == found[j]]
    assert not same


def test_the_order_of_keys_and_of_memory_does_not_count() -> None:
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    square = np.arange(6).reshape(2, 3)
    assert digest(square) == digest(np.asfortranarray(square))
    assert digest(np.arange(10)[::2]) == digest(np.array([0, 2, 4, 6, 8]))


def test_one_bit_anywhere_changes_it() -> None:
    array = np.arange(1000, dtype=np.float32)
    before = digest(Pair({"x": array}, None))
    for at in (0, 7999, 16_000, 31_999):
        changed = array.copy()
        changed.view(np.uint8)[at // 8] ^= 1 << (at % 8)
        assert digest(Pair({"x": changed}, None)) != before


def test_an_enum_counts_by_value_and_type() -> None:
    assert digest(Quality.STALE) == digest(Quality(3))
    assert digest(Quality.STALE) not in (digest(3), digest(Quality.UNKNOWN))


@pytest.mark.parametrize("state", [{1, 2}, print, object(), {"a": [open]}])
def test_what_has_no_digest_is_refused(state: object) -> None:
    with pytest.raises(TypeError, match="has no digest"):
        digest(state)


def test_depth_has_a_limit() -> None:
    deep: list[object] = []
    for _ in range(100):
        deep = [deep]
    with pytest.raises(TypeError, match="levels"):
        digest(deep)
