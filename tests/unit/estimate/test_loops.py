"""Loops in the flow model: laws of conservation, what a queue on a detector means, and rows that are of no use."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from _street import FREE_M, FREE_S, Street, row

from citybrain.city.model import SensorKind, Sensors
from citybrain.estimate import loops as of_loops
from citybrain.estimate import queues
from citybrain.estimate.loops import (
    GAIN,
    GATHER_S,
    HELD_S,
    STEP_S,
    Loops,
    new_loops,
    note,
    receive,
    settle,
    teach,
    watched,
)
from citybrain.estimate.profile import FREE_FRAC, HEADWAY_S
from citybrain.estimate.queues import lane_queues
from citybrain.estimate.witnesses import Evidence, new_evidence
from citybrain.records.observations import DetectorCounts, Quality, make
from citybrain.records.sensor_health import Health, SensorHealth

AHEAD_M = 40.0
NOBODY = np.zeros(2, np.uint8)


def sensors(*what: tuple[SensorKind, int]) -> Sensors:
    """Detectors on lanes of a row: a stop-line one at the line, an advance one AHEAD_M before it."""
    kind = np.array([k for k, _ in what], np.uint8)
    at_m = np.where(kind == SensorKind.ADVANCE, FREE_M - AHEAD_M, FREE_M)
    lane = np.array([lane for _, lane in what], np.int32)
    return Sensors(tuple(f"s{i}" for i in range(len(what))), kind, lane, at_m, np.full(len(what), 2.0))


class Counted:
    """A street with detectors, whose model and counts are told."""

    def __init__(self, *what: tuple[SensorKind, int], entry_vps: float = 0.0, signal: bool = False) -> None:
        self.street: Street = row(entry_vps, signal)
        self.street.trust_queues()
        self.loops: Loops = new_loops(self.street.city, sensors(*what))
        self.evidence: Evidence = new_evidence(self.street.table, HEADWAY_S, FREE_FRAC)

    def pass_time(self, seconds: int, colours: list[int] | None = None) -> tuple[float, float]:
        """Let the model run; vehicles that arrived at the first lane's stop line and left it."""
        arrived, left = 0.0, 0.0
        for _ in range(seconds):
            second, out = self.street.second, self.street.step(colours)
            over = np.bincount(self.street.table.stream_lane, weights=out.out, minlength=2)
            note(self.loops, second, out.arrived, over)
            arrived, left = arrived + float(out.arrived[0]), left + float(over[0])
        return arrived, left

    def count(self, sensor: int, vehicles: float, occupied: float = 0.1, interval_s: int = 60, **more: Any) -> None:
        """A report of the interval that ends now, and what it does to the model."""
        now_s = float(self.street.second)
        quality, health = more.get("quality", Quality.MEASURED), more.get("health")
        receive(
            self.loops, make(DetectorCounts, now_s, now_s, [sensor], interval_s, vehicles, occupied, quality), health
        )
        street = self.street
        model = (street.table, street.road, street.flow)
        settle(self.loops, model, self.evidence, street.second, more.get("cameras", NOBODY), health)

    def wait(self, health: SensorHealth | None = None) -> None:
        """Let what is held teach."""
        now_s = self.street.second + int(HELD_S)
        model = (self.street.table, self.street.road, self.street.flow)
        teach(self.loops, model, self.evidence, (now_s, health))

    @property
    def queue(self) -> float:
        return float(lane_queues(self.street.table, self.street.flow)[0])

    @property
    def behind(self) -> float:
        """Vehicles on the link behind the stop line."""
        return float(self.street.flow.moving[1])

    def put_queue(self, n: float) -> None:
        queues.set_queue(self.street.table, self.street.road, self.street.flow, 0, n, float(self.street.second))


def health_of(*states: Health, factor: float = 1.0) -> SensorHealth:
    n = len(states)
    return SensorHealth(0.0, np.array(states, np.uint8), np.zeros(n), np.zeros(n), np.full(n, factor, np.float32))


@pytest.mark.parametrize("more", [3.0, -2.0])
def test_what_leaves_a_lane_is_on_the_link_behind(more: float) -> None:
    """Vehicles are conserved: the queue loses what the link behind it gains, in either direction."""
    case = Counted((SensorKind.STOP_LINE, 0))
    case.put_queue(60.0)
    _, left = case.pass_time(60)
    queue, behind, ring = case.queue, case.behind, float(case.street.flow.ring.sum())
    case.count(0, round(left) + more)
    part = GAIN * (round(left) + more - left)
    assert case.queue == pytest.approx(queue - part, abs=1e-3)
    assert case.behind == pytest.approx(behind + part, abs=1e-3)
    assert float(case.street.flow.ring.sum()) == pytest.approx(ring + part, abs=1e-3)


