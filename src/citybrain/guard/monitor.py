"""The referee: it sees the colours that signals display, second by second, and nothing else.

It knows no wish, no command and no state of a program, and shares no code with those that decide (a test walks the
imports). A signal that shows what its sheet forbids is *latched*: from then on it belongs to its local plan, until a
person releases it by name. A latch outlives this program (`latches.py`).

What counts as a fault: groups green together that may not be (a yellow counts as the green before it); a green, yellow
or clearing time that is too short; green that ends without yellow; the same picture, or one group's red, for too long;
too many hasty changes; a picture with dark groups or unknown colours; silence. A change that is one of the signal's
own plan, after the time that the plan gives, is lawful as it stands; only what may not be green together never is.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from citybrain.guard.monitor_table import OFF, PERMISSIVE, PROTECTED, YELLOW, Bounds, Sheet

UNKNOWN = 255  # a group whose colour nobody has told
HASTY_S = 60.0  # greens that begin at longer intervals are no haste


class Fault(StrEnum):
    """What a signal can do wrong."""

    CONFLICT = "conflicting greens"
    SHORT_GREEN = "green too short"
    NO_YELLOW = "green ends without yellow"
    SHORT_YELLOW = "yellow too short"
    SHORT_CLEARING = "clearing time too short"
    STUCK = "same picture for too long"
    LONG_RED = "red for too long"
    HASTE = "too many changes"
    DARK = "dark or unknown colour"
    SILENT = "no colours reported"


@dataclass(frozen=True)
class Trip:
    """One fault, as it was seen."""

    signal: str
    time_s: float
    fault: Fault
    detail: str


@dataclass
class _Seen:
    """What is known of one signal's past."""

    sheet: Sheet
    shown: bytes = b""  # b"": nothing yet
    since_s: float = 0.0
    heard_s: float = -math.inf
    due_s: float = math.inf  # nothing can be wrong before, unless the picture changes
    flow_s: list[float] = field(default_factory=list)  # by group: since when it has been green; -inf: nobody knows
    yellow_s: list[float] = field(default_factory=list)
    open_s: list[float] = field(default_factory=list)  # until when it was green or yellow
    weight: list[int] = field(default_factory=list)  # the strongest colour of its last green
    red_s: list[float] = field(default_factory=list)
    begun_s: float = -math.inf  # when some group last began its green
    by_plan: bool = True  # every change since then was one of the plan
    hasty: deque[float] = field(default_factory=deque)


