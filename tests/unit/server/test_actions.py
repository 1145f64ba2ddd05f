"""Acting on the street over HTTP: who may, what is asked first, what is written down, and how it is taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from _acting_street import API, Street, make_street

from _asgi import Answer, Client
from citybrain.brain.acting import signal_areas
from citybrain.errors import StorageError
from citybrain.guard.gate import Mode
from citybrain.hub.access import Role
from citybrain.hub.actions import ActionLog
from citybrain.hub.audit import AuditLog
from citybrain.server import models
from citybrain.server.access_rules import RULES

ACTIONS, STEERING = f"{API}/actions", f"{API}/steering"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    made = make_street(tmp_path_factory.mktemp("street"))
    yield made
    made.run.close()


@pytest.fixture
def street(shared: Street) -> Street:
    """The street, with every signal in recommend again."""
    gate = shared.acting.steering.gate
    gate.set_mode(Mode.RECOMMEND)
    for _ in range(15):
        shared.run.step()
    return shared


def steering(client: Client, query: str = "") -> dict[str, Any]:
    found = client.get(STEERING + query)
    assert found.status == 200, found.body
    models.SteeringPage.model_validate_json(found.body, strict=True)
    return dict(found.json())


def act(client: Client, kind: str, signals: list[str], **given: Any) -> Answer:
    found = client.post(ACTIONS, {"kind": kind, "signals": signals, "why": "a test", **given})
    if found.status == 200:
        models.ActionAnswer.model_validate_json(found.body, strict=True)
    return found


def mode_of(client: Client, signal: str) -> str:
    return next(str(row["mode"]) for row in steering(client)["signals"] if row["signal"] == signal)


def told(street: Street, n: int) -> list[tuple[str, str]]:
    return [(entry.what, entry.about) for entry in reversed(street.door.audit.page(n))]


def test_what_is_steered_and_recommended(street: Street) -> None:
    ann = street.person(Role.VIEW)
    found, ids = steering(ann), list(street.acting.ids)
    assert [row["signal"] for row in found["signals"]] == ids
    assert found["modes"] == {"observe": 0, "recommend": len(ids), "control": 0}
    assert (found["total"], found["controller"], found["controllable"]) == (len(ids), "max-pressure", True)
    wishes = steering(ann, "?advised=true")
    assert 0 < wishes["total"] <= len(ids)
    gate = street.acting.steering.gate
    assert [(row["row"], row["advised_stage"]) for row in wishes["signals"]] == [
        (int(row), int(gate.advised[row])) for row in np.flatnonzero(gate.advised >= 0)
    ]
    assert steering(ann, "?limit=2&offset=1")["signals"] == found["signals"][1:3]


def test_a_mode_is_changed_and_undone(street: Street) -> None:
    ann, signal = street.person(Role.OPERATE), street.acting.ids[2]
    made = act(ann, "mode", [signal], mode="observe").json()
    assert (made["state"], made["who"], made["why"]) == ("done", ann_name(street, ann), "a test")
    assert made["changes"] == [{"signal": signal, "before": "recommend", "after": "observe"}]
    assert mode_of(ann, signal) == "observe"
    bob = street.person(Role.OPERATE)
    back = bob.post(f"{ACTIONS}/{made['number']}/undo", {"why": "the wrong one"}).json()
    assert (back["state"], back["undoes"]) == ("done", made["number"])
    assert mode_of(ann, signal) == "recommend"
    assert ann.get(f"{ACTIONS}/{made['number']}").json()["undone_by"] == back["number"]
    again = ann.post(f"{ACTIONS}/{made['number']}/undo", {"why": "twice"})
    assert (again.status, f"undone by {back['number']}" in again.json()["error"]["message"]) == (409, True)
    redone = ann.post(f"{ACTIONS}/{back['number']}/undo", {"why": "it was right"})
    assert (redone.status, mode_of(ann, signal)) == (200, "observe")


def ann_name(street: Street, client: Client) -> str:
    return str(client.get(f"{API}/session").json()["user"])


def test_an_undo_does_not_undo_what_came_after(street: Street) -> None:
    ann, signal = street.person(Role.MANAGE), street.acting.ids[0]
    first = act(ann, "mode", [signal], mode="observe").json()
    assert act(ann, "mode", [signal], mode="control").status == 200
    found = ann.post(f"{ACTIONS}/{first['number']}/undo", {"why": "too late"})
    assert (found.status, "no longer as it was" in found.json()["error"]["message"]) == (409, True)
    assert mode_of(ann, signal) == "control"


def test_a_preview_says_what_would_be_and_does_nothing(street: Street) -> None:
    ann, lines = street.person(Role.OPERATE), len(street.door.audit)
    found = act(ann, "mode", list(street.acting.ids[:3]), mode="observe", preview=True).json()
    assert (found["state"], found["number"], len(found["changes"])) == ("preview", 0, 3)
    assert len(street.door.audit) == lines
    assert steering(ann)["modes"]["observe"] == 0


def test_a_recommendation_is_applied_and_taken_back(street: Street) -> None:
    ann = street.person(Role.OPERATE)
    wish = steering(ann, "?advised=true")["signals"][0]
    made = act(ann, "apply", [wish["signal"]]).json()
    assert made["changes"] == [{"signal": wish["signal"], "before": None, "after": wish["advised_stage"]}]
    row = steering(ann)["signals"][wish["row"]]
    assert (row["applied_stage"], row["mode"]) == (wish["advised_stage"], "recommend")
    back = ann.post(f"{ACTIONS}/{made['number']}/undo", {"why": "no"}).json()
    assert (back["kind"], back["changes"][0]["after"]) == ("stop", None)
    assert steering(ann)["signals"][wish["row"]]["applied_stage"] is None
    assert ann.post(f"{ACTIONS}/{back['number']}/undo", {"why": "no"}).status == 409


def test_a_recommendation_is_declined_and_allowed_again(street: Street) -> None:
    ann = street.person(Role.OPERATE)
    wish = steering(ann, "?advised=true")["signals"][0]
    made = act(ann, "decline", [wish["signal"]])
    assert made.status == 200, made.body
    gate = street.acting.steering.gate
    if gate.declined[wish["row"]] >= 0:  # the optimiser still wishes that stage
        assert steering(ann)["signals"][wish["row"]]["advised_stage"] is None
        back = ann.post(f"{ACTIONS}/{made.json()['number']}/undo", {"why": "no"})
        assert (back.status, back.json()["kind"]) == (200, "allow")
        assert steering(ann)["signals"][wish["row"]]["declined_stage"] is None


# ---- who may ----


def test_control_is_for_those_who_manage_and_release_for_those_who_configure(street: Street) -> None:
    signal = [street.acting.ids[1]]
    expected = {Role.OPERATE: (403, 403), Role.MANAGE: (200, 403), Role.CONFIGURE: (200, 409)}
    for role, (control, release) in expected.items():
        who = street.person(role)
        assert act(who, "mode", signal, mode="control").status == control, role
        found = act(who, "release", signal)
        assert found.status == release, role
        act(who, "mode", signal, mode="recommend")
    assert "is not latched" in found.json()["error"]["message"]


def test_who_tries_what_he_may_not_is_in_the_audit(street: Street) -> None:
    ann = street.person(Role.VIEW)
    ann.get(f"{API}/users")
    lines = len(street.door.audit)
    assert ann.post(f"{API}/users", {"name": "eve", "role": "configure", "why": "x"}).status == 403
    bob = street.person(Role.OPERATE)
    assert act(bob, "mode", [street.acting.ids[0]], mode="control").status == 403
    found = [(e.what, e.about) for e in reversed(street.door.audit.page(len(street.door.audit) - lines))]
    assert found == [("access.denied", "POST /api/v1/users"), ("access.denied", "POST /api/v1/actions")]


def test_taking_back_needs_what_doing_needs(street: Street) -> None:
    boss, ann, signal = street.person(Role.MANAGE), street.person(Role.OPERATE), street.acting.ids[3]
    act(boss, "mode", [signal], mode="control")
    down = act(ann, "mode", [signal], mode="observe").json()
    undo = f"{ACTIONS}/{down['number']}/undo"
    assert ann.post(undo, {"why": "up again"}).status == 403, "that would hand the street over"
    assert boss.post(undo, {"why": "up again"}).status == 200


def test_an_operator_acts_in_his_areas_only(street: Street) -> None:
    areas = signal_areas(street.run.world.city)
    every = sorted(set().union(*areas))
    assert every
    mine = every[0]
    ann = street.person(Role.OPERATE, mine)
    for row, name in enumerate(street.acting.ids):
        found = act(ann, "mode", [name], mode="recommend", preview=True)
        assert found.status == (200 if mine in areas[row] else 403), name
    outside = [name for row, name in enumerate(street.acting.ids) if mine not in areas[row]]
    nowhere = street.person(Role.OPERATE, "atlantis")
    inside = next(name for row, name in enumerate(street.acting.ids) if mine in areas[row])
    assert act(nowhere, "mode", [inside], mode="observe").status == 403
    if outside:
        assert act(ann, "mode", [inside, outside[0]], mode="observe").status == 403, "one outside is enough"
    assert steering(ann)["modes"]["observe"] == 0


def test_areas_of_signals_are_those_of_their_links(street: Street) -> None:
    city = street.run.world.city
    for signal, found in enumerate(signal_areas(city)):
        into = np.flatnonzero(city.links.to_node == city.signals.node[signal])
        expected = {
            k
            for k in range(len(city.areas.area_id))
            if np.isin(city.areas.link[city.areas.link_offset[k] : city.areas.link_offset[k + 1]], into).any()
        }
        assert len(found) == len(expected)


# ---- what is written down ----


def test_every_action_is_in_the_audit_before_it_is_done(street: Street) -> None:
    ann, signal = street.person(Role.OPERATE), street.acting.ids[4]
    made = act(ann, "mode", [signal], mode="observe").json()
    number = str(made["number"])
    assert told(street, 2) == [("action.mode", signal), ("action.done", number)]
    line = street.door.audit.page(1, 1)[0]
    assert (line.who, line.where, line.why) == (ann_name(street, ann), "test", "a test")
    assert (line.before, line.after) == ({signal: "recommend"}, {signal: "observe"})
    ann.post(f"{ACTIONS}/{number}/undo", {"why": "x"})
    assert told(street, 2)[0] == ("action.undo.mode", f"{number}: {signal}")
    street.door.audit.verify()


def test_nothing_is_done_that_cannot_be_written_down(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = street.person(Role.CONFIGURE)

    def full(*_: object, **__: object) -> None:
        raise StorageError("no space left")

    users, before = street.door.accounts.users(), steering(ann)["modes"]
    monkeypatch.setattr(AuditLog, "append", full)
    for found in (
        act(ann, "mode", list(street.acting.ids), mode="observe"),
        ann.post(f"{API}/users", {"name": "eve", "role": "view", "why": "x"}),
        ann.post(f"{API}/keys", {"name": "eve", "role": "view", "why": "x"}),
        ann.post(f"{API}/users/{users[0].name}", {"role": "view", "why": "x"}),
        ann.delete(f"{API}/users/{users[0].name}?why=x"),
        ann.delete(f"{API}/session"),
    ):
        assert (found.status, found.json()["error"]["code"]) == (503, "unavailable")
    assert steering(ann)["modes"] == before
    assert street.door.accounts.users() == users
    assert street.door.accounts.programs() == []


def test_every_route_that_changes_something_writes_it_down(street: Street) -> None:
    """Each route that the table calls audited, done once: the audit has grown by the time it answers."""
    root, wish = street.person(Role.CONFIGURE), steering(street.person(Role.VIEW), "?advised=true")["signals"][0]
    act_on = {"kind": "mode", "signals": [wish["signal"]], "mode": "observe", "why": "x"}
    number = root.post(ACTIONS, act_on).json()["number"]
    root.post(f"{API}/users", {"name": "eve", "role": "view", "why": "x"})
    root.post(f"{API}/keys", {"name": "k", "role": "view", "why": "x"})
    name = ann_name(street, root)
    from _acting_street import SECRET

    done: dict[str, Any] = {
        "POST /api/v1/actions": {**act_on, "mode": "recommend"},
        "POST /api/v1/actions/{action}/undo": {"why": "x"},
        "POST /api/v1/session": {"name": name, "password": SECRET},
        "POST /api/v1/users": {"name": "bob", "role": "view", "why": "x"},
        "POST /api/v1/users/{name}": {"role": "operate", "why": "x"},
        "POST /api/v1/keys": {"name": "k2", "role": "view", "why": "x"},
        "DELETE /api/v1/users/{name}": None,
        "DELETE /api/v1/keys/{name}": None,
        "POST /api/v1/session/password": {"old": SECRET, "new": "another good one 77"},
        "DELETE /api/v1/session": None,
    }
    elsewhere = {"POST /api/v1/events", "POST /api/v1/events/{event}"}  # `test_events_are_written_down`
    elsewhere |= {"GET /api/v1/session/oidc/callback"}  # `test_oidc`
    elsewhere |= {"POST /api/v1/webhooks", "DELETE /api/v1/webhooks/{hook}"}  # `test_webhook_calls`
    assert set(done) == {route for route, rule in RULES.items() if rule.audited} - elsewhere
    for route, body in done.items():
        method, path = route.split(" ")
        if route == "POST /api/v1/actions/{action}/undo":
            number = root.get(ACTIONS).json()["actions"][0]["number"]
        path = re.sub(r"\{action\}", str(number), path)
        path = path.replace("{name}", "eve" if "users" in path else "k")
        lines = len(street.door.audit)
        found = root.delete(f"{path}?why=x") if method == "DELETE" else root.post(path, body)
        assert found.status == 200, (route, found.body)
        assert len(street.door.audit) > lines, route
        if "set-cookie" in found.headers:
            root = Client(street.app, cookie=found.headers["set-cookie"].split(";")[0])


def test_events_are_written_down(tmp_path: Path) -> None:
    from _brain import make_brain

    brain = make_brain(tmp_path, guarded=True)
    assert brain.door is not None
    event = {"kind": "obstacle", "title": "tree", "who": "x", "why": "a caller"}
    number = brain.operator.post(f"{API}/events", event).json()["event"]
    brain.operator.post(f"{API}/events/{number}", {"state": "confirmed", "who": "x", "why": "seen"})
    lines = [(e.who, e.what, e.about) for e in reversed(brain.door.audit.page(9))]
    token = "operator's token"
    assert lines == [(token, "event.propose", "tree"), (token, "event.step", f"event {number}")]


def test_the_list_of_actions_is_that_of_the_audit(street: Street) -> None:
    ann, signal = street.person(Role.OPERATE), street.acting.ids[5]
    made = act(ann, "mode", [signal], mode="observe").json()
    ann.post(f"{ACTIONS}/{made['number']}/undo", {"why": "x"})
    assert act(ann, "stop", [signal]).status == 409
    fresh, page = ActionLog(street.door), ann.get(ACTIONS)
    models.ActionPage.model_validate_json(page.body, strict=True)
    log = street.acting  # the one that is served has grown line by line
    assert log is not None
    every, total = fresh.page(1000)
    assert [a["number"] for a in page.json()["actions"]] == [a.number for a in every][:100]
    assert total == page.json()["total"]
    found = fresh.get(made["number"])
    assert found is not None
    assert (found.state, found.undone_by) == ("done", every[0].number)


# ---- what is refused, and how ----


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"kind": "mode", "signals": ["no such"], "mode": "observe"}, 400, "is not in the city"),
        ({"kind": "mode", "signals": [], "mode": "observe"}, 400, "signals"),
        ({"kind": "mode", "signals": ["{0}"]}, 400, "mode ''"),
        ({"kind": "mode", "signals": ["{0}"], "mode": "drive"}, 400, "mode"),
        ({"kind": "explode", "signals": ["{0}"]}, 400, "kind"),
        ({"kind": "mode", "signals": ["{0}"], "mode": "observe", "why": ""}, 400, "why"),
        ({"kind": "mode", "signals": ["{0}"] * 6000, "mode": "observe"}, 413, "action_signals_max"),
        ({"kind": "stop", "signals": ["{0}"]}, 409, "nothing was applied"),
        ({"kind": "release", "signals": ["{0}"]}, 409, "is not latched"),
    ],
)
def test_a_wrong_action_is_told(street: Street, body: dict[str, Any], status: int, words: str) -> None:
    root, first = street.person(Role.CONFIGURE), street.acting.ids[0]
    body = {"why": "x", **body, "signals": [name.replace("{0}", first) for name in body["signals"]]}
    found = root.post(ACTIONS, body)
    assert found.status == status, found.body
    models.Error.model_validate_json(found.body, strict=True)
    assert words in found.json()["error"]["message"]


def test_an_action_that_no_beat_takes_is_called_back(street: Street) -> None:
    ann, signal = street.person(Role.OPERATE), street.acting.ids[0]
    street.acting.asleep = True
    try:
        found = act(ann, "mode", [signal], mode="observe")
    finally:
        street.acting.asleep = False
    assert (found.status, "called back" in found.json()["error"]["message"]) == (503, True)
    street.run.step()
    assert mode_of(ann, signal) == "recommend"
    assert ann.get(ACTIONS).json()["actions"][0]["state"] == "refused"


def test_an_action_is_checked_again_by_the_loop(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the answer of the guard and the beat somebody else was faster."""
    ann, signal = street.person(Role.OPERATE), street.acting.ids[0]
    ask = street.acting.ask

    def late(directive: Any) -> Any:
        street.acting.steering.gate.set_mode(Mode.CONTROL, [0])
        return ask(directive)

    monkeypatch.setattr(street.acting, "ask", late)
    found = act(ann, "mode", [signal], mode="observe")
    assert (found.status, "no longer" in found.json()["error"]["message"]) == (409, True)
    assert told(street, 1)[0][0] == "action.refused"
    monkeypatch.undo()
    assert mode_of(ann, signal) == "control"


