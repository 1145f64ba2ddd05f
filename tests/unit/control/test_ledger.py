"""The ledger: laws of its books, what each sensor says of them, and rates that are learned."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from _crossroads import crossroads

from citybrain.city.model import City, Colour, SensorKind, freeze
from citybrain.control.approaches import approaches
from citybrain.control.ledger import Cameras, Ledger, Seen
from citybrain.control.ledger_books import poisson_rest
from citybrain.control.ledger_rules import ALIVE_S, HEADWAY_S, MEMORY_S
from citybrain.control.table import SignalTable
from citybrain.demand.generated import generate
from citybrain.records.observations import DetectorCounts, Passages, SignalStates, empty, make
from citybrain.twin.sensor_places import default_sensors

BARE = crossroads()
CITY: City = freeze(replace(BARE, sensors=default_sensors(BARE)))
WAYS = approaches(CITY, SignalTable.from_city(CITY))
LANE = int(CITY.links.first_lane[CITY.links.link_id.index("J0Nin")]) + 1  # through
SLOT = int(WAYS.slot_of_lane[LANE])
GROUPS = np.unique(CITY.movements.group[CITY.movements.from_lane == LANE]).astype(np.int32)
EVEN = np.repeat(1.0 / np.maximum(np.diff(WAYS.turn_offset), 1), np.diff(WAYS.turn_offset))
LINK_S = 300.0 / 13.9


def sensor(kind: SensorKind) -> int:
    """Row of the lane's sensor of a kind."""
    return int(np.flatnonzero((CITY.sensors.lane == LANE) & (CITY.sensors.kind == kind))[0])


class Watched:
    """A ledger that is told what the sensors of one lane see, second by second."""

    def __init__(self, *, stop: bool = True, ahead: bool = True, camera: bool = False) -> None:
        self.ledger, self.time_s = Ledger(CITY, WAYS), 0.0
        self.kinds = [k for k, there in ((SensorKind.STOP_LINE, stop), (SensorKind.ADVANCE, ahead)) if there]
        self.watched = np.zeros(len(CITY.lanes.link), np.uint8)
        self.watched[LANE] = camera

    def second(self, crossed: int = 0, came: int = 0, stands: float = 0.0, colour: Colour | None = None) -> None:
        """One second: vehicles over the line, over the advance detector, and how long the line was covered."""
        self.time_s += 1.0
        t = self.time_s
        felt = {SensorKind.STOP_LINE: (crossed, stands), SensorKind.ADVANCE: (came, 0.3 * came)}
        counts = empty(DetectorCounts)
        if self.kinds:
            rows = [(sensor(kind), *felt[kind]) for kind in self.kinds]
            ids, n, covered = (np.array(column) for column in zip(*rows, strict=True))
            counts = make(DetectorCounts, t, t, ids, 1, n, covered, 0)
        passages = empty(Passages)
        if self.watched[LANE] and crossed:
            plates = np.arange(crossed) + 1000 * t
            passages = make(Passages, t, t, sensor(SensorKind.CAMERA), LANE, -1, 1, plates, 0)
        signals = empty(SignalStates)
        if colour is not None:
            signals = make(SignalStates, t, t, GROUPS, colour, 0)
        seen = Seen(passages, counts, signals)
        self.ledger.update(t, seen, Cameras(self.watched, 1.0, 1.0), EVEN)

    @property
    def near(self) -> float:
        """Vehicles between the advance detector and the line."""
        rows = self.ledger.traffic(self.time_s)
        assert rows.mass is not None
        return float(rows.mass[(rows.lane == LANE) & (rows.ahead_m < 39.0)].sum())

    @property
    def queue(self) -> float:
        return float(self.ledger.queues(self.time_s)[SLOT])


def test_vehicles_between_two_detectors_are_conserved() -> None:
    """Who came in and has not gone out is there, whatever was expected."""
    lane = Watched()
    came = [1, 0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0]
    for n in came:
        lane.second(came=n, stands=1.0 if lane.time_s > 4 else 0.0)
    assert lane.near == pytest.approx(4.0, abs=0.05)
    for gone in range(1, 4):
        lane.second(crossed=1, stands=0.5, colour=Colour.PROTECTED)
        lane.second(stands=0.8)
        assert lane.near == pytest.approx(4.0 - gone, abs=0.1)


