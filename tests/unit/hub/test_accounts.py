"""Accounts: who is let in, for how long, and what is on the disk of it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from citybrain.clock import ManualClock
from citybrain.errors import FormatError, InputError, LimitError
from citybrain.hub.access import Rights, Role
from citybrain.hub.accounts import FILE, Accounts
from citybrain.hub.passwords import Passwords, random_password
from citybrain.settings import Settings

QUICK = Settings(password_memory_kib=64, password_passes=1)
SECRET = "correct horse battery"
NIGHT_S = 8 * 3600.0


def accounts(folder: Path | None = None, clock: ManualClock | None = None, **given: int) -> Accounts:
    settings = Settings(**{"password_memory_kib": 64, "password_passes": 1, **given})
    return Accounts(folder, clock or ManualClock(1000.0), settings)


@pytest.fixture
def with_ann() -> Accounts:
    made = accounts()
    made.add("ann", SECRET, Rights(Role.OPERATE, ("centre",)))
    made.add("root", SECRET, Rights(Role.CONFIGURE))
    return made


def test_a_user_comes_in_with_the_password_and_with_no_other(with_ann: Accounts) -> None:
    found = with_ann.check("ann", SECRET)
    assert found is not None
    assert found.rights == Rights(Role.OPERATE, ("centre",))
    for name, password in (("ann", SECRET + " "), ("ann", SECRET.upper()), ("bob", SECRET), ("ann", ""), ("", SECRET)):
        assert with_ann.check(name, password) is None
    assert with_ann.check("ann", "x" * 100_000) is None
    assert with_ann.check("ann", "\ud800" * 20) is None


def test_what_is_on_the_disk_lets_nobody_in(tmp_path: Path) -> None:
    made = accounts(tmp_path)
    made.add("ann", SECRET, Rights(Role.VIEW))
    token, key = made.begin_session("ann"), made.add_key("grafana", Rights(Role.VIEW), 30)
    made.close()
    data = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"$argon2id$" in data
    for secret in (SECRET, token, key.partition(":")[2]):
        assert secret.encode() not in data
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    first = accounts(tmp_path)
    first.add("ann", SECRET, Rights(Role.MANAGE, ("centre", "north")))
    token, key = first.begin_session("ann"), first.add_key("grafana", Rights(Role.VIEW), 30)
    second = accounts(tmp_path)  # while the first is open: a command beside the server
    assert second.users() == first.users()
    session = second.session(token)
    assert session is not None
    assert session.user.rights == Rights(Role.MANAGE, ("centre", "north"))
    assert second.program(key) == first.program(key)
    second.remove("ann")
    assert first.session(token) is None, "and what one process changes counts in the other at once"
    assert first.user("ann") is None


def test_a_file_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    accounts(tmp_path).close()
    db = sqlite3.connect(tmp_path / FILE)
    db.execute("PRAGMA user_version = 2")
    db.close()
    with pytest.raises(FormatError, match="version 2"):
        accounts(tmp_path)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / FILE).write_bytes(b"no database at all, but long enough" * 100)
    with pytest.raises(FormatError, match="citybrain made"):
        accounts(tmp_path / "other")


# ---- sessions ----


def test_a_session_ends_when_it_is_not_used() -> None:
    clock = ManualClock(1000.0)
    made = accounts(None, clock, session_idle_s=3600, session_max_s=43_200)
    made.add("ann", SECRET, Rights(Role.VIEW))
    token = made.begin_session("ann")
    for _ in range(5):
        clock.advance(3599.0)
        assert made.session(token) is not None
    clock.advance(3601.0 + 30.0)
    assert made.session(token) is None
    clock.at_s -= 3601.0
    assert made.session(token) is None, "it is gone, not asleep"


def test_a_session_ends_after_its_time_whatever_happens() -> None:
    clock = ManualClock(1000.0)
    made = accounts(None, clock, session_idle_s=3600, session_max_s=int(NIGHT_S))
    made.add("ann", SECRET, Rights(Role.VIEW))
    token = made.begin_session("ann")
    while clock.now_s() + 60.0 < 1000.0 + NIGHT_S:
        clock.advance(60.0)
        assert made.session(token) is not None
    clock.advance(60.0)
    assert made.session(token) is None


def test_a_new_password_ends_every_session(with_ann: Accounts) -> None:
    tokens = [with_ann.begin_session("ann") for _ in range(3)]
    other = with_ann.begin_session("root")
    with_ann.set_password("ann", "another good one 77")
    assert [with_ann.session(token) for token in tokens] == [None] * 3
    assert with_ann.session(other) is not None
    assert with_ann.check("ann", SECRET) is None
    assert with_ann.check("ann", "another good one 77") is not None


def test_tokens_are_long_and_never_the_same(with_ann: Accounts) -> None:
    tokens = {with_ann.begin_session("ann") for _ in range(50)}
    assert len(tokens) == 50
    assert min(map(len, tokens)) >= 43  # 256 bits
    assert sum(with_ann.session(token) is not None for token in tokens) == 10, "the oldest end beyond the limit"
    for wrong in ("", "x", next(iter(tokens))[:-1], "\ud800"):
        assert with_ann.session(wrong) is None


def test_rights_change_at_once(with_ann: Accounts) -> None:
    token = with_ann.begin_session("ann")
    with_ann.change("ann", Rights(Role.VIEW))
    session = with_ann.session(token)
    assert session is not None
    assert session.user.rights == Rights(Role.VIEW)


# ---- the last who configures ----


def test_the_last_who_configures_stays(with_ann: Accounts) -> None:
    for change in (lambda: with_ann.remove("root"), lambda: with_ann.change("root", Rights(Role.MANAGE))):
        with pytest.raises(InputError, match="last"):
            change()
    with_ann.add("second", SECRET, Rights(Role.CONFIGURE))
    with_ann.remove("root")
    assert [user.name for user in with_ann.users()] == ["ann", "second"]


def test_the_first_start_makes_one_admin_and_only_one() -> None:
    made, password = accounts(), random_password()
    assert made.first_admin(password) is not None
    assert made.first_admin("another") is None
    found = made.check("admin", password)
    assert found is not None
    assert found.rights.role is Role.CONFIGURE


# ---- passwords ----


@pytest.mark.parametrize(
    "password", ["short", "x" * 257, "aaaaaaaaaaaaaaaa", "ann ann 2026!", "City Brain 2026!", "ababababababab"]
)
def test_a_poor_password_is_refused(with_ann: Accounts, password: str) -> None:
    with pytest.raises(InputError, match="password"):
        with_ann.set_password("ann", password)
    assert with_ann.check("ann", SECRET) is not None


def test_random_passwords_are_good_enough_and_never_the_same() -> None:
    made = {random_password() for _ in range(200)}
    assert len(made) == 200
    passwords = Passwords(QUICK)
    assert all(passwords.hashed(one, "ann") for one in list(made)[:5])
    assert {len(one) for one in made} == {23}


def test_a_hash_of_other_costs_is_renewed_at_the_next_login(tmp_path: Path) -> None:
    first = accounts(tmp_path)
    first.add("ann", SECRET, Rights(Role.VIEW))
    second = accounts(tmp_path, password_memory_kib=128)
    assert second.check("ann", "wrong" * 4) is None
    assert second.check("ann", SECRET) is not None
    kept = sqlite3.connect(tmp_path / FILE).execute("SELECT hash FROM users").fetchone()[0]
    assert "m=128," in kept
    assert second.check("ann", SECRET) is not None


def test_a_name_that_is_not_there_costs_a_comparison_too(with_ann: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str | None] = []
    same = Passwords.same

    def counted(self: Passwords, password: str, kept: str | None) -> bool:
        compared.append(kept)
        return same(self, password, kept)

    monkeypatch.setattr(Passwords, "same", counted)
    with_ann.check("nobody", SECRET)
    assert compared == [None]
    passwords = with_ann._passwords
    assert passwords._nobody.startswith("$argon2id$"), "against a hash of the same costs"


# ---- keys of programs ----


def test_a_key_holds_for_its_time() -> None:
    clock = ManualClock(0.0)
    made = accounts(None, clock)
    shown = made.add_key("grafana", Rights(Role.VIEW, ("centre",)), 2)
    name, _, key = shown.partition(":")
    assert name == "grafana"
    found = made.program(shown)
    assert found is not None
    assert found.rights == Rights(Role.VIEW, ("centre",))
    for wrong in ("grafana", "grafana:", f"other:{key}", f"grafana:{key}x", key, ""):
        assert made.program(wrong) is None
    clock.advance(2 * 86_400.0 - 1.0)
    assert made.program(shown) is not None
    clock.advance(1.0)
    assert made.program(shown) is None


def test_keys_are_never_worth_more_than_manage() -> None:
    made = accounts(key_days_max=30)
    for rights, days in ((Rights(Role.CONFIGURE), 1), (Rights(Role.VIEW), 31), (Rights(Role.VIEW), 0)):
        with pytest.raises(InputError):
            made.add_key("k", rights, days)
    shown = made.add_key("k", Rights(Role.MANAGE), 30)
    with pytest.raises(InputError, match="already"):
        made.add_key("k", Rights(Role.VIEW), 1)
    made.remove_key("k")
    assert made.program(shown) is None
    with pytest.raises(InputError, match="no key"):
        made.remove_key("k")


def test_there_is_a_limit_of_users() -> None:
    made = accounts(users_max=2)
    made.add("a", SECRET, Rights(Role.VIEW))
    with pytest.raises(InputError, match="already"):
        made.add("a", SECRET, Rights(Role.VIEW))
    made.add("b", SECRET, Rights(Role.VIEW))
    with pytest.raises(LimitError, match="users_max"):
        made.add("c", SECRET, Rights(Role.VIEW))
