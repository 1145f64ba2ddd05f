"""When and where a vehicle was last seen: a hash table of constant size that forgets the oldest."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import F64, I32
from citybrain.estimate.jit import inlined

U64 = NDArray[np.uint64]
PLACES = 8  # a key lies within so many rows of its own


class Recall(NamedTuple):
    """One row a vehicle; arrays are [power of two], changed in place."""

    key: U64  # 0 = free
    link: I32  # that it entered
    time_s: F64  # when


def new_recall(rows: int) -> Recall:
    """An empty table with room for `rows` vehicles or a little more."""
    size = 1 << max(int(np.ceil(np.log2(max(rows, 2 * PLACES)))), 5)
    return Recall(np.zeros(size, np.uint64), np.full(size, -1, np.int32), np.full(size, -np.inf))


@inlined
def find(recall: Recall, key: np.uint64) -> int:
    """Row of a vehicle; -1 = not known."""
    mask = recall.key.size - 1
    at = np.int64((key ^ (key >> np.uint64(32))) & np.uint64(mask))
    for k in range(PLACES):
        row = (at + k) & mask
        if recall.key[row] == key:
            return int(row)
    return -1


@inlined
def keep(recall: Recall, key: np.uint64, link: int, time_s: float) -> None:
    """Remember a vehicle in its row, in a free one, or in place of the oldest of its neighbours."""
    mask = recall.key.size - 1
    at = np.int64((key ^ (key >> np.uint64(32))) & np.uint64(mask))
    best = at
    for k in range(PLACES):
        row = (at + k) & mask
        if recall.key[row] == key:
            best = row
            break
        if recall.time_s[row] < recall.time_s[best]:
            best = row
    recall.key[best], recall.link[best], recall.time_s[best] = key, link, time_s
