"""What it costs a beat to keep the events of every signal, how much memory an hour takes, and what an answer costs.

The streets are generated, with detectors at the stop line and upstream on every lane before a signal, which report
every second. Signals follow their plans; vehicles come by chance, some 180 an hour on every lane. With --quick 100
signals and some minutes; the targets are those of 1,300 signals and an hour. Times are of the processor.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from benchmarks._bench import Figure, Report

from citybrain.city.generate.city import generate_city
from citybrain.city.model import City, freeze
from citybrain.control.plans import PlanPlayer
from citybrain.estimate.performance.logbook import Logbook
from citybrain.records.observations import DetectorCounts, Observations, SignalStates, make
from citybrain.server.performance import told
from citybrain.settings import Settings
from citybrain.worlds.sensing import with_upstream

VEHICLE_SHARE = 0.05  # of the detectors that see a vehicle in a second
BEAT_MS, MEMORY_MIB, ANSWER_MS = 3.0, 200.0, 50.0
ASKED = 20  # signals


def main(quick: bool) -> Report:
    """One city, second by second."""
    signals, seconds = (100, 400) if quick else (1300, 3700)
    city, _ = generate_city(signals, 1)
    city = freeze(replace(city, sensors=with_upstream(city, 1.0, 0)))
    settings = Settings()
    logbook = Logbook(city, 0.0, settings.performance_keep_s, settings.performance_mib << 20)
    beat_ms = []
    for seen in _seconds(city, seconds):
        begin = time.process_time()
        logbook.take(seen)
        beat_ms.append(1000.0 * (time.process_time() - begin))
    told_ms = [_answer_ms(logbook, signal) for signal in range(0, signals, max(signals // ASKED, 1))]
    what = f"{signals} signals, {len(city.sensors.sensor_id)} detectors"
    figures = [
        Figure(f"{what}: of a beat, median", float(np.median(beat_ms)), BEAT_MS, at_least=False, unit="ms"),
        Figure(f"{what}: of a beat, p99", float(np.percentile(beat_ms, 99)), unit="ms"),
        Figure(f"{what}: memory of the events", logbook.ring.bytes / 2**20, MEMORY_MIB, at_least=False, unit="MiB"),
        Figure("an answer about a signal, median", float(np.median(told_ms)), ANSWER_MS, at_least=False, unit="ms"),
    ]
    kept = sum(sheet.time_s.size for sheet in logbook.ring._view.sheets)
    span_s = logbook.now_s - logbook.ring.since_s()
    return Report(figures, [f"{kept:,} events are kept, of the last {min(span_s, logbook.now_s):.0f} s"])


def _seconds(city: City, seconds: int) -> Iterator[Observations]:
    """What sensors report: every colour that changes, every detector each second."""
    rng, player = np.random.default_rng(0), PlanPlayer(city)
    n, before = len(city.sensors.sensor_id), np.full(len(city.groups.group_id), 255, np.uint8)
    sensor = np.arange(n)
    for second in range(1, seconds + 1):
        now_s, colours = float(second), player.colours(float(second))
        changed = np.flatnonzero(colours != before)
        before = colours.copy()
        count = (rng.random(n) < VEHICLE_SHARE).astype(np.int32)
        share = np.where(count > 0, rng.uniform(0.1, 1.0, n), 0.0)
        yield Observations(
            now_s,
            counts=make(DetectorCounts, np.full(n, now_s), np.full(n, now_s), sensor, 1, count, share, 0),
            signals=make(
                SignalStates,
                np.full(changed.size, now_s),
                np.full(changed.size, now_s),
                changed,
                colours[changed],
                0,
            ),
        )


def _answer_ms(logbook: Logbook, signal: int) -> float:
    begin = time.process_time()
    told(logbook, signal)
    return 1000.0 * (time.process_time() - begin)
