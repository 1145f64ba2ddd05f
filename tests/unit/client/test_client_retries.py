"""Trying again: what, how often, how long; and never what must not happen twice."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest

from citybrain.client import calls
from citybrain.client.asynchronous import AsyncClient
from citybrain.client.retries import Retries, told_wait_s
from citybrain.client.sync import Client
from citybrain.client.wire import Options
from citybrain.clock import ManualClock
from citybrain.errors import RemoteError

STEADY = Retries(attempts=4, first_s=1.0, most_s=3.0, spread=0.0)
SESSION = '{"user":null,"role":"public","areas":[],"reading":"open","provider":false}'


class Script(httpx.MockTransport):
    """Answers one after another: a status, or an error."""

    def __init__(self, *answers: int | Exception, headers: dict[str, str] | None = None) -> None:
        self.left, self.headers, self.asked = list(answers), headers or {}, []
        super().__init__(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        body = SESSION if answer == 200 else '{"error":{"code":"unavailable","message":"not now"}}'
        return httpx.Response(answer, text=body, headers=self.headers)


def client(script: Script, clock: ManualClock) -> Client:
    return Client("http://brain", transport=script, clock=clock, retries=STEADY)


def test_waits_grow_up_to_a_limit_and_end() -> None:
    assert [STEADY.wait_s(failed) for failed in (1, 2, 3, 4, 5)] == [1.0, 2.0, 3.0, None, None]
    assert STEADY.wait_s(1, told_s=2.5) == 2.5
    assert STEADY.wait_s(1, told_s=3.5) is None
    assert Retries(attempts=1).wait_s(1) is None
    some = {Retries(first_s=1.0).wait_s(1) for _ in range(20)}
    assert len(some) > 10
    assert all(wait_s is not None and 0.5 <= wait_s <= 1.0 for wait_s in some)


@pytest.mark.parametrize(("header", "wait_s"), [("3", 3.0), (None, None), ("Wed, 21 Oct", None), ("-1", None)])
def test_retry_after_is_read(header: str | None, wait_s: float | None) -> None:
    assert told_wait_s(header) == wait_s


def test_a_question_is_asked_again() -> None:
    clock, script = ManualClock(), Script(503, httpx.ConnectError("no"), 200)
    assert client(script, clock).session().user is None
    assert (len(script.asked), clock.at_s) == (3, 3.0)


def test_it_is_not_asked_for_ever() -> None:
    clock, script = ManualClock(), Script(*[503] * 9)
    with pytest.raises(RemoteError, match="503 unavailable: not now"):
        client(script, clock).session()
    assert (len(script.asked), clock.at_s) == (4, 6.0)
    with pytest.raises(RemoteError, match="no_answer: ReadTimeout: slow") as caught:
        client(Script(*[httpx.ReadTimeout("slow")] * 4), clock).session()
    assert caught.value.status == 0


@pytest.mark.parametrize("status", [400, 401, 404, 409, 500])
def test_a_no_is_a_no(status: int) -> None:
    script = Script(status)
    with pytest.raises(RemoteError):
        client(script, ManualClock()).session()
    assert len(script.asked) == 1


def test_what_changes_something_is_never_repeated() -> None:
    for answer in (503, httpx.ReadTimeout("?")):
        script = Script(answer)
        with pytest.raises(RemoteError):
            client(script, ManualClock()).act("mode", ["J1"], "why", mode="observe")
        assert len(script.asked) == 1


def test_observations_are_repeated_under_the_same_number() -> None:
    script = Script(503, httpx.ReadTimeout("?"), 400)
    with pytest.raises(RemoteError, match="400"):
        client(script, ManualClock()).push("count", [{"count": 1}], "office:key")
    numbers = {request.headers["idempotency-key"] for request in script.asked}
    assert (len(script.asked), len(numbers)) == (3, 1)
    assert {request.headers["authorization"] for request in script.asked} == {"Bearer office:key"}


def test_what_is_no_answer_of_ours_is_told_so() -> None:
    page = httpx.MockTransport(lambda request: httpx.Response(200, text="<html>"))
    with pytest.raises(RemoteError, match=r"unreadable: .* is this a City Brain"):
        Client("http://brain", transport=page).session()
    proxy = httpx.MockTransport(lambda request: httpx.Response(418, text="I am a teapot"))
    with pytest.raises(RemoteError, match=re.escape("GET /api/v1/session: 418 http: I am a teapot")):
        Client("http://brain", transport=proxy).session()


def test_the_asynchronous_one_does_the_same() -> None:
    waited: list[float] = []

    async def sleep(wait_s: float) -> None:
        waited.append(wait_s)

    async def go(script: Script) -> None:
        async with AsyncClient("http://brain", transport=script, sleep=sleep, retries=STEADY) as city:
            await city.session()

    asyncio.run(go(Script(503, httpx.ConnectError("no"), 200)))
    assert waited == [1.0, 2.0]
    with pytest.raises(RemoteError, match="no_answer"):
        asyncio.run(go(Script(*[httpx.ConnectError("no")] * 4)))


def test_a_key_is_in_no_traceback() -> None:
    call = calls.push("count", b"rows", "text", "office:secret", "m1")
    assert "secret" not in repr(call)
    assert "secret" not in repr(Options(key="grafana:secret"))
