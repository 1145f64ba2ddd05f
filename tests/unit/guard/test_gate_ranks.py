"""Rulings of the gate against a plain account of its checks, in their order, and what it remembers."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parents[1] / "control"))
from _crossroads import Layout, crossroads

from citybrain.guard.desk import DeskTables
from citybrain.guard.gate import AHEAD_S, Gate, Mode, Refused, Ruling
from citybrain.records.wish import Wishes
from citybrain.settings import Settings

N = 5
SHUT, LATCHED, LATE, WATCHED = 1, 2, 3, 4  # signal 0 is an ordinary one
CLOSED = 3  # a stage of signal 0 in which streams cross
NOW_S = 100.0


@cache
def tables() -> DeskTables:
    made = DeskTables.of(crossroads(Layout(n=N)))
    steerable, stage_open = made.limits.steerable.copy(), made.limits.stage_open.copy()
    steerable[SHUT], stage_open[CLOSED] = False, False
    return replace(made, limits=replace(made.limits, steerable=steerable, stage_open=stage_open))


def gate() -> Gate:
    made = Gate(tables(), Settings(), Mode.CONTROL)
    made.set_mode(Mode.OBSERVE, [WATCHED])
    made.set_mode(Mode.OBSERVE, [LATE])
    made.set_mode(Mode.CONTROL, [LATE])  # epoch 3: wishes of epoch 2 are void
    made.latch(np.array([LATCHED]))
    return made


def admit(of: Gate, rows: list[tuple[float, float, float]], sequence: int = 1, **changes: Any) -> Ruling:
    signal, stage, priority = np.array(rows, np.float64).reshape(-1, 3).T
    return of.admit(replace(Wishes(NOW_S, sequence, 2, signal, stage, priority), **changes), NOW_S)


def first_reason(signal: float, stage: float, priority: float) -> Refused:
    """Every check in its order, for a row alone."""
    checks = (
        (priority not in range(4), Refused.UNREADABLE),
        (signal not in range(N), Refused.NO_SIGNAL),
        (stage not in range(4) or (signal == 0 and stage == CLOSED), Refused.NO_STAGE),
        (signal == LATE, Refused.OTHER_MODE),
        (signal == LATCHED, Refused.LATCHED),
        (signal == SHUT, Refused.NOT_STEERABLE),
    )
    return next((why for wrong, why in checks if wrong), Refused.NO)


def expected(rows: list[tuple[float, float, float]]) -> list[Refused]:
    alone = [first_reason(*row) for row in rows]
    winner: dict[float, int] = {}
    for place, ((signal, _, priority), why) in enumerate(zip(rows, alone, strict=True)):
        if why is Refused.NO and (signal not in winner or priority >= rows[winner[signal]][2]):
            winner[signal] = place
    for place, (row, why) in enumerate(zip(rows, alone, strict=True)):
        if why is Refused.NO and winner[row[0]] != place:
            alone[place] = Refused.OUTRANKED
        elif why is Refused.NO and row[0] == WATCHED:
            alone[place] = Refused.OBSERVED
    return alone


row = st.tuples(
    st.sampled_from([-1.0, 0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0]),
    st.sampled_from([-1.0, 0.0, 1.0, 1.5, 2.0, 3.0, 4.0]),
    st.sampled_from([-1.0, 0.0, 1.0, 2.0, 3.0, 4.0]),
)


@settings(max_examples=60)
@given(st.lists(row, max_size=12))
def test_each_row_is_refused_for_its_first_reason_and_one_a_signal_wins(rows: list[tuple[float, float, float]]) -> None:
    ruling = admit(gate(), rows)
    why = expected(rows)
    assert [Refused(int(code)) for code in ruling.refused] == why
    won = {int(signal): int(stage) for (signal, stage, _), no in zip(rows, why, strict=True) if no is Refused.NO}
    leased = ruling.commands.expires_s > NOW_S
    assert dict(zip(ruling.commands.signal[leased], ruling.commands.stage[leased], strict=True)) == won


@settings(max_examples=30)
@given(st.lists(st.lists(row, min_size=1, max_size=6), max_size=5))
def test_every_row_is_counted_once(batches: list[list[tuple[float, float, float]]]) -> None:
    of = gate()
    for number, rows in enumerate(batches):
        admit(of, rows, sequence=number + 1)
    assert of.counts.sum() == sum(map(len, batches))
    assert of.counts.tolist() == np.bincount([w for rows in batches for w in expected(rows)], minlength=13).tolist()


@pytest.mark.parametrize(
    ("made_s", "why"),
    [
        (NOW_S + AHEAD_S, Refused.NO),
        (NOW_S + AHEAD_S + 0.001, Refused.EARLY),
        (NOW_S - Settings().guard_wish_age_max_s, Refused.NO),
        (NOW_S - Settings().guard_wish_age_max_s - 0.001, Refused.STALE),
        (-np.inf, Refused.UNREADABLE),
    ],
)
def test_a_batch_is_neither_too_old_nor_too_new(made_s: float, why: Refused) -> None:
    assert admit(gate(), [(0, 1, 0)], made_s=made_s).refused.tolist() == [why]


def test_a_batch_that_is_refused_whole_counts_its_rows_or_one() -> None:
    of = gate()
    admit(of, [(0, 1, 0)] * 3, made_s=0.0)
    admit(of, [], made_s=0.0)
    assert of.counts[Refused.STALE] == 4
    assert of.counts.sum() == 4


def test_the_end_of_a_lease_is_sent_even_with_a_batch_that_is_refused() -> None:
    """Who leaves control must not wait until an optimiser sends something usable."""
    of = gate()
    of.set_mode(Mode.OBSERVE, [0])
    ended = admit(of, [(0, 1, 0)], made_s=0.0).commands
    rows = zip(ended.signal.tolist(), ended.expires_s.tolist(), strict=True)
    assert dict(rows)[0] == NOW_S
    assert admit(of, [], sequence=2).commands.signal.size == 0, "once"


@pytest.mark.parametrize(("signal", "stage"), [(0, CLOSED), (SHUT, 0), (N, 0), (-1, 0), (0, 4), (0, -1)])
def test_a_stage_that_does_not_fit(signal: int, stage: int) -> None:
    assert not gate().fits(signal, stage)
    assert gate().fits(LATE, CLOSED), "the same place of another signal is open"


def test_what_a_person_applied_ends_to_the_second() -> None:
    of = gate()
    of.set_mode(Mode.RECOMMEND, [0])
    of.apply_wish(0, 2, NOW_S + 1.0)
    for later_s, stages in ((0.0, [2]), (0.5, [2]), (1.0, [0]), (1.5, [])):
        now_s = NOW_S + later_s
        batch = Wishes(now_s, int(10 + 10 * later_s), of.epoch, np.array([0]), np.array([1]))
        commands = of.admit(batch, now_s).commands
        assert commands.stage[commands.signal == 0].tolist() == stages
        assert (commands.expires_s[commands.signal == 0] > now_s).tolist() == [stage == 2 for stage in stages]


def test_setting_a_mode_that_is_set_voids_nothing() -> None:
    of = gate()
    epoch = of.epoch
    assert of.set_mode(Mode.CONTROL, [0]) == epoch
    assert of.set_mode(Mode.CONTROL, []) == epoch
    assert admit(of, [(0, 1, 0)]).refused.tolist() == [Refused.NO]
