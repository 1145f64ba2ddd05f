"""What probes did since the beat before, brought onto links and turns; which trips began and which have ended.

A probe reports every so often: its trip began, on average, half a period before its first report, and ended half a
period after its last one. That it has ended shows only when it stays silent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from citybrain.estimate.area_layout import EXIT, AreaLayout
from citybrain.records.fixes import Fixes

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

SILENT_PERIODS = 2.5  # a probe silent for so long, and for the delay of its reports, has ended its trip
PERIOD_S = 10.0  # assumed before any two reports of one probe have come
PERIOD_MAX_S = 120.0  # a longer gap is a loss, not a period
PLACES = 100.0  # trips that the mean places of beginnings and ends look back on
PERIOD_WEIGHT = 500.0  # gaps that the mean period looks back on
LIVE_MAX = 1_000_000  # probes remembered at a time; the longest silent ones are forgotten beyond


@dataclass(frozen=True, eq=False)
class Tracks:
    """Probes under way; arrays [n_live] by vehicle."""

    vehicle: NDArray[np.uint64]
    last_s: F64
    link: I32
    at_share: F64  # of its link, behind it
    rest_share: F64  # of its link, that it drives on in half a period at the speed reported
    passed: Bool  # has crossed a stop line under a camera
    period_s: float  # mean gap between two reports
    gaps: float  # that it is the mean of
    delay_s: float  # mean time from a fix to its beat
    begin_at: float = 0.1  # mean place where trips begin on links within the city, as a share of the link
    end_at: float = 0.9  # where they end


class Steps(NamedTuple):
    """Sums over the probes since the beat before; links [n_links], turns [n_turns]."""

    spent_s: F64
    drive_s: F64  # the time that the driven metres take without traffic
    free_s: F64  # the same, the ways through junctions included
    turn: F64  # probes that drove it
    begin: F64
    end: F64
    fixes: F64
    passes: float  # over stop lines under cameras
    passers: float  # probes among them that did so for the first time


def no_tracks() -> Tracks:
    """Nobody under way."""
    none = np.zeros(0)
    return Tracks(
        none.astype(np.uint64), none, none.astype(np.int32), none, none, none.astype(np.bool_), PERIOD_S, 20.0, PERIOD_S
    )


@njit(cache=True, nogil=True)
def _drive(layout: Any, rows: Any, way: Any, covered: Bool, sums: Any, passes: I32) -> None:
    """Book the way of each fix: time and distance on its links, the turns between them, the cameras passed."""
    turn_offset, turn_to, length_m, drive_s, free_s = layout
    last_s, time_s, last_m, at_m = rows
    offset, link = way
    spent, driven, free, turn = sums
    for i in range(time_s.size):
        first, end = offset[i], offset[i + 1]
        if np.isnan(last_s[i]) or end <= first or link[end - 1] < 0:
            continue
        total = 0.0
        for k in range(first, end):
            low = last_m[i] if k == first else 0.0
            high = at_m[i] if k == end - 1 else length_m[link[k]]
            total += max(high - low, 0.0) / length_m[link[k]] * free_s[link[k]] + 1e-3
        for k in range(first, end):
            a = link[k]
            low = last_m[i] if k == first else 0.0
            high = at_m[i] if k == end - 1 else length_m[a]
            # Backwards too: positions err, and a probe that stands would gain ground with every error forwards.
            share = (high - low) / length_m[a]
            spent[a] += (max(share, 0.0) * free_s[a] + 1e-3) / total * (time_s[i] - last_s[i])
            driven[a] += share * drive_s[a]
            free[a] += share * free_s[a]
            if k < end - 1:
                for t in range(turn_offset[a], turn_offset[a + 1]):
                    if turn_to[t] == link[k + 1]:
                        turn[t] += 1.0
                        passes[i] += covered[t]


def _no_steps(layout: AreaLayout) -> Steps:
    a, b, c, d, e, f = (np.zeros(layout.n_links) for _ in range(6))
    return Steps(a, b, c, np.zeros(layout.turn_to.size), d, e, f, 0.0, 0.0)


def follow(layout: AreaLayout, tracks: Tracks, fixes: Fixes, now_s: float, covered: Bool) -> tuple[Tracks, Steps]:
    """Tracks and sums after the fixes of a beat at `now_s`; `covered` [n_turns] are the turns under live cameras.

    Fixes that are not newer than the last one of their vehicle (doubles, late ones) count for nothing.
    """
    keep, row, tracks = _admit(tracks, fixes)
    steps = _no_steps(layout)
    passes = np.zeros(keep.size, np.int32)
    _book(layout, fixes, keep, covered, steps, passes)  # of nobody, too: it is compiled before there is somebody
    if keep.size:
        time_s = fixes.time_s[keep]
        tracks = _period(tracks, time_s - fixes.last_time_s[keep], now_s - time_s)
    new = np.isinf(tracks.last_s[row])
    _begin(layout, steps, tracks.period_s, (fixes.link[keep], fixes.position_m[keep]), new)
    tracks = _begin_place(layout, tracks, fixes, keep[new])
    tracks, first = _advance(layout, tracks, row, (fixes, keep), passes > 0)
    steps = steps._replace(passes=float(passes.sum()), passers=float(first))
    return _retire(layout, tracks, steps, now_s)


def _book(layout: AreaLayout, fixes: Fixes, keep: I64, covered: Bool, steps: Steps, passes: I32) -> None:
    """Book the ways of the rows `keep` of the fixes into the sums of `steps`."""
    size = np.diff(fixes.way_offset)[keep]
    way_offset = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    at = np.repeat(fixes.way_offset[keep] - way_offset[:-1], size) + np.arange(way_offset[-1])
    last_m, at_m = fixes.last_position_m[keep].astype(np.float64), fixes.position_m[keep].astype(np.float64)
    rows = (fixes.last_time_s[keep], fixes.time_s[keep], last_m, at_m)
    constants = (layout.turn_offset, layout.turn_to, layout.length_m, layout.drive_s, layout.free_s)
    sums = (steps.spent_s, steps.drive_s, steps.free_s, steps.turn)
    _drive(constants, rows, (way_offset, fixes.way_link[at].astype(np.int32)), covered, sums, passes)


def _admit(tracks: Tracks, fixes: Fixes) -> tuple[I64, I64, Tracks]:
    """Rows of the fixes that count, their rows among the tracks, and the tracks with all vehicles of the fixes."""
    new = np.setdiff1d(fixes.vehicle, tracks.vehicle)
    if new.size:
        at = np.searchsorted(tracks.vehicle, new)
        tracks = replace(
            tracks,
            vehicle=np.insert(tracks.vehicle, at, new),
            last_s=np.insert(tracks.last_s, at, -np.inf),
            link=np.insert(tracks.link, at, -1).astype(np.int32),
            at_share=np.insert(tracks.at_share, at, 0.0),
            rest_share=np.insert(tracks.rest_share, at, 0.0),
            passed=np.insert(tracks.passed, at, False),
        )
    row = np.searchsorted(tracks.vehicle, fixes.vehicle)
    order = np.lexsort((fixes.time_s, fixes.vehicle))
    before = np.full(order.size, -np.inf)
    same = np.diff(row[order], prepend=-1) == 0
    before[1:] = np.where(same[1:], fixes.time_s[order][:-1], -np.inf)
    fresh = fixes.time_s[order] > np.maximum(before, tracks.last_s[row[order]])
    keep = order[fresh]
    return keep, row[keep], tracks


def _period(tracks: Tracks, gap_s: F64, delay_s: F64) -> Tracks:
    """Learn how often probes report and how late."""
    gap_s = gap_s[(gap_s > 0.0) & (gap_s <= PERIOD_MAX_S)]
    weight = min(tracks.gaps + gap_s.size, PERIOD_WEIGHT)
    share = min(gap_s.size / weight, 1.0)
    period_s = tracks.period_s + share * (gap_s.mean() - tracks.period_s) if gap_s.size else tracks.period_s
    late_s = tracks.delay_s + min(delay_s.size / PERIOD_WEIGHT, 1.0) * (delay_s.mean() - tracks.delay_s)
    return replace(tracks, period_s=float(period_s), gaps=weight, delay_s=float(late_s))


def _begin_place(layout: AreaLayout, tracks: Tracks, fixes: Fixes, rows: I64) -> Tracks:
    """Learn where along a link trips begin: at their first fix, less what is driven in half a period."""
    rows = rows[fixes.link[rows] >= 0]
    rows = rows[~layout.origin[fixes.link[rows]]]
    at_m = np.maximum(fixes.position_m[rows] - 0.5 * tracks.period_s * fixes.speed_mps[rows], 0.0)
    share = np.minimum(at_m / layout.length_m[fixes.link[rows]], 1.0)
    return replace(tracks, begin_at=tracks.begin_at + float(np.sum(share - tracks.begin_at)) / (PLACES + rows.size))


def _begin(layout: AreaLayout, steps: Steps, period_s: float, fix: tuple[I32, NDArray[np.float32]], new: Bool) -> None:
    """Book fixes, and trips that began."""
    link, at_m = fix
    known = link >= 0
    np.add.at(steps.fixes, link[known], 1.0)
    link, at_m = link[known & new], at_m[known & new]
    np.add.at(steps.begin, link, 1.0)
    np.add.at(steps.spent_s, link, 0.5 * period_s)
    share, most = at_m / layout.length_m[link], period_s / layout.drive_s[link]
    share = np.where(share < most, share, 0.5 * most)  # too far for a start from the link's begin: it began on its way
    np.add.at(steps.drive_s, link, share * layout.drive_s[link])
    np.add.at(steps.free_s, link, share * layout.free_s[link])


def _advance(layout: AreaLayout, tracks: Tracks, row: I64, news: tuple[Fixes, I64], passes: Bool) -> tuple[Tracks, int]:
    """Tracks at their newest fixes, and how many passed their first camera."""
    fixes, keep = news
    last_s, link = tracks.last_s.copy(), tracks.link.copy()
    at, rest, passed = tracks.at_share.copy(), tracks.rest_share.copy(), tracks.passed.copy()
    last_s[row] = fixes.time_s[keep]  # rows of one vehicle come in the order of time
    link[row] = fixes.link[keep]
    length_m = layout.length_m[fixes.link[keep]]
    ahead_m = np.minimum(0.5 * tracks.period_s * fixes.speed_mps[keep], length_m - fixes.position_m[keep])
    rest[row] = np.maximum(ahead_m, 0.0) / length_m
    at[row] = np.clip(fixes.position_m[keep] / length_m, 0.0, 1.0)
    passed[row[passes]] = True
    first = int(passed.sum() - tracks.passed.sum())
    return replace(tracks, last_s=last_s, link=link, at_share=at, rest_share=rest, passed=passed), first


def _retire(layout: AreaLayout, tracks: Tracks, steps: Steps, now_s: float) -> tuple[Tracks, Steps]:
    """Let the silent end their trips."""
    gone = tracks.last_s < now_s - tracks.delay_s - SILENT_PERIODS * tracks.period_s
    on = gone & (tracks.link >= 0)
    link, rest = tracks.link[on], tracks.rest_share[on]
    np.add.at(steps.end, link, 1.0)
    np.add.at(steps.spent_s, link, 0.5 * tracks.period_s)
    np.add.at(steps.drive_s, link, rest * layout.drive_s[link])
    np.add.at(steps.free_s, link, rest * layout.free_s[link])
    inner = layout.link_kind[link] != EXIT
    at = (tracks.at_share[on] + rest)[inner]
    end_at = tracks.end_at + float(np.sum(at - tracks.end_at)) / (PLACES + at.size)
    stay = np.flatnonzero(~gone)
    if stay.size > LIVE_MAX:
        stay = np.sort(stay[np.argsort(-tracks.last_s[stay], kind="stable")[:LIVE_MAX]])
    if stay.size == gone.size:
        return tracks, steps
    names = ("vehicle", "last_s", "link", "at_share", "rest_share", "passed")
    return replace(tracks, **{name: getattr(tracks, name)[stay] for name in names}, end_at=end_at), steps
