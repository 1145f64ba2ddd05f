"""Laws of what measures are made of: cut cycles, calls, occupancy, queues; closed forms and brute force as peers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from _hand_log import Row, Setting, Zone, cycle_rows, hand_log, on
from citybrain.estimate.performance.cycles import End, cycles_of, rows_of_phases
from citybrain.estimate.performance.occupancy import (
    by_channel,
    occupancy_of,
    occupied_s,
    on_intervals,
    ratio_limit,
)
from citybrain.estimate.performance.queueing import (
    empty_moments,
    queue_area_s,
    queue_at,
    queue_of,
    reached_share,
)
from citybrain.records.signal_events import Event, Use, join_events, make_events, no_events

GREEN, YELLOW, RED = int(Event.BEGIN_GREEN), int(Event.BEGIN_YELLOW), int(Event.END_YELLOW)
CLEAR, ON, OFF = int(Event.BEGIN_RED_CLEARANCE), int(Event.DETECTOR_ON), int(Event.DETECTOR_OFF)
TIMES = st.lists(st.integers(0, 60).map(float), max_size=25)
WHOLE: list[Row] = [(0.0, RED, 2), (10.0, GREEN, 2), (40.0, YELLOW, 2), (43.0, RED, 2)]
TICKS = np.arange(0.0, 61.0) + 0.5


def times(values: list[float]) -> np.ndarray:
    return np.array(sorted(values), np.float64)


# ---- events ----


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 99)), max_size=20), st.integers(0, 20))
def test_events_joined_from_parts_are_those_sorted_at_once(rows: list[tuple[int, int]], cut: int) -> None:
    """Those of one moment stay as they come: a stable sort of the joined parts is that of the whole."""
    every = [hand_log([(float(t), 1, p) for t, p in part]).events for part in (rows[:cut], rows[cut:])]
    joined = join_events(every)
    assert [*zip(joined.time_s, joined.parameter, strict=True)] == sorted(rows, key=lambda row: row[0])


def test_joining_nothing_gives_typed_nothing() -> None:
    for none in (join_events([]), no_events(), join_events([no_events(), no_events()])):
        assert [getattr(none, name).dtype.str[1:] for name in ("time_s", "device", "code", "parameter")] == [
            *("f8", "i4", "i2", "i4")
        ]


# ---- cycles ----


@pytest.mark.parametrize(
    ("device", "number", "row"),
    [(0, 2, 2), (1, 2, 0), (0, 11, 1), (1, 11, -1), (0, 0, -1), (2, 2, -1), (0, 13, -1)],
)
def test_rows_of_phases_are_those_of_the_same_device_and_number(device: int, number: int, row: int) -> None:
    """Phases stand in any order, and (1, 2) is never taken for (0, 2 + width)."""
    phases = hand_log([], Setting(phases=((1, 2), (0, 11), (0, 2)))).phases
    assert rows_of_phases(phases, np.array([device], np.int32), np.array([number], np.int32)).tolist() == [row]


def test_without_phases_no_event_has_one() -> None:
    phases = hand_log([], Setting(phases=())).phases
    assert rows_of_phases(phases, np.zeros(3, np.int32), np.arange(3, dtype=np.int32)).tolist() == [-1, -1, -1]


def test_a_cycle_by_hand() -> None:
    one = cycles_of(hand_log([*WHOLE, (55.0, GREEN, 2)]))
    told = (one.red_s, one.green_s, one.yellow_s, one.end_s, one.next_green_s)
    assert [column.tolist() for column in told] == [[0.0], [10.0], [40.0], [43.0], [55.0]]
    assert np.isinf(cycles_of(hand_log(WHOLE)).next_green_s).all()


def test_the_first_of_two_begins_of_red_counts() -> None:
    """Red clearance two seconds after the end of yellow moves neither the end nor the next begin."""
    late = [*WHOLE, (45.0, CLEAR, 2), (53.0, GREEN, 2), (83.0, YELLOW, 2), (86.0, RED, 2), (88.0, CLEAR, 2)]
    cycles = cycles_of(hand_log(late))
    assert cycles.red_s.tolist() == [0.0, 43.0]
    assert cycles.end_s.tolist() == [43.0, 86.0]


@pytest.mark.parametrize("missing", range(4))
def test_a_cycle_with_a_hole_is_left_out_and_its_neighbours_stay(missing: int) -> None:
    """Red of the second of three cycles is also the end of the first: that hole costs both."""
    rows = cycle_rows([0.0, 50.0, 100.0, 150.0], 10.0, 40.0)
    del rows[3 + missing]
    kept = cycles_of(hand_log(rows)).red_s.tolist()
    assert kept == {0: [100.0], 1: [0.0, 100.0], 2: [0.0, 100.0], 3: [0.0]}[missing]


def test_phases_in_turn_do_not_cut_each_other() -> None:
    both = cycle_rows([0.0, 90.0, 180.0], 40.0, 80.0, 2) + cycle_rows([45.0, 135.0, 225.0], 50.0, 80.0, 4)
    cycles = cycles_of(hand_log(both, Setting(phases=((0, 2), (0, 4)))))
    assert cycles.phase.tolist() == [0, 0, 1, 1]
    assert cycles.end_s.tolist() == [90.0, 180.0, 135.0, 225.0]


def test_events_of_phases_that_no_table_names_are_left_out() -> None:
    rows = cycle_rows([0.0, 90.0], 40.0, 80.0, 7) + WHOLE
    assert cycles_of(hand_log(rows)).red_s.tolist() == [0.0]


@pytest.mark.parametrize(
    ("at_s", "code", "end"),
    [
        (25.0, Event.GAP_OUT, End.GAP_OUT),
        (40.0, Event.MAX_OUT, End.MAX_OUT),
        (41.0, Event.FORCE_OFF, End.FORCE_OFF),
        (41.1, Event.FORCE_OFF, End.UNKNOWN),  # more than a second after the green
        (9.9, Event.GAP_OUT, End.UNKNOWN),  # before it
    ],
)
def test_what_ends_a_green_is_written_within_it(at_s: float, code: Event, end: End) -> None:
    assert cycles_of(hand_log([*WHOLE, (at_s, int(code), 2)])).termination.tolist() == [end]


def test_the_word_of_the_controller_beats_the_guess_by_length() -> None:
    at_limit = Setting(max_green_s=30.0)
    assert cycles_of(hand_log(WHOLE, at_limit)).termination.tolist() == [End.MAX_OUT]
    told = hand_log([*WHOLE, (39.0, int(Event.GAP_OUT), 2)], at_limit)
    assert cycles_of(told).termination.tolist() == [End.GAP_OUT]


# ---- calls and occupancy ----


@pytest.mark.parametrize(
    ("rows", "begins", "ends"),
    [
        ([], [], []),
        ([(10.0, ON, 5), (12.0, OFF, 5)], [10.0], [12.0]),
        ([(12.0, OFF, 5)], [0.0], [12.0]),  # was on when the log began
        ([(10.0, ON, 5)], [10.0], [100.0]),  # is on when it ends
        ([(10.0, ON, 5), (20.0, ON, 5), (22.0, OFF, 5)], [10.0, 20.0], [20.0, 22.0]),
        ([(10.0, ON, 5), (12.0, OFF, 5), (15.0, OFF, 5)], [10.0], [12.0]),
        ([(10.0, ON, 6), (12.0, OFF, 6)], [], []),  # another channel
        ([(10.0, GREEN, 5), (12.0, YELLOW, 5)], [], []),  # a phase of the same number
    ],
)
def test_calls_with_and_without_their_ends(rows: list[Row], begins: list[float], ends: list[float]) -> None:
    found = on_intervals(hand_log(rows), 0, 5)
    assert [part.tolist() for part in found] == [begins, ends]


@given(st.lists(st.tuples(st.integers(0, 99), st.booleans(), st.integers(3, 6)), max_size=25))
def test_calls_by_channel_are_those_found_one_by_one(calls: list[tuple[int, bool, int]]) -> None:
    rows = [(float(t), ON if is_on else OFF, channel) for t, is_on, channel in calls]
    log = hand_log(rows, Setting(zones=(Zone(6), Zone(4), Zone(9))))
    for found, channel in zip(by_channel(log), (6, 4, 9), strict=True):
        assert found.tolist() == np.flatnonzero(log.events.parameter == channel).tolist()


@given(TIMES, st.integers(0, 60), st.integers(0, 60))
def test_occupied_seconds_are_those_counted_one_by_one(edges: list[float], one: int, other: int) -> None:
    cuts = times(list(set(edges)))[: len(set(edges)) // 2 * 2]
    begin, end = cuts[0::2], cuts[1::2]
    low, high = float(min(one, other)), float(max(one, other))
    inside = (low < TICKS) & (high > TICKS)
    held = ((TICKS[:, None] > begin) & (TICKS[:, None] < end)).any(axis=1)
    assert occupied_s(begin, end, np.array([low]), np.array([high]))[0] == pytest.approx((inside & held).sum())


@given(st.floats(0.0, 50.0), st.floats(0.1, 1.0))
def test_the_limit_of_a_zone_is_at_most_the_full_ratio_and_in_proportion(length_m: float, full: float) -> None:
    limit = float(ratio_limit(np.array([length_m]), full)[0])
    assert limit == pytest.approx(full * min((5.0 + length_m) / 16.0, 1.0))


def busy(green: float, red: float, channel: int = 5) -> list[Row]:
    """The share of the green (10 to 40 s) and of the first five seconds of red that a zone is occupied."""
    parts = on(10.0, 10.0 + 30.0 * green, channel) if green else []
    return parts + (on(43.0, 43.0 + 5.0 * red, channel) if red else [])


@pytest.mark.parametrize(
    ("green", "red", "fails"), [(0.8, 0.8, True), (0.8, 0.78, False), (0.78, 1.0, False), (1.0, 0.0, False)]
)
def test_a_green_fails_from_79_percent_in_both(green: float, red: float, fails: bool) -> None:
    log = hand_log([*WHOLE, *busy(green, red)], Setting(zones=(Zone(5),)))
    found = occupancy_of(log, cycles_of(log))
    assert found.green[0] == pytest.approx(green)
    assert found.red[0] == pytest.approx(red)
    assert found.failed.tolist() == [fails]


def test_the_worst_lane_tells_and_one_that_is_empty_hides_nothing() -> None:
    zones = (Zone(5, lane=0), Zone(6, lane=1), Zone(7, lane=2))
    log = hand_log([*WHOLE, *busy(0.1, 0.2, 5), *busy(0.9, 1.0, 6), *busy(0.5, 0.4, 7)], Setting(zones=zones))
    found = occupancy_of(log, cycles_of(log))
    assert (found.green[0], found.red[0]) == pytest.approx((0.9, 1.0))
    assert found.failed.all()


def test_one_lane_full_in_green_and_another_in_red_is_no_failure() -> None:
    zones = (Zone(5, lane=0), Zone(6, lane=1))
    log = hand_log([*WHOLE, *busy(1.0, 0.2, 5), *busy(0.2, 1.0, 6)], Setting(zones=zones))
    assert not occupancy_of(log, cycles_of(log)).failed.any()


@pytest.mark.parametrize(("end_s", "known"), [(48.0, True), (47.9, False)])
def test_a_green_is_judged_only_when_five_seconds_of_red_were_seen(end_s: float, known: bool) -> None:
    log = hand_log([*WHOLE, *busy(1.0, 1.0)], Setting(zones=(Zone(5),), end_s=end_s))
    found = occupancy_of(log, cycles_of(log))
    assert found.known.tolist() == [known]
    assert found.failed.tolist() == [known]


def test_the_window_after_green_ends_with_the_next_green() -> None:
    """Red for two seconds, of which the zone is occupied for one."""
    rows = [*WHOLE, (45.0, GREEN, 2), *on(43.0, 44.0, 5)]
    log = hand_log(rows, Setting(zones=(Zone(5),)))
    assert occupancy_of(log, cycles_of(log)).red[0] == pytest.approx(0.5)


# ---- queues ----


def walked(arrive: np.ndarray, leave: np.ndarray, empty: np.ndarray, weight: float) -> list[float]:
    """The queue one event after another."""
    events = [(t, 0) for t in arrive] + [(t, 1) for t in leave] + [(t, 2) for t in empty]
    level, found = 0.0, []
    for _, kind in sorted(events):
        level = (level + weight, max(level - 1.0, 0.0), 0.0)[kind]
        found.append(level)
    return found


@given(TIMES, TIMES, TIMES, st.sampled_from([0.5, 1.0, 1.25]))
def test_the_queue_is_that_walked_event_by_event(
    arrive: list[float], leave: list[float], empty: list[float], weight: float
) -> None:
    parts = times(arrive), times(leave), times(empty)
    assert queue_of(*parts, weight).vehicles.tolist() == pytest.approx(walked(*parts, weight))


@given(TIMES, TIMES, st.lists(st.integers(0, 70), min_size=3, max_size=3))
def test_the_area_of_two_windows_is_that_of_both_together(
    arrive: list[float], leave: list[float], cuts: list[int]
) -> None:
    queue, (a, b, c) = queue_of(times(arrive), times(leave), np.zeros(0)), np.array(sorted(cuts), np.float64)
    first, second, both = queue_area_s(queue, np.array([a, b, a]), np.array([b, c, c]))
    assert first + second == pytest.approx(both)
    steps = np.arange(a, c) + 0.5
    assert both == pytest.approx(queue_at(queue, steps).sum())


def test_a_queue_just_before_a_moment_does_not_count_what_comes_with_it() -> None:
    queue = queue_of(np.array([5.0]), np.array([8.0]), np.zeros(0))
    assert queue_at(queue, np.array([5.0, 5.01, 8.0, 8.01])).tolist() == [0.0, 1.0, 1.0, 0.0]


def test_no_vehicle_makes_no_queue() -> None:
    none = np.zeros(0)
    queue = queue_of(none, none, none)
    assert queue_at(queue, np.array([1.0])).tolist() == [0.0]
    assert queue_area_s(queue, np.array([0.0, 5.0]), np.array([5.0, 9.0])).tolist() == [0.0, 0.0]


def test_empty_moments_by_hand() -> None:
    """Free from 0 to 10, 12 to 14.9 (too short) and 20 to 30 s; two zones, of which either is enough to be busy."""
    zones = (Zone(5), Zone(6, lane=1))
    log = hand_log([*on(10.0, 12.0, 5), *on(14.9, 18.0, 5), *on(17.0, 20.0, 6)], Setting(zones=zones, end_s=30.0))
    found = empty_moments(log, 0, by_channel(log), 3.0)
    assert found.tolist() == pytest.approx([3.0, 6.0, 9.0, 23.0, 26.0, 29.0])


def test_a_zone_that_never_spoke_does_not_say_that_nobody_waits() -> None:
    log = hand_log([], Setting(zones=(Zone(5),)))
    assert empty_moments(log, 0, by_channel(log)).size == 0


@pytest.mark.parametrize(
    ("held_s", "use", "share"),
    [(5.0, Use.ADVANCE, 0.0), (5.1, Use.ADVANCE, 0.5), (5.1, Use.QUEUE, 0.5), (30.0, Use.PRESENCE, 0.0)],
)
def test_a_queue_reaches_a_detector_that_is_held_for_more_than_five_seconds(
    held_s: float, use: Use, share: float
) -> None:
    rows = [*cycle_rows([0.0, 50.0, 100.0], 10.0, 40.0), *on(60.0, 60.0 + held_s, 5)]
    log = hand_log(rows, Setting(zones=(Zone(5, use=use),)))
    assert reached_share(log, cycles_of(log), 0, by_channel(log)) == share


def test_make_events_takes_its_types_whatever_comes() -> None:
    """Columns of an export are of 64 bits."""
    wide = np.array([3, 1, 2])
    events = make_events(wide.astype(np.float64), wide, wide, wide)
    assert events.code.dtype == np.int16
    assert events.parameter.tolist() == [1, 2, 3]
