"""The doorkeeper: who is let in, who must wait, and that the audit knows of both."""

from __future__ import annotations

from pathlib import Path

import pytest

from citybrain.clock import ManualClock
from citybrain.errors import BusyError, InputError, StorageError
from citybrain.hub.access import Rights, Role
from citybrain.hub.audit import AuditEntry
from citybrain.hub.doorkeeper import Doorkeeper, WaitError
from citybrain.settings import Settings

QUICK = Settings(password_memory_kib=64, password_passes=1)
SECRET = "correct horse battery"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1000.0)


@pytest.fixture
def door(clock: ManualClock) -> Doorkeeper:
    made = Doorkeeper(None, clock, QUICK)
    made.accounts.add("ann", SECRET, Rights(Role.OPERATE))
    return made


def told(door: Doorkeeper) -> list[tuple[str, str]]:
    return [(entry.what, entry.about) for entry in reversed(door.audit.page(100))]


def test_logins_and_failures_are_in_the_audit(door: Doorkeeper) -> None:
    found = door.login("ann", SECRET, "10.0.0.1")
    assert door.accounts.session(found.token) is not None
    for name in ("ann", "bob", "my secret password!"):
        with pytest.raises(InputError, match=r"^the name or the password is wrong$"):
            door.login(name, "wrong", "10.0.0.1")
    refused = "session.refused"
    assert told(door) == [("session.begin", "ann"), (refused, "ann"), (refused, "bob"), (refused, "(no name)")]
    assert {entry.where for entry in door.audit.page(9)} == {"10.0.0.1"}
    assert "secret" not in door.audit.path.read_text()


def test_who_guesses_must_wait_whether_the_name_is_there_or_not(clock: ManualClock) -> None:
    for name in ("ann", "bob"):
        door = Doorkeeper(None, clock, QUICK)
        door.accounts.add("ann", SECRET, Rights(Role.VIEW))
        for _ in range(5):
            with pytest.raises(InputError):
                door.login(name, "wrong", "there")
        with pytest.raises(WaitError) as error:
            door.login(name, SECRET, "there")
        assert error.value.wait_s == 1.0
        door.close()


def test_waiting_costs_no_comparison_and_no_line(door: Doorkeeper, clock: ManualClock) -> None:
    for _ in range(5):
        with pytest.raises(InputError):
            door.login("ann", "wrong", "there")
    lines = len(door.audit)
    for _ in range(20):
        with pytest.raises(WaitError):
            door.login("ann", SECRET, "there")
    assert len(door.audit) == lines
    door.login("ann", SECRET, "elsewhere")
    clock.advance(1.0)
    door.login("ann", SECRET, "there")
    with pytest.raises(InputError):
        door.login("ann", "wrong", "there")


def test_only_so_many_passwords_are_compared_at_a_time(door: Doorkeeper) -> None:
    for _ in range(2):
        door._room.acquire()
    with pytest.raises(BusyError):
        door.login("ann", SECRET, "here")
    door._room.release()
    door.login("ann", SECRET, "here")


def test_who_is_denied_is_told_of_once_in_a_while(door: Doorkeeper, clock: ManualClock) -> None:
    for _ in range(25):
        door.denied("ann", "here", "POST /api/v1/users")
        clock.advance(1.0)
    door.denied("bob", "here", "POST /api/v1/users")
    assert [entry.who for entry in reversed(door.audit.page(9))] == ["ann", "ann", "ann", "bob"]


def test_the_first_start_tells_a_password_once(tmp_path: Path, clock: ManualClock) -> None:
    door = Doorkeeper(tmp_path, clock, QUICK)
    password = door.first_start()
    assert password is not None
    assert door.first_start() is None
    door.close()
    again = Doorkeeper(tmp_path, clock, QUICK)
    assert again.first_start() is None
    assert again.login("admin", password, "here").user.rights.role is Role.CONFIGURE
    assert told(again) == [("user.add", "admin"), ("session.begin", "admin")]
    assert password not in b"".join(path.read_bytes() for path in tmp_path.iterdir()).decode("latin-1")


def test_a_password_is_changed_by_who_knows_it(door: Doorkeeper) -> None:
    first, second = door.login("ann", SECRET, "a"), door.login("ann", SECRET, "b")
    with pytest.raises(InputError, match="wrong"):
        door.renew(first, "wrong", "another good one 77", "a")
    with pytest.raises(InputError, match="expected"):
        door.renew(first, SECRET, "short", "a")
    third = door.renew(first, SECRET, "another good one 77", "a")
    assert [door.accounts.session(login.token) is None for login in (first, second, third)] == [True, True, False]
    assert door.login("ann", "another good one 77", "a")


def test_nobody_comes_in_while_the_audit_cannot_be_written(door: Doorkeeper, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(entry: AuditEntry) -> AuditEntry:
        raise StorageError("no space")

    monkeypatch.setattr(door.audit, "append", full)
    with pytest.raises(StorageError):
        door.login("ann", SECRET, "here")
    assert door.accounts._count("sessions") == 0
