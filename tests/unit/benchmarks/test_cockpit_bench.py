"""The cockpit's benchmark: its crowd drives as it should, and its arithmetic is right."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from benchmarks import cockpit
from benchmarks._browser import processor_s
from benchmarks._cockpit_day import DAY, VIEWS, Held, growth
from benchmarks._cockpit_frames import Moved
from benchmarks._cockpit_paint import bundle_bytes, middle
from benchmarks._crowd import CYCLE_S, GREEN, Crowd
from benchmarks._served import served

from citybrain.city.generate import generate_city
from citybrain.city.model import City
from citybrain.errors import InputError
from citybrain.hub.board import CityBoard
from citybrain.hub.hub import Hub
from citybrain.server.picture import Picture


@pytest.fixture(scope="module")
def city() -> City:
    return generate_city(6, 2)[0]


def test_a_crowd_stays_on_its_lanes_and_goes_where_they_lead(city: City) -> None:
    crowd = Crowd(city, 400, 5)
    onward = set(zip(city.movements.from_lane.tolist(), city.movements.to_lane.tolist(), strict=True))
    length_m = city.lanes.length_m
    for _ in range(60):
        before = crowd.moving()
        crowd.step()
        now = crowd.moving()
        assert now.time_s == before.time_s + 1.0
        assert (now.position_m >= 0.0).all()
        assert (now.position_m <= length_m[now.lane] + 1e-3).all()
        turned = before.lane != now.lane
        assert {*zip(before.lane[turned].tolist(), now.lane[turned].tolist(), strict=True)} <= onward
        on = ~turned & (now.position_m > before.position_m)
        assert np.allclose(now.position_m[on] - before.position_m[on], now.speed_mps[on], atol=1e-2)
    assert set(np.unique(now.vehicle_class)) == {1, 2, 4}


def test_the_same_seed_gives_the_same_crowd(city: City) -> None:
    one, same, other = Crowd(city, 50, 1), Crowd(city, 50, 1), Crowd(city, 50, 2)
    for crowd in (one, same, other):
        crowd.step()
    assert np.array_equal(one.moving().position_m, same.moving().position_m)
    assert not np.array_equal(one.moving().position_m, other.moving().position_m)


def test_the_live_picture_shows_what_the_crowd_publishes(city: City) -> None:
    crowd, board = Crowd(city, 200, 3), CityBoard(Hub(), city)
    picture = Picture(board.hub, city)
    crowd.publish(board, 1.0)
    first = picture.planes(crowd.time_s)
    crowd.step()
    crowd.publish(board, 0.3)
    second = picture.planes(crowd.time_s)
    changed = {int(plane): float((second[plane] != first[plane]).mean()) for plane in first if first[plane].size}
    paces, counts, flows, queues, colours = (changed[plane] for plane in (0, 1, 2, 4, 5))
    assert 0.1 < paces < 0.4
    assert flows > 0.1
    assert counts > 0.0
    assert queues > 0.0
    assert 0.0 <= colours < 0.2
    assert second[list(first)[1]].sum() == 200 * 4  # vehicles, in quarters


def test_lights_are_green_for_half_of_their_cycle(city: City) -> None:
    crowd, board = Crowd(city, 10, 3), CityBoard(Hub(), city)
    seen = []
    for _ in range(int(CYCLE_S)):
        crowd.step()
        crowd.publish(board, 0.0)
        seen.append(board.hub.table(f"{board.name}/groups/colour", crowd.time_s).values == GREEN)
    assert np.mean(seen) == pytest.approx(0.5, abs=0.02)


def test_frames_are_counted_by_the_second_and_priced_by_the_frame() -> None:
    moved = Moved(4.0, 100, 300, 2.0, 1.5, 0.5, (16.0, 17.0))
    assert moved.per_s == 25.0
    assert moved.each_ms(moved.page_s) == 20.0
    assert np.isnan(Moved(1.0, 0, 0, 1.0, 1.0, 1.0, ()).each_ms(1.0))
    figures = cockpit._of_moved("there", moved, False)
    assert [figure.passed for figure in figures] == [False, True]
    assert [figure.target for figure in cockpit._of_moved("there", moved, True)] == [None, None]
    assert "3.0 calls each" in cockpit._told("there", moved)
    assert "nan" in cockpit._told("there", Moved(1.0, 0, 0, 0.0, 0.0, 0.0, ()))


def held(updates: int, heap_mib: float) -> Held:
    return Held(updates, heap_mib, 500.0, 80.0)


def test_growth_is_told_for_a_day_of_updates_and_leaves_the_first_look_out() -> None:
    rows = [held(0, 9.0), *(held(1000 * k, 20.0 + 0.5 * k) for k in range(1, 9))]
    line = growth(rows, "heap_mib")
    assert line.begin == pytest.approx(20.5)
    assert line.per_day == pytest.approx(0.5 * DAY / 1000)
    assert line.share == pytest.approx(line.per_day / 20.5)
    assert growth(rows, "nodes").per_day == pytest.approx(0.0, abs=1e-6)
    assert np.isnan(growth(rows[:2], "heap_mib").per_day)


def test_a_leak_does_not_pass() -> None:
    leak = [held(DAY // 10 * k, 20.0 + k) for k in range(11)]
    flat = [held(DAY // 10 * k, 20.0 + k % 2 * 0.1) for k in range(11)]
    target = cockpit.GROWTH_SHARE
    assert growth(leak, "heap_mib").share > target > growth(flat, "heap_mib").share
    assert not cockpit._counted(
        [Held(k, 1.0, 100.0 + k / DAY * 50, 8.0) for k in range(0, DAY, 7000)], "nodes", target
    ).passed


def test_every_view_that_needs_no_account_is_gone_through() -> None:
    route = (cockpit.ROOT / "web/src/route.svelte.ts").read_text(encoding="utf-8")
    named = route.split("const VIEWS")[1].split("[")[2].split("]")[0] if "[" in route else ""
    views = {word.strip(' "') for word in named.split(",")}
    assert views - {"admin"} == set(VIEWS)


def test_the_bundle_is_packed_file_by_file(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    texts = {"a.js": b"x" * 5000, "deep/b.css": os.urandom(300), "licenses.md": b"long" * 900}
    for name, text in texts.items():
        (tmp_path / name).write_bytes(text)
    packed = [len(gzip.compress(texts[name], 9, mtime=0)) for name in ("a.js", "deep/b.css")]
    assert bundle_bytes(tmp_path) == sum(packed)
    assert bundle_bytes() < cockpit.BUNDLE_MB * 1e6  # as the issue promises, without a browser


def test_the_middle_of_loads() -> None:
    assert middle([3.0, 1.0, 2.0]) == 2.0
    assert middle([4.0, 1.0, 3.0, 2.0]) == 3.0


def test_only_browsers_below_a_process_count() -> None:
    burn = "import sys, time\nwhile time.process_time() < 0.2: pass\nprint(); sys.stdin.read()"
    with subprocess.Popen(
        ["chromium-of-a-test", "-c", burn, "--type=gpu-process"],
        executable=sys.executable,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        found = processor_s(os.getpid())
        elsewhere = processor_s(process.pid + 10_000_000)
        process.communicate(b"")
    assert found["gpu-process"] >= 0.1
    assert elsewhere == {}


def test_a_server_that_says_nothing_is_told() -> None:
    with pytest.raises(RuntimeError, match="has ended before"), served("benchmarks._places"):
        pass


def test_without_chromium_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks._browser import chromium_path

    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match="apt install chromium"):
        chromium_path()