def test_all_of_a_difference_is_made_good_in_time() -> None:
    """A detector that has counted five more once, and then what the model has, has moved five in the end."""
    case = Counted((SensorKind.STOP_LINE, 0))
    case.put_queue(400.0)
    total, rounded = 0.0, 0.0
    for k in range(8):
        _, left = case.pass_time(60)
        before = case.queue
        case.count(0, round(left) + (5 if k == 0 else 0))
        total += before - case.queue
        rounded += round(left) - left
    assert total + float(case.loops.owed[1, 0]) == pytest.approx(5.0 + rounded, abs=1e-2)
    assert abs(float(case.loops.owed[1, 0])) < 1.0  # of 5, and of eight halves by which whole numbers are off


def test_counts_as_modelled_change_nothing() -> None:
    case = Counted((SensorKind.STOP_LINE, 0), (SensorKind.ADVANCE, 0), entry_vps=0.2)
    arrived, left = case.pass_time(120)
    arrived, left = case.pass_time(60)
    queue, behind = case.queue, case.behind
    assert arrived == pytest.approx(12.0, abs=1e-3)
    case.count(0, left)
    case.count(1, 12)
    assert case.queue == pytest.approx(queue, abs=0.4)
    assert case.behind == pytest.approx(behind, abs=0.4)


def test_who_comes_unmodelled_joins_the_queue() -> None:
    case = Counted((SensorKind.ADVANCE, 0), signal=True)
    case.pass_time(60, [0])
    case.count(0, 4)
    assert case.queue == pytest.approx(4 * GAIN)


def test_a_covered_advance_detector_owes_until_it_is_free() -> None:
    """It counts late under a queue: what it is short of is no missing vehicle; freed, it settles all of it."""
    case = Counted((SensorKind.ADVANCE, 0), signal=True)
    case.put_queue(9.0)
    case.pass_time(60, [0])
    case.count(0, 4, occupied=0.9)
    assert case.queue == pytest.approx(9.0)
    assert case.loops.owed[0, 0] == pytest.approx(4.0)
    case.pass_time(60, [0])
    case.count(0, 0, occupied=0.1)
    assert case.loops.owed[0, 0] == pytest.approx(4.0 * (1.0 - GAIN))


def test_a_free_advance_detector_bounds_the_queue() -> None:
    case = Counted((SensorKind.ADVANCE, 0), signal=True)
    case.put_queue(40.0)
    case.pass_time(60, [0])
    case.count(0, 0, occupied=0.05)
    calm = queues.CALM_CYCLES * max(case.street.road.cycle_s[0] / HEADWAY_S / 3.0, queues.CALM_LEAST)
    assert case.queue <= max(AHEAD_M / queues.JAM_M + of_loops.SLACK, calm) + 1e-3


def test_counts_teach_flows_and_turns() -> None:
    case = Counted((SensorKind.STOP_LINE, 0), entry_vps=0.2)
    case.pass_time(int(FREE_S) + 70)
    case.pass_time(60)
    case.pass_time(-case.street.second % STEP_S)
    case.count(0, 20)
    assert not case.evidence.left.any()  # not at once: its detector may come into doubt
    case.wait()
    assert case.evidence.left[0] == pytest.approx(20.0)
    assert case.evidence.turn_counted.sum() == pytest.approx(20.0)
    assert case.evidence.turn_counted_s[0] == pytest.approx(60.0)
    assert list(watched(case.loops, case.street.second, 2)) == [1, 0]
    assert list(watched(case.loops, case.street.second + 600, 2)) == [0, 0]


def test_a_stop_line_detector_teaches_alone() -> None:
    """The advance detector beside it has seen the same vehicles."""
    case = Counted((SensorKind.STOP_LINE, 0), (SensorKind.ADVANCE, 0))
    case.pass_time(60)
    case.count(0, 6)
    case.count(1, 6)
    case.wait()
    assert case.evidence.left[0] == pytest.approx(6.0)


@pytest.mark.parametrize("state", [Health.DEAD, Health.STUCK, Health.CHATTERING])
def test_a_faulty_detector_is_not_listened_to(state: Health) -> None:
    case = Counted((SensorKind.STOP_LINE, 0))
    case.put_queue(20.0)
    case.pass_time(60)
    queue = case.queue
    case.count(0, 60, health=health_of(state))
    case.wait()
    assert case.queue == queue
    assert not case.evidence.left.any()


def test_a_detector_that_comes_into_doubt_has_taught_nothing() -> None:
    case = Counted((SensorKind.STOP_LINE, 0))
    case.pass_time(60)
    case.count(0, 4)
    fine = health_of(Health.GOOD)
    case.wait(SensorHealth(0.0, fine.health, fine.since_s, fine.last_s, fine.factor, np.array([True])))
    case.wait()
    assert not case.evidence.left.any()


def test_a_wild_count_moves_nothing() -> None:
    case = Counted((SensorKind.STOP_LINE, 0))
    case.put_queue(60.0)
    case.pass_time(60)
    queue = case.queue
    case.count(0, 120)
    assert case.queue == queue


def test_a_biased_detector_is_corrected() -> None:
    case = Counted((SensorKind.STOP_LINE, 0))
    case.pass_time(60)
    case.count(0, 20, health=health_of(Health.BIASED, factor=0.5))
    case.wait()
    assert case.evidence.left[0] == pytest.approx(10.0)