class Monitor:
    """Watches all signals of a city.

    Args:
        sheets: what each signal is held to (`monitor_table.read_sheets`).
        bounds: those that the sheets were made with.
        latched: signals that are latched already.
    """

    def __init__(self, sheets: Sequence[Sheet], bounds: Bounds, latched: Iterable[str] = ()) -> None:
        self._bounds = bounds
        self._seen = [_Seen(sheet) for sheet in sheets if sheet.n]
        self.latched = set(latched)
        self.n_groups = sum(sheet.n for sheet in sheets)
        self.seen_pictures = 0  # of all signals, so far
        self._time_s = -math.inf

    def see(self, time_s: float, colours: bytes) -> list[Trip]:
        """Colours of all groups in the second that begins at `time_s`; what is wrong, a signal that is latched too.

        A time that is not after the last one, or a picture of another size, is itself a fault of the line: ValueError.
        """
        if len(colours) != self.n_groups or not time_s > self._time_s:
            raise ValueError(f"{len(colours)} colours at {time_s}: expected {self.n_groups}, after {self._time_s}")
        self._time_s = time_s
        trips: list[Trip] = []
        for seen in self._seen:
            sheet = seen.sheet
            now = colours[sheet.first : sheet.first + sheet.n]
            if now == seen.shown:
                seen.heard_s = time_s
                if time_s < seen.due_s:
                    continue
                self._overdue(seen, time_s, trips)
            elif UNKNOWN in now:
                self._silence(seen, time_s, trips)
            else:
                self._look(seen, time_s, now, trips)
        self.seen_pictures += len(self._seen)
        self.latched.update(trip.signal for trip in trips)
        return trips

    def release(self, signal: str) -> None:
        """A person answers for the signal: it is watched from its next picture on as if it were new."""
        self.latched.discard(signal)
        for seen in self._seen:
            if seen.sheet.signal == signal:
                seen.shown, seen.heard_s = b"", -math.inf
                seen.hasty.clear()

    def _silence(self, seen: _Seen, time_s: float, trips: list[Trip]) -> None:
        if seen.heard_s == -math.inf:
            seen.heard_s = time_s
        if time_s - seen.heard_s >= self._bounds.silent_s:
            self._trip(seen, time_s, Fault.SILENT, f"for {time_s - seen.heard_s:g} s", trips)
            seen.shown, seen.heard_s = b"", time_s

    def _overdue(self, seen: _Seen, time_s: float, trips: list[Trip]) -> None:
        sheet, age_s = seen.sheet, time_s - seen.since_s
        if age_s >= sheet.shown_max_s:
            self._trip(seen, time_s, Fault.STUCK, f"{age_s + 1.0:g} s, at most {sheet.shown_max_s:g}", trips)
            seen.since_s = time_s
        for group, limit_s in enumerate(sheet.red_max_s):
            if seen.shown[group] < OFF and time_s - seen.red_s[group] >= limit_s:
                self._trip(seen, time_s, Fault.LONG_RED, f"group {group}, at most {limit_s:g} s", trips)
                seen.red_s[group] = time_s
        self._set_due(seen)

    def _look(self, seen: _Seen, time_s: float, now: bytes, trips: list[Trip]) -> None:
        """A new picture."""
        sheet, new = seen.sheet, not seen.shown
        if new:
            self._begin(seen, time_s, now)
        lawful = new or time_s - seen.since_s >= sheet.steps.get((seen.shown, now), math.inf)
        if now not in sheet.pictures and (OFF in now or max(now) > PROTECTED):
            self._trip(seen, time_s, Fault.DARK, f"shows {list(now)}", trips)
        self._check_together(seen, time_s, now, trips)
        if not lawful:
            for group in range(sheet.n):
                if now[group] != seen.shown[group]:
                    self._check_change(seen, time_s, now, group, trips)
        self._count_change(seen, time_s, now, lawful, trips)
        self._remember(seen, time_s, now)

    def _begin(self, seen: _Seen, time_s: float, now: bytes) -> None:
        n = seen.sheet.n
        seen.flow_s, seen.yellow_s, seen.open_s = [-math.inf] * n, [-math.inf] * n, [-math.inf] * n
        seen.weight, seen.red_s = [PERMISSIVE if c == YELLOW else 0 for c in now], [time_s] * n
        seen.begun_s, seen.by_plan = -math.inf, True

    def _check_together(self, seen: _Seen, time_s: float, now: bytes, trips: list[Trip]) -> None:
        sheet = seen.sheet
        going = strong = 0
        for group, colour in enumerate(now):
            if colour >= PERMISSIVE or colour == YELLOW:
                going |= 1 << group
                if colour == PROTECTED or (colour == YELLOW and self._weight(seen, group) == PROTECTED):
                    strong |= 1 << group
        for group in range(sheet.n):
            bad = 0
            if going >> group & 1:
                bad = sheet.never[group] & going
                if strong >> group & 1:
                    bad |= sheet.either[group] & strong
            if bad >> (group + 1):
                foes = [foe for foe in range(group + 1, sheet.n) if bad >> foe & 1]
                self._trip(seen, time_s, Fault.CONFLICT, f"group {group} with {foes}", trips)

    def _check_change(self, seen: _Seen, time_s: float, now: bytes, group: int, trips: list[Trip]) -> None:
        """One group shows another colour than before, and its plan does not say so."""
        sheet, before, after = seen.sheet, seen.shown[group], now[group]
        if before >= PERMISSIVE and after < PERMISSIVE:
            green_s = time_s - seen.flow_s[group]
            if green_s < sheet.green_min_s:
                self._trip(seen, time_s, Fault.SHORT_GREEN, f"group {group}: {green_s:g} s", trips)
            if after != YELLOW:
                self._trip(seen, time_s, Fault.NO_YELLOW, f"group {group}", trips)
        if before == YELLOW:
            yellow_s = time_s - seen.yellow_s[group]
            if yellow_s < sheet.yellow_s or after >= PERMISSIVE:
                self._trip(seen, time_s, Fault.SHORT_YELLOW, f"group {group}: {yellow_s:g} s", trips)
        if after >= PERMISSIVE and after > before:
            foes = sheet.never[group] | (sheet.either[group] if after == PROTECTED else 0)
            for foe in (foe for foe in range(sheet.n) if foes >> foe & 1 and now[foe] < PERMISSIVE):
                if not sheet.never[group] >> foe & 1 and self._weight(seen, foe) < PROTECTED:
                    continue
                clear_s = 0.0 if _is_open(seen.shown[foe]) else time_s - seen.open_s[foe]
                if clear_s < sheet.all_red_s:
                    self._trip(seen, time_s, Fault.SHORT_CLEARING, f"groups {foe} to {group}: {clear_s:g} s", trips)

    def _weight(self, seen: _Seen, group: int) -> int:
        """What a group was allowed at the end of its last green."""
        last = seen.shown[group] if seen.shown else 0
        return last if last >= PERMISSIVE else seen.weight[group]

    def _count_change(self, seen: _Seen, time_s: float, now: bytes, lawful: bool, trips: list[Trip]) -> None:
        """Greens that begin soon after others; one that ends a long red is no haste."""
        sheet = seen.sheet
        seen.by_plan = seen.by_plan and lawful
        if not seen.shown:
            return
        begins = [g for g in range(sheet.n) if now[g] >= PERMISSIVE and seen.shown[g] < PERMISSIVE]
        if not begins:
            return
        waited = any(time_s - seen.red_s[g] >= sheet.red_max_s[g] / 2.0 for g in begins)
        if not seen.by_plan and not waited and time_s - seen.begun_s < HASTY_S:
            seen.hasty.append(time_s)
        while seen.hasty and seen.hasty[0] <= time_s - self._bounds.changes_s:
            seen.hasty.popleft()
        if len(seen.hasty) > self._bounds.changes_max:
            self._trip(seen, time_s, Fault.HASTE, f"{len(seen.hasty)} in {self._bounds.changes_s:g} s", trips)
            seen.hasty.clear()
        seen.begun_s, seen.by_plan = time_s, True

    def _remember(self, seen: _Seen, time_s: float, now: bytes) -> None:
        before = seen.shown or now
        for group, (was, colour) in enumerate(zip(before, now, strict=True)):
            if was != colour:
                if was >= PERMISSIVE > colour:
                    seen.weight[group] = was
                if was < PERMISSIVE <= colour:
                    seen.flow_s[group] = time_s
                if colour == YELLOW:
                    seen.yellow_s[group] = time_s
                if _is_open(was) and not _is_open(colour):
                    seen.open_s[group] = time_s
            if was >= OFF or colour >= OFF:
                seen.red_s[group] = time_s
        seen.shown, seen.since_s, seen.heard_s = now, time_s, time_s
        self._set_due(seen)

    def _set_due(self, seen: _Seen) -> None:
        sheet = seen.sheet
        reds = (seen.red_s[g] + sheet.red_max_s[g] for g in range(sheet.n) if seen.shown[g] < OFF)
        seen.due_s = min(seen.since_s + sheet.shown_max_s, min(reds, default=math.inf))

    def _trip(self, seen: _Seen, time_s: float, fault: Fault, detail: str, trips: list[Trip]) -> None:
        trips.append(Trip(seen.sheet.signal, time_s, fault, detail))


def _is_open(colour: int) -> bool:
    """Vehicles may still come: green, or the yellow after it."""
    return colour >= PERMISSIVE or colour == YELLOW
