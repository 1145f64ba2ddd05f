"""Plates and device ids become keyed hashes before anything else sees them; each day has a key of its own.

The key of a day is derived from a root that is hashed forward every midnight: whoever holds today's root can make the
keys of today and later, never those of a day whose root was destroyed. Roots belong outside the store of observations.
A hash stays personal data (four places and times identify most people), so it ages out with its rows.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from citybrain.errors import InputError
from citybrain.ingest._kernels import BLOCK, IV, compress, keyed_hashes
from citybrain.ingest.cells import Texts

__all__ = ["DAY_S", "DayKeys", "Purpose", "hashes"]

DAY_S = 86_400
KEY_BYTES = 32
_DIGEST_BYTES = 8


class Purpose(StrEnum):
    """What a hash stands for: the same text under two purposes has two unrelated hashes."""

    PLATE = "plate"
    DEVICE = "device"


class DayKeys:
    """The keys of the days from `first_day` on: days since 1970, each beginning `change_s` after midnight UTC."""

    def __init__(self, root: bytes, first_day: int, zone: str = "", change_s: int = 0) -> None:
        if len(root) != KEY_BYTES:
            raise InputError(f"a root key has {len(root)} bytes; expected {KEY_BYTES}")
        self._roots = {first_day: root}
        self._zone = zone
        self.first_day, self._last_day = first_day, first_day
        self.change_s = change_s

    def day(self, time_s: NDArray[np.float64]) -> NDArray[np.int64]:
        """The day of each time."""
        return np.floor((time_s - self.change_s) / DAY_S).astype(np.int64)

    def key(self, day: int, purpose: Purpose) -> bytes:
        """Raises InputError for a day whose key is destroyed."""
        if day < self.first_day:
            raise InputError(f"the key of day {day} is destroyed; expected day {self.first_day} or later")
        while self._last_day < day:
            self._roots[self._last_day + 1] = _after(self._roots[self._last_day])
            self._last_day += 1
        message = f"{purpose}|{self._zone}".encode()
        return hashlib.blake2b(message, key=self._roots[day], digest_size=KEY_BYTES).digest()

    def destroy_before(self, day: int) -> None:
        """Forget the keys of earlier days for good."""
        self.key(max(day, self.first_day), Purpose.PLATE)
        for old in range(self.first_day, day):
            self._roots.pop(old)
        self.first_day = max(day, self.first_day)

    def oldest(self) -> tuple[int, bytes]:
        """First day that is still known, and its root: what is kept for a restart, away from the store."""
        return self.first_day, self._roots[self.first_day]


def _after(root: bytes) -> bytes:
    return hashlib.blake2b(root, digest_size=KEY_BYTES, person=b"citybrain.day").digest()


@lru_cache(maxsize=64)
def _keyed_state(key: bytes) -> NDArray[np.uint64]:
    """BLAKE2b's state [8] after the block of the key (RFC 7693, section 3.3)."""
    h = IV.copy()
    h[0] ^= np.uint64(0x01010000 ^ (len(key) << 8) ^ _DIGEST_BYTES)
    block = np.frombuffer(key.ljust(BLOCK, b"\0"), "<u8").astype(np.uint64)
    compress(h, block, BLOCK, False)
    return h


def hashes(
    texts: Texts, rows: NDArray[np.int64], time_s: NDArray[np.float64], keys: DayKeys, purpose: Purpose
) -> NDArray[np.uint64]:
    """Keyed BLAKE2b-64 of the texts of some rows [k], each under the key of the day of its `time_s` [k]."""
    days = keys.day(time_s)
    found = np.zeros(rows.size, np.uint64)
    for day in np.unique(days).tolist():
        of_day = days == day
        begin, end = texts.offset[rows[of_day]], texts.offset[rows[of_day] + 1]
        state = _keyed_state(keys.key(day, purpose))
        found[of_day] = keyed_hashes(texts.data, begin, end, state, purpose is Purpose.PLATE)
    return found