def test_a_living_camera_has_said_it_already() -> None:
    case = Counted((SensorKind.STOP_LINE, 0))
    case.pass_time(60)
    case.count(0, 20, cameras=np.ones(2, np.uint8))
    case.wait()
    assert not case.evidence.left.any()


def test_rows_of_no_use_are_left_out() -> None:
    """Stale ones, intervals longer than is remembered, ones from before the model began, and sensors nobody knows."""
    case = Counted((SensorKind.STOP_LINE, 0), (SensorKind.CAMERA, 1))
    case.pass_time(60)
    case.count(0, 20, quality=Quality.STALE)
    case.count(0, 20, interval_s=3600)
    case.count(0, 20, interval_s=120)
    case.count(1, 20)
    case.count(7, 20)
    case.count(0, -1)
    case.wait()
    assert not case.evidence.left.any()
    assert case.loops.waiting.time_s.size == 0


def test_a_count_waits_for_the_model() -> None:
    case = Counted((SensorKind.STOP_LINE, 0))
    case.pass_time(60)
    receive(case.loops, make(DetectorCounts, 90.0, 90.0, [0], 30, 4, 0.1, 0), None)
    model = (case.street.table, case.street.road, case.street.flow)
    settle(case.loops, model, case.evidence, 60, NOBODY)
    assert case.loops.waiting.time_s.size == 1
    case.pass_time(30)
    settle(case.loops, model, case.evidence, 90, NOBODY)
    assert case.loops.waiting.time_s.size == 0
    case.wait()
    assert case.evidence.left[0] == pytest.approx(4.0)


def test_the_order_of_rows_does_not_matter() -> None:
    found = []
    for sensor in ([0, 1], [1, 0]):
        case = Counted((SensorKind.STOP_LINE, 0), (SensorKind.ADVANCE, 0))
        case.put_queue(20.0)
        case.pass_time(60)
        counts = np.array([30, 5])[sensor]
        receive(case.loops, make(DetectorCounts, 60.0, 60.0, sensor, 60, counts, 0.1, 0), None)
        street = case.street
        settle(case.loops, (street.table, street.road, street.flow), case.evidence, 60, NOBODY)
        found.append((case.queue, case.behind, case.evidence.left.tolist()))
    assert found[0] == found[1]


def test_rows_that_wait_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_loops, "ROWS_MAX", 5)
    case = Counted((SensorKind.STOP_LINE, 0))
    receive(case.loops, make(DetectorCounts, np.full(9, 60.0), 60.0, 0, 60, 4, 0.1, 0), None)
    assert case.loops.waiting.time_s.size == 5


def test_without_detectors_nothing_happens() -> None:
    case = Counted((SensorKind.CAMERA, 0))
    case.pass_time(60)
    case.count(0, 20)
    assert case.loops.lane.size == 0
    assert not case.evidence.left.any()


def test_counts_of_single_seconds_say_what_one_count_of_the_minute_says() -> None:
    """Sixty rows of one second are one row of sixty, told when the minute is over; a third of one is not told."""
    whole, brief = loops(SensorKind.STOP_LINE), loops(SensorKind.STOP_LINE)
    receive(whole, make(DetectorCounts, 120.0, 121.0, [0], GATHER_S, 4, 0.25, 0), None)
    for second in range(1, 121):
        count, covered = (int(second in (72, 74, 76, 78)), 0.5 if second % 2 else 0.0)
        receive(brief, make(DetectorCounts, float(second), second + 1.0, [0], 1, count, covered, 0), None)
    rows = brief.waiting
    assert rows.time_s.tolist() == [60.0, 120.0]
    assert rows.count.tolist() == [0, 4]
    assert (rows.interval_s == GATHER_S).all()
    assert rows.occupancy_frac[-1] == pytest.approx(whole.waiting.occupancy_frac[-1])
    assert brief.short.time_s.size == 0
    for second in (*range(121, 141), 200):
        receive(brief, make(DetectorCounts, float(second), float(second), [0], 1, 1, 0.0, 0), None)
    assert brief.waiting.time_s.tolist() == [60.0, 120.0], "twenty seconds of sixty tell nothing"


def test_what_is_taken_away_where_nothing_is_stays_owed() -> None:
    """A detector that counts one too many and one too few in turn adds nobody: corrections cancel, also at no queue."""
    case = Counted((SensorKind.ADVANCE, 0))
    case.pass_time(60)
    model = (case.street.table, case.street.road, case.street.flow)
    for k in range(20):
        short = np.array([1.0 if k % 2 else -1.0])
        told = of_loops.Counted(
            case.loops.lane[:1], np.zeros(1, np.int64), short, np.zeros(1, np.bool_), np.full(1, 60.0, np.float32)
        )
        of_loops._correct(*model, told, case.loops.owed, 60 + k)
    assert case.queue + case.loops.owed[0, 0] == pytest.approx(0.0, abs=1e-4)
    assert case.queue < 1.0


def loops(kind: SensorKind) -> Loops:
    """One detector on the first lane of a street."""
    return new_loops(row(0.0).city, sensors((kind, 0)))
