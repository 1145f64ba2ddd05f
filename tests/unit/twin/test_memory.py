"""The memory of a run: tables that do not touch, copies that do not share, digests of what decides the future."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from _roads import Road, Trip, demand, road
from citybrain.twin.arrays import CONSTANT, LINE_BYTES, MUTABLE, TRACK
from citybrain.twin.memory import digest, occupied_slots, slot_tracks
from citybrain.twin.twin import Twin


def busy(seed: int = 0) -> Twin:
    return Twin(road(Road((200.0, 200.0), n_lanes=2)), demand([Trip(2.0 * i, (0, 1)) for i in range(40)]), seed).run(40)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), max_size=8))
def test_occupied_slots_are_those_of_every_window_in_turn(windows: list[tuple[int, int]]) -> None:
    """Each track has a window (head, count) in its own stretch of ten slots."""
    tracks = np.zeros(len(windows), TRACK)
    tracks["head"] = [10 * i + head for i, (head, _) in enumerate(windows)]
    tracks["count"] = [count for _, count in windows]
    expected = [10 * i + head + k for i, (head, count) in enumerate(windows) for k in range(count)]
    assert occupied_slots(tracks).tolist() == expected
    assert slot_tracks(tracks).tolist() == [slot // 10 for slot in expected]


def test_tables_lie_in_one_buffer_without_touching() -> None:
    memory = busy().memory
    begin = memory.buffer.ctypes.data
    spans = sorted((t.ctypes.data - begin, t.ctypes.data - begin + t.nbytes) for t in memory.tables.values() if t.size)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    assert spans[-1][1] <= memory.buffer.nbytes
    assert all(start % LINE_BYTES == 0 for start, _ in spans)
    assert set(memory.tables) == set(MUTABLE)
    assert set(memory.constants) == set(CONSTANT)


def test_a_fork_shares_what_never_changes_and_nothing_else() -> None:
    twin = busy()
    other = twin.fork()
    for name, table in twin.memory.constants.items():
        assert other.memory.constants[name] is table
    for name, table in twin.memory.tables.items():
        assert not np.shares_memory(table, other.memory.tables[name]), name
        assert table.tobytes() == other.memory.tables[name].tobytes(), name
    before = twin.digest()
    for table in other.memory.tables.values():
        table.view(np.uint8)[:] = 0xA5
    assert twin.digest() == before


def test_constant_tables_stay_as_they_were() -> None:
    twin = Twin(road(Road((200.0, 200.0), signal_after=0)), demand([Trip(2.0 * i, (0, 1)) for i in range(40)]))
    before = {name: table.tobytes() for name, table in twin.memory.constants.items()}
    twin.run(300)
    assert {name: table.tobytes() for name, table in twin.memory.constants.items()} == before


def test_equal_runs_have_equal_digests_and_others_have_not() -> None:
    assert busy().digest() == busy().digest()
    assert busy().run(41).digest() != busy().digest()
    assert busy().run(41).digest() == busy().run(41).digest()


def test_what_lies_in_slots_that_nobody_uses_does_not_count() -> None:
    twin = busy()
    before = digest(twin.memory)
    slots = twin.memory.tables["slots"]
    unused = np.setdiff1d(np.arange(slots.size), occupied_slots(twin.memory.tables["tracks"]))
    assert unused.size > 10
    slots["pos"][unused] += 7.0
    slots["speed"][unused] = 99.0
    assert digest(twin.memory) == before


@pytest.mark.parametrize("column", ["pos", "speed", "veh"])
def test_what_a_vehicle_does_counts(column: str) -> None:
    twin = busy()
    before = digest(twin.memory)
    twin.memory.tables["slots"][column][occupied_slots(twin.memory.tables["tracks"])[0]] += 1
    assert digest(twin.memory) != before


@pytest.mark.parametrize(("table", "column"), [("lanes", "allowed"), ("tracks", "limit"), ("links", "exits")])
def test_closures_limits_and_counts_are_part_of_the_state(table: str, column: str) -> None:
    twin = busy()
    before = digest(twin.memory)
    twin.memory.tables[table][column][0] += 1
    assert digest(twin.memory) != before


def test_a_world_knows_its_own_tables() -> None:
    """The record that kernels read points into the fork's buffer, not into that of the twin it came from."""
    twin = busy()
    other = twin.fork()
    other.run(80)
    twin.run(80)
    assert other.digest() == twin.digest()
    assert twin.vehicles().trip.tolist() == other.vehicles().trip.tolist()
