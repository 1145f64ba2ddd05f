"""Files that are either there whole or not at all: written beside, flushed to the disk, then renamed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import IO

TEMPORARY = ".tmp"


def write_whole(path: Path, write: Callable[[IO[bytes]], None]) -> None:
    """Let `write` fill the file; it takes the place of `path` only when all of it is on the disk.

    Raises OSError when it cannot be kept (disk full, no right); what stood at `path` stays as it was.
    """
    beside = path.with_name(path.name + TEMPORARY)
    try:
        with beside.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Flush the folder's list of names to the disk, where the system can."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # no folder handles on this system
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_temporary(folder: Path) -> int:
    """Remove what a crash left half written below a folder; how many files."""
    left = [path for path in folder.rglob(f"*{TEMPORARY}") if not path.is_dir()]  # a city may have such a name
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)
