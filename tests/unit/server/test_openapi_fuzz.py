"""Schemathesis over the whole OpenAPI, a short run; `scripts/bench schemathesis` makes a longer one."""

from __future__ import annotations

import pytest
from _acting_street import SECRET, Street, make_street

from _openapi_fuzz import STREAMS, Found, fuzz
from citybrain.hub.access import Rights, Role

pytest.importorskip("schemathesis")
EXAMPLES = 8


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Street:
    return make_street(tmp_path_factory.mktemp("street"), beats=30)


@pytest.fixture(scope="module")
def found(street: Street) -> Found:
    street.door.accounts.add("root", SECRET, Rights(Role.CONFIGURE))
    return fuzz(street.app, lambda: logged_in(street), EXAMPLES)


def logged_in(street: Street) -> dict[str, str]:
    """A session of its own for every request: one of them logs out."""
    token = street.door.accounts.begin_session("root")
    return {"cookie": f"citybrain_session={token}", "x-requested-with": "citybrain"}


def test_no_answer_is_an_error_of_the_server(found: Found) -> None:
    assert found.server_errors == 0, found.wrong
    assert found.requests > 150


def test_every_answer_is_as_openapi_says(found: Found) -> None:
    assert found.wrong == {}


def test_every_operation_was_asked(street: Street, found: Found) -> None:
    told = street.app.openapi()["paths"]  # type: ignore[attr-defined]
    assert found.operations == sum(len(methods) for path, methods in told.items() if path not in STREAMS)
    assert {operation for operation, status in found.answers if status == 200} >= {
        "GET /api/v1/health",
        "GET /api/v1/steering",
        "GET /api/v1/users",
        "GET /api/v1/audit",
    }


def test_a_failing_route_is_found() -> None:
    """The test itself can fail: a route that breaks for some of its input."""
    from fastapi import FastAPI

    app = FastAPI(openapi_url="/api/v1/openapi.json")

    @app.get("/broken")
    def broken(n: int) -> dict[str, int]:
        if n < 0:
            raise RuntimeError("not for these")
        return {"answer": n}

    answer = fuzz(app, dict, 60)
    assert answer.server_errors > 0
    assert any("ServerError" in kind for _, kind in answer.wrong)
