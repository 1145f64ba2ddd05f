"""Snapshots: the same state comes back, damage is seen, the one before takes its place, nothing half written counts."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from citybrain.errors import InputError
from citybrain.hub import durable
from citybrain.hub.snapshot import MAGIC, Snapshots
from citybrain.records.digest import digest
from citybrain.records.indicator import IndicatorValue
from citybrain.records.network_state import AreaStates
from citybrain.records.observations import Observations, Quality


def rich_state() -> dict[str, object]:
    rng = np.random.default_rng(3)
    rng.random(5)
    areas = AreaStates(*(np.arange(4, dtype=np.float32) * k for k in range(7)), np.zeros(4, np.uint8))  # type: ignore[arg-type]
    return {
        "areas": areas,
        "plain": [None, True, 1, 2**80, 0.1, float("nan"), float("-inf"), "ü\ud800", b"\0\1"],
        "nested": {("link", 3): {1: (1, [2.5])}},
        "arrays": (np.zeros((2, 0)), np.array(7.0), np.arange(6).reshape(2, 3).T, np.zeros(3, "M8[s]")),
        "table": np.array([(1, [2.0, 3.0])], dtype=[("a", "<i4"), ("b", "<f8", (2,))]),
        "text": np.array([["a", "bc"]], object),
        "scalar": np.float32(1.5),
        "value": IndicatorValue("c/all/x", 1.0, 2.0, "estimate", Quality.STALE),
        "observations": Observations(5.0),
        "rng": rng,
    }


def test_a_state_comes_back_with_its_digest(tmp_path: Path) -> None:
    state = rich_state()
    saved = Snapshots(tmp_path).save("brain", state)
    loaded = Snapshots(tmp_path).load("brain")
    assert loaded is not None
    assert loaded.digest == saved.digest == digest(state) == digest(loaded.state)
    assert loaded.state["value"].quality is Quality.STALE
    assert loaded.state["rng"].random() == rich_state()["rng"].random()  # type: ignore[attr-defined]
    assert loaded.state["arrays"][2].flags.writeable


def test_nothing_saved_is_none(tmp_path: Path) -> None:
    assert Snapshots(tmp_path).load("brain") is None


def test_the_last_few_stay_and_names_do_not_mix(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path, keep=2)
    snapshots.save("other", 0)
    for k in range(5):
        snapshots.save("brain", k)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "brain.000000000004.snap",
        "brain.000000000005.snap",
        "other.000000000001.snap",
    ]
    loaded = snapshots.load("brain")
    assert loaded is not None
    assert (loaded.state, loaded.number) == (4, 5)


def test_any_damage_is_seen_and_the_one_before_is_taken(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path)
    snapshots.save("brain", {"x": np.arange(10)})
    snapshots.save("brain", {"x": np.arange(20)})
    newest = tmp_path / "brain.000000000002.snap"
    whole = newest.read_bytes()
    rng = np.random.default_rng(0)
    flips = [(int(at), 1 << int(rng.integers(8))) for at in rng.permutation(len(whole))]
    damaged = [whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :] for at, bit in flips]
    for data in [*damaged, *(whole[:n] for n in range(0, len(whole), 17)), whole + b"\0", b""]:
        newest.write_bytes(data)
        loaded = snapshots.load("brain")
        assert loaded is not None
        assert (loaded.number, loaded.damaged) == (1, (newest,))


def test_all_damaged_is_none(tmp_path: Path) -> None:
    Snapshots(tmp_path).save("brain", 1)
    (tmp_path / "brain.000000000001.snap").write_bytes(b"nonsense" * 10)
    assert Snapshots(tmp_path).load("brain") is None


def test_a_failing_disk_leaves_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshots = Snapshots(tmp_path)
    snapshots.save("brain", 1)

    def full(_: int) -> None:
        raise OSError(28, "no space left")

    monkeypatch.setattr(durable.os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        snapshots.save("brain", 2)
    monkeypatch.undo()
    loaded = snapshots.load("brain")
    assert loaded is not None
    assert loaded.state == 1
    assert [path.name for path in tmp_path.iterdir()] == ["brain.000000000001.snap"]


def test_what_a_crash_left_half_written_is_removed(tmp_path: Path) -> None:
    (tmp_path / "brain.000000000009.snap.tmp").write_bytes(b"half")
    assert Snapshots(tmp_path).load("brain") is None
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("state", [{1, 2}, print, {"a": object()}, np.array([1, "a"], object), Path("x")])
def test_what_cannot_be_kept_is_refused(tmp_path: Path, state: object) -> None:
    with pytest.raises(InputError, match="cannot be kept"):
        Snapshots(tmp_path).save("brain", state)


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({"class": "os:system", "fields": {}}, "not of this package"),
        ({"class": "citybrain.gone:Thing", "fields": {}}, "not there any more"),
        ({"class": "citybrain.records.digest:digest", "fields": {}}, "no class"),
        ({"class": "citybrain.records.indicator:IndicatorValue", "fields": {"x": 1}}, "other fields"),
        ({"random": {"dict": [["bit_generator", "default_rng"]]}}, "no random generator"),
    ],
)
def test_a_file_cannot_name_what_is_not_a_record(tmp_path: Path, tree: object, message: str) -> None:
    from citybrain.hub.encode import from_tree

    with pytest.raises(InputError, match=message):
        from_tree(tree, [])
    head = json.dumps({"tree": tree, "arrays": [], "digest": ""}).encode()
    begin = MAGIC + struct.pack("<Q", len(head)) + head
    (tmp_path / "brain.000000000001.snap").write_bytes(begin + struct.pack("<I", zlib.crc32(begin)))
    assert Snapshots(tmp_path).load("brain") is None


@pytest.mark.parametrize("name", ["", "a/b", "..", "A", "x" * 65])
def test_a_name_is_a_plain_word(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="snapshot name"):
        Snapshots(tmp_path).save(name, 1)
    with pytest.raises(InputError, match="at least 2"):
        Snapshots(tmp_path, keep=1)
