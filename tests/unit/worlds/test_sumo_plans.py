"""SUMO shows the plans of the city that it is given: written anew, and in place of those of its own files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from _retime_street import flows_of, street, traffic
from _sumo_files import write_net, write_routes
from citybrain.city.model import City
from citybrain.city.sumo import read_sumo
from citybrain.control.plans import PlanPlayer
from citybrain.control.retiming.retime import RetimeOptions, retime
from citybrain.control.retiming.skeleton import skeleton_of
from citybrain.worlds.sumo import SumoOptions, SumoWorld
from citybrain.worlds.sumo_files import LETTERS
from citybrain.worlds.sumo_open import open_sumo

libsumo = pytest.importorskip("libsumo")

ROUTES = '<vType id="car"/><trip id="a" type="car" depart="1" from="in" to="out"/>'
LOAD = (500.0, 250.0, 150.0)


def shown_alike(world: SumoWorld, names: list[str], city: City, until_s: float) -> bool:
    """SUMO's colours are the plans', second by second; a green is a green to it, with or without right of way."""
    player, first, n = PlanPlayer(city), city.signals.first_group, city.signals.n_groups
    while world.time_s < until_s:
        now_s = world.time_s
        world.run_plans(now_s + 1.0)
        colours = player.colours(now_s)
        for s, name in enumerate(names):
            wanted = "".join(LETTERS[c] for c in colours[first[s] : first[s] + n[s]])
            if libsumo.trafficlight.getRedYellowGreenState(name) != wanted:
                return False
    return True


@pytest.fixture(scope="module")
def own_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("sumo")
    return write_net(folder), write_routes(folder, ROUTES)


def test_new_plans_run_in_the_published_network(own_files: tuple[Path, Path]) -> None:
    net, routes = own_files
    city = read_sumo(net)
    city = replace(city, meta=replace(city.meta, begin_s=0.0, end_s=200.0))
    skeleton = skeleton_of(city)
    timing = skeleton.given()
    timing.green_s[:], timing.offset_s[:] = [13.0, 29.0], 11.0
    timed = skeleton.timed_city(timing)
    demand = traffic(street(1), 0.0, 0.0, 0.0)  # SUMO reads its own routes
    with_own = open_sumo(timed, demand, 0, (net, routes), own_plans=True)
    assert shown_alike(with_own, ["J"], timed, 180.0)
    with_own.close()
    without = open_sumo(timed, demand, 0, (net, routes))
    assert not shown_alike(without, ["J"], timed, 180.0), "unless told to, SUMO shows the file's"
    without.close()


def test_retimed_plans_run_in_sumo_and_gain_there_too() -> None:
    pytest.importorskip("sumo", reason="netconvert is not installed")
    place = street(3, greens_s=(20.0, 45.0))
    asked = traffic(place, *LOAD)
    found = retime(place.city, asked, flows_of(place, *LOAD), RetimeOptions(24, cycles=2))
    delays = []
    for city in (place.city, found.city()):
        world = SumoWorld(city, asked, 4)
        assert shown_alike(world, ["s0", "s1", "s2"], city, 900.0)
        delays.append(world.summary().mean_delay_s)
    assert delays[1] < 0.7 * delays[0]
    assert np.isfinite(delays).all()


def test_what_sumo_may_show_is_named() -> None:
    from citybrain.errors import InputError

    with pytest.raises(InputError, match="plan, actuated, city"):
        SumoOptions("other")
