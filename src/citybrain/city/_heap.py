"""Shortest-path kernel: Dijkstra on CSR arrays with a binary heap, compiled, serial and free of the GIL."""

from __future__ import annotations

import numpy as np
from numba import njit

from citybrain.city.model import F32, F64, I32, I64, Bool


@njit(cache=True, nogil=True)
def _push(key: F64, item: I32, size: int, value: float, node: int) -> int:
    """Lazy insertion: a node may be in the heap several times, the stale copies are skipped when popped."""
    i = size
    while i > 0:
        parent = (i - 1) >> 1
        if key[parent] <= value:
            break
        key[i], item[i] = key[parent], item[parent]
        i = parent
    key[i], item[i] = value, node
    return size + 1


@njit(cache=True, nogil=True)
def _pop(key: F64, item: I32, size: int) -> int:
    """Remove the smallest entry (it was read at index 0) and return the new size."""
    size -= 1
    value, node = key[size], item[size]
    i = 0
    while 2 * i + 1 < size:
        child = 2 * i + 1
        if child + 1 < size and key[child + 1] < key[child]:
            child += 1
        if value <= key[child]:
            break
        key[i], item[i] = key[child], item[child]
        i = child
    key[i], item[i] = value, node
    return size


@njit(cache=True, nogil=True)
def tree(offset: I64, head: I32, arc_s: F32, cost_s: F32, root: int, wanted: Bool, n_wanted: int) -> tuple[F64, I32]:
    """Cost from every link to `root` along the given arcs (both ends included), and the link next towards it.

    `offset`/`head`/`arc_s` are the arcs by their far end: `head[offset[i]:offset[i + 1]]` are searched from i.
    The search ends when `n_wanted` links with `wanted` are settled; -1 searches everything. Unreached: inf, -1.
    """
    n = offset.size - 1
    total = np.full(n, np.inf)
    step = np.full(n, -1, np.int32)
    done = np.zeros(n, np.bool_)
    key = np.empty(head.size + 1, np.float64)
    item = np.empty(head.size + 1, np.int32)
    total[root] = cost_s[root]
    size = _push(key, item, 0, total[root], root)
    while size > 0 and n_wanted != 0:
        i = item[0]
        size = _pop(key, item, size)
        if done[i]:
            continue
        done[i] = True
        if wanted[i]:
            n_wanted -= 1
        for a in range(offset[i], offset[i + 1]):
            j = head[a]
            value = total[i] + arc_s[a] + cost_s[j]
            if value < total[j]:
                total[j] = value
                step[j] = i
                size = _push(key, item, size, value, j)
    return total, step


@njit(cache=True, nogil=True)
def follow(step: I32, start: int, root: int, out: I32, at: int) -> int:
    """Write the links from `start` to `root` into `out` from `at` on; return the end, or -1 where no path is."""
    i = start
    while i != root:
        if i < 0:
            return -1
        out[at] = i
        at += 1
        i = step[i]
    out[at] = root
    return at + 1


@njit(cache=True, nogil=True)
def count_links(step: I32, start: int, root: int) -> int:
    """Number of links on the path from `start` to `root`; 0 where no path is."""
    i, n = start, 1
    while i != root:
        i = step[i]
        if i < 0:
            return 0
        n += 1
    return n


@njit(cache=True, nogil=True)
def many(
    offset: I64, head: I32, arc_s: F32, cost_s: F32, origin: I32, destination: I32, order: I64
) -> tuple[I64, I32, int]:
    """Routes of all pairs, one search per distinct destination; `order` sorts the pairs by destination.

    Returns the start of each pair's route in the pool, the pool, and the first pair without a path (-1 = none).
    The routes lie in the pool in `order`'s order.
    """
    n_links, n = offset.size - 1, origin.size
    begin = np.zeros(n + 1, np.int64)
    pool = np.empty(16 * n + 1024, np.int32)
    wanted = np.zeros(n_links, np.bool_)
    used, first = 0, 0
    while first < n:
        root = destination[order[first]]
        last, n_wanted = first, 0
        while last < n and destination[order[last]] == root:
            link = origin[order[last]]
            n_wanted += 0 if wanted[link] else 1
            wanted[link] = True
            last += 1
        _, step = tree(offset, head, arc_s, cost_s, root, wanted, n_wanted)
        for k in range(first, last):
            start = origin[order[k]]
            wanted[start] = False
            length = count_links(step, start, root)
            if length == 0:
                return begin, pool, order[k]
            if used + length > pool.size:
                grown = np.empty(2 * pool.size + length, np.int32)
                grown[:used] = pool[:used]
                pool = grown
            begin[k] = used
            used = follow(step, start, root, pool, used)
        first = last
    begin[n] = used
    return begin, pool[:used], -1
