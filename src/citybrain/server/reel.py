"""A reel: up to a minute of the live picture, a key frame and then deltas, packed, with checks of its own.

    magic "CBR1", shape (u32), first_s, last_s (f64), frames, length of the text, of the body, crc of both (u32),
    crc of this head (u32); the text; the body

The body is gzip of frames as `/live` sends them, each led by its length (u32): it is answered as it lies. The text is
JSON: the vital signs at the reel's first moment, so that a long time can be overlooked without opening a body. `shape`
is that of the city: a picture of other rows is not shown on this one. A reader that finds a damaged head looks for the
next one; what lies between is missing, and nothing else.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from citybrain.city.model import City

MAGIC = b"CBR1"
HEAD = struct.Struct("<4sIddIIII")
CHECK = struct.Struct("<I")
HEAD_BYTES = HEAD.size + CHECK.size
PACKING = 6
TEXT_MAX, BODY_MAX = 1 << 20, 1 << 30


@dataclass(frozen=True)
class ReelHead:
    """What a reel says of itself. Times in seconds of the city's clock."""

    shape: int
    first_s: float
    last_s: float
    frames: int
    text_bytes: int
    body_bytes: int
    check: int  # CRC-32 of text and body

    @property
    def size(self) -> int:
        """Bytes of the whole reel."""
        return HEAD_BYTES + self.text_bytes + self.body_bytes


@dataclass(frozen=True)
class Reel:
    """A whole reel."""

    head: ReelHead
    text: bytes
    body: bytes

    def packed(self) -> bytes:
        """As it lies on disk."""
        h = self.head
        told = HEAD.pack(MAGIC, h.shape, h.first_s, h.last_s, h.frames, h.text_bytes, h.body_bytes, h.check)
        return told + CHECK.pack(zlib.crc32(told)) + self.text + self.body

    def plain(self) -> bytes:
        """The frames, each led by its length."""
        return gzip.decompress(self.body)


def wind(frames: Sequence[bytes], span_s: tuple[float, float], shape: int, text: bytes) -> Reel:
    """A reel of frames, the first of which is a key frame."""
    body = gzip.compress(led(frames), PACKING, mtime=0)
    head = ReelHead(shape, *span_s, len(frames), len(text), len(body), zlib.crc32(body, zlib.crc32(text)))
    return Reel(head, text, body)


def led(frames: Sequence[bytes]) -> bytes:
    """Frames one after another, each led by its length."""
    return b"".join(len(frame).to_bytes(4, "little") + frame for frame in frames)


def read_head(data: bytes) -> ReelHead | None:
    """The head in HEAD_BYTES bytes; None where there is none, or a damaged one."""
    if len(data) < HEAD_BYTES or data[:4] != MAGIC:
        return None
    if zlib.crc32(data[: HEAD.size]) != CHECK.unpack_from(data, HEAD.size)[0]:
        return None
    _, *rest = HEAD.unpack_from(data)
    head = ReelHead(*rest)
    sane = head.first_s <= head.last_s and head.text_bytes <= TEXT_MAX and head.body_bytes <= BODY_MAX
    return head if sane else None


def heads(file: IO[bytes], size: int) -> Iterator[tuple[int, ReelHead]]:
    """Where the reels of a file lie; a reel that the end of the file cuts off is none."""
    at = 0
    while at + HEAD_BYTES <= size:
        file.seek(at)
        head = read_head(file.read(HEAD_BYTES))
        if head is not None and _ends_well(file, at, head, size):
            yield at, head
            at += head.size
        else:
            at = _next_magic(file, at + 1, size)


def _ends_well(file: IO[bytes], at: int, head: ReelHead, size: int) -> bool:
    """Whether a reel is as long as it says: behind it the file ends, or another one begins. Else all of it is read."""
    end = at + head.size
    if end >= size:
        return end == size
    file.seek(end)
    return file.read(len(MAGIC)) == MAGIC or read_reel(file, at) is not None


def _next_magic(file: IO[bytes], at: int, size: int) -> int:
    """Where the next head may begin; `size` where none does."""
    step = 1 << 20
    while at < size:
        file.seek(at)
        found = file.read(step + len(MAGIC) - 1).find(MAGIC)
        if found >= 0:
            return at + found
        at += step
    return size


def read_reel(file: IO[bytes], at: int) -> Reel | None:
    """The reel that lies at a place of a file; None where it is damaged."""
    file.seek(at)
    head = read_head(file.read(HEAD_BYTES))
    if head is None:
        return None
    rest = file.read(head.text_bytes + head.body_bytes)
    if len(rest) != head.text_bytes + head.body_bytes or zlib.crc32(rest) != head.check:
        return None
    return Reel(head, rest[: head.text_bytes], rest[head.text_bytes :])


def shape_of(city: City) -> int:
    """A number that two cities share only when the rows of their pictures are the same."""
    rows = (city.links.link_id, city.signals.signal_id, city.groups.group_id, city.sensors.sensor_id)
    found = zlib.crc32(str(city.lanes.link.size).encode())
    for names in rows:
        found = zlib.crc32("\n".join(names).encode(), found)
    return found
