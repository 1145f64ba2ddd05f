"""Signal performance measures and diagnosis: against the twin's truth, against faults put in, against `atspm`.

`truth`: split failures, arrivals on green and delay as sensors show them, beside those of every vehicle in the twin.
`injected`: a fault is put into a good plan; is it what the diagnosis names, at its junction, first? `advice`: what the
streets make of the advice, taken without a second look. `peer`: the same log through the PyPI package `atspm`, where a
Python that has it is named by ATSPM_PYTHON. `speed`: events a second.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from benchmarks._bench import Figure, Report, joined
from benchmarks._diagnose_faults import INJECTED, Spoilt
from benchmarks._diagnose_places import FINE, PLACES, TOWN, Place, improved, open_place, there
from benchmarks._diagnose_synthetic import Approach, make_log, poisson
from benchmarks._diagnose_truth import Ground, true_measures
from benchmarks._places import ROOT
from benchmarks._tables import markdown

from citybrain.control.plans import PlanPlayer
from citybrain.detect.diagnosis.diagnose import diagnose
from citybrain.estimate.performance.measures import measure, periods_of
from citybrain.estimate.performance.recorder import Recorder
from citybrain.feeds.atspm.write import write_log
from citybrain.records.signal_events import SignalLog
from citybrain.twin.sensor_options import SensorOptions
from citybrain.twin.sensors import SensorSuite
from citybrain.twin.twin import Twin

DOCUMENT = ROOT / "docs" / "diagnosis.md"
LASTS_S, QUICK_S, INJECT_S = 3600.0, 900.0, 2700.0
SEEDS, QUICK_SEEDS = (1,), (1,)
ADVISED = ("cologne8", "Hangzhou")
INJECTED_INTO = ("cologne8", "Jinan", TOWN)
RECALL, PRECISION, ON_GREEN, DELAY = 0.9, 0.9, 0.05, 0.15
FIRST, NAMED = 0.8, 0.9
PEER = "ATSPM_PYTHON"
BUSY_MIN = 20  # vehicles of a phase, before a share of them is compared


# ---- against the truth ----


def truth(quick: bool) -> Report:
    """The detectors of a well-kept city, some of them dead, on three real places and a generated one."""
    names = [name for name in (("cologne8",) if quick else PLACES) if there(name)]
    rows, figures = [], []
    for name, words, sensors in [(name, "usual", FINE) for name in names]:
        found = _against_truth(open_place(name), sensors, QUICK_S if quick else LASTS_S)
        rows.append((f"{name}, {words} detectors", *found.cells()))
        figures += found.figures(f"{name}, {words}")
    head = ("place", "greens", "failed", "named", "rightly", "on green, error", "bias", "delay, error", "sum of delay")
    return Report(figures, ["errors: means over phases with 20 vehicles or more"], [markdown(head, rows)])


class _Compared:
    """Measures and truth of one run."""

    def __init__(self, arrays: dict[str, np.ndarray]) -> None:
        known, failed, true = arrays["known"], arrays["failed"], arrays["true"]
        self.known, self.true = int(known.sum()), int((true & known).sum())
        self.named = int((failed & known).sum())
        self.right = int((failed & true & known).sum())
        error = arrays["on_green"] - arrays["true_on_green"]
        self.error, self.bias = float(np.abs(error).mean()), float(error.mean())
        with np.errstate(divide="ignore", invalid="ignore"):
            self.delay = float(np.median(np.abs(arrays["delay"] - arrays["true_delay"]) / arrays["true_delay"]))
        self.total = float(arrays["delay"].sum() / max(arrays["true_delay"].sum(), 1e-9))

    def cells(self) -> tuple[str, ...]:
        counts = (str(self.known), str(self.true), str(self.named), str(self.right))
        return (*counts, f"{self.error:.3f}", f"{self.bias:+.3f}", f"{self.delay:.1%}", f"{self.total:.2f}")

    def figures(self, what: str) -> list[Figure]:
        figures = [Figure(f"{what}: arrivals on green, mean error", self.error, ON_GREEN, at_least=False)]
        if self.true >= 10:
            figures.append(Figure(f"{what}: failed splits found", self.right / self.true, RECALL))
            figures.append(Figure(f"{what}: found splits that failed", self.right / max(self.named, 1), PRECISION))
        return [*figures, Figure(f"{what}: delay of a phase, median error", self.delay, DELAY, at_least=False)]


def _against_truth(place: Place, sensors: SensorOptions, lasts_s: float) -> _Compared:
    twin = Twin(place.city, place.demand, 0)
    suite, recorder = SensorSuite(twin, sensors, 1), Recorder(place.city, twin.time_s)
    ground, player = Ground(place.city, twin.demand.trips.depart_s.size), PlanPlayer(place.city)
    while twin.time_s < place.until(lasts_s):
        twin.step(player.colours(twin.time_s))
        recorder.take(suite.observe())
        ground.see(twin)
    found = diagnose(recorder.log(twin.time_s)).case.found
    real = true_measures(ground, recorder.map, found.cycles)
    phase, n = found.cycles.phase, found.log.phases.device.size

    def total(values: np.ndarray) -> np.ndarray:
        return np.bincount(phase, np.nan_to_num(np.asarray(values, np.float64)), n)

    busy = (total(real.arrivals) >= BUSY_MIN) & found.has_arrivals & found.has_departures
    came, came_true = total(found.arrivals.all), total(real.arrivals)
    arrays = {
        "known": found.occupancy.known,
        "failed": found.occupancy.failed,
        "true": real.failed,
        "on_green": (total(found.arrivals.green) / np.maximum(came, 1.0))[busy],
        "true_on_green": (total(real.on_green) / np.maximum(came_true, 1.0))[busy],
        "delay": total(found.delay_vs)[busy],
        "true_delay": real.delay_s[busy],
    }
    return _Compared(arrays)


# ---- against faults ----


def injected(quick: bool) -> Report:
    """Six faults at each place and seed, put into plans that the diagnosis' own advice has made good."""
    names = [name for name in ((TOWN,) if quick else INJECTED_INTO) if there(name)]
    lasts_s, seeds = (1800.0, QUICK_SEEDS) if quick else (INJECT_S, SEEDS)
    rows, first, named, base, every = [], 0, 0, 0, 0
    by_fault: dict[str, list[int]] = {}
    for name in names:
        place, _ = (open_place(name), []) if quick else improved(open_place(name), lasts_s)
        for seed in seeds:
            before = place.diagnosis(lasts_s, seed)
            base += len(before.findings)
            for inject in INJECTED[:2] if quick else INJECTED:
                spoilt = inject(place, before.case, lasts_s, seed)
                if spoilt is None:
                    rows.append((f"{name}, {seed}: {inject.__name__}", "not possible here", "", ""))
                    continue
                rank = _rank(spoilt, lasts_s, seed, rows, f"{name}, {seed}")
                by_fault.setdefault(spoilt.what, []).append(rank)
                first, named, every = first + (rank == 1), named + (rank > 0), every + 1
    notes = [f"{every} faults; unspoilt plans have {base / max(len(names) * len(seeds), 1):.1f} findings each"]
    sums = [
        (what, str(len(r)), str(sum(k == 1 for k in r)), str(sum(k > 0 for k in r))) for what, r in by_fault.items()
    ]
    tables = [
        markdown(("fault", "put in", "named first", "named"), sums),
        markdown(("place, seed: fault", "junction", "rank", "findings"), rows),
    ]
    figures = [
        Figure("faults named first, at their junction", first / max(every, 1), FIRST),
        Figure("faults named at all", named / max(every, 1), NAMED),
    ]
    return Report(figures, notes, tables)


