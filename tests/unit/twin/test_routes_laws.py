"""Routes as rows of the table of stops: turns, preferred lanes, places visited again, and times by free flow."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from _roads import Road, road
from citybrain.city.model import City
from citybrain.demand.generated import generate
from citybrain.demand.model import Demand
from citybrain.errors import InputError
from citybrain.twin.routes import HARD_WITHIN_M, PREFER_WITHIN_M, RouteTables, csr

Offsets = np.ndarray


@cache
def town() -> tuple[City, Demand, RouteTables]:
    city, trips = generate(7, seed=5, duration_s=300.0)
    return city, trips, RouteTables(city, 0.0)


def lasts(offset: Offsets, n: int) -> np.ndarray:
    last = np.zeros(n, bool)
    last[offset[1:] - 1] = True
    return last


def bits(mask: int) -> list[int]:
    return [k for k in range(32) if mask >> k & 1]


@given(st.lists(st.integers(0, 9), max_size=40))
def test_rows_are_grouped_by_key_and_keep_their_order(keys: list[int]) -> None:
    offset, order = csr(np.array(keys, np.int64), 10)
    groups = [order[offset[k] : offset[k + 1]].tolist() for k in range(10)]
    assert groups == [[row for row, key in enumerate(keys) if key == k] for k in range(10)]


def test_each_stop_turns_into_the_next_link_of_its_route() -> None:
    city, trips, tables = town()
    offset, link = trips.trips.route_offset, trips.trips.route_link
    stops, last = tables.stops(offset, link), lasts(offset, link.size)
    turn = stops["turn"]
    assert (turn[last] == -1).all()
    np.testing.assert_array_equal(tables.turns["to"][turn[~last]], link[np.flatnonzero(~last) + 1])
    every = (1 << city.links.n_lanes[link[last]].astype(np.int64)) - 1
    np.testing.assert_array_equal(stops["pref"][last], every)


def test_preferred_lanes_are_lanes_of_the_turn_and_never_none() -> None:
    _, trips, tables = town()
    stops = tables.stops(trips.trips.route_offset, trips.trips.route_link)
    on = stops[stops["turn"] >= 0]
    mask = tables.turns["mask"][on["turn"]]
    assert (on["pref"] != 0).all()
    assert ((on["pref"] & ~mask) == 0).all()
    assert (on["pref"] != mask).any(), "no short link narrows anything: choose another town"


def test_before_a_short_link_every_preferred_lane_leads_to_a_preferred_one() -> None:
    city, trips, tables = town()
    link, moves, index = trips.trips.route_link, city.movements, city.lanes.index
    stops = tables.stops(trips.trips.route_offset, link)
    narrowed = np.flatnonzero((stops["turn"] >= 0) & (city.links.length_m[np.roll(link, -1)] <= PREFER_WITHIN_M))
    for k in narrowed[:200].tolist():
        mine = np.flatnonzero(tables.turn == stops["turn"][k])
        ends = {(int(index[moves.from_lane[m]]), int(index[moves.to_lane[m]])) for m in mine}
        after = set(bits(int(stops["pref"][k + 1])))
        good = {a for a, b in ends if b in after}
        assert set(bits(int(stops["pref"][k]))) == (good or {a for a, _ in ends})


@pytest.mark.parametrize(
    ("next_m", "hard"), [(HARD_WITHIN_M - 1.0, True), (HARD_WITHIN_M, False), (PREFER_WITHIN_M + 1.0, False)]
)
def test_a_link_too_short_for_lane_changes_must_be_entered_rightly(next_m: float, hard: bool) -> None:
    city = road(Road((300.0, next_m, 300.0), n_lanes=2))
    stops = RouteTables(city, 0.0).stops(np.array([0, 3]), np.array([0, 1, 2], np.int32))
    assert bool(stops["hard"][0]) is hard
    assert stops["pref"].tolist() == [3, 3, 3]


def test_a_route_with_a_gap_names_the_first_two_links_and_how_many_gaps() -> None:
    tables = RouteTables(road(Road((90.0,) * 4)), 0.0)
    link = np.array([0, 1, 3, 0, 2], np.int32)
    with pytest.raises(InputError, match=r"no movement joins link L1 to link L3 \(2 such places\)"):
        tables.stops(np.array([0, 3, 5]), link)


def test_the_end_of_a_route_need_not_join_the_beginning_of_the_next() -> None:
    tables = RouteTables(road(Road((90.0,) * 4)), 0.0)
    stops = tables.stops(np.array([0, 2, 3, 5]), np.array([2, 3, 0, 0, 1], np.int32))
    assert (stops["turn"] == -1).tolist() == [False, True, True, False, True]


def test_a_city_of_one_link_knows_routes_of_one_link_only() -> None:
    tables = RouteTables(road(Road((90.0,), 15.0)), 0.0)
    stops = tables.stops(np.array([0, 1, 2]), np.array([0, 0], np.int32))
    before_s, on_s = tables.free_times(np.array([0, 1, 2]), np.array([0, 0], np.int32), stops)
    assert (before_s.tolist(), on_s.tolist()) == ([0.0, 0.0], [6.0, 6.0])
    with pytest.raises(InputError, match="no movement joins link L0 to link L0"):
        tables.stops(np.array([0, 2]), np.array([0, 0], np.int32))


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=12), min_size=1, max_size=4))
def test_places_visited_again_are_found_within_each_route(routes: list[list[int]]) -> None:
    """By links of a small city, whose nodes are met again by chance; the last place of a route is never told."""
    city, _, tables = town()
    link = np.array([k for route in routes for k in route], np.int32)
    offset = np.cumsum([0, *map(len, routes)])
    wanted = []
    for route in routes:
        node = city.links.to_node[route].tolist()
        for k in range(len(node)):
            back = [k - j for j in range(k - 1, -1, -1) if node[j] == node[k]] if k + 1 < len(node) else []
            wanted.append(back[0] if back else 0)
    assert tables.revisits(offset, link).tolist() == wanted


@pytest.mark.parametrize(("most_mps", "driven_mps"), [(0.0, 10.0), (5.0, 5.0), (20.0, 10.0)])
def test_free_times_of_a_row_of_links(most_mps: float, driven_mps: float) -> None:
    """The slower of link and vehicle counts on links; junctions are driven at their own speed (5 m at 10 m/s)."""
    tables = RouteTables(road(Road((100.0, 200.0, 50.0), 10.0)), most_mps)
    link, offset = np.arange(3, dtype=np.int32), np.array([0, 3])
    before_s, on_s = tables.free_times(offset, link, tables.stops(offset, link))
    assert on_s == pytest.approx(np.array([100.0, 200.0, 50.0]) / driven_mps)
    assert before_s == pytest.approx([0.0, on_s[0] + 0.5, on_s[0] + on_s[1] + 1.0])


def test_times_are_the_same_bits_whichever_routes_come_along() -> None:
    _, trips, tables = town()
    offset, link = trips.trips.route_offset, trips.trips.route_link
    together, _ = tables.free_times(offset, link, tables.stops(offset, link))
    for r in range(0, offset.size - 1, max((offset.size - 1) // 25, 1)):
        own = link[offset[r] : offset[r + 1]]
        ends = np.array([0, own.size])
        alone, _ = tables.free_times(ends, own, tables.stops(ends, own))
        np.testing.assert_array_equal(alone, together[offset[r] : offset[r + 1]])
