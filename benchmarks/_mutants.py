"""Structure-aware mutants of messages, and what the decoders make of them.

Mutating bytes alone is weak: nearly all such mutants die in the parser. So values, keys, nesting and the structure of
Arrow's columns are changed, bytes only in every fifth message. Every row carries a canary plate: it must turn up in
nothing that leaves the decoder.

    found = fuzz(Kind.PASSAGE, n=20_000, seed=1)
    assert found.crashes == 0 and found.unbalanced == 0 and found.canary_hits == 0
"""

from __future__ import annotations

import io
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks._wire import ARROW_STREAM, JSON, NDJSON, NOW_S, Row, Sender, context_of, small_city

from citybrain.ingest.admission import Admission
from citybrain.ingest.check import Context
from citybrain.ingest.codec import encode
from citybrain.ingest.kinds import Kind
from citybrain.ingest.pipeline import decode
from citybrain.ingest.schema import FORMATS, SCHEMA, Form

__all__ = ["CANARIES", "MARK", "Figures", "fuzz"]

ROWS = (1, 1, 2, 5, 50)  # of a message
FRESH = 4  # one in so many Arrow messages is a new table; the others are that one with bytes changed
TIMED = 17  # one in so many messages is timed: asking for the processor's time can take longer than a decoder does
MARK = "ZQ7K"  # in every canary plate, and nowhere else
CANARIES = tuple(f"浙{MARK}{number:03d}" for number in range(1000))


class Raw(str):
    """A piece of JSON that is written as it is."""


@dataclass
class Pairs:
    """An object by its pairs, so that a key can stand twice."""

    pairs: list[tuple[str, Any]]


