"""Ramp signals: which they are, the law that orders them, and what a main road gains by them in the twin."""

from __future__ import annotations

import numpy as np
import pytest
from _crossroads import crossroads

from _merge_road import BOTH, GO, HOLD, RAMP, merge_city, rush
from citybrain.city.model import City, Colour
from citybrain.control.approaches import Approaches, approaches
from citybrain.control.course import no_gates
from citybrain.control.ramps import (
    FULL_SHARE,
    GAIN_VPS,
    LEAST_PERIODS,
    PERIOD_S,
    RATE_VPS,
    Ramps,
    metered,
    ramp_signals,
)
from citybrain.control.registry import make_control
from citybrain.control.run import run_control
from citybrain.control.table import SignalTable
from citybrain.records.traffic import Traffic
from citybrain.worlds.twin import TwinWorld

CITY = merge_city()
BOUNDS = (np.array([0.05]), np.array([0.5]))
STEP_S = np.array([0.0, 10.0, 20.0])


def ways_of(city: City) -> tuple[Approaches, SignalTable]:
    table = SignalTable.from_city(city)
    return approaches(city, table), table


def ramps_of(city: City = CITY) -> Ramps:
    ways, table = ways_of(city)
    return Ramps(ways, table.n_stages)


# --- which they are -------------------------------------------------------------------------------------------------


def test_a_plan_that_holds_only_a_ramp_back_has_two_stages() -> None:
    table = SignalTable.from_city(CITY)
    assert table.n_stages.tolist() == [2]
    assert table.colours.tolist() == [*GO, *HOLD]
    assert np.diff(table.turn_offset).tolist() == [1, 0], "the second one serves nobody"


@pytest.mark.parametrize("rest", [(Colour.RED, Colour.RED), (Colour.PERMISSIVE, Colour.RED)])
def test_clearance_is_no_stage(rest: tuple[Colour, Colour]) -> None:
    """All red, or a turn that always yields: a pedestrian crossing is not steered."""
    table = SignalTable.from_city(merge_city(((rest[0], Colour.PROTECTED), rest)))
    assert table.n_stages.tolist() == [1]


def test_the_ramp_is_found_and_crossroads_have_none() -> None:
    found = ramps_of().of
    assert found.signal.tolist() == [0]
    assert found.into.tolist() == [BOTH]
    ways, _ = ways_of(CITY)
    assert ways.lane_link[ways.slot_lane[found.slot]].tolist() == [RAMP]
    ways, table = ways_of(crossroads())
    assert ramp_signals(ways, table.n_stages).signal.size == 0


# --- the law --------------------------------------------------------------------------------------------------------


def test_at_the_target_the_rate_stays_and_a_per_cent_is_seventy_vehicles_an_hour() -> None:
    rate, target = np.array([0.3]), np.array([0.2])
    assert metered(rate, target, target, BOUNDS) == pytest.approx(0.3)
    more = metered(rate, target - 0.01, target, BOUNDS)
    assert 3600.0 * (more - rate) == pytest.approx(70.0)


def test_nothing_winds_up_beyond_the_bounds() -> None:
    rate, target = np.array([0.3]), np.array([0.2])
    for _ in range(100):
        rate = metered(rate, np.array([0.9]), target, BOUNDS)
    assert rate == pytest.approx(0.05)
    assert metered(rate, np.array([0.1]), target, BOUNDS) == pytest.approx(0.05 + 0.1 * GAIN_VPS)


@pytest.mark.parametrize("start", [0.05, 0.5])
def test_a_road_settles_at_its_target(start: float) -> None:
    """Occupancy in proportion to what joins, a period later."""
    rate, target = np.array([start]), np.array([0.2])
    for _ in range(50):
        occupancy = 0.1 + 0.4 * rate
        rate = metered(rate, occupancy, target, BOUNDS)
    assert occupancy == pytest.approx(0.2, rel=0.01)


# --- what is seen ---------------------------------------------------------------------------------------------------


