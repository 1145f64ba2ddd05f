"""Closed forms of traffic streams, within 5 %.

Krauss, sigma = 0, step 1 s: a driver at v needs v tau + b(v) within gap + b(v of the leader), b = braking distance. At
equal speeds the net gap is v tau, so one vehicle passes every tau + (length + gap) / v seconds. From a standstill with
tau = 1 every driver copies the one ahead exactly one second later (gap = the leader's speed is kept with equality), so
the start wave runs back (length + gap) / tau metres a second, and vehicle n (from 0) crosses the line n tau +
T(d + n (length + gap)) after green, T(x) = time to drive x from rest: with full seconds of accel a up to v,
x = sum of min(k a, v).

CityFlow: the headway rule (gap + v / 2) / (tau + 1 / 2) = v makes bumper to bumper v tau: tau + length / v seconds,
where the safe distance v + gap does not bind, that is v (tau - 1) >= gap.

IDM without its free-road term: equilibrium s = gap + v tau, so tau + (length + gap) / v seconds.

Shock waves: arrivals every h seconds stand still every length + gap metres; each stops h - (length + gap) / v later
than the one ahead of it, so the queue's end runs upstream with (length + gap) / (h - (length + gap) / v).
"""

from __future__ import annotations

import numpy as np
import pytest

from _roads import Kind, Road, Trip, demand, road
from citybrain.city.builder import PhaseSpec
from citybrain.city.model import Colour
from citybrain.demand.model import CarFollowing
from citybrain.twin.twin import Twin

RED = np.array([Colour.RED], np.uint8)
GREEN = np.array([Colour.PROTECTED], np.uint8)
PLACE_M = 7.5


def queue(n: int = 20, kind: Kind | None = None, speed_mps: float = 15.0) -> Twin:
    """`n` vehicles that stand before a red light at the end of 600 m."""
    plan = Road((600.0, 900.0), speed_mps, signal_after=0, phases=[PhaseSpec(90.0, [Colour.RED])])
    twin = Twin(road(plan), demand([Trip(3.0 * i, (0, 1)) for i in range(n)], [kind or Kind()]))
    twin.step(RED, 3 * n + 150)
    return twin


def positions(twin: Twin, n: int) -> np.ndarray:
    """[n] metres from the start of link 0 by trip; nan where not in the network."""
    at = np.full(n, np.nan)
    now = twin.vehicles()
    start = np.where(now.lane == 0, 0.0, np.where(now.movement == 0, 600.0, 605.0))
    at[now.trip] = now.position_m + start
    return at


def crossings_s(twin: Twin, n: int, seconds: int = 120) -> np.ndarray:
    """[n] seconds after green at which each front crosses the stop line, straight within a second."""
    crossed = np.full(n, np.nan)
    before = positions(twin, n)
    for second in range(seconds):
        twin.step(GREEN)
        after = positions(twin, n)
        new = (before < 600.0) & (after >= 600.0)
        crossed[new] = second + (600.0 - before[new]) / (after[new] - before[new])
        before = after
    return crossed


def drive_s(distance_m: float, accel: float, speed: float) -> float:
    """Seconds from rest over a distance, in full seconds of one speed each."""
    at, k = 0.0, 0
    while True:
        k += 1
        v = min(k * accel, speed)
        if at + v >= distance_m:
            return k - 1 + (distance_m - at) / v
        at += v


def test_a_standing_queue_has_jam_density() -> None:
    now = queue().vehicles()
    assert (now.speed_mps < 0.1).all()
    assert 600.0 - now.position_m[0] == pytest.approx(1.0, abs=0.3)
    assert -np.diff(now.position_m).mean() == pytest.approx(PLACE_M, rel=0.05)


def test_every_vehicle_of_a_queue_crosses_when_the_closed_form_says() -> None:
    twin = queue()
    gaps_m = 600.0 - twin.vehicles().position_m.astype(float)
    found = crossings_s(twin, 20)
    expected = np.array([n * 1.0 + drive_s(gap_m, 2.6, 15.0) for n, gap_m in enumerate(gaps_m)])
    np.testing.assert_allclose(found, expected, rtol=0.05, atol=0.2)


@pytest.mark.parametrize("speed_mps", [8.0, 15.0, 22.0])
def test_saturation_headway_and_lost_time_of_krauss(speed_mps: float) -> None:
    found = crossings_s(queue(40, speed_mps=speed_mps), 40)
    headway_s = (found[-1] - found[20]) / 19
    assert headway_s == pytest.approx(1.0 + PLACE_M / speed_mps, rel=0.05)
    lost_s = found[-1] - 39 * headway_s
    assert lost_s == pytest.approx(speed_mps / (2 * 2.6) - 0.5 + 1.0 / speed_mps, abs=0.05 * found[-1] + 0.1)


def test_the_start_wave_runs_back_one_vehicle_a_second() -> None:
    twin = queue()
    moved = np.full(20, np.nan)
    for second in range(40):
        twin.step(GREEN)
        now = twin.vehicles()
        speed = np.zeros(20)
        speed[now.trip] = now.speed_mps
        moved[np.isnan(moved) & (speed > 0.1)] = second
    wave_mps = PLACE_M / np.polyfit(np.arange(20), moved, 1)[0]
    assert wave_mps == pytest.approx(PLACE_M / 1.0, rel=0.05)


def test_the_queue_grows_at_the_shock_waves_speed() -> None:
    n, every_s, speed_mps = 30, 3.0, 15.0
    plan = Road((1200.0, 100.0), speed_mps, signal_after=0)
    twin = Twin(road(plan), demand([Trip(every_s * i, (0, 1)) for i in range(n)]))
    stopped_s, stopped_m = np.full(n, np.nan), np.full(n, np.nan)
    for second in range(250):
        twin.step(RED)
        now = twin.vehicles()
        new = np.isnan(stopped_s[now.trip]) & (now.speed_mps < 0.1) & (now.position_m > 100.0)
        stopped_s[now.trip[new]] = second
        stopped_m[now.trip[new]] = now.position_m[new]
    assert np.isfinite(stopped_s).all()
    found_mps = -np.polyfit(stopped_s, stopped_m, 1)[0]
    assert found_mps == pytest.approx(PLACE_M / (every_s - PLACE_M / speed_mps), rel=0.05)


@pytest.mark.parametrize(
    ("model", "tau_s", "headway_s"),
    [
        (CarFollowing.KRAUSS, 1.0, 1.0 + PLACE_M / 10.0),
        (CarFollowing.CITYFLOW, 1.5, 1.5 + 5.0 / 10.0),
        (CarFollowing.IDM, 1.2, 1.2 + PLACE_M / 10.0),
    ],
)
def test_headway_behind_a_slow_leader(model: CarFollowing, tau_s: float, headway_s: float) -> None:
    kinds = [Kind(model, tau_s=tau_s, max_speed_mps=10.0), Kind(model, tau_s=tau_s)]
    trips = [Trip(2.5 * i, (0,), kind=int(i > 0)) for i in range(12)]
    twin = Twin(road(Road((4000.0,), 14.0)), demand(trips, kinds)).run(350)
    now = twin.vehicles()
    assert now.speed_mps == pytest.approx(10.0, rel=0.02)
    assert -np.diff(now.position_m).mean() / 10.0 == pytest.approx(headway_s, rel=0.05)
