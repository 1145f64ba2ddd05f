"""Snapshots: a whole state in one file, from which a brain starts again after a crash.

File: `CBSNAP1\\n`, length of the header (u64), header (JSON: tree, arrays' types, shapes and places, digest), the
arrays one after another from the next multiple of 64 on, CRC-32 of all before (u32). A file is there whole or not at
all; a damaged one (bit rot) is recognised by its CRC and passed over for the one before.
"""

from __future__ import annotations

import json
import re
import struct
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import numpy as np

from citybrain.errors import InputError
from citybrain.hub.durable import remove_temporary, sync_folder, write_whole
from citybrain.hub.encode import Arrays, from_tree, to_tree
from citybrain.records.digest import digest

MAGIC = b"CBSNAP1\n"
ALIGN = 64
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_FILE = re.compile(r"(?P<name>[a-z0-9][a-z0-9_-]{0,63})\.(?P<number>\d{12})\.snap")


@dataclass(frozen=True, eq=False)
class Frozen:
    """A state as it is written: a tree of plain JSON and the arrays that it names."""

    tree: Any
    arrays: Arrays


@dataclass(frozen=True)
class Loaded:
    """A snapshot that was found whole."""

    state: Any
    number: int  # grows with every snapshot of the name
    digest: str  # of the state
    damaged: tuple[Path, ...]  # newer files that were passed over


class Snapshots:
    """The snapshots of a folder; the newest `keep` of each name stay."""

    def __init__(self, folder: Path, keep: int = 3) -> None:
        if keep < 2:
            raise InputError(f"snapshots: keep = {keep}; expected at least 2, so that one may be damaged")
        self.folder, self.keep = folder, keep
        folder.mkdir(parents=True, exist_ok=True)
        remove_temporary(folder)

    def save(self, name: str, state: Any) -> Loaded:
        """Keep a state. Raises OSError when the disk refuses: the snapshots before it are untouched."""
        arrays: Arrays = []
        return replace(self.write(name, Frozen(to_tree(state, arrays), arrays)), state=state)

    def write(self, name: str, frozen: Frozen) -> Loaded:
        """Keep a state that nothing changes any more; `state` of what is returned is None. Raises as `save` does."""
        if not _NAME.fullmatch(name):
            raise InputError(f"snapshot name {name[:80]!r}: expected 1-64 of a-z 0-9 _ -")
        found = digest(from_tree(frozen.tree, frozen.arrays))
        number = max([number for number, _ in self._files(name)], default=0) + 1
        head = json.dumps({"tree": frozen.tree, "arrays": _places(frozen.arrays), "digest": found}).encode()
        write_whole(self.folder / f"{name}.{number:012d}.snap", lambda file: _write(file, head, frozen.arrays))
        for _, path in self._files(name)[: -self.keep]:
            path.unlink(missing_ok=True)
        sync_folder(self.folder)
        return Loaded(None, number, found, ())

    def load(self, name: str) -> Loaded | None:
        """The newest state that is whole; None when there is none. Damaged files stay, for whoever looks into it."""
        damaged: list[Path] = []
        for number, path in reversed(self._files(name)):
            try:
                state, found = _read(path)
            except (InputError, OSError):
                damaged.append(path)
            else:
                return Loaded(state, number, found, tuple(damaged))
        return None

    def _files(self, name: str) -> list[tuple[int, Path]]:
        found = [(_FILE.fullmatch(path.name), path) for path in self.folder.iterdir()]
        return sorted((int(m["number"]), path) for m, path in found if m is not None and m["name"] == name)


def _places(arrays: Arrays) -> list[dict[str, Any]]:
    """Type, shape and place of each array; places count from the beginning of the arrays."""
    places, at = [], 0
    for array in arrays:
        descr = np.lib.format.dtype_to_descr(array.dtype)
        places.append({"type": descr, "shape": list(array.shape), "at": at, "bytes": array.nbytes})
        at += _aligned(array.nbytes)
    return places


def _aligned(n: int) -> int:
    return -(-n // ALIGN) * ALIGN


def _write(file: IO[bytes], head: bytes, arrays: Arrays) -> None:
    crc = 0

    def put(part: bytes | memoryview) -> None:
        nonlocal crc
        crc = zlib.crc32(part, crc)
        file.write(part)

    begin = MAGIC + struct.pack("<Q", len(head)) + head
    put(begin + bytes(_aligned(len(begin)) - len(begin)))
    for array in arrays:
        put(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
        put(bytes(_aligned(array.nbytes) - array.nbytes))
    file.write(struct.pack("<I", crc))


def _read(path: Path) -> tuple[Any, str]:
    """State and digest. Raises InputError for a file that is not whole."""
    data = path.read_bytes()
    if len(data) < 20 or data[:8] != MAGIC or struct.unpack("<I", data[-4:])[0] != zlib.crc32(memoryview(data)[:-4]):
        raise InputError(f"{path}: damaged: its checksum does not fit")
    length = struct.unpack_from("<Q", data, 8)[0]
    head = json.loads(data[16 : 16 + length])
    begin = _aligned(16 + length)
    arrays = [_array(data, begin, place) for place in head["arrays"]]
    state = from_tree(head["tree"], arrays)
    if digest(state) != head["digest"]:
        raise InputError(f"{path}: the state has another digest than when it was kept")
    return state, head["digest"]


def _array(data: bytes, begin: int, place: dict[str, Any]) -> np.ndarray[Any, Any]:
    kind = np.lib.format.descr_to_dtype(_descr(place["type"]))
    at = begin + place["at"]
    flat = np.frombuffer(data[at : at + place["bytes"]], kind) if place["bytes"] else np.zeros(0, kind)
    return flat.reshape(place["shape"]).copy()


def _descr(given: Any) -> Any:
    """A type as NumPy wrote it: JSON has made lists of its tuples."""
    if isinstance(given, str):
        return given
    return [_field(column) for column in given]


def _field(given: list[Any]) -> tuple[Any, ...]:
    name, kind, *shape = given
    return (name if isinstance(name, str) else tuple(name), _descr(kind), *(tuple(s) for s in shape))
