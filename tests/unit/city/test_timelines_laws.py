"""Timelines say of every default plan what its phases say, and nothing of the plans that are not in force."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from _small_city import small_city

from citybrain.city.model import City
from citybrain.city.timelines import timelines_of
from citybrain.demand.generated import generate


@pytest.fixture(scope="module")
def city() -> City:
    return generate(8, seed=6, duration_s=60.0)[0]


def test_phases_end_one_after_another_and_the_last_with_the_cycle(city: City) -> None:
    lines = timelines_of(city)
    for signal in np.flatnonzero(lines.n_phases).tolist():
        own = slice(lines.first_phase[signal], lines.first_phase[signal] + lines.n_phases[signal])
        ends = lines.end_s[own]
        assert ends == pytest.approx(np.cumsum(city.phases.duration_s[own]))
        assert ends[-1] == pytest.approx(lines.cycle_s[signal])


def test_each_phase_has_a_colour_for_each_group_of_its_signal(city: City) -> None:
    lines = timelines_of(city)
    for signal in range(lines.n_phases.size):
        first, n = lines.first_phase[signal], lines.n_phases[signal]
        assert (np.diff(lines.colour_offset[first : first + n + 1]) == lines.n_groups[signal]).all()


def test_the_plan_in_force_is_told_and_not_the_first_one() -> None:
    """Signal S has two plans, of which the second (one phase of 9 s) is in force; "idle" has none."""
    lines = timelines_of(small_city())
    assert (lines.n_phases.tolist(), lines.first_phase[0]) == ([1, 0], 2)
    assert (lines.cycle_s.tolist(), lines.offset_s.tolist()) == (pytest.approx([9.0, 0.0]), [0.0, 0.0])
    assert lines.end_s[2] == pytest.approx(9.0)


def test_another_plan_in_force_brings_its_own_phases_and_offset() -> None:
    city = small_city()
    first = replace(city, signals=replace(city.signals, plan=np.array([0, -1], np.int32)))
    lines = timelines_of(first)
    assert (lines.first_phase[0], lines.n_phases[0], lines.offset_s[0]) == (0, 2, -3.5)
    assert lines.cycle_s[0] == pytest.approx(30.0 + 0.1 + 0.2)
    assert lines.end_s[:2] == pytest.approx([30.0, 30.3])


def test_timelines_are_a_copy_that_a_brain_may_change(city: City) -> None:
    lines = timelines_of(city)
    lines.colours[:] = 77
    lines.offset_s[:] += 5.0
    lines.n_groups[:] = 0
    assert (timelines_of(city).colours != 77).all()
    assert (timelines_of(city).offset_s == lines.offset_s - 5.0).all()
    assert (timelines_of(city).n_groups == city.signals.n_groups).all()