def _rank(spoilt: Spoilt, lasts_s: float, seed: int, rows: list[tuple[str, ...]], where: str) -> int:
    findings = spoilt.diagnosis(lasts_s, seed).findings
    rank = spoilt.place_of(findings)
    said = "" if rank == 1 or not findings else f" (first: {findings[0].cause} at {findings[0].device})"
    rows.append((f"{where}: {spoilt.what}", spoilt.device, str(rank or "none") + said, str(len(findings))))
    return rank


# ---- what the advice is worth ----


def advice(quick: bool) -> Report:
    """Mean delay before and after taking the advice on greens and offsets, the streets as judge."""
    rows, figures = [], []
    for name in [name for name in ((TOWN,) if quick else ADVISED) if there(name)]:
        _, delays = improved(open_place(name, all_trips=True), QUICK_S if quick else INJECT_S)
        rows.append((name, " → ".join(f"{delay:.1f}" for delay in delays), f"{delays[-1] / delays[0] - 1.0:+.1%}"))
        figures.append(Figure(f"{name}: mean delay after the advice", delays[-1], 1.0, delays[0], False, "s"))
    notes = [f"all trips of each place, seed 0, {QUICK_S if quick else INJECT_S:.0f} s"]
    return Report(figures, notes, [markdown(("place", "mean delay, s", "change"), rows)])


# ---- against `atspm` ----

PEER_PROGRAM = """
import json, sys, time
import atspm
folder = sys.argv[1]
begin = time.perf_counter()
parameters = {
    "raw_data": folder + "/events.parquet", "detector_config": folder + "/peer.csv", "bin_size": 15,
    "output_dir": folder + "/out", "output_format": "csv", "output_file_prefix": "",
    "output_to_separate_folders": False,
    "remove_incomplete": False, "verbose": 0,
    "aggregations": [
        {"name": "has_data", "params": {"no_data_min": 5, "min_data_points": 3}},
        {"name": "split_failures", "params": {"red_time": 5, "red_occupancy_threshold": 0.79,
            "green_occupancy_threshold": 0.79, "by_approach": True, "by_cycle": False}},
        {"name": "arrival_on_green", "params": {"latency_offset_seconds": -10}},
    ],
}
with atspm.SignalDataProcessor(**parameters) as processor:
    processor.load()
    processor.aggregate()
    wall_s = time.perf_counter() - begin
    ask = lambda what, of: processor.conn.query(
        f"SELECT Phase, {what} FROM {of} GROUP BY Phase ORDER BY Phase").fetchall()
    failures = ask("SUM(Split_Failure)", "split_failures")
    green = ask("SUM(Percent_AOG * Total_Actuations), SUM(Total_Actuations)", "arrival_on_green")
version = getattr(atspm, "__version__", "?")
print(json.dumps({"wall_s": wall_s, "failures": failures, "green": green, "version": version}))
"""


