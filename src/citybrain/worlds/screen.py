"""Between the thread that lets a simulator go on and the threads that draw it."""

from __future__ import annotations

from collections.abc import Callable

from citybrain.records.truth import Moving
from citybrain.worlds.base import Display


class Screen:
    """The newest picture of a simulator's vehicles. The loop takes it between two beats, and only while wanted."""

    def __init__(self) -> None:
        self.display: Display | None = None
        self.wanted = 0  # so many look
        self.newest: Moving | None = None
        self.cameras: list[Callable[[], None]] = []  # called after every beat, looked at or not

    def turn_on(self, display: Display) -> None:
        """There is something to see."""
        self.display = display

    def take(self) -> None:
        """A beat has ended: take a picture, if anybody looks."""
        for camera in self.cameras:
            camera()
        if self.wanted > 0 and self.display is not None:
            self.newest = self.display.moving()
