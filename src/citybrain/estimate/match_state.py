"""What the matching remembers of every vehicle that reports: its last candidates, in slots found through a hash."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import F64, I32, I64
from citybrain.errors import InputError
from citybrain.estimate.jit import entry, inlined
from citybrain.estimate.match_model import Columns, MatchOptions, new_columns

U64 = NDArray[np.uint64]
COUNTS = ("matched", "stale", "invalid", "off_map", "broken", "unremembered", "forgotten")
MATCHED, STALE, INVALID, OFF_MAP, BROKEN, UNREMEMBERED, FORGOTTEN = range(len(COUNTS))
_NEVER = -np.inf


class MatchState(NamedTuple):
    """Memory of the matching, of constant size; `match` changes it in place, a copy is a snapshot.

    Vehicles lie in the slots 0 .. live[0] - 1; `table` is an open-addressing hash from vehicle to slot.
    """

    table: I32  # [power of two] slot; -1 = empty
    live: I64  # [1] slots in use
    vehicle: U64  # [vehicles_max]
    time_s: F64  # [vehicles_max] of the last report matched
    swept_s: F64  # [1] when the silent were last forgotten
    columns: Columns  # [vehicles_max + 1]; the last row is a desk for the report at hand
    counts: I64  # since the beginning, by COUNTS

    def copy(self) -> MatchState:
        """A snapshot that later calls of `match` leave alone."""
        columns = Columns._make(array.copy() for array in self.columns)
        return MatchState._make(value.copy() if isinstance(value, np.ndarray) else columns for value in self)

    @property
    def nbytes(self) -> int:
        """Bytes, whatever happens."""
        arrays = [value for value in self if isinstance(value, np.ndarray)] + list(self.columns)
        return sum(array.nbytes for array in arrays)

    def counted(self) -> dict[str, int]:
        """Reports by what became of them, and vehicles forgotten."""
        return dict(zip(COUNTS, self.counts.tolist(), strict=True))


def new_match_state(options: MatchOptions | None = None) -> MatchState:
    """Memory in which no vehicle is known yet."""
    options = options or MatchOptions()
    room = int(options.vehicles_max)
    size = 1 << int(np.ceil(np.log2(2 * room + 2)))
    return MatchState(
        table=np.full(size, -1, np.int32),
        live=np.zeros(1, np.int64),
        vehicle=np.zeros(room, np.uint64),
        time_s=np.zeros(room),
        swept_s=np.full(1, _NEVER),
        columns=new_columns(room + 1, int(options.candidates)),
        counts=np.zeros(len(COUNTS), np.int64),
    )


def save_live(state: MatchState) -> dict[str, Any]:
    """What the next calls of `match` depend on: the slots in use, as views. The hash follows from them."""
    n = int(state.live[0])
    return {
        "vehicle": state.vehicle[:n],
        "time_s": state.time_s[:n],
        "swept_s": state.swept_s,
        "columns": Columns._make(array[:n] for array in state.columns),
        "counts": state.counts,
    }


def load_live(kept: dict[str, Any], options: MatchOptions | None = None) -> MatchState:
    """A memory that goes on from what `save_live` gave, under the same options.

    Raises InputError where it holds more vehicles, or other columns, than the options allow.
    """
    state = new_match_state(options)
    n, width = kept["columns"].link.shape
    if n > state.vehicle.size or width != state.columns.link.shape[1]:
        room = f"{state.vehicle.size} of {state.columns.link.shape[1]}"
        raise InputError(f"saved matching: {n} vehicles of {width} candidates; expected at most {room}")
    state.live[0] = n
    state.vehicle[:n], state.time_s[:n] = kept["vehicle"], kept["time_s"]
    state.swept_s[:], state.counts[:] = kept["swept_s"], kept["counts"]
    arrays: tuple[Any, ...] = state.columns
    for array, part in zip(arrays, kept["columns"], strict=True):
        array[:n] = part
    _enter_all(state)
    return state


@inlined
def place_of(state: MatchState, vehicle: int) -> int:
    """Place in the hash where a vehicle is, or where it would come to be."""
    mask = np.uint64(state.table.size - 1)
    key = np.uint64(vehicle)
    mixed = (key ^ (key >> np.uint64(32))) * np.uint64(0x9E3779B97F4A7C15)
    at = (mixed >> np.uint64(20)) & mask
    while state.table[at] >= 0 and state.vehicle[state.table[at]] != key:
        at = (at + np.uint64(1)) & mask
    return int(at)


@inlined
def remember(state: MatchState, vehicle: int) -> int:
    """A new slot for a vehicle that has none; -1 = no room."""
    slot = int(state.live[0])
    if slot >= state.vehicle.size:
        return -1
    state.table[place_of(state, vehicle)] = slot
    state.vehicle[slot] = vehicle
    state.time_s[slot] = _NEVER
    state.columns.n[slot] = 0
    state.live[0] = slot + 1
    return slot


@inlined
def forget(state: MatchState, before_s: float) -> None:
    """Forget the vehicles last heard of before a time; the others close up in their order."""
    kept = 0
    for slot in range(state.live[0]):
        if state.time_s[slot] >= before_s:
            if kept < slot:
                state.vehicle[kept], state.time_s[kept] = state.vehicle[slot], state.time_s[slot]
                _move(state.columns, slot, kept)
            kept += 1
    if kept == state.live[0]:
        return
    state.counts[FORGOTTEN] += state.live[0] - kept
    state.live[0] = kept
    state.table[:] = -1
    for slot in range(kept):
        state.table[place_of(state, state.vehicle[slot])] = slot


@inlined
def _move(columns: Columns, source: int, target: int) -> None:
    columns.n[target] = columns.n[source]
    for k in range(columns.link.shape[1]):
        columns.link[target, k], columns.back[target, k] = columns.link[source, k], columns.back[source, k]
        columns.position_m[target, k] = columns.position_m[source, k]
        columns.x_m[target, k], columns.y_m[target, k] = columns.x_m[source, k], columns.y_m[source, k]
        columns.score[target, k] = columns.score[source, k]


@entry
def _enter_all(state: MatchState) -> None:
    """Put all slots in use into the hash."""
    for slot in range(state.live[0]):
        state.table[place_of(state, state.vehicle[slot])] = slot
