from __future__ import annotations

import numpy as np
import pytest
from _tracks import drive, probes, town, town_graph, walk

from citybrain.city.model import City
from citybrain.estimate.match_model import MatchMap, MatchOptions, build_match_map
from citybrain.estimate.match_state import new_match_state
from citybrain.estimate.match_tracks import match_tracks, ways_of
from citybrain.estimate.matching import match
from citybrain.estimate.route_table import build_route_table, path
from citybrain.records.observations import Probes, join, make, take

NOISY = MatchOptions(vehicles_max=1000)
EXACT = MatchOptions(noise_m=1.0)


@pytest.fixture(scope="module")
def city() -> City:
    return town()


@pytest.fixture(scope="module")
def noisy(city: City) -> MatchMap:
    return build_match_map(city, NOISY)


@pytest.mark.parametrize("seed", range(8))
def test_a_track_without_noise_gives_the_way_driven(city: City, seed: int) -> None:
    way = walk(town_graph(), np.random.default_rng(seed), 7)
    link, position_m, x, y, t = drive(city, way)
    fixes = match_tracks(build_match_map(city, EXACT), probes(t, 3, x, y))
    assert fixes.link.tolist() == link.tolist()
    assert fixes.position_m == pytest.approx(position_m, abs=0.5)
    ways = ways_of(fixes)
    assert ways.link.tolist() == way[way.index(int(link[0])) : way.index(int(link[-1])) + 1]
    assert ways.start_m[0] == pytest.approx(position_m[0], abs=0.5)
    assert ways.end_m[0] == pytest.approx(position_m[-1], abs=0.5)


@pytest.mark.parametrize("seed", range(4))
def test_online_and_afterwards_agree_on_easy_tracks(city: City, noisy: MatchMap, seed: int) -> None:
    _, _, x, y, t = drive(city, walk(town_graph(), np.random.default_rng(seed), 6), noise_m=0.5)
    rows = probes(t, 3, x, y)
    online, offline = match(noisy, new_match_state(NOISY), rows), match_tracks(noisy, rows)
    for name in ("link", "position_m", "way_offset", "way_link"):
        assert np.array_equal(getattr(online, name), getattr(offline, name)), name
    assert np.array_equal(online.last_time_s, offline.last_time_s, equal_nan=True)


def test_a_gap_longer_than_the_table_is_bridged_by_the_shortest_way(city: City) -> None:
    near = build_match_map(city, EXACT, bound_m=30.0)
    table = build_route_table(near.graph, 2000.0)
    reached = table.entry["target"][: table.row[1]]
    reached = reached[reached >= 0]
    end = city.links.geometry_offset[reached + 1] - 1
    x, y = city.links.geometry_x_m, city.links.geometry_y_m
    way = path(table, 0, int(reached[np.argmax(np.hypot(x[end] - x[0], y[end] - y[0]))]))
    assert way.size > 3
    _, _, x, y, t = drive(city, way.tolist())
    ends = [0, 1, x.size - 2, x.size - 1]  # two tell the direction
    ways = ways_of(match_tracks(near, probes(t[ends], 1, x[ends], y[ends])))
    assert ways.link.tolist() == way.tolist()
    short = match_tracks(near, probes(t[ends], 1, x[ends], y[ends]), bridge_m=30.0)
    assert ways_of(short).vehicle.size == 2


def test_an_outlier_is_passed_over(city: City) -> None:
    way = walk(town_graph(), np.random.default_rng(4), 6)
    link, _, x, y, t = drive(city, way)
    far = int(np.argmax(np.hypot(city.nodes.x_m - x[5], city.nodes.y_m - y[5])))
    x[5], y[5] = city.nodes.x_m[far], city.nodes.y_m[far]
    fixes = match_tracks(build_match_map(city, EXACT), probes(t, 1, x, y))
    assert fixes.link[5] == -1
    assert fixes.last_time_s[6] == t[4]
    rest = np.arange(x.size) != 5
    assert fixes.link[rest].tolist() == link[rest].tolist()


def test_a_way_that_cannot_go_on_is_broken_and_nothing_after_it_is_lost(city: City) -> None:
    near = build_match_map(city, EXACT, bound_m=200.0)
    graph = town_graph()
    link, _, x, y, t = drive(city, walk(graph, np.random.default_rng(4), 6))
    other = drive(city, walk(graph, np.random.default_rng(9), 6))
    rows = probes(np.r_[t, t[-1] + 1.0 + other[4] - 1000.0], 1, np.r_[x, other[2]], np.r_[y, other[3]])
    fixes = match_tracks(near, rows, bridge_m=200.0)
    assert np.hypot(x[-1] - other[2][0], y[-1] - other[3][0]) > 300.0
    assert np.isnan(fixes.last_time_s).nonzero()[0].tolist() == [0, link.size]
    assert fixes.link.tolist() == link.tolist() + other[0].tolist()


def test_vehicles_do_not_touch_each_other(city: City, noisy: MatchMap) -> None:
    rng = np.random.default_rng(0)
    tracks = []
    for k in range(6):
        _, _, x, y, t = drive(city, walk(town_graph(), rng, 5), noise_m=10.0, seed=k)
        tracks.append(probes(t + 0.25 * k, k + 1, x, y))
    together = join(tracks)
    fixes = match_tracks(noisy, take(together, rng.permutation(together.time_s.size)))
    assert (np.diff(fixes.time_s) >= 0).all()
    for k, track in enumerate(tracks):
        alone, mine = match_tracks(noisy, track), fixes.vehicle == k + 1
        assert np.array_equal(alone.link, fixes.link[mine])
        assert np.array_equal(ways_of(alone).link, ways_of(fixes).link[_piece(ways_of(fixes), k + 1)])


def _piece(ways: object, vehicle: int) -> slice:
    k = int(np.flatnonzero(ways.vehicle == vehicle)[0])
    return slice(int(ways.offset[k]), int(ways.offset[k + 1]))


def test_doubled_and_doubtful_rows_are_left_out(city: City, noisy: MatchMap) -> None:
    _, _, x, y, t = drive(city, walk(town_graph(), np.random.default_rng(4), 4))
    rows = probes(t, 1, x, y)
    odd = make(Probes, [t[3], t[4]], 0, [1, 1], [np.nan, x[4]], [y[3], y[4]], 1.0, [0, 3])
    fixes = match_tracks(noisy, join([rows, take(rows, slice(2, 5)), odd]))
    assert fixes.link.tolist() == match_tracks(noisy, rows).link.tolist()
    assert match_tracks(noisy, take(rows, slice(0, 0))).link.size == 0
    assert ways_of(match_tracks(noisy, take(rows, slice(0, 0)))).offset.tolist() == [0]
