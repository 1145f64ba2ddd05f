"""What is wished on a fork: what the city has is found, what it has not is named, and an empty wish is empty."""

from __future__ import annotations

import numpy as np
import pytest

from citybrain.city.generate import generate_city
from citybrain.city.model import City, Colour
from citybrain.errors import InputError
from citybrain.evaluate.whatif.change import (
    GREEN_LEAST_S,
    GREEN_MOST_S,
    Change,
    Closure,
    Retiming,
    check,
    closed_lanes,
    links_of_area,
    retimed,
    signal_rows,
    stages_of,
)


@pytest.fixture(scope="module")
def city() -> City:
    return generate_city(9, 3)[0]


def test_an_empty_wish_is_empty_and_can_be_had(city: City) -> None:
    assert Change().is_empty
    check(city, Change())
    for one in (Change(demand_factor=1.1), Change(controller="fixed"), Change((Closure("x"),))):
        assert not one.is_empty


def test_a_link_is_all_its_lanes_and_a_lane_is_one(city: City) -> None:
    link = int(np.argmax(city.links.n_lanes))
    name, n = city.links.link_id[link], int(city.links.n_lanes[link])
    assert closed_lanes(city, [Closure(name)]).tolist() == np.flatnonzero(city.lanes.link == link).tolist()
    (kerb,) = closed_lanes(city, [Closure(name, 0)]).tolist()
    assert (city.lanes.link[kerb], city.lanes.index[kerb]) == (link, 0)
    assert closed_lanes(city, [Closure(name, n - 1), Closure(name)]).size == n, "each once"


def test_stages_are_phases_in_which_somebody_has_a_green_of_his_own(city: City) -> None:
    for signal in range(len(city.signals.signal_id)):
        stages = stages_of(city, signal)
        assert stages.size >= 2
        for phase in stages.tolist():
            colours = city.phases.colours[city.phases.colour_offset[phase] : city.phases.colour_offset[phase + 1]]
            assert (colours >= Colour.PERMISSIVE).any()
            assert not (colours == Colour.YELLOW).any()
            assert city.phases.duration_s[phase] >= 5.0, "an all-red is no stage"


def test_new_green_times_change_the_stages_and_nothing_between(city: City) -> None:
    signal = city.signals.signal_id[2]
    stages = stages_of(city, 2)
    greens_s = tuple(20.0 + k for k in range(stages.size))
    changed = retimed(city, [Retiming(signal, greens_s)])
    assert changed.phases.duration_s[stages].tolist() == list(greens_s)
    others = np.ones(city.phases.duration_s.size, bool)
    others[stages] = False
    np.testing.assert_array_equal(changed.phases.duration_s[others], city.phases.duration_s[others])
    assert city.phases.duration_s[stages].tolist() != list(greens_s), "the city itself is as it was"


def test_areas_and_signals_are_found(city: City) -> None:
    assert links_of_area(city, city.areas.area_id[0]).tolist() == city.areas.link[: city.areas.link_offset[1]].tolist()
    ids = city.signals.signal_id
    assert signal_rows(city, ()).tolist() == list(range(len(ids)))
    assert signal_rows(city, (ids[3], ids[1], ids[3])).tolist() == [1, 3]


def wrong(city: City) -> list[tuple[Change, str]]:
    link, signal = city.links.link_id[0], city.signals.signal_id[0]
    n = stages_of(city, 0).size
    return [
        (Change((Closure("nowhere"),)), "link 'nowhere' is not in the city"),
        (Change((Closure(link, 40),)), "has no lane 40"),
        (Change(demand_factor=3.5), "demand factor 3.5"),
        (Change(demand_factor=float("nan")), "demand factor nan"),
        (Change(demand_factor=-0.1), "demand factor -0.1"),
        (Change(demand_area="moon"), "area 'moon' is not in the city"),
        (Change(controller="oracle"), "unknown controller 'oracle'"),
        (Change(signals=(signal,)), "no controller for them"),
        (Change(controller="fixed", signals=("X",)), "signal 'X' is not in the city"),
        (Change(plans=(Retiming(signal, (30.0,) * (n + 1)),)), f"{n} stages, and {n + 1} green times"),
        (Change(plans=(Retiming(signal, (GREEN_LEAST_S - 1,) * n),)), "green of 4 s"),
        (Change(plans=(Retiming(signal, (GREEN_MOST_S + 1,) * n),)), "green of 181 s"),
        (Change(plans=(Retiming(signal, (float("nan"),) * n),)), "green of nan s"),
    ]


@pytest.mark.parametrize("row", range(13))
def test_what_the_city_has_not_is_named(city: City, row: int) -> None:
    change, words = wrong(city)[row]
    with pytest.raises(InputError, match=words):
        check(city, change)