def test_a_free_line_says_that_nobody_waits() -> None:
    lane = Watched(ahead=False)
    for _ in range(60):
        lane.second(stands=1.0)
    assert lane.queue > 1.0
    for _ in range(4):
        lane.second(stands=0.0)
    assert lane.queue < 0.2


def test_a_covered_line_says_that_somebody_waits() -> None:
    lane = Watched(ahead=False)
    lane.second(stands=0.0)
    assert lane.queue < 0.5
    lane.second(stands=1.0)
    assert lane.queue == pytest.approx(1.0)


def test_who_is_expected_and_does_not_come_is_dropped() -> None:
    """Some are always expected; nobody passes the detector before the line."""
    lane = Watched(stop=False)
    lane.second()
    books = lane.ledger.books
    for _ in range(60):
        lane.second()
    due_s = books.due_s[SLOT, : books.size[SLOT]]
    assert due_s.size > 0, "some are always expected"
    assert (due_s > lane.time_s - 4.0).all(), "but none that should have passed the detector"
    assert lane.near == 0.0


@pytest.mark.parametrize("vps", [0.05, 0.2])
@pytest.mark.parametrize("camera", [False, True])
def test_the_rate_of_those_whom_nobody_tells_of_is_learned(vps: float, camera: bool) -> None:
    lane, every = Watched(stop=not camera, ahead=False, camera=camera), round(1.0 / vps)
    for second in range(int(4 * MEMORY_S)):
        lane.second(crossed=int(second % every == 0), stands=0.3 * (second % every == 0), colour=Colour.PROTECTED)
    eyes = lane.ledger.eyes
    assert eyes.seen[SLOT] / eyes.seen_s[SLOT] == pytest.approx(vps, rel=0.05)
    rows = lane.ledger.traffic(lane.time_s)
    assert rows.mass is not None
    on_link = rows.mass[(rows.lane == LANE) & (rows.speed_mps > 0)].sum()
    assert on_link == pytest.approx(vps * LINK_S, abs=1.2), "Little: rate times free time; one may have left early"


def test_red_lets_the_expected_queue_grow_by_the_rate() -> None:
    lane = Watched(stop=False, ahead=False, camera=True)
    for second in range(int(3 * MEMORY_S)):
        lane.second(crossed=int(second % 10 == 0), colour=Colour.PROTECTED if second == 0 else None)
    lane.second(colour=Colour.RED)
    before = lane.queue
    for _ in range(60):
        lane.second()
    assert lane.queue - before == pytest.approx(6.0, abs=1.0)


def test_a_green_that_lets_nobody_out_clears_the_books_of_a_camera_lane() -> None:
    lane = Watched(stop=False, ahead=False, camera=True)
    for _ in range(120):
        lane.second()
    assert lane.queue > 1.5, "expected at the rate that is likely before anything is seen"
    for second in range(12):
        lane.second(colour=Colour.PROTECTED if second == 0 else None)
    assert lane.queue < 0.5, "those of the last seconds, of whom nothing is known yet"


def test_where_nobody_looks_a_green_serves_the_queue_by_itself() -> None:
    lane = Watched(stop=False, ahead=False)
    for _ in range(200):
        lane.second()
    before = lane.queue
    for second in range(10):
        lane.second(colour=Colour.PROTECTED if second == 0 else None)
    assert before - lane.queue == pytest.approx(8.0 / HEADWAY_S, rel=0.3)


