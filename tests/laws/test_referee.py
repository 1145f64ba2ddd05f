"""The referee is not blind: whatever is broken on purpose it reports under its name; an honest run it passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from _referee import FAULTS, Referee, Sight, sight_of
from _roads import Kind, Road, Trip, demand, meeting, road
from citybrain.city.builder import PhaseSpec
from citybrain.city.model import Colour
from citybrain.twin.twin import Twin, Vehicles

Broken = Sight
GREEN = np.array([Colour.PROTECTED], np.uint8)
RED = np.array([Colour.RED], np.uint8)
LENGTHS_M = (200.0, 150.0, 400.0)


def street(n: int = 30, seconds: int = 30) -> tuple[Twin, Referee]:
    """Two lanes over three links, a signal after the first; half of the way in the middle of things."""
    plan = Road(LENGTHS_M, n_lanes=2, signal_after=0, phases=[PhaseSpec(90.0, [Colour.PROTECTED])])
    trips = [Trip(2.0 * i, (0, 1, 2), kind=i % 2) for i in range(n)]
    twin = Twin(road(plan), demand(trips, [Kind(), Kind(length_m=12.0, accel_mps2=1.2)]))
    referee = Referee(twin)
    for _ in range(seconds):
        twin.step(GREEN)
        referee.look()
    return twin, referee


def edited(sight: Sight, which: int, **columns: float) -> Sight:
    """The sight with some columns of one row changed."""
    v = sight.vehicles
    new = {name: getattr(v, name).copy() for name in vars(v)}
    for name, value in columns.items():
        new[name][which] = value
    return replace(sight, vehicles=Vehicles(**new))


def rows(sight: Sight, keep: np.ndarray) -> Sight:
    v = sight.vehicles
    return replace(sight, vehicles=Vehicles(**{name: getattr(v, name)[keep] for name in vars(v)}))


def follower(sight: Sight) -> int:
    """A row whose leader is on the same lane."""
    lane = sight.vehicles.lane
    return int(np.flatnonzero((lane[1:] == lane[:-1]) & (lane[1:] >= 0))[0]) + 1


def on_link(twin: Twin, sight: Sight, link: int) -> int:
    lane = sight.vehicles.lane
    return int(np.flatnonzero((lane >= 0) & (twin.city.lanes.link[np.maximum(lane, 0)] == link))[0])


def through_the_leader(twin: Twin, sight: Sight) -> Broken:
    i = follower(sight)
    return edited(sight, i, position_m=sight.vehicles.position_m[i - 1] + 1.0)


def into_the_leader(twin: Twin, sight: Sight) -> Broken:
    i = follower(sight)
    return edited(sight, i, position_m=sight.vehicles.position_m[i - 1] - 4.0)


def dropped(twin: Twin, sight: Sight) -> Broken:
    gone = np.ones(sight.vehicles.trip.size, bool)
    gone[on_link(twin, sight, 0)] = False
    return rows(sight, gone)


def dropped_and_booked(twin: Twin, sight: Sight) -> Broken:
    """Even when the books are cooked to fit."""
    return replace(dropped(twin, sight), running=sight.running - 1, finished=sight.finished + 1)


def doubled(twin: Twin, sight: Sight) -> Broken:
    n = sight.vehicles.trip.size
    two = rows(sight, np.append(np.arange(n), on_link(twin, sight, 0)))
    return edited(two, n, lane=int(twin.city.links.first_lane[2]), position_m=10.0)


def not_in_the_books(twin: Twin, sight: Sight) -> Broken:
    return replace(sight, waiting=sight.waiting + 1)


def too_early(twin: Twin, sight: Sight) -> Broken:
    late = int(twin.demand.trips.depart_s.argmax())
    return edited(sight, on_link(twin, sight, 0), trip=late)


def other_route(twin: Twin, sight: Sight) -> Broken:
    return edited(sight, on_link(twin, sight, 1), lane=int(twin.city.links.first_lane[0]), position_m=5.0)


def backwards(twin: Twin, sight: Sight) -> Broken:
    i = int(sight.vehicles.position_m.argmax())
    return edited(sight, i, position_m=sight.vehicles.position_m[i] - 40.0)


def leap(twin: Twin, sight: Sight) -> Broken:
    i = sight.vehicles.lane.tolist().index(int(sight.vehicles.lane.max()))
    return edited(sight, i, position_m=sight.vehicles.position_m[i] + 6.0)


def rocket(twin: Twin, sight: Sight) -> Broken:
    i = int(sight.vehicles.speed_mps.argmin())
    return edited(sight, i, speed_mps=sight.vehicles.speed_mps[i] + 9.0)


def wall(twin: Twin, sight: Sight) -> Broken:
    return edited(sight, int(sight.vehicles.speed_mps.argmax()), speed_mps=0.0)


def speeder(twin: Twin, sight: Sight) -> Broken:
    return edited(sight, int(sight.vehicles.speed_mps.argmax()), speed_mps=15.5)


def off_the_street(twin: Twin, sight: Sight) -> Broken:
    return edited(sight, 0, position_m=1e4)


def no_number(twin: Twin, sight: Sight) -> Broken:
    return edited(sight, 0, speed_mps=np.nan)


MUTANTS: list[tuple[Callable[[Twin, Sight], Broken], str]] = [
    (through_the_leader, "overlap"),
    (into_the_leader, "overlap"),
    (dropped, "lost"),
    (dropped, "books"),
    (dropped_and_booked, "lost"),
    (doubled, "twice"),
    (not_in_the_books, "books"),
    (too_early, "early"),
    (other_route, "route"),
    (backwards, "jump"),
    (leap, "jump"),
    (rocket, "accel"),
    (wall, "brake"),
    (speeder, "limit"),
    (off_the_street, "place"),
    (no_number, "place"),
]


def test_an_honest_run_has_no_fault() -> None:
    twin, referee = street()
    for _ in range(100):
        twin.step(GREEN)
        referee.look()
    assert referee.faults == dict.fromkeys(FAULTS, 0)
    assert referee.vehicle_steps > 1000


@pytest.mark.parametrize(("mutant", "kind"), MUTANTS, ids=lambda part: getattr(part, "__name__", part))
def test_what_is_broken_is_reported(mutant: Callable[[Twin, Sight], Broken], kind: str) -> None:
    twin, referee = street()
    assert not any(referee.faults.values())
    twin.step(GREEN)
    referee.look(mutant(twin, sight_of(twin)))
    assert referee.faults[kind] > 0, referee.faults
    assert referee.examples[kind]


def test_who_comes_back_is_reported() -> None:
    twin, referee = street(60, 80)
    assert referee.gone.any()
    twin.step(GREEN)
    sight = sight_of(twin)
    referee.look(edited(sight, on_link(twin, sight, 0), trip=int(np.flatnonzero(referee.gone)[0])))
    assert referee.faults["back"] == 1


def test_a_red_light_run_is_reported_and_a_late_one_is_counted() -> None:
    """The twin sees green all the time; the referee is shown a red that began `ahead_s` before the crossing."""
    for ahead_s, kind in ((6, "red"), (1, "")):
        slow = Kind(decel_mps2=3.0, emergency_decel_mps2=3.0)  # 30 m from 15 m/s
        twin = Twin(road(Road((200.0, 200.0), signal_after=0)), demand([Trip(0.0, (0, 1))], [slow]))
        referee = Referee(twin)
        while not twin.vehicles().trip.size or twin.vehicles().position_m[0] < 200.0 - 15.0 * ahead_s:
            twin.step(GREEN)
            referee.look()
        for _ in range(ahead_s + 2):
            twin.step(GREEN)
            referee.look(replace(sight_of(twin), shown=RED))
        assert referee.faults["red"] == (kind == "red")
        assert referee.counts["red, too late"] == (kind != "red")
        assert sum(referee.faults.values()) == referee.faults["red"]


def test_who_still_covers_the_stop_line_is_not_driven_through() -> None:
    """A bus stands with its rear across the line; the car behind it is moved to the line."""
    plan = Road((200.0, 20.0, 200.0), signal_after=1, phases=[PhaseSpec(90.0, [Colour.RED])])
    kinds = [Kind(length_m=25.0), Kind()]
    twin = Twin(road(plan), demand([Trip(0.0, (0, 1, 2), 0), Trip(8.0, (0, 1, 2), 1)], kinds))
    referee = Referee(twin)
    for _ in range(60):
        twin.step(RED)
        referee.look()
    assert not any(referee.faults.values())
    sight = sight_of(twin)
    behind = int(np.flatnonzero(sight.vehicles.trip == 1)[0])
    assert sight.vehicles.lane[behind] == 0
    assert sight.vehicles.lane[1 - behind] == 1
    twin.step(RED)
    referee.look(edited(sight_of(twin), behind, position_m=200.0 - 0.5))
    assert referee.faults["across"] == 1


def test_lanes_that_are_closed_or_too_far_are_reported() -> None:
    city = road(Road((300.0,), n_lanes=3))
    twin = Twin(city, demand([Trip(0.0, (0,), lane=0), Trip(0.0, (0,), lane=2)]))
    referee = Referee(twin)
    for _ in range(3):
        twin.step(np.zeros(0, np.uint8))
        referee.look()
    referee.set_allowed(1, 0)
    twin.step(np.zeros(0, np.uint8))
    referee.look(edited(sight_of(twin), 0, lane=1))
    assert referee.faults["closed"] == 1
    twin.step(np.zeros(0, np.uint8))
    referee.look(edited(sight_of(twin), 0, lane=0))
    twin.step(np.zeros(0, np.uint8))
    referee.look(edited(sight_of(twin), 0, lane=2))
    assert referee.faults["sideways"] == 1


def test_bodies_on_crossing_paths_are_counted() -> None:
    twin = Twin(meeting(), demand([Trip(0.0, (0, 1, 4)), Trip(0.0, (2, 3))]))
    referee = Referee(twin)
    both = np.zeros(2)
    cross = Sight(
        Vehicles(
            np.array([0, 1], np.int32),
            np.array([-1, -1], np.int32),
            np.array([0, 1], np.int32),
            np.array([12.0, 13.0], np.float32),
            both.astype(np.float32),
        ),
        np.full(twin.city.groups.signal.size, Colour.OFF, np.uint8),
        1,
        0,
        2,
        0,
    )
    for step in range(1, 4):
        referee.look(replace(cross, step=step))
    assert (referee.counts["crossing"], referee.counts["crossing second"], referee.counts["crossing pair"]) == (3, 2, 1)
    referee.look(edited(replace(cross, step=4), 0, position_m=16.0))  # its rear has passed 10 m
    assert referee.counts["crossing"] == 3


def test_a_real_run_of_a_broken_twin_is_reported() -> None:
    """Not the sight but the twin itself is broken: a vehicle is pushed on by hand, another taken out."""
    twin, referee = street()
    tracks, slots = twin.memory.tables["tracks"], twin.memory.tables["slots"]
    lane = int(tracks["count"][:6].argmax())
    slots["pos"][tracks["head"][lane] + tracks["count"][lane] - 1] += 3.0
    twin.step(GREEN)
    referee.look()
    assert referee.faults["jump"] == 1
    tracks["count"][lane] -= 1
    twin.step(GREEN)
    referee.look()
    assert referee.faults["lost"] >= 1
    assert referee.faults["books"] >= 1


def test_every_kind_of_fault_is_broken_somewhere_here() -> None:
    proved = {kind for _, kind in MUTANTS} | {"back", "red", "across", "closed", "sideways"}
    assert proved == set(FAULTS)
