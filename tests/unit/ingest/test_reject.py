"""A reject says what is wrong, and nothing of what was said."""

from __future__ import annotations

import pytest

from citybrain.ingest.faults import Faults, bounded
from citybrain.ingest.reject import MEANING, Reason, Reject, describe, shape


def test_every_reason_has_a_meaning() -> None:
    assert set(MEANING) == set(Reason)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (None, "nothing"),
        (True, "true"),
        (12345678901, "the number 1.23e+10"),
        (10**400, "a number too large for a float"),
        (0.5, "the number 0.5"),
        ("浙A·12B45", "text like 'xA?99A99' of 8 characters"),
        ("a" * 99, "text like 'aaaaaaaaaaaaaaaaaaaaaaaa…' of 99 characters"),
        ({"plate": "A1"}, "an object of 1 fields"),
        (["A1"], "a list of 1"),
        (b"A1", "a value of type bytes"),
    ],
)
def test_a_value_is_described_by_its_shape(value: object, found: str) -> None:
    assert describe(value) == found


def test_a_shape_holds_no_letter_or_digit_of_the_text() -> None:
    text = "Qz7-ß٣ \n\x00🚗"
    assert shape(text) == "Aa9-x9 ????"[: len(shape(text))]
    assert not set("Qz7ß٣🚗") & set(shape(text))


def test_a_reject_reads_as_a_sentence() -> None:
    reject = Reject(Reason.OUT_OF_RANGE, 4, "count", "the number -1", "a whole number from 0 to 1e+06")
    assert str(reject) == "row 4, count: out_of_range: found the number -1; expected a whole number from 0 to 1e+06"
    assert str(Reject(Reason.MALFORMED, -1, "", "3 bytes", "JSON")).startswith("message: malformed")


def test_the_first_fault_of_a_row_counts() -> None:
    import numpy as np

    faults = Faults.none(3)
    faults.mark(np.array([True, False, False]), Reason.MISSING, 0, "a")
    faults.mark(np.array([True, True, False]), Reason.TOO_LONG, 1, "b")
    found = faults.rejects(np.array([10, 20, 30]), ("x", "y"), lambda name, row: f"{name}{row}")
    assert [(r.reason, r.row, r.field, r.expected) for r in found] == [
        (Reason.MISSING, 10, "x", "a"),
        (Reason.TOO_LONG, 20, "y", "b"),
    ]
    assert faults.good.tolist() == [False, False, True]


def test_many_rejects_are_counted_and_few_described() -> None:
    rejects = [Reject(Reason.MISSING, i, "time" if i % 3 else "count", "nothing", "x") for i in range(1000)][::-1]
    found = bounded(rejects, 10)
    assert [r.row for r in found[:10]] == list(range(10))
    assert len(found) == 12
    assert sum(r.rows for r in found) == 1000
    assert {(r.field, r.row) for r in found[10:]} == {("time", 10), ("count", 12)}
