"""Accounts: users with their roles, sessions, and the keys of programs, in one SQLite file beside the configuration.

Nothing in it lets anybody in: passwords are argon2id hashes, tokens of sessions and keys of programs are kept as plain
hashes, for they are 256 random bits. Every change is on the disk before the call that made it returns. The server and
the commands may have it open at the same time; nothing is cached, so a change counts at once.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from citybrain.clock import Clock
from citybrain.errors import FormatError, InputError, LimitError
from citybrain.hub.access import NO_RIGHTS, Rights, Role, checked_name
from citybrain.hub.passwords import Passwords
from citybrain.settings import Settings

FILE = "access.sqlite"
ADMIN = "admin"
VERSION = 1
NO_PASSWORD = "!"  # noqa: S105 - in place of a hash
SEEN_EVERY_S = 30.0  # a session's last use is noted no more often
DAY_S = 86_400.0


@dataclass(frozen=True)
class User:
    """A person who may log in."""

    name: str
    rights: Rights
    created_s: float
    changed_s: float  # of the password


@dataclass(frozen=True)
class Session:
    """A login that holds."""

    user: User
    begun_s: float
    ends_s: float  # whatever happens


@dataclass(frozen=True)
class ProgramKey:
    """A key by which a program reads, or acts."""

    name: str
    rights: Rights
    created_s: float
    ends_s: float


class Accounts:
    """The file in a folder; None = in memory, for this run alone. Raises FormatError for a file of a newer version."""

    def __init__(self, folder: Path | None, clock: Clock, settings: Settings) -> None:
        self._clock, self._settings = clock, settings
        self._passwords = Passwords(settings)
        self._lock = threading.RLock()
        self._db = _opened(folder)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    # ---- users ----

    def users(self) -> list[User]:
        """All of them, by name."""
        with self._lock:
            rows = self._db.execute(
                "SELECT name, role, areas, created_s, changed_s FROM users ORDER BY name"
            ).fetchall()
        return [_user(row) for row in rows]

    def user(self, name: str) -> User | None:
        """One of them."""
        with self._lock:
            found = "SELECT name, role, areas, created_s, changed_s FROM users WHERE name = ?"
            row = self._db.execute(found, (_sought(name),)).fetchone()
        return None if row is None else _user(row)

    def add(self, name: str, password: str, rights: Rights) -> User:
        """A new user. Raises InputError for a name that is taken or not valid, or a password that is too poor."""
        hashed = self._passwords.hashed(password, checked_name(name))
        now_s = self._clock.now_s()
        with self._changing():
            if self._count("users") >= self._settings.users_max:
                raise LimitError(f"{self._settings.users_max} users, the limit users_max")
            try:
                row = (name, hashed, int(rights.role), " ".join(rights.areas), now_s, now_s)
                self._db.execute("INSERT INTO users VALUES (?, ?, ?, ?, ?, ?)", row)
            except sqlite3.IntegrityError:
                raise InputError(f"user {name} is there already") from None
        return User(name, rights, now_s, now_s)

    def admit(self, name: str, rights: Rights) -> User:
        """A user whom an identity provider vouches for, with the rights of now: he has no password here.

        Raises InputError where the name is that of a user with one.
        """
        checked_name(name)
        now_s = self._clock.now_s()
        with self._changing():
            row = self._db.execute("SELECT hash FROM users WHERE name = ?", (name,)).fetchone()
            if row is None and self._count("users") >= self._settings.users_max:
                raise LimitError(f"{self._settings.users_max} users, the limit users_max")
            if row is not None and row[0] != NO_PASSWORD:
                raise InputError(f"user {name} is there already, with a password")
            given = (name, NO_PASSWORD, int(rights.role), " ".join(rights.areas), now_s, now_s)
            self._db.execute(_ADMIT, given)
        return User(name, rights, now_s, now_s)

    def change(self, name: str, rights: Rights) -> User:
        """Other rights for a user, at once. Raises InputError without one, and for the last who may configure."""
        with self._changing():
            user = self._there(name)
            if user.rights.role is Role.CONFIGURE and rights.role is not Role.CONFIGURE:
                self._not_the_last(name)
            row = (int(rights.role), " ".join(rights.areas), name)
            self._db.execute("UPDATE users SET role = ?, areas = ? WHERE name = ?", row)
        return User(name, rights, user.created_s, user.changed_s)

    def set_password(self, name: str, password: str) -> None:
        """Another password; every session of the user ends. Raises InputError."""
        hashed = self._passwords.hashed(password, name)
        with self._changing():
            self._there(name)
            row = (hashed, self._clock.now_s(), name)
            self._db.execute("UPDATE users SET hash = ?, changed_s = ? WHERE name = ?", row)
            self._db.execute("DELETE FROM sessions WHERE user = ?", (name,))

    def remove(self, name: str) -> None:
        """No longer a user; his sessions end. Raises InputError without one, and for the last who may configure."""
        with self._changing():
            if self._there(name).rights.role is Role.CONFIGURE:
                self._not_the_last(name)
            self._db.execute("DELETE FROM sessions WHERE user = ?", (name,))
            self._db.execute("DELETE FROM users WHERE name = ?", (name,))

    def first_admin(self, password: str) -> User | None:
        """Where there is nobody yet: somebody who may configure, with this password. None where there is somebody."""
        with self._lock:
            return None if self._count("users") else self.add(ADMIN, password, Rights(Role.CONFIGURE))

    def check(self, name: str, password: str) -> User | None:
        """The user whose password this is. It takes as long for a name that is not there."""
        with self._lock:
            row = self._db.execute("SELECT hash FROM users WHERE name = ?", (_sought(name),)).fetchone()
        kept = None if row is None or row[0] == NO_PASSWORD else str(row[0])
        if not self._passwords.same(password, kept) or kept is None:
            return None
        if self._passwords.outdated(kept):
            with self._changing():
                renewed = (self._passwords.rehashed(password), name, kept)
                self._db.execute("UPDATE users SET hash = ? WHERE name = ? AND hash = ?", renewed)
        return self.user(name)

    # ---- sessions ----

    def begin_session(self, name: str) -> str:
        """Log a user in: the token that only his browser holds. His oldest sessions end beyond a limit."""
        token, now_s = secrets.token_urlsafe(32), self._clock.now_s()
        with self._changing():
            self._there(name)
            self._forget_old(now_s)
            self._db.execute("INSERT INTO sessions VALUES (?, ?, ?, ?)", (_hash(token), name, now_s, now_s))
            self._db.execute(_DROP_OLDEST, (name, name, self._settings.sessions_of_user_max))
        return token

    def session(self, token: str) -> Session | None:
        """The session of a token, as long as it holds; this is a use of it."""
        now_s, key = self._clock.now_s(), _hash(token)
        with self._lock:
            found = "SELECT user, begun_s, seen_s FROM sessions WHERE token = ?"
            row = self._db.execute(found, (key,)).fetchone()
        if row is None:
            return None
        name, begun_s, seen_s = str(row[0]), float(row[1]), float(row[2])
        ends_s = begun_s + self._settings.session_max_s
        idle = now_s - seen_s > self._settings.session_idle_s
        user = self.user(name)
        if idle or now_s >= ends_s or user is None:
            self.end_session(token)
            return None
        if now_s - seen_s >= SEEN_EVERY_S:
            with self._changing():
                self._db.execute("UPDATE sessions SET seen_s = ? WHERE token = ?", (now_s, key))
        return Session(user, begun_s, ends_s)

    def end_session(self, token: str) -> None:
        """Log out."""
        with self._changing():
            self._db.execute("DELETE FROM sessions WHERE token = ?", (_hash(token),))

    def end_sessions(self, name: str) -> int:
        """Log a user out everywhere; how many sessions that were."""
        with self._changing():
            return self._db.execute("DELETE FROM sessions WHERE user = ?", (_sought(name),)).rowcount

    def _forget_old(self, now_s: float) -> None:
        old = (now_s - self._settings.session_max_s, now_s - self._settings.session_idle_s)
        self._db.execute("DELETE FROM sessions WHERE begun_s <= ? OR seen_s < ?", old)

    # ---- keys of programs ----

    def programs(self) -> list[ProgramKey]:
        """All of them, by name."""
        with self._lock:
            rows = self._db.execute("SELECT name, role, areas, created_s, ends_s FROM keys ORDER BY name").fetchall()
        return [_key(row) for row in rows]

    def add_key(self, name: str, rights: Rights, days: int) -> str:
        """A new key, which is kept nowhere: NAME:KEY is what the program shows. Raises InputError.

        No key is worth more than `manage`: who decides about people logs in.
        """
        checked_name(name)
        if rights.role > Role.MANAGE:
            raise InputError("a key may have the roles view, operate and manage")
        if not 1 <= days <= self._settings.key_days_max:
            raise InputError(f"a key holds 1 to {self._settings.key_days_max} days (key_days_max)")
        key, now_s = secrets.token_urlsafe(32), self._clock.now_s()
        with self._changing():
            if self._count("keys") >= self._settings.users_max:
                raise LimitError(f"{self._settings.users_max} keys, the limit users_max")
            row = (name, _hash(key), int(rights.role), " ".join(rights.areas), now_s, now_s + days * DAY_S)
            try:
                self._db.execute("INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?)", row)
            except sqlite3.IntegrityError:
                raise InputError(f"key {name} is there already") from None
        return f"{name}:{key}"

    def remove_key(self, name: str) -> None:
        """The key counts no longer. Raises InputError without one."""
        with self._changing():
            if not self._db.execute("DELETE FROM keys WHERE name = ?", (_sought(name),)).rowcount:
                raise InputError(f"no key {name[:80]!r}")

    def program(self, shown: str) -> ProgramKey | None:
        """Whose key `NAME:KEY` is, as long as it holds. A wrong name takes as long as a wrong key."""
        name, _, key = shown.partition(":")
        with self._lock:
            found = "SELECT name, role, areas, created_s, ends_s, hash FROM keys WHERE name = ?"
            row = self._db.execute(found, (_sought(name),)).fetchone()
        right = secrets.compare_digest(_hash(key), b"" if row is None else bytes(row[5]))
        if row is None or not right:
            return None
        program = _key(row[:5])
        return program if self._clock.now_s() < program.ends_s else None

    # ---- within ----

    def _there(self, name: str) -> User:
        user = self.user(name)
        if user is None:
            raise InputError(f"no user {name[:80]!r}")
        return user

    def _not_the_last(self, name: str) -> None:
        others = "SELECT count(*) FROM users WHERE role = ? AND name <> ?"
        if not self._db.execute(others, (int(Role.CONFIGURE), name)).fetchone()[0]:
            raise InputError(f"{name} is the last who may configure; make another one first")

    def _count(self, table: str) -> int:
        return int(self._db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - a name of ours

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """One change, whole or not at all."""
        with self._lock:
            if self._db.in_transaction:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")


_ADMIT = """INSERT INTO users VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET role = excluded.role, areas = excluded.areas"""
_DROP_OLDEST = """DELETE FROM sessions WHERE user = ? AND token NOT IN
    (SELECT token FROM sessions WHERE user = ? ORDER BY begun_s DESC, rowid DESC LIMIT ?)"""
_SCHEMA = """
CREATE TABLE users (name TEXT PRIMARY KEY, hash TEXT NOT NULL, role INTEGER NOT NULL, areas TEXT NOT NULL,
    created_s REAL NOT NULL, changed_s REAL NOT NULL);
