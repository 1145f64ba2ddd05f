"""Buses, trams and emergency vehicles report under their own name; cars do not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from _roads import Kind, Road, Trip, demand, road
from citybrain.city.model import City, VehicleClass
from citybrain.demand.worth import EMERGENCY_WORTH, LATE_BUS_WORTH
from citybrain.errors import InputError
from citybrain.records.observations import Observations
from citybrain.twin.sensor_options import PERFECT, Channel, SensorOptions
from citybrain.twin.sensors import SensorSuite
from citybrain.twin.twin import TIMETABLE_PACE, Twin

CAR, BUS, TRAM, URGENT = 0, 1, 2, 3
CLASSES = (VehicleClass.CAR, VehicleClass.BUS, VehicleClass.TRAM, VehicleClass.EMERGENCY)
KINDS = tuple(Kind(vehicle_class=one) for one in CLASSES)


def street() -> City:
    return road(Road([400.0, 400.0, 400.0], speed_mps=10.0))


def twin_of(*kinds: int) -> Twin:
    trips = [Trip(20.0 * k, (0, 1, 2), kind) for k, kind in enumerate(kinds)]
    return Twin(street(), demand(trips, KINDS))


def watch(twin: Twin, until_s: float, **changes: object) -> list[Observations]:
    suite = SensorSuite(twin, replace(PERFECT, **changes), 3)  # type: ignore[arg-type]
    seen = []
    while twin.time_s < until_s:
        twin.run(twin.time_s + 1.0)
        seen.append(suite.observe())
    return seen


def named(seen: list[Observations], table: str) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for look in seen:
        rows = getattr(look, table)
        for name, time_s in zip(rows.vehicle.tolist(), rows.time_s.tolist(), strict=True):
            found.setdefault(name, []).append(time_s)
    return found


def test_each_reports_under_its_name_and_in_its_own_table() -> None:
    seen = watch(twin_of(CAR, BUS, TRAM, URGENT), 100.0)
    assert set(named(seen, "transit")) == {"t1", "t2"}
    assert set(named(seen, "emergency")) == {"t3"}


@pytest.mark.parametrize("period_s", [1, 2, 7])
def test_reports_come_once_a_period(period_s: int) -> None:
    seen = watch(twin_of(CAR, URGENT), 100.0, fleet_period_s=period_s)
    times = named(seen, "emergency")["t1"]
    assert set(np.diff(times)) == {float(period_s)}
    assert times[0] <= 21.0 + period_s


def test_they_tell_where_they_are() -> None:
    twin = twin_of(URGENT)
    suite = SensorSuite(twin, replace(PERFECT, fleet_period_s=1), 3)
    for _ in range(60):
        twin.run(twin.time_s + 1.0)
        rows = suite.observe().emergency
        where = twin.vehicles()
        if where.lane.size and where.lane[0] >= 0:
            at_m = 405.0 * where.lane[0] + where.position_m[0]
            assert rows.x_m[0] == pytest.approx(at_m, abs=15.0)
            assert rows.speed_mps[0] == pytest.approx(where.speed_mps[0])


def test_a_city_without_them_hears_nothing_and_silent_ones_say_nothing() -> None:
    assert not named(watch(twin_of(CAR, CAR), 60.0), "transit")
    silent = watch(twin_of(BUS, URGENT), 60.0, fleet=Channel(coverage_share=0.0))
    assert not named(silent, "transit")
    assert not named(silent, "emergency")


def test_reports_come_as_late_as_their_channel() -> None:
    for look in watch(twin_of(URGENT), 60.0, fleet=Channel(latency_s=3.0)):
        assert (look.emergency.received_s == look.emergency.time_s + 3.0).all()
        assert (look.emergency.received_s <= look.time_s).all()


def test_a_bus_on_an_empty_street_is_early_by_the_pace_of_its_timetable() -> None:
    twin = twin_of(BUS)
    twin.run(70.0)
    on_link = int(twin.memory.tables["drives"]["cursor"][0] - twin.memory.tables["drives"]["first_stop"][0])
    assert on_link == 1
    entered_s = float(twin.memory.tables["drives"]["entered"][0])
    assert twin.late_s(np.array([0], np.int32))[0] == pytest.approx(entered_s - TIMETABLE_PACE * 40.0, abs=1.0)
    assert twin.traffic().weight.tolist() == [1.0]


def test_a_bus_that_was_held_is_late_and_weighs_more() -> None:
    twin = twin_of(BUS)
    twin.run(10.0)
    late = twin.fork()
    late.memory.tables["drives"]["entered"][0] += 400.0
    assert twin.traffic().weight.tolist() == [1.0]
    assert late.traffic().weight.tolist() == [pytest.approx(LATE_BUS_WORTH)]


def test_an_emergency_vehicle_weighs_what_it_did() -> None:
    twin = twin_of(URGENT)
    twin.run(10.0)
    assert twin.traffic().weight.tolist() == [EMERGENCY_WORTH]


@pytest.mark.parametrize("period_s", [0, 1.5, 4000])
def test_a_period_that_cannot_be_is_refused(period_s: float) -> None:
    with pytest.raises(InputError, match="fleet_period_s"):
        SensorOptions(fleet_period_s=period_s)  # type: ignore[arg-type]
