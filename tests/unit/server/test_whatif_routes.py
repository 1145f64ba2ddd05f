"""What-ifs over HTTP: asked by those who may, refused with a reason, followed to their end by an address."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from _brain import TOKEN, Brain, make_brain

from _asgi import Client
from citybrain.clock import ManualClock
from citybrain.evaluate.whatif.change import stages_of
from citybrain.server.app import make_app
from citybrain.server.services import Services
from citybrain.server.whatif import WhatIfAnswer, WhatIfPage, WhatIfSignal
from citybrain.server.whatif_desk import Desk
from citybrain.settings import Settings

PATH = "/api/v1/whatif"


@pytest.fixture
def brain(tmp_path: Path) -> Brain:
    return make_brain(tmp_path)


def link_of(brain: Brain, row: int = 0) -> str:
    return brain.city.links.link_id[row]


def ended(brain: Brain, name: str) -> dict[str, Any]:
    for _ in range(1000):
        told: dict[str, Any] = brain.operator.get(f"{PATH}/{name}").json()
        if told["state"] not in ("waiting", "running"):
            return told
        threading.Event().wait(0.005)
    raise AssertionError(told)


def test_a_question_is_followed_to_its_end(brain: Brain) -> None:
    body = {"title": "bridge closed", "closures": [{"link": link_of(brain)}, {"link": link_of(brain, 1), "lane": 0}]}
    asked = brain.operator.post(PATH, body | {"minutes": 20, "seeds": 2, "demand_factor": 1.1})
    assert asked.status == 200, asked.body
    WhatIfAnswer.model_validate(asked.json())
    told = ended(brain, asked.json()["name"])
    WhatIfAnswer.model_validate(told)
    assert (told["state"], told["share"], told["title"]) == ("done", 1.0, "bridge closed")
    assert told["result"] == {"figures": []}
    assert told["question"]["closures"] == [
        {"link": link_of(brain), "lane": None},
        {"link": link_of(brain, 1), "lane": 0},
    ]
    assert (told["question"]["minutes"], told["question"]["seeds"]) == (20, 2)


def test_the_page_lists_them_newest_first(brain: Brain) -> None:
    names = [
        ended(brain, brain.operator.post(PATH, {"demand_factor": 1.1 + k}).json()["name"])["name"] for k in range(2)
    ]
    page = brain.operator.get(PATH).json()
    WhatIfPage.model_validate(page)
    assert [job["name"] for job in page["jobs"]] == names[::-1]
    assert (page["offered"], page["why"], page["minutes_max"]) == (True, "", 60)
    assert "max-pressure" in page["controllers"]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({}, 400, "nothing is changed"),
        ({"closures": [{"link": "nowhere"}]}, 400, "link 'nowhere' is not in the city"),
        ({"demand_factor": 4.0}, 400, "demand factor 4"),
        ({"demand_factor": 1.1, "minutes": 61}, 400, "minutes"),
        ({"demand_factor": 1.1, "seeds": 0}, 400, "seeds"),
        ({"controller": "oracle"}, 400, "unknown controller"),
        ({"unheard": 1}, 400, "unheard"),
        ({"plans": [{"signal": "x", "greens_s": []}]}, 400, "signal 'x'"),
        (b"{", 400, "body"),
        (b"[" * 200_000, 413, "too large"),
    ],
)
def test_what_cannot_be_run_is_refused_with_its_reason(brain: Brain, body: Any, status: int, words: str) -> None:
    answer = brain.operator.post(PATH, body)
    assert answer.status == status
    told = answer.json()["error"]
    assert words in told["message"] or words.replace(" ", "_") == told["code"]
    assert brain.operator.get(PATH).json()["jobs"] == []


def test_only_those_who_operate(tmp_path: Path) -> None:
    brain = make_brain(tmp_path, guarded=True)
    for method, path in (("GET", PATH), ("POST", PATH), ("GET", f"{PATH}/x"), ("DELETE", f"{PATH}/x")):
        assert brain.public.send(method, path, b"{}").status == 401, (method, path)


def test_one_can_be_called_off_and_an_unknown_one_is_none(brain: Brain) -> None:
    name = brain.operator.post(PATH, {"demand_factor": 1.1}).json()["name"]
    ended(brain, name)
    assert brain.operator.delete(f"{PATH}/{name}").json()["state"] == "done"
    for answer in (brain.operator.get(f"{PATH}/none"), brain.operator.delete(f"{PATH}/none")):
        assert (answer.status, answer.json()["error"]["code"]) == (404, "not_found")


def test_too_many_are_refused_until_later(tmp_path: Path) -> None:
    brain = make_brain(tmp_path, whatif_waiting=0)
    served: Services = brain.app.state.services  # type: ignore[attr-defined]
    assert served.whatif is not None
    served.whatif._turns.acquire()  # somebody has the only turn
    assert brain.operator.post(PATH, {"demand_factor": 1.1}).status == 200
    answer = brain.operator.post(PATH, {"demand_factor": 1.2})
    assert (answer.status, answer.headers["retry-after"]) == (429, "10")
    served.whatif._turns.release()


def test_stages_that_can_be_retimed(brain: Brain) -> None:
    signal = brain.city.signals.signal_id[0]
    told = brain.operator.get(f"{PATH}/signals/{signal}").json()
    WhatIfSignal.model_validate(told)
    assert [stage["green_s"] for stage in told["stages"]] == brain.city.phases.duration_s[
        stages_of(brain.city, 0)
    ].tolist()
    greens_s = [stage["green_s"] + 5.0 for stage in told["stages"]]
    assert brain.operator.post(PATH, {"plans": [{"signal": signal, "greens_s": greens_s}]}).status == 200
    assert brain.operator.get(f"{PATH}/signals/none").status == 404


def test_where_there_is_no_simulator_it_says_why(brain: Brain) -> None:
    desk = Desk(None, Settings(), ManualClock(), "of a real city only an estimate is known")
    app = make_app(Services(brain.hub, brain.clock.now_s, brain.city, operator_token=TOKEN, whatif=desk))
    client = Client(app, TOKEN)
    page = client.get(PATH).json()
    assert (page["offered"], page["why"]) == (False, "of a real city only an estimate is known")
    answer = client.post(PATH, {"demand_factor": 1.1})
    assert (answer.status, answer.json()["error"]["message"]) == (409, page["why"])
    bare = Client(make_app(Services(brain.hub, brain.clock.now_s, brain.city, operator_token=TOKEN)), TOKEN)
    assert bare.get(PATH).status == 404
