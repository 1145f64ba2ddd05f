"""Small cells: what would let a few vehicles or persons be counted is not published (k-anonymity of aggregates).

Rules, for every data set that counts vehicles or persons on their ways (origin-destination, passages, trips):

1. a cell with fewer than k behind it is not published, and an empty cell cannot be told from a small one;
2. where the total of a group of cells is published beside them, what is left of it after all published cells is
   either nothing or at least k (complementary suppression), so that no subtraction reaches a small cell;
3. windows in time do not overlap (`Hub.publish_table` refuses it), so no two publications differ by a few vehicles.

Sums of published cells are sums of groups of at least k, and so is the difference of any two such sums of disjoint
windows: what an SQL query over the history can reach. Totals of vehicles present (in transit) are not counts of ways.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bool = NDArray[np.bool_]
Counts = NDArray[np.integer]


def suppressed(support: Counts, k: int, group: Counts | None = None) -> Bool:
    """Cells [n] to leave out. `support` [n] vehicles behind each; `group` [n] where totals by group are published too.

    A group whose own total is below k loses its total as well: see `group_totals`.
    """
    hidden = support < k
    if group is None or not support.size:
        return hidden
    n_groups = int(group.max()) + 1
    left = np.bincount(group[hidden], support[hidden], n_groups)
    order = np.argsort(support, kind="stable")
    for g in np.flatnonzero((left > 0) & (left < k)):
        for cell in order[(group[order] == g) & ~hidden[order]]:
            hidden[cell] = True
            left[g] += support[cell]
            if left[g] >= k:
                break
    return hidden


def group_totals(support: Counts, k: int, group: Counts, n_groups: int) -> NDArray[np.float64]:
    """Total of each group; nan where fewer than k vehicles are in the group."""
    totals = np.bincount(group, support, n_groups).astype(np.float64)
    totals[totals < k] = np.nan
    return totals
