"""The ring of events: what it gives back is what a list of everything would, cut to its time and its room."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citybrain.estimate.performance.ring import SHEET_S, EventRing
from citybrain.records.signal_events import SignalEvents, make_events

DEVICES = 3
ROWS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, DEVICES - 1), st.integers(1, 100)), max_size=6)
ROOM = 1 << 20


def events(rows: list[tuple[float, int, int, int]]) -> SignalEvents:
    columns = [np.array(column) for column in zip(*rows, strict=True)] or [np.zeros(0)] * 4
    return make_events(
        columns[0].astype(np.float64), *(c.astype(t) for c, t in zip(columns[1:], ("i4", "i2", "i4"), strict=True))
    )


def told(found: SignalEvents) -> list[tuple[float, int, int]]:
    return [*zip(found.time_s.tolist(), found.code.tolist(), found.parameter.tolist(), strict=True)]


@settings(max_examples=60, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=30), st.integers(3, 40), st.integers(1, 15))
def test_it_gives_what_a_list_of_everything_would(
    beats: list[list[tuple[int, int, int]]], keep_s: int, step: int
) -> None:
    """Rows are (seconds ago, device, parameter): they come late, in any order, and each is given back once."""
    ring, every, now_s = EventRing(DEVICES, float(keep_s), ROOM), [], 0.0
    for beat in beats:
        now_s += step
        rows = [(now_s - ago, device, 82 if par % 2 else 1, par) for ago, device, par in beat]
        ring.add(events(rows), now_s)
        every += rows
    for device in range(DEVICES):
        found = told(ring.of(device))
        wanted = sorted((t, code, par) for t, d, code, par in every if d == device and t > now_s - keep_s)
        assert sorted(found) == wanted
        assert [row[0] for row in found] == sorted(row[0] for row in found), "in the order of time"


def test_it_keeps_exactly_the_last_hour() -> None:
    ring = EventRing(1, 3600.0, ROOM)
    for second in range(1, 7201):
        ring.add(events([(float(second), 0, 82, 1)]), float(second))
        if second % 601 == 0:
            times = ring.of(0).time_s
            assert (times[0], times[-1], times.size) == (max(1, second - 3599), second, min(second, 3600))
    assert ring.since_s() == 3600.0


def test_it_is_no_larger_after_a_day_than_after_an_hour() -> None:
    ring, sizes = EventRing(1, 600.0, ROOM), []
    for second in range(0, 6000, 5):
        ring.add(events([(float(second), 0, 81, k) for k in range(1, 11)]), float(second))
        sizes.append(ring.bytes)
    assert max(sizes[600:]) <= max(sizes[120:240])
    assert max(sizes) <= (600.0 + 2.0 * SHEET_S) / 5.0 * 10 * 12 * 1.5 + 2000


def test_where_there_is_no_room_the_oldest_go_and_it_says_so() -> None:
    room = 3000  # bytes: not enough for the whole minute
    ring = EventRing(1, 3600.0, room)
    for second in range(1, 301):
        ring.add(events([(float(second), 0, 82, 7)] * 5), float(second))
        assert sum(sheet.bytes for sheet in ring._view.sheets) <= room
    kept = ring.of(0).time_s
    assert ring.since_s() == ring.lost_s > 200.0
    assert kept[0] == ring.lost_s + 1.0, "everything since then is there, and nothing before"
    assert kept[-1] == 300.0


def test_a_question_about_a_stretch_is_a_part_of_the_whole() -> None:
    ring = EventRing(2, 100.0, ROOM)
    for second in range(1, 91):
        ring.add(events([(float(second), second % 2, 82, 5)]), float(second))
    assert ring.of(1, 50.0).time_s.tolist() == [float(s) for s in range(51, 91, 2)]
    assert ring.of(1, 95.0).time_s.size == 0


@pytest.mark.parametrize("parameter", [1, 100, 100_000, (1 << 25) - 1])
def test_codes_and_parameters_come_back_as_they_went_in(parameter: int) -> None:
    ring = EventRing(1, 100.0, ROOM)
    for second, code in ((1.0, 0), (40.0, 127), (80.0, 82)):  # the first two are sorted, the last one waits
        ring.add(events([(second, 0, code, parameter)]), second)
    assert told(ring.of(0)) == [(1.0, 0, parameter), (40.0, 127, parameter), (80.0, 82, parameter)]


def test_readers_see_one_moment_while_it_goes_on() -> None:
    """A view that was taken stays as it was: another thread may read while the loop writes."""
    ring = EventRing(1, 1000.0, ROOM)
    ring.add(events([(1.0, 0, 82, 1)]), 1.0)
    before = ring._view
    for second in range(2, 100):
        ring.add(events([(float(second), 0, 82, 1)]), float(second))
    assert sum(part.time_s.size for part in before.waiting) + sum(s.time_s.size for s in before.sheets) == 1
