"""Vehicles that report under their own name: buses and trams with their lateness, emergency vehicles on a call.

Their positions are brought onto links as those of probes are. What a second of each is worth follows from what it is:
a bus or tram by how late it is, an emergency vehicle much, as long as no more of them are on a call at a time, and no
more calls begin in an hour, than the city says. A forged or broken source must not be able to stop the city: whoever
is beyond the limits counts as a car, and is counted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from citybrain.demand.worth import EMERGENCY_WORTH, late_worth
from citybrain.estimate.match_model import MatchMap
from citybrain.estimate.match_state import MatchState
from citybrain.estimate.matching import match
from citybrain.ingest.identity import text_keys
from citybrain.records.claims import Claims
from citybrain.records.fixes import Fixes
from citybrain.records.observations import EmergencyPositions, Observations, Probes, Quality, TransitPositions

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
Bool = NDArray[np.bool_]

GAP_S, GAP_MAX_S = 10.0, 60.0  # between two reports of a vehicle: before any two have come, and at most
SILENT_GAPS, SILENT_S = 2.5, 5.0  # who is silent for so many of its gaps and so long on top is no longer under way
HOUR_S = 3600.0
GRANTED, REFUSED = 0, 1
CALL = np.uint64(0xCA11)  # tells an emergency vehicle from a bus of the same name


@dataclass(frozen=True)
class FleetLimits:
    """How much right of way there is to be had."""

    urgent_max: int = 20  # emergency vehicles at a time
    calls_per_hour: int = 120


@dataclass(frozen=True, eq=False)
class Fleet:
    """Who is under way; arrays [n] by `key`."""

    key: U64
    time_s: F64  # of the last report
    gap_s: F64  # between the last two
    link: I32  # -1 = near none
    position_m: F64
    speed_mps: F64
    weight: F64
    urgent: Bool
    calls_s: F64  # when calls of the last hour began [n_calls]
    counts: I64  # calls so far, by GRANTED and REFUSED [2]


def no_fleet() -> Fleet:
    """Nobody has reported yet."""
    real = np.zeros(0)
    none = np.zeros(0, np.uint64), real, real, np.zeros(0, np.int32), real, real, real, np.zeros(0, np.bool_)
    return Fleet(*none, real, np.zeros(2, np.int64))


def follow(city: MatchMap, state: MatchState, fleet: Fleet, seen: Observations, limits: FleetLimits) -> Fleet:
    """The fleet after what has become available up to `seen.time_s`; `state` is its memory of the matching alone.

    Reports marked stale and those not later than the last one of their vehicle count for nothing.
    """
    fleet = _silent_gone(fleet, seen.time_s)
    lines, calls = _good(seen.transit), _good(seen.emergency)
    if not lines.any() and not calls.any():
        return fleet
    line, call = text_keys(seen.transit.vehicle[lines]), text_keys(seen.emergency.vehicle[calls]) ^ CALL
    fixes = match(city, state, _positions((seen.transit, lines, line), (seen.emergency, calls, call)))
    late_s = _newest(line, seen.transit.time_s[lines], seen.transit.delay_s[lines].astype(np.float64))
    fleet = _met(fleet, np.unique(fixes.vehicle), call, seen.time_s, limits)
    return _weighed(_moved(fleet, fixes), late_s)


def claims(fleet: Fleet) -> Claims:
    """Those whose time is worth more than a car's."""
    row = np.flatnonzero((fleet.weight > 1.0) & (fleet.link >= 0))
    where = fleet.key[row], fleet.link[row], fleet.position_m[row], fleet.speed_mps[row], fleet.time_s[row]
    return Claims(*where, fleet.weight[row], fleet.urgent[row])


def counted(fleet: Fleet) -> dict[str, int]:
    """Vehicles under way, and emergency calls by what became of them."""
    granted, refused = fleet.counts.tolist()
    return {"fleet": int(fleet.key.size), "calls": granted, "calls_refused": refused}


def _good(rows: TransitPositions | EmergencyPositions) -> Bool:
    return np.asarray((rows.quality < Quality.STALE) & np.isfinite(rows.time_s))


