"""Corridors are found along the heavy flow; bands meet every green; one-way waves are perfect."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from _retime_street import BLOCK_M, SPEED_MPS, Street, flows_of, street
from citybrain.control.plans import PlanPlayer
from citybrain.control.retiming.bands import band_widths_s, green_window, with_bands
from citybrain.control.retiming.corridors import corridors_of, legs_of
from citybrain.control.retiming.flows import TurnFlows
from citybrain.control.retiming.skeleton import Skeleton, Timing, skeleton_of


def parts(n: int = 4, flows: tuple[float, float, float] = (500.0, 300.0, 100.0)) -> tuple[Street, Skeleton, TurnFlows]:
    place = street(n)
    return place, skeleton_of(place.city), flows_of(place, *flows)


def test_the_street_is_the_corridor_with_both_directions() -> None:
    place, _, flows = parts()
    (corridor,) = corridors_of(place.city, flows)
    assert corridor.signals == (0, 1, 2, 3)
    assert [leg.time_s for leg in corridor.legs] == [BLOCK_M / SPEED_MPS] * 3
    assert [leg.links for leg in corridor.legs] == [(link,) for link in place.east[1:-1]]
    assert [leg.links for leg in corridor.back if leg] == [(link,) for link in place.west[1:-1]][::-1]
    assert all(turn >= 0 for turn in (*corridor.onward, *corridor.homeward))


def test_legs_are_sorted_by_flow_and_side_streets_make_none() -> None:
    place, _, flows = parts()
    legs = legs_of(place.city, flows)
    assert len(legs) == 6
    assert [leg.flow_vph for leg in legs] == sorted((leg.flow_vph for leg in legs), reverse=True)


def test_a_single_leg_makes_no_corridor() -> None:
    place = street(2)
    assert corridors_of(place.city, flows_of(place, 500.0, 300.0, 100.0)) == []


def test_a_green_over_the_end_of_the_cycle_is_one() -> None:
    _, skeleton, flows = parts()
    timing = skeleton.given()
    (corridor,) = corridors_of(skeleton.city, flows)
    window = green_window(skeleton, flows, timing, 0, corridor.onward[0])
    assert (window.begin_s, window.length_s, window.cycle_s) == (0.0, 30.0, 68.0)


def wave(skeleton: Skeleton, flows: TurnFlows, timing: Timing) -> tuple[list[float], list[float]]:
    (corridor,) = corridors_of(skeleton.city, flows)
    both = [band_widths_s(skeleton, flows, timing, corridor, home) for home in (False, True)]
    return tuple([width for _, width in rows] for rows in both)  # type: ignore[return-value]


def test_one_way_the_band_is_the_whole_green() -> None:
    place, skeleton, flows = parts(4, (500.0, 0.0, 100.0))
    timing = with_bands(skeleton, flows, skeleton.given(), corridors_of(place.city, flows))
    there, _ = wave(skeleton, flows, timing)
    assert max(there) >= 29.0
    steps = np.diff(timing.offset_s) % 68.0
    assert np.abs(steps - BLOCK_M / SPEED_MPS).max() <= 1.0, "each green begins when the platoon comes"


def test_two_ways_the_bands_grow_and_that_of_the_heavier_flow_is_wide() -> None:
    place, skeleton, flows = parts()
    before = wave(skeleton, flows, skeleton.given())
    timing = with_bands(skeleton, flows, skeleton.given(), corridors_of(place.city, flows))
    after = wave(skeleton, flows, timing)
    assert sum(map(sum, after)) > sum(map(sum, before))
    assert max(after[0]) >= 20.0


def test_who_drives_in_a_band_meets_no_red() -> None:
    place, skeleton, flows = parts()
    timing = with_bands(skeleton, flows, skeleton.given(), corridors_of(place.city, flows))
    (corridor,) = corridors_of(place.city, flows)
    city = skeleton.timed_city(timing)
    player = PlanPlayer(city)
    for home in (False, True):
        for begin_s, width_s in band_widths_s(skeleton, flows, timing, corridor, home):
            start = begin_s + width_s / 2.0
            signals = corridor.signals[::-1] if home else corridor.signals
            for k, signal in enumerate(signals):
                shown = player.colours(start + k * BLOCK_M / SPEED_MPS + 10 * 68.0)
                assert shown[city.signals.first_group[signal]] == 6


@pytest.mark.parametrize("fixed", [0, 1])
def test_the_heavier_corridor_keeps_its_offsets(fixed: int) -> None:
    place, skeleton, flows = parts()
    (corridor,) = corridors_of(place.city, flows)
    once = with_bands(skeleton, flows, skeleton.given(), [corridor])
    again = with_bands(skeleton, flows, once, [corridor] * (1 + fixed))
    assert [c for a, c in pairwise(again.offset_s.tolist())] == [c for a, c in pairwise(once.offset_s.tolist())]