def dumps(value: Any) -> str:
    """JSON, and what is none: raw pieces, double keys."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        value = Pairs(list(value.items()))
    if isinstance(value, Pairs):
        return "{" + ",".join(f"{json.dumps(key)}:{dumps(item)}" for key, item in value.pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(dumps, value)) + "]"
    return json.dumps(value, ensure_ascii=isinstance(value, str) and not _encodable(value))


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


NUMBERS = (0, -1, 1, 0.5, -0.0, 1e-320, 1e308, -1e308, 2**53, 2**63, 10**400, 1e12, 99.999, 1 << 31)
TOKENS = ("NaN", "Infinity", "-Infinity", "1e999", "-1e999", "01", "+1", "1.", ".5", "0x10", "1e5", "-", "tru", "nul")
TEXTS = ("", " ", "\x00", "\n", "\ud800", "é" * 40, "x" * 5000, "🚦", "null", "-1", "1e999", '"', "\\", "\u202e", "--")
TIMES = (
    *("2026-05-28T20:26:40Z", "2026-05-29T04:26:40+08:00", "2026-05-28T20:26:40", "2026-05-28", "20:26:40Z"),
    *("2026-W22-4", "1780000000", "yesterday", "0000-00-00T00:00:00Z", "9999-12-31T23:59:59-23:59", ""),
    *(NOW_S - 1e6, NOW_S + 1e4, NOW_S * 1000, 0, -1, NOW_S - 1, NOW_S + 30),
)
Change = Callable[[random.Random, Row, Kind], Any]


def _value(rng: random.Random) -> Any:
    pool = rng.randrange(7)
    if pool == 0:
        return rng.choice(NUMBERS)
    if pool == 1:
        return Raw(rng.choice(TOKENS))
    if pool == 2:
        return rng.choice(TEXTS)
    if pool == 3:
        return rng.choice((None, True, False))
    if pool == 4:
        return rng.choice(([], {}, [1], {"a": 1}, [[]], Raw("[" * 40 + "]" * 40), Raw('{"a":' * 33 + "1" + "}" * 33)))
    if pool == 5:
        return rng.choice(CANARIES)
    return rng.choice(TIMES)


def _set(rng: random.Random, row: Row, kind: Kind) -> Any:
    names = [*row, *(f.name for f in SCHEMA[kind])]
    return row | {rng.choice(names): _value(rng)} if kind in PRIVATE else row | {rng.choice(names): _public(rng)}


def _public(rng: random.Random) -> Any:
    """No canary where a kind has public texts: those are kept as they are."""
    value = _value(rng)
    return "public" if value in CANARIES else value


def _time(rng: random.Random, row: Row, _: Kind) -> Any:
    return row | {"time": rng.choice(TIMES)}


def _drop(rng: random.Random, row: Row, _: Kind) -> Any:
    gone = rng.choice(list(row))
    return {key: value for key, value in row.items() if key != gone}


def _rename(rng: random.Random, row: Row, kind: Kind) -> Any:
    old = rng.choice(list(row))
    fresh = [old.upper(), old + "_", "", "id", "received_s", *(CANARIES[:1] if kind in PRIVATE else ())]
    new = rng.choice(fresh)
    return {(new if key == old else key): value for key, value in row.items()}


def _double(rng: random.Random, row: Row, _: Kind) -> Any:
    key = rng.choice(list(row))
    return Pairs([*row.items(), (key, rng.choice((row[key], 0, "x", None)))])


def _swap(rng: random.Random, row: Row, _: Kind) -> Any:
    one, other = rng.sample([key for key in row if key != "text"], 2)
    return row | {one: row[other], other: row[one]}


def _nest(rng: random.Random, row: Row, _: Kind) -> Any:
    return rng.choice(([row], {"row": row}, [], 5, "row", None, Raw("[" * rng.randrange(20, 60)), {}))


def _nothing(_: random.Random, row: Row, __: Kind) -> Any:
    return row


PRIVATE = (Kind.PASSAGE, Kind.PROBE)
CHANGES: tuple[Change, ...] = (_set, _set, _set, _time, _drop, _rename, _double, _swap, _nest, _nothing, _nothing)


Made = tuple[bytes, int | None, int]  # a message, its rows (None where changed bytes leave that open), its mutants


def text_message(rng: random.Random, rows: Sequence[Row], kind: Kind, content_type: str) -> Made:
    """A mutated message and how many rows it has, counted here on its own."""
    changed = [rng.choice(CHANGES)(rng, row, kind) if rng.random() < 0.6 else row for row in rows]
    texts = [dumps(row) for row in changed]
    mutants = sum(new is not old for new, old in zip(changed, rows, strict=True))
    if content_type == NDJSON:
        lines = [text for text in texts for text in (*([""] if rng.random() < 0.05 else []), text)]
        whole = rng.choice(("\n", "\n", "\r\n")).join(lines) + rng.choice(("", "\n"))
    else:
        whole = texts[0] if len(texts) == 1 and rng.random() < 0.5 else "[" + ",".join(texts) + "]"
    data = whole.encode("utf-8", "surrogatepass")
    if rng.random() < 0.2:
        data, mutants = _bytes(rng, data), 1  # most likely nothing but the broken bytes is seen
    return data, (_lines(data) if content_type == NDJSON else _values(data)), max(mutants, 1)


def _bytes(rng: random.Random, data: bytes) -> bytes:
    found = bytearray(data or b"x")
    at = rng.randrange(len(found))
    change = rng.randrange(6)
    if change == 0:
        found[at] ^= 1 << rng.randrange(8)
    elif change == 1:
        del found[at:]
    elif change == 2:
        found[at:at] = rng.choice((b"\n", b"\xef\xbb\xbf", b"\x00", b'"', b"}", b"{", b",", b"\xff", b"\\u0000"))
    elif change == 3:
        found += found[at:]
    elif change == 4:
        del found[at : at + rng.randrange(1, 9)]
    else:
        found[at : at + 4] = rng.choice((b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\0", b"\0\0\0\x80"))
    return bytes(found)


def _lines(data: bytes) -> int:
    return sum(1 for line in data.split(b"\n") if line.strip())


def _values(data: bytes) -> int:
    """A list has its elements; everything else, broken bytes too, is one row."""
    try:
        found = json.loads(data.decode())
    except (ValueError, RecursionError):
        return 1
    if data.count(b"[") + data.count(b"{") > 32 and _depth(found) > 32:
        return 1
    return len(found) if isinstance(found, list) else 1


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(_depth, inner), default=0)


class ArrowMessages:
    """Mutated messages in Arrow's formats: some have other columns, the others have changed bytes as well."""

    def __init__(self) -> None:
        self._made: dict[str, tuple[int, bytes]] = {}  # by format: messages left of a table, and the table

    def next(self, rng: random.Random, rows: Sequence[Row], kind: Kind, content_type: str) -> Made:
        """A message, how many rows it has, and 1."""
        left, data = self._made.get(content_type, (0, b""))
        if left == 0:
            data, height = arrow_table(rng, rows, kind, content_type)
            self._made[content_type] = (FRESH - 1, data)
            return data, height, 1
        self._made[content_type] = (left - 1, data)
        for _ in range(rng.randrange(1, 4)):
            data = _bytes(rng, data)
        return data, None, 1


def arrow_table(rng: random.Random, rows: Sequence[Row], kind: Kind, content_type: str) -> tuple[bytes, int]:
    """A message whose columns are changed, and how many rows it has."""
    import polars as pl

    columns = {name: [row.get(name) for row in rows] for name in {key: 0 for row in rows for key in row}}
    for _ in range(rng.choice((0, 0, 1, 1, 2, 3))):
        name = rng.choice(list(columns) or ["time"])
        columns[name] = _column(rng, len(rows), kind)
    if columns and rng.random() < 0.1:
        columns.pop(rng.choice(list(columns)))
    if rng.random() < 0.05:
        columns["extra"] = [1] * len(rows)
    series = [_series(rng, name, values) for name, values in columns.items()]
    frame = pl.DataFrame(series)
    out = io.BytesIO()
    level = rng.choice((None, pl.CompatLevel.oldest()))
    write = frame.write_ipc_stream if content_type == ARROW_STREAM else frame.write_ipc
    write(out, compression=rng.choice(("uncompressed",) * 9 + ("lz4",)), compat_level=level)
    return out.getvalue(), frame.height


