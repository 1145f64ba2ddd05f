"""Laws of what is told of car parks: newest wins, twice counts once, silence shows, and nothing is made up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citybrain.estimate.parking import ParkingMemory, ParkingOptions, begin, resumed, silent_after_s, states, update
from citybrain.records.digest import digest
from citybrain.records.observations import ParkingCounts, ParkingState, Quality, make
from citybrain.records.parking import ParkingStates

OPTIONS = ParkingOptions()
REGISTER = ("P1", "P2"), np.array([100, 50])
Report = tuple[float, str, int, int]


def reports(*rows: Report, state: int = 0, quality: int = 0) -> ParkingCounts:
    if not rows:
        return make(ParkingCounts, *(np.zeros(0) for _ in range(7)))
    time_s, names, free, spaces = (np.array(column) for column in zip(*rows, strict=True))
    return make(ParkingCounts, time_s, time_s, names.astype(object), free, spaces, state, quality)


def told(
    *batches: ParkingCounts, now_s: float, options: ParkingOptions = OPTIONS
) -> tuple[ParkingMemory, ParkingStates]:
    memory = begin(*REGISTER)
    for batch in batches:
        memory, _ = update(memory, batch, now_s, options)
    return memory, states(memory, now_s, options)


def test_before_a_report_the_size_is_known_and_nothing_else() -> None:
    _, found = told(now_s=0.0)
    assert found.facility == ("P1", "P2")
    assert found.spaces.tolist() == [100.0, 50.0]
    assert np.isnan([found.free, found.reported_s, found.change, found.occupied]).all()
    assert (found.quality == Quality.UNKNOWN).all()


def test_free_and_taken_are_all_spaces() -> None:
    _, found = told(reports((10.0, "P2", 12, 48), (10.0, "P9", 7, 7)), now_s=20.0)
    assert found.facility == ("P1", "P2", "P9"), "one that only reports is known after those of the register"
    assert (found.free + found.occupied)[1:].tolist() == found.spaces[1:].tolist() == [48.0, 7.0]
    assert found.occupied.tolist()[1:] == [36.0, 0.0]
    assert found.quality.tolist() == [Quality.UNKNOWN, Quality.MEASURED, Quality.MEASURED]


def test_what_the_source_says_of_its_value_is_kept() -> None:
    _, found = told(reports((10.0, "P1", 1, 9), state=int(ParkingState.FULL), quality=1), now_s=20.0)
    assert (found.state[0], found.quality[0]) == (ParkingState.FULL, Quality.ESTIMATED)


def test_an_older_report_and_the_same_again_change_nothing() -> None:
    first = reports((60.0, "P1", 40, 100), (120.0, "P1", 30, 100))
    memory, _ = told(first, now_s=130.0)
    for batch in (reports((120.0, "P1", 30, 100)), reports((60.0, "P1", 99, 100)), reports((119.0, "P1", 0, 100))):
        after, _ = update(memory, batch, 130.0, OPTIONS)
        assert digest(after) == digest(memory)


def test_what_cannot_be_is_counted_and_passed_over() -> None:
    bad = reports((5.0, "P1", 11, 10), (6.0, "P1", -1, 10), (7.0, "P1", 0, 0))
    memory, found = told(bad, now_s=8.0)
    assert found.implausible == memory.implausible == 3
    assert found.quality[0] == Quality.UNKNOWN


def test_only_so_many_places_are_followed_and_the_rest_is_counted() -> None:
    few = ParkingOptions(facilities_max=3)
    rows = [(float(t), f"X{k}", 1, 2) for t in (1, 2) for k in range(4)]
    memory, found = told(reports(*rows), now_s=3.0, options=few)
    assert found.facility == ("P1", "P2", "X0")
    assert memory.left_out == 6, "three places, two reports each"


@pytest.mark.parametrize(("every_s", "limit_s"), [(10.0, 120.0), (60.0, 180.0), (300.0, 900.0), (3600.0, 1800.0)])
def test_silence_is_held_against_the_places_own_rhythm(every_s: float, limit_s: float) -> None:
    times = [every_s * k for k in range(1, 12)]
    memory, _ = told(reports(*((t, "P1", 5, 10) for t in times)), now_s=times[-1])
    assert silent_after_s(memory, OPTIONS)[0] == pytest.approx(limit_s)
    fresh, old = (states(memory, times[-1] + limit_s + late, OPTIONS).quality[0] for late in (-0.5, 0.5))
    assert (fresh, old) == (Quality.MEASURED, Quality.STALE)
    again, found = update(memory, reports((times[-1] + limit_s + 1.0, "P1", 4, 10)), times[-1] + limit_s + 1.0, OPTIONS)
    assert found.quality[0] == Quality.MEASURED, "it speaks again"
    assert again.free[0] == 4


def test_one_that_reported_once_is_given_the_longest_time() -> None:
    memory, _ = told(reports((10.0, "P1", 5, 10)), now_s=10.0)
    assert silent_after_s(memory, OPTIONS)[0] == OPTIONS.silent_max_s


def test_the_change_is_that_of_a_quarter_of_an_hour() -> None:
    rows = [(60.0 * k, "P1", 100 - 2 * k, 100) for k in range(40)]
    for n in (15, 16, 17, 40):
        _, found = told(reports(*rows[:n]), now_s=60.0 * n)
        assert found.change[0] == (-30.0 if n > 15 else pytest.approx(np.nan, nan_ok=True)), n
    _, silent = told(reports(*rows), now_s=1e5)
    assert np.isnan(silent.change[0]), "of one that is silent no trend is known"


def test_after_a_long_gap_no_trend_is_made_up() -> None:
    _, found = told(reports((0.0, "P1", 90, 100), (5000.0, "P1", 10, 100)), now_s=5001.0)
    assert np.isnan(found.change[0])


def test_many_reports_a_minute_keep_the_trend_as_far_back() -> None:
    rows = [(2.0 * k, "P1", k % 50, 100) for k in range(900)]
    memory, found = told(reports(*rows), now_s=1800.0)
    assert found.change[0] == found.free[0] - memory.kept_free[0][memory.kept_s[0] <= 1798.0 - 900.0][-1]


rows_of_reports = st.lists(
    st.tuples(
        st.integers(0, 5000).map(float),
        st.sampled_from(["P1", "P2", "A", "B"]),
        st.integers(-2, 30),
        st.integers(0, 25),
    ),
    max_size=40,
    unique_by=lambda row: (row[0], row[1]),
)


@given(rows_of_reports, st.integers(1, 7), st.data())
def test_in_pieces_or_whole_and_sent_twice_it_is_the_same(rows: list[Report], n: int, data: Any) -> None:
    """Whatever the batches: what stands is each place's newest possible report, and free + taken = all."""
    rows = sorted(rows)
    whole, found = told(reports(*rows), now_s=6000.0)
    pieces = [reports(*rows[k : k + n]) for k in range(0, len(rows), n)]
    assert digest(told(*pieces, now_s=6000.0)[0]) == digest(whole)
    again, _ = update(whole, reports(*(row for row in rows if 0 <= row[2] <= row[3] > 0)), 6000.0, OPTIONS)
    assert digest(again) == digest(whole)
    for k, name in enumerate(found.facility):
        good = [row for row in rows if row[1] == name and 0 <= row[2] <= row[3] and row[3] > 0]
        if good:
            assert (found.reported_s[k], found.free[k], found.spaces[k]) == (good[-1][0], good[-1][2], good[-1][3])
            assert found.free[k] + found.occupied[k] == found.spaces[k]
            assert 0.0 <= found.free[k] <= found.spaces[k]
        else:
            assert np.isnan(found.free[k])
    possible = [row for row in rows if 0 <= row[2] <= row[3] and row[3] > 0]
    assert found.implausible == len(rows) - len(possible)


def test_what_was_given_is_not_changed() -> None:
    memory, _ = told(reports((10.0, "P1", 5, 10)), now_s=10.0)
    before = digest(memory)
    update(memory, reports((70.0, "P1", 6, 10), (71.0, "new", 1, 2)), 80.0, OPTIONS)
    assert digest(memory) == before


def test_another_register_begins_anew() -> None:
    memory, _ = told(reports((10.0, "P1", 5, 10)), now_s=10.0)
    assert resumed(memory, begin(*REGISTER)) is memory
    other = begin(("P1", "P3"), np.array([100, 20]))
    assert resumed(memory, other) is other
    assert resumed(None, other) is other
