"""What a car park reports, at the door: what is believed, what is refused and why, and what older logs say."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
import pytest
from benchmarks._wire import JSON, NOW_S, body, context_of, small_city

from citybrain.ingest.codec import decode, encode
from citybrain.ingest.kinds import Kind
from citybrain.ingest.pipeline import decode as admitted
from citybrain.records.observations import ParkingCounts, ParkingState, columns, make

CONTEXT = context_of(small_city())


def admit(*rows: dict[str, Any]) -> tuple[Any, list[tuple[int, str, str]]]:
    whole = [{"time": NOW_S, "facility": "P1"} | row for row in rows]
    found, _ = admitted("test", Kind.PARKING, JSON, body(whole, JSON), NOW_S, CONTEXT)
    return found.table, [(reject.row, str(reject.reason), reject.field) for reject in found.rejects]


def test_a_state_is_taken_and_open_where_nothing_is_said() -> None:
    states = ("open", "closed", "full", None)
    table, rejects = admit(*({"free": 3, "capacity": 9, "state": state} for state in states))
    assert rejects == []
    assert table.state.tolist() == [ParkingState.OPEN, ParkingState.CLOSED, ParkingState.FULL, ParkingState.OPEN]


@pytest.mark.parametrize(
    ("row", "reason", "field"),
    [
        ({"free": 10, "capacity": 9}, "contradiction", "free"),
        ({"free": -1, "capacity": 9}, "out_of_range", "free"),
        ({"free": 0, "capacity": 0}, "out_of_range", "capacity"),
        ({"free": 1, "capacity": 9, "state": "half"}, "not_a_choice", "state"),
        ({"capacity": 9}, "missing", "free"),
    ],
)
def test_what_cannot_be_is_refused_and_costs_no_other_row(row: dict[str, Any], reason: str, field: str) -> None:
    table, rejects = admit({"free": 9, "capacity": 9}, row, {"free": 0, "capacity": 1})
    assert rejects == [(1, reason, field)]
    assert (table.free.tolist(), table.capacity.tolist()) == ([9, 0], [9, 1])


def without_state(table: ParkingCounts) -> bytes:
    """The bytes of a table as they were before a car park could say that it is closed."""
    data = encode(table)[:-4]
    begin = 16
    for _ in range(5):
        size = struct.unpack_from("<I", data, begin + 4)[0]
        begin += 8 + size + -size % 8
    size = struct.unpack_from("<I", data, begin + 4)[0]
    older = bytearray(data[:begin] + data[begin + 8 + size + -size % 8 :])
    older[5] = 6
    return bytes(older) + struct.pack("<I", zlib.crc32(bytes(older)))


def test_a_log_of_before_says_open() -> None:
    names = np.array(["P1", "P2", "P3"], object)
    table = make(ParkingCounts, 5.0, 6.0, names, np.array([1, 2, 3]), 40, int(ParkingState.CLOSED), 1)
    found = decode(without_state(table))
    assert found.state.tolist() == [ParkingState.OPEN] * 3
    for k, (mine, theirs) in enumerate(zip(columns(found), columns(table), strict=True)):
        assert k == 5 or mine.tolist() == theirs.tolist(), k
