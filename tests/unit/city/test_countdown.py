"""How long colours last: against playing the plan second by second."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from citybrain.city.countdown import Countdown
from citybrain.city.generate.city import generate_city
from citybrain.city.model import City, PlanKind
from citybrain.city.timelines import timelines_of
from citybrain.estimate.lights import planned_colours

CITY: City = generate_city(4)[0]


def shown_at(time_s: float) -> np.ndarray:
    colours = np.zeros(len(CITY.groups.group_id), np.uint8)
    planned_colours(timelines_of(CITY), time_s, colours)
    return colours


@pytest.mark.parametrize("time_s", [0.0, 17.0, 99.0, 1_777_620_600.0])
def test_a_colour_lasts_as_long_as_is_told(time_s: float) -> None:
    now = shown_at(time_s)
    left_s = Countdown(CITY).left_s(time_s, now)
    assert np.isfinite(left_s).any()
    for group in np.flatnonzero(np.isfinite(left_s)).tolist():
        left = int(left_s[group])
        assert left >= 1
        assert all(shown_at(time_s + k)[group] == now[group] for k in range(left))
        assert shown_at(time_s + left)[group] != now[group]


def test_a_signal_off_its_plan_is_told_no_time() -> None:
    now = shown_at(10.0)
    first, n = int(CITY.signals.first_group[0]), int(CITY.signals.n_groups[0])
    now[first] = 3
    left_s = Countdown(CITY).left_s(10.0, now)
    assert np.isnan(left_s[first : first + n]).all()
    assert np.isfinite(left_s[first + n :]).any()


def test_a_signal_that_others_steer_is_told_no_time() -> None:
    steered = np.ones(len(CITY.signals.signal_id), np.bool_)
    assert np.isnan(Countdown(CITY).left_s(10.0, shown_at(10.0), steered)).all()


def test_an_actuated_plan_is_told_no_time() -> None:
    plans = replace(CITY.plans, kind=np.full_like(CITY.plans.kind, PlanKind.ACTUATED))
    assert np.isnan(Countdown(replace(CITY, plans=plans)).left_s(10.0, shown_at(10.0))).all()
