"""Compiled loops over the bytes of text columns: looking up ids, keyed hashes, forbidden characters.

BLAKE2b is RFC 7693, with the block of the key already taken in: `tests` hold it against `hashlib`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

U8 = NDArray[np.uint8]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]

IV = np.array(
    [
        *(0x6A09E667F3BCC908, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1),
        *(0x510E527FADE682D1, 0x9B05688C2B3E6C1F, 0x1F83D9ABFB41BD6B, 0x5BE0CD19137E2179),
    ],
    np.uint64,
)
SIGMA = np.array(
    [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
        [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
        [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
        [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
        [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
        [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
        [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
        [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
        [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
        [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
        [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    ],
    np.uint64,  # unsigned: an index that needs no look whether it is negative
)
BLOCK = 128  # bytes
_FNV_BASIS, _FNV_PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)


@njit(cache=True, nogil=True, inline="always")
def _mix(a: Any, b: Any, c: Any, d: Any, x: Any, y: Any) -> Any:
    """The function G of RFC 7693, section 3.1."""
    a = a + b + x
    d ^= a
    d = (d >> np.uint64(32)) | (d << np.uint64(32))
    c = c + d
    b ^= c
    b = (b >> np.uint64(24)) | (b << np.uint64(40))
    a = a + b + y
    d ^= a
    d = (d >> np.uint64(16)) | (d << np.uint64(48))
    c = c + d
    b ^= c
    b = (b >> np.uint64(63)) | (b << np.uint64(1))
    return a, b, c, d


@njit(cache=True, nogil=True)
def compress(h: U64, m: U64, n_bytes: int, last: bool) -> None:
    """Take one block m [16] into the state h [8]; `n_bytes` are hashed with it (RFC 7693, section 3.2)."""
    v0, v1, v2, v3, v4, v5, v6, v7 = h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7]
    v8, v9, v10, v11, v12, v13, v14, v15 = IV[0], IV[1], IV[2], IV[3], IV[4], IV[5], IV[6], IV[7]
    v12 ^= np.uint64(n_bytes)
    if last:
        v14 = ~v14
    for r in range(12):
        s = SIGMA[r]
        v0, v4, v8, v12 = _mix(v0, v4, v8, v12, m[s[0]], m[s[1]])
        v1, v5, v9, v13 = _mix(v1, v5, v9, v13, m[s[2]], m[s[3]])
        v2, v6, v10, v14 = _mix(v2, v6, v10, v14, m[s[4]], m[s[5]])
        v3, v7, v11, v15 = _mix(v3, v7, v11, v15, m[s[6]], m[s[7]])
        v0, v5, v10, v15 = _mix(v0, v5, v10, v15, m[s[8]], m[s[9]])
        v1, v6, v11, v12 = _mix(v1, v6, v11, v12, m[s[10]], m[s[11]])
        v2, v7, v8, v13 = _mix(v2, v7, v8, v13, m[s[12]], m[s[13]])
        v3, v4, v9, v14 = _mix(v3, v4, v9, v14, m[s[14]], m[s[15]])
    h[0] ^= v0 ^ v8
    h[1] ^= v1 ^ v9
    h[2] ^= v2 ^ v10
    h[3] ^= v3 ^ v11
    h[4] ^= v4 ^ v12
    h[5] ^= v5 ^ v13
    h[6] ^= v6 ^ v14
    h[7] ^= v7 ^ v15


@njit(cache=True, nogil=True)
def keyed_hashes(data: U8, begin: I64, end: I64, keyed: U64, plate: bool) -> U64:
    """BLAKE2b-64 of each text data[begin:end] (the first 128 bytes of it) from the state `keyed` after the key's block.

    0 for a text of nothing. With `plate` the text is first brought to one form: see `_take_plate`.
    """
    found = np.empty(begin.size, np.uint64)
    words, h = np.zeros(BLOCK // 8, np.uint64), np.zeros(8, np.uint64)
    block = words.view(np.uint8)  # little-endian, as the standard has it
    for i in range(begin.size):
        words[:] = 0
        size = _take_plate(data, begin[i], end[i], block) if plate else _take(data, begin[i], end[i], block)
        h[:] = keyed
        compress(h, words, BLOCK + size, True)
        found[i] = h[0] if size else np.uint64(0)
    return found


@njit(cache=True, nogil=True)
def _take(data: U8, begin: int, end: int, block: U8) -> int:
    size = min(end - begin, BLOCK)
    block[:size] = data[begin : begin + size]
    return size


@njit(cache=True, nogil=True)
def _take_plate(data: U8, begin: int, end: int, block: U8) -> int:
    """A plate as it is compared: capitals, without blanks, hyphens, dots and the middle dot of Chinese plates."""
    size = 0
    i = begin
    while i < end and size < BLOCK:
        byte = data[i]
        if byte == 0xC2 and i + 1 < end and data[i + 1] == 0xB7:
            i += 2
            continue
        if byte not in (32, 45, 46):  # blank, hyphen, dot
            block[size] = byte - 32 if 97 <= byte <= 122 else byte
            size += 1
        i += 1
    return size


@njit(cache=True, nogil=True)
def _fnv(data: U8, begin: int, end: int) -> Any:
    h = _FNV_BASIS
    for i in range(begin, end):
        h = (h ^ np.uint64(data[i])) * _FNV_PRIME
    return h ^ (h >> np.uint64(29))


@njit(cache=True, nogil=True)
def build_slots(data: U8, offset: I64, slots: I32) -> None:
    """Fill the open-addressing table `slots` (-1 = free; its length a power of two) with the rows of unique texts."""
    mask = np.uint64(slots.size - 1)
    for row in range(offset.size - 1):
        at = _fnv(data, offset[row], offset[row + 1]) & mask
        while slots[at] >= 0:
            at = (at + np.uint64(1)) & mask
        slots[at] = row


@njit(cache=True, nogil=True)
def find_rows(known: U8, known_offset: I64, slots: I32, data: U8, offset: I64) -> I32:
    """The known row of each text; -1 = none."""
    mask = np.uint64(slots.size - 1)
    found = np.full(offset.size - 1, -1, np.int32)
    for i in range(offset.size - 1):
        begin, size = offset[i], offset[i + 1] - offset[i]
        at = _fnv(data, begin, begin + size) & mask
        while slots[at] >= 0:
            row = slots[at]
            if _equal(known, known_offset[row], known_offset[row + 1], data, begin, size):
                found[i] = row
                break
            at = (at + np.uint64(1)) & mask
    return found


@njit(cache=True, nogil=True)
def _equal(known: U8, begin: int, end: int, data: U8, at: int, size: int) -> bool:
    if end - begin != size:
        return False
    for k in range(size):  # noqa: SIM110  (a compiled loop)
        if known[begin + k] != data[at + k]:
            return False
    return True


@njit(cache=True, nogil=True)
def has_control(data: U8, offset: I64, lines: bool) -> NDArray[np.bool_]:
    """Whether each text has a control character; with `lines`, line breaks and tabulators are none."""
    found = np.zeros(offset.size - 1, np.bool_)
    for i in range(offset.size - 1):
        for k in range(offset[i], offset[i + 1]):
            byte = data[k]
            if (byte < 32 and not (lines and byte in (9, 10, 13))) or byte == 127:
                found[i] = True
                break
    return found


@njit(cache=True, nogil=True)
def gather(data: U8, begin: I64, size: I64) -> tuple[U8, I64]:
    """The texts data[begin : begin + size] one after another, and where each one ends."""
    offset = np.zeros(size.size + 1, np.int64)
    for i in range(size.size):
        offset[i + 1] = offset[i] + size[i]
    out = np.empty(offset[-1], np.uint8)
    for i in range(size.size):
        at = offset[i]
        for k in range(size[i]):
            out[at + k] = data[begin[i] + k]
    return out, offset
