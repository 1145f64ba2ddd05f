"""Variants of a running twin: what is not changed stays bit for bit, and what is changed is changed as asked."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from citybrain.demand.generated import generate
from citybrain.errors import InputError
from citybrain.twin.arrays import FINISHED, NEXT_TRIP, RUNNING, WAITING
from citybrain.twin.twin import Twin
from citybrain.twin.variant import reseeded, trips_ahead, with_plans, with_trips_ahead

FORK_S, END_S = 600, 900


@pytest.fixture(scope="module")
def twin() -> Twin:
    return Twin(*generate(9, 3), seed=3).run(FORK_S)


@pytest.fixture(scope="module")
def alone(twin: Twin) -> str:
    return twin.fork().run(END_S).digest()


def test_the_same_trips_give_the_same_future(twin: Twin, alone: str) -> None:
    assert with_trips_ahead(twin, *trips_ahead(twin)).run(END_S).digest() == alone


def test_the_same_plans_give_the_same_future(twin: Twin, alone: str) -> None:
    assert with_plans(twin, twin.city).run(END_S).digest() == alone


def test_a_twin_arrives_whole_in_another_process(twin: Twin, alone: str) -> None:
    arrived = pickle.loads(twin.packed())
    assert arrived.digest() == twin.digest()
    assert arrived.run(END_S).digest() == alone


def test_other_chance_is_another_future_of_the_same_moment(twin: Twin, alone: str) -> None:
    other = reseeded(twin, 99)
    assert other.counters.tolist() == twin.counters.tolist()
    assert other.run(END_S).digest() != alone
    assert reseeded(twin, 99).run(END_S).digest() == other.digest()
    assert reseeded(twin, twin.seed).run(END_S).digest() == alone


def test_the_twin_itself_is_never_changed(twin: Twin) -> None:
    before = twin.digest()
    rows, depart_s = trips_ahead(twin)
    with_trips_ahead(twin, rows[::2], depart_s[::2]).run(END_S)
    reseeded(twin, 5).run(END_S)
    phases = twin.city.phases
    with_plans(twin, replace(twin.city, phases=replace(phases, duration_s=phases.duration_s + 1.0))).run(END_S)
    assert twin.digest() == before


@pytest.mark.parametrize("times", [0, 1, 2, 3])
def test_each_trip_departs_as_often_as_it_is_named(twin: Twin, times: int) -> None:
    rows, depart_s = trips_ahead(twin)
    made = with_trips_ahead(twin, np.repeat(rows, times), np.repeat(depart_s, times)).run(END_S)
    due = int((depart_s <= END_S - 1).sum())
    assert int(made.counters[NEXT_TRIP] - twin.counters[NEXT_TRIP]) == times * due
    assert made.counters[[RUNNING, WAITING, FINISHED]].sum() == made.counters[NEXT_TRIP], "nobody gets lost"


def test_a_copy_departs_when_it_is_told_to(twin: Twin) -> None:
    rows, _ = trips_ahead(twin)
    made = with_trips_ahead(twin, rows[:3], np.array([650.0, 650.0, 800.0]))
    gone = [int(made.run(at_s).counters[NEXT_TRIP] - twin.counters[NEXT_TRIP]) for at_s in (640, 660, 790, 810)]
    assert gone == [0, 2, 2, 3]
    assert made.demand.trips.depart_s[-3:].tolist() == [650.0, 650.0, 800.0]
    assert made.demand.trips.origin_link[-1] == twin.demand.trips.origin_link[rows[2]]


def test_trips_that_choose_their_way_are_copied_as_such() -> None:
    city, demand = generate(9, 3)
    trips = demand.trips
    free = replace(demand, trips=replace(trips, route=np.full(trips.route.size, -1, np.int32)))
    twin = Twin(city, free, seed=3).run(300)
    same = with_trips_ahead(twin, *trips_ahead(twin)).run(END_S)
    assert same.digest() == twin.fork().run(END_S).digest()
    rows, depart_s = trips_ahead(twin)
    twice = with_trips_ahead(twin, np.repeat(rows, 2), np.repeat(depart_s, 2)).run(END_S)
    chosen = int((twice.memory.tables["drives"]["inserted"] >= 0.0).sum())
    assert chosen > int((same.memory.tables["drives"]["inserted"] >= 0.0).sum())


def test_trips_of_the_past_and_disorder_are_refused(twin: Twin) -> None:
    rows, _ = trips_ahead(twin)
    for bad in ((np.array([0]), np.array([END_S])), (rows[:2], [900.0, 800.0]), (rows[:1], [10.0])):
        with pytest.raises(InputError, match="trips ahead"):
            with_trips_ahead(twin, np.asarray(bad[0]), np.asarray(bad[1], float))


def test_other_durations_are_what_signals_show(twin: Twin) -> None:
    city, phases = twin.city, twin.city.phases
    longer = replace(city, phases=replace(phases, duration_s=phases.duration_s * 2.0))
    fork = with_plans(twin, longer)
    plans = fork.memory.constants["plans"]
    np.testing.assert_allclose(plans["cycle"], 2.0 * twin.memory.constants["plans"]["cycle"])
    assert fork.city is longer
    assert fork.run(END_S).digest() != twin.fork().run(END_S).digest()


def test_plans_of_another_city_are_refused(twin: Twin) -> None:
    with pytest.raises(InputError, match="other phases"):
        with_plans(twin, generate(4, 1)[0])
