"""Closures that the city was told of: where they lie, how long they hold, how many there may be."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from citybrain.city.generate.city import generate_city
from citybrain.city.model import City
from citybrain.detect import closures
from citybrain.detect.closures import HOLD_S, RADIUS_M, Closures, closed_links, closed_sensors, update
from citybrain.estimate.candidates import LinkIndex
from citybrain.estimate.match_model import build_match_map
from citybrain.records.observations import Reports, make


@cache
def town() -> tuple[City, LinkIndex]:
    city, _ = generate_city(4)
    return city, build_match_map(city).near


def middle(city: City, link: int) -> tuple[float, float]:
    a, b = city.links.geometry_offset[link : link + 2]
    x, y = city.links.geometry_x_m[a:b], city.links.geometry_y_m[a:b]
    return float(x[:2].mean()), float(y[:2].mean())


def reports(*rows: tuple[float, str, str, float, float]) -> Reports:
    time_s, name, category, x_m, y_m = (list(column) for column in zip(*rows, strict=True))
    text = np.array([""] * len(rows), object)
    return make(
        Reports,
        time_s,
        time_s,
        np.array(name, object),
        np.array(category, object),
        text,
        np.array(x_m),
        np.array(y_m),
        0,
    )


def closed(*rows: tuple[float, str, str, float, float], time_s: float = 100.0) -> Closures:
    return update(town()[1], Closures({}), reports(*rows), time_s)


def road(city: City, link: int) -> set[int]:
    """A link and the opposite ones, found one by one."""
    tail, head = city.links.from_node, city.links.to_node
    n = city.links.length_m.size
    return {link} | {k for k in range(n) if tail[k] == head[link] and head[k] == tail[link]}


@pytest.mark.parametrize("link", [0, 3, 8])
def test_a_closure_is_both_directions_of_its_road_and_no_other(link: int) -> None:
    city, _ = town()
    found = closed_links(city, closed((50.0, "r", "closure", *middle(city, link))))
    assert link in road(city, link)
    assert set(np.flatnonzero(found).tolist()) == road(city, link)


def test_sensors_on_it_are_excused_and_no_others() -> None:
    city, _ = town()
    state = closed((50.0, "r", "closure", *middle(city, 3)))
    found = closed_sensors(city, state)
    assert found is not None
    on = city.lanes.link[city.sensors.lane]
    assert (found == np.isin(on, list(road(city, 3)))).all()
    assert found.any()
    assert not found.all()
    assert closed_sensors(city, Closures({})) is None


def test_it_ends_with_its_own_report_or_with_its_time() -> None:
    (city, index), none = town(), reports((0.0, "x", "weather", 0.0, 0.0))
    at, other = middle(city, 0), middle(city, 8)
    both = closed((50.0, "r", "closure", *at), (60.0, "s", "closure", *other))
    again = update(index, both, reports((70.0, "r", "reopened", *at)), 100.0)
    assert set(again.known) == {"s"}
    assert set(both.known) == {"r", "s"}  # what was remembered is replaced, not changed
    assert set(update(index, both, none, 50.0 + HOLD_S + 1.0).known) == {"s"}
    assert set(update(index, both, none, 50.0 + HOLD_S - 1.0).known) == {"r", "s"}


def test_reports_count_in_the_order_of_their_times() -> None:
    city, _ = town()
    at = middle(city, 0)
    assert not closed((60.0, "r", "reopened", *at), (50.0, "r", "closure", *at)).known
    assert closed((60.0, "r", "closure", *at), (50.0, "r", "reopened", *at)).known


def test_what_is_no_closure_or_beside_no_road_closes_nothing() -> None:
    city, _ = town()
    x_m, y_m = middle(city, 0)
    far = float(city.links.geometry_x_m.max()) + RADIUS_M + 1.0
    rows = ((50.0, "a", "accident", x_m, y_m), (50.0, "b", "closure", far, y_m), (-HOLD_S, "c", "closure", x_m, y_m))
    assert not closed(*rows).known


def test_there_is_a_limit_and_the_first_to_end_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closures, "CLOSURES_MAX", 3)
    city, _ = town()
    at = middle(city, 0)
    state = closed(*((50.0 + k, f"r{k}", "closure", *at) for k in (4, 0, 3, 1, 2)))
    assert set(state.known) == {"r2", "r3", "r4"}
