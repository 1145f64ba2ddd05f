"""Messages of every kind as a source would send them, for tests and benchmarks: rows, and rows as bytes of a format."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from citybrain.city.generate import generate_city
from citybrain.city.model import City
from citybrain.ingest.check import Context
from citybrain.ingest.kinds import Kind
from citybrain.ingest.place import Gazetteer
from citybrain.ingest.pseudonym import DayKeys
from citybrain.ingest.schema import COLOURS, FORMATS, PARKING_STATES, VEHICLES
from citybrain.settings import Settings
from citybrain.twin.sensor_places import sensors_of

NOW_S = 1_780_000_000.0
JSON, NDJSON, ARROW_STREAM, ARROW_FILE = FORMATS
PROJECTION = "+proj=eqc +lat_ts=30.25 +lat_0=30.25 +lon_0=120.15 +R=6371000 +units=m"
Row = dict[str, Any]


def small_city(n_signals: int = 4) -> City:
    """A generated city with sensors and a place on the globe."""
    city, _ = generate_city(n_signals)
    return replace(city, meta=replace(city.meta, projection=PROJECTION), sensors=sensors_of(city))


def context_of(city: City, settings: Settings | None = None) -> Context:
    """What decoders know of it, with keys that are the same in every run."""
    return Context.of(Gazetteer.of(city), DayKeys(bytes(range(32)), int(NOW_S // 86_400) - 2), settings or Settings())


@dataclass
class Sender:
    """A source that knows the city and sends good rows. `full` rows have every optional field."""

    city: City
    seed: int = 0
    full: bool = True

    def rows(self, kind: Kind, n: int) -> list[Row]:
        """Good rows; times rise by 10 ms up to NOW_S."""
        rng = np.random.default_rng([self.seed, list(Kind).index(kind)])
        maker = getattr(self, "_" + kind.value)
        return [{"time": NOW_S - 0.01 * (n - i), **maker(rng, i)} for i in range(n)]

    def _place(self, rng: np.random.Generator) -> Row:
        x_m, y_m = self.city.nodes.x_m, self.city.nodes.y_m
        return {"x_m": round(float(rng.uniform(x_m.min(), x_m.max())), 2), "y_m": round(float(rng.choice(y_m)), 2)}

    def _sensor(self, rng: np.random.Generator) -> str:
        ids = self.city.sensors.sensor_id
        return ids[int(rng.integers(len(ids)))]

    def _passage(self, rng: np.random.Generator, i: int) -> Row:
        row: Row = {"sensor": self._sensor(rng), "plate": plate(int(rng.integers(1 << 40)))}
        more = {"lane": 0, "vehicle_class": list(VEHICLES)[i % len(VEHICLES)], "quality": "measured"}
        return row | more if self.full else row

    def _count(self, rng: np.random.Generator, _: int) -> Row:
        row: Row = {"sensor": self._sensor(rng), "interval_s": 60, "count": int(rng.integers(40))}
        return row | {"occupancy_frac": round(float(rng.random()), 3)} if self.full else row

    def _probe(self, rng: np.random.Generator, _: int) -> Row:
        row: Row = {"device": f"phone-{rng.integers(1 << 40):x}", **self._place(rng)}
        return row | {"speed_mps": round(float(rng.uniform(0, 20)), 2)} if self.full else row

    def _signal(self, rng: np.random.Generator, i: int) -> Row:
        groups = self.city.groups.group_id
        return {"group": groups[int(rng.integers(len(groups)))], "colour": list(COLOURS)[i % len(COLOURS)]}

    def _transit(self, rng: np.random.Generator, i: int) -> Row:
        row: Row = {"vehicle": f"bus {i % 90}", "line": f"线 {i % 9}", **self._place(rng)}
        return row | {"speed_mps": 7.5, "delay_s": float(rng.integers(-60, 600))} if self.full else row

    def _parking(self, rng: np.random.Generator, i: int) -> Row:
        row: Row = {"facility": f"P{i % 50}", "free": int(rng.integers(300)), "capacity": 300}
        return row | {"state": list(PARKING_STATES)[i % 3]} if self.full else row

    def _report(self, rng: np.random.Generator, i: int) -> Row:
        row: Row = {"report": f"r{i}", "category": "broken_light", **self._place(rng)}
        return row | {"text": "all lamps dark since noon"} if self.full else row

    def _weather(self, rng: np.random.Generator, i: int) -> Row:
        row: Row = {"station": f"W{i % 5}", "temperature_c": round(float(rng.normal(15, 8)), 1)}
        return row | {"rain_mmph": 0.4, "wind_mps": 3.0, "visibility_m": 9000.0} if self.full else row

    def _emergency(self, rng: np.random.Generator, i: int) -> Row:
        row: Row = {"vehicle": f"RTW {i % 7}", **self._place(rng)}
        return row | {"speed_mps": 16.5} if self.full else row


def plate(number: int) -> str:
    """A plate of the Chinese form by its number: a province, a letter, five letters or digits."""
    signs = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
    tail = "".join(signs[number // 34**k % 34] for k in range(5))
    return "京沪浙苏粤"[number % 5] + "ABCDEF"[number // 7 % 6] + tail


def ndjson(rows: Sequence[Row]) -> bytes:
    """One object a line."""
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()


def body(rows: Sequence[Row], content_type: str, compact: bool = False) -> bytes:
    """The rows in a format. Arrow: strings as views, or with `compact` as 64-bit offsets."""
    if content_type == JSON:
        return json.dumps(rows, ensure_ascii=False).encode()
    if content_type == NDJSON:
        return ndjson(rows)
    import polars as pl

    out = io.BytesIO()
    frame = pl.DataFrame(rows, infer_schema_length=None)
    level = pl.CompatLevel.oldest() if compact else None
    write = frame.write_ipc_stream if content_type == ARROW_STREAM else frame.write_ipc
    write(out, compression="uncompressed", compat_level=level)
    return out.getvalue()
