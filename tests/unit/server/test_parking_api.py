"""Where one can park, over HTTP, as NGSI-LD and in tiles: what was reported, how old it is, and nothing made up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from _brain import HANGZHOU, NOW_S, Brain, make_brain

from citybrain.hub.hub import Hub
from citybrain.records.observations import ParkingState, Quality
from citybrain.records.parking import ParkingStates
from citybrain.server.app import make_app
from citybrain.server.services import Services

PATH = "/api/v1/parking"
ENTITIES = "/api/v1/ngsi-ld/v1/entities"
M, S, U = (int(q) for q in (Quality.MEASURED, Quality.STALE, Quality.UNKNOWN))
OPEN, CLOSED, FULL = (int(state) for state in ParkingState)
NAN = float("nan")


@pytest.fixture(params=[HANGZHOU, ""], ids=["on earth", "in a plane"])
def brain(tmp_path: Path, request: pytest.FixtureRequest) -> Brain:
    return make_brain(tmp_path, guarded=True, projection=request.param)


def tell(brain: Brain, *rows: tuple[str, float, float, float, float, int, int]) -> None:
    """Rows: facility, age of its report, free, spaces, change, state, quality; the register's others never reported."""
    register = brain.city.parking
    told = {row[0]: row[1:] for row in rows}
    names = (*register.parking_id, *(name for name in told if name not in register.parking_id))
    size = dict(zip(register.parking_id, register.spaces.tolist(), strict=True))
    every = [told.get(name, (NAN, NAN, size.get(name, NAN), NAN, OPEN, U)) for name in names]
    age_s, free, spaces, change, state, quality = (np.array(column) for column in zip(*every, strict=True))
    now_s = brain.clock.now_s()
    numbers = (now_s - age_s, free, spaces, change)
    found = ParkingStates(now_s, names, *numbers, state.astype(np.uint8), quality.astype(np.uint8))
    brain.board.parking.publish(found, 1800.0)


def parked(brain: Brain, **asked: Any) -> dict[str, dict[str, Any]]:
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    answer = brain.public.get(f"{PATH}?{query}")
    assert answer.status == 200, answer.body
    page = answer.json()
    assert page["total"] >= len(page["parking"])
    return {row["facility"]: row for row in page["parking"]}


def test_everything_that_is_known_is_told_and_nothing_else(brain: Brain) -> None:
    first, second = brain.city.parking.parking_id[:2]
    tell(brain, (first, 30.0, 42.0, 180.0, -12.0, OPEN, M), ("feed only", 20.0, 5.0, 50.0, NAN, CLOSED, M))
    found = parked(brain)
    assert list(found) == [*brain.city.parking.parking_id, "feed only"]
    one = found[first]
    assert {name: one[name] for name in ("free", "spaces", "change", "state", "quality", "age_s")} == {
        "free": 42.0,
        "spaces": 180.0,
        "change": -12.0,
        "state": "open",
        "quality": "measured",
        "age_s": 30.0,
    }
    assert one["occupancy"] == round(1.0 - 42.0 / 180.0, 4)
    assert one["name"] == brain.city.parking.name[0]
    assert one["time"] == "2026-05-01T07:31:30Z"
    assert (one["x_m"], one["away_m"]) == (pytest.approx(brain.city.parking.x_m[0], abs=0.01), None)
    assert (one["lon"] is not None) == bool(brain.city.meta.projection)
    other = found["feed only"]
    assert (other["state"], other["kind"], other["name"], other["x_m"], other["lon"]) == (
        "closed",
        None,
        "feed only",
        None,
        None,
    )
    silent = found[second]
    assert silent["spaces"] == brain.city.parking.spaces[1], "as the register has it"
    assert {silent[name] for name in ("free", "occupancy", "change", "state", "time", "age_s")} == {None}
    assert silent["quality"] == "unknown"


@pytest.mark.parametrize(
    ("state", "free", "told"),
    [(OPEN, 1.0, "open"), (OPEN, 0.0, "full"), (FULL, 3.0, "full"), (CLOSED, 0.0, "closed"), (CLOSED, 9.0, "closed")],
)
def test_full_is_where_nobody_is_let_in_or_nothing_is_free(brain: Brain, state: int, free: float, told: str) -> None:
    tell(brain, ("X", 1.0, free, 10.0, NAN, state, M))
    assert parked(brain)["X"]["state"] == told


def test_silence_is_told_and_has_no_trend(brain: Brain) -> None:
    tell(brain, ("X", 30.0, 4.0, 10.0, 2.0, OPEN, S))
    one = parked(brain)["X"]
    assert (one["quality"], one["free"], one["change"]) == ("stale", 4.0, None)
    tell(brain, ("X", 30.0, 4.0, 10.0, 2.0, OPEN, S), ("Y", 10.0, 4.0, 10.0, 2.0, OPEN, M))
    brain.clock.advance(1791.0)
    assert parked(brain)["Y"]["quality"] == "stale", "the brain itself has fallen silent"


def test_the_nearest_comes_first_and_no_farther_than_asked(brain: Brain) -> None:
    tell(brain, ("X", 1.0, 4.0, 10.0, NAN, OPEN, M))
    register = brain.city.parking
    here = parked(brain)[register.parking_id[1]]
    near = f"{here['lon']},{here['lat']}" if brain.city.meta.projection else f"{here['x_m']},{here['y_m']}"
    found = parked(brain, near=near)
    assert "X" not in found, "nobody knows where it is"
    away_m = [row["away_m"] for row in found.values()]
    assert away_m == sorted(away_m)
    assert away_m[0] < 1.0
    expected = np.hypot(register.x_m - register.x_m[1], register.y_m - register.y_m[1])
    assert away_m == pytest.approx(np.sort(expected).tolist(), abs=1.5)
    limit_m = float(np.sort(expected)[1]) + 2.0
    assert len(parked(brain, near=near, within_m=limit_m)) == int((expected <= limit_m).sum())


