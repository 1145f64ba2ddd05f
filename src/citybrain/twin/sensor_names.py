"""Pseudonyms: keyed hashes of trip ids, with a key per day and purpose, so that nobody is followed from day to day."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

DAY_S = 86_400.0
U64 = NDArray[np.uint64]


def day_of(time_s: float) -> int:
    """Number of the day that a time belongs to."""
    return int(time_s // DAY_S)


def day_key(secret: bytes, purpose: str, day: int) -> bytes:
    """The key of one day: without the secret, no day's key tells another's."""
    salted = hashlib.blake2b(secret, digest_size=32).digest()
    return hashlib.blake2b(f"{purpose}:{day}".encode(), key=salted, digest_size=32).digest()


def pseudonym(trip_id: str, key: bytes) -> int:
    """64 bits of keyed BLAKE2b (RFC 7693) of an id."""
    return int.from_bytes(hashlib.blake2b(trip_id.encode(), key=key, digest_size=8).digest(), "big")


class Names:
    """Pseudonyms of trips for one purpose; each is worked out when first asked for, once a day. `trip_id` may grow."""

    def __init__(self, trip_id: Sequence[str], secret: bytes, purpose: str) -> None:
        self._trip_id, self._secret, self._purpose = trip_id, secret, purpose
        self._name = np.zeros(0, np.uint64)
        self._day = np.zeros(0, np.int32)
        self._grow(len(trip_id))

    def _grow(self, n: int) -> None:
        more = n - self._name.size
        self._name = np.append(self._name, np.zeros(more, np.uint64))
        self._day = np.append(self._day, np.full(more, np.iinfo(np.int32).min, np.int32))

    def of(self, trip: NDArray[np.int32], time_s: float) -> U64:
        """Pseudonyms of trips [n] on the day of `time_s`."""
        day = day_of(time_s)
        if len(self._trip_id) > self._name.size:
            self._grow(max(len(self._trip_id), 2 * self._name.size))
        new = np.unique(trip[self._day[trip] != day])
        if new.size:
            key = day_key(self._secret, self._purpose, day)
            self._name[new] = [pseudonym(self._trip_id[i], key) for i in new]
            self._day[new] = day
        return self._name[trip]
