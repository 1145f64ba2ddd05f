"""Digests tell states apart exactly when they differ; minutes and tables of records say the same however they grew."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citybrain.records.digest import digest
from citybrain.records.minutes import MINUTE_S, SAMPLE_S, MinuteMeans, Sample, mean_of
from citybrain.records.observations import DetectorCounts, Probes, Reports, columns, join, make, take

PLAIN = st.none() | st.booleans() | st.integers(-3, 3) | st.floats(allow_nan=False, width=16) | st.text(max_size=3)
TREE = st.recursive(
    PLAIN | st.binary(max_size=3),
    lambda part: st.lists(part, max_size=3) | st.tuples(part, part) | st.dictionaries(st.text(max_size=2), part),
    max_leaves=5,
)


def exact(value: Any) -> Any:
    """What has to be equal for two states to be the same, as a value that Python compares."""
    if isinstance(value, dict):
        return "dict", frozenset((key, exact(part)) for key, part in value.items())
    if isinstance(value, list | tuple):
        return type(value).__name__, tuple(exact(part) for part in value)
    return type(value).__name__, value, math.copysign(1.0, value) if isinstance(value, float) else 0


@settings(deadline=None, max_examples=30)
@given(TREE, TREE)
def test_two_states_have_one_digest_exactly_when_they_are_the_same(one: Any, other: Any) -> None:
    assert (digest(one) == digest(other)) == (exact(one) == exact(other))
    assert digest(copy.deepcopy(one)) == digest(one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["ab", "c"], ["a", "bc"]),
        (["astrb", "c"], ["a", "bstrc"]),  # would read alike without lengths
        ([[1], 2], [[1, 2]]),
        ([[], []], [[[]]]),
        ({"a": {"b": 1}}, {"a": 1, "b": {}}),
        ({1: "x"}, {"1": "x"}),
        ("1", b"1"),
        (True, 1),
        (0.0, -0.0),
        (np.float32(1.0), np.float64(1.0)),
        (np.zeros(6, "i4"), np.zeros((2, 3), "i4")),
        (np.zeros(2, "i8"), np.zeros(4, "i4")),
        (np.zeros(0, "f8"), np.zeros(0, "f4")),
        (np.array(["a", "bc"], object), np.array(["ab", "c"], object)),
        (np.zeros(1, [("a", "i4")]), np.zeros(1, [("b", "i4")])),
    ],
)
def test_what_is_easily_taken_for_each_other_is_told_apart(one: Any, other: Any) -> None:
    assert digest(one) != digest(other)


def test_where_an_array_lies_does_not_count_and_what_it_holds_does() -> None:
    grid = np.arange(24.0).reshape(4, 6)
    same = grid.copy(order="F"), np.repeat(grid, 2, axis=1)[:, ::2], grid[::-1][::-1]
    assert {digest(view) for view in same} == {digest(grid)}
    assert digest(grid.T) != digest(grid)


def test_chance_counts_by_what_it_will_draw_next() -> None:
    one, other = np.random.default_rng(5), np.random.default_rng(5)
    assert digest(one) == digest(other)
    one.random()
    assert digest(one) != digest(other)
    other.random()
    assert digest(one) == digest(other)


def sample(k: int, rng: np.random.Generator) -> Sample:
    running = float(rng.integers(0, 4))
    return (float(SAMPLE_S * k), running, *rng.uniform(0, 9, 2), float(rng.uniform(1, 15)) if running else math.nan, k)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 10**6))
def test_minutes_are_the_same_wherever_the_run_was_copied(n: int, cut: int, seed: int) -> None:
    samples = [sample(k, np.random.default_rng(seed + k)) for k in range(1, n + 1)]
    whole, part = MinuteMeans(), MinuteMeans()
    for k, each in enumerate(samples):
        whole.add(each)
        if k == cut:
            left, part = part, part.copy()
            left.add((1.0,) * 6)  # of the copy that was left behind
        part.add(each)
    per_minute = MINUTE_S // SAMPLE_S
    np.testing.assert_equal(part.minutes, whole.minutes)
    assert (len(whole.minutes), len(whole.parts)) == divmod(n, per_minute)
    assert [row[5] for row in whole.minutes] == [per_minute * (k + 1) for k in range(n // per_minute)]


def test_vehicles_that_drive_count_in_the_mean_speed_and_empty_samples_do_not() -> None:
    parts = [(12.0, 1.0, 0.0, 0.0, 12.0, 0.0), (24.0, 0.0, 3.0, 0.0, math.nan, 1.0), (36.0, 3.0, 0.0, 1.0, 4.0, 1.0)]
    assert mean_of(parts) == pytest.approx((36.0, 4.0 / 3.0, 1.0, 1.0 / 3.0, 6.0, 1.0))


@given(st.lists(st.integers(0, 20), max_size=12), st.data())
def test_a_table_cut_in_any_place_and_joined_is_the_table(counts: list[int], data: st.DataObject) -> None:
    n = len(counts)
    rows = make(DetectorCounts, np.arange(n) * 60.0, 0.5, np.arange(n), 60, np.array(counts, int), 0.25, 0)
    cut = data.draw(st.integers(0, n))
    again = join([take(rows, slice(0, cut)), take(rows, slice(cut, n))])
    for one, other in zip(columns(rows), columns(again), strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == other.dtype


def test_one_value_stands_for_all_rows_and_one_row_too() -> None:
    rows = make(Probes, [1.0, 2.0, 3.0], [9.0], 2**64 - 1, 0.5, [7.0], 3, 0)
    assert [column.size for column in columns(rows)] == [3] * 7
    assert (rows.received_s.tolist(), rows.y_m.tolist()) == ([9.0] * 3, [7.0] * 3)
    assert rows.vehicle.tolist() == [2**64 - 1] * 3


def test_texts_keep_their_length_whatever_stands_beside_them() -> None:
    short, long = (make(Reports, [0.0], 0.0, [name], "light", name * 40, 0.0, 0.0, 0) for name in ("a", "broken"))
    both = join([short, long, short])
    assert both.text.tolist() == ["a" * 40, "broken" * 40, "a" * 40]
    assert take(both, np.array([2, 1])).report.tolist() == ["a", "broken"]


@pytest.mark.parametrize("values", [(0.0,) * 6, (0.0,) * 8])
def test_a_record_with_a_value_too_few_or_too_many_is_refused(values: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="zip"):
        make(DetectorCounts, *values)
