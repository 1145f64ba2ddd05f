"""Every route with every role: who gets in is what the table says, and a route that it does not name is not served."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from _brain import TOKEN, Brain, make_brain
from fastapi import APIRouter

from _asgi import Client
from citybrain.errors import InputError
from citybrain.hub.access import Rights, Role
from citybrain.hub.hub import Hub
from citybrain.server.access_rules import RULES, Rule, Who, places_of, rules_of
from citybrain.server.app import make_app
from citybrain.server.headers import HEADERS, POLICY
from citybrain.server.services import Services

SECRET = "correct horse battery"
ROUTES = [(name, rule) for name, rule in RULES.items() if rule.who is Who.PEOPLE]
LOGIN = (
    "POST /api/v1/session",
    "POST /api/v1/session/password",
    "GET /api/v1/session/oidc/callback",
)  # refused for what they carry, not for who asks
BY_COOKIE = {role: Rights(role) for role in Role if role is not Role.PUBLIC}


@pytest.fixture(scope="module")
def brain(tmp_path_factory: pytest.TempPathFactory) -> Brain:
    return make_brain(tmp_path_factory.mktemp("guarded"), guarded=True)


@pytest.fixture(scope="module")
def callers(brain: Brain) -> dict[str, tuple[Role, Client]]:
    """One of every kind, and his role."""
    assert brain.door is not None
    accounts = brain.door.accounts
    found = {"nobody": (Role.PUBLIC, brain.public), "token": (Role.OPERATE, brain.operator)}
    for role, rights in BY_COOKIE.items():
        accounts.add(f"a-{role.word}", SECRET, rights)
        token = accounts.begin_session(f"a-{role.word}")
        found[f"person {role.word}"] = role, Client(brain.app, cookie=f"citybrain_session={token}")
        if role is not Role.CONFIGURE:
            found[f"key {role.word}"] = role, Client(brain.app, accounts.add_key(f"k-{role.word}", rights, 30))
    return found


def asked(client: Client, route: str) -> int:
    """The answer to a request that is of the right form as far as the path goes, and empty otherwise."""
    method, template = route.split(" ")
    path = template.replace("{city}/{area}/{name}", "city/all/in_transit").replace("{name}", "none-there")
    path = re.sub(r"\{(event|action)\}", "1", path)
    if path.endswith("/stream"):
        path += "?limit=x&match=" + "x" * 2000  # refused behind the gate: a stream would not end
    if path.endswith("/openapi.json") and method == "GET":
        return client.get(path).status
    return client.send(method, path, b"{}").status


def expected(rule: Rule, role: Role, open_reading: bool) -> bool:
    return role >= rule.least or (open_reading and rule.least is Role.VIEW)


@pytest.mark.parametrize(("route", "rule"), ROUTES, ids=[name for name, _ in ROUTES])
def test_the_gate_opens_for_whom_the_table_says(
    brain: Brain, callers: dict[str, tuple[Role, Client]], route: str, rule: Rule
) -> None:
    for who, (role, client) in callers.items():
        if route == "DELETE /api/v1/session":  # it would log the caller out
            continue
        status = asked(client, route)
        assert status < 500 or route == "GET /api/v1/health", (who, status)
        if expected(rule, role, open_reading=False):
            assert status != 403, who
            assert status != 401 or route in LOGIN, who
        else:
            assert status == (401 if role is Role.PUBLIC else 403), (who, status)


def test_where_reading_is_open_everybody_looks_and_nobody_acts(tmp_path: Path) -> None:
    brain = make_brain(tmp_path, guarded=True, open_reading=True)
    for route, rule in ROUTES:
        if route not in LOGIN and route != "DELETE /api/v1/session":
            shut = asked(brain.public, route) == 401
            assert shut == (not expected(rule, Role.PUBLIC, open_reading=True)), route
    assert brain.public.get("/api/v1/indicators/city/all/internal").status == 404, "internal data stay inside"


def test_without_accounts_reading_is_open_and_the_token_acts(tmp_path: Path) -> None:
    brain = make_brain(tmp_path)
    assert brain.public.get("/api/v1/sensors").status == 200
    assert brain.public.post("/api/v1/query", {"query": "select 1"}).status == 401
    assert brain.operator.post("/api/v1/query", {"query": "select 1"}).status == 200
    assert brain.operator.get("/api/v1/users").status == 403


def test_every_route_that_is_served_is_in_the_table_and_every_rule_has_its_route() -> None:
    from citybrain.server.ingestion import RESPONSES

    doors = APIRouter()
    doors.post("/ingest/{kind}", responses=RESPONSES)(lambda: None)
    served = {place.name for place in places_of(make_app(Services(Hub(), lambda: 0.0), [doors]))}
    assert served == set(RULES)


def test_a_route_without_a_rule_does_not_start() -> None:
    for add in ("get", "post", "websocket"):
        router = APIRouter()
        getattr(router, add)("/forgotten")(lambda: None)
        with pytest.raises(InputError, match=r"without a rule.*/api/v1/forgotten"):
            make_app(Services(Hub(), lambda: 0.0), [router])


def test_files_and_plain_routes_are_everybodys_or_not_served(monkeypatch: pytest.MonkeyPatch) -> None:
    """No gate stands before them: a rule that keeps them from somebody would be a lie."""
    from starlette.responses import PlainTextResponse
    from starlette.routing import Mount, Route

    def plain(_: object) -> PlainTextResponse:
        return PlainTextResponse("x")

    app = make_app(Services(Hub(), lambda: 0.0))
    app.router.routes += [Route("/plain", plain), Mount("/files", app=plain)]
    monkeypatch.setitem(RULES, "GET /plain", Rule(Role.PUBLIC))
    monkeypatch.setitem(RULES, "MOUNT /files", Rule(Role.PUBLIC))
    assert rules_of(app)
    for name in ("GET /plain", "MOUNT /files"):
        with monkeypatch.context() as patch:
            patch.setitem(RULES, name, Rule(Role.VIEW))
            with pytest.raises(InputError, match=f"no gate stands before.*{name}"):
                rules_of(app)


def test_a_route_that_comes_later_is_refused_to_all() -> None:
    app = make_app(Services(Hub(), lambda: 0.0, operator_token=TOKEN))
    app.get("/api/v1/late")(lambda: {"secret": 1})
    found = Client(app, TOKEN).get("/api/v1/late")
    assert (found.status, found.json()["error"]["code"]) == (403, "forbidden")


def test_every_route_that_changes_something_says_so_or_why_not() -> None:
    """A change is written down first. Not so: SQL that only reads, observations, which have a log of their own, and
    what happens on a fork of the streets alone.
    """
    reads = {"POST /api/v1/query", "POST /api/v1/ingest/{kind}", "POST /api/v1/whatif", "DELETE /api/v1/whatif/{job}"}
    silent = {name for name, rule in RULES.items() if not name.startswith("GET ") and not rule.audited}
    assert silent == reads
    gets = [name for name, rule in RULES.items() if name.startswith("GET ") and rule.audited]
    assert gets == ["GET /api/v1/session/oidc/callback"], "a browser comes there from the provider"


def test_nothing_that_changes_is_for_everybody_but_logging_in() -> None:
    everybodys = {name for name, rule in ROUTES if rule.least is Role.PUBLIC and not name.startswith("GET ")}
    assert everybodys == {*LOGIN[:2], "DELETE /api/v1/session"}


# ---- headers ----


def test_every_answer_hardens_the_browser(brain: Brain) -> None:
    paths = ("/api/v1/health", "/api/v1/links", "/api/v1/nothing", "/api/v1/users", "/metrics", "/api/v1/openapi.json")
    for path in (*paths, "/api/v1/indicators", "/api/v1/indicators"):
        found = brain.public.get(path).headers
        assert {name.decode(): value.decode() for name, value in HEADERS}.items() <= found.items(), path
        assert "strict-transport-security" not in found
    assert "strict-transport-security" in Client(brain.app, scheme="https").get("/api/v1/health").headers


def test_a_route_may_have_a_policy_of_its_own_and_only_that() -> None:
    """Two would both hold, and a page would have to fit into both."""
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    from citybrain.server.headers import Hardened

    def own(_: object) -> PlainTextResponse:
        return PlainTextResponse("x", headers={"Content-Security-Policy": "default-src 'self'"})

    from starlette.applications import Starlette

    found = Client(Hardened(Starlette(routes=[Route("/", own)]))).get("/").headers
    assert found["content-security-policy"] == "default-src 'self'"
    assert found["x-content-type-options"] == "nosniff"


def test_the_policy_runs_no_script_but_ours() -> None:
    rules = dict(part.strip().split(" ", 1) for part in POLICY.split(";"))
    assert rules["script-src"] == "'self'"
    assert rules["default-src"] == rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert "unsafe" not in POLICY
    assert "http" not in POLICY
