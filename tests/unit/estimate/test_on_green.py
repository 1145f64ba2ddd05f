"""Arrivals on green as they are counted live: laws of the share, and the batch measure as a peer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from _hand_log import Row, Setting, Zone, hand_log
from citybrain.estimate.performance.arrivals import arrival_points, tally
from citybrain.estimate.performance.cycles import cycles_of
from citybrain.estimate.performance.on_green import LAG_S, LEAST, WINDOW_MIN, OnGreen, Shares, Upstream
from citybrain.records.signal_events import Event, SignalEvents, SignalLog, Use, make_events

GREEN, YELLOW, RED, ON = (int(e) for e in (Event.BEGIN_GREEN, Event.BEGIN_YELLOW, Event.END_YELLOW, Event.DETECTOR_ON))
TRAVEL_S = 10.0  # 100 m at 10 m/s
CYCLE_S = 60.0
ZONE = Zone(1, use=Use.ADVANCE, distance_m=100.0, speed_mps=10.0)


def lights(end_s: float, begin_s: float = 20.0, green_s: float = 30.0) -> list[Row]:
    """Green from `begin_s` of every cycle for `green_s`, then 3 s of yellow."""
    rows: list[Row] = []
    for start_s in np.arange(0.0, end_s, CYCLE_S).tolist():
        rows += [(start_s + begin_s, GREEN, 1), (start_s + begin_s + green_s, YELLOW, 1)]
        rows += [(start_s + begin_s + green_s + 3.0, RED, 1)]
    return rows


def log_of(arrive_s: list[float], end_s: float, **timing: float) -> SignalLog:
    """Vehicles that would reach the stop line at these times."""
    rows = [*lights(end_s, **timing), *((at_s - TRAVEL_S, ON, 1) for at_s in arrive_s)]
    return hand_log(rows, Setting(phases=((0, 1),), zones=(ZONE,), end_s=end_s))


def counting(log: SignalLog, is_loop: tuple[bool, ...] = (True,)) -> OnGreen:
    channels = log.channels
    travel_s = (channels.distance_m / channels.speed_mps).astype(np.float64)
    phases = replace(log.phases, link=np.zeros(log.phases.device.size, np.int32))
    return OnGreen(phases, Upstream(channels.phase, travel_s, np.array(is_loop[: travel_s.size])))


def beats(log: SignalLog, late_s: float = 0.0, step_s: float = 1.0) -> Iterator[tuple[float, SignalEvents]]:
    """What comes in beat by beat; detectors' events come `late_s` late."""
    events = log.events
    due_s = events.time_s + np.where(events.code == ON, late_s, 0.0)
    for now_s in np.arange(step_s, log.end_s + step_s, step_s).tolist():
        rows = (due_s <= now_s) & (due_s > now_s - step_s)
        yield now_s, SignalEvents(*(getattr(events, n)[rows] for n in ("time_s", "device", "code", "parameter")))


def fed(log: SignalLog, late_s: float = 0.0, step_s: float = 1.0, is_loop: tuple[bool, ...] = (True,)) -> Shares:
    counted = counting(log, is_loop)
    for now_s, part in beats(log, late_s, step_s):
        counted.see(part, now_s)
    return counted.shares()


def test_a_platoon_in_the_green_is_all_on_green() -> None:
    arrive = [c * CYCLE_S + s for c in range(1, 15) for s in (25.0, 30.0, 49.0)]
    shares = fed(log_of(arrive, 906.0))
    assert (shares.came[0], shares.share[0]) == (42, 1.0)


def test_a_platoon_in_the_red_is_not() -> None:
    arrive = [c * CYCLE_S + s for c in range(1, 15) for s in (50.0, 55.0, 19.9)]  # yellow is not green
    shares = fed(log_of(arrive, 906.0))
    assert (shares.came[0], shares.share[0]) == (42, 0.0)


def test_a_moment_belongs_to_the_colour_that_begins_with_it() -> None:
    arrive = [c * CYCLE_S + s for c in range(1, 15) for s in (20.0, 50.0)]
    shares = fed(log_of(arrive, 906.0))
    assert shares.share[0] == 0.5, "the first moment of green counts, that of yellow does not"


@pytest.mark.parametrize("green_s", [10.0, 25.0, 35.0])
def test_random_arrivals_find_green_for_its_share_of_the_cycle(green_s: float) -> None:
    rng = np.random.default_rng(5)
    arrive = np.sort(rng.uniform(60.0, 900.0, 6000)).tolist()
    shares = fed(log_of(arrive, 906.0, green_s=green_s), step_s=2.0)
    assert shares.came[0] == 6000
    assert shares.share[0] == pytest.approx(green_s / CYCLE_S, abs=3.0 * np.sqrt(0.25 / 6000))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.0, LAG_S - 1.0), st.sampled_from([1.0, 2.0, 5.0]))
