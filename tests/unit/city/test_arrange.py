"""Another order of rows is the same city: every relation by name, and every trip of a run."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields, replace
from itertools import pairwise

import numpy as np
import pytest

from citybrain.city.arrange import LARGE, arranged, in_places
from citybrain.city.generate.city import generate_city
from citybrain.city.model import City
from citybrain.city.validate import check
from citybrain.demand.generated import generate


@pytest.fixture(scope="module")
def city() -> City:
    return generate(16, seed=4, duration_s=60.0)[0]


def lane_names(city: City) -> list[str]:
    return [f"{city.links.link_id[a]}_{k}" for a, k in zip(city.lanes.link, city.lanes.index, strict=True)]


def said_by_name(city: City) -> list[Counter[str]]:
    """Everything that a city says of links, lanes, movements, sensors and areas, without a row number."""
    names = lane_names(city)
    links, moves = city.links, city.movements
    offset, x, y = links.geometry_offset, links.geometry_x_m, links.geometry_y_m
    shape = [(x[a:b].tolist(), y[a:b].tolist()) for a, b in pairwise(offset)]
    roads = [
        f"{links.link_id[i]} {links.name[i]} {links.kind[i]} {links.from_node[i]} {links.to_node[i]} "
        f"{links.n_lanes[i]} {links.length_m[i]} {links.speed_mps[i]} {links.priority[i]} "
        f"{shape[i]}"
        for i in range(links.first_lane.size)
    ]
    lanes = [
        f"{n} {city.lanes.length_m[i]} {city.lanes.width_m[i]} {city.lanes.allowed[i]}" for i, n in enumerate(names)
    ]
    paths = [f"{names[a]}>{names[b]}" for a, b in zip(moves.from_lane, moves.to_lane, strict=True)]
    plain = [
        f"{paths[m]} {moves.node[m]} {moves.turn[m]} {moves.length_m[m]} {moves.group[m]} {moves.major[m]} "
        f"{moves.hold_m[m]} {moves.keep_clear[m]}"
        for m in range(len(paths))
    ]
    owner = np.repeat(np.arange(len(paths)), np.diff(moves.foe_offset))
    foes = [
        f"{paths[m]} x {paths[f]} {y} {a}"
        for m, f, y, a in zip(owner, moves.foe, moves.foe_yield, moves.foe_at_m, strict=True)
    ]
    sensors = [f"{s} {names[a]}" for s, a in zip(city.sensors.sensor_id, city.sensors.lane, strict=True)]
    areas = np.repeat(np.arange(len(city.areas.area_id)), np.diff(city.areas.link_offset))
    members = [f"{a} {links.link_id[i]}" for a, i in zip(areas, city.areas.link, strict=True)]
    return [Counter(rows) for rows in (roads, lanes, plain, foes, sensors, members)]


def test_nothing_is_said_differently(city: City) -> None:
    other = arranged(city)
    assert other.links.link_id != city.links.link_id, "the order did change"
    for mine, theirs in zip(said_by_name(other), said_by_name(city), strict=True):
        assert mine == theirs


def test_the_arranged_city_is_valid_and_read_only(city: City) -> None:
    other = arranged(city)
    check(other)
    assert not other.links.length_m.flags.writeable
    for table in ("links", "lanes", "movements"):
        for column in fields(getattr(city, table)):
            mine, theirs = getattr(getattr(other, table), column.name), getattr(getattr(city, table), column.name)
            assert type(mine) is type(theirs)
            if isinstance(mine, np.ndarray):
                assert mine.dtype == theirs.dtype, f"{table}.{column.name}"


def test_lanes_follow_their_links_and_movements_their_lanes(city: City) -> None:
    other = arranged(city)
    first, count = other.links.first_lane, other.links.n_lanes
    assert (other.lanes.link == np.repeat(np.arange(first.size), count)).all()
    assert (first == np.cumsum(count) - count).all()
    assert (np.diff(other.movements.from_lane) >= 0).all()


def test_arranging_twice_is_arranging_once(city: City) -> None:
    once = arranged(city)
    assert arranged(once).links.link_id == once.links.link_id


def step_m(city: City) -> float:
    """Median distance between the ends of links that follow each other in the table."""
    x, y = city.nodes.x_m[city.links.to_node], city.nodes.y_m[city.links.to_node]
    return float(np.median(np.hypot(np.diff(x), np.diff(y))))


def test_large_cities_come_arranged_and_small_ones_as_they_are(city: City) -> None:
    assert in_places(city) is city
    large, _ = generate_city(400, 1)
    assert large.links.first_lane.size > LARGE
    assert step_m(large) < 0.1 * float(np.ptp(large.nodes.x_m))
    assert step_m(large) < 0.1 * step_m(_shuffled(large))


def _shuffled(city: City) -> City:
    """The distances that a register in order of age would have: here, of names."""
    order = np.argsort(np.array(city.links.link_id))
    return replace(city, links=replace(city.links, to_node=city.links.to_node[order]))