def _positions(*parts: tuple[TransitPositions | EmergencyPositions, Bool, U64]) -> Probes:
    names = ("time_s", "received_s", "x_m", "y_m", "speed_mps", "quality")
    columns = {name: np.concatenate([getattr(rows, name)[good] for rows, good, _ in parts]) for name in names}
    columns["speed_mps"] = np.nan_to_num(columns["speed_mps"])
    return Probes(vehicle=np.concatenate([key for *_, key in parts]), **columns)


def _newest(key: U64, time_s: F64, value: F64) -> tuple[U64, F64]:
    """Of each key that there is, the value of its last row."""
    order = np.lexsort((time_s, key))
    last = np.append(np.diff(key[order]) != 0, True) if order.size else np.zeros(0, np.bool_)
    return key[order][last], value[order][last]


def _silent_gone(fleet: Fleet, now_s: float) -> Fleet:
    stays = now_s - fleet.time_s <= SILENT_GAPS * fleet.gap_s + SILENT_S
    calls_s = fleet.calls_s[fleet.calls_s > now_s - HOUR_S]
    if stays.all():
        return replace(fleet, calls_s=calls_s)
    names = ("key", "time_s", "gap_s", "link", "position_m", "speed_mps", "weight", "urgent")
    return replace(fleet, calls_s=calls_s, **{name: getattr(fleet, name)[stays] for name in names})


def _met(fleet: Fleet, key: U64, call: U64, now_s: float, limits: FleetLimits) -> Fleet:
    """The fleet with those who were not in it; an emergency vehicle begins a call, which is granted or not."""
    new = np.setdiff1d(key, fleet.key)
    if new.size == 0:
        return fleet
    asks = np.isin(new, call)
    room = min(limits.urgent_max - int(fleet.urgent.sum()), limits.calls_per_hour - fleet.calls_s.size)
    granted = asks & (np.cumsum(asks) <= room)
    at = np.searchsorted(fleet.key, new)
    counts = fleet.counts + np.array([granted.sum(), (asks & ~granted).sum()])
    return Fleet(
        key=np.insert(fleet.key, at, new),
        time_s=np.insert(fleet.time_s, at, -np.inf),
        gap_s=np.insert(fleet.gap_s, at, GAP_S),
        link=np.insert(fleet.link, at, -1).astype(np.int32),
        position_m=np.insert(fleet.position_m, at, 0.0),
        speed_mps=np.insert(fleet.speed_mps, at, 0.0),
        weight=np.insert(fleet.weight, at, np.where(granted, EMERGENCY_WORTH, 1.0)),
        urgent=np.insert(fleet.urgent, at, granted),
        calls_s=np.append(fleet.calls_s, np.full(int(granted.sum()), now_s)),
        counts=counts,
    )


def _moved(fleet: Fleet, fixes: Fixes) -> Fleet:
    """Everybody at the last place that is known; fixes come in the order of time."""
    row = np.searchsorted(fleet.key, fixes.vehicle)
    time_s, gap_s, link = fleet.time_s.copy(), fleet.gap_s.copy(), fleet.link.copy()
    position_m, speed_mps = fleet.position_m.copy(), fleet.speed_mps.copy()
    for i, at in enumerate(row.tolist()):
        gap = fixes.time_s[i] - time_s[at]
        if 0.0 < gap < np.inf:
            gap_s[at] = min(gap, GAP_MAX_S)
        time_s[at], link[at] = fixes.time_s[i], fixes.link[i]
        position_m[at], speed_mps[at] = np.nan_to_num(fixes.position_m[i]), fixes.speed_mps[i]
    return replace(fleet, time_s=time_s, gap_s=gap_s, link=link, position_m=position_m, speed_mps=speed_mps)


def _weighed(fleet: Fleet, late: tuple[U64, F64]) -> Fleet:
    """Buses and trams by the lateness that they told last."""
    key, late_s = late
    known = np.isin(key, fleet.key)
    weight = fleet.weight.copy()
    weight[np.searchsorted(fleet.key, key[known])] = late_worth(late_s[known])
    return replace(fleet, weight=weight)
