"""Small cells: no published number, and no difference of published numbers, counts fewer than k vehicles."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from citybrain.hub.privacy import group_totals, suppressed

K = 10
CELLS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 4)), min_size=1, max_size=40)


def test_cells_below_k_are_hidden_and_no_others() -> None:
    assert suppressed(np.array([0, 1, 9, 10, 11]), K).tolist() == [True, True, True, False, False]
    assert suppressed(np.zeros(0, int), K, np.zeros(0, int)).size == 0


def test_a_remainder_takes_the_smallest_neighbour_with_it() -> None:
    """A total of 68 beside 12, 20 and 30 would tell the cell of 6."""
    hidden = suppressed(np.array([30, 6, 12, 20, 15]), K, np.array([0, 0, 0, 0, 1]))
    assert hidden.tolist() == [False, True, True, False, False]


@given(CELLS)
def test_nothing_small_is_left_of_a_total(cells: list[tuple[int, int]]) -> None:
    support, group = np.array(cells).T
    hidden = suppressed(support, K, group)
    assert not (~hidden & (support < K)).any()
    totals = group_totals(support, K, group, 5)
    for g in range(5):
        left = int(support[hidden & (group == g)].sum())
        assert np.isnan(totals[g]) or left == 0 or left >= K


def test_no_difference_of_two_sums_counts_a_few() -> None:
    """100,000 pairs of queries, each a sum over any published cells and totals, one within the other."""
    rng = np.random.default_rng(5)
    reached = 0
    for _ in range(200):
        support, group = rng.integers(0, 40, 30), rng.integers(0, 4, 30)
        hidden = suppressed(support, K, group)
        totals = group_totals(support, K, group, 4)
        outer = rng.random((500, 30)) < rng.random((500, 1))
        inner = outer & (rng.random((500, 30)) < rng.random((500, 1)))
        published = np.where(hidden, 0, support)
        cells = (outer & ~inner) @ published  # sum of the one minus sum of the other
        assert not ((cells > 0) & (cells < K)).any()
        for g in np.flatnonzero(~np.isnan(totals)):  # a total minus a sum of its published cells
            rest = totals[g] - (outer * (group == g)) @ published
            assert not ((rest > 0) & (rest < K)).any()
        reached += 500
    assert reached == 100_000
