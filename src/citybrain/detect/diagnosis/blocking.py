"""Greens in which a full zone does not move: the street behind the junction has no room."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from citybrain.detect.diagnosis.case import Case, confidence, place
from citybrain.estimate.performance.occupancy import by_channel, intervals, occupied_s, ratio_limit
from citybrain.records.finding import Cause, Evidence, Finding
from citybrain.records.signal_events import Use

__all__ = ["blocked", "served_share"]

F64 = NDArray[np.float64]
FLOW_MAX = 0.55  # a full green that serves a smaller share of what it could is held up
GREENS_MIN = 3
FULL_EXIT = 0.35  # occupied for such a share of the greens: a queue stands or creeps there


def blocked(case: Case, phase: int) -> Finding | None:
    """The finding that a phase's exit is full; None where its full greens flow, or its exits are watched and free."""
    found, log = case.found, case.found.log
    if not found.has_departures[phase]:
        return None
    rows = np.flatnonzero((found.cycles.phase == phase) & found.occupancy.failed)
    if rows.size < GREENS_MIN:
        return None
    share = _discharge(case, phase, rows)
    if float(np.median(share)) > FLOW_MAX:
        return None
    exits = _exits(case, phase, rows)
    watched = [value for value in exits.values() if np.isfinite(value)]
    if not watched or max(watched) < FULL_EXIT:
        return None  # slow for another reason: turning vehicles that find no gap, people on foot
    link = max(exits, key=lambda one: np.nan_to_num(exits[one], nan=-1.0))
    name = log.links[link] if link < len(log.links) else str(link)
    evidence = (
        Evidence("split failures", float(rows.size), f"of {case.of(case.whole.known, phase):.0f} cycles"),
        Evidence("served in failed greens, of what they could serve", float(np.median(share)), "share"),
        Evidence(f"occupancy of exit {name} during these greens", exits[link], "share"),
        Evidence("degree of saturation", case.of(case.whole.saturation, phase)),
    )
    said = f"clear link {name}: find what holds it up, and hold back the greens that feed it until it flows"
    return Finding(
        log.devices[log.phases.device[phase]],
        int(log.phases.number[phase]),
        place(case, phase),
        Cause.BLOCKED,
        said,
        float("nan"),
        "",
        evidence,
        log.begin_s,
        log.end_s,
        _lost_vh(case, rows),
        confidence(int((share <= FLOW_MAX).sum()), int(share.size)),
    )


def served_share(case: Case, phase: int) -> float:
    """Median over a phase's failed greens of what they served, as a share of what they could; nan = not known."""
    rows = np.flatnonzero((case.found.cycles.phase == phase) & case.found.occupancy.failed)
    if rows.size < GREENS_MIN or not case.found.has_departures[phase]:
        return float("nan")
    return float(np.median(_discharge(case, phase, rows)))


def _discharge(case: Case, phase: int, rows: NDArray[np.int64]) -> F64:
    """Vehicles served in each green, as a share of what the saturation flow of all phases would have served."""
    found = case.found
    flow_vps = max(float(found.flow_vps[phase]), float(np.median(found.flow_vps)))
    lanes = float(found.log.phases.lanes[phase])
    green_s = found.cycles.yellow_s[rows] - found.cycles.green_s[rows]
    left = (found.departures.green + found.departures.yellow)[rows]
    return np.asarray(left / np.maximum(lanes * flow_vps * green_s, 1.0), np.float64)


def _exits(case: Case, phase: int, rows: NDArray[np.int64]) -> dict[int, float]:
    """Occupancy of each exit link during the greens, relative to a discharging queue's at most 1; nan = not watched."""
    found, log = case.found, case.found.log
    phases, channels = log.phases, log.channels
    calls = by_channel(log)
    low, high = found.cycles.green_s[rows], found.cycles.yellow_s[rows]
    shares = {}
    for link in phases.exit[phases.exit_offset[phase] : phases.exit_offset[phase + 1]]:
        there = (phases.link[channels.phase] == link) & np.isin(channels.use, (Use.QUEUE, Use.PRESENCE))
        values = []
        for row in np.flatnonzero(there & (channels.use == Use.QUEUE)):
            begin, end = intervals(log, calls[row])
            limit = float(ratio_limit(channels.length_m[row : row + 1].astype(np.float64), 1.0)[0])
            held = float(occupied_s(begin, end, low, high).sum()) / max(float((high - low).sum()), 1e-9)
            values.append(min(held / limit, 1.0))
        shares[int(link)] = max(values) if values else float("nan")
    return shares


def _lost_vh(case: Case, rows: NDArray[np.int64]) -> float:
    """Vehicle-hours an hour waited in these cycles: what free exits would save most of."""
    return float(np.nansum(case.found.delay_vs[rows])) / 3600.0 / case.hours
