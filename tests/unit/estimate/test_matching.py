from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from _tracks import drive, probes, town, town_graph, walk

from citybrain.city.model import City
from citybrain.errors import InputError
from citybrain.estimate.match_model import MatchMap, MatchOptions, build_match_map
from citybrain.estimate.match_state import MatchState, load_live, new_match_state, save_live
from citybrain.estimate.matching import match
from citybrain.records.digest import digest
from citybrain.records.fixes import Fixes
from citybrain.records.observations import Probes, Quality, join, make, take

EXACT = MatchOptions(noise_m=1.0, vehicles_max=100)
NOISY = MatchOptions(vehicles_max=1000)


@pytest.fixture(scope="module")
def city() -> City:
    return town()


@pytest.fixture(scope="module")
def exact(city: City) -> MatchMap:
    return build_match_map(city, EXACT)


@pytest.fixture(scope="module")
def noisy(city: City) -> MatchMap:
    return build_match_map(city, NOISY)


def way_of(fixes: Fixes, row: int) -> list[int]:
    return fixes.way_link[fixes.way_offset[row] : fixes.way_offset[row + 1]].tolist()


def fleet(city: City, n: int, noise_m: float, seed: int = 0) -> Probes:
    """Reports of n vehicles, in the order of their times."""
    rng = np.random.default_rng(seed)
    tracks = []
    for k in range(n):
        _, _, x, y, t = drive(city, walk(town_graph(), rng, 6), step_m=60.0, noise_m=noise_m, seed=seed + k)
        tracks.append(probes(t + rng.uniform(0, 50), k + 1, x, y))
    rows = join(tracks)
    return take(rows, np.argsort(rows.time_s, kind="stable"))


def same(a: Fixes, b: Fixes) -> bool:
    return all(
        np.array_equal(x, y, equal_nan=x.dtype.kind == "f")
        for x, y in zip(vars(a).values(), vars(b).values(), strict=True)
    )


def connected(city: MatchMap, way: list[int]) -> bool:
    graph = city.graph
    return all(b in graph.head[graph.offset[a] : graph.offset[a + 1]] for a, b in pairwise(way))


@pytest.mark.parametrize("seed", range(12))
def test_a_track_without_noise_is_matched_exactly(city: City, exact: MatchMap, seed: int) -> None:
    way = walk(town_graph(), np.random.default_rng(seed), 6)
    link, position_m, x, y, t = drive(city, way)
    fixes = match(exact, new_match_state(EXACT), probes(t, 7, x, y))
    assert fixes.link.tolist() == link.tolist()
    assert fixes.position_m == pytest.approx(position_m, abs=0.5)
    driven = [way_of(fixes, 0)[0]]
    for row in range(1, link.size):
        part = way_of(fixes, row)
        assert part[0] == driven[-1]
        driven += part[1:]
    assert driven == way[way.index(int(link[0])) : way.index(int(link[-1])) + 1]


def test_every_way_is_joined_by_movements_and_begins_where_the_last_fix_is_seen_now(
    city: City, noisy: MatchMap
) -> None:
    rows = fleet(city, 40, 15.0)
    fixes = match(noisy, new_match_state(NOISY), rows)
    joined = 0
    for row in range(fixes.link.size):
        way = way_of(fixes, row)
        assert way[-1] == fixes.link[row]
        assert connected(noisy, way)
        if np.isnan(fixes.last_time_s[row]):
            assert len(way) == 1
            assert np.isnan(fixes.last_position_m[row])
        else:
            joined += 1
            assert 0.0 <= fixes.last_position_m[row] <= city.links.length_m[way[0]] + 1e-3
        assert 0.0 <= fixes.position_m[row] <= city.links.length_m[fixes.link[row]] + 1e-3
    assert joined > 0.9 * (fixes.link.size - 40)


def test_batches_of_any_size_give_the_same(city: City, noisy: MatchMap) -> None:
    rows = fleet(city, 30, 10.0)
    whole = match(noisy, new_match_state(NOISY), rows)
    state = new_match_state(NOISY)
    parts = [match(noisy, state, take(rows, slice(k, k + 7))).link for k in range(0, rows.time_s.size, 7)]
    assert np.concatenate(parts).tolist() == whole.link.tolist()


def test_the_order_of_rows_within_a_batch_changes_nothing(city: City, noisy: MatchMap) -> None:
    rows = fleet(city, 30, 10.0)
    whole = match(noisy, new_match_state(NOISY), rows)
    shuffled = match(noisy, new_match_state(NOISY), take(rows, np.random.default_rng(1).permutation(rows.time_s.size)))
    assert same(whole, shuffled)


def test_a_vehicle_standing_at_red_does_not_turn_round(city: City, noisy: MatchMap) -> None:
    way = walk(town_graph(), np.random.default_rng(3), 5)
    link, _, x, y, t = drive(city, way, step_m=50.0, speed_mps=5.0)
    stand = int(np.flatnonzero(link == way[1])[-1])
    rng = np.random.default_rng(0)
    n = 60
    times = np.concatenate([t[: stand + 1], t[stand] + 10.0 * np.arange(1, n + 1)])
    xs = np.concatenate([x[: stand + 1], x[stand] + 10.0 * rng.standard_normal(n)])
    ys = np.concatenate([y[: stand + 1], y[stand] + 10.0 * rng.standard_normal(n)])
    speed = np.where(np.arange(times.size) > stand, 0.0, 5.0)
    fixes = match(noisy, new_match_state(NOISY), probes(times, 1, xs, ys, speed))
    ahead = set(town_graph().head[town_graph().offset[way[1]] : town_graph().offset[way[1] + 1]].tolist())
    here = fixes.link[stand + 1 :] == way[1]
    assert here.mean() > 0.7
    opposite = (city.links.from_node == city.links.to_node[way[1]]) & (
        city.links.to_node == city.links.from_node[way[1]]
    )
    assert not opposite[fixes.link[stand:]].any()
    assert set(fixes.link[stand:].tolist()) <= {way[1]} | ahead


