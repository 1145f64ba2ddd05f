"""Vehicles known by name: where they are, what they are worth, who gets right of way, and when it ends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from _tracks import on_link, town

from citybrain.demand.worth import EMERGENCY_WORTH, LATE_BUS_WORTH
from citybrain.estimate.fleet import Fleet, FleetLimits, claims, counted, follow, no_fleet
from citybrain.estimate.match_model import MatchMap, MatchOptions, build_match_map
from citybrain.estimate.match_state import MatchState, new_match_state
from citybrain.records.observations import EmergencyPositions, Observations, Quality, TransitPositions, make

OPTIONS = MatchOptions(noise_m=3.0, vehicles_max=200)


@pytest.fixture(scope="module")
def city() -> MatchMap:
    return build_match_map(town(), OPTIONS)


class Desk:
    """A fleet that hears one thing after another."""

    def __init__(self, city: MatchMap, limits: FleetLimits | None = None) -> None:
        self.city, self.limits = city, limits or FleetLimits()
        self.state: MatchState = new_match_state(OPTIONS)
        self.fleet: Fleet = no_fleet()

    def hear(self, now_s: float, *rows: EmergencyPositions | TransitPositions) -> Fleet:
        seen = Observations(now_s)
        for table in rows:
            seen = replace(seen, **{"emergency" if isinstance(table, EmergencyPositions) else "transit": table})
        self.fleet = follow(self.city, self.state, self.fleet, seen, self.limits)
        return self.fleet


def place(link: int, frac: float) -> tuple[float, float]:
    x_m, y_m = on_link(town(), link, np.array([frac]))
    return float(x_m[0]), float(y_m[0])


def names(*words: str) -> np.ndarray:
    found = np.empty(len(words), object)
    found[:] = words
    return found


def call(time_s: float, *words: str, link: int = 3, frac: float = 0.5, quality: int = 0) -> EmergencyPositions:
    return make(EmergencyPositions, time_s, time_s, names(*words), *place(link, frac), 12.0, quality)


def bus(time_s: float, word: str, late_s: float, link: int = 3, frac: float = 0.5) -> TransitPositions:
    return make(TransitPositions, time_s, time_s, names(word), names("7"), *place(link, frac), 8.0, late_s, 0)


def test_an_ambulance_is_where_it_says_and_worth_much(city: MatchMap) -> None:
    desk = Desk(city)
    desk.hear(10.0, call(9.0, "RTW 1", frac=0.3))
    desk.hear(12.0, call(11.0, "RTW 1", frac=0.4))
    found = claims(desk.fleet)
    assert (found.link.tolist(), found.urgent.tolist(), found.weight.tolist()) == ([3], [True], [EMERGENCY_WORTH])
    assert found.position_m[0] == pytest.approx(0.4 * town().links.length_m[3], abs=3.0)
    assert (found.time_s[0], found.speed_mps[0]) == (11.0, 12.0)
    assert counted(desk.fleet) == {"fleet": 1, "calls": 1, "calls_refused": 0}


@pytest.mark.parametrize(
    ("late_s", "weight"), [(-90.0, 1.0), (60.0, 1.0), (np.nan, 1.0), (180.0, 10.5), (300.0, 20.0), (9000.0, 20.0)]
)
def test_a_bus_is_worth_more_the_later_it_is(city: MatchMap, late_s: float, weight: float) -> None:
    desk = Desk(city)
    desk.hear(10.0, bus(10.0, "B 7", late_s))
    assert desk.fleet.weight.tolist() == [weight]
    assert claims(desk.fleet).link.size == (weight > 1.0)
    assert weight <= LATE_BUS_WORTH


def test_the_lateness_told_last_counts_and_the_priority_ends_with_it(city: MatchMap) -> None:
    desk = Desk(city)
    desk.hear(10.0, bus(10.0, "B 7", 400.0))
    assert desk.hear(12.0, bus(12.0, "B 7", 30.0)).weight.tolist() == [1.0]
    assert claims(desk.fleet).link.size == 0


def test_a_bus_and_an_ambulance_of_one_name_are_two(city: MatchMap) -> None:
    desk = Desk(city)
    desk.hear(10.0, call(10.0, "17"), bus(10.0, "17", 400.0))
    assert sorted(claims(desk.fleet).weight.tolist()) == [LATE_BUS_WORTH, EMERGENCY_WORTH]


def test_who_is_silent_is_gone_after_some_of_its_own_gaps(city: MatchMap) -> None:
    desk = Desk(city)
    for k in range(4):
        desk.hear(10.0 + 2 * k, call(10.0 + 2 * k, "RTW 1", frac=0.2 + 0.05 * k))
    assert desk.fleet.gap_s.tolist() == [2.0]
    assert desk.hear(26.0).key.size == 1, "2.5 gaps and 5 s after 16 s"
    assert desk.hear(26.5).key.size == 0


def test_right_of_way_is_for_so_many_at_a_time_and_the_others_are_counted(city: MatchMap) -> None:
    desk = Desk(city, FleetLimits(urgent_max=2, calls_per_hour=100))
    desk.hear(10.0, call(10.0, "A", "B", "C"))
    assert counted(desk.fleet) == {"fleet": 3, "calls": 2, "calls_refused": 1}
    assert sorted(desk.fleet.weight.tolist()) == [1.0, EMERGENCY_WORTH, EMERGENCY_WORTH]
    weight = desk.fleet.weight
    desk.hear(12.0, call(12.0, "A", "B", "C"))
    assert desk.fleet.weight.tolist() == weight.tolist(), "who was refused does not get it by going on"


def test_calls_are_limited_by_the_hour_and_begin_anew_after_it(city: MatchMap) -> None:
    desk = Desk(city, FleetLimits(urgent_max=100, calls_per_hour=3))
    granted = 0
    for k in range(200):  # a source that invents a vehicle every minute
        desk.hear(60.0 * k, call(60.0 * k, f"fake {k}"))
        granted = counted(desk.fleet)["calls"]
        assert granted <= 3 * (1 + int(60.0 * k // 3600.0))
    assert granted == 12, "three in each of the hours that have begun"
    assert counted(desk.fleet)["calls_refused"] == 188
    assert desk.fleet.calls_s.size <= 3


def test_what_is_stale_or_nowhere_wins_nothing(city: MatchMap) -> None:
    desk = Desk(city)
    desk.hear(10.0, call(10.0, "RTW 1", quality=int(Quality.STALE)))
    assert desk.fleet.key.size == 0
    far = make(EmergencyPositions, 11.0, 11.0, names("RTW 2"), 1e6, 1e6, 12.0, 0)
    desk.hear(11.0, far)
    assert claims(desk.fleet).link.size == 0


def test_a_report_that_comes_again_or_late_changes_nothing(city: MatchMap) -> None:
    desk = Desk(city)
    desk.hear(10.0, call(10.0, "RTW 1", frac=0.5))
    before = claims(desk.fleet)
    desk.hear(11.0, call(10.0, "RTW 1", frac=0.5))
    desk.hear(12.0, call(8.0, "RTW 1", frac=0.1))
    after = claims(desk.fleet)
    assert after.position_m.tolist() == before.position_m.tolist()
    assert after.time_s.tolist() == [10.0]
    assert counted(desk.fleet)["calls"] == 1


def test_nobody_reports_and_nothing_is_done(city: MatchMap) -> None:
    desk = Desk(city)
    assert desk.hear(10.0).key.size == 0
    assert counted(desk.fleet) == {"fleet": 0, "calls": 0, "calls_refused": 0}
