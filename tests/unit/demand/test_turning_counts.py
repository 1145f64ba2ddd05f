"""Turning counts: read with clear errors, and a demand is fitted to them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from _two_roads import city

from _roads import Trip, demand
from citybrain.demand.turning_counts import Count, fitted_demand, read_turning_counts
from citybrain.errors import FormatError

HEAD = "from_link,to_link,vehicles_per_hour,period\n"


def read(folder: Path, text: str) -> list[Count]:
    path = folder / "counts.csv"
    path.write_text(text, encoding="utf-8")
    return read_turning_counts(path, city())


def test_rows_become_counts(tmp_path: Path) -> None:
    found = read(tmp_path, f"{HEAD}a,b,120.5,07:00-09:00\na,b,60,\nb,c,0,7:00-9:00\n")
    assert found == [Count(0, 1, 120.5, "0700-0900"), Count(0, 1, 60.0, ""), Count(1, 2, 0.0, "0700-0900")]


def test_the_period_may_be_left_out(tmp_path: Path) -> None:
    assert read(tmp_path, "from_link,to_link,vehicles_per_hour\na,b,7\n") == [Count(0, 1, 7.0)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("from_link,to_link\na,b\n", "no column vehicles_per_hour"),
        (HEAD, "row 2: no rows"),
        (f"{HEAD}a,x,5,\n", "to_link, row 2: 'x'"),
        (f"{HEAD}a,b,5,\na,c,5,\n", "row 3: no movement joins"),
        (f"{HEAD}a,b,many,\n", "vehicles_per_hour, row 2: 'many'"),
        (f"{HEAD}a,b,-1,\n", "a number from 0"),
        (f"{HEAD}a,b,nan,\n", "a number from 0"),
        (f"{HEAD}a,b\n", "vehicles_per_hour, row 2"),
        (f"{HEAD}a,b,5,noon\n", "period, row 2: 'noon'"),
        (f"{HEAD}a,b,5,\na,b,6,\n", "row 3: counted twice"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(FormatError) as error:
        read(tmp_path, text)
    assert said in str(error.value)
    assert "counts.csv" in str(error.value)


def crossings(n_first: int, n_both: int) -> tuple[np.ndarray, np.ndarray]:
    """Trips 0.. pass turn 0 only, those after them turns 0 and 1."""
    trip = [*range(n_first), *(n_first + k // 2 for k in range(2 * n_both))]
    turn = [0] * n_first + [0, 1] * n_both
    return np.array(trip, np.int64), np.array(turn, np.int64)


def test_the_fitted_demand_passes_the_counts() -> None:
    asked = demand([Trip(float(t), (0, 1)) for t in range(300)])
    pairs = crossings(200, 100)
    counted = np.array([0, 1]), np.array([450.0, 300.0])
    fitted = fitted_demand(asked, pairs, counted, 1.0)
    kind = np.array([int(name[1:].split("+")[0]) >= 200 for name in fitted.trips.trip_id])
    assert abs(kind.sum() - 300) <= 2
    assert abs(kind.size - 450) <= 2
    assert (np.diff(fitted.trips.depart_s) >= 0.0).all()
    assert len(set(fitted.trips.trip_id)) == kind.size


def test_trips_that_no_counted_turn_sees_stay_as_they_are() -> None:
    asked = demand([Trip(float(t), (0, 1)) for t in range(50)])
    none = np.zeros(0, np.int64), np.zeros(0, np.int64)
    fitted = fitted_demand(asked, none, (np.array([0]), np.array([500.0])), 1.0)
    assert fitted.trips.trip_id == asked.trips.trip_id


def test_a_turn_where_nobody_was_counted_loses_its_trips() -> None:
    asked = demand([Trip(float(t), (0, 1)) for t in range(60)])
    fitted = fitted_demand(asked, crossings(40, 20), (np.array([1]), np.array([0.0])), 1.0)
    assert len(fitted.trips.trip_id) == 40
