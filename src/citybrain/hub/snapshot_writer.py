"""Snapshots beside the beat: a state is copied in milliseconds, and digested and put on disk meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citybrain.hub.encode import Arrays, to_tree
from citybrain.hub.snapshot import ALIGN, Frozen, Loaded, Snapshots

UNPREPARED = 4 << 20  # bytes for which no buffer is made beforehand


class SnapshotWriter:
    """Keeps the states of one name, one at a time.

    The copy lies in a buffer that is used again each time, so a brain holds one state more and never two. A state is
    passed over, and counted, while another is on its way to the disk, or while a larger buffer is made: memory that
    nobody has touched yet takes ten times as long to be copied into as any other.
    """

    def __init__(self, snapshots: Snapshots, name: str) -> None:
        self._snapshots, self._name = snapshots, name
        self._room = np.empty(0, np.uint8)
        self._thread: Thread | None = None
        self._error: Exception | None = None
        self.newest: Loaded | None = None  # the newest that is on the disk; its state is not kept here
        self.passed_over = 0

    @property
    def busy(self) -> bool:
        """A state is on its way to the disk."""
        return self._thread is not None and self._thread.is_alive()

    def offer(self, state: Callable[[], Any], at_once: bool = False) -> bool:
        """Keep what `state` gives, unless the writer is busy; whether it is kept. Offer it again when it was not.

        With `at_once` it is kept in any case, however long that takes.

        The state may be changed as soon as this returns. Raises what the disk refused the one before with (OSError),
        and InputError for a state that cannot be kept.
        """
        if self.busy and not at_once:
            self.passed_over += 1
            return False
        self.finish()
        arrays: Arrays = []
        tree = to_tree(state(), arrays)
        needed = sum(_aligned(array.nbytes) for array in arrays if not _constant(array))
        if needed > max(self._room.size, UNPREPARED) and not at_once:
            self.passed_over += 1
            self._begin(lambda: self._make_room(needed))
            return False
        if needed > self._room.size:
            self._make_room(needed)
        frozen = Frozen(tree, self._copied(arrays))
        self._begin(lambda: self._write(frozen))
        return True

    def finish(self) -> None:
        """Wait for what is on its way. Raises what the disk refused it with (OSError)."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        error, self._error = self._error, None
        if error is not None:
            raise error

    def _begin(self, work: Callable[[], None]) -> None:
        self._thread = Thread(target=work, name="snapshot")
        self._thread.start()

    def _write(self, frozen: Frozen) -> None:
        try:
            self.newest = self._snapshots.write(self._name, frozen)
        except Exception as error:  # raised where the next state is offered
            self._error = error

    def _copied(self, arrays: Arrays) -> Arrays:
        copies, at = [], 0
        for array in arrays:
            constant = _constant(array)
            copies.append(array if constant else _copied(array, self._room[at : at + array.nbytes]))
            at += 0 if constant else _aligned(array.nbytes)
        return copies

    def _make_room(self, needed: int) -> None:
        """A state grows slowly: some more than is needed now. Every page of it is touched."""
        self._room = np.empty(0, np.uint8)  # first let go of what there is
        self._room = np.full(needed + needed // 4, 1, np.uint8)


def _constant(array: NDArray[Any]) -> bool:
    """The array is a view of bytes, which nobody can change."""
    return isinstance(array.base, bytes)


def _copied(array: NDArray[Any], room: NDArray[np.uint8]) -> NDArray[Any]:
    if array.nbytes == 0:
        return array.copy()
    copy = room.view(array.dtype).reshape(array.shape)
    copy[...] = array
    return copy


def _aligned(n: int) -> int:
    return -(-n // ALIGN) * ALIGN