def test_late_and_doubtful_rows_are_left_out_and_counted(city: City, noisy: MatchMap) -> None:
    _, _, x, y, t = drive(city, walk(town_graph(), np.random.default_rng(5), 5))
    state = new_match_state(NOISY)
    rows = probes(t, 1, x, y)
    first = match(noisy, state, take(rows, slice(0, 6)))
    again = match(noisy, state, take(rows, slice(2, 6)))
    assert first.link.size == 6
    assert again.link.size == 0
    assert state.counted()["stale"] == 4
    odd = make(Probes, [t[6], t[7], np.nan, t[8]], 0, [1, 1, 1, 1], [x[6], np.nan, 0, x[8]], y[6], 1.0, [0, 0, 0, 0])
    bad = make(Probes, [t[9]], 0, [1], [x[9]], [y[9]], 1.0, [Quality.STALE])
    assert match(noisy, state, odd).link.size == 2
    assert match(noisy, state, bad).link.size == 0
    assert state.counted()["invalid"] == 2
    assert state.counted()["stale"] == 5


def test_far_from_every_link_there_is_none_and_the_vehicle_goes_on(city: City, noisy: MatchMap) -> None:
    link, _, x, y, t = drive(city, walk(town_graph(), np.random.default_rng(5), 5))
    x[4], y[4] = 1e7, -1e300
    fixes = match(noisy, new_match_state(NOISY), probes(t, 1, x, y))
    assert fixes.link[4] == -1
    assert way_of(fixes, 4) == []
    assert np.isnan(fixes.position_m[4])
    assert fixes.last_time_s[5] == t[3]
    assert fixes.link[5] == link[5]


def test_memory_is_bounded_and_the_silent_are_forgotten(city: City) -> None:
    options = MatchOptions(vehicles_max=50, silence_s=100.0)
    where = build_match_map(city, options)
    state = new_match_state(options)
    size = state.nbytes
    x, y = (np.full(80, v[0]) for v in drive(city, [0])[2:4])
    full = match(where, state, probes(np.full(80, 10.0), np.arange(80) + 1, x, y))
    assert (full.link >= 0).all()
    assert state.live[0] == 50
    assert state.counted()["unremembered"] == 30
    match(where, state, probes(np.full(10, 200.0), np.arange(10) + 500, x[:10], y[:10]))
    assert state.live[0] == 10
    assert state.counted()["forgotten"] == 50
    assert state.nbytes == size
    back = match(where, state, probes([201.0, 202.0], [1, 501], x[:2], y[:2]))
    assert np.isnan(back.last_time_s[0])
    assert back.last_time_s[1] == 200.0


def test_many_vehicles_come_and_go_without_being_mixed_up(city: City) -> None:
    options = MatchOptions(vehicles_max=200, silence_s=60.0)
    where, state = build_match_map(city, options), new_match_state(options)
    rng = np.random.default_rng(2)
    last: dict[int, float] = {}
    x, y = drive(city, [0])[2:4]
    for step in range(100):
        time_s = 1000.0 + 10.0 * step
        cars = rng.choice(400, 40, replace=False).astype(np.uint64) * np.uint64(2**32 + 1)
        fixes = match(where, state, probes(np.full(40, time_s), cars, np.full(40, x[0]), np.full(40, y[0])))
        for car, before in zip(fixes.vehicle.tolist(), fixes.last_time_s.tolist(), strict=True):
            if not np.isnan(before):
                assert before == last[car]
            elif car in last:
                assert time_s - last[car] > 60.0 or state.counted()["unremembered"]
            last[car] = time_s
    assert state.live[0] <= 200


def test_a_snapshot_goes_on_as_the_original(city: City, noisy: MatchMap) -> None:
    rows = fleet(city, 20, 10.0)
    half = rows.time_s.size // 2
    state = new_match_state(NOISY)
    match(noisy, state, take(rows, slice(0, half)))
    copy: MatchState = state.copy()
    rest = take(rows, slice(half, None))
    assert same(match(noisy, state, rest), match(noisy, copy, rest))


def test_what_is_kept_of_the_live_goes_on_as_the_original(city: City, noisy: MatchMap) -> None:
    rows = fleet(city, 40, noise_m=8.0)
    half = rows.time_s.size // 2
    state = new_match_state(NOISY)
    match(noisy, state, take(rows, slice(0, half)))
    again = load_live(save_live(state.copy()), NOISY)
    assert digest(save_live(again)) == digest(save_live(state))
    assert same(match(noisy, again, take(rows, slice(half, None))), match(noisy, state, take(rows, slice(half, None))))
    assert digest(save_live(again)) == digest(save_live(state))


def test_what_is_kept_is_as_large_as_the_vehicles_that_live(city: City, noisy: MatchMap) -> None:
    state = new_match_state(NOISY)
    match(noisy, state, fleet(city, 10, noise_m=8.0))
    assert save_live(state)["vehicle"].tolist() == state.vehicle[: state.live[0]].tolist()
    assert 0 < len(save_live(state)["columns"].link) <= 10
    with pytest.raises(InputError, match="10 vehicles"):
        load_live(save_live(state), MatchOptions(vehicles_max=9))
    with pytest.raises(InputError, match="candidates"):
        load_live(save_live(state), MatchOptions(candidates=3))
