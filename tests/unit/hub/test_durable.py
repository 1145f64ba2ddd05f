"""A file is there whole or not at all, whatever fails and wherever."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import IO

import pytest

from citybrain.hub import durable
from citybrain.hub.durable import TEMPORARY, remove_temporary, sync_folder, write_whole


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_is_written_is_there_and_takes_the_place_of_what_was(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    for content in (b"one", b"", b"x" * 100_000):
        write_whole(path, lambda file, content=content: file.write(content))
        assert path.read_bytes() == content
        assert names(tmp_path) == ["a.bin"]


class FullError(OSError):
    pass


@pytest.mark.parametrize("before", [None, b"what stood here"])
@pytest.mark.parametrize("where", ["open", "write", "fsync", "replace", "interrupt"])
def test_whatever_fails_leaves_what_stood_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str, before: bytes | None
) -> None:
    path = tmp_path / "a.bin"
    if before is not None:
        path.write_bytes(before)

    def fail(*_: object) -> None:
        raise FullError("no space")

    def write(file: IO[bytes]) -> None:
        file.write(b"half")
        if where == "write":
            fail()
        if where == "interrupt":
            raise KeyboardInterrupt

    if where == "open":
        (tmp_path / ("a.bin" + TEMPORARY)).mkdir()
    if where == "fsync":
        monkeypatch.setattr(durable.os, "fsync", fail)
    if where == "replace":
        monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(KeyboardInterrupt if where == "interrupt" else OSError):
        write_whole(path, write)
    monkeypatch.undo()
    assert (path.read_bytes() if path.exists() else None) == before
    assert names(tmp_path) == sorted(([] if before is None else ["a.bin"]) + (["a.bin.tmp"] if where == "open" else []))


def test_the_bytes_are_on_the_disk_before_the_name_and_the_name_before_the_return(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    real_sync, real_replace = os.fsync, Path.replace

    def sync(handle: int) -> None:
        done.append("folder" if os.path.isdir(f"/proc/self/fd/{handle}") else "file")
        real_sync(handle)

    def replace(self: Path, target: Path) -> Path:
        done.append("name")
        return real_replace(self, target)

    monkeypatch.setattr(durable.os, "fsync", sync)
    monkeypatch.setattr(Path, "replace", replace)
    write_whole(tmp_path / "a", lambda file: file.write(b"x" * 10))
    assert done == ["file", "name", "folder"]


def test_a_reader_never_sees_half_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable.os, "fsync", lambda _: None)
    path, seen, done = tmp_path / "a", set(), threading.Event()
    contents = [bytes([65 + k]) * 50_000 for k in range(4)]
    write_whole(path, lambda file: file.write(contents[0]))

    def read() -> None:
        while not done.is_set():
            seen.add(path.read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    for k in range(60):
        write_whole(path, lambda file, k=k: [file.write(contents[k % 4][:25_000]) for _ in range(2)])  # type: ignore[arg-type,return-value]
    done.set()
    reader.join()
    assert seen <= set(contents)


def test_leftovers_go_and_nothing_else(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b.tmp"
    deep.mkdir(parents=True)
    for path in (tmp_path / "x.tmp", deep / "y.bin.tmp", deep / "kept.bin", tmp_path / "tmp"):
        path.write_bytes(b"x")
    assert remove_temporary(tmp_path) == 2
    assert sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()) == [
        "a/b.tmp/kept.bin",
        "tmp",
    ]
    assert remove_temporary(tmp_path) == 0
    assert remove_temporary(tmp_path / "nowhere") == 0


def test_a_folder_that_cannot_be_opened_is_not_synced(tmp_path: Path) -> None:
    sync_folder(tmp_path / "nowhere")
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    for _ in range(20):
        sync_folder(tmp_path)
    after = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    assert after <= before + 1, "no handle stays open"
