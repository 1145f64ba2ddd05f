"""Laws of the flow model and of what is published: closed forms, conservation, honesty about what is not known."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from citybrain.city.generate.city import generate_city
from citybrain.city.model import City, Sensors
from citybrain.city.timelines import timelines_of
from citybrain.estimate import links, queues, turning
from citybrain.estimate.approaches import approaches_of
from citybrain.estimate.profile import road_of
from citybrain.estimate.turn_flows import Flows
from citybrain.records.fixes import Fixes
from citybrain.records.observations import Observations, Passages, Quality, make, take

NOBODY = Fixes(
    *(np.zeros(0), np.zeros(0, np.uint64), np.zeros(0, np.int32), np.zeros(0, np.float32), np.zeros(0, np.float32)),
    *(np.zeros(0), np.zeros(0, np.float32), np.zeros(1, np.int64), np.zeros(0, np.int32)),
)
NO_SENSORS = Sensors((), np.zeros(0, np.uint8), np.zeros(0, np.int32), np.zeros(0), np.zeros(0))


@pytest.fixture(scope="module")
def city() -> City:
    return generate_city(4, seed=3)[0]


def _quiet(city: City) -> links.LinkEstimator:
    """An estimator of a city in which no trip begins unless a test says so."""
    state = links.begin(city, NO_SENSORS)
    n = city.links.length_m.size
    nobody = np.zeros(n, np.float32)
    state.habits = state.habits._replace(entry_vps=nobody, sink_frac=nobody.copy())
    state.road = turning.with_habits(state.road, state.habits)
    return state


def _lane_of_signal(state: links.LinkEstimator) -> int:
    """A lane with one stream that has a signal of its own and is not always green."""
    table = state.table
    for lane in range(table.lane_link.size):
        first, last = table.stream_offset[lane], table.stream_offset[lane + 1]
        if last - first == 1 and table.stream_group[first] >= 0 and state.road.green_frac[first] < 0.9:
            return lane
    pytest.fail("the city has no such lane")


def test_nobody_observed_gives_the_profile_and_says_so(city: City) -> None:
    state = _quiet(city)
    for second in range(1, 30):
        states, lanes = links.update(state, Observations(float(second)), NOBODY)
    prior_s = state.road.free_s + state.signal_wait_s
    assert np.allclose(states.travel_time_s, prior_s, rtol=1e-5)
    assert np.allclose(states.speed_mps, city.links.length_m / prior_s, rtol=1e-5)
    assert (states.quality == Quality.UNKNOWN).all()
    assert (lanes.queue == 0.0).all()
    assert (lanes.quality == Quality.UNKNOWN).all()


def test_the_wait_of_a_plan_in_light_traffic_is_websters(city: City) -> None:
    state = _quiet(city)
    lane = _lane_of_signal(state)
    stream = state.table.stream_offset[lane]
    red_s = float(state.road.cycle_s[lane]) * (1.0 - float(state.road.green_frac[stream]))
    turn = state.table.stream_turn[stream]
    only = np.zeros_like(state.road.share)
    only[turn] = 1.0
    from citybrain.estimate.profile import signal_wait_s

    wait_s = signal_wait_s(state.table, state.road._replace(share=only))[state.table.lane_link[lane]]
    rows = state.table.turn_stream[state.table.turn_stream_offset[turn] : state.table.turn_stream_offset[turn + 1]]
    expected = np.mean([0.5 * state.road.cycle_s[lane] * (1.0 - state.road.green_frac[k]) ** 2 for k in rows])
    assert wait_s == pytest.approx(expected, rel=1e-5)
    assert wait_s == pytest.approx(0.5 * red_s**2 / float(state.road.cycle_s[lane]), rel=0.3)


def _step(state: links.LinkEstimator, second: int, left: np.ndarray | None = None, watched: int = -1) -> queues.Second:
    table = state.table
    out, eyes = queues.nothing(table), np.zeros(table.lane_link.size, np.uint8)
    if watched >= 0:
        eyes[watched] = 1
    none = np.zeros(table.stream_turn.size, np.float32)
    seen = queues.Seen(second, float(second), state.lights.at(float(second)), eyes, none if left is None else left)
    queues.step(table, state.road, state.flow, seen, out)
    return out


def test_the_queue_of_a_fixed_signal_grows_and_empties_as_the_closed_form_says(city: City) -> None:
    """Uniform arrivals q, red r: the queue is q r when green begins, and lasts q r / (s - q)."""
    state = _quiet(city)
    lane = _lane_of_signal(state)
    stream, group = state.table.stream_offset[lane], state.table.stream_group[state.table.stream_offset[lane]]
    vps, longest, reds = 0.1, 0.0, 0
    saturation = float(state.road.saturation_vps[lane])
    begun = False
    for second in range(400):
        green = state.lights.at(float(second))[group] >= 4
        begun = begun or green
        if begun:
            state.flow.queue[stream] += vps
            queues_before = float(state.flow.queue[stream])
            if not green:
                reds += 1
                longest = queues_before
            elif reds:
                break
        _step(state, second)
        if begun and green and reds == 0:
            state.flow.queue[stream] = min(state.flow.queue[stream], vps)
    assert longest == pytest.approx(vps * reds, abs=2.0 * vps)
    lasted = 0
    while state.flow.queue[stream] > vps:
        _step(state, second + lasted + 1)
        state.flow.queue[stream] += vps
        lasted += 1
        assert lasted < 200
    if state.lights.plans is not None and lasted < 20:
        assert lasted == pytest.approx(longest / (saturation - vps), abs=3.0)


def test_vehicles_are_conserved(city: City) -> None:
    """What has entered drives, waits, or has left at an end; no more and no less, while no queue is called in doubt."""
    state = _quiet(city)
    rng = np.random.default_rng(1)
    entered, ended = 0.0, 0.0
    state.flow.witness_s[:] = 1e6
    dead_end = np.diff(state.table.turn_offset) == 0
    for second in range(300):
        link = int(rng.integers(city.links.length_m.size))
        n = 1.0 if second < 100 else 0.0
        begin = state.road.ring_offset[link]
        size = state.road.ring_offset[link + 1] - begin
        state.flow.ring[begin + (second + 3) % size] += n
        state.flow.moving[link] += n
        entered += n
        out = _step(state, second)
        ended += float(out.exits[dead_end].sum())
        inside = float(state.flow.moving.sum() + np.maximum(state.flow.queue, 0.0).sum())
        assert inside + ended == pytest.approx(entered, abs=0.02)
    assert entered == 100.0


def test_a_free_street_takes_its_free_time(city: City) -> None:
    """A pulse of vehicles leaves a link without a signal after its free time."""
    table = approaches_of(city)
    end = np.flatnonzero(np.diff(table.turn_offset) == 0)
    state = _quiet(city)
    link = int(end[0]) if end.size else int(np.flatnonzero(state.signal_wait_s == 0.0)[0])
    due = round(float(state.road.free_s[link]))
    begin, size = state.road.ring_offset[link], np.diff(state.road.ring_offset)[link]
    state.flow.ring[begin + due % size] = 1.0
    state.flow.moving[link] = 1.0
    left, travel = 0.0, 0.0
    for second in range(due + 10):
        out = _step(state, second)
        left, travel = left + float(out.exits[link]), travel + float(out.travel_s[link])
    assert left == pytest.approx(1.0, abs=0.02)
    assert travel == pytest.approx(float(state.road.free_s[link]), abs=4.0)


def test_the_model_follows_the_flows_that_it_is_given(city: City) -> None:
    """In a steady state as many vehicles begin a second, and take each turn, as the flows have it."""
    state = links.begin(city, NO_SENSORS)
    table, n_links = state.table, city.links.length_m.size
    link = int(np.flatnonzero(np.diff(table.turn_offset) >= 2)[0])
    turns = np.arange(table.turn_offset[link], table.turn_offset[link + 1])
    begin, turn = np.zeros(n_links), np.zeros(table.turn_to.size)
    begin[link], turn[turns[0]], turn[turns[1]] = 0.04, 0.03, 0.01
    zero = np.zeros(n_links)
    links.follow(state, Flows(turn, turn, begin, begin, zero, zero, zero, zero), 2.0)
    assert state.road.entry_vps[link] == pytest.approx(0.08)
    assert state.road.share[turns[:2]] == pytest.approx([0.75, 0.25], rel=1e-3)
    assert state.road.entry_vps.sum() == pytest.approx(0.08)


def _passages(city: City, movement: int, times: np.ndarray, plates: np.ndarray) -> Passages:
    lane = city.movements.from_lane[movement]
    return make(Passages, times, times + 1.0, 0, lane, movement, 1, plates, Quality.MEASURED)


def test_plates_at_both_ends_give_the_travel_time(city: City) -> None:
    """Vehicles that always take 77 s between two cameras: that is published, whatever the model has."""
    state = _quiet(city)
    table = state.table
    first = next(m for m in range(city.movements.from_lane.size) if city.movements.group[m] >= 0)
    link = city.lanes.link[city.movements.to_lane[first]]
    ways = np.flatnonzero(city.lanes.link[city.movements.from_lane] == link)
    cross_s = round(float(table.stream_cross_s[table.movement_stream[first]]))
    for now in range(1, 1000):
        rows = []
        if now % 20 == 0:
            rows.append(_passages(city, first, np.array([now - 1.0]), np.array([now], np.uint64)))
        if now > 100 and (now - 77 - cross_s) % 20 == 0:
            plate = np.array([now - 77 - cross_s], np.uint64)
            rows.append(_passages(city, int(ways[now // 20 % ways.size]), np.array([now - 1.0]), plate))
        for row in rows:
            batch = Observations(float(now), passages=row)
            states, _ = links.update(state, batch, NOBODY)
        if not rows:
            states, _ = links.update(state, Observations(float(now)), NOBODY)
    assert states.travel_time_s[link] == pytest.approx(77.0, rel=0.08)
    assert states.quality[link] == Quality.MEASURED


def test_the_order_of_rows_changes_nothing(city: City) -> None:
    rng = np.random.default_rng(4)
    movements = np.flatnonzero(city.movements.group >= 0)
    one, other = links.begin(city), links.begin(city)
    for now in range(1, 120):
        chosen = rng.choice(movements, 4, replace=False)
        rows = make(
            Passages, float(now), now + 0.5, 0, city.movements.from_lane[chosen], chosen, 1, rng.integers(1, 99, 4), 0
        )
        a = links.update(one, Observations(now + 1.0, passages=rows), NOBODY)
        b = links.update(other, Observations(now + 1.0, passages=take(rows, np.array([2, 0, 3, 1]))), NOBODY)
    assert np.array_equal(a[0].travel_time_s, b[0].travel_time_s)
    assert np.array_equal(a[1].queue, b[1].queue)


def test_a_copy_goes_its_own_way(city: City) -> None:
    state = links.begin(city)
    links.update(state, Observations(10.0), NOBODY)
    kept = copy.deepcopy(state)
    for now in range(11, 60):
        expected = links.update(state, Observations(float(now)), NOBODY)
    for now in range(11, 60):
        again = links.update(kept, Observations(float(now)), NOBODY)
    assert np.array_equal(expected[0].count, again[0].count)


@pytest.mark.parametrize(("red_s", "expected"), [(100.0, 10.0), (0.0, 5.0)])
def test_a_probe_that_stands_far_back_lengthens_the_queue(city: City, red_s: float, expected: float) -> None:
    """Ten vehicles stand up to it in a long red; at the begin of a green the front of them may have left by 11 s."""
    state = _quiet(city)
    links.update(state, Observations(10.0), NOBODY)
    state.flow.red_s[:], state.flow.idle_s[:] = red_s, -1.0
    state.second = 11  # the model stands still
    lane = _lane_of_signal(state)
    link = int(state.table.lane_link[lane])
    at_m = np.float32(city.links.length_m[link] - 75.0)
    f = np.float32
    fix = Fixes(
        *(np.array([10.0]), np.array([7], np.uint64), np.array([link], np.int32), np.array([at_m]), np.zeros(1, f)),
        *(np.array([0.0]), np.array([at_m]), np.array([0, 1]), np.array([link], np.int32)),
    )
    _, lanes = links.update(state, Observations(11.0), fix)
    first = city.links.first_lane[link]
    assert lanes.queue[first : first + city.links.n_lanes[link]].max() == pytest.approx(expected, abs=0.3)


def test_silence_is_stale_and_not_zero(city: City) -> None:
    state = links.begin(city)
    movement = int(np.flatnonzero(city.movements.group >= 0)[0])
    rows = _passages(city, movement, np.array([1.0]), np.array([5], np.uint64))
    links.update(state, Observations(2.0, passages=rows), NOBODY)
    for now in range(3, 400):
        states, _ = links.update(state, Observations(float(now)), NOBODY)
    assert (states.quality == Quality.STALE).all()
    assert (states.speed_mps > 0.5).all()


def test_the_road_has_room_for_every_free_time(city: City) -> None:
    table = approaches_of(city)
    road = road_of(city, table, timelines_of(city), turning.default_habits(table))
    assert (np.diff(road.ring_offset) > road.free_s + 2.0).all()
