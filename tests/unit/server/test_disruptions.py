"""What residents are told: only what was confirmed, only what concerns the street, and none of what is internal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from _brain import HANGZHOU, NOW_S, Brain, make_brain

from citybrain.hub.events import Event, State
from citybrain.server.disruptions import KINDS, WORDS_MAX, told_of

PATH = "/api/v1/disruptions"
INTERNAL = "number plate A-1234, said Mrs Smith"


@pytest.fixture
def brain(tmp_path: Path) -> Brain:
    return make_brain(tmp_path, guarded=True, projection=HANGZHOU)


def happen(brain: Brain, kind: str = "works", state: State = State.CONFIRMED, **more: Any) -> int:
    made = {"kind": kind, "title": INTERNAL, "who": INTERNAL, "why": INTERNAL, "link": brain.city.links.link_id[0]}
    event = brain.operator.post("/api/v1/events", made | more).json()["event"]
    steps = {
        State.PROPOSED: [],
        State.CONFIRMED: ["confirmed"],
        State.HANDLED: ["confirmed", "handled"],
        State.CLOSED: ["confirmed", "closed"],
        State.REJECTED: ["rejected"],
    }
    for step in steps[state]:
        told = brain.operator.post(f"/api/v1/events/{event}", {"state": step, "who": INTERNAL, "why": INTERNAL})
        assert told.status == 200
    return int(event)


def told(brain: Brain) -> list[dict[str, Any]]:
    answer = brain.public.get(PATH)
    assert answer.status == 200
    assert INTERNAL not in answer.body.decode()
    found = answer.json()["disruptions"]
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("state", list(State))
def test_only_what_was_confirmed_and_is_not_over_is_told(brain: Brain, state: State) -> None:
    happen(brain, state=state)
    assert len(told(brain)) == (state in (State.CONFIRMED, State.HANDLED))


def test_what_a_person_has_not_confirmed_is_told_by_nothing() -> None:
    for state in State:
        event = Event(1, "works", INTERNAL, state, 1.0, 2.0, INTERNAL, INTERNAL)
        found = told_of(event)
        assert (found is not None) == (state in (State.CONFIRMED, State.HANDLED))
        assert INTERNAL not in repr(found)


def test_nothing_internal_is_told(brain: Brain) -> None:
    number = happen(brain, details={"public": "Until noon", "until": "2026-05-01T12:00:00Z", "note": INTERNAL})
    (one,) = told(brain)
    links = brain.city.links
    assert one == {
        "number": number,
        "kind": "works",
        "text": "Until noon",
        "begin": "2026-05-01T07:32:00Z",
        "changed": "2026-05-01T07:32:00Z",
        "until": "2026-05-01T12:00:00Z",
        "link": links.link_id[0],
        "street": links.name[0],
        **{name: one[name] for name in ("x_m", "y_m", "lon", "lat")},
    }
    assert (one["lon"], one["lat"]) == pytest.approx((120.15, 30.27), abs=0.1)
    first, last = links.geometry_offset[:2]
    assert one["x_m"] in np.round(links.geometry_x_m[first:last], 2)


def test_what_is_no_business_of_the_public_is_not_told(brain: Brain) -> None:
    for kind in ("sensor", "report", "person", "police"):
        assert kind not in KINDS
        happen(brain, kind)
    assert told(brain) == []


@pytest.mark.parametrize(
    "details",
    [{}, {"public": 7}, {"public": "x" * (WORDS_MAX + 1)}, {"until": "soon"}, {"until": 5e20}, {"public": None}],
)
def test_words_that_are_none_are_not_told(brain: Brain, details: dict[str, Any]) -> None:
    happen(brain, details=details)
    (one,) = told(brain)
    assert (one["text"], one["until"]) == ("", None)


def test_a_place_without_earth_is_in_metres(tmp_path: Path) -> None:
    brain = make_brain(tmp_path)
    happen(brain, link=None, x_m=12.5, y_m=-3.0)
    answer = brain.public.get(PATH).json()
    (one,) = answer["disruptions"]
    assert (one["x_m"], one["y_m"], one["lon"], one["lat"]) == (12.5, -3.0, None, None)
    assert (one["link"], one["street"]) == (None, "")
    happen(brain, link=None)
    assert brain.public.get("/api/v1/health").status == 200
    brain.clock.advance(5.0)
    newest = brain.public.get(PATH).json()["disruptions"][0]
    assert (newest["x_m"], newest["lon"]) == (None, None)


# ---- GTFS-Realtime, read by its own bindings ----


def feed(brain: Brain, query: str = "") -> Any:
    gtfs = pytest.importorskip("google.transit.gtfs_realtime_pb2")
    answer = brain.public.get(f"/api/v1/gtfs-realtime/alerts{query}")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/x-protobuf")
    assert INTERNAL.encode() not in answer.body
    found = gtfs.FeedMessage()
    found.ParseFromString(answer.body)
    assert found.IsInitialized()
    return found


def test_alerts_say_the_same_in_protobuf(brain: Brain) -> None:
    works = happen(brain, details={"public": "Until noon", "until": NOW_S + 3600.0})
    happen(brain, "closure", link=None)
    happen(brain, "works", State.PROPOSED)
    found = feed(brain, "?agency=tram")
    assert (found.header.gtfs_realtime_version, found.header.incrementality) == ("2.0", 0)
    assert found.header.timestamp == int(NOW_S + 120)
    alerts = {entity.id: entity.alert for entity in found.entity}
    one = alerts.pop(f"event-{works}")
    assert one.cause == one.CONSTRUCTION
    assert one.effect == one.SIGNIFICANT_DELAYS
    assert (one.active_period[0].start, one.active_period[0].end) == (int(NOW_S + 120), int(NOW_S + 3600))
    assert one.header_text.translation[0].text == f"Works: {brain.city.links.name[0]}"
    assert one.description_text.translation[0].text == "Until noon"
    assert [entity.agency_id for entity in one.informed_entity] == ["tram"]
    (other,) = alerts.values()
    assert other.effect == other.DETOUR
    assert not other.active_period[0].HasField("end")
    assert other.header_text.translation[0].text == "Closure"


def test_every_kind_has_a_cause_and_an_effect_of_the_standard(brain: Brain) -> None:
    for kind in KINDS:
        happen(brain, kind)
    found = feed(brain)
    assert len(found.entity) == len(KINDS)
    assert {entity.alert.informed_entity[0].agency_id for entity in found.entity} == {brain.name}
    assert len({entity.id for entity in found.entity}) == len(KINDS)


def test_a_feed_without_alerts_is_a_feed(brain: Brain) -> None:
    assert list(feed(brain).entity) == []
