"""The city's event log: who said what of an incident, when and why. Append-only, and any tampering shows.

An event is proposed (by a stage, a report, a person), then confirmed, handled and closed, or rejected. Every step is
an entry of the log; entries form a chain: each carries the hash of the one before, so that an entry that is edited,
dropped, added or moved breaks the chain, and the head (number and hash of the last entry) shows when the end is cut.
With a key the hashes are MACs: who can write the file but has not the key cannot make a chain that holds.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
import threading
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from citybrain.errors import InputError, LimitError
from citybrain.settings import Settings

TEXT_MAX = 2000  # characters
WHO_MAX = 200
DETAILS_MAX = 16_000  # characters of JSON
OPEN_MAX = 50_000  # events that are neither closed nor rejected
_START = "0" * 64
_DAY_S = 86_400.0


class State(StrEnum):
    """Where an event stands in its life."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    HANDLED = "handled"
    CLOSED = "closed"
    REJECTED = "rejected"


NEXT: dict[State, frozenset[State]] = {
    State.PROPOSED: frozenset((State.CONFIRMED, State.REJECTED)),
    State.CONFIRMED: frozenset((State.HANDLED, State.CLOSED, State.REJECTED)),
    State.HANDLED: frozenset((State.CLOSED,)),
    State.CLOSED: frozenset(),
    State.REJECTED: frozenset(),
}
OVER = frozenset((State.CLOSED, State.REJECTED))


@dataclass(frozen=True)
class Event:
    """An event as it stands."""

    event: int  # its number
    kind: str  # e.g. "sensor", "report", "congestion"
    title: str
    state: State
    begin_s: float  # when it was proposed
    changed_s: float  # when it came into its state
    who: str  # brought it there
    why: str
    link: int | None = None  # row of the city's links
    x_m: float | None = None
    y_m: float | None = None
    key: str = ""  # what it is about: only one event of a key is open at a time; "" = no matter
    details: str = "{}"  # JSON of the proposer


@dataclass(frozen=True)
class LogEntry:
    """One line of the log."""

    number: int
    event: int
    time_s: float
    state: State
    who: str
    why: str
    body: str  # JSON of a proposal; "" of a later step
    mac: str  # over this entry and the one before


@dataclass(frozen=True)
class Head:
    """The end of the chain. Kept elsewhere, it proves that nothing was cut off or written anew."""

    number: int
    mac: str


