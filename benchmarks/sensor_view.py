"""What an optimiser loses when it sees what sensors report instead of everything.

Sensors -> estimate -> optimiser -> guard -> leases, as `citybrain run --mode control` has it, an independent referee
beside it, in the twin. Three promises:

* with cameras at 40 % of the junctions (95 % of plates read), 5 % probes and one sensor in ten dead, delay rises by
  10 % at the most over the full view: the same optimiser behind the same guard, shown every vehicle. Detectors at the
  signals tell each second, as signal controllers have them; without them, what the cameras alone are worth is shown;
* when nothing reports, the streets are those of the city's own plans;
* in full view, at 0.5 to 1.3 times the demand, `brain` is never worse than gap actuation.

Mean delay of all vehicles that wanted to depart, waiting to enter included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from benchmarks._bench import Figure, Report
from benchmarks._estimate_places import SENSING_SEED, options, present, scene

from citybrain.brain.build import EACH_SECOND_S, Wishes, assemble
from citybrain.brain.sight import Sight
from citybrain.brain.steering import SteerOptions
from citybrain.city.model import Bool, City
from citybrain.clock import SystemClock
from citybrain.control.fixed import FixedTime
from citybrain.control.plans import PlanPlayer
from citybrain.control.registry import make_controller
from citybrain.control.run import run_control, run_plans
from citybrain.control.stages import StageMachine
from citybrain.control.table import SignalTable
from citybrain.demand.model import Demand
from citybrain.estimate.links import LinkEstimator
from citybrain.records.network_state import NetworkState
from citybrain.records.readings import Readings
from citybrain.settings import Settings
from citybrain.twin.sensor_options import Channel, SensorOptions
from citybrain.twin.sensor_places import default_sensors
from citybrain.twin.twin import Twin
from citybrain.worlds.sensing import Sensing
from citybrain.worlds.streets import scored
from citybrain.worlds.twin_streets import TwinTraffic

DOCUMENT = Path(__file__).parents[1] / "docs" / "control.md"
PLACES = ("cologne8", "ingolstadt7", "Hangzhou")
SEEDS = (0, 1)
LASTS_S = 900.0
QUICK_S = 600.0
DEAD_SHARE = 0.1
NAME = "brain"
DEMANDS = (0.5, 1.0, 1.3)
AGAIN_S = 7.0
RISE, BLIND_RISE, ACTUATED = 1.10, 1.02, 1.0


def main(quick: bool) -> Report:
    """All places and seeds for a quarter of an hour; with quick one seed of the first place for ten minutes."""
    places = [place for place in (PLACES[:1] if quick else PLACES) if present(place)]
    missing = [f"{place}: no files" for place in PLACES if not present(place)]
    seeds, lasts_s = (SEEDS[:1], QUICK_S) if quick else (SEEDS, LASTS_S)
    seen = [(place, _compare(place, seeds, lasts_s)) for place in places]
    loads = [(place, _loads(place, seeds, lasts_s)) for place in places]
    note = f"mean delay of {NAME} in seconds, twin, seeds {seeds}, {lasts_s:.0f} s"
    figures = [figure for place, delays in seen for figure in _figures(place, delays)]
    figures += [figure for place, found in loads for figure in _load_figures(place, found)]
    return Report(figures, [*missing, note], [_table(seen), _load_table(loads)])


@dataclass(frozen=True)
class Delays:
    """Mean delays over the seeds, in seconds."""

    plans: float
    full_view: float
    sensors: float
    cameras: float  # and probes, without detectors
    blind: float


def _compare(place: str, seeds: Sequence[int], lasts_s: float) -> Delays:
    city, demand = scene(place, 0)
    end_s = min(city.meta.end_s, city.meta.begin_s + lasts_s)
    return Delays(
        _mean([plans(city, demand, seed, end_s) for seed in seeds]),
        _mean([steered(city, demand, seed, end_s, None) for seed in seeds]),
        _mean([steered(city, demand, seed, end_s, mixed()) for seed in seeds]),
        _mean([steered(city, demand, seed, end_s, mixed(detectors=0.0)) for seed in seeds]),
        _mean([steered(city, demand, seed, end_s, blind()) for seed in seeds]),
    )


def _loads(place: str, seeds: Sequence[int], lasts_s: float) -> list[tuple[float, float, float]]:
    """Share of the demand, and mean delay under actuation and under the optimiser, both in full view."""
    city, demand = scene(place, 0)
    end_s = min(city.meta.end_s, city.meta.begin_s + lasts_s)
    found = []
    for share in DEMANDS:
        scaled = times(demand, share)
        delays = [[full_view(city, scaled, seed, end_s, name) for seed in seeds] for name in ("actuated", NAME)]
        found.append((share, *map(_mean, delays)))
    return found


def _figures(place: str, found: Delays) -> list[Figure]:
    return [
        Figure(f"{place}: sensors / full view", found.sensors, RISE, found.full_view, at_least=False, unit="s"),
        Figure(f"{place}: sensors / plans", found.sensors, 1.0, found.plans, at_least=False, unit="s"),
        Figure(f"{place}: no detectors / plans", found.cameras, BLIND_RISE, found.plans, at_least=False, unit="s"),
        Figure(f"{place}: nothing reports / plans", found.blind, BLIND_RISE, found.plans, at_least=False, unit="s"),
    ]


def _load_figures(place: str, found: list[tuple[float, float, float]]) -> list[Figure]:
    return [
        Figure(f"{place}, demand x {share}: {NAME} / actuated", ours, ACTUATED, peer, at_least=False, unit="s")
        for share, peer, ours in found
    ]


def _table(found: Sequence[tuple[str, Delays]]) -> str:
    """Delays in seconds."""
    head = [
        "| place | plans | full view | 40 % cameras, 5 % probes, 10 % dead | the same without detectors | nothing |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    rows = [
        f"| {place} | {d.plans:.1f} | {d.full_view:.1f} | {d.sensors:.1f} | {d.cameras:.1f} | {d.blind:.1f} |"
        for place, d in found
    ]
    return "\n".join(head + rows)


def _load_table(found: Sequence[tuple[str, list[tuple[float, float, float]]]]) -> str:
    """Delays in seconds, `actuated` / `brain`."""
    head = ["| place |" + "".join(f" demand × {share} |" for share in DEMANDS), "|---|" + "---:|" * len(DEMANDS)]
    rows = [
        f"| {place} |" + "".join(f" {peer:.1f} / {ours:.1f} |" for _, peer, ours in loads) for place, loads in found
    ]
    return "\n".join(["Full view, `actuated` / `brain`:", "", *head, *rows])


def _mean(delays_s: Sequence[float]) -> float:
    return float(np.mean(delays_s))


def mixed(detectors: float = 1.0) -> SensorOptions:
    """The sensors of the promise; `detectors` is the share of lanes that have them."""
    given = options()
    loops = Channel(coverage_share=detectors, dead_share=DEAD_SHARE, loss_share=0.005, latency_s=1.0)
    cameras = replace(given.cameras, dead_share=DEAD_SHARE)
    return replace(given, detectors=loops, cameras=cameras, interval_s=EACH_SECOND_S)


def blind() -> SensorOptions:
    """Nothing reports: neither sensors nor signals."""
    given = mixed()
    names = ("detectors", "cameras", "probes", "signals")
    off = {name: replace(getattr(given, name), loss_share=1.0) for name in names}
    return replace(given, **off)  # type: ignore[arg-type]


class AllSeeing(Sight):
    """Sight that is shown what the twin holds, in place of what sensors report: the full view behind the guard."""

    twin: Twin

    def readings(self, state: NetworkState, links: LinkEstimator) -> Readings:
        """Every vehicle, as it is."""
        del state, links
        return self.twin.readings()

    def in_sight(self, time_s: float) -> Bool:
        """All signals."""
        del time_s
        return np.ones(self._table.n_signals, np.bool_)


def times(demand: Demand, share: float) -> Demand:
    """So many times the trips: every so manyth left out, or once more AGAIN_S later."""
    trips = demand.trips
    copies = np.diff(np.floor(np.arange(trips.depart_s.size + 1) * share + 0.5)).astype(np.int64)
    rows = np.repeat(np.arange(copies.size), copies)
    again = np.arange(rows.size) - np.repeat(np.cumsum(copies) - copies, copies)
    depart_s = trips.depart_s[rows] + AGAIN_S * again
    order = np.argsort(depart_s, kind="stable")
    rows, again = rows[order], again[order]
    names = ("vehicle_type", "route", "origin_link", "destination_link", "depart_lane", "depart_speed_mps")
    columns = {name: getattr(trips, name)[rows] for name in names}
    trip_id = tuple(
        f"{trips.trip_id[row]}+{k}" if k else trips.trip_id[row] for row, k in zip(rows, again, strict=True)
    )
    return replace(demand, trips=replace(trips, trip_id=trip_id, depart_s=depart_s[order], **columns))


def plans(city: City, demand: Demand, seed: int, end_s: float) -> float:
    """Mean delay under the city's own plans, in seconds."""
    twin = Twin(city, demand, seed)
    run_plans(twin, PlanPlayer(city), end_s)
    return twin.summary().mean_delay_s


