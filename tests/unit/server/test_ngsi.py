"""NGSI-LD as the standard wants it: names, forms, contexts, pages; and the values are those of the hub."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from _brain import HANGZHOU, Brain, make_brain

BASE = "/api/v1/ngsi-ld/v1"
FLOW, DEVICE = "TrafficFlowObserved", "Device"
# The normalised representation of ETSI GS CIM 009, 5.2.4 to 5.2.7, as JSON Schema: an attribute is a Property with a
# value, a Relationship with an object that is a URI, or a GeoProperty with a GeoJSON geometry.
TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"}
ATTRIBUTE = {
    "oneOf": [
        {
            "required": ["type", "value"],
            "additionalProperties": False,
            "properties": {
                "type": {"const": "Property"},
                "value": {"not": {"type": "null"}},
                "unitCode": {"type": "string", "pattern": "^[A-Z0-9]{2,3}$"},
                "observedAt": TIME,
            },
        },
        {
            "required": ["type", "object"],
            "additionalProperties": False,
            "properties": {"type": {"const": "Relationship"}, "object": {"type": "string", "pattern": "^urn:ngsi-ld:"}},
        },
        {
            "required": ["type", "value"],
            "additionalProperties": False,
            "properties": {
                "type": {"const": "GeoProperty"},
                "value": {
                    "required": ["type", "coordinates"],
                    "properties": {"type": {"enum": ["Point", "LineString"]}, "coordinates": {"type": "array"}},
                },
            },
        },
    ]
}
ENTITY = {
    "type": "object",
    "required": ["id", "type"],
    "properties": {
        "id": {"type": "string", "pattern": r"^urn:ngsi-ld:[A-Za-z]+:[A-Za-z0-9._~%:-]+$"},
        "type": {"enum": [FLOW, DEVICE]},
        "@context": {"type": "array", "items": {"type": "string", "format": "uri"}, "minItems": 2},
    },
    "additionalProperties": ATTRIBUTE,
}


def held(entities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    schema = pytest.importorskip("jsonschema_rs").validator_for(ENTITY)
    for entity in entities:
        schema.validate(entity)
    return entities


@pytest.fixture(scope="module")
def brain(tmp_path_factory: pytest.TempPathFactory) -> Brain:
    return make_brain(tmp_path_factory.mktemp("brain"), projection=HANGZHOU)


def every(brain: Brain, kind: str, page: int = 50) -> list[dict[str, Any]]:
    """All entities, by the links from page to page."""
    path, found = f"{BASE}/entities?type={kind}&limit={page}&count=true", []
    while path:
        answer = brain.public.get(path)
        assert answer.status == 200, answer.body
        found += answer.json()
        total = int(answer.headers["ngsild-results-count"])
        following = re.search(r'<(/[^>]*)>; rel="next"', answer.headers["link"])
        path = following[1] if following else ""
    assert len(found) == total == len({entity["id"] for entity in found})
    return found


def test_links_and_areas_are_flows(brain: Brain) -> None:
    found = held(every(brain, FLOW))
    links = brain.city.links
    assert len(found) == 1 + len(brain.city.areas.area_id) + links.length_m.size
    by_id = {entity["id"]: entity for entity in found}
    whole = by_id[f"urn:ngsi-ld:{FLOW}:{brain.name}:area:all"]
    hub = brain.hub.latest(f"{brain.name}/all/mean_speed", brain.clock.now_s())
    assert whole["averageVehicleSpeed"]["value"] == pytest.approx(hub.value * 3.6, abs=1e-3)
    first = by_id[f"urn:ngsi-ld:{FLOW}:{brain.name}:link:{quote(links.link_id[0], safe='')}"]
    speed = first["averageVehicleSpeed"]
    assert (speed["value"], speed["unitCode"]) == (pytest.approx(links.speed_mps[0] * 0.5 * 3.6, abs=1e-3), "KMH")
    assert first["dateObserved"]["value"] == "2026-05-01T07:27:00Z/2026-05-01T07:32:00Z"
    assert first["quality"]["value"] == "estimated"
    longitude, latitude = first["location"]["value"]["coordinates"][0]
    assert (longitude, latitude) == pytest.approx((120.15, 30.27), abs=0.1)
    unknown = by_id[f"urn:ngsi-ld:{FLOW}:{brain.name}:link:{quote(links.link_id[1], safe='')}"]
    assert "averageVehicleSpeed" not in unknown
    assert unknown["quality"]["value"] == "unknown"


def test_sensors_are_devices(brain: Brain) -> None:
    found = held(every(brain, DEVICE))
    assert len(found) == len(brain.city.sensors.sensor_id)
    for entity in found:
        assert entity["category"]["value"] == ["sensor"]
        assert entity["controlledProperty"]["value"] in (["occupancy"], ["motion"])
    assert found[0]["deviceState"]["value"] == "dead"
    assert "dateLastValueReported" not in found[0], "it never reported"
    assert found[2]["dateLastValueReported"]["value"]["@value"] == "2026-05-01T07:31:58Z"


def test_one_entity_and_some_by_name(brain: Brain) -> None:
    some = [entity["id"] for entity in every(brain, FLOW)[3:6]]
    for name in some:
        assert brain.public.get(f"{BASE}/entities/{name}").json()["id"] == name
    found = brain.public.get(f"{BASE}/entities?type={FLOW}&id={','.join([*some[:2], 'urn:ngsi-ld:X:nowhere'])}").json()
    assert [entity["id"] for entity in found] == some[:2]
    for wrong in ("urn:ngsi-ld:TrafficFlowObserved:other:link:a", "urn:x", "a", "urn:ngsi-ld:RoadSegment:a:b"):
        assert brain.public.get(f"{BASE}/entities/{wrong}").status == 404
    assert brain.public.get(f"{BASE}/entities?type={FLOW}&id={','.join(['urn:a'] * 101)}").status == 400


def test_the_context_is_named_or_inside_as_is_asked(brain: Brain) -> None:
    path = f"{BASE}/entities?type={FLOW}&limit=1"
    plain = brain.public.get(path, accept="application/json")
    assert plain.headers["content-type"] == "application/json"
    assert 'rel="http://www.w3.org/ns/json-ld#context"' in plain.headers["link"]
    assert "@context" not in plain.json()[0]
    inside = brain.public.get(path, accept="application/ld+json")
    assert inside.headers["content-type"] == "application/ld+json"
    (entity,) = held(inside.json())
    assert entity["@context"][-1].startswith("https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context")
    assert brain.public.get(path).json() == plain.json(), "one form is never told for the other"


def test_key_values_are_values_alone(brain: Brain) -> None:
    (entity,) = brain.public.get(f"{BASE}/entities?type={DEVICE}&limit=1&options=keyValues").json()
    assert entity["category"] == ["sensor"]
    assert entity["location"]["type"] == "Point"
    assert entity["controlledAsset"].startswith("urn:ngsi-ld:RoadSegment:")
    link = every(brain, FLOW)[-1]["id"]
    flat = brain.public.get(f"{BASE}/entities/{link}?options=keyValues").json()
    assert flat["dateObservedTo"] == "2026-05-01T07:32:00Z"


def test_counting_alone_and_what_is_not_understood(brain: Brain) -> None:
    counted = brain.public.get(f"{BASE}/entities?type={FLOW}&limit=0&count=true")
    assert counted.json() == []
    assert int(counted.headers["ngsild-results-count"]) > 1
    assert brain.public.get(f"{BASE}/types").json()["typeList"] == [FLOW, DEVICE, "OffStreetParking", "OnStreetParking"]
    for wrong in ("", "?type=Car", f"?type={FLOW}&limit=-1", f"?type={FLOW}&options=other"):
        assert brain.public.get(f"{BASE}/entities{wrong}").status == 400


def test_sensors_are_not_for_everybody(tmp_path: Path) -> None:
    shut = make_brain(tmp_path, guarded=True)
    device = f"{BASE}/entities/urn:ngsi-ld:{DEVICE}:{shut.name}:{quote(shut.city.sensors.sensor_id[0], safe='')}"
    for path in (f"{BASE}/entities?type={DEVICE}", device):
        assert shut.public.get(path).status == 401
        assert shut.operator.get(path).status == 200
    flows = shut.public.get(f"{BASE}/entities?type={FLOW}")
    assert flows.status == 200
    assert "location" not in flows.json()[-1], "a city without a place on earth tells none"
