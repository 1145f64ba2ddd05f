"""The film: every frame gives back the picture of its moment, gaps stay gaps, and the loop never waits for it."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from _brain import NOW_S, Brain, make_brain
from test_frames import sections
from test_live import cut

from citybrain.city.generate.city import generate_city
from citybrain.server.film import WAITING_MAX, Film, Moment, Span, joined, vitals_of
from citybrain.server.film_store import DiskStore, Kept, MemoryStore
from citybrain.server.frames import HEAD, Array, FrameKind, Plane
from citybrain.server.picture import Picture
from citybrain.server.reel import Reel


@pytest.fixture
def brain(tmp_path: Path) -> Brain:
    found = make_brain(tmp_path)
    found.clock.at_s = NOW_S + 3600.0
    found.film = None  # each test has its own
    return found


def film_of(brain: Brain, step_s: float = 1.0) -> Film:
    return Film(brain.hub, brain.city, MemoryStore(1e9, 1 << 28), step_s, in_background=False)


def go_on(brain: Brain, film: Film, seconds: int) -> dict[float, dict[Plane, Array]]:
    """Beats that differ, and what the picture was at each."""
    picture, truth = Picture(brain.hub, brain.city), {}
    for _ in range(seconds):
        brain.clock.advance(1.0)
        now_s = brain.clock.now_s()
        brain.beat(0.2 + 0.7 * (now_s % 7) / 7)
        film.take(now_s)
        picture.look()
        truth[now_s] = picture.planes(now_s)
    return truth


def plain(film: Film, from_s: float = 0.0, to_s: float = 1e12) -> list[bytes]:
    parts = [one if isinstance(one, bytes) else one.read().plain() for one in film.frames(from_s, to_s)]  # type: ignore[union-attr]
    return cut(b"".join(parts))


def seen(frames: list[bytes]) -> dict[float, dict[int, Array]]:
    """What a reader knows after each frame: a reader of its own, as the page is one."""
    found: dict[float, dict[int, Array]] = {}
    planes: dict[int, Array] = {}
    for frame in frames:
        kind, *_, time_s = HEAD.unpack(frame[: HEAD.size])
        planes = {} if kind == FrameKind.KEY else {plane: values.copy() for plane, values in planes.items()}
        for plane, rows, values in sections(frame):
            if rows is None:
                planes[plane] = values.copy()
            else:
                planes[plane][rows] = values
        found[time_s] = planes
    return found


def test_every_moment_comes_back_as_it_was(brain: Brain) -> None:
    film = film_of(brain)
    truth = go_on(brain, film, 150)
    again = seen(plain(film))
    assert list(again) == list(truth)
    for time_s, planes in truth.items():
        for plane, values in planes.items():
            assert again[time_s][plane].tobytes() == values.tobytes(), (time_s, plane)


def test_a_reel_holds_a_minute_and_begins_with_everything(brain: Brain) -> None:
    film = film_of(brain)
    go_on(brain, film, 150)
    kept = film.store.reels()
    assert [k.head.first_s % 60 for k in kept][1:] == [0.0] * (len(kept) - 1)
    for one in kept:
        frames = cut(one.read().plain())  # type: ignore[union-attr]
        assert [frame[0] for frame in frames] == [FrameKind.KEY] + [FrameKind.DELTA] * (len(frames) - 1)
        assert len(frames) == one.head.frames


def test_a_stretch_is_answered_by_the_reels_that_meet_it_the_open_one_too(brain: Brain) -> None:
    film = film_of(brain)
    times = list(go_on(brain, film, 150))
    minute = times[70] // 60 * 60
    inside = list(seen(plain(film, minute, minute + 59)))
    assert (inside[0], inside[-1]) == (minute, minute + 59)
    assert list(seen(plain(film, times[-1], times[-1])))[-1] == times[-1]
    assert plain(film, 0.0, times[0] - 1.0) == []


def test_a_silence_is_a_gap_and_a_short_one_is_not(brain: Brain) -> None:
    film = film_of(brain)
    first = list(go_on(brain, film, 20))
    brain.clock.advance(3.0)
    second = list(go_on(brain, film, 20))
    brain.clock.advance(300.0)
    third = list(go_on(brain, film, 20))
    assert film.spans(0.0, 1e12) == [Span(first[0], second[-1]), Span(third[0], third[-1])]
    assert film.spans(third[0], 1e12) == [Span(third[0], third[-1])]


def test_a_gap_within_a_minute_is_one_too(brain: Brain) -> None:
    film = film_of(brain)
    brain.clock.at_s = brain.clock.at_s // 60 * 60
    first = list(go_on(brain, film, 10))
    brain.clock.advance(20.0)
    second = list(go_on(brain, film, 10))
    assert first[0] // 60 == second[-1] // 60
    assert film.spans(0.0, 1e12) == [Span(first[0], first[-1]), Span(second[0], second[-1])]


def test_steps_are_kept_apart(brain: Brain) -> None:
    film = film_of(brain, step_s=5.0)
    times = list(go_on(brain, film, 60))
    assert np.diff(list(seen(plain(film)))).tolist() == [5.0] * 11
    assert film.gap_s == 15.0
    assert len(film.spans(0.0, times[-1])) == 1


def test_a_run_that_went_on_from_earlier_is_kept_behind_what_it_replaces(brain: Brain) -> None:
    film = film_of(brain)
    go_on(brain, film, 30)
    brain.clock.at_s -= 10.0
    again = list(go_on(brain, film, 30))
    frames = [HEAD.unpack(frame[: HEAD.size]) for frame in plain(film)]
    back = next(k for k in range(1, len(frames)) if frames[k][4] <= frames[k - 1][4])
    assert frames[back][0] == FrameKind.KEY
    assert [head[4] for head in frames[back:]][-1] == again[-1]


def test_a_damaged_reel_is_a_gap_once_it_is_known(brain: Brain) -> None:
    film = film_of(brain)
    times = list(go_on(brain, film, 240))
    kept = film.reels(0.0, 1e12)[1]
    film.spoilt(kept)
    assert film.damaged == 1
    spans = film.spans(0.0, 1e12)
    assert len(spans) == 2
    assert (spans[0].from_s, spans[1].to_s) == (times[0], times[-1])
    assert spans[1].from_s - spans[0].to_s == 61.0


def test_the_film_of_another_city_is_not_shown(brain: Brain, tmp_path: Path) -> None:
    film = film_of(brain)
    go_on(brain, film, 130)
    other = Film(brain.hub, generate_city(6)[0], film.store, in_background=False)
    assert film.spans(0.0, 1e12)
    assert other.spans(0.0, 1e12) == []


def test_other_rows_begin_another_reel(brain: Brain) -> None:
    film = film_of(brain)
    go_on(brain, film, 5)
    planes = {Plane.VITAL_VALUE: np.zeros(3, "<f4")}
    film._keep(Moment(brain.clock.now_s() + 1.0, planes, {"vitals": [{"name": str(k)} for k in range(3)]}))
    assert [frame[0] for frame in plain(film)] == [0, 1, 1, 1, 1, 0]


def test_vital_signs_stand_beside_each_reel(brain: Brain) -> None:
    film = film_of(brain)
    go_on(brain, film, 130)
    kept = film.reels(0.0, 1e12)[0]
    assert vitals_of(kept)["in_transit"] == 1834.0
    assert vitals_of(Kept(kept.head, b"\xff", kept.read)) == {}


def test_a_disk_that_refuses_is_told_and_the_film_goes_on(brain: Brain) -> None:
    class Full(MemoryStore):
        refuses = True

        def add(self, reel: Reel) -> None:
            if self.refuses:
                raise OSError(28, "No space left on device")
            super().add(reel)

    store = Full(1e9, 1 << 28)
    film = Film(brain.hub, brain.city, store, in_background=False)
    go_on(brain, film, 70)
    assert "No space left on device" in film.trouble
    store.refuses = False
    go_on(brain, film, 130)
    assert film.trouble == ""
    assert store.reels()


def test_a_thread_that_is_too_slow_costs_pictures_and_never_the_loop(brain: Brain) -> None:
    film = Film(brain.hub, brain.city, MemoryStore(1e9, 1 << 28))
    film._lock.acquire()  # its thread hangs
    go_on(brain, film, WAITING_MAX + 10)
    film._lock.release()
    assert 8 <= film.missed <= 10
    film.close()
    assert sum(kept.head.frames for kept in film.store.reels()) == WAITING_MAX + 10 - film.missed


def test_closing_keeps_what_is_there(brain: Brain, tmp_path: Path) -> None:
    film = Film(brain.hub, brain.city, DiskStore(tmp_path / "film", 1e9, 1 << 28), on_disk=True)
    truth = go_on(brain, film, 10)
    film.close()
    again = Film(brain.hub, brain.city, DiskStore(tmp_path / "film", 1e9, 1 << 28), on_disk=True)
    assert list(seen(plain(again))) == list(truth)


def test_nothing_is_taken_before_anything_is_published() -> None:
    from citybrain.hub.hub import Hub

    film = Film(Hub("0"), generate_city(4)[0], MemoryStore(1e9, 1 << 20), in_background=False)
    film.take(1.0)
    assert film.frames(0.0, 1e12) == []


def test_spans_are_joined_whatever_their_order() -> None:
    assert joined([Span(10, 20), Span(0, 5), Span(24, 30), Span(12, 14)], 5.0) == [Span(0, 30)]
    assert joined([Span(10, 20), Span(0, 4)], 5.0) == [Span(0, 4), Span(10, 20)]
    assert joined([], 5.0) == []
    assert struct.calcsize("<BBHId") == HEAD.size