def full_view(city: City, demand: Demand, seed: int, end_s: float, name: str) -> float:
    """Mean delay under a controller that sees every vehicle, without a guard, in seconds."""
    twin = Twin(city, demand, seed)
    table = SignalTable.from_city(city)
    machine = StageMachine(city, table, FixedTime(table).stages_at(twin.time_s).clip(min=0))
    run_control(twin, make_controller(name, city, table=table), machine, end_s)
    return twin.summary().mean_delay_s


def steered(
    city: City, demand: Demand, seed: int, end_s: float, sensors: SensorOptions | None, name: str = NAME
) -> float:
    """Mean delay under an optimiser behind sensors, estimate and guard, in seconds; None = it is shown everything."""
    sensing = Sensing(sensors or mixed(), seed + SENSING_SEED, default_sensors(city))
    traffic = TwinTraffic(city, demand, seed, sensing)
    world, _ = scored(traffic, end_s)
    runtime = assemble(lambda: world, Wishes(steer=SteerOptions(name, "control")), Settings(), SystemClock())
    steering = runtime.brain.steering
    if sensors is None and steering is not None:
        sight = AllSeeing(traffic.city, steering.tables.table)
        sight.twin = traffic.twin
        steering._sight = sight
    try:
        runtime.begin()
        runtime.run(end_s)
    finally:
        runtime.close()
    return traffic.twin.summary().mean_delay_s
