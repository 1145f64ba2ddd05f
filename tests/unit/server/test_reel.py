"""Reels: what goes in comes out, whatever is damaged is missed and nothing else is."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citybrain.city.generate.city import generate_city
from citybrain.server.reel import HEAD_BYTES, Reel, heads, led, read_head, read_reel, shape_of, wind


def reel(first_s: float = 60.0, frames: tuple[bytes, ...] = (b"key", b"delta")) -> Reel:
    return wind(frames, (first_s, first_s + 59.0), 7, json.dumps({"in_transit": first_s}).encode())


def found(data: bytes) -> list[tuple[int, float]]:
    return [(at, head.first_s) for at, head in heads(io.BytesIO(data), len(data))]


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=20), st.binary(max_size=50))
def test_what_goes_in_comes_out(frames: list[bytes], text: bytes) -> None:
    made = wind(frames, (1.0, 2.0), 3, text)
    read = read_reel(io.BytesIO(made.packed()), 0)
    assert read == made
    assert read.plain() == led(frames)
    assert (read.text, read.head.frames, read.head.shape) == (text, len(frames), 3)


def test_reels_of_a_file_are_found_one_after_another() -> None:
    parts = [reel(60.0 * k).packed() for k in range(4)]
    assert [first_s for _, first_s in found(b"".join(parts))] == [0.0, 60.0, 120.0, 180.0]


@pytest.mark.parametrize("cut", [1, HEAD_BYTES - 1, HEAD_BYTES + 3, -1])
def test_one_that_a_crash_cut_off_is_none_and_the_next_is_found(cut: int) -> None:
    whole, next_one = reel(0.0).packed(), reel(60.0).packed()
    assert found(whole[:cut]) == []
    assert [first_s for _, first_s in found(whole[:cut] + next_one)] == [60.0]


@given(st.data())
def test_any_flipped_bit_is_noticed(data: st.DataObject) -> None:
    packed = bytearray(reel().packed())
    at = data.draw(st.integers(0, len(packed) - 1))
    packed[at] ^= 1 << data.draw(st.integers(0, 7))
    assert read_reel(io.BytesIO(bytes(packed)), 0) is None


def test_a_damaged_head_costs_its_reel_alone() -> None:
    parts = [bytearray(reel(60.0 * k).packed()) for k in range(3)]
    parts[1][10] ^= 255
    assert [first_s for _, first_s in found(bytes(b"".join(parts)))] == [0.0, 120.0]


def test_no_head_is_made_of_noise() -> None:
    assert read_head(b"") is None
    assert read_head(b"CBR1" + bytes(HEAD_BYTES)) is None
    assert found(b"CBR1" * 400) == []


def test_the_shape_is_that_of_the_rows() -> None:
    small, large = (generate_city(n)[0] for n in (4, 6))
    assert shape_of(small) == shape_of(generate_city(4)[0])
    assert shape_of(small) != shape_of(large)
