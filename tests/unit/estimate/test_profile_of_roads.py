"""What is known before anything is seen: free times, room, shares of green and waits of plans in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from _street import FREE_M, FREE_S, row, street_of

from _roads import Road, meeting, road
from citybrain.city.builder import PhaseSpec
from citybrain.city.model import Colour, VehicleClass
from citybrain.city.timelines import timelines_of
from citybrain.estimate.approaches import approaches_of
from citybrain.estimate.profile import CYCLE_S, HEADWAY_S, green_fracs, signal_wait_s
from citybrain.estimate.queues import JAM_M


@pytest.mark.parametrize(("green_s", "red_s"), [(30.0, 60.0), (45.0, 45.0), (5.0, 85.0), (40.0, 0.0), (7.0, 53.0)])
@pytest.mark.parametrize("offset_s", [0.0, 17.0])
def test_the_wait_of_a_fixed_plan_is_websters_at_no_flow(green_s: float, red_s: float, offset_s: float) -> None:
    """r^2 / 2 C, whatever the offset."""
    phases = [PhaseSpec(green_s, [Colour.PROTECTED])] + ([PhaseSpec(red_s, [Colour.RED])] if red_s else [])
    street = street_of(road(Road(signal_after=0, phases=phases, offset_s=offset_s)))
    cycle_s = green_s + red_s
    assert street.road.green_frac[0] == pytest.approx(green_s / cycle_s, abs=0.5 * cycle_s / 1800.0)
    assert street.road.cycle_s[0] == cycle_s
    wait_s = signal_wait_s(street.table, street.road)
    assert wait_s[0] == pytest.approx(red_s**2 / (2.0 * cycle_s), rel=0.05, abs=1e-9)
    assert wait_s[1] == 0.0


def test_the_wait_of_a_link_is_that_of_its_turns_by_their_shares() -> None:
    street = row(signal=True)
    one = signal_wait_s(street.table, street.road)[0]
    half = signal_wait_s(street.table, street.road._replace(share=0.5 * street.road.share))[0]
    assert half == pytest.approx(one / 2)


@pytest.mark.parametrize("colour", list(Colour))
def test_green_is_all_that_lets_vehicles_pass(colour: Colour) -> None:
    city = road(Road(signal_after=0, phases=[PhaseSpec(90.0, [colour])]))
    table = approaches_of(city)
    assert green_fracs(table, timelines_of(city), 1).tolist() == [float(colour >= Colour.OFF)]


def test_without_a_signal_there_is_always_green_and_no_wait() -> None:
    street = row()
    assert (street.road.green_frac == 1.0).all()
    assert (street.road.cycle_s == CYCLE_S).all()
    assert (signal_wait_s(street.table, street.road) == 0.0).all()


def test_free_times_room_and_saturation_of_a_street() -> None:
    street = row(n_lanes=3, speed_mps=20.0)
    assert street.road.free_s == pytest.approx([FREE_S / 2, FREE_S / 2])
    assert street.road.room == pytest.approx([3 * FREE_M / JAM_M] * 2)
    assert street.road.saturation_vps == pytest.approx(np.full(6, 1.0 / HEADWAY_S))


def test_a_cycle_path_holds_no_queue_of_cars() -> None:
    both = [int(VehicleClass.BICYCLE), int(VehicleClass.ALL)]
    street = street_of(road(Road((150.0,), n_lanes=2, allowed=both)))
    assert street.road.room[0] == pytest.approx(150.0 / JAM_M)
    bare = street_of(road(Road((150.0,), allowed=[int(VehicleClass.BICYCLE)])))
    assert bare.road.room[0] == 1.0  # never none: a share of it is taken


def test_rings_are_longer_than_any_way_through_them() -> None:
    for city in (meeting(), road(Road((1.0, 3.0, 2000.0), 30.0))):
        street = street_of(city)
        longest_s = street.road.free_s + street.table.stream_cross_s.max()
        assert (np.diff(street.road.ring_offset) > longest_s + 1.0).all()
