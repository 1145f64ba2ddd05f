"""The arithmetic of the server's benchmark: frames found in a stream, delays, lines through memory."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from benchmarks._live_clients import FrameHeads, Heard, Listening, listen
from benchmarks._live_delay import delays_s, memory_line, percentile, ratio_of_blocks
from benchmarks._live_server import Beats, Plan, read_book, resident_mib
from benchmarks.server import DOCUMENT, FULL, PAGE, PARTS, QUICK, Found, _live, _memory, _paths, _reads, _small
from hypothesis import given
from hypothesis import strategies as st

from citybrain.errors import InputError
from citybrain.hub.hub import Hub
from citybrain.server.app import make_app
from citybrain.server.frames import FrameKind, Plane, delta_frame, key_frame, still_frame
from citybrain.server.run import serve
from citybrain.server.services import Services

PLANES = {Plane.LINK_PACE: np.arange(50, dtype=np.uint8), Plane.LINK_COUNT: np.arange(50, dtype="<u2")}
LATER = {Plane.LINK_PACE: np.arange(50, dtype=np.uint8) + 1, Plane.LINK_COUNT: np.arange(50, dtype="<u2")}
FRAMES = [
    key_frame(7, 100.5, PLANES, b'{"epoch":"0"}'),
    delta_frame(8, 101.5, LATER, PLANES),
    still_frame(8, 106.5),
    delta_frame(9, 107.5, PLANES, LATER),
]
STREAM = b"".join(len(frame).to_bytes(4, "little") + frame for frame in FRAMES)


def told(pieces: list[bytes]) -> list[tuple[int, int, float, int]]:
    heads = FrameHeads()
    found = [head for piece in pieces for head in heads.feed(piece)]
    return [(head.kind, head.sequence, head.time_s, head.size) for head in found]


WHOLE = [
    (FrameKind.KEY, 7, 100.5, 4 + len(FRAMES[0])),
    (FrameKind.DELTA, 8, 101.5, 4 + len(FRAMES[1])),
    (FrameKind.STILL, 8, 106.5, 4 + len(FRAMES[2])),
    (FrameKind.DELTA, 9, 107.5, 4 + len(FRAMES[3])),
]


@given(st.lists(st.integers(0, len(STREAM)), max_size=30))
def test_frames_are_found_however_the_stream_is_cut(cuts: list[int]) -> None:
    at = [0, *sorted(cuts), len(STREAM)]
    assert told([STREAM[a:b] for a, b in itertools.pairwise(at)]) == WHOLE


def test_a_frame_counts_with_its_last_byte() -> None:
    heads, first = FrameHeads(), WHOLE[0][3]
    assert heads.feed(STREAM[: first - 1]) == []
    assert [head.sequence for head in heads.feed(STREAM[first - 1 : first])] == [7]
    assert told([bytes([byte]) for byte in STREAM]) == WHOLE


def test_another_version_is_refused() -> None:
    frame = bytearray(STREAM)
    frame[5] += 1
    with pytest.raises(InputError, match="frame version"):
        FrameHeads().feed(bytes(frame))


def beats(time_s: list[float], begin_s: list[float], end_s: list[float]) -> Beats:
    n = len(time_s)
    return Beats(np.array(time_s), np.array(begin_s), np.array(end_s), np.ones(n), np.full(n, np.nan))


def heard(*frames: tuple[float, float]) -> Heard:
    rows = np.array(frames).reshape(-1, 2)
    return Heard(rows[:, 0], rows[:, 1], 0, 0)


def test_a_delay_counts_from_the_begin_of_the_beat() -> None:
    book = beats([1.0, 2.0, 3.0], [10.0, 11.0, 12.0], [10.2, 11.2, 12.2])
    assert delays_s(book, heard((1.0, 10.3), (2.0, 11.5), (3.0, 12.25))) == pytest.approx([0.3, 0.5, 0.25])


def test_a_frame_of_a_later_beat_shows_those_before_it() -> None:
    book = beats([1.0, 2.0, 3.0], [10.0, 11.0, 12.0], [10.2, 11.2, 12.2])
    assert delays_s(book, heard((1.0, 10.3), (3.0, 12.5))) == pytest.approx([0.3, 1.5, 0.5])


def test_a_frame_that_came_before_the_beat_had_ended_does_not_show_it() -> None:
    book = beats([1.0, 2.0], [10.0, 11.0], [10.2, 11.2])
    # Made while the second beat was at work: it tells its time, and shows the first one.
    assert delays_s(book, heard((2.0, 11.1), (2.0, 11.4))) == pytest.approx([1.1, 0.4])


def test_a_beat_that_no_frame_shows_is_never_forgotten() -> None:
    book = beats([1.0, 2.0], [10.0, 11.0], [10.2, 11.2])
    found = delays_s(book, heard((1.0, 10.3)))
    assert found[1] == np.inf
    assert percentile(found, 99) == np.inf
    assert delays_s(book, heard()).tolist() == [np.inf, np.inf]


def test_the_percentile_is_a_value_that_was_measured() -> None:
    values = np.arange(1.0, 201.0)
    assert (percentile(values, 50), percentile(values, 99), percentile(values, 100)) == (100.0, 198.0, 200.0)
    assert percentile([*values[:-1], np.inf], 99) == 198.0  # one in two hundred
    assert percentile([*values[:-3], np.inf, np.inf, np.inf], 99) == np.inf
    assert np.isnan(percentile([], 99))


def test_what_drifts_falls_on_both_blocks_of_a_pair() -> None:
    alone = [10.0, 20.0, 40.0]
    assert ratio_of_blocks([11.0, 22.0, 44.0], alone) == pytest.approx(1.1)
    assert ratio_of_blocks([11.0, 22.0, 400.0], alone) == pytest.approx(1.1)  # one block that was disturbed
    with pytest.raises(ValueError, match="zip"):
        ratio_of_blocks([1.0], alone)


@given(st.floats(-100.0, 100.0), st.floats(50.0, 5000.0), st.integers(0, 400))
def test_the_line_through_memory_finds_its_slope(growth_mib: float, held_mib: float, skip: int) -> None:
    beat = np.arange(2000.0)
    memory = np.where(beat % 20 == 0, held_mib + growth_mib * beat / 1e5, np.nan)
    memory[:skip] += 1e6  # whatever is held while it fills does not count
    line = memory_line(memory, skip)
    assert line.growth_mib == pytest.approx(growth_mib, abs=1e-5)
    first = -(-skip // 20) * 20
    assert line.mib == pytest.approx(held_mib + growth_mib * first / 1e5, rel=1e-6)
    assert line.beats == 1980 - first


def test_too_few_looks_give_no_line() -> None:
    assert np.isnan(memory_line(np.array([np.nan, 5.0, np.nan]), 0).growth_mib)
    assert not _memory(memory_line(np.ones(1), 0)).at_least


def test_memory_is_judged_over_the_beats_that_were_promised() -> None:
    rising = np.linspace(100.0, 110.0, 100_001)
    assert not _memory(memory_line(rising, 0)).passed
    assert _memory(memory_line(np.full(100_001, 100.0), 0)).passed
    assert _memory(memory_line(rising[:50_000], 0)).target is None


def test_beats_belong_to_the_block_that_holds_them_whole() -> None:
    book = beats([1.0, 2.0, 3.0], [10.0, 11.0, 12.0], [10.2, 11.2, 12.2])
    assert book.within(10.1, 12.2).time_s.tolist() == [2.0, 3.0]
    assert book.within(10.0, 12.1).time_s.tolist() == [1.0, 2.0]


def test_a_book_is_read_as_it_was_written(tmp_path: Path) -> None:
    book = beats([1.0], [10.0], [10.2])
    np.savez(tmp_path / "book.npz", **vars(book))
    again = read_book(tmp_path / "book.npz")
    assert all(np.array_equal(vars(again)[name], vars(book)[name], equal_nan=True) for name in vars(book))


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
def test_memory_that_is_taken_is_seen() -> None:
    before_mib = resident_mib()
    taken = np.ones(64 << 17)  # 64 MiB, every page written
    assert 60.0 < resident_mib() - before_mib < 80.0
    assert taken.nbytes >> 20 == 64


def test_questions_differ_and_stay_on_the_pages() -> None:
    addresses = [f"city/a{k}/in_transit" for k in range(130)]
    paths = _paths(addresses)
    assert len({paths["pages"](k) for k in range(1000)}) == 1000
    assert {int(paths["pages"](k).split("offset=")[1].split("&")[0]) for k in range(100)} == set(range(130 - PAGE + 1))
    assert len({paths["the same page"](k) for k in range(10)}) == 1
    assert {paths["single addresses"](k).split("?")[0].split("indicators/")[1] for k in range(200)} == set(addresses)


def found(late_s: float) -> Found:
    """A city whose readers see each beat `late_s` after its begin."""
    at_s = np.arange(0.0, 40.0)
    book = Beats(at_s, at_s, at_s + 0.1, np.where(at_s < 20.0, 10.0, 10.5), np.full(40, np.nan))
    reader = heard(*zip(at_s.tolist(), (at_s + late_s).tolist(), strict=True))
    rates = {"pages": (60.0, 1.0), "the same page": (600.0, 1.0), "single addresses": (4999.0, 1.0)}
    return Found(book, [(0.0, 20.0)], [Listening([reader, reader], 20.0, 40.0)], rates, PAGE, (0.0, 40.0))


def test_the_large_city_is_judged_and_the_small_one_shown() -> None:
    assert [figure.passed for figure in _live(found(0.2), FULL, quick=False)] == [True] * 4
    assert [figure.passed for figure in _live(found(1.2), FULL, quick=False)] == [True, False, True, True]
    assert [figure.target for figure in _live(found(1.2), QUICK, quick=True)] == [None, None, 0, None]
    assert _live(found(0.2), FULL, quick=False)[3].ours == pytest.approx(1.05)
    assert [figure.passed for figure in _reads(found(0.2))] == [True, True, False]


@contextmanager
def served() -> Iterator[int]:
    handle = serve(make_app(Services(Hub(), lambda: 0.0)), port=0)
    yield handle.port
    handle.stop()


def test_a_stream_that_is_refused_is_an_error() -> None:
    with served() as port, pytest.raises(ConnectionError, match="404"):  # no city
        asyncio.run(listen(port, 2, 0.01))


def test_both_parts_have_their_place_in_the_document() -> None:
    page = DOCUMENT.read_text(encoding="utf-8")
    for part in PARTS:
        assert page.index(f"<!-- begin measured: {part} -->") < page.index(f"<!-- end measured: {part} -->")
    assert _small(QUICK)
    assert not _small(FULL)


def test_plans_travel_as_text() -> None:
    for size in (FULL, QUICK):
        assert Plan(**json.loads(size.live.text())) == size.live
        assert size.long.lasts_s > size.long.before_s
    assert FULL.live.signals == 1300
    assert FULL.clients == 200
