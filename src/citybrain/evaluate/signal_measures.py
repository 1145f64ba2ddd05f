"""What fixed-time plans do at every signal and along corridors, measured in one run of the twin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import F64, City, Colour
from citybrain.control.plans import PlanPlayer
from citybrain.control.retiming.judge import owners_of
from citybrain.demand.model import Demand
from citybrain.twin.figures import link_history
from citybrain.twin.twin import Twin

__all__ = ["SignalMeasures", "Tracks", "measure_signals"]

ARRIVAL_M = 80.0  # upstream of the stop line: who comes by here is an arrival, at the time he would reach the line


@dataclass(frozen=True, eq=False)
class Tracks:
    """Vehicles along one chain of links within a span of time; rows are (vehicle, time_s, distance_m), sorted."""

    vehicle: NDArray[np.int64]
    time_s: F64
    distance_m: F64


@dataclass(frozen=True, eq=False)
class SignalMeasures:
    """Of every signal [n_signals]: arrivals, those on green, and delay per vehicle on the links that lead to it."""

    arrivals: F64
    on_green: F64
    delay_s: F64
    vehicles: F64
    tracks: tuple[Tracks, ...]  # one for each chain asked for

    @property
    def green_share(self) -> F64:
        """Arrivals on green; nan where nobody arrived."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.on_green / self.arrivals


def measure_signals(
    city: City, demand: Demand, seed: int, chains: Sequence[Sequence[int]], span_s: tuple[float, float]
) -> SignalMeasures:
    """Run the city's own plans to the end of its window and watch every second.

    `chains` are sequences of links whose vehicles are followed from `span_s[0]` to `span_s[1]`.
    """
    twin, watch = Twin(city, demand, seed), _Watch(city)
    follow = [_Follow(city, chain) for chain in chains]
    while twin.time_s < city.meta.end_s:
        twin.run(twin.time_s + 1.0)
        traffic = twin.traffic()
        watch.see(traffic, twin.time_s)
        if span_s[0] <= twin.time_s <= span_s[1]:
            for one in follow:
                one.see(traffic, twin.time_s)
    delay_s, vehicles = _delays(city, twin)
    return SignalMeasures(watch.arrivals, watch.on_green, delay_s, vehicles, tuple(one.tracks() for one in follow))


def _delays(city: City, twin: Twin) -> tuple[F64, F64]:
    """Delay per vehicle on all links that lead to a signal, and vehicles that left the last of them."""
    owner, n = owners_of(city), len(city.signals.signal_id)
    history = link_history(city, twin.memory)
    hours = (twin.time_s - city.meta.begin_s) / 3600.0
    left = history.flow_vph * hours
    mine = owner >= 0
    total_s = np.bincount(owner[mine], (np.nan_to_num(history.delay_s) * left)[mine], n)
    last = np.zeros(owner.size, np.bool_)
    steered = city.movements.group >= 0
    last[city.lanes.link[city.movements.from_lane[steered]]] = True
    vehicles = np.bincount(owner[mine & last], left[mine & last], n).astype(np.float64)
    return total_s / np.maximum(vehicles, 1.0), vehicles


class _Watch:
    """Counts arrivals at signals, and those that find green."""

    def __init__(self, city: City) -> None:
        moves, link = city.movements, city.lanes.link
        steered = np.flatnonzero(moves.group >= 0)
        key = moves.from_lane[steered].astype(np.int64) * len(city.links.link_id) + link[moves.to_lane[steered]]
        order = np.argsort(key, kind="stable")
        self._key, self._group = key[order], moves.group[steered][order]
        self._city, self._player = city, PlanPlayer(city)
        self._speed_mps = city.lanes.speed_mps
        self._seen = np.full((0,), -1, np.int64)
        self.arrivals = np.zeros(len(city.signals.signal_id))
        self.on_green = np.zeros(len(city.signals.signal_id))

    def see(self, traffic: object, time_s: float) -> None:
        lane, ahead_m, next_link, vehicle = (
            np.asarray(getattr(traffic, name)) for name in ("lane", "ahead_m", "next_link", "vehicle")
        )
        near = (ahead_m <= np.minimum(ARRIVAL_M, self._city.lanes.length_m[lane])) & (next_link >= 0)
        lane, ahead_m, next_link, vehicle = (part[near] for part in (lane, ahead_m, next_link, vehicle))
        group = self._groups(lane, next_link)
        fresh = (group >= 0) & self._first_time(vehicle, self._city.lanes.link[lane])
        if not fresh.any():
            return
        signal = self._city.groups.signal[group[fresh]]
        due_s = time_s + ahead_m[fresh] / self._speed_mps[lane[fresh]]
        green = np.zeros(signal.size, np.bool_)
        for when in np.unique(np.floor(due_s)):
            shown = self._player.colours(float(when))
            at = np.floor(due_s) == when
            green[at] = shown[group[fresh][at]] >= Colour.PERMISSIVE
        self.arrivals += np.bincount(signal, minlength=self.arrivals.size)
        self.on_green += np.bincount(signal, green, self.on_green.size)

    def _groups(self, lane: NDArray[np.int32], next_link: NDArray[np.int32]) -> NDArray[np.int64]:
        """Signal group of the turn that each vehicle will make; -1 = none."""
        asked = lane.astype(np.int64) * len(self._city.links.link_id) + next_link
        if self._key.size == 0:
            return np.full(asked.size, -1, np.int64)
        row = np.minimum(np.searchsorted(self._key, asked), self._key.size - 1)
        return np.where(self._key[row] == asked, self._group[row], -1).astype(np.int64)

    def _first_time(self, vehicle: NDArray[np.int32], link: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Whether a vehicle was not yet seen on this link."""
        top = int(vehicle.max(initial=-1)) + 1
        if top > self._seen.size:
            self._seen = np.concatenate([self._seen, np.full(2 * top - self._seen.size, -1, np.int64)])
        fresh = self._seen[vehicle] != link
        self._seen[vehicle] = link
        return np.asarray(fresh)


class _Follow:
    """Keeps where vehicles are along a chain of links."""

    def __init__(self, city: City, chain: Sequence[int]) -> None:
        self._link = city.lanes.link
        self._lane_m = city.lanes.length_m
        self._begin_m = np.full(len(city.links.link_id), np.nan)
        at_m = 0.0
        for link in chain:
            self._begin_m[link] = at_m
            at_m += float(city.links.length_m[link])
        self._parts: list[tuple[NDArray[np.int64], F64, F64]] = []

    def see(self, traffic: object, time_s: float) -> None:
        lane, ahead_m, vehicle = (np.asarray(getattr(traffic, name)) for name in ("lane", "ahead_m", "vehicle"))
        begin_m = self._begin_m[self._link[lane]]
        here = np.isfinite(begin_m) & (ahead_m <= self._lane_m[lane])
        distance_m = begin_m[here] + self._lane_m[lane[here]] - ahead_m[here]
        self._parts.append((vehicle[here].astype(np.int64), np.full(int(here.sum()), time_s), distance_m))

    def tracks(self) -> Tracks:
        if not self._parts:
            return Tracks(np.zeros(0, np.int64), np.zeros(0), np.zeros(0))
        vehicle, time_s, distance_m = (np.concatenate(column) for column in zip(*self._parts, strict=True))
        order = np.lexsort((time_s, vehicle))
        return Tracks(vehicle[order], time_s[order], distance_m[order])
