"""Traffic streams with closed forms, measured on the twin, and the published formulas to hold them against.

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

How a queue of IDM or CityFlow drivers starts has no closed form; `discharge_s` steps the published equations alone:
one lane, no tracks, no twin.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from _roads import Kind, Road, Trip, demand, road
from citybrain.city.builder import PhaseSpec
from citybrain.city.model import Colour
from citybrain.demand.model import CarFollowing
from citybrain.twin.twin import Twin

RED = np.array([Colour.RED], np.uint8)
GREEN = np.array([Colour.PROTECTED], np.uint8)
LINE_M = 600.0
PLACE_M = 7.5
F64 = NDArray[np.float64]
KINDS = {
    "Krauss": Kind(),
    "CityFlow": Kind(CarFollowing.CITYFLOW, tau_s=1.5),
    "IDM": Kind(CarFollowing.IDM, tau_s=1.2),
}


def queue(n: int = 20, kind: Kind | None = None, speed_mps: float = 15.0) -> Twin:
    """`n` vehicles that stand before a red light at the end of 600 m."""
    plan = Road((LINE_M, 900.0), speed_mps, signal_after=0, phases=[PhaseSpec(90.0, [Colour.RED])])
    twin = Twin(road(plan), demand([Trip(3.0 * i, (0, 1)) for i in range(n)], [kind or Kind()]))
    twin.step(RED, 3 * n + 150)
    return twin


def positions(twin: Twin, n: int) -> F64:
    """[n] metres from the start of link 0 by trip; nan where not in the network."""
    at = np.full(n, np.nan)
    now = twin.vehicles()
    start = np.where(now.lane == 0, 0.0, np.where(now.movement == 0, LINE_M, LINE_M + 5.0))
    at[now.trip] = now.position_m + start
    return at


def crossings_s(twin: Twin, n: int, seconds: int = 120) -> F64:
    """[n] seconds after green at which each front crosses the stop line, straight within a second."""
    crossed = np.full(n, np.nan)
    before = positions(twin, n)
    for second in range(seconds):
        twin.step(GREEN)
        after = positions(twin, n)
        new = (before < LINE_M) & (after >= LINE_M)
        crossed[new] = second + (LINE_M - before[new]) / (after[new] - before[new])
        before = after
    return crossed


def starts_s(twin: Twin, n: int, seconds: int = 60) -> F64:
    """[n] second after green in which each vehicle begins to move."""
    moved = np.full(n, np.nan)
    for second in range(seconds):
        twin.step(GREEN)
        now = twin.vehicles()
        speed = np.zeros(n)
        speed[now.trip] = now.speed_mps
        moved[np.isnan(moved) & (speed > 0.1)] = second
    return moved


def drive_s(distance_m: float, accel: float, speed: float) -> float:
    """Seconds from rest over a distance, in full seconds of one speed each."""
    at, k = 0.0, 0
    while True:
        k += 1
        v = min(k * accel, speed)
        if at + v >= distance_m:
            return k - 1 + (distance_m - at) / v
        at += v


def lost_s(crossed_s: F64, headway_s: float) -> float:
    """Start-up lost time: what the last crossing comes later than one headway for each vehicle ahead of it."""
    return float(crossed_s[-1] - (crossed_s.size - 1) * headway_s)


def krauss_lost_s(kind: Kind, speed_mps: float, gap_m: float = 1.0) -> float:
    """The closed form: the first vehicle gives away half its acceleration; half a second is the step's."""
    return speed_mps / (2.0 * kind.accel_mps2) - 0.5 + gap_m / speed_mps


def shock_mps(kind: Kind, every_s: float, n: int = 30, speed_mps: float = 15.0) -> float:
    """Speed at which the end of a queue runs upstream when a vehicle arrives every `every_s` seconds."""
    plan = Road((1200.0, 100.0), speed_mps, signal_after=0)
    twin = Twin(road(plan), demand([Trip(every_s * i, (0, 1)) for i in range(n)], [kind]))
    stopped_s, stopped_m = np.full(n, np.nan), np.full(n, np.nan)
    for second in range(round(every_s * n) + 160):
        twin.step(RED)
        now = twin.vehicles()
        new = np.isnan(stopped_s[now.trip]) & (now.speed_mps < 0.1) & (now.position_m > 100.0)
        stopped_s[now.trip[new]] = second
        stopped_m[now.trip[new]] = now.position_m[new]
    return -float(np.polyfit(stopped_s, stopped_m, 1)[0])


