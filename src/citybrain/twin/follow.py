"""Car-following formulas: how fast may a vehicle drive, given the gap and the speed of what is ahead.

All speeds are those at the end of a 1 s step. Sources: Krauss (1998), in the discrete form that SUMO documents
("exact" Euler braking); Zhang et al. (2019), CityFlow; Treiber, Hennecke and Helbing (2000), IDM.
"""

from __future__ import annotations

from math import floor, sqrt

from citybrain.twin.arrays import Kind
from citybrain.twin.jit import inlined, kernel

KRAUSS = 0
CITYFLOW = 1
IDM = 2


@inlined
def brake_gap(speed: float, decel: float) -> float:
    """Distance driven while braking by `decel` at each full second, the first second included."""
    n = floor(speed / decel)
    return n * speed - decel * n * (n + 1.0) * 0.5


@inlined
def brake_distance(y: Kind, speed: float, decel: float) -> float:
    """Least distance to a standstill: steps of constant speed; for trapezoidal motion full seconds of `decel`.

    CityFlow's last second ends as soon as comfortable braking gets to a standstill (see `step_length`).
    """
    if y.model == CITYFLOW:
        n = floor(speed / decel)
        rest = speed - n * decel
        return n * (speed - 0.5 * n * decel) + min(0.5 * rest, rest * rest / (2.0 * y.decel))
    return brake_gap(speed, decel)


@inlined
def stop_speed_krauss(gap: float, decel: float, tau: float) -> float:
    """Greatest speed from which a vehicle still stops within `gap` after reacting for `tau` seconds.

    Driving v for tau and then v-b, v-2b, ... for 1 s each covers, at v = nb, h(n) = n b tau + b n (n-1) / 2; n is
    the largest count with h(n) <= gap and what remains of the gap is spread over the n + tau seconds.
    """
    if gap <= 0.0:
        return 0.0
    half = tau - 0.5
    n = floor(sqrt(half * half + 2.0 * gap / decel) - half)
    h = n * decel * (tau + 0.5 * (n - 1.0))
    return n * decel + (gap - h) / (n + tau)


@inlined
def follow_krauss(gap: float, speed_lead: float, decel: float, decel_lead: float, tau: float) -> float:
    """As `stop_speed_krauss`, with the leader's own braking distance added to the gap."""
    return stop_speed_krauss(gap + brake_gap(speed_lead, max(decel, decel_lead)), decel, tau)


@kernel
def follow_cityflow(y: Kind, gap: float, speed: float, lead: float) -> float:
    """Least of the collision-free, the safe-distance and the headway-limited speed (1 s step, trapezoidal motion)."""
    decel = y.decel
    need = y.gap
    space = gap + need + lead * lead / (2.0 * decel) - 0.5 * speed
    root = 0.25 + 2.0 * (space - need) / decel
    if root < 0.25:
        return 0.0
    safe = decel * (sqrt(root) - 0.5)
    safe = min(safe, 2.0 * lead - decel + 2.0 * gap)
    closing = max(0.0, speed - lead)
    headway = (gap + need + lead + 0.5 * closing - 0.5 * speed) / (y.tau + 0.5)
    return max(0.0, min(safe, headway))


@kernel
def follow_idm(y: Kind, gap: float, speed: float, lead: float) -> float:
    """Intelligent driver model without its free-road term (that is the desired speed's business)."""
    accel = y.accel
    space = max(gap + y.gap, 0.1)
    desired = y.gap + max(0.0, speed * y.tau + speed * (speed - lead) / (2.0 * sqrt(accel * y.decel)))
    ratio = desired / space
    return max(0.0, speed + accel * (1.0 - ratio * ratio))


@kernel
def follow_speed(y: Kind, gap: float, speed: float, lead: float, decel_lead: float) -> float:
    """Greatest speed behind a leader; `gap` is bumper to bumper less the vehicle's own minimum gap."""
    model = y.model
    if model == CITYFLOW:
        return follow_cityflow(y, gap, speed, lead)
    if model == IDM:
        return follow_idm(y, gap, speed, lead)
    return follow_krauss(gap, lead, y.decel, decel_lead, y.tau)


@kernel
def stop_speed(y: Kind, gap: float, speed: float) -> float:
    """Greatest speed from which the vehicle still stops within `gap` (a stop line: no minimum gap is kept)."""
    model = y.model
    decel = y.decel
    if model == CITYFLOW:
        root = 0.25 + 2.0 * (gap - 0.5 * speed) / decel
        return decel * (sqrt(root) - 0.5) if root > 0.25 else 0.0
    if model == IDM:
        return follow_idm(y, gap - y.gap + 0.5, speed, 0.0)
    return stop_speed_krauss(gap, decel, y.tau)


@inlined
def slow_to(limit: float, gap: float, decel: float) -> float:
    """Greatest speed from which braking by `decel` reaches `limit` after `gap` (one second of reaction)."""
    if gap <= 0.0:
        return limit
    return max(limit, sqrt(decel * decel + limit * limit + 2.0 * decel * gap) - decel)


@inlined
def slow_to_cityflow(limit: float, gap: float, speed: float, decel: float) -> float:
    """As `slow_to` for trapezoidal motion, where this second is driven at the mean of old and new speed."""
    room = 0.25 * decel * decel + limit * limit + decel * (2.0 * gap - speed)
    return max(limit, sqrt(room) - 0.5 * decel) if room > 0.0 else limit


@inlined
def look_distance(y: Kind, speed: float) -> float:
    """Beyond this distance nothing can bind a vehicle at `speed` in this step."""
    return speed * (1.0 + y.tau) + speed * speed / (2.0 * y.decel) + y.stop + 1.0


@inlined
def random_unit(seed: int, veh: int, step: int) -> float:
    """Uniform number in [0, 1) that depends on nothing but its arguments (32-bit finaliser of MurmurHash3)."""
    h = (veh * 0x9E3779B1 + step * 0x85EBCA77 + seed * 0xC2B2AE3D) & 0xFFFFFFFF
    h ^= h >> 16
    h = (h * 0x85EBCA6B) & 0xFFFFFFFF
    h ^= h >> 13
    h = (h * 0xC2B2AE35) & 0xFFFFFFFF
    h ^= h >> 16
    return h * (1.0 / 4294967296.0)


@inlined
def next_speed(y: Kind, speed: float, want: float, cap: float) -> float:
    """Speed before imperfection: accelerate towards `want`, obey `cap`, brake no harder than physics allows."""
    fast = min(speed + y.accel, want)
    if fast < speed:  # the limit fell: slow down comfortably
        fast = max(fast, speed - y.decel)
    low = max(0.0, speed - y.hard)
    return max(low, min(fast, cap))


@inlined
def dawdle(sigma: float, accel: float, speed: float, chance: float) -> float:
    """Krauss' imperfection: give away up to sigma of one second's acceleration."""
    return max(0.0, speed - sigma * chance * min(speed, accel))
