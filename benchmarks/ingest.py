"""How many observations a second come in durably: over HTTP, acknowledged after the sync, beside two plain ways to do
it.

A real server in its own process, real sockets, sources that each push as fast as they are answered. The baselines keep
the same rows in the same run: one commit for each record, and the naive path of `json.loads` and a row of a table for
each line.
"""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks._bench import Figure, Report
from benchmarks._ingest_client import Tally, push, server
from benchmarks._ingest_server import N_SIGNALS
from benchmarks._messages import ARROW, NDJSON, Message, load
from benchmarks._places import ROOT

DOCUMENT = ROOT / "docs" / "throughput.md"
ARROW_PER_S, NDJSON_PER_S, P99_S = 500_000.0, 100_000.0, 0.5
GROWTH_MIB = 200.0  # at ten times the load, above what the server takes at full load


@dataclass(frozen=True)
class Shape:
    """How the sources send."""

    content_type: str
    rows: int  # of a message
    sources: int


SHAPES = {"Arrow": Shape(ARROW, 5000, 24), "NDJSON": Shape(NDJSON, 2000, 12)}


def main(quick: bool) -> Report:
    """Throughput in both formats, then ten times as many sources as the server can take."""
    from citybrain.city.generate.city import generate_city

    busy = f"load average before the run: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    duration_s, times = (3.0, 2) if quick else (8.0, 3)
    city, _ = generate_city(N_SIGNALS)
    loads = {name: load(city, s.content_type, 24, s.rows, time.time()) for name, s in SHAPES.items()}
    with tempfile.TemporaryDirectory() as folder:
        per_record, naive = baselines(Path(folder), loads["NDJSON"], 1.0 if quick else 4.0)
        figures = []
        for name, shape in SHAPES.items():
            figures += through(Path(folder) / name, name, shape, loads[name], (duration_s, times))
        figures += overload(Path(folder) / "overload", loads["NDJSON"], 6.0 if quick else 60.0)
    figures += [
        Figure("baseline: a commit for each record", per_record, unit="rows/s"),
        Figure("baseline: json.loads and a row for each line, no socket", naive, unit="rows/s"),
        Figure("NDJSON over HTTP against a commit for each record", figures[3].ours, 10.0, per_record),
    ]
    shapes = [f"{s.rows} rows a message from {s.sources} sources ({n})" for n, s in SHAPES.items()]
    return Report(figures, [*shapes, busy])


def through(
    folder: Path, name: str, shape: Shape, messages: Sequence[Message], effort: tuple[float, int]
) -> list[Figure]:
    """Best of several runs on one server: rows acknowledged a second, and how long a source waits for its answer."""
    duration_s, times = effort
    with server(folder) as door:
        push(door.port, messages, shape.sources, 1.5)
        runs = [push(door.port, messages, shape.sources, duration_s) for _ in range(times)]
        best = max(runs, key=lambda run: run.rows_per_s)
        return [
            Figure(
                f"{name}: rows acknowledged",
                best.rows_per_s,
                ARROW_PER_S if name == "Arrow" else NDJSON_PER_S,
                unit="rows/s",
            ),
            Figure(f"{name}: 99 of 100 answers within", best.wait_s(0.99), P99_S, at_least=False, unit="s"),
            Figure(f"{name}: answers that refuse", _refused(best)),
        ]


def _refused(tally: Tally) -> int:
    return sum(tally.statuses.values()) - tally.statuses[200]


def overload(folder: Path, messages: Sequence[Message], duration_s: float) -> list[Figure]:
    """Sources that offer ten times what the server takes and do not wait when they are refused."""
    with server(folder) as door:
        push(door.port, messages, 10, 2.0)
        before = door.rss_mib()
        known = door.stats()
        tally = push(door.port, messages, 12 * SHAPES["NDJSON"].sources, duration_s)
        after, stats = door.rss_mib(), door.stats()
        normal = push(door.port, messages, 2, 2.0)
    shed = sum(stats["shed"].values()) - sum(known["shed"].values())
    counted = tally.statuses[503] == shed and stats["rows"] - known["rows"] >= tally.rows
    return [
        Figure("overload: offered against acknowledged", tally.offered_rows / max(1, tally.rows)),
        Figure("overload: growth of the server's memory", after - before, GROWTH_MIB, at_least=False, unit="MiB"),
        Figure("overload: messages refused", tally.statuses[503], 1),
        Figure("overload: refused and counted alike", float(counted), 1.0),
        Figure("overload: 99 of 100 acknowledged within", tally.wait_s(0.99), unit="s"),
        Figure("after it, two sources: messages refused", _refused(normal), 0, at_least=False),
    ]


def baselines(folder: Path, messages: Sequence[Message], duration_s: float) -> tuple[float, float]:
    """Rows a second of the two plain ways, in this process, without a socket."""
    lines = [line for message in messages for line in message.body.splitlines()]
    return (
        _rate(lambda: _keep(folder / "records.sqlite", lines, 1, duration_s)),
        _rate(lambda: _keep(folder / "naive.sqlite", lines, 2000, duration_s)),
    )


def _rate(work: Callable[[], int]) -> float:
    begin = time.perf_counter()
    return work() / (time.perf_counter() - begin)


def _keep(path: Path, lines: Sequence[bytes], per_commit: int, duration_s: float) -> int:
    """Parse and insert line by line; how many in the time."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("CREATE TABLE row (time REAL, value TEXT)")
    until, n = time.perf_counter() + duration_s, 0
    while time.perf_counter() < until:
        db.execute("BEGIN")
        for _ in range(per_commit):
            row = json.loads(lines[n % len(lines)])
            db.execute("INSERT INTO row VALUES (?, ?)", (row["time"], json.dumps(row)))
            n += 1
        db.execute("COMMIT")
    db.close()
    return n