CREATE TABLE sessions (token BLOB PRIMARY KEY, user TEXT NOT NULL, begun_s REAL NOT NULL, seen_s REAL NOT NULL);
CREATE INDEX of_user ON sessions (user);
CREATE TABLE keys (name TEXT PRIMARY KEY, hash BLOB NOT NULL, role INTEGER NOT NULL, areas TEXT NOT NULL,
    created_s REAL NOT NULL, ends_s REAL NOT NULL);
"""


def _opened(folder: Path | None) -> sqlite3.Connection:
    """The file, made where it is missing: readable by its owner only."""
    where: str | Path = ":memory:"
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        where = folder / FILE
        os.close(os.open(where, os.O_RDWR | os.O_CREAT, 0o600))
    db = sqlite3.connect(where, check_same_thread=False, isolation_level=None, timeout=5.0)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA secure_delete = ON")
        version = int(db.execute("PRAGMA user_version").fetchone()[0])
        if version == 0:
            db.executescript(f"BEGIN IMMEDIATE;{_SCHEMA}PRAGMA user_version = {VERSION};COMMIT;")
    except sqlite3.Error as error:
        db.close()
        raise FormatError(where, "accounts", str(error), "a file that citybrain made") from error
    if version not in (0, VERSION):
        db.close()
        raise FormatError(where, "accounts", f"version {version}", f"version {VERSION}; use a newer citybrain")
    return db


def _sought(name: str) -> str:
    """A name as the file can be asked for it: one that is no text (bytes of a terminal) is nobody's."""
    return name.encode("utf-8", "replace").decode()


def _hash(token: str) -> bytes:
    data = token.encode("utf-8", "replace")
    return hashlib.blake2b(data, digest_size=32, person=b"citybrain.access").digest()


def _rights(role: int, areas: str) -> Rights:
    return Rights(Role(role), tuple(areas.split())) if role else NO_RIGHTS


def _user(row: Sequence[object]) -> User:
    name, role, areas, created_s, changed_s = row
    return User(str(name), _rights(int(str(role)), str(areas)), float(str(created_s)), float(str(changed_s)))


def _key(row: Sequence[object]) -> ProgramKey:
    name, role, areas, created_s, ends_s = row
    return ProgramKey(str(name), _rights(int(str(role)), str(areas)), float(str(created_s)), float(str(ends_s)))
