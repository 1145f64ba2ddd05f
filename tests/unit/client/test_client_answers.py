"""Answers in types: every struct is held against the server's own model, field by field; every route has its method."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import msgspec
import pytest

from citybrain.client import answers, performance_answers
from citybrain.client.sync import Client
from citybrain.errors import RemoteError
from citybrain.server import corridor_models, models, performance_models
from conftest import Served, ServedStreet

STRUCTS = {
    name: kind
    for name, kind in [*vars(answers).items(), *vars(performance_answers).items()]
    if inspect.isclass(kind) and issubclass(kind, answers.Answer) and kind is not answers.Answer
}
SERVER_NAME = {"Event": "EventAnswer", "Series": "SeriesAnswer"}
OF_NO_MODEL = {"Update", "Receipt", "Refused"}  # of the stream and of the ingest: tested where they are used
LEFT_OUT = {  # GET routes that the client has no method for, and why; `get` and `save` reach them all the same
    "/api/v1/live": "binary frames of the cockpit's map: programs have `stream`",
    "/api/v1/geometry": "binary shapes of the cockpit's map: programs have `links`",
    "/api/v1/session/oidc": "a browser is sent to the identity provider",
    "/api/v1/session/oidc/callback": "a browser comes back from the identity provider",
    # Views of the cockpit that ask for themselves, where a brain has them; `get` reaches them.
    "/api/v1/proposals/{signal}": "the view Signals",
    "/api/v1/effects/{signal}": "the view Signals",
    "/api/v1/replay": "the view Replay",
    "/api/v1/replay/frames": "the view Replay: binary frames",
    "/api/v1/whatif": "the view What-if",
    "/api/v1/whatif/{job}": "the view What-if",
    "/api/v1/whatif/signals/{signal}": "the view What-if",
}


@pytest.mark.parametrize("name", sorted(set(STRUCTS) - OF_NO_MODEL))
def test_a_struct_has_the_fields_of_the_server_s_model(name: str) -> None:
    called = SERVER_NAME.get(name, name)
    places = (models, corridor_models, performance_models)
    model = next(getattr(place, called) for place in places if hasattr(place, called))
    fields = {field.encode_name: field.type for field in msgspec.structs.fields(STRUCTS[name])}
    assert set(fields) == set(model.model_fields)
    schema = model.model_json_schema()["properties"]
    for field, kind in fields.items():
        nullable = any(one.get("type") == "null" for one in schema[field].get("anyOf", [])) or kind is Any
        assert nullable == (kind is Any or type(None) in getattr(kind, "__args__", ())), f"{name}.{field}"


def test_a_newer_server_s_field_is_passed_over() -> None:
    text = b'{"state":"proposed","time":"2026-05-01T07:30:00Z","who":"a","why":"b","new":1}'
    assert msgspec.json.decode(text, type=answers.EventStep).who == "a"
    with pytest.raises(msgspec.ValidationError, match="state"):
        msgspec.json.decode(b'{"time":null,"who":"a","why":"b"}', type=answers.EventStep)


def ask_everything(city: Client, folder: Path) -> None:
    """Every question once; what is not there is 404, and was asked all the same."""
    everything: list[Any] = [
        city.health,
        city.openapi,
        city.links,
        city.recent,
        city.ingestion,
        city.steering,
        city.session,
        city.users,
        city.program_keys,
        city.webhooks,
        city.metrics,
        lambda: list(city.catalogue()),
        lambda: list(city.indicators()),
        lambda: list(city.sensors()),
        lambda: list(city.events()),
        lambda: list(city.signals()),
        lambda: list(city.actions()),
        lambda: list(city.audit()),
        lambda: city.entry("a/b/c"),
        lambda: city.latest("a/b/c"),
        lambda: city.history("a/b/c"),
        lambda: city.table("a/b/c"),
        lambda: city.link_values("speed"),
        lambda: city.recent_signal("J1"),
        lambda: city.performance("J1"),
        lambda: city.event(1),
        lambda: city.action(1),
        city.disruptions,
        city.alerts,
        city.travel_times,
        lambda: list(city.parking()),
        lambda: list(city.corridors()),
        lambda: city.corridor("a-b"),
        lambda: city.route("a", "b"),
        city.entity_types,
        lambda: list(city.entities()),
        lambda: city.entity("urn:ngsi-ld:Device:x"),
        lambda: [city.tile_json(layer) for layer in ("links",)],
        lambda: city.tile("links", 0, 0, 0),
        lambda: city.tile("signals", 0, 0, 0),
        lambda: city.tile("sensors", 0, 0, 0),
        lambda: city.tile("parking", 0, 0, 0),
        lambda: next(city.stream()),
        lambda: city.download("a/b/c", folder / "file"),
    ]
    for ask in everything:
        try:
            ask()
        except RemoteError:
            continue


def test_every_route_that_is_read_has_a_method_or_a_reason(
    served: Served, served_street: ServedStreet, tmp_path: Path
) -> None:
    served.heard.asked.clear()
    with Client(served.url, served.key) as city:
        ask_everything(city, tmp_path)
    told = {path for path, methods in served.brain.app.openapi()["paths"].items() if "get" in methods}  # type: ignore[attr-defined]
    missing = told - served.heard.templates() - set(LEFT_OUT)
    assert not missing, f"the client has no way to {sorted(missing)}; give it one, or name it in LEFT_OUT"
    assert not set(LEFT_OUT) & served.heard.templates()


def test_a_route_without_a_method_would_be_found(served: Served) -> None:
    served.heard.asked[:] = [("GET", "/api/v1/events/17"), ("GET", "/api/v1/links/values"), ("POST", "/api/v1/query")]
    assert served.heard.templates() == {"/api/v1/events/{event}", "/api/v1/links/values"}
    assert served.heard.templates("POST") == {"/api/v1/query"}
