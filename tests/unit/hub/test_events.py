"""The event log: lives go the stated way, every entry stays as it was written, and any tampering shows."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from itertools import pairwise, product
from pathlib import Path

import pytest

from citybrain.errors import InputError, LimitError
from citybrain.hub import events as module
from citybrain.hub.events import NEXT, OVER, Event, EventLog, Head, State
from citybrain.settings import Settings

DAY_S = 86_400.0


def proposal(time_s: float = 1.0, key: str = "", title: str = "a tree on the road") -> Event:
    return Event(0, "report", title, State.PROPOSED, time_s, time_s, "phone", "a caller", 3, 1.5, 2.5, key, '{"a": 1}')


def filled(path: Path, n: int = 30, key: bytes = b"") -> EventLog:
    log = EventLog(path, key)
    for k in range(n):
        event = log.propose(proposal(float(k)))
        log.advance(event.event, State.CONFIRMED, k + 0.5, "Ann", f"camera {k}")
    return log


def tamper(path: Path, *statements: str) -> None:
    with sqlite3.connect(path) as db:
        for statement in statements:
            db.execute(statement)
    db.close()


def test_a_life_goes_its_way_and_says_who_when_and_why(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "events.db")
    event = log.propose(proposal(10.0))
    assert (event.state, event.begin_s, event.link, event.details) == (State.PROPOSED, 10.0, 3, '{"a": 1}')
    for time_s, state in ((11.0, State.CONFIRMED), (20.0, State.HANDLED), (30.0, State.CLOSED)):
        event = log.advance(event.event, state, time_s, "Ann", f"so {state}")
    assert (event.state, event.begin_s, event.changed_s, event.who) == (State.CLOSED, 10.0, 30.0, "Ann")
    assert [(e.time_s, e.state, e.why) for e in log.entries(event.event)] == [
        (10.0, State.PROPOSED, "a caller"),
        (11.0, State.CONFIRMED, "so confirmed"),
        (20.0, State.HANDLED, "so handled"),
        (30.0, State.CLOSED, "so closed"),
    ]
    assert log.verify() == []


def reach(log: EventLog, state: State) -> Event:
    ways = {State.CONFIRMED: [State.CONFIRMED], State.HANDLED: [State.CONFIRMED, State.HANDLED]}
    ways |= {State.CLOSED: [*ways[State.HANDLED], State.CLOSED], State.REJECTED: [State.REJECTED]}
    event = log.propose(proposal())
    for step in ways.get(state, []):
        event = log.advance(event.event, step, 2.0, "Ann", "so")
    return event


@pytest.mark.parametrize(("state", "wished"), list(product(State, State)))
def test_only_the_stated_steps_are_taken(tmp_path: Path, state: State, wished: State) -> None:
    log = EventLog(tmp_path / "events.db")
    event, before = reach(log, state), log.count()
    if wished in NEXT[state]:
        assert log.advance(event.event, wished, 3.0, "Ann", "so").state is wished
    else:
        with pytest.raises(InputError, match=f"is {state}"):
            log.advance(event.event, wished, 3.0, "Ann", "so")
        assert log.count() == before
    assert (not NEXT[state]) == (state in OVER)


def test_the_log_comes_back(tmp_path: Path) -> None:
    first = filled(tmp_path / "events.db")
    events, head = first.events(), first.head()
    first.close()
    again = EventLog(tmp_path / "events.db")
    assert (again.events(), again.head(), again.trouble) == (events, head, [])
    assert again.propose(proposal()).event == 61


def test_events_are_chosen_by_state_and_time(tmp_path: Path) -> None:
    log = filled(tmp_path / "events.db", 3)
    log.advance(1, State.REJECTED, 50.0, "Ann", "gone")
    log.propose(proposal(60.0))
    assert [event.event for event in log.events()] == [8, 1, 5, 3]
    assert [event.event for event in log.events(frozenset([State.CONFIRMED]), 2.0)] == [5]
    with pytest.raises(InputError, match="no event 99"):
        log.event(99)


def test_one_event_of_a_key_is_open_at_a_time(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "events.db")
    first = log.propose(proposal(1.0, "sensor:7"))
    assert log.propose(proposal(2.0, "sensor:7")) == first
    assert EventLog(tmp_path / "events.db").propose(proposal(2.0, "sensor:7")) == first
    log.advance(first.event, State.REJECTED, 3.0, "Ann", "no")
    assert log.propose(proposal(4.0, "sensor:7")).event != first.event
    assert log.count() == 3


# ---- row 12 of the threats: edit, drop or swap of any entry is detected ----

N = 40
COLUMNS = {"event": "99", "time_s": "time_s + 1", "state": "'closed'", "who": "'Bob'", "why": "why || ' '"}


@pytest.mark.parametrize("number", range(1, N + 1))
def test_any_edit_of_any_entry_shows(tmp_path: Path, number: int) -> None:
    path = tmp_path / "events.db"
    filled(path, N // 2).close()
    for column, value in {**COLUMNS, "body": "body || ' '", "mac": "upper(mac)", "number": "number + 1000"}.items():
        tamper(path, "DROP TABLE IF EXISTS was", "CREATE TABLE was AS SELECT * FROM entries")
        tamper(path, f"UPDATE entries SET {column} = {value} WHERE number = {number}")
        log = EventLog(path)
        assert log.trouble, column
        log.close()
        tamper(path, "DELETE FROM entries", "INSERT INTO entries SELECT * FROM was")
    assert EventLog(path).trouble == []


def test_any_drop_shows(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    filled(path, N // 2).close()
    for number in range(1, N + 1):
        tamper(path, "DROP TABLE IF EXISTS was", "CREATE TABLE was AS SELECT * FROM entries")
        tamper(path, f"DELETE FROM entries WHERE number = {number}")
        log = EventLog(path)
        assert log.trouble, number
        log.close()
        tamper(path, "DELETE FROM entries", "INSERT INTO entries SELECT * FROM was")


def test_any_swap_shows(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    filled(path, N // 2).close()
    pairs = [*pairwise(range(1, N + 1)), (1, N), (3, 17), (2, 30)]
    for a, b in pairs:
        swap = [
            f"UPDATE entries SET number = -1 WHERE number = {a}",
            f"UPDATE entries SET number = {a} WHERE number = {b}",
            f"UPDATE entries SET number = {b} WHERE number = -1",
        ]
        tamper(path, *swap)
        log = EventLog(path)
        assert log.trouble, (a, b)
        log.close()
        tamper(path, *swap)
    assert EventLog(path).trouble == []


def test_a_cut_end_shows_even_when_the_head_is_rewritten(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    log = filled(path)
    witness = log.head()
    log.close()
    tamper(path, "DELETE FROM entries WHERE number > 50")
    log = EventLog(path)
    assert log.trouble
    log.close()
    tamper(path, "UPDATE ends SET number = 50, mac = (SELECT mac FROM entries WHERE number = 50) WHERE which = 'head'")
    assert EventLog(path).verify() == []  # without a witness it is only shorter
    assert "witness saw 60" in EventLog(path).verify(witness)[0]


def test_an_edit_with_its_hash_made_to_fit_shows_in_the_next(tmp_path: Path) -> None:
    """Without a key anybody can make the hash of one entry; the entry after it still carries the old one."""
    path = tmp_path / "events.db"
    log = filled(path, 5)
    forged = replace(log.entries()[4], why="nothing happened")
    mac = log._mac(log.entries()[3].mac, forged)
    log.close()
    tamper(path, f"UPDATE entries SET why = '{forged.why}', mac = '{mac}' WHERE number = 5")
    assert EventLog(path).trouble == ["entry 6 is not what was written, or not in its place"]


def test_a_chain_written_anew_needs_the_key(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    honest = filled(path, 5, b"secret")
    witness = honest.head()
    assert honest.verify(witness) == []
    honest.close()
    path.unlink()
    filled(path, 5, b"guess").close()
    assert len(EventLog(path, b"secret").trouble) == 10
    assert "another one than the witness saw" in EventLog(path, b"guess").verify(witness)[0]


def test_a_log_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    filled(path, 3).close()
    tamper(path, "UPDATE entries SET state = 'nonsense' WHERE number = 2")
    log = EventLog(path)
    assert any("nonsense" in told for told in log.trouble)


# ---- limits ----


def test_old_entries_are_forgotten_and_the_chain_holds(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "events.db", settings=Settings(events_days=10))
    done = log.propose(proposal(0.0))
    log.advance(done.event, State.REJECTED, 1.0, "Ann", "no")
    forgotten = log.propose(proposal(2.0, "key"))
    log.propose(proposal(15 * DAY_S))
    assert log.expire(5 * DAY_S) == 0
    assert log.expire(20 * DAY_S) == 3
    assert log.event(forgotten.event).state is State.REJECTED
    assert log.verify() == []
    assert log.count() == 2
    again = EventLog(tmp_path / "events.db")
    assert again.trouble == []
    assert len(again.events()) == 1
    assert again.propose(proposal(21 * DAY_S)).event == 6


def test_the_log_has_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = EventLog(tmp_path / "events.db", settings=Settings(events_max=100))
    for k in range(100):
        log.propose(proposal(float(k)))
    with pytest.raises(LimitError, match="events_max"):
        log.propose(proposal())
    monkeypatch.setattr(module, "OPEN_MAX", 3)
    log = EventLog(tmp_path / "open.db")
    for _ in range(3):
        event = log.propose(proposal())
    with pytest.raises(LimitError, match="3 events are open"):
        log.propose(proposal())
    log.advance(event.event, State.REJECTED, 2.0, "Ann", "no")
    log.propose(proposal())


@pytest.mark.parametrize(
    "changes",
    [{"who": ""}, {"who": "x" * 201}, {"why": ""}, {"why": "x" * 2001}, {"title": ""}, {"details": "x" * 16_001}],
)
def test_texts_have_limits(tmp_path: Path, changes: dict[str, str]) -> None:
    log = EventLog(tmp_path / "events.db")
    with pytest.raises(InputError, match="event: expected"):
        log.propose(replace(proposal(), **changes))  # type: ignore[arg-type]
    assert log.count() == 0


def test_a_head_is_a_plain_pair(tmp_path: Path) -> None:
    assert EventLog(tmp_path / "events.db").head() == Head(0, "0" * 64)
