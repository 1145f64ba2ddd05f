"""The API's documents cannot lie: every route is in docs/api.md and in OpenAPI, with its parameters and an example."""

from __future__ import annotations

import re
from typing import Any

import pytest

from _source import ROOT
from citybrain.hub.hub import Hub
from citybrain.server.app import make_app
from citybrain.server.services import Services

OPENAPI: dict[str, Any] = make_app(Services(Hub(), lambda: 0.0)).openapi()
ROUTES = [(path, method, told) for path, methods in OPENAPI["paths"].items() for method, told in methods.items()]
EACH = pytest.mark.parametrize(("path", "method", "told"), ROUTES, ids=[f"{m} {p}" for p, m, _ in ROUTES])


def test_every_route_is_documented_with_its_parameters_and_no_other() -> None:
    text = (ROOT / "docs" / "api.md").read_text()
    found = set(re.findall(r"^\| `([A-Z]+ /[^`]*)` \| ([^|]+) \| ([^|]*)\|$", text, re.MULTILINE))
    real = set()
    for path, method, told in ROUTES:
        asked = ", ".join(p["name"] for p in told.get("parameters", []) if p["in"] != "path")
        real.add((f"{method.upper()} {path}", told["summary"], f"{asked} " if asked else ""))
    assert found == real


@EACH
def test_every_route_says_what_it_does_and_what_it_answers(path: str, method: str, told: dict[str, Any]) -> None:
    assert told["summary"]
    assert told["description"]
    assert told["tags"]
    assert {"400", "500"} < set(told["responses"])
    assert {"200", "303"} & set(told["responses"])
    assert "422" not in told["responses"]


@EACH
def test_every_answer_has_an_example_of_every_field(path: str, method: str, told: dict[str, Any]) -> None:
    for status, response in told["responses"].items():
        for content in response.get("content", {}).values():
            if "example" not in content:
                missing = list(_without_example(content["schema"]))
                assert not missing, (status, missing)


def _without_example(schema: dict[str, Any]) -> list[str]:
    name = schema.get("$ref", "").rpartition("/")[2]
    fields = OPENAPI["components"]["schemas"][name]["properties"] if name else {}
    bare = [field for field, told in fields.items() if not ({"examples", "$ref"} & set(told) or _nested(told))]
    return [f"{name}.{field}" for field in bare]


def _nested(told: dict[str, Any]) -> bool:
    inside = told.get("items") or told.get("additionalProperties")
    return isinstance(inside, dict) and "$ref" in inside


@EACH
def test_every_body_is_described_with_an_example(path: str, method: str, told: dict[str, Any]) -> None:
    if method == "post":
        content = told["requestBody"]["content"]["application/json"]
        assert set(content["example"]) <= set(content["schema"]["properties"])
        assert "$ref" not in str(content)


def test_no_page_that_loads_from_another_host_is_served() -> None:
    assert not {"/docs", "/redoc"} & {path for path, _, _ in ROUTES}
