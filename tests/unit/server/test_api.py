"""The API: every answer is of its documented form, says when and how good, and gives nobody what is not theirs."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from _brain import NOW_S, TOKEN, Brain, make_brain
from pydantic import BaseModel

from _asgi import Client
from citybrain.server import models
from citybrain.server.app import make_app
from citybrain.server.services import Services

API = "/api/v1"


@pytest.fixture(scope="module")
def brain(tmp_path_factory: pytest.TempPathFactory) -> Brain:
    return make_brain(tmp_path_factory.mktemp("brain"))


FORMS: list[tuple[str, type[BaseModel]]] = [
    ("/health", models.Health),
    ("/catalogue", models.CataloguePage),
    ("/catalogue/{city}/all/in_transit", models.CatalogueEntry),
    ("/indicators", models.ValuePage),
    ("/indicators?match=*/all/in_*&limit=1", models.ValuePage),
    ("/indicators/{city}/all/in_transit", models.Value),
    ("/history/{city}/all/in_transit?from=2026-05-01T07:00:00Z", models.SeriesAnswer),
    ("/history/{city}/all/in_transit?step=60&aggregate=max", models.SeriesAnswer),
    ("/history/{city}/links/speed?row=2", models.SeriesAnswer),
    ("/tables/{city}/links/speed?ids=true", models.Columns),
    ("/links", models.Links),
    ("/links/values?columns=speed,count", models.Columns),
    ("/sensors", models.Sensors),
    ("/ingestion", models.ValuePage),
    ("/events", models.EventPage),
]


def held(body: bytes, form: type[BaseModel]) -> Any:
    """The answer, when it is of the form: no field more or less, no other type."""
    return form.model_validate_json(body, strict=True)


@pytest.mark.parametrize(("path", "form"), FORMS, ids=lambda value: value if isinstance(value, str) else "")
def test_every_answer_has_its_documented_form(brain: Brain, path: str, form: type[BaseModel]) -> None:
    for client in (brain.public, brain.operator):
        found = client.get(API + path.format(city=brain.name))
        assert found.status == 200, found.body
        held(found.body, form)


def test_a_value_says_when_and_how_good(brain: Brain) -> None:
    found = brain.public.get(f"{API}/indicators/{brain.name}/all/in_transit").json()
    assert found == {
        "address": f"{brain.name}/all/in_transit",
        "time": "2026-05-01T07:32:00Z",
        "value": 1834.0,
        "low": 1790.0,
        "high": 1878.0,
        "quality": "estimated",
        "unit": "vehicles",
        "source": "estimate",
    }


def test_what_is_old_is_stale_and_what_is_unknown_is_null(tmp_path: Path) -> None:
    brain = make_brain(tmp_path)
    path = f"{API}/indicators/{brain.name}/all/in_transit"
    assert brain.public.get(path).json()["quality"] == "estimated"
    brain.clock.advance(10.5)
    assert brain.public.get(path).json()["quality"] == "stale"
    assert brain.public.get(f"{API}/health").status == 503
    assert brain.public.get(f"{API}/health").json()["status"] == "silent"
    rows = brain.hub.rows_of(brain.hub.catalogue.find(f"{brain.name}/all/in_transit"))
    brain.hub.publish(brain.clock.now_s(), rows, np.array([math.nan]))
    found = brain.public.get(path).json()
    assert (found["value"], found["quality"]) == (None, "unknown")


def test_health_before_the_first_value() -> None:
    from citybrain.hub.hub import Hub

    found = Client(make_app(Services(Hub(), lambda: 5.0))).get(f"{API}/health")
    assert (found.status, found.json()["status"], found.json()["newest"]) == (503, "starting", None)


def test_health_tells_troubles(tmp_path: Path) -> None:
    brain = make_brain(tmp_path)
    brain.history.trouble, brain.history.lost_rows = "no space left", 7
    brain.events.trouble.append("entry 3 is missing")
    found = brain.public.get(f"{API}/health").json()
    assert found["troubles"] == ["history: no space left", "history: 7 rows lost", "events: entry 3 is missing"]


def test_columns_are_in_the_order_of_the_links(brain: Brain) -> None:
    links = brain.public.get(f"{API}/links").json()["features"]
    found = brain.public.get(f"{API}/links/values?columns=speed,count&ids=1").json()
    assert found["ids"] == [link["id"] for link in links] == list(brain.city.links.link_id)
    speed = found["columns"]["speed"]
    assert (speed["values"][1], speed["quality"][1]) == (None, 4)
    assert speed["values"][0] == pytest.approx(links[0]["properties"]["speed_mps"] / 2, abs=1e-3)
    assert found["columns"]["count"]["values"][0] == 2.0


def test_courses_are_where_the_links_are(brain: Brain) -> None:
    found = brain.public.get(f"{API}/links").json()
    links = brain.city.links
    for row in (0, len(links.link_id) - 1):
        first, last = links.geometry_offset[row : row + 2]
        course = np.column_stack([links.geometry_x_m, links.geometry_y_m])[first:last]
        feature = found["features"][row]
        assert feature["properties"]["row"] == row
        if found["coordinates_are"] == "metres":
            np.testing.assert_allclose(feature["geometry"]["coordinates"], course, atol=0.006)


def test_static_courses_are_sent_once(brain: Brain) -> None:
    first = brain.public.get(f"{API}/links")
    tag = first.headers["etag"]
    assert "max-age=300" in first.headers["cache-control"]
    for given in (tag, f'"x", W/{tag}', "*"):
        again = brain.public.get(f"{API}/links", if_none_match=given)
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    assert brain.public.get(f"{API}/links", if_none_match='"other"').body == first.body
    import gzip

    small = brain.public.get(f"{API}/links", accept_encoding="gzip")
    assert gzip.decompress(small.body) == first.body
    assert len(small.body) < len(first.body) / 3


def test_sensors_are_found_by_their_health(brain: Brain) -> None:
    every = brain.public.get(f"{API}/sensors").json()
    assert every["total"] == len(brain.city.sensors.sensor_id)
    dead = brain.public.get(f"{API}/sensors?health=dead").json()
    assert [(s["row"], s["health"], s["age_s"]) for s in dead["sensors"]] == [(0, "dead", None), (1, "dead", 2.0)]
    assert brain.public.get(f"{API}/sensors?limit=3&offset=1").json()["sensors"] == every["sensors"][1:4]
    assert brain.public.get(f"{API}/sensors?health=ill").status == 400


def test_ingestion_counts(brain: Brain) -> None:
    found = {
        value["address"].split("/")[2]: value["value"]
        for value in brain.public.get(f"{API}/ingestion").json()["values"]
    }
    assert found == {"accepted": 100.0, "quarantined": 3.0}


def test_history_is_what_was(brain: Brain) -> None:
    found = brain.public.get(f"{API}/history/{brain.name}/all/in_transit?from=2026-05-01T07:31:00%2B00:00").json()
    assert found["times"] == ["2026-05-01T07:31:00Z", "2026-05-01T07:32:00Z"]
    assert (found["values"], found["low"]) == ([1834.0] * 2, [1790.0] * 2)
    counted = brain.public.get(
        f"{API}/history/{brain.name}/all/in_transit?from={NOW_S}&step=3600&aggregate=count"
    ).json()
    assert (counted["values"], counted["unit"], counted["low"]) == ([3.0], "", [None])


# ---- rights ----


def test_everybody_sees_what_is_public_and_no_more(brain: Brain) -> None:
    for path in ("catalogue", "indicators", "history"):
        assert brain.public.get(f"{API}/{path}/city/all/internal").status == 404
        assert brain.operator.get(f"{API}/{path}/city/all/internal").status == 200
        assert brain.operator.get(f"{API}/{path}/city/all/restricted").status == 404
    for path in ("catalogue", "indicators", "indicators?match=*/*/*&limit=10000"):
        assert b"city/all/internal" not in brain.public.get(f"{API}/{path}").body
        assert b"restricted" not in brain.operator.get(f"{API}/{path}").body.replace(b'"audience":"restricted"', b"")
    assert b"city/all/internal" in brain.operator.get(f"{API}/indicators").body
    assert b"internal" not in brain.public.get("/metrics").body


def test_what_an_operator_was_told_is_not_kept_for_others(brain: Brain) -> None:
    path = f"{API}/indicators/city/all/internal"
    assert [brain.public.get(path).status, brain.operator.get(path).status, brain.public.get(path).status] == [
        404,
        200,
        404,
    ]


GUARDED = ["/events", "/events/1", "/query"]


@pytest.mark.parametrize("path", GUARDED)
def test_operators_only(brain: Brain, path: str, tmp_path: Path) -> None:
    before = brain.events.count()
    nobody = Client(make_app(Services(brain.hub, brain.clock.now_s, brain.city, brain.history, brain.events)))
    for client, status in (
        (brain.public, 401),
        (nobody, 403),
        (Client(brain.app, TOKEN + "x"), 401),
        (Client(nobody.app, "x"), 401),
    ):
        found = client.post(API + path, {"query": "select 1", "state": "confirmed", "who": "x", "why": "x"})
        assert found.status == status
        held(found.body, models.Error)
    assert brain.events.count() == before


@pytest.mark.parametrize("given", ["Basic x", "Bearer", "Bearer ", "bearer  x", TOKEN, "Bearer " + TOKEN[:-1]])
def test_a_wrong_token_is_never_taken_for_none(brain: Brain, given: str) -> None:
    found = brain.public.get(f"{API}/indicators", authorization=given)
    assert (found.status, found.headers["www-authenticate"]) == (401, "Bearer")


# ---- events and SQL ----


def test_an_event_lives(tmp_path: Path) -> None:
    brain = make_brain(tmp_path)
    link = brain.city.links.link_id[3]
    proposal = {
        "kind": "obstacle",
        "title": "tree",
        "who": "Ann",
        "why": "a caller",
        "link": link,
        "details": {"a": [1]},
    }
    made = brain.operator.post(f"{API}/events", proposal)
    assert made.status == 200, made.body
    event = held(made.body, models.EventAnswer)
    assert (event.state, event.link, event.details, event.begin) == (
        "proposed",
        link,
        {"a": [1]},
        "2026-05-01T07:32:00Z",
    )
    step = {"state": "confirmed", "who": "Bob", "why": "camera 12"}
    assert brain.operator.post(f"{API}/events/{event.event}", step).json()["state"] == "confirmed"
    refused = brain.operator.post(f"{API}/events/{event.event}", {**step, "state": "proposed"})
    assert (refused.status, refused.json()["error"]["code"]) == (409, "conflict")
    one = held(brain.public.get(f"{API}/events/{event.event}").body, models.EventWithSteps)
    assert [(s.state, s.who) for s in one.steps] == [("proposed", "Ann"), ("confirmed", "Bob")]
    assert brain.public.get(f"{API}/events?state=proposed,rejected").json()["total"] == 0
    page = held(brain.public.get(f"{API}/events?state=confirmed&since=2026-05-01T00:00:00Z").body, models.EventPage)
    assert (page.total, page.head_number, page.head_mac) == (1, 2, brain.events.head().mac)
    assert brain.public.get(f"{API}/events/99").status == 404
    assert brain.operator.post(f"{API}/events/99", step).status == 404
    assert brain.public.get(f"{API}/events?state=odd").status == 400


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        {"kind": "Obstacle", "title": "t", "who": "w", "why": "y"},
        {"kind": "x", "title": "", "who": "w", "why": "y"},
        {"kind": "x", "title": "t", "who": "w" * 300, "why": "y"},
        {"kind": "x", "title": "t", "who": "w", "why": "y", "link": "no such link"},
        {"kind": "x", "title": "t", "who": "w", "why": "y", "extra": 1},
        {"kind": "x", "title": 5, "who": "w", "why": "y"},
    ],
)
def test_a_malformed_body_is_refused(brain: Brain, body: Any) -> None:
    found = brain.operator.post(f"{API}/events", body)
    assert found.status in (400, 413)
    held(found.body, models.Error)


def test_a_body_is_read_no_further_than_its_limit(brain: Brain) -> None:
    found = brain.operator.post(f"{API}/query", json.dumps({"query": "x" * 70_000}).encode())
    assert (found.status, found.json()["error"]["code"]) == (413, "too_large")


def test_a_query_is_answered(brain: Brain) -> None:
    text = f"select address, max(value) m from indicators where address like '{brain.name}/all/in%' group by 1"
    found = brain.operator.post(f"{API}/query", {"query": text})
    assert found.status == 200, found.body
    answer = held(found.body, models.SqlAnswer)
    assert (answer.columns, answer.rows) == (["address", "m"], [[f"{brain.name}/all/in_transit", 1834.0]])
    assert brain.operator.post(f"{API}/query", {"query": "drop view indicators"}).status == 400


# ---- whatever is asked, the answer has a form ----


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nothing", 404),
        ("/catalogue/a/b", 404),
        ("/catalogue/a/b/c", 404),
        ("/catalogue/A/B/C", 404),
        ("/indicators/{city}/links/speed", 404),
        ("/tables/{city}/all/in_transit", 404),
        ("/links/values?columns=nothing", 404),
        ("/links/values?columns=*", 200),
        ("/catalogue?match=a/b", 400),
        ("/catalogue?match=" + "x" * 2000, 400),
        ("/catalogue?limit=0", 400),
        ("/catalogue?limit=ten", 400),
        ("/catalogue?offset=-1", 400),
        ("/history/{city}/all/in_transit?from=yesterday", 400),
        ("/history/{city}/all/in_transit?from=2026-05-01T07:00:00", 400),
        ("/history/{city}/all/in_transit?from=nan", 400),
        ("/history/{city}/all/in_transit?from=2027-05-01T07:00:00Z", 400),
        ("/history/{city}/all/in_transit?from=0&step=0.001", 413),
        ("/history/{city}/all/in_transit?aggregate=median", 400),
        ("/history/{city}/all/in_transit?step=nan", 400),
        ("/history/{city}/links/speed?row=1000000", 400),
        ("/events/x", 400),
        ("/events?since=x", 400),
    ],
)
def test_a_wrong_question_has_an_answer(brain: Brain, path: str, status: int) -> None:
    found = brain.public.get(API + path.format(city=brain.name))
    assert found.status == status, found.body
    if status >= 400:
        assert held(found.body, models.Error).error.message


def test_another_method_is_told(brain: Brain) -> None:
    found = brain.public.post(f"{API}/catalogue", {})
    assert (found.status, found.json()["error"]["code"]) == (405, "method_not_allowed")


def test_a_failure_tells_nothing_of_the_inside(brain: Brain, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("/secret/path")

    monkeypatch.setattr(brain.hub.catalogue, "find", broken)
    found = brain.public.get(f"{API}/catalogue?limit=7")
    assert (found.status, found.json()["error"]["code"]) == (500, "internal")
    assert b"secret" not in found.body


def test_pages_are_bounded(tmp_path: Path) -> None:
    brain = make_brain(tmp_path, api_rows_max=10)
    for path, key in (("catalogue", "entries"), ("indicators", "values"), ("sensors", "sensors")):
        found = brain.public.get(f"{API}/{path}?limit=5000").json()
        assert len(found[key]) == 10 < found["total"]
    first, second = (brain.public.get(f"{API}/catalogue?limit=10&offset={k}").json()["entries"] for k in (0, 10))
    assert not {e["address"] for e in first} & {e["address"] for e in second}


def test_what_a_brain_does_not_have_is_not_there() -> None:
    from citybrain.hub.hub import Hub

    bare = Client(make_app(Services(Hub(), lambda: 5.0, operator_token=TOKEN)), TOKEN)
    for path in ("/links", "/sensors", "/events", "/events/1"):
        assert bare.get(API + path).status == 404
    assert bare.post(f"{API}/query", {"query": "select 1"}).status == 404
    assert TOKEN not in repr(Services(Hub(), lambda: 5.0, operator_token=TOKEN))
