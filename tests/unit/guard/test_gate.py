"""Which wishes become commands: every reason to refuse one, and that nothing made in one mode lives in another."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path += [str(Path(__file__).parents[1] / folder) for folder in ("control", "worlds")]
from _crossroads import Layout, crossroads

from citybrain.errors import InputError
from citybrain.guard.desk import DeskTables, SignalDesk
from citybrain.guard.gate import Gate, Mode, Refused, Ruling
from citybrain.records.wish import Wishes
from citybrain.settings import Settings

N = 4


@cache
def tables() -> DeskTables:
    return DeskTables.of(crossroads(Layout(n=N)))


def gate(mode: Mode = Mode.CONTROL) -> Gate:
    return Gate(tables(), Settings(), mode)


def wishes(**changes: Any) -> Wishes:
    made = Wishes(100.0, 1, 0, np.arange(N), np.ones(N, np.int32))
    return replace(made, **changes)


def test_a_wish_under_control_becomes_a_lease() -> None:
    ruling = gate().admit(wishes(), 100.0)
    assert ruling.commands.signal.tolist() == [0, 1, 2, 3]
    assert ruling.commands.stage.tolist() == [1, 1, 1, 1]
    assert ruling.commands.expires_s.tolist() == [110.0] * N
    assert not ruling.refused.any()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"made_s": math.nan}, Refused.UNREADABLE),
        ({"epoch": math.nan}, Refused.UNREADABLE),
        ({"signal": np.arange(3)}, Refused.UNREADABLE),
        ({"stage": np.ones((2, 2))}, Refused.UNREADABLE),
        ({"stage": np.array(["a"] * N)}, Refused.UNREADABLE),
        ({"priority": np.ones(2)}, Refused.UNREADABLE),
        ({"stage": np.full(N, np.nan)}, Refused.UNREADABLE),
        ({"priority": np.full(N, 7.0)}, Refused.UNREADABLE),
        ({"made_s": 69.0}, Refused.STALE),
        ({"made_s": 102.0}, Refused.EARLY),
        ({"signal": np.full(N, 4.0)}, Refused.NO_SIGNAL),
        ({"signal": np.full(N, 0.5)}, Refused.NO_SIGNAL),
        ({"stage": np.full(N, 4)}, Refused.NO_STAGE),
        ({"stage": np.full(N, -1)}, Refused.NO_STAGE),
        ({"stage": np.full(N, 1e300)}, Refused.NO_STAGE),
        ({"epoch": -1}, Refused.OTHER_MODE),
    ],
)
def test_what_cannot_be_used_is_refused_and_counted(changes: dict[str, Any], why: Refused) -> None:
    one = gate()
    ruling = one.admit(wishes(**changes), 100.0)
    assert ruling.commands.signal.size == 0
    assert set(ruling.refused.tolist()) == {int(why)}
    assert one.counts[why] >= 3
    assert one.counts.sum() == one.counts[why]


def test_batches_come_in_order_and_once() -> None:
    one = gate()
    assert not one.admit(wishes(sequence=5), 100.0).refused.any()
    for late in (wishes(sequence=5), wishes(sequence=4), wishes(sequence=6, made_s=99.0)):
        assert (one.admit(late, 101.0).refused == Refused.REORDERED).all()
    assert not one.admit(wishes(sequence=6, made_s=101.0), 101.0).refused.any()


def test_a_refused_batch_does_not_move_the_clock_of_wishes() -> None:
    one = gate()
    one.admit(wishes(sequence=1000, made_s=5000.0), 100.0)
    assert not one.admit(wishes(sequence=1), 100.0).refused.any()


def test_observe_is_the_default_and_recommend_shows() -> None:
    one = Gate(tables(), Settings())
    assert (one.admit(wishes(), 100.0).refused == Refused.OBSERVED).all()
    one.set_mode(Mode.RECOMMEND, [2])
    ruling = one.admit(wishes(sequence=2, epoch=one.epoch), 100.0)
    assert ruling.refused.tolist() == [Refused.OBSERVED, Refused.OBSERVED, Refused.RECOMMENDED, Refused.OBSERVED]
    assert one.advised.tolist() == [-1, -1, 1, -1]


@given(st.lists(st.tuples(st.sampled_from(list(Mode)), st.sets(st.integers(0, N - 1))), max_size=8), st.data())
def test_no_wish_outlives_the_mode_that_it_was_made_under(changes: list[Any], data: st.DataObject) -> None:
    one, history = gate(Mode.OBSERVE), [np.zeros(N, int)]
    for mode, signals in changes:
        before = one.epoch
        if one.set_mode(mode, signals) > before:
            history.append(one.mode.astype(int))
    epoch = data.draw(st.integers(0, one.epoch))
    commands = one.admit(wishes(epoch=epoch), 100.0).commands
    leased = commands.signal[commands.expires_s > 100.0]
    since = history[epoch:]
    for signal in range(N):
        held = all(modes[signal] == Mode.CONTROL for modes in since)
        assert (signal in leased) == held, "control from the making of the wish until now"


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.RECOMMEND])
@pytest.mark.parametrize("made_s", [100.0, math.nan])
def test_a_signal_that_leaves_control_loses_its_lease_at_once(mode: Mode, made_s: float) -> None:
    one, desk = gate(), SignalDesk(crossroads(Layout(n=N)), tables=tables())
    for second in range(40):
        desk.apply(one.admit(wishes(made_s=float(second), sequence=second), float(second)).commands)
        desk.see(desk.colours(float(second)))
    one.set_mode(mode, [2])
    again = wishes(made_s=40.0 if made_s == made_s else made_s, sequence=99, epoch=one.epoch)
    desk.apply(one.admit(again, 40.0).commands)
    held = desk.leased(40.0)
    assert held.tolist() == [True, True, False, True]
    assert one.admit(wishes(made_s=41.0, sequence=100), 41.0).commands.signal.size <= N, "it is told once"


def test_a_lease_ends_also_where_control_comes_back_at_once() -> None:
    one = gate()
    one.admit(wishes(), 100.0)
    one.set_mode(Mode.OBSERVE, [1, 2])
    one.set_mode(Mode.CONTROL, [1, 2])
    now = wishes(sequence=2, epoch=one.epoch, signal=np.array([1]), stage=np.array([3]))
    commands = one.admit(now, 101.0).commands
    assert dict(zip(commands.signal.tolist(), commands.expires_s.tolist(), strict=True)) == {1: 111.0, 2: 101.0}


def test_the_highest_priority_counts_then_the_last_row() -> None:
    signal, stage = np.array([1, 1, 1, 2, 2]), np.array([0, 1, 2, 3, 0])
    ruling = gate().admit(wishes(signal=signal, stage=stage, priority=np.array([0, 3, 1, 0, 0])), 100.0)
    assert list(zip(ruling.commands.signal, ruling.commands.stage, strict=True)) == [(1, 1), (2, 0)]
    assert (ruling.refused == Refused.OUTRANKED).sum() == 3


def test_a_row_that_is_refused_outranks_nobody() -> None:
    signal, stage = np.array([1, 1]), np.array([1.0, np.nan])
    ruling = gate().admit(wishes(signal=signal, stage=stage, priority=np.array([0, 3])), 100.0)
    assert ruling.commands.stage.tolist() == [1]


def test_latched_signals_get_nothing_until_the_latch_is_gone() -> None:
    one = gate()
    one.latch(np.array([1, 3]))
    assert one.admit(wishes(), 100.0).commands.signal.tolist() == [0, 2]
    one.latch(np.array([3]))
    assert one.admit(wishes(sequence=2), 100.0).commands.signal.tolist() == [0, 1, 2]


def test_rulings_go_on_from_a_snapshot() -> None:
    one, other = gate(), gate(Mode.OBSERVE)
    one.set_mode(Mode.OBSERVE, [0])
    one.admit(wishes(sequence=9, epoch=one.epoch), 100.0)
    other.restore(one.state())
    for sequence in (9, 10):
        a, b = (g.admit(wishes(sequence=sequence, epoch=1), 100.0) for g in (one, other))
        assert a.refused.tolist() == b.refused.tolist()


def test_a_mode_of_a_signal_that_is_none() -> None:
    with pytest.raises(InputError, match="below 4"):
        gate().set_mode(Mode.CONTROL, [4])


@given(st.lists(st.tuples(st.floats(width=32), st.floats(width=32), st.floats(width=32)), max_size=12))
def test_no_row_of_numbers_ever_gets_through_but_a_stage_of_a_signal(rows: list[tuple[float, float, float]]) -> None:
    signal, stage, priority = np.array(rows, np.float64).reshape(-1, 3).T
    ruling = gate().admit(wishes(signal=signal, stage=stage, priority=priority), 100.0)
    commands = ruling.commands
    assert ((commands.signal >= 0) & (commands.signal < N) & (commands.stage >= 0) & (commands.stage < 4)).all()
    assert np.unique(commands.signal).size == commands.signal.size
    assert (ruling.refused == Refused.NO).sum() == commands.signal.size


# ---- what people apply and decline ----


a_gate = gate


def asked(gate: Gate, stage: int, sequence: int, now_s: float) -> Ruling:
    made = Wishes(now_s, sequence, gate.epoch, np.array([0], np.int32), np.array([stage], np.int32))
    return gate.admit(made, now_s)


def test_an_applied_wish_is_leased_as_long_as_nothing_else_refuses_it() -> None:
    gate = a_gate(Mode.RECOMMEND)
    asked(gate, 1, 0, 10.0)
    gate.apply_wish(0, 1, 20.0)
    ruling = asked(gate, 0, 1, 11.0)
    assert (ruling.refused[0], ruling.commands.signal.tolist(), ruling.commands.stage.tolist()) == (0, [0], [1])
    assert gate.advised[0] == 0, "and what is recommended is still shown"
    gate.latch(np.array([0]))
    assert asked(gate, 0, 2, 12.0).refused[0] == Refused.LATCHED
    gate.latch(np.array([], np.int64))
    assert asked(gate, 1, 4, 19.9).refused[0] == Refused.NO
    over = asked(gate, 1, 5, 20.0)
    assert over.refused[0] == Refused.RECOMMENDED
    assert (over.commands.signal.tolist(), over.commands.expires_s.tolist()) == ([0], [20.0]), "its lease ends at once"


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.CONTROL])
def test_a_change_of_mode_ends_what_was_applied_and_declined(mode: Mode) -> None:
    gate = a_gate(Mode.RECOMMEND)
    asked(gate, 1, 0, 10.0)
    gate.apply_wish(0, 1, 50.0)
    gate.decline(0, 1)
    gate.set_mode(mode, [0])
    assert (gate.applied[0], gate.declined[0], gate.advised[0]) == (-1, -1, -1)


def test_nobody_applies_what_a_signal_has_not() -> None:
    gate = a_gate(Mode.RECOMMEND)
    for signal, stage in ((0, 99), (0, -1), (99, 0), (-1, 0)):
        assert not gate.fits(signal, stage)
        with pytest.raises(InputError, match="no such stage"):
            gate.apply_wish(signal, stage, 50.0)


def test_a_declined_stage_is_hidden_until_another_was_recommended() -> None:
    gate = a_gate(Mode.RECOMMEND)
    asked(gate, 1, 0, 10.0)
    gate.decline(0, 1)
    assert gate.advised[0] == -1
    shown = [(asked(gate, stage, k + 1, 11.0 + k), int(gate.advised[0]))[1] for k, stage in enumerate([1, 1, 0, 1])]
    assert shown == [-1, -1, 0, 1]


def test_what_people_applied_is_part_of_the_state() -> None:
    gate, other = a_gate(Mode.RECOMMEND), a_gate(Mode.OBSERVE)
    asked(gate, 1, 0, 10.0)
    gate.apply_wish(0, 1, 50.0)
    gate.decline(0, 0)
    other.restore(gate.state())
    assert asked(other, 0, 1, 11.0).commands.stage.tolist() == asked(gate, 0, 1, 11.0).commands.stage.tolist() == [1]
    assert other.declined[0] == gate.declined[0]
