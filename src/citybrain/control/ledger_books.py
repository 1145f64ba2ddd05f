"""The books of a ledger: expected vehicles of each slot, in parcels by the second in which they are due at the line."""

from __future__ import annotations

import math
from typing import NamedTuple

from citybrain.city.model import F64, I32, U8
from citybrain.control.jit import entry, inlined

PLACES = 48  # parcels of a slot
SAME_S = 5.0  # expected vehicles within such a time share a parcel
BRAKES_S = 3.0  # who comes to a red or to a queue is so much later at the line than in free flow
EARLY_S, LATE_S = 12.0, 6.0  # a vehicle that crosses a detector is one that was due so much later, or earlier
TINY = 1e-6
GUESSED, SURE, TOLD = 0, 1, 2


class Books(NamedTuple):
    """Mutable arrays. A parcel that is `sure` is a vehicle that was seen on this very lane."""

    due_s: F64  # [n_slots, PLACES] free flow at the stop line, sorted
    mass: F64  # vehicles
    sure: U8
    size: I32  # [n_slots] parcels in use


@inlined
def put(books: Books, slot: int, due_s: float, mass: float, sure: int) -> None:
    """Add to the parcels of a slot."""
    n = books.size[slot]
    at = n
    while at > 0 and books.due_s[slot, at - 1] > due_s:
        at -= 1
    if sure != SURE:
        for near in range(max(at - 1, 0), min(at + 1, n)):
            same = abs(books.due_s[slot, near] - due_s) < SAME_S
            if same and books.sure[slot, near] == sure and books.mass[slot, near] + mass <= 1.0:
                total = books.mass[slot, near] + mass
                books.due_s[slot, near] += (due_s - books.due_s[slot, near]) * mass / total
                books.mass[slot, near] = total
                return
    if n == PLACES:
        books.mass[slot, max(at - 1, 0)] += mass
        return
    for i in range(n, at, -1):
        _move(books, slot, i - 1, i)
    books.due_s[slot, at], books.mass[slot, at], books.sure[slot, at] = due_s, mass, sure
    books.size[slot] = n + 1


@inlined
def _move(books: Books, slot: int, i: int, j: int) -> None:
    books.due_s[slot, j], books.mass[slot, j] = books.due_s[slot, i], books.mass[slot, i]
    books.sure[slot, j] = books.sure[slot, i]


@inlined
def _sweep(books: Books, slot: int) -> None:
    """Close the gaps of parcels that are gone."""
    n = 0
    for i in range(books.size[slot]):
        if books.mass[slot, i] > TINY:
            if i != n:
                _move(books, slot, i, n)
            n += 1
    books.size[slot] = n


@inlined
def mass_until(books: Books, slot: int, until_s: float) -> float:
    """Vehicles that were due by then."""
    total = 0.0
    for i in range(books.size[slot]):
        if books.due_s[slot, i] <= until_s:
            total += books.mass[slot, i]
    return total


@inlined
def take(books: Books, slot: int, amount: float, until_s: float) -> float:
    """Remove the first `amount` vehicles that were due by `until_s`; how many there were."""
    had = 0.0
    for i in range(books.size[slot]):
        if had >= amount - TINY or books.due_s[slot, i] > until_s:
            break
        part = min(amount - had, books.mass[slot, i])
        books.mass[slot, i] -= part
        had += part
    _sweep(books, slot)
    return had


@inlined
def clear(books: Books, slot: int, until_s: float, brakes_s: float) -> None:
    """Nobody who was due by then is still there; who was seen to come may have had to brake."""
    for i in range(books.size[slot]):
        if books.due_s[slot, i] <= until_s - (brakes_s if books.sure[slot, i] == 1 else 0.0):
            books.mass[slot, i] = 0.0
    _sweep(books, slot)


@inlined
def confirm(books: Books, slot: int, due_s: float) -> None:
    """A vehicle was seen on its way: it is one of those that were expected, if any were."""
    left = 1.0
    for i in range(books.size[slot]):
        near = due_s - LATE_S <= books.due_s[slot, i] <= due_s + EARLY_S
        if near and books.sure[slot, i] == TOLD and left > TINY:
            part = min(left, books.mass[slot, i])
            books.mass[slot, i] -= part
            left -= part
    _sweep(books, slot)
    put(books, slot, due_s, 1.0, 1)


@inlined
def miss(books: Books, slot: int, until_s: float) -> None:
    """Who was expected by then has not been seen to come."""
    for i in range(books.size[slot]):
        if books.sure[slot, i] != SURE and books.due_s[slot, i] <= until_s:
            books.mass[slot, i] = 0.0
    _sweep(books, slot)


@inlined
def excess(mean: float, k: float) -> float:
    """Expected rest of a Poisson number when at least k have been counted: E[N - k | N >= k]."""
    at = math.floor(k + 0.5)
    if mean <= TINY:
        return 0.0
    p, below = math.exp(-mean), 0.0
    for i in range(at):
        below += p
        p *= mean / (i + 1)
    above = 1.0 - below  # P(N >= k); p = P(N = k)
    if above < 1e-9:
        return mean / (at + 1)
    return mean * (above + (p * at / mean if at > 0 else 0.0)) / above - at


@entry
def poisson_rest(mean: float, k: float) -> float:
    """See `excess`."""
    return excess(mean, k)
