"""Webhooks over HTTP and on the wire: who may, what a receiver sees and can check, and where no call ever goes."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from _brain import TOKEN, Brain, make_brain

from _asgi import Answer, Client
from citybrain.brain.config import load_config
from citybrain.errors import FormatError
from citybrain.hub.access import Rights, Role
from citybrain.hub.webhooks import signature
from citybrain.server.webhook_sender import Sender

PATH = "/api/v1/webhooks"
SECRET = "correct horse battery"


@dataclass
class Receiver:
    """A host that answers as it is told, and what it was sent."""

    statuses: list[int] = field(default_factory=list)
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    told = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.got.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            status = told.statuses.pop(0) if told.statuses else 200
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", f"http://127.0.0.1:{told.port}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    told.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield told
    server.shutdown()
    thread.join()
    server.server_close()


def brain_of(folder: Path, port: int, **settings: int) -> Brain:
    return make_brain(folder, guarded=True, called=f"http://127.0.0.1:{port}", **settings)


def person(brain: Brain, role: Role) -> Client:
    assert brain.door is not None
    name = f"{role.word}-{len(brain.door.accounts.users())}"
    brain.door.accounts.add(name, SECRET, Rights(role))
    return Client(brain.app, cookie=f"citybrain_session={brain.door.accounts.begin_session(name)}")


def add(client: Client, port: int, **about: Any) -> Answer:
    return client.post(PATH, {"url": f"http://127.0.0.1:{port}/brain", **about})


def send_all(brain: Brain) -> None:
    """What is due now, without waiting."""
    assert brain.hooks is not None
    sender = Sender(brain.hooks, brain.clock.now_s, brain.clock, 5.0)
    brain.hooks.look(brain.clock.now_s())
    while due := brain.hooks.due(brain.clock.now_s()):
        for hook, call in due:
            sender.send(hook, call)


def test_a_receiver_can_check_who_called_and_when(tmp_path: Path, receiver: Receiver) -> None:
    brain = brain_of(tmp_path, receiver.port)
    manager = person(brain, Role.MANAGE)
    made = add(manager, receiver.port, address=f"{brain.name}/all/in_transit", above=1000.0).json()
    send_all(brain)
    ((path, headers, body),) = receiver.got
    assert path == "/brain"
    assert json.loads(body)["value"] == 1834.0
    time_s = int(headers["x-citybrain-time"])
    assert time_s == int(brain.clock.now_s())
    assert headers["x-citybrain-signature"] == signature(made["secret"], time_s, body)
    assert headers["x-citybrain-call"] == str(json.loads(body)["number"])
    assert (headers["content-type"], "authorization" in headers, "cookie" in headers) == (
        "application/json",
        False,
        False,
    )
    (told,) = manager.get(PATH).json()["webhooks"]
    assert (told["delivered"], told["failed"], told["dead"], told["waiting"]) == (1, 0, 0, 0)
    assert made["secret"] not in manager.get(PATH).body.decode(), "it was told once"


def test_a_redirect_is_a_failure_and_is_never_followed(tmp_path: Path, receiver: Receiver) -> None:
    brain = brain_of(tmp_path, receiver.port, webhook_attempts=1)
    manager = person(brain, Role.MANAGE)
    add(manager, receiver.port, address=f"{brain.name}/all/in_transit", above=1.0)
    receiver.statuses = [302]
    send_all(brain)
    assert [path for path, _, _ in receiver.got] == ["/brain"]
    (told,) = manager.get(PATH).json()["webhooks"]
    assert (told["dead"], told["last"]) == (1, "status 302")


def test_a_host_that_fails_is_called_again_and_one_that_is_gone_is_told_of(tmp_path: Path, receiver: Receiver) -> None:
    brain = brain_of(tmp_path, receiver.port)
    manager = person(brain, Role.MANAGE)
    add(manager, receiver.port, kinds=["works"])
    event = {"kind": "works", "title": "t", "who": "a", "why": "b"}
    assert brain.operator.post("/api/v1/events", event).status == 200
    receiver.statuses = [500, 200]
    send_all(brain)
    brain.clock.advance(1.0)
    send_all(brain)
    (first, second) = receiver.got
    assert first[2] == second[2]
    assert first[1]["x-citybrain-signature"] != second[1]["x-citybrain-signature"], "the time is signed, too"
    (told,) = manager.get(PATH).json()["webhooks"]
    assert (told["delivered"], told["failed"], told["last"]) == (1, 1, "")

    gone = brain_of(tmp_path / "gone", 1)
    manager = person(gone, Role.MANAGE)
    add(manager, 1, address=f"{gone.name}/all/in_transit", above=1.0)
    send_all(gone)
    assert manager.get(PATH).json()["webhooks"][0]["last"].startswith("ConnectError")


def test_the_thread_calls_by_itself(tmp_path: Path, receiver: Receiver) -> None:
    from citybrain.clock import SYSTEM

    brain = brain_of(tmp_path, receiver.port)
    add(person(brain, Role.MANAGE), receiver.port, address=f"{brain.name}/all/in_transit", above=1.0)
    assert brain.hooks is not None
    end = Sender(brain.hooks, brain.clock.now_s, SYSTEM, 5.0).start()
    for _ in range(200):
        if receiver.got:
            break
        threading.Event().wait(0.05)
    end()
    assert len(receiver.got) == 1


def test_who_may_and_whose_it_is(tmp_path: Path, receiver: Receiver) -> None:
    brain = brain_of(tmp_path, receiver.port)
    one, other, chief = person(brain, Role.MANAGE), person(brain, Role.MANAGE), person(brain, Role.CONFIGURE)
    about = {"address": f"{brain.name}/all/in_transit", "above": 1.0}
    assert add(Client(brain.app, TOKEN), receiver.port, **about).status == 403
    assert add(brain.public, receiver.port, **about).status == 401
    first, second = (add(one, receiver.port, **about).json()["webhook"]["hook"] for _ in range(2))
    assert other.delete(f"{PATH}/{first}").status == 403
    assert one.delete(f"{PATH}/{first}").json()["secret"] is None
    assert chief.delete(f"{PATH}/{second}").status == 200
    assert chief.delete(f"{PATH}/{second}").status == 404
    told = chief.get("/api/v1/audit").json()["entries"]
    assert [row["what"] for row in told if row["what"].startswith("webhook")][::-1] == [
        *("webhook.add", "webhook.add", "webhook.remove", "webhook.remove")
    ]


def test_no_address_but_those_of_the_configuration_is_called(tmp_path: Path, receiver: Receiver) -> None:
    brain = brain_of(tmp_path, receiver.port)
    manager = person(brain, Role.CONFIGURE)
    about = {"address": f"{brain.name}/all/in_transit", "above": 1.0}
    for url in ("http://169.254.169.254/", f"http://localhost:{receiver.port}/", f"https://127.0.0.1:{receiver.port}/"):
        found = manager.post(PATH, {"url": url, **about})
        assert (found.status, "[webhooks] hosts" in found.json()["error"]["message"]) == (400, True)
    send_all(brain)
    assert receiver.got == []
    nobody = make_brain(tmp_path / "none", guarded=True)
    found = person(nobody, Role.MANAGE).get(PATH)
    assert (found.status, "no [webhooks] hosts" in found.json()["error"]["message"]) == (404, True)


def test_the_configuration_names_hosts_or_says_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "citybrain.toml"
    path.write_text('[webhooks]\nhosts = "hooks.example, http://10.0.0.7:8000"\n')
    assert load_config(path).webhooks.hosts.startswith("hooks.example")
    path.write_text('[webhooks]\nhosts = "https://hooks.example/path"\n')
    with pytest.raises(FormatError, match=r"\[webhooks\] hosts"):
        load_config(path)
