"""Webhooks: whom to call when an indicator crosses a value or an event changes, and what became of the calls.

A hook fires once when its value crosses the threshold, and again only after it has been back on the other side. Each
call is tried a bounded number of times, each wait longer; what was never taken is counted as dead. A call carries the
time and an HMAC-SHA-256 over time and body, by a secret that only its owner knows. Only hosts that the operator has
named are called, by exactly the scheme and port that he has named, and no answer leads anywhere else.

Nothing here sends anything by itself: `look` finds what is due to be told, `due` what is due to be sent.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import os
import re
import secrets
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from citybrain.errors import InputError, LimitError
from citybrain.hub.catalogue import Audience, Kind
from citybrain.hub.durable import write_whole
from citybrain.hub.events import EventLog
from citybrain.hub.hub import Hub
from citybrain.records.observations import Quality
from citybrain.settings import Settings

URL_MAX = 500  # characters
FIRST_WAIT_S, WAIT_MAX_S = 1.0, 300.0
PORTS = {"https": 443, "http": 80}
_PLAIN_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]+)(?::(?P<port>[0-9]{1,5}))?(?:[/?][A-Za-z0-9._~!$&'()*+,;=:%/?-]*)?"
)
_LOUD = frozenset((Quality.MEASURED, Quality.ESTIMATED))  # a stale or unknown value crosses nothing


@dataclass(frozen=True)
class Hook:
    """Whom to call, and when: `address` with `above` or `below` (one of them), or events of some kinds ("" = none)."""

    number: int
    owner: str
    url: str
    secret: str = field(repr=False)
    address: str = ""  # of an indicator; "" = it is about events
    above: float | None = None
    below: float | None = None
    kinds: tuple[str, ...] = ()  # of events; () = all

    @property
    def about_events(self) -> bool:
        return not self.address

    def beyond(self, value: float) -> bool:
        """Whether a value is on the far side."""
        return value > self.above if self.above is not None else self.below is not None and value < self.below


@dataclass(frozen=True)
class Call:
    """A call that is to be made: body and number stay the same, however often it is tried."""

    hook: int
    number: int
    body: bytes
    tried: int = 0
    due_s: float = 0.0


@dataclass
class Account:
    """What became of the calls of a hook."""

    delivered: int = 0
    failed: int = 0  # tries
    dead: int = 0  # calls that were given up, or for which there was no room
    last: str = ""  # why the last try failed; "" = it did not


def allowed_hosts(text: str) -> frozenset[tuple[str, str, int]]:
    """Scheme, host and port of each entry: `host` or `host:port` (TLS), or `http://host:port` where there is no TLS.

    Raises InputError for an entry that is none of these.
    """
    found = set()
    for entry in filter(None, (part.strip() for part in text.split(","))):
        parts = urlsplit(entry if "://" in entry else f"https://{entry}")
        try:
            port = parts.port
        except ValueError:
            port = -1
        plain = not (parts.path or parts.query or parts.fragment or parts.username)
        if parts.scheme not in PORTS or not parts.hostname or port == -1 or not plain:
            raise InputError(f"[webhooks] hosts: {entry[:80]!r}: expected HOST, HOST:PORT or http://HOST:PORT")
        found.add((parts.scheme, parts.hostname, port or PORTS[parts.scheme]))
    return frozenset(found)


def checked_url(url: str, hosts: Iterable[tuple[str, str, int]]) -> str:
    """The URL itself. Raises InputError unless it leads to one of the hosts, and nowhere else."""
    # So plain a form that no two readers of addresses can differ about where it leads.
    plain = _PLAIN_URL.fullmatch(url) if len(url) <= URL_MAX else None
    if plain is None:
        raise InputError(f"url: expected http(s)://HOST:PORT/PATH?QUERY of at most {URL_MAX} plain characters")
    scheme = plain["scheme"]
    place = (scheme, plain["host"].lower(), int(plain["port"] or PORTS[scheme]))
    if place not in set(hosts):
        raise InputError("url: its scheme, host and port are not among [webhooks] hosts of the configuration")
    return url


def signature(secret: str, time_s: int, body: bytes) -> str:
    """What the receiver computes too: `v1=` and HMAC-SHA-256 of `TIME.BODY` in hex."""
    return "v1=" + hmac.new(secret.encode(), f"{time_s}.".encode() + body, hashlib.sha256).hexdigest()


class Webhooks:
    """The hooks of a brain, and their calls. Any thread may use it."""

    def __init__(
        self,
        hub: Hub,
        events: EventLog | None,
        hosts: frozenset[tuple[str, str, int]],
        path: Path | None = None,
        settings: Settings | None = None,
    ) -> None:
        self.hosts = hosts
        self.accounts: dict[int, Account] = {}
        self._hub, self._events, self._path = hub, events, path
        self._settings = settings or Settings()
        self._lock = threading.RLock()
        self._hooks: dict[int, Hook] = {}
        self._beyond: dict[int, bool] = {}
        self._calls: dict[int, deque[Call]] = {}
        self._busy: set[int] = set()  # hooks of which a call is on its way: one at a time, in order
        self._number = 0
        self._seen = 0 if events is None else events.head().number  # of the event log: what was before is not told
        self._read()

    # ---- who ----

    def hooks(self) -> list[Hook]:
        """All of them, by number."""
        with self._lock:
            return sorted(self._hooks.values(), key=lambda hook: hook.number)

    def add(self, hook: Hook) -> Hook:
        """Enter a hook; its number and secret are given here. Raises InputError, LimitError."""
        checked_url(hook.url, self.hosts)
        self._check(hook)
        with self._lock:
            if len(self._hooks) >= self._settings.webhooks_max:
                raise LimitError(f"{self._settings.webhooks_max} webhooks, the limit webhooks_max")
            made = replace(hook, number=self._next(), secret=secrets.token_urlsafe(32))
            self._enter(made)
            self._write()
            return made

    def _check(self, hook: Hook) -> None:
        if hook.about_events:
            if hook.above is not None or hook.below is not None:
                raise InputError("a threshold needs the address of an indicator")
            if self._events is None:
                raise InputError("this brain keeps no event log, so nothing can be told of events")
            return
        entry = self._hub.catalogue.get(hook.address)
        if entry.kind is not Kind.INDICATOR or entry.audience is Audience.RESTRICTED:
            raise InputError(f"{hook.address}: expected an indicator that is not restricted")
        bounds = [bound for bound in (hook.above, hook.below) if bound is not None]
        if len(bounds) != 1 or not math.isfinite(bounds[0]):
            raise InputError("expected one of above and below, a number")
        if hook.kinds:
            raise InputError("kinds are those of events; an indicator has none")

    def remove(self, number: int) -> Hook:
        """It is called no more; what waited is dropped. Raises InputError where there is none."""
        with self._lock:
            hook = self._hooks.pop(number, None)
            if hook is None:
                raise InputError(f"no webhook {number}")
            for kept in (self._calls, self.accounts, self._beyond):
                kept.pop(number, None)
            self._write()
            return hook

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _enter(self, hook: Hook) -> None:
        self._hooks[hook.number] = hook
        self._calls[hook.number], self.accounts[hook.number] = deque(), Account()

    # ---- what is to be told ----

    def look(self, now_s: float) -> int:
        """Note what has happened since the last look; how many calls came of it. `now_s` on the city's clock."""
        with self._lock:
            before = self._number
            for hook in self._hooks.values():
                if not hook.about_events:
                    self._look_at_value(hook, now_s)
            self._look_at_events()
            return self._number - before

    def _look_at_value(self, hook: Hook, now_s: float) -> None:
        if hook.address not in self._hub.catalogue:  # of a run before, and not there yet
            return
        value = self._hub.latest(hook.address, now_s)
        if value.quality not in _LOUD:
            return
        beyond, was = hook.beyond(value.value), self._beyond.get(hook.number)
        self._beyond[hook.number] = beyond
        if beyond and not was:
            told = {"address": hook.address, "value": value.value, "above": hook.above, "below": hook.below}
            quality = Quality(value.quality).name.lower()
            self._tell(hook, "threshold", {**told, "time_s": value.time_s, "quality": quality})

    def _look_at_events(self) -> None:
        log = self._events
        if log is None or log.head().number == self._seen:
            return
        for entry in log.after(self._seen):
            self._seen = entry.number
            try:
                event = log.event(entry.event)
            except InputError:  # its proposal was forgotten meanwhile
                continue
            told = {"event": event.event, "kind": event.kind, "title": event.title, "state": str(entry.state)}
            for hook in self._hooks.values():
                if hook.about_events and (not hook.kinds or event.kind in hook.kinds):
                    self._tell(hook, "event", {**told, "time_s": entry.time_s})

    def _tell(self, hook: Hook, what: str, about: dict[str, Any]) -> None:
        number = self._next()
        body = json.dumps({"number": number, "hook": hook.number, "what": what, **about}, allow_nan=False).encode()
        waiting = self._calls[hook.number]
        if len(waiting) >= self._settings.webhook_calls_max:
            waiting.popleft()
            self.accounts[hook.number].dead += 1
        waiting.append(Call(hook.number, number, body))

    # ---- what is to be sent ----

    def due(self, now_s: float) -> list[tuple[Hook, Call]]:
        """Calls that are to be made now, one of a hook at most; each must come back by `settle`. `now_s` is UTC."""
        with self._lock:
            found = []
            for number, waiting in self._calls.items():
                if waiting and number not in self._busy and waiting[0].due_s <= now_s:
                    self._busy.add(number)
                    found.append((self._hooks[number], waiting[0]))
            return found

    def settle(self, call: Call, trouble: str, now_s: float) -> None:
        """What became of a call; "" = it was taken."""
        with self._lock:
            self._busy.discard(call.hook)
            waiting, account = self._calls.get(call.hook), self.accounts.get(call.hook)
            if waiting is None or account is None:  # the hook was removed meanwhile
                return
            account.last = trouble
            if not trouble:
                account.delivered += 1
            else:
                account.failed += 1
                tried = call.tried + 1
                if tried < self._settings.webhook_attempts:
                    wait_s = min(WAIT_MAX_S, FIRST_WAIT_S * 2.0**call.tried)
                    if waiting and waiting[0].number == call.number:
                        waiting[0] = replace(call, tried=tried, due_s=now_s + wait_s)
                    return
                account.dead += 1
            if waiting and waiting[0].number == call.number:
                waiting.popleft()

    def waiting(self, number: int) -> int:
        """Calls of a hook that are still to be made."""
        with self._lock:
            return len(self._calls.get(number, ()))

    # ---- kept ----

    def _write(self) -> None:
        if self._path is not None:
            kept = {"number": self._number, "hooks": [asdict(hook) for hook in self._hooks.values()]}
            write_whole(self._path, lambda file: _write_secret(file, json.dumps(kept).encode()))

    def _read(self) -> None:
        """Hooks of the run before. One whose host is allowed no longer, or whose indicator is gone, is passed over."""
        if self._path is None or not self._path.exists():
            return
        kept = json.loads(self._path.read_text(encoding="utf-8"))
        self._number = int(kept["number"])
        for told in kept["hooks"]:
            hook = Hook(**{**told, "kinds": tuple(told["kinds"])})
            try:
                checked_url(hook.url, self.hosts)
            except InputError:
                continue
            self._enter(hook)


def _write_secret(file: IO[bytes], content: bytes) -> None:
    """Only the brain's own user may read it: the secrets of the hooks are in it."""
    os.fchmod(file.fileno(), 0o600)
    file.write(content)
