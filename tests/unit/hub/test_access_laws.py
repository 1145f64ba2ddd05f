"""Doors as laws: slugs and patterns against plain words, waits within their bounds, passwords, keys and small cells."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citybrain.clock import ManualClock
from citybrain.errors import BusyError, InputError
from citybrain.hub.access import EVERYWHERE, Rights, Role, parse_rights
from citybrain.hub.accounts import DAY_S, SEEN_EVERY_S, Accounts
from citybrain.hub.address import RESERVED, area_slugs, compiled_pattern, slug
from citybrain.hub.attempts import Attempts
from citybrain.hub.doorkeeper import DENIED_EVERY_S, Doorkeeper, WaitError
from citybrain.hub.passwords import LENGTH_MAX, Passwords
from citybrain.hub.privacy import suppressed
from citybrain.settings import Settings

QUICK = Settings(password_memory_kib=64, password_passes=1)
SECRET = "correct horse battery"
PASSWORDS = Passwords(QUICK)


# ---- rights and addresses ----


@given(st.sampled_from(["view", "operate", "manage"]), st.lists(st.sampled_from(["a", "b", "c", EVERYWHERE])))
def test_rights_depend_on_no_order_and_no_doubles(role: str, areas: list[str]) -> None:
    found = parse_rights(role, areas)
    assert found == parse_rights(role, areas[::-1] + areas)
    assert found.everywhere == (not areas or EVERYWHERE in areas)
    for area in "abc":
        covered = found.everywhere or area in areas
        assert found.inside([area]) == (Role[role.upper()] if covered else Role.VIEW)


@given(st.text(max_size=90))
def test_a_slug_stays_itself(text: str) -> None:
    assert slug(slug(text)) == slug(text)
    assert slug(f"--{text.upper()}..") == slug(text.upper())


@given(
    st.lists(st.sampled_from(["a", "A", "b!", "b", "links", "area-links", "x" * 70]), max_size=8), st.text(max_size=5)
)
def test_an_area_that_is_added_renames_none(ids: list[str], more: str) -> None:
    found = area_slugs(ids)
    assert area_slugs([*ids, more])[: len(ids)] == found
    assert not RESERVED & set(found)


PART = st.text(alphabet="ab*", min_size=1, max_size=4).filter(lambda part: part.count("*") <= 2)


@given(st.lists(st.tuples(PART, PART, PART), min_size=1, max_size=3), st.lists(st.text("ab", min_size=1), min_size=3))
def test_a_star_is_any_letters_of_its_segment(patterns: list[tuple[str, str, str]], words: list[str]) -> None:
    def fits(part: str, word: str) -> bool:
        if not part:
            return not word
        if part[0] == "*":
            return any(fits(part[1:], word[k:]) for k in range(len(word) + 1))
        return bool(word) and part[0] == word[0] and fits(part[1:], word[1:])

    chosen = compiled_pattern(" , ".join("/".join(pattern) for pattern in patterns))
    expected = any(all(fits(p, w) for p, w in zip(pattern, words[:3], strict=True)) for pattern in patterns)
    assert (chosen.fullmatch("/".join(words[:3])) is not None) == expected
    assert chosen.fullmatch("/".join([*words[:3], "a"])) is None, "a star does not reach over a /"


# ---- failed logins ----

TRIES = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.floats(0.0, 40.0)), max_size=60)


@settings(max_examples=50)
@given(TRIES, st.integers(1, 50))
def test_no_wait_is_longer_than_the_longest_and_waiting_always_ends(
    tries: list[tuple[int, int, float]], longest_s: int
) -> None:
    table, now_s = Attempts(Settings(login_failures_max=2, login_wait_max_s=longest_s)), 0.0
    for name, where, later_s in tries:
        now_s += later_s
        before = table.wait_s(f"n{name}", f"w{where}", now_s)
        table.failed(f"n{name}", f"w{where}", now_s)
        after = table.wait_s(f"n{name}", f"w{where}", now_s)
        assert min(before, after) >= 0.0
        assert before <= after <= longest_s, "a failure never shortens the wait"
        assert table.wait_s(f"n{name}", f"w{where}", now_s + longest_s) == 0.0
        assert table.wait_s("stranger", "elsewhere", now_s) == 0.0


def test_who_comes_back_too_early_and_fails_waits_twice_as_long() -> None:
    table, now_s, waits = Attempts(Settings(login_failures_max=1, login_wait_max_s=64)), 0.0, []
    for _ in range(9):
        table.failed("ann", "here", now_s)
        waits.append(table.wait_s("ann", "here", now_s))
        now_s += waits[-1]
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 64.0, 64.0]


def test_who_failed_longest_ago_is_forgotten_first() -> None:
    table = Attempts(Settings(login_failures_max=1, login_table_max=100, login_wait_max_s=900))
    table.failed("ann", "a", 0.0)
    for k in range(32):
        table.failed(f"n{k}", f"w{k}", 1.0)
    assert (len(table), table.wait_s("ann", "a", 1.0)) == (99, 0.0)
    table.failed("ann", "a", 1.0)  # once more: newest again
    for k in range(32):
        table.failed(f"m{k}", f"v{k}", 1.0)
    assert table.wait_s("ann", "a", 1.0) == 2.0
    assert table.wait_s("n0", "w0", 1.0) == 0.0


# ---- passwords ----


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("x" * 11, "expected 12 to 256 characters"),
        ("abcde" * 52, "expected 12 to 256 characters"),
        ("abcdabcdabcdabcd", "five of them different"),
        ("ann-ann-ann-ann-ann-1", "beside the user's name"),
        ("ANN" * 4 + "secret words"[:11], "beside the user's name"),
        ("City-Brain-2026-go", "beside the user's name and ours"),
        ("ｃｉｔｙｂｒａｉｎ-1234567", "beside the user's name and ours"),
        ("a plain one \ud800", "plain text"),
    ],
)
def test_a_password_is_refused_for_its_reason(password: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as told:
        PASSWORDS.hashed(password, "ann")
    assert password not in str(told.value), "what somebody typed is not repeated"


@pytest.mark.parametrize(
    "password", ["abcde" * 3, "é" * 8 + "abcdef", "p" * (LENGTH_MAX - 5) + "vwxyz", " leading blank "]
)
def test_a_good_one_is_itself_and_no_other(password: str) -> None:
    kept = PASSWORDS.hashed(password, "ann")
    assert kept != PASSWORDS.hashed(password, "ann"), "each hash has a salt of its own"
    assert PASSWORDS.same(password, kept)
    for other in (password[:-1], password + "x", password.upper(), password.strip() + "!", "", "\ud800"):
        assert not PASSWORDS.same(other, kept)
    assert not PASSWORDS.same(password, "no hash")


# ---- users, sessions, keys ----


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1000.0)


@pytest.fixture
def accounts(clock: ManualClock) -> Accounts:
    made = Accounts(None, clock, Settings(password_memory_kib=64, password_passes=1, sessions_of_user_max=2))
    made.add("ann", SECRET, Rights(Role.CONFIGURE))
    return made


@pytest.mark.parametrize("name", ["\ud800", "ann\0", "ANN", "ann ", "' OR 1=1 --", ""])
def test_a_strange_name_is_nobody(accounts: Accounts, name: str) -> None:
    assert accounts.user(name) is None
    assert accounts.check(name, SECRET) is None
    assert accounts.program(f"{name}:key") is None
    assert accounts.end_sessions(name) == 0
    with pytest.raises(InputError, match="no key"):
        accounts.remove_key(name)
    for change in (accounts.remove, accounts.begin_session, lambda n: accounts.change(n, Rights(Role.VIEW))):
        with pytest.raises(InputError, match="no user"):
            change(name)
    assert [user.name for user in accounts.users()] == ["ann"]


def test_the_oldest_login_makes_room_and_other_peoples_stay(accounts: Accounts, clock: ManualClock) -> None:
    accounts.add("bob", SECRET, Rights(Role.VIEW))
    bob, tokens = accounts.begin_session("bob"), []
    for _ in range(4):
        tokens.append(accounts.begin_session("ann"))
        clock.advance(1.0)
    assert [accounts.session(token) is not None for token in (bob, *tokens)] == [True, False, False, True, True]
    assert (accounts.end_sessions("ann"), accounts.end_sessions("ann")) == (2, 0)
    assert accounts.session(bob) is not None


def test_a_use_within_the_idle_time_prolongs_it(accounts: Accounts, clock: ManualClock) -> None:
    idle_s, token = float(QUICK.session_idle_s), accounts.begin_session("ann")
    for _ in range(5):
        clock.advance(idle_s - SEEN_EVERY_S)
        assert accounts.session(token) is not None
    clock.advance(idle_s + 0.001)
    assert (accounts.session(token), accounts.end_sessions("ann")) == (None, 0), "and nothing of it is kept"


def test_a_key_ends_at_its_second_and_opens_for_its_name_alone(accounts: Accounts, clock: ManualClock) -> None:
    first, second = (accounts.add_key(name, Rights(Role.VIEW), 1) for name in ("a", "b"))
    assert accounts.program(f"a:{second.partition(':')[2]}") is None
    assert accounts.program(first + " ") is None
    clock.advance(DAY_S - 0.001)
    found = accounts.program(first)
    assert found is not None
    assert found.name == "a"
    clock.advance(0.001)
    assert accounts.program(first) is None


def test_who_is_vouched_for_has_no_password_until_one_is_set(accounts: Accounts) -> None:
    accounts.admit("eve", Rights(Role.VIEW))
    assert accounts.admit("eve", Rights(Role.MANAGE, ("north",))).rights.role is Role.MANAGE
    assert accounts.check("eve", "!") is None
    assert accounts.check("eve", SECRET) is None
    accounts.set_password("eve", SECRET)
    assert accounts.check("eve", SECRET) == accounts.user("eve")
    with pytest.raises(InputError, match="with a password"):
        accounts.admit("eve", Rights(Role.VIEW))


# ---- the doorkeeper ----


def test_a_comparison_that_breaks_gives_its_place_back(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    door = Doorkeeper(None, clock, Settings(password_memory_kib=64, password_passes=1, login_at_once=1))

    def broken(_: str, __: str) -> None:
        raise BusyError("the disk")

    monkeypatch.setattr(door.accounts, "check", broken)
    for _ in range(3):
        with pytest.raises(BusyError, match="the disk"):
            door.login("ann", SECRET, "here")
    door.close()


def test_a_wait_is_told_in_seconds_and_a_right_password_must_wait_too(clock: ManualClock) -> None:
    door = Doorkeeper(None, clock, QUICK)
    door.accounts.add("ann", SECRET, Rights(Role.VIEW))
    for _ in range(QUICK.login_failures_max):
        with pytest.raises(InputError, match="wrong"):
            door.login("ann", "wrong", "here")
    with pytest.raises(WaitError, match=r"^too many logins have failed; wait 1 s$") as told:
        door.login("ann", SECRET, "here")
    assert told.value.wait_s == 1.0
    clock.advance(1.0)
    assert door.login("ann", SECRET, "here").user.name == "ann"
    door.close()


def test_each_name_that_is_denied_is_told_of_by_itself(clock: ManualClock) -> None:
    door = Doorkeeper(None, clock, QUICK)
    for who in ("ann", "bob", "ann", "bob"):
        door.denied(who, "here", "action.mode")
    clock.advance(DENIED_EVERY_S)
    door.denied("ann", "here", "action.mode")
    assert [line.who for line in door.audit.page(9)] == ["ann", "bob", "ann"]
    door.close()


# ---- small cells ----


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3)), min_size=1, max_size=25), st.integers(1, 15))
def test_no_more_is_hidden_than_must_be(cells: list[tuple[int, int]], k: int) -> None:
    """Of what is hidden beside small cells, the largest one was needed: without it too few would be left."""
    support, group = np.array(cells).T
    hidden = suppressed(support, k, group)
    np.testing.assert_array_equal(suppressed(support, k), support < k)
    for g in np.unique(group):
        extra = support[hidden & (group == g) & (support >= k)]
        small = int(support[(group == g) & (support < k)].sum())
        assert extra.size <= 1, "one cell of k or more is enough"
        assert not extra.size or 0 < small < k
        kept = support[~hidden & (group == g)]
        assert not extra.size or not kept.size or extra[0] <= kept.min(), "the smallest one goes"


def test_names_of_patterns_are_letters_not_rules() -> None:
    assert isinstance(compiled_pattern("a.b/c/d"), re.Pattern)
    assert compiled_pattern("a.b/c/d").fullmatch("axb/c/d") is None