def _column(rng: random.Random, n: int, kind: Kind) -> list[Any]:
    pools: tuple[tuple[Any, ...], ...] = (
        (0.0, -1.0, float("nan"), float("inf"), 1e308, None, 5.5),
        (0, -1, 2**62, None, 60, 1),
        (*(text for text in TEXTS if _encodable(text)), None),
        tuple(value for value in TIMES if isinstance(value, str)),
        (None,),
        (True, False),
        CANARIES[:20] if kind in PRIVATE else ("public",),
    )
    pool = rng.choice(pools)
    return [rng.choice(pool) for _ in range(n)]


def _series(rng: random.Random, name: str, values: list[Any]) -> Any:
    import polars as pl

    series = pl.Series(name, values, strict=False)
    change = rng.random()
    if series.dtype == pl.String and change < 0.15:
        return series.cast(pl.Categorical)
    if series.dtype == pl.Float64 and change < 0.1:
        return series.cast(pl.Float32)
    if name == "time" and series.dtype == pl.Float64 and change < 0.4:
        whole = (series.fill_nan(None) * 1e6).cast(pl.Int64, strict=False)
        return whole.cast(pl.Datetime("us", "UTC" if change < 0.3 else None))
    return series


@dataclass
class Figures:
    """What came of the mutants of one kind."""

    messages: int = 0
    mutants: Counter[str] = field(default_factory=Counter)  # by format
    crashes: int = 0
    unbalanced: int = 0  # rows in ≠ accepted + quarantined
    accepted: int = 0
    quarantined: int = 0
    canary_hits: int = 0
    cpu_s: list[float] = field(default_factory=list)  # of each message
    reasons: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    @property
    def p99_s(self) -> float:
        """Processor time of a message."""
        ordered = sorted(self.cpu_s)
        return ordered[int(0.99 * (len(ordered) - 1))] if ordered else 0.0


def fuzz(kind: Kind, n: int, seed: int, formats: Sequence[str] = tuple(FORMATS)) -> Figures:
    """Send n mutants of a kind, as many in each format; the same seed sends the same bytes.

    In a text each row that was changed is a mutant, since its reader takes row by row; of Arrow a whole message is.
    """
    city = small_city()
    context = context_of(city)
    rows = _with_canaries(Sender(city, seed).rows(kind, 64), kind) + Sender(city, seed, full=False).rows(kind, 64)
    found, tables = Figures(), ArrowMessages()
    rng = random.Random(seed)
    while open_formats := [each for each in formats if found.mutants[each] < n / len(formats)]:
        for content_type in open_formats:
            chosen = [rng.choice(rows) for _ in range(rng.choice(ROWS))]
            make: Callable[..., Made] = text_message if content_type in (JSON, NDJSON) else tables.next
            data, expected, mutants = make(rng, chosen, kind, content_type)
            found.mutants[content_type] += mutants
            _send(found, (kind, content_type, data, expected), context)
    return found


def _with_canaries(rows: list[Row], kind: Kind) -> list[Row]:
    private = next((f.name for f in SCHEMA[kind] if f.form in (Form.PLATE, Form.DEVICE)), None)
    if private is not None:
        return [row | {private: CANARIES[i % len(CANARIES)]} for i, row in enumerate(rows)]
    if kind is Kind.REPORT:
        return [row | {"text": f"van {MARK[:2]}-{MARK[2:]}-{i:03d} {CANARIES[i]} stands"} for i, row in enumerate(rows)]
    return rows


def _send(found: Figures, message: tuple[Kind, str, bytes, int | None], context: Context) -> None:
    kind, content_type, data, expected = message
    found.messages += 1
    timed = found.messages % TIMED == 0  # the formats come by turns, and each is timed
    begin_s = time.thread_time() if timed else 0.0
    try:
        admission, rows = decode("fuzz", kind, content_type, data, NOW_S, context)
    except Exception as error:  # whatever it is, it is a crash
        found.crashes += 1
        found.notes.append(f"{kind} {content_type}: {error!r}: {data[:300]!r}")
        return
    if timed:
        found.cpu_s.append(time.thread_time() - begin_s)
    found.accepted += admission.accepted
    found.quarantined += admission.quarantined
    found.reasons.update({str(reject.reason): reject.rows for reject in admission.rejects})
    if admission.rows != rows or (expected is not None and rows != expected):
        found.unbalanced += 1
        found.notes.append(f"{kind} {content_type}: {admission.rows} of {rows}, sent {expected}: {data[:300]!r}")
    _look_for_canaries(found, admission)


def _look_for_canaries(found: Figures, admission: Admission) -> None:
    said = " ".join(map(str, admission.rejects)).encode()
    said += encode(admission.table) if admission.accepted else b""
    if MARK.encode() in said or MARK.lower().encode() in said or b"ZQ-7K" in said:
        found.canary_hits += 1
        found.notes.append(f"canary: {admission.rejects}")
