"""How long is one beat of a whole city? Ingest, health, matching, estimate and publishing, stage by stage.

A generated city filled with vehicles reports for some minutes; what its sensors said is recorded beforehand and kept
(see `_beat_streets`). The brain then runs on that stream. Its rows are decoded from Arrow streams beside it as at the
door of a real city, and this time is part of the beat. The same is done for cities of a half and a quarter of the size.
"""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from benchmarks._beat_streets import recorded
from benchmarks._beat_wire import Wire
from benchmarks._bench import Figure, Report
from benchmarks._tables import markdown

from citybrain.brain.build import make_brain
from citybrain.brain.loop import Brain
from citybrain.clock import SYSTEM
from citybrain.hub.snapshot import Snapshots
from citybrain.hub.snapshot_writer import SnapshotWriter
from citybrain.records.observations import Observations
from citybrain.settings import Settings

SIZES, QUICK_SIZES = (325, 650, 1300), (10, 20, 40)
SPAN_S, QUICK_SPAN_S = 180, 150  # recorded; the first WARM_UP beats are not timed
WARM_UP = 60
P50_MS, P99_MS = 100.0, 400.0
GROWTH = 1.5  # cost of a sensor in the largest city beside the smallest
SNAPSHOT_EVERY = 20  # beats; a run keeps one a minute
STAGES = ("decode", "ingest", "health", "match", "estimate", "publish", "whole")


@dataclass(frozen=True)
class Run:
    """Times of the beats of one city, by stage."""

    signals: int
    sensors: int
    vehicles: int
    wall_ms: dict[str, list[float]]
    cpu_ms: list[float]  # of the whole, all threads
    naive_ms: list[float]
    rows: list[int]
    rows_lost: int  # sent, and not accepted
    memory_mib: float
    snapshot_ms: list[float]  # what a snapshot takes of its beat
    saved_ms: float  # what one takes in whole

    def at(self, stage: str, percent: float) -> float:
        return float(np.percentile(self.wall_ms[stage], percent))

    @property
    def cpu_us_per_sensor(self) -> float:
        return 1000.0 * float(np.mean(self.cpu_ms)) / self.sensors


def main(quick: bool) -> Report:
    """Three cities of one density. `--quick` has 40 signals at most."""
    sizes, span_s = (QUICK_SIZES, QUICK_SPAN_S) if quick else (SIZES, SPAN_S)
    runs = [measure(size, span_s) for size in sizes]
    small, large = runs[0], runs[-1]
    figures = [
        Figure("sensors", large.sensors, None if quick else 49_000),
        Figure("vehicles in transit", large.vehicles, None if quick else 300_000),
        Figure("a beat, p50", large.at("whole", 50), P50_MS, at_least=False, unit="ms"),
        Figure("a beat, p99", large.at("whole", 99), P99_MS, at_least=False, unit="ms"),
        Figure("processor time of a beat, p50", float(np.percentile(large.cpu_ms, 50)), unit="ms"),
        Figure("processor time of a beat, p99", float(np.percentile(large.cpu_ms, 99)), unit="ms"),
        Figure(
            "mean beat beside adding up its rows one by one", _mean(large.wall_ms["whole"]), peer=_mean(large.naive_ms)
        ),
        _growth(small, large),
        Figure("rows sent and not accepted", large.rows_lost, 0, at_least=False),
        Figure(
            "the longest a snapshot held a beat up, beside saving it in whole",
            _longest(large),
            0.5,
            large.saved_ms,
            False,
            "ms",
        ),
        Figure("memory that the brain takes", large.memory_mib, 4096.0, at_least=False, unit="MiB"),
    ]
    notes = [f"{np.mean(large.rows):,.0f} rows a beat, {max(large.rows):,} at most, {len(large.rows)} beats timed"]
    if quick:
        notes.append(f"quick: {large.signals} signals; its figures say nothing about a large city")
    return Report(figures, notes, (_stage_table(large), _growth_table(runs)))


