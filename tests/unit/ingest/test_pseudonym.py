"""Keyed hashes: those of the standard library; unrelated from day to day and from purpose to purpose."""

from __future__ import annotations

import hashlib
import random

import numpy as np
import pytest

from citybrain.errors import InputError
from citybrain.ingest.cells import Texts
from citybrain.ingest.pseudonym import DAY_S, DayKeys, Purpose, hashes

ROOT = bytes(range(32))


def hash_of(
    texts: list[str], time_s: float = 0.0, keys: DayKeys | None = None, purpose: Purpose = Purpose.DEVICE
) -> list[int]:
    n = len(texts)
    found = hashes(Texts.of(texts), np.arange(n), np.full(n, time_s), keys or DayKeys(ROOT, 0), purpose)
    return [int(value) for value in found]


def test_hashes_are_those_of_the_standard_library() -> None:
    rng = random.Random(1)
    texts = ["".join(rng.choice("aZ9-浙é🚗 ") for _ in range(rng.randrange(1, 30))) for _ in range(400)]
    key = DayKeys(ROOT, 0).key(0, Purpose.DEVICE)
    expected = [int.from_bytes(hashlib.blake2b(t.encode(), key=key, digest_size=8).digest(), "little") for t in texts]
    assert hash_of(texts) == expected


@pytest.mark.parametrize("size", [1, 7, 8, 127, 128])
def test_every_length_of_the_last_block_is_right(size: int) -> None:
    key = DayKeys(ROOT, 0).key(0, Purpose.DEVICE)
    digest = hashlib.blake2b(b"x" * size, key=key, digest_size=8).digest()
    assert hash_of(["x" * size]) == [int.from_bytes(digest, "little")]


def test_nothing_has_no_hash() -> None:
    assert hash_of(["", "a"])[0] == 0
    assert hash_of(["- .·", "a"], purpose=Purpose.PLATE)[0] == 0


def test_one_plate_has_one_hash_however_it_is_written() -> None:
    written = ["浙A·12B45", "浙a12b45", "浙A-12B45", " 浙A 12.B45 "]
    assert len(set(hash_of(written, purpose=Purpose.PLATE))) == 1
    assert len(set(hash_of(["AB12", "AB13", "浙B12B45"], purpose=Purpose.PLATE))) == 3
    assert len(set(hash_of(["phone-a", "phone-A", "phonea"]))) == 3  # ids of devices are taken as they are


def test_two_days_two_purposes_and_two_cities_have_unrelated_hashes() -> None:
    plates = [f"A{i:05d}" for i in range(2000)]
    kinds = [
        hash_of(plates),
        hash_of(plates, time_s=DAY_S),
        hash_of(plates, purpose=Purpose.PLATE),
        hash_of(plates, keys=DayKeys(ROOT, 0, zone="other")),
        hash_of(plates, keys=DayKeys(bytes(32), 0)),
    ]
    every = [value for found in kinds for value in found]
    assert len(set(every)) == len(every)
    differing = [(a ^ b).bit_count() for a, b in zip(kinds[0], kinds[1], strict=True)]
    assert 31.5 < np.mean(differing) < 32.5  # of 64 bits: half, as between random numbers


def test_rows_of_one_message_take_the_key_of_their_own_day() -> None:
    keys = DayKeys(ROOT, 0, change_s=3600)
    texts = Texts.of(["A1", "A1", "A1"])
    found = hashes(
        texts, np.arange(3), np.array([3599.0, 3600.0, DAY_S + 3599.0]), DayKeys(ROOT, -1, change_s=3600), Purpose.PLATE
    )
    assert found[0] != found[1] == found[2]
    assert keys.day(np.array([3599.0, 3600.0])).tolist() == [-1, 0]


def test_a_destroyed_key_cannot_be_made_again_and_later_ones_stay_the_same() -> None:
    keys = DayKeys(ROOT, 10)
    before = [keys.key(day, Purpose.PLATE) for day in range(10, 16)]
    keys.destroy_before(13)
    with pytest.raises(InputError, match="day 12 is destroyed; expected day 13"):
        keys.key(12, Purpose.PLATE)
    assert [keys.key(day, Purpose.PLATE) for day in range(13, 16)] == before[3:]
    day, root = keys.oldest()
    assert day == 13
    assert root != ROOT
    assert DayKeys(root, day).key(15, Purpose.PLATE) == before[5]
    keys.destroy_before(5)  # nothing to do
    assert keys.first_day == 13


def test_a_short_root_is_refused() -> None:
    with pytest.raises(InputError, match="5 bytes; expected 32"):
        DayKeys(b"short", 0)


def test_known_plates_without_the_key_find_nothing() -> None:
    """The attack of 2014 on New York's taxis: hash everything, compare."""
    plates = [f"A{i:05d}" for i in range(3000)]
    found = set(hash_of(plates, purpose=Purpose.PLATE))
    guesses = (hashlib.blake2b, hashlib.sha256, hashlib.md5)
    tried = {int.from_bytes(make(p.encode()).digest()[:8], "little") for make in guesses for p in plates}
    assert not found & (tried | set(hash_of(plates, keys=DayKeys(bytes(32), 0), purpose=Purpose.PLATE)))
