"""What it costs to observe the twin, to score it and to record it, and what a recording takes on disk.

A generated city under its own plans, filled with vehicles: cameras at 40 % of the junctions, loops on every signalised
lane, 5 % of the vehicles report every 10 s. Times are those of the processor; what compiles has compiled before.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from benchmarks._bench import Figure, Report

from citybrain.city.model import City
from citybrain.control.plans import PlanPlayer
from citybrain.demand.generated import generate
from citybrain.demand.model import Demand
from citybrain.records.observations import Observations, columns
from citybrain.twin.sensor_options import Channel, SensorOptions
from citybrain.twin.sensor_places import default_sensors
from citybrain.twin.twin import Twin
from citybrain.worlds.base import World
from citybrain.worlds.recording import BEATS, Recording
from citybrain.worlds.replay import Replay
from citybrain.worlds.sensing import Sensing
from citybrain.worlds.streets import Streets, scored
from citybrain.worlds.twin_streets import TwinTraffic

FILL_S = 900.0
TIMES = 3  # least of so many: a busy machine only ever adds
OPTIONS = SensorOptions(
    detectors=Channel(latency_s=1.0),
    cameras=Channel(coverage_share=0.4, latency_s=2.0),
    probes=Channel(coverage_share=0.05, latency_s=3.0),
    position_noise_m=10.0,
)


def main(quick: bool) -> Report:
    """Fill the city, then the same seconds alone, observed, and observed and scored; then record and play them."""
    n, span_s = (30, 120.0) if quick else (100, 600.0)
    city, demand = generate(n, seed=1, scale=3.0, duration_s=FILL_S + TIMES * span_s)
    alone_s, running = _alone(city, demand, span_s)
    plain_s = _observed(city, demand, span_s, with_truth=False)
    scored_s = _observed(city, demand, span_s, with_truth=True)
    ms = 1000.0 / span_s
    figures = [
        Figure("a second of the twin alone", alone_s * ms, unit="ms"),
        Figure("a second observed", plain_s * ms, unit="ms"),
        Figure("observed, for each vehicle in transit", plain_s / span_s / running * 1e6, unit="us"),
        Figure("the truth booked beside it adds", max(scored_s - plain_s, 0.0) * ms, unit="ms"),
    ]
    with tempfile.TemporaryDirectory() as folder:
        figures += _recorded(Path(folder) / "run", _traffic(city, demand), span_s)
    return Report(figures, [f"{n} signals, {running:,} vehicles in transit; least of {TIMES} runs of {span_s:g} s"])


def _alone(city: City, demand: Demand, span_s: float) -> tuple[float, int]:
    twin, player = Twin(city, demand, 0).run(city.meta.begin_s + FILL_S), PlanPlayer(city)
    spent, running = [], 1
    for _ in range(TIMES):
        begin = time.process_time()
        for _ in range(round(span_s)):
            twin.step(player.colours(twin.time_s))
        spent.append(time.process_time() - begin)
        running = max(running, twin.vehicles().trip.size)
    return min(spent), running


def _traffic(city: City, demand: Demand) -> TwinTraffic:
    return TwinTraffic(city, demand, 0, Sensing(OPTIONS, 1, default_sensors(city)))


def _observed(city: City, demand: Demand, span_s: float, *, with_truth: bool) -> float:
    traffic = _traffic(city, demand)
    end_s = city.meta.end_s
    world = scored(traffic, end_s)[0] if with_truth else Streets(traffic, end_s)
    world.observe(world.time_s + FILL_S)
    spent = []
    for _ in range(TIMES):
        begin = time.process_time()
        _play(world, world.time_s + span_s)
        spent.append(time.process_time() - begin)
    return min(spent)


def _play(world: World, end_s: float) -> list[Observations]:
    looks = []
    while world.time_s < end_s:
        looks.append(world.observe(world.time_s + 1.0))
    return looks


def _recorded(folder: Path, traffic: TwinTraffic, span_s: float) -> list[Figure]:
    recording = Recording(Streets(traffic, float("inf")), folder)
    recording.observe(recording.time_s + FILL_S)
    recording.flush()
    before = _size(folder)
    looks = _play(recording, recording.time_s + span_s)
    recording.close()
    grown = _size(folder) - before
    rows = sum(look.rows for look in looks)
    replay = Replay(folder)
    first = replay.observe(replay.time_s + FILL_S)
    begin = time.process_time()
    again = _play(replay, replay.end_s)
    spent_s = time.process_time() - begin
    equal = first.rows > 0 and len(again) == len(looks) and all(map(_same, looks, again))
    return [
        Figure("recorded, an hour", grown / 1e6 * 3600.0 / span_s, unit="MB"),
        Figure("recorded, a row", grown / rows, 16.0, at_least=False, unit="bytes"),
        Figure("looks that come back to the bit", float(equal), 1.0),
        Figure("played again, beside real time", span_s / spent_s, 100.0, unit="x"),
    ]


def _size(folder: Path) -> int:
    return (folder / BEATS).stat().st_size


def _same(a: Observations, b: Observations) -> bool:
    pairs = zip(a.tables(), b.tables(), strict=True)
    equal = (x.tobytes() == y.tobytes() for p, q in pairs for x, y in zip(columns(p), columns(q), strict=True))
    return a.time_s == b.time_s and all(equal)
