"""New plans change nothing but the plans in force: old phases stay whole, and signals without a plan stay without."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from _retime_street import street
from citybrain.city.model import City
from citybrain.city.replan import NewPlan, with_plans
from citybrain.city.validate import check
from citybrain.control.plans import PlanPlayer


def new_plan(signal: int, name: str, greens_s: tuple[float, ...], offset_s: float = 0.0) -> NewPlan:
    shown = np.array([[6, 0] if k % 2 == 0 else [0, 6] for k in range(len(greens_s))], np.uint8)
    return NewPlan(name, signal, offset_s, np.array(greens_s), shown)


def phases_of(city: City, plan: int) -> list[tuple[float, list[int]]]:
    """(duration, colours) of each phase of a plan."""
    phases, first = city.phases, int(city.plans.first_phase[plan])
    rows = range(first, first + int(city.plans.n_phases[plan]))
    assert (phases.plan[list(rows)] == plan).all()
    shown = [phases.colours[phases.colour_offset[r] : phases.colour_offset[r + 1]].tolist() for r in rows]
    return [(float(phases.duration_s[r]), colours) for r, colours in zip(rows, shown, strict=True)]


def test_nothing_new_is_the_same_city() -> None:
    city = street(2).city
    again = with_plans(city, [])
    assert again.plans.plan_id == city.plans.plan_id
    for table in ("signals", "plans", "phases"):
        for name, column in vars(getattr(city, table)).items():
            assert np.array_equal(getattr(getattr(again, table), name), column), f"{table}.{name}"


def test_old_plans_keep_their_phases_whatever_comes_beside_them() -> None:
    city = street(3).city
    plans = [new_plan(2, "two", (7.0, 8.0, 9.0), 4.0), new_plan(0, "none", (11.0, 12.0))]
    found = with_plans(city, plans)
    check(found)
    for old in range(3):
        assert phases_of(found, old) == phases_of(city, old)
    assert found.signals.plan.tolist() == [4, 1, 3]
    assert phases_of(found, 3) == [(7.0, [6, 0]), (8.0, [0, 6]), (9.0, [6, 0])]
    assert phases_of(found, 4) == [(11.0, [6, 0]), (12.0, [0, 6])]
    assert found.plans.offset_s[3:].tolist() == [4.0, 0.0]


@pytest.mark.parametrize("named", ["S1:0", "S2:0", "S3:0"])
def test_a_plan_of_the_same_name_takes_the_place_of_the_old_one_and_rows_close_up(named: str) -> None:
    city = street(3).city
    signal = int(named[1]) - 1
    found = with_plans(city, [new_plan(signal, named, (20.0, 21.0))])
    check(found)
    assert sorted(found.plans.plan_id) == sorted(city.plans.plan_id)
    for s in range(3):
        plan = int(found.signals.plan[s])
        assert found.plans.plan_id[plan] == f"S{s + 1}:0"
        assert int(found.plans.signal[plan]) == s
        assert phases_of(found, plan) == ([(20.0, [6, 0]), (21.0, [0, 6])] if s == signal else phases_of(city, s))


def test_a_signal_without_a_plan_stays_without() -> None:
    city = street(3).city
    city = replace(city, signals=replace(city.signals, plan=np.array([0, -1, 2], np.int32)))
    found = with_plans(city, [new_plan(2, "x", (9.0, 9.0))])
    assert found.signals.plan.tolist() == [0, -1, 3]


def test_the_first_phase_begins_at_the_offset_and_again_every_cycle() -> None:
    city = with_plans(street(1).city, [new_plan(0, "x", (7.0, 5.0), 3.0)])
    player = PlanPlayer(city)
    for t in range(60):
        assert (player.colours(float(t))[0] == 6) == ((t - 3) % 12 < 7), t


def test_the_city_asked_is_left_as_it_was_and_the_new_one_cannot_be_written() -> None:
    city = street(2).city
    before = city.signals.plan.copy(), city.phases.duration_s.copy()
    found = with_plans(city, [new_plan(0, "x", (9.0, 9.0))])
    assert (city.signals.plan == before[0]).all()
    assert (city.phases.duration_s == before[1]).all()
    with pytest.raises(ValueError, match="read-only"):
        found.phases.duration_s[0] = 1.0
