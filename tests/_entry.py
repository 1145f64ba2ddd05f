"""An entry side on a small city, and messages for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from citybrain.city.generate.city import generate_city
from citybrain.clock import ManualClock
from citybrain.ingest.check import Context
from citybrain.ingest.ingestor import Ingestor, Message
from citybrain.ingest.kinds import Kind
from citybrain.ingest.pipeline import Intake
from citybrain.ingest.place import Gazetteer
from citybrain.ingest.pseudonym import DayKeys
from citybrain.settings import Settings

CITY, _ = generate_city(4)
NOW_S = 1_790_000_000.0
NDJSON = "application/x-ndjson"
SETTINGS = Settings(log_commit_ms=1)


def ingestor(folder: Path, settings: Settings = SETTINGS, clock: ManualClock | None = None) -> Ingestor:
    keys = DayKeys(bytes(32), int(NOW_S // 86_400) - 1)
    return Ingestor(
        Intake(Context.of(Gazetteer.of(CITY), keys, settings)), folder, clock or ManualClock(NOW_S), settings
    )


def row(k: int = 0, **changes: Any) -> dict[str, Any]:
    """A count."""
    given = {"time": NOW_S - 1.0 - k, "sensor": CITY.sensors.sensor_id[0], "interval_s": 20, "count": k % 50}
    return given | changes


def lines(*rows: dict[str, Any]) -> bytes:
    return "\n".join(json.dumps(each) for each in rows).encode()


def message(*rows: dict[str, Any], key: str | None = None, kind: Kind = Kind.COUNT, source: str = "office") -> Message:
    return Message(source, kind, NDJSON, lines(*rows), key)
