"""Wards: those that a city names, and those that lie between its signals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from _crossroads import Layout, crossroads

from citybrain.city.generate import generate_city
from citybrain.city.model import Areas, City
from citybrain.control.approaches import approaches
from citybrain.control.course import OUTSIDE
from citybrain.control.table import SignalTable
from citybrain.control.wards import SIGNALS_LEAST, SIGNALS_MOST, signal_of_slot, wards

TOWN = generate_city(25, 1)[0]


def ways_of(city: City):  # type: ignore[no-untyped-def]
    return approaches(city, SignalTable.from_city(city))


def nameless(city: City) -> City:
    """The same streets; nobody has named areas."""
    none, whole, real = (), np.zeros(0, np.int32), np.zeros(0)
    zero = np.zeros(1, np.int64)
    return replace(city, areas=Areas(none, none, none, zero, whole, zero, real, real))


def test_named_areas_are_wards_and_a_link_is_in_one() -> None:
    ward = wards(TOWN, ways_of(TOWN))
    districts = [a for a, kind in enumerate(TOWN.areas.kind) if kind == "district"]
    assert ward.max() + 1 <= len(districts)
    for area in districts:
        links = TOWN.areas.link[TOWN.areas.link_offset[area] : TOWN.areas.link_offset[area + 1]]
        assert len(set(ward[links].tolist())) == 1


def test_numbers_have_no_gaps_and_small_areas_none() -> None:
    ways = ways_of(TOWN)
    ward = wards(TOWN, ways)
    assert sorted(set(ward[ward >= 0].tolist())) == list(range(int(ward.max()) + 1))
    signal = signal_of_slot(ways)
    for number in range(int(ward.max()) + 1):
        inside = ward[ways.lane_link[ways.slot_lane]] == number
        assert np.unique(signal[inside]).size >= SIGNALS_LEAST


@pytest.mark.parametrize("n_signals", [25, 80])
def test_without_names_wards_lie_between_signals_and_are_small(n_signals: int) -> None:
    city = nameless(generate_city(n_signals, 2)[0])
    ways = ways_of(city)
    ward = wards(city, ways)
    assert ward.max() >= 0
    slot_ward, signal = ward[ways.lane_link[ways.slot_lane]], signal_of_slot(ways)
    entered = np.bincount(ways.turn_link, minlength=ward.size) > 0
    assert entered[ward >= 0].all(), "where trips only begin there is nothing to hold back"
    for number in range(int(ward.max()) + 1):
        assert SIGNALS_LEAST <= np.unique(signal[slot_ward == number]).size <= SIGNALS_MOST


def test_lone_crossroads_have_no_inside() -> None:
    city = crossroads(Layout(n=3))
    assert (wards(city, ways_of(city)) == OUTSIDE).all()


def test_a_name_for_the_whole_city_is_no_ward() -> None:
    n = len(TOWN.links.link_id)
    everything = np.arange(n, dtype=np.int32)
    areas = replace(
        nameless(TOWN).areas,
        area_id=("all",),
        name=("all",),
        kind=("city",),
        link_offset=np.array([0, n]),
        link=everything,
        polygon_offset=np.zeros(2, np.int64),
    )
    city = replace(TOWN, areas=areas)
    assert (wards(city, ways_of(city)) == OUTSIDE).all()
