"""The phases of a city's signals: movements of one approach that always get green together, numbered from 1."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from citybrain.city.model import I32, City, Colour, PlanKind, Turn
from citybrain.records.signal_events import Phases

__all__ = ["PhaseMap", "phase_map"]

YIELDING = 0.01  # what a second of green counts in which one must yield, where a lane has movements of several phases
HOPS_MAX = 8  # links between two signals that are one street
WORDS = {Turn.THROUGH: "through", Turn.LEFT: "left", Turn.RIGHT: "right", Turn.UTURN: "u-turn"}


@dataclass(frozen=True, eq=False)
class PhaseMap:
    """Which phase a group and a lane belong to; -1 = none: never stopped, or no signal."""

    phases: Phases
    group_phase: I32  # [n_groups]
    lane_phase: I32  # [n_lanes]: of the movement with the longest protected green, where a lane has several
    lane_shared: I32  # [n_lanes]: how many phases its movements belong to
    feed_m: np.ndarray[tuple[int], np.dtype[np.float64]]  # [n_links] street from the signal before to the stop line
    feed_link: I32  # [n_links]: the first link behind that signal; -1 = no signal feeds it


_Key = tuple[int, int, bytes]  # signal, approach link, colours through the plan


def phase_map(city: City) -> PhaseMap:
    """The phases of a city, from its default plans: groups of one approach with the same greens are one phase."""
    moves, link_of = city.movements, city.lanes.link
    plan = _plan_greens(city)
    members: dict[_Key, list[int]] = defaultdict(list)
    for move in np.flatnonzero(moves.group >= 0):
        group = int(moves.group[move])
        if not plan[group].all():
            signal = int(city.groups.signal[group])
            members[(signal, int(link_of[moves.from_lane[move]]), plan[group].tobytes())].append(int(move))
    keys = sorted(members, key=lambda key: (key[0], members[key][0]))
    group_phase = np.full(len(city.groups.group_id), -1, np.int32)
    for row, key in enumerate(keys):
        group_phase[moves.group[members[key]]] = row
    lane_phase, shared = _lanes(city, group_phase, _green_time(city, plan))
    feeder, feed_m, feed_link = _feeds(city)
    phases = _phases(city, keys, members, lane_phase, (feeder, feed_link))
    return PhaseMap(phases, group_phase, lane_phase, shared, feed_m, feed_link)


def _plan_greens(city: City) -> list[np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Per group: green or not in each phase of its signal's default plan; a group without a plan is by itself."""
    found = []
    for group, signal in enumerate(city.groups.signal):
        plan = int(city.signals.plan[signal])
        if plan < 0:
            found.append(np.arange(len(city.groups.group_id)) == group)
            continue
        first, count = int(city.plans.first_phase[plan]), int(city.plans.n_phases[plan])
        at = city.phases.colour_offset[first : first + count] + group - city.signals.first_group[signal]
        found.append(city.phases.colours[at] >= Colour.PERMISSIVE)
    return found


def _green_time(city: City, plan: list[np.ndarray[tuple[int], np.dtype[np.bool_]]]) -> dict[int, float]:
    """Seconds of protected green a cycle of each group, by its default plan; others count a hundredth."""
    times = {}
    for group, signal in enumerate(city.groups.signal):
        which = int(city.signals.plan[signal])
        if which >= 0:
            first, count = int(city.plans.first_phase[which]), int(city.plans.n_phases[which])
            at = city.phases.colour_offset[first : first + count] + group - city.signals.first_group[signal]
            weight = np.where(city.phases.colours[at] == Colour.PROTECTED, 1.0, YIELDING)
            times[group] = float((city.phases.duration_s[first : first + count] * weight)[plan[group]].sum())
    return times


def _lanes(city: City, group_phase: I32, green_s: Mapping[int, float]) -> tuple[I32, I32]:
    """The phase of each lane, and how many it has."""
    n = city.lanes.link.size
    phase, longest = np.full(n, -1, np.int32), np.zeros(n)
    every: dict[int, set[int]] = defaultdict(set)
    for lane, group in zip(city.movements.from_lane, city.movements.group, strict=True):
        if group < 0:
            continue
        every[int(lane)].add(int(group_phase[group]))
        time_s = green_s.get(int(group), 0.0)
        if group_phase[group] >= 0 and (phase[lane] < 0 or time_s > longest[lane]):
            phase[lane], longest[lane] = group_phase[group], time_s
    shared = np.zeros(n, np.int32)
    for lane, found in every.items():
        shared[lane] = len(found)
    return phase, shared


