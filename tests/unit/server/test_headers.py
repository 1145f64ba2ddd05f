"""The middleware of the headers, by itself: it adds, never takes over, and keeps what is personal out of caches."""

from __future__ import annotations

import asyncio

import pytest
from starlette.types import Message, Receive, Scope, Send

from citybrain.server.headers import HEADERS, ONLY_TLS, POLICY, Hardened

Pairs = list[tuple[bytes, bytes]]


def told(own: Pairs, asked: Pairs | None = None, scheme: str = "http", kind: str = "http") -> Pairs:
    """The headers of an answer whose route set `own`."""
    sent: list[Message] = []

    async def route(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": f"{kind}.response.start", "status": 200, "headers": own})
        await send({"type": f"{kind}.response.body", "body": b"x"})

    async def nothing() -> Message:
        return {"type": "http.request"}

    async def keep(message: Message) -> None:
        sent.append(message)

    scope = {"type": kind, "scheme": scheme, "headers": asked or []}
    asyncio.run(Hardened(route)(scope, nothing, keep))
    assert sent[1] == {"type": f"{kind}.response.body", "body": b"x"}, "the body passes as it is"
    return list(sent[0]["headers"])


def test_every_answer_carries_all_of_them_once() -> None:
    found = told([(b"content-type", b"text/plain")])
    assert found == [(b"content-type", b"text/plain"), *HEADERS]
    assert len({name for name, _ in found}) == len(found)


@pytest.mark.parametrize("name", [b"content-security-policy", b"Content-Security-Policy", b"CONTENT-SECURITY-POLICY"])
def test_what_a_route_says_itself_is_not_said_twice(name: bytes) -> None:
    found = told([(name, b"default-src 'self'")])
    values = [value for key, value in found if key.lower() == b"content-security-policy"]
    assert values == [b"default-src 'self'"]
    assert len(found) == len(HEADERS)


@pytest.mark.parametrize(("scheme", "n"), [("https", 1), ("http", 0), ("", 0)])
def test_only_an_encrypted_answer_asks_for_encryption(scheme: str, n: int) -> None:
    assert told([], scheme=scheme).count(ONLY_TLS) == n


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ([], b"public, max-age=5"),
        ([(b"accept", b"*/*")], b"public, max-age=5"),
        ([(b"cookie", b"a=b")], b"private, max-age=5"),
        ([(b"authorization", b"Bearer x")], b"private, max-age=5"),
        ([(b"accept", b"*/*"), (b"cookie", b"")], b"private, max-age=5"),
    ],
)
def test_what_one_person_is_told_is_his(asked: Pairs, kept: bytes) -> None:
    assert dict(told([(b"cache-control", b"public, max-age=5")], asked))[b"cache-control"] == kept


def test_public_elsewhere_is_left_alone() -> None:
    own = [(b"x-note", b"public"), (b"cache-control", b"no-store")]
    assert told(own, [(b"cookie", b"a=b")])[:2] == own


def test_other_than_http_passes_untouched() -> None:
    assert told([(b"a", b"b")], kind="websocket", scheme="https") == [(b"a", b"b")]


def test_the_policy_lets_no_script_from_elsewhere_run() -> None:
    rules = dict(rule.split(" ", 1) for rule in POLICY.split("; "))
    assert rules["default-src"] == rules["object-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert rules["script-src"] == rules["connect-src"] == rules["form-action"] == "'self'"
    assert "unsafe" not in POLICY
    assert "http" not in POLICY
