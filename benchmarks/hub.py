"""What a beat pays to publish at city scale, and what the history costs: 10,000 indicators, columns of 300,000 rows.

The peer of `publish` is a dict of one record an address, which is what the hub's arrays replace. Best of several runs.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from benchmarks._bench import Figure, Report

from citybrain.hub.catalogue import Entry, Kind
from citybrain.hub.history import History
from citybrain.hub.hub import Hub
from citybrain.hub.series import Question, series
from citybrain.hub.snapshot import Snapshots
from citybrain.hub.subscription import Subscription
from citybrain.records.indicator import IndicatorValue
from citybrain.records.observations import Quality
from citybrain.settings import Settings

N, N_AREAS, ROWS = 10_000, 50, 300_000


def _best_s(work: Callable[[], object], times: int) -> float:
    found = []
    for _ in range(times):
        begin_s = time.perf_counter()
        work()
        found.append(time.perf_counter() - begin_s)
    return min(found)


def main(quick: bool) -> Report:
    """Hub, history and snapshots in turn."""
    times = 20 if quick else 100
    hub = Hub()
    entries = [
        Entry(f"demo/a{k % N_AREAS}/indicator{k // N_AREAS}", "vehicles", "d", "s", "o", 1.0, 5.0) for k in range(N)
    ]
    rows = hub.register(entries)
    column = Entry("demo/links/speed", "m/s", "d", "s", "o", 1.0, 5.0, Kind.TABLE, rows=ROWS, axis="links")
    hub.register_table(column)
    with tempfile.TemporaryDirectory() as folder:
        kept = _history(Path(folder) / "history", hub, entries, 30 if quick else 240)
        state = {f"array {k}": np.random.default_rng(k).random(1_250_000) for k in range(10)}
        snapshots = Snapshots(Path(folder) / "snapshots")
        save_s = _best_s(lambda: snapshots.save("brain", state), 3)
        load_s = _best_s(lambda: snapshots.load("brain"), 3)
    return Report(
        [
            *_publishing(hub, entries, rows, times),
            *kept,
            Figure("snapshot of 100 MB, durable", save_s, 3.0, at_least=False, unit="s"),
            Figure("its loading, checksum and digest proved", load_s, 3.0, at_least=False, unit="s"),
        ]
    )


def _publishing(hub: Hub, entries: list[Entry], rows: np.ndarray, times: int) -> list[Figure]:
    values, cells = np.random.default_rng(0).random(N), np.random.default_rng(0).random(ROWS).astype(np.float32)
    plain: dict[str, IndicatorValue] = {}

    def by_record() -> None:
        for entry, value in zip(entries, values.tolist(), strict=True):
            plain[entry.address] = IndicatorValue(entry.address, 1.0, value, "s", Quality.ESTIMATED, value, value)

    array_s = _best_s(lambda: hub.publish(1e6, rows, values, values, values), times)
    table_s = _best_s(lambda: hub.publish_table("demo/links/speed", 1e6, cells), times)
    one_s = _best_s(lambda: [hub.latest("demo/a7/indicator3", 1e6) for _ in range(1000)], times) / 1000
    reader = Subscription(hub, rows)

    def told() -> None:
        hub.publish(1e6, rows, values)
        reader.take(1e6)

    return [
        Figure("10,000 indicators published", array_s * 1e6, 2000.0, at_least=False, unit="us"),
        Figure("against a dict of records", array_s, 0.2, peer=_best_s(by_record, 5), at_least=False),
        Figure("a column of 300,000 rows published", table_s * 1e6, 5000.0, at_least=False, unit="us"),
        Figure("one latest value", one_s * 1e6, 20.0, at_least=False, unit="us"),
        Figure("10,000 published and taken by a reader", _best_s(told, times) * 1e6, 4000.0, at_least=False, unit="us"),
    ]


def _history(folder: Path, hub: Hub, entries: list[Entry], minutes: int) -> list[Figure]:
    """Minutes of 10,000 indicators: what appending costs the beat, what they take on disk, how fast they are read."""
    history, rows = History(folder, Settings(history_flush_s=600)), hub.rows_of(entries)
    rng, appended = np.random.default_rng(1), []
    level = rng.random(N) * 100.0
    for minute in range(minutes):
        level = np.round(np.maximum(0.0, level + rng.normal(0.0, 1.0, N)), 2)
        hub.publish(60.0 * minute, rows, level, level - 1.0, level + 1.0)
        begin_s = time.perf_counter()
        history.append(entries, hub.values(rows, 60.0 * minute))
        appended.append(time.perf_counter() - begin_s)
    history.close()
    size = sum(path.stat().st_size for path in folder.rglob("*.parquet"))
    question = Question(entries[7], 0.0, 60.0 * minutes, 300.0)
    ask_s = _best_s(lambda: series(history, question), 5)
    return [
        Figure(
            "a minute of 10,000 indicators appended, median",
            float(np.median(appended)) * 1e3,
            100.0,
            at_least=False,
            unit="ms",
        ),
        Figure("bytes on disk a value", size / (N * minutes), 40.0, at_least=False),
        Figure(f"one indicator over {minutes} minutes, in steps", ask_s * 1e3, 500.0, at_least=False, unit="ms"),
    ]
