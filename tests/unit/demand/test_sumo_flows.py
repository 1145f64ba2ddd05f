"""Departures of SUMO flows: counts and spacings in closed form, draws with the right mean, errors by their place."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citybrain.city.sumo.xml import Row
from citybrain.demand.sumo_flows import VEHICLES_MAX, departures, seed_of
from citybrain.errors import FormatError

BEGIN, SPAN, COUNT = st.integers(0, 5000), st.integers(1, 5000), st.integers(1, 300)


def flow(**attributes: object) -> Row:
    return Row("a.rou.xml", "flow", {"id": "f", **{key: str(value) for key, value in attributes.items()}})


@settings(deadline=None)
@given(BEGIN, SPAN, COUNT)
def test_a_number_is_spread_evenly(begin: int, span: int, number: int) -> None:
    times = departures(flow(begin=begin, end=begin + span, number=number), 0.0, 3600.0)
    assert times.size == number
    assert times[0] == begin
    assert times[-1] < begin + span
    assert np.allclose(np.diff(times), span / number)


@settings(deadline=None)
@given(BEGIN, SPAN, st.floats(0.1, 900.0))
def test_a_period_fills_its_time(begin: int, span: int, period_s: float) -> None:
    times = departures(flow(begin=begin, end=begin + span, period=period_s), 0.0, 3600.0)
    assert times[0] == begin
    assert times[-1] < begin + span + 1e-6
    assert times[-1] + period_s >= begin + span - 1e-6
    assert np.allclose(np.diff(times), period_s)


@settings(deadline=None)
@given(BEGIN, SPAN, st.integers(1, 3600))
def test_vehicles_an_hour_are_a_period(begin: int, span: int, rate_vph: int) -> None:
    window = {"begin": begin, "end": begin + span}
    by_period = departures(flow(**window, period=3600.0 / rate_vph), 0.0, 3600.0)
    for key in ("vehsPerHour", "perHour"):
        by_rate = departures(flow(**window, **{key: rate_vph}), 0.0, 3600.0)
        assert by_rate.tolist() == by_period.tolist()


@settings(deadline=None)
@given(st.floats(1.0, 100.0), COUNT)
def test_number_and_period_without_an_end_ignore_the_window(period_s: float, number: int) -> None:
    times = departures(flow(begin=100, period=period_s, number=number), 0.0, 200.0)
    assert np.allclose(times, 100.0 + period_s * np.arange(number))


@settings(deadline=None)
@given(st.floats(1.0, 100.0), COUNT)
def test_number_caps_a_period_with_an_end(period_s: float, number: int) -> None:
    free = departures(flow(begin=0, end=1000, period=period_s), 0.0, 3600.0)
    capped = departures(flow(begin=0, end=1000, period=period_s, number=number), 0.0, 3600.0)
    assert capped.tolist() == free[:number].tolist()


def test_the_window_stands_where_the_flow_has_none() -> None:
    assert departures(flow(period=10), 50.0, 80.0).tolist() == [50.0, 60.0, 70.0]
    assert departures(flow(period=10, begin=60), 50.0, 80.0).tolist() == [60.0, 70.0]
    assert departures(flow(period=10, end=70), 50.0, 80.0).tolist() == [50.0, 60.0]


def test_the_end_itself_does_not_count() -> None:
    assert departures(flow(begin=0, end=30, period=10), 0.0, 0.0).tolist() == [0.0, 10.0, 20.0]
    assert departures(flow(begin=0, end=0, period=10), 0.0, 0.0).size == 0


def test_times_of_day_are_read() -> None:
    times = departures(flow(begin="0:01:00", end="0:02:00", period=30), 0.0, 0.0)
    assert times.tolist() == [60.0, 90.0]


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_draws_by_probability_have_their_mean(share: float) -> None:
    times = departures(flow(begin=10, end=20_010, probability=share), 0.0, 0.0)
    assert abs(times.size - 20_000 * share) <= 4.0 * math.sqrt(20_000 * share * (1 - share))
    assert (times == np.round(times)).all()
    assert (np.diff(times) > 0).all()
    assert ((times >= 10) & (times < 20_010)).all()


@pytest.mark.parametrize("rate_vps", [0.01, 0.2, 2.0])
def test_poisson_gaps_have_the_mean_and_variance_of_exponentials(rate_vps: float) -> None:
    span_s = 4000.0 / rate_vps
    times = departures(flow(begin=5, end=5 + span_s, period=f"exp({rate_vps})"), 0.0, 0.0)
    gaps = np.diff(times)
    assert abs(times.size - 4000) <= 4.0 * math.sqrt(4000)
    assert gaps.mean() * rate_vps == pytest.approx(1.0, abs=0.07)
    assert gaps.std() * rate_vps == pytest.approx(1.0, abs=0.1)
    assert times[0] >= 5.0
    assert times[-1] < 5.0 + span_s


@pytest.mark.parametrize("rule", [{"probability": 0.3}, {"period": "exp(0.3)"}])
def test_draws_depend_on_the_name_alone(rule: dict[str, object]) -> None:
    one = departures(flow(begin=0, end=500, **rule), 0.0, 0.0)
    again = departures(flow(end=500, **rule, color="red"), 0.0, 9.0)
    other = departures(flow(begin=0, end=500, **rule, id="g"), 0.0, 0.0)
    assert one.tolist() == again.tolist()
    assert one.tolist() != other.tolist()
    capped = departures(flow(begin=0, end=500, number=7, **rule), 0.0, 0.0)
    assert capped.tolist() == one[:7].tolist()


def test_seeds_of_different_names_differ() -> None:
    assert len({seed_of(f"flow{i}") for i in range(1000)}) == 1000
    assert seed_of("f") == seed_of("f")


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({}, "no rate"),
        ({"begin": 10, "end": 5, "number": 1}, "begin 10 or later"),
        ({"period": 0}, "period"),
        ({"period": "-3"}, "period"),
        ({"vehsPerHour": "many"}, "a number"),
        ({"probability": 1.2}, "at most 1"),
        ({"probability": -0.1}, ">= 0"),
        ({"period": "exp(0)"}, "vehicles per second"),
        ({"period": "exp(x)"}, "vehicles per second"),
        ({"period": "exp(inf)"}, "vehicles per second"),
        ({"number": "1.5"}, "an integer"),
        ({"period": "1e-6"}, f"at most {VEHICLES_MAX}"),
    ],
)
def test_wrong_flows_are_named(attributes: dict[str, object], message: str) -> None:
    with pytest.raises(FormatError, match=message) as caught:
        departures(flow(**attributes), 0.0, 3600.0)
    assert 'flow id="f"' in str(caught.value)
