"""What the hub tells of places to park: each by its own address and time, and the sums of the city and its areas."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from citybrain.city.generate import generate_city
from citybrain.city.model import City, no_parking
from citybrain.hub.board import CityBoard
from citybrain.hub.history import History
from citybrain.hub.hub import Hub
from citybrain.records.observations import ParkingState, Quality
from citybrain.records.parking import ParkingStates
from citybrain.settings import Settings

LIMIT_S = 1800.0
M, E, S, U = (int(q) for q in (Quality.MEASURED, Quality.ESTIMATED, Quality.STALE, Quality.UNKNOWN))
OPEN, CLOSED, FULL = (int(state) for state in ParkingState)


@cache
def town() -> City:
    return generate_city(16, seed=2)[0]


def states(now_s: float, *rows: tuple[str, float, float, float, int, int]) -> ParkingStates:
    """Rows: facility, time, free, spaces, state, quality."""
    names, time_s, free, spaces, state, quality = zip(*rows, strict=True)
    real = (np.array(column, float) for column in (time_s, free, spaces))
    none = np.full(len(names), np.nan)
    return ParkingStates(now_s, names, *real, none, np.array(state, np.uint8), np.array(quality, np.uint8))


def board(city: City) -> tuple[Hub, CityBoard]:
    hub = Hub()
    return hub, CityBoard(hub, city)


def test_each_place_has_its_values_at_the_time_of_its_own_report() -> None:
    hub, told = board(replace(town(), parking=no_parking()))
    told.parking.publish(states(100.0, ("A 1", 60.0, 5.0, 20.0, OPEN, M), ("b", 90.0, 0.0, 8.0, FULL, E)), LIMIT_S)
    base = f"{told.name}/parking"
    found = {name: hub.latest(f"{base}/a-1.{name}", 100.0) for name in ("free", "spaces", "occupancy", "state")}
    assert {name: value.value for name, value in found.items()} == {
        "free": 5,
        "spaces": 20,
        "occupancy": 0.75,
        "state": 0,
    }
    assert {value.time_s for value in found.values()} == {60.0}
    other = hub.latest(f"{base}/b.free", 100.0)
    assert (other.time_s, other.value, other.quality) == (90.0, 0.0, Quality.ESTIMATED)
    assert hub.latest(f"{base}/b.change", 100.0).quality == Quality.UNKNOWN
    assert hub.catalogue.get(f"{base}/a-1.free").about == "A 1"


def test_nothing_is_published_twice_and_silence_is() -> None:
    hub, told = board(replace(town(), parking=no_parking()))
    row = ("A", 60.0, 5.0, 20.0, OPEN, M)
    told.parking.publish(states(61.0, row), LIMIT_S)
    rows = hub.rows_of([hub.catalogue.get(f"{told.name}/parking/a.free")])
    before = hub.counts.published
    told.parking.publish(states(62.0, row), LIMIT_S)
    assert hub.counts.published - before == 3, "the sums alone"
    assert hub.values(rows, 62.0).quality[0] == M
    told.parking.publish(states(300.0, (*row[:5], S)), LIMIT_S)
    value = hub.latest(f"{told.name}/parking/a.free", 300.0)
    assert (value.time_s, value.value, value.quality) == (60.0, 5.0, Quality.STALE)


def test_the_brains_own_silence_makes_it_stale_too() -> None:
    hub, told = board(replace(town(), parking=no_parking()))
    told.parking.publish(states(61.0, ("A", 60.0, 5.0, 20.0, OPEN, M)), LIMIT_S)
    quality = [hub.latest(f"{told.name}/parking/a.free", 60.0 + late_s).quality for late_s in (LIMIT_S, LIMIT_S + 1.0)]
    assert quality == [Quality.MEASURED, Quality.STALE]


@pytest.mark.parametrize(
    ("rows", "free", "spaces", "quality"),
    [
        ([("A", 1.0, 5.0, 20.0, OPEN, M), ("B", 1.0, 3.0, 10.0, OPEN, M)], 8.0, 30.0, M),
        ([("A", 1.0, 5.0, 20.0, OPEN, M), ("B", 1.0, 3.0, 10.0, CLOSED, M)], 5.0, 20.0, M),
        ([("A", 1.0, 5.0, 20.0, OPEN, M), ("B", 1.0, 3.0, 10.0, FULL, M)], 5.0, 30.0, M),
        ([("A", 1.0, 5.0, 20.0, OPEN, M), ("B", 1.0, 3.0, 10.0, OPEN, S)], 5.0, 20.0, E),
        ([("A", 1.0, 5.0, 20.0, OPEN, E)], 5.0, 20.0, E),
        ([("A", 1.0, 5.0, 20.0, OPEN, S)], np.nan, np.nan, U),
        ([("A", np.nan, np.nan, 20.0, OPEN, U)], np.nan, np.nan, U),
        ([("A", 1.0, 5.0, 20.0, CLOSED, M)], 0.0, 0.0, M),
    ],
)
def test_the_sum_is_of_those_that_one_can_drive_to(
    rows: list[tuple[str, float, float, float, int, int]], free: float, spaces: float, quality: int
) -> None:
    hub, told = board(replace(town(), parking=no_parking()))
    told.parking.publish(states(2.0, *rows), LIMIT_S)
    values = [hub.latest(f"{told.name}/all/parking_{name}", 2.0) for name in ("free", "spaces", "occupancy")]
    assert values[0].value == pytest.approx(free, nan_ok=True)
    assert values[1].value == pytest.approx(spaces, nan_ok=True)
    assert values[2].value == pytest.approx(1.0 - free / spaces if spaces else np.nan, nan_ok=True)
    assert values[0].quality == quality


def test_areas_have_the_sum_of_the_places_one_drives_in_to_from_there() -> None:
    city = town()
    hub, told = board(city)
    free = np.arange(1.0, 1.0 + len(city.parking.parking_id))
    rows = [(name, 1.0, free[k], 99.0, OPEN, M) for k, name in enumerate(city.parking.parking_id)]
    told.parking.publish(states(2.0, *rows, ("only in the feed", 1.0, 50.0, 60.0, OPEN, M)), LIMIT_S)
    assert hub.latest(f"{told.name}/all/parking_free", 2.0).value == free.sum() + 50.0
    owner = np.repeat(np.arange(len(city.areas.area_id)), np.diff(city.areas.link_offset))
    seen = 0.0
    for area, segment in enumerate(told.areas[1:]):
        inside = np.isin(city.parking.link, city.areas.link[owner == area])
        address = f"{told.name}/{segment}/parking_free"
        assert (address in hub.catalogue) == inside.any(), "an area without a place to park says nothing of it"
        if inside.any():
            assert hub.latest(address, 2.0).value == free[inside].sum()
            seen += free[inside].sum()
    assert seen > 0.0


def test_a_city_without_places_to_park_has_no_such_address() -> None:
    hub, told = board(replace(town(), parking=no_parking()))
    told.parking.publish(
        ParkingStates(5.0, (), *(np.zeros(0) for _ in range(4)), *(np.zeros(0, np.uint8),) * 2), LIMIT_S
    )
    assert not [entry for entry in hub.catalogue.find() if "parking" in entry.address]


def test_names_that_look_alike_keep_addresses_of_their_own() -> None:
    hub, told = board(replace(town(), parking=no_parking()))
    names = ["P 1", "P-1", "停车场", "停车楼", "x" * 100, "x" * 101]
    told.parking.publish(states(2.0, *((name, 1.0, float(k), 9.0, OPEN, M) for k, name in enumerate(names))), LIMIT_S)
    entries = [entry for entry in hub.catalogue.find(f"{told.name}/parking/*") if entry.name.endswith(".free")]
    assert [entry.about for entry in entries] == names
    assert [hub.latest(entry.address, 2.0).value for entry in entries] == [0, 1, 2, 3, 4, 5]


def test_a_value_is_kept_once_in_the_history(tmp_path: Path) -> None:
    city = replace(town(), parking=no_parking())
    _, told = board(city)
    with_history = History(tmp_path, Settings(history_flush_rows=1), in_background=False)
    kept: list[int] = []
    append = with_history.append
    with_history.append = lambda entries, values: (
        kept.append(int((values.quality != U).sum())),
        append(entries, values),
    )[1]  # type: ignore[method-assign,assignment]
    told.parking.publish(states(61.0, ("A", 60.0, 5.0, 20.0, OPEN, M)), LIMIT_S)
    for now_s in (61.0, 62.0):
        told.keep(with_history, now_s, tables=False)
    told.parking.publish(states(121.0, ("A", 120.0, 4.0, 20.0, OPEN, M)), LIMIT_S)
    told.keep(with_history, 121.0, tables=False)
    assert kept == [7, 0, 7], "four values of the place and three sums, when they are new"
