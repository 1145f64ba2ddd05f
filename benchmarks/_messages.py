"""Messages as a city's sensors send them, of every common kind, in both formats: the load of the ingestion benchmarks.

A second of a city is mostly positions and plate reads, then counts and signal changes.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np

from citybrain.city.model import City
from citybrain.ingest.kinds import Kind

ARROW = "application/vnd.apache.arrow.stream"
NDJSON = "application/x-ndjson"
MIX = {Kind.PROBE: 0.45, Kind.PASSAGE: 0.25, Kind.COUNT: 0.2, Kind.SIGNAL: 0.1}  # share of the rows


@dataclass(frozen=True)
class Message:
    """What a source posts at once."""

    kind: Kind
    content_type: str
    body: bytes
    n_rows: int


def columns_of(city: City, kind: Kind, n: int, now_s: float, seed: int = 1) -> dict[str, Any]:
    """Columns by wire name, all rows good, no two alike."""
    rng = np.random.default_rng(seed)
    found: dict[str, Any] = {"time": np.round(now_s - rng.uniform(0.0, 20.0, n), 3)}
    if kind in (Kind.COUNT, Kind.PASSAGE):
        found["sensor"] = rng.choice(np.asarray(city.sensors.sensor_id, dtype=object), n)
    if kind is Kind.COUNT:
        found |= {"interval_s": np.full(n, 20), "count": rng.integers(0, 20, n)}
        found["occupancy_frac"] = np.round(rng.uniform(0.0, 1.0, n), 4)
    elif kind is Kind.PASSAGE:
        found["plate"] = np.array([f"A{k:06d}" for k in rng.integers(0, 1_000_000, n)], dtype=object)
    elif kind is Kind.PROBE:
        found["device"] = np.array([f"device-{k:07d}" for k in rng.integers(0, 10_000_000, n)], dtype=object)
        for name, m in (("x_m", city.nodes.x_m), ("y_m", city.nodes.y_m)):
            found[name] = np.round(rng.uniform(m.min(), m.max(), n), 2)
        found["speed_mps"] = np.round(rng.uniform(0.0, 20.0, n), 2)
    elif kind is Kind.SIGNAL:
        found["group"] = rng.choice(np.asarray(city.groups.group_id, dtype=object), n)
        found["colour"] = rng.choice(np.array(["red", "green", "yellow"], dtype=object), n)
    return found


def message(city: City, kind: Kind, content_type: str, n: int, now_s: float, seed: int = 1) -> Message:
    """One message of `n` rows."""
    import polars as pl

    frame = pl.DataFrame(
        {name: list(c) if c.dtype == object else c for name, c in columns_of(city, kind, n, now_s, seed).items()}
    )
    out = io.BytesIO()
    if content_type == ARROW:
        frame.write_ipc_stream(out, compression="uncompressed", compat_level=pl.CompatLevel.oldest())
    else:
        frame.write_ndjson(out)
    return Message(kind, content_type, out.getvalue(), n)


def load(city: City, content_type: str, n_messages: int, n_rows: int, now_s: float) -> list[Message]:
    """Messages of one kind each, in the mix of a city's second."""
    rng = np.random.default_rng(7)
    kinds = rng.choice(np.array([str(kind) for kind in MIX]), n_messages, p=list(MIX.values()))
    return [message(city, Kind(kind), content_type, n_rows, now_s, seed) for seed, kind in enumerate(kinds)]
