"""What sensors have told lately of every link and turn: sums that fade, with the time over which they were gathered.

Traffic rises and falls everywhere together, and much faster than the shares of the roads in it change. So a clock
that runs with the traffic's level - the index - measures how long each sum was gathered: a flow is its sum over this
time, times the index now. Fading is exponential, by forgetting times.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from citybrain.estimate.area_layout import AreaLayout
from citybrain.estimate.probe_steps import Steps

F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]

READS_S = 600.0  # forgetting time of plates read by turn
PROBES_S = 1800.0  # of probes by turn, of beginning and ending trips: these are few
TIMES_S = 600.0  # of times and distances
FRESH_S = 200.0  # of times and distances of the whole city: how congested it is now, whatever the links
INDEX_S = 100.0  # of the reads behind the index
YOUNG_S = 600.0  # until then, cameras that appear are taken for ones with as much traffic as the others
SETTLE_S = 15.0  # after the first beat, until each probe under way has reported
FIXES_S = 20.0  # of the fixes that count the probes under way


@dataclass(frozen=True, eq=False)
class RoadSums:
    """Turns are [n_turns], links [n_links]; `*_clock` are index-seconds, `index_clock_s` and `fix_clock_s` seconds."""

    reads: F64  # plates read by turns
    read_clock: F64  # while a live camera saw the turn, times the share read
    any_clock: float  # what `read_clock` is under a camera that has lived from the beginning
    turn: F64  # probes
    begin: F64
    end: F64
    probe_clock: float
    spent_s: F64
    drive_s: F64
    free_s: F64
    fresh_spent_s: F64
    fresh_free_s: F64
    fixes: F64
    fix_clock_s: float
    index: float
    index_reads: float
    index_clock_s: float
    scale: float  # reads a second at index 1
    age_s: float  # since the first beat


class Counted(NamedTuple):
    """What loops counted; [n_turns]."""

    vehicles: F64
    time_s: F64  # over which they did


class Sight(NamedTuple):
    """What cameras see; arrays are [n_turns]."""

    before: Bool  # turns under live cameras until now
    now: Bool  # from now on
    read_share: float
    silent: bool  # no camera reads anything any more: they are out, not the traffic
    flow: F64  # of all turns at index 1, as last worked out; 0 = not yet


def no_sums(layout: AreaLayout) -> RoadSums:
    """Nothing gathered."""
    turn, link = np.zeros(layout.turn_to.size), np.zeros(layout.n_links)
    return RoadSums(
        turn, turn, 0.0, turn, link, link, 0.0, link, link, link, link, link, link, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    )


def gather(
    sums: RoadSums, steps: Steps, counted: F64, sight: Sight, dt_s: float, loops: Counted | None = None
) -> RoadSums:
    """Sums after a beat of `dt_s` seconds.

    `counted` [n_turns] are plates read, `loops` what they counted where no camera looks.
    """
    sums = _read_index(sums, float(counted[sight.now].sum()), sight, dt_s)
    few, many, times, fresh, now = (np.exp(-dt_s / t) for t in (PROBES_S, READS_S, TIMES_S, FRESH_S, FIXES_S))
    tick = sums.index * dt_s
    any_clock = many * sums.any_clock + tick * sight.read_share
    read_clock = many * sums.read_clock + np.where(sight.now, tick * sight.read_share, 0.0)
    reads = many * sums.reads + np.where(sight.now, counted, 0.0)
    if loops is not None:
        reads, read_clock = reads + loops.vehicles, read_clock + sums.index * loops.time_s
    return replace(
        sums,
        reads=reads,
        read_clock=np.where(sight.now & ~sight.before & (sums.read_clock == 0.0), any_clock, read_clock),
        any_clock=any_clock,
        turn=few * sums.turn + steps.turn,
        begin=few * sums.begin + (steps.begin if sums.age_s > SETTLE_S else 0.0),  # before, some were under way
        end=few * sums.end + steps.end,
        probe_clock=few * sums.probe_clock + tick,
        spent_s=times * sums.spent_s + steps.spent_s,
        drive_s=times * sums.drive_s + steps.drive_s,
        free_s=times * sums.free_s + steps.free_s,
        fresh_spent_s=fresh * sums.fresh_spent_s + steps.spent_s,
        fresh_free_s=fresh * sums.fresh_free_s + steps.free_s,
        fixes=now * sums.fixes + steps.fixes,
        fix_clock_s=now * sums.fix_clock_s + dt_s,
    )


def _read_index(sums: RoadSums, reads: float, sight: Sight, dt_s: float) -> RoadSums:
    """The level of traffic: reads a second over those at index 1. Without cameras it stands still at 1.

    When cameras come or go, reads and scale change by what the flows say, so that the index goes on smoothly.
    """
    before, now = sight.before, sight.now
    scale, gathered = sums.scale, sums.index_reads
    young = sums.age_s < YOUNG_S
    if sight.silent:
        return replace(sums, age_s=sums.age_s + dt_s)  # the level of traffic before it holds on
    if np.any(before != now) and now.any():
        flow = np.ones(now.size) if young else sight.flow  # of most turns, nothing is known of the flow at first
        old, new = float(flow[before].sum()), float(flow[now].sum())
        factor = new / old if old > 0.0 else 1.0
        scale, gathered = (scale * factor if old > 0.0 else new), gathered * factor
        if old == 0.0 and young:
            sums = replace(sums, probe_clock=0.0, any_clock=0.0)
    fade = np.exp(-dt_s / INDEX_S)
    gathered, clock_s = fade * gathered + reads / max(sight.read_share, 0.01), fade * sums.index_clock_s + dt_s
    index = 1.0
    if scale > 0.0 and now.any():
        index = gathered / clock_s / scale
    return replace(
        sums,
        index=float(max(index, 1e-6)),
        index_reads=gathered,
        index_clock_s=float(clock_s),
        scale=scale,
        age_s=sums.age_s + dt_s,
    )
