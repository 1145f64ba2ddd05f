"""Webhooks: who is called when, how often, in which order; and that nobody else ever is."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citybrain.errors import InputError, LimitError
from citybrain.hub.catalogue import Audience, Entry, Kind
from citybrain.hub.events import Event, EventLog, State
from citybrain.hub.hub import Hub
from citybrain.hub.webhooks import Hook, Webhooks, allowed_hosts, checked_url, signature
from citybrain.settings import Settings

HOSTS = allowed_hosts("hooks.example, other.example:8443, http://127.0.0.1:9000")
URL = "https://hooks.example/brain"
DELAY = Entry("c/all/delay_index", "", "how slow", "estimate", "office", 1.0, 5.0)
SECRET = Entry("c/all/secret", "", "nobody's", "x", "office", 1.0, 5.0, audience=Audience.RESTRICTED)
TABLE = Entry("c/links/speed", "m/s", "mean", "x", "office", 1.0, 5.0, Kind.TABLE, rows=2, axis="links")


class World:
    """A hub with one indicator, an event log, and hooks on them."""

    def __init__(self, folder: Path, **settings: int) -> None:
        self.hub, self.folder = Hub(), folder
        self.rows = self.hub.register([DELAY, SECRET])
        self.hub.register_table(TABLE)
        self.log = EventLog(folder / "events.db")
        self.settings = Settings(**settings)
        self.hooks = self.again()

    def again(self) -> Webhooks:
        return Webhooks(self.hub, self.log, HOSTS, self.folder / "hooks.json", self.settings)

    def value(self, time_s: float, value: float) -> int:
        self.hub.publish(time_s, self.rows, np.array([value, 1.0]))
        return self.hooks.look(time_s)

    def happen(self, kind: str = "works") -> int:
        first = Event(0, kind, "title", State.PROPOSED, 1.0, 1.0, "ann", "why")
        return self.log.propose(first).event

    def told(self, now_s: float = 0.0) -> list[dict[str, Any]]:
        """Everything that is due, taken."""
        found = []
        while due := self.hooks.due(now_s):
            for _, call in due:
                found.append(json.loads(call.body))
                self.hooks.settle(call, "", now_s)
        return found


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def above(limit: float, **more: Any) -> Hook:
    return Hook(0, "ann", URL, "", DELAY.address, above=limit, **more)


EVENTS = Hook(0, "ann", URL, "")

# ---- thresholds ----


def test_a_threshold_fires_when_it_is_crossed_and_again_after_it_was_left(world: World) -> None:
    world.hooks.add(above(2.0))
    fired = [world.value(float(k), value) for k, value in enumerate((1.0, 2.5, 3.0, 2.0, 1.5, 2.1))]
    assert fired == [0, 1, 0, 0, 0, 1]
    first, second = world.told()
    assert (first["what"], first["value"], first["above"], first["quality"]) == ("threshold", 2.5, 2.0, "estimated")
    assert second["value"] == 2.1
    assert second["number"] > first["number"]


def test_below_is_the_other_side(world: World) -> None:
    world.hooks.add(Hook(0, "ann", URL, "", DELAY.address, below=1.2))
    assert [world.value(float(k), value) for k, value in enumerate((2.0, 1.2, 1.1, 1.0))] == [0, 0, 1, 0]


def test_what_is_unknown_or_stale_crosses_nothing(world: World) -> None:
    world.hooks.add(above(2.0))
    assert world.value(0.0, 3.0) == 1
    assert world.value(1.0, np.nan) == 0
    assert world.hooks.look(100.0) == 0, "it is stale"
    assert world.value(101.0, 3.0) == 0, "it has never been back"


@given(st.lists(st.floats(0.0, 4.0), min_size=1, max_size=30))
def test_it_fires_as_often_as_it_is_crossed(tmp_path_factory: pytest.TempPathFactory, values: list[float]) -> None:
    world = World(tmp_path_factory.mktemp("hooks"))
    world.hooks.add(above(2.0))
    fired = sum(world.value(float(k), value) for k, value in enumerate(values))
    beyond = [value > 2.0 for value in values]
    assert fired == sum(now and not was for was, now in zip([False, *beyond], beyond, strict=False))


# ---- events ----


def test_every_step_of_an_event_is_told_in_order(world: World) -> None:
    world.happen()
    hooks = world.hooks = world.again()  # what was before is not told
    hooks.add(EVENTS)
    hooks.add(replace(EVENTS, kinds=("closure",)))
    works, closure = world.happen("works"), world.happen("closure")
    world.log.advance(works, State.CONFIRMED, 2.0, "bob", "seen")
    assert hooks.look(0.0) == 3 + 1
    assert hooks.look(0.0) == 0
    told = world.told()
    all_of_them = [(one["event"], one["state"]) for one in told if one["hook"] == told[0]["hook"]]
    assert all_of_them == [(works, "proposed"), (closure, "proposed"), (works, "confirmed")]
    assert {one["kind"] for one in told if one["hook"] != told[0]["hook"]} == {"closure"}


# ---- calls ----


def test_one_call_of_a_hook_at_a_time_in_order(world: World) -> None:
    world.hooks.add(EVENTS)
    for _ in range(3):
        world.happen()
    world.hooks.look(0.0)
    ((_, call),) = world.hooks.due(0.0)
    assert world.hooks.due(0.0) == [], "it is on its way"
    world.hooks.settle(call, "", 0.0)
    ((_, following),) = world.hooks.due(0.0)
    assert following.number == call.number + 1
    assert world.hooks.waiting(1) == 2


def test_waits_double_and_end_and_the_dead_are_counted(tmp_path: Path) -> None:
    world = World(tmp_path, webhook_attempts=4)
    hook = world.hooks.add(EVENTS)
    world.happen()
    world.hooks.look(0.0)
    now_s, tried = 0.0, []
    for _ in range(4):
        while not (due := world.hooks.due(now_s)):
            now_s += 0.5
        tried.append(now_s)
        ((_, call),) = due
        world.hooks.settle(call, "status 500", now_s)
    assert tried == [0.0, 1.0, 3.0, 7.0]
    assert world.hooks.due(1e9) == []
    account = world.hooks.accounts[hook.number]
    assert (account.delivered, account.failed, account.dead, account.last) == (0, 4, 1, "status 500")
    world.happen()
    world.hooks.look(0.0)
    assert len(world.told()) == 1, "the next call is made all the same"
    assert account.last == ""


def test_a_body_is_the_same_however_often_it_is_tried(world: World) -> None:
    world.hooks.add(EVENTS)
    world.happen()
    world.hooks.look(0.0)
    ((_, first),) = world.hooks.due(0.0)
    world.hooks.settle(first, "no", 0.0)
    ((_, second),) = world.hooks.due(10.0)
    assert (second.body, second.number, second.tried) == (first.body, first.number, 1)


def test_there_is_a_limit_on_hooks_and_on_calls(tmp_path: Path) -> None:
    world = World(tmp_path, webhooks_max=1, webhook_calls_max=2)
    hook = world.hooks.add(EVENTS)
    with pytest.raises(LimitError, match="webhooks_max"):
        world.hooks.add(EVENTS)
    made = [world.happen() for _ in range(5)]
    world.hooks.look(0.0)
    assert [one["event"] for one in world.told()] == made[-2:]
    assert world.hooks.accounts[hook.number].dead == 3


def test_what_is_removed_is_called_no_more(world: World) -> None:
    hook = world.hooks.add(EVENTS)
    world.happen()
    world.hooks.look(0.0)
    ((_, call),) = world.hooks.due(0.0)
    assert world.hooks.remove(hook.number) == hook
    world.hooks.settle(call, "", 0.0)
    assert world.hooks.due(1e9) == world.hooks.hooks() == []
    with pytest.raises(InputError, match="no webhook"):
        world.hooks.remove(hook.number)


def test_hooks_outlive_the_run_and_their_secrets_are_the_brain_s_own(world: World) -> None:
    hook = world.hooks.add(above(2.0))
    assert world.again().hooks() == [hook]
    assert (world.folder / "hooks.json").stat().st_mode & 0o077 == 0
    assert hook.secret not in repr(hook)
    fewer = Webhooks(world.hub, world.log, allowed_hosts("other.example"), world.folder / "hooks.json")
    assert fewer.hooks() == [], "its host is allowed no longer"
    later = Webhooks(Hub(), None, HOSTS, world.folder / "hooks.json")
    assert later.look(0.0) == 0, "its indicator is not there yet"


# ---- what may not be ----


@pytest.mark.parametrize(
    ("hook", "why"),
    [
        (Hook(0, "a", URL, "", "c/all/nothing", above=1.0), "no data set"),
        (Hook(0, "a", URL, "", SECRET.address, above=1.0), "not restricted"),
        (Hook(0, "a", URL, "", TABLE.address, above=1.0), "expected an indicator"),
        (Hook(0, "a", URL, "", DELAY.address), "one of above and below"),
        (Hook(0, "a", URL, "", DELAY.address, above=1.0, below=2.0), "one of above and below"),
        (Hook(0, "a", URL, "", DELAY.address, above=float("nan")), "one of above and below"),
        (Hook(0, "a", URL, "", DELAY.address, above=1.0, kinds=("x",)), "kinds are those of events"),
        (Hook(0, "a", URL, "", above=1.0), "needs the address"),
    ],
)
def test_a_hook_without_sense_is_refused(world: World, hook: Hook, why: str) -> None:
    with pytest.raises(InputError, match=why):
        world.hooks.add(hook)
    assert world.hooks.hooks() == []


def test_without_an_event_log_there_is_nothing_to_tell_of_events(world: World) -> None:
    with pytest.raises(InputError, match="no event log"):
        Webhooks(world.hub, None, HOSTS).add(EVENTS)


@pytest.mark.parametrize(
    "url",
    [
        URL,
        "https://hooks.example",
        "https://HOOKS.example:443/a?b=c",
        "https://other.example:8443/",
        "http://127.0.0.1:9000/x",
    ],
)
def test_where_a_call_may_go(url: str) -> None:
    assert checked_url(url, HOSTS) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/",  # not by TLS
        "https://hooks.example:444/",
        "https://other.example/",
        "https://evil.example/",
        "https://hooks.example.evil.example/",
        "https://hooks.example@evil.example/",
        "https://evil.example#@hooks.example/",
        "https://evil.example\\@hooks.example/",
        "https://hooks.example:443@evil.example/",
        "https://hooks.example%2eevil.example/",
        "https://hooks.example\n.evil.example/",
        "https:hooks.example",
        "//hooks.example/",
        "file:///etc/passwd",
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1/",
        "http://[::1]:9000/",
        "http://0x7f000001:9000/",
        "https://hooks.exämple/",
        "https://hooks.example/" + "a" * 500,
        "",
    ],
)
def test_where_a_call_may_not_go(url: str) -> None:
    with pytest.raises(InputError, match="url"):
        checked_url(url, HOSTS)


def test_hosts_are_read_or_refused() -> None:
    assert allowed_hosts("") == frozenset()
    assert allowed_hosts("a.b, http://c:80") == {("https", "a.b", 443), ("http", "c", 80)}
    for wrong in ("a/b", "ftp://a", "a:port", "user@a", "https://", "a:99999", "a?b"):
        with pytest.raises(InputError, match=r"\[webhooks\] hosts"):
            allowed_hosts(wrong)


def test_a_signature_is_what_a_receiver_computes() -> None:
    body = b'{"number": 1}'
    expected = hmac.new(b"key", b"1777620000." + body, hashlib.sha256).hexdigest()
    assert signature("key", 1777620000, body) == f"v1={expected}"
    assert len({signature("key", 1, body), signature("key", 2, body), signature("kez", 1, body)}) == 3