def test_it_counts_what_the_batch_measure_counts(seed: int, late_s: float, step_s: float) -> None:
    """Over the whole window, with reports that come late and beats of several seconds."""
    rng = np.random.default_rng(seed)
    cycles = list(range(1, 14))
    arrive = np.sort(rng.uniform(CYCLE_S * cycles[0], CYCLE_S * (cycles[-1] + 1) - 8.0, 80)).round(1).tolist()
    log = log_of(arrive, 906.0, begin_s=float(rng.integers(5, 25)), green_s=float(rng.integers(5, 28)))
    cut = cycles_of(log)
    points = arrival_points(log, cut)
    batch = tally(cut, points)
    whole = points.cycle >= 0
    shares = fed(log, late_s, step_s)
    assert shares.came[0] == points.time_s.size
    missed = points.time_s[~whole]
    greens = log.events.time_s[log.events.code == GREEN]
    yellows = log.events.time_s[log.events.code == YELLOW]
    at = np.searchsorted(greens, missed, side="right") - 1
    on_green_outside = int(((at >= 0) & (missed < yellows[np.maximum(at, 0)])).sum())
    assert shares.on_green[0] == int(batch.green.sum()) + on_green_outside


def test_the_window_moves_on_and_forgets() -> None:
    arrive = [30.0 + k for k in range(1, 15)]
    log = log_of(arrive, 60.0 * (WINDOW_MIN + 6))
    counted, told = counting(log), {}
    for now_s, part in beats(log):
        if counted.see(part, now_s):
            told[int(now_s)] = int(counted.shares().came[0])
    assert sorted(told) == [int(60 * m + LAG_S) for m in range(1, WINDOW_MIN + 6)], "once a minute, when it is over"
    assert list(told.values()) == [14] * WINDOW_MIN + [0] * 5


def test_few_vehicles_make_no_share() -> None:
    shares = fed(log_of([30.0 + k for k in range(LEAST - 1)], 200.0))
    assert shares.came[0] == LEAST - 1
    assert np.isnan(shares.share[0])
    shares = fed(log_of([30.0 + k for k in range(LEAST)], 200.0))
    assert shares.share[0] == 1.0


def test_before_a_green_was_seen_nothing_is_said() -> None:
    shares = fed(log_of([5.0, 10.0, 15.0, 19.0, 25.0], 200.0))
    assert shares.came[0] == 1, "whoever came before the first green met a colour that nobody had told"


def test_a_signal_that_falls_silent_is_not_green_for_ever() -> None:
    rows: list[Row] = [(20.0, GREEN, 1), *((float(t), ON, 1) for t in range(30, 900, 10))]
    shares = fed(hand_log(rows, Setting(phases=((0, 1),), zones=(ZONE,), end_s=906.0)))
    assert shares.came[0] == 59, "those up to ten minutes after the last that was heard of it"


@pytest.mark.parametrize(("is_loop", "came"), [((True, False), 12), ((False, False), 24)])
def test_a_camera_is_not_believed_where_a_loop_tells(is_loop: tuple[bool, ...], came: int) -> None:
    """Nor what it told before the loop was first heard."""
    rows = [*lights(200.0), *((80.0 + k, ON, 1) for k in range(12)), *((22.0 + k, ON, 2) for k in range(12))]
    zones = (ZONE, Zone(2, use=Use.ADVANCE, distance_m=100.0))
    shares = fed(hand_log(rows, Setting(phases=((0, 1),), zones=zones, end_s=200.0)), is_loop=is_loop)
    assert (shares.came[0], bool(shares.is_loop[0])) == (came, any(is_loop))


def test_phases_of_a_signal_are_summed_by_vehicles() -> None:
    shares = Shares(np.array([30, 10, 5]), np.array([30, 0, 5]), np.array([True, False, False]))
    both = shares.together(np.array([0, 0, -1]), 2)
    assert (both.came.tolist(), both.on_green.tolist(), both.is_loop.tolist()) == ([40, 0], [30, 0], [True, False])
    assert both.share[0] == 0.75
    assert np.isnan(both.share[1])


def test_the_memory_does_not_grow() -> None:
    log = log_of([], 60.0)
    counted = counting(log)
    for now_s in range(1, 7200):
        one = make_events(
            np.array([float(now_s)]), np.zeros(1, np.int32), np.array([ON], np.int16), np.ones(1, np.int32)
        )
        counted.see(one, float(now_s))
        assert counted._waiting.due_s.size <= TRAVEL_S + LAG_S + 1.0
    assert counted._tally.shape == (2, WINDOW_MIN + 2, 1)