def test_an_area_has_the_places_one_drives_in_to_from_there(brain: Brain) -> None:
    tell(brain, ("X", 1.0, 4.0, 10.0, NAN, OPEN, M))
    city, seen = brain.city, []
    owner = np.repeat(np.arange(len(city.areas.area_id)), np.diff(city.areas.link_offset))
    for k, area in enumerate(brain.board.areas[1:]):
        inside = np.isin(city.parking.link, city.areas.link[owner == k])
        found = parked(brain, area=area)
        assert list(found) == [name for name, there in zip(city.parking.parking_id, inside, strict=True) if there]
        seen += list(found)
    assert seen


def test_pages_are_parts_of_the_whole(brain: Brain) -> None:
    tell(brain, ("X", 1.0, 4.0, 10.0, NAN, OPEN, M))
    whole = list(parked(brain))
    assert [name for k in range(len(whole)) for name in parked(brain, limit=1, offset=k)] == whole


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("area=nowhere", 404),
        ("near=1", 400),
        ("near=nan,2", 400),
        ("near=a,b", 400),
        ("within_m=0", 400),
        ("limit=0", 400),
    ],
)
def test_what_is_asked_wrongly_is_said(brain: Brain, query: str, status: int) -> None:
    tell(brain, ("X", 1.0, 4.0, 10.0, NAN, OPEN, M))
    answer = brain.public.get(f"{PATH}?{query}")
    assert answer.status == status
    assert answer.json()["error"]["message"]


def test_the_catalogue_says_which_place_an_address_is_about(brain: Brain) -> None:
    tell(brain, ("停车场", 1.0, 4.0, 10.0, NAN, OPEN, M))
    page = brain.public.get(f"/api/v1/catalogue?match={brain.name}/parking/*.free&limit=100").json()
    assert [entry["about"] for entry in page["entries"]] == [*brain.city.parking.parking_id, "停车场"]


def test_a_brain_without_a_city_or_a_report_has_none() -> None:
    from _asgi import Client

    answer = Client(make_app(Services(Hub(), lambda: NOW_S))).get(PATH)
    assert (answer.status, answer.json()["total"], answer.json()["parking"]) == (200, 0, [])


def test_a_new_place_is_told_as_soon_as_it_reports(brain: Brain) -> None:
    tell(brain)
    before = list(parked(brain))
    tell(brain, ("late", 1.0, 4.0, 10.0, NAN, OPEN, M))
    brain.clock.advance(1.0)
    assert list(parked(brain)) == [*before, "late"]


# ---- in other people's forms ----


def entities(brain: Brain, kind: str) -> list[dict[str, Any]]:
    answer = brain.public.get(f"{ENTITIES}?type={kind}&limit=1000")
    assert answer.status == 200
    found: list[dict[str, Any]] = answer.json()
    return found


def test_ngsi_ld_has_every_place_once_with_its_type(brain: Brain) -> None:
    tell(brain, ("X", 60.0, 4.0, 10.0, NAN, OPEN, M))
    off, on = entities(brain, "OffStreetParking"), entities(brain, "OnStreetParking")
    names = [entity["id"].rpartition(":")[2] for entity in (*off, *on)]
    assert sorted(names) == sorted([*brain.city.parking.parking_id, "X"])
    assert {entity["type"] for entity in on} <= {"OnStreetParking"}
    one = next(entity for entity in off if entity["id"].endswith(":X"))
    at = {"observedAt": "2026-05-01T07:31:00Z"}
    assert one["totalSpotNumber"] == {"type": "Property", "value": 10.0, **at}
    assert one["availableSpotNumber"]["value"] + one["occupiedSpotNumber"]["value"] == 10.0
    assert one["status"]["value"] == ["open", "spacesAvailable"]
    assert one["quality"]["value"] == "measured"
    alone = brain.public.get(f"{ENTITIES}/{one['id']}")
    assert alone.json() == one


def test_ngsi_ld_leaves_out_what_is_not_known(brain: Brain) -> None:
    tell(brain)
    first = entities(brain, "OffStreetParking")[0]
    assert not {"availableSpotNumber", "occupiedSpotNumber", "status"} & set(first)
    assert first["quality"]["value"] == "unknown"
    assert ("location" in first) == bool(brain.city.meta.projection)


@pytest.mark.parametrize(("state", "told"), [(CLOSED, ["closed"]), (FULL, ["open", "full"])])
def test_ngsi_ld_says_closed_and_full(brain: Brain, state: int, told: list[str]) -> None:
    tell(brain, ("X", 60.0, 0.0, 10.0, NAN, state, M))
    one = next(entity for entity in entities(brain, "OffStreetParking") if entity["id"].endswith(":X"))
    assert one["status"]["value"] == told


def test_tiles_have_the_places_of_the_register(brain: Brain) -> None:
    first = brain.city.parking.parking_id[0]
    tell(brain, (first, 30.0, 42.0, 180.0, NAN, FULL, M))
    answer = brain.public.get("/api/v1/tiles/parking/0/0/0")
    if not brain.city.meta.projection:
        assert answer.status == 404
        return
    assert answer.status == 200
    for word in (first, "full", "measured", "unknown", "facility", "spaces"):
        assert word.encode() in answer.body
    told = brain.public.get("/api/v1/tiles/parking").json()
    assert set(told["vector_layers"][0]["fields"]) == {"facility", "name", "kind", "state", "quality", "free", "spaces"}
