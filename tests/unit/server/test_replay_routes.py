"""The past over HTTP: what is kept is told, gaps included, and comes back as it was; too much at once is refused."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from _brain import NOW_S, Brain, make_brain
from test_live import cut

from _asgi import Client
from citybrain.server.app import make_app
from citybrain.server.edge import iso
from citybrain.server.film_store import Kept
from citybrain.server.frames import HEAD, FrameKind
from citybrain.server.replay import ReplayAnswer
from citybrain.server.services import Services

BEGIN_S = NOW_S + 3600.0
GAP_S = 300.0


@pytest.fixture
def brain(tmp_path: Path) -> Brain:
    """Two minutes, a gap, and two minutes and a half."""
    found = make_brain(tmp_path)
    assert found.film is not None
    found.clock.at_s = BEGIN_S
    for k in range(270):
        found.clock.advance(GAP_S if k == 120 else 1.0)
        found.beat(0.2 + 0.1 * (k % 5))
    return found


def ask(brain: Brain, from_s: float, to_s: float, **headers: str) -> bytes:
    answer = brain.public.get(f"/api/v1/replay/frames?from={from_s}&to={to_s}", **headers)
    assert answer.status == 200, answer.body
    assert answer.headers["cache-control"] == "no-store"
    return gzip.decompress(answer.body) if answer.headers["content-encoding"] == "gzip" else answer.body


def times(body: bytes) -> list[float]:
    return [HEAD.unpack(frame[: HEAD.size])[4] for frame in cut(body)]


def test_what_is_kept_is_told_with_its_gap(brain: Brain) -> None:
    told = brain.public.get(f"/api/v1/replay?from={BEGIN_S}").json()
    ReplayAnswer.model_validate(told)
    end_s = brain.clock.now_s()
    assert told["spans"] == [
        {"from": iso(BEGIN_S + 1), "to": iso(BEGIN_S + 120)},
        {"from": iso(BEGIN_S + 120 + GAP_S), "to": iso(end_s)},
    ]
    assert (told["step_s"], told["on_disk"], told["damaged"]) == (1.0, False, 0)
    assert told["vitals"]["in_transit"] == [1834.0] * len(told["vital_time"])
    assert told["vital_time"] == sorted(told["vital_time"])


def test_so_many_points_as_are_asked_for(brain: Brain) -> None:
    every = brain.public.get(f"/api/v1/replay?from={BEGIN_S}").json()["vital_time"]
    few = brain.public.get(f"/api/v1/replay?from={BEGIN_S}&points=2").json()["vital_time"]
    assert 1 <= len(few) <= 2 < len(every)
    assert set(few) < set(every)


def test_one_reel_goes_out_as_it_lies_and_unpacked_to_who_cannot_unpack(brain: Brain) -> None:
    minute = (BEGIN_S + 70) // 60 * 60
    packed = ask(brain, minute, minute + 30, accept_encoding="gzip")
    assert packed == ask(brain, minute, minute + 30)
    assert times(packed) == [minute + k for k in range(60)]
    assert cut(packed)[0][0] == FrameKind.KEY


def test_a_stretch_over_the_gap_has_no_frame_in_it(brain: Brain) -> None:
    found = times(ask(brain, BEGIN_S, BEGIN_S + 600))
    inside = [t for t in found if BEGIN_S + 120 < t < BEGIN_S + 120 + GAP_S]
    assert inside == []
    assert found[0] == BEGIN_S + 1
    assert len(found) == 270
    assert ask(brain, BEGIN_S + 200, BEGIN_S + 300) == b""


def test_the_newest_second_is_there_at_once(brain: Brain) -> None:
    now_s = brain.clock.now_s()
    assert times(ask(brain, now_s, now_s))[-1] == now_s


def test_a_reel_that_cannot_be_read_is_a_gap_from_then_on(brain: Brain) -> None:
    film = brain.film
    assert film is not None
    reels = film.store.reels()
    spoilt = {reels[1].head.first_s}
    film.store.reels = lambda: [  # type: ignore[method-assign]
        Kept(kept.head, kept.text, (lambda: None) if kept.head.first_s in spoilt else kept.read) for kept in reels
    ]
    at_s = reels[1].head.first_s
    assert ask(brain, at_s, at_s + 1, accept_encoding="gzip") == b""
    told = brain.public.get(f"/api/v1/replay?from={NOW_S}").json()
    assert told["damaged"] == 1
    assert not any(span["from"] <= iso(at_s + 1) <= span["to"] for span in told["spans"])


def test_too_much_at_once_and_nonsense_are_refused(brain: Brain) -> None:
    for query, status in (
        (f"from={BEGIN_S}&to={BEGIN_S + 601}", 413),
        (f"from={BEGIN_S}&to={BEGIN_S - 1}", 400),
        ("from=yesterday", 400),
        ("from=1e999", 400),
    ):
        assert brain.public.get(f"/api/v1/replay/frames?{query}").status == status, query
    assert brain.public.get("/api/v1/replay?points=0").status == 400


def test_a_brain_without_a_film_says_so(brain: Brain) -> None:
    client = Client(make_app(Services(brain.hub, brain.clock.now_s, brain.city)))
    for path in ("", "/frames"):
        answer = client.get(f"/api/v1/replay{path}")
        assert answer.status == 404
        assert "keeps no film" in answer.json()["error"]["message"]


def test_a_film_in_trouble_is_told_by_health(brain: Brain) -> None:
    assert brain.film is not None
    brain.film.trouble = "a minute could not be kept"
    assert brain.public.get("/api/v1/health").json()["troubles"] == ["replay: a minute could not be kept"]
