"""What the others say of each sensor's minute."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from citybrain.detect.health_limits import (
    BIN_S,
    CITY_PRIOR,
    COLD_HITS,
    COLD_RATIO,
    FEED_SHARE,
    FULL_FRAC,
    MARGIN,
    UNDER_WITNESS,
    WITNESS_FACTOR,
    WITNESS_FLOOR,
)
from citybrain.detect.health_minutes import Minute
from citybrain.detect.health_state import Cause, Known, Verdict
from citybrain.detect.neighbours import Neighbours

F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]


class View(NamedTuple):
    """A minute with its surroundings; all [n_sensors], nan where nobody can tell."""

    minute: Minute
    reported: Bool
    fed: Bool  # a detector whose feed brings others: a missing report is its own
    lane: F64  # vehicles, mean of the lane's other trusted sensors
    lane_usual: F64  # the same, none of them heard with more than is usual for it
    road: F64  # mean of the trusted sensors around
    city: float  # mean of all trusted sensors
    trend: F64  # `road`, or the mean of the city where there is none
    ratio: F64  # of its own count to `lane`, as learnt
    road_ratio: F64
    lonely: Bool  # no sensor of its lane is to be trusted, not only silent for a minute
    faulty: Bool  # found so before
    beside_full: Bool  # one that is occupied throughout as well: a queue stands there


def look(minute: Minute, near: Neighbours, known: Known, verdict: Verdict, doubted: Bool) -> View:
    """The surroundings of every sensor; those found faulty, or in doubt just now, have no say."""
    reported, fed = _reported(minute, near, known, verdict)
    trusted = reported & (verdict.cause == Cause.NONE) & ~doubted & (known.hits > 0)
    lane = _others(minute.vehicles, trusted, near.same_lane)
    usual = np.minimum(minute.vehicles, WITNESS_FACTOR * known.rate + WITNESS_FLOOR)
    under = reported & (verdict.cause == Cause.BIAS) & (known.own_now * known.lane < known.own * known.lane_now)
    lane_usual = _others(np.where(under, UNDER_WITNESS * usual, usual), trusted | under, near.same_lane)
    road = _others(minute.vehicles, trusted, near.road)
    city = float(minute.vehicles[trusted].mean()) if trusted.any() else 0.0
    trend = np.where(np.isnan(road), city, road)
    cold = known.hits < COLD_HITS
    ratio = np.where(cold, np.minimum(known.own / known.lane, COLD_RATIO), known.own / known.lane)
    fellow = (verdict.cause == Cause.NONE) & (known.hits > 0)
    beside = (near.same_lane >= 0) & fellow[near.same_lane]
    full = minute.occupancy_frac >= FULL_FRAC
    lonely, beside_full = ~beside.any(axis=1), (beside & full[near.same_lane]).any(axis=1)
    ratios = (ratio, known.own_road / known.road)
    return View(
        minute,
        reported,
        fed,
        lane,
        lane_usual,
        road,
        city,
        trend,
        *ratios,
        lonely,
        verdict.cause != Cause.NONE,
        beside_full,
    )


def missed_by_lane(view: View) -> F64:
    """Evidence that lies in what the lane's others saw and this sensor did not; 0 where nobody can tell.

    Each vehicle of theirs would have been seen with the chance MARGIN * ratio, so it is missed with the rest.
    """
    chance = MARGIN * np.minimum(view.ratio, 1.0)
    missed: F64 = np.nan_to_num(-np.log1p(-chance) * view.lane_usual)
    return missed


def missed_by_road(view: View) -> F64:
    """The same by the sensors around: as of a Poisson number of vehicles that did not come."""
    missed: F64 = MARGIN * np.nan_to_num(view.road_ratio * view.road)
    return missed


def city_share(known: Known) -> F64:
    """Vehicles of a sensor for each that a mean sensor of the city sees; low while little is known."""
    share: F64 = known.own_city / (known.city + CITY_PRIOR)
    return share


def _reported(minute: Minute, near: Neighbours, known: Known, verdict: Verdict) -> tuple[Bool, Bool]:
    """Who reported. A camera does when cameras do at all: it has nothing to say of an empty road."""
    camera_feed = bool(np.any(minute.vehicles[near.is_camera] > 0))
    reported = np.where(near.is_camera, camera_feed, minute.reported_s > 0)
    alive = ~near.is_camera & (verdict.cause != Cause.SILENT) & np.isfinite(verdict.last_s)
    late = minute.end_s - verdict.last_s > known.interval_s + BIN_S
    feed = bool(alive.any()) and float(np.mean(late[alive])) < 1.0 - FEED_SHARE
    return reported, ~near.is_camera & feed


def _others(count: F64, trusted: Bool, rows: NDArray[np.int32]) -> F64:
    """Mean count of the trusted sensors in each row of numbers; nan where there is none."""
    valid = (rows >= 0) & trusted[rows]
    values = count[rows]
    n = valid.sum(axis=1)
    total = np.where(valid, values, 0.0).sum(axis=1)
    mean: F64 = np.divide(total, n, out=np.full(n.size, np.nan), where=n > 0)
    return mean
