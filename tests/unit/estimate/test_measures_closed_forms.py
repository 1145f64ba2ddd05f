"""Arrivals, folded cycles, delay formulas and saturation flow, each against what can be told by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from _hand_log import Row, Setting, Zone, cycle_rows, hand_log, on
from citybrain.estimate.performance.arrivals import Points, arrival_points, departure_points, platoon_ratio, tally
from citybrain.estimate.performance.coordination import fold, on_green_by_shift, uniform_delay_vs
from citybrain.estimate.performance.cycles import Cycles, cycles_of
from citybrain.estimate.performance.delay import CYCLE_MAX_S, control_delay_s, webster_cycle_s
from citybrain.estimate.performance.measures import measure, periods_of
from citybrain.estimate.performance.saturation import BASE_VPS, FAST, SLOW, degree_of_saturation, saturation_flow_vps
from citybrain.records.signal_events import SignalLog, Use

COUNT, ADVANCE = Use.COUNT, Use.ADVANCE
REDS = [0.0, 60.0, 120.0, 180.0]  # green from 20 to 50 s of each cycle
PROFILE = st.lists(st.integers(0, 9).map(float), min_size=2, max_size=40)


def seen(at_s: list[float], zone: Zone, reds: list[float] | None = None) -> SignalLog:
    """Vehicles over one channel, cycles of a minute with green from 20 to 50 s."""
    rows: list[Row] = cycle_rows(reds or REDS, 20.0, 50.0)
    for moment in at_s:
        rows += on(moment, moment + 0.1, zone.channel)
    return hand_log(rows, Setting(zones=(zone,), end_s=(reds or REDS)[-1] + 20.0))


def even(n: int, cycle_s: float = 60.0) -> Cycles:
    """Cycles of one phase, one behind the other."""
    red_s = cycle_s * np.arange(n)
    table = red_s, red_s + 20.0, red_s + 50.0, red_s + cycle_s, red_s + cycle_s + 20.0
    return Cycles(np.zeros(n, np.int32), *table, np.zeros(n, np.uint8))


# ---- arrivals ----


@pytest.mark.parametrize(
    ("at_s", "colours"),
    [
        (60.0, (0, 0, 1)),  # a moment belongs to the colour that begins with it
        (79.9, (0, 0, 1)),
        (80.0, (1, 0, 0)),
        (109.9, (1, 0, 0)),
        (110.0, (0, 1, 0)),
        (119.9, (0, 1, 0)),
        (120.0, (0, 0, 1)),
    ],
)
def test_a_vehicle_meets_the_colour_that_shows(at_s: float, colours: tuple[int, int, int]) -> None:
    log = seen([at_s], Zone(5, use=COUNT))
    found = tally(cycles_of(log), departure_points(log, cycles_of(log)))
    assert tuple(int(part.sum()) for part in found) == colours


@pytest.mark.parametrize("at_s", [180.0, 195.0])
def test_a_vehicle_in_no_whole_cycle_is_in_none(at_s: float) -> None:
    log = seen([at_s], Zone(5, use=COUNT))
    points = departure_points(log, cycles_of(log))
    assert points.cycle.tolist() == [-1]
    assert tally(cycles_of(log), points).all.sum() == 0


def test_a_vehicle_in_a_hole_between_two_cycles_is_in_neither() -> None:
    """The begin of green of the second cycle is missing, so from 60 to 120 s nothing is known."""
    log = seen([59.0, 70.0, 121.0], Zone(5, use=COUNT))
    cycles = cycles_of(log)
    kept = Cycles(**{name: column[[0, 2]] for name, column in vars(cycles).items()})
    assert departure_points(log, kept).cycle.tolist() == [0, -1, 1]


@given(st.floats(0.0, 300.0), st.floats(1.0, 30.0))
def test_an_arrival_is_moved_ahead_by_its_way_at_its_speed(distance_m: float, speed_mps: float) -> None:
    log = seen([10.0], Zone(5, use=ADVANCE, distance_m=distance_m, speed_mps=speed_mps))
    found = arrival_points(log, cycles_of(log)).time_s
    assert found == pytest.approx([10.0 + distance_m / speed_mps], rel=1e-5)


def test_a_channel_without_a_speed_does_not_divide_by_it() -> None:
    log = seen([10.0], Zone(5, use=ADVANCE, distance_m=10.0, speed_mps=0.0))
    assert np.isfinite(arrival_points(log, cycles_of(log)).time_s).all()


def test_arrivals_and_departures_are_told_from_their_own_channels() -> None:
    log = seen([70.0, 75.0], Zone(5, use=COUNT))
    assert departure_points(log, cycles_of(log)).time_s.tolist() == [70.0, 75.0]
    assert arrival_points(log, cycles_of(log)).time_s.size == 0


@given(st.integers(1, 60), st.integers(1, 50), st.integers(1, 99))
def test_arrivals_in_proportion_to_green_have_a_platoon_ratio_of_one(green: int, red: int, rate: int) -> None:
    on_green, every = np.array([float(rate * green)]), np.array([float(rate * (green + red))])
    assert platoon_ratio(on_green, every, np.array([float(green)]), np.array([float(green + red)])) == pytest.approx(
        1.0
    )


# ---- folded cycles ----


def points(at_s: list[float], cycle: list[int]) -> Points:
    n = len(at_s)
    return Points(np.zeros(n, np.int32), np.array(at_s), np.zeros(n, np.int32), np.array(cycle, np.int64))


def test_a_folded_cycle_by_hand() -> None:
    part = fold(even(3), points([5.0, 65.4, 179.9, 90.0], [0, 1, 2, 1]), 0)
    assert part is not None
    assert (part.cycle_s, part.cycles, part.steady) == (60.0, 3, 1.0)
    assert np.flatnonzero(part.arrivals).tolist() == [5, 30, 59]
    assert part.arrivals[5] == 2.0
    assert np.flatnonzero(part.green).tolist() == list(range(20, 50))


def test_green_that_begins_within_a_bin_fills_its_share_of_it() -> None:
    part = fold(shifted(even(3), 0.25), points([], []), 0)
    assert part is not None
    assert part.green[20] == pytest.approx(0.75)
    assert part.green.sum() == pytest.approx(29.75)


def shifted(cycles: Cycles, by_s: float) -> Cycles:
    """Greens that begin so much later."""
    return Cycles(**{**vars(cycles), "green_s": cycles.green_s + by_s})


def test_one_long_cycle_is_not_the_usual_one_and_its_vehicles_are_left_out() -> None:
    cycles = even(4)
    long = Cycles(**{**vars(cycles), "end_s": cycles.end_s + np.array([0.0, 0.0, 0.0, 2.0])})
    part = fold(long, points([5.0, 185.0], [0, 3]), 0)
    assert part is not None
    assert (part.cycles, part.steady, part.arrivals.sum()) == (3, 0.75, 1.0)


@pytest.mark.parametrize("cycles", [even(1), even(3, 601.0), even(3, 0.4)], ids=["one", "too long", "too short"])
def test_cycles_that_cannot_be_folded_are_refused(cycles: Cycles) -> None:
    assert fold(cycles, points([], []), 0) is None


def test_rows_of_other_cycles_leave_nothing_to_fold() -> None:
    assert fold(even(3), points([], []), 0, np.array([7], np.int64)) is None
    assert fold(even(3), points([], []), 1) is None


@given(PROFILE, st.data())
def test_arrivals_on_green_by_shift_are_those_of_the_green_moved(profile: list[float], data: st.DataObject) -> None:
    n = len(profile)
    green = np.array(data.draw(st.lists(st.integers(0, 1).map(float), min_size=n, max_size=n)))
    arrivals = np.array(profile)
    moved = [float(arrivals @ np.roll(green, k)) for k in range(n)]
    assert on_green_by_shift(arrivals, green) == pytest.approx(moved, abs=1e-6)


@given(PROFILE, st.floats(0.1, 2.0))
def test_nobody_waits_where_green_is_always_and_wide_enough(profile: list[float], more: float) -> None:
    arrivals = np.array(profile)
    assert uniform_delay_vs(arrivals, np.ones(arrivals.size), float(arrivals.max()) + more) == pytest.approx(0.0)


@given(PROFILE, st.integers(0, 39), st.floats(0.5, 3.0))
def test_the_delay_of_a_cycle_does_not_depend_on_where_it_begins(profile: list[float], by: int, room: float) -> None:
    """As long as the green serves what comes: then the second cycle is every cycle."""
    arrivals = np.array(profile)
    green = (np.arange(arrivals.size) % 2).astype(np.float64)
    flow_vps = (1.0 + room) * max(float(arrivals.sum()), 1.0)
    delays = [uniform_delay_vs(np.roll(arrivals, k), np.roll(green, k), flow_vps) for k in (0, by)]
    assert delays[0] == pytest.approx(delays[1], abs=1e-6)


# ---- delay by formula ----


@given(st.floats(5.0, 80.0), st.floats(90.0, 150.0))
def test_delay_of_an_empty_street_is_half_the_red_squared_over_the_cycle(green_s: float, cycle_s: float) -> None:
    """A lone vehicle waits r^2 / 2C, and the incremental part is nothing at X = 0."""
    expected = (cycle_s - green_s) ** 2 / (2.0 * cycle_s)
    assert float(control_delay_s(green_s, cycle_s, 0.0, 600.0)) == pytest.approx(expected)


@pytest.mark.parametrize(("ratio", "capacity_vph"), [(0.5, 600.0), (1.0, 600.0), (1.2, 300.0)])
def test_with_green_all_the_time_only_the_random_part_is_left(ratio: float, capacity_vph: float) -> None:
    over = np.sqrt((ratio - 1.0) ** 2 + 4.0 * ratio / (capacity_vph * 0.25))
    assert float(control_delay_s(90.0, 90.0, ratio, capacity_vph)) == pytest.approx(225.0 * (ratio - 1.0 + over))


def test_far_above_capacity_the_delay_grows_by_half_the_period_for_each_unit_of_excess() -> None:
    """Deterministic overflow: half of the period, of 900 s, for each unit of X above 1."""
    delays = control_delay_s(30.0, 90.0, np.array([4.0, 5.0]), 1e7)
    assert float(delays[1] - delays[0]) == pytest.approx(450.0, rel=1e-3)


@pytest.mark.parametrize(
    ("lost_s", "flow_ratio", "cycle_s"),
    [(0.0, 0.0, 5.0), (12.0, 0.6, 57.5), (20.0, 0.9, CYCLE_MAX_S), (10.0, 0.9499, CYCLE_MAX_S), (10.0, 0.95, np.inf)],
)
def test_webster_cycle_has_a_floor_a_ceiling_and_an_end(lost_s: float, flow_ratio: float, cycle_s: float) -> None:
    assert webster_cycle_s(lost_s, flow_ratio) == pytest.approx(cycle_s)


# ---- saturation flow ----


def discharge(headway_s: float, per_green: int, n: int = 10, lane: int = 0) -> Points:
    """Queues that start two seconds after begin of green."""
    at_s = (60.0 * np.arange(n)[:, None] + 22.0 + headway_s * np.arange(per_green)).reshape(-1)
    cycle = np.repeat(np.arange(n), per_green)
    return Points(np.zeros(at_s.size, np.int32), at_s, np.full(at_s.size, lane, np.int32), cycle)


@pytest.mark.parametrize(
    ("headway_s", "flow_vps"), [(2.0, 0.5), (2.5, 0.4), (1.2, FAST * BASE_VPS), (3.9, SLOW * BASE_VPS)]
)
def test_saturation_flow_is_one_over_the_headway_within_bounds(headway_s: float, flow_vps: float) -> None:
    found = saturation_flow_vps(discharge(headway_s, 7), even(10), 2)
    assert found == pytest.approx([flow_vps, flow_vps])  # a phase with no queue takes that of all


@pytest.mark.parametrize("leave", [discharge(2.5, 4), discharge(4.1, 6), discharge(2.5, 7, lane=-1), discharge(2.5, 5)])
def test_too_few_headways_of_queues_give_the_rate_of_the_manual(leave: Points) -> None:
    """The first four of a queue, vehicles after a gap, shared lanes, and ten headways where twenty make a mean."""
    assert saturation_flow_vps(leave, even(10), 1) == pytest.approx([BASE_VPS])


def test_a_gap_ends_the_queue_and_what_comes_behind_it_does_not_count() -> None:
    """Seven vehicles at 2.5 s, a gap of five seconds, then one a second: only the first seven are a queue."""
    queue = discharge(2.5, 7)
    late_s = (60.0 * np.arange(10)[:, None] + 42.0 + np.arange(5)).reshape(-1)
    at_s, cycle = np.concatenate([queue.time_s, late_s]), np.concatenate([queue.cycle, np.repeat(np.arange(10), 5)])
    none = np.zeros(at_s.size, np.int32)
    assert saturation_flow_vps(Points(none, at_s, none, cycle), even(10), 1) == pytest.approx([0.4])


def test_two_lanes_are_two_queues() -> None:
    both = [discharge(2.5, 7, lane=0), discharge(2.5, 7, lane=1)]
    joined = Points(*(np.concatenate([getattr(part, name) for part in both]) for name in Points._fields))
    assert saturation_flow_vps(joined, even(10), 1) == pytest.approx([0.4])


@given(st.floats(0.01, 5.0))
def test_saturation_does_not_depend_on_how_long_one_looks(times: float) -> None:
    one = np.array([12.0]), np.array([2.0]), np.array([0.5]), np.array([30.0])
    once = degree_of_saturation(*one)
    assert degree_of_saturation(one[0] * times, one[1], one[2], one[3] * times) == pytest.approx(once)


# ---- periods ----


def test_periods_are_those_of_the_clock_and_a_cycle_belongs_to_where_it_begins() -> None:
    log = seen([30.0, 90.0, 95.0, 150.0], Zone(5, use=COUNT))
    parts = periods_of(measure(log), 100.0)
    assert parts.begin_s.tolist() == [0.0, 100.0]
    assert parts.cycles.tolist() == [2, 1]
    assert parts.departures.tolist() == [3, 1]
    assert parts.green_s == pytest.approx([30.0, 30.0])


def test_what_no_channel_tells_is_unknown_and_not_nothing() -> None:
    counted = periods_of(measure(seen([30.0], Zone(5, use=COUNT))), None)
    for name in ("on_green_share", "platoon", "green_ratio", "red_ratio", "delay_s", "queue"):
        assert np.isnan(getattr(counted, name)).all(), name
    assert np.isfinite(counted.saturation).all()
    assert np.isnan(periods_of(measure(seen([30.0], Zone(5))), None).saturation).all()


@pytest.mark.parametrize(("at_s", "runs"), [(62.0, 0), (62.1, 1), (77.9, 1), (78.0, 0), (90.0, 0)])
def test_a_red_run_is_one_well_within_red(at_s: float, runs: int) -> None:
    """Two seconds from each end: stamps are a second apart."""
    assert measure(seen([at_s], Zone(5, use=COUNT))).red_runs.sum() == runs


@pytest.mark.parametrize("lane", [-1, -2])
def test_nobody_runs_red_on_a_lane_that_others_share(lane: int) -> None:
    assert measure(seen([70.0], Zone(5, use=COUNT, lane=lane))).red_runs.sum() == 0
