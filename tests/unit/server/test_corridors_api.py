"""Corridors over HTTP: figures that are those of the streets, worst first, and nothing told of what is not known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from _brain import network

from _asgi import Client as Asgi
from citybrain.city.generate.city import generate_city
from citybrain.city.model import City
from citybrain.hub.board import CityBoard
from citybrain.hub.hub import Hub
from citybrain.records.observations import Quality
from citybrain.server.app import make_app
from citybrain.server.corridor_models import CorridorAnswer, CorridorPage, RouteAnswer
from citybrain.server.course import Ground
from citybrain.server.services import Services

BEGIN_S, CYCLE_S = 1_777_620_600.0, 60.0


class Streets:
    """A city whose links and lights are what a test says."""

    def __init__(self, city: City) -> None:
        self.city, self.hub, self.now_s = city, Hub(), BEGIN_S
        self.board = CityBoard(self.hub, city)
        self.app = make_app(Services(self.hub, lambda: self.now_s, city))
        self.client = Asgi(self.app)
        self.ground = Ground(city)
        self.link_s = self.ground.graph.free_s.astype(np.float32)
        self.count = np.ones(self.link_s.size, np.float32)
        self.quality = np.full(self.link_s.size, Quality.MEASURED, np.uint8)
        self.queue = np.zeros(city.lanes.length_m.size, np.float32)

    def beat(self, seconds: int = 1) -> None:
        """Greens of all groups in the first 25 s of every minute."""
        for _ in range(seconds):
            self.now_s += 1.0
            state = network(self.city, self.now_s, 0.5)
            state.links.travel_time_s[:], state.links.count[:] = self.link_s, self.count
            state.links.quality[:] = self.quality
            state.lanes.queue[:] = self.queue
            self.board.network(state)
            green = 6 if self.now_s % CYCLE_S < 25.0 else 0
            n = len(self.city.groups.group_id)
            self.board.lights(self.now_s, np.full(n, green, np.uint8), np.full(n, np.nan))

    def get(self, path: str, status: int = 200) -> Any:
        told = self.client.get(f"/api/v1/{path}")
        assert told.status == status, told.json()
        return told.json()


@pytest.fixture(scope="module")
def city() -> City:
    return generate_city(25, 3)[0]


@pytest.fixture
def streets(city: City) -> Streets:
    return Streets(city)


def test_on_empty_streets_it_takes_what_it_takes_on_empty_streets(streets: Streets) -> None:
    streets.beat(2)
    page = streets.get("corridors")
    CorridorPage.model_validate_json(streets.client.get("/api/v1/corridors").body)
    assert page["total"] == len(page["corridors"]) == len(streets.ground.streets)
    for row in page["corridors"]:
        assert row["lost"] == pytest.approx(0.0, abs=1e-3)
        for course in row["courses"]:
            assert course["time_s"] == pytest.approx(course["free_s"], abs=0.2)
            assert (course["quality"], course["known_share"]) == ("measured", 1.0)


def test_the_worst_one_comes_first(streets: Streets) -> None:
    worst = streets.ground.streets[len(streets.ground.streets) // 2]
    rows = worst.onward.links
    streets.link_s[rows] *= 4.0
    streets.count[rows] = 30.0
    streets.beat(2)
    first = streets.get("corridors")["corridors"][0]
    assert first["corridor"] == worst.corridor
    assert first["lost"] == pytest.approx(30.0 * 0.75 * rows.size, rel=0.02), "three quarters of each stand still"
    free_s = float(streets.ground.graph.free_s[rows].sum())
    course = first["courses"][0]
    assert course["time_s"] - course["free_s"] == pytest.approx(3.0 * free_s, abs=0.3)
    lost = [row["lost"] for row in streets.get("corridors")["corridors"]]
    assert lost == sorted(lost, reverse=True)


def test_pages(streets: Streets) -> None:
    streets.beat()
    whole = streets.get("corridors")["corridors"]
    part = streets.get("corridors?limit=2&offset=1")
    assert part["total"] == len(whole)
    assert [row["corridor"] for row in part["corridors"]] == [row["corridor"] for row in whole[1:3]]


def test_a_corridor_in_full_adds_up(streets: Streets) -> None:
    streets.beat(5)
    street = streets.ground.streets[0]
    told = streets.get(f"corridors/{street.corridor}")
    CorridorAnswer.model_validate_json(streets.client.get(f"/api/v1/corridors/{street.corridor}").body)
    assert len(told["courses"]) == len(street.courses)
    for course in told["courses"]:
        sections, stations = course["sections"], course["stations"]
        assert len(sections) == len(stations) - 1
        assert [row for section in sections for row in section["rows"]] == course["rows"]
        assert sum(section["length_m"] for section in sections) == pytest.approx(course["length_m"], abs=1.0)
        for name in ("time_s", "free_s"):
            assert sum(section[name] for section in sections) == pytest.approx(course[name], abs=1.0)
        for section in sections:
            assert section["speed_mps"] == pytest.approx(section["length_m"] / section["time_s"], abs=0.01)
        assert [station["signal"] for station in stations] == course["signals"]
        assert len(course["begins_m"]) == len(course["rows"])
        assert course["begins_m"] == sorted(course["begins_m"])
        assert course["begins_m"][-1] < course["length_m"]


def test_queues_are_those_of_the_lanes_that_go_on(streets: Streets) -> None:
    street = streets.ground.streets[0]
    station = street.onward.stations[1]
    streets.queue[list(station.lanes)] = 4.5
    streets.beat(2)
    told = streets.get(f"corridors/{street.corridor}")["courses"][0]["stations"]
    assert told[1]["queue"] == pytest.approx(4.5 * len(station.lanes))
    assert told[1]["lanes"] == list(station.lanes)
    assert all(one["queue"] == 0.0 for one in told[2:] if not set(one["lanes"]) & set(station.lanes))


def test_greens_are_those_that_were_shown(streets: Streets) -> None:
    streets.beat(200)
    told = streets.get(f"corridors/{streets.ground.streets[0].corridor}")
    for course in told["courses"]:
        assert 190.0 <= course["seen_s"] <= 201.0
        for station in course["stations"]:
            assert station["green_share"] == pytest.approx(25.0 / CYCLE_S, abs=0.1)
            for begin_s, end_s in station["greens"]:
                assert end_s <= 0.0
                assert end_s - begin_s <= 25.0
                assert (streets.now_s + begin_s) % CYCLE_S == pytest.approx(0.0, abs=0.1) or begin_s == -course[
                    "seen_s"
                ]
        for section in course["sections"]:
            late_s = section["free_s"] % CYCLE_S  # all turn green together
            meets = max(25.0 - late_s, 0.0, late_s - (CYCLE_S - 25.0)) / 25.0
            assert section["onto_green"] == pytest.approx(meets, abs=0.12)
        assert course["band"] <= min(section["onto_green"] for section in course["sections"]) + 0.1


def test_the_last_hour_and_what_is_usual(streets: Streets) -> None:
    street = streets.ground.streets[0]
    free_s = streets.ground.graph.free_s
    for k in range(21):
        streets.link_s[:] = free_s * (1.0 + 0.1 * k)
        streets.now_s += 29.0
        streets.beat(2)
    trend = streets.get(f"corridors/{street.corridor}")["courses"][0]["trend"]
    links = street.onward.links
    expected = [float(free_s[links].sum()) * (1.0 + 0.1 * k) + float(street.onward.inside_s.sum()) for k in range(21)]
    assert len(trend["time"]) == len(trend["value"]) >= 20
    assert trend["value"] == pytest.approx(expected[-len(trend["value"]) :], rel=0.06)
    assert trend["value"] == sorted(trend["value"])
    assert trend["low"] == pytest.approx(np.quantile(trend["value"], 0.05), abs=0.2)
    assert trend["high"] == pytest.approx(np.quantile(trend["value"], 0.95), abs=0.2)


# ---- what is not known ----


def test_before_the_first_beat_nothing_is_told(streets: Streets) -> None:
    page = streets.get("corridors")
    assert all(row["lost"] is None for row in page["corridors"])
    told = streets.get(f"corridors/{page['corridors'][0]['corridor']}")
    for course in told["courses"]:
        assert (course["time_s"], course["quality"], course["band"]) == (None, "unknown", None)
        assert course["free_s"] > 0.0, "how long it takes on empty roads is known always"
        assert all(one["queue"] is None and one["green_share"] is None for one in course["stations"])


def test_half_of_a_way_is_enough_and_less_is_not(streets: Streets) -> None:
    street = streets.ground.streets[0]
    links = street.onward.links
    order = links[np.argsort(streets.city.links.length_m[links])]
    for share, quality in ((0.2, "estimated"), (0.9, "unknown")):
        streets.quality[:] = Quality.MEASURED
        cut = np.cumsum(streets.city.links.length_m[order]) <= share * streets.city.links.length_m[order].sum()
        streets.quality[order[cut]] = Quality.UNKNOWN
        streets.beat(2)
        course = streets.get(f"corridors/{street.corridor}")["courses"][0]
        assert course["quality"] == quality
        assert (course["time_s"] is None) == (quality == "unknown")
        assert course["known_share"] == pytest.approx(
            1.0 - streets.city.links.length_m[order[cut]].sum() / streets.city.links.length_m[order].sum(), abs=0.01
        )


def test_when_the_brain_falls_silent_its_values_are_stale(streets: Streets) -> None:
    streets.beat(3)
    streets.now_s += 3600.0
    for row in streets.get("corridors")["corridors"]:
        assert {course["quality"] for course in row["courses"]} == {"stale"}


def test_a_measured_way_is_no_better_than_its_worst_link(streets: Streets) -> None:
    street = streets.ground.streets[0]
    streets.quality[street.onward.links[0]] = Quality.ESTIMATED
    streets.beat(2)
    course = streets.get(f"corridors/{street.corridor}")["courses"][0]
    assert course["quality"] == "estimated"
    assert [section["quality"] for section in course["sections"]].count("estimated") == 1


# ---- routes ----


def test_a_route_goes_round_what_is_slow(streets: Streets) -> None:
    ids = streets.city.signals.signal_id
    street = max(streets.ground.streets, key=lambda one: one.onward.length_m)
    start, end = street.onward.stations[0].signal, street.onward.stations[-1].signal
    streets.beat(2)
    path = f"routes?from={ids[start]}&to={ids[end]}"
    before = streets.get(path)
    RouteAnswer.model_validate_json(streets.client.get(f"/api/v1/{path}").body)
    assert (before["courses"][0]["signals"][0], before["courses"][0]["signals"][-1]) == (ids[start], ids[end])
    streets.link_s[before["courses"][0]["rows"][1:-1]] *= 40.0
    streets.beat(2)
    kept = streets.get(path)["courses"][0]
    assert kept["rows"] == before["courses"][0]["rows"], "it is not searched anew with every second"
    assert kept["time_s"] > before["courses"][0]["time_s"], "but its figures are of now"
    streets.now_s += 20.0
    streets.beat()
    after = streets.get(path)["courses"][0]
    assert after["rows"] != before["courses"][0]["rows"]
    assert after["time_s"] < kept["time_s"]


def test_a_route_tells_which_corridors_it_uses(streets: Streets) -> None:
    streets.beat()
    ids = streets.city.signals.signal_id
    street = streets.ground.streets[0]
    one, other = (street.onward.stations[k].signal for k in (0, 1))
    told = streets.get(f"routes?from={ids[one]}&to={ids[other]}")
    if told["courses"][0]["rows"] == street.onward.links[: street.onward.first[1]].tolist():
        assert street.corridor in told["corridors"]
    by = {one.corridor: one for one in streets.ground.streets}
    for corridor in told["corridors"]:
        links = {link for course in by[corridor].courses for link in course.links.tolist()}
        assert links & set(told["courses"][0]["rows"])


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("corridors/nowhere", 404, "no such corridor"),
        ("routes?from=nowhere&to=S1", 404, "no such signal"),
        ("routes?from=S1", 400, "to"),
        ("routes", 400, "from"),
    ],
)
def test_what_is_not_there(streets: Streets, path: str, status: int, says: str) -> None:
    assert says in streets.get(path, status)["error"]["message"]


def test_a_way_to_itself_is_none(streets: Streets) -> None:
    name = streets.city.signals.signal_id[0]
    assert "two different" in streets.get(f"routes?from={name}&to={name}", 400)["error"]["message"]


def test_a_brain_without_a_city_has_none() -> None:
    client = Asgi(make_app(Services(Hub(), lambda: 0.0)))
    assert [client.get(f"/api/v1/{path}").status for path in ("corridors", "corridors/a", "routes?from=a&to=b")] == [
        404
    ] * 3


def test_who_met_green_is_that_of_the_groups_at_a_section_s_end(streets: Streets) -> None:
    """Of groups of which nothing is known nothing is told; of a course with several groups their mean."""
    city, street = streets.city, streets.ground.streets[0]
    streets.beat(2)
    before = streets.get(f"corridors/{street.corridor}")["courses"]
    assert [section["on_green"] for course in before for section in course["sections"]] == [None] * sum(
        len(course["sections"]) for course in before
    )
    shares = np.linspace(0.0, 1.0, len(city.groups.group_id))
    shares[list(street.onward.stations[1].groups)] = np.nan
    quality = np.where(np.isnan(shares), Quality.UNKNOWN, Quality.MEASURED).astype(np.uint8)
    n = len(city.signals.signal_id)
    streets.board.on_green(streets.now_s, (shares, quality), (np.full(n, np.nan), np.full(n, 4, np.uint8)))
    streets.beat()
    for told, course in zip(streets.get(f"corridors/{street.corridor}")["courses"], street.courses, strict=True):
        for section, station in zip(told["sections"], course.stations[1:], strict=True):
            own = shares[list(station.groups)]
            wanted = None if np.isnan(own).all() else pytest.approx(float(np.nanmean(own)), abs=1e-3)
            assert section["on_green"] == wanted
