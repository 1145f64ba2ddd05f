"""Failed logins: the wait doubles, is bounded, is forgotten; nobody can be locked out for long from elsewhere."""

from __future__ import annotations

from citybrain.hub.attempts import Attempts
from citybrain.settings import Settings


def table(**given: int) -> Attempts:
    return Attempts(Settings(**{"login_failures_max": 5, "login_wait_max_s": 900, **given}))


def fail(attempts: Attempts, n: int, name: str = "ann", where: str = "here", now_s: float = 0.0) -> None:
    for _ in range(n):
        attempts.failed(name, where, now_s)


def test_the_fifth_failure_costs_a_second_and_then_it_doubles() -> None:
    attempts, waits = table(), []
    for _ in range(18):
        attempts.failed("ann", "here", 0.0)
        waits.append(attempts.wait_s("ann", "here", 0.0))
    assert waits[:4] == [0.0] * 4
    assert waits[4:14] == [2.0**k for k in range(10)]
    assert waits[14:] == [900.0] * 4


def test_the_wait_ends() -> None:
    attempts = table()
    fail(attempts, 7)
    assert attempts.wait_s("ann", "here", 3.9) > 0.0
    assert attempts.wait_s("ann", "here", 4.0) == 0.0


def test_a_login_forgives_the_name_but_not_the_address() -> None:
    attempts = table()
    fail(attempts, 4)
    attempts.passed("ann", "here")
    fail(attempts, 4)
    assert attempts.wait_s("ann", "here", 0.0) == 0.0
    for k in range(12):
        attempts.failed(f"user{k}", "here", 0.0)
    assert attempts.wait_s("somebody", "here", 0.0) > 0.0, "whoever tries many names is slowed down"
    assert attempts.wait_s("ann", "elsewhere", 0.0) == 0.0


def test_from_many_addresses_a_name_waits_but_never_long() -> None:
    attempts = table()
    for k in range(2000):
        attempts.failed("ann", f"10.0.{k // 256}.{k % 256}", 0.0)
    assert 0.0 < attempts.wait_s("ann", "the control room", 0.0) <= 30.0


def test_failures_are_forgotten_after_a_time() -> None:
    attempts = table(login_wait_max_s=10)
    fail(attempts, 30)
    assert attempts.wait_s("ann", "here", 5.0) > 0.0
    attempts.failed("ann", "here", 60.0)
    assert attempts.wait_s("ann", "here", 60.0) == 0.0, "it begins anew"


def test_the_table_is_bounded() -> None:
    attempts = table(login_table_max=100)
    for k in range(5000):
        attempts.failed(f"n{k}", f"a{k}" * 1000, 0.0)
    assert len(attempts) == 100
    assert max(len(key) for _, key in attempts._known) < 200