def synthetic(n_phases: int, hours: float, seed: int = 0) -> SignalLog:
    """Phases of one lane from quiet to crowded, one controller for each eight."""
    end_s = 3600.0 * hours
    approaches = [
        Approach(k // 8, 1 + k % 8, poisson(0.04 + 0.02 * (k % 8), end_s, seed + k), 30.0, 90.0, 5.0 * (k % 18))
        for k in range(n_phases)
    ]
    return make_log(approaches, end_s)


def peer(quick: bool) -> Report:
    """Arrivals on green and split failures of the same log, and the time that both take."""
    python = os.environ.get(PEER, "")
    if not python:
        return Report([], [f"atspm: left out, {PEER} names no Python that has it (pip install atspm into a venv)"])
    log = synthetic(8, 2.0 if quick else 8.0)
    with tempfile.TemporaryDirectory() as name:
        write_log(log, Path(name))
        _peer_detectors(log, Path(name))
        run = subprocess.run([python, "-c", PEER_PROGRAM, name], capture_output=True, text=True, check=False)
    if run.returncode:
        return Report([], [f"atspm: left out, it failed: {run.stderr.strip().splitlines()[-1][:160]}"])
    theirs = json.loads(run.stdout.splitlines()[-1])
    begin = time.perf_counter()
    whole = periods_of(measure(log), None)
    ours_s = time.perf_counter() - begin
    failures, green = dict(theirs["failures"]), {phase: (share, n) for phase, share, n in theirs["green"]}
    rows, worst = [], [0.0, 0.0]
    for row in range(whole.phase.size):
        number = int(log.phases.number[whole.phase[row]])
        share = green[number][0] / green[number][1]
        rows.append(
            (
                str(number),
                f"{whole.on_green_share[row]:.4f}",
                f"{share:.4f}",
                str(whole.failures[row]),
                str(int(failures[number])),
            )
        )
        worst[0] = max(worst[0], abs(float(whole.on_green_share[row]) - share))
        worst[1] = max(worst[1], abs(float(whole.failures[row] - failures[number])))
    figures = [
        Figure("arrivals on green, largest difference from atspm", worst[0], 0.01, at_least=False),
        Figure("split failures, largest difference from atspm", worst[1], 2.0, at_least=False, unit="of a phase"),
        Figure("time of the same log", ours_s, 1.0, theirs["wall_s"], at_least=False, unit="s"),
    ]
    notes = [
        f"atspm {theirs['version']}, {log.events.time_s.size:,} events; it counts the cut cycles at both ends as well"
    ]
    head = ("phase", "on green, ours", "atspm", "split failures, ours", "atspm")
    return Report(figures, notes, [markdown(head, rows)])


def _peer_detectors(log: SignalLog, folder: Path) -> None:
    import polars as pl

    names = {0: "Presence", 2: "Advance"}
    rows = [row for row in range(log.channels.use.size) if int(log.channels.use[row]) in names]
    pl.DataFrame(
        {
            "DeviceId": [log.devices[log.channels.device[row]] for row in rows],
            "Phase": [int(log.phases.number[log.channels.phase[row]]) for row in rows],
            "Parameter": [int(log.channels.channel[row]) for row in rows],
            "Function": [names[int(log.channels.use[row])] for row in rows],
        }
    ).write_csv(folder / "peer.csv")


# ---- speed ----


def speed(quick: bool) -> Report:
    """Measures, and the whole diagnosis, of some hours of ten controllers."""
    log = synthetic(80, 2.0 if quick else 6.0)
    n = log.events.time_s.size
    measured = min(_time(lambda: measure(log)) for _ in range(3))
    whole = _time(lambda: diagnose(log))
    figures = [
        Figure("events measured", n / measured, 500_000.0, unit="a second"),
        Figure("events diagnosed", n / whole, 50_000.0, unit="a second"),
    ]
    return Report(figures, [f"{n:,} events of {len(log.devices)} controllers; processor time, the least of three runs"])


def _time(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


PARTS: dict[str, Callable[[bool], Report]] = {
    "truth": truth,
    "injected": injected,
    "advice": advice,
    "peer": peer,
    "speed": speed,
}


def main(quick: bool) -> Report:
    """All parts."""
    return joined([part(quick) for part in PARTS.values()])
