"""The reader of Arrow: every form that polars writes, nothing that it cannot hold, no trust in any length."""

from __future__ import annotations

import io
import random
import struct
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl
import pytest
from benchmarks._wire import ARROW_FILE, ARROW_STREAM, NOW_S, Sender, body, context_of, small_city

from citybrain.ingest.arrow import read_arrow
from citybrain.ingest.arrow_columns import Batch, batch_of, read_batch
from citybrain.ingest.arrow_schema import Column, Type
from citybrain.ingest.cells import Numbers, Texts
from citybrain.ingest.flatbuffer import Damage
from citybrain.ingest.kinds import Kind
from citybrain.ingest.pipeline import decode
from citybrain.ingest.reject import Reason, Reject
from citybrain.settings import Settings

SETTINGS = Settings()
LONG = ["", "short", "exactly12byt", "thirteen byte", "浙A12345", "x" * 1000]


def written(frame: pl.DataFrame, stream: bool = True, compact: bool = False, **options: Any) -> bytes:
    out = io.BytesIO()
    level = pl.CompatLevel.oldest() if compact else None
    (frame.write_ipc_stream if stream else frame.write_ipc)(out, compat_level=level, **options)
    return out.getvalue()


def column(frame: pl.DataFrame, name: str, **options: Any) -> list[Any]:
    cells, rejects = read_arrow(Kind.REPORT, written(frame, **options), SETTINGS)
    assert rejects == []
    found = cells.columns[name]
    return [found.value(i) for i in range(len(found))]


@pytest.mark.parametrize("compact", [True, False])
@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("values", [LONG, [*LONG, None], [None, None], ["a"] * 70, LONG[::-1] * 50])
def test_texts_of_every_form(values: list[str | None], stream: bool, compact: bool) -> None:
    frame = pl.DataFrame({"text": pl.Series(values, dtype=pl.String)})
    assert column(frame, "text", stream=stream, compact=compact) == values
    categories = frame.with_columns(pl.col("text").cast(pl.Categorical))
    assert column(categories, "text", stream=stream, compact=compact) == values


@pytest.mark.parametrize("dtype", [pl.Int8, pl.UInt8, pl.Int16, pl.UInt32, pl.Int64, pl.UInt64, pl.Float32, pl.Float64])
def test_numbers_of_every_form(dtype: Any) -> None:
    for values in ([1, 2, 100], [None, 5, None, 7] * 20, [None]):
        frame = pl.DataFrame({"x_m": pl.Series(values, dtype=dtype)})
        assert column(frame, "x_m") == values


def test_a_column_of_nothing() -> None:
    assert column(pl.DataFrame({"text": [None, None], "x_m": [1.0, 2.0]}), "text") == [None, None]


def test_slices_and_many_batches_are_one_column() -> None:
    values = [LONG[i % len(LONG)] for i in range(1000)]
    frame = pl.DataFrame({"text": values, "x_m": range(1000)})
    assert column(frame.slice(300, 400), "text", compact=True) == values[300:700]
    parts = pl.concat([frame.slice(i, 100) for i in range(0, 1000, 100)], rechunk=False)
    assert column(parts, "text") == values
    assert column(frame, "text", stream=False, record_batch_size=64) == values


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_moments(unit: Any) -> None:
    moment = datetime(2026, 5, 28, 20, 26, 40, 500_000, UTC)
    frame = pl.DataFrame({"time": pl.Series([moment, None]).dt.cast_time_unit(unit)})
    assert column(frame, "time") == [NOW_S + 0.5, None]
    moved = frame.with_columns(pl.col("time").dt.convert_time_zone("Asia/Shanghai"))
    assert column(moved, "time") == [NOW_S + 0.5, None]


def test_moments_without_zone_are_refused_as_that() -> None:
    rows = Sender(small_city()).rows(Kind.COUNT, 3)
    frame = pl.DataFrame(rows).with_columns(pl.from_epoch((pl.col("time") * 1e6).cast(pl.Int64), "us").alias("time"))
    admission, _ = decode("a", Kind.COUNT, ARROW_STREAM, written(frame), NOW_S, context_of(small_city()))
    assert [(r.reason, r.field) for r in admission.rejects] == [(Reason.MISSING_ZONE, "time")] * 3


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame({"text": [True, False]}),
        pl.DataFrame({"text": [[1], [2]]}),
        pl.DataFrame({"text": [{"a": 1}, {"a": 2}]}),
        pl.DataFrame({"text": [b"a", b"b"]}),
        pl.DataFrame({"text": [datetime(2026, 1, 1).date()] * 2}),
    ],
)
def test_other_types_are_named(frame: pl.DataFrame) -> None:
    _, rejects = read_arrow(Kind.REPORT, written(frame), SETTINGS)
    assert [(r.reason, r.rows) for r in rejects] == [(Reason.UNSUPPORTED, 2)]


