"""Fixed time through the stage machine is the plan, second by second."""

from __future__ import annotations

import numpy as np
import pytest
from _crossroads import Layout, crossroads
from _fake_world import FakeWorld, rates
from test_plan_player import DATA, plans_of
from test_signal_table import signal_only

from citybrain.city.model import Colour
from citybrain.control.fixed import FixedTime
from citybrain.control.plans import PlanPlayer
from citybrain.control.registry import make_control
from citybrain.control.run import run_control
from citybrain.control.stages import KEEP, StageMachine
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


@pytest.mark.parametrize("name", ["cologne8", "grid4x4", "ingolstadt7"])
def test_on_real_plans_only_groups_that_go_on_flowing_may_differ(name: str) -> None:
    """Some plans show yellow to groups that are green before and after it; the machine lets them flow."""
    net = DATA / name / f"{name}.net.xml"
    if not net.exists():
        pytest.skip("no data: set CITYBRAIN_DATA")
    city = plans_of(net, 0.0)
    table = SignalTable.from_city(city).with_timing(0, 3, 0)
    fixed, player = FixedTime(table), PlanPlayer(city)
    machine = StageMachine(city, table, fixed.stages_at(0.0))
    n_same = 0
    for second in range(400):
        shown = machine.step(fixed.stages_at(float(second)), float(second))
        plan = player.colours(float(second))
        differs = shown != plan
        n_same += not differs.any()
        assert (plan[differs] == Colour.YELLOW).all(), second
        assert (shown[differs] >= Colour.PERMISSIVE).all(), second
    assert n_same == 400 or name != "grid4x4"


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
