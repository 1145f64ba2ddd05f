"""The last hour of the links' times: what was published when, bounded, and nothing of what was not known."""

from __future__ import annotations

import numpy as np
import pytest
from _brain import network

from citybrain.city.generate.city import generate_city
from citybrain.city.model import City
from citybrain.hub.board import CityBoard
from citybrain.hub.hub import Hub
from citybrain.records.observations import Quality
from citybrain.server.link_times import EVERY_S, KEPT, LinkTimes


class Heard:
    def __init__(self, city: City) -> None:
        self.city, self.hub = city, Hub()
        self.board = CityBoard(self.hub, city)
        self.times = LinkTimes(self.hub, city)

    def beat(self, now_s: float, seconds: float, unknown: tuple[int, ...] = ()) -> None:
        state = network(self.city, now_s, 0.5)
        state.links.quality[:] = Quality.ESTIMATED
        state.links.quality[list(unknown)] = Quality.UNKNOWN
        state.links.travel_time_s[:] = seconds
        self.board.network(state)
        self.hub.publish(now_s, np.zeros(0, np.int64), np.zeros(0))  # what a beat publishes after it


@pytest.fixture
def heard() -> Heard:
    return Heard(generate_city(4)[0])


def test_samples_are_those_of_their_moments(heard: Heard) -> None:
    for second in range(100):
        heard.beat(1000.0 + second, 20.0 + second)
    at_s, seconds = heard.times.of(np.array([0, 3]))
    assert at_s.size >= 3
    assert (np.diff(at_s) >= EVERY_S).all()
    np.testing.assert_allclose(seconds, np.stack([at_s - 980.0] * 2, axis=1), rtol=1e-3)


def test_no_larger_after_a_day(heard: Heard) -> None:
    for k in range(KEPT + 40):
        heard.beat(1000.0 + EVERY_S * k, 30.0)
    at_s, seconds = heard.times.of(np.array([0]))
    assert seconds.shape == (KEPT, 1)
    assert at_s[-1] == 1000.0 + EVERY_S * (KEPT + 39)


def test_what_was_not_known_is_not_told(heard: Heard) -> None:
    heard.beat(1000.0, 30.0, unknown=(2,))
    heard.beat(1000.0 + EVERY_S, 1e9)
    _, seconds = heard.times.of(np.array([1, 2]))
    assert seconds[0, 0] == 30.0
    assert np.isnan(seconds[0, 1])
    assert np.isfinite(seconds[1]).all(), "two bytes hold it"


def test_without_a_city_there_is_nothing() -> None:
    at_s, seconds = LinkTimes(Hub(), None).of(np.array([0, 1]))
    assert (at_s.shape, seconds.shape) == ((0,), (0, 2))
