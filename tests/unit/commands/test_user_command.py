"""`citybrain user`, `key` and `audit`: who may log in, what programs show, and whether anybody has meddled."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from _program import Read, program, refused

from citybrain.clock import SYSTEM
from citybrain.hub.access import Rights, Role
from citybrain.hub.audit import FILE
from citybrain.hub.doorkeeper import Doorkeeper
from citybrain.settings import Settings


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYBRAIN_PASSWORD_MEMORY_KIB", "64")


def door(record: Path) -> Doorkeeper:
    return Doorkeeper(record / "access", SYSTEM, Settings(password_memory_kib=64))


def test_a_user_is_added_and_can_log_in(tmp_path: Path, capsys: Read) -> None:
    code, out, err = program(
        capsys, "user", "add", "ann", "--role", "operate", "--area", "north,centre", "--record", tmp_path
    )
    assert (code, len(out.split())) == (0, 1)
    assert "kept nowhere" in err
    found = door(tmp_path).login("ann", out.strip(), "here").user
    assert found.rights == Rights(Role.OPERATE, ("centre", "north"))
    code, out, _ = program(capsys, "user", "list", "--record", tmp_path, "--json")
    assert json.loads(out)["users"][0]["areas"] == ["centre", "north"]


def test_a_life_of_a_user(tmp_path: Path, capsys: Read) -> None:
    at = ("--record", tmp_path)
    _, first, _ = program(capsys, "user", "add", "root", "--role", "configure", *at)
    program(capsys, "user", "add", "ann", *at)
    token = door(tmp_path).login("root", first.strip(), "here").token
    _, second, _ = program(capsys, "user", "passwd", "root", *at, "--why", "lost")
    assert second.strip() != first.strip()
    assert door(tmp_path).accounts.session(token) is None
    program(capsys, "user", "role", "ann", "--role", "manage", *at)
    assert "last" in refused(capsys, "user", "remove", "root", *at)
    program(capsys, "user", "remove", "ann", *at)
    users = door(tmp_path).accounts.users()
    assert [(user.name, user.rights.role) for user in users] == [("root", Role.CONFIGURE)]
    told = [(entry.what, entry.about, entry.why) for entry in reversed(door(tmp_path).audit.page(20))]
    assert ("user.passwd", "root", "lost") in told
    assert [what for what, about, _ in told if about == "ann"] == ["user.add", "user.role", "user.remove"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("user", "add"), "needs a name"),
        (("user", "drop", "ann"), "expected list, add, role, passwd, remove"),
        (("user", "passwd", "nobody"), "no user nobody"),
        (("user", "add", "Ann B"), "expected 1 to 64"),
        (("user", "add", "ann", "--role", "god"), "expected view, operate"),
        (("user", "add", "ann", "--role", "configure", "--area", "north"), "whole city"),
        (("key", "add", "k", "--role", "configure"), "may have the roles"),
        (("key", "add", "k", "--days", "0"), "days"),
        (("key", "remove", "k"), "no key k"),
        (("audit", "verify"), "no such file"),
    ],
)
def test_a_wrong_wish_is_told(tmp_path: Path, capsys: Read, arguments: tuple[str, ...], words: str) -> None:
    assert words in refused(capsys, *arguments, "--record", tmp_path)


def test_it_asks_whose_accounts(capsys: Read) -> None:
    assert "--config FILE" in refused(capsys, "user", "list")


def test_a_key_for_a_program(tmp_path: Path, capsys: Read) -> None:
    at = ("--record", tmp_path)
    _, shown, _ = program(capsys, "key", "add", "grafana", "--days", "30", *at)
    found = door(tmp_path).accounts.program(shown.strip())
    assert found is not None
    assert found.rights.role is Role.VIEW
    _, out, _ = program(capsys, "key", "list", *at)
    assert "grafana" in out
    assert shown.strip().partition(":")[2] not in out
    program(capsys, "key", "remove", "grafana", *at)
    assert door(tmp_path).accounts.program(shown.strip()) is None


def test_the_audit_is_verified(tmp_path: Path, capsys: Read) -> None:
    at = ("--record", tmp_path)
    for name in ("ann", "bob", "eve"):
        program(capsys, "user", "add", name, *at)
    _, head, _ = program(capsys, "audit", "head", *at)
    program(capsys, "user", "remove", "bob", *at)
    code, out, _ = program(capsys, "audit", "verify", "--witness", head.strip(), *at)
    assert code == 0
    assert "4 lines" in out
    _, out, _ = program(capsys, "audit", "list", "--lines", "2", *at)
    assert [line.split()[0] for line in out.splitlines()] == ["4", "3"]
    path = tmp_path / "access" / FILE
    path.write_bytes(path.read_bytes().replace(b'"eve"', b'"bob"', 1))
    code, _, err = program(capsys, "audit", "verify", *at)
    assert code == 1
    assert "line 3 is not what was written" in err
    assert "expected NUMBER:HASH" in refused(capsys, "audit", "verify", "--witness", "x", *at)