@pytest.mark.parametrize("compression", ["lz4", "zstd"])
@pytest.mark.parametrize("stream", [True, False])
def test_compression_is_named(compression: str, stream: bool) -> None:
    frame = pl.DataFrame({"text": ["a" * 100] * 50})
    _, rejects = read_arrow(Kind.REPORT, written(frame, stream, compression=compression), SETTINGS)
    assert [(r.reason, r.found, r.rows) for r in rejects] == [(Reason.UNSUPPORTED, "compression", 50)]


def test_unknown_and_doubled_columns_cost_every_row() -> None:
    frame = pl.DataFrame({"time": [1.0, 2.0], "AB123": [1, 2]})
    _, rejects = read_arrow(Kind.COUNT, written(frame), SETTINGS)
    assert [(r.reason, r.rows) for r in rejects] == [(Reason.UNKNOWN_FIELD, 2)]
    assert "AB123" not in str(rejects[0])
    data = written(pl.DataFrame({"time": [1.0], "tine": [2.0]})).replace(b"tine", b"time")
    _, rejects = read_arrow(Kind.COUNT, data, SETTINGS)
    assert [(r.reason, r.rows) for r in rejects] == [(Reason.DUPLICATE_KEY, 1)]


@pytest.mark.parametrize("content_type", [ARROW_STREAM, ARROW_FILE])
def test_every_cut_is_refused_or_whole(content_type: str) -> None:
    """A stream may be cut between messages: it then has fewer rows, and says so."""
    data = body(Sender(small_city()).rows(Kind.COUNT, 5), content_type)
    whole = 0
    for n in range(len(data)):
        cells, rejects = read_arrow(Kind.COUNT, data[:n], SETTINGS)
        assert len(cells) in (0, 5)
        assert len(cells) == 0 or content_type == ARROW_STREAM
        whole += rejects == []
    assert whole < 20


@pytest.mark.parametrize("compact", [True, False])
def test_broken_text_costs_its_row(compact: bool) -> None:
    city = small_city()
    rows = Sender(city).rows(Kind.REPORT, 3)
    data = (
        body(rows, ARROW_STREAM, compact)
        .replace(b"r1" + b"\0" * 10, b"\xff1" + b"\0" * 10)
        .replace(b"r0r1r2", b"r0\xff1r2")
    )
    admission, _ = decode("a", Kind.REPORT, ARROW_STREAM, data, NOW_S, context_of(city))
    assert [(r.reason, r.row, r.field) for r in admission.rejects] == [(Reason.BAD_TEXT, 1, "report")]


WORDS = (b"\xff\xff\xff\x7f", b"\xff\xff\xff\xff", b"\0\0\0\x80", b"\x01\0\0\0")


def garbled(data: bytes, step: int) -> Iterator[bytes]:
    """The message with one word after another large, negative or odd."""
    for at in range(0, len(data) - 4, step):
        for word in WORDS:
            yield data[:at] + word + data[at + 4 :]


@pytest.mark.parametrize("content_type", [ARROW_STREAM, ARROW_FILE])
@pytest.mark.parametrize("compact", [True, False])
def test_no_word_of_the_message_is_believed(content_type: str, compact: bool) -> None:
    data = body(Sender(small_city()).rows(Kind.PASSAGE, 4), content_type, compact)
    for message in garbled(data, step=4):
        cells, rejects = read_arrow(Kind.PASSAGE, message, SETTINGS)
        assert len(cells) + sum(r.rows for r in rejects) <= SETTINGS.message_rows_max + 8 * len(data)
        for found in cells.columns.values():
            assert isinstance(found, Numbers | Texts)
            assert len(found) == len(cells)


@pytest.mark.parametrize("compact", [True, False])
def test_no_word_of_the_message_asks_for_memory(compact: bool) -> None:
    data = body(Sender(small_city()).rows(Kind.PASSAGE, 4), ARROW_STREAM, compact)
    read_arrow(Kind.PASSAGE, data, SETTINGS)  # compiles what it needs
    tracemalloc.start()
    for message in garbled(data, step=12):
        read_arrow(Kind.PASSAGE, message, SETTINGS)
    most_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most_bytes < 5e6