def measure(n_signals: int, span_s: int) -> Run:
    """Run the brain on a recorded city."""
    world = recorded(n_signals, span_s)
    before_mib = _resident_mib()
    brain, wire = make_brain(world, Settings(), SYSTEM, "bench"), Wire(world.city, world.time_s)
    wall_ms: dict[str, list[float]] = defaultdict(list)
    cpu_ms, naive_ms, rows, lost = [], [], [], 0
    folder = tempfile.TemporaryDirectory()
    kept, snapshot_ms, owed = SnapshotWriter(Snapshots(Path(folder.name)), "brain"), [], False
    for beat in range(span_s):
        seen = world.observe(world.time_s + 1.0)
        messages = wire.messages(seen)
        cpu_s, begin_s = time.process_time(), time.perf_counter()
        accepted = wire.read(messages, seen.time_s)
        decode_s = time.perf_counter() - begin_s
        brain.beat(seen)
        if beat % SNAPSHOT_EVERY == 0 or owed:
            took_ms, owed = _snapshot(kept, brain)
            snapshot_ms.append(took_ms)
        whole_s, cpu_s = time.perf_counter() - begin_s, time.process_time() - cpu_s
        lost += seen.rows - accepted
        if beat >= WARM_UP:
            newest = {name: spent.newest_ms for name, spent in brain.watch.times().items()}
            newest |= {"decode": 1000.0 * decode_s, "whole": 1000.0 * whole_s}
            for stage in STAGES:
                wall_ms[stage].append(newest[stage])
            cpu_ms.append(1000.0 * cpu_s)
            naive_ms.append(_one_by_one(seen))
            rows.append(seen.rows)
    sensors, vehicles = len(world.city.sensors.sensor_id), int(world.about["running"])
    taken_mib = _resident_mib() - before_mib
    kept.finish()
    saved_ms = _ms(lambda: Snapshots(Path(folder.name)).save("whole", brain.state()))
    folder.cleanup()
    return Run(n_signals, sensors, vehicles, wall_ms, cpu_ms, naive_ms, rows, lost, taken_mib, snapshot_ms, saved_ms)


def _snapshot(kept: SnapshotWriter, brain: Brain) -> tuple[float, bool]:
    """What it takes of the beat (ms), and whether it is owed still."""
    begin_s = time.perf_counter()
    owed = not kept.offer(brain.state)
    return 1000.0 * (time.perf_counter() - begin_s), owed


def _ms(work: Callable[[], object]) -> float:
    begin_s = time.perf_counter()
    work()
    return 1000.0 * (time.perf_counter() - begin_s)


def _one_by_one(seen: Observations) -> float:
    """Milliseconds of the plainest thing one can do with the rows: count what each sensor and vehicle said."""
    begin_s = time.perf_counter()
    total: dict[tuple[str, int], int] = defaultdict(int)
    counts, passages, probes = seen.counts, seen.passages, seen.probes
    for i in range(counts.time_s.size):
        total["count", int(counts.sensor[i])] += int(counts.count[i])
    for i in range(passages.time_s.size):
        total["passage", int(passages.sensor[i])] += 1
    for i in range(probes.time_s.size):
        total["probe", int(probes.vehicle[i])] += 1
    return 1000.0 * (time.perf_counter() - begin_s)


def _longest(run: Run) -> float:
    return max(run.snapshot_ms)


def _mean(values: list[float]) -> float:
    return float(np.mean(values))


def _growth(small: Run, large: Run) -> Figure:
    what = "processor time a sensor, beside a quarter of the city"
    return Figure(what, large.cpu_us_per_sensor, GROWTH, small.cpu_us_per_sensor, at_least=False, unit="us")


def _resident_mib() -> float:
    text = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(text.split("VmRSS:")[1].split()[0]) / 1024.0


def _stage_table(run: Run) -> str:
    rows = [(stage, *(f"{run.at(stage, percent):.1f}" for percent in (50, 99, 100))) for stage in STAGES]
    head = ("stage", "p50, ms", "p99, ms", "most, ms")
    return f"### A beat of {run.signals} signals, {run.sensors:,} sensors\n\n{markdown(head, rows)}"


def _growth_table(runs: list[Run]) -> str:
    rows = [
        (
            f"{run.signals}",
            f"{run.sensors:,}",
            f"{run.vehicles:,}",
            f"{run.at('whole', 50):.1f}",
            f"{run.at('whole', 99):.1f}",
            f"{np.mean(run.cpu_ms):.1f}",
            f"{run.cpu_us_per_sensor:.2f}",
        )
        for run in runs
    ]
    head = ("signals", "sensors", "vehicles", "p50, ms", "p99, ms", "processor, ms", "processor a sensor, us")
    return f"### Growth with the city\n\n{markdown(head, rows)}"
