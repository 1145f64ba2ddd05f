"""Logging in over HTTP: the cookie, who may send it, what it is worth and when it ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from _brain import Brain, make_brain

from _asgi import Answer, Client
from citybrain.hub.access import Rights, Role
from citybrain.server import models

API = "/api/v1"
SESSION = f"{API}/session"
SECRET = "correct horse battery"
NOBODY = {"user": None, "role": "public", "areas": [], "reading": "login", "provider": False}


@pytest.fixture
def brain(tmp_path: Path) -> Brain:
    made = make_brain(tmp_path, guarded=True)
    assert made.door is not None
    made.door.accounts.add("ann", SECRET, Rights(Role.OPERATE, ("centre",)))
    made.door.accounts.add("root", SECRET, Rights(Role.CONFIGURE))
    return made


def log_in(client: Client, name: str = "ann", password: str = SECRET, **headers: str) -> Answer:
    return client.post(SESSION, {"name": name, "password": password}, **headers)


def person(brain: Brain, name: str = "ann", scheme: str = "http") -> Client:
    """A browser in which somebody has logged in."""
    found = log_in(Client(brain.app, scheme=scheme), name)
    assert found.status == 200, found.body
    return Client(brain.app, cookie=found.headers["set-cookie"].split(";")[0], scheme=scheme)


def test_who_is_logged_in(brain: Brain) -> None:
    assert brain.public.get(SESSION).json() == NOBODY
    found = log_in(brain.public)
    told = {"user": "ann", "role": "operate", "areas": ["centre"], "reading": "login", "provider": False}
    assert found.json() == told
    models.SessionAnswer.model_validate_json(found.body, strict=True)
    assert person(brain).get(SESSION).json() == told
    assert brain.operator.get(SESSION).json()["user"] == "operator's token"


def test_the_cookie_is_for_this_site_and_no_script(brain: Brain) -> None:
    parts = {part.strip().lower() for part in log_in(brain.public).headers["set-cookie"].split(";")[1:]}
    assert parts == {"httponly", "samesite=strict", "path=/", "max-age=43200"}
    cookie = log_in(Client(brain.app, scheme="https")).headers["set-cookie"]
    assert cookie.startswith("__Host-citybrain_session=")
    assert "secure" in cookie.lower()
    plain = Client(brain.app, cookie=cookie.split(";")[0])
    assert plain.get(SESSION).json() == NOBODY, "what was given under TLS counts under TLS alone"


def test_each_login_has_a_token_of_its_own_and_ends_the_one_before(brain: Brain) -> None:
    first = person(brain)
    again = log_in(first)
    second = Client(brain.app, cookie=again.headers["set-cookie"].split(";")[0])
    assert first.cookie != second.cookie
    assert [c.get(SESSION).json()["user"] for c in (first, second)] == [None, "ann"]


def test_logging_out_ends_it_on_the_server(brain: Brain) -> None:
    ann = person(brain)
    found = ann.delete(SESSION)
    assert found.json() == NOBODY
    assert "max-age=0" in found.headers["set-cookie"].lower()
    assert ann.get(SESSION).json() == NOBODY
    assert brain.public.delete(SESSION).status == 200
    assert brain.door is not None
    assert [e.what for e in brain.door.audit.page(9)] == ["session.end", "session.begin"]


@pytest.mark.parametrize("body", [("ann", "wrong"), ("bob", SECRET), ("ANN", SECRET), ("ann", SECRET + "\0")])
def test_every_wrong_login_sounds_the_same(brain: Brain, body: tuple[str, str]) -> None:
    found = log_in(brain.public, *body)
    assert (found.status, found.json()["error"]["message"]) == (401, "the name or the password is wrong")
    assert "set-cookie" not in found.headers


@pytest.mark.parametrize("body", [{}, {"name": "ann"}, {"name": "ann", "password": ""}, [], b"{", b"\xff", b"x" * 5000])
def test_a_malformed_login_is_refused(brain: Brain, body: Any) -> None:
    assert brain.public.post(SESSION, body).status in (400, 413)
    assert brain.public.post(SESSION, {"name": "ann", "password": "x" * 300}).status == 400


def test_guessing_is_slowed_down(brain: Brain) -> None:
    assert [log_in(brain.public, "ann", "wrong").status for _ in range(7)] == [401] * 5 + [429] * 2
    found = log_in(brain.public)
    assert (found.status, found.headers["retry-after"]) == (429, "2")
    brain.clock.advance(1.0)
    assert log_in(brain.public).status == 200


def test_one_changes_ones_own_password(brain: Brain) -> None:
    first, second = person(brain), person(brain)
    assert first.post(f"{SESSION}/password", {"old": "wrong", "new": "another good one 77"}).status == 401
    assert first.post(f"{SESSION}/password", {"old": SECRET, "new": "short"}).status == 400
    found = first.post(f"{SESSION}/password", {"old": SECRET, "new": "another good one 77"})
    assert found.status == 200, found.body
    third = Client(brain.app, cookie=found.headers["set-cookie"].split(";")[0])
    assert [c.get(SESSION).json()["user"] for c in (first, second, third)] == [None, None, "ann"]
    assert log_in(brain.public).status == 401
    assert brain.public.post(f"{SESSION}/password", {"old": "x", "new": "y"}).status == 401


# ---- other people's pages ----


@pytest.mark.parametrize(
    "headers",
    [
        {"x_requested_with": "XMLHttpRequest"},
        {"x_requested_with": ""},
        {"origin": "http://evil.example"},
        {"origin": "http://test.evil.example"},
        {"origin": "http://test:81"},
        {"origin": "null"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
    ],
)
def test_a_change_with_a_cookie_comes_from_our_page(brain: Brain, headers: dict[str, str]) -> None:
    root = person(brain, "root")
    body = {"name": "eve", "role": "configure", "why": "mischief"}
    refused = root.post(f"{API}/users", body, **headers)
    assert refused.status == 403, refused.body
    assert brain.door is not None
    assert brain.door.accounts.user("eve") is None
    assert root.get(f"{API}/users", **headers).status == 200, "looking changes nothing"
    assert root.post(f"{API}/users", body).status == 200


def test_a_key_needs_no_page(brain: Brain) -> None:
    """No browser sends a bearer token by itself."""
    assert brain.operator.post(f"{API}/query", {"query": "select 1"}, origin="http://elsewhere").status == 200


def test_another_page_logs_nobody_in(brain: Brain) -> None:
    assert log_in(brain.public, host="test", origin="http://evil.example").status == 403
    assert log_in(brain.public, host="test", origin="http://test").status == 200


# ---- how it ends ----


def test_a_session_that_has_ended_is_nobody(brain: Brain) -> None:
    ann = person(brain)
    brain.clock.advance(43_200.0)
    assert ann.get(SESSION).json() == NOBODY
    assert ann.get(f"{API}/sensors").status == 401
    assert ann.get(f"{API}/indicators").status == 200


@pytest.mark.parametrize("cookie", ["citybrain_session=", "citybrain_session=x", "citybrain_session=\x00", "x=y; z"])
def test_a_wrong_cookie_is_nobody(brain: Brain, cookie: str) -> None:
    assert Client(brain.app, cookie=cookie).get(SESSION).json() == NOBODY


def test_a_brain_without_accounts_has_nobody(tmp_path: Path) -> None:
    brain = make_brain(tmp_path)
    assert brain.public.get(SESSION).json() == {**NOBODY, "reading": "open"}
    assert log_in(brain.public).status == 404


def test_what_one_person_is_told_is_kept_by_no_shared_cache(brain: Brain) -> None:
    path = f"{API}/indicators/city/all/internal"
    ann = person(brain)
    assert [brain.public.get(path).status, ann.get(path).status, brain.public.get(path).status] == [404, 200, 404]
    assert ann.get(path).headers["cache-control"] == "private, max-age=1"
    assert brain.public.get(f"{API}/indicators").headers["cache-control"] == "public, max-age=1"


def test_a_live_stream_ends_with_the_login(brain: Brain) -> None:
    """Whoever has logged out, or may less than before, is told nothing more."""
    assert brain.door is not None
    for end in ("logout", "rights", "nothing"):
        ann = person(brain)

        def between(k: int, end: str = end, ann: Client = ann) -> None:
            if k == 2 and end == "logout":
                brain.door.accounts.end_session(ann.cookie.partition("=")[2])  # type: ignore[union-attr]
            elif k == 2 and end == "rights":
                brain.door.accounts.change("ann", Rights(Role.VIEW))  # type: ignore[union-attr]
            if k > 1:
                brain.clock.advance(11.0)
            brain.beat(0.1 * (k + 1))

        path, cookie = f"{API}/stream?match=*/all/mean_speed", ann.cookie
        if end == "nothing":
            assert len(brain.public.stream(path, 6, between, cookie=cookie)) == 6
        else:
            assert len(stream_to_its_end(brain, path, between, cookie)) == 2


def stream_to_its_end(brain: Brain, path: str, between: Any, cookie: str) -> list[str]:
    """The messages of a stream that the server ends."""
    return brain.public.stream(path, 1000, between, cookie=cookie)