class EventLog:
    """The log in one SQLite file. Every entry is on the disk before the call that made it returns."""

    def __init__(self, path: Path, key: bytes = b"", settings: Settings | None = None) -> None:
        self._settings = settings or Settings()
        self._key = key
        self._lock = threading.RLock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.executescript(_SCHEMA)
        self._db.execute("INSERT OR IGNORE INTO ends VALUES ('head', 0, ?), ('base', 0, ?)", (_START, _START))
        self._events: dict[int, Event] = {}
        self._open: set[int] = set()
        self._keys: dict[str, int] = {}  # of open events
        self.changes = 0  # grows with every entry, and as entries are forgotten
        self.trouble = self.verify()  # what was wrong when the log was opened
        self._read_again()

    def close(self) -> None:
        self._db.close()

    def _read_again(self) -> None:
        """The events as the log tells them; as far as it can be read where it is damaged: `trouble` says so."""
        try:
            for entry in self.entries():
                self._apply(entry)
        except (ValueError, TypeError) as error:
            self.trouble.append(f"the log cannot be read to its end: {error}")

    # ---- write ----

    def propose(self, event: Event) -> Event:
        """Enter a new event; its number and state are given here. With a key that is open already: that event.

        Raises InputError for text that is too long, LimitError when the log or the list of open events is full.
        """
        _check(event.who, event.why, event.title, event.details)
        body = {k: v for k, v in asdict(event).items() if k in _BODY}
        text = json.dumps(body, sort_keys=True, allow_nan=False)
        with self._lock:
            if event.key and event.key in self._keys:
                return self._events[self._keys[event.key]]
            if len(self._open) >= OPEN_MAX:
                raise LimitError(f"{OPEN_MAX} events are open, the limit; close some")
            entry = LogEntry(0, 0, event.begin_s, State.PROPOSED, event.who, event.why, text, "")
            return self._append(entry)

    def advance(self, event: int, state: State, time_s: float, who: str, why: str) -> Event:
        """Take an event on. Raises InputError when there is none, or when it cannot come to that state from its own."""
        _check(who, why)
        with self._lock:
            now = self.event(event)
            if state not in NEXT[now.state]:
                may = ", ".join(sorted(NEXT[now.state])) or "nothing: it is over"
                raise InputError(f"event {event} is {now.state}: expected {may}; not {state}")
            return self._append(LogEntry(0, event, time_s, state, who, why, "", ""))

    def _append(self, entry: LogEntry) -> Event:
        if self.count() >= self._settings.events_max:
            raise LimitError(f"the event log holds {self._settings.events_max} entries, its limit events_max")
        head = self.head()
        number = head.number + 1
        made = replace(entry, number=number, event=entry.event or number)
        made = replace(made, mac=self._mac(head.mac, made))
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._db.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?)", tuple(asdict(made).values()))
            self._db.execute("UPDATE ends SET number = ?, mac = ? WHERE which = 'head'", (number, made.mac))
            self._db.execute("COMMIT")
        except sqlite3.Error:
            self._db.execute("ROLLBACK")
            raise
        self._apply(made)
        self.changes += 1  # last: who has seen the new number finds the new event
        return self._events[made.event]

    def _apply(self, entry: LogEntry) -> None:
        state, at_s, who, why = entry.state, entry.time_s, entry.who, entry.why
        if entry.body:
            body = {k: v for k, v in json.loads(entry.body).items() if k in _BODY}
            event = Event(event=entry.event, begin_s=at_s, state=state, changed_s=at_s, who=who, why=why, **body)
        elif entry.event in self._events:
            event = replace(self._events[entry.event], state=state, changed_s=at_s, who=who, why=why)
        else:  # its proposal is forgotten
            return
        self._events[entry.event] = event
        if state in OVER:
            self._open.discard(event.event)
            self._keys.pop(event.key, None)
        else:
            self._open.add(event.event)
            self._keys.update({event.key: event.event} if event.key else {})

    def expire(self, now_s: float, who: str = "retention") -> int:
        """Forget entries older than `events_days` from the beginning of the log; how many.

        Events that are still open by then are closed first. What is left begins with a base that the chain goes on
        from.
        """
        with self._lock:
            before_s = now_s - self._settings.events_days * _DAY_S
            for event in [e for e in self._events.values() if e.changed_s < before_s and e.event in self._open]:
                closing = State.REJECTED if event.state is State.PROPOSED else State.CLOSED
                self.advance(event.event, closing, now_s, who, f"open for more than {self._settings.events_days} days")
            last = self._last_to_forget(before_s)
            if last is None:
                return 0
            number, mac = last
            gone = self.count()
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute("UPDATE ends SET number = ?, mac = ? WHERE which = 'base'", (number, mac))
            self._db.execute("DELETE FROM entries WHERE number <= ?", (number,))
            self._db.execute("COMMIT")
            kept = {row[0] for row in self._db.execute("SELECT DISTINCT event FROM entries")}
            self._events = {n: event for n, event in self._events.items() if n in kept or event.state not in OVER}
            self.changes += 1
            return gone - self.count()

    def _last_to_forget(self, before_s: float) -> tuple[int, str] | None:
        """The end of the longest beginning of the log that is all old."""
        young = self._db.execute("SELECT min(number) FROM entries WHERE time_s >= ?", (before_s,)).fetchone()[0]
        limit = 2**62 if young is None else young
        found = self._db.execute(
            "SELECT number, mac FROM entries WHERE number < ? ORDER BY number DESC LIMIT 1", (limit,)
        )
        row = found.fetchone()
        return None if row is None else (int(row[0]), str(row[1]))

    # ---- read ----

    def event(self, event: int) -> Event:
        """One event as it stands. Raises InputError when there is none."""
        found = self._events.get(event)
        if found is None:
            raise InputError(f"no event {event}")
        return found

    def events(self, states: frozenset[State] | None = None, since_s: float = 0.0) -> list[Event]:
        """Events in some states that changed at `since_s` or later, newest change first."""
        with self._lock:
            every = list(self._events.values())
        chosen = [e for e in every if (states is None or e.state in states) and e.changed_s >= since_s]
        return sorted(chosen, key=lambda event: (event.changed_s, event.event), reverse=True)

    def entries(self, event: int | None = None) -> list[LogEntry]:
        """Lines of the log, of one event or of all, oldest first."""
        where, given = ("", ()) if event is None else (" WHERE event = ?", (event,))
        with self._lock:
            rows = self._db.execute(f"SELECT * FROM entries{where} ORDER BY number", given).fetchall()  # noqa: S608
        return [LogEntry(r[0], r[1], r[2], State(r[3]), *r[4:]) for r in rows]

    def after(self, number: int, most: int = 1000) -> list[LogEntry]:
        """The next lines of the log behind one of them, oldest first."""
        with self._lock:
            chosen = "SELECT * FROM entries WHERE number > ? ORDER BY number LIMIT ?"
            rows = self._db.execute(chosen, (number, most)).fetchall()
        return [LogEntry(r[0], r[1], r[2], State(r[3]), *r[4:]) for r in rows]

    def count(self) -> int:
        """Entries in the log."""
        return self.head().number - self._end("base").number

    def head(self) -> Head:
        """The end of the chain."""
        return self._end("head")

    def _end(self, which: str) -> Head:
        row = self._db.execute("SELECT number, mac FROM ends WHERE which = ?", (which,)).fetchone()
        return Head(int(row[0]), str(row[1])) if row else Head(-1, "")

    # ---- prove ----

    def verify(self, witness: Head | None = None) -> list[str]:
        """What is wrong with the chain, first things first; nothing when it holds.

        `witness` is a head that was read earlier and kept elsewhere: the log must still go through it.
        """
        with self._lock:
            rows = self._db.execute("SELECT * FROM entries ORDER BY number").fetchall()
            base, head = self._end("base"), self._end("head")
        wrong, last = [], base
        for row in rows:
            if row[0] != last.number + 1:
                wrong.append(f"entry {last.number + 1} is missing")
            if not hmac.compare_digest(self._mac(last.mac, LogEntry(*row)).encode(), str(row[7]).encode()):
                wrong.append(f"entry {row[0]} is not what was written, or not in its place")
            if witness is not None and row[0] == witness.number and row[7] != witness.mac:
                wrong.append(f"entry {row[0]} is another one than the witness saw")
            last = Head(int(row[0]), str(row[7]))
        if last != head:
            wrong.append(f"the log ends with entry {last.number}, its head says {head.number}")
        if witness is not None and last.number < witness.number:
            wrong.append(f"the log ends with entry {last.number}, the witness saw {witness.number}")
        return wrong

    def _mac(self, before: str, entry: LogEntry) -> str:
        told = [before, entry.number, entry.event, entry.time_s, str(entry.state), entry.who, entry.why, entry.body]
        return hmac.new(self._key, json.dumps(told).encode(), hashlib.sha256).hexdigest()


_BODY = frozenset(("kind", "title", "link", "x_m", "y_m", "key", "details"))
_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS entries (
    number INTEGER PRIMARY KEY, event INTEGER NOT NULL, time_s REAL NOT NULL, state TEXT NOT NULL,
    who TEXT NOT NULL, why TEXT NOT NULL, body TEXT NOT NULL, mac TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS of_event ON entries (event);
CREATE TABLE IF NOT EXISTS ends (which TEXT PRIMARY KEY, number INTEGER NOT NULL, mac TEXT NOT NULL);
"""


def _check(who: str, why: str, title: str = "-", details: str = "{}") -> None:
    rules: tuple[tuple[str, Any], ...] = (
        (f"who: 1 to {WHO_MAX} characters", 0 < len(who) <= WHO_MAX),
        (f"why: 1 to {TEXT_MAX} characters", 0 < len(why) <= TEXT_MAX),
        (f"a title of 1 to {TEXT_MAX} characters", 0 < len(title) <= TEXT_MAX),
        (f"details of at most {DETAILS_MAX} characters", len(details) <= DETAILS_MAX),
    )
    wrong = [what for what, holds in rules if not holds]
    if wrong:
        raise InputError(f"event: expected {wrong[0]}")