def road(n: int, speed_mps: float, on_ramp: int = 0) -> Traffic:
    """`n` vehicles behind the merge, and some on the ramp."""
    ways, _ = ways_of(CITY)
    lane = np.concatenate([ways.first_lane[BOTH] + np.arange(n) % 3, np.full(on_ramp, ways.first_lane[RAMP])])
    ahead = np.concatenate([1.0 + 190.0 * np.arange(n) / max(n, 1), 1.0 + 7.5 * np.arange(on_ramp)]).astype("f4")
    speed = np.concatenate([np.full(n, speed_mps), np.zeros(on_ramp)]).astype("f4")
    to = np.concatenate([np.full(n, 3), np.full(on_ramp, BOTH)]).astype(np.int32)
    return Traffic(lane.astype(np.int32), ahead, speed, to, np.arange(n + on_ramp, dtype=np.int32), np.ones_like(speed))


def shown(ramps: Ramps, n: int, speed_mps: float, periods: int, begin_s: float = 0.0) -> float:
    time_s = begin_s
    for _ in range(int(periods * PERIOD_S)):
        ramps.look(road(n, speed_mps, 5), time_s)
        time_s += 1.0
    return time_s


def test_the_target_is_the_occupancy_of_most_traffic() -> None:
    """Ten vehicles at 20 m/s carry more than thirty at 3 m/s: the ramp is metered while there are thirty."""
    ramps = ramps_of()
    time_s = shown(ramps, 10, 20.0, LEAST_PERIODS + 1)
    assert ramps.target == pytest.approx(10 * 5.0 / 600.0, rel=0.05)
    assert not ramps.held(road(10, 20.0, 5)).any(), "below its capacity nobody waits"
    shown(ramps, 30, 3.0, 5, time_s)
    assert ramps.target == pytest.approx(10 * 5.0 / 600.0, rel=0.05)
    assert ramps.order_vps < 0.5 * RATE_VPS[1]
    assert ramps.held(road(30, 3.0, 5))[ramps.of.slot].all()


def test_a_full_ramp_is_let_go() -> None:
    ramps = ramps_of()
    shown(ramps, 30, 3.0, 3, shown(ramps, 10, 20.0, LEAST_PERIODS + 1))
    room = ways_of(CITY)[0].room[RAMP]
    assert ramps.held(road(30, 3.0, int(FULL_SHARE * room) - 1)).any()
    assert not ramps.held(road(30, 3.0, int(FULL_SHARE * room) + 1)).any()


def test_the_main_road_is_never_held() -> None:
    ramps = ramps_of()
    shown(ramps, 30, 3.0, 3, shown(ramps, 10, 20.0, LEAST_PERIODS + 1))
    ways, _ = ways_of(CITY)
    open_gates = no_gates(len(ways.slot_lane), len(ways.room), 1, STEP_S.size)
    gates = ramps.on(open_gates._replace(held=np.ones_like(open_gates.held)), road(30, 3.0, 5), STEP_S)
    assert np.flatnonzero(gates.held).tolist() == ramps.of.slot.tolist()
    assert np.diff(gates.order[0]) == pytest.approx(10.0 * ramps.order_vps[0])


# --- in the twin ----------------------------------------------------------------------------------------------------


def finished(name: str, main_vph: float, ramp_vph: float, seed: int) -> tuple[int, float]:
    """Trips that end within half an hour, and mean delay."""
    world = TwinWorld(CITY, rush(main_vph, ramp_vph, 1800.0, seed), seed)
    control = make_control(name, CITY, begin_s=0.0)
    run_control(world, control.controller, control.machine, 1800.0)
    return world.summary().finished_trips, world.summary().mean_delay_s


@pytest.mark.parametrize("seed", [0, 1])
def test_more_gets_through_where_there_is_too_much(seed: int) -> None:
    plain, with_it = finished("brain", 3400.0, 1200.0, seed), finished("brain+ramps", 3400.0, 1200.0, seed)
    assert with_it[0] > 1.02 * plain[0]
    assert with_it[1] < plain[1]


def test_where_there_is_room_nobody_waits() -> None:
    assert finished("brain+ramps", 2000.0, 400.0, 0) == finished("brain", 2000.0, 400.0, 0)
