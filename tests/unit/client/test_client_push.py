"""Observations through the client into a real ingest: JSON lines, frames, and what is neither."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest

from _entry import CITY, NOW_S, ingestor, row
from citybrain.client.asynchronous import AsyncClient
from citybrain.client.observations import message_of
from citybrain.errors import InputError, RemoteError
from citybrain.ingest.sources import Sources, new_key
from citybrain.server.ingestion import router
from citybrain.settings import Settings

KEY, KEY_HASH = new_key()
SOURCES = Sources.read(f'[office]\nkey_hash = "{KEY_HASH}"\nkinds = ["count"]', "sources", Settings())
FRAME = pl.DataFrame(
    {
        "time": [datetime.fromtimestamp(NOW_S - k, UTC) for k in (1, 2, 3)],
        "sensor": [CITY.sensors.sensor_id[0]] * 3,
        "interval_s": [1, 1, 1],
        "count": [4, 0, 2],
    }
)


def pushed(folder: Path, *messages: Any, key: str = f"office:{KEY}", kind: str = "count") -> list[Any]:
    from fastapi import FastAPI

    entry = ingestor(folder)
    app = FastAPI()
    app.include_router(router(entry, SOURCES))

    async def go() -> list[Any]:
        async with AsyncClient("http://city", transport=httpx.ASGITransport(app)) as client:
            return [await client.push(kind, rows, key, f"m{k}") for k, rows in enumerate(messages)]

    try:
        return asyncio.run(go())
    finally:
        entry.close()


def test_rows_and_frames_are_taken_in(tmp_path: Path) -> None:
    rows, frame, raw = pushed(tmp_path, [row(7), row(8)], FRAME.with_columns(interval_s=2), message_of(FRAME)[0])
    assert (rows.accepted, frame.accepted, raw.accepted) == (2, 3, 3)
    assert (rows.duplicate, rows.rejects) == (False, [])


def test_a_row_that_is_refused_says_why(tmp_path: Path) -> None:
    (some,) = pushed(tmp_path, [row(1), row(2, sensor="nowhere")])
    assert (some.accepted, some.quarantined) == (1, 1)
    assert (some.rejects[0].row, some.rejects[0].field, some.rejects[0].reason) == (1, "sensor", "unknown_sensor")
    (none,) = pushed(tmp_path / "other", [row(1, count=-1)])
    assert (none.accepted, none.quarantined) == (0, 1)


def test_a_message_that_is_refused_says_why(tmp_path: Path) -> None:
    with pytest.raises(RemoteError, match="401 unknown_source"):
        pushed(tmp_path / "a", [row()], key="office:wrong")
    with pytest.raises(RemoteError, match="403 kind_not_allowed"):
        pushed(tmp_path / "b", [row()], kind="probe")


def test_what_is_no_message_is_not_sent() -> None:
    with pytest.raises(InputError, match="found str"):
        message_of("text")
    with pytest.raises(InputError, match="row 1: found int"):
        message_of([{}, 3])
    with pytest.raises(InputError, match="row 0, time: a time without a zone"):
        message_of([{"time": datetime(2026, 5, 1)}])
    content, kind = message_of([{"time": datetime(2026, 5, 1, tzinfo=UTC)}])
    assert (content, kind) == (b'{"time":"2026-05-01T00:00:00Z"}\n', "application/x-ndjson")
