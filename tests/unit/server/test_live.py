"""The live picture: a key frame and then deltas; nothing is lost over a break, and who is too slow starts again."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from _brain import Brain, make_brain
from test_frames import sections

from citybrain.records.truth import Moving
from citybrain.server.drawing import ALIGN
from citybrain.server.frames import HEAD, FrameKind, Plane
from citybrain.server.live import FRAMES_KEPT, Live
from citybrain.worlds.screen import Screen


@pytest.fixture
def brain(tmp_path: Path) -> Brain:
    return make_brain(tmp_path)


def live_of(brain: Brain) -> Live:
    found: Live = brain.app.state.live  # type: ignore[attr-defined]
    assert found.ground
    return found


def cut(data: bytes) -> list[bytes]:
    """Frames of a piece of the stream."""
    frames = []
    while data:
        size = int.from_bytes(data[:4], "little")
        frames.append(data[4 : 4 + size])
        data = data[4 + size :]
    return frames


def read(brain: Brain, n: int, between: Callable[[int], None], since: str = "", query: str = "") -> list[bytes]:
    """The first frames of a stream."""
    client, found, left = brain.public, [], asyncio.Event()
    asked = False

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if not asked:
            asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message.get("body"):
            found.extend(cut(message["body"]))
            between(len(found))
        if len(found) >= n or message.get("status", 200) >= 400:
            left.set()

    path = f"/api/v1/live?since={since}{query}"
    asyncio.run(asyncio.wait_for(client.app(client._scope("GET", path, {}), receive, send), 20))
    return found


def head(frame: bytes) -> tuple[int, int]:
    """Kind and sequence."""
    kind, _, _, sequence, _ = HEAD.unpack(frame[: HEAD.size])
    return kind, sequence


def follow(planes: dict[int, Any], frames: list[bytes]) -> dict[int, Any]:
    """What a reader knows after some frames."""
    for frame in frames:
        for plane, rows, values in sections(frame):
            if rows is None:
                planes[plane] = values.copy()
            else:
                planes[plane][rows] = values
    return planes


def beats(brain: Brain) -> Callable[[int], None]:
    def between(k: int) -> None:
        brain.clock.advance(1.0)
        brain.beat(0.3 + 0.05 * (k % 10))

    return between


def test_first_everything_then_what_is_new(brain: Brain) -> None:
    frames = read(brain, 4, beats(brain))
    kinds, sequences = zip(*(head(frame) for frame in frames), strict=True)
    assert kinds[:4] == (FrameKind.KEY, FrameKind.DELTA, FrameKind.DELTA, FrameKind.DELTA)
    assert list(sequences[:4]) == [sequences[0] + k for k in range(4)]
    assert len(frames[1]) < len(frames[0]) / 2
    text = json.loads(bytes(follow({}, frames[:1])[Plane.TEXT]))
    assert text["epoch"] == "life"
    assert [v["name"] for v in text["vitals"]][:2] == ["in_transit", "observed_share"]


def test_deltas_lead_to_what_a_new_reader_is_told(brain: Brain) -> None:
    frames = read(brain, 5, beats(brain))
    live_of(brain).make()
    known = follow(follow({}, frames), live_of(brain).since(head(frames[-1])[1]))
    fresh = follow({}, read(brain, 1, lambda _: None))
    for plane, values in fresh.items():
        np.testing.assert_array_equal(known[plane], values)


def test_values_are_those_of_the_hub(brain: Brain) -> None:
    planes = follow({}, read(brain, 1, lambda _: None))
    pace = planes[Plane.LINK_PACE]
    assert pace[0] == 100  # half of the limit, in steps of a 200th
    assert pace[1] == 255  # of which nothing is known
    assert planes[Plane.LINK_COUNT][0] == 8
    assert planes[Plane.SENSOR_HEALTH][:3].tolist() == [2, 2, 0]
    assert planes[Plane.VITAL_VALUE][0] == 1834.0
    assert (planes[Plane.VITAL_LOW][0], planes[Plane.VITAL_HIGH][0]) == (1790.0, 1878.0)


def test_secrets_are_not_among_the_vital_signs(brain: Brain) -> None:
    text = bytes(follow({}, read(brain, 1, lambda _: None))[Plane.TEXT])
    assert b"internal" not in text
    assert b"restricted" not in text


def test_who_was_cut_off_loses_nothing(brain: Brain) -> None:
    live = live_of(brain)
    first = read(brain, 1, lambda _: None)
    known = follow({}, first)
    for k in range(20):  # while it is away
        beats(brain)(k)
        live.make()
    frames = read(brain, 20, lambda _: None, since=f"life-{head(first[0])[1]}")
    assert [head(frame)[0] for frame in frames] == [FrameKind.DELTA] * 20
    fresh = follow({}, [live.key()])
    for plane, values in follow(known, frames).items():
        np.testing.assert_array_equal(values, fresh[plane])


@pytest.mark.parametrize("since", ["other-3", "life-999999999", "life-x", "nonsense", "life--1"])
def test_who_comes_from_elsewhere_starts_again(brain: Brain, since: str) -> None:
    assert head(read(brain, 1, lambda _: None, since=since)[0])[0] == FrameKind.KEY


def test_who_is_too_slow_starts_again_and_nothing_piles_up(brain: Brain) -> None:
    live = live_of(brain)
    live.make()
    seen = live.sequence
    for k in range(3 * FRAMES_KEPT):
        beats(brain)(k)
        live.make()
    assert len(live._frames) == FRAMES_KEPT
    assert [head(frame)[0] for frame in live.since(seen)] == [FrameKind.KEY]
    assert len(live.since(live.sequence - FRAMES_KEPT)) == FRAMES_KEPT


def test_readers_share_one_encoding(brain: Brain) -> None:
    live = live_of(brain)
    for k in range(3):
        beats(brain)(k)
        live.make()
    assert live.key() is live.key()
    one, other = live.since(live.sequence - 1), live.since(live.sequence - 1)
    assert one[0] is other[0]


def test_a_feed_that_stands_still_makes_no_frame(brain: Brain) -> None:
    live = live_of(brain)
    assert live.make()
    assert not live.make()
    brain.clock.advance(60.0)
    assert not live.make()


class Street:
    """A display of one vehicle in the middle of a lane."""

    def __init__(self, brain: Brain) -> None:
        self.brain, self.taken = brain, 0

    def moving(self) -> Moving:
        self.taken += 1
        half_m = float(self.brain.city.lanes.length_m[0]) / 2.0
        whole = (np.array([value], kind) for value, kind in ((7, "i4"), (0, "i4"), (-1, "i4"), (half_m, "f4")))
        return Moving(self.brain.clock.now_s(), *whole, np.array([10.0], np.float32), np.array([1], np.uint16))


def test_vehicles_are_shown_to_those_who_ask_and_taken_only_then(brain: Brain) -> None:
    live, street = live_of(brain), Street(brain)
    live.screen = Screen()
    live.screen.turn_on(street)
    live.screen.take()
    assert street.taken == 0

    def between(k: int) -> None:
        beats(brain)(k)
        live.screen.take()  # type: ignore[union-attr]

    assert FrameKind.VEHICLES not in [head(frame)[0] for frame in read(brain, 3, between)]
    frames = read(brain, 4, between, query="&vehicles=true")
    planes = follow({}, [next(frame for frame in frames if head(frame)[0] == FrameKind.VEHICLES)])
    assert planes[Plane.VEHICLE_ID].tolist() == [7]
    assert live.screen.wanted == 0


def test_no_city_no_picture() -> None:
    from _asgi import Client
    from citybrain.hub.hub import Hub
    from citybrain.server.app import make_app
    from citybrain.server.services import Services

    client = Client(make_app(Services(Hub(), lambda: 0.0)))
    assert client.get("/api/v1/live").status == 404
    assert client.get("/api/v1/geometry").status == 404


def drawn(body: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Head and arrays of a drawing, read by the words of its docstring."""
    assert body[:4] == b"CBG1"
    size = int.from_bytes(body[4:8], "little")
    told, at, found = json.loads(body[8 : 8 + size]), 8 + size, {}
    for name, kind, n in told["arrays"]:
        assert at % ALIGN == 0
        found[name] = np.frombuffer(body, f"<{kind}", n, at)
        at += found[name].nbytes + (-found[name].nbytes % ALIGN)
    assert at == len(body)
    return told, found


def test_the_drawing_is_the_city(brain: Brain) -> None:
    told, found = drawn(brain.public.get("/api/v1/geometry").body)
    city = brain.city
    assert told["link_id"] == list(city.links.link_id)
    x_m = city.links.geometry_x_m - told["centre_m"][0]
    np.testing.assert_allclose(found["link_x"], x_m, atol=0.01)
    assert abs(float(found["link_x"].min() + found["link_x"].max())) < 0.2
    np.testing.assert_array_equal(found["move_group"], city.movements.group)
    np.testing.assert_array_equal(found["phase_colours"], city.phases.colours)


def test_the_drawing_may_be_kept_and_comes_packed(brain: Brain) -> None:
    plain = brain.public.get("/api/v1/geometry")
    packed = brain.public.get("/api/v1/geometry", accept_encoding="gzip")
    assert gzip.decompress(packed.body) == plain.body
    again = brain.public.get("/api/v1/geometry", if_none_match=plain.headers["etag"])
    assert (again.status, again.body) == (304, b"")
