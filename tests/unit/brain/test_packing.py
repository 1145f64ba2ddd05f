"""A state taken apart and put together again is the same state, bit for bit; a file cannot make anything else."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citybrain.brain.packing import digest, pack, unpack
from citybrain.errors import InputError
from citybrain.records.command import Commands
from citybrain.records.minutes import MinuteMeans
from citybrain.records.observations import Observations, ParkingCounts, make

LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5) | st.binary(max_size=5)
)
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.integers() | st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


def again(state: object) -> Any:
    shape, arrays = pack(state)
    return unpack(shape, arrays)


@given(TREES)
def test_every_tree_comes_back(tree: object) -> None:
    back = again(tree)
    assert back == tree
    assert digest(back) == digest(tree)


def test_records_and_arrays_come_back_writable_with_type_and_bits() -> None:
    command = Commands(np.array([3], np.int32), np.array([-1], np.int32), np.array([np.nan]))
    back = again({"a": command, "s": np.float32(0.1)})
    assert isinstance(back["a"], Commands)
    assert back["a"].signal.dtype == np.int32
    assert back["a"].signal.flags.writeable
    assert np.isnan(back["a"].expires_s[0])
    assert back["s"].dtype == np.float32
    back["a"].signal[0] = 4
    assert command.signal[0] == 3, "a copy, not the same memory"


def test_texts_and_mutable_records_come_back() -> None:
    seen = Observations(5.0, parking=make(ParkingCounts, 1.0, 2.0, np.array(["P1", "P2"], object), 3, 9, 0))
    back = again(seen)
    assert back.parking.facility.tolist() == ["P1", "P2"]
    assert back.parking.facility.dtype == object
    means = MinuteMeans([(1.0,) * 6], [(2.0,) * 6])
    assert again(means).minutes == [(1.0,) * 6]


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s | {"a": np.array([1, 2, 4])},
        lambda s: s | {"a": np.array([1, 2, 3], np.int32)},
        lambda s: s | {"b": 1.0},
        lambda s: {"b": s["b"], "a": s["a"]},
        lambda s: s | {"c": None},
        lambda s: s | {"a": np.array([[1, 2, 3]])},
    ],
)
def test_any_difference_changes_the_digest(change: Any) -> None:
    state = {"a": np.array([1, 2, 3]), "b": 1}
    assert digest(change(state)) != digest(state)


def test_what_cannot_be_kept_is_named() -> None:
    with pytest.raises(TypeError, match=r"/0/1: a set cannot be kept"):
        pack({"a": [1, {2}]})
    with pytest.raises(TypeError, match="not a class of this package"):
        pack(_foreign())


def _foreign() -> object:
    from dataclasses import make_dataclass

    return make_dataclass("Foreign", ["x"])(1)


@pytest.mark.parametrize(
    "shape",
    [
        '{"class": "os:environ", "fields": {}}',
        '{"class": "citybrain.clock:time", "fields": {}}',
        '{"class": "citybrain.clock:SystemClock", "fields": {}}',
        '{"class": "citybrain.records.command:Commands", "fields": {"signal": {"plain": 1}}}',
        '{"array": "absent"}',
        '{"odd": 1}',
        "{}",
        "[",
        '{"class": "citybrain.nowhere:X", "fields": {}}',
    ],
)
def test_a_foreign_or_broken_shape_is_refused(shape: str) -> None:
    with pytest.raises(InputError, match="not a packed state"):
        unpack(shape, {})


def test_the_shape_is_plain_json() -> None:
    shape, arrays = pack({"a": np.zeros(2), "b": float("inf")})
    assert json.loads(shape)
    assert list(arrays) == ["/0"]
