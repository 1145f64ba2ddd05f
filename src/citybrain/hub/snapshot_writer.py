"""Snapshots beside the beat: a state is copied in milliseconds, and digested and put on disk meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citybrain.hub.encode import Arrays, to_tree
from citybrain.hub.snapshot import ALIGN, Frozen, Loaded, Snapshots


class SnapshotWriter:
    """Keeps the states of one name, one at a time.

    The copy lies in a buffer that is used again each time, so a brain holds one state more and never two; a state that
    is offered while another is on its way to the disk is passed over, and counted.
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

    def offer(self, state: Callable[[], Any]) -> bool:
        """Keep what `state` gives, unless another is on its way; whether it is kept.

        The state may be changed as soon as this returns. Raises what the disk refused the one before with (OSError),
        and InputError for a state that cannot be kept.
        """
        if self.busy:
            self.passed_over += 1
            return False
        self.finish()
        frozen = self._frozen(state())
        self._thread = Thread(target=self._write, args=(frozen,), name="snapshot")
        self._thread.start()
        return True

    def finish(self) -> None:
        """Wait for what is on its way. Raises what the disk refused it with (OSError)."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        error, self._error = self._error, None
        if error is not None:
            raise error

    def _write(self, frozen: Frozen) -> None:
        try:
            self.newest = self._snapshots.write(self._name, frozen)
        except Exception as error:  # raised where the next state is offered
            self._error = error

    def _frozen(self, state: Any) -> Frozen:
        arrays: Arrays = []
        tree = to_tree(state, arrays)
        changing = [k for k, array in enumerate(arrays) if not _constant(array)]
        self._make_room(sum(_aligned(arrays[k].nbytes) for k in changing))
        at = 0
        for k in changing:
            arrays[k] = _copied(arrays[k], self._room[at : at + arrays[k].nbytes])
            at += _aligned(arrays[k].nbytes)
        return Frozen(tree, arrays)

    def _make_room(self, needed: int) -> None:
        """A state grows slowly: some more than is needed now."""
        if self._room.size < needed:
            self._room = np.empty(needed + needed // 4, np.uint8)


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
