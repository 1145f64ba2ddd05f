"""The memory of one run: its mutable tables in one buffer, so that fork, save and restore are one copy."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citybrain.twin.arrays import CONSTANT, LINE_BYTES, MUTABLE, WORLD, Table
from citybrain.twin.handle import Handle

Buffer = NDArray[np.uint8]
Constants = dict[str, Table]


@dataclass(frozen=True, eq=False)
class Memory:
    """`world` holds the addresses of the tables: keep the Memory as long as a kernel may use it."""

    constants: Constants
    scalars: tuple[int, int, int, float]  # n_lanes, n_links, seed, begin_s
    lengths: dict[str, int]
    buffer: Buffer
    tables: dict[str, Table]
    world: Handle

    def fork(self) -> Memory:
        """A copy of the state; the constant tables are shared."""
        return attach(self.constants, self.scalars, self.lengths, _copied(self.buffer))

    def __reduce__(self) -> tuple[Callable[..., Memory], tuple[Any, ...]]:
        """Pickled without addresses: another process lays the tables out anew."""
        return _arrived, (self.constants, self.scalars, self.lengths, self.buffer)

    def with_stops(self, stops: Table) -> Memory:
        """The same state beside another table of stops, whose first rows are those of this one."""
        return attach({**self.constants, "stops": stops}, self.scalars, self.lengths, self.buffer)


def allocate(tables: dict[str, Table], scalars: tuple[int, int, int, float]) -> Memory:
    """Lay the tables out: constants are kept as they are, the mutable ones are copied into one buffer."""
    constants = {name: np.ascontiguousarray(tables[name], kind) for name, kind in CONSTANT.items()}
    lengths = {name: int(tables[name].size) for name in MUTABLE}
    size = sum(_padded(lengths[name] * kind.itemsize) for name, kind in MUTABLE.items())
    memory = attach(constants, scalars, lengths, _empty(size, np.zeros))
    for name in MUTABLE:
        memory.tables[name][:] = tables[name]
    return memory


def attach(
    constants: Constants, scalars: tuple[int, int, int, float], lengths: dict[str, int], buffer: Buffer
) -> Memory:
    """Views of the mutable tables in `buffer`, and the world record that points to everything."""
    tables: dict[str, Table] = {}
    at = 0
    for name, kind in MUTABLE.items():
        nbytes = lengths[name] * kind.itemsize
        tables[name] = buffer[at : at + nbytes].view(kind)
        at += _padded(nbytes)
    world = np.zeros(1, WORLD)
    world[0] = (*scalars, *(part for table in (*constants.values(), *tables.values()) for part in _place(table)))
    return Memory(constants, scalars, lengths, buffer, tables, Handle(world))


def _arrived(
    constants: Constants, scalars: tuple[int, int, int, float], lengths: dict[str, int], buffer: Buffer
) -> Memory:
    return attach(constants, scalars, lengths, _copied(buffer))


def _empty(size: int, make: Callable[..., Buffer] = np.empty) -> Buffer:
    """`size` bytes that begin with a cache line."""
    raw = make(size + LINE_BYTES, np.uint8)
    begin = -raw.ctypes.data % LINE_BYTES
    return raw[begin : begin + size]


def _copied(buffer: Buffer) -> Buffer:
    copy = _empty(buffer.size)
    copy[:] = buffer
    return copy


def _padded(nbytes: int) -> int:
    return -(-nbytes // LINE_BYTES) * LINE_BYTES


def _place(table: Table) -> tuple[int, int]:
    return table.ctypes.data, table.size


def occupied_slots(tracks: Table) -> NDArray[np.int64]:
    """Slot numbers of all vehicles, by track and front first."""
    count = tracks["count"].astype(np.int64)
    start = np.repeat(tracks["head"].astype(np.int64), count)
    within = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    return start + within


def slot_tracks(tracks: Table) -> NDArray[np.int64]:
    """Track of each vehicle, in the order of `occupied_slots`."""
    return np.repeat(np.arange(tracks.size), tracks["count"])


def digest(memory: Memory) -> str:
    """SHA-256 of all that decides the future: not of what lies in unused slots, nor of where a window begins."""
    h = hashlib.sha256()
    for name, table in memory.tables.items():
        if name == "outbox":
            continue
        rows = table[occupied_slots(memory.tables["tracks"])] if name == "slots" else table
        for column in rows.dtype.names or (None,):
            if column != "head":
                h.update(np.ascontiguousarray(rows if column is None else rows[column]).tobytes())
    return h.hexdigest()
