"""The tests of one minute: evidence for each fault, what is learnt of good sensors, and what is found."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from citybrain.detect import health_limits as limit
from citybrain.detect.health_minutes import Minute
from citybrain.detect.health_state import Cause, Evidence, Known, Verdict
from citybrain.detect.health_views import View, city_share, missed_by_lane, missed_by_road
from citybrain.detect.neighbours import NONE

F64 = NDArray[np.float64]
U8 = NDArray[np.uint8]
Bool = NDArray[np.bool_]
BIN_S = limit.BIN_S
BIAS_EVIDENCE = limit.EVIDENCE + limit.STORE_VEHICLES * np.log(limit.RATIO_BAD / limit.RATIO_GOOD)


class Span(NamedTuple):
    """By how much a ratio may be off what is usual for it, and by how much it is off when a sensor is biased."""

    good: F64
    bad: F64


USUAL = Span(np.array(limit.RATIO_GOOD), np.array(limit.RATIO_BAD))


def burst(before: F64, minute: Minute) -> tuple[F64, Bool]:
    """Vehicles above what a lane carries, summed up, and whether that is beyond doubt."""
    carried = np.maximum(minute.reported_s, BIN_S) / limit.HEADWAY_MIN_S
    summed = np.clip(before + minute.vehicles - carried, 0.0, 2.0 * limit.BURST_VEHICLES)
    at_once = minute.vehicles >= np.maximum(minute.reported_s, BIN_S) * limit.CHATTER_COUNT / limit.CHATTER_S
    return summed, (summed >= limit.BURST_VEHICLES) | at_once


def doubted(known: Known, evidence: Evidence, minute: Minute, chatters: Bool) -> Bool:
    """Sensors that must not speak against others: they chatter, repeat themselves, or count suddenly far more."""
    rate = known.rate_now + (minute.vehicles - known.rate_now) / limit.RATE_NOW_MIN
    rise = _change(rate, known)
    found: Bool = chatters | (evidence.repeat > limit.REPEAT_DOUBT) | (rise > limit.RISE_DOUBT)
    return found


def gather(evidence: Evidence, known: Known, view: View, bursts: F64) -> Evidence:
    """The evidence with one minute more."""
    count, reported = view.minute.vehicles, view.reported
    full = view.minute.occupancy_frac >= limit.FULL_FRAC
    hit, none = reported & (count > 0), reported & (count == 0)
    lane, road = missed_by_lane(view), missed_by_road(view)
    still, locked = none & ~full, none & full
    learnt = known.lane >= limit.LEARN_MIN
    span = Span(
        np.where(learnt, limit.RATIO_GOOD, limit.LEARNING_GOOD), np.where(learnt, limit.RATIO_BAD, limit.LEARNING_BAD)
    )
    over, under = _ratio_tests((evidence.over, evidence.under), count, view.lane, view.ratio, span, reported)
    roads = _ratio_tests((evidence.over_road, evidence.under_road), count, view.road, view.road_ratio, USUAL, reported)
    over_city = _over_city(evidence.over_city, known, view)
    missing = view.fed & ~(view.minute.reported_s > 0)
    missed = city_share(known) * evidence.city_gap
    return Evidence(
        silent_s=np.where(view.minute.reported_s > 0, 0.0, evidence.silent_s + BIN_S * missing),
        gap_s=np.where(hit, 0.0, evidence.gap_s + BIN_S * none),
        quiet_s=np.where(hit, 0.0, evidence.quiet_s + BIN_S),
        missed_lane=np.where(hit, 0.0, evidence.missed_lane + lane * still),
        missed_road=np.where(hit, 0.0, evidence.missed_road + road * still),
        city_gap=np.where(hit, 0.0, evidence.city_gap + view.city * none),
        missing_s=np.where(hit, 0.0, evidence.missing_s + BIN_S * (missed >= limit.MISSING)),
        late_gap=np.where(hit, 0.0, evidence.late_gap + view.city * none * (evidence.missing_s >= limit.CLOSED_S)),
        locked_s=np.where(reported & ~locked, 0.0, evidence.locked_s + BIN_S * locked),
        locked_lane=np.where(reported & ~locked, 0.0, evidence.locked_lane + lane * locked),
        locked_road=np.where(reported & ~locked, 0.0, evidence.locked_road + road * locked),
        repeat=_repeat(evidence.repeat, known, view),
        burst=bursts,
        over=over,
        under=np.where(learnt, under, 0.0),
        over_road=roads[0],
        under_road=roads[1],
        over_city=over_city,
    )


def in_doubt(evidence: Evidence, known: Known) -> Bool:
    """Sensors better not used: what speaks against them is no chance, but may have another cause than a fault."""
    missed = np.maximum(evidence.missed_lane, evidence.missed_road)
    missed = np.maximum(missed, limit.MARGIN * city_share(known) * evidence.city_gap)
    found = np.maximum(missed, np.maximum(evidence.over, evidence.under)) >= limit.LEARN_DOUBT
    found |= (evidence.burst > 0) | (evidence.repeat > limit.REPEAT_DOUBT) | (evidence.locked_s >= limit.LOCKED_DOUBT_S)
    found |= _change(known.rate_now, known) > limit.RISE_DOUBT
    return np.asarray(found, np.bool_)


def excuse(evidence: Evidence, closed: Bool) -> Evidence:
    """No sensor is to blame for seeing nobody on a lane that is known to be closed."""
    names = (
        "gap_s",
        "quiet_s",
        "missed_lane",
        "missed_road",
        "city_gap",
        "locked_s",
        "locked_lane",
        "locked_road",
        "under",
    )
    return evidence._replace(**{name: np.where(closed, 0.0, getattr(evidence, name)) for name in names})


def find(evidence: Evidence, view: View, chatters: Bool, same_lane: NDArray[np.int32], known: Known) -> U8:
    """The Cause that the evidence speaks for, [n_sensors]; NONE where it is not enough."""
    lonely = view.lonely
    enough = limit.EVIDENCE + limit.STORE_VEHICLES
    by_lane = (evidence.missed_lane >= limit.EVIDENCE) & (evidence.gap_s >= limit.RED_MAX_S)
    no_hits = by_lane | _no_hits_beside(evidence, known, view)
    locked = (evidence.locked_lane >= enough) | (evidence.locked_s >= limit.LOCKED_BOTH_S)
    locked |= ~view.beside_full & (evidence.locked_s >= limit.LOCKED_S)
    silent = evidence.silent_s >= limit.SILENT_REPORTS * known.interval_s
    found = np.zeros(lonely.size, np.uint8)
    bias = _biased(evidence, known, view, same_lane)
    ghosts = lonely & (evidence.over_city >= limit.CITY_EVIDENCE)
    ghosts |= bias & (known.own_now > limit.GHOSTS * known.lane_now * view.ratio) & (known.own_now > limit.LEARN_MIN)
    for cause, mask in (
        (Cause.BIAS, bias),
        (Cause.SILENT, silent & ~np.isnan(evidence.silent_s)),
        (Cause.NO_HITS, no_hits),
        (Cause.LOCKED, locked),
        (Cause.REPEATS, evidence.repeat >= limit.EVIDENCE),
        (Cause.CHATTER, chatters | ghosts),
    ):
        found[mask] = cause
    return found


def learn(known: Known, evidence: Evidence, gap: F64, view: View, verdict: Verdict) -> Known:
    """What the minute says of sensors that nothing speaks against; `gap` is the city_gap before it."""
    doubt = np.maximum(evidence.missed_lane, evidence.repeat) >= limit.LEARN_DOUBT
    doubt |= np.maximum(evidence.over, evidence.under) >= limit.RATIO_DOUBT
    doubt |= evidence.over_city >= limit.LEARN_DOUBT
    good = view.reported & (verdict.cause == Cause.NONE) & (~doubt | (known.hits == 0))
    by_lane, by_road = good & ~np.isnan(view.lane), good & ~np.isnan(view.road)
    count = view.minute.vehicles
    own, lane = _fade(known.own, known.lane, count, view.lane, by_lane, limit.RATIO_MEMORY)
    own_road, road = _fade(known.own_road, known.road, count, view.road, by_road, limit.RATIO_MEMORY)
    keep = np.exp(-count / limit.LATELY)
    hit = good & (count > 0)  # what the city has seen since the last vehicle counts with the next one only
    own_city, city = _fade(known.own_city, known.city, count, gap + view.city, hit, limit.CITY_MEMORY)
    now = view.reported & ~np.isnan(view.lane)
    own_now, lane_now = _fade(known.own_now, known.lane_now, count, view.lane, now, limit.RATIO_NOW)
    report = view.minute.reported_s > 0
    fast, slow = view.reported / limit.RATE_NOW_MIN, (good & (known.minutes > 0)) / limit.RATE_MIN
    slow = np.maximum(slow, view.reported / (known.minutes + 1.0) * (known.minutes < limit.RATE_MIN))
    return Known(
        minutes=known.minutes + view.reported,
        hits=known.hits + np.where(view.reported, count, 0.0),
        interval_s=np.where(report, np.maximum(view.minute.reported_s, BIN_S), known.interval_s),
        last_count=np.where(report, count, known.last_count),
        last_frac=np.where(report, view.minute.occupancy_frac, known.last_frac),
        repeats=known.repeats + (good & _alike(known, view)),
        own=own,
        lane=lane,
        own_now=own_now,
        lane_now=lane_now,
        own_road=own_road,
        road=road,
        own_city=own_city,
        city=city,
        own_lately=np.where(view.reported, known.own_lately * keep + count, known.own_lately),
        city_lately=np.where(view.reported, known.city_lately * keep + view.city, known.city_lately),
        rate_now=known.rate_now + fast * (count - known.rate_now),
        rate=known.rate + slow * (count - known.rate),
        trend_now=known.trend_now + fast * (view.trend - known.trend_now),
        trend=known.trend + slow * (view.trend - known.trend),
    )


def symptom(verdict: Verdict, evidence: Evidence, known: Known, view: View, chatters: Bool) -> tuple[Bool, Bool]:
    """Of faulty sensors: whether the minute shows the fault again, and whether it shows health."""
    cause, hit = verdict.cause, view.reported & (view.minute.vehicles > 0)
    full = view.minute.occupancy_frac >= limit.FULL_FRAC
    alike = _alike(known, view)
    wander = np.abs(np.log((known.own_now + 1e-9) / (known.lane_now * view.ratio + 1e-9)))
    near = (wander < np.log(limit.RATIO_GOOD)) & (known.lane_now >= limit.RATIO_NOW / 2)
    most = limit.CITY_GOOD * np.maximum(city_share(known) * view.city, limit.RATE_FLOOR)
    far_above = np.where(view.lonely, known.rate_now > most, ~near)
    still_chatters = chatters | (evidence.burst > 0) | far_above
    again = np.select(
        [cause == c for c in (Cause.CHATTER, Cause.REPEATS, Cause.LOCKED, Cause.NO_HITS, Cause.SILENT, Cause.BIAS)],
        [
            still_chatters,
            (alike & view.reported) | view.minute.same_plate,
            full,
            view.reported & ~hit,
            ~view.reported,
            ~near,
        ],
        False,
    )
    shows = np.where(cause == Cause.SILENT, view.reported, hit) & ~again
    return np.asarray(again, np.bool_), np.asarray(shows, np.bool_)


def _no_hits_beside(evidence: Evidence, known: Known, view: View) -> Bool:
    """No hits where only the road around, or the city, can tell."""
    share = limit.MARGIN * city_share(known)
    by_road = evidence.missed_road >= limit.WAITED_EVIDENCE
    by_city = np.isnan(view.road) & (share * evidence.city_gap >= limit.WAITED_EVIDENCE)
    alone = view.lonely & (evidence.quiet_s >= limit.NO_HITS_S) & (by_road | by_city)
    found: Bool = alone | (share * evidence.late_gap >= limit.WAITED_EVIDENCE)
    return found


def _over_city(before: F64, known: Known, view: View) -> F64:
    """Cumulative sum of a Poisson number that is far above the sensor's share of the city's traffic."""
    usual = np.maximum(city_share(known) * view.city, limit.RATE_FLOOR / limit.CITY_GOOD)
    count = view.minute.vehicles
    more = count * np.log(limit.CITY_BAD / limit.CITY_GOOD) - (limit.CITY_BAD - limit.CITY_GOOD) * usual
    more = np.minimum(more, limit.CITY_EVIDENCE / limit.CITY_MINUTES)  # however much: an event may last an hour
    sure = view.reported & (known.city >= limit.CITY_PRIOR) & (known.minutes >= limit.MINUTES_A_DAY)
    return np.where(sure, np.maximum(before + more, 0.0), before)


def _alike(known: Known, view: View) -> Bool:
    """A report like the one before that is neither an empty road nor a standing queue."""
    count, frac = view.minute.vehicles, view.minute.occupancy_frac
    busy = (count > 0) | ((frac > 0) & (frac < limit.FULL_FRAC))
    same: Bool = (view.minute.reported_s > 0) & busy & (count == known.last_count) & (frac == known.last_frac)
    return same


def _repeat(before: F64, known: Known, view: View) -> F64:
    share = 1.5 * (known.repeats + limit.REPEAT_SHARE) / (known.minutes + 1.0)
    share = np.clip(share, limit.REPEAT_SHARE, limit.REPEAT_SHARE_MAX)
    report = (view.minute.reported_s > 0) | (view.minute.vehicles > 0)
    more = np.where(_alike(known, view), before - np.log(share), np.where(report, 0.0, before))
    return np.where(view.minute.same_plate, before + limit.SAME_PLATE, more)


def _ratio_tests(
    before: tuple[F64, F64], count: F64, other: F64, ratio: F64, span: Span, reported: Bool
) -> tuple[F64, F64]:
    """Two-sided cumulative sums of a binomial: of all vehicles that both saw, how many are this sensor's?"""
    tells = reported & ~np.isnan(other)
    seen = np.where(tells, np.nan_to_num(other), 0.0)
    own = np.where(tells, count, 0.0)
    found = []
    for sums, sign in zip(before, (1.0, -1.0), strict=True):
        good, bad = ratio * span.good**sign, ratio * span.bad**sign
        p, q = good / (1.0 + good), bad / (1.0 + bad)
        found.append(
            np.maximum(limit.RATIO_KEEP * sums + own * np.log(q / p) + seen * np.log((1.0 - q) / (1.0 - p)), 0.0)
        )
    return found[0], found[1]


