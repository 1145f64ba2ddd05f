"""Ctrl-C and SIGTERM at a command that works beat after beat: it ends between two beats, never within one."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Stop:
    """Whether it is time to end. Called, it says so."""

    asked: bool = False
    gently: bool = False  # beats have begun: wait for the end of one

    def __call__(self) -> bool:
        return self.asked

    def hear(self, *_: object) -> None:
        """A signal has come. Raises KeyboardInterrupt before the first beat, and when it is the second signal."""
        if self.asked or not self.gently:
            raise KeyboardInterrupt
        self.asked = True


@contextmanager
def stopping() -> Iterator[Stop]:
    """Within the block both signals go to the `Stop` that it yields; afterwards to where they went before.

    A thread other than the main one hears no signals, and is not asked.
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.signal(number, stop.hear) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