def shock_form_mps(every_s: float, place_m: float = PLACE_M, speed_mps: float = 15.0) -> float:
    return place_m / (every_s - place_m / speed_mps)


def headway_s(kind: Kind, speed_mps: float = 10.0) -> tuple[float, float]:
    """(seconds between vehicles behind a slow leader, those of the closed form)."""
    kinds = [Kind(**{**vars(kind), "max_speed_mps": speed_mps}), kind]
    trips = [Trip(2.5 * i, (0,), kind=int(i > 0)) for i in range(12)]
    twin = Twin(road(Road((4000.0,), 14.0)), demand(trips, kinds)).run(350)
    now = twin.vehicles()
    if not np.allclose(now.speed_mps, speed_mps, rtol=0.02):
        return float("nan"), speed_mps
    own_m = kind.length_m + (0.0 if kind.model == CarFollowing.CITYFLOW else kind.min_gap_m)
    return float(-np.diff(now.position_m).mean() / speed_mps), kind.tau_s + own_m / speed_mps


def discharge_s(kind: Kind, at_m: F64, speed_mps: float = 15.0, seconds: int = 140) -> F64:
    """[n] seconds after green at which vehicles that stand at `at_m` cross `LINE_M`, by the published equations."""
    at, v = at_m.astype(np.float64).copy(), np.zeros(at_m.size)
    crossed = np.full(at.size, np.nan)
    for second in range(seconds):
        new = np.minimum(v + kind.accel_mps2, speed_mps)
        for i in range(1, at.size):
            gap_m = at[i - 1] - kind.length_m - at[i]
            free = max(new[i], 0.0)
            new[i] = min(
                free, max(SAFE[kind.model](kind, gap_m, v[i], v[i - 1]), v[i] - kind.emergency_decel_mps2, 0.0)
            )
        step = 0.5 * (v + new) if kind.model == CarFollowing.CITYFLOW else new
        passed = (at < LINE_M) & (at + step >= LINE_M)
        crossed[passed] = second + (LINE_M - at[passed]) / step[passed]
        at, v = at + step, new
    return crossed


def _krauss(kind: Kind, gap_m: float, _v: float, lead: float) -> float:
    """Greatest speed v of which v tau + (v - b) + (v - 2 b) + ... fits into gap + the leader's own such sum."""
    b = kind.decel_mps2
    room = gap_m - kind.min_gap_m + _sum(lead, b)
    low, high = 0.0, 100.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if middle * kind.tau_s + _sum(middle, b) <= room else (low, middle)
    return low


def _sum(v: float, b: float) -> float:
    """(v - b) + (v - 2 b) + ... as long as it is positive."""
    n = int(v / b)
    return n * v - b * n * (n + 1) / 2


def _cityflow(kind: Kind, gap_m: float, v: float, lead: float) -> float:
    """Zhang et al. (2019): no collision if the leader brakes to a standstill, nor within the step; then the headway."""
    b, s0 = kind.decel_mps2, kind.min_gap_m
    c = 0.5 * v + s0 - 0.5 * lead * lead / b - gap_m
    root = 0.25 - 2.0 * c / b
    if root < 0.0:
        return 0.0
    safe = min(b * (sqrt(root) - 0.5), 2.0 * lead - b + 2.0 * (gap_m - s0))
    return min(safe, (gap_m + lead + 0.5 * max(0.0, v - lead) - 0.5 * v) / (kind.tau_s + 0.5))


def _idm(kind: Kind, gap_m: float, v: float, lead: float) -> float:
    """Treiber et al. (2000), interaction term alone."""
    a, b = kind.accel_mps2, kind.decel_mps2
    wish = kind.min_gap_m + max(0.0, v * kind.tau_s + v * (v - lead) / (2.0 * sqrt(a * b)))
    return v + a * (1.0 - (wish / max(gap_m, 0.1)) ** 2)


SAFE = {CarFollowing.KRAUSS: _krauss, CarFollowing.CITYFLOW: _cityflow, CarFollowing.IDM: _idm}
