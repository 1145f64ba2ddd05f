"""Laws of the controllers that look ahead: who is served, who is not, and what makes no difference."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from _crossroads import Layout, crossroads
from _traffic import Vehicle, seen, standing

from citybrain.city.model import City
from citybrain.control.base import Controller
from citybrain.control.brain import Brain, BrainOptions
from citybrain.control.registry import make_control, make_controller
from citybrain.control.stages import StageMachine
from citybrain.control.table import SignalTable
from citybrain.errors import InputError
from citybrain.records.traffic import Traffic

EW, NS, EW_LEFT, NS_LEFT = range(4)
AHEAD = ("sketch", "vote", "brain")
INTERVALS = (1, 10, 30)


def wish(city: City, vehicles: list[Vehicle], stage: int = EW, name: str = "brain", interval_s: int = 10) -> list[int]:
    """What is wished at once, from a green of `stage` that has lasted long."""
    table = SignalTable.from_city(city)
    controller = make_controller(name, city, {"interval_s": interval_s}, table)
    return controller.decide(seen(city, vehicles), _long_green(city, table, stage)).tolist()  # type: ignore[no-any-return]


def _long_green(city: City, table: SignalTable, stage: int):  # type: ignore[no-untyped-def]
    state = StageMachine(city, table, np.full(table.n_signals, stage, np.int32)).state
    return state._replace(age_s=np.full(table.n_signals, 100, np.int32))


@pytest.mark.parametrize("stage", [EW, NS_LEFT])
@pytest.mark.parametrize("name", ["sketch", "brain"])
def test_nobody_there_nothing_changes(name: str, stage: int) -> None:
    assert wish(crossroads(), [], stage, name) == [stage]


@pytest.mark.parametrize(
    ("name", "interval_s"), [*((n, 10) for n in AHEAD), ("brain", 1), ("brain", 30), ("sketch", 30)]
)
@pytest.mark.parametrize(("link", "lane", "stage"), [("J0Nin", 1, NS), ("J0Win", 2, EW_LEFT), ("J0Sin", 2, NS_LEFT)])
def test_the_only_queue_is_served(name: str, link: str, lane: int, stage: int, interval_s: int) -> None:
    assert wish(crossroads(), standing(link, lane, 5), EW, name, interval_s) == [stage]


@pytest.mark.parametrize("name", AHEAD)
def test_of_two_queues_the_longer_one_comes_first(name: str) -> None:
    city = crossroads()
    assert wish(city, standing("J0Nin", 2, 9) + standing("J0Nin", 1, 2), EW, name) == [NS_LEFT]
    assert wish(city, standing("J0Nin", 2, 2) + standing("J0Nin", 1, 9), EW, name) == [NS]


@pytest.mark.parametrize("interval_s", INTERVALS)
def test_a_green_is_not_given_up_for_an_equal_queue(interval_s: int) -> None:
    """Both directions alike: whoever has green keeps it, since a change costs."""
    vehicles = [v for arm in "NESW" for v in standing(f"J0{arm}in", 1, 6)]
    assert wish(crossroads(), vehicles, EW, interval_s=interval_s) == [EW]
    assert wish(crossroads(), vehicles, NS, interval_s=interval_s) == [NS]


def test_a_platoon_that_arrives_now_is_let_through_before_one_car_that_stands() -> None:
    platoon: list[Vehicle] = [("J0Win", 1, 20.0 + 25.0 * i, 13.9, "") for i in range(6)]
    assert wish(crossroads(), platoon + standing("J0Nin", 1, 1), EW, interval_s=1) == [EW]
    assert wish(crossroads(), standing("J0Nin", 1, 1), EW, interval_s=1) == [NS]


def test_nobody_is_served_into_a_full_link() -> None:
    """Nine cars want to go west where nothing moves, three go north: these three are let go."""
    city = crossroads()
    stuck = [v for lane in range(3) for v in standing("J0Wout", lane, 39)]
    vehicles = standing("J0Ein", 1, 9, "J0Wout") + standing("J0Nin", 1, 3, "J0Sout")
    assert wish(city, vehicles, NS_LEFT) == [EW]
    assert wish(city, vehicles + [(*v[:4], "") for v in stuck], NS_LEFT) == [NS]


def test_heavy_vehicles_come_before_more_light_ones() -> None:
    city = crossroads()
    table = SignalTable.from_city(city)
    readings = seen(city, standing("J0Nin", 1, 3) + standing("J0Ein", 2, 5))
    weight = np.where(readings.traffic.lane == readings.traffic.lane[0], 20.0, 1.0).astype(np.float32)
    heavy = replace(readings, traffic=replace(readings.traffic, weight=weight))
    state = _long_green(city, table, EW)
    assert Brain(city, table, BrainOptions(10)).decide(readings, state).tolist() == [EW_LEFT]
    assert Brain(city, table, BrainOptions(10)).decide(heavy, state).tolist() == [NS]


def test_one_car_against_an_endless_stream_waits_no_longer_than_the_guard_allows() -> None:
    city = crossroads()
    control = make_control("brain", city, {"max_red_s": 60.0})
    stream: list[Vehicle] = [(f"J0{arm}in", 1, 1.0 + 14.0 * i, 13.9, "") for arm in "EW" for i in range(20)]
    served = []
    for second in range(90):
        readings = seen(city, stream + standing("J0Nin", 2, 1), float(second))
        state = control.machine.state
        control.machine.step(control.controller.decide(readings, state), float(second))
        served.append(int(control.machine.state.target[0]))
    assert served[:50] == [EW] * 50
    assert NS_LEFT in served[:65]


def test_the_order_of_vehicles_and_of_junctions_makes_no_difference() -> None:
    city = crossroads(Layout(n=3))
    table = SignalTable.from_city(city)
    rng = np.random.default_rng(3)
    loads = [[(arm, lane, int(rng.integers(0, 12))) for arm in "NESW" for lane in (1, 2)] for _ in range(3)]
    readings = [
        seen(
            city,
            [v for j, k in enumerate(order) for arm, lane, n in loads[k] for v in standing(f"J{j}{arm}in", lane, n)],
        )
        for order in ((0, 1, 2), (2, 0, 1))
    ]
    state = _long_green(city, table, EW)
    wishes = [Brain(city, table).decide(look, state) for look in readings]
    assert wishes[1].tolist() == wishes[0][[2, 0, 1]].tolist()
    shuffled = _permuted(readings[0].traffic, rng.permutation(readings[0].traffic.lane.size))
    assert Brain(city, table).decide(replace(readings[0], traffic=shuffled), state).tolist() == wishes[0].tolist()


def _permuted(rows: Traffic, order: np.ndarray) -> Traffic:  # type: ignore[type-arg]
    columns = (getattr(rows, name) for name in Traffic.__dataclass_fields__)
    return Traffic(*(None if column is None else column[order] for column in columns))


def test_threads_do_not_change_the_wishes() -> None:
    city = crossroads(Layout(n=70))
    table = SignalTable.from_city(city)
    rng = np.random.default_rng(5)
    vehicles = [
        v for j in range(70) for a in "NESW" for k in (1, 2) for v in standing(f"J{j}{a}in", k, int(rng.integers(0, 9)))
    ]
    readings, state = seen(city, vehicles), _long_green(city, table, EW)
    wishes = [Brain(city, table, BrainOptions(workers=workers)).decide(readings, state) for workers in (1, 3)]
    assert (wishes[0] == wishes[1]).all()
    assert len(set(wishes[0].tolist())) > 1


@pytest.mark.parametrize("options", [{"interval_s": 0}, {"horizon_s": 5.0}, {"workers": 0}, {"max_red_s": -1.0}])
def test_options_out_of_range_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(InputError):
        BrainOptions(**options)  # type: ignore[arg-type]


def test_all_are_controllers() -> None:
    city = crossroads()
    controllers: list[Controller] = [make_controller(name, city) for name in AHEAD]
    assert [c.interval_s for c in controllers] == [10, 10, 1]
