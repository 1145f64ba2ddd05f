"""Plates that wait for their second: which are taken in, in what order they come out, how late the model runs."""

from __future__ import annotations

import numpy as np
import pytest

from _roads import Road, road
from citybrain.estimate.approaches import Approaches, approaches_of
from citybrain.estimate.passages import BAD, LAG_FADE, LAG_MOST_S, ROWS_MAX, Waiting, new_waiting, reads_of, receive
from citybrain.records.observations import Observations, Passages, Probes, Quality, make, take
from citybrain.records.sensor_health import Health, SensorHealth


@pytest.fixture(scope="module")
def table() -> Approaches:
    """Links 0 -> 1 -> 2 of two lanes; lanes 4 and 5 lead nowhere."""
    return approaches_of(road(Road((100.0, 100.0, 100.0), n_lanes=2)))


def rows(time_s: object, lane: object = 0, movement: object = 0, plate: object = 1, **more: object) -> Passages:
    n = np.size(time_s)
    sensor, quality = more.get("sensor", 0), more.get("quality", 0)
    return make(Passages, np.reshape(time_s, n), 0.0, sensor, lane, movement, 1, plate, quality)


def taken_in(table: Approaches, passages: Passages, now_s: float = 100.0, health: SensorHealth | None = None) -> int:
    waiting = new_waiting()
    receive(waiting, table, Observations(now_s, passages=passages), health)
    return int(waiting.time_s.size)


def health_of(*states: Health) -> SensorHealth:
    n = len(states)
    return SensorHealth(0.0, np.array(states, np.uint8), np.zeros(n), np.zeros(n), np.ones(n, np.float32))


@pytest.mark.parametrize(
    ("quality", "n"),
    [(Quality.MEASURED, 1), (Quality.ESTIMATED, 1), (Quality.FORECAST, 1), (Quality.STALE, 0), (Quality.UNKNOWN, 0)],
)
def test_what_is_stale_or_unknown_is_left_out(table: Approaches, quality: Quality, n: int) -> None:
    assert taken_in(table, rows(1.0, quality=quality)) == n


@pytest.mark.parametrize("state", list(Health))
def test_sensors_that_are_broken_are_not_heard(table: Approaches, state: Health) -> None:
    assert taken_in(table, rows(1.0), health=health_of(state)) == int(state not in BAD)


@pytest.mark.parametrize("sensor", [-1, 1, 99])
def test_a_sensor_whose_health_nobody_knows_is_heard(table: Approaches, sensor: int) -> None:
    assert taken_in(table, rows(1.0, sensor=sensor), health=health_of(Health.DEAD)) == 1


@pytest.mark.parametrize(
    ("lane", "movement", "n"),
    [(0, 0, 1), (3, 3, 1), (0, -1, 1), (4, -1, 0), (5, -1, 0), (6, 0, 0), (-1, 0, 0), (0, 4, 0), (2**31 - 1, 0, 0)],
)
def test_lanes_and_movements_are_those_of_the_city(table: Approaches, lane: int, movement: int, n: int) -> None:
    """The city has lanes 0 to 5 and movements 0 to 3; from lanes 4 and 5 nobody goes on."""
    assert taken_in(table, rows(1.0, lane, movement)) == n


@pytest.mark.parametrize(("time_s", "n"), [(99.0, 1), (100.0, 1), (100.5, 0), (np.nan, 0), (np.inf, 0), (-np.inf, 0)])
def test_nothing_is_believed_of_the_future_or_of_no_time(table: Approaches, time_s: float, n: int) -> None:
    assert taken_in(table, rows(time_s)) == n


def test_reads_come_out_once_up_to_their_second(table: Approaches) -> None:
    waiting = new_waiting()
    receive(waiting, table, Observations(100.0, passages=rows([3.0, 1.0, 2.0], plate=[30, 10, 20])), None)
    assert reads_of(waiting, 0.5).plate.size == 0
    assert reads_of(waiting, 2.0).plate.tolist() == [10, 20]
    assert reads_of(waiting, 2.0).plate.size == 0
    assert reads_of(waiting, 1e9).plate.tolist() == [30]


def test_the_order_of_arrival_leaves_no_trace(table: Approaches) -> None:
    rng = np.random.default_rng(0)
    lane = rng.integers(0, 4, 60)
    batch = rows(rng.integers(0, 5, 60).astype(float), lane, lane, np.arange(60))
    found = []
    for _ in range(3):
        waiting, order = new_waiting(), rng.permutation(60)
        for part in np.array_split(order, 4):
            receive(waiting, table, Observations(100.0, passages=take(batch, part)), None)
        found.append(np.concatenate([np.stack([c.astype(float) for c in reads_of(waiting, t)]) for t in range(5)], 1))
    assert found[0].shape == (4, 60)
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])


def test_a_movement_that_the_camera_cannot_tell_is_marked(table: Approaches) -> None:
    waiting = new_waiting()
    receive(waiting, table, Observations(9.0, passages=rows([1.0, 2.0], [1, 1], [1, -1], [5, 6])), None)
    read = reads_of(waiting, 9.0)
    assert read.certain.tolist() == [1, 0]
    assert read.lane.tolist() == [1, 1]
    assert read.stream.tolist() == [int(table.movement_stream[1]), int(table.stream_offset[1])]


def test_the_wait_has_a_limit_and_what_is_beyond_is_counted(table: Approaches) -> None:
    waiting = new_waiting()
    receive(waiting, table, Observations(9.0, passages=rows(np.full(ROWS_MAX - 1, 5.0))), None)
    assert (waiting.time_s.size, waiting.dropped) == (ROWS_MAX - 1, 0)
    receive(waiting, table, Observations(9.0, passages=rows([1.0, 2.0, 3.0])), None)
    assert (waiting.time_s.size, waiting.dropped) == (ROWS_MAX, 2)
    receive(waiting, table, Observations(9.0, passages=rows([4.0])), None)
    assert (waiting.time_s.size, waiting.dropped) == (ROWS_MAX, 3)
    assert reads_of(waiting, 9.0).lane.size == ROWS_MAX
    receive(waiting, table, Observations(9.0, passages=rows([4.0])), None)
    assert (waiting.time_s.size, waiting.dropped) == (1, 3)


def lags(table: Approaches, delays_s: list[float], probes: bool = False) -> Waiting:
    waiting = new_waiting()
    for delay_s in delays_s:
        time_s = np.array([100.0 - delay_s])
        seen = {"probes": make(Probes, time_s, 0.0, 1, 0.0, 0.0, 1.0, 0)} if probes else {"passages": rows(time_s)}
        receive(waiting, table, Observations(100.0, **seen), None)
    return waiting


@pytest.mark.parametrize("probes", [False, True])
@pytest.mark.parametrize(("delay_s", "lag_s"), [(0.0, 1), (2.0, 2), (2.2, 2), (2.4, 3), (10.0, 10), (500.0, 10)])
def test_the_model_runs_as_late_as_records_come_but_no_later_than_a_limit(
    table: Approaches, probes: bool, delay_s: float, lag_s: int
) -> None:
    waiting = lags(table, [delay_s], probes)
    assert waiting.lag_s == lag_s
    assert waiting.late_s <= LAG_MOST_S


def test_a_long_delay_is_forgotten_slowly_and_not_at_all_while_nothing_comes(table: Approaches) -> None:
    waiting = lags(table, [8.0] + [0.0] * 20)
    assert waiting.late_s == pytest.approx(8.0 * LAG_FADE**20)
    for _ in range(50):
        receive(waiting, table, Observations(200.0), None)
    assert waiting.late_s == pytest.approx(8.0 * LAG_FADE**20)