def test_a_million_claimed_rows_cost_nothing() -> None:
    frame = pl.DataFrame({"text": pl.Series([None] * 8, dtype=pl.Null)})
    data = bytearray(written(frame))
    for at in range(0, len(data) - 8):
        if struct.unpack_from("<q", data, at)[0] == 8:
            struct.pack_into("<q", data, at, 10**12)
    _, rejects = read_arrow(Kind.REPORT, bytes(data), SETTINGS)
    assert [r.reason for r in rejects] == [Reason.MALFORMED]


def test_random_bytes_behind_a_magic_word() -> None:
    rng = random.Random(1)
    for _ in range(500):
        noise = rng.randbytes(rng.randrange(0, 200))
        for data in (noise, b"ARROW1\0\0" + noise + b"ARROW1", b"\xff\xff\xff\xff" + noise):
            cells, rejects = read_arrow(Kind.COUNT, data, SETTINGS)
            assert len(cells) == 0
            assert all(isinstance(r, Reject) for r in rejects)


def test_numbers_keep_their_value() -> None:
    values = np.random.default_rng(1).normal(0, 1e6, 1000)
    assert column(pl.DataFrame({"x_m": values}), "x_m") == values.tolist()


def batch(n: int, *buffers: Any, views: int | None = None) -> Batch:
    parts = [np.frombuffer(np.asarray(part).tobytes(), np.uint8) for part in buffers]
    return Batch(n, [(n, 0)], [np.zeros(0, np.uint8), *parts], [] if views is None else [views])


DATA = b"abcdefghijklmnopqrstuvwxyz"
PLAIN, VIEW = Column("text", Type.UTF8), Column("text", Type.UTF8_VIEW)


@pytest.mark.parametrize("offsets", [[-1, 2, 4], [0, 30, 4], [0, 2, 27], [3, 2, 4], [0, 2], [2**31 - 1, 0, 0]])
def test_offsets_never_lead_outside(offsets: list[int]) -> None:
    """Compiled code reads without looking: what gets there must lie inside."""
    with pytest.raises(Damage):
        read_batch(batch(2, np.array(offsets, "<i4"), np.frombuffer(DATA, np.uint8)), (PLAIN,), {})
    good = read_batch(batch(2, np.array([1, 3, 26], "<i4"), np.frombuffer(DATA, np.uint8)), (PLAIN,), {})[0]
    assert [good.value(i) for i in range(2)] == ["bc", DATA[3:].decode()]


@pytest.mark.parametrize(
    "view", [(13, 0, 14), (13, 0, -1), (13, 1, 0), (13, -1, 0), (-1, 0, 0), (27, 0, 0), (2**31 - 1, 0, 9)]
)
def test_views_never_lead_outside(view: tuple[int, int, int]) -> None:
    def views(size: int, buffer: int, offset: int) -> Any:
        return np.frombuffer(struct.pack("<i4sii", size, b"abcd", buffer, offset), np.uint8)

    data = np.frombuffer(DATA, np.uint8)
    with pytest.raises(Damage):
        read_batch(batch(1, views(*view), data, views=1), (VIEW,), {})
    assert read_batch(batch(1, views(13, 0, 13), data, views=1), (VIEW,), {})[0].value(0) == DATA[13:].decode()


@pytest.mark.parametrize("index", [[2], [-1], [127]])
def test_indices_never_lead_outside(index: list[int]) -> None:
    column = Column("text", Type.UTF8, "<i1", dictionary=0)
    values = {0: Texts.of(["a", "b"])}
    with pytest.raises(Damage):
        read_batch(batch(1, np.array(index, "<i1")), (column,), values)
    with pytest.raises(Damage):
        read_batch(batch(1, np.array([0], "<i1")), (column,), {})
    assert read_batch(batch(1, np.array([1], "<i1")), (column,), values)[0].value(0) == "b"


@pytest.mark.parametrize("place", [(-8, 8), (8, -1), (0, 27), (20, 8), (2**62, 2**62)])
def test_buffers_lie_inside_the_body(place: tuple[int, int]) -> None:
    class Table:
        def table(self, _: int) -> None: ...

        def scalar(self, _: int, __: str) -> int:
            return 1

        def longs(self, slot: int, each: int = 1) -> list[tuple[int, ...]]:
            return [place] if slot == 2 else []

    with pytest.raises(Damage, match="outside the message"):
        batch_of(Table(), np.frombuffer(DATA, np.uint8), 10)  # type: ignore[arg-type]
