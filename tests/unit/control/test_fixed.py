"""Fixed time through the stage machine is the plan, second by second."""

from __future__ import annotations

import numpy as np
import pytest
from _crossroads import Layout, crossroads
from _fake_world import FakeWorld, rates
from test_signal_table import signal_only

from citybrain.control.fixed import FixedTime
from citybrain.control.plans import PlanPlayer
from citybrain.control.registry import make_control
from citybrain.control.run import run_control
from citybrain.control.stages import KEEP
from citybrain.control.table import SignalTable


@pytest.mark.parametrize(("offset_s", "begin_s"), [(0.0, 0.0), (0.0, 25200.0), (17.0, 20.0), (-40.0, 3.0)])
def test_shown_colours_are_the_plans(offset_s: float, begin_s: float) -> None:
    city = crossroads(Layout(n=2, offset_s=offset_s))
    world = FakeWorld(city, rates(city, {}), time_s=begin_s)
    control = make_control("fixed", city, begin_s=begin_s)
    run_control(world, *control, begin_s + 200)
    player = PlanPlayer(city)
    plan = np.array([player.colours(begin_s + t) for t in range(200)])
    assert (np.array(world.shown) == plan).all()


def test_a_start_between_two_greens_joins_the_plan_at_its_next_change() -> None:
    city = crossroads()
    world = FakeWorld(city, rates(city, {}), time_s=31.0)  # in the first yellow
    run_control(world, *make_control("fixed", city, begin_s=31.0), 250.0)
    player = PlanPlayer(city)
    assert all((shown == player.colours(31.0 + t)).all() for t, shown in enumerate(world.shown) if t >= 4)


def test_stages_at_follow_the_sequence() -> None:
    table = SignalTable.from_city(signal_only((10.0, "Gr"), (3, "yr"), (5, "rG"), (3, "ry"), (4, "Gr"), (3, "yr")))
    fixed = FixedTime(table)
    stages = [int(fixed.stages_at(float(t))[0]) for t in range(28)]
    assert stages == [0] * 10 + [1] * 8 + [0] * 7 + [0] * 3


def test_a_signal_without_stages_gets_no_wish() -> None:
    assert FixedTime(SignalTable.from_city(signal_only((30.0, "GG")))).stages_at(5.0).tolist() == [KEEP]
    assert FixedTime(SignalTable.from_city(signal_only())).stages_at(5.0).tolist() == [KEEP]


def test_it_does_not_look() -> None:
    city = crossroads()
    world = FakeWorld(city, rates(city, {}))
    run_control(world, *make_control("fixed", city), 60.0)
    assert world.looks == 0


def test_a_minimum_green_above_the_plans_green_delays_but_does_not_drift() -> None:
    """The clock says where to go: after a green that the machine held longer, the plan is caught up with."""
    city = crossroads(Layout(greens_s=(20.0, 4.0, 20.0, 20.0), min_green_s=8.0))
    world = FakeWorld(city, rates(city, {}))
    run_control(world, *make_control("fixed", city), 400.0)
    player = PlanPlayer(city)
    same = np.array([(shown == player.colours(float(t))).all() for t, shown in enumerate(world.shown)])
    assert same[84 * 3 : 84 * 3 + 25].all()
    assert same.mean() > 0.85
