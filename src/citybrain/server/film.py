"""The film: what the live picture was, second by second, so that any kept hour can be seen again.

The loop hands over the picture's planes between two beats; a thread of the film's own makes frames and reels of them.
A picture that the thread is too slow for is left out and counted. A stretch that is missing, for whatever reason, is a
gap: nobody fills it in.
"""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec
import numpy as np

from citybrain.city.model import City
from citybrain.hub.hub import Hub
from citybrain.server.edge import encoded
from citybrain.server.film_store import Kept, Store
from citybrain.server.frames import Array, Plane, delta_frame, key_frame
from citybrain.server.picture import Picture
from citybrain.server.reel import led, shape_of, wind

REEL_S = 60.0
WAITING_MAX = 16  # pictures between the loop and the thread
GAP_STEPS = 3.0  # two frames farther apart than so many steps have a gap between them
GAP_LEAST_S = 5.0


class Span(NamedTuple):
    """A stretch without a gap, in seconds of the city's clock."""

    from_s: float
    to_s: float


@dataclass(frozen=True, eq=False)
class Moment:
    """The picture of one beat."""

    time_s: float
    planes: dict[Plane, Array]
    text: dict[str, Any]


@dataclass
class _Open:
    """The reel that is being filled."""

    planes: dict[Plane, Array]
    text: bytes
    first_s: float
    last_s: float
    frames: list[bytes] = field(default_factory=list)


class Film:
    """Takes the picture of every beat and keeps it.

    Args:
        store: where reels go.
        step_s: shortest time of the city's clock between two pictures.
        on_disk: what the store is, for who asks.
        in_background: False makes the frames at once, for tests.
    """

    def __init__(
        self,
        hub: Hub,
        city: City,
        store: Store,
        step_s: float = 1.0,
        *,
        on_disk: bool = False,
        in_background: bool = True,
    ) -> None:
        self.store, self.step_s, self.on_disk = store, step_s, on_disk
        self.missed = 0  # pictures that the thread had no time for
        self.trouble = ""  # what the disk last said
        self._hub, self._picture, self._shape = hub, Picture(hub, city), shape_of(city)
        self._taken_s = -np.inf
        self._queue: queue.Queue[Moment | None] = queue.Queue(WAITING_MAX)
        self._in_background = in_background
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._open: _Open | None = None
        self._damaged: set[tuple[float, int]] = set()

    @property
    def gap_s(self) -> float:
        """Two frames farther apart have a gap between them."""
        return max(GAP_LEAST_S, GAP_STEPS * self.step_s)

    @property
    def damaged(self) -> int:
        """Reels that could not be read."""
        return len(self._damaged)

    # ---- taking ----

    def take(self, time_s: float) -> None:
        """Take the picture; called by the loop between two beats. Costs it the copying of the planes, no more."""
        if 0.0 <= time_s - self._taken_s < self.step_s or not self._hub.sequence:
            return
        self._taken_s = time_s
        self._picture.look()
        moment = Moment(time_s, self._picture.planes(time_s), self._picture.text())
        if not self._in_background:
            self._keep(moment)
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="film", daemon=True)
            self._thread.start()
        try:
            self._queue.put_nowait(moment)
        except queue.Full:
            self.missed += 1

    def close(self) -> None:
        """Put what is there on the shelf."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None
        self._finish()

    def _run(self) -> None:
        while (moment := self._queue.get()) is not None:
            self._keep(moment)

    def _keep(self, moment: Moment) -> None:
        if not self._fits(moment):
            self._finish()
            text = encoded(_vitals(moment))
            with self._lock:
                self._open = _Open(moment.planes, text, moment.time_s, moment.time_s)
                self._open.frames.append(key_frame(1, moment.time_s, moment.planes, encoded(moment.text)))
            return
        filled = self._open
        assert filled is not None
        frame = delta_frame(len(filled.frames) + 1, moment.time_s, moment.planes, filled.planes)
        with self._lock:
            filled.frames.append(frame)
            filled.planes, filled.last_s = moment.planes, moment.time_s

    def _fits(self, moment: Moment) -> bool:
        """Whether the picture goes on the open reel: the next of the same minute, and of the same rows."""
        filled = self._open
        if filled is None or moment.time_s // REEL_S != filled.first_s // REEL_S:
            return False
        sizes = {plane: values.size for plane, values in filled.planes.items()}
        same = sizes == {plane: values.size for plane, values in moment.planes.items()}
        return same and 0.0 < moment.time_s - filled.last_s <= self.gap_s

    def _finish(self) -> None:
        """The open reel is full: pack it and keep it."""
        filled = self._open
        if filled is None:
            return
        try:
            self.store.add(wind(filled.frames, (filled.first_s, filled.last_s), self._shape, filled.text))
            self.trouble = ""
        except OSError as error:
            self.trouble = f"a minute from {filled.first_s:.0f} s could not be kept: {error.strerror or error}"
        with self._lock:
            self._open = None

    # ---- reading ----

    def reels(self, from_s: float, to_s: float) -> list[Kept]:
        """Kept reels of this city that meet the span, in the order in which they were written."""
        found = [kept for kept in self.store.reels() if kept.head.first_s <= to_s and kept.head.last_s >= from_s]
        return [k for k in found if k.head.shape == self._shape and _name(k) not in self._damaged]

    def spans(self, from_s: float, to_s: float) -> list[Span]:
        """What can be seen of a span of time: stretches without gaps, oldest first."""
        told = [Span(kept.head.first_s, kept.head.last_s) for kept in self.reels(from_s, to_s)]
        with self._lock:
            if self._open is not None and self._open.first_s <= to_s and self._open.last_s >= from_s:
                told.append(Span(self._open.first_s, self._open.last_s))
        return joined(told, self.gap_s)

    def frames(self, from_s: float, to_s: float) -> list[Kept | bytes]:
        """What holds the span: kept reels, and the frames of the open one; whole reels, so it may be somewhat more."""
        found: list[Kept | bytes] = list(self.reels(from_s, to_s))
        with self._lock:
            filled = self._open
            if filled is not None and filled.first_s <= to_s and filled.last_s >= from_s:
                found.append(led(filled.frames))
        return found

    def spoilt(self, kept: Kept) -> None:
        """A reel could not be read: from now on it is a gap."""
        self._damaged.add(_name(kept))


def joined(spans: list[Span], gap_s: float) -> list[Span]:
    """Spans that overlap or lie no farther apart than a gap, made one; oldest first."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.from_s <= found[-1].to_s + gap_s:
            found[-1] = Span(found[-1].from_s, max(found[-1].to_s, span.to_s))
        else:
            found.append(span)
    return found


def _name(kept: Kept) -> tuple[float, int]:
    return kept.head.first_s, kept.head.check


def _vitals(moment: Moment) -> dict[str, float]:
    values = moment.planes[Plane.VITAL_VALUE].tolist()
    return {vital["name"]: value for vital, value in zip(moment.text["vitals"], values, strict=True)}


def vitals_of(kept: Kept) -> dict[str, float | None]:
    """The vital signs at a reel's first moment; {} where its text is damaged."""
    try:
        return msgspec.json.decode(kept.text, type=dict[str, float | None])
    except msgspec.DecodeError:
        return {}
