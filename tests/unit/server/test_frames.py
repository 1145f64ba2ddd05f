"""Frames: what the page's tests read is what is written now; deltas hold all that is new and no more."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from _frames import FILE, KEY, NEXT, text
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from citybrain.server.frames import (
    HEAD,
    SECTION,
    UNKNOWN_8,
    UNKNOWN_16,
    Array,
    FrameKind,
    Plane,
    change_second,
    delta_frame,
    in_byte,
    in_two_bytes,
    key_frame,
)

TYPES = {1: "u1", 2: "<u2", 3: "<u4", 4: "<f4"}


def sections(frame: bytes) -> list[tuple[int, Array | None, Array]]:
    """Plane, rows and values of every section: a reader of its own, from the docstring's words."""
    _, version, n, _, _ = HEAD.unpack(frame[: HEAD.size])
    assert version == 1
    found, at = [], HEAD.size
    for _ in range(n):
        plane, sparse, kind, count = SECTION.unpack(frame[at : at + SECTION.size])
        at += SECTION.size
        rows = np.frombuffer(frame, "<u4", count, at) if sparse else None
        at += 4 * count if sparse else 0
        values = np.frombuffer(frame, TYPES[kind], count, at)
        at += values.nbytes + (-values.nbytes % 4)
        found.append((plane, rows, values))
    assert at == len(frame)
    return found


def test_the_page_is_tested_against_what_is_written_now() -> None:
    assert FILE.read_text() == text(), "run: python tests/unit/server/_frames.py"


def test_a_key_frame_holds_everything() -> None:
    frame = key_frame(5, 2.5, KEY, b"{}")
    assert HEAD.unpack(frame[: HEAD.size]) == (FrameKind.KEY, 1, 1 + len(KEY), 5, 2.5)
    found = {plane: values for plane, _, values in sections(frame)}
    assert bytes(found.pop(Plane.TEXT)) == b"{}"
    for plane, values in KEY.items():
        np.testing.assert_array_equal(found[plane], values)


def test_a_delta_takes_the_smaller_form_and_leaves_out_what_stays() -> None:
    found = {plane: rows for plane, rows, _ in sections(delta_frame(6, 0.0, NEXT, KEY))}
    assert set(found) == {Plane.LINK_PACE, Plane.LINK_COUNT, Plane.VITAL_VALUE}
    assert found[Plane.LINK_PACE] is not None
    assert found[Plane.LINK_PACE].tolist() == [7]
    assert found[Plane.LINK_COUNT] is None


@given(st.data(), st.sampled_from([np.uint8, np.uint16, np.float32]), st.integers(1, 200))
def test_a_delta_brings_any_plane_to_any_other(data: st.DataObject, kind: type, n: int) -> None:
    before, after = (data.draw(arrays(kind, n)) for _ in range(2))
    kept = before.copy()
    for _, rows, values in sections(delta_frame(1, 0.0, {Plane.LINK_PACE: after}, {Plane.LINK_PACE: before})):
        kept[slice(None) if rows is None else rows] = values
    assert kept.tobytes() == after.tobytes()


def test_unknown_is_never_zero_and_much_is_never_unknown() -> None:
    values = np.array([np.nan, 0.0, 0.5, 1e9, np.inf])
    assert in_byte(values, 200.0).tolist() == [UNKNOWN_8, 0, 100, 254, UNKNOWN_8]
    assert in_two_bytes(values, 4.0).tolist() == [UNKNOWN_16, 0, 2, 65534, UNKNOWN_16]


@pytest.mark.parametrize("now_s", [100.0, 1_777_620_600.0])
def test_the_second_of_a_change_stays_while_the_clock_goes_on(now_s: float) -> None:
    told = [int(change_second(now_s + k, np.array([20.0 - k], np.float32))[0]) for k in range(20)]
    assert len(set(told)) == 1
    assert (told[0] - int(now_s)) % UNKNOWN_16 == 20
    assert int(change_second(now_s, np.array([np.nan], np.float32))[0]) == UNKNOWN_16


def test_sections_begin_where_four_bytes_begin() -> None:
    frame = key_frame(1, 0.0, {Plane.LANE_QUEUE: np.zeros(3, np.uint8), Plane.VITAL_LOW: np.ones(1, "<f4")}, b"x")
    assert len(frame) % 4 == 0
    assert struct.unpack("<f", frame[-4:]) == (1.0,)