def _biased(evidence: Evidence, known: Known, view: View, same_lane: NDArray[np.int32]) -> Bool:
    """Those beyond doubt.

    Of two on a lane that accuse each other it is the one that the road around accuses too, or whose own rate changed.
    Where no other of the lane can tell, the road must accuse more strongly, and the rate must have changed as well.
    """
    own = np.maximum(evidence.over, evidence.under)
    changed = np.abs(change(known))
    road = np.where(evidence.over > evidence.under, evidence.over_road, evidence.under_road)
    # A closed lane beside makes the others look too busy: the sensor must count more than it did itself, too.
    rise = np.log((known.rate_now + limit.RATE_FLOOR) / (known.rate + limit.RATE_FLOOR))
    alone = view.lonely & (evidence.over_road >= limit.ROAD_BIAS_EVIDENCE)
    alone &= np.minimum(changed, rise) > limit.JUMP_MIN
    candidate = (own >= BIAS_EVIDENCE) & ~view.faulty
    suspect = (own >= BIAS_EVIDENCE / 2) & ~view.faulty
    if not (candidate | alone).any():
        return np.zeros(own.size, np.bool_)
    score = np.minimum(road / limit.EVIDENCE, 1.0) + changed
    # Soon after a change nobody can tell whose it was, and a closed lane changes all: wait until one stands out.
    rival = (same_lane != NONE) & (~view.faulty & (known.hits > 0))[same_lane]
    beaten = (rival & (score[same_lane] + limit.LEAD_MIN > score[:, None])).any(axis=1)
    accused = suspect & ((same_lane != NONE) & candidate[same_lane]).any(axis=1)
    found: Bool = ((candidate | accused) & (changed > limit.JUMP_MIN) & ~beaten) | alone
    return found


def change(known: Known) -> F64:
    """Logarithm of a sensor's share of the city's traffic lately over that which it has learnt."""
    few = limit.LATELY_PRIOR
    found: F64 = np.log((known.own_lately + few) / (city_share(known) * known.city_lately + few))
    return found


def _change(rate_now: F64, known: Known) -> F64:
    """Logarithm of a sensor's change of rate over that of the traffic around."""
    floor = limit.RATE_FLOOR
    own, around = (rate_now + floor) / (known.rate + floor), (known.trend_now + floor) / (known.trend + floor)
    change: F64 = np.log(own / around)
    return change


def _fade(own: F64, other: F64, count: F64, seen: F64, chosen: Bool, memory: float) -> tuple[F64, F64]:
    """Sums of both with a memory in vehicles."""
    more = np.where(chosen, np.nan_to_num(seen), 0.0)
    keep = np.exp(-more / memory)
    return own * keep + np.where(chosen, count, 0.0), other * keep + more
