"""Answers of a beat: made once within it, never told after it, never told to somebody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from _brain import Brain, make_brain

from _asgi import Client
from citybrain.hub.events import Event, State
from citybrain.server import fresh as module
from citybrain.server.fresh import Fresh

VALUES = "/api/v1/indicators?match=*/all/in_transit"


@pytest.fixture
def brain(tmp_path: Path) -> Brain:
    return make_brain(tmp_path)


def kept_of(brain: Brain) -> Fresh:
    """The layer of the app that keeps answers."""
    brain.public.get("/api/v1/health")
    layer: Any = brain.app.middleware_stack  # type: ignore[attr-defined]
    while not isinstance(layer, Fresh):
        layer = getattr(layer, "app", None) or layer._app
    return layer


def test_the_same_question_within_a_beat_gets_the_same_bytes(brain: Brain) -> None:
    fresh = kept_of(brain)
    found = [brain.public.get(VALUES) for _ in range(5)]
    assert len({(one.body, tuple(one.headers.items())) for one in found}) == 1
    assert fresh.hits == 4


@pytest.mark.parametrize("what", ["a publication", "a second", "a new address"])
def test_nothing_is_told_after_its_beat(brain: Brain, what: str) -> None:
    fresh = kept_of(brain)
    brain.public.get(VALUES)
    if what == "a publication":
        brain.beat(0.9)
    elif what == "a second":
        brain.clock.advance(1.0)
    else:
        brain.board.counts(brain.clock.now_s(), {"shed": 1})
    brain.public.get(VALUES)
    assert fresh.hits == 0


def test_an_event_is_told_although_the_citys_time_stands_still(brain: Brain) -> None:
    """A simulated city that waits, or has come to its end, still has people who report."""
    path = "/api/v1/disruptions"
    assert brain.public.get(path).json()["total"] == 0
    told = Event(0, "works", "one lane", State.PROPOSED, 0.0, 0.0, "x", "seen", link=0)
    number = brain.events.propose(told).event
    brain.events.advance(number, State.CONFIRMED, 0.0, "x", "seen")
    assert brain.public.get(path).json()["total"] == 1
    brain.events.advance(number, State.CLOSED, 0.0, "x", "over")
    assert brain.public.get(path).json()["total"] == 0


def test_a_value_becomes_stale_in_time_although_nothing_is_published(brain: Brain) -> None:
    path = f"/api/v1/indicators/{brain.name}/all/in_transit"
    told = []
    for _ in range(13):
        told.append(brain.public.get(path).json()["quality"])
        brain.clock.advance(1.0)
    assert told == ["estimated"] * 11 + ["stale"] * 2


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("/api/v1/indicators?limit=1", "/api/v1/indicators?limit=2"),
        ("/api/v1/catalogue?limit=1", "/api/v1/indicators?limit=1"),
    ],
)
def test_other_questions_get_other_answers(brain: Brain, first: str, second: str) -> None:
    found = [brain.public.get(path).body for path in (first, second, first, second)]
    assert found[0] == found[2] != found[1] == found[3]


def test_what_is_compressed_goes_to_those_who_can_read_it(brain: Brain) -> None:
    path = "/api/v1/catalogue?limit=1000"
    small, plain, again = (
        brain.public.get(path, **given) for given in ({"accept_encoding": "gzip"}, {}, {"accept_encoding": "gzip"})
    )
    assert small.headers["content-encoding"] == again.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert len(small.body) < len(plain.body)


def test_operators_errors_and_posts_pass_by(brain: Brain) -> None:
    fresh = kept_of(brain)
    for _ in range(3):
        brain.operator.get(VALUES)
        brain.public.get("/api/v1/indicators/a/b/c")
        brain.public.get("/api/v1/health")
        brain.public.get("/api/v1/events")
        brain.public.post("/api/v1/query", {})
        brain.public.get("/api/v1/links", if_none_match="*")
    assert (fresh.hits, len(fresh._kept)) == (0, 0)


def test_kept_answers_are_bounded(brain: Brain, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = kept_of(brain)
    monkeypatch.setattr(module, "ANSWERS_MAX", 5)
    for k in range(1, 20):
        brain.public.get(f"/api/v1/catalogue?limit={k}")
    assert len(fresh._kept) == 5
    monkeypatch.setattr(module, "BYTES_MAX", 10)
    brain.beat()
    brain.public.get(VALUES)
    assert len(fresh._kept) == 0


def test_kept_answers_are_counted_by_route(brain: Brain) -> None:
    for _ in range(3):
        brain.public.get(VALUES)
    text = Client(brain.app).get("/metrics").body.decode()
    (line,) = [
        line for line in text.splitlines() if line.startswith("citybrain_http_answers_total") and '/indicators"' in line
    ]
    assert line.endswith('status="200"} 3.0')


def test_the_short_way_tells_the_same_as_the_long_one(brain: Brain, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every address, known or not, of any kind and audience: bytes, status and headers are those of the app itself."""
    entries = [entry.address for entry in brain.hub.catalogue.find()]
    paths = [f"/api/v1/indicators/{address}" for address in [*entries, "a/b/c", "a/b", "A/B/C", f"{brain.name}/all/"]]
    short = [brain.public.get(path) for path in paths]
    monkeypatch.setattr(Fresh, "_latest", lambda *_: None)
    brain.beat()
    assert short == [brain.public.get(path) for path in paths]
    assert {one.status for one in short} == {200, 404}
