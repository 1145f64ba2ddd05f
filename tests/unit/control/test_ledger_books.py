"""The books of a ledger against a plain list of parcels: mass is conserved, order is kept, and nothing overflows."""

from __future__ import annotations

import numpy as np
import pytest
from _plain import plain
from hypothesis import given, settings
from hypothesis import strategies as st

from citybrain.control import ledger_books
from citybrain.control.ledger_books import EARLY_S, GUESSED, LATE_S, PLACES, SAME_S, SURE, TOLD, Books

OF = plain(ledger_books)
SLOT = 1  # of three: its neighbours must never be touched
Parcel = tuple[float, float, int]  # due_s, mass, sure
parcels = st.lists(
    st.tuples(st.floats(0.0, 300.0), st.floats(0.05, 1.0), st.sampled_from([GUESSED, SURE, TOLD])), max_size=40
)


def books_of(rows: list[Parcel]) -> Books:
    made = Books(np.zeros((3, PLACES)), np.zeros((3, PLACES)), np.zeros((3, PLACES), np.uint8), np.zeros(3, np.int32))
    for due_s, mass, sure in rows:
        OF.put(made, SLOT, due_s, mass, sure)
    return made


def rows_of(books: Books) -> list[Parcel]:
    n = int(books.size[SLOT])
    columns = books.due_s[SLOT, :n], books.mass[SLOT, :n], books.sure[SLOT, :n]
    return list(zip(*(column.tolist() for column in columns), strict=True))


def mass_of(books: Books) -> float:
    return sum(mass for _, mass, _ in rows_of(books))


@settings(max_examples=60)
@given(parcels)
def test_what_is_put_is_all_there_and_in_order(rows: list[Parcel]) -> None:
    books = books_of(rows)
    due_s = [row[0] for row in rows_of(books)]
    assert due_s == sorted(due_s)
    assert mass_of(books) == pytest.approx(sum(mass for _, mass, _ in rows))
    moment = sum(due * mass for due, mass, _ in rows_of(books))
    assert moment == pytest.approx(sum(due * mass for due, mass, _ in rows)), "a shared parcel is due at the mean"
    assert books.size.tolist() == [0, len(due_s), 0]
    assert not books.mass[[0, 2]].any()


@settings(max_examples=60)
@given(parcels, st.floats(0.0, 20.0), st.floats(0.0, 300.0))
def test_those_who_leave_are_the_first_and_no_more_than_were_due(
    rows: list[Parcel], amount: float, until_s: float
) -> None:
    books = books_of(rows)
    before, due = rows_of(books), float(OF.mass_until(books, SLOT, until_s))
    had = float(OF.take(books, SLOT, amount, until_s))
    assert had == pytest.approx(min(amount, due), abs=1e-5)
    assert mass_of(books) == pytest.approx(sum(row[1] for row in before) - had, abs=1e-4)
    if had < due - 1e-3:
        left = [row for row in rows_of(books) if row[0] <= until_s]
        gone = {row[0] for row in before} - {row[0] for row in rows_of(books)}
        assert all(due_s <= left[0][0] for due_s in gone), "nobody overtakes"


@settings(max_examples=40)
@given(parcels, st.floats(0.0, 300.0), st.floats(0.0, 10.0))
def test_a_free_line_clears_all_but_those_who_may_have_braked(
    rows: list[Parcel], until_s: float, brakes_s: float
) -> None:
    books = books_of(rows)
    kept = [row for row in rows_of(books) if row[0] > until_s - (brakes_s if row[2] == SURE else 0.0)]
    OF.clear(books, SLOT, until_s, brakes_s)
    assert rows_of(books) == kept


@settings(max_examples=40)
@given(parcels, st.floats(0.0, 300.0))
def test_only_those_who_were_never_seen_can_be_missed(rows: list[Parcel], until_s: float) -> None:
    books = books_of(rows)
    kept = [row for row in rows_of(books) if row[2] == SURE or row[0] > until_s]
    OF.miss(books, SLOT, until_s)
    assert rows_of(books) == kept


@settings(max_examples=40)
@given(parcels, st.floats(20.0, 280.0))
def test_a_vehicle_seen_takes_the_place_of_one_that_was_told(rows: list[Parcel], due_s: float) -> None:
    books = books_of(rows)
    before = rows_of(books)
    told = sum(mass for due, mass, sure in before if sure == TOLD and due_s - LATE_S <= due <= due_s + EARLY_S)
    OF.confirm(books, SLOT, due_s)
    assert mass_of(books) == pytest.approx(sum(row[1] for row in before) + 1.0 - min(told, 1.0), abs=1e-4)
    guessed = [row for row in before if row[2] == GUESSED]
    assert [row for row in rows_of(books) if row[2] == GUESSED] == guessed, "who was only guessed is somebody else"
    assert (due_s, 1.0, SURE) in rows_of(books)


@pytest.mark.parametrize(
    ("second", "parcels_after"),
    [
        ((10.0 + SAME_S - 0.1, 0.5, TOLD), 1),
        ((10.0 + SAME_S, 0.5, TOLD), 2),  # too far apart
        ((11.0, 0.5, GUESSED), 2),  # known in another way
        ((11.0, 0.6, TOLD), 2),  # more than a vehicle together
        ((11.0, 0.1, SURE), 2),  # a vehicle that was seen is one of its own
        ((8.0, 0.25, TOLD), 1),  # also one that is due sooner
    ],
)
def test_who_shares_a_parcel(second: Parcel, parcels_after: int) -> None:
    assert len(rows_of(books_of([(10.0, 0.5, TOLD), second]))) == parcels_after


def test_a_full_book_loses_nobody() -> None:
    rows = [(10.0 * k, 1.0, SURE) for k in range(PLACES)]
    books = books_of([*rows, (95.0, 1.0, SURE), (-5.0, 1.0, SURE), (1e6, 1.0, SURE)])
    assert books.size[SLOT] == PLACES
    assert mass_of(books) == PLACES + 3
    assert OF.mass_until(books, SLOT, 94.0) == 12.0, (
        "who finds no place is counted with the one before, or with the first"
    )
    assert OF.mass_until(books, SLOT, 1e5) == PLACES + 3


def test_taking_from_the_middle_of_a_parcel_leaves_its_rest() -> None:
    books = books_of([(1.0, 1.0, SURE), (2.0, 1.0, SURE), (9.0, 1.0, SURE)])
    assert OF.take(books, SLOT, 1.25, 5.0) == 1.25
    assert rows_of(books) == [(2.0, 0.75, SURE), (9.0, 1.0, SURE)]
    assert OF.take(books, SLOT, 5.0, 5.0) == 0.75
    assert rows_of(books) == [(9.0, 1.0, SURE)]


@given(st.floats(0.01, 30.0), st.integers(0, 60))
def test_the_rest_of_a_poisson_number_is_never_negative_and_falls_with_what_was_counted(mean: float, k: int) -> None:
    rest, next_rest = float(OF.excess(mean, float(k))), float(OF.excess(mean, float(k + 1)))
    assert 0.0 <= rest <= mean + 1e-9
    assert next_rest <= rest + 1e-6
    assert OF.excess(mean, 0.0) == pytest.approx(mean), "nothing was counted: all are still to come"


def test_where_nobody_is_expected_nobody_is_left() -> None:
    assert [float(OF.excess(mean, k)) for mean, k in ((0.0, 0.0), (0.0, 3.0), (1e-9, 0.0))] == [0.0, 0.0, 0.0]
