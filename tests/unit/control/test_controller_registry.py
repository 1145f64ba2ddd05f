"""Controllers by name: every name gives one, and every mistake is named."""

from __future__ import annotations

import numpy as np
import pytest
from _crossroads import Layout, crossroads
from _fake_world import FakeWorld, rates

from citybrain.control.actuated import ActuatedOptions
from citybrain.control.pressure import PressureOptions
from citybrain.control.registry import controller_names, make_control, make_controller, read_options
from citybrain.control.run import run_control
from citybrain.control.stages import StageMachine
from citybrain.control.table import SignalTable
from citybrain.errors import InputError


@pytest.mark.parametrize("name", controller_names())
def test_every_controller_decides_for_all_signals_without_changing_its_input(name: str) -> None:
    city = crossroads(Layout(n=3))
    table = SignalTable.from_city(city)
    controller = make_controller(name, city, table=table)
    world = FakeWorld(city, rates(city, {"N1": 0.3, "W2": 0.2}))
    machine = StageMachine(city, table)
    for _ in range(50):
        readings, state = world.readings(), machine.state
        before = [column.copy() for column in state]
        wishes = controller.decide(readings, state)
        assert wishes.shape == (3,)
        assert wishes.dtype == np.int32
        assert all((now == then).all() for now, then in zip(state, before, strict=True))
        world.step(machine.step(wishes, world.time_s))


@pytest.mark.parametrize("name", controller_names())
def test_the_same_run_twice_shows_the_same_colours(name: str) -> None:
    city = crossroads(Layout(n=2))
    shown = []
    for _ in range(2):
        world = FakeWorld(city, rates(city, {"N1": 0.2, "W1": 0.1, "E2": 0.05}), seed=3)
        run_control(world, *make_control(name, city), 300.0)
        shown.append(np.array(world.shown))
    assert (shown[0] == shown[1]).all()


def test_the_names() -> None:
    assert controller_names()[:7] == ("fixed", "actuated", "max-pressure", "longest-queue", "sketch", "vote", "brain")
    assert controller_names()[7:] == ("brain+gating", "brain+ramps", "brain+gating+ramps")


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"'best'; expected one of fixed, actuated, max-pressure, longest-queue"):
        make_controller("best", crossroads())


@pytest.mark.parametrize("name", controller_names())
def test_an_unknown_option_is_named(name: str) -> None:
    with pytest.raises(InputError, match="unknown option 'colour'"):
        make_controller(name, crossroads(), {"colour": 1})


def test_options_may_be_text() -> None:
    given = {"interval_s": "15", "exit": "mean", "max_red_s": "90"}
    assert read_options(PressureOptions, given) == PressureOptions(15, "mean", max_red_s=90.0)
    assert read_options(ActuatedOptions, {"skip_empty": "True"}).skip_empty is True
    assert read_options(ActuatedOptions, {"skip_empty": False}).skip_empty is False


@pytest.mark.parametrize("given", [{"interval_s": "soon"}, {"max_red_s": None}, {"interval_s": "1.5"}])
def test_a_value_of_the_wrong_kind_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(InputError, match=f"option {next(iter(given))} = "):
        read_options(PressureOptions, given)


def test_the_machine_starts_in_the_stages_of_the_plan() -> None:
    city = crossroads(Layout(n=2))
    assert make_control("actuated", city, begin_s=0.0).machine.state.stage.tolist() == [0, 0]
    assert make_control("actuated", city, begin_s=40.0).machine.state.stage.tolist() == [1, 1]
    assert make_control("actuated", city, begin_s=90.0 * 7 + 60).machine.state.stage.tolist() == [2, 2]
