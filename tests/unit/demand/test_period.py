"""Periods are read as people write them, and cut a demand and its city's window."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from _two_roads import city

from _roads import Trip, demand
from citybrain.demand.period import Period, parse_period, within_period
from citybrain.errors import InputError


@pytest.mark.parametrize(
    ("text", "begin_s", "end_s"),
    [("07:00-09:30", 25200.0, 34200.0), ("0:00-24:00", 0.0, 86400.0), ("7:05 - 7:10", 25500.0, 25800.0)],
)
def test_periods(text: str, begin_s: float, end_s: float) -> None:
    assert parse_period(text).begin_s == begin_s
    assert parse_period(text).end_s == end_s


@pytest.mark.parametrize(
    "text", ["", "7-9", "09:00-07:00", "07:00-07:00", "07:60-08:10", "23:00-25:00", "a:b-c:d", "07:00"]
)
def test_what_is_no_period_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InputError, match="07:00-09:00"):
        parse_period(text)


def test_the_window_is_the_period_with_a_warm_up_and_its_trips() -> None:
    asked = demand([Trip(float(t), (0, 1)) for t in range(0, 7200, 100)])
    place, part = within_period(city(7200.0), asked, Period("x", 3600.0, 5400.0))
    assert (place.meta.begin_s, place.meta.end_s) == (2700.0, 5400.0)
    assert part.trips.depart_s.tolist() == list(range(2700, 5400, 100))
    assert part.trips.trip_id[0] == "t27"


def test_no_warm_up_before_the_demands_own_begin() -> None:
    asked = demand([Trip(float(t), (0, 1)) for t in range(25200, 28800, 100)])
    place = city(28800.0)
    place = replace(place, meta=replace(place.meta, begin_s=25200.0))
    assert within_period(place, asked, Period("x", 25300.0, 26000.0))[0].meta.begin_s == 25200.0


def test_a_period_without_trips_says_when_there_are_some() -> None:
    asked = demand([Trip(3600.0, (0, 1)), Trip(5400.0, (0, 1))])
    with pytest.raises(InputError, match="01:00 to 01:30"):
        within_period(city(), asked, Period("x", 0.0, 1800.0))
    assert np.isfinite(asked.trips.depart_s).all()
