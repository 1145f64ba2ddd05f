"""The doorkeeper: lets people in, remembers who failed, and writes down what is changed before it is.

It holds the accounts, the audit and the table of failures, which belong together: nobody is let in or refused without a
line in the audit.
"""

from __future__ import annotations

import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from citybrain.clock import Clock
from citybrain.errors import BusyError, CityBrainError, InputError
from citybrain.hub.access import NAME
from citybrain.hub.accounts import Accounts, User
from citybrain.hub.attempts import Attempts
from citybrain.hub.audit import AuditEntry, AuditLog
from citybrain.hub.passwords import random_password
from citybrain.settings import Settings

FOLDER = "access"  # below the folder of a run
DENIED_EVERY_S = 10.0
LOCAL = "the terminal"  # where commands come from


class WaitError(CityBrainError):
    """Too many logins have failed; `wait_s` says when to come again."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"too many logins have failed; wait {wait_s:.0f} s")
        self.wait_s = wait_s


@dataclass(frozen=True)
class Login:
    """A person who has been let in; the token is his browser's alone."""

    user: User
    token: str


class Doorkeeper:
    """Keeps its files in a folder; None = in memory and in a folder that ends with it.

    `open_reading`: everybody may look at what `view` may, but for internal data.
    """

    def __init__(self, folder: Path | None, clock: Clock, settings: Settings, open_reading: bool = True) -> None:
        self._own = None if folder is not None else tempfile.TemporaryDirectory(prefix="citybrain-access-")
        self.clock, self.settings, self.open_reading = clock, settings, open_reading
        self.accounts = Accounts(folder, clock, settings)
        self.audit = AuditLog(folder or Path("" if self._own is None else self._own.name), settings.audit_mib)
        self._attempts = Attempts(settings)
        self._room = threading.BoundedSemaphore(settings.login_at_once)
        self._lock = threading.Lock()
        self._denied_s: dict[str, float] = {}  # when a name was last denied something

    def close(self) -> None:
        """Let go of the files."""
        self.accounts.close()
        self.audit.close()
        if self._own is not None:
            self._own.cleanup()

    def note(self, who: str, where: str, what: str, about: str = "", **told: Any) -> AuditEntry:
        """Enter what is about to be done: `before`, `after`, `why`. Raises StorageError: then it must not be done."""
        return self.audit.append(AuditEntry(0, self.clock.now_s(), who, where, what, about, **told))

    def denied(self, who: str, where: str, what: str) -> None:
        """Somebody known was not allowed to: a line in the audit, at most one each `DENIED_EVERY_S` and name."""
        now_s = self.clock.monotonic_s()
        with self._lock:
            if now_s - self._denied_s.get(who, -DENIED_EVERY_S) < DENIED_EVERY_S:
                return
            if len(self._denied_s) > self.settings.login_table_max:
                self._denied_s.clear()
            self._denied_s[who] = now_s
        self.note(who, where, "access.denied", what)

    def first_start(self) -> str | None:
        """Where there is no user yet: one who may configure, and his password, which is kept nowhere; else None."""
        password = random_password()
        if self.accounts.first_admin(password) is None:
            return None
        self.note("citybrain", LOCAL, "user.add", "admin", after={"role": "configure"}, why="first start")
        return password

    def login(self, name: str, password: str, where: str) -> Login:
        """Let a person in. Raises InputError, in the same words whatever was wrong; WaitError; BusyError."""
        now_s = self.clock.monotonic_s()
        with self._lock:
            wait_s = self._attempts.wait_s(name, where, now_s)
        if wait_s > 0.0:
            raise WaitError(wait_s)
        user = self._compared(name, password)
        if user is None:
            self._failed(name, where, now_s)
            raise InputError("the name or the password is wrong")
        with self._lock:
            self._attempts.passed(name, where)
        self.note(name, where, "session.begin", name)
        return Login(user, self.accounts.begin_session(name))

    def renew(self, login: Login, old: str, new: str, where: str) -> Login:
        """Another password for one who is logged in and knows the old one; all his sessions end, and one begins.

        Raises InputError for a wrong or a poor password, WaitError and BusyError as `login`.
        """
        name = login.user.name
        self.accounts.end_session(self.login(name, old, where).token)
        self.note(name, where, "user.password", name)
        self.accounts.set_password(name, new)
        return Login(login.user, self.accounts.begin_session(name))

    def _compared(self, name: str, password: str) -> User | None:
        if not self._room.acquire(blocking=False):
            raise BusyError("too many logins at the same time; try again")
        try:
            return self.accounts.check(name, password)
        finally:
            self._room.release()

    def _failed(self, name: str, where: str, now_s: float) -> None:
        with self._lock:
            self._attempts.failed(name, where, now_s)
        shown = name if NAME.fullmatch(name) else "(no name)"  # people type passwords there
        self.note(shown, where, "session.refused", shown, why="the name or the password is wrong")
