"""A real city as a world: observations come over the network, time is the clock's."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Protocol

from citybrain.city.model import City
from citybrain.clock import Clock
from citybrain.errors import InputError
from citybrain.records.command import Commands
from citybrain.records.observations import Observations

__all__ = ["Field", "Inbox", "Outbox", "Refusal"]

REFUSALS_KEPT = 1000


class Inbox(Protocol):
    """Where observations arrive (`ingest` has one)."""

    def drain(self, until_s: float) -> Observations:
        """Everything that was received up to `until_s` and not drained before."""
        ...


class Outbox(Protocol):
    """The way to the signal controllers in the street."""

    def send(self, commands: Commands) -> None:
        """Pass leases on; they expire by themselves where nobody hears of them."""
        ...


@dataclass(frozen=True, eq=False)
class Refusal:
    """Commands that reached no street, and why."""

    time_s: float
    commands: Commands
    reason: str


class Field:
    """A `World` of a real city.

    Args:
        city: what stands; its sensors are those that records name.
        inbox: where observations arrive.
        clock: UTC.
        outbox: the way to the controllers; None = the city is only observed: commands are kept and refused.
    """

    end_s = float("inf")

    def __init__(self, city: City, inbox: Inbox, clock: Clock, outbox: Outbox | None = None) -> None:
        self.city = city
        self._inbox, self._clock, self._outbox = inbox, clock, outbox
        self._time_s = clock.now_s()
        self.refusals: deque[Refusal] = deque(maxlen=REFUSALS_KEPT)  # the newest ones
        self.n_refused = 0  # commands, of all times

    @property
    def time_s(self) -> float:
        """The last moment that was looked at."""
        return self._time_s

    @property
    def observes_only(self) -> bool:
        """Nothing that is commanded reaches the street."""
        return self._outbox is None

    def skip(self) -> None:
        """Nobody looked until now; the next look takes everything that has arrived."""
        self._time_s = max(self._time_s, self._clock.now_s())

    def observe(self, until_s: float) -> Observations:
        """Wait until it is `until_s`, then give what has arrived; at once where that moment has passed.

        Raises InputError for a time before the last look.
        """
        if not self._time_s <= until_s < self.end_s:
            raise InputError(f"until_s = {until_s:g}: expected a time from {self._time_s:g} s on")
        while (left_s := until_s - self._clock.now_s()) > 0.0:
            self._clock.sleep(left_s)
        self._time_s = until_s
        return self._inbox.drain(until_s)

    def apply(self, commands: Commands) -> None:
        """Pass commands on to the controllers, or keep and refuse them where there is no way to these."""
        if self._outbox is not None:
            self._outbox.send(commands)
            return
        if commands.signal.size:
            reason = "observe only: no driver is attached to the signals"
            self.refusals.append(Refusal(self._clock.now_s(), commands, reason))
            self.n_refused += commands.signal.size

    def close(self) -> None:
        """Inbox and outbox belong to who made them."""