def test_a_brain_that_steers_nothing_has_nothing_to_act_on(tmp_path: Path) -> None:
    from _brain import make_brain

    brain = make_brain(tmp_path, guarded=True)
    assert brain.operator.get(STEERING).status == 404
    assert brain.operator.post(ACTIONS, {"kind": "stop", "signals": ["x"], "why": "x"}).status == 404
    assert brain.operator.get(ACTIONS).status == 404


@pytest.mark.parametrize("kind", ["apply", "decline"])
def test_what_is_done_is_what_was_seen(street: Street, kind: str) -> None:
    """Another stage is recommended by the time that somebody has typed why: nothing is done, and he is told."""
    ann = street.person(Role.OPERATE)
    wish = steering(ann, "?advised=true")["signals"][0]
    gate, row, now = street.acting.steering.gate, wish["row"], wish["advised_stage"]
    refused = act(ann, kind, [wish["signal"]], stages=[now + 1])
    assert refused.status == 409
    assert f"stage {now} is recommended by now, not {now + 1}" in refused.body.decode()
    assert gate.applied[row] == gate.declined[row] == -1
    assert act(ann, kind, [wish["signal"]], stages=[now], preview=True).status == 200


@pytest.mark.parametrize(("kind", "stages"), [("apply", [0, 1]), ("apply", []), ("stop", [0])])
def test_stages_are_one_a_signal_and_of_recommendations(street: Street, kind: str, stages: list[int]) -> None:
    ann = street.person(Role.OPERATE)
    wish = steering(ann, "?advised=true")["signals"][0]
    assert act(ann, kind, [wish["signal"]], stages=stages).status == 400
