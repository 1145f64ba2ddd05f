"""One course of things: a fork run ahead, and what is noted of it minute by minute."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from citybrain.control.plans import PlanPlayer
from citybrain.control.registry import Control, make_control
from citybrain.evaluate.whatif.change import Change, closed_lanes, links_of_area, retimed, signal_rows
from citybrain.records.readings import no_readings
from citybrain.twin import figures
from citybrain.twin.arrays import FINISHED, RUNNING, WAITING
from citybrain.twin.detour import close_lanes
from citybrain.twin.observe import count_queued
from citybrain.twin.twin import Twin
from citybrain.twin.variant import trips_ahead, with_plans, with_trips_ahead

MINUTE_S = 60
SPREAD_S = 60.0  # an added trip departs up to so long before or after the one that it is like
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
SERIES = ("running", "waiting", "queued", "finished", "lost_h")


@dataclass(frozen=True)
class Told:
    """What a change has meant to trips."""

    added: int = 0
    removed: int = 0
    detoured: int = 0
    lost: int = 0  # cannot be made
    cut: int = 0  # end before a closure


@dataclass(frozen=True, eq=False)
class Course:
    """What has happened from the fork on. [m + 1] a minute apart, the moment of the fork first; [n] by link.

    `lost_h` is the time that all have lost since the fork, in vehicle hours: time taken, waiting to enter included,
    less what the way driven takes freely. To who was sent another way, only his progress on the way that he
    meant to take counts as free.
    """

    time_s: F64
    series: dict[str, F64]
    vehicles: F64  # [n] mean number on each link
    passed: F64  # [n] vehicles that left it
    pace: F64  # [n] their mean speed / limit; nan where nobody left
    told: Told = Told()


OnMinute = Callable[[], None]  # may raise to end the course


@dataclass(frozen=True, eq=False)
class Fork:
    """A changed twin, ready to go."""

    twin: Twin
    told: Told
    free_share: F64  # [trips] free-flow time of the way meant / of the way taken


def fork_of(twin: Twin, change: Change, seed: int) -> Fork:
    """The twin with the change made; with none it is a plain fork. `seed` decides which trips are added or left out."""
    told, fork = Told(), twin.fork()
    if change.plans:
        fork = with_plans(fork, retimed(fork.city, change.plans))
    if change.demand_factor != 1.0:
        fork, told = _more_or_fewer(fork, change, seed)
    if not change.closures:
        return Fork(fork, told, np.ones(fork.demand.trips.route.size))
    return _closed(fork, change, told)


def _closed(fork: Twin, change: Change, told: Told) -> Fork:
    """Lanes closed, drivers sent round, and trips that cannot be made left out."""
    before_s = fork.route_times_s()
    found = close_lanes(fork, closed_lanes(fork.city, change.closures))
    after_s = found.twin.route_times_s()
    share = np.ones(before_s.size)
    share[found.detoured] = before_s[found.detoured] / np.maximum(after_s[found.detoured], 1.0)
    rows, depart_s = trips_ahead(found.twin)
    kept = ~np.isin(rows, found.lost)
    told = replace(told, detoured=found.detoured.size, lost=found.lost.size, cut=found.cut.size)
    if kept.all():
        return Fork(found.twin, told, share)
    past = share[: before_s.size - rows.size]
    return Fork(
        with_trips_ahead(found.twin, rows[kept], depart_s[kept]), told, np.concatenate([past, share[rows[kept]]])
    )


def _more_or_fewer(twin: Twin, change: Change, seed: int) -> tuple[Twin, Told]:
    """Each trip ahead is made `demand_factor` times in the mean."""
    rng = np.random.default_rng([seed & 0x7FFFFFFF, 23])
    rows, depart_s = trips_ahead(twin)
    trips = twin.demand.trips
    factor = np.full(rows.size, change.demand_factor)
    if change.demand_area:
        factor[~np.isin(trips.destination_link[rows], links_of_area(twin.city, change.demand_area))] = 1.0
    times = np.floor(factor + rng.random(rows.size)).astype(np.int64)
    chosen = np.repeat(rows, times)
    departs = np.repeat(depart_s, times)
    first = np.concatenate([[True], chosen[1:] != chosen[:-1]]) if chosen.size else np.zeros(0, bool)
    moved = departs + rng.uniform(-SPREAD_S, SPREAD_S, departs.size)
    departs = np.where(first, departs, np.maximum(moved, twin.time_s))
    order = np.argsort(departs, kind="stable")
    told = Told(added=int(np.maximum(times - 1, 0).sum()), removed=int((times == 0).sum()))
    return with_trips_ahead(twin, chosen[order], departs[order]), told


def run_course(fork: Fork, change: Change, horizon_s: int, on_minute: OnMinute) -> Course:
    """Run a fork ahead under its own plans, or under the change's controller where it names one."""
    twin, drive = fork.twin, _driver(fork.twin, change)
    links = twin.memory.tables["links"]
    time_before, exits_before = figures.link_time_s(twin.memory), links["exits"].astype(np.float64)
    spent_before = links["spent"].astype(np.float64)
    finished, lost_s = int(twin.counters[FINISHED]), _lost_s(fork)
    rows = [_noted(fork, finished, lost_s)]
    for _ in range(horizon_s // MINUTE_S):
        drive(twin.time_s + MINUTE_S)
        rows.append(_noted(fork, finished, lost_s))
        on_minute()
    links = twin.memory.tables["links"]
    passed = links["exits"] - exits_before
    mean_s = (links["spent"] - spent_before) / np.where(passed > 0, passed, np.nan)
    columns = np.array(rows).T
    return Course(
        columns[0],
        dict(zip(SERIES, columns[1:], strict=True)),
        (figures.link_time_s(twin.memory) - time_before) / max(horizon_s, 1),
        passed,
        np.minimum(twin.city.links.length_m / mean_s / twin.city.links.speed_mps, 1.5),
        fork.told,
    )


def _noted(fork: Fork, finished: int, lost_s: float) -> tuple[float, ...]:
    twin, c = fork.twin, fork.twin.counters
    queued, _ = count_queued(twin.memory.world)
    gone = float(c[FINISHED] - finished)
    lost_h = (_lost_s(fork) - lost_s) / 3600.0
    return twin.time_s, float(c[RUNNING]), float(c[WAITING]), float(queued + c[WAITING]), gone, lost_h


def _lost_s(fork: Fork) -> float:
    """Seconds that all trips due so far have lost, those under way included."""
    twin = fork.twin
    return float(twin.delays_s(fork.free_share).sum())


def _driver(twin: Twin, change: Change) -> Callable[[float], object]:
    """What brings the twin to a time."""
    if not change.controller:
        return twin.run
    mine = np.isin(twin.city.groups.signal, signal_rows(twin.city, change.signals))
    control = make_control(change.controller, twin.city, begin_s=twin.time_s)
    return _Steered(twin, control, PlanPlayer(twin.city), mine).run


@dataclass(eq=False)
class _Steered:
    """A twin some of whose signals do as a controller wishes; the others follow their plans."""

    twin: Twin
    control: Control
    plans: PlanPlayer
    mine: NDArray[np.bool_]  # [groups]
    _second: int = 0
    _wishes: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))

    def run(self, until_s: float) -> None:
        """Advance to a time of the city's clock."""
        controller, machine = self.control
        while self.twin.time_s < until_s:
            now_s = self.twin.time_s
            if self._second % controller.interval_s == 0:
                readings = self.twin.readings() if controller.looks else no_readings(now_s, 0, 0)
                self._wishes = controller.decide(readings, machine.state)
            colours = machine.step(self._wishes, now_s)
            self.twin.step(np.where(self.mine, colours, self.plans.colours(now_s)).astype(np.uint8))
            self._second += 1
