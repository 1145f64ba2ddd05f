"""The twin's public face: figures by hand, closures, limits, forks, and clear errors."""

from __future__ import annotations

import numpy as np
import pytest

from _roads import Kind, Road, Trip, demand, road
from citybrain.city.builder import PhaseSpec
from citybrain.city.model import Colour, VehicleClass
from citybrain.errors import InputError
from citybrain.twin.twin import Twin

RED, GREEN = np.array([Colour.RED], np.uint8), np.array([Colour.PROTECTED], np.uint8)


def test_figures_of_two_vehicles_are_those_by_hand() -> None:
    """10 m/s on 100 m and 5 m of junction: front from 5 m; red until 60 s holds both; closed-up they leave in turn."""
    twin = Twin(road(Road((100.0, 100.0), 10.0, signal_after=0)), demand([Trip(0.0, (0, 1)), Trip(10.0, (0, 1))]))
    twin.step(RED, 60)
    mid = twin.summary()
    assert mid.mean_travel_time_s == pytest.approx((60 + 50) / 2)
    assert mid.approach_time_s == pytest.approx((60 + 50) / 2)
    assert mid.mean_stops == 1.0
    assert np.isnan(mid.mean_trip_duration_s)
    assert mid.vehicle_steps == 60 + 50
    assert 44 <= mid.longest_wait_s <= 51
    twin.step(GREEN, 60)
    end = twin.summary()
    arrived = twin.memory.tables["drives"]["arrived"]
    assert end.finished_trips == 2
    assert end.mean_trip_duration_s == pytest.approx(np.mean(arrived - [0, 10]))
    free_s = 100 / 10 + 5 / 10 + 100 / 10
    assert end.mean_delay_s == pytest.approx(np.mean(arrived - [0, 10]) - free_s)
    series = twin.history().series
    assert series.t_s.tolist() == [60.0, 120.0]
    assert series.finished[-1] == end.finished_trips


@pytest.mark.parametrize("offset_s", [0.0, 17.0, -5.0, 133.0])
def test_plans_play_with_their_offsets(offset_s: float) -> None:
    phases = [PhaseSpec(20.0, [Colour.PROTECTED]), PhaseSpec(3.0, [Colour.YELLOW]), PhaseSpec(17.0, [Colour.RED])]
    twin = Twin(road(Road(signal_after=0, phases=phases, offset_s=offset_s, begin_s=1000.0)), demand([]))
    for now in range(1000, 1090):
        twin.run(now + 1)
        at = (now - offset_s) % 40
        expected = Colour.PROTECTED if at < 20 else Colour.YELLOW if at < 23 else Colour.RED
        assert twin.memory.tables["shown"][0] == expected


def test_a_closed_lane_is_not_entered_and_opens_again() -> None:
    twin = Twin(road(Road(n_lanes=2)), demand([Trip(3.0 * i, (0, 1)) for i in range(60)]))
    twin.close_lane("L1", 0)
    for _ in range(90):
        twin.run(twin.time_s + 1)
        assert not (twin.vehicles().lane == 2).any()
    twin.open_lane("L1", 0)
    twin.run(twin.time_s + 90)
    assert (twin.vehicles().lane == 2).any()


def test_a_new_speed_limit_is_kept() -> None:
    twin = Twin(road(Road((900.0,))), demand([Trip(0.0, (0,))])).run(20)
    twin.set_speed_limit("L0", 5.0)
    twin.run(30)
    assert twin.vehicles().speed_mps[0] == pytest.approx(5.0)


def test_readings_are_brute_force_counts() -> None:
    twin = Twin(
        road(Road((300.0, 300.0), n_lanes=2, signal_after=0)), demand([Trip(1.0 * i, (0, 1)) for i in range(40)])
    )
    twin.step(RED, 35)
    now, read = twin.vehicles(), twin.readings()
    for lane in range(4):
        on = now.lane == lane
        near = on & (300.0 - now.position_m <= 100.0)
        stands = now.speed_mps < 0.1
        found = read.lane_count[lane], read.lane_queue[lane], read.near_count[lane], read.near_queue[lane]
        assert found == (on.sum(), (on & stands).sum(), near.sum(), (near & stands).sum())
    for movement, lane in enumerate(twin.city.movements.from_lane[:2]):
        assert read.movement_count[movement] == (now.lane == lane).sum()
    assert list(read.occupied) == [True, True, False, False]


def test_only_buses_use_a_bus_lane() -> None:
    allowed = [int(VehicleClass.BUS), int(VehicleClass.ALL)]
    kinds = [Kind(), Kind(length_m=12.0, vehicle_class=VehicleClass.BUS)]
    twin = Twin(
        road(Road(n_lanes=2, allowed=allowed)), demand([Trip(2.0 * i, (0, 1), i % 2) for i in range(30)], kinds)
    )
    for _ in range(80):
        twin.run(twin.time_s + 1)
        now = twin.vehicles()
        assert set(now.trip[np.isin(now.lane, [0, 2])] % 2) <= {1}
    assert np.isin(now.lane, [0, 2]).any()


def test_vehicles_depart_as_asked() -> None:
    trips = [Trip(0.0, (0,), lane=0, speed_mps=0.0), Trip(0.0, (0,), lane=1, speed_mps=7.0)]
    twin = Twin(road(Road((500.0,), n_lanes=2)), demand(trips)).run(1)
    now = twin.vehicles()
    speed = dict(zip(now.trip.tolist(), now.speed_mps.tolist(), strict=True))
    assert dict(zip(now.trip.tolist(), now.lane.tolist(), strict=True)) == {0: 0, 1: 1}
    assert speed == {0: pytest.approx(2.6), 1: pytest.approx(9.6)}


def test_bad_input_is_named() -> None:
    city = road(Road(signal_after=0))
    twin = Twin(city, demand([]))
    with pytest.raises(InputError, match="expected uint8"):
        twin.step(np.zeros(2, np.uint8))
    with pytest.raises(InputError, match="expected uint8"):
        twin.step(np.zeros(1, np.int64))
    with pytest.raises(InputError, match="nowhere"):
        twin.close_lane("nowhere", 0)
    with pytest.raises(InputError, match="no lane 3"):
        twin.close_lane("L0", 3)
    with pytest.raises(InputError, match="no movement joins"):
        Twin(city, demand([Trip(0.0, (1, 0))]))
    with pytest.raises(InputError, match="engine"):
        Twin(city, demand([]), engine="nano")
    with pytest.raises(InputError, match="another"):
        twin.restore(Twin(city, demand([Trip(0.0, (0,))])).save())


def test_a_state_is_refused_by_an_equally_large_demand() -> None:
    city = road(Road((100.0, 100.0), 10.0, signal_after=0))
    saved = Twin(city, demand([Trip(0.0, (0, 1))])).save()
    with pytest.raises(InputError, match="another"):
        Twin(city, demand([Trip(5.0, (0, 1))])).restore(saved)
    assert Twin(city, demand([Trip(0.0, (0, 1))])).restore(saved).time_s == city.meta.begin_s
