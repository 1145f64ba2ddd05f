"""The arithmetic of controllers against plain Python."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from _crossroads import Layout, crossroads
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from test_signal_table import signal_only

from citybrain.control.scores import StageGrid, link_sums, row_maxima, row_sums
from citybrain.control.stages import KEEP
from citybrain.control.table import SignalTable

sizes = st.lists(st.integers(0, 4), max_size=12)


def offsets(lengths: list[int]) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


@given(sizes, st.data())
def test_row_sums_and_maxima_with_empty_rows(lengths: list[int], data: st.DataObject) -> None:
    offset = offsets(lengths)
    values = data.draw(arrays(np.int32, int(offset[-1]), elements=st.integers(-50, 50)))
    rows = [values[a:b] for a, b in pairwise(offset)]
    assert row_sums(offset, values).tolist() == [int(row.sum()) for row in rows]
    found = row_maxima(offset, values.astype(float), -99.0)
    assert found.tolist() == [float(row.max()) if len(row) else -99.0 for row in rows]


def test_sums_of_flags_count_them() -> None:
    assert row_sums(offsets([2, 0, 1]), np.array([True, True, True])).tolist() == [2, 0, 1]


def test_link_sums_cover_all_lanes_of_a_link() -> None:
    city = crossroads()
    per_lane = np.arange(len(city.lanes.link))
    expected = [int(per_lane[city.lanes.link == link].sum()) for link in range(len(city.links.link_id))]
    assert link_sums(city, per_lane).tolist() == expected


def test_best_takes_the_lower_stage_of_equals() -> None:
    grid = StageGrid(SignalTable.from_city(crossroads(Layout(n=3))))
    wishes, scores = grid.best(np.array([1, 3, 3, 2, 0, 0, 0, 0, -5, -6, -7, -4]))
    assert wishes.tolist() == [1, 0, 3]
    assert scores.tolist() == [3.0, 0.0, -4.0]


def test_sums_that_are_equal_but_for_rounding_are_equal() -> None:
    grid = StageGrid(SignalTable.from_city(crossroads()))
    third = 1.0 / 3.0
    wishes, _ = grid.best(np.array([third + third + third, 1.0 + 1e-12, 0.3, 1.0]))
    assert wishes.tolist() == [0]


def test_signals_without_a_choice_get_no_wish() -> None:
    grid = StageGrid(SignalTable.from_city(signal_only((30.0, "GG"))))
    wishes, scores = grid.best(np.zeros(0))
    assert wishes.tolist() == [KEEP]
    assert scores.tolist() == [-np.inf]
