"""Between the thread that lets a simulator go on and the threads that draw it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread

from citybrain.errors import InputError
from citybrain.records.truth import Moving
from citybrain.worlds.base import Display, Forkable, Packable


class Screen:
    """The newest picture of a simulator's vehicles. The loop takes it between two beats, and only while wanted."""

    def __init__(self) -> None:
        self.display: Display | None = None
        self.wanted = 0  # so many look
        self.newest: Moving | None = None
        self.begins: list[Callable[[], None]] = []  # called before every beat
        self._asked: deque[Future[bytes]] = deque()
        self.cameras: list[Callable[[], None]] = []  # called after every beat, looked at or not

    @property
    def forks(self) -> bool:
        """Whether the streets can be forked."""
        return isinstance(self.display, Forkable)

    def ask_fork(self) -> Future[bytes]:
        """Streets as they are after the beat that is under way, packed for another process (`Forkable`)."""
        asked: Future[bytes] = Future()
        self._asked.append(asked)
        return asked

    def _fork(self, asked: Future[bytes]) -> None:
        if not asked.set_running_or_notify_cancel():
            return  # it was called back
        if not isinstance(self.display, Forkable):
            asked.set_exception(InputError("these streets cannot be forked"))
            return
        try:
            fork = self.display.fork()
        except Exception as error:  # who asked is told; the beat goes on
            asked.set_exception(error)
            return
        Thread(target=lambda: _pack(fork, asked), name="fork", daemon=True).start()

    def turn_on(self, display: Display) -> None:
        """There is something to see."""
        self.display = display

    def begin(self) -> None:
        """A beat begins."""
        for told in self.begins:
            told()

    def take(self) -> None:
        """A beat has ended: take a picture, if anybody looks."""
        for camera in self.cameras:
            camera()
        while self._asked:
            self._fork(self._asked.popleft())
        if self.wanted > 0 and self.display is not None:
            self.newest = self.display.moving()


def _pack(fork: Packable, asked: Future[bytes]) -> None:
    try:
        asked.set_result(fork.packed())
    except Exception as error:  # in a thread of its own nobody else would hear of it
        asked.set_exception(error)