def test_a_platoon_says_that_there_are_more() -> None:
    """Poisson arrivals, so many at least have left: closed form, and one more car each time it is contradicted."""
    for mean, k in ((2.0, 0), (2.0, 3), (0.5, 2), (8.0, 12)):
        chance = [math.exp(-mean) * mean**n / math.factorial(n) for n in range(60)]
        expected = sum((n - k) * p for n, p in enumerate(chance) if n >= k) / sum(chance[k:])
        assert poisson_rest(mean, float(k)) == pytest.approx(expected, rel=1e-6)
    lane = Watched(stop=False, ahead=False, camera=True)
    lane.second(colour=Colour.PROTECTED)
    for _ in range(5):
        lane.second(crossed=1)
        lane.second()
    assert 0.0 < lane.queue < 1.0


def test_who_left_upstream_is_expected_downstream() -> None:
    """A vehicle seen over a line into a link with signals at its end is one vehicle more in the books there."""
    city = generate(4, seed=1, scale=0.1, duration_s=60.0)[0]
    ways = approaches(city, SignalTable.from_city(city))
    ledger, turns = Ledger(city, ways), np.diff(ways.turn_offset)
    reached = np.add.reduceat(np.append(ways.reach_share, 0.0), ways.reach_offset[:-1])
    reached[np.diff(ways.reach_offset) == 0] = 0.0
    moves = city.movements
    whole = np.abs(reached[city.lanes.link[moves.to_lane]] - 1.0) < 1e-6
    row = int(np.flatnonzero(whole & (ways.slot_of_lane[moves.from_lane] >= 0))[0])
    lane, link = int(moves.from_lane[row]), int(city.lanes.link[moves.to_lane[row]])
    ledger.eyes.seen[:] = ledger.eyes.raw[:] = 1e6  # much was seen and told: nothing is corrected
    before = ledger.books.mass.sum(axis=1)
    t = np.array([1.0])
    passages = make(Passages, t, t, 0, lane, row, 1, np.array([7]), 0)
    seen = Seen(passages, empty(DetectorCounts), empty(SignalStates))
    even = np.repeat(1.0 / np.maximum(turns, 1), turns)
    ledger.update(1.0, seen, Cameras(np.zeros(len(city.lanes.link), np.uint8), 1.0, 1.0), even)
    more = ledger.books.mass.sum(axis=1) - before
    slots = ways.reach_slot[ways.reach_offset[link] : ways.reach_offset[link + 1]]
    assert more[slots].sum() == pytest.approx(1.0, abs=0.05)
    own = int(ways.slot_of_lane[lane])  # others may wait behind him
    assert np.delete(more, [*slots, own]).sum() == pytest.approx(0.0)


def test_what_is_foreseen_is_what_a_living_detector_sees() -> None:
    lane = Watched()
    lane.second()
    some = lane.ledger.foreseen(lane.time_s)[0]
    assert some == pytest.approx(1.0 / (WAYS.first_slot[1] - WAYS.first_slot[0]), rel=0.05)
    assert lane.ledger.foreseen(lane.time_s + ALIVE_S + 1.0)[0] == 0.0
    blind = Watched(stop=False, ahead=False, camera=True)
    for second in range(300):
        blind.second(crossed=int(second % 10 == 0))
    assert blind.ledger.foreseen(blind.time_s)[0] == 0.0, "a camera sees who has left"


def test_counts_of_a_minute_and_rows_of_unknown_sensors_change_nothing() -> None:
    ledger, still = Ledger(CITY, WAYS), Ledger(CITY, WAYS)
    cameras = Cameras(np.zeros(len(CITY.lanes.link), np.uint8), 1.0, 1.0)
    t = np.full(3, 60.0)
    counts = make(DetectorCounts, t, t, np.array([0, -1, 10_000]), np.array([60, 1, 1]), 9, 0.9, 0)
    passages = make(Passages, t, t, 0, np.array([-1, 10_000, LANE]), -1, 1, 5, np.array([0, 0, 3]))
    nothing = Seen(empty(Passages), empty(DetectorCounts), empty(SignalStates))
    ledger.update(60.0, Seen(passages, counts, empty(SignalStates)), cameras, EVEN)
    still.update(60.0, nothing, cameras, EVEN)
    assert np.array_equal(ledger.books.mass, still.books.mass)
    assert all(np.array_equal(a, b) for a, b in zip(ledger.eyes, still.eyes, strict=True))
