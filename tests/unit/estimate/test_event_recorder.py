"""What sensors report becomes events: nothing is lost on the way, and nothing is added."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from citybrain.city.model import City, Colour, SensorKind
from citybrain.control.plans import PlanPlayer
from citybrain.demand.generated import generate
from citybrain.demand.model import Demand
from citybrain.estimate.performance.cycles import cycles_of
from citybrain.estimate.performance.measures import measure
from citybrain.estimate.performance.occupancy import on_intervals
from citybrain.estimate.performance.phases import phase_map
from citybrain.estimate.performance.recorder import Recorder
from citybrain.records.observations import DetectorCounts, Observations, Passages, SignalStates, make
from citybrain.records.signal_events import Event, SignalLog, Use
from citybrain.twin.sensor_options import PERFECT
from citybrain.twin.sensor_places import default_sensors, signal_detectors
from citybrain.twin.sensors import SensorSuite
from citybrain.twin.twin import Twin


@cache
def town() -> tuple[City, Demand]:
    city, demand = generate(4, seed=3, scale=2.0, duration_s=600.0)
    return replace(city, sensors=default_sensors(city)), demand


def first_loop(kind: SensorKind = SensorKind.STOP_LINE) -> tuple[int, int, int]:
    """A sensor on a lane with a phase, that lane and its phase."""
    city, _ = town()
    at = phase_map(city)
    good = (city.sensors.kind == kind) & (at.lane_phase[city.sensors.lane] >= 0)
    sensor = int(np.flatnonzero(good)[0])
    lane = int(city.sensors.lane[sensor])
    return sensor, lane, int(at.lane_phase[lane])


def seconds(
    sensor: int, shares: list[float], counts: list[int] | None = None, interval_s: int = 1
) -> list[Observations]:
    """One report a second of one sensor, from second 0 on."""
    looks = []
    for k, share in enumerate(shares, 1):
        count = counts[k - 1] if counts else 0
        time_s = float(k * interval_s)
        rows = make(DetectorCounts, [time_s], [time_s], [sensor], interval_s, [count], [share], 0)
        looks.append(Observations(time_s, counts=rows))
    return looks


def recorded(looks: list[Observations], end_s: float = 60.0) -> SignalLog:
    recorder = Recorder(town()[0], 0.0)
    for look in looks:
        recorder.take(look)
    return recorder.log(end_s)


def channel_of(log: SignalLog, sensor: int, use: Use) -> tuple[int, int]:
    row = int(np.flatnonzero((log.channels.sensor == sensor) & (log.channels.use == use))[0])
    return int(log.channels.device[row]), int(log.channels.channel[row])


@pytest.mark.parametrize("shares", [[0.4, 1.0, 1.0, 0.2, 0.0], [1.0, 0.0, 0.3, 0.0], [0.5, 0.0, 0.5, 0.5, 0.5], [0.0]])
def test_occupied_time_is_kept(shares: list[float]) -> None:
    sensor, _, _ = first_loop()
    log = recorded(seconds(sensor, [*shares, 0.0, 0.3, 0.0]))
    begin, end = on_intervals(log, *channel_of(log, sensor, Use.PRESENCE))
    assert (end - begin).sum() == pytest.approx(sum(shares) + 0.3, abs=1e-6)
    assert (begin[1:] >= end[:-1]).all()


def test_a_vehicle_that_stays_is_one_call() -> None:
    sensor, _, _ = first_loop()
    log = recorded(seconds(sensor, [0.4, 1.0, 1.0, 1.0, 0.25, 0.0]))
    begin, end = on_intervals(log, *channel_of(log, sensor, Use.PRESENCE))
    assert begin == pytest.approx([0.6])
    assert end == pytest.approx([4.25])


def test_counts_are_as_many_pulses() -> None:
    sensor, _, _ = first_loop()
    counts = [0, 2, 1, 0, 3]
    log = recorded(seconds(sensor, [0.5] * 5, counts))
    device, channel = channel_of(log, sensor, Use.COUNT)
    on = (log.events.device == device) & (log.events.parameter == channel) & (log.events.code == Event.DETECTOR_ON)
    times = log.events.time_s[on]
    assert np.histogram(times, np.arange(6.0))[0].tolist() == counts


def test_slow_reports_make_no_events_and_are_counted() -> None:
    sensor, _, _ = first_loop()
    recorder = Recorder(town()[0], 0.0)
    for look in seconds(sensor, [0.5, 0.5], [7, 9], interval_s=60):
        recorder.take(look)
    assert recorder.coarse_rows == 2
    assert not np.isin(recorder.events().code, (Event.DETECTOR_ON, Event.DETECTOR_OFF)).any()


def lights(group: int, shown: list[tuple[float, Colour]]) -> list[Observations]:
    looks = []
    for time_s, colour in shown:
        looks.append(Observations(time_s + 1.0, signals=make(SignalStates, [time_s], [time_s], [group], [colour], 0)))
    return looks


def test_colours_become_the_phases_events() -> None:
    at = phase_map(town()[0])
    group = int(np.flatnonzero(at.group_phase >= 0)[0])
    others = np.flatnonzero(at.group_phase == at.group_phase[group])
    shown = [(0.0, Colour.RED), (10.0, Colour.PROTECTED), (30.0, Colour.YELLOW), (33.0, Colour.RED)]
    looks = [look for step in shown for one in others for look in lights(int(one), [step])]
    log = recorded(looks)
    told = [(t, Event(c)) for t, c in zip(log.events.time_s, log.events.code, strict=True)]
    assert told == [
        (10.0, Event.BEGIN_GREEN),
        (30.0, Event.GREEN_END),
        (30.0, Event.BEGIN_YELLOW),
        (33.0, Event.END_YELLOW),
        (33.0, Event.BEGIN_RED_CLEARANCE),
    ]


def test_a_green_that_yields_is_green_and_one_arrow_keeps_the_phase_green() -> None:
    at = phase_map(town()[0])
    sizes = np.bincount(at.group_phase[at.group_phase >= 0])
    phase = int(np.argmax(sizes))
    groups = np.flatnonzero(at.group_phase == phase)
    looks = [look for one in groups for look in lights(int(one), [(0.0, Colour.RED)])]
    looks += lights(int(groups[0]), [(5.0, Colour.PERMISSIVE), (9.0, Colour.PROTECTED)])
    log = recorded(looks)
    assert log.events.code.tolist() == [Event.BEGIN_GREEN]


def test_a_dark_signal_writes_nothing() -> None:
    log = recorded(lights(0, [(0.0, Colour.OFF), (5.0, Colour.OFF)]))
    assert not log.events.time_s.size


def test_a_plate_is_a_count_here_and_an_arrival_down_the_street() -> None:
    city, _ = town()
    at = phase_map(city)
    moves = city.movements
    behind = at.feed_link[np.unique(at.phases.link)]
    fed = np.isin(city.lanes.link[moves.to_lane], behind[behind >= 0]) & (moves.group >= 0)
    movement = int(np.flatnonzero(fed & (at.group_phase[moves.group] >= 0))[0])
    lane = int(moves.from_lane[movement])
    camera = int(np.flatnonzero((city.sensors.kind == SensorKind.CAMERA) & (city.sensors.lane == lane))[0])
    rows = make(Passages, [20.0], [21.0], [camera], [lane], [movement], 1, [7], 0)
    log = recorded([Observations(21.0, passages=rows)], 600.0)
    uses = log.channels.use.tolist()
    assert sorted(uses) == [Use.COUNT, Use.ADVANCE]
    ahead = uses.index(Use.ADVANCE)
    assert log.phases.feeder[log.channels.phase[ahead]] == city.groups.signal[moves.group[movement]]
    assert log.channels.distance_m[ahead] >= city.links.length_m[city.lanes.link[moves.to_lane[movement]]] - 1e-3


def run(layout: object, until_s: float = 600.0) -> tuple[SignalLog, Twin, int]:
    """The log of the town's own plans, the twin after it, and how many vehicles crossed lanes with a phase."""
    city, demand = town()
    city = replace(city, sensors=layout(city))  # type: ignore[operator]
    twin = Twin(city, demand, 0)
    suite, recorder, player = (
        SensorSuite(twin, replace(PERFECT, interval_s=1), 1),
        Recorder(city, 0.0),
        PlanPlayer(city),
    )
    lit, crossed = phase_map(city).lane_phase >= 0, 0
    while twin.time_s < until_s:
        twin.step(player.colours(twin.time_s))
        seen = suite.look()
        assert seen is not None
        crossed += int(lit[city.movements.from_lane[seen.crossings.movement]].sum())
        recorder.take(suite.collect())
    return recorder.log(twin.time_s), twin, crossed


def test_every_vehicle_over_a_stop_line_is_one_event() -> None:
    log, _, crossed = run(signal_detectors)
    counts = log.channels.use == Use.COUNT
    keys = set(zip(log.channels.device[counts].tolist(), log.channels.channel[counts].tolist(), strict=True))
    on = log.events.code == Event.DETECTOR_ON
    told = sum(
        pair in keys for pair in zip(log.events.device[on].tolist(), log.events.parameter[on].tolist(), strict=True)
    )
    assert told == crossed > 100


def test_loops_are_taken_before_cameras_and_not_beside_them() -> None:
    """Both see every vehicle; it is counted once."""
    log, _, crossed = run(default_sensors)
    assert measure(log).leave.time_s.size == crossed


def test_cycles_are_the_plans() -> None:
    log, twin, _ = run(signal_detectors)
    cycles, plans = cycles_of(log), twin.city.plans
    assert cycles.n > 10
    for row in range(cycles.n):
        plan = int(twin.city.signals.plan[log.phases.device[cycles.phase[row]]])
        first = int(plans.first_phase[plan])
        times = twin.city.phases.duration_s[first : first + int(plans.n_phases[plan])]
        assert cycles.end_s[row] - cycles.red_s[row] <= times.sum() + 1e-6
