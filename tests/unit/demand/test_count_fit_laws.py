"""Laws of resampling, periods and the fit to counts: nothing is lost, names stay apart, limits hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from _two_roads import city
from hypothesis import given, settings
from hypothesis import strategies as st

from _roads import Trip, demand
from citybrain.demand import turning_counts
from citybrain.demand.model import Demand
from citybrain.demand.period import DAY_S, WARM_S, Period, parse_period, taken, within_period
from citybrain.demand.resample import heavier, resampled
from citybrain.demand.turning_counts import GROWTH_MAX, fitted_demand, read_turning_counts
from citybrain.errors import FormatError, InputError

WEIGHTS = st.lists(st.floats(0.0, 4.0), min_size=1, max_size=30)
HEAD = "from_link,to_link,vehicles_per_hour,period\n"


def trips(n: int) -> Demand:
    return demand([Trip(10.0 * t, (0, 1)) for t in range(n)])


def copies_of(found: Demand, n: int) -> np.ndarray:
    """[n] how often each of the trips t0, t1 ... is driven."""
    return np.bincount([int(name[1:].split("+")[0]) for name in found.trips.trip_id], minlength=n)


@settings(deadline=None, max_examples=60)
@given(WEIGHTS, st.integers(0, 2**32 - 1))
def test_each_trip_comes_its_weight_rounded_down_or_up_and_all_of_them_their_sum(
    weights: list[float], seed: int
) -> None:
    weight = np.array(weights)
    count = copies_of(resampled(trips(weight.size), weight, np.random.default_rng(seed)), weight.size)
    assert (np.abs(count - weight) < 1.0 + 1e-9).all()
    assert (np.abs(np.cumsum(count) - np.cumsum(weight)) < 1.0 + 1e-9).all(), "and so do all trips up to any hour"


@settings(deadline=None, max_examples=40)
@given(WEIGHTS, st.integers(0, 1000))
def test_the_first_of_a_trip_departs_as_before_and_copies_within_a_minute(weights: list[float], seed: int) -> None:
    found = resampled(trips(len(weights)), np.array(weights), np.random.default_rng(seed)).trips
    for name, depart_s in zip(found.trip_id, found.depart_s.tolist(), strict=True):
        late_s = depart_s - 10.0 * int(name[1:].split("+")[0])
        assert late_s == 0.0 or ("+" in name and 0.0 < late_s < 60.0)


def test_broken_weights_are_right_on_average() -> None:
    weight = np.array([0.25, 1.5, 0.0, 3.9])
    seen = np.mean([copies_of(resampled(trips(4), weight, np.random.default_rng(s)), 4) for s in range(2000)], axis=0)
    assert np.abs(seen - weight).max() < 0.05


def test_what_was_resampled_may_be_resampled_again_and_names_stay_apart() -> None:
    """The demand that fits counts is made heavier for the search: a copy must not take the name of another copy."""
    once = heavier(trips(20), 2.0, 1)
    names = heavier(once, 2.0, 2).trips.trip_id
    assert len(names) == 80
    assert len(set(names)) == len(names)


def test_a_copy_does_not_take_the_name_that_a_trip_has_of_its_own() -> None:
    own = trips(3)
    own = replace(own, trips=replace(own.trips, trip_id=("x", "x+1", "x+2")))
    names = resampled(own, np.array([3.0, 1.0, 1.0]), np.random.default_rng(0)).trips.trip_id
    assert {"x", "x+1", "x+2"} < set(names)
    assert len(set(names)) == 5


def test_taken_keeps_every_column_of_a_row_together() -> None:
    asked = demand(
        [Trip(5.0 * k, ((0, 1), (1, 2), (0, 1, 2))[k % 3], lane=k % 2, speed_mps=float(k)) for k in range(9)]
    )
    rows = np.array([7, 0, 7, 4])
    found = taken(asked.trips, rows)
    assert found.trip_id == tuple(f"t{k}" for k in rows)
    for name in ("depart_s", "vehicle_type", "route", "origin_link", "destination_link", "depart_lane"):
        assert (getattr(found, name) == getattr(asked.trips, name)[rows]).all(), name
    assert found.depart_speed_mps.tolist() == [7.0, 0.0, 7.0, 4.0]


@settings(max_examples=60)
@given(st.integers(0, 1439), st.integers(1, 1440))
def test_any_two_times_of_a_day_in_order_are_a_period(begin: int, end: int) -> None:
    text = "-".join(f"{t // 60:02d}:{t % 60:02d}" for t in (begin, end))
    if begin >= end:
        with pytest.raises(InputError, match="the end after the begin"):
            parse_period(text)
        return
    found = parse_period(text)
    assert (found.begin_s, found.end_s) == (60.0 * begin, 60.0 * end)
    assert found.name == text.replace(":", "")


@pytest.mark.parametrize(
    "text", ["24:00-24:01", "07:00-09:00-11:00", "007:00-09:00", "07:0-09:00", "-07:00-09:00", "07:00–09:00", "24:00"]
)
def test_what_is_nearly_a_period_is_refused_as_it_was_written(text: str) -> None:
    with pytest.raises(InputError) as error:
        parse_period(text)
    assert repr(text) in str(error.value)


@pytest.mark.parametrize(
    ("meta_begin_s", "begin_s", "expected_s"),
    [(0.0, 3600.0, 3600.0 - WARM_S), (0.0, 300.0, 0.0), (3000.0, 3600.0, 3000.0), (5000.0, 3600.0, 3600.0)],
)
def test_the_warm_up_goes_no_further_back_than_the_city_and_never_shortens_the_period(
    meta_begin_s: float, begin_s: float, expected_s: float
) -> None:
    place = city(DAY_S)
    place = replace(place, meta=replace(place.meta, begin_s=meta_begin_s))
    cut, part = within_period(place, trips(600), Period("x", begin_s, begin_s + 600.0))
    assert cut.meta.begin_s == expected_s
    assert part.trips.depart_s.min() >= expected_s
    assert part.trips.depart_s.max() < begin_s + 600.0 == cut.meta.end_s


def test_a_trip_of_the_warm_up_alone_makes_no_period_and_the_end_is_not_inside() -> None:
    asked = demand([Trip(3500.0, (0, 1)), Trip(4200.0, (0, 1))])
    with pytest.raises(InputError, match="no trip departs in the period x; the demand departs 00:58 to 01:10"):
        within_period(city(), asked, Period("x", 3600.0, 4200.0))


def test_a_demand_without_trips_departs_never() -> None:
    with pytest.raises(InputError, match="the demand departs never"):
        within_period(city(), trips(0), Period("x", 0.0, 600.0))


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(20, 60), min_size=3, max_size=3), st.floats(0.5, 2.0))
def test_counts_of_turns_that_share_no_trip_are_met_to_one_vehicle(sizes: list[int], hours: float) -> None:
    turn = np.repeat(np.arange(3), sizes)
    factor = np.array([0.5, 1.0, 2.5])
    wanted_vph = np.array(sizes) * factor / hours
    crossings = np.arange(turn.size), turn
    found = fitted_demand(trips(turn.size), crossings, (np.arange(3), wanted_vph), hours)
    seen = np.bincount(turn, copies_of(found, turn.size), 3)
    assert (np.abs(seen - wanted_vph * hours) <= 1.0 + 1e-6).all()


def test_counts_that_already_fit_change_no_trip() -> None:
    asked, pairs = trips(30), (np.repeat(np.arange(30), 2), np.tile([4, 9], 30))
    found = fitted_demand(asked, pairs, (np.array([9, 4]), np.array([60.0, 60.0])), 0.5)
    assert found.trips.trip_id == asked.trips.trip_id
    assert found.trips.depart_s.tolist() == asked.trips.depart_s.tolist()


def test_a_trip_stands_for_no_more_than_the_limit() -> None:
    found = fitted_demand(trips(10), (np.arange(10), np.zeros(10, np.int64)), (np.array([0]), np.array([9000.0])), 1.0)
    assert copies_of(found, 10).tolist() == [GROWTH_MAX] * 10


def test_turns_that_nobody_counted_have_no_say() -> None:
    pairs = np.array([0, 1, 2, 2]), np.array([0, 7, 7, 0])
    found = fitted_demand(trips(3), pairs, (np.array([0]), np.array([4.0])), 1.0)
    assert copies_of(found, 3).tolist() == [2, 1, 2]


def refusal(folder: Path, text: str) -> FormatError:
    path = folder / "counts.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FormatError) as error:
        read_turning_counts(path, city())
    return error.value


@pytest.mark.parametrize(
    ("text", "element", "found"),
    [
        ("", "row 1", "no column from_link, to_link, vehicles_per_hour"),
        (f"{HEAD},b,5,\n", "from_link, row 2", "''"),
        (f"{HEAD}b,a,5,\n", "row 2", "no movement joins"),
        (f"{HEAD}a,b,20000.5,\n", "vehicles_per_hour, row 2", "'20000.5'"),
        (f"{HEAD}a,b,inf,\n", "vehicles_per_hour, row 2", "'inf'"),
        (f"{HEAD}a,b,5,07:00-09:00\na,b,6,7:00-9:00\n", "row 3", "counted twice"),
        (f"{HEAD}a,b,5,09:00-07:00\n", "period, row 2", "'09:00-07:00'"),
        (f"{HEAD}a,b,5,\n{'x' * 200_000},b,5,\n", "line 3", "field larger"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_with_what_stands_there(
    tmp_path: Path, text: str, element: str, found: str
) -> None:
    error = refusal(tmp_path, text)
    assert error.element == element
    assert f"{element}: {found}" in str(error)


def test_more_rows_than_the_limit_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turning_counts, "ROWS_MAX", 2)
    path = tmp_path / "counts.csv"
    path.write_text(f"{HEAD}a,b,5,\nb,c,5,\n", encoding="utf-8")
    assert len(read_turning_counts(path, city())) == 2, "as many rows as the limit says are not too many"
    error = refusal(tmp_path, f"{HEAD}a,b,5,\nb,c,5,\na,b,7,07:00-08:00\n")
    assert "row 4: too many rows; expected at most 2" in str(error)


def test_blanks_columns_in_any_order_and_a_byte_order_mark_are_no_matter(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    path.write_text("\ufeffvehicles_per_hour,note,to_link,from_link\n 12 ,seen, b , a \n20000,,c,b\n", encoding="utf-8")
    found = read_turning_counts(path, city())
    assert [(c.from_link, c.to_link, c.flow_vph, c.period) for c in found] == [(0, 1, 12.0, ""), (1, 2, 20000.0, "")]