def _feeds(city: City) -> tuple[I32, np.ndarray[tuple[int], np.dtype[np.float64]], I32]:
    """For each link the signal that its vehicles come from, how far back it is, and the link behind it."""
    n = city.links.first_lane.size
    signal_of = np.full(city.nodes.x_m.size, -1, np.int32)
    moves, link_of = city.movements, city.lanes.link
    lit = moves.group >= 0
    signal_of[moves.node[lit]] = city.groups.signal[moves.group[lit]]
    before: dict[int, set[int]] = defaultdict(set)
    for start, end, turn in zip(link_of[moves.from_lane], link_of[moves.to_lane], moves.turn, strict=True):
        if turn != Turn.UTURN:
            before[int(end)].add(int(start))
    feeder, feed_link, feed_m = np.full(n, -1, np.int32), np.full(n, -1, np.int32), np.zeros(n)
    for link in range(n):
        here, way_m = link, float(city.links.length_m[link])
        for _ in range(HOPS_MAX):
            if signal_of[city.links.from_node[here]] >= 0 or len(before[here]) != 1:
                break
            (here,) = before[here]
            way_m += float(city.links.length_m[here])
        signal = signal_of[city.links.from_node[here]]
        if signal >= 0:
            feeder[link], feed_link[link], feed_m[link] = signal, here, way_m
    return feeder, feed_m, feed_link


def _phases(
    city: City, keys: list[_Key], members: Mapping[_Key, list[int]], lane_phase: I32, feeds: tuple[I32, I32]
) -> Phases:
    feeder, feed_link = feeds
    signal = np.array([key[0] for key in keys], np.int32)
    link = np.array([key[1] for key in keys], np.int32)
    first = np.searchsorted(signal, signal)
    lanes = np.bincount(lane_phase[lane_phase >= 0], minlength=len(keys))
    ahead = np.arange(feed_link.size)  # of each link, the approach at the end of its street
    ahead[feed_link[link[feed_link[link] >= 0]]] = link[feed_link[link] >= 0]
    exits = [np.unique(ahead[city.lanes.link[city.movements.to_lane[members[key]]]]) for key in keys]
    sizes = [found.size for found in exits]
    return Phases(
        device=signal,
        number=(np.arange(len(keys)) - first + 1).astype(np.int32),
        name=tuple(_name(city, key[1], members[key]) for key in keys),
        lanes=np.maximum(lanes, 1).astype(np.int32),
        min_green_s=city.signals.min_green_s[signal].astype(np.float32),
        max_green_s=_max_green(city, signal),
        link=link,
        feeder=feeder[link],
        exit_offset=np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)]),
        exit=np.concatenate([np.zeros(0, np.int32), *exits]).astype(np.int32),
    )


def _max_green(city: City, signal: I32) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """The longest green of each signal [n]: its own, or that of an actuated plan."""
    longest = city.signals.max_green_s[signal].astype(np.float64)
    for row, one in enumerate(signal):
        plan = int(city.signals.plan[one])
        if plan >= 0 and city.plans.kind[plan] == PlanKind.ACTUATED:
            first, count = int(city.plans.first_phase[plan]), int(city.plans.n_phases[plan])
            longest[row] = float(city.phases.max_s[first : first + count].max(initial=0.0))
    return np.where(np.isfinite(longest) & (longest > 0.0), longest, np.nan).astype(np.float32)


def _name(city: City, link: int, moves: list[int]) -> str:
    """Where it comes from, as a compass says, and where it goes: "from N, through + right"."""
    points = slice(int(city.links.geometry_offset[link]), int(city.links.geometry_offset[link + 1]))
    x, y = city.links.geometry_x_m[points], city.links.geometry_y_m[points]
    turns = sorted({int(city.movements.turn[move]) for move in moves})
    words = " + ".join(WORDS[Turn(turn)] for turn in turns)
    if x.size < 2:
        return words
    angle = np.degrees(np.arctan2(x[-2] - x[-1], y[-2] - y[-1])) % 360.0
    wind = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")[round(angle / 45.0) % 8]
    return f"from {wind}, {words}"
