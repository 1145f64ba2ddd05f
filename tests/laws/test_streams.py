"""Streams of traffic keep to their closed forms within 5 % (`_streams` derives them)."""

from __future__ import annotations

import numpy as np
import pytest

from _streams import (
    KINDS,
    LINE_M,
    PLACE_M,
    crossings_s,
    discharge_s,
    drive_s,
    headway_s,
    krauss_lost_s,
    lost_s,
    positions,
    queue,
    shock_form_mps,
    shock_mps,
    starts_s,
)


def test_a_standing_queue_has_jam_density() -> None:
    now = queue().vehicles()
    assert (now.speed_mps < 0.1).all()
    assert now.position_m[0] == pytest.approx(LINE_M - 1.0, abs=0.3)
    assert -np.diff(now.position_m).mean() == pytest.approx(PLACE_M, rel=0.05)


def test_every_vehicle_of_a_queue_crosses_when_the_closed_form_says() -> None:
    twin = queue()
    gaps_m = LINE_M - twin.vehicles().position_m.astype(float)
    expected = np.array([n * 1.0 + drive_s(gap_m, 2.6, 15.0) for n, gap_m in enumerate(gaps_m)])
    np.testing.assert_allclose(crossings_s(twin, 20), expected, rtol=0.05)


@pytest.mark.parametrize("speed_mps", [8.0, 15.0, 22.0])
def test_saturation_headway_and_lost_time_of_krauss(speed_mps: float) -> None:
    found = crossings_s(queue(40, speed_mps=speed_mps), 40)
    headway = (found[-1] - found[20]) / 19
    assert headway == pytest.approx(1.0 + PLACE_M / speed_mps, rel=0.05)
    assert lost_s(found, headway) == pytest.approx(krauss_lost_s(KINDS["Krauss"], speed_mps), rel=0.05)


@pytest.mark.parametrize("model", KINDS)
def test_a_queue_discharges_as_the_published_equations_say(model: str) -> None:
    """Every single crossing, hence the saturation flow and the lost time."""
    twin = queue(30, KINDS[model])
    expected = discharge_s(KINDS[model], positions(twin, 30))
    np.testing.assert_allclose(crossings_s(twin, 30), expected, rtol=0.05)


def test_the_published_equations_agree_with_the_closed_form_where_there_is_one() -> None:
    at_m = LINE_M - 1.0 - PLACE_M * np.arange(20)
    expected = [n * 1.0 + drive_s(LINE_M - x, 2.6, 15.0) for n, x in enumerate(at_m)]
    np.testing.assert_allclose(discharge_s(KINDS["Krauss"], at_m), expected, rtol=1e-6)


def test_the_start_wave_runs_back_one_vehicle_a_second() -> None:
    assert PLACE_M / np.polyfit(np.arange(20), starts_s(queue(), 20), 1)[0] == pytest.approx(PLACE_M, rel=0.05)


@pytest.mark.parametrize("model", KINDS)
def test_the_queue_grows_at_the_shock_waves_speed(model: str) -> None:
    assert shock_mps(KINDS[model], 3.0) == pytest.approx(shock_form_mps(3.0), rel=0.05)


@pytest.mark.parametrize("model", KINDS)
def test_headway_behind_a_slow_leader(model: str) -> None:
    found, expected = headway_s(KINDS[model])
    assert found == pytest.approx(expected, rel=0.05)
