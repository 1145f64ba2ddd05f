"""Plates and device ids that can be found again, sent by every way that a message has, good and bad."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from _entry import CITY, NOW_S
from citybrain.ingest.kinds import Kind

N_CANARIES = 1000
SEEN = re.compile(rb"ZQ\d{4}XJ|Z\x00Q\x00\d", re.IGNORECASE)  # also as UTF-16
JSON, NDJSON, ARROW = "application/json", "application/x-ndjson", "application/vnd.apache.arrow.stream"
Post = tuple[Kind, str, bytes]


def canary(k: int) -> str:
    return f"ZQ{k:04d}XJ"


def hits(folder: Path) -> list[str]:
    """Files below a folder that hold a canary, as raw bytes."""
    return [str(path) for path in folder.rglob("*") if path.is_file() and SEEN.search(path.read_bytes())]


def passage(k: int, **changes: Any) -> dict[str, Any]:
    return {"time": NOW_S - 5.0, "sensor": CITY.sensors.sensor_id[0], "plate": canary(k)} | changes


def probe(k: int, **changes: Any) -> dict[str, Any]:
    x_m, y_m = float(CITY.nodes.x_m[0]), float(CITY.nodes.y_m[0])
    return {"time": NOW_S - 5.0, "device": canary(k), "x_m": x_m, "y_m": y_m} | changes


def posts() -> Iterator[Post]:
    """Good messages, then every place in which a plate may stand by mistake."""
    numbers = range(N_CANARIES)
    lines = "\n".join(json.dumps(passage(k)) for k in numbers).encode()
    yield Kind.PASSAGE, NDJSON, lines
    yield Kind.PASSAGE, JSON, json.dumps([passage(k) for k in numbers]).encode()
    yield Kind.PROBE, NDJSON, "\n".join(json.dumps(probe(k)) for k in numbers).encode()
    yield Kind.PASSAGE, ARROW, _arrow([passage(k) for k in numbers])
    yield Kind.PROBE, ARROW, _arrow([probe(k) for k in numbers])
    for wrong in _wrong_rows():
        yield Kind.PASSAGE, NDJSON, json.dumps(wrong).encode()
        yield Kind.PASSAGE, JSON, json.dumps([passage(1), wrong]).encode()
        yield Kind.REPORT, NDJSON, json.dumps(wrong).encode()
    yield Kind.PASSAGE, JSON, lines[:5000]  # torn
    yield Kind.PASSAGE, NDJSON, lines.replace(b"}", b"")
    yield Kind.PASSAGE, ARROW, lines
    yield Kind.PASSAGE, ARROW, _arrow([{canary(k): canary(k), **passage(k)} for k in range(9)])
    yield Kind.PASSAGE, ARROW, _arrow([passage(k) for k in numbers])[:-900]
    yield Kind.PASSAGE, canary(5), lines
    yield Kind.REPORT, NDJSON, json.dumps(_report()).encode()


def _wrong_rows() -> Iterator[Any]:
    for field in ("time", "sensor", "lane", "to_link", "vehicle_class", "quality"):
        yield passage(1, **{field: canary(2)})
    yield passage(1, plate=canary(3) * 40)
    yield passage(1, plate=[canary(3)])
    yield passage(1, **{canary(4): 1})
    yield {"plate": canary(5)}
    yield canary(6)
    yield [canary(7)]


def _report() -> dict[str, Any]:
    x_m, y_m = float(CITY.nodes.x_m[0]), float(CITY.nodes.y_m[0])
    said = f"the car {canary(8)} stands across both lanes, plate {canary(9).lower()}"
    return {"time": NOW_S, "report": "r1", "category": "accident", "text": said, "x_m": x_m, "y_m": y_m}


def _arrow(rows: list[dict[str, Any]]) -> bytes:
    import polars as pl

    out = io.BytesIO()
    pl.DataFrame(rows).write_ipc_stream(out, compression="uncompressed")
    return out.getvalue()
