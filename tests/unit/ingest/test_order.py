"""Order of events: watermarks, lateness, bounds; every row accounted for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from citybrain.errors import FormatError
from citybrain.ingest.identity import IDENTITY, content_of, keys_of
from citybrain.ingest.kinds import RECORDS, Kind
from citybrain.ingest.order import Order
from citybrain.records.observations import DTYPES, DetectorCounts, columns, make
from citybrain.settings import Settings

SETTINGS = replace(Settings(), lateness_s=10, late_max_s=100)
KEYS = [
    "a2a14a0d01211fbe",
    "aac0c3cf7c3e544f",
]  # of two rows: a change of the hashes forgets what every snapshot remembers


def counts(*time_s: float, sensor: Any = 0, count: Any = 1, received_s: float | None = None) -> DetectorCounts:
    at_s = max(time_s) if received_s is None else received_s
    return make(DetectorCounts, np.array(time_s, float), at_s, sensor, 60, count, 0.5, 0)


def balance(order: Order) -> bool:
    c = order.counts
    return c.pushed == c.released + c.late + c.duplicates + c.too_late + order.open_rows


def test_rows_come_out_by_time_when_their_time_is_closed() -> None:
    order = Order(SETTINGS)
    order.push("a", counts(5.0, 3.0, 4.0))
    assert order.release(12.0).observations.rows == 0
    order.push("a", counts(13.5, received_s=13.5))
    out = order.release(14.0).observations
    assert out.counts.time_s.tolist() == [3.0]  # the newest of the source is 13.5: closed up to 3.5
    assert out.time_s == 3.5
    assert order.flush().observations.counts.time_s.tolist() == [4.0, 5.0, 13.5]
    assert balance(order)


def test_all_active_sources_must_have_passed() -> None:
    order = Order(SETTINGS)
    order.push("fast", counts(30.0))
    order.push("slow", counts(25.0, received_s=30.0))
    assert order.release(30.0).observations.time_s == 15.0
    order.push("slow", counts(28.0, received_s=31.0))
    assert order.release(31.0).observations.time_s == 18.0


def test_a_silent_source_holds_nobody_up_and_one_behind_only_so_far() -> None:
    order = Order(SETTINGS)
    order.push("silent", counts(1.0))
    order.push("live", counts(30.0))
    assert order.release(30.0).observations.time_s == 20.0
    order.push("behind", counts(-500.0, received_s=31.0))
    assert order.release(31.0).observations.time_s == 20.0  # times never open again
    assert order.release(35.0).observations.time_s == 20.0
    order.push("behind", counts(-490.0, received_s=44.0))
    assert order.release(45.0).observations.time_s == 25.0  # 2 × lateness behind the clock


def test_doubles_are_taken_once_and_what_differs_is_counted() -> None:
    order = Order(SETTINGS)
    order.push("a", counts(1.0, 1.0, 2.0, sensor=np.array([1, 1, 1]), count=np.array([5, 5, 6])))
    order.push("a", counts(1.0, sensor=1, count=9))
    order.push("b", counts(1.0, sensor=1, count=9))
    out = order.flush().observations.counts
    assert sorted(zip(out.time_s, out.sensor, strict=True)) == [(1.0, 1), (1.0, 1), (2.0, 1)]  # b is another source
    assert (order.counts.duplicates, order.counts.conflicts) == (2, 1)
    assert balance(order)


def test_late_rows_come_apart_once_and_too_late_ones_not_at_all() -> None:
    order = Order(SETTINGS)
    order.push("a", counts(200.0))
    order.flush()
    late = counts(150.0, 150.0, 200.0, 50.0, received_s=200.0)
    order.push("a", late)
    order.push("a", late)
    out = order.release(200.0)
    assert out.observations.rows == 0
    assert out.late.counts.time_s.tolist() == [150.0]
    c = order.counts
    assert (c.late, c.duplicates, c.too_late) == (1, 5, 2)
    assert order.too_late == {("a", Kind.COUNT): 2}
    assert order.release(201.0).late.rows == 0
    assert balance(order)


def test_open_rows_are_bounded_under_a_flood() -> None:
    order = Order(replace(SETTINGS, open_rows_max=1000))
    for i in range(50):
        order.push("a", counts(*(i + np.arange(100) / 100), sensor=np.arange(100), received_s=0.0))
        order.release(0.0)
        assert order.open_rows <= 1100
    assert order.counts.hurried > 0
    order.flush()
    assert order.counts.released == 5000
    assert balance(order)


@pytest.mark.parametrize("kind", list(Kind))
def test_identity_and_content_of_every_kind(kind: Kind) -> None:
    """Another source, or another value of the identity: another key. Another arrival: the same content."""
    records = RECORDS[kind]
    values: list[Any] = [np.array(["x", "x"], object) if t == "O" else np.array([1, 1], t) for t in DTYPES[records]]
    names = list(records.__dataclass_fields__)
    base = records(*values)
    assert keys_of("a", base)[0] == keys_of("a", base)[1] != keys_of("b", base)[0]
    for i, name in enumerate(names):
        other = [v.copy() for v in values]
        other[i][1] = "y" if DTYPES[records][i] == "O" else 2
        table = records(*other)
        one, two = keys_of("a", table)
        assert (one == two) == (name not in IDENTITY[kind]), name
        one, two = content_of(table)
        assert (one == two) == (name == "received_s"), name


def test_hashes_are_the_same_in_every_process() -> None:
    table = counts(1.0, 2.0, sensor=np.array([3, 4]))
    assert [f"{key:016x}" for key in keys_of("a", table).tolist()] == KEYS


def test_hashes_of_many_rows_do_not_meet() -> None:
    n = 200_000
    table = counts(*(np.arange(n) % 1000.0), sensor=np.arange(n) // 1000)
    assert np.unique(keys_of("a", table)).size == n


def test_saved_and_loaded_it_goes_on_the_same() -> None:
    order = Order(SETTINGS)
    order.push("a", counts(1.0, 30.0, 31.0))
    order.release(31.0)
    order.push("ü|b", counts(2.0, -200.0, received_s=31.0))
    other = Order.load(order.save(), SETTINGS)
    assert other.open_rows == order.open_rows == 2
    assert other.counts == order.counts
    assert other.too_late == order.too_late == {("ü|b", Kind.COUNT): 1}
    for o in (order, other):
        o.push("a", counts(1.0, 40.0, 31.0))
    one, two = order.flush(), other.flush()
    for a, b in zip(
        one.observations.tables() + one.late.tables(), two.observations.tables() + two.late.tables(), strict=True
    ):
        assert all(np.array_equal(x, y) for x, y in zip(columns(a), columns(b), strict=True))
    assert two.late.counts.time_s.tolist() == [2.0]
    assert order.counts == other.counts


@pytest.mark.parametrize("cut", [0, 1, 100, -1, -40])
def test_damaged_bytes_are_named(cut: int) -> None:
    order = Order(SETTINGS)
    order.push("a", counts(1.0))
    with pytest.raises(FormatError, match="saved order"):
        Order.load(order.save()[:cut], SETTINGS)
